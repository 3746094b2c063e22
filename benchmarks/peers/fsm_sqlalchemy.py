"""The service request as an idiomatic aiogram bot: FSM states, SQLAlchemy, one commit an update.

The state of the form and the tables share one session per update. Handlers commit before they
answer, so that nothing is promised that is not kept, and so that nobody holds the database while
Telegram is called. Updates of one person are handled one after the other.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from aiogram import BaseMiddleware, Bot, Dispatcher, F, Router
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import CommandObject, CommandStart
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.base import BaseStorage, StateType, StorageKey
from aiogram.fsm.storage.memory import SimpleEventIsolation
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message, TelegramObject
from aiogram.utils.keyboard import InlineKeyboardBuilder
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from benchmarks.peers import words
from benchmarks.peers.tables import Case, Conversation, User, create, engine_of

GRIDS = os.environ["GRIDS"].split(",")
FIRST_SECRETARY = int(os.environ["FIRST_SECRETARY"])

_session: ContextVar[AsyncSession] = ContextVar("session")
router = Router()


class Service(StatesGroup):
    """The questions of the form."""

    text = State()
    category = State()
    place = State()
    photos = State()
    review = State()


# --- storage -------------------------------------------------------------------------------------


class SessionMiddleware(BaseMiddleware):
    """Gives every update its session; what a handler left uncommitted is committed at the end."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        self._sessions = sessions

    async def __call__(
        self,
        handler: Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]],
        event: TelegramObject,
        data: dict[str, Any],
    ) -> Any:
        """Handle one update."""
        async with self._sessions() as session:
            _session.set(session)
            data["session"] = session
            result = await handler(event, data)
            if session.in_transaction():
                await session.commit()
            return result


class SqlStorage(BaseStorage):
    """Keeps states in the update's session."""

    @staticmethod
    async def _row(key: StorageKey, *, make: bool = False) -> Conversation | None:
        session = _session.get()
        name = f"{key.bot_id}:{key.chat_id}:{key.user_id}"
        row = await session.get(Conversation, name)
        if row is None and make:
            row = Conversation(key=name, state=None, data={})
            session.add(row)
        return row

    async def set_state(self, key: StorageKey, state: StateType = None) -> None:
        """Set a state."""
        row = await self._row(key, make=True)
        assert row is not None
        row.state = state.state if isinstance(state, State) else state

    async def get_state(self, key: StorageKey) -> str | None:
        """Get a state."""
        row = await self._row(key)
        return row.state if row else None

    async def set_data(self, key: StorageKey, data: Mapping[str, Any]) -> None:
        """Set the answers."""
        row = await self._row(key, make=True)
        assert row is not None
        row.data = dict(data)

    async def get_data(self, key: StorageKey) -> dict[str, Any]:
        """Get the answers."""
        row = await self._row(key)
        return dict(row.data) if row else {}

    async def close(self) -> None:
        """Nothing is open."""


# --- keyboards -----------------------------------------------------------------------------------


def keyboard(*rows: tuple[tuple[str, str], ...]) -> InlineKeyboardMarkup:
    """Make rows of (label, data) into a keyboard."""
    builder = InlineKeyboardBuilder()
    for row in rows:
        for label, data in row:
            builder.button(text=label, callback_data=data)
    builder.adjust(*(len(row) for row in rows))
    return builder.as_markup()


