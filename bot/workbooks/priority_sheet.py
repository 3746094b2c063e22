"""The sheet by which people are taken onto the register of priority groups, a row each."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from openpyxl import Workbook

from bot.words.wording import Wording, wording_for
from bot.workbooks.organisation_sheets import (
    CHOICES_SHEET,
    NO,
    YES,
    CellError,
    Column,
    Read,
    Sheet,
    plain,
)
from bot.workbooks.organisation_template import offer_choices, write_headings, write_rows
from domain.people import Language
from domain.visits.basis import Basis, ConsentWay
from domain.visits.categories import Category, category_name
from domain.visits.entries import MAX_ADDRESS, MAX_NAME, MAX_NEEDS, How

#: The language in which the choices of the sheet stand.
LANGUAGE = Language.CHINESE
PROBLEM = "problem"
_YEAR = re.compile(r"(?:19|20)\d\d")
_DAY = re.compile(r"(20\d\d)[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_PHONE = re.compile(r"\+?[0-9][0-9 -]{5,20}")
BASES: Final[Mapping[str, Basis]] = {
    "法定职责（老年人）": Basis.ELDERS_DUTY,
    "法定职责（未成年人）": Basis.CHILDREN_DUTY,
    "本人同意": Basis.CONSENT,
    "监护人同意": Basis.GUARDIAN_CONSENT,
    "本人申请": Basis.REQUEST,
}
WAYS: Final[Mapping[str, ConsentWay]] = {
    "书面": ConsentWay.WRITTEN,
    "口头": ConsentWay.SPOKEN,
    "网上": ConsentWay.ONLINE,
}
HOWS: Final[Mapping[str, How]] = {"上门": How.DOOR, "电话": How.PHONE, "视频": How.VIDEO}


def _words(longest: int) -> Read:
    def read(value: object) -> str:
        if isinstance(value, bool | date):
            raise CellError("text_needed")
        given = plain(value)
        if len(given) > longest:
            raise CellError("too_long", longest=longest, length=len(given))
        return given

    return read


def _year(value: object) -> int:
    if isinstance(value, datetime | date):
        return value.year
    found = _YEAR.match(unicodedata.normalize("NFKC", plain(value)))
    if isinstance(value, bool) or found is None:
        raise CellError("year_needed")
    return int(found.group())


def _day(value: object) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    found = _DAY.fullmatch(unicodedata.normalize("NFKC", plain(value)))
    try:
        if found is None or isinstance(value, bool):
            raise ValueError
        return date(*(int(part) for part in found.groups()))
    except ValueError:
        raise CellError("day_needed") from None


def _phone(value: object) -> str:
    phone = unicodedata.normalize("NFKC", plain(value))
    if isinstance(value, bool | date) or not _PHONE.fullmatch(phone):
        raise CellError("phone")
    return "".join(sign for sign in phone if sign.isdecimal())


def _one_of(words: Mapping[str, StrEnum]) -> Read:
    """Read a word of a list, with or without what stands in its brackets."""

    def read(value: object) -> StrEnum:
        given = _loose(plain(value))
        for word, member in words.items():
            if given in (_loose(word), _loose(member.value)):
                return member
        raise CellError("one_of", choices=tuple(words))

    return read


def _loose(word: str) -> str:
    plain_word = unicodedata.normalize("NFKC", word).casefold()
    return re.sub(r"[\s_()（）-]", "", plain_word)


def _flag(value: object) -> bool:
    given = value if isinstance(value, bool) else plain(value)
    if given in (True, YES, "yes", "Yes", "1", "√", "✓"):
        return True
    if given in (False, NO, "no", "No", "0", "×"):
        return False
    raise CellError("one_of", choices=(YES, NO))


def priority_sheet() -> Sheet:
    """Give the sheet; its choices are worded in the language of the file, which is Chinese."""
    wording = wording_for(LANGUAGE)
    categories = tuple(wording.text(category_name(one)) for one in Category)
    return Sheet(
        key="priority",
        name="走访对象",
        en="visits",
        required=True,
        columns=(
            Column(
                key="name",
                zh="姓名",
                en="name",
                read=_words(MAX_NAME),
                required=True,
                example="示例：王大爷",
                width=12,
            ),
            Column(key="born", zh="出生年份", en="born", read=_year, required=True, example="1946"),
            Column(
                key="category",
                zh="类别",
                en="category",
                read=_words(60),
                required=True,
                choices=categories,
                example=categories[0],
                width=24,
            ),
            Column(
                key="unit",
                zh="网格编号",
                en="grid",
                read=_words(40),
                required=True,
                example="C01-G1",
            ),
            Column(
                key="address",
                zh="住址",
                en="address",
                read=_words(MAX_ADDRESS),
                required=True,
                example="3号楼2单元401",
                width=26,
            ),
            Column(key="phone", zh="电话", en="phone", read=_phone, example="13700000001"),
            Column(
                key="basis",
                zh="依据",
                en="basis",
                read=_one_of(BASES),
                choices=tuple(BASES),
                example=next(iter(BASES)),
                width=22,
            ),
            Column(key="consent_on", zh="同意日期", en="consent date", read=_day),
            Column(
                key="consent_way",
                zh="同意方式",
                en="consent given",
                read=_one_of(WAYS),
                choices=tuple(WAYS),
            ),
            Column(key="guardian", zh="监护人", en="guardian", read=_words(MAX_NAME)),
            Column(key="risk", zh="高风险儿童", en="high risk", read=_flag, choices=(YES, NO)),
            Column(
                key="owner",
                zh="负责人",
                en="worker",
                read=_words(MAX_NAME),
                example="李网格员",
            ),
            Column(
                key="needs", zh="需要的帮助", en="help needed", read=_words(MAX_NEEDS), width=26
            ),
            Column(key="how", zh="走访方式", en="how", read=_one_of(HOWS), choices=tuple(HOWS)),
            Column(key="last_visit", zh="上次走访", en="last visit", read=_day),
            # What was wrong with a row the last time; whoever puts it right may leave it there.
            Column(key=PROBLEM, zh="问题", en="problem", read=lambda _value: ""),
        ),
    )


def write_template(path: Path, wording: Wording) -> None:
    """Write an empty sheet with one example row, which is not read."""
    whole = priority_sheet()
    sheet = replace(whole, columns=tuple(one for one in whole.columns if one.key != PROBLEM))
    book = Workbook()
    book.remove(book.worksheets[0])
    choices = book.create_sheet(CHOICES_SHEET)
    choices.sheet_state = "hidden"
    worksheet = book.create_sheet(sheet.name, 0)
    write_headings(worksheet, sheet, wording)
    examples = {one.key: one.example for one in sheet.columns if one.example}
    write_rows(worksheet, sheet, [examples], are_examples=True)
    offer_choices(worksheet, sheet, choices)
    book.active = 0
    book.save(path)
