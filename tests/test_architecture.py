"""The house: imports point down, features do not know each other, frameworks stay in ``bot/``."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.architecture import ASSEMBLY, LAYERS, SHARED, House, layer_of

HOUSE = House(Path(__file__).parent.parent)
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


# --- this house ----------------------------------------------------------------------------------


def test_imports_point_down() -> None:
    assert HOUSE.upward() == []


def test_features_do_not_know_each_other() -> None:
    assert HOUSE.sideways() == []


def test_what_is_shared_knows_no_feature() -> None:
    assert HOUSE.into_features() == []


def test_no_modules_import_each_other() -> None:
    assert HOUSE.circles() == []


def test_what_one_feature_alone_uses_is_its_own() -> None:
    assert HOUSE.lonely() == []


def test_the_shared_folders_and_the_assembly_are_there() -> None:
    assert [name for name in (*SHARED, *ASSEMBLY) if not (HOUSE.root / name).exists()] == []


def test_no_module_is_longer_than_six_hundred_lines() -> None:
    long = {
        file: length
        for file in HOUSE.files
        if "/migrations/" not in file
        for length in [len((HOUSE.root / file).read_text(encoding="utf-8").splitlines())]
        if length > 600
    }

    assert long == {}


def test_the_outer_layer_is_taken_in_at_a_glance() -> None:
    entries = {path.name for path in (HOUSE.root / "bot").iterdir()} - {
        "__init__.py",
        "__pycache__",
    }

    assert len(entries) <= 12


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_framework_stays_where_it_belongs(framework: str) -> None:
    allowed = FRAMEWORKS[framework]

    wrong = [
        f"{one}; only {', '.join(allowed)} may"
        for one in HOUSE.imports
        if layer_of(one.module) == framework and not one.file.startswith(allowed)
    ]

    assert wrong == []


def test_the_domain_does_not_touch_the_world() -> None:
    wrong = [
        f"{one}; pass the value in instead"
        for one in HOUSE.imports
        if layer_of(one.file) == "domain" and layer_of(one.module) in IMPURE
    ]

    assert wrong == []


def test_no_rule_asks_which_channel_somebody_uses() -> None:
    """Above ``bot/`` the vocabulary is semantic; the few exceptions keep data on their channel."""
    allowed = {
        "domain/messages.py",
        "domain/people.py",
        # The privacy notice names where the data go; the page's files are checked as one's own.
        "handlers/privacy_notice.py",
        "handlers/turn.py",
        "storage/people.py",
        "storage/conversations.py",
        "storage/outbox.py",
        # What is uploaded to the page fills our own disk; Telegram's files are fetched by one.
        "storage/attachments.py",
    }
    wrong = [
        f"{one.file}:{one.line} asks for the channel"
        for one in HOUSE.ours
        if (one.module, one.name) == ("domain.messages", "Channel")
        and layer_of(one.file) != "bot"
        and one.file not in allowed
    ]

    assert wrong == []


def test_no_file_has_a_name_that_says_nothing() -> None:
    empty_names = {"utils", "helpers", "manager", "data", "info", "common", "misc"}

    assert [file for file in HOUSE.files if Path(file).stem in empty_names] == []


# --- any house -----------------------------------------------------------------------------------


def planted(root: Path, files: Mapping[str, str]) -> House:
    """Build a small house: a root file and two features in each layer, and what is planted."""
    plain = {
        f"{layer}/{name}.py": ""
        for layer in LAYERS[1:]
        for name in ("shared", "matters/life", "visits/plan", "services/guide")
    }
    for name, text in (plain | dict(files)).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return House(root)


def wrong_in(house: House) -> list[str]:
    """List everything that is wrong with a house."""
    return [
        *house.upward(),
        *house.sideways(),
        *house.into_features(),
        *house.circles(),
        *house.lonely(),
    ]


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"handlers/visits/plan.py": "from domain.visits import plan"},
        {"handlers/visits/plan.py": "from handlers.shared import x\nimport domain.shared"},
        {"storage/visits/plan.py": "from domain.matters.life import Matter"},
        {"handlers/registry.py": "from handlers.visits import plan"},
        {"bot/commands/visits.py": "from handlers.visits import plan"},
    ],
)
def test_what_a_feature_may_import(tmp_path: Path, files: dict[str, str]) -> None:
    # Whatever is shared has a second user here.
    users = {f"{layer}/services/guide.py": f"import {layer}.shared" for layer in LAYERS[1:]}
    others = {f"{layer}/matters/life.py": f"import {layer}.shared" for layer in LAYERS[1:]}

    assert wrong_in(planted(tmp_path, users | others | files)) == []


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (
            {"handlers/visits/plan.py": "from handlers.services import guide"},
            "visits and services are two features; what both need belongs in a file of the root "
            "of handlers/",
        ),
        (
            {"handlers/visits/plan.py": "def late():\n    from storage.services.guide import x"},
            "visits and services are two features; what both need belongs in a file of the root "
            "of storage/",
        ),
        (
            {"domain/visits/plan.py": "import storage.shared"},
            "domain/ stands below storage/; move what it needs down",
        ),
        (
            {"handlers/shared.py": "from domain.visits.plan import Plan"},
            "handlers/shared.py is shared and visits is a feature",
        ),
        (
            {"storage/shared.py": "from domain.matters.life import Matter"},
            "storage/shared.py is shared and matters is a feature",
        ),
        (
            {
                "domain/visits/plan.py": "from domain.visits.due import x",
                "domain/visits/due.py": "from domain.visits.plan import y",
            },
            "domain/visits/due.py and domain/visits/plan.py import each other",
        ),
        (
            {"storage/visits/plan.py": "from storage.shared import x"},
            "storage/shared.py is used by visits alone; move it to storage/visits/",
        ),
    ],
)
def test_what_is_forbidden_is_found_and_told_where_it_belongs(
    tmp_path: Path, files: dict[str, str], told: str
) -> None:
    assert [one for one in wrong_in(planted(tmp_path, files)) if told in one]
