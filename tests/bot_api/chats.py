"""Chats and their messages, as both sides see them."""

import asyncio
import itertools
from typing import TYPE_CHECKING, Any

from .files import Attachment
from .markup import Markup

if TYPE_CHECKING:
    from .people import Person
    from .telegram import Bot, Telegram

User = dict[str, Any]


class Message:
    """One message. It changes when it is edited and stays readable after deletion."""

    __slots__ = (
        "attachment",
        "chat",
        "deleted",
        "edits",
        "fields",
        "had_keyboard",
        "id",
        "protected",
        "reactions",
        "reply_to",
        "sender",
    )

    def __init__(
        self,
        chat: "Chat",
        message_id: int,
        sender: "Bot | Person",
        fields: dict[str, Any],
        attachment: Attachment | None = None,
        reply_to: "Message | None" = None,
    ) -> None:
        self.chat = chat
        self.id = message_id
        self.sender = sender
        self.fields = fields
        """The message as the Bot API writes it, but for attachment and reply."""
        self.attachment = attachment
        self.reply_to = reply_to
        self.edits = 0
        self.deleted = False
        self.protected = False
        self.had_keyboard = False
        """It came with a keyboard that is not inline; such messages cannot be edited."""
        self.reactions: list[str] = []

    def payload(self, bot: "Bot") -> dict[str, Any]:
        """The message as this bot receives it."""
        if self.attachment is None and self.reply_to is None:
            return self.fields
        payload = self._with_attachment(bot)
        if self.reply_to is not None:
            payload["reply_to_message"] = self.reply_to._with_attachment(bot)
        return payload

    def _with_attachment(self, bot: "Bot") -> dict[str, Any]:
        payload = dict(self.fields)
        if self.attachment is not None:
            kind = self.attachment.kind
            payload[kind] = bot.telegram.files.rendered(self.attachment, bot.id)
            if kind == "animation":
                payload["document"] = payload[kind]
        return payload

    @property
    def text(self) -> str:
        """Text or caption; empty if there is none."""
        text: str = self.fields.get("text") or self.fields.get("caption") or ""
        return text

    @property
    def entities(self) -> list[dict[str, Any]]:
        return self.fields.get("entities") or self.fields.get("caption_entities") or []

    @property
    def markup(self) -> Markup | None:
        """The inline keyboard, if the message has one now."""
        return self.fields.get("reply_markup")

    @property
    def buttons(self) -> list[list[str]]:
        """Labels of the inline keyboard, row by row."""
        return [[button["text"] for button in row] for row in self.button_rows]

    @property
    def button_rows(self) -> list[list[dict[str, Any]]]:
        return self.markup["inline_keyboard"] if self.markup else []

    @property
    def kind(self) -> str:
        """ "text", "photo", "location" and so on."""
        if self.attachment is not None:
            return self.attachment.kind
        return next(
            (kind for kind in ("text", "venue", "location", "contact") if kind in self.fields),
            "service",
        )

    @property
    def content(self) -> bytes:
        """The bytes of the attached file, the largest size of a photo."""
        assert self.attachment is not None, f"message {self.id} carries no file"
        return self.attachment.main.content

    @property
    def album(self) -> str | None:
        return self.fields.get("media_group_id")

    @property
    def thread(self) -> int | None:
        return self.fields.get("message_thread_id")

    def __repr__(self) -> str:
        rows = "".join(f" {row}" for row in self.buttons)
        marks = " (deleted)" if self.deleted else " (edited)" if self.edits else ""
        return f"<{self.id} {self.kind} {self.text!r}{rows}{marks}>"


class Event:
    """Something a bot let people see: a message or an edit."""

    __slots__ = ("at", "is_edit", "message", "text")

    def __init__(self, message: Message, *, is_edit: bool, at: float) -> None:
        self.message = message
        self.text = message.text
        """Text or caption at that moment."""
        self.is_edit = is_edit
        self.at = at


