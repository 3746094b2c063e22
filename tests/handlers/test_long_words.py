"""Long texts: kept whole as far as one message goes, and what is cut is said."""

import gc
import random
import time
from typing import Any

import pytest

from domain.words.understanding import Understanding, understand
from handlers.forms.answers import MAX_TEXT
from storage import work
from tests.handlers.chats import Office

SENTENCE = "3号楼路灯坏了，晚上看不见路。"


async def test_ten_thousand_signs_are_kept_to_the_last(office: Office) -> None:
    words = (SENTENCE * 1000)[:9_999] + "末"

    number = await office.filed(words)

    assert (await office.matter(number)).particulars.text == words


@pytest.mark.parametrize("before", ["", SENTENCE])
async def test_what_is_longer_than_a_message_is_cut_and_said_so(
    office: Office, before: str
) -> None:
    await office.starts("resident", "g-E1")
    if before:
        await office.says("resident", before)

    await office.says("resident", "灯" * (MAX_TEXT + 1))

    assert any("文字太长" in said.words for said in office.said if said.person == "resident")


@pytest.mark.parametrize("sign", ["1", "9", "１", "٣", "0"])
async def test_a_number_of_any_length_at_a_choice_is_no_choice(office: Office, sign: str) -> None:
    await office.starts("resident", "g-E1")
    await office.says("resident", "楼下那个东西")
    asked = len(office.said)

    await office.says("resident", sign * MAX_TEXT)

    told = [said.words for said in office.said[asked:] if said.person == "resident"]
    assert told
    assert not any("系统出了问题" in words for words in told)


async def test_the_number_of_an_option_chooses_it(office: Office) -> None:
    await office.starts("resident", "g-E1")
    asked = await office.says("resident", "楼下那个东西")

    assert await office.says("resident", "0") != await office.says("resident", "1")
    assert office.latest("resident").words != asked


@pytest.mark.parametrize("person", ["resident", "secretary"])
@pytest.mark.parametrize("words", ["2026-" + "1" * 15_000, "1" * 16_000, "\ufdfa" * 16_000])
async def test_words_of_any_content_are_answered(office: Office, person: str, words: str) -> None:
    if person == "resident":
        await office.starts(person, "g-E1")

    await office.says(person, words)

    told = [said.words for said in office.said if said.person == person]
    assert told
    assert not any("系统出了问题" in words for words in told)


async def test_a_text_is_understood_once_in_a_turn(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("打我妈" * MAX_TEXT)[:MAX_TEXT]
    read: list[str] = []

    def counted(given: str, *others: Any) -> Understanding:
        read.append(given)
        return understand(given, *others)

    monkeypatch.setattr(work, "understand", counted)
    await office.starts("resident", "g-E1")
    await office.says("resident", words)

    assert read.count(words) == 1


#: How many times as much as plain words any others may cost, for the same length.
MOST = 5.0
#: What is said in plain words, and what costs most to understand.
PLAIN = "今天 天气 很好 我们去 散步 ， 然后 回来 吃 了 午饭"
DEAR = {
    "danger": "打我妈 打我爸 打他妈 打我 打孩子 打我娃 把我打",
    "many dangers": "着火 救命 煤气泄漏 打我妈 跳楼 晕倒 撞车 刀 没着火 老人 孩子 把我 被打",
    "staff": "网格员骂人， 王书记收钱， 主任打我。 没修好， 灯坏了， 社区骂我，",
    "what nearly matches": "社区 没有 居委 主任 街道 煤气 书记 网格 把我 干部 打我 孩子 妈",
    "digits": "1 22 333 2026-00017 1号楼 ２",
    "places": "中山路8号 和平街 3号楼 2单元 公园 东门 门口",
    "english": "fire the manager hit my mother co building 1 road",
    "lines": "骂\n 打我\n 火\n 灯\n",
}


def long_text(words: str, length: int) -> str:
    """Put words in an order that repeats nothing; the same each time."""
    chance = random.Random(1)
    pieces = chance.choices(words.split(" "), k=length)
    return "".join(pieces)[:length]


async def seconds(office: Office, words: str) -> float:
    """Give the CPU time of answering long words, the best of some that are said in turn."""
    text = long_text(words, MAX_TEXT)
    await office.says("resident", text)  # what is compiled once is compiled now
    best = float("inf")
    for ending in "一二三":
        begun = time.process_time()
        await office.says("resident", text[:-1] + ending)
        best = min(best, time.process_time() - begun)
    return best


@pytest.mark.parametrize("kind", DEAR)
async def test_no_words_cost_much_more_than_plain_ones(office: Office, kind: str) -> None:
    await office.starts("resident", "g-E1")
    gc.collect()
    gc.freeze()  # as the server does
    try:
        plain = await seconds(office, PLAIN)
        dear = await seconds(office, DEAR[kind])
    finally:
        gc.unfreeze()

    assert dear / plain < MOST
