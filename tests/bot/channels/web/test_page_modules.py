"""The page's scripts find each other: one name that is missing, and nothing on the page works."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[4] / "bot" / "chat_page"
SCRIPTS = sorted(PAGE.glob("*.js"))
_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./([\w.]+)";', re.MULTILINE)
_EXPORT = re.compile(r"^export (?:async )?(?:function|class|const|let) (\w+)", re.MULTILINE)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_what_a_script_imports_is_exported_there(script: Path) -> None:
    missing = []
    for names, source in _IMPORT.findall(script.read_text(encoding="utf-8")):
        exported = set(_EXPORT.findall((PAGE / source).read_text(encoding="utf-8")))
        wanted = {name.split(" as ")[0].strip() for name in names.split(",") if name.strip()}
        missing += [f"{name} of {source}" for name in sorted(wanted - exported)]

    assert missing == []


def test_the_imports_of_the_page_are_recognised() -> None:
    found = [one for script in SCRIPTS for one in _IMPORT.findall(script.read_text("utf-8"))]

    assert len(found) > 10
