"""Who is not written to for a while: chats that asked for patience, or did not answer.

A pause holds back a lane of a chat, a whole chat, or a whole bot. The messages behind it keep
their moment and their order, and so does the pause over a restart.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Column, Index, Integer, String, Table, select, update

from domain.messages import Lane
from storage.database import Tx
from storage.schema import PersonId, UtcDateTime, Word, metadata

#: Stands for every lane of a chat.
EVERY_LANE = -1
#: Stands for every chat of a bot.
EVERY_CHAT = ""


class Why(StrEnum):
    """What a pause is for."""

    LIMITED = "limited"
    """The channel asked for patience (429)."""
    UNCLEAR = "unclear"
    """No answer, or none that says what became of the message."""


pauses = Table(
    "pauses",
    metadata,
    Column("bot", String(40), primary_key=True),
    Column("account", PersonId(), primary_key=True),
    Column("lane", Integer, primary_key=True, autoincrement=False),
    Column("why", Word(Why), nullable=False),
    Column("begun_at", UtcDateTime, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    Index("ix_pauses_until", "bot", "until"),
)


async def pause(
    tx: Tx, bot: str, account: str, lane: Lane | None, why: Why, now: datetime, until: datetime
) -> None:
    """Hold back a lane of a chat; every lane for None, every chat for `EVERY_CHAT`."""
    await tx.upsert(
        pauses,
        [
            {
                "bot": bot,
                "account": account,
                "lane": EVERY_LANE if lane is None else int(lane),
                "why": why,
                "begun_at": now,
                "until": until,
            }
        ],
    )


async def bot_paused_until(tx: Tx, bot: str) -> datetime | None:
    """Give until when a whole bot is held back, if it is."""
    until: datetime | None = await tx.scalar(
        select(pauses.c.until).where(pauses.c.bot == bot, pauses.c.account == EVERY_CHAT)
    )
    return until


async def forget_over(tx: Tx, bot: str, now: datetime) -> None:
    """Forget the pauses that are over."""
    await tx.run(pauses.delete().where(pauses.c.bot == bot, pauses.c.until <= now))


async def end_unclear(tx: Tx, bot: str) -> None:
    """End the pauses of a bot that were made for want of an answer: it answers again."""
    await tx.run(pauses.delete().where(pauses.c.bot == bot, pauses.c.why == Why.UNCLEAR))


async def shorten_after_jump(tx: Tx, bot: str, now: datetime) -> None:
    """Let pauses that a wrong clock began in the future begin now; none becomes longer."""
    rows = await tx.rows(select(pauses).where(pauses.c.bot == bot, pauses.c.begun_at > now))
    for row in rows:
        await tx.run(
            update(pauses)
            .where(
                pauses.c.bot == bot,
                pauses.c.account == row.account,
                pauses.c.lane == row.lane,
            )
            .values(begun_at=now, until=now + (row.until - row.begun_at))
        )


async def count(tx: Tx, bot: str, now: datetime) -> int:
    """Count what is held back now."""
    rows = await tx.rows(select(pauses.c.lane).where(pauses.c.bot == bot, pauses.c.until > now))
    return len(rows)
