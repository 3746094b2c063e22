"""The sheets of an office's Excel file: their columns, and how a cell is read.

Names of sheets, columns and choices are a file format that office staff see, so they are Chinese;
the English names in brackets are accepted as well. Sentences about them are wordings
(``locales/``, domain ``workbook``).
"""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Final

from bot.words.wording import LOCAL_TIME
from domain.categories import CODE_PATTERN as CATEGORY_CODE_PATTERN
from domain.categories import LONGEST_EXAMPLE, MOST_EXAMPLES, SHORTEST_EXAMPLE, Kind
from domain.messages import Text, Value, text
from domain.organisation import Role, Stream
from domain.places.points import Datum
from domain.words.personal_data import screened

#: Rows whose first cell begins so are ignored: examples and notes.
IGNORED_ROWS = ("示例", "#")
#: Codes travel in QR codes, in buttons and in Telegram's start payload.
#: Source: Bot API, deep linking: up to 64 of A-Z, a-z, 0-9, _ and -.
UNIT_CODE_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,19}")
LONGEST_NAME = 40
#: English names of the same things take more room.
LONGEST_ENGLISH_NAME = 80
LONGEST_TEXT = 200
_PHONE_PATTERN = re.compile(r"\+?[0-9][0-9 -]{2,24}")


class CellError(ValueError):
    """Raised by a reader for a value that does not fit; says what to enter instead."""

    def __init__(self, key: str, **fields: Value) -> None:
        super().__init__(key)
        self.text: Text = text(f"workbook.{key}", **fields)


