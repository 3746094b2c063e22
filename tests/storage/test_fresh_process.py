"""What a process does that finds a database of this version already: every office after its first
day."""

import asyncio
import json
import re
import sys
from pathlib import Path

from storage.keyring import MasterKeys
from tests.databases import new_sqlite

ROOT = Path(__file__).parents[2]
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
