"""What the office of the demonstration keeps in registers; see the files that are named here."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from bot.configuration.law_data import read_default
from domain.access.actors import actor_of
from domain.access.checks import may
from domain.chain import Act, Chain
from domain.registers import Entry, EntryState, Register, key_for, recorded
from domain.registry import REGISTERS
from domain.street import Street

#: Among the defaults; the entries of each, and under ``defaults`` what those of a register share.
_FILES = ("demo_registers.toml", "demo_guide.toml")
#: The lists are older than the history.
_KEPT = timedelta(days=60)


def entries(street: Street, now: datetime, rng: random.Random) -> Iterator[tuple[Entry, Chain]]:
    """Give the entries, each with its file, added by somebody who keeps the register there.

    Raises:
        LookupError: nobody does, or nobody of the staff is called so.
    """
    names = {name: person for person, name in street.organisation.names.items()}
    for row, alike in _rows():
        register = REGISTERS[row["register"]]
        fields = {**alike, **row["fields"]}
        person = names[row["person"]] if "person" in row else None
        by = _keeper(street, register, row["unit"], now, rng)
        entry = Entry(
            id=row["id"],
            register=register.name,
            unit=row["unit"],
            key=key_for(register, fields, person),
            state=EntryState.PUBLISHED,
            fields=fields,
            person=person,
            changed_by=by.by,
            changed_at=by.at,
            is_sealed=register.sealed,
        )
        yield entry, recorded(Chain(file=entry.subject), by, "registers.added", None, entry)


def _rows() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for name in _FILES:
        file = read_default(name)
        for row in file["entries"]:
            yield row, file.get("defaults", {}).get(row["register"], {})


def _keeper(
    street: Street, register: Register, unit: str, now: datetime, rng: random.Random
) -> Act:
    organisation, at = street.organisation, now - _KEPT
    for post in organisation.posts:
        actor = actor_of(post.person, organisation, at, staff=True)
        if post.unit == unit and may(actor, register.edit, organisation, unit=unit):
            return Act(post.person, post.role, at, rng.randbytes(32))
    raise LookupError(f"nobody keeps {register.name} in {unit}")
