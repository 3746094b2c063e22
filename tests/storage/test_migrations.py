"""Which revision a database has to be at is read from the migrations themselves."""

from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text

from domain.errors import StorageError
from storage.database import Database
from storage.migrate import VERSIONS, current, head, revisions, upgrade


def written(folder: Path, *graph: tuple[str, str | None]) -> Path:
    """Write migrations, each with the one before it."""
    for name, before in graph:
        path = folder / f"{name}_x{len(list(folder.iterdir()))}.py"
        path.write_text(f'revision = "{name}"\ndown_revision = {before!r}\n', encoding="utf-8")
    return folder


def test_the_head_is_the_one_that_alembic_finds() -> None:
    config = Config()
    config.set_main_option("script_location", str(VERSIONS.parent))
    scripts = ScriptDirectory.from_config(config)

    assert [head()] == scripts.get_heads()
    assert revisions() == {one.revision: one.down_revision for one in scripts.walk_revisions()}


def test_the_head_is_what_nothing_comes_after_whatever_it_is_called(tmp_path: Path) -> None:
    assert head(written(tmp_path, ("0001", None), ("0009", "0001"), ("0004", "0009"))) == "0004"


@pytest.mark.parametrize(
    ("graph", "said"),
    [
        ((("0001", None), ("0002", "0001"), ("0003", "0001")), "2 heads: 0002, 0003"),
        ((("0001", None), ("0003", "0002")), "2 heads: 0001, 0003"),
        ((("0003", "0002"),), "miss 0002"),
        ((("0001", None), ("0001", None)), "two migrations are called 0001"),
        ((), "0 heads"),
    ],
)
def test_migrations_without_an_order_are_refused(
    tmp_path: Path, graph: tuple[tuple[str, str | None], ...], said: str
) -> None:
    with pytest.raises(StorageError, match=said):
        head(written(tmp_path, *graph))


@pytest.mark.parametrize("at", ["9999", "0000", "abc"])
async def test_a_database_of_an_unknown_version_is_refused_with_what_to_do(
    database: Database, at: str
) -> None:
    async with database.write() as tx:
        await tx.run(text("UPDATE alembic_version SET version_num = :at").bindparams(at=at))

    with pytest.raises(StorageError, match=f"at revision {at}, which this version does not know"):
        await upgrade(database)
    assert await current(database) == at
