"""A first contact that was noted by mistake, and is taken back within some minutes."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from domain.chain import Act
from domain.errors import Refused
from domain.matters.chain import record
from domain.matters.life import ensure
from domain.matters.matter import Event, Happening, Matter, State
from domain.matters.rules import ClockRules


def may_take_back(
    matter: Matter, now: datetime, events: Iterable[Event], rules: ClockRules
) -> bool:
    """Tell whether the contact on record is a press alone, and so fresh that it may be a mistake.

    What was asked or written to the resident has reached them, and stays a contact.
    """
    if not is_fresh(matter, now, rules):
        return False
    last = None
    for event in events:
        if event.happening in _CONTACTS:
            last = event
    return last is not None and last.happening is Happening.CONTACTED


_CONTACTS = frozenset({Happening.CONTACTED, Happening.NOTED, Happening.ASKED})


def is_fresh(matter: Matter, now: datetime, rules: ClockRules) -> bool:
    """Tell whether a contact was put on record a short while ago, in whatever way."""
    return (
        matter.state is State.ACCEPTED
        and matter.contacted_at is not None
        and now < matter.contacted_at + rules.contact_take_back
    )


def take_back(matter: Matter, act: Act, *, events: Iterable[Event], rules: ClockRules) -> Matter:
    """Nobody was spoken with: the first clock goes on as if it had never stopped.

    Args:
        events: the chain of the matter; it tells how the contact came on record.

    Raises:
        Refused: it is too late, there is no contact, or more than a press was said since.
        WrongState: it is not in hand.
    """
    ensure(matter, State.ACCEPTED)
    if not may_take_back(matter, act.at, events, rules):
        raise Refused("contact_stands", number=matter.number)
    return record(replace(matter, contacted_at=None), act, Happening.CONTACT_TAKEN_BACK)
