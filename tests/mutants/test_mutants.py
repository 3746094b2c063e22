"""The tool itself: it changes what it says it changes, and a test that notices is counted."""

import ast

from tests.mutants.__main__ import (
    Count,
    Trial,
    drawn,
    equivalents,
    falls_short,
    own_tests,
    passes,
    report,
)
from tests.mutants.mutations import Mutant, mutants, mutated
from tests.mutants.plugin import ROOT

SOURCE = '''"""A module."""
LIMIT = 3


def is_over(count: int, *, strict: bool = True) -> bool:
    """Tell."""
    if count < 0:
        raise ValueError(count)
    return count > LIMIT and strict
'''


def run(tree: ast.Module, count: int) -> bool:
    space: dict[str, object] = {}
    exec(compile(tree, "changed", "exec"), space)  # noqa: S102  # the source stands above
    return bool(space["is_over"](count))  # type: ignore[operator]


def index_of(what: str) -> int:
    return next(one.index for one in mutants(SOURCE) if one.what == what)


def test_a_mutant_is_the_module_with_exactly_one_change() -> None:
    moved = mutated(SOURCE, index_of("count > LIMIT: Gt → GtE"))

    assert run(ast.parse(SOURCE), 3) is False
    assert run(moved, 3) is True
    assert run(moved, 2) is False


def test_every_mutant_compiles_and_differs_from_the_source() -> None:
    plain = ast.unparse(ast.parse(SOURCE))

    for one in mutants(SOURCE):
        changed = mutated(SOURCE, one.index)

        compile(changed, "changed", "exec")
        assert ast.unparse(changed) != plain, one.what


def test_annotations_and_docstrings_are_left_alone() -> None:
    lines = {one.what for one in mutants(SOURCE)}

    assert not any("Tell" in what or "A module" in what for what in lines)
    assert "raise ValueError(count) → pass" in lines
    assert "True → False" in lines


def test_the_same_seed_draws_the_same_mutants() -> None:
    assert drawn(["domain/people.py"], 5, 7) == drawn(["domain/people.py"], 5, 7)
    assert drawn(["domain/people.py"], 5, 7) != drawn(["domain/people.py"], 5, 8)


def test_what_is_equivalent_does_not_count_and_what_passes_unseen_is_named() -> None:
    one, other = Mutant(0, 2, "3 → 4"), Mutant(1, 8, "count > LIMIT: Gt → GtE")
    trials = [Trial("a.py", one, "LIMIT = 3"), Trial("a.py", other, "return …")]

    told = report(trials, [False, False], {("a.py", "LIMIT = 3", "3 → 4")})

    assert "0 of    1" in told
    assert "a.py:8  count > LIMIT: Gt → GtE" in told
    assert "a.py:2" not in told


def test_a_file_or_all_of_them_may_miss_the_goal() -> None:
    assert not falls_short({"a.py": Count(4, 3), "b.py": Count(12, 12)})
    assert falls_short({"a.py": Count(12, 8), "b.py": Count(90, 90)})
    assert falls_short({"a.py": Count(10, 8), "b.py": Count(10, 8)})


def test_entries_of_a_table_and_conditions_of_a_list_are_changed_and_types_are_not() -> None:
    source = (
        "NAMES = {'a': 1, 'b': 2}\n"
        "Pair = dict[str, tuple[int, int]]\n"
        "LADDER = ('x', 'y')\n"
        "def kept(all_of_them):\n"
        "    return [one for one in all_of_them if one.kept]\n"
    )

    told = {(one.line, one.what) for one in mutants(source)}

    assert (1, "'a': 1 → (removed)") in told
    assert (3, "'y' → (removed)") in told
    assert (5, "if one.kept: turned") in told
    assert not any(line == 2 for line, _ in told)


def test_the_tests_that_answer_for_a_module_are_its_own_or_all_that_import_it() -> None:
    own = own_tests("domain/matters/life.py")
    shared = own_tests("domain/places/points.py")

    assert own == [
        "tests/domain/matters/test_life.py",
        "tests/domain/matters/test_life_steps.py",
    ]
    assert "tests/domain/places/test_places.py" in shared
    assert len(shared) > 1


def test_a_changed_module_is_what_its_tests_run_on() -> None:
    file = next(str(path.relative_to(ROOT)) for path in (ROOT / "domain").rglob("working_time.py"))
    assert own_tests(file)
    fatal = next(
        one
        for one in mutants((ROOT / file).read_text(encoding="utf-8"))
        if one.what.startswith("return ")
    )

    assert passes(file, None)
    assert not passes(file, fatal)


def test_every_listed_equivalent_names_a_line_that_is_there() -> None:
    for file, line, what in equivalents():
        source = (ROOT / file).read_text(encoding="utf-8")
        lines = [one.strip() for one in source.splitlines()]

        assert line in lines, (file, line)
        assert any(m.what == what and lines[m.line - 1] == line for m in mutants(source)), what
