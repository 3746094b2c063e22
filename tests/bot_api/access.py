"""Which chat or message a call means, and whether the bot may write there."""

from .arguments import Arguments
from .chats import Chat, Group, Message
from .errors import bad_request, forbidden
from .telegram import Bot, Telegram


def find_chat(telegram: Telegram, bot: Bot, arguments: Arguments, name: str = "chat_id") -> Chat:
    """Raises ApiError if the chat is unknown to this bot or the bot was put out of it."""
    raw = arguments.text(name)
    if not raw:
        raise bad_request(f"{name} is empty")
    try:
        chat_id = int(raw)
    except ValueError:
        raise bad_request("chat not found") from None
    if chat_id > 0:
        private = bot.chats.get(chat_id)
        if private is not None and private.started:
            return private
        if chat_id in telegram.people:
            raise forbidden("bot can't initiate conversation with a user")
        raise bad_request("chat not found")
    group = telegram.groups.get(chat_id)
    if group is None or bot.id not in group.bots:
        raise bad_request("chat not found")
    status = group.bots[bot.id]
    if status == "kicked":
        raise forbidden("bot was kicked from the supergroup chat")
    if status == "left":
        raise forbidden("bot is not a member of the supergroup chat")
    return group


def find_chat_to_write(telegram: Telegram, bot: Bot, arguments: Arguments) -> Chat:
    """As `find_chat`; also refuses where the person blocked the bot."""
    chat = find_chat(telegram, bot, arguments)
    if getattr(chat, "blocked", False):
        raise forbidden("bot was blocked by the user")
    return chat


def find_message(
    telegram: Telegram,
    bot: Bot,
    arguments: Arguments,
    what: str,
    *,
    chat_name: str = "chat_id",
) -> Message:
    """The message a call names; `what` is what Telegram calls it, "message to edit"."""
    chat = find_chat(telegram, bot, arguments, chat_name)
    message_id = arguments.integer("message_id")
    message = chat.messages.get(message_id)
    if message is None:
        raise bad_request(f"{what} not found")
    return message


def find_topic_id(bot: Bot, chat: Chat, arguments: Arguments) -> int | None:
    """message_thread_id, checked. Raises ApiError if there is no such topic."""
    thread = arguments.integer("message_thread_id")
    if not thread:
        return None
    if not isinstance(chat, Group) or thread not in chat.topics:
        raise bad_request("message thread not found")
    if chat.topics[thread].closed and chat.bots[bot.id] == "member":
        raise bad_request("TOPIC_CLOSED")
    return thread
