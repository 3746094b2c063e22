"""The copy of everything that is kept of a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from domain.matters.matter import Matter
from domain.messages import FileKind
from domain.people import Language
from domain.residents.personal_data import DataCopy, Sent
from storage.attachments import EXPORT, Attachment, forget, get_attachments, list_of_person
from storage.changes import writes
from storage.database import Tx
from storage.people import find_person
from storage.registry import PERSONAL_DATA


class Format(StrEnum):
    """How a copy is written, in the order in which its owner gets it."""

    PAGE = "html"
    """For people to read."""
    ARCHIVE = "zip"
    """Everything: the page, the same as JSON for programs, and the photos and voices."""


def wanted_copy(
    copy: str, person: str, form: Format, language: Language, now: datetime
) -> Attachment:
    """Order a copy under an id of its own; it is written after the commit, and kept for a day."""
    return Attachment(
        id=copy,
        person=person,
        bot=EXPORT,
        ref=f"{person}:{form}:{language}",
        kind=FileKind.DOCUMENT,
        not_before=now,
        created_at=now,
    )


@dataclass(frozen=True, slots=True)
class OldCopies:
    """The copies of a person that were ordered earlier go: a new one takes their place."""

    person: str
    before: datetime


@writes(OldCopies)
async def write_old_copies(tx: Tx, saved: Sequence[OldCopies]) -> None:
    """Forget copies with their files."""
    for one in saved:
        ordered = await list_of_person(tx, one.person)
        old = (it for it in ordered if it.bot == EXPORT and it.created_at < one.before)
        await forget(tx, [it.id for it in old])


def read_ref(ref: str) -> tuple[str, Format, Language]:
    """Give the person, the format and the language of an ordered copy.

    Raises:
        ValueError: it is none that `wanted_copy` ordered.
    """
    person, form, language = ref.split(":")
    return person, Format(form), Language(language)


async def load_personal_data(tx: Tx, person: str) -> DataCopy | None:
    """Gather everything that is kept of a person; None where there is nobody, or was."""
    known = await find_person(tx, person)
    if known is None or known.erased_at is not None:
        return None
    kept: dict[str, Any] = {}
    for part in PERSONAL_DATA:
        if part.copy is not None:
            kept |= await part.copy(tx, person)
    own, cases = kept.pop("sent"), [case for case, _ in kept["matters"]]
    return DataCopy(person=known, sent=await _list_sent(tx, own, cases), **kept)


async def _list_sent(tx: Tx, own: Sequence[Attachment], cases: Sequence[Matter]) -> list[Sent]:
    told = [one for case in cases for one in case.particulars.attachments]
    # What a window filed with a case for them belongs to them as well.
    others = await get_attachments(tx, set(told) - {one.id for one in own})
    # Those of one album came at the same moment: the case knows their order.
    order = {one: place for place, one in enumerate(told)}
    sent = sorted(
        [*own, *others.values()],
        key=lambda one: (one.created_at, order.get(one.id, len(order)), one.id),
    )
    return [
        Sent(id=one.id, kind=one.kind.value, at=one.created_at, matter=one.matter) for one in sent
    ]
