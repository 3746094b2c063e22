"""Tells what is said over one webhook: the sender's port, over HTTP to an address of the operator.

Only that address is called: redirections are not followed, no proxy of the environment is asked,
no cookie is kept, and of an answer no more is read than its meaning takes.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from yarl import URL

from bot.channels.ports import Delivery, Receiver, Rejected, Unclear
from bot.channels.webhooks.answers import ensure_taken
from bot.channels.webhooks.bodies import Request, Said, Target, request_for
from bot.words.wording import wording_for
from domain.messages import Incoming, Message, Text, Value
from domain.people import Language

#: So much of an answer is read; what robots and gateways say is shorter.
MAX_ANSWER_BYTES = 16 * 1024

#: Gives the telephone number that somebody agreed to get text messages at; empty for none.
FindPhone = Callable[[str], Awaitable[str]]


async def _no_phone(_person: str) -> str:
    return ""


class WebhookDriver:
    """One webhook; see `bot.channels.ports.Driver`."""

    def __init__(
        self,
        bot: str,
        target: Target,
        *,
        public_url: str,
        timeout_seconds: float,
        find_phone: FindPhone = _no_phone,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """Prepare; nothing is opened before the first message.

        Args:
            public_url: what begins the links.
            find_phone: asked for each text message, at the moment at which it goes.
            wall: the machine's own clock, which receivers compare with theirs.
        """
        self.bot = bot
        self._target = target
        self._public_url = public_url.rstrip("/")
        self._timeout = ClientTimeout(total=timeout_seconds)
        self._find_phone = find_phone
        self._wall = wall
        self._session: ClientSession | None = None

    def parse(self, update: Mapping[str, Any]) -> Incoming | None:
        """Nothing arrives over a webhook."""
        return None

    def keeps(self, message: Message) -> bool:
        """Nothing is shown again."""
        return False

    def includes(self, reference: str, message: str) -> bool:
        """Nothing is answered over a webhook."""
        return False

    async def confirm(self, press: str) -> None:
        """Nothing is pressed."""

    async def fetch(self, ref: str, into: Receiver) -> None:
        """Nothing is fetched.

        Raises:
            Rejected: always.
        """
        raise Rejected("a webhook has no files")

    async def send(self, delivery: Delivery) -> str | None:
        """Tell one thing.

        Raises:
            ChannelError: see the classes; none of them names the address.
        """
        phone = ""
        if self._target.texts:
            phone = await self._find_phone(delivery.person)
            if not phone:
                raise Rejected("no telephone number any more")
        said = _said(delivery, self._public_url, phone)
        await delivery.pace(1)
        await self.call(request_for(self._target, said, self._wall()))
        return None

    async def call(self, request: Request) -> None:
        """Make one call and take its answer for what it is.

        Raises:
            ChannelError: see `bot.channels.webhooks.answers`.
        """
        try:
            async with self._open().request(
                request.method,
                # As it was written and signed: nothing is quoted once more.
                URL(request.url, encoded=True),
                headers=request.headers,
                data=request.body or None,
                allow_redirects=False,
            ) as response:
                body = await _bounded(response.content.readany)
                status, headers = response.status, response.headers
        except (ClientError, OSError, TimeoutError, ValueError) as error:
            # Its words may hold the address; its type is enough.
            raise Unclear(type(error).__name__) from None
        ensure_taken(self._target, status, headers, body, datetime.fromtimestamp(self._wall(), UTC))

    def _open(self) -> ClientSession:
        if self._session is None or self._session.closed:
            self._session = ClientSession(
                # A call an hour finds an idle connection closed by the other side.
                connector=TCPConnector(limit=4, force_close=True),
                cookie_jar=DummyCookieJar(),
                timeout=self._timeout,
                headers={"User-Agent": "Linli", "Accept-Encoding": "identity"},
                auto_decompress=False,
                trust_env=False,
            )
        return self._session

    async def close(self) -> None:
        """Close what was opened."""
        if self._session is not None:
            with suppress(OSError):
                await self._session.close()


async def _bounded(read: Callable[[], Awaitable[bytes]]) -> bytes:
    """Read an answer up to its end or to `MAX_ANSWER_BYTES`."""
    found = b""
    while len(found) < MAX_ANSWER_BYTES and (more := await read()):
        found += more
    return found[:MAX_ANSWER_BYTES]


def _said(delivery: Delivery, public_url: str, phone: str) -> Said:
    """Put a message into words; moments are dates, for nobody knows when it is read."""
    wording = wording_for(Language(delivery.language))
    headline = delivery.message.blocks[0]
    fields: Mapping[str, Value] = headline.fields if isinstance(headline, Text) else {}
    links = [one.link for row in delivery.message.choices for one in row if one.link]
    kind = fields.get("kind")
    return Said(
        id=delivery.id,
        at=delivery.at or datetime.now(UTC),
        kind=wording.value(kind),
        urgent=isinstance(kind, Text) and kind.key == "webhooks.kind_urgent",
        number=wording.value(fields.get("number")),
        office=wording.value(fields.get("office")),
        text=wording.plain(delivery.message),
        link=f"{public_url}{links[0]}" if links else public_url,
        phone=phone,
    )
