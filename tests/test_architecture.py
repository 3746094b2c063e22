"""The house: imports point down, features do not know each other, frameworks stay in ``bot/``.

Needs no maintenance for a new file: the grid of layers and features says where it belongs.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
#: From top to bottom; an import may only point to a layer further down, or stay in its own.
LAYERS = ("bot", "handlers", "scheduler", "reports", "storage", "domain")
#: The columns of the grid; what they share stands in files of other names.
FEATURES = frozenset(
    {
        "opinions",
        "services",
        "disputes",
        "decisions",
        "visits",
        "reception",
        "supervision",
        "assessment",
        "assignments",
        "digests",
    }
)
FRAMEWORKS = {
    "aiogram": ("bot/channels/telegram/aiogram_",),
    "telegram": ("bot/channels/telegram/ptb_",),
    "aiohttp": ("bot/",),
    "jinja2": ("bot/",),
    "typer": ("bot/",),
    "pydantic": ("bot/",),
    "pydantic_settings": ("bot/",),
    "apscheduler": ("scheduler/",),
    "sqlalchemy": ("storage/",),
    "alembic": ("storage/",),
    "matplotlib": ("reports/",),
    "openpyxl": ("reports/", "bot/workbooks/"),
}
#: What domain/ may not touch: the world.
IMPURE = frozenset(
    {"asyncio", "os", "pathlib", "random", "secrets", "socket", "time", "logging", "structlog"}
)

Import = tuple[Path, int, str]


def _files() -> list[Path]:
    return sorted(path for layer in LAYERS for path in (ROOT / layer).rglob("*.py"))


def _imports(path: Path) -> Iterator[Import]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield path, node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield path, node.lineno, node.module
            for alias in node.names:
                yield path, node.lineno, f"{node.module}.{alias.name}"


def _layer(path: Path) -> str:
    return path.relative_to(ROOT).parts[0]


ALL = [one for path in _files() for one in _imports(path)]


def test_imports_point_down() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}: {_layer(path)}/ stands below "
        f"{name.split('.')[0]}/; move what it needs down, or return it as a value"
        for path, line, name in ALL
        if name.split(".")[0] in LAYERS
        and LAYERS.index(name.split(".")[0]) < LAYERS.index(_layer(path))
    ]

    assert wrong == []


def test_features_do_not_know_each_other() -> None:
    """`handlers.router` and `handlers.first_words` may: they are no feature."""
    wrong = []
    for path, line, name in ALL:
        parts = name.split(".")
        same_layer = parts[0] == _layer(path)
        if not same_layer or len(parts) < 2 or path.stem not in FEATURES:
            continue
        if parts[1] in FEATURES and parts[1] != path.stem:
            wrong.append(
                f"{path.relative_to(ROOT)}:{line} imports its neighbour {name}; what both need "
                f"belongs in a shared file of {parts[0]}/"
            )

    assert wrong == []


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_framework_stays_where_it_belongs(framework: str) -> None:
    allowed = FRAMEWORKS[framework]

    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {framework}; only {', '.join(allowed)} may"
        for path, line, name in ALL
        if name.split(".")[0] == framework and not str(path.relative_to(ROOT)).startswith(allowed)
    ]

    assert wrong == []


def test_the_domain_does_not_touch_the_world() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}; pass the value in instead"
        for path, line, name in ALL
        if _layer(path) == "domain" and name.split(".")[0] in IMPURE
    ]

    assert wrong == []


def test_no_rule_asks_which_channel_somebody_uses() -> None:
    """Above ``bot/`` the vocabulary is semantic; the few exceptions keep data on their channel."""
    allowed = {
        "domain/messages.py",
        "domain/people.py",
        # The privacy notice names where the data go; the page's files are checked as one's own.
        "handlers/residents/arrival.py",
        "handlers/turn.py",
        "storage/people.py",
        "storage/outbox.py",
        # What is uploaded to the page fills our own disk; Telegram's files are fetched by one.
        "storage/attachments.py",
    }
    wrong = [
        f"{path.relative_to(ROOT)}:{line} asks for the channel"
        for path, line, name in ALL
        if name == "domain.messages.Channel"
        and _layer(path) != "bot"
        and str(path.relative_to(ROOT)) not in allowed
    ]

    assert wrong == []


def test_no_file_has_a_name_that_says_nothing() -> None:
    empty_names = {"utils", "helpers", "manager", "data", "info", "common", "misc"}

    wrong = [str(path.relative_to(ROOT)) for path in _files() if path.stem in empty_names]

    assert wrong == []
