"""Days as people write them: 12月1日, 1号, 下个月3号, 月底, 三天后, 下周三, next Wednesday."""

import re
from datetime import date, timedelta

from domain.words.numerals import read_number
from domain.words.plaintext import normal

_N = r"(\d{1,2}|[一二三四五六七八九十]{1,3})"
_FULL = re.compile(r"(\d{4}) ?[-/.年] ?(\d{1,2}) ?[-/.月] ?(\d{1,2}) ?[日号]?")
_DAY = re.compile(_N + r" ?[-/.月] ?" + _N + r" ?[日号]?")
_ONLY_DAY = re.compile(_N + r" ?[日号]")
_WEEKDAY = re.compile(r"(这|本|下|下下)?(?:个)?(?:周|星期|礼拜)([一二三四五六日天1-7])")
_OF_MONTH = re.compile(r"(这|本|下|下下)(?:个)?月 ?(?:" + _N + r" ?[日号]|(底|末))")
_END = {"月底": 0, "月末": 0}
_LATER = re.compile(r"(?:(两)|" + _N + r") ?(?:个)?(天|日|周|星期|礼拜) ?(?:以后|之后|后)")
_ENGLISH_LATER = re.compile(r"in (an?|\d{1,3}) (day|week)s?")
#: What people put around a day that they were asked for.
_AROUND = re.compile(
    r"(?:到|至|截至|截止到?|until|till|by)? ?(.*?)"
    r" ?(?:[(（](?:周|星期|礼拜)[一二三四五六日天][)）])? ?(?:为止|止|之?前|当天)?"
)
_AWAY = {
    "今天": 0,
    "today": 0,
    "明天": 1,
    "明日": 1,
    "tomorrow": 1,
    "后天": 2,
    "the day after tomorrow": 2,
    "大后天": 3,
    "今日": 0,
    "后日": 2,
}
_ENGLISH = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = 12
#: No day is written longer; what is, is something else.
_MOST_SIGNS = 40


def read_day(said: str, today: date) -> date | None:
    """Read a text that is nothing but a day; None for anything else, and for days that are none.

    A day without its year is the next one: what is planned lies ahead. 下周三 is the Wednesday of
    the week after this one, which begins on a Monday.
    """
    around = _AROUND.fullmatch(normal(said[:_MOST_SIGNS]).strip(" \t\n。.，,").casefold())
    plain = around[1] if around and len(said) <= _MOST_SIGNS else ""
    if plain in _AWAY:
        return today + timedelta(days=_AWAY[plain])
    if match := _FULL.fullmatch(plain):
        return _day(int(match[1]), int(match[2]), int(match[3]))
    if match := _DAY.fullmatch(plain):
        return _next_of(today, read_number(match[1]), read_number(match[2]))
    if match := _ONLY_DAY.fullmatch(plain):
        return _next_day(today, read_number(match[1]))
    if match := _WEEKDAY.fullmatch(plain):
        return _weekday(today, match[1] or "", match[2])
    if plain in _END:
        return _last_of(today, _END[plain])
    if match := _OF_MONTH.fullmatch(plain):
        return _of_month(today, match[1], match[2])
    if match := _LATER.fullmatch(plain):
        return _later(today, 2 if match[1] else read_number(match[2]), match[3] in "天日")
    if match := _ENGLISH_LATER.fullmatch(plain):
        return _later(today, int(match[1]) if match[1].isdecimal() else 1, match[2] == "day")
    return _english(plain, today)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _next_of(today: date, month: int | None, day: int | None) -> date | None:
    if month is None or day is None:
        return None
    # The 29th of February is up to eight years away.
    found = (_day(today.year + more, month, day) for more in range(9))
    return next((one for one in found if one is not None and one >= today), None)


def _next_day(today: date, day: int | None) -> date | None:
    if day is None:
        return None
    months = (today.year * _MONTHS + today.month - 1 + more for more in range(_MONTHS))
    found = (_day(one // _MONTHS, one % _MONTHS + 1, day) for one in months)
    return next((one for one in found if one is not None and one >= today), None)


def _of_month(today: date, which: str, day: str | None) -> date | None:
    later = {"下": 1, "下下": 2}.get(which, 0)
    if day is None:
        return _last_of(today, later)
    months = today.year * _MONTHS + today.month - 1 + later
    return _day(months // _MONTHS, months % _MONTHS + 1, read_number(day) or 0)


def _last_of(today: date, later: int) -> date:
    """Give the last day of a month that is so many months away."""
    after = today.year * _MONTHS + today.month + later
    return date(after // _MONTHS, after % _MONTHS + 1, 1) - timedelta(days=1)


def _later(today: date, many: int | None, in_days: bool) -> date | None:
    if many is None:
        return None
    return today + (timedelta(days=many) if in_days else timedelta(weeks=many))


def _weekday(today: date, which: str, named: str) -> date:
    place = "一二三四五六日".find(named.replace("天", "日"))
    place = place if place >= 0 else int(named) - 1
    monday = today - timedelta(days=today.weekday())
    found = monday + timedelta(weeks={"下": 1, "下下": 2}.get(which, 0), days=place)
    return found + timedelta(weeks=1) if not which and found < today else found


def _english(plain: str, today: date) -> date | None:
    words = plain.split()
    if len(words) > 2 or not words or words[-1] not in _ENGLISH:
        return None
    place = _ENGLISH.index(words[-1])
    ahead = (place - today.weekday()) % 7
    if words[0] == "next" and len(words) == 2:
        monday = today - timedelta(days=today.weekday())
        return monday + timedelta(weeks=1, days=place)
    return today + timedelta(days=ahead) if len(words) == 1 else None
