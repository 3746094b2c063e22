"""``linli export``: what Linli knows, written into files."""

import asyncio
import json
from datetime import UTC, date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.console import (
    console_language,
    counted,
    days_named,
    ensure_new,
    ensure_street,
    in_tree_order,
    load_settings,
    moment_in,
    moments_of,
    open_database,
    perform,
    say,
    unit_named,
)
from bot.configuration.settings import (
    Settings,
)
from bot.words.wording import wording_for

if TYPE_CHECKING:
    from bot.operations.ended import Endings

commands = typer.Typer(
    name="export", help="Write what Linli knows into files.", no_args_is_help=True
)


@commands.command("organisation")
def export_organisation(
    file: Annotated[Path, typer.Argument(help="The Excel file to write.")],
) -> None:
    """Write units, posts and catalogue as an Excel file that can be edited and imported again."""
    ensure_new(file)
    perform(_export_organisation(load_settings(), file))
    say(f"{file}")


async def _export_organisation(settings: Settings, file: Path) -> None:
    from bot.configuration.law_data import default_categories
    from bot.workbooks.organisation_file import Appointment, OrganisationFile, StaffMember
    from bot.workbooks.organisation_template import write_workbook
    from storage import organisation
    from storage.categories import load_categories
    from storage.people import get_people

    async with open_database(settings) as database, database.read() as tx:
        street = await organisation.load(tx)
        categories = await load_categories(tx) or default_categories()
        now = await moment_in(tx)
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
        units=tuple(in_tree_order(street)), appointments=appointments, categories=categories
    )
    write_workbook(file, given, wording_for(console_language()))


@commands.command("ended")
@commands.command("erasures", hidden=True)
def export_ended(
    file: Annotated[Path, typer.Argument(help="The JSON file to write.")],
) -> None:
    """Write who was erased and which posts ended, by id alone, for when the database is lost."""
    ensure_new(file)
    ended = perform(_list_ended(load_settings()))
    file.write_text(json.dumps(ended.as_json(), indent=1), encoding="utf-8")
    over = sum(post.until is not None for post in ended.posts)
    say(
        f"{file}: {counted(len(ended.erasures), 'erasure')}; "
        f"{counted(over, 'post')} ended, {len(ended.posts) - over} held"
    )


async def _list_ended(settings: Settings) -> "Endings":
    from bot.operations.ended import list_ended

    async with open_database(settings) as database, database.read() as tx:
        return await list_ended(tx)


@commands.command("ledger")
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
    ensure_new(file)
    days = days_named(since, until)
    tasks = perform(_export_ledger(load_settings(), file, unit, *days))
    say(f"{file}: {counted(tasks, 'case')}")


async def _export_ledger(
    settings: Settings, file: Path, unit: str | None, first: date | None, last: date | None
) -> int:
    from bot.configuration.street_source import StreetSource
    from reports.matters.ledger import read_ledger, workbook

    async with open_database(settings) as database, database.read() as tx:
        now = await moment_in(tx)
        street = await StreetSource(settings).current(tx, now)
        ensure_street(street.organisation)
        today = now.astimezone(street.office.timezone).date()
        begins, ends = moments_of(first or today - timedelta(days=90), last or today)
        ledger = await read_ledger(
            tx,
            street,
            unit_named(street.organisation, unit),
            now,
            since=begins.astimezone(UTC),
            until=ends.astimezone(UTC),
            actor=None,
        )
    language = console_language()
    say = wording_for(language).text
    body = await asyncio.to_thread(workbook, ledger, lambda words, _: say(words), language)
    await asyncio.to_thread(file.write_bytes, body)
    return len(ledger.tasks)
