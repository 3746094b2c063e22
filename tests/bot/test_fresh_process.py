"""A process that finds its database migrated can write whatever the program writes."""

import ast
import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from storage.keyring import MasterKeys
from tests.databases import new_sqlite

ROOT = Path(__file__).parents[2]


def registered() -> list[str]:
    """Read from the source which kinds of object storage/ says how to write."""
    return sorted(
        {
            argument.id
            for path in ROOT.glob("storage/*.py")
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.AsyncFunctionDef)
            for call in node.decorator_list
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "writes"
            for argument in call.args
            if isinstance(argument, ast.Name)
        }
    )


def saved() -> Iterator[str]:
    """Read from the source which kinds are made where they are saved: ``changes.save(Link(…))``."""
    for layer in ("handlers", "scheduler", "bot"):
        for path in ROOT.glob(f"{layer}/**/*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                    continue
                if node.func.attr not in ("save", "put"):
                    continue
                for made in node.args:
                    if isinstance(made, ast.Call) and isinstance(made.func, ast.Name):
                        yield made.func.id


def test_what_is_saved_is_among_what_storage_can_write() -> None:
    kinds = {name for name in saved() if name[0].isupper()}

    assert {"Union", "CodeAttempt", "Erasure"} <= kinds
    assert kinds <= set(registered())


async def test_a_process_that_did_not_migrate_writes_one_of_every_kind(
    tmp_path: Path, key_file: Path, empty_sqlite: Path
) -> None:
    url = await new_sqlite(tmp_path, empty_sqlite, MasterKeys.read(key_file))
    kinds = registered()
    assert "Union" in kinds

    process = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "tests.bot.writes_everything", url, str(key_file), *kinds],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert process.returncode == 0, process.stderr
    assert process.stdout.split() == kinds
