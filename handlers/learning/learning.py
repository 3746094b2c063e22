"""帮助改进: a resident says whether sentences that were taken for something else may be kept.

Source of the consent: Personal Information Protection Law (PIPL), articles 13 to 16: it is no part
of what the office has to do, so it is asked for apart, and nothing hangs on it.
"""

from dataclasses import replace

from domain.errors import NotFound
from domain.messages import Side
from domain.names import unit_name
from domain.people import Consent, Purpose
from domain.words.corrections import Corrector, LearningRules
from handlers.features import Entry, Feature, Menu, Verb
from handlers.learning.teachable import answer_of, correction_in
from handlers.turn import Turn, choice
from storage.learning.corrections import FEATURE as SWITCH
from storage.learning.corrections import CorrectionsGone, count_of
from storage.matters.matters import find_matter


async def agree(turn: Turn, number: str = "") -> None:
    """Note the consent, and keep the sentence of the case at which it was asked for.

    Raises:
        NotFound: the case is not one of mine.
    """
    matter = await find_matter(turn.tx, number) if number else None
    if number and (matter is None or matter.reporter != turn.person.id):
        raise NotFound(number=number)
    turn.changes.save(
        Consent(
            person=turn.person.id,
            purpose=Purpose.LEARNING,
            notice=turn.street.office.notice_version,
            given_at=turn.now,
        )
    )
    found = correction_in(turn, matter, Corrector.WRITER) if matter is not None else None
    if found is not None:
        turn.changes.save(found)
    turn.say(
        "learning.agreed",
        (choice("learning.menu", "learning.show"), choice("menu.open", "menu.open")),
    )


async def decline(turn: Turn) -> None:
    """Note that it was declined: nobody asks again. Pressed after a yes, it ends that."""
    await _end(turn)
    turn.say("learning.declined", (choice("menu.open", "menu.open"),))


async def stop(turn: Turn) -> None:
    """End it and delete what was kept; pressing it again changes nothing."""
    await _end(turn)
    turn.say("learning.stopped", (choice("menu.open", "menu.open"),))


async def _end(turn: Turn) -> None:
    answered = await answer_of(turn)
    if answered is None:
        # The moment of the question is that of the answer: there never was a consent.
        answered = Consent(
            person=turn.person.id,
            purpose=Purpose.LEARNING,
            notice=turn.street.office.notice_version,
            given_at=turn.now,
        )
    turn.changes.save(replace(answered, withdrawn_at=answered.withdrawn_at or turn.now))
    turn.changes.save(CorrectionsGone(person=turn.person.id))


async def show(turn: Turn) -> None:
    """Say whether sentences are kept, how many, and offer the other."""
    answered = await answer_of(turn)
    street = unit_name(turn.street.organisation.street)
    kept = turn.street.rules(LearningRules).life
    back = choice("learning.back", "residents.me")
    if answered is not None and answered.withdrawn_at is None:
        turn.say(
            "learning.on",
            (choice("learning.stop", "learning.stop"), back),
            count=await count_of(turn.tx, turn.person.id),
            street=street,
            kept=kept,
        )
    else:
        turn.say(
            "learning.off",
            (choice("learning.yes", "learning.agree"), back),
            street=street,
            kept=kept,
        )


FEATURES = (
    Feature(
        name=SWITCH,
        side=Side.RESIDENTS,
        switchable=True,
        verbs=(
            Verb("learning.show", show, words=("帮助改进", "help it learn")),
            Verb("learning.agree", agree),
            Verb("learning.decline", decline, minimal=True, while_closed=True),
            Verb("learning.stop", stop, minimal=True, while_closed=True),
        ),
        entries=(Entry(Menu.MINE, "learning.menu", "learning.show"),),
    ),
    Feature(name=SWITCH, side=Side.STAFF, switchable=True),
)
