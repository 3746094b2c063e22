"""Every way in ends at once: after a restore nobody gets in by what they held before."""

from sqlalchemy import select

from domain.messages import Side
from storage.codes import invitations, links, recovery_codes
from storage.database import Tx
from storage.people import accounts
from storage.session_rows import sessions


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
