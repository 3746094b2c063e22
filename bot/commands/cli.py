"""The command ``linli``: run, set up, import, invite, and look after an installation.

What a command needs is imported when it runs, so that each of them starts fast.
"""

import asyncio
import csv
import json
import os
import signal
import sys
from collections.abc import (
    AsyncIterator,
    Callable,
    Collection,
    Coroutine,
    Iterable,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer

from bot.configuration.secrets_file import SECRETS_FILE, config_text, secrets_text
from bot.configuration.settings import (
    FILE,
    ConfigurationError,
    Duty,
    Settings,
    load,
    secret_keys,
    secret_places,
)
from bot.words.wording import LOCAL_TIME, wording_for
from domain.errors import StorageError
from domain.people import Language

if TYPE_CHECKING:
    from bot.operations.backup import Restored
    from bot.operations.ended import EndedAgain, Endings
    from bot.workbooks.organisation_file import Appointment, OrganisationFile, WorkbookError
    from domain.messages import Text
    from domain.organisation import Organisation, Seat, Unit
    from storage.database import Database, Tx

app = typer.Typer(
    name="linli",
    help="Linli (邻里): the chat front end of a sub-district office.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
export = typer.Typer(help="Write what Linli knows into files.", no_args_is_help=True)
app.add_typer(export, name="export")
quarantine = typer.Typer(
    help="Messages that could not be handled: see them, try them again, erase them.",
    no_args_is_help=True,
)
app.add_typer(quarantine, name="quarantine")

#: Exit codes: 1 for what went wrong, 2 for what must be configured or called differently.
_FAILED, _MISUSED = 1, 2

Given = TypeVar("Given")


def main() -> None:
    """Run the command line; what it writes is readable by its user alone."""
    os.umask(0o077)
    app()


# --- shared ---------------------------------------------------------------------------------------


def _say(line: str = "") -> None:
    typer.echo(line)


def _refuse(*lines: str, code: int = _FAILED) -> NoReturn:
    for line in lines:
        typer.echo(line, err=True)
    raise typer.Exit(code)


def _settings() -> Settings:
    try:
        return load(os.environ, Path.cwd())
    except ConfigurationError as error:
        _refuse_configuration(error)


def _refuse_configuration(error: ConfigurationError) -> NoReturn:
    lines = [f"  {problem}" for problem in error.problems]
    _refuse("Linli cannot start as it is configured:", *lines, code=_MISUSED)


def _do(
    work: Coroutine[Any, Any, Given],
    new_loop: Callable[[], asyncio.AbstractEventLoop] | None = None,
) -> Given:
    """Run a coroutine; deliberate errors become one sentence."""
    try:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            return runner.run(work)
    except ConfigurationError as error:
        _refuse_configuration(error)
    except StorageError as error:
        _refuse(f"The database cannot be used: {error}")
    except OSError as error:
        _refuse(f"{error.filename}: {error.strerror}")


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator["Database"]:
    """Open the database; that of a demonstration has its street."""
    from bot.operations.databases import opened

    async with opened(settings) as database:
        if settings.demo:
            from bot.configuration.street_source import StreetSource
            from bot.demonstration import history

            async with database.read() as tx:
                now = await _now(tx)
            await history.plant(database, StreetSource(settings), now)
        yield database


async def _now(tx: "Tx") -> datetime:
    """Give the present; a demonstration's clock may be ahead."""
    from bot.operations.clock import Clock, ahead_of

    return Clock(await ahead_of(tx)).now()


def _language() -> Language:
    """Speak English to whoever's terminal does, Chinese to everybody else."""
    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG", "")
    return Language.ENGLISH if spoken.startswith("en") else Language.CHINESE


def _local(moment: datetime) -> str:
    return f"{moment.astimezone(LOCAL_TIME):%Y-%m-%d %H:%M}"


# --- running --------------------------------------------------------------------------------------


@app.command()
def run(
    role: Annotated[
        list[Duty] | None,
        typer.Option(help="Do this alone, where several processes share the work; repeatable."),
    ] = None,
) -> None:
    """Serve Linli; without configuration, the demonstration street."""
    from bot.operations.logs import log_to_stderr

    settings = _settings()
    duties = frozenset(role or Duty)
    _ensure_shareable(settings, duties)
    log_to_stderr(settings.log.format)
    if settings.demo:
        _say("This is the demonstration: everybody and everything in it is fictional.")
    what = settings.public_url if Duty.WEB in duties else ", ".join(sorted(duties))
    _say(f"Linli: {what}  (Ctrl+C ends it)")
    _do(_serve(settings, duties), _swift_loop())


def _ensure_shareable(settings: Settings, duties: Collection[Duty]) -> None:
    """Refuse to share what takes one process."""
    if len(duties) == len(Duty):
        return
    if settings.demo:
        _refuse(
            "The demonstration runs in one process: leave --role out, or run `linli init` first",
            code=_MISUSED,
        )
    if settings.on_sqlite:
        _refuse(
            "SQLite takes one process: leave --role out, or move to PostgreSQL with "
            "`linli migrate-data`",
            code=_MISUSED,
        )


def _swift_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Give the event loop that serves most at once, where the system has it."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


async def _serve(settings: Settings, duties: Collection[Duty]) -> None:
    from bot.main import serve

    serving = asyncio.ensure_future(serve(settings, duties))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, serving.cancel)
    try:
        await serving
    except asyncio.CancelledError:
        return
    except BaseExceptionGroup as group:
        occupied = group.subgroup(OSError)
        if occupied is None:
            raise
        first: BaseException = occupied
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        web = settings.web
        raise ConfigurationError(
            [_problem("web.port", f"{web.host}:{web.port} cannot be used: {first}")]
        ) from None


def _problem(key: str, message: str) -> Any:
    from bot.configuration.settings import Problem

    return Problem(key, message)


@app.command()
def job(
    name: Annotated[str, typer.Argument(help="The job, such as digests.")],
    as_of: Annotated[
        str, typer.Option("--as-of", help="A moment, such as 2026-11-30 or 2026-11-30T08:30.")
    ],
    again: Annotated[
        bool, typer.Option("--again", help="Make anew what has been made already.")
    ] = False,
) -> None:
    """Run one scheduled job for the period that was newest at a moment."""
    try:
        moment = datetime.fromisoformat(as_of)
    except ValueError:
        _refuse("--as-of must be a moment, such as 2026-11-30T08:30", code=_MISUSED)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=LOCAL_TIME)
    done = _do(_run_job(_settings(), name, moment, again))
    for one in done:
        _say(one)
    if not done:
        _say("Nothing was left to do; --again makes it anew.")


