"""The published guide, put together from its registers and ready to be searched."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from weakref import WeakKeyDictionary

from sqlalchemy import select

from domain.registers import Entry, EntryState
from domain.services.guide import DOCUMENTS, ITEMS, QUESTIONS, item_of
from domain.services.guide_search import GuideIndex, index_of
from domain.services.halls import DESKS, HALLS
from domain.services.items import Item, shortcomings
from domain.street import Street
from storage.database import Tx
from storage.keyring import Keyring
from storage.registers import load_wholes, register_entries

_OF_GUIDE = (ITEMS, DOCUMENTS, QUESTIONS, DESKS, HALLS)
#: How many guides are kept at hand: one, and the one that is just taking its place.
_KEPT = 4


@dataclass(frozen=True)
class Guide:
    """What of the guide holds at a moment."""

    index: GuideIndex
    entries: Mapping[str, Entry]
    """The entries of items, of what is done where, and of the halls, by id."""

    def find(self, item: str) -> Item | None:
        """Find a complete item by its entry's id."""
        return next((one for one in self.index.items if one.code == item), None)


#: By whose keys a database is opened: each has a guide of its own.
_guides: WeakKeyDictionary[Keyring, OrderedDict[tuple[object, ...], Guide]] = WeakKeyDictionary()


async def load_guide(tx: Tx, street: Street, at: datetime) -> Guide:
    """Give the guide as it holds at a moment; made anew only where an entry changed."""
    guides = _guides.setdefault(tx.keyring, OrderedDict())
    held = await _held(tx, at)
    if (known := guides.get(held)) is not None:
        guides.move_to_end(held)
        return known
    wholes = await load_wholes(tx, ITEMS, street.organisation, at=at)
    items = [item_of(entry, wholes.parts(entry, at)) for entry in wholes.entries]
    # Those that lost something since they were published are shown to the office alone.
    whole = [one for one in items if not shortcomings(one)]
    index = index_of(whole, street.office.sayings, street.office.model.rareness)
    guide = guides[held] = Guide(index, wholes.by_id)
    while len(guides) > _KEPT:
        guides.popitem(last=False)
    return guide


async def _held(tx: Tx, at: datetime) -> tuple[object, ...]:
    """Name what holds, so that a guide which was made of the very same is found again."""
    columns = register_entries.c
    rows = await tx.rows(
        select(columns.id, columns.version, columns.valid_from, columns.valid_until)
        .where(
            columns.register.in_([one.name for one in _OF_GUIDE]),
            columns.state == EntryState.PUBLISHED,
        )
        .order_by(columns.id)
    )
    return tuple(
        (row.id, row.version)
        for row in rows
        if (row.valid_from is None or row.valid_from <= at)
        and (row.valid_until is None or at < row.valid_until)
    )
