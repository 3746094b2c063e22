"""The documents of a subject as a file that somebody orders: Word to work with, PDF to print.

What stands in it is read when it is written, after the commit; it is kept for a day.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.messages import FileKind
from domain.people import Language
from domain.subjects import Subject, parse_subject
from storage.attachments import PAPER, Attachment

#: All documents of a subject that count, one after the other; otherwise the kind of one.
SET = "set"
_BETWEEN = "|"


class PaperForm(StrEnum):
    """What a file is."""

    WORD = "docx"
    PDF = "pdf"


@dataclass(frozen=True, kw_only=True, slots=True)
class Ordered:
    """Which documents of what somebody wants, and how."""

    subject: Subject
    what: str
    """The kind of the document, or `SET`."""
    number: str
    """By which people name what it is about."""
    form: PaperForm
    language: Language

    @property
    def ref(self) -> str:
        """Give it as an attachment names it."""
        parts = (str(self.subject), self.what, self.number, self.form, self.language)
        return _BETWEEN.join(parts)

    @classmethod
    def read(cls, ref: str) -> "Ordered":
        """Restore what `ref` gave.

        Raises:
            ValueError: it is none.
        """
        subject, what, number, form, language = ref.split(_BETWEEN)
        return cls(
            subject=parse_subject(subject),
            what=what,
            number=number,
            form=PaperForm(form),
            language=Language(language),
        )


def wanted_paper(paper: str, person: str, ordered: Ordered, now: datetime) -> Attachment:
    """Order a file under an id of its own; whoever asks for it has made sure of the right."""
    return Attachment(
        id=paper,
        person=person,
        bot=PAPER,
        ref=ordered.ref,
        kind=FileKind.DOCUMENT,
        not_before=now,
        created_at=now,
    )
