"""The privacy notice: shown before anything is asked, and again when it has changed."""

from domain.messages import Channel, Message, Text, Value, text
from domain.names import unit_name
from domain.people import Consent, Purpose
from domain.rules import DraftRules
from domain.words.corrections import LearningRules
from handlers.turn import Turn, choice


def needs_notice(turn: Turn) -> bool:
    """Tell whether this person has not seen the present privacy notice yet."""
    return turn.person.noticed < turn.street.office.notice_version


def notice(turn: Turn) -> Text:
    """Give the privacy notice and note that it was shown (PIPL 17)."""
    version = turn.street.office.notice_version
    turn.update_person(noticed=version)
    turn.changes.save(
        Consent(
            person=turn.person.id,
            purpose=Purpose.NOTICE,
            notice=version,
            given_at=turn.now,
        )
    )
    return notice_text(turn)


def is_below(turn: Turn) -> bool:
    """Tell whether the notice stands below the first answer: the page has said it in short."""
    return turn.account.channel is not Channel.TELEGRAM


def give_notice(turn: Turn) -> None:
    """Give the notice to somebody who has said something already, and note that it was shown.

    They wait for the answer to that. The page said before the first word what words are used for:
    there the notice stands below the answer, in two lines with the way to all of it. Where words
    leave the country, all of it comes first (PIPL 39).
    """
    if not is_below(turn):
        turn.reply(Message(blocks=(notice(turn),)))
        return
    notice(turn)
    said = short_notice(turn)
    whole = (choice("menu.privacy", "residents.privacy"),)
    # Told, not replied: what is asked stays what the next words answer. It waits for no morning.
    turn.tell(turn.person.id, Message(blocks=(said,), choices=(whole,)), urgent=True)


def short_notice(turn: Turn) -> Text:
    """Say it in two lines, beside the way to all of it."""
    office, unit = turn.street.office, turn.street.organisation.street
    return text("menu.notice_short", street=unit_name(unit), kept=office.retention)


def notice_text(turn: Turn) -> Text:
    """Say who keeps what, why, where and for how long."""
    key = "menu.notice_telegram" if turn.account.channel is Channel.TELEGRAM else "menu.notice"
    office = turn.street.office
    unit = turn.street.organisation.street
    return text(
        key,
        street=unit_name(unit),
        kept=office.retention,
        drafts=turn.street.rules(DraftRules).life,
        learning=_learning(turn),
    )


def _learning(turn: Turn) -> Value:
    """Say that sentences may be kept to learn from, where that is open (PIPL 17)."""
    if not turn.street.is_on("learning", turn.person.grid):
        return ""
    return text("learning.notice", kept=turn.street.rules(LearningRules).life)
