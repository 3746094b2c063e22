"""What all tables share: one metadata, and the column types that keep promises."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Dialect,
    MetaData,
    String,
    TypeDecorator,
    literal_column,
)
from sqlalchemy.types import TypeEngine

from domain.subjects import Subject, parse_subject

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC; refuses naive ones.

    PostgreSQL keeps a ``timestamptz``; SQLite, which has no such type, microseconds since 1970.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column by dialect."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(BigInteger())
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Refuse a naive moment.

        Raises:
            ValueError: the moment has no timezone.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment needs a timezone: {value!r}")
        if dialect.name == "sqlite":
            return (value - _EPOCH) // _MICROSECOND
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give an aware moment in UTC."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            return _EPOCH + int(value) * _MICROSECOND
        moment: datetime = value.astimezone(UTC)
        return moment


class PersonId(String):
    """The id of a person or an account, or the address of a chat: whatever leads to somebody.

    To the database an ordinary string. ``tests/storage/test_registry.py`` asks of every table that
    has one who copies and erases it; see `storage.personal_data`.
    """

    def __init__(self, length: int = 40) -> None:
        super().__init__(length)


class SubjectKey(TypeDecorator[Subject]):
    """A subject, kept as ``kind:id``; nobody else writes or reads that."""

    impl = String
    cache_ok = True
    length = 60

    def __init__(self) -> None:
        super().__init__(self.length)

    def process_bind_param(self, value: Subject | None, dialect: Dialect) -> str | None:
        """Store the reference.

        Raises:
            ValueError: it could not be read again as what it is.
        """
        if value is None:
            return None
        written = str(value)
        if ":" in value.kind or not value.kind or not value.id or len(written) > self.length:
            raise ValueError(f"not to be kept as a subject: {value!r}")
        return written

    def process_result_value(self, value: str | None, dialect: Dialect) -> Subject | None:
        """Give the reference."""
        return None if value is None else parse_subject(value)

    def coerce_compared_value(self, op: Any, value: Any) -> TypeEngine[Any]:
        """Compare with subjects, and with what `key_of` makes in the database itself."""
        return self if isinstance(value, Subject) else String()


def key_of(kind: str, column: ColumnElement[str]) -> ColumnElement[str]:
    """Make the subject of a kind out of a column of ids, as a `SubjectKey` holds it."""
    return literal_column(f"'{kind}:'", String) + column


class Word(TypeDecorator[StrEnum]):
    """One word of a closed set, kept as the word itself."""

    impl = String
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        # Room for words that later versions add.
        self.length = max(len(word.value) for word in words) + 8
        super().__init__(self.length)
        self.words = words
        self._by_value: Mapping[str, StrEnum] = {word.value: word for word in words}

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        """Store the word."""
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """Give the member.

        Raises:
            KeyError: the table holds a word that this version does not know.
        """
        return None if value is None else self._by_value[value]
