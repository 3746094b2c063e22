"""What Telegram takes and refuses of messages, keyboards and edits."""

import json
from typing import Any

import aiohttp
import pytest

from tests.bot_api import Bot, BotApi, PrivateConversation
from tests.bot_api.calls import Caller, Refused
from tests.bot_api.entities import parse_html
from tests.bot_api.errors import ApiError
from tests.bot_api.files import make_photo

NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are "
    "exactly the same as a current content and reply markup of the message"
)


def inline(*buttons: dict[str, Any]) -> dict[str, Any]:
    return {"inline_keyboard": [list(buttons)]}


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({}, "message text is empty"),
        ({"text": ""}, "message text is empty"),
        ({"text": " \n "}, "text must be non-empty"),
        ({"text": "<b></b>", "parse_mode": "HTML"}, "text must be non-empty"),
        ({"text": "x" * 4097}, "message is too long"),
        ({"text": "😀" * 2049}, "message is too long"),
        ({"text": "a", "parse_mode": "Fancy"}, "unsupported parse_mode"),
        (
            {"text": "a", "parse_mode": "MarkdownV2"},
            "unsupported parse_mode: this fake does not read MarkdownV2, only HTML",
        ),
        ({"text": "a", "chat_id": ""}, "chat_id is empty"),
        ({"text": "a", "chat_id": 99}, "chat not found"),
        ({"text": "a", "chat_id": -99}, "chat not found"),
        ({"text": "a", "chat_id": "@nobody"}, "chat not found"),
        ({"text": "a", "reply_parameters": {"message_id": 99}}, "message to be replied not found"),
        ({"text": "a", "message_thread_id": 5}, "message thread not found"),
        ({"text": "a", "reply_markup": "{"}, "can't parse reply keyboard markup JSON object"),
        ({"text": "a", "reply_markup": "[]"}, "object expected as reply markup"),
        (
            {"text": "a", "entities": "{}"},
            "can't parse MessageEntity: expected an Array of entities",
        ),
    ],
)
async def test_a_bad_message_is_refused_with_telegrams_words(
    call: Caller, chat: PrivateConversation, arguments: dict[str, Any], reason: str
) -> None:
    refusal = await call.refused("sendMessage", **{"chat_id": 7, **arguments})

    assert refusal == f"Bad Request: {reason}"
    assert chat.count == 0


@pytest.mark.parametrize("text", ["x", "x" * 4096, "😀" * 2048, "<" + "b>" + "x" * 4096 + "</b>"])
async def test_texts_up_to_the_limit_pass(
    call: Caller, chat: PrivateConversation, text: str
) -> None:
    sent = await call("sendMessage", chat_id=7, text=text, parse_mode="HTML")

    assert 1 <= len(sent["text"]) <= 4096


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("a <p>b</p>", 'Unsupported start tag "p" at byte offset 2'),
        ("灯 <p>", 'Unsupported start tag "p" at byte offset 4'),
        ("3 < 5", 'Unsupported start tag "" at byte offset 2'),
        ("a <", "Unclosed start tag at byte offset 2"),
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("a</b>", "Unexpected end tag at byte offset 1"),
        ("<b>a</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<b>a</b", "Unclosed end tag at byte offset 4"),
        ("<a href='x>y</a>", "Unclosed start tag at byte offset 0"),
        ("<a href>y</a>", 'Expected equal sign in declaration of an attribute of the tag "a"'),
        ('<span class="x">y</span>', 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_broken_html_is_refused(source: str, reason: str) -> None:
    with pytest.raises(ApiError) as refusal:
        parse_html(source)

    assert refusal.value.code == 400
    assert refusal.value.description.startswith(f"Bad Request: can't parse entities: {reason}")


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("a &lt;b&gt; &amp; &#33; &nosuch;", "a <b> & ! &nosuch;", []),
        ("<b>粗</b>体", "粗体", [{"type": "bold", "offset": 0, "length": 1}]),
        ("😀<i>x</i>", "😀x", [{"type": "italic", "offset": 2, "length": 1}]),
        (
            "<b>a<i>b</i></b>",
            "ab",
            [
                {"type": "bold", "offset": 0, "length": 2},
                {"type": "italic", "offset": 1, "length": 1},
            ],
        ),
        (
            '<a href="https://a.cn/?x=1&amp;y=2">here</a>',
            "here",
            [{"type": "text_link", "offset": 0, "length": 4, "url": "https://a.cn/?x=1&y=2"}],
        ),
        (
            '<pre><code class="language-py">x</code></pre>',
            "x",
            [{"type": "pre", "offset": 0, "length": 1, "language": "py"}],
        ),
        (
            "<blockquote expandable>q</blockquote>",
            "q",
            [{"type": "expandable_blockquote", "offset": 0, "length": 1}],
        ),
        ("<B>x</B >", "x", [{"type": "bold", "offset": 0, "length": 1}]),
    ],
)
def test_html_becomes_text_and_entities(
    source: str, text: str, entities: list[dict[str, Any]]
) -> None:
    assert parse_html(source) == (text, entities)


