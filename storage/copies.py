"""The copy of a person's data as something that is ordered: a page and an archive, kept for a day.

What stands in it is gathered by `storage.residents.exports` when it is written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.messages import FileKind
from domain.people import Language
from storage.attachments import EXPORT, Attachment, forget, list_of_person
from storage.changes import writes
from storage.database import Tx


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
