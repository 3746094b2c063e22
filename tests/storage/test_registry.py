"""No table that names somebody is forgotten: each is declared, once, with what becomes of it."""

import ast
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, select

from domain.documents import (
    Acknowledgement,
    Acknowledging,
    Folder,
    Handing,
    Paper,
    Signing,
    issue,
    sign,
)
from domain.messages import FileKind, text
from domain.organisation import Role, Seat
from domain.people import Consent, Purpose
from domain.relations import RelationKind, ask
from domain.services.orders import Order
from domain.stages import Standing
from domain.subjects import case
from domain.visits.entries import Entry
from domain.visits.family import Kinship, Link
from domain.visits.needs import Consented, Need, NeedState
from domain.visits.visits import Area
from domain.words.corrections import Correction, Corrector
from domain.words.lexicon import Guess
from storage.attachments import Attachment, FetchState
from storage.database import Database, Tx
from storage.gathered_reminders import Gathered
from storage.modules import MODULES
from storage.outbox_housekeeping import newest
from storage.people import all_accounts
from storage.personal_data import Forgotten, PersonalData
from storage.registry import HANDS_OVER, NOBODYS, PERSONAL_DATA
from storage.schema import PersonId, metadata
from storage.services.stops import Follow
from tests.handlers.chats import Office, opened
from tests.outings import outing
from tests.storage.test_erasure import everything, lived, person_of
from tests.storage.test_slots import SERIES, placed, slot
from tests.street import EAST, MORNING

STORAGE = Path(__file__).parents[2] / "storage"


# --- tables --------------------------------------------------------------------------------------


def names_somebody(table: Table) -> bool:
    return any(isinstance(column.type, PersonId) for column in table.columns)


def undeclared(
    tables: Iterable[Table], declared: Iterable[PersonalData], nobodys: Mapping[str, str]
) -> list[str]:
    """Name the tables that name somebody and stand in no declaration, and for no reason."""
    theirs = {table.name for one in declared for table in one.tables}
    return sorted(
        table.name
        for table in tables
        if names_somebody(table) and table.name not in theirs and not nobodys.get(table.name)
    )


def test_every_table_that_names_somebody_is_declared_or_nobodys_for_a_reason() -> None:
    assert undeclared(metadata.tables.values(), PERSONAL_DATA, NOBODYS) == []


def test_a_table_that_nobody_declared_is_found() -> None:
    visits = Table("visits", MetaData(), Column("id", Integer), Column("visited", PersonId()))
    declared = [PersonalData(name="visits", tables=(visits,))]

    assert undeclared([visits], [], {}) == ["visits"]
    assert undeclared([visits], [], {"visits": ""}) == ["visits"]
    assert undeclared([visits], [], {"visits": "For a reason."}) == []
    assert undeclared([visits], declared, {}) == []


def test_a_column_that_is_called_like_one_that_names_somebody_names_somebody() -> None:
    columns = [column for table in metadata.tables.values() for column in table.columns]

    names = {one.name for one in columns if isinstance(one.type, PersonId)} - {"id"}

    assert [str(one) for one in columns if one.name in names and type(one.type) is String] == []


def test_a_table_is_declared_once_and_exists() -> None:
    declared = [table for one in PERSONAL_DATA for table in one.tables]

    assert len({table.name for table in declared}) == len(declared)
    assert [table.name for table in declared if metadata.tables.get(table.name) is not table] == []


def test_what_is_nobodys_names_somebody_and_is_not_declared_as_well() -> None:
    declared = {table.name for one in PERSONAL_DATA for table in one.tables}

    named = {name for name, table in metadata.tables.items() if names_somebody(table)}

    assert set(NOBODYS) - named == set()
    assert set(NOBODYS) & declared == set()


def test_what_names_somebody_is_erased_or_says_why_it_stays() -> None:
    silent = [
        one.name
        for one in PERSONAL_DATA
        if any(names_somebody(table) for table in one.tables)
        and one.forget is None
        and not one.stays
    ]

    assert silent == []


# --- modules -------------------------------------------------------------------------------------


def declaring(root: Path) -> set[str]:
    """Name the modules below a layer's folder that declare personal data."""
    return {
        module
        for module, tree in _modules(root)
        for node in tree.body
        if isinstance(node, ast.Assign)
        and [one.id for one in node.targets if isinstance(one, ast.Name)] == ["PERSONAL_DATA"]
    }


def registering(root: Path) -> set[str]:
    """Name the modules below a layer's folder that have a table or a writer."""
    return {
        module
        for module, tree in _modules(root)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("Table", "writes")
    }


