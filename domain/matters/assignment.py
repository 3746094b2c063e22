"""What staff do with a matter: its card and buttons, and to whom it may go next.

Every button of a card is one that its reader has the right to press in the matter's state; a
press that comes too late is refused by the rules of `domain.matters.life` all the same.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.access.actors import Actor
from domain.access.checks import may
from domain.access.matters import MatterRight
from domain.access.posts import PostRight
from domain.access.rights import Right
from domain.categories import Category, Kind
from domain.chain import Act
from domain.matters.alarms import unit_of_case
from domain.matters.cards import Reporter, map_choice, worker_card
from domain.matters.chain import record
from domain.matters.life import Filing, ensure
from domain.matters.matter import (
    ENDS,
    IN_HAND,
    MOVABLE,
    OPEN,
    Happening,
    Matter,
    Particulars,
    State,
    procedure_name,
)
from domain.matters.referral import may_be_referred
from domain.matters.rules import ClockRules
from domain.matters.street_names import redact_place
from domain.matters.urging import is_above
from domain.messages import Card, Choice, Line, Message, action, rows, text, with_pictures
from domain.names import category_name, kind_name
from domain.organisation import (
    ROLE_OF_STREAM,
    Organisation,
    Responsible,
    Role,
    Seat,
    Stream,
    Unit,
)
from domain.street import Street

#: Which states allow what, on top of the rights; `domain.matters.life` has the last word.
STATES: dict[Right, frozenset[State]] = {
    MatterRight.ACCEPT: frozenset({State.DISPATCHED}),
    MatterRight.CONTACT: frozenset({State.ACCEPTED}),
    MatterRight.RESOLVE: frozenset({State.ACCEPTED}),
    MatterRight.ASK: frozenset({State.ACCEPTED}),
    MatterRight.NOTE: frozenset({State.ACCEPTED, State.ASKED}),
    MatterRight.ASK_HELP: frozenset({State.ACCEPTED, State.ASKED}),
    MatterRight.HAND_OVER: IN_HAND,
    MatterRight.RETURN: IN_HAND,
    MatterRight.TRIAGE: IN_HAND,
    MatterRight.RESORT: IN_HAND,
    MatterRight.REFER: IN_HAND,
    MatterRight.RECALL: frozenset({State.REFERRED}),
    MatterRight.REASSIGN: MOVABLE,
    MatterRight.INSTRUCT: OPEN,
    MatterRight.MERGE: MOVABLE,
    MatterRight.SPLIT: IN_HAND,
    MatterRight.UNSEAL: frozenset(State),
    PostRight.RELINK: frozenset(State),
}
#: Buttons of those who direct others, each with the right that it needs; an owner who may do this
#: too finds them behind "more".
_DIRECTING: Mapping[Right, tuple[str, str]] = {
    MatterRight.INSTRUCT: ("do_instruct", "matters.instruct"),
    MatterRight.RECALL: ("do_recall", "matters.recall"),
    MatterRight.TRIAGE: ("do_triage", "matters.choose_priority"),
    MatterRight.RESORT: ("do_resort", "matters.resort"),
    MatterRight.REASSIGN: ("do_reassign", "matters.choose_unit"),
    MatterRight.MERGE: ("do_merge", "matters.choose_merge"),
    MatterRight.SPLIT: ("do_split", "matters.split"),
    MatterRight.UNSEAL: ("do_unseal", "matters.unseal"),
    PostRight.RELINK: ("do_relink", "posts.ask_relink"),
}


# --- the card ------------------------------------------------------------------------------------


def assignment_messages(
    street: Street,
    matter: Matter,
    now: datetime,
    *,
    actor: Actor,
    reporter: Reporter | None,
    missing: str = "",
) -> tuple[Message, ...]:
    """Give the card as news: at the end of the conversation, its pictures after it.

    Args:
        reporter: None where the reader may not see who it was.
        missing: what the resident said is still missing, of a case that is open again.
    """
    card = assignment_card(street, matter, now, actor=actor, reporter=reporter, missing=missing)
    return with_pictures(replace(card, anew=True), matter.particulars.attachments)


def assignment_card(
    street: Street,
    matter: Matter,
    now: datetime,
    *,
    actor: Actor,
    reporter: Reporter | None,
    missing: str = "",
) -> Message:
    """Give the card in place of the one that its reader has just pressed a button of."""
    card = worker_card(street, matter, now, reporter=reporter, reader=actor, missing=missing)
    return Message(
        blocks=(card,),
        choices=_choices(street, matter, now, actor, reporter),
        slot=f"case-{matter.number}",
    )


def _choices(
    street: Street, matter: Matter, now: datetime, actor: Actor, reporter: Reporter | None
) -> tuple[tuple[Choice, ...], ...]:
    number, organisation = matter.number, street.organisation
    work = list(work_choices(street, matter, now, actor))
    directing = list(directing_choices(organisation, matter, actor))
    main = [one for one in work if one.emphasis]
    others = [one for one in work if not one.emphasis]
    if work and directing and matter.owner == actor.person:
        others.append(_button("more", "matters.more", number))
    else:
        others += directing
    found = [tuple(main), *rows(others), *_ways_to_it(street, matter, reporter)]
    found.append((_button("story", "matters.story", number), _button("to_todo", "todo.open")))
    return tuple(row for row in found if row)


def _ways_to_it(
    street: Street, matter: Matter, reporter: Reporter | None
) -> Iterator[tuple[Choice, ...]]:
    """Give the map and the telephone, where there are any."""
    ways = []
    if opened := map_choice(street, matter.particulars.point, matter.number):
        ways.append(opened)
    if reporter is not None and reporter.phone and not reporter.hidden and matter.is_open:
        ways.append(Choice(label=text("assignments.call"), phone=reporter.phone))
    if ways:
        yield tuple(ways)


def work_choices(street: Street, matter: Matter, now: datetime, actor: Actor) -> Iterator[Choice]:
    """Give what the reader may do with the matter itself; one of them is the main one."""
    number, organisation = matter.number, street.organisation
    main = _main_right(matter)
    simple = (
        (MatterRight.ACCEPT, "do_accept", "matters.accept"),
        (MatterRight.CONTACT, "do_contact", "matters.contact"),
        (MatterRight.RESOLVE, "do_resolve", "matters.resolve"),
        (MatterRight.NOTE, "do_note", "matters.note"),
        (MatterRight.ASK, "do_ask", "matters.ask"),
        (MatterRight.ASK_HELP, "do_asksome", "matters.choose_stream"),
    )
    for right, label, verb in simple:
        if right is MatterRight.CONTACT and matter.contacted_at is not None:
            continue
        if can(actor, right, organisation, matter):
            yield _button(label, verb, number, emphasis=right is main)
    if matter.referral is not None and may(actor, MatterRight.SEE, organisation, on=matter):
        yield Choice(
            label=text("assignments.do_procedure", procedure=procedure_name(matter.referral)),
            action=action("matters.procedure", number),
            emphasis=True,
        )
    if matter.state is State.ASKED and may(actor, MatterRight.CONTACT, organisation, on=matter):
        yield _button("do_phoned", "matters.phoned", number)
    if can(actor, MatterRight.HAND_OVER, organisation, matter) and candidates(street, matter, now):
        yield _button("do_handover", "matters.choose_worker", number)
    if can(actor, MatterRight.RETURN, organisation, matter) and return_to(
        organisation, matter, now
    ):
        yield _button("do_return", "matters.return", number)
    if may_be_referred(matter) and can(actor, MatterRight.REFER, organisation, matter):
        yield _button("do_refer", "matters.refer", number)


def directing_choices(organisation: Organisation, matter: Matter, actor: Actor) -> Iterator[Choice]:
    """Give what a level above may put right."""
    for right, (label, verb) in _DIRECTING.items():
        if right is MatterRight.UNSEAL and not (matter.hide_name and not matter.erased):
            continue
        if right is MatterRight.INSTRUCT and not is_above(organisation, matter, actor):
            continue
        if right is PostRight.RELINK and (matter.erased or not matter.reporter):
            continue
        if can(actor, right, organisation, matter):
            yield _button(label, verb, matter.number)


def _main_right(matter: Matter) -> Right | None:
    match matter.state:
        case State.DISPATCHED:
            return MatterRight.ACCEPT
        case State.ACCEPTED:
            return MatterRight.RESOLVE if matter.contacted_at else MatterRight.CONTACT
        case _:
            return None


def can(actor: Actor, right: Right, organisation: Organisation, matter: Matter) -> bool:
    """Tell whether somebody has a right on a matter, and the matter's state allows it."""
    if matter.state not in STATES[right]:
        return False
    return may(actor, right, organisation, on=matter) is not None


