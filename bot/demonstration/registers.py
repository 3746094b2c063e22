"""What the office of the demonstration keeps in registers; see ``demo_registers.toml``."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.configuration.law_data import read_default
from domain.access.actors import actor_of
from domain.access.checks import may
from domain.chain import Act, Chain
from domain.registers import Entry, EntryState, Register, key_for, recorded
from domain.registry import REGISTERS
from domain.street import Street

#: The lists are older than the history.
_KEPT = timedelta(days=60)


def entries(street: Street, now: datetime, rng: random.Random) -> Iterator[tuple[Entry, Chain]]:
    """Give the entries, each with its file, added by somebody who keeps the register there.

    Raises:
        LookupError: nobody does, or nobody of the staff is called so.
    """
    names = {name: person for person, name in street.organisation.names.items()}
    for row in read_default("demo_registers.toml")["entries"]:
        register = REGISTERS[row["register"]]
        person = names[row["person"]] if "person" in row else None
        by = _keeper(street, register, row["unit"], now, rng)
        entry = Entry(
            id=row["id"],
            register=register.name,
            unit=row["unit"],
            key=key_for(register, row["fields"], person),
            state=EntryState.PUBLISHED,
            fields=row["fields"],
            person=person,
            changed_by=by.by,
            changed_at=by.at,
            is_sealed=register.sealed,
        )
        yield entry, recorded(Chain(file=entry.subject), by, "registers.added", None, entry)


def _keeper(
    street: Street, register: Register, unit: str, now: datetime, rng: random.Random
) -> Act:
    organisation, at = street.organisation, now - _KEPT
    for post in organisation.posts:
        actor = actor_of(post.person, organisation, at, staff=True)
        if post.unit == unit and may(actor, register.edit, organisation, unit=unit):
            return Act(post.person, post.role, at, rng.randbytes(32))
    raise LookupError(f"nobody keeps {register.name} in {unit}")
