"""Real processes that share one PostgreSQL: each does its duties, and one that dies is followed."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner

from bot.channels.web.frames import raw_update
from bot.commands.cli import app
from bot.configuration.loading import load
from bot.configuration.tables import Duty
from bot.main import Linli
from bot.operations.clock import Clock
from bot.traffic.intake import Intake
from domain.messages import Channel, Side
from domain.people import Account, Person
from storage import inbox
from storage.changes import Changes, apply
from storage.database import Database
from storage.inbox import InboxState
from storage.keyring import MasterKeys
from storage.outbox import OutboxState, outbox
from tests.bot_api.limits import Limits
from tests.bot_api.server import BotApi
from tests.chaos.server import Server
from tests.databases import new_postgres, resume_postgres, start_postgres, stop_postgres
from tests.street import EAST_1, UNITS
from tests.web_street import Client, browserless

on_postgres = pytest.mark.parametrize(
    "database", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
OFFICE_TIME = ZoneInfo("Asia/Shanghai")
PATIENCE = 120


class Installation:
    """One office on one PostgreSQL, and the processes that serve it."""

    def __init__(self, database: Database, key_file: Path, folder: Path) -> None:
        self.database = database
        self.folder = folder
        self.port, self.other_port = _free_ports()
        self.base = f"http://127.0.0.1:{self.port}"
        self.other_base = f"http://127.0.0.1:{self.other_port}"
        noon = datetime.now(OFFICE_TIME) + timedelta(hours=12)
        self.environ = {
            "LINLI_CONFIG": str(folder / "none.toml"),
            "LINLI_DEMO": "false",
            "LINLI_DATA_DIR": str(folder / "data"),
            "LINLI_DATABASE__URL": database.url.render_as_string(hide_password=False),
            "LINLI_SECRETS__KEY_FILE": str(key_file),
            "LINLI_WEB__PORT": str(self.port),
            "LINLI_WEB__PUBLIC_URL": self.base,
            # Whatever the hour: nothing waits for the morning.
            "LINLI_QUIET__START": f"{noon:%H:%M}",
            "LINLI_QUIET__END": f"{noon + timedelta(minutes=1):%H:%M}",
        }
        (folder / "none.toml").touch()
        self.stack = AsyncExitStack()

    async def start(self, name: str, *roles: str, **environ: str) -> Server:
        """Start a process with some duties; it may need a while until it does them."""
        log = self.folder / f"{name}.log"
        server = Server({**self.environ, **environ}, self.base, log, roles)
        self.stack.push_async_callback(server.kill)
        await server.start()
        return server

    def linli(self) -> Linli:
        """Give the parts of a process, for what a test does itself."""
        return Linli(load(self.environ, self.folder), self.database, Clock())

    async def count(self, state: InboxState) -> int:
        async with self.database.read() as tx:
            query = select(func.count()).select_from(inbox.inbox)
            return int(await tx.scalar(query.where(inbox.inbox.c.state == state)))

    async def holder(self, lease: str, servers: dict[str, Server]) -> str:
        """Wait until one of some processes has taken a lease and give its name."""

        def taken() -> str | None:
            line = f'"lease": "{lease}"'
            names = [name for name, one in servers.items() if line in one.tail() and one.is_alive]
            return names[0] if names else None

        await until(lambda: taken() is not None, servers)
        return str(taken())


async def until(is_so: Callable[[], bool], servers: dict[str, Server]) -> None:
    """Wait until something is so; processes change it, so there is nothing to wait on."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not is_so():
                for name, one in servers.items():
                    assert one.is_alive or one.pid is None, f"{name} ended\n{one.tail()}"
                await asyncio.sleep(0.05)
    except TimeoutError:
        tails = "\n".join(f"{name}: {one.tail()}" for name, one in servers.items())
        raise AssertionError(f"it never was\n{tails}") from None


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        for free in (one, other):
            free.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


async def opened_office(database: Database, key_file: Path, folder: Path) -> Installation:
    """Put the street into an empty database."""
    changes = Changes()
    changes.save(*UNITS)
    async with database.write() as tx:
        await apply(tx, [changes])
    return Installation(database, key_file, folder)


