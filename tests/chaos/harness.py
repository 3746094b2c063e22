"""Kills the real server at random moments under load and counts what was lost or done twice.

Everything is on loopback: people on the web talk over WebSockets, people on Telegram through the
strict fake Bot API, which runs in this process and so knows every update it gave out and every
message that arrived.
"""

import asyncio
import random
import socket
import time
from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from bot.channels.web.frames import update_key
from bot.configuration.loading import load
from bot.operations.databases import opened
from domain.chain import verify
from domain.matters.matter import Happening
from domain.people import INVITATION_LIFE, Invitation
from storage.changes import Changes, apply
from storage.database import Database
from storage.inbox import InboxState, count_waiting, inbox
from storage.keyring import MasterKeys
from storage.matters.matters import get_matters, list_events, matters
from storage.outbox import OutboxState, outbox
from tests.bot_api.limits import Limits
from tests.bot_api.server import BotApi
from tests.bot_api.telegram import Bot
from tests.chaos.load import NUMBER, Desk, Ledger, deal_with_cases, file_cases
from tests.chaos.server import Server, Warm
from tests.chaos.talkers import OnTelegram, OnTheWeb, Talker
from tests.street import EAST_1, UNITS, WEST_1

RESIDENTS_TOKEN, STAFF_TOKEN = "1001:residents", "1002:staff"
OFFICE_TIME = ZoneInfo("Asia/Shanghai")
DRIVERS = ("aiogram", "python-telegram-bot")
#: What the processes do: one does everything, or two workers stand behind the one at the door.
ALONE: tuple[tuple[str, ...], ...] = ((),)
SHARED = (("web", "sender", "scheduler"), ("worker",), ("worker",))
#: How long the fake may take to read what a killed process had written.
IN_TRANSIT_SECONDS = 0.05
#: So long no process has sent anything yet after its start: it imports longer. On a busy machine
#: the fake may read within it what the killed one had written.
SILENT_SECONDS = 0.4
#: How long the last case may take after the last kill.
SETTLE_SECONDS = 180


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """One run; its seed repeats the harness's choices, as far as a machine's timing repeats."""

    kills: int
    seed: int
    in_flight_max: int = 8
    residents: int = 5
    """On each channel."""
    longest: float = 1.0
    """Seconds from the first answer of a server to its death, at most."""
    early: float = 0.1
    """The share of kills that come before the server has answered at all."""
    warm: bool = False
    database_url: str = ""
    """An empty PostgreSQL; without one, an SQLite file and one process that does everything."""
    seconds_max: float = 3600
    """No new kill after so long."""


@dataclass(kw_only=True, slots=True)
class Report:
    """What a run found."""

    seed: int
    kills: int = 0
    seconds: float = 0.0
    cases: int = 0
    updates: int = 0
    """Stored from Telegram and the web together."""
    messages: int = 0
    """That bore a mark and arrived."""
    in_flight_max: int = 0
    repeated: int = 0
    repeated_most_per_kill: int = 0
    repeated_most_per_chat_and_kill: int = 0
    repeated_in_one_chat: list[str] = field(default_factory=list)
    """What more than one repeat in one chat by one kill were, and when."""
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        """List everything that must not be."""
        found = [*self.lost, *self.doubled, *self.broken]
        if self.repeated_most_per_chat_and_kill > 1:
            found.append(f"{self.repeated_most_per_chat_and_kill} repeated in one chat by one kill")
        # Both bots of Telegram send on their own.
        if self.repeated_most_per_kill > 2 * self.in_flight_max:
            found.append(f"{self.repeated_most_per_kill} repeated by one kill")
        return found

    def as_dict(self) -> dict[str, Any]:
        """Give the report for a file."""
        return asdict(self)


async def run(plan: Plan, folder: Path) -> Report:
    """Run a plan in an empty folder.

    Raises:
        AssertionError: people were stuck, or the server died by itself; the text names the seed.
    """
    began = time.monotonic()
    report = Report(seed=plan.seed, in_flight_max=plan.in_flight_max)
    warm = await Warm.begin() if plan.warm else None
    try:
        async with BotApi(limits=Limits.off(), calls_kept=0) as api:
            await _run(plan, folder, api, warm, report)
    except AssertionError as error:
        raise AssertionError(f"seed {plan.seed}, after {report.kills} kills: {error}") from error
    finally:
        if warm is not None:
            await warm.end()
    report.seconds = round(time.monotonic() - began, 1)
    return report


