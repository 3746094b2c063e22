"""A resident arrives: by a QR code, by ``/start`` or by opening the page; the menu and help."""

from domain.matters.alarms import emergency_choices
from domain.messages import Channel, Choice, Message, Side, Text, text
from domain.names import named
from domain.organisation import UnitKind
from domain.people import Consent, Language, Purpose
from domain.public_pages import LOOKUP, NOTICES, REPORT
from handlers.features import Feature
from handlers.turn import Turn, choice, phone_choice

#: A QR code of a grid carries ``g-`` and the grid's code.
GRID_CODE = "g-"


def menu(turn: Turn) -> Message:
    """Give the main menu: what works, and a human route."""
    if turn.person.elder:
        return _elder_menu(turn)
    return Message(
        blocks=(text("menu.what"),),
        choices=(
            (choice("menu.opinion", "opinion"), choice("menu.service", "service")),
            (choice("menu.dispute", "dispute"),),
            (choice("menu.mine", "me"), choice("menu.help", "help")),
        ),
    )


def _elder_menu(turn: Turn) -> Message:
    """Few big buttons: say it, show it, or phone."""
    rows: list[tuple[Choice, ...]] = [
        (choice("menu.elder_tell", "tell", emphasis=True),),
        (choice("menu.mine", "mine"),),
    ]
    if turn.street.office.phone:
        rows.append((phone_choice(turn.street.office.phone),))
    rows.append((choice("menu.elder_off", "elder:off"),))
    return Message(blocks=(text("menu.elder_what"),), choices=tuple(rows))


async def show_menu(turn: Turn) -> None:
    """Show the menu; an unfinished form stays where it is and is offered again."""
    turn.reply(menu(turn))


async def arrive(turn: Turn, payload: str) -> None:
    """Greet: the privacy notice before anything is asked, then the menu.

    Whoever brings words along is answered on those: nobody's fire stands below a greeting.
    """
    if payload.startswith(GRID_CODE):
        _remember_grid(turn, payload.removeprefix(GRID_CODE))
    if not turn.incoming.says_more:
        greet(turn)


def _remember_grid(turn: Turn, code: str) -> None:
    unit = turn.street.organisation.units.get(code)
    if unit is not None and unit.kind is UnitKind.GRID and unit.active:
        turn.update_person(grid=code)


def greet(turn: Turn) -> None:
    """Say who this is and, the first time or when it changed, the privacy notice."""
    street = turn.street
    unit = street.organisation.street
    blocks = [text("menu.welcome", street=named(unit.name, unit.name_en))]
    if turn.person.grid in street.organisation.units:
        blocks.append(text("menu.your_grid", grid=street.place_name(str(turn.person.grid))))
    if needs_notice(turn):
        blocks.append(notice(turn))
    shown = menu(turn)
    languages = (choice("menu.english", "language:en"), choice("menu.elder_on", "elder:on"))
    choices = shown.choices if turn.person.elder else (*shown.choices, languages)
    turn.reply(Message(blocks=(*blocks, *shown.blocks), choices=choices))


def needs_notice(turn: Turn) -> bool:
    """Tell whether this person has not seen the present privacy notice yet."""
    return turn.person.noticed < turn.street.office.notice_version


def notice(turn: Turn) -> Text:
    """Give the short privacy notice and note that it was shown (PIPL 17)."""
    version = turn.street.office.notice_version
    turn.update_person(noticed=version)
    turn.changes.save(
        Consent(
            person=turn.person.id,
            purpose=Purpose.NOTICE,
            notice=version,
            given_at=turn.now,
        )
    )
    return _notice_text(turn)


def _notice_text(turn: Turn) -> Text:
    """Say who keeps what, why, where and for how long."""
    key = "menu.notice_telegram" if turn.account.channel is Channel.TELEGRAM else "menu.notice"
    office = turn.street.office
    unit = turn.street.organisation.street
    return text(
        key,
        street=named(unit.name, unit.name_en),
        kept=office.retention,
        drafts=office.draft_life,
    )


async def show_help(turn: Turn) -> None:
    """Say what can be done here, and how to reach a person."""
    rows: list[tuple[Choice, ...]] = []
    if turn.street.office.phone:
        rows.append((phone_choice(turn.street.office.phone),))
    rows.append(
        (
            Choice(label=text("menu.notices"), link=NOTICES),
            Choice(label=text("menu.lookup"), link=LOOKUP),
        )
    )
    rows.append((Choice(label=text("menu.report"), link=REPORT),))
    rows.append((choice("menu.privacy", "privacy"), choice("menu.open", "menu")))
    turn.say("menu.help_text", *rows, *emergency_choices())


async def show_privacy(turn: Turn) -> None:
    """Say the privacy notice again."""
    rows = ((choice("menu.my_data", "mydata"), choice("menu.open", "menu")),)
    turn.reply(Message(blocks=(_notice_text(turn),), choices=rows))


async def choose_language(turn: Turn, language: str = "") -> None:
    """Switch between Chinese and English; both are complete."""
    if language not in ("zh", "en"):
        turn.say(
            "menu.which_language",
            (choice("menu.chinese", "language:zh"), choice("menu.english", "language:en")),
        )
        return
    turn.update_person(language=Language.CHINESE if language == "zh" else Language.ENGLISH)
    turn.say("menu.language_set")
    turn.reply(menu(turn))


async def choose_elder(turn: Turn, switch: str = "") -> None:
    """Switch the mode with few big buttons on or off."""
    turn.update_person(elder=switch == "on")
    turn.say("menu.elder_is_on" if switch == "on" else "menu.elder_is_off")
    turn.reply(menu(turn))


FEATURE = Feature(
    side=Side.RESIDENTS,
    verbs={
        "menu": show_menu,
        "help": show_help,
        "privacy": show_privacy,
        "language": choose_language,
        "elder": choose_elder,
    },
    commands={
        "menu": show_menu,
        "help": show_help,
        "privacy": show_privacy,
        "language": choose_language,
    },
)