@pytest.fixture
async def office(database: Database, key_file: Path, tmp_path: Path) -> AsyncIterator[Installation]:
    installation = await opened_office(database, key_file, tmp_path)
    async with installation.stack:
        yield installation


@on_postgres
async def test_two_workers_handle_everything_once_and_in_order_though_one_is_killed(
    office: Installation,
) -> None:
    persons, each = 20, 10
    changes = Changes()
    for number in range(persons):
        changes.save(
            Person(id=f"p{number}", side=Side.RESIDENTS, created_at=datetime.now(UTC)),
            *(_page_of(number, chat) for chat in range(2)),
        )
    async with office.database.write() as tx:
        await apply(tx, [changes])
    said = [
        (f"p{number}-{n % 2}", f"p{number} {n}") for n in range(each) for number in range(persons)
    ]
    await _arrive(office.linli().intake, said)
    servers = {name: await office.start(name, "worker") for name in ("first", "second")}
    counts = {"done": 0}

    async def watch() -> None:
        while True:
            counts["done"] = await office.count(InboxState.DONE)
            await asyncio.sleep(0.01)

    watching = asyncio.create_task(watch())
    await until(lambda: counts["done"] > 0, servers)
    await servers["first"].kill()
    await until(lambda: counts["done"] == len(said), servers)
    watching.cancel()

    async with office.database.read() as tx:
        rows = await tx.rows(
            select(outbox).where(outbox.c.state == OutboxState.OWN).order_by(outbox.c.id)
        )
        handled = [(row.person, tx.keyring.unseal(row.sealed)["text"]) for row in rows]
    assert sorted(handled) == sorted((words.split()[0], words) for _, words in said)
    for number in range(persons):
        mine = [words for person, words in handled if person == f"p{number}"]
        assert mine == [f"p{number} {n}" for n in range(each)]


def _page_of(number: int, chat: int) -> Account:
    now = datetime.now(UTC)
    return Account(
        id=f"p{number}-{chat}",
        person=f"p{number}",
        side=Side.RESIDENTS,
        channel=Channel.WEB,
        address=f"p{number}-{chat}",
        created_at=now,
        seen_at=now,
    )


async def _arrive(intake: Intake, said: list[tuple[str, str]]) -> None:
    now = datetime.now(UTC)
    await intake.store(
        "web.residents",
        [
            (words, raw_update(account, {"type": "text", "id": words, "text": words}, now, None))
            for account, words in said
        ],
    )


@on_postgres
async def test_pages_at_two_web_processes_show_the_same_and_outlive_one(
    office: Installation,
) -> None:
    one = await office.start("one", "web")
    other = await office.start("other", "web", LINLI_WEB__PORT=str(office.other_port))
    worker = await office.start("worker", "worker", "scheduler")
    servers = {"one": one, "other": other, "worker": worker}
    await one.answers()
    other.base = office.other_base
    await other.answers()
    sends = await office.holder("sender web.residents", {"one": one, "other": other})
    http = await office.stack.enter_async_context(browserless())
    here, there = Client(office.base, http), Client(office.other_base, http)
    there.public = office.base
    await here.open_session()
    talks = {"one": await here.hello(), "other": await there.hello()}

    await talks["one"].say(type="start", id="s1", payload=f"g-{EAST_1}")
    first = {name: await _message(talk) for name, talk in talks.items()}
    await servers[sends].kill()
    left = "other" if sends == "one" else "one"
    await talks[left].say(type="text", id="t1", text="帮助")
    second = await _message(talks[left])

    assert first["one"]["seq"] == first["other"]["seq"]
    assert first["one"]["blocks"] == first["other"]["blocks"]
    assert second["seq"] > first[left]["seq"]


async def _message(talk) -> dict:
    async with asyncio.timeout(PATIENCE):
        while True:
            frame = await talk.ws.receive_json()
            if frame["type"] == "message":
                return frame


