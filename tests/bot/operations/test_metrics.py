"""What can be seen from outside: counts for those who may look, and never a word of anybody."""

import asyncio
import io
import logging
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
import structlog
from aiohttp import web
from sqlalchemy import select, text, update

from bot.configuration.tables import Duty
from bot.main import Linli
from bot.operations.clock import Clock
from bot.operations.health import INBOX_PATIENCE, Health
from bot.operations.logs import log_to_stderr
from bot.operations.metrics import Metrics
from domain.errors import StorageError
from domain.messages import Lane
from storage import inbox, send_pauses
from storage.database import Database
from storage.inbox import Arrival
from storage.outbox import OutboxState, outbox
from storage.queue_lengths import read_queues
from storage.send_pauses import Why
from tests.journeys.house import AIOGRAM, WEB, House, free_port, house
from tests.patience import PATIENCE
from tests.storage.test_outbox import BOT, fill
from tests.street import MORNING, settings

TOKEN = "bearer-token-of-prometheus"
#: Words that must stay where they belong.
PLANTED = ("王小明", "13800001234", "水管漏水在三楼", "110101199003070011", "毒药更新")


def arrival(held_until: datetime | None = None) -> Arrival:
    """Let something arrive."""
    return Arrival(update_id="1", address="7", raw={}, held_until=held_until)


REAL = {
    "LINLI_WEB__PUBLIC_URL": "https://linli.example.org",
    "LINLI_SECRETS__KEY_FILE": "/nowhere/linli.key",
}


class Door:
    """The one route, served for real."""

    def __init__(self, address: str) -> None:
        self.address = address

    async def asks(self, **headers: str) -> tuple[int, str]:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        async with (
            aiohttp.ClientSession() as session,
            session.get(self.address, headers=given) as response,
        ):
            return response.status, await response.text()


