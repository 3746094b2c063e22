"""办事指南: a question in plain words gets the item in one answer; or one leafs through."""

from collections.abc import Sequence
from dataclasses import replace

from domain.errors import Stale
from domain.human_route import phone_choice
from domain.messages import Card, Choice, Line, Message, Side, Text, Value, action, rows, text
from domain.services.appointments import item_of
from domain.services.guide_search import Found
from domain.services.items import Item, answer
from domain.slots import Series
from handlers.features import Entry, Feature, Knows, Menu, Verb
from handlers.forms.forms import begin, new_draft
from handlers.matters.filing_steps import known_values
from handlers.matters.requests import FORM
from handlers.services.appointment_steps import SERIES, offered_series
from handlers.services.appointments import begin_with
from handlers.services.opening import begin_own
from handlers.turn import Turn, choice
from storage.drafts import Draft
from storage.services.guide import Guide, load_guide

NAME = "services"
#: How many items stand on a page of the list.
PAGE = 8
#: The same for whoever wants few taps: turning pages is one. Telegram takes a hundred buttons.
ELDER_PAGE = 60
#: More common questions than that are no help.
_MOST_QUESTIONS = 3


async def _guide(turn: Turn) -> Guide:
    return await load_guide(turn.tx, turn.street, turn.now)


def _units(turn: Turn) -> set[str]:
    """Give the street and one's own community; all communities where it is not known."""
    organisation = turn.street.organisation
    own = organisation.community_of(turn.person.grid) if turn.person.grid else None
    return {organisation.street.code} | (
        {own.code} if own else {one.code for one in organisation.communities}
    )


def _in_reach(turn: Turn, guide: Guide) -> list[Item]:
    """Choose the items of the street and of one's own community."""
    units = _units(turn)
    return [one for one in guide.index.items if guide.entries[one.code].unit in units]


# --- one item ------------------------------------------------------------------------------------


async def _answer(turn: Turn, guide: Guide, item: Item, also: Sequence[Item] = ()) -> Message:
    """Tell an item in one answer (一口清), with what can be done next."""
    inquiry = str(item.given("inquiry") or "")
    said = answer(item, _places(turn, guide, item), inquiry)
    card = Card(
        title=text("guide.card", name=item.name),
        lines=(*said, Line(text("guide.ways"), _ways(item))),
    )
    asked = [
        Choice(label=text("guide.asked", question=question), action=_asks(item, which))
        for which, (question, _) in enumerate(item.questions[:_MOST_QUESTIONS])
    ]
    others = [_open(one) for one in also]
    return Message(
        blocks=(card,),
        choices=(
            (choice("guide.file", action("services.file", item.code)),),
            *rows(await _other_ways(turn, guide, item), 1 if turn.person.elder else 2),
            *((phone_choice(number),) for number in inquiry.split("、")[:1] if number),
            *rows(asked, 1),
            *rows(others, 1),
        ),
    )


def _places(turn: Turn, guide: Guide, item: Item) -> list[Value]:
    """Say where it is done: in the own community and the street, or else elsewhere."""
    units, street = _units(turn), turn.street.organisation.street.code
    desks = [guide.entries[which] for which in item.halls]
    near = [one for one in desks if one.unit in units] or desks
    found: list[Value] = []
    for desk in sorted(near, key=lambda one: one.unit == street):
        hall = guide.entries[str(desk.get("hall"))]
        found.append(
            text(
                "guide.at",
                hall=hall.get("name"),
                address=hall.get("address"),
                where=desk.get("where"),
                hours=desk.get("hours") or hall.get("hours"),
            )
        )
    return found


def _ways(item: Item) -> Text:
    """Say what can be done from home, and for which step one has to come, and why (S-15)."""
    visits = int(item.given("visits") or 0)
    if not visits:
        return text("guide.from_home")
    steps = tuple(text("guide.step", step=step, reason=reason) for step, reason in item.presence)
    return text("guide.visits", count=visits, steps=steps)


async def _other_ways(turn: Turn, guide: Guide, item: Item) -> list[Choice]:
    """Offer a time at a hall, where some can be booked for it, and somebody who does it."""
    ways = [
        choice("guide.agency", action("services.agency_item", item.code)),
        choice("home.from_item", action("services.home_item", item.code)),
    ]
    if await _times_for(turn, guide, item) is not None:
        ways.insert(0, choice("guide.book_time", action("services.book_item", item.code)))
    return ways


async def _times_for(turn: Turn, guide: Guide, item: Item) -> Series | None:
    """Find what can be booked for an item, the nearest hall first.

    Times bear the words of whoever opened them: they are meant where these words lead to the item.
    """
    for series in await offered_series(turn):
        called = item_of(series)
        if called == item.name or item in guide.index.search(called).items:
            return series
    return None


async def book_item(turn: Turn, which: str) -> None:
    """Begin to book a time for an item."""
    guide = await _guide(turn)
    item = guide.find(which)
    series = await _times_for(turn, guide, item) if item is not None else None
    if series is None:
        raise Stale
    await begin_with(turn, {SERIES: series.id})


