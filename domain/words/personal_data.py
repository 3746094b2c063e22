"""What must not stand before everybody's eyes: numbers and doors that lead to a private person.

Whatever is published goes through `screened`. It goes by shapes and rather hides a number too many
than one too few; names of people have no shape, so whoever writes is reminded of them in words.
Sources: PIPL, articles 25 and 28 (publishing needs a separate consent; sensitive data); Regulations
on open government information, article 15 (no publishing of personal privacy).
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

#: What stands in the place of what is hidden.
HIDDEN = "***"


class PersonalSort(StrEnum):
    """Sorts of personal data that have a shape."""

    IDENTITY = "identity"
    """The number of a citizen's identity card."""
    BANK_CARD = "bank_card"
    PHONE = "phone"
    CONTACT = "contact"
    """An e-mail address, or a name in WeChat or QQ."""
    PLATE = "plate"
    """A car's number plate."""
    DOOR = "door"
    """The exact door of somebody's home."""


#: What no notice ever needs: it is not hidden, the whole text is refused.
REFUSED = frozenset({PersonalSort.IDENTITY, PersonalSort.BANK_CARD})


@dataclass(frozen=True, slots=True)
class Screened:
    """A text as everybody may read it, and what was found in it."""

    words: str
    found: frozenset[PersonalSort]

    @property
    def refused(self) -> frozenset[PersonalSort]:
        """What nobody may publish, hidden or not."""
        return self.found & REFUSED


_GAP = r"[ .·\-–—]?"
_NUMERAL = "[0-9一二三四五六七八九十百零〇两]"
_PATTERNS: tuple[tuple[PersonalSort, re.Pattern[str]], ...] = tuple(
    (sort, re.compile(pattern, re.IGNORECASE))
    for sort, pattern in (
        # Source: GB 11643, 18 digits; before 1999, 15. A mistyped check digit betrays no less.
        (
            PersonalSort.IDENTITY,
            rf"(?<!\d)\d{{6}}{_GAP}(?:19|20)\d\d{_GAP}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
            rf"{_GAP}\d{{3}}[\dX](?![0-9A-Z])",
        ),
        (
            PersonalSort.IDENTITY,
            r"(?<!\d)[1-8]\d{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}(?!\d)",
        ),
        # Source: GB/T 19584, 13 to 19 digits; here 16 and more, in one piece or in fours.
        (
            PersonalSort.BANK_CARD,
            r"(?<!\d)(?:\d{16,19}|\d{4}(?:[ -]\d{4}){3}(?:[ -]?\d{1,3})?)(?!\d)",
        ),
        # Source: numbering plan of the telephone network, GB/T 15279.
        (PersonalSort.PHONE, rf"(?<!\d)(?:\+?86{_GAP})?1[3-9]\d(?:{_GAP}\d){{8}}(?!\d)"),
        (PersonalSort.PHONE, rf"(?<!\d)[(]?0\d{{2,3}}[)]?{_GAP}\d{{3,4}}{_GAP}\d{{4}}(?!\d)"),
        (
            PersonalSort.PHONE,
            r"(?:电话|手机|座机|热线|联系|致电|拨打|tel|phone|call)[^\w\n]{0,4}"
            r"(?P<hide>\d(?:[ -]?\d){5,9})(?!\d)",
        ),
        (PersonalSort.CONTACT, r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}"),
        (
            PersonalSort.CONTACT,
            r"(?:微信|wechat|qq)号?[:\s]{0,3}(?P<hide>[a-z0-9][a-z0-9_-]{4,19})",
        ),
        # Source: GA 36, number plates of motor vehicles.
        (
            PersonalSort.PLATE,
            "[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]"
            r"[A-Z][·. ]?(?=[A-Z0-9]*\d)[A-Z0-9]{5,6}(?![A-Z0-9])",
        ),
        # 3号楼2单元501室, 3号楼501, 二单元四楼东户; a whole building is nobody's door.
        (
            PersonalSort.DOOR,
            rf"(?:{_NUMERAL}{{1,4}}|[A-Z])(?:号楼|号院|栋|幢|座)\s?(?:{_NUMERAL}{{1,3}}|[甲乙丙丁A-Z])"
            rf"(?:单元|门洞|门)\s?(?:\d{{3,4}}(?!\d|[元人户名平年])(?:室|号|房)?"
            rf"|{_NUMERAL}{{1,3}}(?:楼|层)\s?(?:[东西南北中左右]{{1,2}}户|{_NUMERAL}{{1,3}}[室户号]))",
        ),
        (
            PersonalSort.DOOR,
            rf"(?:{_NUMERAL}{{1,4}}|[A-Z])(?:号楼|栋|幢|座)\s?\d{{3,4}}(?:室|房|(?![0-9]|[元人户名平年米]))",
        ),
        (
            PersonalSort.DOOR,
            rf"{_NUMERAL}{{1,2}}单元\s?(?:\d{{3,4}}(?:室|号|房|(?![0-9]|[元人户名平年米]))"
            rf"|{_NUMERAL}{{1,3}}(?:楼|层)\s?[东西南北中左右]{{1,2}}户)",
        ),
        (PersonalSort.DOOR, r"(?<![\d-])\d{1,3}-\d{1,2}-(?!(?:19|20)\d\d)\d{3,4}(?![\d-])"),
        (PersonalSort.DOOR, r"(?<!\d)\d{3,4}(?:室|房)(?![内间])"),
    )
)
#: Rooms in which an office works: what stands close before one that is nobody's home.
_OFFICE_ROOM = re.compile(
    "中心|社区|街道|居委|党群|服务|办公|大厅|工作站|警务|学校|会议|活动|站|馆"
)
_LOOK_BACK = 12


