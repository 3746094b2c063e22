"""A right is declared by one feature, listed, and asked somewhere; anything else is found."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from domain.access.declared import DECLARED, RULES
from domain.access.rights import FeatureRights, Right
from domain.organisation import Role
from tests.rights import EXPECTED, names

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "domain" / "access"
#: The layers from which people look and act.
ABOVE = ("bot", "handlers", "scheduler", "reports")


def declaring(folder: Path) -> list[str]:
    """Name the modules of a folder that declare rights."""
    return sorted(
        path.stem
        for path in folder.glob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign)
        and [one.id for one in node.targets if isinstance(one, ast.Name)] == ["RIGHTS"]
    )


def asked(root: Path) -> Iterator[tuple[str, str]]:
    """Give every ``SomeRight.MEMBER`` that the layers above name, as the two words."""
    for layer in ABOVE:
        for path in (root / layer).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                    yield node.value.id, node.attr


def without_a_door(declared: tuple[FeatureRights, ...], root: Path) -> list[str]:
    """Name the rights for which nobody above asks."""
    doors = set(asked(root))
    return [
        str(right)
        for one in declared
        for right in one.rights
        if (type(right).__name__, right.name) not in doors
    ]


def test_every_declaration_is_listed() -> None:
    found = {name: import_module(f"domain.access.{name}").RIGHTS for name in declaring(FOLDER)}

    assert [name for name, rights in found.items() if rights not in DECLARED] == []
    assert len(found) == len(DECLARED)


def test_a_declaration_is_found_in_whatever_file(tmp_path: Path) -> None:
    (tmp_path / "visits.py").write_text("RIGHTS = FeatureRights(rights=VisitRight, by_role={})\n")
    (tmp_path / "checks.py").write_text("def may(): ...\n")

    assert declaring(tmp_path) == ["visits"]


def test_rights_begin_with_the_name_of_the_file_that_declares_them() -> None:
    wrong = [
        str(right)
        for name in declaring(FOLDER)
        for right in import_module(f"domain.access.{name}").RIGHTS.rights
        if right.partition(".")[0] != name
    ]

    assert wrong == []


def test_every_right_is_asked_for_somewhere() -> None:
    assert without_a_door(DECLARED, ROOT) == []


def test_a_right_for_which_nobody_asks_is_found(tmp_path: Path) -> None:
    class VisitRight(Right):
        SEE = "visits.see"
        BOOK = "visits.book"

    for layer in ABOVE:
        (tmp_path / layer).mkdir()
    (tmp_path / "handlers" / "visits.py").write_text("await load(turn, VisitRight.SEE)\n")

    declared = (FeatureRights(rights=VisitRight, by_role={}),)

    assert without_a_door(declared, tmp_path) == ["visits.book"]


def test_every_right_is_held_by_somebody_and_stands_in_the_second_table() -> None:
    every = {str(right) for one in DECLARED for right in one.rights}
    held = {str(right) for rules in RULES.values() for right in rules}

    assert held == every
    assert names() == every


def test_a_feature_gives_its_own_rights_alone() -> None:
    foreign = [
        str(right)
        for one in DECLARED
        for rules in one.by_role.values()
        for right in rules
        if not isinstance(right, one.rights)
    ]

    assert foreign == []


def test_every_role_stands_in_the_rules() -> None:
    assert set(RULES) == set(Role)
    assert {role for roles in EXPECTED.values() for role in roles} == set(Role)


def test_nobody_opens_a_conduct_complaint_here() -> None:
    assert [name for name in names() if "conduct" in name or "complaint" in name] == []