async def _run_job(settings: Settings, name: str, moment: datetime, again: bool) -> list[str]:
    from bot.main import Linli
    from bot.operations.clock import Clock

    async with _opened(settings) as database:
        async with database.read() as tx:
            ahead = await _now(tx) - Clock().now()
        linli = Linli(settings, database, Clock(ahead))
        try:
            return await linli.ticker.run_job(name, moment, again=again)
        except LookupError as error:
            _refuse(str(error.args[0]), code=_MISUSED)
        finally:
            await linli.close()


# --- setting up -----------------------------------------------------------------------------------


@app.command()
def init(
    public_url: Annotated[
        str | None, typer.Option(help="The https address at which residents come in.")
    ] = None,
    data_dir: Annotated[
        str | None, typer.Option(help="Where database and pictures go; else data.")
    ] = None,
    key_file: Annotated[
        str | None,
        typer.Option(
            help="Where the key goes: outside the data, never into a backup; else linli.key."
        ),
    ] = None,
    database_url: Annotated[
        str | None, typer.Option(help="A PostgreSQL address; else SQLite in the data directory.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help=f"The file to write; else LINLI_CONFIG or {FILE}.")
    ] = None,
) -> None:
    """Set up an office: its configuration, a file for its secrets, its key and an empty database.

    What the environment says, it says to every later start too: it is taken from there.
    """
    path = Path(config or os.environ.get("LINLI_CONFIG") or FILE).absolute()
    secrets_path = path.with_name(SECRETS_FILE)
    if path == secrets_path:
        _refuse(f"{path} is for what is secret: name another file with --config", code=_MISUSED)
    _ensure_replaceable(path)
    given = {
        "data_dir": data_dir,
        "database.url": database_url,
        "web.public_url": public_url,
        "secrets.key_file": key_file,
    }
    _ensure_agreed(given)
    chosen = {key: _said(key, value) for key, value in given.items()}
    if chosen["web.public_url"] is None:
        chosen["web.public_url"] = _asked_address()
    if given["database.url"] is None:
        # With its password it stays in the environment alone.
        del chosen["database.url"]
    values = {"data_dir": "data", "secrets.key_file": "linli.key"}
    values |= {key: value for key, value in chosen.items() if value is not None}
    declared = frozenset(secret_keys())
    secret = {key: values.pop(key) for key in declared & values.keys()}
    was_there = secrets_path.exists()
    if was_there and any(secret.values()):
        _refuse(
            f"{secrets_path} is there already: write {', '.join(secret)} into it, or move it away",
            code=_MISUSED,
        )
    example = _example()
    text = config_text(example, declared, {"demo": "false"} | _as_toml(values))
    settings = _settings_of(text, path, secret)
    if settings.demo:
        _refuse("LINLI_DEMO in the environment asks for the demonstration: leave it out", code=2)
    # The secrets first: a configuration that has lost them would open another database.
    if not was_there:
        _write_private(secrets_path, secrets_text(example, declared, _as_toml(secret), path.name))
    _write_private(path, text)
    made = _made_key(settings)
    _do(_empty_database(settings))
    kept = "  (was there, is kept)"
    _say(f"Configuration: {path}")
    _say(f"Secrets:       {secrets_path}" + (kept if was_there else ""))
    _say("               Bot tokens and passwords go in there, not into the configuration.")
    _say(f"Key file:      {settings.key_path}" + ("" if made else kept))
    _say("               Keep a copy of it elsewhere: without it nobody can read the data.")
    _say("Database:      ready")
    _say("Next: linli import office.xlsx --template, fill it in, linli import office.xlsx,")
    _say("      linli invite --role administrator --unit CODE, linli doctor, linli run.")


def _variable(key: str) -> str:
    """Name the variable of the environment that overrides a key."""
    return "LINLI_" + key.upper().replace(".", "__")


def _said(key: str, given: str | None) -> str | None:
    """Give what an option says, or else the environment; paths in it begin where one stands."""
    said = given if given is not None else os.environ.get(_variable(key))
    is_path = key in ("data_dir", "secrets.key_file")
    return str(Path(said).absolute()) if said and given is None and is_path else said


def _ensure_agreed(given: Mapping[str, str | None]) -> None:
    """Refuse an option that the environment would override at every start."""
    for key, value in given.items():
        name = _variable(key)
        over = os.environ.get(name)
        if value is not None and over is not None and value != over:
            option = "--" + key.rpartition(".")[2].replace("_", "-")
            option = {"--url": "--database-url"}.get(option, option)
            _refuse(
                f"{name} in the environment says otherwise than {option}, and would be followed: "
                "leave one of them out",
                code=_MISUSED,
            )


def _write_private(path: Path, text: str) -> None:
    """Write a file that was never anybody else's to read."""
    scratch = path.with_name(path.name + ".new")
    scratch.touch(0o600)
    scratch.chmod(0o600)
    scratch.write_text(text, encoding="utf-8")
    scratch.replace(path)


def _ensure_replaceable(path: Path) -> None:
    """Never write over a configuration that somebody made."""
    if not path.exists():
        return
    data_dir = {"LINLI_DATA_DIR": "/data"}
    try:
        given = load({"LINLI_CONFIG": str(path), **data_dir}, path.parent, with_secrets=False)
        plain = load({"LINLI_CONFIG": os.devnull, **data_dir}, path.parent, with_secrets=False)
        is_example = given == plain
    except ConfigurationError:
        is_example = False
    if not is_example:
        _refuse(
            f"{path} holds a configuration already: name another one with --config, "
            "or move it away",
            code=_MISUSED,
        )


def _asked_address() -> str:
    if not sys.stdin.isatty():
        _refuse("--public-url is needed: the https address at which residents come in", code=2)
    answer: str = typer.prompt("The https address at which residents come in")
    return answer


def _example() -> list[str]:
    """Give the lines of the commented example."""
    # A link to the file that stands beside the packages, so that a wheel carries it along.
    example = resources.files("bot.configuration").joinpath("defaults", FILE)
    return example.read_text(encoding="utf-8").splitlines()


def _as_toml(values: Mapping[str, str]) -> dict[str, str]:
    return {key: json.dumps(value) for key, value in values.items()}


def _settings_of(text: str, path: Path, secret: Mapping[str, str]) -> Settings:
    """Check a configuration and its secrets before they are written."""
    scratch = path.with_name(path.name + ".new")
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch.touch(0o600)
    scratch.write_text(text, encoding="utf-8")
    over = {_variable(key): value for key, value in secret.items()}
    try:
        return load({**os.environ, **over, "LINLI_CONFIG": str(scratch)}, Path.cwd())
    except ConfigurationError as error:
        _refuse_configuration(error)
    finally:
        scratch.unlink()


def _made_key(settings: Settings) -> bool:
    from storage.keyring import MasterKeys

    if settings.key_path.exists():
        return False
    MasterKeys.create(settings.key_path)
    return True


async def _empty_database(settings: Settings) -> None:
    from bot.operations.databases import opened

    async with opened(settings):
        pass


@app.command("import")
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
    from bot.workbooks.organisation_file import WorkbookError, read_workbook

    if template:
        _write_template(file)
        return
    try:
        given = read_workbook(file)
        if check:
            _say(_summary(given))
            return
        _do(_import(_settings(), given, invitations))
    except WorkbookError as error:
        _refuse_workbook(file, error)


def _write_template(file: Path) -> None:
    from bot.workbooks.organisation_template import template

    if file.exists():
        _refuse(f"{file} is there already: choose another name", code=_MISUSED)
    template(file, wording_for(_language()))
    _say(f"{file}")


def _refuse_workbook(file: Path, error: "WorkbookError") -> NoReturn:
    wording = wording_for(_language())
    lines = [problem.sentence(wording) for problem in error.problems]
    _refuse(*lines, f"{file}: {_counted(len(lines), 'mistake')}; nothing was changed")


def _summary(given: "OrganisationFile") -> str:
    from domain.organisation import UnitKind

    counts = {kind: sum(unit.kind is kind for unit in given.units) for kind in UnitKind}
    return (
        f"{given.units[0].name}: "
        f"{_counted(counts[UnitKind.COMMUNITY], 'community', 'communities')}, "
        f"{_counted(counts[UnitKind.GRID], 'grid')}, {_counted(len(given.appointments), 'post')}, "
        f"{_counted(len(given.duty), 'shift')}, "
        f"{_counted(len(given.catalogue.categories), 'category', 'categories')}"
    )


async def _import(settings: Settings, given: "OrganisationFile", invitations: Path | None) -> None:
    from bot.operations.databases import opened
    from bot.workbooks.organisation_import import invite, take_over
    from domain.organisation import Seat

    if settings.demo:
        _refuse("The demonstration has a street of its own: run `linli init` first", code=_MISUSED)
    async with opened(settings) as database, database.write() as tx:
        now = await _now(tx)
        done = await take_over(tx, given, now)
        codes: list[str] = []
        if invitations is not None:
            wanted = [(Seat(one.unit, one.role), one.member.name) for one in done.to_join]
            codes = await invite(tx, wanted, now)
            _write_invitations(invitations, settings, done.to_join, codes)
    _say(_summary(given))
    _say(f"New: {_listed(done.added)}; changed: {_listed(done.changed)}")
    if done.unnamed:
        _say(f"Not in the file, left as they are: {_listed(done.unnamed)}")
    if done.waiting_shifts:
        waiting = _counted(done.waiting_shifts, "shift")
        _say(f"On hold for people who have not joined: {waiting}; import again when they have")
    if codes:
        many = _counted(len(codes), "invitation")
        _say(f"{many}: {invitations} (valid for 7 days; hand them out singly)")
    elif done.to_join:
        many = _counted(len(done.to_join), "post")
        _say(f"Without a holder: {many}; import with --invitations FILE, or linli invite")


def _counted(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"


def _listed(codes: Sequence[str]) -> str:
    return ", ".join(codes) or "none"


def _write_invitations(
    path: Path, settings: Settings, posts: "Iterable[Appointment]", codes: Iterable[str]
) -> None:
    """Write who is invited as a table for Excel, readable by its owner alone."""
    with open(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600),
        "w",
        encoding="utf-8-sig",
        newline="",
    ) as file:
        table = csv.writer(file)
        table.writerow(["name", "unit", "role", "code", "link"])
        for one, code in zip(posts, codes, strict=True):
            table.writerow(
                [_cell(one.member.name), one.unit, one.role, code, _staff_link(settings, code)]
            )


def _cell(name: str) -> str:
    """Keep Excel from taking a name for a formula."""
    return f"'{name}" if name[:1] in "=+-@" else name


def _staff_link(settings: Settings, code: str) -> str:
    return f"{settings.public_url}/staff?i={code}"


# --- who is who -----------------------------------------------------------------------------------


@app.command()
def units(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """List the units of the street with their codes."""
    organisation = _do(_organisation(_settings()))
    rows = _in_tree_order(organisation)
    if as_json:
        _say(json.dumps([_unit_json(unit) for unit in rows], ensure_ascii=False, indent=1))
        return
    if not rows:
        _refuse("There is no street yet: linli import FILE.xlsx")
    for unit in rows:
        away = "" if unit.active else "  (not active)"
        _say(f"{unit.code:<20} {unit.kind:<10} {unit.name}{away}")


async def _organisation(settings: Settings) -> "Organisation":
    from storage import organisation

    async with _opened(settings) as database, database.read() as tx:
        return await organisation.load(tx)


def _in_tree_order(organisation: "Organisation") -> "list[Unit]":
    def place(unit: "Unit") -> tuple[str, ...]:
        return tuple(reversed([one.code for one in organisation.upward(unit.code)]))

    return sorted(organisation.units.values(), key=place)


def _unit_json(unit: "Unit") -> dict[str, Any]:
    return {
        "code": unit.code,
        "kind": unit.kind,
        "parent": unit.parent,
        "name": unit.name,
        "name_en": unit.name_en,
        "active": unit.active,
    }


@app.command()
def invite(
    role: Annotated[str, typer.Option(help="The post, such as grid_worker or 网格员.")],
    unit: Annotated[str, typer.Option(help="The code of its unit; see `linli units`.")],
    name: Annotated[str, typer.Option(help="What the person is called.")] = "",
) -> None:
    """Make a single-use invitation to a post; its code stands alone on the last line."""
    settings = _settings()
    seat = _seat(role, unit)
    code, until, unit_name = _do(_invited(settings, seat, name.strip()))
    _say(f"{seat.role} of {unit_name} ({seat.unit}){': ' + name if name else ''}")
    _say(f"Valid once, until {_local(until)}. Send /start {code} to the staff bot, or open")
    _say(_staff_link(settings, code))
    _say(code)


def _seat(role: str, unit: str) -> "Seat":
    from bot.workbooks.organisation_sheets import POSTS, CellError
    from domain.names import role_name
    from domain.organisation import UNIT_OF_ROLE, Role, Seat

    read = next(column.read for column in POSTS.columns if column.key == "role")
    try:
        known: Role = read(role)
    except CellError:
        chinese = wording_for(Language.CHINESE)
        known_posts = [f"  {one:<28} {chinese.text(role_name(one))}" for one in UNIT_OF_ROLE]
        _refuse(f"there is no post {role}; these are the posts:", *known_posts, code=_MISUSED)
    return Seat(unit, known)


async def _invited(settings: Settings, seat: "Seat", name: str) -> tuple[str, datetime, str]:
    from bot.workbooks.organisation_import import invite
    from bot.workbooks.organisation_sheets import LONGEST_NAME
    from domain.organisation import UNIT_OF_ROLE
    from domain.people import INVITATION_LIFE
    from storage import organisation

    if len(name) > LONGEST_NAME:
        _refuse(f"--name must be {LONGEST_NAME} characters or less", code=_MISUSED)
    async with _opened(settings) as database, database.write() as tx:
        known = (await organisation.load(tx)).units.get(seat.unit)
        if known is None or not known.active:
            _refuse(f"there is no unit {seat.unit}: see `linli units`", code=_MISUSED)
        if known.kind is not UNIT_OF_ROLE[seat.role]:
            level = UNIT_OF_ROLE[seat.role]
            _refuse(
                f"{seat.role} is a post of a {level}, and {seat.unit} is a {known.kind}",
                code=_MISUSED,
            )
        now = await _now(tx)
        (code,) = await invite(tx, [(seat, name)], now)
    return code, now + INVITATION_LIFE, known.name


# --- looking after it -----------------------------------------------------------------------------


@export.command("organisation")
def export_organisation(
    file: Annotated[Path, typer.Argument(help="The Excel file to write.")],
) -> None:
    """Write units, posts and catalogue as an Excel file that can be edited and imported again."""
    if file.exists():
        _refuse(f"{file} is there already: choose another name", code=_MISUSED)
    _do(_export_organisation(_settings(), file))
    _say(f"{file}")


async def _export_organisation(settings: Settings, file: Path) -> None:
    from bot.configuration.settings import default_catalogue
    from bot.workbooks.organisation_file import Appointment, OrganisationFile, StaffMember
    from bot.workbooks.organisation_template import write_workbook
    from storage import organisation
    from storage.categories import load_catalogue
    from storage.people import get_people

    async with _opened(settings) as database, database.read() as tx:
        street = await organisation.load(tx)
        catalogue = await load_catalogue(tx) or default_catalogue()
        now = await _now(tx)
        held = [post for post in street.posts if post.held_at(now)]
        people = await get_people(tx, [post.person for post in held])
    appointments = tuple(
        Appointment(
            unit=post.unit,
            role=post.role,
            member=StaffMember(people[post.person].name, people[post.person].phone),
        )
        for post in held
    )
    given = OrganisationFile(
        units=tuple(_in_tree_order(street)), appointments=appointments, catalogue=catalogue
    )
    write_workbook(file, given, wording_for(_language()))


@export.command("ended")
@export.command("erasures", hidden=True)
def export_ended(
    file: Annotated[Path, typer.Argument(help="The JSON file to write.")],
) -> None:
    """Write who was erased and which posts ended, by id alone, for when the database is lost."""
    if file.exists():
        _refuse(f"{file} is there already: choose another name", code=_MISUSED)
    ended = _do(_list_ended(_settings()))
    file.write_text(json.dumps(ended.as_json(), indent=1), encoding="utf-8")
    over = sum(post.until is not None for post in ended.posts)
    _say(
        f"{file}: {_counted(len(ended.erasures), 'erasure')}; "
        f"{_counted(over, 'post')} ended, {len(ended.posts) - over} held"
    )


async def _list_ended(settings: Settings) -> "Endings":
    from bot.operations.ended import list_ended

    async with _opened(settings) as database, database.read() as tx:
        return await list_ended(tx)


@export.command("ledger")
def export_ledger(
    file: Annotated[Path, typer.Argument(help="The Excel file to write.")],
    unit: Annotated[
        str | None, typer.Option(help="The code of a unit (linli units); the street otherwise.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="The first day, such as 2026-10-01; 90 days ago otherwise.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="The last day; today otherwise.")] = None,
) -> None:
    """Write the ledger of the work of a span of days: who had what, by when, and how it ended."""
    if file.exists():
        _refuse(f"{file} is there already: choose another name", code=_MISUSED)
    days = (_day(since) if since else None, _day(until) if until else None)
    tasks = _do(_export_ledger(_settings(), file, unit, *days))
    _say(f"{file}: {_counted(tasks, 'case')}")


def _day(given: str) -> date:
    try:
        return date.fromisoformat(given)
    except ValueError:
        _refuse(f"{given} is no day: write it as 2026-10-01", code=_MISUSED)


async def _export_ledger(
    settings: Settings, file: Path, unit: str | None, first: date | None, last: date | None
) -> int:
    from bot.configuration.street_source import StreetSource
    from reports.matters.ledger import read_ledger, workbook

    async with _opened(settings) as database, database.read() as tx:
        now = await _now(tx)
        street = await StreetSource(settings).current(tx, now)
        _ensure_street(street.organisation)
        today = now.astimezone(street.office.timezone).date()
        begins = datetime.combine(first or today - timedelta(days=90), time(), LOCAL_TIME)
        ends = datetime.combine((last or today) + timedelta(days=1), time(), LOCAL_TIME)
        ledger = await read_ledger(
            tx,
            street,
            _unit(street.organisation, unit),
            now,
            since=begins.astimezone(UTC),
            until=ends.astimezone(UTC),
            actor=None,
        )
    language = _language()
    say = wording_for(language).text
    body = await asyncio.to_thread(workbook, ledger, lambda words, _: say(words), language)
    await asyncio.to_thread(file.write_bytes, body)
    return len(ledger.tasks)


def _ensure_street(organisation: "Organisation") -> None:
    if not organisation.units:
        _refuse("There is no street yet: linli import FILE.xlsx")


def _unit(organisation: "Organisation", code: str | None) -> "Unit":
    unit = organisation.street if code is None else organisation.units.get(code)
    if unit is None:
        _refuse(f"there is no unit {code}: see `linli units`", code=_MISUSED)
    return unit


class PosterForm(StrEnum):
    """What a poster is written as."""

    PDF = "pdf"
    PNG = "png"


@app.command()
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
    written = _do(_draw_posters(_settings(), folder, unit, form, telegram_bot.lstrip("@")))
    for path in written:
        _say(f"{path}")


async def _draw_posters(
    settings: Settings, folder: Path, unit: str | None, form: PosterForm, telegram_bot: str
) -> list[Path]:
    from bot.configuration.street_source import StreetSource
    from reports.posts.posters import draw_posters, poster_of

    async with _opened(settings) as database, database.read() as tx:
        street = await StreetSource(settings).current(tx, await _now(tx))
    organisation = street.organisation
    _ensure_street(organisation)
    above = _unit(organisation, unit)
    grids = [
        grid
        for grid in organisation.grids
        if grid.active and organisation.covers(above.code, grid.code)
    ]
    if not grids:
        _refuse(f"{above.name} has no grid that is active", code=_MISUSED)

    def say(words: "Text", language: Language) -> str:
        return wording_for(language).text(words)

    drawn = await asyncio.to_thread(
        draw_posters,
        [
            poster_of(street, grid, settings.public_url, say, telegram_bot=telegram_bot)
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


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The archive to write, such as linli.backup.")],
) -> None:
    """Write database and files into one archive; the key is not in it."""
    done = _do(_backed_up(_settings(), file))
    _say(f"{file}: the database and {done.files} files. Keep the key file elsewhere, not with it.")
    _say(f"The copy was opened: the newest {done.chains} case files were checked.")
    _refuse_broken(done.broken)


def _refuse_broken(numbers: Sequence[str]) -> None:
    if numbers:
        some = ", ".join(numbers[:10])
        _refuse(f"{len(numbers)} chains do not verify: {some}. Keep an older backup too.")


async def _backed_up(settings: Settings, file: Path) -> Any:
    from bot.operations.backup import BackupError, back_up
    from bot.operations.clock import Clock

    async with _opened(settings) as database:
        try:
            return await back_up(settings, database, file, Clock().now())
        except BackupError as error:
            _refuse(str(error), code=_MISUSED)


@app.command("migrate-data")
def migrate_data(
    target: Annotated[
        str | None,
        typer.Argument(
            help="Address of an empty PostgreSQL database, postgresql+asyncpg://…; asked for if "
            "left out, so that its password stands nowhere."
        ),
    ] = None,
) -> None:
    """Move everything from SQLite to an empty PostgreSQL, and verify it there."""
    settings = _settings()
    url = target or typer.prompt("Address of the empty PostgreSQL database", hide_input=True)
    rows, chains = _do(_moved(settings, url))
    _say(f"Moved: {rows} rows; the files of {chains} cases verify on the other side.")
    _say(f"Next: set database.url in {SECRETS_FILE} to that address (or LINLI_DATABASE__URL, where")
    _say("      the environment has it), keep key file and data_dir as they are, linli doctor,")
    _say("      linli run. The SQLite file is as it was: keep it until the office works, never run")
    _say("      Linli on it again, then delete it: it holds personal data.")


async def _moved(settings: Settings, url: str) -> tuple[int, int]:
    from bot.operations.backup import is_serving
    from storage.database import Database
    from storage.keyring import MasterKeys
    from storage.migrate_data import CannotMove, move

    if not settings.on_sqlite:
        _refuse("database.url is a PostgreSQL already: only SQLite is moved", code=_MISUSED)
    if not url.startswith("postgresql+asyncpg://"):
        _refuse("The target must begin with postgresql+asyncpg://", code=_MISUSED)
    if is_serving(settings):
        _refuse("Stop Linli first: what arrives meanwhile would be left behind", code=_MISUSED)
    async with _opened(settings) as source:
        target = Database(url, MasterKeys.read(settings.key_path))
        try:
            done = await move(source, target, lambda table, rows: _say(f"{rows:>9}  {table}"))
        except CannotMove as error:
            _refuse(f"Nothing was moved: {error}", code=_MISUSED)
        finally:
            await target.close()
    return sum(done.rows.values()), done.chains


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="The archive that `linli backup` wrote.")],
    ended: Annotated[
        Path | None,
        typer.Option(
            "--ended",
            "--erasures",
            help="What `linli export ended` wrote, where the database is lost.",
        ),
    ] = None,
) -> None:
    """Put a backup in place of what is there; erasures and posts that ended since end again."""
    settings = _settings()
    listed = _read_ended(ended) if ended is not None else None
    done = _do(_restored(settings, file, listed))
    _say(f"Restored: the backup of {_local(datetime.fromisoformat(done.made_at))}")
    _say(f"{done.files} files")
    _tell_ended(done.again)
    if done.set_aside is not None:
        _say(f"The database before is {done.set_aside}: look, then delete it")
    _refuse_broken(done.broken)


