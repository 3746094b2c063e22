"""The office whose time the tests move."""

from pathlib import Path

import pytest

from storage.database import Database
from tests.scheduler.desk import RESIDENT, Desk
from tests.street import found


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> Desk:
    await found(database)
    desk = Desk(database, tmp_path)
    await desk.add_resident(RESIDENT)
    return desk
