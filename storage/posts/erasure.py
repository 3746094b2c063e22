"""Erasing what a member of staff may have erased while in office: not what the office must keep.

Who holds which post under which name, what was done in cases and who looked at what is sealed stay:
each declaration says why. The account that asked stays too, for it is how the post is done.
Source: Personal Information Protection Law (PIPL), article 47, and article 13 for what stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.messages import Side
from storage.changes import writes
from storage.database import Tx
from storage.erasures import ErasureNote, note_erasures, notes_of
from storage.outbox_housekeeping import newest
from storage.people import all_accounts
from storage.personal_data import Forgotten
from storage.registry import PERSONAL_DATA


@dataclass(frozen=True, kw_only=True, slots=True)
class StaffErasure:
    """What is a member of staff's own goes."""

    person: str
    at: datetime
    account: str
    """The account that asked: it stays."""
    upto: int
    """The newest outbox row that is to be forgotten."""


@writes(StaffErasure, last=True)
async def write_staff_erasures(tx: Tx, saved: Sequence[StaffErasure]) -> None:
    """Erase what is somebody's own, after everything that the batch still wrote for them."""
    for one in saved:
        owned = await all_accounts(tx, one.person)
        await _forget(
            tx,
            Forgotten(
                person=one.person,
                at=one.at,
                accounts=tuple(account for account in owned if account.id != one.account),
                staying=tuple(account for account in owned if account.id == one.account),
                kept=frozenset(),
                upto=one.upto,
            ),
        )
    await note_erasures(tx, [ErasureNote(one.person, one.at) for one in saved])


async def _forget(tx: Tx, gone: Forgotten) -> None:
    for part in PERSONAL_DATA:
        if part.forget_staff is not None:
            await part.forget_staff(tx, gone)


async def replay_staff_erasures(tx: Tx, since: datetime | None = None) -> int:
    """Erase again what was erased once, and give for how many persons that was.

    For the tables of a backup; accounts that are good in it stay, nobody knows any more which one
    asked.
    """
    notes = await notes_of(tx, Side.STAFF, since)
    for one in notes:
        owned = await all_accounts(tx, one.person)
        await _forget(
            tx,
            Forgotten(
                person=one.person,
                at=one.at,
                accounts=tuple(account for account in owned if account.revoked_at is not None),
                staying=tuple(account for account in owned if account.revoked_at is None),
                kept=frozenset(),
                upto=await newest(tx),
            ),
        )
    return len(notes)