def _button(label: str, verb: str, *arguments: str | int, emphasis: bool = False) -> Choice:
    return Choice(
        label=text(f"assignments.{label}"), action=action(verb, *arguments), emphasis=emphasis
    )


def standing(matter: Matter) -> str:
    """Give a short mark of who has a matter and how it stands.

    It travels in the buttons of a choice that was offered for that standing; "me too" and added
    words do not change it, a new owner, state, return or reopening does.
    """
    parts = (matter.state, matter.owner, matter.seat.unit, matter.returns, matter.reopenings)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:6]


# --- to whom it may go ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Desk:
    """A seat and the person who gets what is put there now."""

    seat: Seat
    person: str


def desks_of(organisation: Organisation, seat: Seat, now: datetime) -> tuple[Desk, ...]:
    """List who gets what is put on a seat: its holders, or who stands in for them.

    Nobody, on a seat of a unit that is switched off.
    """
    found: dict[str, Desk] = {}
    if not organisation.is_active(seat.unit):
        return ()
    for post in organisation.holders(seat, now):
        person = post.stand_in(now) or post.person
        found.setdefault(person, Desk(seat, person))
    return tuple(found.values())


def candidates(street: Street, matter: Matter, now: datetime) -> tuple[Desk, ...]:
    """List the people of a matter's grid who may be given it; its owner has it already."""
    organisation = street.organisation
    seats = (Seat(matter.grid, Role.GRID_SECRETARY), Seat(matter.grid, Role.GRID_WORKER))
    return tuple(
        desk
        for seat in seats
        for desk in desks_of(organisation, seat, now)
        if desk.person != matter.owner and desk.person not in matter.barred
    )


