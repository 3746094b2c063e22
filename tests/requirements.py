"""Print the requirements with the tests that show each: ``make requirements``."""

import ast
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROWS = ROOT / "docs" / "requirements.md"
_ROW = re.compile(r"^\| ([GDMSVWR]-\d\d) \| ([^|]+) \|", re.MULTILINE)


def rows() -> dict[str, str]:
    """Read the rows: id to what the software must do, in their order."""
    return dict(_ROW.findall(ROWS.read_text(encoding="utf-8")))


def _marked(node: ast.AST) -> list[str]:
    found = []
    for decorator in getattr(node, "decorator_list", []):
        match decorator:
            case ast.Call(func=ast.Attribute(attr="requirement"), args=arguments):
                found += [one.value for one in arguments if isinstance(one, ast.Constant)]
    return found


def shown() -> dict[str, list[str]]:
    """Find the marks in all tests: id to ``file::test``."""
    found: dict[str, list[str]] = {}
    for path in sorted(ROOT.glob("tests/**/test_*.py")):
        name = str(path.relative_to(ROOT))
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                for row in _marked(node):
                    found.setdefault(row, []).append(f"{name}::{node.name}")
    return found


def main() -> None:
    """Print one row each, and a count."""
    wanted, tests = rows(), shown()
    for row, what in wanted.items():
        marks = tests.get(row, [])
        sys.stdout.write(f"{row}  {'shown' if marks else '—':5}  {what}\n")
        for mark in marks:
            sys.stdout.write(f"             {mark}\n")
    count = sum(1 for row in wanted if row in tests)
    sys.stdout.write(f"\n{count} of {len(wanted)} rows are shown by a test.\n")
    if unknown := tests.keys() - wanted.keys():
        sys.exit(f"tests name rows that do not exist: {sorted(unknown)}")


if __name__ == "__main__":
    main()
