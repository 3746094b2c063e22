"""The people's side: what somebody with a Telegram application can do and see."""

import asyncio
import itertools
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from tests.patience import PATIENCE

from .chats import Chat, Group, Message, PrivateChat, membership
from .entities import MAX_TEXT_LENGTH, found_entities, utf16_length
from .files import Attachment, make_photo

if TYPE_CHECKING:
    from .telegram import Bot, CallbackQuery, Telegram

_photo_numbers = itertools.count(1)
_VOICE = b"OggS\x00\x02" + bytes(range(256)) * 4
_VIDEO = b"\x00\x00\x00\x18ftypmp42" + bytes(range(256)) * 8


class Press:
    """What a press on a button did: exactly one of the three is set."""

    __slots__ = ("message", "query", "url")

    def __init__(
        self,
        *,
        query: "CallbackQuery | None" = None,
        message: Message | None = None,
        url: str | None = None,
    ) -> None:
        self.query = query
        """The callback query an inline button sent."""
        self.message = message
        """The message a keyboard button sent."""
        self.url = url
        """The address a link or Web App button opens."""

    async def answered(self, *, within: float = PATIENCE) -> dict[str, Any]:
        """The bot's answer to an inline button: text, show_alert, url.

        Raises AssertionError if the button goes on spinning.
        """
        assert self.query is not None, "only inline buttons are answered"
        return await self.query.answered(within=within)


class Person:
    def __init__(self, telegram: "Telegram", user: dict[str, Any], phone: str) -> None:
        self.telegram = telegram
        self.user = user
        """The Bot API's User object."""
        self.phone = phone
        self._chats: dict[int, PrivateConversation] = {}
        self._groups: dict[int, GroupConversation] = {}

    @property
    def id(self) -> int:
        number: int = self.user["id"]
        return number

    def chat_with(self, bot: "Bot") -> "PrivateConversation":
        """The private chat with a bot; it is always the same object."""
        if bot.id not in self._chats:
            chat = self.telegram.private_chat(self, bot)
            self._chats[bot.id] = PrivateConversation(self, chat)
        return self._chats[bot.id]

    def in_group(self, group: Group) -> "GroupConversation":
        """What this member sees of a group and does there; always the same object."""
        if group.id not in self._groups:
            self._groups[group.id] = GroupConversation(self, group)
        return self._groups[group.id]

    def __repr__(self) -> str:
        return f"<person {self.id} {self.user['first_name']}>"


