"""Long texts: kept whole as far as one message goes, and what is cut is said."""

from typing import Any

import pytest

from domain.understanding import Understanding, understand
from handlers import turn
from handlers.forms import MAX_TEXT
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

    monkeypatch.setattr(turn, "understand", counted)
    await office.starts("resident", "g-E1")
    await office.says("resident", words)

    assert read.count(words) == 1
