"""Both real clients understand every answer."""

# Telegram marks most fields optional; a missing one fails the test as it should.
# mypy: disable-error-code="union-attr,index"

import asyncio
import io

import aiogram
import telegram
import telegram.ext
from aiogram import types
from telegram import InlineKeyboardButton as PtbButton
from telegram import InlineKeyboardMarkup as PtbMarkup

from tests.bot_api import BotApi, PrivateConversation
from tests.bot_api.conftest import TOKEN
from tests.bot_api.files import make_photo

AIOGRAM_MENU = types.InlineKeyboardMarkup(
    inline_keyboard=[[types.InlineKeyboardButton(text="报修", callback_data="r:1")]]
)
PTB_MENU = PtbMarkup([[PtbButton("报修", callback_data="r:1")]])


async def test_aiogram_sends_edits_and_deletes(
    aiogram_bot: aiogram.Bot, chat: PrivateConversation
) -> None:
    me = await aiogram_bot.get_me()
    sent = await aiogram_bot.send_message(
        7, "<b>你好</b> &amp; welcome", parse_mode="HTML", reply_markup=AIOGRAM_MENU
    )
    edited = await sent.edit_text("changed")
    shown = await chat.expect("changed")
    deleted = await aiogram_bot.delete_message(7, sent.message_id)

    assert me.username == "first_bot"
    assert sent.text == "你好 & welcome"
    assert sent.html_text == "<b>你好</b> &amp; welcome"
    assert sent.reply_markup.model_dump() == AIOGRAM_MENU.model_dump()
    assert isinstance(edited, types.Message)
    assert shown.buttons == []
    assert deleted is True
    assert chat.messages == []


async def test_ptb_sends_edits_and_deletes(
    ptb_bot: telegram.Bot, chat: PrivateConversation
) -> None:
    me = await ptb_bot.get_me()
    sent = await ptb_bot.send_message(
        7, "<b>你好</b> &amp; welcome", parse_mode="HTML", reply_markup=PTB_MENU
    )
    edited = await sent.edit_text("changed")
    shown = await chat.expect("changed")
    deleted = await ptb_bot.delete_message(7, sent.message_id)

    assert me.username == "first_bot"
    assert sent.text == "你好 & welcome"
    assert sent.text_html == "<b>你好</b> &amp; welcome"
    assert sent.reply_markup == PTB_MENU
    assert isinstance(edited, telegram.Message)
    assert shown.buttons == []
    assert deleted is True
    assert chat.messages == []


async def test_aiogram_fetches_every_kind_of_update(
    aiogram_bot: aiogram.Bot, chat: PrivateConversation
) -> None:
    sent = await aiogram_bot.send_message(7, "menu", reply_markup=AIOGRAM_MENU)
    query = await chat.press("报修")
    await _do_everything(chat)

    updates = await aiogram_bot.get_updates(timeout=1)
    assert updates[0].callback_query is not None
    await aiogram_bot.answer_callback_query(updates[0].callback_query.id, text="ok")
    emptied = await aiogram_bot.get_updates(offset=updates[-1].update_id + 1)

    assert updates[0].callback_query.message.model_dump() == sent.model_dump()
    assert (await query.answered())["text"] == "ok"
    assert [update.event_type for update in updates] == KINDS
    assert updates[2].message.photo[-1].file_size == len(chat.sent[2].content)
    assert emptied == []


async def test_ptb_fetches_every_kind_of_update(
    ptb_bot: telegram.Bot, chat: PrivateConversation
) -> None:
    await ptb_bot.send_message(7, "menu", reply_markup=PTB_MENU)
    query = await chat.press("报修")
    await _do_everything(chat)

    updates = await ptb_bot.get_updates(timeout=1)
    assert updates[0].callback_query is not None
    await updates[0].callback_query.answer(text="ok")
    emptied = await ptb_bot.get_updates(offset=updates[-1].update_id + 1)

    assert updates[0].callback_query.message.text == "menu"
    assert (await query.answered())["text"] == "ok"
    kinds = [next(kind for kind in update.to_dict() if kind != "update_id") for update in updates]
    assert kinds == KINDS
    assert updates[2].message.photo[-1].file_size == len(chat.sent[2].content)
    assert emptied == ()


KINDS = ["callback_query", *["message"] * 11, "edited_message", *["my_chat_member"] * 2]


