"""Anybody does anything in any order, while time passes and the process restarts.

Hypothesis chooses the steps. A failure prints its seed, and with it the same walk is gone again and
shrunk to its shortest form: ``LINLI_TEST_SEED=7 make test T=tests/handlers/test_random_steps.py``.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Coroutine, Iterator, Mapping
from copy import copy
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)
from structlog.testing import capture_logs

from bot.configuration.street_source import StreetSource
from bot.words.wording import wording_for
from domain.messages import Channel, FileKind, FileRef, Unfit, action
from domain.places.points import Point
from handlers.forms.steps import VERB
from handlers.registry import FEATURES
from handlers.turn import MOST_WAITING
from scheduler.digests import digests
from scheduler.jobs import Means
from scheduler.ticker import Ticker
from storage.database import Database
from storage.drafts import Draft, get_drafts
from storage.files import FileStore
from storage.keyring import MasterKeys
from storage.migrate import upgrade
from storage.people import find_accounts
from tests.handlers.chats import Office
from tests.handlers.test_any_order import everything_is_owed
from tests.scheduler.desk import HOURS, here
from tests.street import STAFF, found
from tests.street import settings as street_settings

EMPLOYED = tuple(one[0] for one in STAFF)
RESIDENTS = ("resident", "neighbour", "elder")
PEOPLE = (*EMPLOYED, *RESIDENTS, "staff:stranger")

WORDS = (
    *("好的", "3号楼路灯坏了", "不归我管", "2026-00001", "12月1日", "👍", "13800001234", "待办"),
    *("建议小区增加停车位", "楼上邻居半夜吵闹", "网格员骂人", "着火了", "想办居住证明", "取消"),
    *(
        "<b>张三</b> & *李四*",
        "'; DROP TABLE matters; --",
        "长" * 10_000,
        "已经换好了",
        "2026-99999",
    ),
    *("123456", "12345678", "123456789012", "东园社区", "第一网格", "明天", "\u202e\u200b", "/x"),
)
STARTS = ("", "g-E1", "g-W1", "g-nowhere", "12345678", "c-12345678", "invite", "x" * 64)
ARGUMENTS = (
    *("2026-00001", "2026-00002", "2026-00003", "2026-99999", "E1", "W1", "E", "S", "0", "1", "5"),
    *("yes", "no", "all", "worker", "secretary", "police", "resident", "x", "in", "2026-W47"),
)
#: How long the random walk goes; the full budget is `make test-all`'s.
STEPS = 1000
FULL_STEPS, PARTS = 100_000, 8
MINUTES = (1, 5, 16, 60, 300, 720, 1440, 3 * 1440, 10 * 1440, 31 * 1440)

_DEEDS = (
    *("press",) * 10,
    *("press twice", "stale press", "say", "say", "photo", "voice", "video", "place", "phone"),
    *("start", "command", "forge", "leave"),
)


Deed = tuple[str, str, int]
_DEED = st.tuples(st.sampled_from(PEOPLE), st.sampled_from(_DEEDS), st.integers(0, 999))
MANY = st.lists(_DEED, min_size=20, max_size=50)
FEW = st.lists(_DEED, max_size=8)


class Walk(RuleBasedStateMachine):
    """An open office, and people who do not read instructions."""

    template: ClassVar[Path]
    book: ClassVar[StreetSource]
    """Read once; each process begins with a copy that has seen no organisation yet."""
    steps: ClassVar[int] = 0

    @initialize()
    def open(self) -> None:
        shm = Path("/dev/shm")  # noqa: S108  # a folder of its own is made in it
        self.folder = Path(tempfile.mkdtemp(dir=shm if shm.is_dir() else None))
        shutil.copy(self.template / "linli.db", self.folder / "linli.db")
        self.runner = asyncio.Runner()
        self.seen: dict[str, list[str]] = {who: [] for who in PEOPLE}
        self.read = 0
        self.do(self._open())

    def do(self, work: Coroutine[Any, Any, None]) -> None:
        self.runner.run(work)

    async def _open(self) -> None:
        keys = MasterKeys.read(self.template / "key")
        self.database = Database(f"sqlite+aiosqlite:///{self.folder / 'linli.db'}", keys)
        await self.database.open()
        self.office = Office(self.database, self.folder, new_source=lambda: copy(self.book))
        self._set_clock()

    def _set_clock(self) -> None:
        means = Means(
            database=self.database,
            street=self.office.source.current,
            files=FileStore(self.folder, self.office.database.keyring),
            hours=HOURS,
            say=lambda words, language: wording_for(language).text(words),
        )
        self.ticker = Ticker(means, lambda: self.office.now)

    # --- what happens ------------------------------------------------------------------------

    @rule(deeds=MANY)
    def people_do_things(self, deeds: list[Deed]) -> None:
        self.do(self._arrive(self._all(deeds)))

    @rule(deeds=MANY)
    def people_do_more_things(self, deeds: list[Deed]) -> None:
        self.do(self._arrive(self._all(deeds)))

    @rule(deeds=FEW)
    def things_arrive_again(self, deeds: list[Deed]) -> None:
        """Telegram brings the same updates once more: nobody hears anything twice."""

        async def twice() -> None:
            await self._arrive(self._all(deeds))
            before = len(self.office.said)
            await self.office.store_again()
            await self.office.handle()
            assert len(self.office.said) == before

        self.do(twice())

    @rule(deeds=FEW)
    def the_process_restarts(self, deeds: list[Deed]) -> None:
        """What was stored before it died is handled after."""

        async def die() -> None:
            await self.office.store(*self._all(deeds))
            await self.database.close()
            await self.database.open()
            self.office.restart()
            self._set_clock()
            await self.office.handle()
            self._look()

        self.do(die())

    @rule(minutes=st.sampled_from(MINUTES))
    def time_passes(self, minutes: int) -> None:
        async def pass_() -> None:
            self.office.now += timedelta(minutes=minutes)
            with capture_logs() as logs:
                await self.ticker.tick(self.office.now)
            assert self.ticker.failures == 0, logs
            await self.office.read()
            self._look()
            await everything_is_owed(self.office)

        self.do(pass_())

    def teardown(self) -> None:
        if not hasattr(self, "office"):
            return
        try:
            self.do(self._end())
        finally:
            self.do(self.database.close())
            self.runner.close()
            shutil.rmtree(self.folder)

    async def _end(self) -> None:
        """From wherever everybody is, there is a way back; and no case was forgotten."""
        organisation = (await self.office.street()).organisation
        people = [
            who
            for who in (*EMPLOYED, *RESIDENTS)
            if who in RESIDENTS or organisation.posts_of(who, self.office.now)
        ]
        await self._cancel(people)
        # What danger had put aside came back, or what a card came between; it goes the same way.
        for _ in range(MOST_WAITING + 1):
            await self._cancel(list(await self._drafts(people)))
        assert await self._drafts(people) == {}
        await self.office.arrive_together(*((who, {"command": "menu"}) for who in people))
        for who in people:
            assert self.office.heard(who), who
            assert self.office.labels(who), who
        await everything_is_owed(self.office)

    async def _cancel(self, people: list[str]) -> None:
        await self.office.arrive_together(*((who, {"command": "cancel"}) for who in people))
        # What was typed is thrown away only when that is confirmed.
        await self.office.arrive_together(
            *(
                (who, {"action": action(VERB, draft.id, "xx")})
                for who, draft in (await self._drafts(people)).items()
            )
        )

    async def _drafts(self, people: list[str]) -> dict[str, Draft]:
        places = {
            (side, Channel.TELEGRAM, address): who
            for who in people
            for side, address in [self.office.place(who)]
        }
        async with self.database.read() as tx:
            accounts = await find_accounts(tx, list(places))
            drafts = await get_drafts(tx, [one.person for one in accounts.values()])
        return {
            places[place]: drafts[one.person]
            for place, one in accounts.items()
            if one.person in drafts
        }

    # --- deeds -------------------------------------------------------------------------------

    async def _arrive(self, arrivals: list[tuple[str, Mapping[str, Any]]]) -> None:
        await self.office.arrive_together(*arrivals)
        self._look()

    def _look(self) -> None:
        """Remember the buttons that came into sight."""
        for said in self.office.said[self.read :]:
            if said.person in self.seen:
                self.seen[said.person] += [
                    one.action for one in said.labels.values() if one.action is not None
                ]
        self.read = len(self.office.said)

    def _all(self, deeds: list[Deed]) -> list[tuple[str, Mapping[str, Any]]]:
        return [(who, what) for who, deed, pick in deeds for what in self._deed(who, deed, pick)]

    def _deed(self, who: str, deed: str, pick: int) -> Iterator[Mapping[str, Any]]:
        Walk.steps += 1
        seen = self.seen[who]
        match deed:
            case "press" | "press twice" if seen:
                pressed = seen[-1 - pick % min(len(seen), 12)]
                yield {"action": pressed}
                if deed == "press twice":
                    Walk.steps += 1
                    yield {"action": pressed}
            case "stale press" if seen:
                yield {"action": seen[pick % len(seen)]}
            case "photo" | "voice":
                yield {"files": (FileRef(kind=FileKind(deed), ref=f"{deed}-{pick}"),)}
            case "video":
                yield {"unfit": tuple(Unfit)[pick % len(Unfit)], "text": "看" if pick % 2 else None}
            case "place":
                yield {"place": Point(latitude=34 + pick / 2e4, longitude=113 + pick / 2e4)}
            case "phone":
                yield {"phone": f"1380000{pick:04}"}
            case "start":
                yield {"start": STARTS[pick % len(STARTS)]}
            case "command":
                side = self.office.place(who)[0]
                names = ("cancel", "unknown", *sorted(FEATURES.commands[side]))
                yield {"command": names[pick % len(names)]}
            case "forge":
                side = self.office.place(who)[0]
                verbs = sorted(FEATURES.verbs[side])
                given = [ARGUMENTS[(pick + step) % len(ARGUMENTS)] for step in range(pick % 4)]
                yield {"action": ":".join((verbs[pick % len(verbs)], *given))}
            case "leave":
                yield {"left": bool(pick % 2)}
            case _:
                yield {"text": WORDS[pick % len(WORDS)]}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small street's database, to begin each walk with."""
    folder = tmp_path_factory.mktemp("street")
    MasterKeys.create(folder / "key")

    async def make() -> None:
        keys = MasterKeys.read(folder / "key")
        database = Database(f"sqlite+aiosqlite:///{folder / 'linli.db'}", keys)
        await upgrade(database)
        await database.open()
        await found(database)
        await database.close()

    asyncio.run(make())
    return folder


