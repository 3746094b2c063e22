"""Ordering the copy of one's own data, on either side.

Source: Personal Information Protection Law (PIPL), article 45.
"""

from datetime import timedelta

from domain.messages import Choice, Message
from handlers.turn import Turn
from storage.attachments import EXPORT, list_of_person
from storage.copies import Format, OldCopies, wanted_copy

#: A copy that was just ordered is not written twice.
COPY_PAUSE = timedelta(minutes=1)


async def order_copy(turn: Turn, back: Choice) -> None:
    """Order the copy, to read and as an archive with everything; both come when they are written.

    They are not `secret`: on Telegram nobody could save what is.
    """
    since = turn.now - COPY_PAUSE
    sent = await list_of_person(turn.tx, turn.person.id)
    if any(one.bot == EXPORT and one.created_at > since for one in sent):
        turn.say("me.copy_comes_already", (back,))
        return
    ordered = [
        wanted_copy(turn.new_id(), turn.person.id, form, turn.person.language, turn.now)
        for form in Format
    ]
    turn.changes.save(OldCopies(turn.person.id, turn.now), *ordered)
    turn.say("me.copy_comes", (back,))
    turn.reply(Message(attachments=tuple(one.id for one in ordered)))