async def _do_everything(chat: PrivateConversation) -> None:
    await chat.command("/help", "me")
    await chat.send_photo(caption="看 https://example.com")
    await chat.send_album(2)
    await chat.send_voice()
    await chat.send_video(size=25_000_000)
    await chat.send_document("报告.pdf", mime_type="application/pdf")
    await chat.send_sticker()
    await chat.share_location(39.9, 116.4)
    await chat.share_contact()
    await chat.say("灯坏了", reply_to=chat.last)
    await chat.edit_last("路灯坏了")
    await chat.block()
    await chat.unblock()


async def test_aiogram_sends_and_fetches_files(
    aiogram_bot: aiogram.Bot, chat: PrivateConversation
) -> None:
    picture = types.BufferedInputFile(make_photo(1, width=800, height=600), "a.jpg")
    photo = await aiogram_bot.send_photo(7, picture, caption="<i>one</i>", parse_mode="HTML")
    album = await aiogram_bot.send_media_group(
        7,
        [
            types.InputMediaPhoto(media=photo.photo[-1].file_id, caption="again"),
            types.InputMediaPhoto(media=types.BufferedInputFile(make_photo(2), "b.jpg")),
        ],
    )
    voice = await aiogram_bot.send_voice(7, types.BufferedInputFile(b"OggS", "v.ogg"), duration=2)
    document = await aiogram_bot.send_document(7, types.BufferedInputFile(b"abc", "说明.txt"))
    await aiogram_bot.send_location(7, 39.9, 116.4)
    await aiogram_bot.send_contact(7, "110", "警察")
    new_media = types.InputMediaPhoto(media=types.BufferedInputFile(make_photo(3), "c.jpg"))
    changed = await aiogram_bot.edit_message_media(
        new_media, chat_id=7, message_id=photo.message_id
    )

    fetched = await aiogram_bot.download(photo.photo[-1])

    assert isinstance(fetched, io.BytesIO)
    assert fetched.getvalue() == picture.data
    assert len({message.media_group_id for message in album}) == 1
    assert voice.voice.duration == 2
    assert document.document.file_name == "说明.txt"
    assert isinstance(changed, types.Message)
    kinds = [message.kind for message in chat.messages]
    assert kinds == ["photo", "photo", "photo", "voice", "document", "location", "contact"]


async def test_ptb_sends_and_fetches_files(
    ptb_bot: telegram.Bot, chat: PrivateConversation
) -> None:
    picture = make_photo(1, width=800, height=600)
    photo = await ptb_bot.send_photo(7, picture, caption="<i>one</i>", parse_mode="HTML")
    album = await ptb_bot.send_media_group(
        7,
        [
            telegram.InputMediaPhoto(photo.photo[-1].file_id, caption="again"),
            telegram.InputMediaPhoto(make_photo(2)),
        ],
    )
    voice = await ptb_bot.send_voice(7, b"OggS", duration=2)
    document = await ptb_bot.send_document(7, b"abc", filename="说明.txt")
    await ptb_bot.send_location(7, 39.9, 116.4)
    await ptb_bot.send_contact(7, "110", "警察")
    changed = await photo.edit_media(telegram.InputMediaPhoto(make_photo(3)))

    file = await photo.photo[-1].get_file()
    fetched = await file.download_as_bytearray()

    assert fetched == picture
    assert len({message.media_group_id for message in album}) == 1
    assert voice.voice.to_dict()["duration"] == 2
    assert document.document.file_name == "说明.txt"
    assert isinstance(changed, telegram.Message)
    kinds = [message.kind for message in chat.messages]
    assert kinds == ["photo", "photo", "photo", "voice", "document", "location", "contact"]


