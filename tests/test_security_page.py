"""The page on security names tests that are there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
_NAMED = re.compile(r"`(tests/[a-z_/]+\.py)::(test_[a-z_0-9]+)`")


def test_every_test_that_the_page_names_is_there() -> None:
    named = _NAMED.findall((ROOT / "docs" / "security.md").read_text(encoding="utf-8"))

    missing = [
        f"{file}::{name}"
        for file, name in named
        if f"def {name}(" not in (ROOT / file).read_text(encoding="utf-8")
    ]

    assert len(named) > 40
    assert missing == []


def test_every_promise_of_the_page_names_a_test_or_says_that_it_has_none() -> None:
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    promises = [line for line in page.splitlines() if line.startswith("- **")]

    bare = [line[:60] for line in promises if not _NAMED.search(line)]

    assert bare == ["- **Source of webhook calls.** Proven by the secret alone: b"]
