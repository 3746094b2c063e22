"""The web page's side of a ticket: who it is for, and what happens when it is used."""

import secrets
from collections.abc import Mapping
from datetime import datetime

from bot.channels.web.frames import raw_update
from bot.channels.web.ports import Offer, WebIntake
from bot.channels.web.sockets import bot_of
from bot.channels.web.store import new_session
from domain.errors import Refused
from domain.messages import Channel
from domain.people import Account, Ticket
from storage import people, session_rows
from storage.changes import Changes, apply
from storage.database import Database, Tx
from storage.tickets import tickets

#: How much of a ticket's hash names its press: enough to tell presses apart.
_ID_LENGTH = 24


class Desk:
    """`bot.channels.web.ports.TicketDesk` over the tables."""

    def __init__(self, database: Database, intake: WebIntake) -> None:
        self._database = database
        self._intake = intake

    async def find(self, token: str, now: datetime) -> Offer:
        """Tell for whom a ticket is; it is not used up by that.

        Raises:
            Refused: it is unknown, used or expired, or its account speaks for nobody any more.
        """
        async with self._database.read() as tx:
            _, opener = await _good(tx, token, now)
            person = await people.find_person(tx, opener.person)
        if person is None:
            raise Refused("ticket_unknown")
        return Offer(side=opener.side, language=person.language, person=person.id)

    async def is_foreign(self, offer: Offer, held: str | None) -> bool:
        """Tell whether a browser's session is somebody else's."""
        if held is None:
            return False
        async with self._database.read() as tx:
            session = await session_rows.get_session(tx, held)
            known = await people.accounts_by_id(tx, [session.account]) if session else {}
        return any(account.person != offer.person for account in known.values())

    async def use(
        self, token: str, held: str | None, now: datetime, *, device: str = ""
    ) -> str | None:
        """Use a ticket up: do what it is for on the web, and let the browser speak for its person.

        What it is for is kept first: when anything fails before the end, the ticket is still good,
        and the same press is kept once.

        Args:
            held: the session token that the browser has; somebody else's is ended.
            device: what the browser calls itself.

        Returns:
            The token of a new session; None where the browser's own goes on.

        Raises:
            Refused: see `find`.
            StorageError: nothing is used up; it can be tried again.
        """
        async with self._database.write() as tx:
            ticket, opener = await _good(tx, token, now)
            await people.hold_account(tx, opener.id)
            own = await _own_session(tx, opener, held, now)
            account = own or await _opened(tx, opener, now)
        await self._press(account, ticket, now)
        async with self._database.write() as tx:
            if not await tickets.use(tx, ticket, now):
                raise Refused("ticket_used")
            if own is not None:
                return None
            if held is not None:
                await session_rows.end_session(tx, held)
            fresh, session = new_session(account.id, account.side, now, device)
            await _save(tx, session)
            return fresh

    async def _press(self, account: Account, ticket: Ticket, now: datetime) -> None:
        press = f"ticket-{ticket.token_hash[:_ID_LENGTH]}"
        frame: Mapping[str, object] = {
            "type": "press",
            "id": press,
            "action": ticket.action,
            "origin": None,
        }
        update = raw_update(account.id, frame, now, None)
        await self._intake.store(bot_of(account.side), [(f"{account.id}:{press}", update)])


async def _good(tx: Tx, token: str, now: datetime) -> tuple[Ticket, Account]:
    ticket = await tickets.find_ticket(tx, token)
    if ticket is None:
        raise Refused("ticket_unknown")
    ticket.ensure_good(now)
    opener = (await people.accounts_by_id(tx, [ticket.account])).get(ticket.account)
    if opener is None or opener.revoked_at is not None:
        raise Refused("ticket_unknown")
    return ticket, opener


async def _own_session(tx: Tx, opener: Account, held: str | None, now: datetime) -> Account | None:
    """Find the account of the same person for which the browser speaks already."""
    account = await session_rows.find_session(tx, held, now) if held else None
    if account is None or account.side is not opener.side or account.person != opener.person:
        return None
    return account


async def _opened(tx: Tx, opener: Account, now: datetime) -> Account:
    """Find the web account that earlier tickets of the opener opened, or make it."""
    known = await people.find_opened(tx, opener)
    if known is not None:
        return known
    account_id = f"w{secrets.token_hex(12)}"
    made = Account(
        id=account_id,
        person=opener.person,
        side=opener.side,
        channel=Channel.WEB,
        address=account_id,
        created_at=now,
        seen_at=now,
        opened_by=opener.id,
        trial_until=opener.trial_until,
    )
    await _save(tx, made)
    return made


async def _save(tx: Tx, *objects: object) -> None:
    changes = Changes()
    changes.save(*objects)
    await apply(tx, [changes])
