"""``linli broadcasts``: how far messages to many have got."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.console import (
    load_settings,
    local_time,
    moment_in,
    open_database,
    perform,
    refuse,
    say,
)
from bot.configuration.settings import (
    Settings,
)

if TYPE_CHECKING:
    pass

commands = typer.Typer()


@commands.command()
def broadcasts(
    watch: Annotated[
        bool, typer.Option(help="Follow those under way until they are done.")
    ] = False,
    stop: Annotated[str, typer.Option(help="Stop the one whose id begins like this.")] = "",
) -> None:
    """Show how far the notices to residents have come."""
    settings = load_settings()
    if stop:
        say(f"stopped {perform(_stop_broadcast(settings, stop))}")
        return
    perform(_watch_broadcasts(settings) if watch else _list_broadcasts(settings))


async def _list_broadcasts(settings: Settings) -> None:
    from storage.broadcasts.broadcasts import list_broadcasts, progress_of

    async with open_database(settings) as database, database.read() as tx:
        found = await list_broadcasts(tx, 20)
        for one in found:
            done = await progress_of(tx, one.id)
            total = max(one.expected, one.made)
            say(
                f"{one.id[:8]}  {local_time(one.created_at)}  {one.unit}  {one.state}  "
                f"sent {done.sent}, failed {done.failed}, of {total}"
            )
    if not found:
        say("No notice was sent yet.")


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
    async with open_database(settings) as database:
        async with database.read() as tx:
            open_ones = [one for one in await list_broadcasts(tx, 20) if one.state not in ENDED]
        if not open_ones:
            say("No notice is under way.")
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
    from storage.broadcasts.broadcasts import BROADCAST, Ended, list_broadcasts
    from storage.changes import Changes, apply
    from storage.reminders import NoReminder

    async with open_database(settings) as database, database.write() as tx:
        found = [one for one in await list_broadcasts(tx, 100) if one.id.startswith(begins)]
        if len(found) != 1:
            refuse(f"{len(found)} notices begin with {begins}: see `linli broadcasts`")
        if found[0].state in ENDED:
            refuse(f"{found[0].id} is {found[0].state} already")
        changes = Changes()
        changes.save(
            NoReminder(BROADCAST, found[0].id),
            Ended(found[0].id, BroadcastState.STOPPED, await moment_in(tx)),
        )
        await apply(tx, [changes])
    return found[0].id
