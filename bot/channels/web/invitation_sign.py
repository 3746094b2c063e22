"""What a code brought somebody to, before a word is said: an invitation, or the poster of a grid.

For whom an invitation is: its name, its post and how long it is good. Whose poster was scanned: the
grid, and who works there, as its notice board names them.

It is looked up by POST, so that the code stands in no address, and nothing is used up or stored.
Whatever opens nothing is answered alike: used, void, too old or never given.
"""

from collections.abc import Callable
from datetime import datetime

from aiohttp import web

from bot.channels.web.client_network import customer_of
from bot.channels.web.guards import Refusal, json_of, request_language
from bot.configuration.street_source import StreetSource
from bot.traffic.rate_limits import Limiter, Rate
from bot.words.wording import wording_for
from domain.messages import Text, text
from domain.names import role_name, unit_name
from domain.organisation import Role, UnitKind
from domain.people import Invitation
from domain.residents.grid_worker import scanned
from domain.street import Street
from handlers.residents.arrival import GRID_CODE
from storage.codes import find_invitation
from storage.database import Database

#: From one address: whoever mistypes tries again, whoever guesses gets nowhere with 10^12 codes.
RATE = Rate(burst=10, per_second=0.1)
#: Posters are scanned by many behind one address of a carrier; what they show hangs on walls.
POSTER_RATE = Rate(burst=60, per_second=2.0)
_RETRY_SECONDS = 30
_LONGEST_CODE = 64


class InvitationSigns:
    """`bot.channels.web.ports.InvitationDesk` over the tables."""

    def __init__(
        self,
        database: Database,
        source: StreetSource,
        now: Callable[[], datetime],
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._source = source
        self._now = now
        self._rate = Limiter(RATE, clock=clock)
        self._poster_rate = Limiter(POSTER_RATE, clock=clock)

    async def serve(
        self, request: web.Request, *, address: Callable[[web.Request], str]
    ) -> web.Response:
        """Say what the code in the body leads to; an empty object for one that opens nothing.

        Raises:
            Refusal: there is no code in it, or too many were tried from there.
        """
        code = (await json_of(request)).get("code")
        if not isinstance(code, str) or not 0 < len(code) <= _LONGEST_CODE:
            raise Refusal(400, "bad_request")
        is_poster = code.startswith(GRID_CODE)
        rate = self._poster_rate if is_poster else self._rate
        if not rate.take(customer_of(address(request))):
            raise Refusal(429, "flood", retry_after=_RETRY_SECONDS)
        now = self._now()
        async with self._database.read() as tx:
            found = None if is_poster else await find_invitation(tx, code)
            street = await self._source.current(tx, now)
        if is_poster:
            said = scanned(street, code.removeprefix(GRID_CODE), now)
        else:
            said = _said(found, street, now) if found is not None else None
        answer = {"text": wording_for(request_language(request)).text(said, now)} if said else {}
        return web.json_response(answer, headers={"Cache-Control": "no-store"})


def _said(invitation: Invitation, street: Street, now: datetime) -> Text | None:
    """Say for whom an invitation to a post is; None for one that opens no post any more."""
    unit = street.organisation.units.get(invitation.unit)
    is_good = invitation.used_at is None and now < invitation.expires_at
    if not is_good or invitation.person or unit is None or invitation.role not in set(Role):
        return None
    levels = [
        one
        for one in reversed(tuple(street.organisation.upward(unit.code)))
        if one.kind is not UnitKind.STREET or one is unit
    ]
    return text(
        "staff.invited_named" if invitation.name else "staff.invited",
        name=invitation.name,
        above=unit_name(levels[0]) if len(levels) > 1 else "",
        unit=unit_name(unit),
        role=role_name(invitation.role),
        until=invitation.expires_at,
    )
