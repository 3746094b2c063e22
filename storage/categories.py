"""The categories of the street, where it has its own; read with the organisation's snapshot."""

from typing import Any

from sqlalchemy import JSON, Boolean, Column, Integer, Row, String, Table, false, select

from domain.categories import Categories, Category, Kind
from domain.organisation import Stream
from storage.database import Tx
from storage.organisation import raise_version
from storage.schema import Word, metadata

categories = Table(
    "categories",
    metadata,
    Column("code", String(24), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("kind", Word(Kind), nullable=False),
    Column("name_zh", String(80), nullable=False),
    Column("name_en", String(80), nullable=False),
    Column("stream", Word(Stream), nullable=False),
    Column("importance", Integer, nullable=False),
    Column("urgency", Integer, nullable=False),
    Column("public_space", Boolean, nullable=False),
    Column("needs_confirmation", Boolean, nullable=False),
    Column("keywords", JSON, nullable=False),
    Column("examples", JSON, nullable=False, server_default="[]"),
    Column("emoji", String(20), nullable=False),
    # Offered no more; its cases keep its name.
    Column("retired", Boolean, nullable=False, server_default=false()),
)

_FIELDS = tuple(name for name in Category.__slots__ if name in categories.c)


async def write_categories(tx: Tx, given: Categories) -> None:
    """Put a catalogue in place of the one before; every process reloads its snapshot."""
    await tx.run(categories.delete())
    rows: list[dict[str, Any]] = [
        {
            **{name: getattr(one, name) for name in _FIELDS},
            "position": position,
            "keywords": list(one.keywords),
            "examples": list(one.examples),
            "retired": position >= len(given.listed),
        }
        for position, one in enumerate((*given.listed, *given.retired))
    ]
    await tx.insert(categories, rows)
    await raise_version(tx)


async def load_categories(tx: Tx) -> Categories | None:
    """Load the street's own catalogue; None where it uses the one that Linli brings along."""
    rows = await tx.rows(select(categories).order_by(categories.c.position))
    if not rows:
        return None
    return Categories(
        tuple(_category(row) for row in rows if not row.retired),
        tuple(_category(row) for row in rows if row.retired),
    )


def _category(row: Row[Any]) -> Category:
    fields = {name: getattr(row, name) for name in _FIELDS}
    words = {"keywords": tuple(row.keywords), "examples": tuple(row.examples)}
    return Category(**{**fields, **words})