class Conversation:
    """One person's window on a chat.

    `expect` reads the bots' messages and edits in order, each at most once: what a test expects
    next must come after what it expected before.
    """

    def __init__(self, person: Person, chat: Chat) -> None:
        self.person = person
        self.chat = chat
        self.sent: list[Message] = []
        """What this person sent here, oldest first."""
        self._read = 0

    # What the person does

    async def say(
        self, text: str, *, reply_to: Message | None = None, thread: int | None = None
    ) -> Message:
        """Write a message; like Telegram's applications, one too long is sent in parts.

        Args:
            thread: the topic of a forum; None is the general one.
        """
        message = None
        for part in _parts(text):
            fields: dict[str, Any] = {"text": part}
            if entities := found_entities(part, []):
                fields["entities"] = entities
            if thread is not None:
                fields.update({"message_thread_id": thread, "is_topic_message": True})
            message = self._send(fields, reply_to=reply_to)
        if message is None:
            raise AssertionError("Telegram's applications do not send empty messages")
        return message

    async def command(self, command: str, payload: str = "") -> Message:
        """Send "/command payload"."""
        return await self.say(f"{command} {payload}".rstrip())

    async def start(self, payload: str = "") -> Message:
        """Press START, or open t.me/bot?start=payload.

        Raises AssertionError for a payload that no such link can carry.
        """
        # Source: core.telegram.org/bots/features#deep-linking.
        assert re.fullmatch(r"[A-Za-z0-9_-]{0,64}", payload), f"no link carries {payload!r}"
        return await self.command("/start", payload)

    async def press(self, label: str, *, location: tuple[float, float] | None = None) -> Press:
        """Press the button with this label, or the only one whose label contains it.

        Looked at first are the newest message with inline buttons and the keyboard under the
        chat, then older messages, the newer before the older.
        A button that asks for a place needs `location`.

        Raises:
            AssertionError: no such button, or several; the message lists the visible ones.
        """
        message, button = self._find(label)
        if message is None:
            return await self._press_key(button, location)
        if "callback_data" in button:
            return await self.press_data(message, button["callback_data"])
        for kind in ("url", "web_app", "login_url"):
            if kind in button:
                target = button[kind]
                return Press(url=target if isinstance(target, str) else target["url"])
        raise AssertionError(f"the button {button['text']!r} does nothing a test can follow")

    async def press_data(self, message: Message, data: str) -> Press:
        """Press a button as it once stood on a message: late, twice, or made up."""
        self._ensure_may_write()
        return Press(query=self.chat.telegram.press(self.person, message, data))

    async def send_photo(
        self, content: bytes | None = None, *, caption: str = "", reply_to: Message | None = None
    ) -> Message:
        """Send a picture; without content a small JPEG, each time another one."""
        content = make_photo(next(_photo_numbers)) if content is None else content
        return self._send_file("photo", content=content, caption=caption, reply_to=reply_to)

    async def send_album(
        self,
        items: Sequence[bytes | None] | int,
        *,
        caption: str = "",
        reply_to: Message | None = None,
    ) -> list[Message]:
        """Send pictures as one album: separate updates that share a media_group_id.

        Args:
            items: the pictures (None: made up), or how many to make up.
            caption: stands under the first picture, as Telegram has it.
        """
        pictures = [None] * items if isinstance(items, int) else list(items)
        assert 2 <= len(pictures) <= 10, "an album has two to ten pictures"
        album = self.chat.telegram.new_album_id()
        return [
            self._send_file(
                "photo",
                content=make_photo(next(_photo_numbers)) if picture is None else picture,
                caption="" if index else caption,
                extra={"media_group_id": album},
                reply_to=reply_to,
            )
            for index, picture in enumerate(pictures)
        ]

    async def send_voice(self, content: bytes | None = None, *, duration: int = 3) -> Message:
        """Send a voice message; duration in seconds."""
        return self._send_file(
            "voice", content=content or _VOICE, mime_type="audio/ogg", duration=duration
        )

    async def send_video(
        self,
        content: bytes | None = None,
        *,
        size: int | None = None,
        duration: int = 5,
        caption: str = "",
    ) -> Message:
        """Send a video; with `size` (bytes) only its size matters, the content is zeros."""
        return self._send_file(
            "video",
            content=None if size is not None else content or _VIDEO,
            size=size,
            caption=caption,
            mime_type="video/mp4",
            width=640,
            height=360,
            duration=duration,
        )

    async def send_document(
        self,
        name: str,
        content: bytes | None = None,
        *,
        size: int | None = None,
        mime_type: str = "application/octet-stream",
        caption: str = "",
    ) -> Message:
        """Send a file; with `size` (bytes) only its size matters, the content is zeros."""
        if content is None and size is None:
            content = b"content of " + name.encode()
        return self._send_file(
            "document", content=content, size=size, name=name, mime_type=mime_type, caption=caption
        )

    async def send_sticker(self, emoji: str = "👍") -> Message:
        return self._send_file(
            "sticker",
            content=b"RIFF\x00\x00\x00\x00WEBP",
            mime_type="image/webp",
            type="regular",
            width=512,
            height=512,
            is_animated=False,
            is_video=False,
            emoji=emoji,
        )

    async def share_location(self, latitude: float, longitude: float) -> Message:
        """Degrees in WGS-84."""
        return self._send({"location": {"latitude": latitude, "longitude": longitude}})

    async def share_contact(
        self, phone: str | None = None, *, owner: Person | None = None
    ) -> Message:
        """Share the person's own contact, or somebody else's card."""
        whose = owner or self.person
        contact = {
            "phone_number": phone or whose.phone,
            "first_name": whose.user["first_name"],
            "user_id": whose.id,
        }
        return self._send({"contact": contact})

    async def edit_last(self, text: str) -> Message:
        """Change the text or caption of the person's last message."""
        assert self.sent, "this person has sent nothing yet"
        message = self.sent[-1]
        field = "text" if "text" in message.fields else "caption"
        prefix = "" if field == "text" else "caption_"
        fields = {**message.fields, field: text, "edit_date": self._now()}
        fields.pop(prefix + "entities", None)
        if entities := found_entities(text, []):
            fields[prefix + "entities"] = entities
        message.fields = fields
        message.edits += 1
        self._deliver(message, "edited_message")
        return message

    # What the person sees

    @property
    def messages(self) -> list[Message]:
        """What bots sent and did not delete, oldest first."""
        return [message for message in self.chat.messages.values() if message.sender.user["is_bot"]]

    @property
    def last(self) -> Message:
        """The newest message of a bot. Raises AssertionError if there is none."""
        for message in reversed(self.chat.messages.values()):
            if message.sender.user["is_bot"]:
                return message
        raise AssertionError("no bot has written here yet")

    @property
    def count(self) -> int:
        """Messages and edits by bots so far; unchanged means that nothing came."""
        return self.chat.event_count

    @property
    def keyboard(self) -> list[list[str]]:
        """Labels of the keyboard under the chat, row by row."""
        markup = self.chat.keyboard
        return [[key["text"] for key in row] for row in markup["keyboard"]] if markup else []

    @property
    def unread(self) -> list[Message]:
        """What came since the last `expect` that was met (or `skip`)."""
        return [event.message for event in self.chat.events_from(self._read)]

    def skip(self) -> None:
        """Count everything so far as read."""
        self._read = self.chat.event_count

    async def expect(
        self,
        part: str = "",
        *,
        within: float = PATIENCE,
        where: Callable[[Message], bool] | None = None,
    ) -> Message:
        """Wait for a bot's message or edit whose text or caption contains `part`.

        Args:
            within: seconds of real time.
            where: a further condition, such as `lambda message: message.kind == "photo"`.

        Raises:
            AssertionError: it did not come; the message lists what came instead.
        """
        looked_at = self._read
        try:
            async with asyncio.timeout(within):
                while True:
                    for event in self.chat.events_from(looked_at):
                        looked_at += 1
                        if part in event.text and (where is None or where(event.message)):
                            self._read = looked_at
                            return event.message
                    looked_at = self.chat.event_count
                    await self.chat.next_event()
        except TimeoutError:
            raise AssertionError(
                f"{part!r} did not come within {within} s; since then came:\n{self._report()}"
            ) from None

    def transcript(self) -> str:
        """The chat as it looks now, one message per paragraph."""
        lines = []
        for message in self.chat.messages.values():
            name = message.sender.user["first_name"]
            lines.append(f"{name}: {message.text or '[' + message.kind + ']'}")
            lines.extend("    " + " | ".join(row) for row in message.buttons)
        if self.keyboard:
            lines.extend("  = " + " | ".join(row) for row in self.keyboard)
        return "\n".join(lines)

    # How it is done

    def _report(self) -> str:
        unread = self.chat.events_from(self._read)
        if not unread:
            return "  nothing"
        return "\n".join(
            f"  {'edit' if event.is_edit else 'message'} {event.message.id}: {event.text!r}"
            for event in unread
        )

    def _find(self, label: str) -> tuple[Message | None, dict[str, Any]]:
        rows = [
            (message, button)
            for message in reversed(self.messages)
            for row in message.button_rows
            for button in row
        ]
        keys = [
            (None, key) for row in (self.chat.keyboard or {}).get("keyboard", []) for key in row
        ]
        newest, *older = _by_message(rows) or [[]]
        # The newest message's buttons and the keyboard lie in sight; older ones need scrolling.
        for place in ([*newest, *keys], *older):
            exact = [found for found in place if found[1]["text"] == label]
            if exact:
                return exact[0]
            matches = [found for found in place if label in found[1]["text"]]
            if len(matches) > 1:
                names = [found[1]["text"] for found in matches]
                raise AssertionError(f"{label!r} fits several buttons: {names}")
            if matches:
                return matches[0]
        raise AssertionError(f"no button {label!r}; visible are:\n{self._visible_buttons()}")

    def _visible_buttons(self) -> str:
        lines = [
            f"  message {message.id} {message.text[:30]!r}: {message.buttons}"
            for message in self.messages
            if message.buttons
        ]
        if self.keyboard:
            lines.append(f"  keyboard: {self.keyboard}")
        return "\n".join(lines) or "  none"

    async def _press_key(self, key: dict[str, Any], location: tuple[float, float] | None) -> Press:
        if "web_app" in key:
            return Press(url=key["web_app"]["url"])
        if key.get("request_location"):
            assert location is not None, f"the button {key['text']!r} needs location=(lat, lon)"
            message = await self.share_location(*location)
        elif key.get("request_contact"):
            message = await self.share_contact()
        else:
            message = await self.say(key["text"])
        if self.chat.keyboard is not None and self.chat.keyboard.get("one_time_keyboard"):
            self.chat.keyboard = None
        return Press(message=message)

    def _send_file(
        self,
        kind: str,
        *,
        content: bytes | None,
        size: int | None = None,
        name: str = "",
        mime_type: str = "",
        caption: str = "",
        extra: dict[str, Any] | None = None,
        reply_to: Message | None = None,
        **described: Any,
    ) -> Message:
        attachment = self.chat.telegram.files.store(
            kind, content=content, size=size, name=name, mime_type=mime_type, **described
        )
        fields = dict(extra or {})
        if caption:
            fields["caption"] = caption
            if entities := found_entities(caption, []):
                fields["caption_entities"] = entities
        return self._send(fields, attachment, reply_to)

    def _send(
        self,
        fields: dict[str, Any],
        attachment: Attachment | None = None,
        reply_to: Message | None = None,
    ) -> Message:
        self._ensure_may_write()
        telegram = self.chat.telegram
        message = telegram.new_message(self.chat, self.person, fields, attachment, reply_to)
        self.sent.append(message)
        self._deliver(message, "message")
        return message

    def _now(self) -> int:
        return int(self.chat.telegram.clock.now())

    def _ensure_may_write(self) -> None:
        raise NotImplementedError

    def _deliver(self, message: Message, kind: str) -> None:
        raise NotImplementedError


