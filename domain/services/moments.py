"""Moments as people write them who want to book one: 明天上午, 周三十点, 下周三下午3点半, 10am."""

import re
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum

from domain.words.dates import read_day
from domain.words.numerals import read_number
from domain.words.plaintext import normal

_N = r"\d{1,2}|[一二三四五六七八九十两]{1,3}"
#: Looked for at every place: 周三十点 is Wednesday at ten, and no thirty o'clock.
_CLOCK = re.compile(
    rf"(?=(?P<all>(?P<hour>{_N})\s?(?:点|时|:)\s?(?P<part>半|一刻|三刻|{_N})?(?:分|钟|整)*))"
)
_ENGLISH_CLOCK = re.compile(r"(?:at )?\b(?P<hour>\d{1,2})(?::(?P<part>\d\d))? ?(?P<half>am|pm)\b")
_HALVES = {"半": 30, "一刻": 15, "三刻": 45}
_ASIDE = re.compile(
    r"^(?:我?想|我要|帮我|麻烦|就|改到|改成|约|预约|在|的|on|at|\s)+"
    r"|(?:的|吧|呢|可以吗|行吗|行不行|有吗|来|去|过去|左右|please|\s|[。.!！?？,，])+$"
)
_LONGEST = 40
_NOON = 12
#: An office that says 三点 means the afternoon: nobody opens at three in the morning.
_EARLIEST = 7


class Part(StrEnum):
    """A half of the day."""

    MORNING = "morning"
    AFTERNOON = "afternoon"

    def holds(self, clock: time) -> bool:
        """Tell whether a time of the day lies in it."""
        return (clock.hour < _NOON) is (self is Part.MORNING)


_PARTS = (
    (re.compile(r"上午|早上|早晨|清早|一早|\bmorning\b|\bin the morning\b"), Part.MORNING),
    (re.compile(r"下午|午后|傍晚|晚上|\bafternoon\b|\bin the afternoon\b"), Part.AFTERNOON),
)


@dataclass(frozen=True, slots=True)
class Moment:
    """What was said of a moment; never nothing at all."""

    day: date | None = None
    part: Part | None = None
    clock: time | None = None


def read_moment(said: str, today: date) -> Moment | None:
    """Read a text that is nothing but a day, a half of it, a time of the day, or some of these.

    None for anything else.
    """
    plain = normal(said).strip().casefold()
    if not plain or len(plain) > _LONGEST:
        return None
    part, rest = _part(plain)
    for clock, left in (*_clocks(rest, part), (None, rest)):
        day_words = _bare(left)
        day = read_day(day_words, today) if day_words else None
        if day_words and day is None:
            continue
        if day is None and part is None and clock is None:
            return None
        return Moment(day, part, clock)
    return None


def moment_in(said: str, today: date) -> tuple[str, str]:
    """Find the words of a moment with which a text begins or ends; give them and all others."""
    plain = normal(said).strip().casefold()
    for size in range(min(len(plain), _LONGEST), 1, -1):
        for cut, rest in ((plain[:size], plain[size:]), (plain[-size:], plain[:-size])):
            if read_moment(cut, today) is not None:
                return cut, rest
    return "", plain


def _part(plain: str) -> tuple[Part | None, str]:
    for pattern, part in _PARTS:
        if match := pattern.search(plain):
            return part, f"{plain[: match.start()]} {plain[match.end() :]}"
    return None, plain


def _clocks(plain: str, part: Part | None) -> list[tuple[time | None, str]]:
    found: list[tuple[time | None, str]] = []
    for match in _ENGLISH_CLOCK.finditer(plain):
        half = Part.AFTERNOON if match["half"] == "pm" else Part.MORNING
        clock = _time(match["hour"], match["part"], half)
        if clock is not None:
            found.append((clock, plain[: match.start()] + plain[match.end() :]))
    for match in _CLOCK.finditer(plain):
        before = plain[: match.start()]
        if before[-1:].isdecimal():
            continue  # the end of a longer number
        clock = _time(match["hour"], match["part"], part)
        if clock is not None:
            found.append((clock, before + plain[match.start() + len(match["all"]) :]))
    return found


def _time(hours: str, minutes: str | None, part: Part | None) -> time | None:
    hour = 2 if hours == "两" else read_number(hours)
    minute = 0 if minutes is None else _HALVES.get(minutes, read_number(minutes))
    if hour is None or minute is None or hour > 23 or minute > 59:
        return None
    is_late = part is Part.AFTERNOON and hour < _NOON
    if is_late or (part is None and 0 < hour < _EARLIEST):
        hour += _NOON
    return time(hour, minute)


def _bare(words: str) -> str:
    return _ASIDE.sub("", _ASIDE.sub("", " ".join(words.split()))).strip()
