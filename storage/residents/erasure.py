"""Erasing what is kept of a person; chains still verify, and a restore erases it again.

What an erasure ended and what a law keeps is noted without a word of the person's own, so that
`replay_erasures` can do it over again with the tables of an older backup.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.chain import Act
from domain.matters.legal_holds import Held, erase_or_restrict
from domain.messages import Side
from domain.organisation import Role
from domain.subjects import Subject, case
from storage.changes import Changes, apply, writes
from storage.database import Tx
from storage.erasures import ErasureNote, note_erasures, notes_of
from storage.forgetting import forget_shown, forget_subjects
from storage.matters import matters, queries
from storage.matters.retention import drop_reminder, go_on_without
from storage.outbox_housekeeping import newest
from storage.people import all_accounts
from storage.personal_data import Forgotten
from storage.registry import PERSONAL_DATA


@dataclass(frozen=True, kw_only=True, slots=True)
class Erasure:
    """Everything of a person goes; the matters themselves were let go beside it."""

    person: str
    at: datetime
    numbers: tuple[str, ...]
    """The person's matters that are erased."""
    held: tuple[Held, ...] = ()
    """Those that a law keeps."""
    upto: int
    """The newest outbox row that is to be forgotten: a farewell written after it stays."""


@writes(Erasure, last=True)
async def write_erasures(tx: Tx, saved: Sequence[Erasure]) -> None:
    """Erase persons, after everything that the batch still wrote for them."""
    for one in saved:
        theirs = [case(number) for number in one.numbers] + await _owned(tx, one.person)
        await forget_subjects(tx, theirs, one.upto)
        # What a law keeps is kept in the case file, and shown nowhere else any more.
        await forget_shown(tx, [case(kept.number) for kept in one.held], one.upto)
        await _forget_person(tx, one)
    await note_erasures(tx, [_note(one) for one in saved])


def _note(one: Erasure) -> ErasureNote:
    return ErasureNote(
        one.person, one.at, [(kept.number, kept.until, kept.law) for kept in one.held]
    )


async def _owned(tx: Tx, person: str) -> list[Subject]:
    """List what goes with a person, by all features, before anything of it is forgotten."""
    found: list[Subject] = []
    for part in PERSONAL_DATA:
        if part.owned is not None:
            found += await part.owned(tx, person)
    return found


async def _forget_person(tx: Tx, one: Erasure) -> None:
    gone = Forgotten(
        person=one.person,
        at=one.at,
        accounts=tuple(await all_accounts(tx, one.person)),
        kept=frozenset(case(matter.number) for matter in one.held),
        upto=one.upto,
    )
    for part in PERSONAL_DATA:
        if part.forget is not None:
            await part.forget(tx, gone)


# --- again ---------------------------------------------------------------------------------------


async def replay_erasures(tx: Tx, since: datetime | None = None) -> int:
    """Erase again whatever was erased once, and give how many persons that were.

    For the tables of a backup; where nothing came back, nothing changes.
    """
    notes = await notes_of(tx, Side.RESIDENTS, since)
    for one in notes:
        kept = {
            number: Held(number=number, until=until, law=law) for number, until, law in one.held
        }
        await _erase_again(tx, one.person, one.at, kept)
    return len(notes)


async def _erase_again(tx: Tx, person: str, at: datetime, kept: dict[str, Held]) -> None:
    act = Act(person, Role.RESIDENT, at, secrets.token_bytes(32))
    returned = await matters.get_matters(tx, await queries.numbers_of(tx, person))
    changes = Changes()
    for number, matter in returned.items():
        drop_reminder(changes, erase_or_restrict(matter, act, kept.get(number)))
        if matter.is_open:
            await go_on_without(tx, changes, matter, act)
    changes.save(
        Erasure(
            person=person,
            at=at,
            numbers=tuple(number for number in returned if number not in kept),
            held=tuple(kept.values()),
            upto=await newest(tx),
        )
    )
    await apply(tx, [changes])
