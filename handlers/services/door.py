"""核对身份 at the door: each side says its code, the other presses whether it is the right one.

Codes are shown when somebody asks for them on the day, are kept sealed, and stand in no reminder,
no list, no paper and no log.
"""

import re
from dataclasses import replace
from datetime import datetime

from domain.access.checks import may
from domain.access.services import ServicesRight
from domain.chain import Act
from domain.emergencies import emergency_choices
from domain.errors import Refused
from domain.human_route import phone_choice
from domain.messages import Choice, Message, Text, Value, action, text
from domain.messages import Side as BotSide
from domain.services.door import DIGITS, Side, codes_for, ensure_open, judge, renewed, try_code
from domain.services.door import Typed as Judged
from domain.services.home import AGREED, HOME, home_of
from domain.services.orders import Order
from domain.services.rules import HomeRules
from domain.words.plaintext import normal
from handlers.features import Feature, Handler, Typed, Verb
from handlers.services.orders import load_order, on_order, seeing, shown
from handlers.turn import Turn, choice
from storage.services.order_steps import (
    Doing,
    doing_of,
    message_for,
    recorded,
    tell_agent,
    tell_resident,
)
from storage.services.orders import list_of_resident, list_owned

#: Who presses 110: somebody who will not go away.
_POLICE = "110"
_CODE = re.compile(rf"\d{{{DIGITS}}}")


def new_codes(turn: Turn) -> tuple[str, str]:
    """Make the worker's code and the resident's, which differ."""
    worker = turn.new_code(DIGITS)
    resident = worker
    while resident == worker:
        resident = turn.new_code(DIGITS)
    return worker, resident


def hall_of(doing: Doing) -> Value:
    """Give the number that is called to make sure, or words where none is known."""
    return doing.agent.hall or doing.agent.phone or text("home.no_hall")


def _side(turn: Turn) -> Side:
    return Side.WORKER if turn.is_staff else Side.RESIDENT


async def _act_on(turn: Turn, order: str) -> tuple[Doing, Act]:
    right = ServicesRight.WORK if turn.is_staff else ServicesRight.FOLLOW
    doing, grant = await load_order(turn, order, right, {HOME})
    return doing, turn.act(grant.role)


def _ensure_open(turn: Turn, doing: Doing) -> None:
    ensure_open(doing.order, turn.now, turn.street.office.timezone, hall=hall_of(doing))


def _help(doing: Doing) -> tuple[tuple[Choice, ...], ...]:
    """Give the hall's number, and the police's for somebody who insists."""
    number = doing.agent.hall or doing.agent.phone
    hall = ((phone_choice(number),),) if number else ()
    return (*hall, *emergency_choices((_POLICE,))[:1])


# --- to look at them -----------------------------------------------------------------------------


async def show_door(turn: Turn, order: str) -> None:
    """Show what one says and what one has to hear, on the day alone."""
    doing, _ = await _act_on(turn, order)
    _ensure_open(turn, doing)
    codes, side = codes_for(doing.order, _side(turn)), _side(turn)
    details = home_of(doing.order)
    said = text(
        f"home.door_{side}",
        mine=codes.mine,
        theirs=codes.theirs,
        name=doing.agent.name,
        post=doing.agent.post,
        address=details.address,
        principal=details.principal,
    )
    right = choice(f"home.right_{side}", action("services.door_right", order), emphasis=True)
    wrong = choice(f"home.wrong_{side}", action("services.door_wrong", order))
    back = choice("home.back", action("services.order", order))
    help_ = _help(doing) if side is Side.RESIDENT else ()
    turn.reply(
        Message(
            blocks=(said,),
            choices=((right,), (wrong,), *help_, (back,)),
            slot=f"door-{order}"[:40],
            anew=True,
            secret=True,
            once=True,
        )
    )


# --- to judge them -------------------------------------------------------------------------------


async def say_right(turn: Turn, order: str) -> None:
    """Say that the other's code is the right one; a second press changes nothing."""
    doing, act = await _act_on(turn, order)
    _ensure_open(turn, doing)
    side = _side(turn)
    judged = judge(doing.order, side, right=True)
    _found_right(turn, doing, act, side, judged)


def _found_right(turn: Turn, doing: Doing, act: Act, side: Side, judged: Order) -> None:
    if judged != doing.order:
        doing = recorded(turn, replace(doing, order=judged), act, f"{side}_knew")
        told = text(f"home.told_right_{side}", number=doing.order.number)
        if side is Side.RESIDENT:
            tell_agent(turn, doing, told)
        else:
            tell_resident(turn, doing, told)
    said = text(f"home.found_right_{side}", name=doing.agent.name, post=doing.agent.post)
    turn.reply(shown(turn, doing, said))


async def say_wrong(turn: Turn, order: str) -> None:
    """Say that the other's code is wrong: the codes are void, and the level above hears at once."""
    doing, act = await _act_on(turn, order)
    side = _side(turn)
    if home_of(doing.order).is_warned:
        # Pressed again: what was said stands, and nobody is alarmed twice.
        turn.reply(_warning(turn, doing, side))
        return
    _ensure_open(turn, doing)
    await _found_wrong(turn, doing, act, side, judge(doing.order, side, right=False))