@on_postgres
async def test_one_process_talks_to_telegram_and_the_next_takes_over(office: Installation) -> None:
    async with BotApi(limits=Limits.off()) as api:
        bot = api.bot("1001:residents", username="residents_bot")
        environ = {
            "LINLI_TELEGRAM__API_BASE": api.base,
            "LINLI_TELEGRAM__RESIDENTS__TOKEN": "1001:residents",
            "LINLI_TELEGRAM__POLL_SECONDS": "1",
        }
        servers = {
            name: await office.start(name, "sender", **environ) for name in ("first", "second")
        }
        servers["worker"] = await office.start("worker", "worker", **environ)
        resident = api.person(7, first_name="居民", language_code="zh-hans")
        chat = resident.chat_with(bot)
        senders = {name: servers[name] for name in ("first", "second")}
        holds = await office.holder("poller telegram.residents", senders)

        await chat.start(f"g-{EAST_1}")
        await until(lambda: len(chat.messages) >= 1, servers)
        greeted = len(chat.messages)
        for name in {
            holds,
            await office.holder("sender telegram.residents", senders),
        }:
            await servers[name].kill()
        if not any(one.is_alive for one in senders.values()):
            servers["third"] = await office.start("third", "sender", **environ)
        await chat.say("/help")
        await until(lambda: len(chat.messages) > greeted, servers)

        conflicts = [call for call in api.calls_of("getUpdates") if call.code == 409]
        assert conflicts == []


@pytest.mark.postgres
async def test_when_postgresql_goes_away_and_comes_back_nothing_is_lost(
    key_file: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What is said meanwhile stays with Telegram or the page until it can be kept."""
    server = start_postgres(tmp_path_factory.mktemp("own"))
    keys = MasterKeys.read(key_file)
    async with AsyncExitStack() as stack, BotApi(limits=Limits.off()) as api:
        stack.callback(server.cleanup)
        stack.callback(stop_postgres, server)
        url = await stack.enter_async_context(new_postgres(server, keys))
        database = Database(url, keys)
        await database.open()
        stack.push_async_callback(database.close)
        office = await opened_office(database, key_file, tmp_path)
        await stack.enter_async_context(office.stack)
        environ = {
            "LINLI_TELEGRAM__API_BASE": api.base,
            "LINLI_TELEGRAM__RESIDENTS__TOKEN": "1001:residents",
            "LINLI_TELEGRAM__POLL_SECONDS": "1",
        }
        servers = {
            role: await office.start(role, role, **environ)
            for role in ("web", "worker", "sender", "scheduler")
        }
        await servers["web"].answers()
        bot = api.bot("1001:residents", username="residents_bot")
        chat = api.person(7, first_name="居民", language_code="zh-hans").chat_with(bot)
        page = Client(office.base, await stack.enter_async_context(browserless()))
        await page.open_session()
        talk = await page.hello()
        await chat.start(f"g-{EAST_1}")
        await until(lambda: len(chat.messages) >= 1, servers)
        greeted = len(chat.messages)

        await asyncio.to_thread(stop_postgres, server)
        await chat.say("/help")
        await talk.say(type="text", id="t1", text="帮助")
        refused = await talk.until("error")
        await until(lambda: "storage_failed" in servers["worker"].tail(), servers)
        await asyncio.to_thread(resume_postgres, server)
        await until(lambda: len(chat.messages) > greeted, servers)
        await talk.say(type="text", id="t1", text="帮助")
        answer = await _message(talk)

        assert (refused["id"], refused["again"]) == ("t1", True)
        assert answer["blocks"]
        assert len(chat.messages) == greeted + 1
        await database.close()  # the test's own connections broke too
        async with database.read() as tx:
            waiting = await inbox.count_waiting(tx)
        assert waiting == (0, None)


def test_roles_are_refused_where_one_process_is_all_there_is(
    tmp_path: Path, key_file: Path
) -> None:
    environ = {
        "LINLI_CONFIG": str(tmp_path / "none.toml"),
        "LINLI_DATA_DIR": str(tmp_path / "data"),
        "LINLI_SECRETS__KEY_FILE": str(key_file),
        "LINLI_WEB__PUBLIC_URL": "https://linli.example.org",
    }
    (tmp_path / "none.toml").touch()

    def run(demo: str) -> tuple[int, str]:
        given = {**environ, "LINLI_DEMO": demo}
        result = CliRunner().invoke(app, ["run", "--role", Duty.WORKER], env=given)
        return result.exit_code, result.output

    assert run("false") == (
        2,
        "SQLite takes one process: leave --role out, or move to PostgreSQL with "
        "`linli migrate-data`\n",
    )
    assert run("true")[0] == 2
    assert "one process" in run("true")[1]
