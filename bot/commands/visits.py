"""``linli visits``: people onto the register from Excel, and visits out as Word or Excel."""

import asyncio
from datetime import UTC, date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.console import (
    MISUSED,
    console_language,
    counted,
    days_named,
    ensure_new,
    ensure_street,
    load_settings,
    moment_in,
    moments_of,
    open_database,
    perform,
    refuse,
    say,
    unit_named,
)
from bot.configuration.settings import Settings
from bot.words.wording import wording_for

if TYPE_CHECKING:
    from bot.workbooks.priority_import import Result

commands = typer.Typer(
    name="visits", help="The register of priority groups and its visits.", no_args_is_help=True
)


@commands.command("template")
def template(
    file: Annotated[Path, typer.Argument(help="The Excel file to write.")],
) -> None:
    """Write an empty file into which people are entered, a row each."""
    from bot.workbooks.priority_sheet import write_template

    ensure_new(file)
    write_template(file, wording_for(console_language()))
    say(f"{file}")


@commands.command("import")
def take(
    file: Annotated[Path, typer.Argument(help="The Excel file, as `linli visits template` gives.")],
    check: Annotated[bool, typer.Option(help="Only say what would be taken.")] = False,
) -> None:
    """Take people onto the register, row by row; wrong rows go into a file beside it."""
    from bot.workbooks.reading import WorkbookError

    wrong = file.with_name(f"{file.stem}-待改{file.suffix}")
    if not check and wrong.exists():
        refuse(f"{wrong} is there already: move it away first", code=MISUSED)
    try:
        result = perform(_take(load_settings(), file, check=check))
    except WorkbookError as error:
        wording = wording_for(console_language())
        lines = [problem.sentence(wording) for problem in error.problems]
        refuse(*lines, f"{file}: {counted(len(lines), 'mistake')}; nobody was taken")
    _tell(result)
    if result.wrong and not check:
        from bot.workbooks.priority_import import write_wrong

        write_wrong(file, wrong, result)
        say(f"Put right what stands in {wrong} and import that file.")
    if result.wrong:
        raise typer.Exit(1)


def _tell(result: "Result") -> None:
    """Say what was understood of each row, without a name."""
    from bot.workbooks.priority_import import problems_by_row

    wording = wording_for(console_language())
    for one in result.taken:
        say(f"{one.row}: {wording.text(one.said)}")
    for number in result.known:
        say(f"{number}: is on the register already")
    for problem in problems_by_row(result):
        say(f"! {problem.sentence(wording)}")
    say(
        f"Taken: {len(result.taken)}; on the register already: {len(result.known)};"
        f" to be put right: {len(result.wrong)}"
    )


class _OnlyChecked(Exception):
    """Ends a transaction that is to leave nothing."""

    def __init__(self, result: "Result") -> None:
        super().__init__()
        self.result = result


async def _take(settings: Settings, file: Path, *, check: bool) -> "Result":
    from bot.configuration.street_source import StreetSource
    from bot.workbooks.priority_import import take_in
    from storage.changes import apply
    from storage.registry import HANDS_OVER, PROCEDURES
    from storage.work import Numbers, Work

    async with open_database(settings) as database:
        try:
            async with database.write() as tx:
                now = await moment_in(tx)
                street = await StreetSource(settings).current(tx, now)
                ensure_street(street.organisation)
                work = Work(
                    tx=tx,
                    street=street,
                    now=now,
                    numbers=Numbers(),
                    hands_over=HANDS_OVER,
                    procedures=PROCEDURES,
                )
                result = await take_in(work, file)
                if check:
                    raise _OnlyChecked(result)
                await apply(tx, [work.changes])
        except _OnlyChecked as checked:
            return checked.result
    return result


@commands.command("export")
def export(
    file: Annotated[Path, typer.Argument(help="The file to write: .xlsx or .docx.")],
    unit: Annotated[
        str | None, typer.Option(help="The code of a unit (linli units); the street otherwise.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="The first day, such as 2026-10-01; this month's otherwise.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="The last day; today otherwise.")] = None,
) -> None:
    """Write coverage, visits, needs and looks at minors' entries of a span; nobody is named."""
    if file.suffix not in (".xlsx", ".docx"):
        refuse(f"{file} is neither .xlsx nor .docx", code=MISUSED)
    ensure_new(file)
    days = days_named(since, until)
    visits = perform(_export(load_settings(), file, unit, *days))
    say(f"{file}: {counted(visits, 'visit')}")


async def _export(
    settings: Settings, file: Path, unit: str | None, first: date | None, last: date | None
) -> int:
    from bot.configuration.street_source import StreetSource
    from reports.visits.records import papers, read_records, workbook
    from reports.word import word

    async with open_database(settings) as database, database.read() as tx:
        now = await moment_in(tx)
        street = await StreetSource(settings).current(tx, now)
        ensure_street(street.organisation)
        today = now.astimezone(street.office.timezone).date()
        begins, ends = moments_of(first or today.replace(day=1), last or today)
        records = await read_records(
            tx,
            street,
            unit_named(street.organisation, unit),
            begins.astimezone(UTC),
            ends.astimezone(UTC),
            now,
        )
    language = console_language()
    words = wording_for(language).text
    if file.suffix == ".docx":
        body = await asyncio.to_thread(
            lambda: word(papers(records, lambda one, _: words(one), language))
        )
    else:
        body = await asyncio.to_thread(workbook, records, lambda one, _: words(one), language)
    await asyncio.to_thread(file.write_bytes, body)
    return len(records.visits)
