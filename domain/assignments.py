"""Assignments: the card that tells a worker what is owed, and whom a matter may be given to."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from domain.access import Actor, Right, may
from domain.cards import Reporter, map_choice, rows, with_pictures, worker_card
from domain.matters import IN_HAND, Matter, State
from domain.messages import Choice, Message, action, text
from domain.organisation import ROLE_OF_STREAM, Organisation, Role, Seat, Stream
from domain.street import Street

#: Which right a button needs, in which states it makes sense, in the order in which it is shown.
_BUTTONS: Sequence[tuple[str, Right, frozenset[State]]] = (
    ("accept", Right.ACCEPT, frozenset({State.DISPATCHED})),
    ("resolve", Right.RESOLVE, frozenset({State.ACCEPTED})),
    ("contact", Right.CONTACT, frozenset({State.ACCEPTED})),
    ("ask", Right.ASK, frozenset({State.ACCEPTED})),
    ("note", Right.NOTE, frozenset({State.ACCEPTED, State.ASKED})),
    ("handover", Right.HAND_OVER, IN_HAND),
    ("return", Right.RETURN, IN_HAND),
    ("asksome", Right.ASK_HELP, frozenset({State.ACCEPTED})),
    ("triage", Right.TRIAGE, IN_HAND),
    ("reassign", Right.REASSIGN, frozenset(State) - {State.CLOSED, State.WITHDRAWN, State.MERGED}),
    ("merge", Right.MERGE, IN_HAND),
    ("split", Right.SPLIT, IN_HAND),
    ("unseal", Right.UNSEAL, frozenset(State)),
)
_MAIN = frozenset({"accept", "resolve"})


def assignment_messages(
    street: Street,
    matter: Matter,
    now: datetime,
    *,
    actor: Actor,
    reporter: Reporter | None,
) -> tuple[Message, ...]:
    """Make the assignment card for one reader, with the buttons they have a right to.

    Args:
        reporter: what the reader may see of who reported it; None for nothing.
    """
    buttons = [
        Choice(
            label=text(f"assignments.do_{name}"),
            action=action(name, matter.number),
            emphasis=name in _MAIN,
        )
        for name in actions(street.organisation, matter, actor)
    ]
    link = map_choice(street, matter.particulars.point, matter.number)
    message = Message(
        blocks=(worker_card(street, matter, now, reporter=reporter),),
        choices=(*rows(buttons), *(((link,),) if link else ())),
        slot=f"case-{matter.number}",
    )
    return with_pictures(message, matter.particulars.attachments)


def actions(organisation: Organisation, matter: Matter, actor: Actor) -> list[str]:
    """List the verbs that a reader may press on a matter as it stands."""
    found = []
    for name, right, states in _BUTTONS:
        if matter.state not in states or not _makes_sense(name, matter):
            continue
        if may(actor, right, organisation, matter=matter) is not None:
            found.append(name)
    return found


def _makes_sense(name: str, matter: Matter) -> bool:
    if name == "contact":
        return matter.contacted_at is None
    if name == "unseal":
        return matter.hide_name and not matter.erased
    return True


def workers_of(organisation: Organisation, matter: Matter, now: datetime) -> list[str]:
    """List whom a matter of a grid can be handed to: its workers and its secretary, present ones.

    Whoever has it already is left out.
    """
    seats = (Seat(matter.grid, Role.GRID_WORKER), Seat(matter.grid, Role.GRID_SECRETARY))
    persons = [
        post.stand_in(now) or post.person
        for seat in seats
        for post in organisation.holders(seat, now)
    ]
    return [person for person in dict.fromkeys(persons) if person != matter.owner]


def seat_of(organisation: Organisation, matter: Matter, person: str, now: datetime) -> Seat:
    """Give the seat on which somebody holds a matter: their post that is nearest to its grid."""
    posts = organisation.posts_of(person, now)
    nearest = [
        Seat(post.unit, post.role)
        for unit in organisation.upward(matter.grid)
        for post in posts
        if post.unit == unit.code
    ]
    return nearest[0] if nearest else matter.seat


def helper_for(
    organisation: Organisation, matter: Matter, stream: Stream, now: datetime
) -> str | None:
    """Find who answers for a stream where the matter is; None while its post is empty."""
    seat = Seat(matter.community, ROLE_OF_STREAM[stream])
    for post in organisation.holders(seat, now):
        person = post.stand_in(now) or post.person
        if person != matter.owner:
            return person
    return None


def streams_to_ask(organisation: Organisation, matter: Matter, now: datetime) -> Iterable[Stream]:
    """List the streams that have somebody to ask."""
    return [
        stream for stream in Stream if helper_for(organisation, matter, stream, now) is not None
    ]
