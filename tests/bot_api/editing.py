"""Methods that change, remove or mark a message that is there."""

from typing import Any

from .access import find_chat, find_message
from .arguments import Arguments
from .chats import Message
from .entities import read_caption, read_text
from .errors import bad_request
from .files import Attachment
from .markup import Markup, ensure_fits, ensure_inline, read_markup
from .registry import method
from .sending import media_attachment, read_media
from .telegram import Bot, Telegram

# Source: core.telegram.org/bots/api#deletemessage.
DELETABLE_SECONDS = 48 * 3600

# Source: core.telegram.org/bots/api#reactiontypeemoji.
REACTIONS = frozenset(
    """
    ❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌
    🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘
    🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡
    """.split()  # noqa: SIM905 (a table reads better)
)

_TEXT_FIELDS = ("text", "entities", "link_preview_options")
_CAPTION_FIELDS = ("caption", "caption_entities", "show_caption_above_media")


class _Edit:
    """The part all edit methods share: keyboard, message, "not modified", limits."""

    def __init__(self, telegram: Telegram, bot: Bot, arguments: Arguments) -> None:
        self.telegram = telegram
        self.bot = bot
        self.markup: Markup | None = read_markup(arguments)
        if not arguments.text("chat_id") and not arguments.integer("message_id"):
            # Messages sent via inline mode are not part of this fake.
            raise bad_request("Message identifier is not specified")
        self.message = find_message(telegram, bot, arguments, "message to edit")
        message = self.message
        if message.sender is not bot or message.had_keyboard:
            raise bad_request("message can't be edited")
        if "forward_origin" in message.fields:
            raise bad_request("message can't be edited")
        ensure_inline(self.markup)
        ensure_fits(self.markup, is_private=message.chat.is_private)

    def apply(
        self,
        replaced: tuple[str, ...],
        content: dict[str, Any],
        attachment: Attachment | None = None,
    ) -> Any:
        """Put `content` in the place of the fields `replaced`.

        Raises ApiError if nothing changes.
        """
        message = self.message
        old = message.fields
        fields = {
            name: value
            for name, value in old.items()
            if name not in replaced and name != "reply_markup"
        }
        fields.update(content)
        if self.markup is not None:
            fields["reply_markup"] = self.markup
        same_file = attachment is None or attachment is message.attachment
        if same_file and _without_dates(fields) == _without_dates(old):
            raise bad_request(
                "message is not modified: specified new message content and reply markup are "
                "exactly the same as a current content and reply markup of the message"
            )
        now = self.telegram.clock.now()
        chat = message.chat
        self.telegram.limiter.charge(
            bot=self.bot.id, chat=chat.id, is_group=not chat.is_private, cost=1, now=now
        )
        fields["edit_date"] = int(now)
        message.fields = fields
        if attachment is not None:
            message.attachment = attachment
        message.edits += 1
        chat.show(message, is_edit=True)
        return message.payload(self.bot)


def _without_dates(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name != "edit_date"}


@method("editMessageText")
def edit_message_text(telegram: Telegram, bot: Bot, arguments: Arguments) -> Any:
    content = read_text(arguments)
    edit = _Edit(telegram, bot, arguments)
    if "text" not in edit.message.fields:
        raise bad_request("there is no text in the message to edit")
    return edit.apply(_TEXT_FIELDS, content)


@method("editMessageCaption")
def edit_message_caption(telegram: Telegram, bot: Bot, arguments: Arguments) -> Any:
    content = read_caption(arguments)
    edit = _Edit(telegram, bot, arguments)
    if edit.message.attachment is None or edit.message.kind in ("sticker", "video_note"):
        raise bad_request("there is no caption in the message to edit")
    return edit.apply(_CAPTION_FIELDS, content)


@method("editMessageMedia")
def edit_message_media(telegram: Telegram, bot: Bot, arguments: Arguments) -> Any:
    arguments.required("media")
    item = read_media(arguments.structure("media", "Can't parse input media JSON object"))
    content = read_caption(item)
    edit = _Edit(telegram, bot, arguments)
    attachment = media_attachment(telegram.files, bot, arguments, item)
    if edit.message.album is not None:
        old = edit.message.attachment
        visual = ("photo", "video")
        if old is None or not (
            attachment.kind == old.kind or (attachment.kind in visual and old.kind in visual)
        ):
            raise bad_request("MEDIA_GROUPED_INVALID")
    return edit.apply((*_TEXT_FIELDS, *_CAPTION_FIELDS), content, attachment)


@method("editMessageReplyMarkup")
def edit_message_reply_markup(telegram: Telegram, bot: Bot, arguments: Arguments) -> Any:
    return _Edit(telegram, bot, arguments).apply((), {})


@method("deleteMessage")
def delete_message(telegram: Telegram, bot: Bot, arguments: Arguments) -> Any:
    if not arguments.text("chat_id"):
        raise bad_request("Chat identifier is not specified")
    if not arguments.integer("message_id"):
        raise bad_request("Message identifier is not specified")
    message = find_message(telegram, bot, arguments, "message to delete")
    _ensure_deletable(telegram, bot, message)
    _delete(message)
    return True


@method("deleteMessages")
def delete_messages(telegram: Telegram, bot: Bot, arguments: Arguments) -> Any:
    ids = arguments.structure("message_ids", "Can't parse message identifiers JSON object")
    if not isinstance(ids, list) or not ids:
        raise bad_request("Message identifiers are not specified")
    if len(ids) > 100:
        raise bad_request("too many message identifiers specified")
    chat = find_chat(telegram, bot, arguments)
    # Source: core.telegram.org/bots/api#deletemessages. What is not found is skipped.
    found = [chat.messages[int(number)] for number in ids if int(number) in chat.messages]
    for message in found:
        _ensure_deletable(telegram, bot, message)
    for message in found:
        _delete(message)
    return True


def _ensure_deletable(telegram: Telegram, bot: Bot, message: Message) -> None:
    chat = message.chat
    if telegram.clock.now() - message.fields["date"] > DELETABLE_SECONDS:
        raise bad_request("message can't be deleted for everyone")
    may = chat.is_private or message.sender is bot
    if not may and getattr(chat, "bots", {}).get(bot.id) != "administrator":
        raise bad_request("message can't be deleted")


def _delete(message: Message) -> None:
    message.deleted = True
    del message.chat.messages[message.id]


@method("setMessageReaction")
def set_message_reaction(telegram: Telegram, bot: Bot, arguments: Arguments) -> Any:
    reactions = arguments.structure("reaction", "Can't parse reaction types JSON object") or []
    if not isinstance(reactions, list):
        raise bad_request("expected an Array of ReactionType")
    emoji = []
    for reaction in reactions:
        if not isinstance(reaction, dict) or reaction.get("type") != "emoji":
            raise bad_request("REACTION_INVALID")
        # The variation selector after ❤ and others makes no difference to Telegram.
        plain = str(reaction.get("emoji", "")).replace("\ufe0f", "")
        if plain not in REACTIONS:
            raise bad_request("REACTION_INVALID")
        emoji.append(plain)
    # Source: core.telegram.org/bots/api#setmessagereaction, bots set up to one.
    if len(emoji) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    message = find_message(telegram, bot, arguments, "message to react")
    message.reactions = emoji
    return True
