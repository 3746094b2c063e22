"""Delivery of updates to a webhook: in order per chat, several chats at once, with retries."""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import aiohttp

from .updates import Update

if TYPE_CHECKING:
    from .telegram import Bot

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
DEFAULT_CONNECTIONS = 40
ANSWER_TIMEOUT_SECONDS = 60

# What an answer may not call. Source: tdlib/telegram-bot-api, WebhookActor::handle.
_NOT_IN_ANSWERS = frozenset({"deletewebhook", "setwebhook", "close", "logout"})


class Webhook:
    """Posts each update until the bot answers 2xx or the update expires.

    Source of the order and the delays: tdlib/telegram-bot-api, WebhookActor. The first repeat
    follows at once, later ones after 2, 4, 8 … seconds, a minute at most; Retry-After is obeyed.
    """

    def __init__(
        self,
        bot: "Bot",
        *,
        url: str,
        secret_token: str,
        max_connections: int,
        ip_address: str,
        call: Callable[[str, dict[str, Any]], Awaitable[None]],
    ) -> None:
        self.bot = bot
        self.url = url
        self.secret_token = secret_token
        self.max_connections = max_connections
        self.ip_address = ip_address
        self.paused = False
        self.last_error: tuple[int, str] | None = None
        """Unix seconds and reason of the last failed delivery."""
        self.delivered = 0
        self.failures = 0
        self.most_at_once = 0
        """The highest number of deliveries under way at one moment."""
        self._call = call
        self._session: aiohttp.ClientSession | None = None
        self._lanes: dict[int, deque[Update]] = {}
        self._ready: deque[int] = deque()
        self._failed: dict[int, int] = {}
        self._under_way: set[asyncio.Task[None]] = set()
        self._timers: set[asyncio.TimerHandle] = set()
        self._idle: asyncio.Future[None] | None = None

    def open(self) -> None:
        connector = aiohttp.TCPConnector(limit=self.max_connections)
        self._session = aiohttp.ClientSession(
            connector=connector, timeout=aiohttp.ClientTimeout(total=ANSWER_TIMEOUT_SECONDS)
        )
        for update in self.bot.updates.pending.values():
            self._enqueue(update)
        self.bot.updates.listen(self._enqueue)

    async def close(self) -> None:
        """Stop delivering; what was not confirmed stays in the queue."""
        self.bot.updates.listen(None)
        self.paused = True
        for timer in self._timers:
            timer.cancel()
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def pause(self) -> None:
        self.paused = True

    def resume(self) -> None:
        self.paused = False
        self._launch()

    async def idle(self) -> None:
        """Wait until nothing is left to deliver."""
        while self._lanes:
            future = self._idle = asyncio.get_running_loop().create_future()
            await future

    def _enqueue(self, update: Update) -> None:
        lane = self._lanes.get(update.lane)
        if lane is not None:
            lane.append(update)
            return
        self._lanes[update.lane] = deque([update])
        self._make_ready(update.lane)

    def _make_ready(self, lane: int) -> None:
        self._ready.append(lane)
        self._launch()

    def _launch(self) -> None:
        while self._ready and not self.paused and len(self._under_way) < self.max_connections:
            lane = self._ready.popleft()
            task = asyncio.get_running_loop().create_task(self._deliver(lane))
            self._under_way.add(task)
            self.most_at_once = max(self.most_at_once, len(self._under_way))
            task.add_done_callback(self._landed)

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        self._launch()

    async def _deliver(self, lane: int) -> None:
        update = self._lanes[lane][0]
        now = self.bot.telegram.clock.now()
        delay = 0.0
        if update.update_id in self.bot.updates.pending and update.expires_at > now:
            error, retry_after = await self._post(update)
            if error is not None:
                failed = self._failed[update.update_id] = self._failed.get(update.update_id, 0) + 1
                self.failures += 1
                self.last_error = (int(now), error)
                delay = retry_after or (0.0 if failed == 1 else min(60.0, 2.0 ** (failed - 1)))
                self._later(lane, delay)
                return
            self.delivered += 1
        self.bot.updates.confirm(update.update_id)
        self._failed.pop(update.update_id, None)
        updates = self._lanes[lane]
        updates.popleft()
        if updates:
            self._make_ready(lane)
            return
        del self._lanes[lane]
        if not self._lanes and self._idle is not None and not self._idle.done():
            self._idle.set_result(None)

    def _later(self, lane: int, delay: float) -> None:
        def come_back() -> None:
            self._timers.discard(timer)
            self._make_ready(lane)

        timer = asyncio.get_running_loop().call_later(delay, come_back)
        self._timers.add(timer)

    async def _post(self, update: Update) -> tuple[str | None, float]:
        """The reason of a failure, if any, and the wait the bot asked for in seconds."""
        assert self._session is not None
        headers = {"Content-Type": "application/json"}
        if self.secret_token:
            headers[SECRET_HEADER] = self.secret_token
        try:
            async with self._session.post(
                self.url, data=update.text.encode(), headers=headers
            ) as answer:
                body = await answer.read()
        except TimeoutError:
            return "Read timeout expired", 0
        except aiohttp.ClientConnectorError:
            return "Connection refused", 0
        except aiohttp.ClientError:
            return "Webhook connection closed", 0
        if not 200 <= answer.status <= 299:
            wait = answer.headers.get("Retry-After", "")
            reason = f"Wrong response from the webhook: {answer.status} {answer.reason}"
            return reason, min(3600, int(wait)) if wait.isdigit() else 0
        await self._obey(body)
        return None, 0

    async def _obey(self, body: bytes) -> None:
        """Make the call a bot may put into its answer, as JSON."""
        if not body.startswith(b"{"):
            return
        try:
            values = json.loads(body)
        except ValueError:
            return
        name = str(values.pop("method", "")).lower()
        if name and name not in _NOT_IN_ANSWERS and not name.startswith("get"):
            await self._call(name, values)
