"""Between values and rows: what has the same name in both is carried over without being listed.

Only what differs is written down where it is done: sealed columns, pairs, versions. A column that
has no field of its name, or a field without a column and a default, raises when it is first used.
"""

from collections.abc import Callable, Hashable
from dataclasses import MISSING, fields
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar, cast

from sqlalchemy import Row, Table

Value = TypeVar("Value")
_Taker = Callable[[Any], tuple[Any, ...]]


def row_of(table: Table, value: object, **other: Any) -> dict[str, Any]:
    """Make a row of a value.

    Args:
        other: the columns whose content is not the field of the same name.

    Raises:
        AttributeError: a column of the table is neither a field nor named.
    """
    names, take = _columns(table, tuple(other))
    return dict(zip(names, take(value), strict=True), **other)


def of_row(kind: type[Value], row: Row[Any], **other: Any) -> Value:
    """Make a value of a row; fields with a default that the row does not hold keep it.

    Args:
        other: the fields whose content is not the column of the same name.

    Raises:
        TypeError: a field without a default is neither in the row nor named.
    """
    names, take = _fields(cast(Hashable, kind), tuple(row._fields), tuple(other))
    return kind(**dict(zip(names, take(row), strict=True), **other))


@cache
def _columns(table: Table, other: tuple[str, ...]) -> tuple[tuple[str, ...], _Taker]:
    return _taker([column.name for column in table.columns if column.name not in other])


@cache
def _fields(
    kind: Any, held: tuple[str, ...], other: tuple[str, ...]
) -> tuple[tuple[str, ...], _Taker]:
    found = [one for one in fields(kind) if one.init and one.name not in other]
    names = [one.name for one in found if one.name in held]
    missing = [one.name for one in found if one.name not in held and _is_needed(one)]
    if missing:
        raise TypeError(f"a row of {kind.__name__} lacks {', '.join(missing)}")
    return _taker(names)


def _is_needed(one: Any) -> bool:
    return one.default is MISSING and one.default_factory is MISSING


def _taker(names: list[str]) -> tuple[tuple[str, ...], _Taker]:
    if len(names) > 1:
        return tuple(names), cast(_Taker, attrgetter(*names))
    return tuple(names), lambda value: tuple(getattr(value, name) for name in names)
