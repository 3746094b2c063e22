"""Takes an office's file over into the database: units, catalogue, duty, and who is still to join.

What the file says of a unit holds; a unit, a post or a shift that it does not name stays as it is.
Nobody loses a post by an import: a post begins when its holder joins with an invitation, and ends
in the chat, where every case is handed over.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.configuration.law_data import default_categories
from bot.workbooks.organisation_file import Appointment, DutyShift, OrganisationFile
from bot.workbooks.organisation_sheets import COMMUNITIES, GRIDS, STREET
from bot.workbooks.reading import WorkbookError, WorkbookProblem
from domain.messages import text
from domain.organisation import Organisation, Seat, Unit, UnitKind
from domain.people import INVITATION_LIFE, Invitation
from storage import organisation as stored
from storage.categories import load_categories, write_categories
from storage.changes import Changes, apply
from storage.database import Tx
from storage.keyring import hash_token

_SHEET_OF = {
    UnitKind.STREET: STREET.name,
    UnitKind.COMMUNITY: COMMUNITIES.name,
    UnitKind.GRID: GRIDS.name,
}
_CODE_DIGITS = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Takeover:
    """What an import did, and what is left to do."""

    added: tuple[str, ...]
    """Codes of new units."""
    changed: tuple[str, ...]
    unnamed: tuple[str, ...]
    """Codes of units that the file does not name; they stay."""
    catalogue_changed: bool
    to_join: tuple[Appointment, ...]
    """Posts whose holder has not joined yet."""
    shifts: int
    waiting_shifts: int
    """Shifts of people who have not joined; import again when they have."""


async def take_over(tx: Tx, file: OrganisationFile, now: datetime) -> Takeover:
    """Write what a file says.

    Raises:
        WorkbookError: the file is of another street, or makes a unit another kind of unit.
    """
    before = await stored.load(tx)
    problems = list(_contradictions(before, file.units))
    if problems:
        raise WorkbookError(problems)
    changes = Changes()
    renewed = [unit for unit in file.units if before.units.get(unit.code) != unit]
    changes.save(*renewed)
    await apply(tx, [changes])
    known = await load_categories(tx)
    catalogue_changed = known is None or known.listed != file.categories.listed
    if catalogue_changed:
        await write_categories(tx, file.categories.after(known or default_categories()))
    shifts = list(_shifts(before, file, now))
    await stored.write_duty(tx, shifts)
    codes = {unit.code for unit in file.units}
    return Takeover(
        added=tuple(unit.code for unit in renewed if unit.code not in before.units),
        changed=tuple(unit.code for unit in renewed if unit.code in before.units),
        unnamed=tuple(sorted(before.units.keys() - codes)),
        catalogue_changed=catalogue_changed,
        to_join=tuple(one for one in file.appointments if _holder(before, one, now) is None),
        shifts=len(shifts),
        waiting_shifts=len(file.duty) - len(shifts),
    )


def _contradictions(before: Organisation, units: Iterable[Unit]) -> Iterable[WorkbookProblem]:
    known = next((u.code for u in before.units.values() if u.kind is UnitKind.STREET), None)
    for unit in units:
        if unit.kind is UnitKind.STREET and known not in (None, unit.code):
            said = text("workbook.other_street", code=known)
        elif unit.code in before.units and before.units[unit.code].kind is not unit.kind:
            said = text("workbook.other_level", code=unit.code)
        else:
            continue
        yield WorkbookProblem(sheet=_SHEET_OF[unit.kind], said=said)


def _holder(organisation: Organisation, one: Appointment, now: datetime) -> str | None:
    """Find who holds a post under the name that the file gives."""
    for post in organisation.holders(Seat(one.unit, one.role), now):
        if organisation.names.get(post.person) == one.member.name:
            return post.person
    return None


def _shifts(
    organisation: Organisation, file: OrganisationFile, now: datetime
) -> Iterable[dict[str, Any]]:
    joined = {
        one.member: person
        for one in file.appointments
        if (person := _holder(organisation, one, now)) is not None
    }
    for shift in file.duty:
        if shift.member in joined:
            yield {
                "id": _shift_id(shift, joined[shift.member]),
                "person": joined[shift.member],
                "starts_at": shift.starts_at,
                "ends_at": shift.ends_at,
            }


def _shift_id(shift: DutyShift, person: str) -> str:
    """The same shift of the same person is one row, however often it is imported."""
    return hash_token(f"{person} {shift.starts_at.isoformat()}")[:40]


async def invite(tx: Tx, seats: Sequence[tuple[Seat, str]], now: datetime) -> list[str]:
    """Make single-use invitations to seats, each with a name or an empty one; give their codes.

    The codes are nowhere else: only their hashes are kept.
    """
    codes = ["".join(secrets.choice("0123456789") for _ in range(_CODE_DIGITS)) for _ in seats]
    changes = Changes()
    changes.save(
        *(
            Invitation(
                code_hash=tx.keyring.hash_code(code),
                unit=seat.unit,
                role=seat.role,
                name=name,
                expires_at=now + INVITATION_LIFE,
            )
            for code, (seat, name) in zip(codes, seats, strict=True)
        )
    )
    await apply(tx, [changes])
    return codes
