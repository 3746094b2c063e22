"""What a feature keeps of a person, as it stands in the copy that the person is given.

Source: Personal Information Protection Law (PIPL), article 45.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.messages import Line
from domain.organisation import Organisation


@dataclass(frozen=True, kw_only=True, slots=True)
class Copied:
    """One list of the copy, for programs and in words."""

    name: str
    """Its key for programs; its title in words is ``<name>.copy_title``."""
    rows: Sequence[Mapping[str, Any]]
    """Plain JSON values; ``docs/export.md`` explains every key."""
    lines: Callable[[Organisation], Sequence[Line]]
