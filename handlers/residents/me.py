"""我的: one page that leads to my cases, my grid, my data and my accounts."""

from domain.errors import Refused
from domain.messages import Card, Line, Message, Side, Value, rows, text
from domain.places.points import Point
from domain.residents.grid_worker import who_to_ask
from handlers.accounts import channel_names
from handlers.entries import buttons
from handlers.features import Entry, Feature, Menu, System, Verb
from handlers.forms.forms import begin
from handlers.forms.steps import Form, Place
from handlers.matters.filing_steps import COMMUNITY_STEP, GRID_STEP
from handlers.matters.own_cases import own_row
from handlers.turn import Turn, choice
from storage.drafts import Draft
from storage.matters.queries import list_reported
from storage.people import list_accounts

#: Of how many cases the page of one's own says how they stand; the others are in their list.
_NEWEST = 4


async def show_me(turn: Turn) -> None:
    """Show my cases, who I am here and everything that is mine."""
    person = turn.person
    mine = await list_reported(turn.tx, person.id, _NEWEST)
    owned = (await list_accounts(turn.tx, [person.id])).get(person.id) or [turn.account]
    card = Card(
        title=text("me.title"),
        lines=(
            Line(text("me.grid"), grid_name(turn) or text("me.none")),
            Line(text("me.accounts"), channel_names(owned)),
        ),
    )
    turn.reply(
        Message(
            blocks=(card,),
            choices=(
                *((own_row(turn, one),) for one in mine),
                *rows(buttons(turn, Menu.MINE), 1 if person.elder else 2),
            ),
        )
    )


def grid_name(turn: Turn) -> Value:
    """Name the grid of whoever is talking; empty for none."""
    grid = turn.person.grid
    return turn.street.place_name(grid) if grid and _is_in_use(turn, grid) else ""


def _is_in_use(turn: Turn, grid: str) -> bool:
    return turn.street.organisation.is_grid_in_use(grid)


# --- my grid -------------------------------------------------------------------------------------


async def begin_grid(turn: Turn) -> None:
    """Ask for my grid: by community and grid, or by a location."""
    await begin(turn, GRID)


async def set_grid_by_place(turn: Turn, point: Point) -> None:
    """Take a location that was shared without a question as the place where I live.

    Raises:
        Refused: it lies outside the street.
    """
    grids = turn.street.grids_at(point)
    if not grids:
        raise Refused("place_outside")
    if len(grids) == 1:
        _set_grid(turn, grids[0])
        return
    await begin(turn, GRID, context={"grids": list(grids)})


async def _submit_grid(turn: Turn, draft: Draft) -> None:
    _set_grid(turn, str(draft.values["grid"]))


def _set_grid(turn: Turn, grid: str) -> None:
    turn.update_person(grid=grid)
    who = who_to_ask(turn.street, grid, turn.now)
    said = text("me.grid_set", grid=turn.street.place_name(grid))
    ways = (choice("me.change_grid", "residents.grid"), choice("menu.open", "menu.open"))
    turn.reply(Message(blocks=(said, *((who,) if who else ())), choices=(ways,)))


GRID = Form(
    name="my_grid",
    version=1,
    title="me.my_grid",
    steps=(
        # A location answers both questions; nobody is asked for it.
        Place(name="place", question="filing.ask_place", label="filing.place", asked=False),
        COMMUNITY_STEP,
        GRID_STEP,
    ),
    submit=_submit_grid,
    review=False,
)

FEATURE = Feature(
    name="residents",
    side=Side.RESIDENTS,
    verbs=(
        Verb(
            "residents.me",
            show_me,
            minimal=True,
            command="me",
            listed=True,
            words=("我的", "mine"),
        ),
        Verb("residents.grid", begin_grid, begins=True),
    ),
    forms=(GRID,),
    entries=(
        Entry(Menu.MAIN, "menu.mine", "residents.me", system=System.MINE),
        Entry(Menu.MINE, "me.my_grid", "residents.grid"),
    ),
    place=set_grid_by_place,
)
