"""催一催: a resident asks for an open case of their own once more, and hears what comes of it."""

from collections.abc import Sequence
from dataclasses import replace

from domain.access.checks import may
from domain.access.matters import MatterRight
from domain.human_route import phone_choice
from domain.matters.assignment import avoided
from domain.matters.cards import post_name
from domain.matters.matter import OWED, Event, Matter, State
from domain.matters.rules import UrgingRules
from domain.matters.urging import Urging, urge, urging
from domain.messages import Choice, Message, Side, action, rows, text
from domain.names import category_name
from domain.organisation import Responsible
from domain.subjects import open_case
from handlers.features import Feature, Verb
from handlers.matters.turns import load_matter
from handlers.matters.verdicts import verdict_choices
from handlers.turn import Turn, choice
from storage.matters.casework import card_for, save_matter
from storage.matters.matters import list_events
from storage.matters.queries import list_reported

#: What may be urged, or says at once why not.
_ASKED_FOR = (*OWED, State.ASKED, State.RESOLVED)
_MOST = 8


async def press(turn: Turn, number: str = "") -> None:
    """Urge a case; without its number, the one that is open, or ask which one is meant.

    This is what "催一下" and "怎么还没人来" lead to, by whatever way they are understood.
    """
    if number:
        await _urge_one(turn, number)
        return
    mine = [
        one
        for one in await list_reported(turn.tx, turn.person.id)
        if one.reporter == turn.person.id and one.state in _ASKED_FOR
    ]
    if not mine:
        turn.say(
            "matters.urge_none",
            (choice("matters.my_cases", "matters.mine"), choice("menu.open", "menu.open")),
        )
    elif len(mine) == 1:
        await _urge_one(turn, mine[0].number)
    else:
        buttons = [_button(turn, one) for one in mine[:_MOST]]
        turn.say("matters.urge_which", *rows(buttons, 1), (choice("menu.open", "menu.open"),))


def _button(turn: Turn, matter: Matter) -> Choice:
    name = category_name(turn.street.office.categories.find(matter.category), matter.category)
    return Choice(
        label=text("matters.urge_this", number=matter.number, category=name),
        action=action("matters.urge", matter.number),
    )


async def _urge_one(turn: Turn, number: str) -> None:
    matter, grant = await load_matter(turn, number, MatterRight.URGE)
    if matter.state is State.ASKED:
        answer = choice("matters.answer", action("matters.answer", number), emphasis=True)
        turn.say("matters.urge_answer_first", (answer,), (open_case(number),), number=number)
        return
    if matter.state is State.RESOLVED:
        turn.say(
            "matters.urge_judge_first",
            verdict_choices(number),
            (open_case(number),),
            number=number,
        )
        return
    before = await _urging(turn, matter)
    urged = urge(matter, turn.act(grant.role), before)
    save_matter(turn, urged)
    above = _above(turn, urged)
    await _tell_owner(turn, urged, before.times + 1)
    if above is not None:
        _tell_above(turn, urged, above, before.times + 1)
    _answer(turn, urged, above)


async def _urging(turn: Turn, matter: Matter) -> Urging:
    events = await list_events(turn.tx, matter.number)
    return may_be_urged(turn, matter, events)


def may_be_urged(turn: Turn, matter: Matter, events: Sequence[Event]) -> Urging:
    """Tell from when on a case may be urged."""
    rules = turn.street.rules(UrgingRules, matter.community)
    return urging(matter, events, rules, turn.now)


def _above(turn: Turn, matter: Matter) -> Responsible | None:
    """Find the next level that may know of the case; nobody who is barred from it."""
    found = turn.street.organisation.above(matter.seat, turn.now, avoid=avoided(matter))
    if found is None or found.person is None:
        return None
    actor = turn.staff_actor(found.person)
    organisation = turn.street.organisation
    return found if may(actor, MatterRight.SEE, organisation, on=matter) is not None else None


async def _tell_owner(turn: Turn, matter: Matter, times: int) -> None:
    if matter.owner is not None:
        said = text("matters.owner_urged", number=matter.number, times=times)
        card = await card_for(turn, matter, matter.owner, said)
        turn.tell(matter.owner, replace(card, anew=False, renews=True), on=matter)


def _tell_above(turn: Turn, matter: Matter, above: Responsible, times: int) -> None:
    said = text(
        "matters.above_urged",
        number=matter.number,
        times=times,
        owner=post_name(turn.street, matter),
    )
    turn.tell(
        above.person,
        Message(
            blocks=(said,),
            choices=((open_case(matter.number),),),
            slot=f"urged-{matter.number}",
            renews=True,
        ),
        on=matter,
    )


def _answer(turn: Turn, matter: Matter, above: Responsible | None) -> None:
    """Say who hears of it, and when it may be said again."""
    again = turn.now + turn.street.rules(UrgingRules, matter.community).again
    if matter.owner is None and above is None:
        phone = turn.street.office.phone
        dial = ((phone_choice(phone),),) if phone else ()
        turn.say("matters.urged_nobody", *dial, (open_case(matter.number),), number=matter.number)
        return
    key = "matters.urged_both" if above is not None else "matters.urged_owner"
    turn.say(
        key if matter.owner is not None else "matters.urged_above",
        (open_case(matter.number), choice("menu.open", "menu.open")),
        number=matter.number,
        owner=post_name(turn.street, matter),
        at=turn.street.waking(turn.now),
        again=again,
    )


FEATURE = Feature(
    name="matters",
    side=Side.RESIDENTS,
    verbs=(
        Verb(
            "matters.urge",
            press,
            about="matter",
            minimal=True,
            words=("催一催", "催一下", "催办", "urge my case"),
        ),
    ),
)
