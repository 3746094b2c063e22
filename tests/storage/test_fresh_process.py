"""What a process does that finds a database of this version already: every office after its first
day."""

import asyncio
import json
import re
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from storage.keyring import MasterKeys
from tests.databases import new_sqlite

ROOT = Path(__file__).parents[2]
_TABLES = """
import json, storage.migrate_data
from storage.schema import metadata
print(json.dumps(list(metadata.tables)))
"""
_WRITERS = re.compile(r"^@writes\(([^)]*)\)", re.MULTILINE)


def registered() -> set[str]:
    """Name every type for which a writer stands in storage/, whoever loads it."""
    found: set[str] = set()
    for path in (ROOT / "storage").rglob("*.py"):
        for given in _WRITERS.findall(path.read_text(encoding="utf-8")):
            found |= {one.strip() for one in given.split(",") if "=" not in one}
    return found


async def test_a_second_start_writes_one_of_every_type(
    tmp_path: Path, key_file: Path, empty_sqlite: Path
) -> None:
    url = await new_sqlite(tmp_path, empty_sqlite, MasterKeys.read(key_file))

    started = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.storage.one_of_each", str(url), str(key_file)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await started.communicate()

    said = json.loads(out)
    assert {name: what for name, what in said.items() if what != "written"} == {}
    assert set(said) == registered()


async def test_a_process_that_does_nothing_but_move_a_database_knows_every_table(
    tmp_path: Path, key_file: Path, empty_sqlite: Path
) -> None:
    await new_sqlite(tmp_path, empty_sqlite, MasterKeys.read(key_file))
    with closing(sqlite3.connect(tmp_path / "linli.db")) as migrated:
        rows = migrated.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
    there = {name for (name,) in rows if not name.startswith("sqlite_")}

    started = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _TABLES), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await started.communicate()

    assert set(json.loads(out)) == there - {"alembic_version"}
