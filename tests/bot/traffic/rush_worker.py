"""One of several worker processes in a rush: handles what waits until nothing does, and ends.

``python -m tests.bot.traffic.rush_worker URL KEY_FILE FOLDER``
"""

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from bot.configuration.street_source import StreetSource
from bot.traffic.intake import Intake
from domain.messages import Incoming
from handlers.router import handle
from storage.database import Database
from storage.inbox import InboxState, inbox
from storage.keyring import MasterKeys
from tests.line import BOT, Line
from tests.street import MORNING, settings


class Presses(Line):
    """The line on which buttons can be pressed."""

    def parse(self, update: Mapping[str, Any]) -> Incoming | None:
        incoming = super().parse(update)
        return replace(incoming, action=update.get("action")) if incoming else None


def worker(database: Database, folder: Path) -> Intake:
    """Make a whole intake on a database."""
    source = StreetSource(settings(folder))
    return Intake(database, {BOT: Presses()}, source, lambda: MORNING, handle, batch_max=50)


async def main(url: str, key_file: str, folder: str) -> None:
    """Work until everything is done."""
    database = Database(url, MasterKeys.read(Path(key_file)))
    await database.open()
    intake = worker(database, Path(folder))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.readline)
    while True:
        await intake.handle_waiting()
        async with database.read() as tx:
            waiting = select(func.count()).where(inbox.c.state == InboxState.WAITING)
            if not await tx.scalar(waiting):
                break
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
