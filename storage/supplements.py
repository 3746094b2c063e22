"""The supplement that the office taught: one row, which every process reads with its snapshot."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Integer, LargeBinary, String, Table, select

from domain.categories import Categories
from domain.errors import StorageError
from storage.database import Tx
from storage.organisation import raise_version
from storage.schema import UtcDateTime, metadata

#: One row at most: a new supplement takes the place of the one before in one statement.
supplements = Table(
    "supplements",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("base", String(64), nullable=False),
    Column("trained_at", UtcDateTime, nullable=False),
    Column("corrections", Integer, nullable=False),
    Column("learnt_of", String(64), nullable=False),
    Column("figures", JSON, nullable=False),
    # Pieces of what residents said, each said by several.
    Column("sealed", LargeBinary, nullable=False),
)
_NAME = "words"


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """A supplement as it is kept."""

    base: str
    """Fingerprint of the shipped model on top of which it was trained."""
    trained_at: datetime
    corrections: int
    """Of how many corrections it was trained."""
    learnt_of: str
    """Fingerprint of the corrections and examples that there were; see `fingerprint_of`."""
    figures: dict[str, Any]
    content: bytes | None
    """What `domain.words.supplement.supplement_from` reads; None where it cannot be opened."""


def fingerprint(content: bytes) -> str:
    """Give a fingerprint of a shipped model."""
    return hashlib.sha256(content).hexdigest()


def fingerprint_of(numbers: Iterable[str], categories: Categories) -> str:
    """Give a fingerprint of corrections, by the numbers of their cases, and of all examples.

    It changes where one of them is gone: then what was learnt of it has to go too.
    """
    told = [
        *sorted(numbers),
        *(f"{one.code} {said}" for one in categories.listed for said in one.examples),
    ]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


async def keep_supplement(tx: Tx, kept: Kept) -> None:
    """Put a supplement in place of the one before; every process reads its street anew."""
    if kept.content is None:
        raise ValueError("there is nothing to keep")
    row = {
        "name": _NAME,
        "base": kept.base,
        "trained_at": kept.trained_at,
        "corrections": kept.corrections,
        "learnt_of": kept.learnt_of,
        "figures": kept.figures,
        "sealed": tx.keyring.seal_bytes(kept.content),
    }
    await tx.upsert(supplements, [row])
    await raise_version(tx)


async def find_supplement(tx: Tx) -> Kept | None:
    """Give the supplement that is kept; None where the office has none."""
    row = await tx.row(select(supplements).where(supplements.c.name == _NAME))
    if row is None:
        return None
    try:
        content = tx.keyring.unseal_bytes(row.sealed)
    except StorageError:
        content = None
    return Kept(
        base=row.base,
        trained_at=row.trained_at,
        corrections=row.corrections,
        learnt_of=row.learnt_of,
        figures=dict(row.figures),
        content=content,
    )


async def drop_supplement(tx: Tx) -> bool:
    """Go back to the shipped model; tell whether there was anything else."""
    found = await tx.run(supplements.delete())
    if found:
        await raise_version(tx)
    return bool(found)