async def _run(plan: Plan, folder: Path, api: BotApi, warm: Warm | None, report: Report) -> None:
    bots = {
        "residents": api.bot(RESIDENTS_TOKEN, username="residents_bot"),
        "staff": api.bot(STAFF_TOKEN, username="staff_bot"),
    }
    environ = _environment(plan, folder, api)
    await _found(environ, folder)
    base = environ["LINLI_WEB__PUBLIC_URL"]
    servers = [
        Server(environ, base, folder / f"server-{number}.log", duties, warm)
        for number, duties in enumerate(SHARED if plan.database_url else ALONE)
    ]
    try:
        async with _people(plan, bots, base, api) as crowd:
            moments = await _kill_again_and_again(plan, servers, crowd, report)
            await _settle(crowd, servers)
            await _all_is_sent(environ)
        for server in servers:
            await server.stop()
    finally:
        for server in servers:
            await server.kill()
    async with _database(environ, folder) as database:
        await _compare(database, crowd, bots, report)
    count_repeats(crowd.everybody, moments, report)


def _environment(plan: Plan, folder: Path, api: BotApi) -> dict[str, str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return {
        "LINLI_CONFIG": str(folder / "none.toml"),
        "LINLI_DEMO": "false",
        "LINLI_DATA_DIR": str(folder / "data"),
        "LINLI_SECRETS__KEY_FILE": str(folder / "linli.key"),
        "LINLI_DATABASE__URL": plan.database_url,
        "LINLI_WEB__PORT": str(port),
        "LINLI_WEB__PUBLIC_URL": f"http://127.0.0.1:{port}",
        "LINLI_TELEGRAM__API_BASE": api.base,
        "LINLI_TELEGRAM__POLL_SECONDS": "5",
        "LINLI_TELEGRAM__RESIDENTS__TOKEN": RESIDENTS_TOKEN,
        "LINLI_TELEGRAM__STAFF__TOKEN": STAFF_TOKEN,
        "LINLI_TELEGRAM__BUDGET__PER_CHAT_PER_SECOND": "1000",
        "LINLI_TELEGRAM__BUDGET__PER_BOT_PER_SECOND": "1000",
        "LINLI_SENDER__IN_FLIGHT_MAX": str(plan.in_flight_max),
        # Machines talk faster here than a person can.
        "LINLI_INTAKE__FLOOD__BURST": "1000000",
        # Whatever the hour: nothing waits for the morning.
        "LINLI_QUIET__START": f"{datetime.now(OFFICE_TIME) + timedelta(hours=12):%H:%M}",
        "LINLI_QUIET__END": f"{datetime.now(OFFICE_TIME) + timedelta(hours=12, minutes=1):%H:%M}",
    }


@asynccontextmanager
async def _database(environ: dict[str, str], folder: Path) -> AsyncIterator[Database]:
    async with opened(load(environ, folder)) as database:
        yield database


async def _found(environ: dict[str, str], folder: Path) -> None:
    """Put the small street and two invitations into an empty database."""
    MasterKeys.create(Path(environ["LINLI_SECRETS__KEY_FILE"]))
    (folder / "none.toml").touch()
    async with _database(environ, folder) as database:
        changes = Changes()
        changes.save(*UNITS)
        for grid in (EAST_1, WEST_1):
            changes.save(
                Invitation(
                    code_hash=database.keyring.hash_code(f"invite{grid}"),
                    unit=grid,
                    role="grid_secretary",
                    name=f"书记{grid}",
                    expires_at=datetime.now(UTC) + INVITATION_LIFE,
                )
            )
        async with database.write() as tx:
            await apply(tx, [changes])


# --- people --------------------------------------------------------------------------------------


@dataclass
class Crowd:
    """Everybody, and what they began."""

    ledger: Ledger
    goes_on: asyncio.Event
    filing: list["asyncio.Task[None]"]
    serving: list["asyncio.Task[None]"]
    everybody: list[Talker]
    pages: list[OnTheWeb]

    def check(self) -> None:
        """Raise what somebody stumbled over."""
        for task in (*self.filing, *self.serving):
            if task.done() and not task.cancelled() and (error := task.exception()) is not None:
                raise error


@asynccontextmanager
async def _people(plan: Plan, bots: dict[str, Bot], base: str, api: BotApi) -> AsyncIterator[Crowd]:
    goes_on = asyncio.Event()
    goes_on.set()
    ledger = Ledger()
    numbers = iter(range(100, 10_000))

    def on_telegram(bot: str) -> OnTelegram:
        number = next(numbers)
        person = api.person(number, first_name=f"居民{number}", language_code="zh-hans")
        return OnTelegram(f"telegram-{number}", person.chat_with(bots[bot]))

    def on_the_web(side: str) -> OnTheWeb:
        return OnTheWeb(f"web-{next(numbers)}", base, side, api.clock.now)

    # Each side on each channel: one grid's secretary has Telegram, the other's the page.
    secretaries = {EAST_1: on_telegram("staff"), WEST_1: on_the_web("staff")}
    desks = {grid: Desk(grid) for grid in secretaries}
    residents: list[Talker] = []
    for _ in range(plan.residents):
        residents += [on_telegram("residents"), on_the_web("residents")]
    everybody: list[Talker] = [*secretaries.values(), *residents]
    pages = [one for one in everybody if isinstance(one, OnTheWeb)]
    living = [asyncio.create_task(page.live()) for page in pages]
    filing = [
        asyncio.create_task(file_cases(one, ledger, desks[grid], goes_on))
        for index, one in enumerate(residents)
        for grid in [(EAST_1, WEST_1)[index // 2 % 2]]
    ]
    serving = [
        asyncio.create_task(deal_with_cases(one, desks[grid], f"invite{grid}"))
        for grid, one in secretaries.items()
    ]
    try:
        yield Crowd(ledger, goes_on, filing, serving, everybody, pages)
    finally:
        for task in (*living, *filing, *serving):
            task.cancel()
        await asyncio.gather(*living, *filing, *serving, return_exceptions=True)


# --- killing -------------------------------------------------------------------------------------


async def _kill_again_and_again(
    plan: Plan, servers: Sequence[Server], crowd: Crowd, report: Report
) -> list[float]:
    """Kill as often as planned; give the moments by the fake's clock, and leave all running."""
    chance = random.Random(plan.seed)
    moments: list[float] = []
    end = time.monotonic() + plan.seconds_max
    door = servers[0]
    began = time.monotonic()
    for server in servers:
        await _start(server, chance)
    await door.answers()
    usual = time.monotonic() - began
    while len(moments) < plan.kills and time.monotonic() < end:
        victim = chance.choice(servers)
        if chance.random() < plan.early:
            await asyncio.sleep(chance.uniform(0, usual))
        else:
            await door.answers()
            # Whoever has no door needs as long to begin.
            await asyncio.sleep(
                chance.uniform(0, plan.longest + (usual if victim is not door else 0))
            )
        crowd.check()
        for server in servers:
            assert server.is_alive, f"a server ended by itself\n{server.tail()}"
        await victim.kill()
        # What it had sent before it died is still on its way, and no repeat of this kill's.
        await asyncio.sleep(IN_TRANSIT_SECONDS)
        moments.append(time.time())
        report.kills += 1
        await _start(victim, chance)
    await door.answers()
    return moments


async def _start(server: Server, chance: random.Random) -> None:
    """Start a server; which framework serves which bot is drawn anew each time."""
    residents, staff = chance.sample(DRIVERS, 2)
    await server.start(
        LINLI_TELEGRAM__RESIDENTS__DRIVER=residents, LINLI_TELEGRAM__STAFF__DRIVER=staff
    )


async def _settle(crowd: Crowd, servers: Sequence[Server]) -> None:
    """Let everybody end what was begun, once anything was: a run without a case shows nothing.

    Raises:
        AssertionError: somebody waits for ever.
    """
    async with asyncio.timeout(SETTLE_SECONDS):
        while not crowd.ledger.filed:  # people work by themselves
            crowd.check()
            await asyncio.sleep(0.05)
    crowd.goes_on.clear()
    _, pending = await asyncio.wait(crowd.filing, timeout=SETTLE_SECONDS)
    crowd.check()
    stuck = [f"{one.name} awaits {one.awaits}" for one in crowd.everybody]
    stuck += [f"{one.name} said, last: {one.arrivals()[-3:]}" for one in crowd.everybody[:2]]
    logs = [server.tail() for server in servers]
    assert not pending, "\n".join((f"{len(pending)} people are stuck", *stuck, *logs))
    async with asyncio.timeout(SETTLE_SECONDS):
        while not all(page.has_said_all for page in crowd.pages):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def _all_is_sent(environ: dict[str, str]) -> None:
    settings = load(environ, Path())
    database = Database(settings.database_url, MasterKeys.read(settings.key_path))
    await database.open()
    try:
        async with asyncio.timeout(SETTLE_SECONDS):
            while await _waiting(database):  # noqa: ASYNC110  # other processes work
                await asyncio.sleep(0.1)
    except TimeoutError:
        return  # `_compare` counts what still waits
    finally:
        await database.close()


async def _waiting(database: Database) -> int:
    async with database.read() as tx:
        stored, _ = await count_waiting(tx)
    return stored + await _count(database, OutboxState.WAITING)


async def _count(database: Database, state: OutboxState) -> int:
    async with database.read() as tx:
        found: int = await tx.scalar(
            select(func.count()).where(outbox.c.state == state).select_from(outbox)
        )
    return found


# --- counting ------------------------------------------------------------------------------------


async def _compare(database: Database, crowd: Crowd, bots: dict[str, Bot], report: Report) -> None:
    """Compare what the office holds with what people said."""
    await _compare_updates(database, crowd, bots, report)
    async with database.read() as tx:
        numbers = [row.number for row in await tx.rows(select(matters.c.number))]
        cases = await get_matters(tx, numbers)
        marked = Counter(_mark_of(case.particulars.text) for case in cases.values())
        for case in crowd.ledger.filed:
            if marked[case.mark] != 1:
                kind = report.lost if marked[case.mark] == 0 else report.doubled
                kind.append(f"case {case.mark} stands {marked[case.mark]} times")
        for unknown in marked.keys() - {case.mark for case in crowd.ledger.filed}:
            report.doubled.append(f"nobody filed {unknown}")
        for number, case in cases.items():
            events = await list_events(tx, number)
            report.broken += [f"{number}: {one}" for one in verify(events, case.head)]
            happened = Counter(event.happening for event in events)
            for happening in happened.keys() | COURSE.keys():
                if happened[happening] != COURSE[happening]:
                    less = happened[happening] < COURSE[happening]
                    kind = report.lost if less else report.doubled
                    kind.append(f"{number} was {happening} {happened[happening]} times")
    report.cases = len(cases)


#: What happens to every case of `load`, and how often.
COURSE = Counter(
    {
        Happening.FILED: 1,
        Happening.DISPATCHED: 1,
        Happening.ACCEPTED: 1,
        Happening.RESOLVED: 1,
        Happening.JUDGED: 2,  # solved, and a score
        Happening.CLOSED: 1,
    }
)


def _mark_of(words: str) -> str:
    return words.rpartition(" ")[2]


async def _compare_updates(
    database: Database, crowd: Crowd, bots: dict[str, Bot], report: Report
) -> None:
    async with database.read() as tx:
        rows = await tx.rows(select(inbox.c.bot, inbox.c.update_id, inbox.c.state))
    stored = {(row.bot, row.update_id) for row in rows if row.state == InboxState.DONE}
    report.updates = len(stored)
    report.broken += [
        f"{row.bot} {row.update_id} is {row.state}" for row in rows if row.state != InboxState.DONE
    ]
    for state in (OutboxState.DEAD, OutboxState.WAITING):
        if count := await _count(database, state):
            report.lost.append(f"{count} messages are {state}")
    for side, bot in bots.items():
        report.lost += [
            f"update {number} of telegram.{side}"
            for number in range(bot.updates.first_id, bot.updates.next_id)
            if (f"telegram.{side}", str(number)) not in stored
        ]
    for page in crowd.pages:
        side = "staff" if page.name == crowd.pages[0].name else "residents"
        report.lost += [
            f"frame {one} of {page.name}"
            for one in page.sent
            if (f"web.{side}", update_key(page.account, one)) not in stored
        ]


def count_repeats(people: Iterable[Talker], moments: Sequence[float], report: Report) -> None:
    """Count the messages that arrived more than once, by the kill that came after the last time.

    That kill left open whether it had arrived. The repeat may come later still: a process that
    lived for a moment only began with something newer. What arrives just after a kill was sent
    before it.
    """
    by_kill: Counter[int] = Counter()
    by_chat_and_kill: dict[tuple[str, int], list[str]] = defaultdict(list)
    unasked: list[str] = []
    for one in people:
        known: dict[str, float] = {}
        for at, words in one.arrivals():
            if not is_marked(words):
                continue
            report.messages += 1
            if words in known:
                kill = bisect(moments, known[words] - SILENT_SECONDS)
                if kill == len(moments) or moments[kill] > at:
                    last = moments[kill - 1] if kill else 0.0
                    unasked.append(
                        f"{one.name}, {at - known[words]:.3f} s after the first time, which was "
                        f"{known[words] - last:.3f} s after a kill: {words[:60]!r}"
                    )
                else:
                    since = at - moments[kill]
                    by_kill[kill] += 1
                    by_chat_and_kill[one.name, kill].append(f"{since:.3f} s: {words[:60]!r}")
            known[words] = at
    report.repeated = by_kill.total() + len(unasked)
    report.repeated_most_per_kill = max(by_kill.values(), default=0)
    report.repeated_most_per_chat_and_kill = max(map(len, by_chat_and_kill.values()), default=0)
    report.repeated_in_one_chat = [
        f"{name} after kill {kill + 1}: {'; '.join(said)}"
        for (name, kill), said in by_chat_and_kill.items()
        if len(said) > 1
    ]
    report.doubled += [f"repeated without a kill: {one}" for one in unasked]


def is_marked(words: str) -> bool:
    """Tell whether a message speaks of one case, so that nothing else says the same."""
    return NUMBER.search(words) is not None or " Q" in words
