"""The house as the tree shows it: a row is a layer, a folder in it is a feature.

Reads imports and nothing else: what is found here needs no list of features, and no upkeep for a
new one. ``tests/test_architecture.py`` asks it of this repository, and plants what is forbidden.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

#: From top to bottom; an import may only point to a layer further down, or stay in its own.
LAYERS = ("bot", "handlers", "scheduler", "reports", "storage", "domain")
#: Folders that are no features: parts that everybody shares, each too large for one file.
SHARED = frozenset(
    {
        "domain/access",
        "domain/words",
        "domain/places",
        "handlers/forms",
        "handlers/registers",
        "storage/migrations",
        # bot/ is the outer layer: its folders are what it does, not features.
        "bot/commands",
        "bot/configuration",
        "bot/traffic",
        "bot/channels",
        "bot/chat_page",
        "bot/demonstration",
        "bot/operations",
        "bot/pages",
        "bot/words",
        "bot/workbooks",
    }
)
#: Every feature may open, refer and resolve a matter.
EVERYBODYS = "matters"
#: The files that name all features, so that nothing is registered by being imported somewhere.
ASSEMBLY = frozenset(
    {
        "bot/configuration/rules/declared.py",
        "domain/registry.py",
        "handlers/registry.py",
        "reports/registry.py",
        "scheduler/timetable.py",
        "storage/modules.py",
        "storage/registry.py",
    }
)


@dataclass(frozen=True, slots=True)
class Import:
    """One module that a file imports."""

    file: str
    line: int
    module: str
    name: str = ""
    """What is taken out of it; empty for the module itself."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line} imports {self.module}"


class House:
    """A tree of layers, below a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @cached_property
    def files(self) -> tuple[str, ...]:
        """Every module, as a path from the root."""
        found = (path for layer in LAYERS for path in (self.root / layer).rglob("*.py"))
        return tuple(sorted(path.relative_to(self.root).as_posix() for path in found))

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        """Every import of a module of ours or of others, also inside functions."""
        return tuple(one for file in self.files for one in self._imports_of(file))

    def _imports_of(self, file: str) -> Iterator[Import]:
        for node in ast.walk(ast.parse((self.root / file).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield Import(file, node.lineno, alias.name)
            elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                for alias in node.names:
                    inner = f"{node.module}.{alias.name}"
                    if self._is_module(inner):
                        yield Import(file, node.lineno, inner)
                    else:
                        yield Import(file, node.lineno, node.module, alias.name)

    def _is_module(self, name: str) -> bool:
        path = self.root / name.replace(".", "/")
        return path.with_suffix(".py").is_file() or path.is_dir()

    @cached_property
    def ours(self) -> tuple[Import, ...]:
        """Imports of one layer's module by another or the same."""
        return tuple(one for one in self.imports if layer_of(one.module) in LAYERS)

    # --- what is wrong -----------------------------------------------------------------------

    def upward(self) -> list[str]:
        """Tell imports of a layer above."""
        return [
            f"{one}: {layer_of(one.file)}/ stands below {layer_of(one.module)}/; move what it "
            "needs down, or return it as a value"
            for one in self.ours
            if LAYERS.index(layer_of(one.module)) < LAYERS.index(layer_of(one.file))
        ]

    def sideways(self) -> list[str]:
        """Tell imports of one feature by another, also in a layer below."""
        return [
            f"{one}: {mine} and {theirs} are two features; what both need belongs in a file of "
            f"the root of {layer_of(one.module)}/, or is handed over by {EVERYBODYS}"
            for one in self.ours
            for mine, theirs in [(feature_of(one.file), feature_of(one.module))]
            if mine and theirs and theirs not in (mine, EVERYBODYS)
        ]

    def into_features(self) -> list[str]:
        """Tell imports of a feature by what is shared."""
        return [
            f"{one}: {one.file} is shared and {feature_of(one.module)} is a feature; move what is "
            "shared to the root, or name the feature's declaration in a tuple of the assembly"
            for one in self.ours
            if layer_of(one.file) != "bot"
            and feature_of(one.file) is None
            and feature_of(one.module) is not None
            and one.file not in ASSEMBLY
        ]

    def circles(self) -> list[str]:
        """Tell modules that import each other, one line a circle."""
        edges: dict[str, set[str]] = {}
        names = {module_of(file): file for file in self.files}
        for one in self.ours:
            if one.module in names and names[one.module] != one.file:
                edges.setdefault(one.file, set()).add(names[one.module])
        return [
            f"{' and '.join(sorted(circle))} import each other; move what both need into a third"
            for circle in _circles(edges)
        ]

    def lonely(self) -> list[str]:
        """Tell files of a root that one feature alone uses: they are that feature's."""
        users: dict[str, set[str | None]] = {}
        names = {module_of(file): file for file in self.files}
        for one in self.ours:
            if one.module in names and names[one.module] != one.file:
                users.setdefault(names[one.module], set()).add(feature_of(one.file))
        return [
            f"{file} is used by {feature} alone; move it to {layer_of(file)}/{feature}/"
            for file, used in sorted(users.items())
            if feature_of(file) is None and layer_of(file) != "bot" and len(used) == 1
            if file not in ASSEMBLY
            for feature in used
            if feature is not None
        ]


def layer_of(name: str) -> str:
    """Give the first part of a path or of a module's name."""
    return name.replace("/", ".").split(".")[0]


def module_of(file: str) -> str:
    """Give the name by which a file is imported."""
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def feature_of(name: str) -> str | None:
    """Give the feature that a path or a module's name belongs to; None for what is shared."""
    parts = name.removesuffix(".py").replace(".", "/").split("/")
    if len(parts) < 3 or "/".join(parts[:2]) in SHARED or layer_of(name) not in LAYERS:
        return None
    return parts[1]


def _circles(edges: Mapping[str, set[str]]) -> list[list[str]]:
    """Find groups that can reach each other, by Tarjan's algorithm."""
    found: list[list[str]] = []
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(edges.get(node, ())):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            group = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(group) > 1:
                found.append(group)

    for node in sorted(edges):
        if node not in index:
            visit(node)
    return found