def _tell_ended(again: "EndedAgain") -> None:
    _say(f"{again.erased} persons were erased again")
    left = _counted(again.left, "person")
    _say(f"{_counted(again.posts, 'post')} ended again, which left {left} without one")
    if again.given_since:
        seats = ", ".join(f"{seat.role} of {seat.unit}" for seat in again.given_since)
        _say(f"Given since, to be given anew (linli invite): {seats}")


async def _restored(settings: Settings, file: Path, listed: "Endings | None") -> "Restored":
    from bot.operations.backup import BackupError
    from bot.operations.backup import restore as take_back
    from bot.operations.clock import Clock

    try:
        return await take_back(settings, file, Clock().now(), listed=listed)
    except BackupError as error:
        _refuse(str(error), code=_MISUSED)


@app.command("erase-again")
def erase_again(
    ended: Annotated[Path, typer.Argument(help="What `linli export ended` wrote.")],
) -> None:
    """Erase who came back with what `pg_restore` restored, and end the posts that came back."""
    _tell_ended(_do(_erased_again(_settings(), _read_ended(ended))))


async def _erased_again(settings: Settings, listed: "Endings") -> "EndedAgain":
    from bot.operations.backup import BackupError, erase_again
    from bot.operations.clock import Clock

    try:
        return await erase_again(settings, listed, Clock().now())
    except BackupError as error:
        _refuse(str(error), code=_MISUSED)


