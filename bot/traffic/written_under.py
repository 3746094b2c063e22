"""What somebody writes under a message of ours is about what that message was about."""

from bot.channels.ports import Driver
from handlers.turn import Turn
from storage.sending import find_told


async def name_replied(turn: Turn, driver: Driver) -> None:
    """Let a turn know under which message something was written, as far as that is known."""
    under = turn.incoming.replies_to
    if under is not None:
        turn.replied_to = await find_told(
            turn.tx, turn.account.id, lambda reference: driver.includes(reference, under)
        )
