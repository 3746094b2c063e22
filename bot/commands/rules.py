"""``linli rules``: the rules in force, with the documents on which they rest."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.console import (
    MISUSED,
    console_language,
    load_settings,
    moment_in,
    open_database,
    perform,
    refuse,
    say,
    unit_named,
)
from bot.configuration.settings import Settings
from bot.words.wording import LOCAL_TIME, wording_for

if TYPE_CHECKING:
    from domain.messages import Card

commands = typer.Typer()


@commands.command()
def rules(
    unit: Annotated[str, typer.Option(help="The code of a community; else the street's.")] = "",
    as_of: Annotated[str, typer.Option(help="A day, such as 2027-03-01; else today.")] = "",
) -> None:
    """Show every rule with its source document, since when it holds, and what is a community's."""
    day = _day(as_of) if as_of else None
    wording = wording_for(console_language())
    for card in perform(_cards(load_settings(), unit, day)):
        say(wording.text(card.title))
        for line in card.lines:
            say(f"  {wording.text(line.label)}: {wording.value(line.value)}")
        say()


def _day(given: str) -> date:
    try:
        return date.fromisoformat(given)
    except ValueError:
        refuse("--as-of must be a day, such as 2027-03-01", code=MISUSED)


async def _cards(settings: Settings, code: str, day: date | None) -> "list[Card]":
    from bot.configuration.law_data import policies, rule_book
    from domain.rule_cards import rule_card, tables_of
    from storage import organisation

    async with open_database(settings) as database, database.read() as tx:
        if code:
            unit_named(await organisation.load(tx), code)
        day = day or (await moment_in(tx)).astimezone(LOCAL_TIME).date()
    given = rule_book(settings).given(day, code or None)
    register = policies(settings)
    return [rule_card(values, register, day) for values in tables_of([*given.values()]).values()]
