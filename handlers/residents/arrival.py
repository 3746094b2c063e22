"""A resident arrives: by a QR code, by ``/start`` or by opening the page."""

from domain.messages import Choice, Message, Side, text
from domain.names import unit_name
from domain.residents.grid_worker import who_to_ask
from domain.words.lexicon import Guess
from domain.words.understanding import Understanding
from handlers.features import Entry, Feature, Menu, Reading, Verb
from handlers.forms.forms import form_named
from handlers.forms.screens import unfinished
from handlers.menus import menu, other_language, show_help
from handlers.privacy_notice import is_below, needs_notice, notice, notice_text, short_notice
from handlers.turn import Turn, choice

#: A QR code of a grid carries ``g-`` and the grid's code.
GRID_CODE = "g-"


async def arrive(turn: Turn, payload: str) -> None:
    """Greet: the privacy notice before anything is asked, then the menu.

    Whoever brings words along is answered on those: nobody's fire stands below a greeting.
    """
    if payload.startswith(GRID_CODE):
        _remember_grid(turn, payload.removeprefix(GRID_CODE))
    if turn.incoming.says_more:
        return
    greet(turn)
    if turn.draft is not None and (form := form_named(turn, turn.draft.form)) is not None:
        turn.reply(unfinished(form, turn.draft))


def _remember_grid(turn: Turn, code: str) -> None:
    if turn.street.organisation.is_grid_in_use(code):
        turn.update_person(grid=code)


def greet(turn: Turn) -> None:
    """Say who this is and, the first time or when it changed, the privacy notice."""
    street = turn.street
    unit = street.organisation.street
    blocks = [text("menu.welcome", street=unit_name(unit))]
    if street.organisation.is_grid_in_use(turn.person.grid):
        grid = str(turn.person.grid)
        blocks.append(text("menu.your_grid", grid=street.place_name(grid)))
        if who := who_to_ask(street, grid, turn.now):
            blocks.append(who)
    more: tuple[Choice, ...] = ()
    if needs_notice(turn):
        said = notice(turn)
        if is_below(turn):  # The page has said it: in two lines, with the way to all of it.
            said, more = short_notice(turn), (choice("menu.privacy", "residents.privacy"),)
        blocks.append(said)
    shown = menu(turn)
    languages = (other_language(turn), choice("menu.elder_on", "menu.elder:on"))
    others = () if turn.person.elder else languages
    choices = (*shown.choices, *(row for row in ((*more, *others),) if row))
    turn.reply(Message(blocks=(*blocks, *shown.blocks), choices=choices))


async def show_privacy(turn: Turn) -> None:
    """Say the privacy notice again."""
    rows = ((choice("menu.my_data", "residents.data"), choice("menu.open", "menu.open")),)
    turn.reply(Message(blocks=(notice_text(turn),), choices=rows))


async def _greet_back(turn: Turn, _understood: Understanding) -> None:
    greet(turn)


async def _help_out(turn: Turn, _understood: Understanding) -> None:
    await show_help(turn)


FEATURE = Feature(
    name="residents",
    side=Side.RESIDENTS,
    verbs=(Verb("residents.privacy", show_privacy, minimal=True, command="privacy"),),
    entries=(
        Entry(Menu.MINE, "menu.privacy", "residents.privacy"),
        Entry(Menu.HELP, "menu.privacy", "residents.privacy"),
    ),
    readings=(
        Reading(Guess.GREETING, answer=_greet_back),
        Reading(Guess.HELP, answer=_help_out),
    ),
    starts={"": arrive},
)
