"""What of a case may be learnt from, and whether its writer agreed to that."""

from domain.categories import EMERGENCY
from domain.matters.matter import Matter, Origin
from domain.people import Consent, Purpose
from domain.words.corrections import (
    Correction,
    Corrector,
    is_other,
    may_be_kept,
    reading_of,
    without_numbers,
)
from handlers.turn import Turn
from storage.learning.corrections import FEATURE as SWITCH
from storage.people import list_consents

#: What came in otherwise is in the words of whoever wrote it down.
_OWN_WORDS = frozenset({Origin.WEB, Origin.TELEGRAM})


async def answer_of(turn: Turn) -> Consent | None:
    """Give what the one who is talking answered; None where they were not asked yet.

    Who said no, or stopped, has a consent that was withdrawn.
    """
    for consent in await list_consents(turn.tx, turn.person.id):
        if consent.purpose is Purpose.LEARNING:
            return consent
    return None


def correction_in(turn: Turn, matter: Matter, by: Corrector) -> Correction | None:
    """Give what can be learnt of a case; None where its words may not be kept, or teach nothing."""
    words = matter.particulars.text
    is_apart = matter.sealed or matter.hide_name or matter.dangers or matter.barred
    if not words or not matter.reporter or is_apart or matter.urgency >= EMERGENCY:
        return None
    if matter.origin not in _OWN_WORDS:
        return None
    if matter.erased or not turn.street.is_on(SWITCH, matter.community):
        return None
    understood = turn.understood(words)
    if not may_be_kept(understood) or turn.named_in(words):
        return None
    if not is_other(understood, matter.kind, matter.category):
        return None
    return Correction(
        number=matter.number,
        community=matter.community,
        person=matter.reporter,
        said=without_numbers(words),
        reading=reading_of(matter.kind),
        category=matter.category,
        by=by,
        at=turn.now,
    )
