"""Two accounts become one person: everything that names the one who is absorbed moves over."""

from collections.abc import Sequence
from dataclasses import dataclass

from storage import (
    attachments,
    device_codes,
    drafts,
    gathered_reminders,
    outbox_housekeeping,
    people_housekeeping,
)
from storage.changes import writes
from storage.database import Tx
from storage.matters import alarms, matters


@dataclass(frozen=True, slots=True)
class Union:
    """One person absorbs another: cases, consents, drafts and accounts move over."""

    kept: str
    absorbed: str


# Whoever makes a union imports it from here, and with it how it is written.
__all__ = ["Union", "write_unions"]


@writes(Union, last=True)
async def write_unions(tx: Tx, saved: Sequence[Union]) -> None:
    """Unite persons, after everything that the batch still wrote for the absorbed ones."""
    for union in saved:
        kept, absorbed = union.kept, union.absorbed
        await people_housekeeping.unite(tx, kept, absorbed)
        await device_codes.forget_confirmed(tx, absorbed)
        await matters.move_reporter(tx, kept, absorbed)
        await drafts.move_draft(tx, kept, absorbed)
        await alarms.move_alarms(tx, kept, absorbed)
        await outbox_housekeeping.move(tx, kept, absorbed)
        await attachments.move(tx, kept, absorbed)
        await gathered_reminders.move_gathered(tx, kept, absorbed)