async def test_text_is_trimmed_and_entities_follow(call: Caller, chat: PrivateConversation) -> None:
    sent = await call("sendMessage", chat_id=7, text="\n <b>a</b> b \n", parse_mode="HTML")

    assert sent["text"] == "a b"
    assert sent["entities"] == [{"type": "bold", "offset": 0, "length": 1}]


@pytest.mark.parametrize(
    ("button", "reason"),
    [
        ({"text": "x", "callback_data": "d" * 65}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "callback_data": "诉" * 22}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "callback_data": ""}, "BUTTON_DATA_INVALID"),
        (
            {"text": "x", "callback_data": 5},
            'can\'t parse inline keyboard button: Field "callback_data" must be of type String',
        ),
        (
            {"text": "x"},
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        (
            {"callback_data": "x"},
            "can't parse inline keyboard button: Can't find field \"text\"",
        ),
        ({"text": " ", "callback_data": "x"}, "inline keyboard button text must be non-empty"),
        (
            {"text": "x", "url": "tel:+8610110"},
            "inline keyboard button URL 'tel:+8610110' is invalid: Unsupported URL protocol",
        ),
        (
            {"text": "x", "url": "ftp://a.cn"},
            "inline keyboard button URL 'ftp://a.cn' is invalid: Unsupported URL protocol",
        ),
        (
            {"text": "x", "url": "http://localhost:8080/x"},
            "inline keyboard button URL 'http://localhost:8080/x' is invalid: Wrong HTTP URL",
        ),
        (
            {"text": "x", "url": "https://"},
            "inline keyboard button URL 'https://' is invalid: URL host is empty",
        ),
        (
            {"text": "x", "web_app": {"url": "http://a.cn"}},
            "inline keyboard button Web App URL 'http://a.cn' is invalid: "
            "Only HTTPS links are allowed",
        ),
    ],
)
async def test_a_bad_inline_button_is_refused(
    call: Caller, chat: PrivateConversation, button: dict[str, Any], reason: str
) -> None:
    refusal = await call.refused("sendMessage", chat_id=7, text="a", reply_markup=inline(button))

    assert refusal == f"Bad Request: {reason}"


@pytest.mark.parametrize(
    "button",
    [
        {"text": "x", "callback_data": "d" * 64},
        {"text": "x", "callback_data": "诉" * 21},
        {"text": "x", "url": "https://example.com/a?b=c"},
        {"text": "x", "url": "http://127.0.0.1:8080/x"},
        {"text": "x", "url": "tg://user?id=7"},
        {"text": "x", "url": "example.com:80/x"},
        {"text": "x", "web_app": {"url": "https://a.cn"}},
        {"text": "x", "copy_text": {"text": "2026-00017"}},
    ],
)
async def test_good_inline_buttons_pass(
    call: Caller, chat: PrivateConversation, button: dict[str, Any]
) -> None:
    sent = await call("sendMessage", chat_id=7, text="a", reply_markup=inline(button))

    assert sent["reply_markup"]["inline_keyboard"][0][0]["text"] == "x"


