"""Several workers on one PostgreSQL: nothing is handled twice, and everybody in their order."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.configuration.street_source import StreetSource
from bot.traffic.intake import Intake
from domain.categories import Kind
from domain.chain import Act, verify
from domain.matters import life
from domain.matters.life import Filing, add, file
from domain.matters.matter import Origin, Particulars
from domain.matters.rules import ClockRules
from domain.messages import Channel, Message, Side, text
from domain.organisation import Role, Seat
from domain.people import Account, Person
from handlers.turn import Turn
from storage import inbox, people
from storage.changes import Changes, apply
from storage.database import Database
from storage.inbox import InboxState
from storage.matters import matters
from storage.matters.casework import save_matter
from storage.sending import due
from tests.line import BOT, Line
from tests.statements import counted
from tests.street import EAST, EAST_1, MORNING, found, settings

Handle = Callable[[Turn], Awaitable[None]]

pytestmark = pytest.mark.parametrize(
    "database", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)

RESIDENT = Act("resident", Role.RESIDENT, MORNING, b"s" * 32)
NUMBER = "2026-00001"


def make_worker(database: Database, folder: Path, handle: Handle, batch_max: int = 200) -> Intake:
    """Give one of several workers; each has all of its own but the database."""
    source = StreetSource(settings(folder))
    return Intake(database, {BOT: Line()}, source, lambda: MORNING, handle, batch_max=batch_max)


async def arrive(database: Database, folder: Path, *said: tuple[str, str]) -> None:
    """Let updates of (address, words) arrive in this order."""
    door = make_worker(database, folder, echo)
    async with database.read() as tx:
        first = await tx.scalar(select(func.count()).select_from(inbox.inbox))
    await door.store(
        BOT,
        [
            (str(first + place), {"from": address, "text": words})
            for place, (address, words) in enumerate(said)
        ],
    )


async def echo(turn: Turn) -> None:
    turn.reply(Message(blocks=(text("test.echo", said=turn.incoming.text or ""),)))


async def work(worker: Intake) -> int:
    """Work until nothing can be claimed and give how much that was."""
    done = 0
    while handled := await worker.handle_waiting():
        done += handled
    return done


async def answers(database: Database) -> list[tuple[str, str]]:
    """List what was answered, as (person, words), in the order of writing."""
    async with database.read() as tx:
        rows = await due(tx, BOT, MORNING, 10_000)
    rows.sort(key=lambda row: row.id)
    return [
        (row.person, str(block.fields["said"]))
        for row in rows
        for block in row.message.blocks
        if hasattr(block, "fields")
    ]


async def know(database: Database, *persons: str, chats: int = 1) -> None:
    """Enter residents, each with some chats: ``p 0``, ``p 1``."""
    changes = Changes()
    for person in persons:
        changes.save(Person(id=person, side=Side.RESIDENTS, created_at=MORNING))
        changes.save(
            *(
                Account(
                    id=f"{person} {chat}",
                    person=person,
                    side=Side.RESIDENTS,
                    channel=Channel.TELEGRAM,
                    address=f"{person} {chat}",
                    created_at=MORNING,
                    seen_at=MORNING,
                )
                for chat in range(chats)
            )
        )
    async with database.write() as tx:
        await apply(tx, [changes])


async def states(database: Database) -> Counter[InboxState]:
    async with database.read() as tx:
        return Counter(row.state for row in await tx.rows(select(inbox.inbox.c.state)))


async def file_case(database: Database, folder: Path) -> None:
    """File a broken street lamp."""
    filing = Filing(
        kind=Kind.SERVICE,
        category="lighting",
        community=EAST,
        grid=EAST_1,
        origin=Origin.TELEGRAM,
        reporter="p",
        particulars=Particulars(text="路灯坏了"),
        importance=2,
        urgency=1,
    )
    async with database.write() as tx:
        street = await StreetSource(settings(folder)).current(tx, MORNING)
        filed = file(
            NUMBER,
            filing,
            RESIDENT,
            seat=Seat(EAST_1, Role.GRID_SECRETARY),
            owner="secretary",
            rules=street.rules(ClockRules),
            calendar=street.office.calendar,
        )
        changes = Changes()
        changes.save(filed)
        await apply(tx, [changes])


class Gate:
    """A handler that stops at words which begin with ``wait`` until it is let on."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.open = asyncio.Event()

    async def handle(self, turn: Turn) -> None:
        if (turn.incoming.text or "").startswith("wait"):
            self.reached.set()
            await self.open.wait()
        await echo(turn)


