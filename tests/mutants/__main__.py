"""Would the tests notice? ``make mutants`` changes ``domain/`` at random places and runs its tests.

Prints a line a file and each change that nobody noticed, and fails where too few were. A change
that alters nothing that can be seen stands, with its reason, in ``equivalents.toml`` and does not
count.
"""

import argparse
import os
import random
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.mutations import Mutant, mutants
from tests.mutants.plugin import ROOT, VARIABLE

EQUIVALENTS = Path(__file__).with_name("equivalents.toml")
#: A mutant that makes the tests run for ever is noticed.
PATIENCE_SECONDS = 120
#: Without a change they may take long, on a machine that has other work.
PATIENCE_AS_IT_IS_SECONDS = 900
#: The goal: what share of the changes the tests of a file notice at the least, and of all files.
OF_A_FILE = 0.75
OF_ALL = 0.88
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
    """Find the tests that answer for a module: its own, or else all of its layer that import it.

    Its own begin with its name: ``test_life.py`` and ``test_life_steps.py`` are those of a
    ``life.py``, as far as they import it.
    """
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
    own = [path for path in found if f"{path.stem}_".startswith(f"test_{leaf}_")]
    return [str(path.relative_to(ROOT)) for path in own or found]


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
    if file.startswith("domain/"):
        # Tests of the rules need none of its fixtures, and it takes longer than most of them.
        quiet.append("--noconftest")
    changed = {VARIABLE: f"{file}:{mutant.index}"} if mutant else {}
    try:
        done = subprocess.run(
            [*command, *quiet, *tests],
            cwd=ROOT,
            env={**os.environ, **changed},
            capture_output=True,
            timeout=PATIENCE_SECONDS if mutant else PATIENCE_AS_IT_IS_SECONDS,
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


@dataclass(frozen=True, slots=True)
class Count:
    """How many changes of a file were tried, and how many of them noticed."""

    tried: int
    noticed: int

    @property
    def share(self) -> float:
        """Give the share of what was noticed; of nothing, all was."""
        return self.noticed / self.tried if self.tried else 1.0

    def __str__(self) -> str:
        """Show both numbers and the share."""
        return f"{self.noticed:4} of {self.tried:4}  {self.share:4.0%}"


def counts(trials: Sequence[Trial], noticed: Sequence[bool], same: set[Key]) -> dict[str, Count]:
    """Count for each file; what alters nothing and was not noticed is left out."""
    tried, killed = Counter[str](), Counter[str]()
    for trial, seen in zip(trials, noticed, strict=True):
        tried[trial.file] += seen or trial.key not in same
        killed[trial.file] += seen
    return {file: Count(tried[file], killed[file]) for file in tried}


def total(counted: Iterable[Count]) -> Count:
    """Add up the files."""
    listed = list(counted)
    return Count(sum(one.tried for one in listed), sum(one.noticed for one in listed))


def falls_short(counted: dict[str, Count]) -> bool:
    """Tell whether a file, or all of them together, miss the goal."""
    a_file_does = any(one.share < OF_A_FILE for one in counted.values())
    return a_file_does or total(counted.values()).share < OF_ALL


def report(trials: Sequence[Trial], noticed: Sequence[bool], same: set[Key]) -> str:
    """Say for each file how many were noticed, then name those that were not, with their lines."""
    counted = counts(trials, noticed, same)
    lines = [f"{file:36} {one}" for file, one in counted.items()]
    unseen = [
        f"{trial.file}:{trial.mutant.line}  {trial.mutant.what}    | {trial.text}"
        for trial, seen in zip(trials, noticed, strict=True)
        if not seen and trial.key not in same
    ]
    return "\n".join([*lines, f"{'all':36} {total(counted.values())}", "", *unseen])


def _as_it_is(file: str) -> bool:
    return passes(file, None)


def _is_noticed(trial: Trial) -> bool:
    return not passes(trial.file, trial.mutant)


def _shown(trials: Iterable[Trial], noticed: Iterable[bool]) -> Iterator[bool]:
    """Show how far it has come: a line a file, a dot for what was noticed, else a sign."""
    before = ""
    for trial, seen in zip(trials, noticed, strict=True):
        sys.stderr.write(f"\n{trial.file:36} " if trial.file != before else "")
        sys.stderr.write("." if seen else "!")
        sys.stderr.flush()
        before = trial.file
        yield seen
    sys.stderr.write("\n")


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
    if untested := [file for file in files if not own_tests(file)]:
        sys.exit(f"no test of their own layer imports {', '.join(untested)}")
    trials = drawn(files, given.sample, given.seed)
    with ThreadPoolExecutor(given.workers) as pool:
        # Tests that fail anyway would notice everything.
        broken = [
            file for file, good in zip(files, pool.map(_as_it_is, files), strict=True) if not good
        ]
        if broken:
            sys.exit(f"their tests fail without any change: {', '.join(broken)}")
        noticed = list(_shown(trials, pool.map(_is_noticed, trials)))
    sys.stdout.write(f"seed {given.seed}, {given.sample} a file\n")
    same = equivalents()
    sys.stdout.write(report(trials, noticed, same) + "\n")
    if falls_short(counts(trials, noticed, same)):
        sys.exit(f"the goal: {OF_A_FILE:.0%} of each file, {OF_ALL:.0%} of all")


if __name__ == "__main__":
    main()
