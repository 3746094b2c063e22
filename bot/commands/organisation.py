"""Who is who: import, units, invitations, posters."""

import asyncio
import json
from collections.abc import (
    Sequence,
)
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from bot.commands.console import (
    MISUSED,
    console_language,
    counted,
    ensure_new,
    ensure_street,
    in_tree_order,
    load_settings,
    local_time,
    moment_in,
    open_database,
    perform,
    refuse,
    say,
    spoken_language,
    tell,
    unit_named,
)
from bot.configuration.settings import (
    Settings,
)
from bot.words.wording import wording_for
from domain.messages import text
from domain.names import role_name
from domain.people import Language

if TYPE_CHECKING:
    from bot.workbooks.organisation_file import OrganisationFile
    from bot.workbooks.reading import WorkbookError
    from bot.workbooks.switched_off import Emptied
    from domain.messages import Text
    from domain.organisation import Organisation, Seat, Unit
    from domain.street import Street

commands = typer.Typer()


@commands.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="The office's Excel file.")],
    check: Annotated[bool, typer.Option("--check", help="Only look, change nothing.")] = False,
    template: Annotated[
        bool, typer.Option("--template", help="Write an empty template to FILE instead.")
    ] = False,
    invitations: Annotated[
        Path | None,
        typer.Option(help="A CSV file to write, with an invitation for each post to be filled."),
    ] = None,
) -> None:
    """Take over an office's units, posts, duty roster and catalogue from its Excel file."""
    from bot.workbooks.organisation_file import read_workbook
    from bot.workbooks.reading import WorkbookError

    if template:
        _write_template(file)
        return
    try:
        given = read_workbook(file)
        _tell_hidden(given)
        if check:
            say(_summary(given))
            _say_examples(given)
            return
        perform(_import(load_settings(), given, invitations))
    except WorkbookError as error:
        _refuse_workbook(file, error)


def _write_template(file: Path) -> None:
    from bot.workbooks.organisation_template import template

    ensure_new(file)
    template(file, wording_for(console_language()))
    say(f"{file}")


def _tell_hidden(given: "OrganisationFile") -> None:
    """Say what was read although whoever opens the file does not see it."""
    wording = wording_for(console_language())
    for one in given.hidden:
        say(one.sentence(wording))


def _refuse_workbook(file: Path, error: "WorkbookError") -> NoReturn:
    wording = wording_for(console_language())
    lines = [problem.sentence(wording) for problem in error.problems]
    refuse(*lines, f"{file}: {counted(len(lines), 'mistake')}; nothing was changed")


def _summary(given: "OrganisationFile") -> str:
    from domain.organisation import UnitKind

    counts = {kind: sum(unit.kind is kind for unit in given.units) for kind in UnitKind}
    return (
        f"{given.units[0].name}: "
        f"{counted(counts[UnitKind.COMMUNITY], 'community', 'communities')}, "
        f"{counted(counts[UnitKind.GRID], 'grid')}, {counted(len(given.appointments), 'post')}, "
        f"{counted(len(given.duty), 'shift')}, "
        f"{counted(len(given.categories.listed), 'category', 'categories')}"
    )


async def _import(settings: Settings, given: "OrganisationFile", invitations: Path | None) -> None:
    from bot.configuration.street_source import StreetSource
    from bot.operations.databases import opened
    from bot.workbooks.invitation_list import write_invitations
    from bot.workbooks.organisation_import import Invited, invite, take_over
    from bot.workbooks.switched_off import empty_desks
    from domain.organisation import Seat

    if settings.demo:
        refuse("The demonstration has a street of its own: run `linli init` first", code=MISUSED)
    async with opened(settings) as database, database.write() as tx:
        now = await moment_in(tx)
        done = await take_over(tx, given, now)
        street = await StreetSource(settings).current(tx, now)
        emptied = await empty_desks(tx, street, now)
        codes: list[str] = []
        if invitations is not None:
            wanted = [
                Invited(Seat(one.unit, one.role), one.member.name, one.member.phone)
                for one in done.to_join
            ]
            codes = await invite(tx, wanted, now)
            language = console_language()
            write_invitations(
                invitations, street, settings.public_url, wanted, codes, now, language
            )
    say(_summary(given))
    _say_examples(given)
    say(f"New: {_listed(done.added)}; changed: {_listed(done.changed)}")
    for one in emptied:
        say(_where_they_go(street, one))
    if done.unnamed:
        say(f"Not in the file, left as they are: {_listed(done.unnamed)}")
    if done.waiting_shifts:
        waiting = counted(done.waiting_shifts, "shift")
        say(f"Kept for people who have not joined: {waiting}; each begins to count when they do")
    if codes:
        many = counted(len(codes), "invitation")
        say(f"{many}: {invitations} (valid for 7 days; hand them out singly)")
    elif done.to_join:
        many = counted(len(done.to_join), "post")
        say(f"Without a holder: {many}; import with --invitations FILE, or linli invite")


