"""Who may act for whom: guardian, child, proxy, relative, worker; verified, agreed to, and ended.

A relation goes from the person whose affairs they are to the person who acts. It counts once
somebody of the office verified it, and the person agreed, whose consent is recorded with how and
by whom; a guardian needs no consent of somebody who cannot give one, and has to show what makes
them one. Sources: Civil Code, articles 23 and 34 (guardians act for their wards), 161 to 165 and
173 (agents; an authority can be taken back at any time); PIPL, articles 14 to 16 and 31.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from domain.errors import Refused
from domain.laws import CIVIL_CODE_34, CIVIL_CODE_165, PIPL_14
from domain.messages import Text, text
from domain.subjects import Subject

#: The kind of its subjects.
RELATION = "relation"


class RelationKind(StrEnum):
    """What the one who acts is to the person."""

    GUARDIAN = "guardian"
    CHILD = "child"
    RELATIVE = "relative"
    PROXY = "proxy"
    """Anybody else whom the person chose."""
    WORKER = "worker"
    """Somebody of the office."""


class Verified(StrEnum):
    """How the office made sure of it."""

    PAPERS = "papers"
    """A household register, a certificate or a decision was shown."""
    BOTH_PRESENT = "both_present"
    """Both stood before somebody of the office, who knows them or saw their identity cards."""
    CALLED = "called"
    """The person was called under the number that the office has of them."""


class Consenting(StrEnum):
    """How the person agreed."""

    IN_PERSON = "in_person"
    CALLED = "called"
    IN_CHAT = "in_chat"
    """In their own conversation."""
    NOT_NEEDED = "not_needed"
    """A guardian acts for somebody who cannot agree."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Relation:
    """That somebody may act for a person; nothing before it was verified and agreed to."""

    id: str
    person: str
    """Whose affairs they are."""
    other: str
    """Who acts."""
    kind: RelationKind
    unit: str = ""
    """Where the person lives: somebody there verifies it."""
    name: str = ""
    """What the person is called, where Linli does not know them otherwise; sealed."""
    phone: str = ""
    asked_at: datetime
    asked_by: str
    verified: Verified | None = None
    verified_by: str | None = None
    verified_at: datetime | None = None
    consent: Consenting | None = None
    consent_by: str | None = None
    """Who recorded the consent; the person themselves where they gave it in chat."""
    consent_at: datetime | None = None
    until: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None
    ended_why: str = ""
    """A code: ``person`` took it back, ``other`` gave it up, ``office`` ended it, ``refused``."""
    version: int = 0

    @property
    def subject(self) -> Subject:
        """By which events refer to it."""
        return Subject(RELATION, self.id)

    def holds(self, now: datetime) -> bool:
        """Tell whether the other may act for the person at a moment."""
        if self.verified is None or self.consent is None or self.ended_at is not None:
            return False
        return self.until is None or now < self.until

    def is_over(self, now: datetime) -> bool:
        """Tell whether it ended, by somebody or by its time."""
        return self.ended_at is not None or (self.until is not None and now >= self.until)


def ask(
    *,
    ident: str,
    person: str,
    other: str,
    kind: RelationKind,
    by: str,
    at: datetime,
    unit: str = "",
    name: str = "",
    phone: str = "",
) -> Relation:
    """Ask for it to be verified.

    Args:
        unit: where the person lives.
        name, phone: how the person is called and reached.

    Raises:
        Refused: nobody acts for themselves.
    """
    if person == other:
        raise Refused("relations.with_oneself")
    return Relation(
        id=ident,
        person=person,
        other=other,
        kind=kind,
        unit=unit,
        name=name,
        phone=phone,
        asked_at=at,
        asked_by=by,
    )


def confirm(
    relation: Relation,
    *,
    verified: Verified,
    consent: Consenting,
    by: str,
    at: datetime,
    until: datetime | None,
) -> Relation:
    """Somebody of the office made sure of it, and recorded the person's consent.

    Args:
        until: how long it counts; None for a guardian, who is one by law.

    Raises:
        Refused: it was confirmed or ended already; who confirms is one of the two; a guardian shows
            no papers; or it lacks a consent that only a guardian does not need.
    """
    if relation.ended_at is not None or relation.verified is not None:
        raise Refused("relations.decided_already")
    if by in (relation.person, relation.other):
        raise Refused("relations.needs_another")
    is_guardian = relation.kind is RelationKind.GUARDIAN
    if is_guardian and verified is not Verified.PAPERS:
        raise Refused("relations.guardian_needs_papers", rule=CIVIL_CODE_34)
    if consent is Consenting.NOT_NEEDED and not is_guardian:
        raise Refused("relations.needs_consent", rule=PIPL_14)
    if until is None and not is_guardian:
        raise Refused("relations.needs_end", rule=CIVIL_CODE_165)
    return replace(
        relation,
        verified=verified,
        verified_by=by,
        verified_at=at,
        consent=consent,
        consent_by=by,
        consent_at=at,
        until=until,
    )


def end(relation: Relation, *, by: str, at: datetime, why: str) -> Relation:
    """End it, whatever it was: an authority can be taken back at any time.

    Raises:
        Refused: it is over.
    """
    if relation.is_over(at):
        raise Refused("relations.over_already")
    return replace(relation, ended_at=at, ended_by=by, ended_why=why)


def holding(relations: Iterable[Relation], now: datetime) -> tuple[Relation, ...]:
    """Choose those that count at a moment, the oldest first."""
    found = [one for one in relations if one.holds(now)]
    return tuple(sorted(found, key=lambda one: (one.asked_at, one.id)))


def kind_name(kind: RelationKind) -> Text:
    """Name what the one who acts is to the person."""
    return text(f"relations.kind_{kind}")
