"""The page that a ticket opens: one plain button, and only its press uses the ticket up.

Previews and crawlers only read. The page needs no script, since its one button is a form.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from bot.channels.web import page_files
from bot.channels.web.cookies import session_token, set_cookie
from bot.channels.web.guards import Doors, Refusal, in_time, request_language
from bot.channels.web.ports import Offer, OfficeSign, TicketDesk
from bot.channels.web.user_agents import device_name
from bot.traffic.rate_limits import Limiter
from bot.words.wording import wording_for
from domain.errors import Refused
from domain.messages import Side, Text
from domain.people import Language

#: Where a press leads; the conversation is there.
_FRONTS = {Side.RESIDENTS: "/", Side.STAFF: "/staff"}
_RETRY_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class TicketPage:
    """What the two requests share."""

    desk: TicketDesk
    doors: Doors
    rate: Limiter
    now: Callable[[], datetime]
    office: Callable[[], OfficeSign]

    def add_routes(self, app: web.Application) -> None:
        """Serve ``/in/TOKEN``."""
        path = "/in/{token:[A-Za-z0-9_-]{1,100}}"
        app.add_routes([web.get(path, self._show), web.post(path, self._use)])

    async def _show(self, request: web.Request) -> web.Response:
        token = request.match_info["token"]
        try:
            offer = await self.desk.find(token, self.now())
        except Refused as error:
            return self._over(request, error)
        held = session_token(self.doors, request, offer.side)
        return self._page(
            request, offer.language, offer=offer, foreign=await self.desk.is_foreign(offer, held)
        )

    async def _use(self, request: web.Request) -> web.Response:
        if not self.rate.take(self.doors.address(request)):
            raise Refusal(429, "flood", retry_after=_RETRY_SECONDS)
        token, now = request.match_info["token"], self.now()
        agreed = (await in_time(request.post())).get("leave") == "yes"
        try:
            offer = await self.desk.find(token, now)
            held = session_token(self.doors, request, offer.side)
            if not agreed and await self.desk.is_foreign(offer, held):
                return self._page(request, offer.language, offer=offer, foreign=True)
            fresh = await self.desk.use(token, held, now, device=device_name(request))
        except Refused as error:
            return self._over(request, error)
        response = web.Response(status=303, headers={"Location": _FRONTS[offer.side]})
        if fresh is not None:
            set_cookie(self.doors, response, offer.side, fresh)
        return response

    def _over(self, request: web.Request, error: Refused) -> web.Response:
        language = request_language(request)
        said = wording_for(language).text(Text(error.key, error.fields))
        page = self._page(request, language, over=said)
        page.set_status(410)
        return page

    def _page(
        self,
        request: web.Request,
        language: Language,
        *,
        offer: Offer | None = None,
        foreign: bool = False,
        over: str = "",
    ) -> web.Response:
        response = page_files.render(
            request,
            "ticket.html",
            language,
            office=self.office(),
            offer=offer,
            foreign=foreign,
            over=over,
        )
        # Without a referrer browsers would send no origin with the form either.
        response.headers["Referrer-Policy"] = "same-origin"
        return response
