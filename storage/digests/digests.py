"""Weekly digests as they were written, and the cases that a week's figures are counted from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    LargeBinary,
    Row,
    String,
    Table,
    and_,
    or_,
    select,
    update,
)

from domain.categories import Kind
from domain.digests.digest import (
    Case,
    Digest,
    Week,
    figures_from_json,
    to_json,
    topics_from_json,
    week_of,
)
from domain.matters.matter import OPEN, Happening, Outcome
from domain.organisation import Unit, UnitKind
from domain.subjects import MATTER, Subject, case, ids_of
from domain.working_time import WorkCalendar
from storage.chain import file_events
from storage.changes import writes
from storage.database import Tx, chunks
from storage.matters.matters import matters
from storage.personal_data import PersonalData
from storage.rows import of_row, row_of
from storage.schema import UtcDateTime, metadata

digests = Table(
    "digests",
    metadata,
    Column("unit", String(40), primary_key=True),
    Column("week", String(10), primary_key=True),
    Column("begins_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("computed_at", UtcDateTime, nullable=False),
    # Case numbers by figure, topics, and the ids of the charts.
    Column("body", JSON, nullable=False),
    # What the opinions of each topic say, in the order of the topics.
    Column("sealed", LargeBinary),
)

_CASE = tuple(
    matters.c[name]
    for name in (
        "number",
        "kind",
        "category",
        "importance",
        "urgency",
        "state",
        "filed_at",
        "dispatched_at",
        "contact_by",
        "resolve_by",
        "contacted_at",
        "paused_at",
        "resolved_at",
        "closed_at",
        "outcome",
        "score",
    )
)


@writes(Digest)
async def write_digests(tx: Tx, saved: Sequence[Digest]) -> None:
    """Insert digests; one that is written anew replaces the one of its unit and week."""
    rows = [
        row_of(
            digests,
            one,
            week=one.week.key,
            begins_at=one.week.begins,
            body=to_json(one),
            sealed=_sealed(tx, [(topic.words, topic.quote) for topic in one.topics]),
        )
        for one in saved
    ]
    await tx.upsert(digests, rows)


#: The words of a topic and what one resident said; both empty where it has lost them.
_Said = tuple[str, str]


def _sealed(tx: Tx, said: Sequence[_Said]) -> bytes | None:
    if not any(words or quote for words, quote in said):
        return None
    return tx.keyring.seal(
        {"words": [words for words, _ in said], "quotes": [quote for _, quote in said]}
    )


def _said(tx: Tx, row: Row[Any]) -> list[_Said]:
    if row.sealed is None:
        return [("", "")] * len(row.body["topics"])
    kept = tx.keyring.unseal(row.sealed)
    return list(zip(kept["words"], kept.get("quotes") or [""] * len(kept["words"]), strict=True))


def _digest(tx: Tx, row: Row[Any], calendar: WorkCalendar) -> Digest:
    said = _said(tx, row)
    return of_row(
        Digest,
        row,
        week=week_of(row.begins_at, calendar),
        figures=figures_from_json(row.body),
        topics=topics_from_json(
            row.body, [words for words, _ in said], [quote for _, quote in said]
        ),
        pictures=row.body["pictures"],
        # Those of earlier versions have none.
        sections=row.body.get("sections", {}),
    )


async def find_digest(tx: Tx, unit: str, week: str, calendar: WorkCalendar) -> Digest | None:
    """Find what was written of a unit's week; what is said then is about the cases it quotes."""
    row = await tx.row(select(digests).where(digests.c.unit == unit, digests.c.week == week))
    if row is None:
        return None
    found = _digest(tx, row, calendar)
    tx.opened.update(case(number) for number in found.quoted)
    return found


async def list_digests(
    tx: Tx, unit: str, weeks: Iterable[Week], calendar: WorkCalendar
) -> list[Digest]:
    """List what was written of some weeks of a unit, the newest week first."""
    keys = [week.key for week in weeks]
    rows = await tx.rows(
        select(digests)
        .where(digests.c.unit == unit, digests.c.week.in_(keys))
        .order_by(digests.c.begins_at.desc())
    )
    return [_digest(tx, row, calendar) for row in rows]


async def last_digest(tx: Tx, unit: str, calendar: WorkCalendar) -> Digest | None:
    """Find the digest of a unit's newest written week."""
    row = await tx.row(
        select(digests).where(digests.c.unit == unit).order_by(digests.c.week.desc()).limit(1)
    )
    return None if row is None else _digest(tx, row, calendar)


async def first_week(tx: Tx, unit: str, calendar: WorkCalendar) -> Week | None:
    """Find the first week of which a unit has a digest: from there on, a hole is a gap."""
    begins: datetime | None = await tx.scalar(
        select(digests.c.begins_at).where(digests.c.unit == unit).order_by(digests.c.week).limit(1)
    )
    return None if begins is None else week_of(begins, calendar)


async def forget_words(tx: Tx, numbers: Iterable[str]) -> None:
    """Erase what was said from every topic to which one of some matters belongs."""
    wanted = frozenset(numbers)
    filed: list[datetime] = []
    for chunk in chunks(sorted(wanted)):
        rows = await tx.rows(select(matters.c.filed_at).where(matters.c.number.in_(chunk)))
        filed += [row.filed_at for row in rows]
    if not filed:
        return
    # A topic names opinions of its own week alone.
    quoting = await tx.rows(
        select(digests.c.unit, digests.c.week, digests.c.body, digests.c.sealed).where(
            digests.c.sealed.is_not(None),
            digests.c.begins_at > min(filed) - timedelta(days=8),
            digests.c.begins_at <= max(filed),
        )
    )
    for row in quoting:
        before = _said(tx, row)
        left = [
            ("", "") if wanted.intersection(topic["numbers"]) else said
            for topic, said in zip(row.body["topics"], before, strict=True)
        ]
        if left != before:
            await tx.run(
                update(digests)
                .where(digests.c.unit == row.unit, digests.c.week == row.week)
                .values(sealed=_sealed(tx, left))
            )


