"""``linli doctor``: is everything as it should be?"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.commands.console import (
    load_settings,
    moment_in,
    open_database,
    perform,
    refuse,
    say,
    tell,
    worded,
)
from bot.configuration.loading import secret_places
from bot.configuration.settings import Settings
from domain.errors import StorageError
from domain.messages import text

if TYPE_CHECKING:
    pass

commands = typer.Typer()


@commands.command()
def doctor(
    try_webhooks: Annotated[
        bool, typer.Option(help="Send each webhook a message that says that it is a test.")
    ] = False,
    phone: Annotated[
        str, typer.Option(help="Where the test of a gateway for text messages goes.")
    ] = "",
) -> None:
    """Look the installation over, and say what the law asks of it."""
    from bot.operations.findings import Grade

    settings = load_settings()
    if _is_nothing_there(settings):
        tell(text("console.nothing_here"))
        return
    findings = perform(_examined(settings, try_webhooks=try_webhooks, phone=phone))
    grades = (Grade.FAULT, Grade.NOTE, Grade.GOOD)
    for finding in sorted(findings, key=lambda one: grades.index(one.grade)):
        sign = worded(text(f"console.grade_{finding.grade}"))
        say(f"{sign}  {finding.about}: {finding.said}")
    faults = sum(finding.grade is Grade.FAULT for finding in findings)
    notes = sum(finding.grade is Grade.NOTE for finding in findings)
    if faults:
        refuse(worded(text("console.to_mend", count=faults, notes=notes)))
    tell(text("console.nothing_to_mend", count=notes))


def _is_nothing_there(settings: Settings) -> bool:
    """Tell whether only a demonstration would be looked at that nobody has begun."""
    return settings.demo and settings.on_sqlite and not settings.key_path.exists()


async def _examined(settings: Settings, *, try_webhooks: bool, phone: str) -> list[Any]:
    from bot.configuration.street_source import StreetSource
    from bot.operations.clock import Clock
    from bot.operations.doctor import (
        examine_clock,
        examine_database,
        examine_law,
        examine_rules,
        examine_secrets,
        examine_settings,
        examine_telegram,
    )
    from bot.operations.findings import Finding, Grade
    from bot.operations.learnt import examine_learnt
    from bot.operations.webhooks import examine_webhooks
    from storage.work_calendars import list_years

    now = Clock().now()
    findings: list[Finding] = []
    years: dict[str, dict[str, Any]] = {}
    try:
        async with open_database(settings) as database:
            async with database.read() as tx:
                now = await moment_in(tx)
                years = await list_years(tx)
            findings += [one async for one in examine_database(settings, database, now)]
            findings.append(await examine_clock(settings, database))
            findings.append(await examine_learnt(database, StreetSource(settings), now))
            findings += [
                one
                async for one in examine_webhooks(
                    settings, database, now, call=try_webhooks, phone=phone
                )
            ]
    except StorageError as error:
        findings.append(Finding(Grade.FAULT, "database", str(error)))
    findings += [one async for one in examine_telegram(settings)]
    return [
        *examine_settings(settings),
        *examine_secrets(secret_places(os.environ, Path.cwd())),
        *examine_rules(settings, now, years),
        *findings,
        *examine_law(settings),
    ]