def screened(words: str, public: Collection[str] = ()) -> Screened:
    """Hide in a text what leads to a private person.

    Args:
        public: telephone numbers, addresses and the like that are the office's own: they stay.
    """
    plain = "".join(sign for sign in words if unicodedata.category(sign) != "Cf")
    even = "".join(map(_evened, plain))
    found = list(_found(even))
    # Few texts hold anything, and an office has many numbers of its own.
    taken = list(_own(even, public)) if found else []
    spans: list[tuple[int, int, PersonalSort]] = []
    for start, end, sort in found:
        if not any(start < stop and begin < end for begin, stop in taken):
            taken.append((start, end))
            spans.append((start, end, sort))
    return Screened(_without(plain, spans), frozenset(sort for _, _, sort in spans))


def _found(even: str) -> Iterator[tuple[int, int, PersonalSort]]:
    for sort, pattern in _PATTERNS:
        for match in pattern.finditer(even):
            if sort is not PersonalSort.DOOR or not _is_office(even, match):
                yield (*match.span("hide" if "hide" in pattern.groupindex else 0), sort)


def _evened(sign: str) -> str:
    """Make the widths of signs equal; each stays one sign, so that places do not move."""
    if sign.isdecimal():
        return str(unicodedata.digit(sign))
    even = unicodedata.normalize("NFKC", sign)
    return even if len(even) == 1 else sign


def _own(even: str, public: Collection[str]) -> Iterator[tuple[int, int]]:
    """Find what is the office's own, however it is spaced; only whole numbers count."""
    for one in public:
        signs = [re.escape(sign) for sign in map(_evened, one) if not re.fullmatch(_GAP, sign)]
        if len(signs) < 3:
            continue
        pattern = r"(?<![0-9A-Za-z])" + _GAP.join(signs) + r"(?![0-9A-Za-z])"
        yield from (match.span() for match in re.finditer(pattern, even, re.IGNORECASE))


def _is_office(even: str, match: re.Match[str]) -> bool:
    if not re.fullmatch(r"\d{3,4}[室房]", match[0]):
        return False
    before = re.split("[，。；;,.\n]", even[max(0, match.start() - _LOOK_BACK) : match.start()])[-1]
    return _OFFICE_ROOM.search(before) is not None


def _without(plain: str, spans: list[tuple[int, int, PersonalSort]]) -> str:
    pieces, at = [], 0
    for start, end, _ in sorted(spans):
        pieces += [plain[at:start], HIDDEN]
        at = end
    return "".join([*pieces, plain[at:]])