class Chat:
    is_private = False

    def __init__(self, telegram: "Telegram", chat_id: int) -> None:
        self.telegram = telegram
        self.id = chat_id
        self.messages: dict[int, Message] = {}
        """What is in the chat now, oldest first."""
        # Plain lists: a benchmark has fifty thousand chats, most of them nearly empty.
        self.events: list[Event] = []
        self.event_count = 0
        """Messages and edits by bots so far, forgotten ones included."""
        self.keyboard: Markup | None = None
        """The reply keyboard that stands under the chat."""
        self.pinned: list[Message] = []
        self.actions: list[str] = []
        """Chat actions such as "typing", oldest first."""
        self._waiting: list[asyncio.Future[None]] = []

    def as_field(self) -> dict[str, Any]:
        raise NotImplementedError

    def new_message_id(self, bot: "Bot | None") -> int:
        raise NotImplementedError

    def add(self, message: Message) -> None:
        self.messages[message.id] = message
        kept = self.telegram.history
        if kept is not None and len(self.messages) > kept:
            del self.messages[next(iter(self.messages))]

    def show(self, message: Message, *, is_edit: bool = False) -> None:
        """Let people see what a bot did, and wake those who wait for it."""
        self.events.append(Event(message, is_edit=is_edit, at=self.telegram.clock.now()))
        self.event_count += 1
        kept = self.telegram.history
        if kept is not None and len(self.events) > kept:
            del self.events[0]
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            for future in waiting:
                if not future.done():
                    future.set_result(None)

    async def next_event(self) -> None:
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        await future

    def events_from(self, index: int) -> list[Event]:
        first = self.event_count - len(self.events)
        return self.events[max(0, index - first) :]


class PrivateChat(Chat):
    """One person and one bot."""

    is_private = True

    def __init__(self, telegram: "Telegram", person: "Person", bot: "Bot") -> None:
        super().__init__(telegram, person.id)
        self.person = person
        self.bot = bot
        self.started = False
        """The person wrote to the bot at least once."""
        self.blocked = False
        # Telegram uses one chat instance per person and bot.
        self.instance = str(person.id * 1_000_003 + bot.id)

    def as_field(self) -> dict[str, Any]:
        field: dict[str, Any] = {"id": self.id, "type": "private"}
        for name in ("first_name", "last_name", "username"):
            if name in self.person.user:
                field[name] = self.person.user[name]
        return field

    def new_message_id(self, bot: "Bot | None") -> int:
        # Source: ids in private chats are counted per account, here per bot.
        return next(self.bot.message_ids)


class Topic:
    __slots__ = ("closed", "icon_color", "id", "name")

    def __init__(self, topic_id: int, name: str, icon_color: int) -> None:
        self.id = topic_id
        self.name = name
        self.icon_color = icon_color
        self.closed = False


class Group(Chat):
    """A supergroup, perhaps with topics."""

    def __init__(
        self, telegram: "Telegram", group_id: int, title: str, *, is_forum: bool = False
    ) -> None:
        super().__init__(telegram, group_id)
        self.title = title
        self.is_forum = is_forum
        self.people: dict[int, Person] = {}
        self.bots: dict[int, str] = {}
        """Status of each bot by its id: "administrator", "member", "left" or "kicked"."""
        self.topics: dict[int, Topic] = {}
        self.instance = str(group_id * 1_000_003)
        self._ids = itertools.count(1)

    def as_field(self) -> dict[str, Any]:
        field: dict[str, Any] = {"id": self.id, "type": "supergroup", "title": self.title}
        if self.is_forum:
            field["is_forum"] = True
        return field

    def new_message_id(self, bot: "Bot | None") -> int:
        return next(self._ids)

    def join(self, *people: "Person") -> None:
        self.people.update({person.id: person for person in people})

    def add_bot(self, bot: "Bot", *, administrator: bool = False) -> None:
        """Bots see every message as administrators, else commands, mentions and replies."""
        before = self.bots.get(bot.id, "left")
        self.bots[bot.id] = "administrator" if administrator else "member"
        self._tell_membership(bot, before)

    def remove_bot(self, bot: "Bot") -> None:
        """Put the bot out; it is told."""
        before = self.bots.get(bot.id, "left")
        self.bots[bot.id] = "kicked"
        self._tell_membership(bot, before)

    def _tell_membership(self, bot: "Bot", before: str) -> None:
        now = self.telegram.clock.now()
        someone = next(iter(self.people.values()), None)
        bot.updates.push(
            "my_chat_member",
            {
                "chat": self.as_field(),
                "from": someone.user if someone else bot.user,
                "date": int(now),
                "old_chat_member": membership(bot, before),
                "new_chat_member": membership(bot, self.bots[bot.id]),
            },
            lane=self.id,
            now=now,
        )


# Rights every administrator object names. Source: core.telegram.org/bots/api#chatmember.
_RIGHTS = (
    "can_be_edited",
    "is_anonymous",
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_pin_messages",
    "can_manage_topics",
)


def membership(bot: "Bot", status: str) -> dict[str, Any]:
    """The ChatMember object of a bot."""
    member: dict[str, Any] = {"user": bot.user, "status": status}
    if status == "kicked":
        member["until_date"] = 0
    elif status == "administrator":
        member.update({right: right not in ("can_be_edited", "is_anonymous") for right in _RIGHTS})
    return member
