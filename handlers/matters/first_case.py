"""After somebody's first case: how to come back to it, and how else the office can reach them."""

from domain.messages import Message, text
from handlers.turn import Turn, choice
from storage.matters.queries import numbers_of


async def say_how_to_come_back(turn: Turn) -> None:
    """Ask to keep the page, and offer a way back and a telephone number; once.

    Elsewhere news arrives by itself. Nothing is said twice, and nobody has to answer.
    """
    if not turn.hears_by_page or await numbers_of(turn.tx, turn.person.id):
        return
    offers = [choice("filing.make_recovery", "residents.recovery")]
    if not turn.person.phone:
        offers.append(choice("filing.leave_phone", "text_messages.phone"))
    turn.reply(Message(blocks=(text("filing.keep_page"),), choices=(tuple(offers),)))
