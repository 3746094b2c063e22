"""What is wrong in a configuration, each with its key."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to correct: the key as the file spells it, and what to do."""

    key: str
    message: str

    def __str__(self) -> str:
        return f"{self.key}: {self.message}"


class ConfigurationError(Exception):
    """Raised where Linli cannot start as it is configured; ``problems`` names everything."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems), key=lambda problem: (problem.key, problem.message))
        super().__init__("\n".join(map(str, self.problems)))
