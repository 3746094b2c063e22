"""A process that did not migrate writes one of every type; see `test_fresh_process`.

It imports what `linli run` imports and nothing more: a type whose writer only tests or migrations
load fails here, as it would in an office.
"""

import asyncio
import dataclasses
import json
import sys
import typing
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any

import bot.main  # noqa: F401  # the program itself, for what it registers
from domain.errors import Conflict
from storage.changes import Changes, _writes, apply
from storage.database import Database
from storage.keyring import MasterKeys

NOW = datetime(2026, 11, 24, 1, tzinfo=UTC)


def made(kind: type) -> Any:
    """Make one of a type, with a plain value in every field that has no default."""
    hints = typing.get_type_hints(kind)
    given = {
        one.name: _value(hints[one.name])
        for one in dataclasses.fields(kind)
        if one.init
        and one.default is dataclasses.MISSING
        and one.default_factory is dataclasses.MISSING
    }
    return kind(**given)


def _value(hint: Any) -> Any:
    origin = typing.get_origin(hint)
    if origin in (typing.Union, UnionType):
        return None if type(None) in typing.get_args(hint) else _value(typing.get_args(hint)[0])
    if origin is tuple:
        return ()
    if origin in (dict, Mapping) or hint in (dict, Mapping):
        return {}
    if origin is not None:
        return []
    if isinstance(hint, type):
        if issubclass(hint, Enum):
            return next(iter(hint))
        if dataclasses.is_dataclass(hint):
            return made(hint)
        plain: Mapping[type, Any] = {str: "x", int: 1, float: 1.0, bool: False, bytes: b"x"}
        if issubclass(hint, timedelta):
            return timedelta(minutes=1)
        if issubclass(hint, date):
            return NOW if issubclass(hint, datetime) else NOW.date()
        return plain[hint]
    raise TypeError(hint)


async def _write_all(url: str, key: Path) -> dict[str, str]:
    database = Database(url, MasterKeys.read(key))
    await database.open()
    said: dict[str, str] = {}
    for kind in list(_writes):
        changes = Changes()
        try:
            changes.save(made(kind))
            async with database.write() as tx:
                await apply(tx, [changes])
            said[kind.__name__] = "written"
        except Conflict:
            said[kind.__name__] = "written"  # what it would change is not there
        except Exception as error:
            said[kind.__name__] = f"{type(error).__name__}: {error}"
    await database.close()
    return said


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(_write_all(sys.argv[1], Path(sys.argv[2])))))
