"""A strict fake of the Telegram Bot API, over real HTTP on loopback, and the people using it.

In a test (same event loop)::

    async with BotApi(limits=Limits.off()) as api:
        bot = api.bot("42:secret", username="linli_bot")
        chat = api.person(7, first_name="Li").chat_with(bot)
        ...  # start a bot against api.base
        await chat.start()
        menu = await chat.expect("menu")
        await chat.press("Report")

As a process of its own: `python -m tests.bot_api --port 8081`, driven over `/control/…`
(see `control`).
"""

from .chats import Group, Message
from .clock import Clock
from .errors import ApiError
from .faults import Fault, FaultKind
from .limits import Limits
from .people import Conversation, GroupConversation, Person, Press, PrivateConversation
from .server import BotApi
from .telegram import Bot, Call, CallbackQuery, Telegram

__all__ = [
    "ApiError",
    "Bot",
    "BotApi",
    "Call",
    "CallbackQuery",
    "Clock",
    "Conversation",
    "Fault",
    "FaultKind",
    "Group",
    "GroupConversation",
    "Limits",
    "Message",
    "Person",
    "Press",
    "PrivateConversation",
    "Telegram",
]
