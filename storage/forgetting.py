"""Erasing subjects of any feature: their files, and what was shown of them to anybody."""

from collections.abc import Sequence

from domain.subjects import Subject
from storage.changes import writes
from storage.database import Tx
from storage.registry import PERSONAL_DATA
from storage.subjects import SubjectsGone


@writes(SubjectsGone, last=True)
async def write_subjects_gone(tx: Tx, saved: Sequence[SubjectsGone]) -> None:
    """Erase subjects, after everything that the batch still wrote about them."""
    for one in saved:
        await forget_subjects(tx, one.subjects, one.upto)


async def forget_subjects(tx: Tx, subjects: Sequence[Subject], upto: int) -> None:
    """Erase what was told in subjects, and what was shown of them up to a row of the outbox."""
    for part in PERSONAL_DATA:
        if part.forget_file is not None:
            await part.forget_file(tx, subjects)
    await forget_shown(tx, subjects, upto)


async def forget_shown(tx: Tx, subjects: Sequence[Subject], upto: int) -> None:
    """Erase what was shown of subjects outside their files, up to a row of the outbox."""
    for part in PERSONAL_DATA:
        if part.forget_shown is not None:
            await part.forget_shown(tx, subjects, upto)
