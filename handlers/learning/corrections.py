"""Which sentences of a turn become corrections, and which kept ones go: looked at after it.

A correction is kept only where the feature is open, its writer agreed, and nothing about the case
is confidential, dangerous or about a person of the staff.
"""

from domain.matters.matter import Happening, Matter
from domain.messages import Message, Side, text
from domain.names import unit_name
from domain.people import Consent, Purpose
from domain.words.corrections import Corrector, LearningRules
from handlers.features import Feature, Guard
from handlers.learning.teachable import answer_of, correction_in
from handlers.turn import Turn, choice
from storage.drafts import Draft
from storage.learning.corrections import CorrectionsGone
from storage.people import agreed_to


async def _nothing_before(_turn: Turn) -> bool:
    return False


def _matters(turn: Turn, happening: Happening) -> list[Matter]:
    """List the cases to which something happened in this turn."""
    return [
        one
        for one in turn.changes.objects
        if isinstance(one, Matter) and any(event.happening is happening for event in one.fresh)
    ]


async def _after_residents(turn: Turn, _before: Draft | None) -> None:
    """Keep what the writer put right, or ask once whether it may be kept."""
    for one in list(turn.changes.objects):
        if isinstance(one, Consent) and one.purpose is Purpose.LEARNING and one.withdrawn_at:
            turn.changes.save(CorrectionsGone(person=one.person))
    for matter in _matters(turn, Happening.FILED):
        if matter.reporter != turn.person.id:
            continue
        found = correction_in(turn, matter, Corrector.WRITER)
        if found is None:
            continue
        answered = await answer_of(turn)
        if answered is None:
            _ask(turn, matter)
        elif answered.withdrawn_at is None:
            turn.changes.save(found)


def _ask(turn: Turn, matter: Matter) -> None:
    said = text(
        "learning.ask",
        street=unit_name(turn.street.organisation.street),
        kept=turn.street.rules(LearningRules, matter.community).life,
    )
    # Neither answer is nudged. Source: PIPL, articles 14 and 16.
    answers = (
        choice("learning.yes", f"learning.agree:{matter.number}"),
        choice("learning.no", "learning.decline"),
    )
    turn.reply(Message(blocks=(said,), choices=(answers,)))


async def _after_staff(turn: Turn, _before: Draft | None) -> None:
    """Keep what staff put right, where the writer agreed; what is confidential now goes."""
    for matter in _matters(turn, Happening.RESORTED):
        found = correction_in(turn, matter, Corrector.STAFF)
        agreed = await agreed_to(turn.tx, Purpose.LEARNING, [matter.reporter])
        if found is None or matter.reporter not in agreed:
            turn.changes.save(CorrectionsGone(number=matter.number))
        else:
            turn.changes.save(found)


FEATURES = (
    Feature(
        name="corrections",
        side=Side.RESIDENTS,
        guard=Guard(before=_nothing_before, after=_after_residents),
    ),
    Feature(
        name="corrections",
        side=Side.STAFF,
        guard=Guard(before=_nothing_before, after=_after_staff),
    ),
)
