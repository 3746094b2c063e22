"""What the tests of the handlers share: an open office."""

from pathlib import Path

import pytest

from storage.database import Database
from tests.handlers.chats import Office, opened


@pytest.fixture
async def office(database: Database, tmp_path: Path) -> Office:
    return await opened(database, tmp_path)
