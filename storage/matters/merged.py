"""Cases that were merged, as whoever reported one of them goes on with them."""

from collections.abc import Sequence

from domain.matters import merging
from domain.matters.matter import Event, Happening, Matter, State
from storage.database import Tx
from storage.matters.matters import find_matter, get_matters, list_events
from storage.matters.queries import list_merged_of

#: So many merges one after the other; more is a circle.
_MOST_HOPS = 20


async def survivor_of(tx: Tx, matter: Matter) -> Matter | None:
    """Find the case that goes on in place of a duplicate; None where it is gone."""
    found: Matter | None = matter
    for _ in range(_MOST_HOPS):
        if found is None or found.state is not State.MERGED or found.merged_into is None:
            return found
        found = await find_matter(tx, found.merged_into)
    return None


async def own_duplicate(tx: Tx, person: str, number: str) -> Matter | None:
    """Find what a person reported that was merged into a case, over however many others."""
    for one in await list_merged_of(tx, person):
        survivor = await survivor_of(tx, one)
        if survivor is not None and survivor.number == number:
            return one
    return None


async def list_duplicates(tx: Tx, matter: Matter, *, deep: bool = False) -> list[Matter]:
    """List the cases that were merged into one and still are.

    Args:
        deep: with those that were merged into them before.
    """
    events = [*await list_events(tx, matter.number), *matter.fresh]
    numbers = merging.absorbed_numbers(events)
    found = [
        one
        for one in (await get_matters(tx, numbers)).values()
        if one.state is State.MERGED and one.merged_into == matter.number
    ]
    found.sort(key=lambda one: (one.filed_at, one.number))
    if deep:
        for one in tuple(found):
            found += await list_duplicates(tx, one, deep=True)
    return found


async def list_voices(tx: Tx, matter: Matter) -> list[Event]:
    """Load a matter's chain with what the reporters of its duplicates said after the merge."""
    events = await list_events(tx, matter.number)
    for one in await list_duplicates(tx, matter, deep=True):
        events += _after_merge(await list_events(tx, one.number))
    return sorted(events, key=lambda event: event.at)


_SAID = frozenset({Happening.ADDED, Happening.ANSWERED, Happening.TOLD_ABOVE, Happening.JUDGED})


def _after_merge(events: Sequence[Event]) -> list[Event]:
    merged = [place for place, one in enumerate(events) if one.happening is Happening.MERGED]
    if not merged:
        return []
    return [one for one in events[merged[0] :] if one.happening in _SAID]
