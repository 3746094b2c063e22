"""The queue of updates of one bot, as getUpdates empties it."""

import asyncio
import itertools
import json
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from .errors import ApiError, conflict

RETENTION_SECONDS = 24 * 3600
MAX_UPDATES_PER_CALL = 100
MAX_LONG_POLL_SECONDS = 50

# Source: core.telegram.org/bots/api#getupdates. These three must be asked for.
_ON_REQUEST_ONLY = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
KNOWN_TYPES = frozenset(
    {
        "message",
        "edited_message",
        "channel_post",
        "edited_channel_post",
        "business_connection",
        "business_message",
        "edited_business_message",
        "deleted_business_messages",
        "message_reaction",
        "message_reaction_count",
        "inline_query",
        "chosen_inline_result",
        "callback_query",
        "shipping_query",
        "pre_checkout_query",
        "purchased_paid_media",
        "poll",
        "poll_answer",
        "my_chat_member",
        "chat_member",
        "chat_join_request",
        "chat_boost",
        "removed_chat_boost",
        "managed_bot",
    }
)
DEFAULT_TYPES = KNOWN_TYPES - _ON_REQUEST_ONLY


encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


class Update:
    __slots__ = ("expires_at", "lane", "text", "update_id")

    def __init__(self, update_id: int, text: str, lane: int, expires_at: float) -> None:
        self.update_id = update_id
        self.text = text
        """The update as JSON."""
        self.lane = lane
        """Updates of one chat reach a webhook one after the other."""
        self.expires_at = expires_at


class UpdateQueue:
    def __init__(self, first_id: int) -> None:
        self.first_id = first_id
        self.next_id = first_id
        self.allowed = DEFAULT_TYPES
        self.pending: OrderedDict[int, Update] = OrderedDict()
        self.expired = 0
        """Updates lost because nobody fetched them within 24 hours."""
        self._poll: asyncio.Future[None] | None = None
        self._watchers: list[asyncio.Future[None]] = []
        self._listener: Callable[[Update], None] | None = None

    def allow(self, types: Any) -> None:
        """Remember a call's allowed_updates; updates created earlier stay as they are."""
        if types is None:
            return
        if not isinstance(types, list) or not all(isinstance(name, str) for name in types):
            raise ApiError(400, "Bad Request: can't parse allowed updates JSON object")
        known = KNOWN_TYPES & set(types)
        # Source: tdlib/telegram-bot-api. An empty or meaningless list means the default.
        self.allowed = known or DEFAULT_TYPES

    def push(self, kind: str, content: dict[str, Any], *, lane: int, now: float) -> int | None:
        """Queue one update. Returns its id, or None if the bot does not want its kind."""
        if kind not in self.allowed:
            return None
        return self.push_raw({kind: content}, lane=lane, now=now)

    def push_raw(self, content: dict[str, Any], *, lane: int, now: float) -> int:
        """Queue `content` under the next update_id, whatever it is. Returns that id."""
        update_id = self.next_id
        self.next_id += 1
        text = encode({"update_id": update_id, **content})
        update = Update(update_id, text, lane, now + RETENTION_SECONDS)
        self.pending[update_id] = update
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)
        if self._listener is not None:
            self._listener(update)
        return update_id

    def listen(self, listener: Callable[[Update], None] | None) -> None:
        """Call `listener` at each new update (a webhook), or nobody (None)."""
        self._listener = listener

    def expire(self, now: float) -> None:
        pending = self.pending
        while pending and next(iter(pending.values())).expires_at <= now:
            pending.popitem(last=False)
            self.expired += 1

    def drop(self) -> None:
        self.pending.clear()

    def confirm(self, update_id: int) -> None:
        self.pending.pop(update_id, None)

    def forget_before(self, offset: int) -> None:
        pending = self.pending
        while pending and next(iter(pending)) < offset:
            pending.popitem(last=False)

    def end_poll(self, error: ApiError | ConnectionError) -> None:
        """Let a waiting long poll fail."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(error)

    async def fetch(self, *, offset: int, limit: int, seconds: float, now: float) -> list[str]:
        """The updates from `offset` on as JSON texts; earlier ones are confirmed and gone.

        Where there are none it waits for the first, `seconds` at most.

        Raises:
            ApiError: 409, if another call or a webhook takes over while this one waits.
        """
        self.expire(now)
        offset = self._start(offset)
        self.forget_before(offset)
        if not self.pending and seconds > 0:
            self.end_poll(
                conflict(
                    "terminated by other getUpdates request; "
                    "make sure that only one bot instance is running"
                )
            )
            await self._wait(seconds)
            self.forget_before(offset)
        return [update.text for update in itertools.islice(self.pending.values(), limit)]

    def _start(self, offset: int) -> int:
        # Source: tdlib/telegram-bot-api, Client::do_get_updates, and td's TQueue: a negative
        # offset counts from the end; one too far in the future is read as none.
        head = next(iter(self.pending), self.next_id)
        if offset < 0:
            offset += self.next_id
        if offset > self.next_id + 10:
            return head
        return max(offset, head)

    async def polled(self) -> None:
        """Wait until a long poll is under way."""
        while self._poll is None:
            future = asyncio.get_running_loop().create_future()
            self._watchers.append(future)
            await future

    async def _wait(self, seconds: float) -> None:
        poll = self._poll = asyncio.get_running_loop().create_future()
        watchers, self._watchers = self._watchers, []
        for watcher in watchers:
            if not watcher.done():
                watcher.set_result(None)
        try:
            async with asyncio.timeout(seconds):
                await poll
        except TimeoutError:
            pass
        finally:
            if self._poll is poll:
                self._poll = None