class PrivateConversation(Conversation):
    chat: PrivateChat

    async def block(self) -> None:
        """Stop the bot: it can no longer write, and is told so."""
        assert not self.chat.blocked, "the bot is blocked already"
        self.chat.blocked = True
        self._tell_membership("member", "kicked")

    async def unblock(self) -> None:
        assert self.chat.blocked, "the bot is not blocked"
        self.chat.blocked = False
        self._tell_membership("kicked", "member")

    @property
    def commands(self) -> list[str]:
        """The command menu this person sees, most special scope and own language first."""
        known = self.chat.bot.commands
        language = self.person.user.get("language_code", "")[:2]
        for scope in (f"chat:{self.chat.id}", "all_private_chats", "default"):
            for code in (language, ""):
                if (scope, code) in known:
                    return [command["command"] for command in known[(scope, code)]]
        return []

    def _ensure_may_write(self) -> None:
        assert not self.chat.blocked, "unblock the bot before writing to it"

    def _deliver(self, message: Message, kind: str) -> None:
        self.chat.started = True
        bot = self.chat.bot
        bot.updates.push(
            kind, message.payload(bot), lane=self.chat.id, now=self.chat.telegram.clock.now()
        )

    def _tell_membership(self, before: str, after: str) -> None:
        bot = self.chat.bot
        self.chat.bot.updates.push(
            "my_chat_member",
            {
                "chat": self.chat.as_field(),
                "from": self.person.user,
                "date": self._now(),
                "old_chat_member": membership(bot, before),
                "new_chat_member": membership(bot, after),
            },
            lane=self.chat.id,
            now=self.chat.telegram.clock.now(),
        )


