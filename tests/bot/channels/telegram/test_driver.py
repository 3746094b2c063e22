"""What the Telegram driver must do with either framework, shown against the strict fake Bot API."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from hashlib import blake2s
from pathlib import Path

import pytest
from hypothesis import given, strategies

from bot.channels.ports import (
    Blocked,
    ChannelError,
    Delivery,
    Redacted,
    Rejected,
    StoredFile,
    TryLater,
    Unclear,
)
from bot.channels.telegram import updates
from bot.channels.telegram.clients import Framework
from bot.channels.telegram.command_lists import COMMANDS
from bot.channels.telegram.driver import MAX_PHOTO_BYTES, TelegramDriver
from bot.channels.telegram.references import Reference
from bot.channels.telegram.refusals import refusal
from bot.channels.telegram.updates import ALLOWED_UPDATES
from bot.words.wording import wording_for
from domain.messages import (
    Awaiting,
    Card,
    Channel,
    FileKind,
    Incoming,
    Lane,
    Line,
    Message,
    Side,
    Tone,
    Unfit,
    text,
)
from domain.people import Language
from domain.places.points import Point
from tests.bot.channels.conftest import (
    NOW,
    arrived,
    button,
    delivery,
    methods,
    opened,
    said,
    texts,
    words,
)
from tests.bot_api import Bot, BotApi, FaultKind, PrivateConversation
from tests.bot_api.files import make_photo
from tests.plain_files import fetched

Store = Callable[..., StoredFile]
CHINESE = wording_for(Language.CHINESE)


# --- what is shown -------------------------------------------------------------------------------


async def test_a_message_arrives_with_its_formatting_and_buttons(
    driver: TelegramDriver, chat: PrivateConversation
) -> None:
    card = Card(
        title=words("2026-00017 <b>"), lines=(Line(words("地点"), "A & B"),), tone=Tone.DONE
    )
    message = Message(blocks=(words("您好"), card), choices=((button("接受", "take:1"),),))

    reference = await driver.send(delivery(message))

    shown = chat.last
    assert shown.text == "您好\n\n✅ 2026-00017 <b>\n地点：A & B"
    assert [entity["type"] for entity in shown.entities] == ["bold"]
    assert shown.button_rows == [[{"text": "接受", "callback_data": "take:1"}]]
    assert reference == str(shown.id)


async def test_words_follow_the_readers_language_and_day(
    driver: TelegramDriver, chat: PrivateConversation
) -> None:
    card = Card(title=words("x"), lines=(Line(words("by"), NOW + timedelta(days=1)),))
    message = Message(blocks=(card,))

    await driver.send(delivery(message, language=Language.ENGLISH))
    await driver.send(delivery(message, language=Language.CHINESE))

    assert texts(chat) == ["x\nby: tomorrow (25 Nov) 14:30", "x\nby：明天（11月25日）14:30"]


async def test_links_are_never_previewed_and_only_secrets_are_protected(
    driver: TelegramDriver, chat: PrivateConversation, api: BotApi
) -> None:
    await driver.send(delivery("https://example.org"))
    await driver.send(delivery(said("123 456", secret=True)))

    previews = [call.parameters["link_preview_options"] for call in api.calls_of("sendMessage")]
    assert all("true" in str(preview).lower() for preview in previews)
    assert [message.protected for message in chat.messages] == [False, True]


async def test_the_emphasised_button_keeps_its_colour(
    driver: TelegramDriver, chat: PrivateConversation
) -> None:
    await driver.send(delivery(said("x", choices=((replace(button("提交"), emphasis=True),),))))

    assert chat.last.button_rows[0][0]["style"] == "primary"


@pytest.mark.parametrize(
    "hostile",
    [
        "<b>x</i>",
        "</b>&lt;&#x0;",
        "\u202eevil\u2066",
        "a\ud83db",
        "名" * 5000,
        "😀" * 5000,
        "\x00\x08",
        "/start@linli_bot #tag @someone",
        "_*[`",
    ],
)
async def test_hostile_names_and_texts_arrive(
    driver: TelegramDriver, chat: PrivateConversation, hostile: str
) -> None:
    card = Card(title=words(f"甲{hostile}"), lines=(Line(words("名"), hostile),))
    choices = ((button(f"乙{hostile}"),),)

    await driver.send(delivery(Message(blocks=(card,), choices=choices)))

    shown = chat.messages
    assert shown[0].text.startswith("甲")
    assert [len(message.buttons) for message in shown] == [0] * (len(shown) - 1) + [1]


async def test_a_long_message_comes_in_parts_and_the_last_one_bears_the_buttons(
    driver: TelegramDriver, chat: PrivateConversation
) -> None:
    reference = await driver.send(delivery(said("字" * 10_000, choices=((button("好"),),))))

    first, second, third = chat.messages
    assert first.text + second.text + third.text == "字" * 10_000
    assert (first.buttons, third.buttons) == ([], [["好"]])
    assert Reference.parse(reference) == Reference((first.id, second.id, third.id))


async def test_a_message_that_says_nothing_is_not_sent(driver: TelegramDriver, api: BotApi) -> None:
    assert await driver.send(delivery(Message())) is None
    assert methods(api) == []


# --- files ---------------------------------------------------------------------------------------


async def test_one_photo_bears_a_short_text_as_its_caption(
    driver: TelegramDriver, chat: PrivateConversation, stored: Store
) -> None:
    photo = stored()

    await driver.send(delivery(said("路灯", choices=((button("好"),),)), files=[photo]))

    (shown,) = chat.messages
    assert (shown.kind, shown.text, shown.buttons) == ("photo", "路灯", [["好"]])
    assert shown.content == photo.content.read()


@pytest.mark.parametrize(("length", "kinds"), [(1024, ["photo"]), (1025, ["text", "photo"])])
async def test_a_text_too_long_for_a_caption_goes_before_the_photo(
    driver: TelegramDriver, chat: PrivateConversation, stored: Store, length: int, kinds: list[str]
) -> None:
    await driver.send(delivery("字" * length, files=[stored()]))

    assert [message.kind for message in chat.messages] == kinds


@pytest.mark.parametrize(
    ("photos", "albums"), [(1, [1]), (2, [2]), (9, [9]), (10, [10]), (11, [10, 1]), (12, [10, 2])]
)
async def test_photos_come_as_albums_after_the_text(
    driver: TelegramDriver, chat: PrivateConversation, stored: Store, photos: int, albums: list[int]
) -> None:
    files = [stored() for _ in range(photos)]

    await driver.send(delivery("字" * 2000, files=files))

    first, *pictures = chat.messages
    assert first.kind == "text"
    assert [shown.content for shown in pictures] == [file.content.read() for file in files]
    grouped: dict[str | int, int] = {}
    for shown in pictures:
        key = shown.album or shown.id
        grouped[key] = grouped.get(key, 0) + 1
    assert list(grouped.values()) == albums


async def test_voices_follow_the_photos(
    driver: TelegramDriver, chat: PrivateConversation, stored: Store
) -> None:
    voice = stored(FileKind.VOICE, b"OggS" + b"\x01" * 500, "audio/ogg")
    web_voice = stored(FileKind.VOICE, b"webm" + b"\x01" * 500, "audio/webm")

    await driver.send(delivery("听", files=[voice, web_voice, stored(), stored()]))

    assert [message.kind for message in chat.messages] == [
        "text",
        "photo",
        "photo",
        "voice",
        "document",
    ]
    assert chat.messages[3].content == voice.content.read()


async def test_a_photo_too_large_for_telegram_goes_as_a_file(
    driver: TelegramDriver, chat: PrivateConversation, stored: Store
) -> None:
    large = stored(content=make_photo() + b"\x00" * MAX_PHOTO_BYTES)

    await driver.send(delivery("大", files=[large]))
    await driver.send(delivery("两张", files=[stored(), large]))

    assert [message.kind for message in chat.messages] == [
        "text",
        "document",
        "text",
        "photo",
        "document",
    ]


async def test_a_file_with_a_name_of_its_own_keeps_it(
    driver: TelegramDriver, bot: Bot, chat: PrivateConversation, stored: Store
) -> None:
    page = replace(
        stored(FileKind.DOCUMENT, b"<p>", "text/html"), name="我的邻里资料-2026-11-24.html"
    )
    archive = replace(
        stored(FileKind.DOCUMENT, b"PK", "application/zip"), name="我的邻里资料-2026-11-24.zip"
    )

    await driver.send(delivery(Message(), files=[page, archive]))

    sent = [message.payload(bot)["document"]["file_name"] for message in chat.messages]
    assert sent == [page.name, archive.name]
    assert [message.content for message in chat.messages] == [b"<p>", b"PK"]


async def test_a_file_that_is_gone_does_not_hold_up_the_rest(
    driver: TelegramDriver, chat: PrivateConversation, stored: Store
) -> None:
    gone, there, empty = stored(), stored(), stored(content=b"")
    gone.content.path.unlink()

    await driver.send(delivery("一张", files=[gone]))
    await driver.send(delivery("三张", files=[gone, there, empty]))

    assert [(message.kind, message.text) for message in chat.messages] == [
        ("text", "一张"),
        ("text", "三张"),
        ("photo", ""),
    ]


async def test_files_of_a_secret_message_are_protected(
    driver: TelegramDriver, chat: PrivateConversation, stored: Store
) -> None:
    voice = stored(FileKind.VOICE, b"OggS" + b"\x01" * 500, "audio/ogg")

    await driver.send(delivery(said("x", secret=True), files=[stored(), stored(), voice]))
    await driver.send(delivery(said("x", secret=True), files=[stored()]))

    assert len(chat.messages) == 5
    assert all(message.protected for message in chat.messages)


# --- keyboards that ask --------------------------------------------------------------------------


async def test_a_question_for_a_place_keeps_its_buttons_and_brings_the_native_one(
    driver: TelegramDriver, chat: PrivateConversation
) -> None:
    asked = said("在哪里？", choices=((button("跳过"),),), awaiting=Awaiting.PLACE)

    await driver.send(delivery(asked))

    question, line = chat.messages
    assert question.buttons == [["跳过"]]
    assert line.text == CHINESE.text(text("channels.share_place_hint"))
    assert chat.keyboard == [[CHINESE.text(text("channels.share_place"))]]


async def test_the_native_button_sends_the_place_and_folds_away(
    driver: TelegramDriver, chat: PrivateConversation, bot: Bot
) -> None:
    await driver.send(delivery(said("在哪里？", awaiting=Awaiting.PLACE)))

    await chat.press(CHINESE.text(text("channels.share_place")), location=(31.2, 121.5))

    (one,) = arrived(driver, bot)
    assert one is not None
    assert one.place == Point(latitude=31.2, longitude=121.5)
    assert chat.keyboard == []


async def test_the_native_button_sends_the_persons_own_number(
    driver: TelegramDriver, chat: PrivateConversation, bot: Bot
) -> None:
    await driver.send(delivery(said("电话？", awaiting=Awaiting.CONTACT)))

    await chat.press(CHINESE.text(text("channels.share_phone")))

    (one,) = arrived(driver, bot)
    assert one is not None
    assert one.phone == "+8613000000007"


async def test_the_next_answer_takes_the_native_button_away(
    driver: TelegramDriver, chat: PrivateConversation
) -> None:
    await driver.send(delivery(said("在哪里？", awaiting=Awaiting.PLACE)))
    _, line = chat.messages

    await driver.send(delivery(said("照片？", choices=((button("跳过"),),))))

    assert line.deleted
    assert texts(chat) == ["在哪里？", "照片？"]


async def test_a_plain_answer_takes_a_keyboard_away_that_another_process_showed(
    api: BotApi, framework: Framework, chat: PrivateConversation
) -> None:
    async with opened(api, framework) as before:
        await before.send(delivery(said("在哪里？", awaiting=Awaiting.PLACE)))

    async with opened(api, framework) as after:
        await after.send(delivery("好的"))

    assert chat.keyboard == []


async def test_news_leave_the_native_button_alone(
    driver: TelegramDriver, chat: PrivateConversation
) -> None:
    await driver.send(delivery(said("在哪里？", awaiting=Awaiting.PLACE)))

    await driver.send(delivery(said("有进展", choices=((button("看"),),)), lane=Lane.NOTICE))

    assert chat.keyboard != []
    assert len(chat.messages) == 3


async def test_one_question_after_the_other_shows_one_native_button(
    driver: TelegramDriver, chat: PrivateConversation
) -> None:
    await driver.send(delivery(said("在哪里？", awaiting=Awaiting.PLACE)))
    await driver.send(delivery(said("电话？", awaiting=Awaiting.CONTACT)))

    assert chat.keyboard == [[CHINESE.text(text("channels.share_phone"))]]
    assert texts(chat) == ["在哪里？", "电话？", CHINESE.text(text("channels.share_phone_hint"))]


@pytest.mark.parametrize("awaiting", [Awaiting.TEXT, Awaiting.PHOTOS, Awaiting.VOICE, None])
async def test_other_questions_bring_no_keyboard(
    driver: TelegramDriver, chat: PrivateConversation, awaiting: Awaiting | None
) -> None:
    await driver.send(delivery(said("？", awaiting=awaiting)))

    assert (texts(chat), chat.keyboard) == (["？"], [])


async def test_elder_mode_reaches_the_chat(
    driver: TelegramDriver, chat: PrivateConversation
) -> None:
    await driver.send(delivery(said("x", choices=((button("是"), button("否")),)), elder=True))

    assert chat.last.buttons == [["是"], ["否"]]


# --- messages that take another's place ----------------------------------------------------------


async def replaced(driver: TelegramDriver, first: Delivery, second: Delivery) -> str | None:
    reference = await driver.send(first)
    return await driver.send(replace(second, replaces=reference))


def slot(words: str, *labels: str) -> Message:
    rows = tuple((button(label),) for label in labels)
    return said(words, choices=rows, slot="case-1")


async def test_a_later_message_of_a_slot_edits_the_earlier_one(
    driver: TelegramDriver, chat: PrivateConversation
) -> None:
    reference = await replaced(
        driver, delivery(slot("待接", "接受", "退回")), delivery(slot("已接", "办结"))
    )

    (shown,) = chat.messages
    assert (shown.text, shown.buttons, shown.edits) == ("已接", [["办结"]], 1)
    assert reference == str(shown.id)


async def test_what_was_not_kept_is_taken_out_of_the_chat(
    driver: TelegramDriver, chat: PrivateConversation
) -> None:
    mine = await chat.say("只说给上级听的")

    await driver.send(delivery(said("没有留下", takes_back=(str(mine.id), "99"))))

    assert texts(chat) == ["没有留下"]
    assert mine.id not in chat.chat.messages


async def test_an_edit_without_buttons_takes_them_away(
    driver: TelegramDriver, chat: PrivateConversation
) -> None:
    await replaced(driver, delivery(slot("待接", "接受")), delivery(slot("完成")))

    assert (chat.last.text, chat.last.buttons) == ("完成", [])


async def test_an_edit_that_changes_nothing_is_a_success(
    driver: TelegramDriver, chat: PrivateConversation
) -> None:
    reference = await replaced(driver, delivery(slot("同", "好")), delivery(slot("同", "好")))

    (shown,) = chat.messages
    assert (shown.edits, reference) == (0, str(shown.id))


async def test_a_message_that_the_person_deleted_is_sent_anew(
    driver: TelegramDriver, chat: PrivateConversation
) -> None:
    reference = await driver.send(delivery(slot("旧", "好")))
    chat.chat.messages.clear()

    reference = await driver.send(delivery(slot("新", "好"), replaces=reference))

    (shown,) = chat.messages
    assert (shown.text, shown.edits, reference) == ("新", 0, str(shown.id))


@pytest.mark.parametrize(
    "unknown", ["", "x", "12+", "tickets.show:7", "1.2.x", "c1:zz", "99999999999999"]
)
async def test_a_reference_from_elsewhere_is_sent_anew(
    driver: TelegramDriver, chat: PrivateConversation, unknown: str
) -> None:
    await driver.send(delivery(slot("新"), replaces=unknown))

    assert texts(chat) == ["新"]


async def test_what_renews_is_sent_and_the_earlier_message_goes(
    driver: TelegramDriver, chat: PrivateConversation
) -> None:
    """An edit rings nowhere: who is reminded again must hear it."""
    before = await driver.send(delivery(slot("旧", "好")))

    after = await driver.send(delivery(replace(slot("新", "好"), renews=True), replaces=before))

    (shown,) = chat.messages
    assert (shown.text, shown.edits) == ("新", 0)
    assert after == str(shown.id) != before


@pytest.mark.parametrize(("before", "after"), [(1, 3), (3, 1), (3, 2), (2, 2)])
async def test_texts_of_several_parts_are_edited_part_by_part(
    driver: TelegramDriver, chat: PrivateConversation, before: int, after: int
) -> None:
    old, new = "旧" * 4096 * before, "新" * 4096 * after

    reference = await replaced(driver, delivery(slot(old, "好")), delivery(slot(new, "好")))

    shown = chat.messages
    assert "".join(message.text for message in shown) == new
    assert [message.buttons for message in shown] == [[]] * (after - 1) + [[["好"]]]
    assert Reference.parse(reference) == Reference(tuple(message.id for message in shown))


async def test_pictures_that_come_later_are_added_and_the_text_is_edited(
    driver: TelegramDriver, chat: PrivateConversation, stored: Store
) -> None:
    first, second = stored(), stored()
    reference = await driver.send(delivery(slot("一张", "好"), files=[first]))

    reference = await driver.send(
        delivery(slot("两张", "好"), files=[first, second], replaces=reference)
    )
    reference = await driver.send(
        delivery(slot("两张！", "好"), files=[first, second], replaces=reference)
    )

    captioned, added = chat.messages
    assert (captioned.text, captioned.buttons, captioned.edits) == ("两张！", [["好"]], 2)
    assert (added.kind, added.text) == ("photo", "")
    assert Reference.parse(reference) == Reference(
        caption=(captioned.id, mark(first)), media=((added.id, mark(second)),)
    )


async def test_pictures_are_added_below_a_text(
    driver: TelegramDriver, chat: PrivateConversation, stored: Store
) -> None:
    photos = [stored() for _ in range(3)]
    reference = None
    for number in range(4):
        reference = await driver.send(
            delivery(slot(f"{number}张", "好"), files=photos[:number], replaces=reference)
        )

    assert [(message.kind, message.text) for message in chat.messages] == [
        ("text", "3张"),
        ("photo", ""),
        ("photo", ""),
        ("photo", ""),
    ]


async def test_pictures_that_are_no_more_are_taken_away(
    driver: TelegramDriver, chat: PrivateConversation, stored: Store
) -> None:
    photos = [stored() for _ in range(3)]

    await replaced(
        driver,
        delivery(slot("三张"), files=photos),
        delivery(slot("一张"), files=photos[1:2]),
    )

    assert [(message.kind, message.text) for message in chat.messages] == [
        ("text", "一张"),
        ("photo", ""),
    ]
    assert chat.messages[1].content == photos[1].content.read()


@pytest.mark.parametrize("longer", ["字" * 2000, "字" * 5000])
async def test_a_message_of_another_shape_is_sent_anew_and_the_old_one_taken_away(
    driver: TelegramDriver, chat: PrivateConversation, stored: Store, longer: str
) -> None:
    photo = stored()

    await replaced(
        driver, delivery(slot("短", "好"), files=[photo]), delivery(slot(longer), files=[photo])
    )

    assert "".join(texts(chat)) == longer
    assert [message.kind for message in chat.messages].count("photo") == 1


async def test_a_photo_that_is_no_more_leaves_the_text(
    driver: TelegramDriver, chat: PrivateConversation, stored: Store
) -> None:
    await replaced(driver, delivery(slot("一张"), files=[stored()]), delivery(slot("没有了")))

    assert [(message.kind, message.text) for message in chat.messages] == [("text", "没有了")]


async def test_an_old_message_that_cannot_be_deleted_stays(
    driver: TelegramDriver, chat: PrivateConversation, api: BotApi, stored: Store
) -> None:
    reference = await driver.send(delivery(slot("旧"), files=[stored()]))
    api.clock.advance(49 * 3600)

    await driver.send(delivery(slot("新"), replaces=reference))

    assert texts(chat) == ["旧", "新"]


async def test_a_refused_edit_is_not_sent_anew(
    driver: TelegramDriver, chat: PrivateConversation
) -> None:
    too_long = said("x", choices=((button("x", "a" * 65),),), slot="case-1")
    reference = await driver.send(delivery(slot("旧")))

    with pytest.raises(Rejected):
        await driver.send(delivery(too_long, replaces=reference))

    assert texts(chat) == ["旧"]


def mark(file: StoredFile) -> str:
    return blake2s(file.id.encode(), digest_size=3).hexdigest()


@pytest.mark.parametrize(
    "reference",
    [
        Reference((12,)),
        Reference((12, 13, 20)),
        Reference((900, 12)),
        Reference((12,), None, ((13, "0a1b2c"), (19, "ffffff"))),
        Reference((), (12, "0a1b2c"), ((10, "123456"),)),
        Reference((), None, ((12, "0a1b2c"), (13, "123456"))),
    ],
)
def test_a_reference_is_read_as_it_was_written(reference: Reference) -> None:
    assert Reference.parse(str(reference)) == reference


def test_a_reference_of_many_pictures_fits_into_its_column() -> None:
    many = Reference((10**9,), None, tuple((10**9 + n, "0a1b2c") for n in range(40)))

    assert len(str(many)) <= 200
    parsed = Reference.parse(str(many))
    assert parsed is not None
    assert parsed.texts == many.texts
    assert parsed.media == many.media[: len(parsed.media)]


async def test_a_reply_names_the_message_that_it_is_to(
    driver: TelegramDriver, chat: PrivateConversation, bot: Bot
) -> None:
    long = Message(blocks=(text("menu.welcome", street="长" * 5000),))
    reference = await driver.send(delivery(long))
    assert reference is not None
    first, *_, last = chat.messages
    own = await chat.say("路灯坏了", reply_to=last)
    await chat.say("还是这件", reply_to=own)
    to_ours, to_own = arrived(driver, bot)

    assert to_ours is not None
    assert to_ours.replies_to == str(last.id)
    assert driver.includes(reference, str(last.id))
    assert driver.includes(reference, str(first.id))
    assert to_own is not None
    assert not driver.includes(reference, str(to_own.replies_to))


# --- what goes wrong -----------------------------------------------------------------------------


FAULTS = [
    (FaultKind.TOO_MANY_REQUESTS, {"retry_after": 17}, TryLater),
    (FaultKind.STATUS, {"status": 502}, Unclear),
    (FaultKind.HALF, {}, Unclear),
    (FaultKind.STATUS, {"status": 500}, Unclear),
    (FaultKind.STATUS, {"status": 401}, Unclear),
    (FaultKind.STATUS, {"status": 404}, Unclear),
    (FaultKind.STATUS, {"status": 409}, Unclear),
    (FaultKind.STATUS, {"status": 413}, Rejected),
    (FaultKind.STATUS, {"status": 403}, Blocked),
    (FaultKind.RESET, {}, Unclear),
    (FaultKind.MALFORMED, {}, Unclear),
]


@pytest.mark.parametrize(
    ("method", "kind", "options", "error"),
    [("sendMessage", *fault) for fault in FAULTS]
    + [
        (method, *fault)
        for method in ("editMessageText", "sendPhoto", "sendMediaGroup", "sendVoice")
        for fault in FAULTS[:3]
    ],
)
async def test_every_fault_becomes_the_fitting_error(
    driver: TelegramDriver,
    chat: PrivateConversation,
    api: BotApi,
    stored: Store,
    method: str,
    kind: FaultKind,
    options: dict[str, int],
    error: type[ChannelError],
) -> None:
    voice = stored(FileKind.VOICE, b"OggS" + b"\x01" * 500, "audio/ogg")
    files = {
        "sendPhoto": [stored()],
        "sendMediaGroup": [stored(), stored()],
        "sendVoice": [voice],
    }.get(method, [])
    reference = await driver.send(delivery("旧")) if method == "editMessageText" else None
    api.faults.order(kind, method, **options)

    with pytest.raises(error) as caught:
        await driver.send(delivery("新", files=files, replaces=reference))

    assert type(caught.value) is error
    assert "4242" not in str(caught.value)
    assert api.faults.outstanding == 0
    if isinstance(caught.value, TryLater):
        assert caught.value.seconds == 17


async def test_an_answer_that_never_comes_is_unclear(
    api: BotApi, framework: Framework, chat: PrivateConversation
) -> None:
    api.faults.order(FaultKind.SWALLOWED, "sendMessage")

    async with opened(api, framework, timeout_seconds=0.3) as driver:
        with pytest.raises(Unclear):
            await driver.send(delivery("x"))

    assert texts(chat) == ["x"]


async def test_nobody_at_the_other_end_is_unclear(
    api: BotApi, framework: Framework, chat: PrivateConversation
) -> None:
    async with opened(api, framework) as driver:
        await api.stop()
        with pytest.raises(Unclear):
            await driver.send(delivery("x"))


async def test_a_person_who_blocked_the_bot_is_blocked(
    driver: TelegramDriver, chat: PrivateConversation
) -> None:
    await chat.block()

    with pytest.raises(Blocked):
        await driver.send(delivery("x"))


async def test_somebody_who_never_wrote_is_blocked(
    driver: TelegramDriver, api: BotApi, bot: Bot
) -> None:
    api.person(8).chat_with(bot)

    with pytest.raises(Blocked):
        await driver.send(delivery("x", address="8"))
    with pytest.raises(Blocked):
        await driver.send(delivery("x", address="999"))


async def test_what_telegram_refuses_is_rejected(
    driver: TelegramDriver, chat: PrivateConversation
) -> None:
    with pytest.raises(Rejected) as caught:
        await driver.send(delivery(said("x", choices=((button("x", "a" * 65),),))))

    assert str(caught.value).upper() == "BUTTON_DATA_INVALID"
    assert texts(chat) == []


@pytest.mark.parametrize(
    ("description", "error", "reason"),
    [
        ("Bad Request: chat not found", Blocked, None),
        ("Bad Request: user not found", Blocked, None),
        ("Bad Request: PEER_ID_INVALID", Blocked, None),
        ("Bad Request: message is too long", Rejected, "message is too long"),
        (
            "Bad Request: inline keyboard button URL 'https://a/李' is invalid: no",
            Rejected,
            "inline keyboard button URL … is invalid: no",
        ),
        (
            'Bad Request: can\'t parse entities: Unsupported start tag "李雷" at byte offset 3',
            Rejected,
            "can't parse entities: Unsupported start tag … at byte offset 3",
        ),
        ("Bad Request: chat 13912345678 is odd", Rejected, "chat … is odd"),
        ("Bad Request: " + "x" * 500, Rejected, "x" * 120),
    ],
)
def test_a_refusal_is_judged_and_quotes_nobody(
    description: str, error: type[ChannelError], reason: str | None
) -> None:
    judged = refusal(description)

    assert type(judged) is error
    assert reason is None or str(judged) == reason


def test_a_message_that_is_not_modified_is_no_refusal() -> None:
    assert refusal("Bad Request: message is not modified: specified new message…") is None


@pytest.mark.parametrize("kind", [FaultKind.TOO_MANY_REQUESTS, FaultKind.STATUS, FaultKind.RESET])
@pytest.mark.parametrize("after", range(5))
async def test_the_next_try_goes_on_where_a_fault_stopped_the_first(
    driver: TelegramDriver,
    chat: PrivateConversation,
    api: BotApi,
    stored: Store,
    kind: FaultKind,
    after: int,
) -> None:
    voice = stored(FileKind.VOICE, b"OggS" + b"\x01" * 500, "audio/ogg")
    message = said("字" * 8000, choices=((button("好"),),), awaiting=Awaiting.PLACE)
    one = delivery(message, files=[stored(), stored(), voice])
    # Two texts, an album, a voice, the line that asks: five calls.
    api.faults.order(kind, after=after)

    with pytest.raises(ChannelError):
        await driver.send(one)
    await driver.send(one)

    assert [message.kind for message in chat.messages] == [
        "text",
        "text",
        "photo",
        "photo",
        "voice",
        "text",
    ]


async def test_a_try_that_is_cut_off_is_gone_on_with(
    driver: TelegramDriver, chat: PrivateConversation, api: BotApi
) -> None:
    one = delivery("字" * 8000)
    api.faults.order(FaultKind.SWALLOWED, "sendMessage", after=1)

    cut_off = asyncio.create_task(driver.send(one))
    await chat.expect(where=lambda message: len(message.text) == 3904)
    cut_off.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cut_off
    await driver.send(one)

    # The second part was sent, but nobody said so: an unknown outcome is repeated.
    assert [len(words) for words in texts(chat)] == [4096, 3904, 3904]


async def test_a_confirmed_press_stops_spinning(
    driver: TelegramDriver, chat: PrivateConversation, bot: Bot
) -> None:
    await driver.send(delivery(said("x", choices=((button("好", "ok:1"),),))))
    press = await chat.press("好")
    (one,) = arrived(driver, bot)
    assert one is not None
    assert one.press is not None

    await driver.confirm(one.press)

    assert await press.answered() is not None


async def test_a_press_that_is_too_old_raises_a_channel_error(
    driver: TelegramDriver, bot: Bot
) -> None:
    with pytest.raises(Rejected):
        await driver.confirm("123")


# --- what arrives --------------------------------------------------------------------------------


def incoming(driver: TelegramDriver, one: Incoming | None, **fields: object) -> Incoming:
    """What should have arrived: only the fields named, and those that always stand."""
    assert one is not None
    base = Incoming(
        side=driver.side,
        channel=Channel.TELEGRAM,
        address="7",
        at=one.at,
        language="zh-hans",
        said=one.said,
    )
    return replace(base, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "fields"),
    [
        ("3号楼路灯坏了", {"text": "3号楼路灯坏了"}),
        ("🎉", {"text": "🎉"}),
        ("/menu", {"command": "menu"}),
        ("/Menu@linli_bot", {"command": "menu"}),
        ("/find 2026-00017", {"command": "find", "text": "2026-00017"}),
        ("/find\n一\n二", {"command": "find", "text": "一\n二"}),
        ("/start", {"start": ""}),
        ("/start grid_0102-x", {"start": "grid_0102-x"}),
        ("/3号楼", {"text": "/3号楼"}),
        ("/", {"text": "/"}),
        ("/a/b", {"text": "/a/b"}),
        ("看 /menu", {"text": "看 /menu"}),
    ],
)
async def test_words_and_commands_are_understood(
    any_driver: TelegramDriver,
    chat: PrivateConversation,
    bot: Bot,
    typed: str,
    fields: dict[str, object],
) -> None:
    await chat.say(typed)

    (one,) = arrived(any_driver, bot)

    assert one == incoming(any_driver, one, **fields)


async def test_an_update_says_when_it_was_written(
    driver: TelegramDriver, chat: PrivateConversation, bot: Bot, api: BotApi
) -> None:
    api.clock.stop()
    api.clock.set(NOW)
    await chat.say("x")

    (one,) = arrived(driver, bot)

    assert one is not None
    assert one.at == NOW
    assert one.at.tzinfo is not None


async def test_a_press_is_understood(
    any_driver: TelegramDriver, chat: PrivateConversation, bot: Bot
) -> None:
    reference = await any_driver.send(delivery(said("x", choices=((button("好", "ok:1"),),))))
    press = await chat.press("好")
    assert press.query is not None

    (one,) = arrived(any_driver, bot)

    assert one == incoming(
        any_driver, one, action="ok:1", press=press.query.id, origin=reference, at=NOW
    )


async def test_a_press_on_a_deleted_message_is_understood(
    driver: TelegramDriver, chat: PrivateConversation, bot: Bot
) -> None:
    await driver.send(delivery(said("x", choices=((button("好", "ok:1"),),))))
    shown = chat.last
    shown.deleted = True
    await chat.press_data(shown, "anything: at all \u202e")

    (one,) = arrived(driver, bot)

    assert one is not None
    assert (one.action, one.origin) == ("anything: at all \u202e", str(shown.id))


async def test_a_photo_arrives_in_its_largest_size_with_its_caption(
    driver: TelegramDriver, chat: PrivateConversation, bot: Bot
) -> None:
    content = make_photo(3)
    await chat.send_photo(content, caption="坏了")

    (one,) = arrived(driver, bot)

    assert one is not None
    (file,) = one.files
    assert (one.text, file.kind, file.size_bytes) == ("坏了", FileKind.PHOTO, len(content))
    assert await fetched(driver, file.ref) == content


async def test_an_album_arrives_as_parts_that_belong_together(
    driver: TelegramDriver, chat: PrivateConversation, bot: Bot
) -> None:
    await chat.send_album(3, caption="三张")

    parts = arrived(driver, bot)

    assert [part.text for part in parts if part] == ["三张", None, None]
    assert len({part.album for part in parts if part}) == 1
    assert all(part is not None and part.album and len(part.files) == 1 for part in parts)


async def test_a_voice_arrives_and_can_be_fetched(
    driver: TelegramDriver, chat: PrivateConversation, bot: Bot
) -> None:
    sent = await chat.send_voice()

    (one,) = arrived(driver, bot)

    assert one is not None
    (file,) = one.files
    assert file.kind is FileKind.VOICE
    assert await fetched(driver, file.ref) == sent.content


@pytest.mark.parametrize("mime", ["image/jpeg", "image/png", "image/webp"])
async def test_a_picture_sent_as_a_file_is_a_photo(
    driver: TelegramDriver, chat: PrivateConversation, bot: Bot, mime: str
) -> None:
    content = make_photo(5)
    await chat.send_document("IMG.bin", content, mime_type=mime, caption="原图")

    (one,) = arrived(driver, bot)

    assert one is not None
    (file,) = one.files
    assert (file.kind, one.text, one.unfit) == (FileKind.PHOTO, "原图", None)
    assert await fetched(driver, file.ref) == content


async def test_what_no_step_takes_is_named(
    driver: TelegramDriver, chat: PrivateConversation, api: BotApi, bot: Bot
) -> None:
    large = 25 * 1024 * 1024
    await chat.send_video(size=large, caption="看这里")
    await chat.send_document("a.pdf", mime_type="application/pdf")
    await chat.send_document("a.heic", mime_type="image/heic")
    await chat.send_document("a.png", size=large, mime_type="image/png")
    await chat.send_sticker()
    await chat.share_contact(owner=api.person(8))
    await chat.share_contact("13912345678", owner=api.person(8))
    bot.deliver_raw({"message": raw(dice={"emoji": "🎲", "value": 3})})
    bot.deliver_raw(
        {
            "message": raw(
                audio={"file_id": "a", "file_unique_id": "b", "duration": 3},
            )
        }
    )

    everything = arrived(driver, bot)

    assert [(one.unfit, one.text, one.files, one.phone) for one in everything if one] == [
        (Unfit.VIDEO, "看这里", (), None),
        (Unfit.DOCUMENT, None, (), None),
        (Unfit.DOCUMENT, None, (), None),
        (Unfit.TOO_LARGE, None, (), None),
        (Unfit.STICKER, None, (), None),
        (Unfit.FOREIGN_CONTACT, None, (), None),
        (Unfit.FOREIGN_CONTACT, None, (), None),
        (Unfit.OTHER, None, (), None),
        (Unfit.DOCUMENT, None, (), None),
    ]


async def test_a_place_arrives_also_as_a_venue(
    driver: TelegramDriver, chat: PrivateConversation, bot: Bot
) -> None:
    spot = {"latitude": 31.2, "longitude": 121.5}
    await chat.share_location(31.2, 121.5)
    bot.deliver_raw(
        {
            "message": raw(
                location=spot, venue={"location": spot, "title": "菜场", "address": "南路1号"}
            )
        }
    )

    one, other = arrived(driver, bot)

    place = Point(latitude=31.2, longitude=121.5)
    assert one == incoming(driver, one, place=place)
    assert other == incoming(driver, other, place=place, text="菜场 南路1号", language=None)


def raw(**content: object) -> dict[str, object]:
    return {
        "message_id": 99,
        "date": int(NOW.timestamp()),
        "chat": {"id": 7, "type": "private", "first_name": "李"},
        "from": {"id": 7, "is_bot": False, "first_name": "李"},
        **content,
    }


@pytest.mark.parametrize("given", ["8613900000000", "+8613900000000"])
async def test_a_phone_number_is_international(
    driver: TelegramDriver, chat: PrivateConversation, bot: Bot, given: str
) -> None:
    await chat.share_contact(given)

    (one,) = arrived(driver, bot)

    assert one == incoming(driver, one, phone="+8613900000000")


async def test_a_person_who_leaves_and_comes_back_is_noticed(
    any_driver: TelegramDriver, chat: PrivateConversation, bot: Bot
) -> None:
    await chat.block()
    await chat.unblock()

    gone, back = arrived(any_driver, bot)

    assert gone == incoming(any_driver, gone, left=True)
    assert back == incoming(any_driver, back, left=False)


async def test_what_says_nothing_to_us_is_nothing(
    driver: TelegramDriver, chat: PrivateConversation, bot: Bot, api: BotApi
) -> None:
    group = api.group(-1001)
    await chat.say("x")
    bot.updates.drop()
    await chat.edit_last("y")
    bot.deliver_raw({"message": raw(pinned_message=raw(text="x"))})
    bot.deliver_raw({"message": raw(text="x", chat=group.as_field())})
    bot.deliver_raw({"channel_post": raw(text="x", chat={"id": -5, "type": "channel"})})
    bot.deliver_raw({"message": {**raw(text="x"), "from": {**bot.user}}})
    bot.deliver_raw({"update_of_next_year": {"a": 1}})
    bot.deliver_raw({})

    everything = arrived(driver, bot)

    assert everything == [None] * len(everything)
    assert len(everything) >= 6


@pytest.mark.parametrize(
    "poison",
    [
        {"message": {"message_id": 1}},
        {"message": "x"},
        {"message": raw(location={"latitude": "x", "longitude": {}})},
        {"message": raw(location={"latitude": 123.0, "longitude": 1.0})},
        {"message": raw(location={"latitude": 10**400, "longitude": 1})},
        {"message": raw(date=10**20, text="x")},
        {"callback_query": {"id": "1", "data": "x"}},
        {"message": raw(photo=[{"file_id": "x"}])},
        {"message": raw(photo=["x"])},
        {"message": raw(text=["x"])},
        {"message": raw(text="x", chat={"id": True, "type": "private"})},
        {"message": raw(text="x", chat={"id": "7", "type": "private"})},
        {"message": raw(document={"file_id": 5, "mime_type": "image/png"})},
        {"message": raw(venue={"title": "x", "address": "x"})},
        {"message": raw(text="x", reply_to_message=[])},
        {"message": raw(text="x", reply_to_message={"message_id": "7"})},
    ],
)
async def test_what_cannot_be_understood_raises_a_value_error(
    driver: TelegramDriver, poison: dict[str, object]
) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # whatever it says, it goes into quarantine
        driver.parse({"update_id": 1, **poison})


MESSAGE = {
    **raw(text="路灯坏了", caption="图", media_group_id="1"),
    "photo": [{"file_id": "p", "file_unique_id": "u", "width": 9, "height": 9, "file_size": 5}],
    "voice": {"file_id": "v", "file_unique_id": "u", "duration": 1, "file_size": 5},
    "document": {"file_id": "d", "file_unique_id": "u", "mime_type": "image/png"},
    "location": {"latitude": 34.5, "longitude": 112},
    "venue": {"location": {"latitude": 34, "longitude": 112.5}, "title": "门", "address": "东"},
    "contact": {"phone_number": "13912345678", "first_name": "李", "user_id": 7},
    "reply_to_message": {"message_id": 6, "date": 1, "chat": {"id": 7, "type": "private"}},
}
JSON = strategies.recursive(
    strategies.none() | strategies.booleans() | strategies.integers() | strategies.text(),
    lambda inner: strategies.lists(inner) | strategies.dictionaries(strategies.text(), inner),
    max_leaves=5,
)


@given(strategies.data())
def test_whatever_stands_in_a_field_it_is_read_or_called_no_update(
    data: strategies.DataObject,
) -> None:
    """Nothing but a `ValueError` may come of what somebody put in the place of one field."""
    kept = data.draw(strategies.sets(strategies.sampled_from(sorted(MESSAGE))))
    message = deepcopy({name: value for name, value in MESSAGE.items() if name in kept})
    inner = [one for one in (message, *message.values()) if isinstance(one, dict) and one]
    fields = data.draw(strategies.sampled_from(inner)) if inner else message
    if fields:
        fields[data.draw(strategies.sampled_from(sorted(fields)))] = data.draw(JSON)

    for update in ({"message": message}, {"callback_query": message}, {"my_chat_member": message}):
        with suppress(ValueError):
            updates.incoming(update, Side.RESIDENTS, NOW)


# --- downloads -----------------------------------------------------------------------------------


async def test_a_file_of_twenty_megabytes_is_the_most(
    driver: TelegramDriver, chat: PrivateConversation, bot: Bot
) -> None:
    await chat.send_document("a.png", size=20 * 1024 * 1024, mime_type="image/png")
    sent = await chat.send_document("b.png", size=20 * 1024 * 1024 + 1, mime_type="image/png")
    fits, large = arrived(driver, bot)

    assert fits is not None
    assert len(await fetched(driver, fits.files[0].ref)) == 20 * 1024 * 1024
    assert large is not None
    assert large.unfit is Unfit.TOO_LARGE
    with pytest.raises(Rejected):
        await fetched(driver, sent.payload(bot)["document"]["file_id"])


async def test_a_file_that_nobody_knows_is_rejected(driver: TelegramDriver, bot: Bot) -> None:
    with pytest.raises(Rejected):
        await fetched(driver, "AgACAgIAAxkB-nothing")


@pytest.mark.parametrize("method", ["getFile", "file"])
@pytest.mark.parametrize(
    ("kind", "options", "error"),
    [
        (FaultKind.RESET, {}, Unclear),
        (FaultKind.HALF, {}, Unclear),
        (FaultKind.STATUS, {"status": 502}, Unclear),
        (FaultKind.TOO_MANY_REQUESTS, {"retry_after": 3}, (TryLater, Unclear)),
    ],
)
async def test_a_download_that_fails_can_be_tried_again(
    driver: TelegramDriver,
    chat: PrivateConversation,
    bot: Bot,
    api: BotApi,
    method: str,
    kind: FaultKind,
    options: dict[str, int],
    error: type[ChannelError] | tuple[type[ChannelError], ...],
) -> None:
    sent = await chat.send_photo(make_photo(9))
    (one,) = arrived(driver, bot)
    assert one is not None
    ref = one.files[0].ref
    # A download that is reset is tried once more at once, by the HTTP client.
    times = 2 if (kind, method) == (FaultKind.RESET, "file") else 1
    api.faults.order(kind, method, times=times, **options)

    with pytest.raises(error) as caught:
        await fetched(driver, ref)

    assert "4242" not in str(caught.value)
    assert await fetched(driver, ref) == sent.content


# --- setting up ----------------------------------------------------------------------------------


async def test_the_command_menu_speaks_the_persons_language(
    any_driver: TelegramDriver, chat: PrivateConversation, api: BotApi, bot: Bot
) -> None:
    await any_driver.set_up()

    assert chat.commands == list(COMMANDS[any_driver.side])
    for code, language in (("", Language.CHINESE), ("en", Language.ENGLISH)):
        shown = bot.commands["default", code]
        wording = wording_for(language, strict=True)
        assert [command["description"] for command in shown] == [
            wording.text(text(f"channels.command_{name}")) for name in COMMANDS[any_driver.side]
        ]
        described = wording.text(text(f"channels.description_{any_driver.side}"))
        assert bot.profile["description", code] == described


async def test_a_reader_sees_the_commands_of_what_they_have_a_right_to(
    any_driver: TelegramDriver, chat: PrivateConversation, api: BotApi, bot: Bot
) -> None:
    menu = Message(blocks=(text("menu.what"),), commands=("menu", "overview"))

    for _ in range(3):
        await any_driver.send(delivery(menu))

    shown = bot.commands[f"chat:{chat.chat.id}", ""]
    assert [one["command"] for one in shown] == ["menu", "overview", "cancel"]
    assert [one["description"] for one in shown][1] == "总览"
    assert len(api.calls_of("setMyCommands")) == 1


async def test_who_leaves_sees_no_commands_of_the_post_any_more(
    any_driver: TelegramDriver, chat: PrivateConversation, bot: Bot
) -> None:
    await any_driver.set_up()
    await any_driver.send(delivery(Message(blocks=(text("menu.what"),), commands=("overview",))))

    await any_driver.send(delivery(Message(blocks=(text("menu.what"),), farewell=True)))

    assert chat.commands == list(COMMANDS[any_driver.side])


async def test_a_list_of_commands_that_is_refused_holds_nothing_up(
    any_driver: TelegramDriver, chat: PrivateConversation, api: BotApi, bot: Bot
) -> None:
    api.faults.order(FaultKind.STATUS, "setMyCommands", status=500)
    menu = Message(blocks=(text("menu.what"),), commands=("menu",))

    await any_driver.send(delivery(menu))
    assert chat.last.text
    await any_driver.send(delivery(menu))

    assert [one["command"] for one in bot.commands[f"chat:{chat.chat.id}", ""]] == [
        "menu",
        "cancel",
    ]


async def test_setting_up_twice_changes_no_description(
    driver: TelegramDriver, bot: Bot, api: BotApi
) -> None:
    await driver.set_up()
    await driver.set_up()

    assert len(api.calls_of("setMyDescription")) == 2
    assert len(api.calls_of("setMyShortDescription")) == 2


async def test_setting_up_without_telegram_raises_a_channel_error(
    driver: TelegramDriver, bot: Bot, api: BotApi
) -> None:
    api.faults.order(FaultKind.STATUS, status=502)

    with pytest.raises(Unclear):
        await driver.set_up()


async def test_a_wrong_token_is_noticed(api: BotApi, driver: TelegramDriver) -> None:
    with pytest.raises(Unclear):
        await driver.set_up()


async def test_a_webhook_is_set_with_its_secret(driver: TelegramDriver, bot: Bot) -> None:
    client = await driver.client()
    await client.set_webhook("https://linli.example.org/telegram/residents", "s" * 32)

    webhook = bot.webhook
    assert webhook is not None
    assert (webhook.url, webhook.secret_token) == (
        "https://linli.example.org/telegram/residents",
        "s" * 32,
    )
    assert bot.updates.allowed == set(ALLOWED_UPDATES)


async def test_a_framework_that_is_wanted_twice_at_once_is_made_once(
    driver: TelegramDriver,
) -> None:
    one, other = await asyncio.gather(driver.client(), driver.client())

    assert one is other


async def test_personal_data_are_taken_out_where_that_is_wanted(
    api: BotApi, framework: Framework, chat: PrivateConversation
) -> None:
    def redact(message: Message, row: int) -> Redacted:
        return Redacted(replace(message, blocks=(words("请到网页查看"),)), whole=False)

    async with opened(api, framework, personal_data="minimal", redact=redact) as minimal:
        await minimal.send(delivery("李雷，13912345678"))
    async with opened(api, framework, personal_data="full", redact=redact) as full:
        await full.send(delivery("全文"))

    assert texts(chat) == ["请到网页查看", "全文"]


async def test_minimal_data_without_a_rule_are_refused(api: BotApi, framework: Framework) -> None:
    with pytest.raises(ValueError, match="minimal"):
        async with opened(api, framework, personal_data="minimal"):
            pass


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("bot.channels.telegram.driver", ("aiogram", "telegram")),
        ("bot.main", ("aiogram", "telegram")),
        ("bot.channels.telegram.aiogram_client", ("telegram",)),
        ("bot.channels.telegram.ptb_client", ("aiogram",)),
    ],
)
def test_a_framework_is_imported_only_when_it_is_used(module: str, absent: tuple[str, ...]) -> None:
    check = f"import {module}, sys; print([name for name in {absent!r} if name in sys.modules])"

    done = subprocess.run(
        [sys.executable, "-c", check],
        cwd=Path(__file__).parents[4],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "[]"


async def test_no_log_holds_the_token_or_what_people_say(
    api: BotApi,
    framework: Framework,
    chat: PrivateConversation,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level("INFO")
    async with opened(api, framework) as driver:
        api.faults.order(FaultKind.MALFORMED, "sendMessage")
        with pytest.raises(Unclear):
            await driver.send(delivery("李雷的秘密"))
        await driver.send(delivery("李雷的秘密"))

    logged = caplog.text + "".join(capsys.readouterr())
    assert "secret-of" not in logged
    assert "李雷" not in logged