@pytest.mark.parametrize("batch_max", [1, 7, 200])
async def test_workers_that_race_answer_everything_once_and_everybody_in_order(
    database: Database, tmp_path: Path, batch_max: int
) -> None:
    await found(database)
    persons = [f"p{number}" for number in range(12)]
    await know(database, *persons[:8], chats=2)  # the others are newcomers
    said = [(f"{one} {n % 2}", f"{one} {n}") for n in range(4) for one in persons[:8]]
    said += [(one, f"{one} {n}") for n in range(4) for one in persons[8:]]
    await arrive(database, tmp_path, *said)
    workers = [make_worker(database, tmp_path, echo, batch_max) for _ in range(3)]

    while (await states(database))[InboxState.WAITING]:
        await asyncio.gather(*(work(worker) for worker in workers))

    said_by = [words for _, words in await answers(database)]
    assert sorted(said_by) == sorted(words for _, words in said)
    for one in persons:
        mine = [words for words in said_by if words.startswith(f"{one} ")]
        assert mine == [f"{one} {n}" for n in range(4)]


async def test_who_is_being_served_is_not_served_elsewhere_and_others_are(
    database: Database, tmp_path: Path
) -> None:
    await found(database)
    await know(database, "busy", chats=2)
    await know(database, "other")
    gate = Gate()
    first = make_worker(database, tmp_path, gate.handle, 1)
    second = make_worker(database, tmp_path, echo)
    await arrive(database, tmp_path, ("busy 0", "wait for it"), ("busy 1", "then this"))
    async with asyncio.TaskGroup() as group:
        group.create_task(work(first))
        await gate.reached.wait()
        await arrive(database, tmp_path, ("other 0", "hello"))

        served = await work(second)
        before = await answers(database)
        gate.open.set()

    assert served == 1
    assert before == [("other", "hello")]
    assert (await answers(database))[1:] == [("busy", "wait for it"), ("busy", "then this")]


@pytest.mark.parametrize("known", [True, False])
async def test_small_batches_pass_over_who_is_served_elsewhere(
    database: Database, tmp_path: Path, known: bool
) -> None:
    """More people wait than fit into a batch, and the first of them are other processes'."""
    await found(database)
    if known:
        await know(database, "a", "b", "c", chats=1)
    gate = Gate()
    first, second = (make_worker(database, tmp_path, gate.handle, 1) for _ in range(2))
    third = make_worker(database, tmp_path, echo, 1)
    await arrive(database, tmp_path, ("a 0", "wait"), ("a 0", "and this"))
    async with asyncio.TaskGroup() as group:
        group.create_task(work(first))
        await gate.reached.wait()
        gate.reached.clear()
        await arrive(database, tmp_path, ("b 0", "wait too"), ("c 0", "hello"))
        group.create_task(work(second))
        await gate.reached.wait()

        await work(third)
        before = await answers(database)
        gate.open.set()

    assert [words for _, words in before] == ["hello"]
    assert await states(database) == {InboxState.DONE: 4}


async def test_a_persons_chats_are_answered_in_the_order_in_which_they_were_used(
    database: Database, tmp_path: Path
) -> None:
    """However little one chat got so far: what was said first is answered first."""
    await found(database)
    await know(database, "p", "q", chats=2)
    worker = make_worker(database, tmp_path, echo, 1)
    await arrive(database, tmp_path, *(("p 0", f"warm up {n}") for n in range(3)))
    await work(worker)
    await arrive(database, tmp_path, ("p 0", "one"), ("q 0", "one"), ("p 1", "two"), ("q 1", "two"))

    await work(worker)

    said = [one for one in await answers(database) if not one[1].startswith("warm")]
    assert [words for person, words in said if person == "p"] == ["one", "two"]
    assert [words for person, words in said if person == "q"] == ["one", "two"]


async def test_an_unknown_chat_becomes_one_person_however_many_workers_see_it(
    database: Database, tmp_path: Path
) -> None:
    await found(database)
    gate = Gate()
    first = make_worker(database, tmp_path, gate.handle, 1)
    second = make_worker(database, tmp_path, echo)
    await arrive(database, tmp_path, ("new", "wait, I am new"), ("new", "and again"))
    async with asyncio.TaskGroup() as group:
        group.create_task(work(first))
        await gate.reached.wait()
        assert await work(second) == 0
        gate.open.set()

    async with database.read() as tx:
        rows = await tx.rows(select(people.accounts).where(people.accounts.c.address == "new"))
        residents = await tx.rows(
            select(people.people.c.id).where(people.people.c.side == Side.RESIDENTS)
        )
    assert [row.person for row in rows] == [row.id for row in residents]
    assert [words for _, words in await answers(database)] == ["wait, I am new", "and again"]


async def test_an_account_that_is_made_meanwhile_is_not_made_again(
    database: Database, tmp_path: Path
) -> None:
    """Between looking for strangers and handling them, another process entered this one."""
    await found(database)
    await arrive(database, tmp_path, ("late 0", "hello"))
    async with database.write() as tx:
        claimed = await inbox.claim(tx, 10)
        await know(database, "late")
        known = await people.find_accounts(tx, [(Side.RESIDENTS, Channel.TELEGRAM, "late 0")])

        allowed = [
            claimed.allows(account.person, BOT, account.address) for account in known.values()
        ]

    assert len(claimed.updates) == 1
    assert allowed == [False]
    await work(make_worker(database, tmp_path, echo))
    assert await answers(database) == [("late", "hello")]


