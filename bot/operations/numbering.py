"""Case numbers go on without a gap after a crash and after a restore.

Serials are reserved in blocks; a process that was killed, or a backup of one that served, never
gave the rest of its block back. Where no other process holds a block, what no case has is free.
"""

import json
from collections.abc import Mapping

from storage.database import Tx, fact, set_fact
from storage.matters.queries import last_serials
from storage.numbers import next_numbers, release_numbers

#: The last serials by year that people were told, though their cases may be lost.
_TOLD = "numbers_told"


async def settle_numbers(tx: Tx) -> None:
    """Let each year go on behind its last case; nobody else may hold a block."""
    used = await last_serials(tx)
    for year, last in (await _told(tx)).items():
        used[year] = max(last, used.get(year, 0))
    await release_numbers(tx, used)


async def settle_restored(tx: Tx, given: Mapping[int, int]) -> None:
    """Let each year go on behind what was given out since the backup was made.

    Args:
        given: the last serials that the database before the restore knew, by year; empty where
            nobody knows: then nothing that was reserved is given out, as it may have been.
    """
    told = await _told(tx)
    known = given or {year: first - 1 for year, first in (await next_numbers(tx)).items()}
    merged = {year: max(last, told.get(year, 0)) for year, last in {**told, **known}.items()}
    await set_fact(tx, _TOLD, json.dumps(merged))
    await settle_numbers(tx)


async def _told(tx: Tx) -> dict[int, int]:
    return {int(year): last for year, last in json.loads(await fact(tx, _TOLD) or "{}").items()}
