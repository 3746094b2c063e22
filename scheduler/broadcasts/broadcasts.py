"""Broadcasts go out in pieces: a few hundred messages per transaction, on and on after a restart.

The reminder of a broadcast is its place in line. Each time it is due, the next messages are
written together with the cursor behind them, so that nobody is left out and nobody gets two. No
more are written ahead than can be sent in some seconds, so that one who stops it really stops it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from domain.broadcasts.broadcast import (
    ENDED,
    Broadcast,
    BroadcastState,
    Progress,
    card,
    notice,
    reached_grids,
)
from domain.messages import Lane, Message, text
from domain.subjects import Subject
from scheduler.jobs import ReminderKind
from storage.attachments import FetchState, get_attachments
from storage.broadcasts.broadcasts import (
    BROADCAST,
    Ended,
    Made,
    Shown,
    get_broadcasts,
    list_recipients,
    progress_of,
    waits_for_many,
)
from storage.broadcasts.public_notices import get_public_notices
from storage.database import Tx
from storage.outbox import Notice
from storage.reminders import Reminder
from storage.work import Work

MAKE, WATCH = "make", "watch"
#: How many messages one transaction writes, and how many may wait before the next ones are.
CHUNK = 500
AHEAD = 10_000
#: How long to wait where too many are waiting, or the picture is not there yet.
PAUSE = timedelta(seconds=2)
#: How long to wait for the picture before it goes without.
PICTURE_PATIENCE = timedelta(minutes=10)
#: How often the sender's card is renewed; ever more rarely while nothing moves.
RENEW = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(hours=1)


def first_reminder(broadcast: Broadcast) -> Reminder:
    """Give the reminder with which a broadcast begins."""
    return Reminder(kind=BROADCAST, subject=broadcast.id, step=MAKE, due_at=broadcast.created_at)


async def _load(tx: Tx, ids: Sequence[str]) -> Mapping[str, object]:
    return await get_broadcasts(tx, ids)


async def _handle(work: Work, reminder: Reminder, loaded: object) -> None:
    if not isinstance(loaded, Broadcast) or loaded.state in ENDED:
        return
    if reminder.step == MAKE and loaded.state is BroadcastState.MAKING:
        await _make(work, loaded)
    else:
        await _watch(work, loaded, reminder.round)


async def _make(work: Work, broadcast: Broadcast) -> None:
    """Write the next messages, or wait until there is room for them."""
    if await _picture_is_missing(work, broadcast) or await waits_for_many(
        work.tx, broadcast.id, AHEAD
    ):
        _go_on(work, broadcast, MAKE, PAUSE)
        await _renew(work, broadcast)
        return
    grids = reached_grids(work.street, broadcast.unit, broadcast.created_at)
    people = await list_recipients(work.tx, grids, broadcast.cursor, CHUNK)
    last = len(people) < CHUNK
    message = notice(work.street.organisation, broadcast)
    waking = work.street.waking(work.now)
    for person in people:
        work.changes.save(
            Notice(
                person=person,
                message=message,
                lane=Lane.BROADCAST,
                at=work.now,
                not_before=waking,
                subject=Subject(BROADCAST, broadcast.id),
            )
        )
    cursor = people[-1] if people else broadcast.cursor
    work.changes.save(Made(broadcast.id, cursor, len(people), last))
    _go_on(work, broadcast, WATCH if last else MAKE, PAUSE if last else timedelta())
    await _renew(work, broadcast)


async def _picture_is_missing(work: Work, broadcast: Broadcast) -> bool:
    if broadcast.picture is None or work.now - broadcast.created_at > PICTURE_PATIENCE:
        return False
    found = (await get_attachments(work.tx, [broadcast.picture])).get(broadcast.picture)
    if found is not None and found.state is FetchState.FAILED and not broadcast.made:
        work.tell(broadcast.by, Message(blocks=(text("broadcasts.picture_lost"),)), urgent=True)
    return found is not None and found.state is FetchState.WANTED


async def _watch(work: Work, broadcast: Broadcast, idle: int) -> None:
    """Renew the card while messages wait, and end the broadcast with the last of them."""
    progress = await progress_of(work.tx, broadcast.id)
    if progress.waiting == 0:
        ended = replace(broadcast, state=BroadcastState.DONE, ended_at=work.now)
        work.changes.save(Ended(broadcast.id, BroadcastState.DONE, work.now))
        await _show(work, ended, progress)
        return
    settled = progress.sent + progress.failed
    moved = settled != idle
    pause = RENEW if moved else min(work.now - broadcast.shown_at, LONGEST_PAUSE)
    _go_on(work, broadcast, WATCH, max(pause, RENEW), settled)
    if moved:
        await _show(work, broadcast, progress)


async def _renew(work: Work, broadcast: Broadcast) -> None:
    if work.now - broadcast.shown_at >= RENEW:
        await _show(work, broadcast, await progress_of(work.tx, broadcast.id))


async def _show(work: Work, broadcast: Broadcast, progress: Progress) -> None:
    notice = (await get_public_notices(work.tx, [broadcast.id])).get(broadcast.id)
    shown = card(work.street.organisation, broadcast, progress, notice, work.now)
    work.tell(broadcast.by, shown, urgent=True)
    work.changes.save(Shown(broadcast.id, work.now))


def _go_on(work: Work, broadcast: Broadcast, step: str, pause: timedelta, settled: int = 0) -> None:
    work.changes.save(
        Reminder(
            kind=BROADCAST,
            subject=broadcast.id,
            step=step,
            round=settled,
            due_at=work.now + pause,
        )
    )


KIND = ReminderKind(name=BROADCAST, load=_load, handle=_handle)
