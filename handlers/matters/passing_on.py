"""Giving a case to somebody else, or back."""

from domain.access.matters import MatterRight
from domain.errors import Refused, Stale
from domain.matters import life
from domain.matters.assignment import (
    ask_for_decision,
    candidates,
    is_return_capped,
    return_to,
    standing,
)
from domain.matters.cards import post_name
from domain.matters.matter import IN_HAND, Matter
from domain.matters.rules import ClockRules
from domain.messages import (
    Choice,
    Message,
    action,
    rows,
    text,
)
from domain.names import named, role_name
from domain.subjects import open_case
from handlers.forms.forms import begin
from handlers.matters.case_cards import answer_with_card, back_to
from handlers.matters.guards import number_of
from handlers.matters.questions import one_question
from handlers.matters.turns import load_matter
from handlers.turn import Turn, choice
from storage.drafts import Draft
from storage.matters.casework import save_matter, send_card, tell_step
from storage.matters.queries import count_held


async def choose_worker(turn: Turn, number: str) -> None:
    """Offer the people of the grid."""
    matter, _ = await load_matter(turn, number, MatterRight.HAND_OVER)
    life.ensure(matter, *IN_HAND)
    desks = candidates(turn.street, matter, turn.now)
    if not desks:
        raise Refused("no_workers", grid=turn.street.place_name(matter.grid))
    held = await count_held(turn.tx, [desk.person for desk in desks])
    buttons = [
        Choice(
            label=text(
                "assignments.desk",
                role=role_name(desk.seat.role),
                person=named(turn.street.staff_name(desk.person)),
            ),
            action=action("matters.hand_over", number, standing(matter), desk.person),
            detail=text("assignments.desk_holds", count=held.get(desk.person, 0)),
        )
        for desk in desks
    ]
    turn.say("assignments.ask_worker", *rows(buttons, 1), (back_to(number),), number=number)


async def hand_over(turn: Turn, number: str, mark: str, person: str) -> None:
    """Give a case to somebody of the grid, who gets the card."""
    matter, grant = await load_matter(turn, number, MatterRight.HAND_OVER)
    life.ensure(matter, *IN_HAND)
    desk = next(
        (one for one in candidates(turn.street, matter, turn.now) if one.person == person), None
    )
    if desk is None or mark != standing(matter):
        raise Stale
    handed = life.hand_over(matter, turn.act(grant.role), seat=desk.seat, to=desk.person)
    save_matter(turn, handed)
    await send_card(turn, handed)
    await answer_with_card(
        turn, handed, "assignments.handed_over", owner=post_name(turn.street, handed)
    )
    tell_former_owner(turn, matter, handed)
    await tell_step(turn, handed, "assignments.told_handed_over")


def tell_former_owner(turn: Turn, before: Matter, after: Matter) -> None:
    """Tell whoever had a case that it is with somebody else now."""
    if before.owner in (None, after.owner, turn.person.id):
        return
    said = text(
        "assignments.taken_from_you",
        number=before.number,
        owner=post_name(turn.street, after),
    )
    turn.tell(before.owner, Message(blocks=(said,)), on=after)


async def begin_return(turn: Turn, number: str) -> None:
    """Begin to return a case that came to the wrong desk."""
    matter, _ = await load_matter(turn, number, MatterRight.RETURN)
    life.ensure(matter, *IN_HAND)
    if return_to(turn.street.organisation, matter, turn.now) is None:
        raise Refused("nobody_above", number=number)
    await begin(turn, RETURN, context={"number": number})


async def _submit_return(turn: Turn, draft: Draft) -> None:
    matter, grant = await load_matter(turn, number_of(draft), MatterRight.RETURN)
    above = return_to(turn.street.organisation, matter, turn.now)
    if above is None or above.person is None:
        raise Refused("nobody_above", number=matter.number)
    reason = draft.values["text"]
    rules = turn.street.rules(ClockRules, matter.community)
    if is_return_capped(matter, rules):
        life.ensure(matter, *IN_HAND)
        act = turn.act(grant.role)
        save_matter(turn, ask_for_decision(matter, act, reason, to=above.person))
        name = turn.street.staff_name(above.person)
        await answer_with_card(turn, matter, "assignments.return_capped", person=name)
        _tell_above(turn, matter, above.person, "assignments.decide_please", reason)
        return
    returned = life.give_back(
        matter,
        turn.act(grant.role),
        reason,
        seat=above.seat,
        owner=above.person,
        rules=rules,
    )
    save_matter(turn, returned)
    turn.say(
        "assignments.returned",
        (choice("assignments.to_todo", "todo.open"),),
        number=matter.number,
        owner=post_name(turn.street, returned),
    )
    _tell_above(turn, returned, above.person, "assignments.came_back", reason)
    await send_card(turn, returned)
    await tell_step(turn, returned, "assignments.told_returned")


def _tell_above(turn: Turn, matter: Matter, person: str, key: str, reason: str) -> None:
    said = text(
        key,
        number=matter.number,
        reason=reason,
        person=turn.street.staff_name(turn.person.id),
        times=matter.returns,
    )
    turn.tell(person, Message(blocks=(said,), choices=((open_case(matter.number),),)), on=matter)


RETURN = one_question("return", _submit_return)