def _say_examples(given: "OrganisationFile") -> None:
    """Say what was read of example sentences, and what is to be done that they are learnt."""
    from domain.words.supplement import LEAST_EXAMPLES

    enough, few = [], []
    for one in given.categories.listed:
        if len(one.examples) >= LEAST_EXAMPLES:
            enough.append(f"{one.code} ({len(one.examples)})")
        elif one.examples:
            few.append(f"{one.code} has {len(one.examples)}")
    if enough:
        say(f"Examples of {', '.join(enough)}: run linli train, and they are learnt")
    if few:
        said = f"not learnt before there are {LEAST_EXAMPLES} of a category"
        say(f"Too few examples, {said}: {', '.join(few)}")


def _where_they_go(street: "Street", one: "Emptied") -> str:
    """Say how many open cases a switched-off unit has, and who has them now."""
    chinese = wording_for(Language.CHINESE)
    organisation = street.organisation
    role = chinese.text(role_name(one.to.seat.role))
    post = f"{organisation.units[one.to.seat.unit].name} {role}"
    person = street.staff_name(one.to.person)
    whose = f"{post}{f' ({person})' if person else ', a post that nobody holds yet'}"
    many = counted(one.cases, "open case")
    if not one.moved:
        return f"{one.unit} is switched off; its {many} stay with {whose}"
    return f"{one.unit} is switched off; its {many}: {one.moved} went to {whose}"


def _listed(codes: Sequence[str]) -> str:
    return ", ".join(codes) or "none"


def _staff_link(settings: Settings, code: str) -> str:
    from bot.workbooks.invitation_list import staff_link

    return staff_link(settings.public_url, code)


