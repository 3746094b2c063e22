"""Rows of people when two become one, at night, after a restore and at an erasure."""

from datetime import datetime

from sqlalchemy import (
    or_,
    select,
    update,
)

from domain.messages import Side
from domain.people import (
    LINK_CODE_LIFE,
    RECOVERY_LIFE,
)
from storage.codes import code_attempts, invitations, links, recovery_codes
from storage.database import Tx
from storage.people import accounts, consents, people
from storage.session_rows import sessions


async def unite(tx: Tx, kept: str, absorbed: str) -> None:
    """Move the accounts and consents of one person to another and empty the absorbed one.

    Every other link that either of them had begun ends: whoever agreed did not agree to this.
    """
    both = select(accounts.c.id).where(accounts.c.person.in_([kept, absorbed]))
    await tx.run(
        links.delete().where(or_(links.c.offered_by.in_(both), links.c.answered_by.in_(both)))
    )
    await tx.run(update(accounts).where(accounts.c.person == absorbed).values(person=kept))
    held = select(consents.c.purpose).where(consents.c.person == kept)
    await tx.run(
        consents.delete().where(consents.c.person == absorbed, consents.c.purpose.in_(held))
    )
    await tx.run(update(consents).where(consents.c.person == absorbed).values(person=kept))
    await tx.run(recovery_codes.delete().where(recovery_codes.c.person == absorbed))
    await tx.run(people.delete().where(people.c.id == absorbed))


async def sweep(tx: Tx, now: datetime) -> None:
    """Forget codes and sessions whose time is over, and wrong codes that no limit counts."""
    await tx.run(links.delete().where(links.c.expires_at < now))
    await tx.run(recovery_codes.delete().where(recovery_codes.c.created_at < now - RECOVERY_LIFE))
    await tx.run(sessions.delete().where(sessions.c.expires_at < now))
    await tx.run(code_attempts.delete().where(code_attempts.c.at < now - LINK_CODE_LIFE))


async def end_ways_in(tx: Tx) -> None:
    """End every session, link, open invitation and staff member's recovery code.

    Who held them may hold them no longer. Residents' recovery codes stay; they are the only way
    back for whoever lost their browser. Staff are invited again.
    """
    await tx.run(sessions.delete())
    await tx.run(links.delete())
    await tx.run(invitations.delete().where(invitations.c.used_at.is_(None)))
    staff = select(accounts.c.person).where(accounts.c.side == Side.STAFF)
    await tx.run(recovery_codes.delete().where(recovery_codes.c.person.in_(staff)))


async def forget_person(tx: Tx, person: str, now: datetime) -> None:
    """Empty a person's row and end every way in; the id stays, so that chains still verify."""
    owned = select(accounts.c.id).where(accounts.c.person == person)
    tx.ended.update(row.id for row in await tx.rows(owned))
    await tx.run(sessions.delete().where(sessions.c.account.in_(owned)))
    await tx.run(
        links.delete().where(or_(links.c.offered_by.in_(owned), links.c.answered_by.in_(owned)))
    )
    await tx.run(code_attempts.delete().where(code_attempts.c.account.in_(owned)))
    await tx.run(accounts.delete().where(accounts.c.person == person))
    await tx.run(consents.delete().where(consents.c.person == person))
    await tx.run(recovery_codes.delete().where(recovery_codes.c.person == person))
    await tx.run(
        update(people)
        .where(people.c.id == person)
        .values(
            sealed=None,
            grid=None,
            preferred=None,
            noticed=0,
            elder=False,
            weekly_summary=False,
            erased_at=now,
        )
    )
