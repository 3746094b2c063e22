"""The peers' tables, on SQLite with the same promises as Linli's: WAL, ``synchronous=FULL``."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, ForeignKey, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """The base of all tables."""


class User(Base):
    """A resident."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    name: Mapped[str]
    grid: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), default=lambda: datetime.now(UTC)
    )


class Case(Base):
    """A service request."""

    __tablename__ = "cases"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    grid: Mapped[str] = mapped_column(index=True)
    category: Mapped[str]
    text: Mapped[str]
    place: Mapped[str]
    state: Mapped[str] = mapped_column(default="dispatched", index=True)
    created_at: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), default=lambda: datetime.now(UTC)
    )

    @property
    def number(self) -> str:
        """The number that is told."""
        return f"{self.created_at.year}-{self.id:05}"


class Conversation(Base):
    """Where somebody stands in a form; used by the aiogram peer."""

    __tablename__ = "conversations"

    key: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str | None]
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


def engine_of(folder: Path) -> AsyncEngine:
    """Make the engine: one connection, as SQLite has one writer, taken in turn without polling."""
    engine = create_async_engine(
        f"sqlite+aiosqlite:///{folder / 'peer.db'}", pool_size=1, max_overflow=0, pool_timeout=120
    )

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    return engine


async def create(engine: AsyncEngine) -> None:
    """Create the tables."""
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
