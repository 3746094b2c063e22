"""流动工作站: the next stop near one, and word the day before, and when it changes.

Source: requirement S-09. Where somebody is now is used to answer and not kept.
"""

from collections.abc import Sequence
from typing import Any

from domain.errors import NotFound, Stale
from domain.human_route import phone_choice
from domain.matters.cards import map_choice
from domain.messages import Card, Choice, Message, Side, Text, action, rows, text
from domain.names import named
from domain.places.points import Point
from domain.registers import ENTRY
from domain.services.stations import (
    BEFORE,
    Stop,
    call_words,
    calls,
    far_words,
    is_asked,
    metres_between,
    nearest,
    stop_lines,
    told_of,
)
from handlers.features import Entry as MenuEntry
from handlers.features import Feature, Menu, Verb
from handlers.forms.forms import begin
from handlers.forms.steps import Form, Place
from handlers.services.halls import about
from handlers.turn import Turn, choice
from storage.drafts import Draft
from storage.reminders import Reminder
from storage.services.stops import (
    Follow,
    NoFollow,
    get_stops,
    list_followed,
    list_stops,
)

#: How many other stops one message names.
PAGE = 6


# --- to look at them ------------------------------------------------------------------------------


async def show_stations(turn: Turn, page: str = "0") -> None:
    """Show the next stop near one, and the others as buttons."""
    if not page.isdecimal() or len(page) > 3:
        raise Stale
    stops = await _near(turn, turn.person.grid, about(turn, turn.person.grid))
    turn.reply(await _shown(turn, stops, int(page), known=bool(turn.person.grid)))


async def _near(turn: Turn, home: str | None, around: Point | None) -> list[Stop]:
    organisation = turn.street.organisation
    stops, stations = await list_stops(turn.tx, turn.now)
    community = organisation.community_of(home) if home else None
    own = {home or ""} | ({community.code} if community is not None else set())
    return nearest(
        [one for one in stops if organisation.is_active(one.unit)],
        {key: one for key, one in stations.items() if organisation.is_active(one.unit)},
        turn.now,
        turn.street.office.calendar,
        turn.street.office.timezone,
        around=around,
        own=frozenset(own),
    )


