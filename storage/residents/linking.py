"""Two accounts become one person: everything that names the one who is absorbed moves over."""

from collections.abc import Sequence
from dataclasses import dataclass

from storage.changes import writes
from storage.database import Tx
from storage.registry import PERSONAL_DATA


@dataclass(frozen=True, slots=True)
class Union:
    """One person absorbs another: cases, consents, drafts and accounts move over."""

    kept: str
    absorbed: str


@writes(Union, last=True)
async def write_unions(tx: Tx, saved: Sequence[Union]) -> None:
    """Unite persons, after everything that the batch still wrote for the absorbed ones."""
    for union in saved:
        for part in PERSONAL_DATA:
            if part.move is not None:
                await part.move(tx, union.kept, union.absorbed)
