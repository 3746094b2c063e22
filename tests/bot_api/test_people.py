"""What people can do and see."""

import asyncio

import pytest

from tests.bot_api import Bot, BotApi, PrivateConversation
from tests.bot_api.calls import Caller


def rows(*labels: str) -> dict[str, object]:
    return {"inline_keyboard": [[{"text": label, "callback_data": label}] for label in labels]}


async def show(call: Caller, text: str, *labels: str) -> int:
    """Send a message with these inline buttons; returns its id."""
    markup = rows(*labels) if labels else None
    sent = await call("sendMessage", chat_id=7, text=text, reply_markup=markup)
    message_id: int = sent["message_id"]
    return message_id


async def test_expect_reads_messages_and_edits_in_order(
    call: Caller, chat: PrivateConversation
) -> None:
    first = await show(call, "one")
    await show(call, "two")
    await call("editMessageText", chat_id=7, message_id=first, text="one, edited")

    two = await chat.expect("two")
    edited = await chat.expect("edited")

    assert two.text == "two"
    assert edited.id == first
    assert chat.count == 3
    assert chat.unread == []


async def test_expect_waits_for_what_comes_later(call: Caller, chat: PrivateConversation) -> None:
    waiting = asyncio.create_task(chat.expect("late"))
    await show(call, "early")
    await show(call, "too late")

    assert (await waiting).text == "too late"


async def test_expect_says_what_came_instead(call: Caller, chat: PrivateConversation) -> None:
    await show(call, "something else")

    with pytest.raises(AssertionError, match=r"'hello' did not come(.|\n)*'something else'"):
        await chat.expect("hello", within=0.05)
    with pytest.raises(AssertionError, match="did not come"):
        await chat.expect("else", where=lambda message: message.kind == "photo", within=0.05)
    assert (await chat.expect("else")).text == "something else"
    with pytest.raises(AssertionError, match="nothing"):
        await chat.expect("else", within=0.05)


async def test_skipped_messages_are_not_expected_again(
    call: Caller, chat: PrivateConversation
) -> None:
    await show(call, "old")
    chat.skip()

    assert chat.unread == []
    with pytest.raises(AssertionError, match="did not come"):
        await chat.expect("old", within=0.05)


async def test_a_press_finds_the_newest_button_by_label_or_part(
    call: Caller, chat: PrivateConversation
) -> None:
    old = await show(call, "old", "提交", "取消")
    new = await show(call, "new", "提交 ✅", "返回", "返回首页")

    presses = [await chat.press(label) for label in ("提交", "返回", "首页", "取消")]

    updates = await call("getUpdates")
    pressed = [update["callback_query"]["message"]["message_id"] for update in updates]
    assert pressed == [new, new, new, old]
    data = [press.query.data for press in presses if press.query]
    assert data == ["提交 ✅", "返回", "返回首页", "取消"]


async def test_a_keyboard_button_with_the_whole_label_beats_a_part_of_another(
    call: Caller, chat: PrivateConversation
) -> None:
    await call("sendMessage", chat_id=7, text="k", reply_markup={"keyboard": [["办事"]]})
    await show(call, "menu", "办事指南")

    assert (await chat.press("办事")).message is not None


async def test_a_press_on_nothing_or_on_several_lists_the_buttons(
    call: Caller, chat: PrivateConversation
) -> None:
    with pytest.raises(AssertionError, match="no button 'x'; visible are:\n  none"):
        await chat.press("x")
    await show(call, "menu", "建议", "投诉建议")
    keys = {"keyboard": [["主菜单"]]}
    await call("sendMessage", chat_id=7, text="keys", reply_markup=keys)

    with pytest.raises(AssertionError, match=r"(?s)no button 'x'.*投诉建议.*主菜单"):
        await chat.press("x")
    with pytest.raises(AssertionError, match="fits several buttons"):
        await chat.press("议")
    assert (await chat.press("建议")).query is not None


async def test_deleted_messages_have_no_buttons(call: Caller, chat: PrivateConversation) -> None:
    shown = await show(call, "menu", "x")
    await call("deleteMessage", chat_id=7, message_id=shown)

    with pytest.raises(AssertionError, match="no button"):
        await chat.press("x")


async def test_keyboard_buttons_write_share_or_open(
    call: Caller, chat: PrivateConversation
) -> None:
    keys = {
        "keyboard": [
            ["办事"],
            [{"text": "位置", "request_location": True}],
            [{"text": "电话", "request_contact": True}],
            [{"text": "地图", "web_app": {"url": "https://a.cn"}}],
        ]
    }
    await call("sendMessage", chat_id=7, text="keys", reply_markup=keys)

    await chat.press("办事")
    await chat.press("位置", location=(39.9, 116.4))
    await chat.press("电话")
    opened = await chat.press("地图")
    with pytest.raises(AssertionError, match="needs location"):
        await chat.press("位置")

    text, place, contact = [update["message"] for update in await call("getUpdates")]
    assert text["text"] == "办事"
    assert place["location"] == {"latitude": 39.9, "longitude": 116.4}
    assert contact["contact"]["user_id"] == 7
    assert contact["contact"]["phone_number"] == chat.person.phone
    assert opened.url == "https://a.cn"


async def test_a_one_time_keyboard_goes_after_one_press(
    call: Caller, chat: PrivateConversation
) -> None:
    keys = {"keyboard": [["好"]], "one_time_keyboard": True}
    await call("sendMessage", chat_id=7, text="keys", reply_markup=keys)

    await chat.press("好")

    assert chat.keyboard == []


