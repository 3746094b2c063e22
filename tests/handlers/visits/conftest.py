"""An office with a page, on which the register is kept."""

from pathlib import Path

import pytest

from storage.database import Database
from tests.handlers.visits.page import PageOffice, opened


@pytest.fixture
async def office(database: Database, tmp_path: Path) -> PageOffice:
    return await opened(database, tmp_path)