@pytest.fixture
async def door(database: Database) -> AsyncIterator[Door]:
    metrics = Metrics(database, lambda: MORNING, token=TOKEN, failures=lambda: 3)
    app = web.Application()
    app.add_routes([web.get("/metrics", metrics.serve)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield Door(f"http://127.0.0.1:{runner.addresses[0][1]}/metrics")
    await runner.cleanup()


async def test_this_machine_sees_what_waits_and_how_long(door: Door, database: Database) -> None:
    await fill(database, ["a", "b"], Lane.NOTICE, at=-timedelta(seconds=90))
    await fill(database, ["c"], Lane.NOTICE, at=timedelta(hours=1))
    await fill(database, ["d"], Lane.REPLY, state=OutboxState.SENT)
    async with database.write() as tx:
        await inbox.store(tx, BOT, [arrival()], MORNING - timedelta(seconds=30))
        await send_pauses.pause(
            tx, BOT, "a", None, Why.LIMITED, MORNING, MORNING + timedelta(seconds=5)
        )

    status, shown = await door.asks()

    assert status == 200
    assert f'linli_queue_waiting{{queue="{BOT} notice"}} 2.0' in shown
    assert f'linli_queue_age_seconds{{queue="{BOT} notice"}} 90.0' in shown
    assert 'linli_queue_age_seconds{queue="inbox"} 30.0' in shown
    assert f'linli_paused_chats{{bot="{BOT}"}} 1.0' in shown
    assert "linli_quarantined 0.0" in shown
    assert "linli_clock_failures 3.0" in shown
    assert f'queue="{BOT} reply"' not in shown


@pytest.mark.parametrize(
    "headers",
    [
        {"X_Forwarded_For": "203.0.113.7"},
        {"Forwarded": "for=203.0.113.7"},
        {"X_Real_IP": "203.0.113.7", "Authorization": "Bearer wrong"},
        {"Via": "1.1 proxy", "Authorization": "Bearer "},
        {"Via": "1.1 proxy", "Authorization": TOKEN},
    ],
)
async def test_whoever_comes_through_a_proxy_sees_nothing(
    door: Door, headers: Mapping[str, str]
) -> None:
    status, shown = await door.asks(**headers)

    assert status == 404
    assert "linli_" not in shown


async def test_the_token_opens_from_elsewhere(door: Door) -> None:
    status, shown = await door.asks(X_Forwarded_For="203.0.113.7", Authorization=f"Bearer {TOKEN}")

    assert (status, "linli_queue_waiting" in shown) == (200, True)


async def test_without_a_token_no_token_opens(database: Database) -> None:
    metrics = Metrics(database, lambda: MORNING)

    class Request:
        headers: Mapping[str, str] = {"Authorization": "Bearer ", "Via": "1.1 proxy"}
        remote = "127.0.0.1"

    with pytest.raises(web.HTTPNotFound):
        await metrics.serve(Request())  # type: ignore[arg-type]


async def test_the_queues_are_read_without_a_walk_through_what_is_done(
    database: Database,
) -> None:
    await fill(database, (f"a{n}" for n in range(50)), state=OutboxState.SENT)
    await fill(database, ["b"])

    async with database.read() as tx:
        queues = await read_queues(tx, MORNING)

    assert queues.by_name[f"{BOT} notice"].waiting == 1
    assert queues.by_name["files"].waiting == queues.by_name["reminders"].waiting == 0


# --- ready ---------------------------------------------------------------------------------------


async def test_it_is_ready_when_its_tables_are_there_and_what_arrives_is_handled(
    database: Database,
) -> None:
    async with database.write() as tx:
        await inbox.store(tx, BOT, [arrival()], MORNING)

    assert await Health(database, lambda: MORNING).readiness() == {
        "database": True,
        "migrations": True,
        "inbox": True,
    }


async def test_it_is_not_ready_while_nobody_handles_what_arrived(database: Database) -> None:
    async with database.write() as tx:
        await inbox.store(tx, BOT, [arrival()], MORNING)
    later = MORNING + INBOX_PATIENCE + timedelta(seconds=1)

    assert (await Health(database, lambda: later).readiness())["inbox"] is False


async def test_what_is_held_of_a_flood_keeps_it_ready(database: Database) -> None:
    async with database.write() as tx:
        await inbox.store(tx, BOT, [arrival(MORNING + timedelta(days=1))], MORNING)

    assert (await Health(database, lambda: MORNING + timedelta(hours=1)).readiness())["inbox"]


async def test_it_is_not_ready_on_the_tables_of_another_version(database: Database) -> None:
    async with database.write() as tx:
        await tx.run(text("UPDATE alembic_version SET version_num = '0001'"))

    assert (await Health(database, lambda: MORNING).readiness())["migrations"] is False


async def test_it_is_not_ready_without_its_database(database: Database) -> None:
    async with database.write() as tx:
        await tx.run(text("DROP TABLE alembic_version"))

    assert await Health(database, lambda: MORNING).readiness() == {"database": False}


async def test_a_process_without_pages_is_watched_at_a_port_of_its_own(
    database: Database, tmp_path: Path
) -> None:
    port = free_port()
    office = settings(tmp_path, LINLI_DEMO="false", LINLI_METRICS__PORT=str(port), **REAL)
    linli = Linli(office, database, Clock(), {Duty.SCHEDULER})
    running = asyncio.create_task(linli.run())

    async with asyncio.timeout(PATIENCE):
        while not (await answers(port)):  # noqa: ASYNC110  # nothing tells
            await asyncio.sleep(0.02)
    ready = await Door(f"http://127.0.0.1:{port}/ready").asks()
    alive = await Door(f"http://127.0.0.1:{port}/health").asks()
    shown = await Door(f"http://127.0.0.1:{port}/metrics").asks()

    assert (ready[0], alive[0], shown[0]) == (200, 200, 200)
    assert "linli_clock_failures" in shown[1]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await linli.close()


async def answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


# --- nobody's words ------------------------------------------------------------------------------


@contextmanager
def everything_logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Gather what is logged, by us or by a library."""
    before, level = structlog.get_config(), logging.getLogger().level
    lines = io.StringIO()
    monkeypatch.setattr(sys, "stderr", lines)
    log_to_stderr("json")
    handler = logging.StreamHandler(lines)
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.INFO)
    yield lines
    logging.getLogger().removeHandler(handler)
    logging.getLogger().setLevel(level)
    structlog.configure(**before)


async def metrics_of(linli: House) -> str:
    return (await Door(f"{linli.address}/metrics").asks())[1]


async def test_no_log_and_no_metric_holds_a_word_of_anybody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Filing, a message that fails, poison, refusals, and Telegram answering with errors."""
    with everything_logged(monkeypatch) as written:
        shown = await lived_through(tmp_path)

    said = written.getvalue() + shown
    assert "sender.dead_letter" in said
    assert "intake.poison" in said
    assert 'linli_sent_total{bot="telegram.residents",lane="reply"}' in shown
    assert 'linli_handler_seconds_count{side="residents"}' in shown
    assert 'linli_dead_letters_total{bot="telegram.residents"}' in shown
    assert [words for words in PLANTED if words in said] == []


async def lived_through(folder: Path) -> str:
    """Let all of it happen, and give the metrics."""
    async with house(folder, residents=AIOGRAM, staff=WEB) as linli:
        resident = linli.newcomer("王小明")
        await resident.start("g-E1")
        linli.api.faults.order("status", "sendMessage", times=1, status=400)
        linli.api.faults.order("half", "sendMessage", times=1)
        await resident.say("水管漏水在三楼，电话13800001234，身份证110101199003070011")
        linli.residents.deliver_raw({"message": {"text": "毒药更新", "from": "毒药更新"}})
        async with asyncio.timeout(PATIENCE):
            while not await is_over(linli.database):  # noqa: ASYNC110  # nothing tells
                await asyncio.sleep(0.05)
        async with linli.database.write() as tx:
            await tx.run(update(inbox.inbox).values(error="known"))
        with pytest.raises(StorageError):
            async with linli.database.write() as tx:
                await tx.run(text("INSERT INTO nowhere VALUES (:a)").bindparams(a="王小明"))
        return await metrics_of(linli)


async def is_over(database: Database) -> bool:
    """Tell whether the poison is set aside, and some answer was sent and some given up."""
    async with database.read() as tx:
        if not await inbox.count_quarantined(tx):
            return False
        rows = await tx.rows(select(outbox.c.state).distinct())
    return {row.state for row in rows} == {OutboxState.SENT, OutboxState.DEAD}