async def _shown(turn: Turn, stops: Sequence[Stop], page: int = 0, *, known: bool) -> Message:
    if not stops:
        return _none(turn)
    first, others = stops[0], stops[1:]
    at = min(page, max(0, (len(others) - 1) // PAGE)) * PAGE
    ways = rows([_open(turn, one) for one in others[at : at + PAGE]], 1)
    if len(others) > at + PAGE:
        ways = (*ways, (choice("stations.more", action("services.stations", at // PAGE + 1)),))
    here = choice("stations.by_place", "services.stops_near")
    if at:
        return Message(blocks=(text("stations.others"),), choices=(*ways, *_ends(turn)))
    blocks: list[Text | Card] = [_card(turn, first)]
    if first.metres is None and not known:
        blocks.append(text("stations.where_are_you"))
    if others:
        blocks.append(text("stations.others"))
    followed = await _followed(turn)
    return Message(
        blocks=tuple(blocks),
        choices=(*_of_stop(turn, first, followed), *ways, (here,), *_ends(turn)),
    )


def _none(turn: Turn) -> Message:
    number = turn.street.office.phone
    dial = ((phone_choice(number),),) if number else ()
    ways = (*dial, (choice("halls.menu", "services.halls"),), *_ends(turn))
    return Message(blocks=(text("stations.none_yet"),), choices=ways)


def _card(turn: Turn, stop: Stop) -> Card:
    return Card(
        title=text("stations.card", name=stop.name),
        lines=stop_lines(stop, turn.now, turn.street.office.timezone),
    )


def _open(turn: Turn, stop: Stop) -> Choice:
    when = call_words(stop.call, turn.now, turn.street.office.timezone)
    far = far_words(stop.metres)
    detail = text("stations.when_far", when=when, far=far) if far is not None else when
    return Choice(
        label=named(stop.name), detail=detail, action=action("services.stop", stop.entry.id)
    )


async def _followed(turn: Turn) -> frozenset[str]:
    return frozenset(one.stop for one in await list_followed(turn.tx, turn.person.id))


def _of_stop(turn: Turn, stop: Stop, followed: frozenset[str]) -> tuple[tuple[Choice, ...], ...]:
    """Give what can be done about a stop: follow it, a map, the station's number."""
    which = stop.entry.id
    follow = (
        choice("stations.unfollow", action("services.unfollow_stop", which))
        if which in followed
        else choice("stations.follow", action("services.follow_stop", which), emphasis=True)
    )
    given: Any = stop.entry.get("point")
    point = Point(latitude=given["lat"], longitude=given["lon"]) if given else None
    shown = map_choice(turn.street, point, stop.name)
    phones = str(stop.station.get("phone") or "").split("、")[:1]
    return (
        (follow,),
        *(((shown,),) if shown is not None else ()),
        *((phone_choice(number),) for number in phones if number),
    )


def _ends(turn: Turn) -> tuple[tuple[Choice, ...], ...]:
    ways = [choice("menu.services", "menu.services"), choice("menu.open", "menu.open")]
    return rows(ways, 1 if turn.person.elder else 2)


async def _find(turn: Turn, which: str) -> Stop:
    """Find a stop that holds, of a station that runs.

    Raises:
        NotFound: there is none.
    """
    stop = (await get_stops(turn.tx, [which])).get(which)
    if stop is None or not (stop.entry.holds(turn.now) and stop.station.holds(turn.now)):
        raise NotFound(number=which[:8])
    street = turn.street
    call = next(calls(stop.entry, turn.now, street.office.calendar, street.office.timezone), None)
    metres = metres_between(stop.entry, about(turn, turn.person.grid))
    return Stop(stop.entry, stop.station, call, metres)


async def show_stop(turn: Turn, which: str) -> None:
    """Show a stop with its next time."""
    turn.reply(await _one(turn, await _find(turn, which)))


async def _one(turn: Turn, stop: Stop, *said: Text, followed: bool | None = None) -> Message:
    known = await _followed(turn)
    if followed is not None:
        known = known | {stop.entry.id} if followed else known - {stop.entry.id}
    back = (choice("stations.all", "services.stations"),)
    return Message(
        blocks=(*said, _card(turn, stop)),
        choices=(*_of_stop(turn, stop, known), back, *_ends(turn)),
        slot=f"stop-{stop.entry.id}"[:40],
        anew=True,
    )


# --- to be told -----------------------------------------------------------------------------------


async def follow(turn: Turn, which: str) -> None:
    """Want to hear of a stop, the day before and when it changes; a second press changes nothing.

    Of a time that is so near that there is no day before, they were told by this very message.
    """
    stop = await _find(turn, which)
    if which not in await _followed(turn):
        call = stop.call
        soon = call is not None and call.starts_at - BEFORE <= turn.now
        turn.changes.save(
            Follow(
                stop=which,
                person=turn.person.id,
                since=turn.now,
                told=told_of(stop.entry),
                reminded_of=call.starts_at if call is not None and soon else None,
            )
        )
        # The clock looks at it once more, and from then on by itself.
        look = Reminder(kind=ENTRY, subject=which, step="followed", due_at=turn.now)
        turn.changes.put(f"reminder of stop {which}", look)
    turn.reply(await _one(turn, stop, text("stations.followed", name=stop.name), followed=True))


async def unfollow(turn: Turn, which: str) -> None:
    """Hear no more of it; also where it is gone."""
    turn.changes.save(NoFollow(stop=which[:40], person=turn.person.id))
    stop = (await get_stops(turn.tx, [which])).get(which)
    if stop is None or not (stop.entry.holds(turn.now) and stop.station.holds(turn.now)):
        turn.say("stations.unfollowed_gone", (choice("stations.all", "services.stations"),))
        return
    said = text("stations.unfollowed", name=stop.name)
    turn.reply(await _one(turn, await _find(turn, which), said, followed=False))


# --- from where somebody is -----------------------------------------------------------------------


async def begin_near(turn: Turn) -> None:
    """Ask where somebody is."""
    await begin(turn, NEAR)


async def _submit_near(turn: Turn, draft: Draft) -> None:
    """Show the next stop near a place: a location, or the unit that words name."""
    turn.drop_draft(draft)
    place = draft.values.get("place") or {}
    if place.get("lat") is not None:
        around = Point(latitude=place["lat"], longitude=place["lon"])
        turn.reply(await _shown(turn, await _near(turn, turn.person.grid, around), known=True))
        return
    words = str(place.get("text") or "")
    home = next(iter(turn.understood(words).place.units), None) or turn.person.grid
    turn.reply(await _shown(turn, await _near(turn, home, about(turn, home)), known=bool(home)))


NEAR = Form(
    name="stops_near",
    version=1,
    title="stations.near_title",
    steps=(Place(name="place", question="stations.ask_place", label="filing.place"),),
    submit=_submit_near,
    review=False,
)


# --- to answer questions --------------------------------------------------------------------------


async def tell(turn: Turn, words: str) -> Message | None:
    """Answer when and where the mobile station comes."""
    understood = turn.understood(words)
    if not is_asked(understood.plain):
        return None
    home = next(iter(understood.place.units), None) or turn.person.grid
    stops = await _near(turn, home, about(turn, home))
    return await _shown(turn, stops, known=bool(home))


FEATURE = Feature(
    name="services",
    side=Side.RESIDENTS,
    switchable=True,
    verbs=(
        Verb(
            "services.stations",
            show_stations,
            minimal=True,
            command="stations",
            words=("流动工作站", "流动服务车", "流动服务站", "流动车", "mobile station"),
        ),
        Verb("services.stop", show_stop, minimal=True),
        Verb("services.follow_stop", follow, minimal=True),
        Verb("services.unfollow_stop", unfollow, minimal=True, while_closed=True),
        Verb("services.stops_near", begin_near, begins=True),
    ),
    forms=(NEAR,),
    entries=(MenuEntry(Menu.SERVICES, "stations.menu", "services.stations"),),
)
