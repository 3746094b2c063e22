"""Takes an office's file over into the database: units, catalogue, duty, and who is still to join.

What the file says of a unit holds; a unit, a post or a shift that it does not name stays as it is.
Nobody loses a post by an import: a post begins when its holder joins with an invitation, and ends
in the chat, where every case is handed over.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.configuration.law_data import default_categories
from bot.workbooks.organisation_file import Appointment, DutyShift, OrganisationFile
from bot.workbooks.organisation_sheets import COMMUNITIES, GRIDS, STREET
from bot.workbooks.reading import WorkbookError, WorkbookProblem
from domain.messages import text
from domain.organisation import Organisation, Role, Seat, Unit, UnitKind
from domain.people import INVITATION_LIFE, Invitation
from domain.posts.duty import WaitingShift, digits_of
from storage import organisation as stored
from storage.categories import load_categories, write_categories
from storage.changes import Changes, apply
from storage.codes import list_waiting
from storage.database import Tx
from storage.people import get_people
from storage.posts.waiting_shifts import drop_waiting, shift_id, write_waiting

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
    """Shifts of people who have not joined; they begin to count when those join."""


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
    joined = await _joined(tx, before, file, now)
    shifts = list(_shifts(file, joined))
    await stored.write_duty(tx, shifts)
    waiting = list(_waiting(file, joined, now))
    still = {one.id for one in waiting}
    await drop_waiting(tx, {_waiting_id(shift) for shift in file.duty} - still)
    await write_waiting(tx, waiting)
    codes = {unit.code for unit in file.units}
    return Takeover(
        added=tuple(unit.code for unit in renewed if unit.code not in before.units),
        changed=tuple(unit.code for unit in renewed if unit.code in before.units),
        unnamed=tuple(sorted(before.units.keys() - codes)),
        catalogue_changed=catalogue_changed,
        to_join=tuple(one for one in file.appointments if one not in joined.persons),
        shifts=len(shifts),
        waiting_shifts=len(waiting),
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


@dataclass(frozen=True, slots=True)
class _Joined:
    """Who of a file holds which post already."""

    persons: Mapping[Appointment, str]
    sure: frozenset[Appointment]
    """Those of whom it is certain which of several of one name they are."""


async def _joined(
    tx: Tx, organisation: Organisation, file: OrganisationFile, now: datetime
) -> _Joined:
    """Find the holders of the posts that a file gives, by name, and by phone where two share it."""
    persons: dict[Appointment, str] = {}
    sure: set[Appointment] = set()
    ids = {post.person for post in organisation.posts}
    phones = {one.id: one.phone for one in (await get_people(tx, ids)).values()}
    for (seat, name), wanted in _by_seat_and_name(file).items():
        holders = [
            post.person
            for post in organisation.holders(seat, now)
            if organisation.names.get(post.person) == name
        ]
        for one in wanted:
            phone = digits_of(one.member.phone)
            known = [who for who in holders if phone and digits_of(phones.get(who, "")) == phone]
            if known:
                persons[one] = known[0]
                sure.add(one)
                holders.remove(known[0])
        # Whoever joined without a phone is one of the others; nobody can know which.
        others = [one for one in wanted if one not in persons]
        nameless = [who for who in holders if not phones.get(who)]
        if len(wanted) == 1 and others and holders:
            nameless = nameless or ([] if wanted[0].member.phone else holders)
            sure.update(others if nameless else ())
        persons.update(zip(others, nameless, strict=False))
    return _Joined(persons, frozenset(sure))


def _by_seat_and_name(
    file: OrganisationFile,
) -> Mapping[tuple[Seat, str], Sequence[Appointment]]:
    found: dict[tuple[Seat, str], list[Appointment]] = {}
    for one in file.appointments:
        found.setdefault((Seat(one.unit, one.role), one.member.name), []).append(one)
    return found


def _shifts(file: OrganisationFile, joined: _Joined) -> Iterable[dict[str, Any]]:
    """Give the shifts of those who have joined; where two share a name, only if it is certain."""
    persons = {one.member: who for one, who in joined.persons.items() if one in joined.sure}
    for shift in file.duty:
        if shift.member in persons:
            yield {
                "id": shift_id(persons[shift.member], shift.starts_at),
                "person": persons[shift.member],
                "starts_at": shift.starts_at,
                "ends_at": shift.ends_at,
            }


def _waiting(file: OrganisationFile, joined: _Joined, now: datetime) -> Iterable[WaitingShift]:
    """Give the shifts of those who have not joined, or of whom it is not certain who they are."""
    persons = {one.member for one in joined.persons if one in joined.sure}
    for shift in file.duty:
        if shift.member in persons or shift.ends_at <= now:
            continue
        own = [one for one in file.appointments if one.member == shift.member]
        seats = tuple(Seat(one.unit, one.role) for one in own)
        namesakes = [
            one
            for one in file.appointments
            if one.member.name == shift.member.name
            and one.member != shift.member
            and Seat(one.unit, one.role) in seats
        ]
        yield WaitingShift(
            id=_waiting_id(shift),
            name=shift.member.name,
            phone=shift.member.phone,
            seats=seats,
            is_only_one=not namesakes,
            starts_at=shift.starts_at,
            ends_at=shift.ends_at,
        )


def _waiting_id(shift: DutyShift) -> str:
    return shift_id(f"{shift.member.name} {digits_of(shift.member.phone)}", shift.starts_at)


@dataclass(frozen=True, slots=True)
class Invited:
    """Who is invited to a post."""

    seat: Seat
    name: str = ""
    phone: str = ""


async def invite(tx: Tx, invited: Sequence[Invited], now: datetime) -> list[str]:
    """Make single-use invitations to posts; give their codes.

    The codes are nowhere else: only their hashes are kept. What the same person was invited with
    before is void.
    """
    codes = ["".join(secrets.choice("0123456789") for _ in range(_CODE_DIGITS)) for _ in invited]
    named = {(one.seat, one.name, one.phone) for one in invited if one.name}
    changes = Changes()
    changes.save(
        *(
            replace(old, expires_at=now)
            for old in await list_waiting(tx, now)
            if (Seat(old.unit, Role(old.role)), old.name, old.phone) in named
        ),
        *(
            Invitation(
                code_hash=tx.keyring.hash_code(code),
                unit=one.seat.unit,
                role=one.seat.role,
                name=one.name,
                phone=one.phone,
                expires_at=now + INVITATION_LIFE,
            )
            for code, one in zip(codes, invited, strict=True)
        ),
    )
    await apply(tx, [changes])
    return codes
