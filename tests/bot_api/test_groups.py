"""Supergroups and their topics."""

from typing import Any

import pytest

from tests.bot_api import Bot, BotApi, Group, GroupConversation
from tests.bot_api.calls import Caller


@pytest.fixture
def group(api: BotApi, bot: Bot) -> Group:
    group = api.group(-1001, "网格", is_forum=True)
    group.join(api.person(7, first_name="李"))
    group.add_bot(bot, administrator=True)
    bot.updates.drop()
    return group


@pytest.fixture
def member(api: BotApi, group: Group) -> GroupConversation:
    return api.person(7).in_group(group)


async def test_members_and_bots_talk_in_a_group(
    call: Caller, group: Group, member: GroupConversation
) -> None:
    await member.say("hello")
    (update,) = await call("getUpdates")
    sent = await call("sendMessage", chat_id=-1001, text="hi", reply_markup={
        "inline_keyboard": [[{"text": "接单", "callback_data": "take"}]]})  # fmt: skip
    shown = await member.expect("hi")
    await member.press("接单")
    press = (await call("getUpdates"))[-1]["callback_query"]

    assert update["message"]["chat"] == {
        "id": -1001,
        "type": "supergroup",
        "title": "网格",
        "is_forum": True,
    }
    assert sent["message_id"] == shown.id == 2
    assert press["from"]["id"] == 7
    assert press["message"]["chat"]["id"] == -1001


async def test_a_topic_is_made_used_closed_and_deleted(
    call: Caller, group: Group, member: GroupConversation
) -> None:
    topic = await call("createForumTopic", chat_id=-1001, name="2026-00017")
    thread: dict[str, Any] = {"chat_id": -1001, "message_thread_id": topic["message_thread_id"]}
    await call("sendMessage", **thread, text="in the topic")
    await member.say("so am I", thread=topic["message_thread_id"])
    await call("editForumTopic", **thread, name="2026-00017 ✅")
    await call("closeForumTopic", **thread)
    name = group.topics[topic["message_thread_id"]].name
    update = (await call("getUpdates"))[-1]
    await call("deleteForumTopic", **thread)

    assert name == "2026-00017 ✅"
    assert update["message"]["message_thread_id"] == topic["message_thread_id"]
    assert update["message"]["is_topic_message"] is True
    assert member.messages == []
    assert await call.refused("sendMessage", **thread, text="a") == (
        "Bad Request: message thread not found"
    )


@pytest.mark.parametrize(
    ("method", "arguments", "reason"),
    [
        ("createForumTopic", {"name": ""}, "TOPIC_TITLE_EMPTY"),
        ("createForumTopic", {"name": "x" * 129}, "TOPIC_TITLE_TOO_LONG"),
        ("closeForumTopic", {"message_thread_id": 99}, "TOPIC_ID_INVALID"),
        (
            "sendMessage",
            {
                "text": "a",
                "reply_markup": {"keyboard": [[{"text": "x", "request_location": True}]]},
            },
            "location can be requested in private chats only",
        ),
        (
            "sendMessage",
            {
                "text": "a",
                "reply_markup": {"keyboard": [[{"text": "x", "request_contact": True}]]},
            },
            "phone number can be requested in private chats only",
        ),
        (
            "sendMessage",
            {
                "text": "a",
                "reply_markup": {
                    "inline_keyboard": [[{"text": "x", "web_app": {"url": "https://a.cn"}}]]
                },
            },
            "BUTTON_TYPE_INVALID",
        ),
    ],
)
async def test_groups_refuse_what_only_fits_elsewhere(
    call: Caller, group: Group, method: str, arguments: dict[str, Any], reason: str
) -> None:
    refusal = await call.refused(method, chat_id=-1001, **arguments)

    assert refusal == f"Bad Request: {reason}"


async def test_a_plain_member_sees_only_what_is_meant_for_it(
    api: BotApi, bot: Bot, call: Caller, member: GroupConversation, group: Group
) -> None:
    group.add_bot(bot)
    own = await call("sendMessage", chat_id=-1001, text="a")
    bot.updates.drop()

    await member.say("plain talk")
    await member.say("/status")
    await member.say("/status@somebody_else")
    await member.say("hey @first_bot")
    await member.say("answer", reply_to=group.messages[own["message_id"]])

    texts = [update["message"]["text"] for update in await call("getUpdates")]
    assert texts == ["/status", "hey @first_bot", "answer"]
    assert await call.refused("createForumTopic", chat_id=-1001, name="x") == (
        "Bad Request: not enough rights to create a topic"
    )


async def test_a_bot_that_is_out_cannot_write(bot: Bot, call: Caller, group: Group) -> None:
    group.remove_bot(bot)
    kicked = await call.refused("sendMessage", chat_id=-1001, text="a")
    (update,) = await call("getUpdates")
    group.add_bot(bot)
    await call("leaveChat", chat_id=-1001)
    left = await call.refused("sendMessage", chat_id=-1001, text="a")

    assert kicked == "Forbidden: bot was kicked from the supergroup chat"
    assert update["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    assert left == "Forbidden: bot is not a member of the supergroup chat"


async def test_pins_and_members_are_known(
    api: BotApi, bot: Bot, call: Caller, group: Group
) -> None:
    api.person(8)
    sent = await call("sendMessage", chat_id=-1001, text="a")
    await call("pinChatMessage", chat_id=-1001, message_id=sent["message_id"])
    pinned = [message.id for message in group.pinned]
    await call("unpinChatMessage", chat_id=-1001)

    assert pinned == [sent["message_id"]]
    assert group.pinned == []
    assert await call("getChatMemberCount", chat_id=-1001) == 2
    assert (await call("getChatMember", chat_id=-1001, user_id=7))["status"] == "member"
    assert (await call("getChatMember", chat_id=-1001, user_id=8))["status"] == "left"
    (administrator,) = await call("getChatAdministrators", chat_id=-1001)
    assert administrator["user"] == bot.user
    assert (await call("getChat", chat_id=-1001))["permissions"]["can_send_messages"] is True
