"""What becomes of messages to somebody who cannot be reached: another account, or the worker."""

from datetime import datetime

import structlog

from domain.messages import Lane, Message, text
from domain.subjects import Subject
from storage import sending
from storage.changes import Changes, apply
from storage.database import Tx
from storage.outbox import Notice
from storage.people import accounts_by_id, list_accounts, mark_unreachable
from storage.registry import SUBJECTS
from storage.sending import Waiting

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
