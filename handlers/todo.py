"""待办: everything one owes, of every feature, by deadline; or all that is owed in one's units."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from domain.access.checks import may
from domain.access.matters import MatterRight
from domain.errors import Stale
from domain.messages import Choice, Message, Side, Text, action, rows, text
from domain.obligations import Obligation
from handlers.features import Entry, Feature, Menu, Verb
from handlers.turn import Turn, choice

_PAGE = 8
#: The list of everything that one owes.
ALL = "all"
FILTERS: Mapping[str, Callable[[Obligation], bool]] = {
    ALL: lambda _one: True,
    "overdue": lambda one: one.is_overdue,
    "urgent": lambda one: one.is_urgent,
    "waiting": lambda one: one.waits,
}
#: The list of everything in the units under one's posts, instead of one's own.
_GRID = "grid"


async def show_todo(turn: Turn, wanted: str = "all", page: str = "0", again: str = "") -> None:
    """List what one owes by deadline, by filter; or what is owed in the own units."""
    turn.reply(replace(await todo_list(turn, wanted, page), anew=not again))


async def todo_list(turn: Turn, wanted: str, page: str) -> Message:
    """Give a page of a list of what is owed; nothing is changed or said.

    Raises:
        Stale: there is no such list.
    """
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
    return list_message(listed, more, empty, slot="todo", anew=False)


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
    """Show a page of a list, each line of which is a button, and ways to the other pages.

    Args:
        more: buttons that go after those.
        empty: what is said where there is nothing.
    """
    pages = max(1, -(-len(listed.owed) // _PAGE))
    page = min(listed.page, pages - 1)
    ordered = sorted(listed.owed, key=lambda one: one.order)
    shown = ordered[page * _PAGE : (page + 1) * _PAGE]
    turns = []
    if page > 0:
        turns.append(choice("staff.previous", _page_action(listed, page - 1)))
    if page < pages - 1:
        turns.append(choice("staff.next", _page_action(listed, page + 1)))
    blocks = [listed.title]
    if pages > 1:
        blocks.append(text("staff.page", page=page + 1, pages=pages))
    return Message(
        blocks=tuple(blocks) if shown else (listed.title, empty),
        choices=(
            *((one.row,) for one in shown),
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
