"""Intake: what arrives is kept before it is confirmed, handled once, and harms nobody else."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.configuration.street_source import StreetSource
from bot.traffic.intake import Intake
from domain.errors import Refused
from domain.matters.matter import Origin
from domain.messages import Channel, Message, Side, text
from handlers.turn import Turn
from storage import inbox, people
from storage.database import Database
from storage.inbox import InboxState
from storage.matters.followers import Follower, followers
from storage.sending import due
from tests.line import BOT, Line
from tests.pay_secrets import card, digits_of, everything_kept, spelt
from tests.street import EAST_1, MORNING, found, settings

Handle = Callable[[Turn], Awaitable[None]]


async def echo(turn: Turn) -> None:
    """Answer with what was said; some words make it fail on purpose."""
    said = turn.incoming.text or ""
    if said == "fail":
        raise RuntimeError("on purpose")
    if said.startswith("grid"):
        turn.update_person(grid=EAST_1)
    if said.startswith("same case"):
        turn.changes.touch("matter 2026-00001")
    turn.reply(Message(blocks=(text("test.echo", said=said),)))


class Desk:
    """An intake over a database, with a clock that is set."""

    def __init__(
        self, database: Database, folder: Path, batch_max: int, handle: Handle = echo
    ) -> None:
        self.database = database
        self.line = Line()
        self.now: datetime = MORNING
        self.intake = Intake(
            database,
            {BOT: self.line},
            StreetSource(settings(folder)),
            lambda: self.now,
            handle,
            batch_max=batch_max,
        )
        self._next = 0

    async def arrive(self, *said: tuple[str, str], **more: Any) -> None:
        updates = []
        for sender, words in said:
            self._next += 1
            updates.append((str(self._next), {"from": sender, "text": words, **more}))
        await self.intake.store(BOT, updates)

    async def work(self) -> None:
        while await self.intake.handle_waiting():
            pass

    async def answers(self) -> list[tuple[str, str]]:
        async with self.database.read() as tx:
            rows = await due(tx, BOT, self.now + timedelta(days=1), 1000)
        rows.sort(key=lambda row: row.id)
        return [
            (row.address, str(block.fields.get("said", block.key)))
            for row in rows
            for block in row.message.blocks
            if hasattr(block, "key")
        ]

    async def states(self) -> list[InboxState]:
        async with self.database.read() as tx:
            rows = await tx.rows(select(inbox.inbox).order_by(inbox.inbox.c.id))
        return [row.state for row in rows]


@pytest.fixture(params=[200, 1], ids=["batches", "one by one"])
async def desk(request: pytest.FixtureRequest, database: Database, tmp_path: Path) -> Desk:
    await found(database)
    return Desk(database, tmp_path, request.param)


async def test_what_arrives_is_answered_once_and_in_order(desk: Desk) -> None:
    await desk.arrive(("7", "one"), ("8", "eins"), ("7", "two"), ("7", "three"))

    await desk.work()

    answers = await desk.answers()
    assert [said for sender, said in answers if sender == "7"] == ["one", "two", "three"]
    assert ("8", "eins") in answers


async def test_a_newcomer_is_answered_before_the_rest_of_a_flood(desk: Desk) -> None:
    flood = [(str(sender), f"{n}") for n in range(60) for sender in range(5)]
    await desk.arrive(*flood)
    for _ in range(10):
        await desk.intake.handle_waiting()

    await desk.arrive(("newcomer", "hello"))
    await desk.work()

    answers = await desk.answers()
    behind = answers[: answers.index(("newcomer", "hello"))]
    assert len(behind) <= 51
    for sender in range(5):
        said = [int(words) for who, words in answers if who == str(sender)]
        assert said == list(range(60))


async def test_a_repeated_update_is_a_no_op(desk: Desk) -> None:
    await desk.arrive(("7", "once"))
    await desk.work()

    await desk.intake.store(BOT, [("1", {"from": "7", "text": "once"})])
    await desk.work()

    assert await desk.answers() == [("7", "once")]


async def test_the_commit_that_handles_an_update_erases_what_it_said(desk: Desk) -> None:
    await desk.arrive(("7", "something private"))

    await desk.work()

    async with desk.database.read() as tx:
        row = await tx.row(select(inbox.inbox))
    assert row is not None
    assert (row.state, row.sealed) == (InboxState.DONE, None)


async def test_a_failing_handler_touches_nobody_else(desk: Desk) -> None:
    await desk.arrive(("7", "before"), ("8", "fail"), ("9", "after"))

    await desk.work()

    answers = await desk.answers()
    assert ("7", "before") in answers
    assert ("9", "after") in answers
    assert [said for sender, said in answers if sender == "8"] == ["errors.internal"]


async def test_what_fails_again_and_again_is_quarantined_and_can_be_replayed(desk: Desk) -> None:
    await desk.arrive(("8", "fail"))
    await desk.work()
    assert await desk.states() == [InboxState.QUARANTINED]

    async with desk.database.write() as tx:
        listed = await inbox.list_quarantined(tx)
        await inbox.replay(tx, [listed[0][0]])

    assert await desk.states() == [InboxState.WAITING]


async def test_a_poison_update_does_not_hold_up_the_others(desk: Desk) -> None:
    await desk.intake.store(BOT, [("90", {"poison": True}), ("91", {"nothing": True})])
    await desk.arrive(("7", "hello"))

    await desk.work()

    assert await desk.answers() == [("7", "hello")]
    assert await desk.states() == [InboxState.QUARANTINED, InboxState.DONE, InboxState.DONE]


async def test_two_updates_about_one_case_are_handled_one_after_the_other(desk: Desk) -> None:
    await desk.arrive(("7", "same case, first"), ("8", "same case, second"))

    await desk.work()

    assert await desk.answers() == [("7", "same case, first"), ("8", "same case, second")]


async def test_whoever_changes_the_same_case_in_a_batch_reads_what_the_one_before_wrote(
    database: Database, tmp_path: Path
) -> None:
    await found(database)
    read: list[int] = []

    async def count(turn: Turn) -> None:
        stored = await turn.tx.scalar(select(func.count()).select_from(followers))
        read.append(stored)
        turn.changes.touch("matter 2026-00001")
        turn.changes.save(Follower(number="2026-00001", person=turn.person.id, at=turn.now))

    desk = Desk(database, tmp_path, 200, count)
    await desk.arrive(*((str(sender), "me too") for sender in range(100)))

    await desk.work()

    assert set(await desk.states()) == {InboxState.DONE}
    assert set(read) == set(range(100))
    assert len(read) < 2 * 100  # all but the first were handled once before it was written


async def test_a_press_is_confirmed_after_the_commit(desk: Desk) -> None:
    await desk.arrive(("7", "pressed"), press="p-1")

    await desk.work()
    for task in tuple(desk.intake._confirming):
        await task

    assert desk.line.confirmed == ["p-1"]


async def test_after_a_restart_everything_that_waited_is_handled(
    desk: Desk, tmp_path: Path
) -> None:
    await desk.arrive(("7", "before the crash"))

    again = Desk(desk.database, tmp_path, 10)
    await again.work()

    assert await again.answers() == [("7", "before the crash")]


async def test_a_write_that_fails_is_done_again_one_by_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second write of a whole batch fails; each update alone then succeeds."""
    await desk.arrive(("7", "one"), ("8", "two"))
    real, calls = inbox.finish, []

    async def breaks_once(*arguments: Any) -> None:
        calls.append(arguments)
        if len(calls) == 1:
            raise RuntimeError("the disk hiccuped")
        await real(*arguments)

    monkeypatch.setattr(inbox, "finish", breaks_once)

    await desk.work()

    assert sorted(await desk.answers()) == [("7", "one"), ("8", "two")]


