"""Methods for supergroups: topics, pins, members."""

from typing import Any

from .access import find_chat, find_message
from .arguments import Arguments
from .chats import Group, Topic, membership
from .errors import bad_request
from .registry import method
from .telegram import Bot, Telegram

MAX_TOPIC_NAME = 128
_DEFAULT_COLOR = 0x6FB9F0


def _forum(telegram: Telegram, bot: Bot, arguments: Arguments) -> Group:
    """The forum of a call. Raises ApiError if it is none or the bot may not manage topics."""
    chat = find_chat(telegram, bot, arguments)
    if not isinstance(chat, Group) or not chat.is_forum:
        raise bad_request("the chat is not a forum")
    if chat.bots[bot.id] != "administrator":
        raise bad_request("not enough rights to create a topic")
    return chat


def _topic(telegram: Telegram, bot: Bot, arguments: Arguments) -> tuple[Group, Topic]:
    group = _forum(telegram, bot, arguments)
    topic = group.topics.get(arguments.integer("message_thread_id"))
    if topic is None:
        raise bad_request("TOPIC_ID_INVALID")
    return group, topic


@method("createForumTopic")
def create_forum_topic(telegram: Telegram, bot: Bot, arguments: Arguments) -> Any:
    group = _forum(telegram, bot, arguments)
    name = arguments.text("name").strip()
    if not 1 <= len(name) <= MAX_TOPIC_NAME:
        raise bad_request("TOPIC_TITLE_EMPTY" if not name else "TOPIC_TITLE_TOO_LONG")
    color = arguments.integer("icon_color", _DEFAULT_COLOR)
    created = {"name": name, "icon_color": color}
    message = telegram.new_message(group, bot, {"forum_topic_created": created})
    message.fields.update({"message_thread_id": message.id, "is_topic_message": True})
    group.topics[message.id] = Topic(message.id, name, color)
    return {"message_thread_id": message.id, **created}


@method("editForumTopic")
def edit_forum_topic(telegram: Telegram, bot: Bot, arguments: Arguments) -> Any:
    _, topic = _topic(telegram, bot, arguments)
    name = arguments.text("name").strip()
    if len(name) > MAX_TOPIC_NAME:
        raise bad_request("TOPIC_TITLE_TOO_LONG")
    if not name or name == topic.name:
        raise bad_request("TOPIC_NOT_MODIFIED")
    topic.name = name
    return True


@method("closeForumTopic")
def close_forum_topic(telegram: Telegram, bot: Bot, arguments: Arguments) -> Any:
    _, topic = _topic(telegram, bot, arguments)
    if topic.closed:
        raise bad_request("TOPIC_NOT_MODIFIED")
    topic.closed = True
    return True


@method("reopenForumTopic")
def reopen_forum_topic(telegram: Telegram, bot: Bot, arguments: Arguments) -> Any:
    _, topic = _topic(telegram, bot, arguments)
    if not topic.closed:
        raise bad_request("TOPIC_NOT_MODIFIED")
    topic.closed = False
    return True


@method("deleteForumTopic")
def delete_forum_topic(telegram: Telegram, bot: Bot, arguments: Arguments) -> Any:
    group, topic = _topic(telegram, bot, arguments)
    del group.topics[topic.id]
    for message in [kept for kept in group.messages.values() if kept.thread == topic.id]:
        message.deleted = True
        del group.messages[message.id]
    return True


@method("pinChatMessage")
def pin_chat_message(telegram: Telegram, bot: Bot, arguments: Arguments) -> Any:
    message = find_message(telegram, bot, arguments, "message to pin")
    chat = message.chat
    if isinstance(chat, Group) and chat.bots[bot.id] != "administrator":
        raise bad_request("not enough rights to manage pinned messages in the chat")
    if message in chat.pinned:
        chat.pinned.remove(message)
    chat.pinned.append(message)
    return True


@method("unpinChatMessage")
def unpin_chat_message(telegram: Telegram, bot: Bot, arguments: Arguments) -> Any:
    chat = find_chat(telegram, bot, arguments)
    message_id = arguments.integer("message_id")
    pinned = [message for message in chat.pinned if message_id in (0, message.id)]
    if not pinned:
        raise bad_request("message to unpin not found")
    chat.pinned.remove(pinned[-1])
    return True


@method("leaveChat")
def leave_chat(telegram: Telegram, bot: Bot, arguments: Arguments) -> Any:
    chat = find_chat(telegram, bot, arguments)
    if not isinstance(chat, Group):
        raise bad_request("chat member status can't be changed in private chats")
    chat.bots[bot.id] = "left"
    return True


@method("getChatAdministrators")
def get_chat_administrators(telegram: Telegram, bot: Bot, arguments: Arguments) -> Any:
    chat = find_chat(telegram, bot, arguments)
    if not isinstance(chat, Group):
        raise bad_request("there are no administrators in the private chat")
    return [
        membership(other, "administrator")
        for other in telegram.bots.values()
        if chat.bots.get(other.id) == "administrator"
    ]
