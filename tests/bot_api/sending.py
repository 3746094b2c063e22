"""Methods that put a message into a chat."""

from typing import Any

from .access import find_chat_to_write, find_message, find_topic_id
from .arguments import Arguments
from .chats import Chat, Message
from .entities import read_caption, read_text
from .errors import bad_request
from .files import MAX_UPLOAD_BYTES, Attachment, FileStore
from .markup import Markup, ensure_fits, read_markup
from .registry import method
from .telegram import Bot, Telegram

_ACTIONS = frozenset(
    {
        "cancel",
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "record_audio",
        "upload_voice",
        "upload_audio",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)
_ACTIONS_KEPT = 20
# How Telegram names what is missing in "there is no … in the request".
_NAMES = {"video_note": "video note"}


class _Sending:
    """The part all send methods share: keyboard, chat, topic, reply, limits."""

    __slots__ = ("bot", "chat", "fields", "markup", "protected", "reply_to", "telegram")

    def __init__(self, telegram: Telegram, bot: Bot, arguments: Arguments) -> None:
        self.telegram = telegram
        self.bot = bot
        self.markup: Markup | None = read_markup(arguments)
        self.chat: Chat = find_chat_to_write(telegram, bot, arguments)
        self.fields: dict[str, Any] = {}
        if thread := find_topic_id(bot, self.chat, arguments):
            self.fields = {"message_thread_id": thread, "is_topic_message": True}
        self.reply_to = _replied(self.chat, arguments)
        self.protected = arguments.flag("protect_content")
        if self.protected:
            self.fields["has_protected_content"] = True
        ensure_fits(self.markup, is_private=self.chat.is_private)

    def charge(self, cost: int = 1) -> None:
        self.telegram.limiter.charge(
            bot=self.bot.id,
            chat=self.chat.id,
            is_group=not self.chat.is_private,
            cost=cost,
            now=self.telegram.clock.now(),
        )

    def send(self, content: dict[str, Any], attachment: Attachment | None = None) -> Message:
        if self.fields:
            content = {**self.fields, **content}
        message = self.telegram.send(
            self.bot, self.chat, content, attachment, self.markup, self.reply_to
        )
        message.protected = self.protected
        return message


def _replied(chat: Chat, arguments: Arguments) -> Message | None:
    parameters = arguments.structure("reply_parameters", "Can't parse reply parameters JSON object")
    if parameters is not None and not isinstance(parameters, dict):
        raise bad_request("Object expected as reply parameters")
    if parameters is None:
        parameters = {
            "message_id": arguments.integer("reply_to_message_id"),
            "allow_sending_without_reply": arguments.flag("allow_sending_without_reply"),
        }
    message_id = parameters.get("message_id")
    if not message_id:
        return None
    message = chat.messages.get(int(message_id))
    if message is None and not parameters.get("allow_sending_without_reply"):
        raise bad_request("message to be replied not found")
    return message


@method("sendMessage")
def send_message(telegram: Telegram, bot: Bot, arguments: Arguments) -> Any:
    content = read_text(arguments)
    sending = _Sending(telegram, bot, arguments)
    sending.charge()
    return sending.send(content).payload(bot)


def attachment_of(
    files: FileStore,
    bot: Bot,
    arguments: Arguments,
    kind: str,
    *,
    given: str | None = None,
    **described: Any,
) -> Attachment:
    """The file a call brings or names by file_id.

    Args:
        given: value of a media item; None reads the argument named like `kind`.

    Raises:
        ApiError: there is none, it is too big, empty or of another bot or kind.
    """
    value = arguments.text(kind) if given is None else given
    upload = None
    if value.startswith("attach://"):
        upload = arguments.uploads.get(value.removeprefix("attach://"))
    elif not value and given is None:
        upload = arguments.uploads.get(kind)
    elif value:
        return files.attachment(value, bot.id, kind)
    if upload is None:
        if given is not None:
            raise bad_request("Can't parse InputMedia: media not found")
        raise bad_request(f"There is no {_NAMES.get(kind, kind)} in the request")
    if len(upload.content) > MAX_UPLOAD_BYTES:
        raise bad_request("file is too big")
    return files.store(
        kind,
        content=upload.content,
        name=upload.name,
        mime_type=upload.mime_type,
        **described,
    )


def _described(kind: str, arguments: Arguments) -> dict[str, Any]:
    """Fields a file of this kind always has."""
    duration = max(0, arguments.integer("duration"))
    if kind in ("video", "animation"):
        return {
            "width": max(0, arguments.integer("width")) or 640,
            "height": max(0, arguments.integer("height")) or 360,
            "duration": duration,
        }
    if kind == "video_note":
        return {"length": arguments.integer("length") or 240, "duration": duration}
    if kind in ("voice", "audio"):
        return {"duration": duration}
    if kind == "sticker":
        return {
            "type": "regular",
            "width": 512,
            "height": 512,
            "is_animated": False,
            "is_video": False,
        }
    return {}


def _register_file_method(name: str, kind: str) -> None:
    has_caption = kind not in ("sticker", "video_note")

    @method(name)
    def send_file(telegram: Telegram, bot: Bot, arguments: Arguments) -> Any:
        content = read_caption(arguments) if has_caption else {}
        if kind != "photo" and not arguments.text(kind) and kind not in arguments.uploads:
            raise bad_request(f"There is no {_NAMES.get(kind, kind)} in the request")
        sending = _Sending(telegram, bot, arguments)
        described = _described(kind, arguments)
        attachment = attachment_of(telegram.files, bot, arguments, kind, **described)
        if content and arguments.flag("show_caption_above_media"):
            content["show_caption_above_media"] = True
        sending.charge()
        return sending.send(content, attachment).payload(bot)


for _name, _kind in (
    ("sendPhoto", "photo"),
    ("sendVoice", "voice"),
    ("sendVideo", "video"),
    ("sendAudio", "audio"),
    ("sendAnimation", "animation"),
    ("sendDocument", "document"),
    ("sendSticker", "sticker"),
    ("sendVideoNote", "video_note"),
):
    _register_file_method(_name, _kind)


@method("sendMediaGroup")
def send_media_group(telegram: Telegram, bot: Bot, arguments: Arguments) -> Any:
    arguments.required("media")
    media = arguments.structure("media", "Can't parse media JSON object")
    if not isinstance(media, list):
        raise bad_request("Expected an Array of InputMedia")
    items = [read_media(item) for item in media]
    kinds = {item.text("type") for item in items}
    for alone in ("audio", "document"):
        if alone in kinds and len(kinds) > 1:
            raise bad_request(f"{alone.title()} can't be mixed with other media types")
    if "animation" in kinds:
        raise bad_request('type "animation" can\'t be used in sendMediaGroup')
    # Telegram itself lets a single item pass; its documentation asks for 2 to 10.
    if len(items) < 2:
        raise bad_request("Too few messages to send as an album")
    if len(items) > 10:
        raise bad_request("Too many messages to send as an album")
    captions = [read_caption(item) for item in items]
    sending = _Sending(telegram, bot, arguments)
    sending.markup = None
    attachments = [media_attachment(telegram.files, bot, arguments, item) for item in items]
    sending.charge(len(items))
    album = telegram.new_album_id()
    return [
        sending.send({"media_group_id": album, **caption}, attachment).payload(bot)
        for caption, attachment in zip(captions, attachments, strict=True)
    ]


def read_media(value: Any) -> Arguments:
    """One InputMedia object. Raises ApiError if it is none."""
    if not isinstance(value, dict):
        raise bad_request("Can't parse InputMedia: expected an Object")
    item = Arguments({key: given for key, given in value.items() if given is not None})
    kind = item.text("type")
    if not kind:
        raise bad_request("Can't parse InputMedia: Can't find field \"type\"")
    if kind not in ("photo", "video", "audio", "document", "animation"):
        raise bad_request(f'Can\'t parse InputMedia: type "{kind}" is unsupported')
    return item


def media_attachment(
    files: FileStore, bot: Bot, arguments: Arguments, item: Arguments
) -> Attachment:
    kind = item.text("type")
    return attachment_of(
        files, bot, arguments, kind, given=item.text("media"), **_described(kind, item)
    )


@method("sendLocation")
def send_location(telegram: Telegram, bot: Bot, arguments: Arguments) -> Any:
    location = _location(arguments)
    sending = _Sending(telegram, bot, arguments)
    sending.charge()
    return sending.send({"location": location}).payload(bot)


@method("sendVenue")
def send_venue(telegram: Telegram, bot: Bot, arguments: Arguments) -> Any:
    location = _location(arguments)
    venue = {
        "location": location,
        "title": arguments.required("title"),
        "address": arguments.required("address"),
    }
    sending = _Sending(telegram, bot, arguments)
    sending.charge()
    return sending.send({"venue": venue, "location": location}).payload(bot)


def _location(arguments: Arguments) -> dict[str, float]:
    latitude = arguments.decimal("latitude")
    longitude = arguments.decimal("longitude")
    if latitude is None:
        raise bad_request("latitude is empty")
    if longitude is None:
        raise bad_request("longitude is empty")
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise bad_request("wrong location specified")
    return {"latitude": latitude, "longitude": longitude}


@method("sendContact")
def send_contact(telegram: Telegram, bot: Bot, arguments: Arguments) -> Any:
    contact = {
        "phone_number": arguments.required("phone_number"),
        "first_name": arguments.required("first_name"),
    }
    for name in ("last_name", "vcard"):
        if arguments.text(name):
            contact[name] = arguments.text(name)
    sending = _Sending(telegram, bot, arguments)
    sending.charge()
    return sending.send({"contact": contact}).payload(bot)


@method("sendChatAction")
def send_chat_action(telegram: Telegram, bot: Bot, arguments: Arguments) -> Any:
    action = arguments.text("action").lower()
    if action not in _ACTIONS:
        raise bad_request("Wrong parameter action in request")
    actions = find_chat_to_write(telegram, bot, arguments).actions
    actions.append(action)
    del actions[:-_ACTIONS_KEPT]
    return True


@method("forwardMessage")
def forward_message(telegram: Telegram, bot: Bot, arguments: Arguments) -> Any:
    arguments.required("from_chat_id")
    source = find_message(telegram, bot, arguments, "message to forward", chat_name="from_chat_id")
    sending = _Sending(telegram, bot, arguments)
    sending.markup = None
    if source.protected:
        raise bad_request("the message can't be forwarded")
    sending.charge()
    content = _copied_content(source)
    content["forward_origin"] = source.fields.get("forward_origin") or {
        "type": "user",
        "sender_user": source.sender.user,
        "date": source.fields["date"],
    }
    return sending.send(content, source.attachment).payload(bot)


@method("copyMessage")
def copy_message(telegram: Telegram, bot: Bot, arguments: Arguments) -> Any:
    arguments.required("from_chat_id")
    caption = read_caption(arguments)
    source = find_message(telegram, bot, arguments, "message to copy", chat_name="from_chat_id")
    sending = _Sending(telegram, bot, arguments)
    if source.protected:
        raise bad_request("the message can't be copied")
    sending.charge()
    content = _copied_content(source)
    if source.attachment is not None and "caption" in arguments:
        content.pop("caption", None)
        content.pop("caption_entities", None)
        content.update(caption)
    return {"message_id": sending.send(content, source.attachment).id}


def _copied_content(source: Message) -> dict[str, Any]:
    kept = ("text", "entities", "caption", "caption_entities", "location", "venue", "contact")
    return {name: source.fields[name] for name in kept if name in source.fields}
