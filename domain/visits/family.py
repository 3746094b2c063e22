"""Whose an entry is, and who of the family hears that a visit took place: with consent alone.

A worker gives a code, at the door or by telephone; whoever types it in chat is linked. A relative
hears that somebody came, without category or finding.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from domain.errors import Refused
from domain.messages import Text, text

#: How long a code waits to be typed: it is dictated to somebody, or taken along on paper.
LINK_LIFE = timedelta(days=7)


class Kinship(StrEnum):
    """Who somebody is to an entry."""

    SELF = "self"
    """The person."""
    RELATIVE = "relative"
    """Told that a visit took place, as the person agreed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """A resident who is on the register, or a relative of one."""

    id: str
    entry: str
    kinship: Kinship
    code_hash: str | None
    """None once it was typed."""
    person: str | None = None
    made_by: str
    """The worker to whom the person on the register said yes."""
    made_at: datetime
    expires_at: datetime
    linked_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def stands(self) -> bool:
        """Tell whether somebody is linked now."""
        return self.person is not None and self.ended_at is None


def offered(
    which: str, entry: str, kinship: Kinship, code_hash: str, *, by: str, at: datetime
) -> Link:
    """Offer a link by a code."""
    return Link(
        id=which,
        entry=entry,
        kinship=kinship,
        code_hash=code_hash,
        made_by=by,
        made_at=at,
        expires_at=at + LINK_LIFE,
    )


def taken(link: Link, person: str, at: datetime) -> Link:
    """Somebody typed the code: it is used up.

    Raises:
        Refused: it is over.
    """
    if link.person is not None or link.ended_at is not None or at >= link.expires_at:
        raise Refused("visits.code_over")
    return replace(link, person=person, linked_at=at, code_hash=None)


def undone(link: Link, at: datetime) -> Link:
    """It ends: by whoever is linked, or by the worker for the person."""
    return replace(link, ended_at=at, code_hash=None)


def kinship_name(kinship: Kinship) -> Text:
    """Name what somebody is to an entry."""
    return text(f"visits.kinship_{kinship}")