@app.command("rotate-key")
def rotate_key() -> None:
    """Put a new key first in the key file; what is written from now on is sealed anew."""
    settings = _settings()
    _do(_rotated(settings))
    _say(f"{settings.key_path} begins with a new key: keep a copy of the file elsewhere, twice.")
    _say("Its older lines open older backups: delete them when those backups are gone.")


async def _rotated(settings: Settings) -> None:
    from bot.operations.databases import opened_alone
    from bot.operations.file_lock import Occupied
    from storage.keyring import MasterKeys

    try:
        async with opened_alone(settings) as database:
            MasterKeys.create(settings.key_path)
            await database.rotate(MasterKeys.read(settings.key_path))
    except Occupied as error:
        _refuse(f"Stop every process of Linli first ({error})", code=_MISUSED)


def _read_ended(file: Path) -> "Endings":
    from bot.operations.ended import read_ended

    try:
        return read_ended(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        _refuse(f"{file} is not what `linli export ended` wrote", code=_MISUSED)


@quarantine.command("list")
def list_quarantine() -> None:
    """List them: number, bot, when it arrived, what went wrong; never what was said."""
    found = _do(_quarantined(_settings()))
    for number, bot, error, received in found:
        _say(f"{number}  {bot}  {_local(received)}  {error}")
    if not found:
        _say("Nothing is quarantined.")


async def _quarantined(settings: Settings) -> list[tuple[int, str, str, datetime]]:
    from storage import inbox

    async with _opened(settings) as database, database.read() as tx:
        return await inbox.list_quarantined(tx)


@quarantine.command("replay")
def replay_quarantine(
    numbers: Annotated[list[int] | None, typer.Argument(help="Which; all without any.")] = None,
) -> None:
    """Let them be handled again, as by a version that can; they keep their place in line."""
    count = _do(_replayed(_settings(), numbers or []))
    _say(f"{count} messages will be handled again: within half a minute where Linli runs.")


async def _replayed(settings: Settings, numbers: list[int]) -> int:
    from storage import inbox

    async with _opened(settings) as database, database.write() as tx:
        chosen = numbers or [row[0] for row in await inbox.list_quarantined(tx)]
        return await inbox.replay(tx, chosen)


@quarantine.command("drop")
def drop_quarantine(
    numbers: Annotated[list[int], typer.Argument(help="Which to erase for good.")],
) -> None:
    """Erase them for good: what was said in them is lost, and nobody is answered."""
    _say(f"{_do(_dropped(_settings(), numbers))} messages were erased.")


async def _dropped(settings: Settings, numbers: list[int]) -> int:
    from storage import inbox

    async with _opened(settings) as database, database.write() as tx:
        return await inbox.drop(tx, numbers)


@app.command()
def broadcasts(
    watch: Annotated[
        bool, typer.Option(help="Follow those under way until they are done.")
    ] = False,
    stop: Annotated[str, typer.Option(help="Stop the one whose id begins like this.")] = "",
) -> None:
    """Show how far the notices to residents have come."""
    settings = _settings()
    if stop:
        _say(f"stopped {_do(_stop_broadcast(settings, stop))}")
        return
    _do(_watch_broadcasts(settings) if watch else _list_broadcasts(settings))


async def _list_broadcasts(settings: Settings) -> None:
    from storage.broadcasts.broadcasts import list_broadcasts, progress_of

    async with _opened(settings) as database, database.read() as tx:
        found = await list_broadcasts(tx, 20)
        for one in found:
            done = await progress_of(tx, one.id)
            total = max(one.expected, one.made)
            _say(
                f"{one.id[:8]}  {_local(one.created_at)}  {one.unit}  {one.state}  "
                f"sent {done.sent}, failed {done.failed}, of {total}"
            )
    if not found:
        _say("No notice was sent yet.")


async def _watch_broadcasts(settings: Settings) -> None:
    """Draw a bar for each broadcast under way; ends with the last of them."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    from domain.broadcasts.broadcast import ENDED
    from storage.broadcasts.broadcasts import get_broadcasts, list_broadcasts, progress_of

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    async with _opened(settings) as database:
        async with database.read() as tx:
            open_ones = [one for one in await list_broadcasts(tx, 20) if one.state not in ENDED]
        if not open_ones:
            _say("No notice is under way.")
            return
        with Progress(*columns, TimeRemainingColumn()) as bars:
            shown = {
                one.id: bars.add_task(f"{one.id[:8]} {one.unit}", total=one.expected)
                for one in open_ones
            }
            while True:
                async with database.read() as tx:
                    for one in (await get_broadcasts(tx, shown)).values():
                        done = await progress_of(tx, one.id)
                        ended = one.state in ENDED
                        total = one.made if ended else max(one.expected, one.made)
                        bars.update(shown[one.id], completed=done.sent + done.failed, total=total)
                        if ended:
                            shown.pop(one.id)
                if not shown:
                    return
                await asyncio.sleep(1)


async def _stop_broadcast(settings: Settings, begins: str) -> str:
    from domain.broadcasts.broadcast import ENDED, BroadcastState
    from scheduler.broadcasts.broadcasts import BROADCAST
    from storage.broadcasts.broadcasts import Ended, list_broadcasts
    from storage.changes import Changes, apply
    from storage.reminders import NoReminder

    async with _opened(settings) as database, database.write() as tx:
        found = [one for one in await list_broadcasts(tx, 100) if one.id.startswith(begins)]
        if len(found) != 1:
            _refuse(f"{len(found)} notices begin with {begins}: see `linli broadcasts`")
        if found[0].state in ENDED:
            _refuse(f"{found[0].id} is {found[0].state} already")
        changes = Changes()
        changes.save(
            NoReminder(BROADCAST, found[0].id),
            Ended(found[0].id, BroadcastState.STOPPED, await _now(tx)),
        )
        await apply(tx, [changes])
    return found[0].id


@app.command()
def doctor() -> None:
    """Look the installation over, and say what the law asks of it."""
    from bot.operations.doctor import Grade

    settings = _settings()
    findings = _do(_examined(settings))
    signs = {Grade.GOOD: "ok  ", Grade.NOTE: "note", Grade.FAULT: "BAD "}
    for finding in findings:
        _say(f"{signs[finding.grade]}  {finding.about}: {finding.said}")
    faults = sum(finding.grade is Grade.FAULT for finding in findings)
    if faults:
        _refuse(f"{_counted(faults, 'fault')} to mend")


async def _examined(settings: Settings) -> list[Any]:
    from bot.operations.clock import Clock
    from bot.operations.doctor import (
        Finding,
        Grade,
        examine_clock,
        examine_database,
        examine_law,
        examine_rules,
        examine_secrets,
        examine_settings,
        examine_telegram,
    )

    now = Clock().now()
    findings: list[Finding] = []
    try:
        async with _opened(settings) as database:
            async with database.read() as tx:
                now = await _now(tx)
            findings += [one async for one in examine_database(settings, database, now)]
            findings.append(await examine_clock(settings, database))
    except StorageError as error:
        findings.append(Finding(Grade.FAULT, "database", str(error)))
    findings += [one async for one in examine_telegram(settings)]
    return [
        *examine_settings(settings),
        *examine_secrets(secret_places(os.environ, Path.cwd())),
        *examine_rules(settings, now),
        *findings,
        *examine_law(settings),
    ]