@pytest.fixture(autouse=True)
def _no_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digests, "in_subprocess", here)


def walk(template: Path, number: int, steps: int) -> None:
    """Take at least so many steps that follow from a seed."""
    Walk.template, Walk.steps, Walk.book = template, 0, StreetSource(street_settings(template))
    part = 0
    again = "LINLI_TEST_SEED" in os.environ
    chosen = settings(
        max_examples=4,
        stateful_step_count=40,
        database=None,
        phases=[Phase.generate, Phase.shrink] if again else [Phase.generate],
        report_multiple_bugs=False,
    )
    while Walk.steps < steps:
        given = int(os.environ.get("LINLI_TEST_SEED", number * 10_000 + part))
        try:
            run_state_machine_as_test(seed(given)(Walk), settings=chosen)
        except BaseException as error:
            error.add_note(f"LINLI_TEST_SEED={given} walks the same way again")
            raise
        part += 1
        if again:
            return


def test_any_order_of_steps_leaves_nothing_broken_and_nobody_stuck(template: Path) -> None:
    walk(template, 0, STEPS)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(1, PARTS + 1))
def test_a_hundred_thousand_steps(template: Path, part: int) -> None:
    walk(template, part, FULL_STEPS // PARTS)


def test_the_walk_knows_every_form() -> None:
    """Whoever adds a form adds the words that fill it."""
    assert len(FEATURES.forms) > 10
