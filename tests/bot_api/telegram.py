"""Everything the fake Telegram knows: bots, people, chats, files, limits, faults, calls."""

import asyncio
import itertools
from collections import Counter, deque
from typing import Any

from tests.patience import PATIENCE

from .arguments import Arguments
from .chats import Chat, Group, Message, PrivateChat
from .clock import Clock
from .errors import ApiError, bad_request
from .faults import Faults
from .files import Attachment, FileStore, StoredFile
from .limits import Limiter, Limits
from .markup import Markup, is_inline
from .people import Person, PrivateConversation
from .updates import UpdateQueue
from .webhook import Webhook

# A guess: Telegram does not publish after how long a press can no longer be answered.
CALLBACK_LIFETIME_SECONDS = 60.0


class Call:
    """One call of a bot, kept for assertions."""

    __slots__ = ("at", "bot_id", "code", "description", "method", "parameters")

    def __init__(self, method: str, bot_id: int, parameters: dict[str, Any], at: float) -> None:
        self.method = method
        self.bot_id = bot_id
        self.parameters = parameters
        self.at = at
        self.code = 0
        """HTTP status; 0 while the call runs or if no answer was given."""
        self.description = ""
        """Telegram's reason for a refusal, or "fault: …"."""

    def __repr__(self) -> str:
        return f"<{self.method} {self.parameters} -> {self.code} {self.description}>"


class CallbackQuery:
    """A press on an inline button, waiting for the bot's answer."""

    __slots__ = ("_answered", "answer", "bot", "data", "expires_at", "id", "message")

    def __init__(
        self, query_id: str, bot: "Bot", message: Message, data: str, expires_at: float
    ) -> None:
        self.id = query_id
        self.bot = bot
        self.message = message
        self.data = data
        self.expires_at = expires_at
        self.answer: dict[str, Any] | None = None
        """text, show_alert, url as given by answerCallbackQuery; None while unanswered."""
        self._answered: asyncio.Future[None] | None = None

    def settle(self, answer: dict[str, Any]) -> None:
        self.answer = answer
        if self._answered is not None and not self._answered.done():
            self._answered.set_result(None)

    async def answered(self, *, within: float = PATIENCE) -> dict[str, Any]:
        """The bot's answer. Raises AssertionError if the button goes on spinning."""
        if self.answer is None:
            self._answered = asyncio.get_running_loop().create_future()
            try:
                async with asyncio.timeout(within):
                    await self._answered
            except TimeoutError:
                raise AssertionError(
                    f"the press {self.data!r} was not answered within {within} s"
                ) from None
        assert self.answer is not None
        return self.answer


class Bot:
    def __init__(self, telegram: "Telegram", token: str, username: str, name: str) -> None:
        self.telegram = telegram
        self.token = token
        self.id = int(token.partition(":")[0])
        self.user: dict[str, Any] = {
            "id": self.id,
            "is_bot": True,
            "first_name": name,
            "username": username,
        }
        self.reads_all_group_messages = False
        self.updates = UpdateQueue(first_id=100_000_000 + self.id % 1_000_000)
        self.chats: dict[int, PrivateChat] = {}
        self.message_ids = itertools.count(1)
        self.callbacks: dict[str, CallbackQuery] = {}
        self.commands: dict[tuple[str, str], list[dict[str, str]]] = {}
        """By (scope, language); a scope is "default", "chat:7" and so on."""
        self.profile: dict[tuple[str, str], str] = {}
        """By (field, language): name, description, short_description."""
        self.menu_buttons: dict[int, dict[str, Any]] = {}
        """By chat id; 0 is the default."""
        self.webhook: Webhook | None = None
        self.links: dict[str, tuple[StoredFile, float]] = {}
        """file_path given by getFile, with the time it ceases to work."""
        self.local_file: str | None = None
        """As a server started with --local: getFile names this place on its disk, and nothing is
        served over HTTP."""

    @property
    def username(self) -> str:
        username: str = self.user["username"]
        return username

    def deliver_raw(self, content: dict[str, Any], *, lane: int = 0) -> int:
        """Queue any object as an update, for tests of what no framework can parse.

        `lane` is the chat it would belong to. Returns the update id.
        """
        return self.updates.push_raw(content, lane=lane, now=self.telegram.clock.now())

    async def polling(self, *, within: float = PATIENCE) -> None:
        """Wait until the bot's process asks for updates. Raises AssertionError."""
        try:
            async with asyncio.timeout(within):
                await self.updates.polled()
        except TimeoutError:
            raise AssertionError(f"{self} was not polled within {within} s") from None

    async def webhook_idle(self, *, within: float = PATIENCE) -> None:
        """Wait until the webhook has taken everything. Raises AssertionError."""
        assert self.webhook is not None, "no webhook is set"
        try:
            async with asyncio.timeout(within):
                await self.webhook.idle()
        except TimeoutError:
            waiting = len(self.updates.pending)
            raise AssertionError(
                f"{waiting} updates still wait for the webhook after {within} s; "
                f"last error: {self.webhook.last_error}"
            ) from None

    def __repr__(self) -> str:
        return f"<bot @{self.username}>"


