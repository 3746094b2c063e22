"""``linli doctor``: is everything as it should be?"""

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.commands.console import (
    load_settings,
    moment_in,
    perform,
    refuse,
    tell,
    worded,
)
from bot.configuration.loading import secret_places
from bot.configuration.settings import Settings
from domain.errors import StorageError
from domain.messages import text

if TYPE_CHECKING:
    from bot.operations.findings import Finding

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
    findings = perform(_all_of(_examined(settings, try_webhooks=try_webhooks, phone=phone)))
    grades = (Grade.FAULT, Grade.NOTE, Grade.GOOD)
    for finding in sorted(findings, key=lambda one: grades.index(one.grade)):
        sign = worded(text(f"console.grade_{finding.grade}"))
        tell(text("doctor.finding", sign=sign, about=finding.about, said=finding.said))
    faults = sum(finding.grade is Grade.FAULT for finding in findings)
    notes = sum(finding.grade is Grade.NOTE for finding in findings)
    if faults:
        refuse(worded(text("console.to_mend", count=faults, notes=notes)))
    tell(text("console.nothing_to_mend", count=notes))


async def _all_of(findings: "AsyncIterator[Finding]") -> "list[Finding]":
    return [one async for one in findings]


def _is_nothing_there(settings: Settings) -> bool:
    """Tell whether only a demonstration would be looked at that nobody has begun."""
    from bot.operations.databases import path_of

    path = path_of(settings)
    return settings.demo and path is not None and not path.exists()


async def _examined(
    settings: Settings, *, try_webhooks: bool, phone: str
) -> "AsyncIterator[Finding]":
    from bot.operations.clock import Clock
    from bot.operations.doctor import (
        examine_failure,
        examine_law,
        examine_place,
        examine_rules,
        examine_secrets,
        examine_settings,
        examine_telegram,
    )

    inside = _Inside(now=Clock().now())
    if (missing := examine_place(settings)) is not None:
        inside.findings.append(missing)
    else:
        try:
            await _look_inside(inside, settings, try_webhooks=try_webhooks, phone=phone)
        except StorageError as error:
            inside.findings.append(examine_failure(error))
    for found in (
        examine_settings(settings),
        examine_secrets(secret_places(os.environ, Path.cwd())),
        examine_rules(settings, inside.now, inside.years),
        inside.findings,
    ):
        for one in found:
            yield one
    async for one in examine_telegram(settings):
        yield one
    for one in examine_law(settings):
        yield one


@dataclass(slots=True, kw_only=True)
class _Inside:
    """What the database tells; as much as could be read before something went wrong."""

    now: datetime
    years: dict[str, dict[str, Any]] = field(default_factory=dict)
    findings: "list[Finding]" = field(default_factory=list)


async def _look_inside(
    inside: _Inside, settings: Settings, *, try_webhooks: bool, phone: str
) -> None:
    from bot.configuration.street_source import StreetSource
    from bot.operations.databases import looked_at
    from bot.operations.doctor import examine_clock, examine_database, examine_revision
    from bot.operations.findings import Grade
    from bot.operations.learnt import examine_learnt
    from bot.operations.webhooks import examine_webhooks
    from storage.work_calendars import list_years

    async with looked_at(settings) as (database, at):
        revision = examine_revision(at)
        inside.findings.append(revision)
        if revision.grade is not Grade.GOOD:
            return
        async with database.read() as tx:
            inside.now = now = await moment_in(tx)
            inside.years = await list_years(tx)
        async for one in examine_database(settings, database, now):
            inside.findings.append(one)
        inside.findings.append(await examine_clock(settings, database))
        inside.findings.append(await examine_learnt(database, StreetSource(settings), now))
        async for one in examine_webhooks(settings, database, now, call=try_webhooks, phone=phone):
            inside.findings.append(one)
