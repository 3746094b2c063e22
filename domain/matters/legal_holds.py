"""What an erasure does to a matter, and what a law keeps in spite of it.

Source: Personal Information Protection Law (PIPL), article 47: what a law keeps is not erased, but
nothing else than storing it may be done.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from domain.chain import Act
from domain.matters.life import erase, restrict, withdraw
from domain.matters.matter import Matter
from domain.rules import LegalHold


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """A matter that a law still keeps."""

    number: str
    until: datetime
    law: str


def held(matter: Matter, holds: Iterable[LegalHold], now: datetime) -> Held | None:
    """Tell whether and until when a law keeps a matter that its resident wants erased.

    An open matter is withdrawn by its erasure, so its time begins now. The longest hold counts.
    """
    closed_at = matter.closed_at or now
    found = [
        Held(number=matter.number, until=closed_at + hold.after_closing, law=hold.source)
        for hold in holds
        if hold.kind is matter.kind
    ]
    longest = max(found, key=lambda one: one.until, default=None)
    return longest if longest is not None and longest.until > now else None


def erase_or_restrict(matter: Matter, act: Act, kept: Held | None) -> Matter:
    """Do what an erasure does to one matter: withdraw it if it is open; erase it, or restrict it.

    Args:
        kept: that a law still keeps it.
    """
    if matter.is_open:
        matter = withdraw(matter, act)
    if kept is None:
        return erase(matter, act)
    return restrict(matter, act, until=kept.until, law=kept.law)
