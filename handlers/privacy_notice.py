"""The privacy notice: shown before anything is asked, and again when it has changed."""

from domain.messages import Channel, Message, Text, text
from domain.names import unit_name
from domain.people import Consent, Purpose
from domain.rules import DraftRules
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


def short_notice(turn: Turn) -> Message:
    """Give the notice in two lines, with the way to all of it, and note that it was shown.

    Who has said something already waits for the answer to that. Where words leave the country the
    whole notice says so first (PIPL 39).
    """
    if turn.account.channel is Channel.TELEGRAM:
        return Message(blocks=(notice(turn),))
    notice(turn)
    office, unit = turn.street.office, turn.street.organisation.street
    said = text("menu.notice_short", street=unit_name(unit), kept=office.retention)
    return Message(blocks=(said,), choices=((choice("menu.privacy", "residents.privacy"),),))


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
    )
