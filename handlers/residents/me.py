"""我的: one page that leads to my cases, my grid, my data and my accounts."""

from domain.errors import Refused
from domain.messages import Card, Line, Message, Side, Value, rows, text
from domain.places.points import Point
from handlers.accounts import channel_names
from handlers.features import Feature
from handlers.forms.forms import begin
from handlers.forms.steps import Form, Place
from handlers.matters.filing import COMMUNITY_STEP, GRID_STEP
from handlers.residents.linking import COMEBACK, come_back, typed_code
from handlers.turn import Turn, choice
from storage.drafts import Draft
from storage.people import list_accounts

__all__ = ["COMEBACK", "FEATURE", "come_back", "set_grid_by_place", "typed_code"]


async def show_me(turn: Turn) -> None:
    """Show who I am here and everything that is mine."""
    person = turn.person
    owned = (await list_accounts(turn.tx, [person.id])).get(person.id) or [turn.account]
    summary = "off" if person.weekly_summary else "on"
    notices = "off" if person.notices else "on"
    elder = "off" if person.elder else "on"
    buttons = [
        choice("matters.my_cases", "mine", emphasis=True),
        choice("me.my_data", "mydata"),
        choice("me.my_grid", "grid"),
        choice("me.link", "link"),
        choice("me.recovery", "recovery"),
        choice("me.device", "newdevice"),
        choice(f"me.summary_{summary}", f"summary:{summary}"),
        choice(f"me.notices_{notices}", f"notices:{notices}"),
        choice("me.language", "language"),
        choice(f"menu.elder_{elder}", f"elder:{elder}"),
        choice("menu.privacy", "privacy"),
        choice("menu.open", "menu"),
    ]
    card = Card(
        title=text("me.title"),
        lines=(
            Line(text("me.grid"), grid_name(turn) or text("me.none")),
            Line(text("me.accounts"), channel_names(owned)),
        ),
    )
    turn.reply(Message(blocks=(card,), choices=rows(buttons, 1 if person.elder else 2)))


def grid_name(turn: Turn) -> Value:
    """Name the grid of whoever is talking; empty for none."""
    grid = turn.person.grid
    known = grid is not None and grid in turn.street.organisation.units
    return turn.street.place_name(grid) if grid and known else ""


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
    turn.say(
        "me.grid_set",
        (choice("me.change_grid", "grid"), choice("menu.open", "menu")),
        grid=turn.street.place_name(grid),
    )


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
    side=Side.RESIDENTS,
    verbs={"me": show_me, "grid": begin_grid},
    commands={"me": show_me},
    forms=(GRID,),
)
