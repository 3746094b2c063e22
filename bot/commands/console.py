"""What every command does alike: read the configuration, open the database, say and refuse."""

import asyncio
import os
from collections.abc import (
    AsyncIterator,
    Callable,
    Coroutine,
)
from contextlib import asynccontextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import typer

from bot.configuration.loading import load
from bot.configuration.problems import ConfigurationError
from bot.configuration.settings import Settings
from bot.words.wording import LOCAL_TIME, wording_for
from domain.errors import StorageError
from domain.messages import Text, text
from domain.people import Language

if TYPE_CHECKING:
    from domain.organisation import Organisation, Unit
    from storage.database import Database, Tx


#: Exit codes: 1 for what went wrong, 2 for what must be configured or called differently.
FAILED, MISUSED = 1, 2


Given = TypeVar("Given")


def say(line: str = "") -> None:
    """Print a line."""
    typer.echo(line)


def refuse(*lines: str, code: int = FAILED) -> NoReturn:
    """Say what is wrong, and end."""
    for line in lines:
        typer.echo(line, err=True)
    raise typer.Exit(code)


def load_settings() -> Settings:
    """Read the configuration, or refuse it with all that is wrong in it."""
    try:
        return load(os.environ, Path.cwd())
    except ConfigurationError as error:
        refuse_configuration(error)


def refuse_configuration(error: ConfigurationError) -> NoReturn:
    """Say everything that is wrong in the configuration, and end."""
    lines = [f"  {problem}" for problem in error.problems]
    refuse(worded(text("console.cannot_start")), *lines, code=MISUSED)


def perform(
    work: Coroutine[Any, Any, Given],
    new_loop: Callable[[], asyncio.AbstractEventLoop] | None = None,
) -> Given:
    """Run a coroutine; deliberate errors become one sentence."""
    try:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            return runner.run(work)
    except ConfigurationError as error:
        refuse_configuration(error)
    except StorageError as error:
        refuse(f"The database cannot be used: {error}")
    except OSError as error:
        refuse(f"{error.filename}: {error.strerror}")


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator["Database"]:
    """Open the database; that of a demonstration has its street."""
    from bot.operations.databases import opened

    async with opened(settings) as database:
        if settings.demo:
            from bot.configuration.street_source import StreetSource
            from bot.demonstration import history

            async with database.read() as tx:
                now = await moment_in(tx)
            await history.plant(database, StreetSource(settings), now)
        yield database


async def moment_in(tx: "Tx") -> datetime:
    """Give the present; a demonstration's clock may be ahead."""
    from bot.operations.clock import Clock, ahead_of

    return Clock(await ahead_of(tx)).now()


def console_language() -> Language:
    """Speak English to whoever's terminal does, Chinese to everybody else."""
    return Language.ENGLISH if _spoken().startswith("en") else Language.CHINESE


def spoken_language() -> Language:
    """Speak Chinese to whoever's terminal does, English to everybody else and to programs."""
    return Language.CHINESE if _spoken().startswith("zh") else Language.ENGLISH


def _spoken() -> str:
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    return next((given for name in names if (given := os.environ.get(name))), "")


def worded(words: Text) -> str:
    """Put words into the language of the terminal."""
    return wording_for(spoken_language()).text(words)


def tell(words: Text) -> None:
    """Print words in the language of the terminal."""
    say(worded(words))


def local_time(moment: datetime) -> str:
    """Write a moment as clocks show it here."""
    return f"{moment.astimezone(LOCAL_TIME):%Y-%m-%d %H:%M}"


def counted(count: int, one: str, many: str = "") -> str:
    """Write a count with its noun."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def ensure_new(file: Path) -> None:
    """Refuse to write over a file that is there."""
    if file.exists():
        refuse(f"{file} is there already: choose another name", code=MISUSED)


def day_named(given: str) -> date:
    """Read a day that was given."""
    try:
        return date.fromisoformat(given)
    except ValueError:
        refuse(f"{given} is no day: write it as 2026-10-01", code=MISUSED)


def days_named(since: str | None, until: str | None) -> tuple[date | None, date | None]:
    """Read the first and the last day of a span, as far as they were given."""
    first, last = (day_named(one) if one else None for one in (since, until))
    if first is not None and last is not None and last < first:
        refuse(f"--until {last} lies before --since {first}", code=MISUSED)
    return first, last


def moments_of(first: date, last: date) -> tuple[datetime, datetime]:
    """Give when a span of days begins, and when it has ended."""
    begins = datetime.combine(first, time(), LOCAL_TIME)
    return begins, datetime.combine(last + timedelta(days=1), time(), LOCAL_TIME)


def in_tree_order(organisation: "Organisation") -> "list[Unit]":
    """List the units from the street down, each before what belongs to it."""

    def place(unit: "Unit") -> tuple[str, ...]:
        return tuple(reversed([one.code for one in organisation.upward(unit.code)]))

    return sorted(organisation.units.values(), key=place)


def ensure_street(organisation: "Organisation") -> None:
    """Refuse to go on without an organisation."""
    if not organisation.units:
        refuse("There is no street yet: linli import FILE.xlsx")


def unit_named(organisation: "Organisation", code: str | None) -> "Unit":
    """Find a unit by its code; the street without one."""
    unit = organisation.street if code is None else organisation.units.get(code)
    if unit is None:
        refuse(f"there is no unit {code}: see `linli units`", code=MISUSED)
    return unit


def parameter_problem(key: str, message: str) -> Any:
    """Say that an option was given wrongly."""
    from bot.configuration.problems import Problem

    return Problem(key, message)
