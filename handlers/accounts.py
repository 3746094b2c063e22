"""What is done with the accounts of a person, whoever they are."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from domain.messages import Lane, Message, Text, text
from domain.people import (
    Account,
    Person,
)
from domain.words.plaintext import normal
from handlers.turn import Turn
from storage.outbox import Notice, Redirection
from storage.session_rows import SessionsGone

LINK_DIGITS = 8
_CODE = re.compile(r"\d{4} ?\d{4}|\d{4}(?:[ -]?\d{4}){3}")


def channel_name(account: Account) -> Text:
    """Name where an account lives, as people call it."""
    return text(f"me.channel_{account.channel}")


def channel_names(accounts: Sequence[Account]) -> tuple[Text, ...]:
    """Name where accounts live, each place once; several in one place are counted."""
    by_channel = {account.channel: account for account in accounts}
    counts = Counter(account.channel for account in accounts)
    return tuple(
        channel_name(account)
        if counts[channel] == 1
        else text("me.channel_several", channel=channel_name(account), count=counts[channel])
        for channel, account in by_channel.items()
    )


def read_code(given: str) -> str | None:
    """Read a code as people type it; None for anything else."""
    plain = normal(given).strip()
    if not plain.isascii() or not _CODE.fullmatch(plain):
        return None
    return "".join(sign for sign in plain if sign.isdecimal())


def tell_account(turn: Turn, person: str, account: Account, message: Message) -> None:
    """Say something to exactly one account, at once: somebody is waiting there."""
    turn.changes.save(
        Notice(
            person=person,
            message=message,
            lane=Lane.REPLY,
            at=turn.now,
            not_before=turn.now,
            account=account,
        )
    )


def end_account(turn: Turn, other: Account, to: Account | None) -> None:
    """Make an account a stranger's: its sessions end, and what waits for it goes elsewhere."""
    stranger = Person(
        id=turn.new_id(),
        side=other.side,
        language=turn.person.language,
        created_at=turn.now,
        preferred=other.id,
    )
    turn.changes.save(
        stranger,
        replace(other, person=stranger.id, opened_by=None, trial_until=None),
        SessionsGone(other.id),
    )
    if to is not None:
        turn.changes.save(Redirection(other.id, to))
