"""Documents in words: what stands on each sheet, ready to be written as Word or PDF."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Fields:
    """Labelled lines; what is empty is to be filled in by hand."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a head."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Part: TypeAlias = str | Fields | Table


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """One document in words, on a page of its own."""

    title: str
    number: str
    parts: tuple[Part, ...]
    signs: tuple[tuple[str, str], ...]
    """Who signs, and how it was signed; empty for a line to sign on."""
    foot: str


def paragraphs(words: str) -> Iterator[str]:
    """Split words into the paragraphs that they were written in."""
    yield from (line for line in words.split("\n") if line.strip())