def avoided(matter: Matter, *others: str) -> frozenset[str]:
    """Name who must not be told or given a matter anew: its owner, who is barred, and others."""
    return frozenset({*matter.barred, *others, matter.owner or ""} - {""})


def return_to(organisation: Organisation, matter: Matter, now: datetime) -> Responsible | None:
    """Find the level above that takes a matter back; None at the top of the street."""
    found = organisation.above(matter.seat, now, avoid=avoided(matter))
    return found if found is not None and found.person is not None else None


def is_return_capped(matter: Matter, rules: ClockRules) -> bool:
    """Tell whether a matter went back so often that the level above must decide now."""
    return matter.returns >= rules.max_returns


def helper(
    organisation: Organisation, matter: Matter, stream: Stream, now: datetime, *, asker: str
) -> Responsible | None:
    """Find who is asked for a stream's help: its officer in the community, or a level above.

    None when that is only the asker. Source: requirement G-17.
    """
    seat = Seat(matter.community, ROLE_OF_STREAM[stream])
    found = organisation.at_seat(seat, now)
    avoid = {asker, *matter.barred}
    if found.person is None or found.person in avoid:
        found = organisation.responsible(matter.community, now, avoid=avoid)
    return found if found.person is not None else None


def moved_desk(
    organisation: Organisation, matter: Matter, now: datetime, *, leaving: str
) -> Responsible:
    """Find who gets a matter when its owner leaves: another holder of its seat, or the ladder."""
    avoid = {leaving, *matter.barred}
    for desk in desks_of(organisation, matter.seat, now):
        if desk.person not in avoid:
            return Responsible(desk.seat, desk.person)
    return organisation.responsible(matter.seat.unit, now, avoid=avoid)


def desk_now(organisation: Organisation, matter: Matter, now: datetime) -> Responsible:
    """Find who answers for a matter's seat now: what was over and begins again is theirs.

    That is whoever had it, as long as they still work on that seat; else whoever stands in for
    them, another holder of the seat, and then the ladder.
    """
    able = [
        desk
        for desk in desks_of(organisation, matter.seat, now)
        if desk.person not in matter.barred
    ]
    absent = {
        post.stand_in(now)
        for post in organisation.holders(matter.seat, now)
        if post.person == matter.owner
    }
    first = sorted(able, key=lambda one: (one.person != matter.owner, one.person not in absent))
    if first:
        return Responsible(first[0].seat, first[0].person)
    return organisation.responsible(unit_of_case(matter), now, avoid=matter.barred)


def past_barred(
    organisation: Organisation, matter: Matter, owed: Responsible, now: datetime
) -> Responsible:
    """Pass over a desk whose holder is barred from a matter: the ladder above it takes the case."""
    if owed.person is None or owed.person not in matter.barred:
        return owed
    above = organisation.above(owed.seat, now, avoid=matter.barred)
    return above or Responsible(owed.seat, None)


def reassign_units(organisation: Organisation, actor: Actor, matter: Matter) -> tuple[Unit, ...]:
    """List the units on whose desks a superior may put a matter: those under the own posts."""
    levels = (*organisation.communities, *organisation.grids)
    return tuple(
        unit
        for unit in levels
        if any(
            organisation.covers(post.unit, unit.code)
            and may(Actor(actor.person, (post,)), MatterRight.REASSIGN, organisation, on=matter)
            for post in actor.posts
        )
    )


def unit_desks(
    organisation: Organisation, unit: Unit, matter: Matter, now: datetime
) -> tuple[Desk, ...]:
    """List everybody of one unit who can own a matter."""
    roles = _DESKS_OF_GRID if organisation.grids and unit in organisation.grids else _DESKS_ABOVE
    return tuple(
        desk
        for role in roles
        for desk in desks_of(organisation, Seat(unit.code, role), now)
        if desk.person not in matter.barred
    )


