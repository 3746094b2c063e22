"""Duty of people who have not joined yet; it becomes theirs when they take up their post."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, LargeBinary, String, Table, select

from domain.organisation import Role, Seat
from domain.posts.duty import WaitingShift
from storage.changes import writes
from storage.database import Tx, chunks
from storage.keyring import hash_token
from storage.organisation import write_duty
from storage.personal_data import PersonalData
from storage.schema import UtcDateTime, metadata

waiting_shifts = Table(
    "waiting_shifts",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False, index=True),
)


def shift_id(person: str, starts_at: datetime) -> str:
    """The same shift of the same person is one row, however often it is entered."""
    return hash_token(f"{person} {starts_at.isoformat()}")[:40]


async def write_waiting(tx: Tx, shifts: Sequence[WaitingShift]) -> None:
    """Keep shifts until those for whom they are planned join; one that is entered again is one."""
    rows = [
        {
            "id": one.id,
            "sealed": tx.keyring.seal(
                {
                    "name": one.name,
                    "phone": one.phone,
                    "seats": [[seat.unit, seat.role.value] for seat in one.seats],
                    "is_only_one": one.is_only_one,
                }
            ),
            "starts_at": one.starts_at,
            "ends_at": one.ends_at,
        }
        for one in shifts
    ]
    await tx.upsert(waiting_shifts, rows)


async def list_waiting_shifts(tx: Tx, now: datetime) -> list[WaitingShift]:
    """List the shifts that are not over, the first first."""
    rows = await tx.rows(
        select(waiting_shifts)
        .where(waiting_shifts.c.ends_at > now)
        .order_by(waiting_shifts.c.starts_at, waiting_shifts.c.id)
    )
    found = []
    for row in rows:
        told = tx.keyring.unseal(row.sealed)
        found.append(
            WaitingShift(
                id=row.id,
                name=told["name"],
                phone=told["phone"],
                seats=tuple(Seat(unit, Role(role)) for unit, role in told["seats"]),
                is_only_one=told["is_only_one"],
                starts_at=row.starts_at,
                ends_at=row.ends_at,
            )
        )
    return found


async def drop_waiting(tx: Tx, ids: Iterable[str]) -> None:
    """Forget shifts that wait for nobody any more."""
    for chunk in chunks(ids):
        await tx.run(waiting_shifts.delete().where(waiting_shifts.c.id.in_(chunk)))


@dataclass(frozen=True, kw_only=True, slots=True)
class ShiftBegun:
    """A shift is somebody's from now on: they have joined."""

    shift: WaitingShift
    person: str


@writes(ShiftBegun)
async def write_begun(tx: Tx, begun: Sequence[ShiftBegun]) -> None:
    """Enter shifts into the duty roster, and let them wait no more."""
    await write_duty(
        tx,
        [
            {
                "id": shift_id(one.person, one.shift.starts_at),
                "person": one.person,
                "starts_at": one.shift.starts_at,
                "ends_at": one.shift.ends_at,
            }
            for one in begun
        ],
    )
    await drop_waiting(tx, [one.shift.id for one in begun])


async def _sweep(tx: Tx, now: datetime) -> None:
    """Forget who did not join until their shift was over."""
    await tx.run(waiting_shifts.delete().where(waiting_shifts.c.ends_at <= now))


PERSONAL_DATA = PersonalData(
    name="waiting_shifts",
    tables=(waiting_shifts,),
    sweep=_sweep,
    stays="Who is planned for a duty is no person of these tables yet; with the shift it goes.",
)
