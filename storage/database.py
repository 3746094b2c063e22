"""The database: one SQLAlchemy code on SQLite and PostgreSQL.

SQLite: WAL, one writer connection, explicit ``BEGIN IMMEDIATE``, ``synchronous=FULL``. PostgreSQL:
ordinary transactions. Driver errors become the project's errors here and nowhere else.
"""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, cast

from sqlalchemy import (
    ARRAY,
    URL,
    Column,
    Executable,
    Integer,
    LargeBinary,
    Row,
    Select,
    String,
    Table,
    bindparam,
    event,
    func,
    make_url,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool, StaticPool

from domain.errors import Conflict, StorageError
from domain.subjects import Subject
from storage.keyring import Keyring, MasterKeys, WrongKey
from storage.schema import metadata
from storage.sqlite_copy import truncate_log
from storage.sqlite_inline import BEGIN_WRITING, Connections, inlined

#: PostgreSQL: serialization_failure and deadlock_detected; the work is simply done again.
_RETRYABLE = frozenset({"40001", "40P01"})
#: An arbitrary number that names the lock of `Database.open` among PostgreSQL's advisory locks.
_OPENING_LOCK = 4_915_473
#: How long a reader may wait for SQLite's rare exclusive moments (checkpoints), in milliseconds.
_BUSY_TIMEOUT_MS = 10_000
#: How the connections of a process are named in PostgreSQL's list, before a number of its own.
_NAME = "linli "
_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND application_name LIKE :any AND application_name <> :own"
)

data_keys = Table(
    "data_keys",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("wrapped", LargeBinary, nullable=False),
)

#: Facts about the database itself: the demonstration mark, the organisation's version.
facts = Table(
    "facts",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", String(200), nullable=False),
)


class Tx:
    """One transaction: statements in, rows out, and the keys that open sealed columns."""

    def __init__(self, connection: AsyncConnection, keyring: Keyring, *, writes: bool) -> None:
        self.connection = connection
        self.keyring = keyring
        self.is_postgres = connection.dialect.name == "postgresql"
        self.writes = writes
        self.holds_organisation = False
        self.addressed: set[str] = set()
        """The bots to whose queue it added, and others whom it gave something to do."""
        self.ended: set[str] = set()
        """The accounts of which it ended sessions."""
        self.erased: set[tuple[str, int]] = set()
        """The accounts and rows of the outbox of which it erased what was shown."""
        self.opened: set[Subject] = set()
        """What was read: whatever is said with it in hand is about it too."""

    async def rows(
        self, statement: Executable, values: Mapping[str, Any] | None = None
    ) -> Sequence[Row[Any]]:
        """Run a query and give all its rows."""
        return (await self.connection.execute(statement, values)).all()

    async def row(
        self, statement: Executable, values: Mapping[str, Any] | None = None
    ) -> Row[Any] | None:
        """Run a query and give its first row, if any."""
        return (await self.connection.execute(statement, values)).first()

    async def scalar(self, statement: Executable, values: Mapping[str, Any] | None = None) -> Any:
        """Run a query and give the first column of its first row, or None."""
        return (await self.connection.execute(statement, values)).scalar()

    async def run(
        self, statement: Executable, values: Sequence[Mapping[str, Any]] | None = None
    ) -> int:
        """Run a statement, once or for many rows of values; give how many rows it touched."""
        if values is None:
            return (await self.connection.execute(statement)).rowcount
        if not values:
            return 0
        return (await self.connection.execute(statement, values)).rowcount

    def strings(self, values: Iterable[str]) -> Any:
        """Give strings as the one value that `listed` takes."""
        return [*values] if self.is_postgres else json.dumps([*values])

    async def insert(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows; a row that exists is an error."""
        if rows:
            await self.connection.execute(table.insert(), rows)

    async def insert_new(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
        """Insert the rows that do not exist yet and give how many were new."""
        if not rows:
            return 0
        statement = _insert(table, self.is_postgres).on_conflict_do_nothing()
        if not self.is_postgres:
            return (await self.connection.execute(statement, rows)).rowcount
        # asyncpg gives no row count for many rows at once; what was inserted comes back instead.
        inserted = statement.returning(*table.primary_key)
        return len((await self.connection.execute(inserted, _in_order(table, rows))).all())

    async def upsert(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows or replace those with the same primary key; rows name the same columns."""
        if not rows:
            return
        statement = _upsert(table, tuple(rows[0]), self.is_postgres)
        await self.connection.execute(statement, _in_order(table, rows))

    async def delete(self, table: Table, keys: Sequence[Mapping[str, Any]]) -> None:
        """Delete the rows with the given values in the columns that the first key names."""
        if keys:
            keys = _in_order(table, keys)
            bound = [{f"k_{name}": value for name, value in key.items()} for key in keys]
            await self.connection.execute(_delete(table, tuple(keys[0])), bound)


# Statements are built once: to build one takes longer than SQLite takes to run it.


def _insert(table: Table, is_postgres: bool) -> Any:
    return postgresql.insert(table) if is_postgres else sqlite.insert(table)


@cache
def _upsert(table: Table, columns: tuple[str, ...], is_postgres: bool) -> Executable:
    statement = _insert(table, is_postgres)
    keys = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in columns if name not in keys}
    if not changed:
        return cast(Executable, statement.on_conflict_do_nothing())
    return cast(Executable, statement.on_conflict_do_update(index_elements=keys, set_=changed))


