"""The copy of everything that is kept of a person."""

from collections.abc import Sequence
from typing import Any

from domain.matters.matter import Matter
from domain.residents.personal_data import DataCopy, Sent
from storage.attachments import Attachment, get_attachments
from storage.database import Tx
from storage.people import find_person
from storage.registry import PERSONAL_DATA


async def load_personal_data(tx: Tx, person: str) -> DataCopy | None:
    """Gather everything that is kept of a person; None where there is nobody, or was."""
    known = await find_person(tx, person)
    if known is None or known.erased_at is not None:
        return None
    kept: dict[str, Any] = {}
    for part in PERSONAL_DATA:
        if part.copy is not None:
            kept |= await part.copy(tx, person)
    more = [await part.copied(tx, person) for part in PERSONAL_DATA if part.copied is not None]
    own, cases = kept.pop("sent"), [case for case, _ in kept["matters"]]
    return DataCopy(person=known, sent=await _list_sent(tx, own, cases), more=more, **kept)


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
        Sent(id=one.id, kind=one.kind.value, at=one.created_at, subject=one.subject) for one in sent
    ]