async def order_item(turn: Turn, which: str) -> None:
    """Begin to ask for somebody who does it in full."""
    item = (await _guide(turn)).find(which)
    if item is None:
        raise Stale
    await begin_own(turn, item.name)


def _open(item: Item) -> Choice:
    return Choice(
        label=text("guide.open", name=item.name), action=action("services.item", item.code)
    )


def _asks(item: Item, which: int) -> str:
    return action("services.asked", item.code, str(which))


async def show_item(turn: Turn, which: str) -> None:
    """Tell an item in one answer."""
    guide = await _guide(turn)
    item = guide.find(which)
    if item is None:
        raise Stale
    turn.reply(_with_menu(turn, await _answer(turn, guide, item)))


async def answer_asked(turn: Turn, which: str, place: str) -> None:
    """Answer a common question of an item."""
    guide = await _guide(turn)
    item = guide.find(which)
    if item is None or not place.isdecimal() or int(place) >= len(item.questions):
        raise Stale
    question, said = item.questions[int(place)]
    turn.say("guide.answered", (_open(item),), question=question, answer=said)


def _with_menu(turn: Turn, message: Message) -> Message:
    ways = [choice("guide.list", "services.guide"), choice("menu.open", "menu.open")]
    return replace(message, choices=(*message.choices, *rows(ways, 1 if turn.person.elder else 2)))


async def file_item(turn: Turn, which: str) -> None:
    """Begin a request for an item, filled as far as it is known."""
    item = (await _guide(turn)).find(which)
    if item is None:
        raise Stale
    words = item.name
    draft = new_draft(turn, FORM, {"text": words, **known_values(turn)}, {"quick": True})
    filled = FORM.guess(turn, draft, words) if FORM.guess else draft
    await begin(turn, FORM, values=filled.values, quick=True)


# --- what people ask -----------------------------------------------------------------------------


async def _tell(turn: Turn, words: str) -> Message | None:
    guide = await _guide(turn)
    found = _found(turn, guide, words)
    if not found.items:
        return None
    if found.is_clear:
        return await _answer(turn, guide, found.items[0], found.items[1:])
    return Message(
        blocks=(text("guide.which"),), choices=tuple(rows([_open(one) for one in found.items], 1))
    )


def _found(turn: Turn, guide: Guide, words: str) -> Found:
    """Search what is in reach: another community's item of the same name raises no doubt."""
    return guide.index.search(words, {one.code for one in _in_reach(turn, guide)})


async def _is_meant(turn: Turn, words: str) -> bool:
    return await _clearly(turn, words) is not None


async def _clearly(turn: Turn, words: str) -> Item | None:
    """Find the one item that words are clearly about."""
    found = _found(turn, await _guide(turn), words)
    return found.items[0] if found.is_clear else None


async def _beside(turn: Turn, draft: Draft) -> Sequence[Choice]:
    """Offer the item that a request is clearly about, beside filing it."""
    words = draft.values.get("text")
    item = await _clearly(turn, words) if isinstance(words, str) else None
    if item is None:
        return ()
    return [choice("guide.how", action("services.item", item.code), name=item.name)]


# --- the list ------------------------------------------------------------------------------------


async def show_guide(turn: Turn, page: str = "0") -> None:
    """List the items, page by page; how many there are is the guide's own count (S-14)."""
    if not page.isdecimal() or len(page) > 4:
        raise Stale
    guide = await _guide(turn)
    items = sorted(_in_reach(turn, guide), key=lambda one: one.name)
    size = ELDER_PAGE if turn.person.elder else PAGE
    pages = max(1, -(-len(items) // size))
    at = min(int(page), pages - 1)
    turns = [
        choice(f"guide.{which}", action("services.guide", str(to)))
        for which, to in (("before", at - 1), ("after", at + 1))
        if 0 <= to < pages
    ]
    said = text("guide.count" if items else "guide.empty", count=len(items))
    turn.reply(
        Message(
            blocks=(said,),
            choices=(
                *rows([_open(one) for one in items[at * size : (at + 1) * size]], 1),
                *rows(turns, 2),
                (choice("enquiries.ask_window", "enquiries.ask"), choice("menu.open", "menu.open")),
            ),
            slot="guide",
            anew=page == "0",
        )
    )


FEATURE = Feature(
    name=NAME,
    side=Side.RESIDENTS,
    switchable=True,
    verbs=(
        Verb(
            "services.guide",
            show_guide,
            minimal=True,
            command="guide",
            listed=True,
            words=("办事指南", "指南", "guide"),
        ),
        Verb("services.item", show_item, minimal=True),
        Verb("services.asked", answer_asked, minimal=True),
        Verb("services.file", file_item, begins=True),
        Verb("services.book_item", book_item, begins=True),
        Verb("services.agency_item", order_item, begins=True),
    ),
    entries=(Entry(Menu.SERVICES, "guide.list", "services.guide"),),
    knows=Knows(_tell, is_meant=_is_meant),
    beside={FORM.name: _beside},
)
