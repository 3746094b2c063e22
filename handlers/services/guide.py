"""办事指南: a question in plain words gets the item in one answer; or one leafs through."""

from collections.abc import Sequence
from dataclasses import replace

from domain.errors import Stale
from domain.messages import Card, Choice, Line, Message, Side, Text, Value, action, rows, text
from domain.services.halls import HALLS_NAME
from domain.services.items import Item, answer
from handlers.features import Entry, Feature, Knows, Menu, Verb
from handlers.forms.forms import begin, new_draft
from handlers.matters.filing_steps import known_values
from handlers.matters.requests import FORM
from handlers.turn import Turn, choice, phone_choice
from storage.drafts import Draft
from storage.services.guide import Guide, load_guide

NAME = "services"
#: How many items stand on a page of the list.
PAGE = 8
#: More common questions than that are no help.
_MOST_QUESTIONS = 3


async def _guide(turn: Turn) -> Guide:
    return await load_guide(turn.tx, turn.street, turn.now)


def _in_reach(turn: Turn, guide: Guide, items: Sequence[Item]) -> list[Item]:
    """Choose the items of the street and of one's own community."""
    organisation = turn.street.organisation
    own = organisation.community_of(turn.person.grid) if turn.person.grid else None
    units = {organisation.street.code} | (
        {own.code} if own else {one.code for one in organisation.communities}
    )
    return [one for one in items if guide.entries[one.code].unit in units]


# --- one item ------------------------------------------------------------------------------------


def _answer(turn: Turn, guide: Guide, item: Item, also: Sequence[Item] = ()) -> Message:
    """Tell an item in one answer (一口清), with what can be done next."""
    inquiry = str(item.given("inquiry") or "")
    card = Card(
        title=text("guide.card", name=item.name),
        lines=(*answer(item, _places(guide, item), inquiry), Line(text("guide.ways"), _ways(item))),
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
            (choice("home.from_item", action("services.home_item", item.code)),),
            *((phone_choice(number),) for number in inquiry.split("、")[:1] if number),
            *rows(asked, 1),
            *rows(others, 1),
        ),
    )


def _places(guide: Guide, item: Item) -> list[Value]:
    found: list[Value] = []
    for which in item.halls:
        desk = guide.entries[which]
        hall = guide.entries.get(str(desk.get("hall")))
        if hall is None or hall.register != HALLS_NAME:
            continue
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
    turn.reply(_with_menu(turn, _answer(turn, guide, item)))


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
    found = guide.index.search(words)
    items = _in_reach(turn, guide, found.items)
    if not items:
        return None
    if found.is_clear and items[0] == found.items[0]:
        return _answer(turn, guide, items[0], items[1:])
    return Message(
        blocks=(text("guide.which"),), choices=tuple(rows([_open(one) for one in items], 1))
    )


async def _is_meant(turn: Turn, words: str) -> bool:
    return await _clearly(turn, words) is not None


async def _clearly(turn: Turn, words: str) -> Item | None:
    """Find the one item that words are clearly about."""
    guide = await _guide(turn)
    found = guide.index.search(words)
    items = _in_reach(turn, guide, found.items[:1])
    return items[0] if found.is_clear and items else None


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
    items = sorted(_in_reach(turn, guide, guide.index.items), key=lambda one: one.name)
    pages = max(1, -(-len(items) // PAGE))
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
                *rows([_open(one) for one in items[at * PAGE : (at + 1) * PAGE]], 1),
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
    ),
    entries=(Entry(Menu.SERVICES, "guide.list", "services.guide"),),
    knows=Knows(_tell, is_meant=_is_meant),
    beside={FORM.name: _beside},
)
