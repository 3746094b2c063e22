"""Matters, and what happened in each."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    Row,
    Select,
    String,
    Table,
    bindparam,
    false,
    select,
    update,
)

from domain.categories import Kind
from domain.chain import Chain
from domain.errors import Conflict
from domain.matters.matter import (
    Event,
    Happening,
    Matter,
    Origin,
    Outcome,
    Particulars,
    Referral,
    State,
)
from domain.organisation import Role, Seat
from domain.places.points import Point
from domain.subjects import MATTER, case
from storage.chain import event_of, file_heads, is_head_of, list_rows, write_chains
from storage.changes import holds, writes
from storage.database import Tx, chunks, having
from storage.matters.followers import followers
from storage.rows import of_row, row_of
from storage.schema import PersonId, SubjectKey, UtcDateTime, Word, metadata

matters = Table(
    "matters",
    metadata,
    Column("number", String(20), primary_key=True),
    Column("kind", Word(Kind), nullable=False),
    Column("category", String(40), nullable=False),
    Column("community", String(40), nullable=False),
    Column("grid", String(40), nullable=False),
    Column("origin", Word(Origin), nullable=False),
    Column("state", Word(State), nullable=False),
    Column("reporter", PersonId(), nullable=False),
    Column("hide_name", Boolean, nullable=False),
    Column("confidential", Boolean, nullable=False),
    Column("public_space", Boolean, nullable=False),
    # The ids of the staff who have to withdraw, rising.
    Column("barred", JSON, nullable=False, server_default="[]"),
    Column("dangers", String(80), nullable=False, server_default=""),
    Column("unconfirmed", Boolean, nullable=False, server_default=false()),
    Column("importance", Integer, nullable=False),
    Column("urgency", Integer, nullable=False),
    Column("seat_unit", String(40), nullable=False),
    Column("seat_role", Word(Role), nullable=False),
    Column("owner", PersonId()),
    Column("accountable_unit", String(40), nullable=False),
    Column("accountable_role", Word(Role), nullable=False),
    Column("climbed_unit", String(40)),
    Column("climbed_role", Word(Role)),
    Column("filed_at", UtcDateTime, nullable=False),
    Column("dispatched_at", UtcDateTime, nullable=False),
    Column("contact_by", UtcDateTime, nullable=False),
    Column("resolve_by", UtcDateTime, nullable=False),
    Column("answer_by", UtcDateTime),
    Column("judge_by", UtcDateTime),
    Column("contacted_at", UtcDateTime),
    Column("accepted_at", UtcDateTime),
    Column("paused_at", UtcDateTime),
    Column("resolved_at", UtcDateTime),
    Column("closed_at", UtcDateTime),
    Column("recheck_at", UtcDateTime),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("reminded_until", UtcDateTime, nullable=False),
    Column("outcome", Word(Outcome)),
    Column("score", Integer),
    Column("returns", Integer, nullable=False),
    Column("reopenings", Integer, nullable=False),
    Column("supporters", Integer, nullable=False),
    # The procedure that has it, and how it stood before.
    Column("referred_to", SubjectKey()),
    Column("referred_as", String(40)),
    Column("referred_at", UtcDateTime),
    Column("referred_unit", String(40)),
    Column("referred_role", Word(Role)),
    Column("referred_owner", PersonId()),
    Column("referred_resolve_by", UtcDateTime),
    Column("merged_into", String(20)),
    Column("split_from", String(20)),
    Column("sealed", LargeBinary),
    Column("erased", Boolean, nullable=False),
    Column("restricted_until", UtcDateTime, index=True),
    Column("version", Integer, nullable=False),
    Index("ix_matters_reporter", "reporter", "filed_at"),
    Index("ix_matters_owner", "owner", "state"),
    # What a week's figures read: never the whole history.
    Index("ix_matters_community_filed", "community", "filed_at"),
    Index("ix_matters_community_closed", "community", "closed_at"),
    Index("ix_matters_grid_filed", "grid", "filed_at"),
    Index("ix_matters_grid_closed", "grid", "closed_at"),
    Index("ix_matters_community_state", "community", "state"),
    Index("ix_matters_grid_state", "grid", "state"),
)

#: Every matter with the end of its file.
MATTERS = select(matters, file_heads.c.seq, file_heads.c.head).select_from(
    matters.outerjoin(file_heads, is_head_of(MATTER, matters.c.number))
)


# --- writing -------------------------------------------------------------------------------------


@writes(Matter)
async def write_matters(tx: Tx, saved: Sequence[Matter]) -> None:
    """Write matters and append their fresh events.

    Raises:
        Conflict: a matter changed since it was read.
    """
    latest = {one.number: one for one in saved}
    known = await _versions(tx, latest)
    for one in latest.values():
        if known.get(one.number, 0) != one.version:
            raise Conflict(f"matter {one.number}")
    await tx.upsert(matters, [_row(tx, one) for one in latest.values()])
    await write_chains(
        tx,
        [
            Chain(file=one.subject, seq=one.seq, head=one.head, fresh=one.fresh)
            for one in latest.values()
        ],
    )


_VERSIONS = (
    having(matters.c.number)
    .with_only_columns(matters.c.number, matters.c.version)
    .order_by(matters.c.number)
    .with_for_update()
)


@holds("matter")
async def hold_matters(tx: Tx, numbers: Sequence[str]) -> None:
    """Lock matters until the transaction ends."""
    await _versions(tx, numbers)


async def _versions(tx: Tx, numbers: Iterable[str]) -> dict[str, int]:
    versions: dict[str, int] = {}
    for chunk in chunks(sorted(numbers)):
        rows = await tx.rows(_VERSIONS, {"wanted": chunk})
        versions.update((row.number, row.version) for row in rows)
    return versions


def _row(tx: Tx, one: Matter) -> dict[str, Any]:
    told = one.particulars
    private = {
        "text": told.text,
        "place": told.place_text,
        "point": [told.point.latitude, told.point.longitude] if told.point else None,
        "attachments": list(told.attachments),
        "phone": told.phone,
        "name": told.name,
    }
    return row_of(
        matters,
        one,
        barred=sorted(one.barred),
        dangers=",".join(one.dangers),
        seat_unit=one.seat.unit,
        seat_role=one.seat.role,
        accountable_unit=one.accountable.unit,
        accountable_role=one.accountable.role,
        climbed_unit=one.climbed_to.unit if one.climbed_to else None,
        climbed_role=one.climbed_to.role if one.climbed_to else None,
        **_referral_columns(one.referral),
        sealed=None if one.erased else tx.keyring.seal(private),
        version=one.version + 1,
    )


def _referral_columns(referral: Referral | None) -> dict[str, Any]:
    return {
        "referred_to": referral.to if referral else None,
        "referred_as": referral.what if referral else None,
        "referred_at": referral.at if referral else None,
        "referred_unit": referral.seat.unit if referral else None,
        "referred_role": referral.seat.role if referral else None,
        "referred_owner": referral.owner if referral else None,
        "referred_resolve_by": referral.resolve_by if referral else None,
    }


def _referral_of(row: Row[Any]) -> Referral | None:
    if row.referred_to is None:
        return None
    return Referral(
        to=row.referred_to,
        what=row.referred_as,
        at=row.referred_at,
        seat=Seat(row.referred_unit, row.referred_role),
        owner=row.referred_owner,
        resolve_by=row.referred_resolve_by,
    )


async def move_reporter(tx: Tx, kept: str, absorbed: str) -> None:
    """Give one person's matters and followings to another: two accounts were linked.

    The versions rise, so that whoever holds an older copy of a matter cannot give it back.
    """
    await tx.run(
        update(matters)
        .where(matters.c.reporter == absorbed)
        .values(reporter=kept, version=matters.c.version + 1)
    )
    already = select(followers.c.number).where(followers.c.person == kept)
    own = select(matters.c.number).where(matters.c.reporter == kept)
    await tx.run(
        followers.delete().where(followers.c.person == absorbed, followers.c.number.in_(already))
    )
    await tx.run(update(followers).where(followers.c.person == absorbed).values(person=kept))
    await tx.run(followers.delete().where(followers.c.person == kept, followers.c.number.in_(own)))


# --- reading -------------------------------------------------------------------------------------


def particulars_of_row(tx: Tx, row: Row[Any]) -> Particulars:
    """Unseal what was told of a matter."""
    private = tx.keyring.unseal(row.sealed) if row.sealed else {}
    point = private.get("point")
    return Particulars(
        text=private.get("text", ""),
        place_text=private.get("place", ""),
        point=Point(latitude=point[0], longitude=point[1]) if point else None,
        attachments=tuple(private.get("attachments", ())),
        phone=private.get("phone", ""),
        name=private.get("name", ""),
    )


def matter_of_row(tx: Tx, row: Row[Any]) -> Matter:
    """Restore a matter from a row of `MATTERS`; what is said then is about it."""
    tx.opened.add(case(row.number))
    climbed = Seat(row.climbed_unit, row.climbed_role) if row.climbed_unit else None
    return of_row(
        Matter,
        row,
        barred=frozenset(row.barred),
        dangers=tuple(row.dangers.split(",")) if row.dangers else (),
        seat=Seat(row.seat_unit, row.seat_role),
        accountable=Seat(row.accountable_unit, row.accountable_role),
        climbed_to=climbed,
        referral=_referral_of(row),
        particulars=particulars_of_row(tx, row),
        seq=row.seq or 0,
        head=row.head or b"",
    )


async def find_matter(tx: Tx, number: str) -> Matter | None:
    """Load one matter."""
    row = await tx.row(MATTERS.where(matters.c.number == number))
    return None if row is None else matter_of_row(tx, row)


_BY_NUMBER = MATTERS.where(matters.c.number.in_(bindparam("wanted", expanding=True)))


async def get_matters(tx: Tx, numbers: Iterable[str]) -> dict[str, Matter]:
    """Load matters by number; those that do not exist are left out."""
    found: dict[str, Matter] = {}
    for chunk in chunks(set(numbers)):
        rows = await tx.rows(_BY_NUMBER, {"wanted": chunk})
        found.update((row.number, matter_of_row(tx, row)) for row in rows)
    return found


def all_numbers() -> Select[tuple[str]]:
    """Choose the number of every matter."""
    return select(matters.c.number)


async def existing(tx: Tx, numbers: Iterable[str]) -> set[str]:
    """Give those of some numbers that are a matter's, erased ones too."""
    found: set[str] = set()
    for chunk in chunks(set(numbers)):
        rows = await tx.rows(select(matters.c.number).where(matters.c.number.in_(chunk)))
        found.update(row.number for row in rows)
    return found


async def list_events(tx: Tx, number: str) -> list[Event]:
    """Load a matter's chain from its first event on."""
    return [
        event_of(tx, row, Event, happening=Happening(row.happening))
        for row in await list_rows(tx, case(number))
    ]


async def last_question(tx: Tx, matter: Matter) -> str:
    """Give the words of the last question to a matter's resident; empty where they were erased."""
    for event in reversed([*await list_events(tx, matter.number), *matter.fresh]):
        if event.happening is Happening.ASKED:
            return str((event.content or {}).get("question", ""))
    return ""


async def load_matters(tx: Tx, query: Select[Any], limit: int) -> list[Matter]:
    """Load the matters that a query chooses, so many at most."""
    return [matter_of_row(tx, row) for row in await tx.rows(query.limit(limit))]
