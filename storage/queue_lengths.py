"""What waits, how long it has waited, and what is stuck: for metrics, readiness and `doctor`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from domain.messages import Lane
from storage import inbox
from storage.attachments import FetchState, attachments
from storage.database import Tx
from storage.inbox import count_quarantined
from storage.outbox import IS_WAITING, outbox
from storage.reminders import reminders
from storage.send_pauses import pauses


@dataclass(frozen=True, slots=True)
class Queue:
    """How much of something waits, and since when the oldest of it might have been done."""

    waiting: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Queues:
    """Everything that waits: ``inbox``, ``files``, ``reminders``, ``telegram.staff reply``."""

    by_name: Mapping[str, Queue]
    paused: Mapping[str, int]
    """Chats that are held back, by bot."""
    quarantined: int


async def read_queues(tx: Tx, now: datetime) -> Queues:
    """Count what might be done now and is not; what waits for its moment does not count."""
    waiting, oldest = await inbox.count_ready(tx)
    found = {"inbox": Queue(waiting, oldest)}
    for row in await tx.rows(
        select(
            outbox.c.bot,
            outbox.c.lane,
            func.count().label("n"),
            func.min(outbox.c.not_before).label("oldest"),
        )
        .where(IS_WAITING, outbox.c.not_before <= now)
        .group_by(outbox.c.bot, outbox.c.lane)
        .order_by(outbox.c.bot, outbox.c.lane)
    ):
        name = f"{row.bot} {Lane(row.lane).name.lower()}"
        found[name] = Queue(row.n, row.oldest)
    files = await tx.row(
        select(func.count().label("n"), func.min(attachments.c.created_at).label("oldest")).where(
            attachments.c.state == FetchState.WANTED
        )
    )
    due = await tx.row(
        select(func.count().label("n"), func.min(reminders.c.due_at).label("oldest")).where(
            reminders.c.due_at <= now
        )
    )
    for name, one in (("files", files), ("reminders", due)):
        if one is not None:
            found[name] = Queue(one.n, one.oldest)
    paused = await tx.rows(
        select(pauses.c.bot, func.count().label("n"))
        .where(pauses.c.until > now)
        .group_by(pauses.c.bot)
    )
    return Queues(found, {row.bot: row.n for row in paused}, await count_quarantined(tx))
