"""大厅和网点: where one's hall is, when it is open, how to get in, and what is done there.

Source: requirement S-01. One's own community's hall comes first, then the nearest.
"""

import re
from collections.abc import Sequence

from domain.errors import NotFound, Stale
from domain.human_route import phone_choice
from domain.matters.cards import map_choice
from domain.messages import Card, Choice, Line, Message, Text, action, rows, text
from domain.names import named, unit_called, unit_name
from domain.organisation import Unit
from domain.places.points import Point
from domain.registers import Entry, plain_key
from domain.services.hall_questions import (
    Asked,
    access_asked,
    access_words,
    asked_of,
    desks_asked,
    village_turned_asked,
)
from domain.services.halls import (
    COMMUNITIES,
    DESKS,
    HALLS,
    community_lines,
    desk_words,
    hall_card,
    in_order,
    is_village_turned,
    middle_of,
)
from handlers.turn import Turn, choice
from storage.registers import find_entry, list_entries

#: How many other halls one message names.
PAGE = 6
_PHONES = re.compile(r"[、]")


# --- to look at them -----------------------------------------------------------------------------


async def show_halls(turn: Turn, page: str = "0") -> None:
    """Show the hall of one's own community, and the others as buttons, the nearest first."""
    if not page.isdecimal() or len(page) > 3:
        raise Stale
    halls = await _halls(turn, turn.person.grid)
    if not halls:
        _say_that_none_is_known(turn)
        return
    first, others = _first_of(turn, halls)
    at = min(int(page), max(0, (len(others) - 1) // PAGE)) * PAGE
    ways = _others(turn, others[at : at + PAGE])
    if len(others) > at + PAGE:
        ways = (*ways, (choice("halls.more", action("services.halls", at // PAGE + 1)),))
    if first is None or at:
        turn.reply(Message(blocks=(text("halls.which"),), choices=(*ways, *_ends(turn))))
        return
    card = hall_card(first, await _desks(turn, first), turn.street.organisation)
    blocks: tuple[Text | Card, ...] = (card, text("halls.others")) if others else (card,)
    turn.reply(Message(blocks=blocks, choices=(*_reach(turn, first), *ways, *_ends(turn))))


def _first_of(turn: Turn, halls: Sequence[Entry]) -> tuple[Entry | None, Sequence[Entry]]:
    """Give the hall that is shown at once: one's own community's, or the only one there is."""
    organisation = turn.street.organisation
    home = organisation.community_of(turn.person.grid) if turn.person.grid else None
    if len(halls) == 1 or (home is not None and halls[0].unit == home.code):
        return halls[0], halls[1:]
    return None, halls


async def show_hall(turn: Turn, entry: str) -> None:
    """Show a hall with all that is done in it."""
    hall = await find_entry(turn.tx, entry)
    if hall is None or hall.register != HALLS.name or not hall.holds(turn.now):
        raise NotFound(number=entry[:8])
    card = hall_card(hall, await _desks(turn, hall), turn.street.organisation)
    back = (choice("halls.all", "services.halls"),)
    turn.reply(Message(blocks=(card,), choices=(*_reach(turn, hall), back, *_ends(turn))))


async def _halls(turn: Turn, home: str | None) -> list[Entry]:
    organisation = turn.street.organisation
    known = await list_entries(turn.tx, HALLS.name, at=turn.now)
    return in_order(
        [one for one in known if organisation.is_active(one.unit)],
        organisation,
        home,
        about(turn, home),
    )


def about(turn: Turn, home: str | None) -> Point | None:
    """Give about where somebody lives: the middle of their grid, or of their community's first."""
    organisation = turn.street.organisation
    unit = organisation.units.get(home or "")
    if unit is None:
        return None
    grids: Sequence[Unit] = (unit, *organisation.grids_of(unit.code))
    return next((point for one in grids if (point := middle_of(one.boundary))), None)


async def _desks(turn: Turn, hall: Entry) -> list[Entry]:
    known = await list_entries(turn.tx, DESKS.name, at=turn.now)
    return [one for one in known if one.get("hall") == hall.id]


def _reach(turn: Turn, hall: Entry) -> tuple[tuple[Choice, ...], ...]:
    """Give the ways to a hall: its numbers, and a map."""
    found = [
        (phone_choice(number.strip()),)
        for number in _PHONES.split(hall.get("phone") or "")
        if number.strip()
    ]
    given = hall.get("point")
    point = Point(latitude=given["lat"], longitude=given["lon"]) if given else None
    shown = map_choice(turn.street, point, str(hall.get("name")))
    return (*found, *(((shown,),) if shown is not None else ()))


def _others(turn: Turn, halls: Sequence[Entry]) -> tuple[tuple[Choice, ...], ...]:
    buttons = [
        Choice(
            label=named(str(one.get("name"))),
            detail=named(str(one.get("address"))),
            action=action("services.hall", one.id),
        )
        for one in halls
    ]
    return rows(buttons, 1)


def _ends(turn: Turn) -> tuple[tuple[Choice, ...], ...]:
    ways = [choice("menu.services", "menu.services"), choice("menu.open", "menu.open")]
    return rows(ways, 1 if turn.person.elder else 2)


def _say_that_none_is_known(turn: Turn) -> None:
    """Say what is known without any hall: the units' own addresses and numbers."""
    street = turn.street
    units = [
        one
        for one in (street.organisation.street, *street.organisation.communities)
        if one.address or one.phone
    ]
    lines = tuple(
        Line(unit_name(one), tuple(part for part in (one.address, one.phone) if part))
        for one in units[:PAGE]
    )
    card = (Card(title=text("halls.units"), lines=lines),) if lines else ()
    number = street.office.phone
    dial = ((phone_choice(number),),) if number else ()
    said = text("halls.none_yet")
    turn.reply(Message(blocks=(said, *card), choices=(*dial, *_ends(turn))))


# --- to answer questions -------------------------------------------------------------------------


async def tell(turn: Turn, words: str) -> Message | None:
    """Answer what is asked of halls, of what is done in them, and of sorts of communities."""
    understood = turn.understood(words)
    if village_turned_asked(understood.plain):
        return await _tell_village_turned(turn)
    known = await list_entries(turn.tx, HALLS.name, at=turn.now)
    asked = asked_of(understood.plain, [str(one.get("name")) for one in known])
    if not asked or not known:
        return None
    home = next(iter(understood.place.units), None) or turn.person.grid
    halls = await _halls(turn, home)
    by_name = [one for one in halls if _is_called(one, understood.plain)]
    halls = [*by_name, *(one for one in halls if one not in by_name)]
    if Asked.SERVICES in asked or Asked.ADDRESS in asked:
        desks = await list_entries(turn.tx, DESKS.name, at=turn.now)
        named_ones = desks_asked(understood.plain, desks)
        if named_ones:
            return _tell_desks(turn, halls, named_ones)
    if not halls:
        return None
    hall = halls[0]
    blocks: list[Text | Card] = []
    if Asked.ACCESS in asked:
        blocks.append(access_words(hall, access_asked(understood.plain)))
    desks = await _desks(turn, hall) if Asked.SERVICES in asked else []
    blocks.append(hall_card(hall, desks, turn.street.organisation))
    return Message(
        blocks=tuple(blocks), choices=(*_reach(turn, hall), *_others(turn, halls[1:PAGE]))
    )


def _is_called(hall: Entry, plain: str) -> bool:
    return plain_key(hall.get("name", "")) in plain_key(plain)


def _tell_desks(turn: Turn, halls: Sequence[Entry], desks: Sequence[Entry]) -> Message | None:
    """Say where and when services are that a question names, one's own hall first."""
    by_hall = {one.id: one for one in halls}
    order = {one.id: place for place, one in enumerate(halls)}
    there = [one for one in desks if one.get("hall") in by_hall]
    if not there:
        return None
    there.sort(key=lambda one: order[one.get("hall")])
    lines = tuple(
        Line(named(str(by_hall[one.get("hall")].get("name"))), desk_words(one, hall))
        for one in there[:PAGE]
        for hall in (by_hall[one.get("hall")],)
    )
    first = by_hall[there[0].get("hall")]
    card = Card(title=named(str(there[0].get("service"))), lines=lines)
    nearest = [by_hall[which] for which in dict.fromkeys(one.get("hall") for one in there)]
    return Message(blocks=(card,), choices=(*_reach(turn, first), *_others(turn, nearest[:PAGE])))


# --- sorts of communities ------------------------------------------------------------------------


async def _tell_village_turned(turn: Turn) -> Message | None:
    """List the village-turned communities with their centres (requirement S-02)."""
    organisation = turn.street.organisation
    every = await list_entries(turn.tx, COMMUNITIES.name, at=turn.now)
    found = [one for one in every if is_village_turned(one) and organisation.is_active(one.unit)]
    if not found:
        return None
    halls = {one.id: one for one in await list_entries(turn.tx, HALLS.name, at=turn.now)}
    cards = tuple(
        Card(
            title=unit_called(one.unit, organisation),
            lines=community_lines(one, halls.get(one.get("centre"))),
        )
        for one in found[:PAGE]
    )
    centres = [halls[one.get("centre")] for one in found if one.get("centre") in halls]
    return Message(
        blocks=(text("halls.village_turned", count=len(found)), *cards),
        choices=_others(turn, centres[:PAGE]),
    )
