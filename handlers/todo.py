"""待办: everything one owes, of every feature, by deadline; or all that is owed in one's units."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from domain.access.checks import may
from domain.access.matters import MatterRight
from domain.errors import Stale
from domain.messages import Card, Choice, Message, Side, Text, Tone, action, rows, text
from domain.obligations import Obligation
from handlers.features import Entry, Feature, Menu, Verb
from handlers.turn import Turn, choice

_PAGE = 8
FILTERS: Mapping[str, Callable[[Obligation], bool]] = {
    "all": lambda _one: True,
    "overdue": lambda one: one.is_overdue,
    "urgent": lambda one: one.is_urgent,
    "waiting": lambda one: one.waits,
}
#: The list of everything in the units under one's posts, instead of one's own.
_GRID = "grid"


async def show_todo(turn: Turn, wanted: str = "all", page: str = "0", again: str = "") -> None:
    """List what one owes by deadline, by filter; or what is owed in the own units."""
    if wanted not in (*FILTERS, _GRID) or not page.isdecimal():
        raise Stale
    if wanted == _GRID:
        found = await _of_my_units(turn)
    else:
        mine = [one for each in turn.features.owes for one in await each.of_person(turn, _me(turn))]
        found = [one for one in mine if FILTERS[wanted](one)]
    title = text("staff.todo_title", filter=text(f"staff.filter_{wanted}"), count=len(found))
    listed = Listed(title, "todo.open", (wanted,), found, int(page))
    more = [
        choice(f"staff.filter_{name}", action("todo.open", name, 0, "in"))
        for name in _filters(turn)
        if name != wanted
    ]
    empty = text("staff.todo_empty" if wanted == "all" else "staff.todo_empty_filter")
    turn.reply(list_message(listed, more, empty, slot="todo", anew=not again))


def _me(turn: Turn) -> str:
    return turn.person.id


def _filters(turn: Turn) -> tuple[str, ...]:
    leads = any(
        may(turn.actor, MatterRight.OVERVIEW, turn.street.organisation, unit=post.unit)
        for post in turn.actor.posts
    )
    return (*FILTERS, _GRID) if leads else tuple(FILTERS)


async def _of_my_units(turn: Turn) -> list[Obligation]:
    return await owed_in(turn, {post.unit for post in turn.actor.posts})


async def owed_in(turn: Turn, units: Collection[str]) -> list[Obligation]:
    """List what anybody owes in units, as far as the one who is talking may know of it."""
    organisation = turn.street.organisation
    below = [*dict.fromkeys(code for unit in units for code in organisation.codes_under(unit))]
    return [
        one
        for each in turn.features.owes
        if each.of_units is not None
        for one in await each.of_units(turn, turn.actor, below)
    ]


# --- lists of what is owed -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of what is owed, one page of which is shown."""

    title: Text
    verb: str
    arguments: tuple[str, ...]
    owed: Sequence[Obligation]
    page: int


def list_message(
    listed: Listed, more: Sequence[Choice], empty: Text, *, slot: str, anew: bool
) -> Message:
    """Show a page of a list, with a button for each thing and ways to the other pages.

    Args:
        more: buttons that go after those.
        empty: what is said where there is nothing.
    """
    pages = max(1, -(-len(listed.owed) // _PAGE))
    page = min(listed.page, pages - 1)
    ordered = sorted(listed.owed, key=lambda one: one.order)
    shown = ordered[page * _PAGE : (page + 1) * _PAGE]
    opens = [Choice(label=one.label, action=one.action) for one in shown]
    turns = []
    if page > 0:
        turns.append(choice("staff.previous", _page_action(listed, page - 1)))
    if page < pages - 1:
        turns.append(choice("staff.next", _page_action(listed, page + 1)))
    late = any(one.is_overdue for one in shown)
    blocks: list[Text | Card] = [
        Card(
            title=listed.title,
            lines=tuple(one.line for one in shown),
            tone=Tone.OVERDUE if late else Tone.PLAIN,
        )
    ]
    if pages > 1:
        blocks.append(text("staff.page", page=page + 1, pages=pages))
    return Message(
        blocks=tuple(blocks) if shown else (listed.title, empty),
        choices=(
            *rows(opens),
            *((tuple(turns),) if turns else ()),
            *rows(more),
            (choice("staff.menu", "menu.open"),),
        ),
        slot=slot,
        anew=anew,
    )


def _page_action(listed: Listed, page: int) -> str:
    return action(listed.verb, *listed.arguments, page, "in")


FEATURE = Feature(
    name="todo",
    side=Side.STAFF,
    verbs=(
        Verb(
            "todo.open",
            show_todo,
            minimal=True,
            command="todo",
            listed=True,
            words=("待办", "todo"),
        ),
    ),
    entries=(Entry(Menu.WORK, "staff.todo", "todo.open", emphasis=True),),
)