@commands.command()
def units(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """List the units of the street with their codes."""
    organisation = perform(_organisation(load_settings()))
    rows = in_tree_order(organisation)
    if as_json:
        say(json.dumps([_unit_json(unit) for unit in rows], ensure_ascii=False, indent=1))
        return
    if not rows:
        refuse("There is no street yet: linli import FILE.xlsx")
    for unit in rows:
        away = "" if unit.active else "  (not active)"
        say(f"{unit.code:<20} {unit.kind:<10} {unit.name}{away}")


async def _organisation(settings: Settings) -> "Organisation":
    from storage import organisation

    async with open_database(settings) as database, database.read() as tx:
        return await organisation.load(tx)


def _unit_json(unit: "Unit") -> dict[str, Any]:
    return {
        "code": unit.code,
        "kind": unit.kind,
        "parent": unit.parent,
        "name": unit.name,
        "name_en": unit.name_en,
        "active": unit.active,
    }


@commands.command()
def invite(
    role: Annotated[str, typer.Option(help="The post, such as grid_worker or 网格员.")],
    unit: Annotated[str, typer.Option(help="The code of its unit; see `linli units`.")],
    name: Annotated[str, typer.Option(help="What the person is called.")] = "",
) -> None:
    """Make a single-use invitation to a post; its code stands alone on the last line."""
    settings = load_settings()
    seat = _seat(role, unit)
    code, until, unit_name = perform(_invited(settings, seat, name.strip()))
    invited = text(
        "console.invited_named" if name else "console.invited",
        role=seat.role if spoken_language() is Language.ENGLISH else role_name(seat.role),
        unit=unit_name,
        code=seat.unit,
        name=name,
    )
    tell(invited)
    has_bot = bool(settings.telegram.staff.token)
    key = "console.valid_once_bot" if has_bot else "console.valid_once"
    tell(text(key, until=local_time(until), code=code))
    say(_staff_link(settings, code))
    say(code)


def _seat(role: str, unit: str) -> "Seat":
    from bot.workbooks.organisation_sheets import POSTS, CellError
    from domain.organisation import UNIT_OF_ROLE, Role, Seat

    read = next(column.read for column in POSTS.columns if column.key == "role")
    try:
        known: Role = read(role)
    except CellError:
        chinese = wording_for(Language.CHINESE)
        known_posts = [f"  {one:<28} {chinese.text(role_name(one))}" for one in UNIT_OF_ROLE]
        refuse(f"there is no post {role}; these are the posts:", *known_posts, code=MISUSED)
    return Seat(unit, known)


async def _invited(settings: Settings, seat: "Seat", name: str) -> tuple[str, datetime, str]:
    from bot.workbooks.organisation_import import Invited, invite
    from bot.workbooks.organisation_sheets import LONGEST_NAME
    from domain.organisation import UNIT_OF_ROLE
    from domain.people import INVITATION_LIFE
    from storage import organisation

    if len(name) > LONGEST_NAME:
        refuse(f"--name must be {LONGEST_NAME} characters or less", code=MISUSED)
    async with open_database(settings) as database, database.write() as tx:
        known = (await organisation.load(tx)).units.get(seat.unit)
        if known is None or not known.active:
            refuse(f"there is no unit {seat.unit}: see `linli units`", code=MISUSED)
        if known.kind is not UNIT_OF_ROLE[seat.role]:
            level = UNIT_OF_ROLE[seat.role]
            refuse(
                f"{seat.role} is a post of a {level}, and {seat.unit} is a {known.kind}",
                code=MISUSED,
            )
        now = await moment_in(tx)
        (code,) = await invite(tx, [Invited(seat, name)], now)
    return code, now + INVITATION_LIFE, known.name


class PosterForm(StrEnum):
    """What a poster is written as."""

    PDF = "pdf"
    PNG = "png"


@commands.command()
def posters(
    folder: Annotated[Path, typer.Argument(help="Where to write; the folder is made.")] = Path(
        "posters"
    ),
    unit: Annotated[
        str | None, typer.Option(help="Only this grid, or the grids of this unit (linli units).")
    ] = None,
    form: Annotated[PosterForm, typer.Option(help="To print, or to look at.")] = PosterForm.PDF,
    telegram_bot: Annotated[
        str, typer.Option(help="The residents' bot's user name, for a second code.")
    ] = "",
) -> None:
    """Draw a poster for each grid: its QR code, and how to use it."""
    settings = load_settings()
    written = perform(_draw_posters(settings, folder, unit, form, telegram_bot.lstrip("@")))
    for path in written:
        say(f"{path}")
    if not _opens_elsewhere(settings):
        say(f"These are samples, and say so: their codes lead to {settings.public_url}, which is")
        say("the scanner's own phone. Set web.public_url to the https address, then draw again.")


def _opens_elsewhere(settings: Settings) -> bool:
    """Tell whether somebody else's phone can open the public address."""
    return settings.public_url.startswith("https://")


async def _draw_posters(
    settings: Settings, folder: Path, unit: str | None, form: PosterForm, telegram_bot: str
) -> list[Path]:
    from bot.configuration.street_source import StreetSource
    from reports.posts.posters import draw_posters, poster_of

    async with open_database(settings) as database, database.read() as tx:
        street = await StreetSource(settings).current(tx, await moment_in(tx))
    organisation = street.organisation
    ensure_street(organisation)
    above = unit_named(organisation, unit)
    grids = [
        grid
        for grid in organisation.grids
        if grid.active and organisation.covers(above.code, grid.code)
    ]
    if not grids:
        refuse(f"{above.name} has no grid that is active", code=MISUSED)

    def say(words: "Text", language: Language) -> str:
        return wording_for(language).text(words)

    drawn = await asyncio.to_thread(
        draw_posters,
        [
            poster_of(
                street,
                grid,
                settings.public_url,
                say,
                telegram_bot=telegram_bot,
                sample=not _opens_elsewhere(settings),
            )
            for grid in grids
        ],
        form.value,
    )
    names = [f"{_file_name(grid.code)}.{form}" for grid in grids]
    return await asyncio.to_thread(_write_all, folder, names, drawn)


def _write_all(folder: Path, names: Sequence[str], bodies: Sequence[bytes]) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / name for name in names]
    for path, body in zip(paths, bodies, strict=True):
        path.write_bytes(body)
    return paths


def _file_name(code: str) -> str:
    """Make a name of a unit's code that every disk takes."""
    return "".join(sign if sign.isalnum() or sign in "-_" else "_" for sign in code)
