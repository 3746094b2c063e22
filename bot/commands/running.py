"""``linli run`` and ``linli job``: serve, and do by hand what the clock does."""

import asyncio
import re
import signal
from collections.abc import (
    Callable,
    Collection,
)
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.console import (
    MISUSED,
    load_settings,
    moment_in,
    open_database,
    parameter_problem,
    perform,
    refuse,
    say,
)
from bot.configuration.problems import ConfigurationError
from bot.configuration.settings import Settings
from bot.configuration.tables import Duty
from bot.words.wording import LOCAL_TIME

if TYPE_CHECKING:
    pass

commands = typer.Typer()


@commands.command()
def run(
    role: Annotated[
        list[Duty] | None,
        typer.Option(help="Do this alone, where several processes share the work; repeatable."),
    ] = None,
) -> None:
    """Serve Linli; without configuration, the demonstration street."""
    from bot.operations.logs import log_to_stderr

    settings = load_settings()
    duties = frozenset(role or Duty)
    _ensure_shareable(settings, duties)
    log_to_stderr(settings.log.format)
    if settings.demo:
        say("This is the demonstration: everybody and everything in it is fictional.")
    what = settings.public_url if Duty.WEB in duties else ", ".join(sorted(duties))
    say(f"Linli: {what}  (Ctrl+C ends it)")
    perform(_serve(settings, duties), _swift_loop())


def _ensure_shareable(settings: Settings, duties: Collection[Duty]) -> None:
    """Refuse to share what takes one process."""
    if len(duties) == len(Duty):
        return
    if settings.demo:
        refuse(
            "The demonstration runs in one process: leave --role out, or run `linli init` first",
            code=MISUSED,
        )
    if settings.on_sqlite:
        refuse(
            "SQLite takes one process: leave --role out, or move to PostgreSQL with "
            "`linli migrate-data`",
            code=MISUSED,
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
            [parameter_problem("web.port", f"{web.host}:{web.port} cannot be used: {first}")]
        ) from None


@commands.command()
def job(
    name: Annotated[str, typer.Argument(help="The job, such as digests.")],
    as_of: Annotated[
        str, typer.Option("--as-of", help="A day, such as 2026-11-30, or 2026-11-30T08:30.")
    ],
    again: Annotated[
        bool, typer.Option("--again", help="Make anew what has been made already.")
    ] = False,
) -> None:
    """Run one scheduled job for the period that was newest at a moment, or on a day."""
    try:
        moment = _moment(as_of)
    except ValueError:
        refuse("--as-of must be a moment, such as 2026-11-30T08:30, or a day", code=MISUSED)
    done = perform(_run_job(load_settings(), name, moment, again))
    for one in done:
        say(_with_dates(one))
    if not done:
        say("Nothing was left to do; --again makes it anew.")


def _moment(given: str) -> datetime:
    """Read a moment; a day is meant as a whole, with everything that is due on it.

    Raises:
        ValueError: it is neither.
    """
    moment = datetime.fromisoformat(given)
    if len(given) <= len("2026-11-30"):
        moment = datetime.combine(moment.date(), time.max)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=LOCAL_TIME)


def _with_dates(done: str) -> str:
    """Write the days of a week behind its number."""
    found = _WEEK.match(done)
    if found is None:
        return done
    monday = date.fromisocalendar(int(found[1]), int(found[2]), 1)
    return f"{done} ({monday} to {monday + timedelta(days=6)})"


_WEEK = re.compile(r"(\d{4})-W(\d\d)\b")


async def _run_job(settings: Settings, name: str, moment: datetime, again: bool) -> list[str]:
    from bot.main import Linli
    from bot.operations.clock import Clock

    async with open_database(settings) as database:
        async with database.read() as tx:
            ahead = await moment_in(tx) - Clock().now()
        linli = Linli(settings, database, Clock(ahead))
        try:
            return await linli.ticker.run_job(name, moment, again=again)
        except LookupError as error:
            refuse(str(error.args[0]), code=MISUSED)
        finally:
            await linli.close()