Read = Callable[[object], Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """One column: its heading in two languages, whether it must be filled, how it is read."""

    key: str
    zh: str
    en: str
    read: Read
    required: bool = False
    choices: Sequence[str] = ()
    """What the drop-down offers."""
    codes_of: str | None = None
    """The sheet a column of which the drop-down offers."""
    codes_column: str = "A"
    example: str = ""
    width: int = 14

    @property
    def heading(self) -> str:
        """What the template writes."""
        return f"{self.zh} ({self.en})"


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """One sheet of the workbook."""

    key: str
    name: str
    en: str
    columns: tuple[Column, ...]
    required: bool = False


# --- readers --------------------------------------------------------------------------------------


def plain(value: object) -> str:
    """Give a cell as one line of text; whole numbers lose the ``.0`` that Excel gives them."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    cleaned = unicodedata.normalize("NFC", str(value))
    cleaned = "".join(sign if sign.isprintable() else " " for sign in cleaned)
    return " ".join(cleaned.split())


def _person(value: object) -> str:
    name = _NAME(value)
    if _SEVERAL.search(name):
        raise CellError("several_names")
    return str(name)


#: What stands between two names in one cell; a comma would otherwise make one person of two.
_SEVERAL = re.compile(r"[、，,;；/]|\s和\s")


def _text(longest: int) -> Read:
    def read(value: object) -> str:
        if isinstance(value, bool | date):
            raise CellError("text_needed")
        given = plain(value)
        if len(given) > longest:
            raise CellError("too_long", longest=longest, length=len(given))
        return given

    return read


def _unit_code(value: object) -> str:
    code = unicodedata.normalize("NFKC", plain(value))
    if isinstance(value, bool | date) or not UNIT_CODE_PATTERN.fullmatch(code):
        raise CellError("unit_code")
    return code


def _category_code(value: object) -> str:
    code = plain(value).lower()
    if not CATEGORY_CODE_PATTERN.fullmatch(code):
        raise CellError("category_code")
    return code


def _phone(value: object) -> str:
    phone = unicodedata.normalize("NFKC", plain(value))
    if isinstance(value, bool | date) or not _PHONE_PATTERN.fullmatch(phone):
        raise CellError("phone")
    return phone


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    given = unicodedata.normalize("NFKC", plain(value)).casefold()
    if given in ("是", "yes", "y", "1", "√", "✓", "✔", "对", "有"):
        return True
    if given in ("否", "no", "n", "0", "×", "✗", "✘", "x", "错", "无"):
        return False
    raise CellError("one_of", choices=("是", "否"))


def _word(words: Mapping[str, StrEnum]) -> Read:
    """Read one of some words: a Chinese name, or the English word of the enumeration."""
    choices = tuple(dict.fromkeys(_names(words)))
    known = {_loose(name): member for name, member in words.items()}
    known |= {_loose(member.value): member for member in words.values()}

    def read(value: object) -> StrEnum:
        member = known.get(_loose(plain(value)))
        if member is None:
            raise CellError("one_of", choices=choices)
        return member

    return read


def _names(words: Mapping[str, StrEnum]) -> list[str]:
    """The first name of each member, which is the one that is offered."""
    first: dict[StrEnum, str] = {}
    for name, member in words.items():
        first.setdefault(member, name)
    return list(first.values())


def _loose(name: str) -> str:
    return re.sub(r"[\s_\-]|[(（].*", "", name).casefold()


def _degree(value: object) -> int:
    given = unicodedata.normalize("NFKC", plain(value))
    if isinstance(value, bool) or given not in ("1", "2", "3"):
        raise CellError("one_of", choices=("1", "2", "3"))
    return int(given)


def _keywords(value: object) -> tuple[str, ...]:
    words = [word.strip() for word in re.split(r"[、，,;；\n]", str(value)) if word.strip()]
    for word in words:
        if len(word) < 2:
            raise CellError("short_keyword", word=word)
    return tuple(dict.fromkeys(words))


def _examples(value: object) -> tuple[str, ...]:
    """Read example sentences, one a line, or with a full stop or a semicolon between them."""
    found = [said.strip(" ，,、") for said in re.split(r"[\n;；。]", str(value))]
    said = tuple(dict.fromkeys(one for one in found if one))
    for one in said:
        if not SHORTEST_EXAMPLE <= len(one) <= LONGEST_EXAMPLE:
            raise CellError(
                "example_length", said=one, least=SHORTEST_EXAMPLE, most=LONGEST_EXAMPLE
            )
        if screened(one).found:
            raise CellError("example_personal", said=one)
    if len(said) > MOST_EXAMPLES:
        raise CellError("many_examples", most=MOST_EXAMPLES)
    return said


def _boundary(value: object) -> dict[str, Any]:
    try:
        given = json.loads(str(value))
    except (ValueError, RecursionError):
        raise CellError("no_geojson") from None
    if not isinstance(given, dict):
        raise CellError("no_geojson")
    return given


#: As Chinese Excel and people write them: 2026/12/1 18:00, 2026年12月1日 18时, 2026-12-01T18:00:30.
_MOMENT = re.compile(
    r"(20\d\d)[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
    r"(?:[ T]*(\d{1,2})[:时点](?:(\d{1,2})(?:[:分](?:(\d{1,2})秒?)?)?)?)?"
)


def _typed_moment(given: str) -> datetime:
    found = _MOMENT.fullmatch(unicodedata.normalize("NFKC", plain(given)))
    if found is None:
        raise CellError("moment")
    try:
        year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
        return datetime(year, month, day, hour, minute, second, tzinfo=LOCAL_TIME)
    except ValueError:
        raise CellError("moment") from None


def _moment(value: object) -> datetime:
    if isinstance(value, str):
        value = _typed_moment(value)
    if not isinstance(value, datetime):
        raise CellError("moment")
    local = value if value.tzinfo else value.replace(tzinfo=LOCAL_TIME)
    return local.astimezone(UTC)


# --- words ----------------------------------------------------------------------------------------

ROLES: Final[Mapping[str, Role]] = {
    "网格员": Role.GRID_WORKER,
    "网格书记": Role.GRID_SECRETARY,
    "网格长": Role.GRID_SECRETARY,
    "网格支部书记": Role.GRID_SECRETARY,
    "窗口人员": Role.WINDOW_CLERK,
    "窗口工作人员": Role.WINDOW_CLERK,
    "党务专干": Role.PARTY_OFFICER,
    "党务": Role.PARTY_OFFICER,
    "居务专干": Role.RESIDENT_AFFAIRS_OFFICER,
    "居务": Role.RESIDENT_AFFAIRS_OFFICER,
    "社区民警": Role.POLICE_OFFICER,
    "警务": Role.POLICE_OFFICER,
    "社区书记": Role.COMMUNITY_SECRETARY,
    "分包社区领导": Role.ASSIGNED_LEADER,
    "分包领导": Role.ASSIGNED_LEADER,
    "街道调度员": Role.DISPATCHER,
    "调度员": Role.DISPATCHER,
    "街道领导": Role.STREET_LEADER,
    "个人信息保护负责人": Role.DATA_PROTECTION_OFFICER,
    "系统管理员": Role.ADMINISTRATOR,
}
STREAMS: Final[Mapping[str, Stream]] = {
    "党务": Stream.PARTY,
    "居务": Stream.RESIDENTS,
    "警务": Stream.POLICE,
}
KINDS: Final[Mapping[str, Kind]] = {
    "提意见": Kind.OPINION,
    "办事": Kind.SERVICE,
    "报纠纷": Kind.DISPUTE,
}
DATUMS: Final[Mapping[str, Datum]] = {
    "WGS-84（GPS）": Datum.WGS84,
    "GCJ-02（高德、腾讯）": Datum.GCJ02,
    "BD-09（百度）": Datum.BD09,
}
YES, NO = "是", "否"


def first_name(words: Mapping[str, StrEnum], member: StrEnum) -> str:
    """Give the word that a sheet shows for a member."""
    return next(name for name, known in words.items() if known is member)


# --- sheets ---------------------------------------------------------------------------------------

_NAME = _text(LONGEST_NAME)
_ENGLISH_NAME = _text(LONGEST_ENGLISH_NAME)


def _flag_column(key: str, zh: str, en: str) -> Column:
    return Column(key=key, zh=zh, en=en, read=_flag, choices=(YES, NO))


def _unit_columns(example: str, name: str, *between: Column) -> tuple[Column, ...]:
    return (
        Column(key="code", zh="编码", en="code", read=_unit_code, required=True, example=example),
        Column(key="name", zh="名称", en="name", read=_NAME, required=True, example=name, width=20),
        Column(key="name_en", zh="英文名", en="English name", read=_ENGLISH_NAME, width=24),
        *between,
        Column(key="phone", zh="电话", en="phone", read=_phone, width=18),
        Column(key="address", zh="地址", en="address", read=_text(LONGEST_TEXT), width=30),
        Column(key="party_body", zh="党组织", en="Party body", read=_NAME, width=26),
    )


_SITE = _flag_column("demonstration_site", "示范点", "demonstration site")
_ACTIVE = _flag_column("active", "启用", "active")

STREET = Sheet(
    key="street",
    name="街道",
    en="street",
    required=True,
    columns=(*_unit_columns("示例S01", "某某街道"), _SITE),
)
COMMUNITIES = Sheet(
    key="communities",
    name="社区",
    en="communities",
    required=True,
    columns=(*_unit_columns("示例C01", "某某社区"), _SITE, _ACTIVE),
)
GRIDS = Sheet(
    key="grids",
    name="网格",
    en="grids",
    required=True,
    columns=(
        *_unit_columns(
            "示例C01-G1",
            "第一网格",
            Column(
                key="parent",
                zh="所属社区",
                en="community",
                read=_unit_code,
                required=True,
                codes_of="社区",
                example="示例C01",
            ),
        ),
        _ACTIVE,
        Column(
            key="datum",
            zh="坐标系",
            en="datum",
            read=_word(DATUMS),
            choices=tuple(DATUMS),
            width=22,
        ),
        Column(key="boundary", zh="边界", en="boundary", read=_boundary, width=40),
    ),
)
POSTS = Sheet(
    key="posts",
    name="岗位",
    en="posts",
    required=True,
    columns=(
        Column(
            key="unit",
            zh="单位编码",
            en="unit",
            read=_unit_code,
            required=True,
            example="示例C01",
        ),
        Column(
            key="role",
            zh="岗位",
            en="role",
            read=_word(ROLES),
            required=True,
            choices=tuple(_names(ROLES)),
            example="社区书记",
            width=22,
        ),
        Column(key="name", zh="姓名", en="staff member", read=_person, example="张某某"),
        Column(key="phone", zh="电话", en="phone", read=_phone, width=18),
    ),
)
DUTY = Sheet(
    key="duty",
    name="值班",
    en="duty",
    columns=(
        Column(
            key="name",
            zh="姓名",
            en="staff member",
            read=_person,
            required=True,
            example="示例张某某",
        ),
        Column(key="phone", zh="电话", en="phone", read=_phone, width=18),
        Column(
            key="starts_at",
            zh="开始",
            en="from",
            read=_moment,
            required=True,
            example="2026-12-01 18:00",
            width=20,
        ),
        Column(
            key="ends_at",
            zh="结束",
            en="until",
            read=_moment,
            required=True,
            example="2026-12-02 08:00",
            width=20,
        ),
    ),
)
CATALOGUE = Sheet(
    key="catalogue",
    name="目录",
    en="catalogue",
    columns=(
        Column(
            key="code",
            zh="编码",
            en="code",
            read=_category_code,
            required=True,
            example="示例street_trees",
            width=18,
        ),
        Column(
            key="kind",
            zh="类别",
            en="kind",
            read=_word(KINDS),
            required=True,
            choices=tuple(KINDS),
            example="办事",
        ),
        Column(key="name_zh", zh="名称", en="name", read=_NAME, example="行道树", width=20),
        Column(
            key="name_en",
            zh="英文名",
            en="English name",
            read=_ENGLISH_NAME,
            example="Trees",
            width=24,
        ),
        Column(
            key="stream",
            zh="条线",
            en="stream",
            read=_word(STREAMS),
            choices=tuple(STREAMS),
            example="居务",
        ),
        Column(
            key="importance",
            zh="重要程度",
            en="importance",
            read=_degree,
            choices=("1", "2", "3"),
            example="2",
        ),
        Column(
            key="urgency",
            zh="紧急程度",
            en="urgency",
            read=_degree,
            choices=("1", "2", "3"),
            example="1",
        ),
        _flag_column("public_space", "公共空间", "public space"),
        _flag_column("needs_confirmation", "居民确认", "confirmation"),
        Column(key="keywords", zh="关键词", en="keywords", read=_keywords, width=40),
        Column(key="examples", zh="例句", en="examples", read=_examples, width=60),
        Column(key="emoji", zh="图标", en="sign", read=_text(8)),
        _flag_column("removed", "停用", "removed"),
    ),
)
SHEETS: Final = (STREET, COMMUNITIES, GRIDS, POSTS, DUTY, CATALOGUE)
#: Sheets of the template that hold no data.
HELP_SHEET = "说明"
CHOICES_SHEET = "选项"
