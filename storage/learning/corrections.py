"""Corrections: copies of sentences from cases, sealed, from which the office's model learns.

They go with the case, with the person, with the consent, and after the time that a rule sets.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, LargeBinary, Row, String, Table, func, select, update

from domain.data_copy import Copied
from domain.messages import Line, text
from domain.organisation import Organisation
from domain.people import Purpose
from domain.street import Office, Street
from domain.subjects import MATTER, Subject, ids_of
from domain.words.corrections import Correction, Corrector, LearningRules
from domain.words.lexicon import Guess
from storage.changes import writes
from storage.database import Tx, chunks
from storage.people import agreed_to
from storage.personal_data import Forgotten, PersonalData
from storage.rows import of_row, row_of
from storage.schema import PersonId, UtcDateTime, Word, metadata

#: The feature's name among the switches.
FEATURE = "learning"

corrections = Table(
    "corrections",
    metadata,
    Column("number", String(20), primary_key=True),
    Column("person", PersonId(), nullable=False, index=True),
    Column("community", String(40), nullable=False),
    Column("by", Word(Corrector), nullable=False),
    Column("at", UtcDateTime, nullable=False, index=True),
    # What was said, and what it is.
    Column("sealed", LargeBinary, nullable=False),
)


@dataclass(frozen=True, slots=True)
class CorrectionsGone:
    """Corrections that are kept no longer: of a person, or of one case."""

    person: str = ""
    number: str = ""


@writes(Correction, CorrectionsGone)
async def write_corrections(tx: Tx, saved: Sequence[Correction | CorrectionsGone]) -> None:
    """Keep corrections, one a case, and delete others, in the order they were given."""
    for one in saved:
        if isinstance(one, Correction):
            await tx.upsert(corrections, [_row(tx, one)])
        elif one.person:
            await forget_person(tx, one.person)
        else:
            await _forget_cases(tx, [one.number])


def _row(tx: Tx, one: Correction) -> dict[str, Any]:
    told = {"said": one.said, "reading": one.reading.value, "category": one.category}
    return row_of(corrections, one, sealed=tx.keyring.seal(told))


def _correction(tx: Tx, row: Row[Any]) -> Correction:
    told = tx.keyring.unseal(row.sealed)
    return of_row(
        Correction,
        row,
        said=told["said"],
        reading=Guess(told["reading"]),
        category=told["category"],
    )


async def list_corrections(tx: Tx) -> list[Correction]:
    """List every correction, the oldest first."""
    rows = await tx.rows(select(corrections).order_by(corrections.c.at, corrections.c.number))
    return [_correction(tx, row) for row in rows]


async def count_of(tx: Tx, person: str) -> int:
    """Count what is kept of a person."""
    return int(
        await tx.scalar(
            select(func.count()).select_from(corrections).where(corrections.c.person == person)
        )
    )


async def list_numbers(tx: Tx, upto: datetime) -> list[str]:
    """List the cases of the corrections that were made up to a moment."""
    rows = await tx.rows(
        select(corrections.c.number).where(corrections.c.at <= upto).order_by(corrections.c.number)
    )
    return [row.number for row in rows]


async def end_unwanted(tx: Tx, street: Street) -> int:
    """Delete what is kept where nobody learns any more, or whose writer no longer agrees.

    Give how many corrections that were.
    """
    rows = await tx.rows(
        select(corrections.c.number, corrections.c.person, corrections.c.community)
    )
    agreed = await agreed_to(tx, Purpose.LEARNING, {row.person for row in rows})
    gone = [
        row.number
        for row in rows
        if row.person not in agreed or not street.is_on(FEATURE, row.community)
    ]
    await _forget_cases(tx, gone)
    return len(gone)


async def forget_person(tx: Tx, person: str) -> None:
    """Delete a person's corrections."""
    await tx.run(corrections.delete().where(corrections.c.person == person))


async def _forget_cases(tx: Tx, numbers: Sequence[str]) -> None:
    for chunk in chunks(numbers):
        await tx.run(corrections.delete().where(corrections.c.number.in_(chunk)))


async def _forget(tx: Tx, gone: Forgotten) -> None:
    await forget_person(tx, gone.person)


async def _forget_file(tx: Tx, subjects: Sequence[Subject]) -> None:
    await _forget_cases(tx, list(ids_of(subjects, MATTER)))


async def _move(tx: Tx, kept: str, absorbed: str) -> None:
    await tx.run(update(corrections).where(corrections.c.person == absorbed).values(person=kept))


async def _expire(tx: Tx, now: datetime, office: Office) -> int:
    rules = office.rules.get(LearningRules)
    if not isinstance(rules, LearningRules):
        return 0
    return await tx.run(corrections.delete().where(corrections.c.at <= now - rules.life))


async def _copied(tx: Tx, person: str) -> Copied:
    rows = await tx.rows(
        select(corrections)
        .where(corrections.c.person == person)
        .order_by(corrections.c.at, corrections.c.number)
    )
    kept = [_correction(tx, row) for row in rows]
    return Copied(
        name="learning",
        rows=[
            {
                "number": one.number,
                "at": one.at.isoformat(),
                "said": one.said,
                "reading": one.reading.value,
                "category": one.category,
                "by": one.by.value,
            }
            for one in kept
        ],
        lines=lambda organisation: [_line(one, organisation) for one in kept],
    )


def _line(one: Correction, _organisation: Organisation) -> Line:
    return Line(text("learning.copy_line", number=one.number, at=one.at), one.said)


PERSONAL_DATA = PersonalData(
    name="learning",
    tables=(corrections,),
    copied=_copied,
    forget=_forget,
    forget_file=_forget_file,
    move=_move,
    expire=_expire,
)
