"""The service request as an idiomatic python-telegram-bot: `ConversationHandler` and persistence.

Persistence is the library's own `PicklePersistence` as it comes: conversations and answers are
written every 60 seconds, and at the end. Cases are kept at once: SQLAlchemy on SQLite, one commit
a case. `ConversationHandler` demands that updates are handled one after the other.
"""

import os
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.constants import ParseMode
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    Defaults,
    MessageHandler,
    PicklePersistence,
    filters,
)

from benchmarks.peers import words
from benchmarks.peers.tables import Case, User, create, engine_of

GRIDS = os.environ["GRIDS"].split(",")
FIRST_SECRETARY = int(os.environ["FIRST_SECRETARY"])
MENU, TEXT, CATEGORY, PLACE, PHOTOS, REVIEW = range(6)

engine = engine_of(Path(os.environ["DATA"]))
sessions: async_sessionmaker[AsyncSession] = async_sessionmaker(engine, expire_on_commit=False)
Context = ContextTypes.DEFAULT_TYPE


def keyboard(*rows: tuple[tuple[str, str], ...]) -> InlineKeyboardMarkup:
    """Make rows of (label, data) into a keyboard."""
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(label, callback_data=data) for label, data in row] for row in rows]
    )


MENU_KEYS = keyboard(*(tuple((label, f"menu:{label}") for label in row) for row in words.MENU))
CANCEL_KEYS = keyboard(((words.CANCEL, "cancel"),))
SKIP_KEYS = keyboard(((words.SKIP, "skip"), (words.CANCEL, "cancel")))
CATEGORY_KEYS = keyboard(
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
REVIEW_KEYS = keyboard(
    ((words.SUBMIT, "submit"),),
    *(tuple((label, f"edit:{label}") for label in row) for row in words.EDITS),
    ((words.CANCEL, "cancel"),),
)
ACCEPT_KEYS = keyboard(((words.ACCEPT, "accept"),))


def answers(context: Context) -> dict[str, Any]:
    """Give the answers so far."""
    assert context.user_data is not None
    found: dict[str, Any] = context.user_data
    return found


async def reply(update: Update, said: str, keys: InlineKeyboardMarkup | None) -> None:
    """Answer a message, or confirm a press and answer it."""
    if update.callback_query is not None:
        await update.callback_query.answer()
    assert update.effective_message is not None
    await update.effective_message.reply_text(said, reply_markup=keys)


async def start(update: Update, context: Context) -> int:
    """Welcome somebody who came by a grid's code."""
    assert update.effective_user is not None
    grid = (context.args or [GRIDS[0]])[0].removeprefix("g-")
    known = answers(context)
    known.clear()
    known["grid"] = grid
    async with sessions() as session:
        await session.merge(
            User(id=update.effective_user.id, name=update.effective_user.full_name, grid=grid)
        )
        await session.commit()
    await reply(update, words.NOTICE.format(grid=grid), MENU_KEYS)
    return MENU


async def begin(update: Update, _context: Context) -> int:
    """Begin the form."""
    await reply(update, words.ASK_TEXT, CANCEL_KEYS)
    return TEXT


async def take_text(update: Update, context: Context) -> int:
    """Take what it is about."""
    assert update.message is not None
    answers(context)["text"] = update.message.text
    await reply(update, words.ASK_CATEGORY, CATEGORY_KEYS)
    return CATEGORY


async def take_category(update: Update, context: Context) -> int:
    """Take the category."""
    assert update.callback_query is not None
    index = int((update.callback_query.data or "").partition(":")[2])
    answers(context)["category"] = words.CATEGORIES[index]
    await reply(update, words.ASK_PLACE, SKIP_KEYS)
    return PLACE


async def take_place(update: Update, context: Context) -> int:
    """Take the place."""
    assert update.message is not None
    answers(context)["place"] = update.message.text
    await reply(update, words.ASK_PHOTOS, SKIP_KEYS)
    return PHOTOS


async def skip_photos(update: Update, context: Context) -> int:
    """Read everything back."""
    await reply(update, words.REVIEW.format(**answers(context)), REVIEW_KEYS)
    return REVIEW


async def submit(update: Update, context: Context) -> int:
    """File the case, and tell its number and the grid's secretary."""
    assert update.effective_user is not None
    data = answers(context)
    async with sessions() as session:
        case = Case(user_id=update.effective_user.id, **data)
        session.add(case)
        await session.commit()
    told = {"number": case.number, **data}
    await reply(update, words.RECEIPT.format(**told), None)
    await context.bot.send_message(
        FIRST_SECRETARY + GRIDS.index(case.grid),
        words.CARD.format(**told),
        reply_markup=ACCEPT_KEYS,
    )
    data.clear()
    return ConversationHandler.END


async def prepare(_application: Any) -> None:
    """Create the tables."""
    await create(engine)


def main() -> None:
    """Run until killed."""
    base = os.environ["API_BASE"]
    application = (
        Application.builder()
        .token(os.environ["TOKEN"])
        .base_url(f"{base}/bot")
        .base_file_url(f"{base}/file/bot")
        .persistence(PicklePersistence(Path(os.environ["DATA"]) / "peer.pickle"))
        .defaults(Defaults(parse_mode=ParseMode.HTML))
        .post_init(prepare)
        .build()
    )
    written = filters.TEXT & ~filters.COMMAND
    application.add_handler(
        ConversationHandler(
            entry_points=[CommandHandler("start", start)],
            states={
                MENU: [CallbackQueryHandler(begin, "^menu:办事$")],
                TEXT: [MessageHandler(written, take_text)],
                CATEGORY: [CallbackQueryHandler(take_category, "^category:")],
                PLACE: [MessageHandler(written, take_place)],
                PHOTOS: [CallbackQueryHandler(skip_photos, "^skip$")],
                REVIEW: [CallbackQueryHandler(submit, "^submit$")],
            },
            fallbacks=[CommandHandler("start", start)],
            name="service",
            persistent=True,
        )
    )
    application.run_polling(allowed_updates=Update.ALL_TYPES)


if __name__ == "__main__":
    main()
