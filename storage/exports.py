"""The copy of everything that is kept of a person."""

from datetime import datetime
from enum import StrEnum

from domain.messages import FileKind
from domain.people import Language
from domain.personal_data import PersonalData, Sent
from storage.alarms import list_alarms
from storage.attachments import EXPORT, Attachment, list_of_person
from storage.database import Tx
from storage.drafts import get_drafts
from storage.matters import get_matters, list_events, list_followed, numbers_of
from storage.people import find_person, list_accounts, list_consents


class Format(StrEnum):
    """How a copy is written."""

    JSON = "json"
    TEXT = "text"


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


def read_ref(ref: str) -> tuple[str, Format, Language]:
    """Give the person, the format and the language of an ordered copy.

    Raises:
        ValueError: it is none that `wanted_copy` ordered.
    """
    person, form, language = ref.split(":")
    return person, Format(form), Language(language)


async def load_personal_data(tx: Tx, person: str) -> PersonalData | None:
    """Gather everything that is kept of a person; None where there is nobody, or was."""
    known = await find_person(tx, person)
    if known is None or known.erased_at is not None:
        return None
    numbers = await numbers_of(tx, person)
    filed = await get_matters(tx, numbers)
    draft = (await get_drafts(tx, [person])).get(person)
    return PersonalData(
        person=known,
        accounts=(await list_accounts(tx, [person])).get(person, []),
        consents=await list_consents(tx, person),
        matters=[
            (filed[number], await list_events(tx, number)) for number in numbers if number in filed
        ],
        followed=await list_followed(tx, person),
        sent=[
            Sent(id=one.id, kind=one.kind.value, at=one.created_at, matter=one.matter)
            for one in await list_of_person(tx, person)
            if one.bot != EXPORT
        ],
        draft=dict(draft.values) if draft else None,
        alarms=[(one.said_at, one.words) for one in await list_alarms(tx, person)],
    )
