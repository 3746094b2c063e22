"""``linli holidays``: the years whose holidays are known, and a new notice taken in."""

import tomllib
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.commands.console import (
    MISUSED,
    counted,
    load_settings,
    moment_in,
    open_database,
    perform,
    refuse,
    say,
)
from bot.configuration.settings import Settings

if TYPE_CHECKING:
    from storage.database import Tx

commands = typer.Typer()

#: A file of some years has a few kilobytes.
MOST_BYTES = 200_000


@commands.command()
def holidays(
    file: Annotated[
        Path | None,
        typer.Argument(help="A TOML file with a table a year, as docs/operations.md shows it."),
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Only look, change nothing.")] = False,
) -> None:
    """Take in the holidays of a year; open deadlines move, and whom it concerns is told.

    Without FILE, list the years that are known and where their days come from.
    """
    settings = load_settings()
    if file is None:
        perform(_list(settings))
        return
    perform(_take_in(settings, _read(file), check=check))


def _read(file: Path) -> dict[str, Any]:
    try:
        if file.stat().st_size > MOST_BYTES:
            refuse(f"{file} is too large for a list of holidays", code=MISUSED)
        years = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        refuse(f"there is no file {file}", code=MISUSED)
    except (OSError, ValueError) as error:
        refuse(f"{file} is no TOML in UTF-8: {error}", code=MISUSED)
    if not years:
        refuse(f"{file} names no year: begin with a table such as [2027]", code=MISUSED)
    return years


async def _list(settings: Settings) -> None:
    from bot.configuration.law_data import holiday_years
    from storage.work_calendars import list_years

    async with open_database(settings) as database, database.read() as tx:
        years = holiday_years(settings) | await list_years(tx)
    for year in sorted(years):
        table = years[year]
        state = "provisional, no notice yet" if table.get("provisional") else "known"
        say(f"{year}: {state}; {table['source']}")


async def _take_in(settings: Settings, years: dict[str, Any], *, check: bool) -> None:
    from bot.configuration.law_data import holiday_years
    from bot.configuration.street_source import StreetSource
    from domain.working_time import WorkCalendarError, calendar_from
    from scheduler.matters.holidays import apply_calendar
    from storage.changes import apply
    from storage.registry import HANDS_OVER, PROCEDURES
    from storage.work import Numbers, Work
    from storage.work_calendars import keep_years, list_years

    async with open_database(settings) as database, database.write() as tx:
        known = holiday_years(settings) | await list_years(tx)
        try:
            # Alone first: what is wrong is told by the file's own keys, then by what it meets.
            for given in (years, known | years):
                calendar_from(given, timezone=_zone(), hours=settings.work.hours)
        except WorkCalendarError as error:
            refuse(*error.problems, "nothing was changed", code=MISUSED)
        if check:
            say(_summary(years))
            return
        now = await moment_in(tx)
        await _note_standing(tx, settings)
        await keep_years(tx, years, now)
        street = await StreetSource(settings).current(tx, now)
        work = Work(
            tx=tx,
            street=street,
            now=now,
            numbers=Numbers(),
            hands_over=HANDS_OVER,
            procedures=PROCEDURES,
        )
        moved = await apply_calendar(work, tx)
        await apply(tx, [work.changes])
    say(_summary(years))
    say(f"Deadlines moved: {counted(moved, 'open case')}; whom it concerns is told")


async def _note_standing(tx: "Tx", settings: Settings) -> None:
    """Note by which calendar the deadlines stand, where nobody has yet."""
    from bot.configuration.street_source import StreetSource
    from scheduler.matters.holidays import calendar_before
    from storage.work_calendars import applied_days, note_applied

    if await applied_days(tx) is not None:
        return
    now = await moment_in(tx)
    street = await StreetSource(settings).current(tx, now)
    await note_applied(tx, await calendar_before(tx, street.office.calendar), now)


def _zone() -> Any:
    from bot.words.wording import LOCAL_TIME

    return LOCAL_TIME


def _summary(years: dict[str, Any]) -> str:
    told = []
    for year, table in sorted(years.items()):
        off: list[date] = table["holidays"]
        on: list[date] = table["makeup_workdays"]
        told.append(
            f"{year}: {counted(len(off), 'day')} off, {counted(len(on), 'make-up workday')}"
            f" ({table['source']})"
        )
    return "\n".join(told)