async def test_a_newcomer_is_remembered(desk: Desk) -> None:
    await desk.arrive(("7", "grid please"))
    await desk.work()

    await desk.arrive(("7", "again"))
    await desk.work()

    async with desk.database.read() as tx:
        from storage.people import people

        rows = await tx.rows(select(people.c.grid).where(people.c.side == Side.RESIDENTS))
    assert [row.grid for row in rows] == [EAST_1]


def test_every_channel_is_an_origin() -> None:
    """A matter's origin is taken from the channel it came by."""
    assert {Origin(channel.value) for channel in Channel} == {Origin.WEB, Origin.TELEGRAM}


def test_a_refusal_names_its_wording() -> None:
    assert Refused("text_needs_words").key == "errors.text_needs_words"


async def test_who_leaves_is_told_nothing_and_who_comes_back_is_reachable(desk: Desk) -> None:
    place = (Side.RESIDENTS, Channel.TELEGRAM, "7")
    await desk.arrive(("7", "hello"))
    await desk.work()
    async with desk.database.write() as tx:
        known = (await people.find_accounts(tx, [place]))[place]
        await people.mark_unreachable(tx, known.id, MORNING)

    await desk.arrive(("7", ""), ("8", ""), left=True)
    await desk.work()
    async with desk.database.read() as tx:
        gone = await people.find_accounts(tx, [place, (*place[:2], "8")])
    await desk.arrive(("7", ""), left=False)
    await desk.work()

    async with desk.database.read() as tx:
        back = await people.find_accounts(tx, [place])
    assert [account.unreachable_since for account in gone.values()] == [MORNING]
    assert back[place].unreachable_since is None
    assert await desk.answers() == [("7", "hello")]


async def test_a_cards_number_never_reaches_the_tables_also_where_the_update_fails(
    desk: Desk,
) -> None:
    number = card(Random(1))
    desk.intake._handle_turn = poisoned
    await desk.arrive(("7", f"3号楼 {spelt(number, Random(2))}"), ("7", "密码是778899"))

    stored = await everything_kept(desk.database)
    await desk.work()

    kept = [*stored, *await everything_kept(desk.database)]
    assert InboxState.QUARANTINED in await desk.states()
    assert [one for one in stored if "3号楼 ***" in one]
    assert not [one for one in kept if number in digits_of(one) or "778899" in one]


async def poisoned(_turn: Turn) -> None:
    """Fail whatever comes."""
    raise RuntimeError("on purpose")