async def test_too_many_buttons_are_refused(call: Caller, chat: PrivateConversation) -> None:
    row = [{"text": "x", "callback_data": "x"}]

    refusal = await call.refused(
        "sendMessage", chat_id=7, text="a", reply_markup={"inline_keyboard": [row] * 101}
    )

    assert refusal == "Bad Request: reply markup is too long"


async def test_a_reply_keyboard_stands_until_it_is_removed(
    call: Caller, chat: PrivateConversation
) -> None:
    keys = {"keyboard": [["办事", {"text": "位置", "request_location": True}]]}
    await call("sendMessage", chat_id=7, text="a", reply_markup=keys)
    await call("sendMessage", chat_id=7, text="b")
    standing = chat.keyboard
    await call("sendMessage", chat_id=7, text="c", reply_markup={"remove_keyboard": True})

    assert standing == [["办事", "位置"]]
    assert chat.keyboard == []


async def test_json_urlencoded_and_multipart_bodies_mean_the_same(
    call: Caller, chat: PrivateConversation
) -> None:
    markup = inline({"text": "好 & +%", "callback_data": "x"})
    plain = {"chat_id": "7", "text": "a+b & 100% 灯", "reply_markup": json.dumps(markup)}
    multipart = aiohttp.FormData(plain, default_to_multipart=True)

    as_json = await call("sendMessage", chat_id=7, text="a+b & 100% 灯", reply_markup=markup)
    as_form = await call.post("sendMessage", data=plain)
    as_multipart = await call.post("sendMessage", data=multipart)
    as_query = await call.post("sendMessage", params=plain)

    for sent in (as_json, as_form, as_multipart, as_query):
        assert sent["text"] == "a+b & 100% 灯"
        assert sent["reply_markup"] == markup
    ids = [sent["message_id"] for sent in (as_json, as_form, as_multipart, as_query)]
    assert ids == sorted(set(ids))


async def test_options_without_effect_here_are_accepted(
    call: Caller, chat: PrivateConversation
) -> None:
    sent = await call(
        "sendMessage",
        chat_id=7,
        text="a",
        protect_content=True,
        disable_notification=True,
        link_preview_options={"is_disabled": True},
    )

    assert sent["has_protected_content"] is True


async def test_an_edit_must_change_something(call: Caller, chat: PrivateConversation) -> None:
    menu = inline({"text": "x", "callback_data": "1"})
    bold = {"text": "<b>a</b>", "parse_mode": "HTML", "reply_markup": menu}
    sent = await call("sendMessage", chat_id=7, **bold)
    message = {"chat_id": 7, "message_id": sent["message_id"]}
    same = {**message, **bold}

    same_refused = await call.refused("editMessageText", **same)
    markup_refused = await call.refused("editMessageReplyMarkup", **message, reply_markup=menu)
    edited = await call("editMessageText", **{**same, "parse_mode": ""})
    plainer = await call("editMessageText", **message, text="<b>a</b>")
    bare_refused = await call.refused("editMessageReplyMarkup", **message)

    assert same_refused == markup_refused == bare_refused == NOT_MODIFIED
    assert edited["text"] == "<b>a</b>"
    assert edited["edit_date"] >= edited["date"]
    assert "reply_markup" not in plainer
    assert chat.last.edits == 2
    assert chat.count == 3


async def test_only_the_right_messages_can_be_edited(
    call: Caller, chat: PrivateConversation
) -> None:
    keys = {"keyboard": [["x"]]}
    mine = await call("sendMessage", chat_id=7, text="a")
    keyed = await call("sendMessage", chat_id=7, text="a", reply_markup=keys)
    photo = await _send_photo(call)
    location = await call("sendLocation", chat_id=7, latitude=1, longitude=2)
    theirs = await chat.say("hello")

    async def refused(method: str, message_id: int, **arguments: Any) -> str:
        return await call.refused(method, chat_id=7, message_id=message_id, **arguments)

    text = {"text": "b"}
    assert await refused("editMessageText", 999, **text) == "Bad Request: message to edit not found"
    assert await refused("editMessageText", theirs.id, **text) == (
        "Bad Request: message can't be edited"
    )
    assert await refused("editMessageText", keyed["message_id"], **text) == (
        "Bad Request: message can't be edited"
    )
    assert await refused("editMessageText", photo["message_id"], **text) == (
        "Bad Request: there is no text in the message to edit"
    )
    assert await refused("editMessageCaption", location["message_id"], caption="b") == (
        "Bad Request: there is no caption in the message to edit"
    )
    assert await refused("editMessageText", mine["message_id"], text="b", reply_markup=keys) == (
        "Bad Request: inline keyboard expected"
    )
    assert await call.refused("editMessageText", text="b") == (
        "Bad Request: message identifier is not specified"
    )


