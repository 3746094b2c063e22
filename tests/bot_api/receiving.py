"""Methods by which a bot learns things: answers to presses, files, chats.

getUpdates and the webhook methods wait for something and are in `server.py`.
"""

from typing import Any

from .access import find_chat
from .arguments import Arguments
from .chats import Group, PrivateChat
from .entities import utf16_length
from .errors import bad_request
from .files import LINK_LIFETIME_SECONDS
from .registry import method
from .telegram import Bot, Telegram

MAX_CALLBACK_ANSWER_LENGTH = 200

_GIFT_TYPES = {
    "unlimited_gifts": False,
    "limited_gifts": False,
    "unique_gifts": False,
    "premium_subscription": False,
    "gifts_from_channels": False,
}


@method("answerCallbackQuery")
def answer_callback_query(telegram: Telegram, bot: Bot, arguments: Arguments) -> Any:
    text = arguments.text("text")
    if utf16_length(text) > MAX_CALLBACK_ANSWER_LENGTH:
        raise bad_request("MESSAGE_TOO_LONG")
    url = arguments.text("url")
    if url and not url.startswith((f"https://t.me/{bot.username}?", f"t.me/{bot.username}?")):
        # Only games may open other addresses.
        raise bad_request("URL_INVALID")
    answer = {"text": text, "show_alert": arguments.flag("show_alert"), "url": url}
    telegram.answer_callback(bot, arguments.text("callback_query_id"), answer)
    return True


@method("getFile")
def get_file(telegram: Telegram, bot: Bot, arguments: Arguments) -> Any:
    file = telegram.files.file(arguments.text("file_id"), bot.id)
    path = bot.local_file or telegram.files.path(file)
    if bot.local_file is None:
        bot.links[path] = (file, telegram.clock.now() + LINK_LIFETIME_SECONDS)
    return {
        "file_id": arguments.text("file_id"),
        "file_unique_id": file.unique_id,
        "file_size": file.size,
        "file_path": path,
    }


@method("getChat")
def get_chat(telegram: Telegram, bot: Bot, arguments: Arguments) -> Any:
    chat = find_chat(telegram, bot, arguments)
    full = {
        **chat.as_field(),
        "accent_color_id": chat.id % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": _GIFT_TYPES,
    }
    if isinstance(chat, Group):
        full["permissions"] = {
            "can_send_messages": True,
            "can_send_audios": True,
            "can_send_documents": True,
            "can_send_photos": True,
            "can_send_videos": True,
            "can_send_video_notes": True,
            "can_send_voice_notes": True,
            "can_send_polls": True,
            "can_send_other_messages": True,
            "can_add_web_page_previews": True,
            "can_change_info": True,
            "can_invite_users": True,
            "can_pin_messages": True,
            "can_manage_topics": True,
        }
    return full


@method("getChatMember")
def get_chat_member(telegram: Telegram, bot: Bot, arguments: Arguments) -> Any:
    chat = find_chat(telegram, bot, arguments)
    user_id = arguments.integer("user_id")
    if isinstance(chat, Group):
        person = chat.people.get(user_id)
        if person is not None:
            return {"user": person.user, "status": "member"}
        if user_id in telegram.people:
            return {"user": telegram.people[user_id].user, "status": "left"}
    elif isinstance(chat, PrivateChat) and user_id == chat.id:
        return {"user": chat.person.user, "status": "member"}
    raise bad_request("PARTICIPANT_ID_INVALID")


@method("getChatMemberCount")
def get_chat_member_count(telegram: Telegram, bot: Bot, arguments: Arguments) -> Any:
    chat = find_chat(telegram, bot, arguments)
    if isinstance(chat, Group):
        present = sum(status in ("member", "administrator") for status in chat.bots.values())
        return len(chat.people) + present
    return 2
