"""A pytest plugin that loads one module with one change: ``LINLI_MUTANT=domain/errors.py:17``."""

import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType

from hypothesis import HealthCheck, Phase, settings

from tests.mutants.mutations import mutated

VARIABLE = "LINLI_MUTANT"
ROOT = Path(__file__).parents[2]


class _Loader(SourceFileLoader):
    def __init__(self, name: str, path: str, index: int) -> None:
        super().__init__(name, path)
        self._index = index

    def get_code(self, fullname: str) -> CodeType:
        """Compile the changed tree; the cached code of the true module is not looked at."""
        source = Path(self.path).read_text(encoding="utf-8")
        return compile(mutated(source, self._index), self.path, "exec", dont_inherit=True)


class _Finder(MetaPathFinder):
    def __init__(self, module: str, path: Path, index: int) -> None:
        self._module, self._path, self._index = module, path, index

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Give the changed module in place of the true one."""
        if fullname != self._module:
            return None
        loader = _Loader(fullname, str(self._path), self._index)
        return spec_from_file_location(fullname, self._path, loader=loader)


def pytest_configure() -> None:
    """Let generated tests be the same each time, and fail without looking for a shorter example."""
    settings.register_profile(
        "mutants",
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        database=None,
        phases=(Phase.explicit, Phase.generate),
    )
    settings.load_profile("mutants")


def _begin() -> None:
    given = os.environ.get(VARIABLE)
    if given:
        file, _, index = given.rpartition(":")
        module = file.removesuffix(".py").replace("/", ".")
        if module in sys.modules:
            raise RuntimeError(f"{module} is loaded already: nothing would be changed")
        sys.meta_path.insert(0, _Finder(module, ROOT / file, int(index)))


_begin()