async def test_a_matter_that_another_worker_changed_is_changed_anew(
    database: Database, tmp_path: Path
) -> None:
    """Both read it before either writes; the one that writes later does its work again."""
    await found(database)
    await know(database, "p", "q")
    await file_case(database, tmp_path)
    both = asyncio.Barrier(2)
    tries: Counter[str] = Counter()

    async def add_words(turn: Turn) -> None:
        matter = await matters.find_matter(turn.tx, NUMBER)
        assert matter is not None
        tries[turn.person.id] += 1
        if tries[turn.person.id] == 1:
            await both.wait()
        save_matter(turn, add(matter, turn.act(Role.RESIDENT), turn.incoming.text or ""))

    workers = [make_worker(database, tmp_path, add_words, 1) for _ in range(2)]
    await arrive(database, tmp_path, ("p 0", "one"), ("q 0", "two"))

    await asyncio.gather(*(work(worker) for worker in workers))

    async with database.read() as tx:
        events = await matters.list_events(tx, NUMBER)
        matter = await matters.find_matter(tx, NUMBER)
    assert matter is not None
    assert {one.content.get("text") for one in events if one.content} >= {"one", "two"}
    assert verify(events, matter.head) == []
    assert sorted(tries.values()) == [1, 2]
    assert await states(database) == {InboxState.DONE: 2}


async def test_hundreds_who_add_to_one_case_at_two_workers_are_all_heard_once(
    database: Database, tmp_path: Path
) -> None:
    """Whoever was slower waits for the case and reads it anew, instead of trying in vain."""
    await found(database)
    persons = [f"p{number}" for number in range(300)]
    await know(database, *persons)
    await file_case(database, tmp_path)
    handled: Counter[str] = Counter()

    async def support(turn: Turn) -> None:
        handled[turn.person.id] += 1
        matter = await matters.find_matter(turn.tx, NUMBER)
        assert matter is not None
        save_matter(turn, life.support(matter, turn.act(Role.RESIDENT)))

    workers = [make_worker(database, tmp_path, support, 50) for _ in range(2)]
    await arrive(database, tmp_path, *((f"{one} 0", "me too") for one in persons))

    await asyncio.gather(*(work(worker) for worker in workers))

    async with database.read() as tx:
        events = await matters.list_events(tx, NUMBER)
        matter = await matters.find_matter(tx, NUMBER)
    assert matter is not None
    assert matter.supporters == 300
    assert verify(events, matter.head) == []
    assert await states(database) == {InboxState.DONE: 300}
    assert sum(handled.values()) <= 3 * 300


async def test_what_reaches_beyond_its_person_is_done_while_nobody_else_works(
    database: Database, tmp_path: Path
) -> None:
    await found(database)
    await know(database, "p", "q", "r")
    busy: set[str] = set()
    beside: list[set[str]] = []
    understood = asyncio.Event()
    gate = Gate()

    async def handle(turn: Turn) -> None:
        words = turn.incoming.text or ""
        if words == "join":
            beside.append(set(busy))
            understood.set()
        busy.add(words)
        await gate.handle(turn)
        if words == "join":
            turn.changes.touch_alone("organisation")
        busy.discard(words)

    first = make_worker(database, tmp_path, handle, 1)
    second = make_worker(database, tmp_path, handle, 1)
    await arrive(database, tmp_path, ("p 0", "wait"), ("q 0", "join"), ("r 0", "plain"))
    async with asyncio.TaskGroup() as group:
        group.create_task(work(first))
        await gate.reached.wait()
        joining = group.create_task(work(second))
        await understood.wait()
        gate.open.set()
        await joining

    assert beside[0] == {"wait"}  # understood beside another one, and put off
    assert beside[-1] == set()
    assert len(beside) == 2
    assert await states(database) == {InboxState.DONE: 3}
    assert sorted(words for _, words in await answers(database)) == ["join", "plain", "wait"]


async def test_what_only_a_later_version_understands_finds_its_person(
    database: Database, tmp_path: Path
) -> None:
    await found(database)
    await know(database, "p")
    await arrive(database, tmp_path, ("p 0", "hello"))
    async with database.write() as tx:
        await tx.run(inbox.inbox.update().values(address=None))

    await work(make_worker(database, tmp_path, echo))

    assert await answers(database) == [("p", "hello")]


async def test_a_batch_takes_the_same_few_queries_however_many_updates_it_holds(
    database: Database, tmp_path: Path
) -> None:
    await found(database)
    persons = [f"p{number}" for number in range(100)]
    await know(database, *persons)
    worker = make_worker(database, tmp_path, echo)
    await arrive(database, tmp_path, *((f"{one} 0", "warm up") for one in persons))
    await work(worker)

    await arrive(database, tmp_path, ("p0 0", "one"))
    with counted(database) as for_one:
        await worker.handle_waiting()
    await arrive(database, tmp_path, *((f"{one} 0", "hundred") for one in persons))
    with counted(database) as for_hundred:
        await worker.handle_waiting()

    assert len(for_hundred) == len(for_one) <= 11
    assert (await states(database))[InboxState.WAITING] == 0
