"""Journeys run on SQLite; those that go all the way run on PostgreSQL too."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.keyring import MasterKeys
from tests.databases import new_postgres
from tests.journeys import house

BOTH = ("test_one_matter", "test_three_forms", "test_floods")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.module.__name__.rpartition(".")[2] in BOTH:
        stores = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
        metafunc.parametrize("_store", stores, indirect=True)


@pytest.fixture(autouse=True)
async def _store(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[None]:
    """Let the houses of this test keep their tables where the test says."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield
        return
    server = request.getfixturevalue("postgres_server")
    MasterKeys.create(tmp_path / "linli.key")
    keys = MasterKeys.read(tmp_path / "linli.key")
    async with new_postgres(server, keys) as url:
        monkeypatch.setattr(house, "STORE", {"LINLI_DATABASE__URL": url})
        yield
