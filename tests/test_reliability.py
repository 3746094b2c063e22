"""The fault table says what happens, and every row names a test that is there."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
#: What issue and design ask for; each must stand in some row.
FAULTS = (
    "a day",
    "429",
    "5xx",
    "reset",
    "the answer never comes",
    "breaks off",
    "403",
    "Locked",
    "full",
    "read-only",
    "Gone",
    "Killed",
    "Set back",
    "Jumps",
    "Two schedulers",
    "cannot be fetched",
    "cannot be stored",
)


@cache
def names_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text())
    return frozenset(
        node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def rows() -> list[str]:
    text = (ROOT / "docs" / "reliability.md").read_text()
    faults = text.split("## What to look at")[0]
    return [
        line
        for line in faults.splitlines()
        if line.startswith("| ") and not line.startswith("| fault")
    ]


def test_every_test_that_is_named_exists() -> None:
    named = [found for row in rows() for found in _TEST.findall(row)]

    missing = [f"{path}::{name}" for path, name in named if name not in names_in(path)]

    assert missing == []
    assert len(named) > 40


def test_every_fault_is_shown_by_a_test() -> None:
    assert [row[:60] for row in rows() if not _TEST.search(row)] == []


def test_every_fault_that_was_asked_for_has_its_row() -> None:
    faults = "\n".join(row.split(" | ")[0] for row in rows())

    assert [fault for fault in FAULTS if fault not in faults] == []
