"""What becomes of messages to somebody who cannot be reached: another account, or the worker."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from domain.messages import Lane, Message, text
from domain.organisation import Role, Seat
from domain.subjects import Subject
from storage import organisation, sending
from storage.changes import Changes, apply
from storage.database import Tx
from storage.outbox import Notice
from storage.people import accounts_by_id, list_accounts, mark_unreachable
from storage.registry import SUBJECTS
from storage.sending import Waiting, was_told_lately

#: How often the administrators hear of a webhook that refuses.
TOLD_EVERY = timedelta(days=1)

log = structlog.get_logger()


async def give_up(row: Waiting, now: datetime, tx: Tx) -> None:
    """The person blocked the bot: another account is tried, or the worker is told."""
    await mark_unreachable(tx, row.account, now)
    known = (await accounts_by_id(tx, [row.account])).get(row.account)
    person = known.person if known else row.person
    others = [
        account
        for account in (await list_accounts(tx, [person])).get(person, [])
        if account.id != row.account and account.unreachable_since is None
    ]
    if others:
        await sending.redirect(tx, row.account, others[0])
        return
    log.warning("sender.unreachable", bot=row.bot)
    news = await sending.give_up_account(tx, row.account, "blocked", now)
    for subject, reader in sorted(news.items()):
        await tell_keeper(tx, reader, subject, now)


#: Tells somebody, in the transaction that gave a message up.
AfterDead = Callable[[Tx, datetime], Awaitable[None]]


async def bury(row: int, error: str, now: datetime, after: AfterDead | None, tx: Tx) -> None:
    """Give a message up, and let somebody know."""
    await sending.dead_letter(tx, row, error, now)
    if after is not None:
        await after(tx, now)


async def tell_administrator(webhook: str, tx: Tx, now: datetime) -> None:
    """Tell the administrators that a webhook does not take what it is told; once a day.

    Without an administrator, whoever answers for the street is told.
    """
    street = await organisation.load(tx)
    if not street.units:
        return
    seat = Seat(street.street.code, Role.ADMINISTRATOR)
    persons = {post.stand_in(now) or post.person for post in street.holders(seat, now)}
    persons = persons or {street.responsible(street.street.code, now).person or ""} - {""}
    slot = f"webhook-{webhook}"
    changes = Changes()
    for person in sorted(persons):
        if await was_told_lately(tx, person, slot, now - TOLD_EVERY):
            continue
        message = Message(
            blocks=(text("webhooks.not_taken", webhook=webhook),), slot=slot, anew=True
        )
        changes.save(
            Notice(person=person, message=message, lane=Lane.NOTICE, at=now, not_before=now)
        )
    await apply(tx, [changes])


async def tell_keeper(
    tx: Tx,
    reader: str,
    subject: Subject,
    now: datetime,
    key: str = "channels.resident_unreachable",
) -> None:
    """Tell whoever answers for a subject that somebody could not be told something about it."""
    kind = SUBJECTS.get(subject.kind)
    if kind is None or kind.keeper is None:
        return
    keeper = await kind.keeper(tx, subject.id)
    if keeper is None or keeper.person == reader:
        return
    changes = Changes()
    changes.save(
        Notice(
            person=keeper.person,
            message=Message(
                blocks=(text(key, number=keeper.name),),
                choices=((keeper.show,),),
            ),
            lane=Lane.NOTICE,
            at=now,
            not_before=now,
            subject=subject,
        )
    )
    await apply(tx, [changes])
