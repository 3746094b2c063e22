"""Reading what somebody wrote takes time in proportion to its length, whatever it consists of."""

import gc
import re
import sys
import time
import tomllib
import unicodedata
from collections.abc import Callable
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.telegram.rendering import render
from bot.words.wording import wording_for
from domain.broadcasts.broadcast import doubts
from domain.matters.likeness import Candidate, nearby, pairs, topics
from domain.matters.rules import NearbyRules
from domain.matters.street_names import redact_place
from domain.messages import say
from domain.people import Language
from domain.words.lexicon import Danger
from domain.words.ngrams import grams
from domain.words.pay_secrets import mask
from domain.words.phrases import GAPS
from domain.words.places import PATTERNS, Register, read_place
from domain.words.plaintext import normal, plain_text
from handlers.accounts import read_code
from tests.domain.street import MORNING, filed
from tests.domain.words.test_understanding import DEFAULTS, understood

#: How many times longer the second text is, and how many times longer it may take.
TIMES, MOST = 4, 8.0
SHORT = 2_000
#: Below this, in seconds, a clock measures itself.
LEAST = 0.0005


def seconds(read: Callable[[str], object], text: str) -> float:
    """Give the CPU time of one reading, the best of five."""
    best = float("inf")
    for _ in range(5):
        begun = time.process_time()
        read(text)
        best = min(best, time.process_time() - begun)
    return best


def growth(read: Callable[[str], object], period: str) -> float:
    """Give how many times longer four times a text takes."""
    texts = [(period * (length // len(period) + 1))[:length] for length in (SHORT, SHORT * TIMES)]
    read(texts[0])
    # The collector's rounds depend on what other tests left behind.
    gc.disable()
    try:
        short, long = (max(seconds(read, text), LEAST) for text in texts)
    finally:
        gc.enable()
    return long / short


REGISTER = Register({"晨光里小区": ("G1",), "晨光": ("C1",), "向阳路": ("G2",)})


def compare_places(text: str) -> object:
    case = filed()
    candidate = Candidate(category=case.category, grid=case.grid, text="灯", place_text=text)
    return nearby(candidate, [case], now=MORNING, rules=NearbyRules())


READERS: dict[str, Callable[[str], object]] = {
    "understand": understood,
    "normal": normal,
    "plain text": plain_text,
    "place": lambda text: read_place(text, REGISTER),
    "pieces": grams,
    "likeness": pairs.__wrapped__,
    "places alike": compare_places,
    "topics": lambda text: topics([text, text]),
    "place for strangers": redact_place,
    "personal data": doubts,
    "pay secrets": mask,
    "code": read_code,
    "telegram": lambda text: render(
        say("words.status_of", number=text), wording_for(Language.CHINESE)
    ),
}
#: A character or a few of every class, and what stood or nearly stands in a pattern.
PERIODS = (
    *("1", "a", "A", "路", "不", "号", "一", " ", "\n", "\t", "。", "，", ".", "-", "(", "{", "😀"),
    # NFKC makes these longer; the marks are of two classes, which are sorted.
    *("\ufdfa", "\ufdfb", "㎯", "㌖", "ﬃ", "㈠", "Ⅷ", "１", "İ", "ß", "Σ", "가", "\u1100"),
    *(
        "\u0301",
        "\u0301\u0327",
        "e\u0301\u0327",
        "\u0f73",
        "\uff9e\u0327",
        "\u200d",
        "\u3099\u0301",
    ),
    *("着火", "没着火", "着火。", "网格员骂", "打我妈", "灯坏了，", "一 ", "一  ", "一\t二 "),
    *(
        "1号楼",
        "1号楼 ",
        "no. 1 ",
        "no.1",
        "building 1",
        "1st ",
        "road ",
        "a b ",
        "the road ",
        *("和路", "小区", "花园", "东门", "1-2-", "5#", "桥头", "晨光", "里东门", "老师家", "1室"),
        *("密码", "密 码是", "密码一二", "pin 12", "cvv:", "62220 ", "6-2_2.", "1380013 8000 "),
    ),
    *("2026-", "2026-0001", "20", "1380013", "1 ", "1-", "110101199", "县市", "街道", "十号"),
)


@pytest.mark.parametrize("period", PERIODS, ids=ascii)
def test_four_times_the_text_takes_at_most_eight_times_as_long(period: str) -> None:
    grown = {name: growth(read, period) for name, read in READERS.items()}
    for _ in range(2):  # a slow moment of the machine is no fault of the text
        late = [name for name, by in grown.items() if by > MOST]
        grown |= {name: min(grown[name], growth(READERS[name], period)) for name in late}

    assert {name: by for name, by in grown.items() if by > MOST} == {}


@cache
def pieces() -> tuple[str, ...]:
    """What phrases of the lexicon and parts of places begin with: they nearly match, again and
    again."""
    tables = tomllib.loads((DEFAULTS / "lexicon.toml").read_text(encoding="utf-8"))
    found = {
        re.split("[" + "".join(GAPS) + "]", re.sub(r"\{([^{}|]*)[^{}]*\}", r"\1", phrase))[0]
        for phrases in tables["groups"].values()
        for phrase in phrases
    }
    patterns = "|".join(pattern.pattern for _, pattern in PATTERNS)
    places = re.findall(r"[一-鿿]+|[a-z]{3,}", patterns)
    return tuple(sorted(found | set(places) - {""}))


near_matches = st.lists(
    st.one_of(st.sampled_from(pieces()), st.sampled_from(PERIODS), st.characters()),
    min_size=1,
    max_size=5,
).map("".join)


@settings(max_examples=25)
@given(period=near_matches.filter(bool))
def test_what_nearly_matches_takes_no_longer(period: str) -> None:
    assert growth(understood, period) <= MOST


@pytest.mark.slow
@settings(max_examples=400)
@given(period=near_matches.filter(bool))
def test_no_reader_takes_longer_for_what_nearly_matches(period: str) -> None:
    grown = {name: growth(read, period) for name, read in READERS.items()}
    for _ in range(2):  # a slow moment of the machine is no fault of the text
        late = [name for name, by in grown.items() if by > MOST]
        grown |= {name: min(grown[name], growth(READERS[name], period)) for name in late}

    assert {name: by for name, by in grown.items() if by > MOST} == {}


@pytest.mark.parametrize("period", PERIODS, ids=ascii)
def test_danger_at_the_end_of_a_long_text_is_found(period: str) -> None:
    padding = (period * 16_000)[: 16_000 - 10]

    assert Danger.FIRE in understood(f"{padding}。我家着火了").dangers


def test_every_sign_that_stands_for_a_long_word_is_known() -> None:
    grown = [
        sign
        for sign in map(chr, range(sys.maxunicode + 1))
        if len(normal(sign)) > 4 or len(plain_text(f"一{sign}一")) > 8
    ]

    assert grown == []


def test_every_sign_that_becomes_marks_counts_as_one() -> None:
    for sign in map(chr, range(sys.maxunicode + 1)):
        spelt = unicodedata.normalize("NFKD", sign)
        if unicodedata.combining(spelt[0]):
            assert len(normal(f"一{sign * 1000}")) <= 1 + 60, ascii(sign)


def test_marks_within_reason_stay() -> None:
    assert normal("e\u0301") == "é"
    assert normal("か\uff9e") == "が"
    assert normal("㎡３号楼") == "m23号楼"