class GroupConversation(Conversation):
    chat: Group

    def _ensure_may_write(self) -> None:
        assert self.person.id in self.chat.people, f"{self.person} is not in the group"

    def _deliver(self, message: Message, kind: str) -> None:
        telegram = self.chat.telegram
        for bot in telegram.bots.values():
            if _bot_reads(bot, self.chat, message):
                bot.updates.push(
                    kind, message.payload(bot), lane=self.chat.id, now=telegram.clock.now()
                )


def _bot_reads(bot: "Bot", group: Group, message: Message) -> bool:
    # Source: core.telegram.org/bots/features#privacy-mode.
    status = group.bots.get(bot.id)
    if status == "administrator":
        return True
    if status != "member":
        return False
    if bot.reads_all_group_messages:
        return True
    if message.reply_to is not None and message.reply_to.sender is bot:
        return True
    text = message.text
    if f"@{bot.username}".lower() in text.lower():
        return True
    return text.startswith("/") and "@" not in text.split()[0]


def _by_message(
    rows: list[tuple[Message, dict[str, Any]]],
) -> list[list[tuple[Message | None, dict[str, Any]]]]:
    return [list(group) for _, group in itertools.groupby(rows, key=lambda found: found[0].id)]


def _parts(text: str) -> list[str]:
    text = text.strip()
    if utf16_length(text) <= MAX_TEXT_LENGTH:
        return [text] if text else []
    # Two units at most per character, so half the limit always fits.
    step = MAX_TEXT_LENGTH if text.isascii() or not _has_wide(text) else MAX_TEXT_LENGTH // 2
    return [text[start : start + step] for start in range(0, len(text), step)]


def _has_wide(text: str) -> bool:
    return utf16_length(text) != len(text)