# --- what a week is counted from -----------------------------------------------------------------


def _of(unit: Unit, communities: Sequence[str]) -> ColumnElement[bool]:
    """Choose the matters of a unit by the columns that have indexes."""
    match unit.kind:
        case UnitKind.GRID:
            return matters.c.grid == unit.code
        case UnitKind.COMMUNITY:
            return matters.c.community == unit.code
        case UnitKind.STREET:
            return matters.c.community.in_(list(communities))


async def list_cases(tx: Tx, unit: Unit, week: Week, communities: Sequence[str] = ()) -> list[Case]:
    """List every case of a unit that was open at some moment of a week; never the history.

    Reads what is open now and what was closed since the week began, by index.

    Args:
        communities: the codes of the street's communities, for the street alone.
    """
    mine = _of(unit, communities)
    found: dict[str, Row[Any]] = {}
    for condition in (
        and_(mine, matters.c.closed_at >= week.begins),
        and_(mine, matters.c.state.in_(OPEN)),
    ):
        for row in await tx.rows(select(*_CASE, matters.c.reopenings).where(condition)):
            if row.filed_at < week.ends:
                found[row.number] = row
    reopened = [row.number for row in found.values() if row.reopenings]
    verdicts = await _verdicts(tx, reopened, week)
    return [_case(row, week, verdicts.get(row.number)) for row in found.values()]


def _case(row: Row[Any], week: Week, verdicts: tuple[int, int] | None) -> Case:
    columns = {column.name: getattr(row, column.name) for column in _CASE}
    case = Case(**columns)
    if verdicts is not None:
        return replace(case, confirmations=verdicts[0], refusals=verdicts[1])
    solved = case.outcome is Outcome.SOLVED and week.holds(case.closed_at)
    return replace(case, confirmations=int(solved))


async def _verdicts(tx: Tx, numbers: Iterable[str], week: Week) -> Mapping[str, tuple[int, int]]:
    """Count (solved, not solved) answers of reopened cases in a week, from their chains.

    What follows a judgement tells what it was, so that erased contents do not matter. A verdict
    that was taken back, then or later, was none.
    """
    ends = (Happening.CLOSED, Happening.REOPENED)
    wanted = [one.value for one in (Happening.JUDGED, Happening.TAKEN_BACK, *ends)]
    found: dict[str, tuple[int, int]] = {}
    for chunk in chunks(sorted(numbers)):
        rows = await tx.rows(
            select(file_events.c.file, file_events.c.seq, file_events.c.happening, file_events.c.at)
            .where(
                file_events.c.file.in_([case(number) for number in chunk]),
                file_events.c.happening.in_(wanted),
                file_events.c.at >= week.begins,
            )
            .order_by(file_events.c.file, file_events.c.seq)
        )
        found |= dict.fromkeys(chunk, (0, 0))
        for number, events in groupby(rows, key=lambda row: row.file.id):
            found[number] = _verdicts_of(list(events), week)
    return found


def _verdicts_of(events: Sequence[Row[Any]], week: Week) -> tuple[int, int]:
    """Count (solved, not solved) answers of one case in a week."""
    stand: list[tuple[datetime, str]] = []
    for event, before in zip(events, (None, *events), strict=False):
        if event.happening == Happening.TAKEN_BACK:
            del stand[-1:]
        elif event.happening != Happening.JUDGED:
            judged = (
                before is not None
                and before.happening == Happening.JUDGED
                and before.seq + 1 == event.seq
            )
            stand.append((event.at, event.happening if judged else ""))
    counted = [happening for at, happening in stand if week.holds(at)]
    return counted.count(Happening.CLOSED), counted.count(Happening.REOPENED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Opinion:
    """An opinion as far as its topic is concerned."""

    number: str
    community: str
    grid: str
    category: str
    filed_at: datetime
    text: str
    reporter: str
    keeps_name: bool
    """Who said it wants to stay nameless, or it may accuse somebody: it is not quoted."""


async def list_opinions(
    tx: Tx, unit: Unit, since: datetime, until: datetime, communities: Sequence[str] = ()
) -> list[Opinion]:
    """List the opinions that were filed in a unit, the oldest first; erased ones say nothing."""
    rows = await tx.rows(
        select(
            matters.c.number,
            matters.c.community,
            matters.c.grid,
            matters.c.category,
            matters.c.filed_at,
            matters.c.sealed,
            matters.c.restricted_until,
            matters.c.reporter,
            matters.c.hide_name,
            matters.c.barred,
        )
        .where(
            _of(unit, communities),
            matters.c.filed_at >= since,
            matters.c.filed_at < until,
            matters.c.kind == Kind.OPINION,
            ~or_(matters.c.confidential, matters.c.erased),
        )
        .order_by(matters.c.filed_at, matters.c.number)
    )
    return [
        of_row(
            Opinion,
            row,
            text=tx.keyring.unseal(row.sealed)["text"] if row.sealed else "",
            keeps_name=row.hide_name or bool(row.barred),
        )
        for row in rows
        # Not asked of the table: SQLite would walk through everything that nothing restricts.
        if row.restricted_until is None
    ]


async def _forget_shown(tx: Tx, subjects: Sequence[Subject], _upto: int) -> None:
    await forget_words(tx, ids_of(subjects, MATTER))


PERSONAL_DATA = PersonalData(name="digests", tables=(digests,), forget_shown=_forget_shown)
