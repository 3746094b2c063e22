"""What waits to be sent: read in order, quickly, however much waits and whoever is held back."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text, update

from domain.messages import Lane, Message, Side, to_json
from domain.people import Language
from domain.subjects import case
from storage import outbox, send_pauses, sending
from storage.database import Database
from storage.outbox import OutboxState
from storage.people import people
from storage.send_pauses import EVERY_CHAT, Why
from storage.sending import Sent, Told
from tests.street import MORNING

BOT = "telegram.residents"


async def fill(
    database: Database,
    accounts: Iterable[str],
    lane: Lane = Lane.NOTICE,
    *,
    at: timedelta = timedelta(),
    state: OutboxState = OutboxState.WAITING,
) -> None:
    """Put one row per account into the outbox."""
    async with database.write() as tx:
        sealed = tx.keyring.seal(to_json(Message()))
        await tx.upsert(
            people,
            [
                {
                    "id": "somebody",
                    "side": Side.RESIDENTS,
                    "language": Language.CHINESE,
                    "elder": False,
                    "noticed": 0,
                    "weekly_summary": False,
                    "created_at": MORNING,
                    "version": 1,
                }
            ],
        )
        await tx.insert(
            outbox.outbox,
            [
                {
                    "bot": BOT,
                    "account": account,
                    "address": account,
                    "person": "somebody",
                    "lane": int(lane),
                    "state": state,
                    "sealed": sealed,
                    "not_before": MORNING + at,
                    "tries": 0,
                    "created_at": MORNING,
                }
                for account in accounts
            ],
        )


async def heads(database: Database, limit: int = 10, skip: Iterable[str] = ()) -> list[str]:
    async with database.read() as tx:
        found = await sending.heads(tx, BOT, MORNING, dict.fromkeys(Lane, limit), skip=skip)
    return [one.account for one in found]


async def test_lanes_come_in_their_order_and_rows_by_their_moment(database: Database) -> None:
    await fill(database, ["all"], Lane.BROADCAST)
    await fill(database, ["news"], Lane.NOTICE)
    await fill(database, ["earlier"], Lane.NOTICE, at=-timedelta(hours=1))
    await fill(database, ["answer"], Lane.REPLY)

    assert await heads(database) == ["answer", "earlier", "news", "all"]


async def test_what_is_not_due_or_sent_is_left_out(database: Database) -> None:
    await fill(database, ["tonight"], at=timedelta(hours=9))
    await fill(database, ["done"], state=OutboxState.SENT)
    await fill(database, ["now"])

    assert await heads(database) == ["now"]
    async with database.read() as tx:
        assert await sending.next_due(tx, BOT, MORNING) == MORNING + timedelta(hours=9)


async def test_who_is_skipped_or_held_back_is_left_out(database: Database) -> None:
    await fill(database, ["busy", "limited", "silent", "over", "free"])
    await fill(database, ["silent"], Lane.REPLY)
    soon = MORNING + timedelta(seconds=30)
    async with database.write() as tx:
        await send_pauses.pause(tx, BOT, "limited", None, Why.LIMITED, MORNING, soon)
        await send_pauses.pause(tx, BOT, "silent", Lane.NOTICE, Why.UNCLEAR, MORNING, soon)
        await send_pauses.pause(tx, BOT, "over", None, Why.LIMITED, MORNING, MORNING)
        await send_pauses.pause(tx, "web.residents", "free", None, Why.LIMITED, MORNING, soon)

    assert await heads(database, skip=["busy"]) == ["silent", "over", "free"]
    async with database.read() as tx:
        assert await sending.next_due(tx, BOT, MORNING) == soon
        assert await send_pauses.bot_paused_until(tx, BOT) is None


async def test_a_pause_of_the_whole_bot_is_found_again(database: Database) -> None:
    soon = MORNING + timedelta(seconds=30)
    async with database.write() as tx:
        await send_pauses.pause(tx, BOT, EVERY_CHAT, None, Why.LIMITED, MORNING, soon)

    async with database.read() as tx:
        assert await send_pauses.bot_paused_until(tx, BOT) == soon


async def test_thousands_of_chats_can_be_skipped(database: Database) -> None:
    """More than either database takes parameters."""
    await fill(database, ["free"])

    assert await heads(database, skip=(f"chat {n}" for n in range(40_000))) == ["free"]


async def test_what_waits_is_found_by_one_walk_along_the_index(database: Database) -> None:
    """Neither sent rows, nor rows that are not due, nor a sort of all that waits."""
    for sent in range(4):
        await fill(
            database,
            (f"s{sent} {n}" for n in range(1000)),
            state=OutboxState.SENT,
            at=-timedelta(1),
        )
    await fill(database, (f"all {n}" for n in range(3000)), Lane.BROADCAST)
    await fill(database, (f"later {n}" for n in range(1000)), at=timedelta(hours=9))

    plan = await plan_of(database)

    if database.is_sqlite:
        walk = "USING INDEX ix_outbox_waiting (bot=? AND lane=? AND not_before<?)"
        assert plan.count(walk) == 3
        assert "TEMP B-TREE FOR ORDER BY" not in plan
        assert "SCAN outbox" not in plan
    else:
        assert plan.count("Index Scan using ix_outbox_waiting") == 3
        assert "Sort" not in plan
        assert "Seq Scan on outbox" not in plan


async def plan_of(database: Database) -> str:
    """Give how the database finds the heads, asked with the statement that is really run."""
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, values: Any, *_more: Any) -> None:
        if "outbox" in statement:
            asked.append((statement, values))

    if not database.is_sqlite:
        async with database.write() as tx:
            await tx.run(text("ANALYZE outbox"))
    engine = database._reader.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    await heads(database, 20, ["busy"])
    event.remove(engine, "before_cursor_execute", note)
    ((statement, values),) = asked
    explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
    async with database.read() as tx:
        rows = await tx.connection.exec_driver_sql(f"{explain} {statement}", values)
        return "\n".join(str(row[-1]) for row in rows)


@pytest.mark.parametrize("count", [1, 3])
async def test_a_row_that_was_sent_or_erased_meanwhile_is_not_loaded(
    database: Database, count: int
) -> None:
    await fill(database, ["a"] * count)
    async with database.write() as tx:
        await sending.dead_letter(tx, 1, "erased", MORNING)

    async with database.read() as tx:
        loaded = await sending.load(tx, [1, 2, 3])

    assert [row.id for row in loaded] == list(range(2, count + 1))


async def test_a_sent_message_is_known_by_its_reference_and_says_what_it_was_about(
    database: Database,
) -> None:
    await fill(database, ["a", "a", "a", "b"])
    lamp, bins = case("2026-00001"), case("2026-00002")
    async with database.write() as tx:
        about = update(outbox.outbox)
        await tx.run(about.where(outbox.outbox.c.id == 1).values(subject=lamp))
        await tx.run(about.where(outbox.outbox.c.id == 2).values(subject=bins))
        await tx.run(about.where(outbox.outbox.c.id == 3).values(shown="beside"))
        await tx.run(about.where(outbox.outbox.c.id == 4).values(subject=bins))
        await tx.insert(outbox.outbox_subjects, [{"shown": "beside", "subject": lamp}])
        sent = [Sent(1, "7", False), Sent(2, "8", False), Sent(3, "9", False), Sent(4, "7", True)]
        await sending.mark_sent(tx, sent, MORNING)

    async def told(account: str, reference: str) -> Told | None:
        async with database.read() as tx:
            return await sending.find_told(tx, account, lambda one: one == reference)

    assert await told("a", "7") == Told(lamp)
    assert await told("b", "7") == Told(bins)
    assert await told("a", "9") == Told(lamp, by_itself=False)
    assert await told("a", "10") is None

    # A message that was changed in its place is about what it says now.
    async with database.write() as tx:
        await tx.run(update(outbox.outbox).where(outbox.outbox.c.id == 2).values(ref="7"))
    assert await told("a", "7") == Told(bins)