def _modules(root: Path) -> list[tuple[str, ast.Module]]:
    return [
        (
            path.relative_to(root.parent).with_suffix("").as_posix().replace("/", "."),
            ast.parse(path.read_text(encoding="utf-8")),
        )
        for path in sorted(root.rglob("*.py"))
        if "migrations" not in path.parts
    ]


def test_every_declaration_is_listed() -> None:
    declared = [import_module(name).PERSONAL_DATA for name in declaring(STORAGE)]

    assert [one.name for one in declared if one not in PERSONAL_DATA] == []
    assert len(PERSONAL_DATA) == len(declared)
    assert len({one.name for one in PERSONAL_DATA}) == len(PERSONAL_DATA)


def test_whatever_changes_hands_is_listed() -> None:
    found = [
        getattr(import_module(module), node.targets[0].id)
        for module, tree in _modules(STORAGE)
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Call)
        and getattr(node.value.func, "id", "") == "HandsOver"
    ]

    assert len(found) >= 2
    assert {one.name for one in found} == {one.name for one in HANDS_OVER}
    assert len(HANDS_OVER) == len(found)


def test_every_module_with_a_table_or_a_writer_is_listed() -> None:
    assert registering(STORAGE) | declaring(STORAGE) == {module.__name__ for module in MODULES}
    assert len(set(MODULES)) == len(MODULES)


def test_a_declaration_a_table_and_a_writer_are_found_wherever_they_stand(tmp_path: Path) -> None:
    visits = tmp_path / "storage" / "visits"
    visits.mkdir(parents=True)
    (visits / "plans.py").write_text('plans = Table("plans", metadata)\n')
    (visits / "visits.py").write_text("@writes(Visit, last=True)\nasync def write(tx, saved): ...")
    (visits / "personal_data.py").write_text('PERSONAL_DATA = PersonalData(name="visits")\n')
    (visits / "queries.py").write_text("from storage.registry import PERSONAL_DATA\n")

    assert registering(tmp_path / "storage") == {"storage.visits.plans", "storage.visits.visits"}
    assert declaring(tmp_path / "storage") == {"storage.visits.personal_data"}


# --- what the declarations do --------------------------------------------------------------------


@pytest.fixture
async def office(database: Database, tmp_path: Path) -> Office:
    return await opened(database, tmp_path)


async def test_no_two_declarations_copy_the_same(office: Office) -> None:
    person, _ = await lived(office)

    async with office.database.read() as tx:
        given = [
            field
            for one in PERSONAL_DATA
            if one.copy is not None
            for field in await one.copy(tx, person)
        ]

    assert sorted(given) == sorted(set(given))


async def told(tx: Tx) -> dict[str, list[str]]:
    """Read every table, in whatever order its rows lie."""
    return {name: sorted(map(repr, rows)) for name, rows in (await everything(tx)).items()}


class Undo(Exception):
    """Ends a transaction that is to leave nothing."""


async def after(
    office: Office,
    declared: Iterable[PersonalData],
    do: Callable[[Tx, PersonalData], Awaitable[None]],
) -> dict[str, list[str]]:
    """Give the tables as they would be, and leave them as they are."""
    found: dict[str, list[str]] = {}
    with suppress(Undo):
        async with office.database.write() as tx:
            for one in declared:
                await do(tx, one)
            found = await told(tx)
            raise Undo
    return found


async def both_lived(office: Office) -> tuple[str, str, str]:
    """Let two residents leave traces of every kind; give them and the first one's case."""
    person, number = await lived(office)
    await office.starts("bert", "g-E1")
    await office.does("bert", "residents.offer_code")
    await office.does("bert", "residents.recovery:new")
    await office.does("bert", "matters.service")
    other = await person_of(office, "bert")
    await office.change(SERIES)
    for place, one in enumerate((person, other)):
        await office.change(
            *visited(place, one),
            Gathered(person=one, kind="k", subject=outing("s"), step="t", not_before=office.now),
            placed(one, slot()),
            Consent(person=one, purpose=Purpose.WEEKLY_SUMMARY, notice=1, given_at=office.now),
            Correction(
                number=number if one == person else "2026-00099",
                community=EAST,
                person=one,
                said="路灯坏了",
                reading=Guess.SERVICE,
                category="lighting",
                by=Corrector.WRITER,
                at=office.now,
            ),
            *acted_for(one, office.now),
            Follow(stop="stop", person=one, since=office.now, told={"hours": "9:00-11:00"}),
            Attachment(
                id=f"loose {one}",
                person=one,
                bot="web.residents",
                ref="",
                kind=FileKind.PHOTO,
                state=FetchState.STORED,
                not_before=office.now,
                created_at=office.now,
            ),
        )
    return person, other, number


