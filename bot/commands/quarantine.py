"""``linli quarantine``: messages that could not be handled."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.console import load_settings, local_time, open_database, perform, say
from bot.configuration.settings import (
    Settings,
)

if TYPE_CHECKING:
    pass

commands = typer.Typer(
    name="quarantine",
    help="Messages that could not be handled: see them, try them again, erase them.",
    no_args_is_help=True,
)


@commands.command("list")
def list_quarantine() -> None:
    """List them: number, bot, when it arrived, what went wrong; never what was said."""
    found = perform(_quarantined(load_settings()))
    for number, bot, error, received in found:
        say(f"{number}  {bot}  {local_time(received)}  {error}")
    if not found:
        say("Nothing is quarantined.")


async def _quarantined(settings: Settings) -> list[tuple[int, str, str, datetime]]:
    from storage import inbox

    async with open_database(settings) as database, database.read() as tx:
        return await inbox.list_quarantined(tx)


@commands.command("replay")
def replay_quarantine(
    numbers: Annotated[list[int] | None, typer.Argument(help="Which; all without any.")] = None,
) -> None:
    """Let them be handled again, as by a version that can; they keep their place in line."""
    count = perform(_replayed(load_settings(), numbers or []))
    say(f"{count} messages will be handled again: within half a minute where Linli runs.")


async def _replayed(settings: Settings, numbers: list[int]) -> int:
    from storage import inbox

    async with open_database(settings) as database, database.write() as tx:
        chosen = numbers or [row[0] for row in await inbox.list_quarantined(tx)]
        return await inbox.replay(tx, chosen)


@commands.command("drop")
def drop_quarantine(
    numbers: Annotated[list[int], typer.Argument(help="Which to erase for good.")],
) -> None:
    """Erase them for good: what was said in them is lost, and nobody is answered."""
    say(f"{perform(_dropped(load_settings(), numbers))} messages were erased.")


async def _dropped(settings: Settings, numbers: list[int]) -> int:
    from storage import inbox

    async with open_database(settings) as database, database.write() as tx:
        return await inbox.drop(tx, numbers)
