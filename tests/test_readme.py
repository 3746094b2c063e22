"""What the pages for readers name is there: commands, files, keys."""

import re
import tomllib
from pathlib import Path

import pytest
from typer.main import get_command

from bot.commands.cli import app

ROOT = Path(__file__).resolve().parents[1]
PAGES = (
    "README.md",
    "README.zh-CN.md",
    "CONTRIBUTING.md",
    "docs/guide.md",
    "docs/guide.zh-CN.md",
)
_COMMAND = re.compile(r"(?<![\w/])(?:\.venv/bin/)?linli ((?:[a-z]+ ?)+)")
_OPTION = re.compile(r" (--[a-z][a-z-]*)")


@pytest.fixture(params=PAGES)
def page(request: pytest.FixtureRequest) -> Path:
    return ROOT / str(request.param)


def code(page: Path) -> list[str]:
    """Give what stands in code, line by line."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, flags=re.S)
    text = re.sub(r"```.*?```", "", text, flags=re.S)
    lines = [line for block in blocks for line in block.splitlines()]
    return [*lines, *re.findall("`(.+?)`", text)]


def test_every_make_command_is_a_target(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, flags=re.M))

    named = {match for line in code(page) for match in re.findall(r"^make ([a-z-]+)", line)}

    assert named - targets == set()


def unknown_in(line: str) -> list[str]:
    """Give the commands and options of a line of code that Linli does not know."""
    match = _COMMAND.search(line)
    if match is None:
        return []
    command = get_command(app)
    for name in match.group(1).split():
        if not hasattr(command, "commands"):
            break  # An argument.
        if name not in command.commands:
            return [name]
        command = command.commands[name]
    known = {option for parameter in command.params for option in parameter.opts}
    given = line[match.start() :].partition("#")[0]
    return [option for option in _OPTION.findall(given) if option not in known]


def test_every_linli_command_and_option_is_there(page: Path) -> None:
    unknown = {line: found for line in code(page) if (found := unknown_in(line))}

    assert unknown == {}


def test_an_invented_command_or_option_would_be_found() -> None:
    assert unknown_in(".venv/bin/linli imports office.xlsx") == ["imports"]
    assert unknown_in("linli export ledger a.xlsx --since 2026-10-01 --sins") == ["--sins"]
    assert unknown_in("linli backup FILE") == []


def test_every_linked_file_is_there(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))

    missing = [
        link
        for link in links
        if "://" not in link and not (page.parent / link.rstrip("/")).exists()
    ]

    assert missing == []


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_every_setting_named_is_one(name: str) -> None:
    table = tomllib.loads((ROOT / "config.toml").read_text(encoding="utf-8"))
    rows = re.findall(r"^\| (`.+?) \|", (ROOT / name).read_text(encoding="utf-8"), flags=re.M)
    keys = [key for row in rows for key in re.findall(r"`([a-z_.]+?)(?:\.…)?`", row)]

    for key in keys:
        found: object = table
        for part in key.split("."):
            assert isinstance(found, dict), key
            assert part in found, key
            found = found[part]

    assert len(keys) >= 9


def test_both_readmes_have_the_same_parts() -> None:
    english, chinese = (
        (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md")
    )

    assert len(re.findall("^## ", english, flags=re.M)) == len(
        re.findall("^## ", chinese, flags=re.M)
    )
    for pattern in (r"\.venv/bin/linli [a-z]+", r"\]\((docs/[^)]+)", r"`(make [a-z-]+)`"):
        assert set(re.findall(pattern, english)) == set(re.findall(pattern, chinese))
