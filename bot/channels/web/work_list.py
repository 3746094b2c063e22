"""What somebody of the office has to do, for the page to keep in sight beside the conversation.

It is looked up, never said: nothing of it is stored, and nothing goes into the conversation.
"""

from collections.abc import Callable
from datetime import datetime

from aiohttp import web

from bot.channels.web.frames import message_frame
from bot.channels.web.guards import Refusal
from bot.channels.web.ports import WebAccount
from bot.configuration.street_source import StreetSource
from bot.traffic.rate_limits import Limiter, Rate
from domain.errors import UserError
from domain.messages import Channel, Incoming, Message, Side
from handlers.registry import FEATURES
from handlers.todo import ALL, todo_list
from handlers.turn import Turn
from storage import people
from storage.database import Database
from storage.registry import HANDS_OVER, PROCEDURES
from storage.work import Numbers

#: A page asks when something has happened; more often than this it only shows what it has.
RATE = Rate(burst=20, per_second=1)


class WorkLists:
    """`bot.channels.web.ports.WorkDesk` over the tables."""

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

    async def serve(self, request: web.Request, account: WebAccount | None) -> web.StreamResponse:
        """Give the wanted list as a `message` frame without a number.

        Raises:
            Refusal: nobody of the office asks, asks too often, or for no list.
        """
        if account is None or account.side is not Side.STAFF:
            raise Refusal(401, "no_session")
        if not self._rate.take(account.id):
            raise Refusal(429, "flood", retry_after=1)
        try:
            message = await self.find(
                account.id, request.query.get("list", ALL), request.query.get("page", "0")
            )
        except UserError:
            raise Refusal(400, "bad_request") from None
        if message is None:
            raise Refusal(401, "no_session")
        now = self._now()
        return web.json_response(
            message_frame(0, now, message, (), account.language),
            headers={"Cache-Control": "no-store"},
        )

    async def find(self, account_id: str, wanted: str, page: str) -> Message | None:
        """Look a list up; None for whoever has no post.

        Raises:
            Stale: there is no such list.
        """
        now = self._now()
        async with self._database.read() as tx:
            account = (await people.accounts_by_id(tx, [account_id])).get(account_id)
            person = await people.find_person(tx, account.person) if account else None
            if account is None or person is None or account.revoked_at is not None:
                return None
            turn = Turn(
                tx=tx,
                street=await self._source.current(tx, now),
                now=now,
                incoming=Incoming(
                    side=Side.STAFF, channel=Channel.WEB, address=account.address, at=now
                ),
                person=person,
                account=account,
                draft=None,
                waiting=(),
                every_feature=FEATURES,
                numbers=Numbers(),
                hands_over=HANDS_OVER,
                procedures=PROCEDURES,
            )
            return await todo_list(turn, wanted, page) if turn.actor.posts else None
