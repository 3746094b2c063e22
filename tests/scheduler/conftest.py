"""The office whose time the tests move."""

from pathlib import Path

import pytest

from scheduler.digests import digests
from storage.database import Database
from tests.scheduler.desk import RESIDENT, Desk, here
from tests.street import found


@pytest.fixture(autouse=True)
def _no_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start none: a test that wants one says so."""
    monkeypatch.setattr(digests, "in_subprocess", here)


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> Desk:
    await found(database)
    desk = Desk(database, tmp_path)
    await desk.add_resident(RESIDENT)
    return desk