_DESKS_OF_GRID = (Role.GRID_SECRETARY, Role.GRID_WORKER)
_DESKS_ABOVE = (Role.COMMUNITY_SECRETARY, Role.WINDOW_CLERK)


def ask_for_decision(matter: Matter, act: Act, reason: str, *, to: str) -> Matter:
    """Returned too often already: the level above is asked to decide, and the owner keeps it."""
    ensure(matter, *IN_HAND)
    return record(matter, act, Happening.HELP_ASKED, to=to, question=reason)


# --- help between streams ------------------------------------------------------------------------


def ask_help(matter: Matter, act: Act, *, stream: Stream, to: str, question: str) -> Matter:
    """The owner asks another stream; the matter stays where it is.

    Raises:
        WrongState: it is not in hand.
    """
    ensure(matter, State.ACCEPTED, State.ASKED)
    return record(matter, act, Happening.HELP_ASKED, stream=stream, to=to, question=question)


def give_help(matter: Matter, act: Act, *, stream: Stream, answer: str) -> Matter:
    """Whoever was asked answers.

    Raises:
        WrongState: the matter has ended meanwhile.
    """
    ensure(matter, *OPEN)
    return record(matter, act, Happening.HELP_GIVEN, stream=stream, text=answer)


def part_message(
    street: Street, matter: Matter, *, stream: Stream, question: str, answer: str, is_open: bool
) -> Message:
    """Show a helper the own part of a matter: never its text, its pictures or who reported it."""
    category = street.office.categories.find(matter.category)
    place = redact_place(matter.particulars.place_text)
    grid = street.place_name(matter.grid)
    lines = [
        Line(text("assignments.part_question"), question or text("cards.erased")),
        Line(text("cards.where"), text("cards.at", grid=grid, place=place) if place else grid),
        Line(text("assignments.part_answer"), answer or None),
    ]
    card = Card(
        title=text(
            "assignments.part_title",
            number=matter.number,
            stream=text(f"names.stream_{stream}"),
            kind=kind_name(matter.kind),
            category=category_name(category, matter.category),
        ),
        lines=tuple(line for line in lines if line.value is not None),
    )
    buttons: list[tuple[Choice, ...]] = []
    if is_open and matter.state not in ENDS:
        buttons.append(
            (_button("do_give_help", "matters.give_help", matter.number, emphasis=True),)
        )
    buttons.append((_button("to_todo", "todo.open"),))
    return Message(blocks=(card,), choices=tuple(buttons), slot=f"part-{matter.number}", anew=True)


# --- splitting -----------------------------------------------------------------------------------


def split_off(
    matter: Matter,
    *,
    words: str,
    kind: Kind,
    category: Category,
    urgency: int = 1,
    dangers: tuple[str, ...] = (),
) -> Filing:
    """Describe the part of a matter that goes on alone: its own words, everything else inherited.

    What was told in confidence, or without a name, stays so.

    Args:
        urgency: of its own words; its category may weigh more.
        dangers: of which its own words tell.
    """
    confidential = matter.confidential or kind is Kind.DISPUTE
    told = matter.particulars
    return Filing(
        kind=kind,
        category=category.code,
        community=matter.community,
        grid=matter.grid,
        origin=matter.origin,
        reporter=matter.reporter,
        particulars=Particulars(
            text=words,
            place_text=told.place_text,
            point=told.point,
            phone=told.phone,
            name=told.name,
        ),
        importance=category.importance,
        urgency=max(category.urgency, urgency),
        hide_name=matter.hide_name,
        dangers=matter.dangers if matter.confidential else dangers,
        confidential=confidential,
        public_space=category.public_space and not confidential,
        barred=matter.barred,
        stream=category.stream,
    )


def mark_split_child(child: Matter, act: Act, parent: str) -> Matter:
    """Note in the new chain where it comes from."""
    return record(replace(child, split_from=parent), act, Happening.SPLIT, parent=parent)


def merge_candidates(matter: Matter, others: Sequence[Matter]) -> tuple[Matter, ...]:
    """Choose the open cases that a matter may be a duplicate of, the likeliest first.

    The same category counts most, then the same grid, then the nearest in time.
    """
    able = [
        one
        for one in others
        if one.number != matter.number
        and one.is_open
        and one.kind is matter.kind
        and one.confidential == matter.confidential
    ]
    return tuple(
        sorted(
            able,
            key=lambda one: (
                one.category != matter.category,
                one.grid != matter.grid,
                abs(one.filed_at - matter.filed_at),
                one.number,
            ),
        )
    )
