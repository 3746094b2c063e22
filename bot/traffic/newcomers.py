"""Who something comes from: somebody new, or an account that shows a sign of life."""

import secrets
from datetime import datetime

from domain.messages import Channel, Incoming
from domain.people import Account, Person


def newcomer(incoming: Incoming, now: datetime) -> tuple[Person, Account]:
    """Make a person and the account by which they wrote for the first time."""
    account_id = incoming.address if incoming.channel is Channel.WEB else secrets.token_hex(12)
    person = Person(
        id=secrets.token_hex(12), side=incoming.side, created_at=now, preferred=account_id
    )
    account = Account(
        id=account_id,
        person=person.id,
        side=incoming.side,
        channel=incoming.channel,
        address=incoming.address,
        created_at=now,
        seen_at=now,
    )
    return person, account


def is_stale(account: Account, now: datetime) -> bool:
    """Tell whether the account's last sign of life is worth renewing: once an hour is enough."""
    return account.unreachable_since is not None or (now - account.seen_at).total_seconds() > 3600
