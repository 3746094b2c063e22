"""The street that benchmarks talk to: five communities of four grids, a secretary in each grid."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.configuration.loading import load
from bot.configuration.settings import Settings
from bot.operations.databases import opened
from domain.messages import Channel, Side
from domain.organisation import Post, Role, Unit, UnitKind
from domain.people import Account, Person
from storage.changes import Changes, apply
from storage.database import Database
from storage.keyring import MasterKeys

RESIDENTS_TOKEN, STAFF_TOKEN = "1001:residents", "1002:staff"
COMMUNITIES, GRIDS_EACH = 5, 4
#: The Telegram id of the first grid's secretary.
FIRST_SECRETARY = 900_001
SECRETARIES = COMMUNITIES * GRIDS_EACH

GRIDS = tuple(f"G{number:02}" for number in range(1, SECRETARIES + 1))


def units() -> list[Unit]:
    """Give the units of the street."""
    made = [Unit(code="S", kind=UnitKind.STREET, parent=None, name="梧桐街道", name_en="Wutong")]
    for community in range(1, COMMUNITIES + 1):
        code = f"C{community}"
        made.append(
            Unit(
                code=code,
                kind=UnitKind.COMMUNITY,
                parent="S",
                name=f"第{community}社区",
                name_en=f"Community {community}",
            )
        )
        for grid in GRIDS[(community - 1) * GRIDS_EACH : community * GRIDS_EACH]:
            made.append(
                Unit(
                    code=grid,
                    kind=UnitKind.GRID,
                    parent=code,
                    name=f"第{int(grid[1:])}网格",
                    name_en=f"Grid {int(grid[1:])}",
                )
            )
    return made


async def found(database: Database) -> None:
    """Put the street and its grid secretaries, who use Telegram, into an empty database."""
    since = datetime.now(UTC) - timedelta(days=400)
    changes = Changes()
    changes.save(*units())
    for index, grid in enumerate(GRIDS):
        person = f"secretary-{grid}"
        changes.save(
            Person(
                id=person,
                side=Side.STAFF,
                name=f"书记{index + 1}",
                created_at=since,
                preferred=f"account-{grid}",
            ),
            Account(
                id=f"account-{grid}",
                person=person,
                side=Side.STAFF,
                channel=Channel.TELEGRAM,
                address=str(FIRST_SECRETARY + index),
                created_at=since,
                seen_at=since,
            ),
            Post(
                id=f"post-{grid}", unit=grid, role=Role.GRID_SECRETARY, person=person, since=since
            ),
        )
    async with database.write() as tx:
        await apply(tx, [changes])


def environment(folder: Path, api_base: str, port: int, **more: str) -> dict[str, str]:
    """Give the environment of a Linli process that lives in a folder."""
    key = folder / "linli.key"
    if not key.exists():
        MasterKeys.create(key)
    return {
        "LINLI_DEMO": "false",
        "LINLI_DATA_DIR": str(folder / "data"),
        "LINLI_SECRETS__KEY_FILE": str(key),
        "LINLI_WEB__PUBLIC_URL": f"http://127.0.0.1:{port}",
        "LINLI_WEB__PORT": str(port),
        "LINLI_TELEGRAM__API_BASE": api_base,
        "LINLI_TELEGRAM__RESIDENTS__TOKEN": RESIDENTS_TOKEN,
        "LINLI_TELEGRAM__STAFF__TOKEN": STAFF_TOKEN,
        "LINLI_TELEGRAM__BUDGET__PER_CHAT_PER_SECOND": "10000",
        "LINLI_TELEGRAM__BUDGET__PER_BOT_PER_SECOND": "10000",
        "LINLI_SENDER__IN_FLIGHT_MAX": "100",
        "LINLI_INTAKE__FLOOD__BURST": "100000",
        **more,
    }


@asynccontextmanager
async def prepared(
    folder: Path, environ: dict[str, str]
) -> AsyncIterator[tuple[Settings, Database]]:
    """Open the database of a benchmark's Linli, with the street in it if it was empty."""
    settings = load({**os.environ, **environ}, folder)
    async with opened(settings) as database:
        yield settings, database