class Telegram:
    """The state behind the fake, without HTTP.

    Args:
        limits: real-like by default; `Limits.off()` for tests of other things.
        calls_kept: how many calls are kept for assertions; 0 keeps none, None all.
        history: messages kept per chat; None keeps all.
        accept_any_token: unknown but well-formed tokens become bots instead of 401.
    """

    def __init__(
        self,
        *,
        limits: Limits | None = None,
        clock: Clock | None = None,
        calls_kept: int | None = None,
        history: int | None = None,
        accept_any_token: bool = False,
    ) -> None:
        self.clock = clock or Clock()
        self.limiter = Limiter(limits or Limits())
        self.faults = Faults()
        self.files = FileStore()
        self.history = history
        self.calls_kept = calls_kept
        self.accept_any_token = accept_any_token
        self.calls: deque[Call] = deque(maxlen=calls_kept)
        self.call_counts: Counter[str] = Counter()
        self.answer_counts: Counter[int] = Counter()
        self.bots: dict[str, Bot] = {}
        self.people: dict[int, Person] = {}
        self.groups: dict[int, Group] = {}
        self._callback_ids = itertools.count(4_000_000_000_000_000_001)
        self._album_ids = itertools.count(13_000_000_000_000_001)
        self._calls_awaited: list[asyncio.Future[None]] = []

    # Who is there

    def bot(self, token: str, *, username: str = "", name: str = "") -> Bot:
        """The bot of this token, made at the first mention."""
        bot = self.bots.get(token)
        if bot is None:
            number = token.partition(":")[0]
            bot = Bot(self, token, username or f"linli_{number}_bot", name or "Linli")
            self.bots[token] = bot
        return bot

    def person(
        self,
        person_id: int,
        *,
        first_name: str = "",
        last_name: str = "",
        username: str = "",
        language_code: str = "zh-hans",
        phone: str = "",
    ) -> Person:
        """The person of this id, made at the first mention."""
        person = self.people.get(person_id)
        if person is None:
            user: dict[str, Any] = {
                "id": person_id,
                "is_bot": False,
                "first_name": first_name or f"Person {person_id}",
            }
            if last_name:
                user["last_name"] = last_name
            if username:
                user["username"] = username
            if language_code:
                user["language_code"] = language_code
            person = Person(self, user, phone or f"+86130{person_id % 10**8:08d}")
            self.people[person_id] = person
        return person

    def group(self, group_id: int, title: str = "Group", *, is_forum: bool = False) -> Group:
        """The supergroup of this (negative) id, made at the first mention."""
        group = self.groups.get(group_id)
        if group is None:
            if group_id >= 0:
                raise ValueError("the id of a supergroup is negative")
            group = self.groups[group_id] = Group(self, group_id, title, is_forum=is_forum)
        return group

    def private_chat(self, person: Person, bot: Bot) -> PrivateChat:
        chat = bot.chats.get(person.id)
        if chat is None:
            chat = bot.chats[person.id] = PrivateChat(self, person, bot)
        return chat

    def crowd(self, bot: Bot, first_id: int, count: int) -> list[PrivateConversation]:
        """People of rising ids who started the bot long ago; no update is made of it."""
        conversations = [
            self.person(person_id).chat_with(bot) for person_id in range(first_id, first_id + count)
        ]
        for conversation in conversations:
            conversation.chat.started = True
        return conversations

    # What happens in chats

    def new_message(
        self,
        chat: Chat,
        sender: Bot | Person,
        content: dict[str, Any],
        attachment: Attachment | None = None,
        reply_to: Message | None = None,
    ) -> Message:
        bot = sender if isinstance(sender, Bot) else None
        message_id = chat.new_message_id(bot)
        fields = {
            "message_id": message_id,
            "from": sender.user,
            "chat": chat.as_field(),
            "date": int(self.clock.now()),
            **content,
        }
        message = Message(chat, message_id, sender, fields, attachment, reply_to)
        chat.add(message)
        return message

    def send(
        self,
        bot: Bot,
        chat: Chat,
        content: dict[str, Any],
        attachment: Attachment | None = None,
        markup: Markup | None = None,
        reply_to: Message | None = None,
    ) -> Message:
        """A bot's message; the caller has checked and charged it."""
        if markup is not None and is_inline(markup):
            content["reply_markup"] = markup
        message = self.new_message(chat, bot, content, attachment, reply_to)
        if markup is not None and not is_inline(markup):
            message.had_keyboard = True
            if "keyboard" in markup:
                chat.keyboard = markup
            elif "remove_keyboard" in markup:
                chat.keyboard = None
        chat.show(message)
        return message

    def new_album_id(self) -> str:
        return str(next(self._album_ids))

    def press(self, person: Person, message: Message, data: str) -> CallbackQuery:
        """A person's press on an inline button, also one that is no longer shown."""
        bot = message.sender
        assert isinstance(bot, Bot), "only a bot's message has inline buttons"
        now = self.clock.now()
        query_id = str(next(self._callback_ids))
        query = CallbackQuery(query_id, bot, message, data, now + CALLBACK_LIFETIME_SECONDS)
        bot.callbacks[query_id] = query
        shown: dict[str, Any]
        if message.deleted:
            shown = {"message_id": message.id, "chat": message.chat.as_field(), "date": 0}
        else:
            shown = message.payload(bot)
        bot.updates.push(
            "callback_query",
            {
                "id": query_id,
                "from": person.user,
                "message": shown,
                "chat_instance": getattr(message.chat, "instance", "0"),
                "data": data,
            },
            lane=message.chat.id,
            now=now,
        )
        return query

    def answer_callback(self, bot: Bot, query_id: str, answer: dict[str, Any]) -> None:
        """Raises ApiError if the query is unknown, answered already or too old."""
        query = bot.callbacks.pop(query_id, None)
        if query is None or self.clock.now() > query.expires_at:
            raise bad_request(
                "query is too old and response timeout expired or query ID is invalid"
            )
        query.settle(answer)

    # What bots called

    def begin_call(self, bot: Bot | None, method: str, arguments: Arguments) -> Call | None:
        self.call_counts[method] += 1
        if self.calls_kept == 0:
            return None
        call = Call(method, bot.id if bot else 0, arguments.for_record(), self.clock.now())
        self.calls.append(call)
        return call

    def end_call(self, call: Call | None, code: int, description: str = "") -> None:
        self.answer_counts[code] += 1
        if call is not None:
            call.code = code
            call.description = description
        if self._calls_awaited:
            awaited, self._calls_awaited = self._calls_awaited, []
            for future in awaited:
                if not future.done():
                    future.set_result(None)

    def calls_of(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    async def expect_calls(
        self, method: str, *, count: int = 1, within: float = PATIENCE
    ) -> list[Call]:
        """Wait until a method was called and answered so often. Raises AssertionError."""
        try:
            async with asyncio.timeout(within):
                while True:
                    done = [call for call in self.calls_of(method) if call.code]
                    if len(done) >= count:
                        return done
                    future = asyncio.get_running_loop().create_future()
                    self._calls_awaited.append(future)
                    await future
        except TimeoutError:
            done = [call for call in self.calls_of(method) if call.code]
            raise AssertionError(
                f"{method} was called {len(done)} times within {within} s, not {count} times"
            ) from None


def authorised(telegram: Telegram, token: str) -> Bot:
    """The bot of a token. Raises ApiError 401, or 404 where it is no token at all."""
    bot = telegram.bots.get(token)
    if bot is not None:
        return bot
    number, _, secret = token.partition(":")
    if not number.isdigit() or not secret:
        raise ApiError(404, "Not Found")
    if not telegram.accept_any_token:
        raise ApiError(401, "Unauthorized")
    return telegram.bot(token)
