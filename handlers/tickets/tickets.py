"""From Telegram to the web page: a ticket for what Telegram does not carry.

A person presses on, and goes on in the browser as the same person, at the step they wanted. What
was left out of a message is shown there in full.
"""

import secrets

from domain.errors import Refused
from domain.messages import Choice, Message, Side, text
from domain.people import TICKET_LIFE, Ticket
from handlers.features import Feature, Verb
from handlers.forms.steps import album_slot
from handlers.matters import case_cards, own_cases
from handlers.turn import Turn
from storage.conversations import CodeShown
from storage.keyring import hash_token
from storage.sending import find_said

#: Where the web page takes tickets; the token follows.
PATH = "/in/"
#: Shows in full what was left out of a message: ``tickets.show:ROW``.
VERB = "tickets.show"
#: How the slot of a case's card begins; its number follows.
_CARD = "case-"


def hand_over(
    turn: Turn, key: str, action: str, numbers: tuple[tuple[Choice, ...], ...] = ()
) -> None:
    """Give a ticket to the web page, where an action is done as if it were pressed there.

    Args:
        key: the wording that says why; it may name ``{until}``.
        numbers: buttons that go before it.
    """
    token = secrets.token_urlsafe(32)
    ticket = Ticket(
        token_hash=hash_token(token),
        account=turn.account.id,
        action=action,
        created_at=turn.now,
        expires_at=turn.now + TICKET_LIFE,
    )
    turn.changes.save(ticket)
    link = Choice(label=text("tickets.open"), link=f"{PATH}{token}", emphasis=True)
    said = text(key, until=ticket.expires_at)
    turn.reply(
        Message(blocks=(said,), choices=(*numbers, (link,)), slot=album_slot(turn, "ticket"))
    )


async def show_again(turn: Turn, row: str) -> None:
    """Say a message again, in full; of a case's card, how the case stands now.

    Raises:
        Refused: it was never this person's, or is forgotten by now.
    """
    said = await find_said(turn.tx, int(row), turn.person.id) if _is_row(row) else None
    if said is None:
        raise Refused("message_gone")
    if said.slot and said.slot.startswith(_CARD):
        show = case_cards.show if turn.is_staff else own_cases.show
        await show(turn, said.slot.removeprefix(_CARD))
        return
    turn.about = said.subject
    if said.message.once:
        turn.changes.save(CodeShown(int(row)))
    turn.reply(said.message)


def _is_row(given: str) -> bool:
    return given.isascii() and given.isdecimal() and len(given) < 16


async def go_elsewhere(turn: Turn, action: str) -> None:
    """Lead to the web page for what is never taken where other companies listen."""
    hand_over(turn, "tickets.sensitive", action)


FEATURES = tuple(
    Feature(
        name="tickets",
        side=side,
        verbs=(Verb(VERB, show_again, about="message"),),
        elsewhere=go_elsewhere,
    )
    for side in Side
)