async def _found_wrong(turn: Turn, doing: Doing, act: Act, side: Side, judged: Order) -> None:
    doing = recorded(turn, replace(doing, order=judged), act, f"{side}_warned")
    turn.reply(_warning(turn, doing, side))
    number, hall = doing.order.number, hall_of(doing)
    if side is Side.RESIDENT:
        said = text("home.agent_warned", number=number)
        message = message_for(turn, doing, said, for_resident=False)
        turn.tell(doing.order.owner, message, on=doing.order, urgent=True)
    else:
        warning = text("home.do_not_open", hall=hall)
        message = message_for(turn, doing, warning)
        message = replace(message, choices=(*_help(doing), *message.choices))
        turn.tell(doing.order.resident or None, message, on=doing.order, urgent=True)
    above = _above(turn, doing)
    if above is not None:
        said = text(f"home.above_warned_{side}", number=number, worker=doing.agent.name)
        warned = message_for(turn, doing, said, for_resident=False)
        open_ = choice("home.open", action("services.order", doing.order.id), emphasis=True)
        phone = home_of(doing.order).phone
        call = ((phone_choice(phone),),) if phone else ()
        warned = replace(warned, choices=((open_,), *call), slot=None, renews=False)
        turn.tell(above, warned, on=doing.order, urgent=True)


def _warning(turn: Turn, doing: Doing, side: Side) -> Message:
    """Say what to do now: for a resident not to open, for a worker not to go in."""
    key = "home.do_not_open" if side is Side.RESIDENT else "home.do_not_go_in"
    message = shown(turn, doing, text(key, hall=hall_of(doing)))
    return replace(message, choices=(*_help(doing), *message.choices), anew=True)


def _above(turn: Turn, doing: Doing) -> str | None:
    """Find who is warned: the next level that may know of it and does not come itself."""
    order, organisation = doing.order, turn.street.organisation
    avoid = set(order.barred) | ({order.owner} - {None})
    seat = order.seat
    for _ in range(len(organisation.ladder(seat.unit)) + 1):
        found = organisation.above(seat, turn.now, avoid=[one for one in avoid if one])
        if found is None or found.person is None:
            return None
        reader = turn.staff_actor(found.person)
        if may(reader, ServicesRight.SEE, organisation, on=order) is not None:
            return found.person
        seat = found.seat
    return None


async def renew(turn: Turn, order: str) -> None:
    """Give both sides new codes, once the hall made sure who stands at the door."""
    doing, act = await _act_on(turn, order)
    if doing.order.standing.stage not in AGREED:
        _ensure_open(turn, doing)
    if not home_of(doing.order).is_warned:
        raise Refused("home.codes_stand")
    after = renewed(doing.order, *new_codes(turn))
    doing = recorded(turn, replace(doing, order=after), act, "codes_renewed")
    turn.reply(shown(turn, doing, text("home.codes_new", number=doing.order.number)))
    tell_resident(turn, doing, text("home.told_codes_new", number=doing.order.number))


# --- typed ---------------------------------------------------------------------------------------


async def take_typed(turn: Turn) -> bool:
    """Take a code that is typed instead of judged; tell whether somebody is to come or to go."""
    words = normal(turn.incoming.text or "").replace(" ", "").replace("-", "")
    if turn.incoming.files or not _CODE.fullmatch(words):
        return False
    found = await _coming(turn)
    if found is None:
        return False
    doing = await doing_of(turn, found)
    turn.about = found.subject
    hall = hall_of(doing)
    try:
        _ensure_open(turn, doing)
    except Refused as error:
        said: tuple[Text, ...] = (text(error.key, **error.fields),)
        turn.reply(_refused(turn, doing, *said))
        return True
    side, rules = _side(turn), turn.street.rules(HomeRules, found.community)
    act = turn.act(next(iter(turn.actor.roles)))
    judged, what = try_code(found, side, words, rules.tries)
    if what is Judged.RIGHT:
        _found_right(turn, doing, act, side, judged)
    elif what is Judged.LOCKED:
        await _found_wrong(turn, doing, act, side, judged)
    else:
        doing = recorded(turn, replace(doing, order=judged), act, f"{side}_mistyped")
        turn.reply(_refused(turn, doing, text(f"home.mistyped_{side}", hall=hall)))
    return True


def _refused(turn: Turn, doing: Doing, *said: Text) -> Message:
    message = shown(turn, doing, *said)
    help_ = _help(doing) if not turn.is_staff else ()
    return replace(message, choices=(*help_, *message.choices))


async def _coming(turn: Turn) -> Order | None:
    """Find the visit that a code may be of: the one at the door first, then the next one."""
    listed = list_owned if turn.is_staff else list_of_resident
    organisation = turn.street.organisation
    today, nearest = turn.street.local_day(turn.now), ("at_door", "on_way", "booked")
    found: list[tuple[tuple[bool, int, datetime, str], Order]] = []
    for one in await listed(turn.tx, turn.person.id):
        window = home_of(one).window if one.kind == HOME else None
        if window is None or one.standing.stage not in AGREED:
            continue
        # Whoever may not follow it may not try codes either.
        if may(turn.actor, seeing(turn), organisation, on=one) is not None:
            other_day = turn.street.local_day(window[0]) != today
            rank = (other_day, nearest.index(one.standing.stage), window[0], one.id)
            found.append((rank, one))
    return min(found, key=lambda one: one[0])[1] if found else None


def _verb(name: str, do: Handler, right: ServicesRight | None) -> Verb:
    return Verb(f"services.{name}", on_order(do), right=right, about="order", while_closed=True)


def _verbs(right: ServicesRight | None) -> tuple[Verb, ...]:
    return (
        _verb("door", show_door, right),
        _verb("door_right", say_right, right),
        _verb("door_wrong", say_wrong, right),
    )


RESIDENTS = Feature(
    name="services",
    side=BotSide.RESIDENTS,
    switchable=True,
    verbs=_verbs(None),
    typed=(Typed(take_typed),),
)
STAFF = Feature(
    name="services",
    side=BotSide.STAFF,
    switchable=True,
    verbs=(*_verbs(ServicesRight.WORK), _verb("new_codes", renew, ServicesRight.WORK)),
    typed=(Typed(take_typed),),
)
