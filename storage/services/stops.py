"""Who wants to be told of a stop of a mobile station, and what they were told last."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, String, Table, select, update

from domain.data_copy import Copied
from domain.messages import Line, text
from domain.registers import Entry
from domain.services.stations import STATIONS, STOPS, Stop
from storage.changes import writes
from storage.database import Tx
from storage.personal_data import Forgotten, PersonalData
from storage.registers import get_entries, list_entries, register_entries
from storage.rows import of_row, row_of
from storage.schema import PersonId, UtcDateTime, metadata

stop_follows = Table(
    "stop_follows",
    metadata,
    Column("stop", String(40), primary_key=True),
    Column("person", PersonId(), primary_key=True),
    Column("since", UtcDateTime, nullable=False),
    # What of the stop they were told last.
    Column("told", JSON, nullable=False),
    # The beginning of the last time of which they were reminded.
    Column("reminded_of", UtcDateTime),
    Index("ix_stop_follows_person", "person"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Follow:
    """That somebody wants to be told of a stop."""

    stop: str
    person: str
    since: datetime
    told: Mapping[str, Any]
    reminded_of: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class NoFollow:
    """Somebody does not want that any more."""

    stop: str
    person: str


@writes(Follow)
async def write_follows(tx: Tx, saved: Sequence[Follow]) -> None:
    """Insert or replace."""
    latest = {(one.stop, one.person): one for one in saved}
    await tx.upsert(stop_follows, [row_of(stop_follows, one) for one in latest.values()])


@writes(NoFollow)
async def delete_follows(tx: Tx, saved: Sequence[NoFollow]) -> None:
    """Delete."""
    await tx.delete(stop_follows, [{"stop": one.stop, "person": one.person} for one in saved])


async def list_followers(tx: Tx, stop: str) -> list[Follow]:
    """List who follows a stop, whoever asked first before others."""
    rows = await tx.rows(
        select(stop_follows)
        .where(stop_follows.c.stop == stop)
        .order_by(stop_follows.c.since, stop_follows.c.person)
    )
    return [of_row(Follow, row) for row in rows]


async def list_followed(tx: Tx, person: str) -> list[Follow]:
    """List what somebody follows, the oldest first."""
    rows = await tx.rows(
        select(stop_follows)
        .where(stop_follows.c.person == person)
        .order_by(stop_follows.c.since, stop_follows.c.stop)
    )
    return [of_row(Follow, row) for row in rows]


async def get_stops(tx: Tx, ids: Iterable[str]) -> dict[str, Stop]:
    """Load stops with their stations, however they stand; what is no stop is left out."""
    found = {
        one.id: one for one in (await get_entries(tx, ids)).values() if one.register == STOPS.name
    }
    stations = await get_entries(tx, {str(one.get("station")) for one in found.values()})
    return {
        one.id: Stop(one, stations[str(one.get("station"))])
        for one in found.values()
        if str(one.get("station")) in stations
    }


async def list_stops(tx: Tx, at: datetime) -> tuple[list[Entry], dict[str, Entry]]:
    """List the stops that hold at a moment, and the stations that run, by id."""
    stations = await list_entries(tx, STATIONS.name, at=at)
    return await list_entries(tx, STOPS.name, at=at), {one.id: one for one in stations}


# --- what becomes of it ---------------------------------------------------------------------------


async def _copied(tx: Tx, person: str) -> Copied:
    found = await list_followed(tx, person)
    named = await get_entries(tx, [one.stop for one in found])
    names = {one.stop: str(named[one.stop].get("name")) for one in found if one.stop in named}
    return Copied(
        name="stops",
        rows=[
            {"stop": names.get(one.stop, one.stop), "since": one.since.isoformat()} for one in found
        ],
        lines=lambda _organisation: [
            Line(text("stations.copy_line"), names.get(one.stop, one.stop)) for one in found
        ],
    )


async def _forget(tx: Tx, gone: Forgotten) -> None:
    await tx.run(stop_follows.delete().where(stop_follows.c.person == gone.person))


async def _move(tx: Tx, kept: str, absorbed: str) -> None:
    theirs = stop_follows.c.person == absorbed
    known = select(stop_follows.c.stop).where(stop_follows.c.person == kept)
    await tx.run(stop_follows.delete().where(theirs, stop_follows.c.stop.in_(known)))
    await tx.run(update(stop_follows).where(theirs).values(person=kept))


async def _sweep(tx: Tx, _now: datetime) -> None:
    """Forget who followed what does not exist any more."""
    there = select(register_entries.c.id)
    await tx.run(stop_follows.delete().where(stop_follows.c.stop.not_in(there)))


PERSONAL_DATA = PersonalData(
    name="stops",
    tables=(stop_follows,),
    copied=_copied,
    forget=_forget,
    move=_move,
    sweep=_sweep,
)
