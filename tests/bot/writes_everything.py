"""A process that never migrated writes one object of every kind; run by `test_fresh_process`.

Nothing but what the program itself imports may be imported here: a test that imports a module of
`storage/` registers its writers, and so would hide that the program forgot to.

    python -m tests.bot.writes_everything URL KEY_FILE Kind …
"""

import asyncio
import dataclasses
import sys
import types
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import bot.main  # noqa: F401  # the program: everything that it needs, and nothing else
from storage.changes import Changes, apply
from storage.database import Database
from storage.keyring import MasterKeys
from storage.migrate import current, head

NOW = datetime(2026, 11, 24, 1, tzinfo=UTC)


def example(wanted: Any) -> Any:
    """Make a value of a type, filling in only what has no default."""
    plain = {str: "x", int: 1, float: 1.0, bool: False, datetime: NOW, Decimal: Decimal(1)}
    if wanted in plain:
        return plain[wanted]
    origin = get_origin(wanted) or wanted
    if origin is types.UnionType:
        return None if type(None) in get_args(wanted) else example(get_args(wanted)[0])
    if origin is tuple:
        return tuple(example(part) for part in get_args(wanted) if part is not ...)
    if origin is dict or origin is Mapping:
        return {}
    if issubclass(origin, Enum):
        return next(iter(origin))
    hints = get_type_hints(origin)
    return origin(
        **{
            field.name: example(hints[field.name])
            for field in dataclasses.fields(origin)
            if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        }
    )


def kind_named(name: str) -> type:
    """Find a class among what the program has imported."""
    found = {
        one
        for module in list(sys.modules.values())
        if getattr(module, "__name__", "").startswith(("domain.", "storage."))
        for one in [vars(module).get(name)]
        if isinstance(one, type) and dataclasses.is_dataclass(one)
    }
    if len(found) != 1:
        raise LookupError(f"the program knows {len(found)} kinds named {name}")
    return found.pop()


async def write_all(url: str, key_file: str, names: list[str]) -> None:
    """Write an object of each kind, in the order in which they are named."""
    database = Database(url, MasterKeys.read(Path(key_file)))
    await database.open()
    if await current(database) != head():
        raise RuntimeError("the database must be at head: a migration imports all of storage/")
    for name in names:
        changes = Changes()
        changes.save(example(kind_named(name)))
        async with database.write() as tx:
            await apply(tx, [changes])
        print(name)  # noqa: T201
    await database.close()


if __name__ == "__main__":
    asyncio.run(write_all(sys.argv[1], sys.argv[2], sys.argv[3:]))
