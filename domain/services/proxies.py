"""Who acts for somebody else, as both sides see it: to be verified, agreed to, in force, over."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from domain.access.rights import Right
from domain.access.services import ServicesRight
from domain.messages import Card, Choice, Line, Message, Text, Value, action, text
from domain.organisation import Organisation, Role, Seat
from domain.relations import Relation, RelationKind, kind_name

#: What a resident may say that they are to the person; a worker is none of them.
ASKED_FOR = (
    RelationKind.CHILD,
    RelationKind.RELATIVE,
    RelationKind.GUARDIAN,
    RelationKind.PROXY,
)


@dataclass(frozen=True, slots=True)
class Verifiable:
    """A relation as rights are asked on it: it belongs where the person lives."""

    relation: Relation
    owner: str | None = None

    @property
    def number(self) -> str:
        """By which people name it."""
        return self.relation.id

    @property
    def unit(self) -> str:
        """Where the person lives."""
        return self.relation.unit

    @property
    def parties(self) -> frozenset[str]:
        """Both persons."""
        return frozenset({self.relation.person, self.relation.other})

    @property
    def seat(self) -> Seat:
        """The post that verifies it; nobody owns it by that."""
        return Seat(self.relation.unit, Role.WINDOW_CLERK)

    @property
    def climbed_to(self) -> Seat | None:
        """It climbs to nobody."""
        return None

    @property
    def sealed(self) -> bool:
        """Whoever verifies relations sees it."""
        return False

    @property
    def barred(self) -> frozenset[str]:
        """Neither of the two verifies it."""
        return self.parties

    @property
    def restricted_until(self) -> datetime | None:
        """No law keeps it."""
        return None

    @property
    def known_by(self) -> tuple[Right, ...]:
        """Who verifies it knows of it."""
        return (ServicesRight.VERIFY,)


def verifier_of(organisation: Organisation, relation: Relation, now: datetime) -> str | None:
    """Find who has to verify a relation: the window of the person's community, or the ladder."""
    community = organisation.community_of(relation.unit)
    code = community.code if community else relation.unit
    return organisation.at_seat(Seat(code, Role.WINDOW_CLERK), now).person


def state_of(relation: Relation, now: datetime) -> Text:
    """Say how a relation stands."""
    if relation.ended_at is not None:
        why = relation.ended_why
        return text(f"relations.state_{why}" if why == "refused" else "relations.state_ended")
    if relation.is_over(now):
        return text("relations.state_expired")
    if relation.verified is None:
        return text("relations.state_asked")
    if relation.until is None:
        return text("relations.state_holds")
    return text("relations.state_holds_until", until=relation.until.date())


def lines_of(relation: Relation, now: datetime) -> Iterator[Line]:
    """Say of whom it is, as what, and how it was verified and agreed to."""
    yield Line(text("relations.person"), relation.name or None)
    yield Line(text("relations.phone"), relation.phone or None)
    yield Line(text("relations.kind"), kind_name(relation.kind))
    yield Line(text("relations.state"), state_of(relation, now))
    if relation.verified is not None and relation.consent is not None:
        yield Line(text("relations.verified"), text(f"relations.verified_{relation.verified}"))
        yield Line(text("relations.consent"), text(f"relations.consent_{relation.consent}"))


def relation_card(relation: Relation, now: datetime, *more: Line) -> Card:
    """Show a relation."""
    lines = (*lines_of(relation, now), *more)
    return Card(
        title=text("relations.card", name=relation.name),
        lines=tuple(one for one in lines if one.value is not None),
    )


def to_verify(relation: Relation, now: datetime, *, asker: Value) -> Message:
    """Show a relation to whoever has to verify it, with what may be pressed."""
    card = relation_card(relation, now, Line(text("relations.asker"), asker))
    buttons: list[tuple[Choice, ...]] = []
    if relation.verified is None and relation.ended_at is None:
        buttons.append((_button("verify", relation, emphasis=True),))
        buttons.append((_button("refuse", relation),))
        if relation.phone:
            call = text("relations.call", phone=relation.phone)
            buttons.append((Choice(label=call, phone=relation.phone),))
    elif not relation.is_over(now):
        buttons.append((_button("end", relation),))
    todo = Choice(label=text("assignments.to_todo"), action="todo.open")
    return Message(blocks=(card,), choices=(*buttons, (todo,)), slot=f"rel-{relation.id}")


def _button(name: str, relation: Relation, *, emphasis: bool = False) -> Choice:
    return Choice(
        label=text(f"relations.do_{name}"),
        action=action(f"services.relation_{name}", relation.id),
        emphasis=emphasis,
    )