def acted_for(person: str, now: datetime) -> tuple[object, ...]:
    """Make what is done for a person, with a paper that they signed and got back."""
    order = Order(
        id=f"o{person}"[:24],
        kind="agency",
        matter=None,
        community="E",
        grid="E1",
        resident=person,
        seat=Seat("E", Role.WINDOW_CLERK),
        owner="clerk",
        standing=Standing(stage="authority", since=now, due_at=now),
        body={"what": "x", "principal": "y"},
        opened_at=now,
        reminded_until=now,
    )
    (paper,) = issue(
        Folder(subject=order.subject),
        "authority",
        Paper(title=text("documents.file_authority")),
        ident=f"d{person}"[:24],
        by=person,
        at=now,
    )
    signature = sign(
        paper,
        ident=f"s{person}"[:24],
        party="principal",
        who=person,
        how=Signing.RELIABLE_E_SIGNATURE,
        proof="no. 123456",
        at=now,
        recorded_by=person,
    )
    returned = Acknowledgement(
        id=f"a{person}"[:24],
        document=paper.id,
        item="1",
        handing=Handing.RETURNED,
        how=Acknowledging.IN_CHAT,
        who=person,
        at=now,
        recorded_by=person,
    )
    relation = ask(
        ident=f"r{person}"[:24],
        person="their mother",
        other=person,
        kind=RelationKind.CHILD,
        by=person,
        at=now,
    )
    return order, paper, signature, returned, relation


def visited(place: int, person: str) -> tuple[object, ...]:
    """Let somebody be on the register, as the worker's, and say that a need is solved."""
    entry = f"entry{place}"
    return (
        Entry(
            id=entry,
            unit="E1",
            seat=Seat("E1", Role.GRID_WORKER),
            owner="worker",
            content=None,
            opened_at=MORNING,
            valid_until=MORNING + timedelta(days=365),
        ),
        Link(
            id=f"link{place}",
            entry=entry,
            kinship=Kinship.RELATIVE,
            code_hash=None,
            person=person,
            made_by="worker",
            made_at=MORNING,
            expires_at=MORNING,
            linked_at=MORNING,
        ),
        Need(
            id=f"need{place}",
            visit="visit",
            entry=entry,
            unit="E1",
            area=Area.HEALTH,
            words="药盒",
            consented=Consented.WORKER,
            state=NeedState.CONFIRMED,
            opened_at=MORNING,
            confirmed_at=MORNING,
            confirmed_by=person,
        ),
    )


@pytest.mark.parametrize(
    "what", ["forget", "forget_staff", "forget_file", "forget_shown", "move", "sweep"]
)
async def test_in_which_order_they_are_gone_over_makes_no_difference(
    office: Office, what: str
) -> None:
    person, other, number = await both_lived(office)
    async with office.database.read() as tx:
        before, upto = await told(tx), await newest(tx)
        accounts = tuple(await all_accounts(tx, person))
    gone = Forgotten(person=person, at=office.now, accounts=accounts, kept=frozenset(), upto=upto)
    given = {
        "forget": (gone,),
        "forget_staff": (gone,),
        "forget_file": ([case(number)],),
        "forget_shown": ([case(number)], upto),
        "move": (other, person),
        "sweep": (office.now + timedelta(days=400),),
    }[what]

    async def do(tx: Tx, one: PersonalData) -> None:
        if (function := getattr(one, what)) is not None:
            await function(tx, *given)

    forward = await after(office, PERSONAL_DATA, do)
    backward = await after(office, reversed(PERSONAL_DATA), do)

    assert forward == backward
    assert forward != before


async def test_after_a_union_no_column_leads_to_the_one_who_is_gone(office: Office) -> None:
    person, other, _ = await both_lived(office)
    left = set()

    async with office.database.write() as tx:
        for one in PERSONAL_DATA:
            if one.move is not None:
                await one.move(tx, other, person)
        for table in metadata.tables.values():
            for column in table.columns:
                if isinstance(column.type, PersonId) and await tx.row(
                    select(column).where(column == person)
                ):
                    left.add(str(column))

    # Who did what in a case is sealed in its chain.
    assert left == {"file_events.actor"}
