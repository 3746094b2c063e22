"""With which codes a page's connection ends, and the last words to one without a session."""

from contextlib import suppress

from bot.channels.web.transports import Wire
from bot.words.wording import wording_for
from domain.messages import Text
from domain.people import Language

BAD_FRAMES = 4400
NO_SESSION = 4401
REVOKED = 4403
NO_HELLO = 4408
#: The session's token was replaced or ended: come again with the cookie of now.
COME_AGAIN = 4410
TOO_MANY = 4429
GOING_AWAY = 1001
OVERRUN = 1013


async def turn_away(wire: Wire, language: Language, *, revoked: bool) -> None:
    """Tell a page without a session so, and end the connection."""
    code = "revoked" if revoked else "no_session"
    text = wording_for(language).text(Text(f"web.notice_{code}"))
    with suppress(ConnectionError):
        await wire.send({"type": "notice", "code": code, "text": text})
    await wire.close(REVOKED if revoked else NO_SESSION)