async def test_a_link_button_opens_its_address(call: Caller, chat: PrivateConversation) -> None:
    button = {"text": "网页", "url": "https://a.cn/x"}
    await call("sendMessage", chat_id=7, text="a", reply_markup={"inline_keyboard": [[button]]})

    assert (await chat.press("网页")).url == "https://a.cn/x"
    assert await call("getUpdates") == []


async def test_a_press_is_answered_once_and_in_time(
    api: BotApi, call: Caller, chat: PrivateConversation
) -> None:
    too_old = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    await show(call, "menu", "x")
    answered, late, waiting = [await chat.press("x") for _ in range(3)]
    assert answered.query is not None
    assert late.query is not None
    answer = {"callback_query_id": answered.query.id, "text": "字" * 200, "show_alert": True}

    long_refused = await call.refused("answerCallbackQuery", **{**answer, "text": "字" * 201})
    await call("answerCallbackQuery", **answer)

    assert await answered.answered() == {"text": "字" * 200, "show_alert": True, "url": ""}
    assert long_refused == "Bad Request: MESSAGE_TOO_LONG"
    assert await call.refused("answerCallbackQuery", **answer) == too_old
    assert await call.refused("answerCallbackQuery", callback_query_id="nonsense") == too_old
    with pytest.raises(AssertionError, match="was not answered"):
        await waiting.answered(within=0.05)
    api.clock.advance(61)
    assert await call.refused("answerCallbackQuery", callback_query_id=late.query.id) == too_old


async def test_stale_and_made_up_presses_reach_the_bot(
    call: Caller, chat: PrivateConversation
) -> None:
    shown = await show(call, "menu", "x")
    message = chat.last
    await call("editMessageText", chat_id=7, message_id=shown, text="closed")
    await chat.press_data(message, "x")
    await call("deleteMessage", chat_id=7, message_id=shown)
    await chat.press_data(message, "made up")

    stale, gone = [update["callback_query"] for update in await call("getUpdates")]
    assert stale["data"] == "x"
    assert stale["message"]["text"] == "closed"
    assert gone["data"] == "made up"
    assert gone["message"]["date"] == 0


async def test_a_text_too_long_is_sent_in_parts(call: Caller, chat: PrivateConversation) -> None:
    await chat.say("灯" * 10_000)
    await chat.say("😀" * 3_000)

    updates = await call("getUpdates")
    lengths = [len(update["message"]["text"]) for update in updates]
    assert lengths == [4096, 4096, 1808, 2048, 952]
    with pytest.raises(AssertionError, match="empty messages"):
        await chat.say("  ")


async def test_a_start_link_carries_64_plain_characters(
    call: Caller, chat: PrivateConversation
) -> None:
    await chat.start("g-" + "x" * 62)

    (update,) = await call("getUpdates")
    assert update["message"]["text"] == "/start g-" + "x" * 62
    for payload in ("x" * 65, "网格", "a b"):
        with pytest.raises(AssertionError, match="no link carries"):
            await chat.start(payload)


async def test_an_album_is_separate_updates_with_one_group(
    call: Caller, chat: PrivateConversation
) -> None:
    parts = await chat.send_album(3, caption="三张")

    updates = [update["message"] for update in await call("getUpdates")]
    assert [message.id for message in parts] == [update["message_id"] for update in updates]
    assert len({update["media_group_id"] for update in updates}) == 1
    assert [update.get("caption") for update in updates] == ["三张", None, None]
    assert len({update["photo"][-1]["file_unique_id"] for update in updates}) == 3


async def test_edits_replies_and_blocks_reach_the_bot(
    call: Caller, chat: PrivateConversation
) -> None:
    shown = await show(call, "question")
    await chat.say("answr", reply_to=chat.last)
    await chat.edit_last("answer")
    await chat.block()
    with pytest.raises(AssertionError, match="unblock the bot"):
        await chat.say("a")
    await chat.unblock()

    reply, edit, block, unblock = await call("getUpdates")
    assert reply["message"]["reply_to_message"]["message_id"] == shown
    assert edit["edited_message"]["text"] == "answer"
    assert edit["edited_message"]["message_id"] == reply["message"]["message_id"]
    assert block["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    assert unblock["my_chat_member"]["old_chat_member"]["status"] == "kicked"


async def test_one_person_talks_with_several_bots(
    api: BotApi, bot: Bot, other_bot: Bot, call: Caller, chat: PrivateConversation
) -> None:
    other = chat.person.chat_with(other_bot)
    await show(call, "only here")

    assert other.count == 0
    assert other.messages == []
    assert chat.person.chat_with(bot) is chat


async def test_a_transcript_shows_the_chat_as_it_stands(
    call: Caller, chat: PrivateConversation
) -> None:
    await chat.say("路灯坏了")
    await show(call, "在哪里？", "3号楼", "别处")
    await call("sendLocation", chat_id=7, latitude=1, longitude=2)

    assert chat.transcript() == (
        "李: /start\n李: 路灯坏了\nLinli: 在哪里？\n    3号楼\n    别处\nLinli: [location]"
    )


async def test_history_and_calls_can_be_bounded() -> None:
    async with BotApi(history=3, calls_kept=2) as api:
        bot = api.bot("1:a")
        chat = api.person(7).chat_with(bot)
        await chat.start()
        async with Caller(api.base, "1:a") as call:
            for number in range(5):
                await call("sendMessage", chat_id=7, text=str(number))

        assert [message.text for message in chat.messages] == ["2", "3", "4"]
        assert [record.parameters["text"] for record in api.calls] == ["3", "4"]
        assert chat.count == 5
        assert len(chat.unread) == 3
