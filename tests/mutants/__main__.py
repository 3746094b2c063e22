"""Would the tests notice? ``make mutants`` changes ``domain/`` at random places and runs its tests.

Prints a line a file and each change that nobody noticed. A change that alters nothing that can be
seen stands, with its reason, in ``equivalents.toml`` and does not count.
"""

import argparse
import os
import random
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.mutations import Mutant, mutants
from tests.mutants.plugin import ROOT, VARIABLE

EQUIVALENTS = Path(__file__).with_name("equivalents.toml")
#: A mutant that makes the tests run for ever is noticed.
PATIENCE_SECONDS = 120
#: pytest: all passed.
PASSED = 0
#: pytest: no test was collected, so that nothing was asked.
NO_TESTS = 5

#: A file, a line's text, and what was changed in it.
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Trial:
    """One mutant of one file."""

    file: str
    mutant: Mutant
    text: str
    """The line in the source, without its indentation."""

    @property
    def key(self) -> Key:
        """What names the mutant, wherever the line has moved to."""
        return self.file, self.text, self.mutant.what


def own_tests(file: str) -> list[str]:
    """Find the tests in the folder of a module's layer that import it, its own first."""
    module = file.removesuffix(".py").replace("/", ".")
    parent, _, leaf = module.rpartition(".")
    layer = module.partition(".")[0]
    named = re.compile(
        rf"^(from {re.escape(module)} import|import {re.escape(module)}\b"
        rf"|from {re.escape(parent)} import .*\b{leaf}\b)",
        re.MULTILINE,
    )
    found = [
        path
        for path in sorted((ROOT / "tests" / layer).rglob("test_*.py"))
        if named.search(path.read_text(encoding="utf-8"))
    ]
    found.sort(key=lambda path: path.stem != f"test_{leaf}")
    return [str(path.relative_to(ROOT)) for path in found]


def passes(file: str, mutant: Mutant | None) -> bool:
    """Run the tests of a file with one change to it; without one, on the file as it is.

    Raises:
        LookupError: the file has no tests of its own layer.
    """
    tests = own_tests(file)
    if not tests:
        raise LookupError(f"nothing in tests/ imports {file}")
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "tests.mutants.plugin"]
    quiet = ["-p", "no:cacheprovider", "-m", "not slow and not postgres and not browser"]
    changed = {VARIABLE: f"{file}:{mutant.index}"} if mutant else {}
    try:
        done = subprocess.run(
            [*command, *quiet, *tests],
            cwd=ROOT,
            env={**os.environ, **changed},
            capture_output=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    if done.returncode == NO_TESTS:
        raise LookupError(f"no test of {file} ran")
    return done.returncode == PASSED


def drawn(files: Iterable[str], sample: int, seed: int) -> list[Trial]:
    """Draw some mutants of each file; the same seed draws the same from the same source."""
    trials = []
    for file in files:
        source = (ROOT / file).read_text(encoding="utf-8")
        lines = source.splitlines()
        possible = mutants(source)
        chance = random.Random(f"{seed} {file}")
        picked = chance.sample(possible, min(sample, len(possible)))
        picked.sort(key=lambda one: one.index)
        trials += [Trial(file, one, lines[one.line - 1].strip()) for one in picked]
    return trials


def equivalents() -> set[Key]:
    """Read the changes that alter nothing that can be seen."""
    listed = tomllib.loads(EQUIVALENTS.read_text(encoding="utf-8")).get("equivalent", [])
    return {(one["file"], one["line"], one["change"]) for one in listed}


def report(
    trials: Sequence[Trial], noticed: Sequence[bool], same: set[tuple[str, str, str]]
) -> str:
    """Say for each file how many were noticed, then name those that were not."""
    counted, killed = Counter[str](), Counter[str]()
    unseen = []
    for trial, seen in zip(trials, noticed, strict=True):
        if not seen and trial.key in same:
            continue
        counted[trial.file] += 1
        killed[trial.file] += seen
        if not seen:
            unseen.append(f"{trial.file}:{trial.mutant.line}  {trial.mutant.what}")
    lines = [f"{file:44} {killed[file]:4} of {counted[file]}" for file in counted]
    total, all_killed = sum(counted.values()), sum(killed.values())
    share = f"{all_killed / total:.1%}" if total else "nothing tried"
    return "\n".join([*lines, f"{'all':44} {all_killed:4} of {total} ({share})", "", *unseen])


def _as_it_is(file: str) -> bool:
    return passes(file, None)


def main() -> None:
    """Draw, run, report."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("files", nargs="*", help="files of domain/; all without any")
    parser.add_argument("--sample", type=int, default=12, help="mutants a file")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    everything = sorted(
        str(path.relative_to(ROOT))
        for path in (ROOT / "domain").rglob("*.py")
        if path.name != "__init__.py"
    )
    files = given.files or everything
    trials = drawn(files, given.sample, given.seed)
    with ThreadPoolExecutor(given.workers) as pool:
        # Tests that fail anyway would notice everything.
        broken = [
            file for file, good in zip(files, pool.map(_as_it_is, files), strict=True) if not good
        ]
        if broken:
            sys.exit(f"their tests fail without any change: {', '.join(broken)}")
        noticed = list(pool.map(lambda one: not passes(one.file, one.mutant), trials))
    sys.stdout.write(f"seed {given.seed}, {given.sample} a file\n")
    sys.stdout.write(report(trials, noticed, equivalents()) + "\n")


if __name__ == "__main__":
    main()