@cache
def _delete(table: Table, columns: tuple[str, ...]) -> Executable:
    return table.delete().where(*(table.c[name] == bindparam(f"k_{name}") for name in columns))


@cache
def having(column: Column[Any]) -> Select[Any]:
    """Ask for the rows of a column's table that have one of the values in ``wanted``."""
    return select(column.table).where(column.in_(bindparam("wanted", expanding=True)))


def _in_order(table: Table, rows: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Sort rows by primary key: two processes that lock the same rows lock them in one order."""
    keys = [column.name for column in table.primary_key if column.name in rows[0]]
    return sorted(rows, key=lambda row: tuple(row[name] for name in keys))


def file_of(url: str | URL) -> Path | None:
    """Name the file of an SQLite database; None where there is none, as on PostgreSQL."""
    parts = make_url(url)
    if parts.get_backend_name() != "sqlite" or not parts.database:
        return None
    return Path(parts.database)


class Database:
    """The way to the tables: `write` and `read` transactions."""

    def __init__(self, url: str, master: MasterKeys) -> None:
        """Prepare connections; nothing is opened before the first transaction.

        Args:
            url: ``sqlite+aiosqlite:///PATH`` or ``postgresql+asyncpg://…``.
        """
        self.url = make_url(url)
        self._master = master
        self._keyring: Keyring | None = None
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._writing = asyncio.Lock()
        self._connections = Connections()
        self._name = f"{_NAME}{secrets.token_hex(4)}"
        self.after_end: Callable[[Set[str]], None] = lambda _accounts: None
        """Called after every commit that ended sessions, with their accounts."""
        self.after_erasure: Callable[[Set[tuple[str, int]]], None] = lambda _rows: None
        """Called after every commit that erased what was shown: accounts, each with a row."""
        if self.is_sqlite:
            self._writer = _sqlite_engine(url, self._connections, writer=True)
            self._reader = _sqlite_engine(url, self._connections, writer=False)
        else:
            settings = {"application_name": self._name}
            self._writer = create_async_engine(
                url,
                pool_size=10,
                hide_parameters=True,
                connect_args={"server_settings": settings},
            )
            # What only looks sees one state, however many queries it takes.
            self._reader = self._writer.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )

    @property
    def path(self) -> Path | None:
        """The file of an SQLite database."""
        return file_of(self.url)

    @property
    def engine(self) -> AsyncEngine:
        """The engine that writes; for migrations and tests."""
        return self._writer

    async def open(self) -> None:
        """Unlock the sealed columns, making the first data key in an empty database.

        Raises:
            StorageError: the key file does not open this database, or the database is gone.
        """
        async with self._begin(self._writer) as connection:
            if not self.is_sqlite:
                # Two processes that are started at once make one key.
                await connection.execute(select(func.pg_advisory_xact_lock(_OPENING_LOCK)))
            rows = (await connection.execute(select(data_keys))).all()
            if not rows:
                first = {"number": 1, "wrapped": self._master.wrap(self._master.new_data_key())}
                await connection.execute(data_keys.insert(), first)
                rows = (await connection.execute(select(data_keys))).all()
        self._keyring = Keyring({row.number: self._master.unwrap(row.wrapped) for row in rows})

    async def unlock(self) -> None:
        """Open the sealed columns to look at them, making and changing nothing.

        Raises:
            WrongKey: the key file does not open this database, or there is no key in it yet.
            StorageError: the database is gone.
        """
        async with self._begin(self._reader) as connection:
            rows = (await connection.execute(select(data_keys))).all()
        if not rows:
            raise WrongKey("the database holds no key yet")
        self._keyring = Keyring({row.number: self._master.unwrap(row.wrapped) for row in rows})

    async def others(self) -> int:
        """Count the connections that other processes of Linli have to a PostgreSQL.

        None on SQLite: there the lock on its file tells.
        """
        if self.is_sqlite:
            return 0
        async with self._begin(self._writer) as connection:
            counted = await connection.execute(_OTHERS, {"any": f"{_NAME}%", "own": self._name})
            return int(counted.scalar_one())

    async def rotate(self, master: MasterKeys) -> None:
        """Wrap every data key with the newest of these master keys and begin a new data key.

        No other process may work on the database: it would not know the new key.

        Raises:
            StorageError: the older master keys are not among them.
        """
        async with self._begin(self._writer) as connection:
            rows = (await connection.execute(select(data_keys))).all()
            kept = {row.number: master.unwrap(row.wrapped) for row in rows}
            kept[max(kept, default=0) + 1] = self._master.new_data_key()
            await connection.execute(data_keys.delete())
            await connection.execute(
                data_keys.insert(),
                [{"number": number, "wrapped": master.wrap(key)} for number, key in kept.items()],
            )
        self._master, self._keyring = master, Keyring(kept)

    @property
    def keyring(self) -> Keyring:
        """The keys of an opened database.

        Raises:
            StorageError: `open` was not called.
        """
        if self._keyring is None:
            raise StorageError("the database was not opened")
        return self._keyring

    @asynccontextmanager
    async def write(self, *, inline: bool = False) -> AsyncIterator[Tx]:
        """Begin a transaction that commits at the end, or rolls back when it raises.

        Args:
            inline: on SQLite, run the statements without a thread between; for short ones that
                somebody waits for.

        Raises:
            StorageError: the database refused or is gone.
            Conflict: another process changed the same rows; do the work again.
        """
        if not self.is_sqlite:
            async with self._begin(self._writer) as connection:
                tx = Tx(connection, self.keyring, writes=True)
                yield tx
        else:
            async with self._writing:
                with inlined(inline):
                    async with self._begin(self._writer) as connection:
                        tx = Tx(connection, self.keyring, writes=True)
                        yield tx
        if tx.ended:
            self.after_end(tx.ended)
        if tx.erased:
            self.after_erasure(tx.erased)

    @asynccontextmanager
    async def read(self, *, inline: bool = False) -> AsyncIterator[Tx]:
        """Begin a transaction that only looks, at one consistent state; see `write` for inline."""
        with inlined(inline):
            async with self._begin(self._reader) as connection:
                yield Tx(connection, self.keyring, writes=False)

    @asynccontextmanager
    async def begin_with(self, keyring: Keyring) -> AsyncIterator[Tx]:
        """Begin a transaction with the keys of another database, which will be this one's too."""
        async with self._begin(self._writer) as connection:
            yield Tx(connection, keyring, writes=True)

    @asynccontextmanager
    async def dedicated(self) -> AsyncIterator[AsyncConnection]:
        """Open a connection of its own, without transactions, for what lasts; PostgreSQL only.

        Raises:
            StorageError: the database is gone, or was lost meanwhile.
        """
        engine = create_async_engine(
            self.url, poolclass=NullPool, isolation_level="AUTOCOMMIT", pool_reset_on_return=None
        )
        with _translated():
            async with _connected(engine) as connection:
                yield connection

    @asynccontextmanager
    async def _begin(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        with _translated():
            async with _connected(engine) as connection, connection.begin():
                yield connection

    async def scrub(self) -> bool:
        """Take what was overwritten or erased out of SQLite's log too; tell whether it is empty.

        A reader in the middle of something keeps the log for now; the next time does it.

        Raises:
            StorageError: the database is gone.
        """
        if self.path is None:
            return True
        async with self._writing:
            return await asyncio.to_thread(truncate_log, self.path)

    async def close(self) -> None:
        """Close every connection; when it returns, none is left that could touch the file."""
        await self._writer.dispose()
        if self.is_sqlite:
            await self._reader.dispose()
            await asyncio.to_thread(self._connections.end)


@asynccontextmanager
async def _connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    connection = engine.connect()
    try:
        await connection.start()
    except SQLAlchemyError:
        raise
    except Exception as error:  # a driver says in many ways that nobody answers
        raise StorageError(type(error).__name__) from error
    try:
        yield connection
    finally:
        # Whoever is cancelled leaves no connection half given back.
        await asyncio.shield(asyncio.create_task(connection.close()))


@contextmanager
def _translated() -> Iterator[None]:
    """Make the driver's errors the project's."""
    try:
        yield
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) in _RETRYABLE:
            raise Conflict("another process changed the same rows") from error
        raise StorageError(type(error.orig).__name__) from error
    except SQLAlchemyError as error:
        raise StorageError(type(error).__name__) from error


def _sqlite_engine(url: str, connections: Connections, *, writer: bool) -> AsyncEngine:
    how: dict[str, Any] = {"poolclass": StaticPool} if writer else {"pool_size": 8}
    engine = create_async_engine(
        url, connect_args={"async_creator_fn": connections.connect}, hide_parameters=True, **how
    )
    begin = BEGIN_WRITING if writer else "BEGIN"

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        # SQLAlchemy, not the driver, says when a transaction begins.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        # What is erased is overwritten in the file, not only left out of it.
        cursor.execute("PRAGMA secure_delete=ON")
        cursor.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MS}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin_explicitly(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine


_FACT = select(facts.c.value).where(facts.c.name == bindparam("name"))


async def fact(tx: Tx, name: str) -> str | None:
    """Look up a fact about the database."""
    value: str | None = await tx.scalar(_FACT, {"name": name})
    return value


async def set_fact(tx: Tx, name: str, value: str) -> None:
    """Write a fact about the database."""
    await tx.upsert(facts, [{"name": name, "value": value}])


def listed(name: str, is_postgres: bool) -> Select[Any]:
    """Name a parameter that holds any number of strings; its value comes from `Tx.strings`."""
    if is_postgres:
        return select(func.unnest(bindparam(name, type_=ARRAY(String))))
    return select(func.json_each(bindparam(name, type_=String)).table_valued("value").c.value)


def chunks(values: Iterable[Any], size: int = 500) -> Iterable[list[Any]]:
    """Cut values into lists that fit the parameter limits of both databases."""
    chunk: list[Any] = []
    for value in values:
        chunk.append(value)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