async def test_captions_have_their_own_limit(call: Caller, chat: PrivateConversation) -> None:
    photo = await _send_photo(call, caption="x" * 1024)

    refusal = await call.refused(
        "editMessageCaption", chat_id=7, message_id=photo["message_id"], caption="x" * 1025
    )
    emptied = await call("editMessageCaption", chat_id=7, message_id=photo["message_id"])

    assert len(photo["caption"]) == 1024
    assert refusal == "Bad Request: message caption is too long"
    assert "caption" not in emptied


async def test_messages_are_deleted_once_and_within_two_days(
    api: BotApi, call: Caller, chat: PrivateConversation
) -> None:
    first = await call("sendMessage", chat_id=7, text="a")
    second = await call("sendMessage", chat_id=7, text="b")
    one, two = ({"chat_id": 7, "message_id": sent["message_id"]} for sent in (first, second))

    assert await call("deleteMessage", **one) is True
    assert await call.refused("deleteMessage", **one) == "Bad Request: message to delete not found"
    api.clock.advance(48 * 3600 + 1)
    assert await call.refused("deleteMessage", **two) == (
        "Bad Request: message can't be deleted for everyone"
    )
    assert [message.text for message in chat.messages] == ["b"]


async def test_several_messages_are_deleted_at_once(
    call: Caller, chat: PrivateConversation
) -> None:
    ids = [(await call("sendMessage", chat_id=7, text="a"))["message_id"] for _ in range(3)]

    await call("deleteMessages", chat_id=7, message_ids=[*ids, 999])
    too_many = await call.refused("deleteMessages", chat_id=7, message_ids=list(range(101)))

    assert chat.messages == []
    assert too_many == "Bad Request: too many message identifiers specified"


async def test_protected_messages_are_not_passed_on(
    call: Caller, chat: PrivateConversation
) -> None:
    sent = await call("sendMessage", chat_id=7, text="a", protect_content=True)
    source = {"chat_id": 7, "from_chat_id": 7, "message_id": sent["message_id"]}

    forwarding = await call.refused("forwardMessage", **source)
    copying = await call.refused("copyMessage", **source)
    missing = await call.refused("copyMessage", **{**source, "message_id": 99})

    assert forwarding == "Bad Request: the message can't be forwarded"
    assert copying == "Bad Request: the message can't be copied"
    assert missing == "Bad Request: message to copy not found"


async def test_reactions_come_from_telegrams_list(call: Caller, chat: PrivateConversation) -> None:
    heard = await chat.say("a")
    where = {"chat_id": 7, "message_id": heard.id}

    async def react(*emoji: str) -> Any:
        reaction = [{"type": "emoji", "emoji": one} for one in emoji]
        return await call("setMessageReaction", **where, reaction=reaction)

    await react("❤️")
    with pytest.raises(Refused, match="REACTION_INVALID"):
        await react("🚧")
    with pytest.raises(Refused, match="REACTIONS_TOO_MANY"):
        await react("👀", "👍")
    assert heard.reactions == ["❤"]
    await react()
    assert heard.reactions == []


async def test_who_may_be_written_to(
    api: BotApi, bot: Bot, call: Caller, chat: PrivateConversation
) -> None:
    api.person(8)
    await chat.block()
    blocked = await call.refused("sendMessage", chat_id=7, text="a")
    typing = await call.refused("sendChatAction", chat_id=7, action="typing")
    await chat.unblock()
    welcome = await call("sendMessage", chat_id=7, text="a")
    stranger = await call.refused("sendMessage", chat_id=8, text="a")

    assert blocked == typing == "Forbidden: bot was blocked by the user"
    assert welcome["chat"] == {"id": 7, "type": "private", "first_name": "李"}
    assert stranger == "Forbidden: bot can't initiate conversation with a user"
    with pytest.raises(Refused) as refusal:
        await call("sendMessage", chat_id=8, text="a")
    assert (refusal.value.status, refusal.value.body["error_code"]) == (403, 403)