MENU = keyboard(*(tuple((label, f"menu:{label}") for label in row) for row in words.MENU))
CANCEL = keyboard(((words.CANCEL, "cancel"),))
SKIP = keyboard(((words.SKIP, "skip"), (words.CANCEL, "cancel")))
CATEGORIES = keyboard(
    *(
        tuple(
            (label, f"category:{index}")
            for index, label in enumerate(words.CATEGORIES)
            if index // 2 == row
        )
        for row in range((len(words.CATEGORIES) + 1) // 2)
    ),
    ((words.CANCEL, "cancel"),),
)
REVIEW = keyboard(
    ((words.SUBMIT, "submit"),),
    *(tuple((label, f"edit:{label}") for label in row) for row in words.EDITS),
    ((words.CANCEL, "cancel"),),
)
ACCEPT = keyboard(((words.ACCEPT, "accept"),))


# --- the form ------------------------------------------------------------------------------------


@router.message(CommandStart())
async def start(
    message: Message, command: CommandObject, state: FSMContext, session: AsyncSession
) -> None:
    """Welcome somebody who came by a grid's code."""
    assert message.from_user is not None
    grid = (command.args or "").removeprefix("g-") or GRIDS[0]
    user = await session.get(User, message.from_user.id)
    if user is None:
        session.add(User(id=message.from_user.id, name=message.from_user.full_name, grid=grid))
    else:
        user.grid = grid
    await state.clear()
    await session.commit()
    await message.answer(words.NOTICE.format(grid=grid), reply_markup=MENU)


@router.callback_query(F.data == "menu:办事")
async def begin(query: CallbackQuery, state: FSMContext, session: AsyncSession) -> None:
    """Begin the form."""
    await state.set_state(Service.text)
    await session.commit()
    await reply(query, words.ASK_TEXT, CANCEL)


@router.message(Service.text, F.text)
async def take_text(message: Message, state: FSMContext, session: AsyncSession) -> None:
    """Take what it is about."""
    await state.update_data(text=message.text)
    await state.set_state(Service.category)
    await session.commit()
    await message.answer(words.ASK_CATEGORY, reply_markup=CATEGORIES)


@router.callback_query(Service.category, F.data.startswith("category:"))
async def take_category(query: CallbackQuery, state: FSMContext, session: AsyncSession) -> None:
    """Take the category."""
    assert query.data is not None
    await state.update_data(category=words.CATEGORIES[int(query.data.partition(":")[2])])
    await state.set_state(Service.place)
    await session.commit()
    await reply(query, words.ASK_PLACE, SKIP)


@router.message(Service.place, F.text)
async def take_place(message: Message, state: FSMContext, session: AsyncSession) -> None:
    """Take the place."""
    await state.update_data(place=message.text)
    await state.set_state(Service.photos)
    await session.commit()
    await message.answer(words.ASK_PHOTOS, reply_markup=SKIP)


@router.callback_query(Service.photos, F.data == "skip")
async def skip_photos(query: CallbackQuery, state: FSMContext, session: AsyncSession) -> None:
    """Read everything back."""
    user = await session.get_one(User, query.from_user.id)
    data = await state.get_data()
    await state.set_state(Service.review)
    await session.commit()
    await reply(query, words.REVIEW.format(grid=user.grid, **data), REVIEW)


@router.callback_query(Service.review, F.data == "submit")
async def submit(query: CallbackQuery, state: FSMContext, session: AsyncSession) -> None:
    """File the case, and tell its number and the grid's secretary."""
    user = await session.get_one(User, query.from_user.id)
    data = await state.get_data()
    case = Case(user_id=user.id, grid=user.grid or GRIDS[0], **data)
    session.add(case)
    await state.clear()
    await session.commit()
    told = {"number": case.number, "grid": case.grid, **data}
    await reply(query, words.RECEIPT.format(**told), None)
    assert query.bot is not None
    await query.bot.send_message(
        FIRST_SECRETARY + GRIDS.index(case.grid), words.CARD.format(**told), reply_markup=ACCEPT
    )


async def reply(query: CallbackQuery, said: str, markup: InlineKeyboardMarkup | None) -> None:
    """Confirm a press and answer it."""
    await query.answer()
    assert isinstance(query.message, Message)
    await query.message.answer(said, reply_markup=markup)


async def main() -> None:
    """Run until killed."""
    engine = engine_of(Path(os.environ["DATA"]))
    await create(engine)
    dispatcher = Dispatcher(
        storage=SqlStorage(), events_isolation=SimpleEventIsolation(), disable_fsm=True
    )
    sessions = async_sessionmaker(engine, expire_on_commit=False)
    dispatcher.update.outer_middleware(SessionMiddleware(sessions))
    dispatcher.update.outer_middleware(dispatcher.fsm)
    dispatcher.include_router(router)
    server = TelegramAPIServer.from_base(os.environ["API_BASE"])
    bot = Bot(
        os.environ["TOKEN"],
        session=AiohttpSession(api=server),
        default=DefaultBotProperties(parse_mode="HTML"),
    )
    await dispatcher.start_polling(bot)


if __name__ == "__main__":
    asyncio.run(main())
