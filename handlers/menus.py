"""The menus of both sides, made of what features declare, and what belongs to nobody but them."""

from domain.emergencies import emergency_choices
from domain.human_route import phone_choice
from domain.messages import Choice, Message, Side, Text, rows, text
from domain.names import role_name, unit_name
from domain.organisation import Post
from domain.people import Language
from domain.public_pages import LOOKUP, NOTICES, REPORT
from handlers.entries import buttons, entry_button, has_right, shown_entries
from handlers.features import Entry, Feature, Menu, System, Verb
from handlers.forms.forms import form_named, resume
from handlers.turn import Turn, choice


def menu(turn: Turn) -> Message:
    """Give the main menu: what works, what one has a right to, and a human route."""
    if turn.is_staff:
        return _work_menu(turn)
    return _elder_menu(turn) if turn.person.elder else _main_menu(turn)


def _main_menu(turn: Turn) -> Message:
    """Give the four systems, as far as they are there, then 我的 and 帮助."""
    shown = list(shown_entries(turn, Menu.MAIN))
    own = [one for one in shown if one.system in (System.MINE, System.HELP)]
    systems = [entry_button(turn, one) for one in shown if one not in own]
    last = tuple(entry_button(turn, one) for one in own)
    return Message(blocks=(text("menu.what"),), choices=(*rows(systems), last))


def _elder_menu(turn: Turn) -> Message:
    """Few big buttons: say it, show it, or phone."""
    choices = [(entry_button(turn, one),) for one in shown_entries(turn, Menu.ELDER)]
    if turn.street.office.phone:
        choices.insert(-1, (phone_choice(turn.street.office.phone),))
    return Message(blocks=(text("menu.elder_what"),), choices=tuple(choices))


def _work_menu(turn: Turn) -> Message:
    posts = tuple(post_words(turn, post) for post in turn.actor.posts)
    hello = text("staff.hello", name=turn.person.name, posts=posts)
    shown = list(shown_entries(turn, Menu.WORK))
    first = tuple((entry_button(turn, one),) for one in shown if one.emphasis)
    rest = rows([entry_button(turn, one) for one in shown if not one.emphasis])
    return Message(blocks=(hello,), choices=(*first, *rest), commands=_commands(turn))


def _commands(turn: Turn) -> tuple[str, ...]:
    """List the commands of what one has a right to."""
    listed = turn.features.listed(turn.incoming.side)
    return tuple(one.command for one in listed if has_right(turn, one))


def other_language(turn: Turn) -> Choice:
    """Make the button that offers the language which is not spoken now, in its own words."""
    if turn.person.language is Language.ENGLISH:
        return choice("menu.chinese", "menu.language:zh")
    return choice("menu.english", "menu.language:en")


def post_words(turn: Turn, post: Post) -> Text:
    """Name a post by its unit and role."""
    unit = turn.street.organisation.units[post.unit]
    return text("names.post", unit=unit_name(unit), role=role_name(post.role))


# --- what everybody may press --------------------------------------------------------------------


async def show_menu(turn: Turn) -> None:
    """Show the menu; an unfinished form stays where it is and is offered again."""
    turn.reply(menu(turn))


async def show_help(turn: Turn) -> None:
    """Say what can be done here, and how to reach a person."""
    if turn.is_staff:
        report = Choice(label=text("menu.report"), link=REPORT)
        turn.say("staff.help_text", (report,), (choice("staff.menu", "menu.open"),))
        return
    ways: list[tuple[Choice, ...]] = []
    if turn.street.office.phone:
        ways.append((phone_choice(turn.street.office.phone),))
    ways.append(
        (
            Choice(label=text("menu.notices"), link=NOTICES),
            Choice(label=text("menu.lookup"), link=LOOKUP),
        )
    )
    ways.append((Choice(label=text("menu.report"), link=REPORT),))
    ways.append(tuple(buttons(turn, Menu.HELP)))
    turn.say("menu.help_text", *ways, *emergency_choices())


async def show_services(turn: Turn) -> None:
    """Show what there is besides a request: a page of buttons, and a human route."""
    found = buttons(turn, Menu.SERVICES)
    if not found:
        await show_menu(turn)
        return
    number = turn.street.office.phone
    ways = rows(found, 1 if turn.person.elder else 2)
    dial = ((phone_choice(number),),) if number else ()
    turn.say("menu.services_what", *ways, *dial, (choice("menu.open", "menu.open"),))


def _has_services(turn: Turn) -> bool:
    return bool(buttons(turn, Menu.SERVICES))


async def choose_language(turn: Turn, language: str = "") -> None:
    """Switch between Chinese and English; both are complete."""
    if language not in ("zh", "en"):
        turn.say(
            "menu.which_language",
            (
                choice("menu.chinese", "menu.language:zh"),
                choice("menu.english", "menu.language:en"),
            ),
        )
        return
    turn.update_person(language=Language.CHINESE if language == "zh" else Language.ENGLISH)
    turn.say("menu.language_set")
    form = form_named(turn, turn.draft.form) if turn.draft is not None else None
    if form is not None:
        await resume(turn, form)  # What was being said goes on, in the other language.
    else:
        turn.reply(menu(turn))


async def choose_elder(turn: Turn, switch: str = "") -> None:
    """Switch the mode with few big buttons on or off."""
    turn.update_person(elder=switch == "on")
    turn.say("menu.elder_is_on" if switch == "on" else "menu.elder_is_off")
    turn.reply(menu(turn))


def _elder_switch(turn: Turn) -> str:
    return "off" if turn.person.elder else "on"


_OPEN = Verb(
    "menu.open", show_menu, minimal=True, command="menu", listed=True, words=("菜单", "menu")
)
_LANGUAGE = Verb("menu.language", choose_language, minimal=True, command="language", listed=True)
_HELP = Verb(
    "menu.help", show_help, minimal=True, command="help", listed=True, words=("帮助", "help")
)

FEATURES = (
    Feature(
        name="menu",
        side=Side.RESIDENTS,
        verbs=(
            _OPEN,
            _LANGUAGE,
            _HELP,
            Verb("menu.elder", choose_elder, minimal=True),
            Verb(
                "menu.services",
                show_services,
                minimal=True,
                command="services",
                words=("便民服务", "服务", "services"),
            ),
        ),
        entries=(
            Entry(Menu.MAIN, "menu.help", "menu.help", system=System.HELP),
            Entry(Menu.ELDER, "menu.services", "menu.services", shown=_has_services),
            Entry(Menu.ELDER, "menu.elder_off", "menu.elder", "off"),
            Entry(Menu.MINE, "me.language", "menu.language"),
            Entry(
                Menu.MINE,
                lambda turn: f"menu.elder_{_elder_switch(turn)}",
                "menu.elder",
                _elder_switch,
            ),
            Entry(Menu.MINE, "menu.open", "menu.open"),
            Entry(Menu.HELP, "menu.services", "menu.services", shown=_has_services),
            Entry(Menu.HELP, "menu.open", "menu.open"),
        ),
    ),
    Feature(
        name="menu",
        side=Side.STAFF,
        verbs=(_OPEN, _LANGUAGE, _HELP),
        entries=(
            Entry(Menu.WORK, "staff.language", "menu.language"),
            Entry(Menu.WORK, "staff.help", "menu.help"),
        ),
    ),
)