async def test_tokens_and_methods_are_checked(api: BotApi, bot: Bot, call: Caller) -> None:
    async with Caller(api.base, "1:unknown") as unknown, Caller(api.base, "nonsense") as nonsense:
        unauthorised = await unknown.refused("getMe")
        no_token = await nonsense.refused("getMe")
    no_method = await call.refused("sendTelepathy")
    with pytest.raises(Refused) as refusal:
        await call("sendTelepathy")

    assert unauthorised == "Unauthorized"
    assert no_token == "Not Found"
    assert no_method == "Not Found: method not found"
    assert refusal.value.status == 404
    assert (await call("GETME"))["username"] == "first_bot"


async def test_an_unready_body_is_refused(call: Caller, chat: PrivateConversation) -> None:
    with pytest.raises(Refused, match="can't parse JSON object"):
        await call.post("sendMessage", data=b"{", headers={"Content-Type": "application/json"})


@pytest.mark.parametrize(
    ("method", "arguments", "reason"),
    [
        ("sendLocation", {"longitude": 1}, "latitude is empty"),
        ("sendLocation", {"latitude": 91, "longitude": 1}, "wrong location specified"),
        ("sendContact", {"first_name": "a"}, 'parameter "phone_number" is required'),
        ("sendChatAction", {"action": "dancing"}, "wrong parameter action in request"),
        ("setMyCommands", {"commands": "x"}, "can't parse commands JSON object"),
        (
            "setMyCommands",
            {"commands": [{"command": "Start", "description": "x"}]},
            "BOT_COMMAND_INVALID",
        ),
        (
            "setMyCommands",
            {"commands": [{"command": "start", "description": ""}]},
            "BOT_COMMAND_DESCRIPTION_INVALID",
        ),
        (
            "setMyCommands",
            {"commands": [], "language_code": "zh_CN"},
            "invalid language code specified",
        ),
        (
            "setMyCommands",
            {"commands": [], "scope": {"type": "chat", "chat_id": 99}},
            "chat not found",
        ),
        ("setMyDescription", {"description": "x" * 513}, "BOT_ABOUT_TOO_LONG"),
        ("setMyShortDescription", {"short_description": "x" * 121}, "BOT_ABOUT_TOO_LONG"),
        (
            "setChatMenuButton",
            {"menu_button": {"type": "dance"}},
            "can't parse menu button: unsupported type specified",
        ),
    ],
)
async def test_other_methods_check_their_arguments(
    call: Caller, chat: PrivateConversation, method: str, arguments: dict[str, Any], reason: str
) -> None:
    refusal = await call.refused(method, **{"chat_id": 7, **arguments})

    assert refusal == f"Bad Request: {reason}"


async def test_commands_are_kept_by_scope_and_language(
    api: BotApi, bot: Bot, call: Caller, chat: PrivateConversation
) -> None:
    def menu(name: str) -> list[dict[str, str]]:
        return [{"command": name, "description": "x"}]

    await call("setMyCommands", commands=menu("plain"))
    await call("setMyCommands", commands=menu("chinese"), language_code="zh")
    general = chat.commands
    scope = {"type": "chat", "chat_id": 7}
    await call("setMyCommands", commands=menu("worker"), scope=scope)
    special = chat.commands
    english = api.person(8, language_code="en").chat_with(bot).commands
    await call("deleteMyCommands", scope=scope)

    assert general == ["chinese"]
    assert special == ["worker"]
    assert english == ["plain"]
    assert chat.commands == ["chinese"]


async def _send_photo(call: Caller, **arguments: str) -> Any:
    form = aiohttp.FormData({"chat_id": "7", **arguments})
    form.add_field("photo", make_photo(), filename="a.jpg")
    return await call.post("sendPhoto", data=form)
