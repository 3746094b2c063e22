"""What stands in a read-back, and what is typed, sent or pressed beside it."""

import pytest

from domain.messages import FileKind, FileRef
from tests.handlers.chats import Office

VOICE = (FileRef(kind=FileKind.VOICE, ref="v1"),)


@pytest.fixture
async def no_place(office: Office) -> Office:
    """A resident has told of a lamp, and not where it is."""
    await office.starts("resident", "g-E1")
    await office.says("resident", "楼道灯坏了")
    return office


async def particulars(office: Office) -> tuple[str, str, str]:
    """Submit, and give what was filed: words, place and grid."""
    number = next(iter(office.numbers(await office.presses("resident", "提交"))))
    matter = await office.matter(number)
    told = matter.particulars
    return told.text, told.place_text, matter.grid


# --- where it is ---------------------------------------------------------------------------------


async def test_a_read_back_says_that_no_place_was_named_and_asks_for_it(no_place: Office) -> None:
    assert "地点：还没写" in no_place.latest("resident").words
    assert "📍 补充地点：几号楼？" in no_place.labels("resident")


@pytest.mark.parametrize("typed", ["5号楼2单元", "在5号楼2单元", "5号楼2单元。"])
async def test_a_place_that_is_typed_alone_is_the_place_and_no_more_words(
    no_place: Office, typed: str
) -> None:
    told = await no_place.says("resident", typed)

    assert "地点记下了" in told
    assert "地点：5号楼2单元" in told
    assert await particulars(no_place) == ("楼道灯坏了", "5号楼2单元", "E1")


async def test_a_place_among_more_words_is_read_out_of_them(no_place: Office) -> None:
    await no_place.says("resident", "就在5号楼2单元，天一黑什么也看不见")

    words, place, _ = await particulars(no_place)
    assert "天一黑" in words
    assert place == "5号楼2单元"


async def test_words_without_a_place_leave_the_place_open(no_place: Office) -> None:
    await no_place.says("resident", "天一黑什么也看不见")

    assert "地点：还没写" in no_place.latest("resident").words
    assert (await particulars(no_place))[1] == ""


async def test_a_place_that_stands_is_not_replaced_by_later_words(office: Office) -> None:
    await office.starts("resident", "g-E1")
    await office.says("resident", "3号楼门口的灯坏了")
    await office.says("resident", "5号楼的还亮着")

    assert (await particulars(office))[1] == "3号楼门口"


async def test_a_bare_gate_of_the_compound_is_a_place(office: Office) -> None:
    await office.starts("resident", "g-E1")
    await office.says("resident", "小区门口的路灯坏了")

    assert (await particulars(office))[1] == "小区门口"


async def test_a_location_in_another_grid_decides_and_says_so(no_place: Office) -> None:
    told = await no_place.shows_place("resident", 34.005, 113.015)

    assert "您发的定位在东园社区 第二网格" in told
    assert "修改网格" in "".join(no_place.labels("resident"))
    assert (await particulars(no_place))[2] == "E2"


async def test_a_location_in_ones_own_grid_says_nothing_more(no_place: Office) -> None:
    assert "您发的定位在" not in await no_place.shows_place("resident", 34.005, 113.005)


async def test_a_grid_that_was_typed_is_not_replaced_by_a_location(no_place: Office) -> None:
    await no_place.presses("resident", "修改网格")
    await no_place.says("resident", "第二网格")
    await no_place.shows_place("resident", 34.005, 113.005)

    assert (await particulars(no_place))[2] == "E2"


# --- changing one answer -------------------------------------------------------------------------


@pytest.mark.parametrize("label", ["修改内容", "补充地点", "补充照片和语音", "补充联系电话"])
async def test_while_one_answer_is_changed_nothing_can_be_thrown_away(
    no_place: Office, label: str
) -> None:
    await no_place.presses("resident", label)
    assert no_place.labels("resident") == ["不改了"]

    await no_place.presses("resident", "不改了")
    assert "✅ 提交" in no_place.labels("resident")


async def test_photos_that_are_added_lead_straight_back(no_place: Office) -> None:
    await no_place.presses("resident", "补充照片和语音")
    told = await no_place.sends("resident", "", "p1")

    assert "照片 1 张" in told
    assert "✅ 提交" in no_place.labels("resident")


async def test_an_album_that_is_added_is_one_read_back(no_place: Office) -> None:
    await no_place.presses("resident", "补充照片和语音")
    for name in ("p1", "p2", "p3"):
        await no_place.arrives(
            "resident", files=(FileRef(kind=FileKind.PHOTO, ref=name),), album="a"
        )

    assert "照片 3 张" in no_place.latest("resident").words
    shown = [one.message for one in no_place.said if one.person == "resident"][-2:]
    assert not any(one.anew for one in shown)


# --- what was sent along -------------------------------------------------------------------------


async def test_a_receipt_and_the_case_say_what_was_sent_along(no_place: Office) -> None:
    await no_place.sends("resident", "", "p1", "p2")
    await no_place.arrives("resident", files=VOICE)

    receipt = await no_place.presses("resident", "提交")
    number = next(iter(no_place.numbers(receipt)))
    assert "照片和语音：照片 2 张，语音 1 段" in receipt
    assert "照片和语音：照片 2 张，语音 1 段" in await no_place.says("resident", number)


async def test_a_voice_alone_is_promised_an_ear_and_reaches_the_window(office: Office) -> None:
    await office.starts("resident", "g-E1")
    told = await office.arrives("resident", files=VOICE)

    assert "语音收到了" in told
    assert "窗口的同志会听" in told
    assert office.numbers(told) <= office.numbers(office.heard("clerk"))
    assert office.heard("clerk")


# --- waiting, and another language ---------------------------------------------------------------


@pytest.mark.parametrize("words", ["那我就等着吧", "好的等你们消息", "行，等通知", "我等着"])
async def test_whoever_waits_is_asked_nothing(office: Office, words: str) -> None:
    await office.filed()

    told = await office.says("resident", words)

    assert "有进展会马上告诉您" in told
    assert "没太听懂" not in told


@pytest.mark.parametrize("words", ["等了三天没人来修灯", "那我就等着吧，可是灯还是不亮"])
async def test_whoever_waits_and_says_more_is_heard(office: Office, words: str) -> None:
    await office.filed()

    assert "有进展会马上告诉您" not in await office.says("resident", words)


async def test_an_english_sentence_may_be_gone_on_with_in_english(office: Office) -> None:
    await office.starts("resident", "g-E1")
    told = await office.says("resident", "The street lamp in front of building 3 is broken")
    assert "Shall we go on in English?" in told

    told = await office.presses("resident", "English")

    assert "Ask for a service or a repair" in told
    assert "Shall we go on" not in await office.says("resident", "It has been dark for a week")


async def test_a_greeting_offers_the_language_that_is_not_spoken(office: Office) -> None:
    await office.starts("resident", "g-E1")
    assert "English" in office.labels("resident")

    await office.does("resident", "menu.language:en")
    await office.starts("resident", "")

    assert "中文" in office.labels("resident")
    assert "English" not in office.labels("resident")
