"""A bare aiogram echo: it stores nothing and says again what it hears.

It answers every press, as Telegram asks, and every message: the least that a bot can do.
"""

import asyncio
import os

from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import (
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
)

AGAIN = InlineKeyboardMarkup(
    inline_keyboard=[[InlineKeyboardButton(text="again", callback_data="again")]]
)
dispatcher = Dispatcher()


@dispatcher.message()
async def echo(message: Message) -> None:
    """Say a message again."""
    await message.answer(message.text or "", reply_markup=AGAIN)


@dispatcher.callback_query()
async def echo_press(query: CallbackQuery) -> None:
    """Confirm a press and say what it was."""
    await query.answer()
    if isinstance(query.message, Message):
        await query.message.answer(query.data or "", reply_markup=AGAIN)


async def main() -> None:
    """Run until killed."""
    server = TelegramAPIServer.from_base(os.environ["API_BASE"])
    bot = Bot(os.environ["TOKEN"], session=AiohttpSession(api=server))
    await dispatcher.start_polling(bot)


if __name__ == "__main__":
    asyncio.run(main())