async def test_aiogram_sets_itself_up(aiogram_bot: aiogram.Bot, chat: PrivateConversation) -> None:
    commands = [types.BotCommand(command="start", description="开始")]
    scope = types.BotCommandScopeAllPrivateChats()
    await aiogram_bot.set_my_commands(commands, scope=scope, language_code="zh")
    await aiogram_bot.set_my_description("描述")
    await aiogram_bot.set_my_short_description("短")
    await aiogram_bot.set_chat_menu_button(menu_button=types.MenuButtonCommands())
    await aiogram_bot.send_chat_action(7, "typing")
    await aiogram_bot.set_webhook("https://example.com/hook", secret_token="s")
    info = await aiogram_bot.get_webhook_info()
    await aiogram_bot.delete_webhook()

    (command,) = await aiogram_bot.get_my_commands(scope=scope, language_code="zh")
    assert command.model_dump() == commands[0].model_dump()
    assert (await aiogram_bot.get_my_description()).description == "描述"
    assert (await aiogram_bot.get_my_short_description()).short_description == "短"
    assert (await aiogram_bot.get_chat_menu_button()).type == "commands"
    assert info.url == "https://example.com/hook"
    assert (await aiogram_bot.get_chat(7)).first_name == "李"
    assert chat.commands == ["start"]
    assert chat.chat.actions == ["typing"]


async def test_ptb_sets_itself_up(ptb_bot: telegram.Bot, chat: PrivateConversation) -> None:
    commands = (telegram.BotCommand("start", "开始"),)
    scope = telegram.BotCommandScopeAllPrivateChats()
    await ptb_bot.set_my_commands(commands, scope=scope, language_code="zh")
    await ptb_bot.set_my_description("描述")
    await ptb_bot.set_my_short_description("短")
    await ptb_bot.set_chat_menu_button(menu_button=telegram.MenuButtonCommands())
    await ptb_bot.send_chat_action(7, "typing")
    await ptb_bot.set_webhook("https://example.com/hook", secret_token="s")
    info = await ptb_bot.get_webhook_info()
    await ptb_bot.delete_webhook()

    assert await ptb_bot.get_my_commands(scope=scope, language_code="zh") == commands
    assert (await ptb_bot.get_my_description()).description == "描述"
    assert (await ptb_bot.get_my_short_description()).short_description == "短"
    assert (await ptb_bot.get_chat_menu_button()).type == "commands"
    assert info.url == "https://example.com/hook"
    assert (await ptb_bot.get_chat(7)).first_name == "李"
    assert chat.commands == ["start"]
    assert chat.chat.actions == ["typing"]


async def test_both_clients_forward_copy_and_react(
    aiogram_bot: aiogram.Bot, ptb_bot: telegram.Bot, chat: PrivateConversation
) -> None:
    heard = await chat.say("灯坏了")

    forwarded = await aiogram_bot.forward_message(7, 7, heard.id)
    forwarded_too = await ptb_bot.forward_message(7, 7, heard.id)
    copied = await aiogram_bot.copy_message(7, 7, heard.id)
    copied_too = await ptb_bot.copy_message(7, 7, heard.id)
    await aiogram_bot.set_message_reaction(7, heard.id, [types.ReactionTypeEmoji(emoji="👀")])
    await ptb_bot.set_message_reaction(7, heard.id, "👍")

    assert forwarded.forward_origin.sender_user.id == 7
    assert forwarded_too.forward_origin.sender_user.id == 7
    assert copied_too.message_id == copied.message_id + 1
    assert heard.reactions == ["👍"]


async def test_aiogram_polls_with_its_own_dispatcher(
    api: BotApi, aiogram_bot: aiogram.Bot, chat: PrivateConversation
) -> None:
    dispatcher = aiogram.Dispatcher()

    @dispatcher.message()
    async def echo(message: types.Message) -> None:
        await message.answer(f"echo {message.text}")

    polling = asyncio.create_task(dispatcher.start_polling(aiogram_bot, handle_signals=False))
    await chat.say("one")
    await chat.expect("echo one")
    await chat.say("two")
    await chat.expect("echo two")
    await dispatcher.stop_polling()
    await polling

    assert chat.count == 2


async def test_ptb_polls_with_its_own_updater(api: BotApi, chat: PrivateConversation) -> None:
    builder = telegram.ext.Application.builder().token(TOKEN)
    builder = builder.base_url(f"{api.base}/bot").base_file_url(f"{api.base}/file/bot")
    application = builder.build()

    async def echo(update: telegram.Update, context: object) -> None:
        await update.effective_message.reply_text(f"echo {update.effective_message.text}")

    application.add_handler(telegram.ext.MessageHandler(None, echo))
    async with application:
        await application.updater.start_polling()
        await application.start()
        await chat.say("one")
        await chat.expect("echo one")
        await chat.say("two")
        await chat.expect("echo two")
        await application.updater.stop()
        await application.stop()

    assert chat.count == 2
