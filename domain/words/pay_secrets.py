"""Numbers of bank cards, passwords and codes: what nobody may ever say to the office.

Whoever knows them can take money. They are masked before anything keeps them, however they are
spelt: in any digits, in Chinese numerals, with anything but letters between. It goes by shapes, and
rather masks a number too many; telephone, case and identity numbers, days and times are none.
Sources: GB/T 19584 (a card's number has 13 to 19 digits, the last one a check digit by ISO/IEC
7812-1, annex B); the office takes no money (S-11).
"""

import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from domain.words.personal_data import HIDDEN
from domain.words.plaintext import plain_sign, plain_text

#: Source: ISO/IEC 7812-1; GB/T 19584.
SHORTEST, LONGEST = 13, 19
#: No account number of water, power, gas or a telephone is longer. Source: forms of the State Grid
#: (10 or 13 digits); a longer one with a right check digit is taken for a card's.
LONGEST_ACCOUNT = 13


class PaySecret(StrEnum):
    """What gives access to somebody's money."""

    CARD = "card"
    WORD = "word"
    """A password, a PIN, the three digits of a card, a code that came by SMS."""


@dataclass(frozen=True, slots=True)
class Masked:
    """Words without what must not be kept, and what that was."""

    words: str
    found: frozenset[PaySecret]

    @property
    def says_more(self) -> bool:
        """Tell whether anything is left beside what was masked and the words that label it."""
        left = _LABELS_LEFT.sub("", plain_text(self.words.replace(HIDDEN, " ")))
        return any(sign.isalnum() for sign in left)


def mask(words: str, *, account: bool = False) -> Masked:
    """Mask in words what gives access to money; takes time in proportion to their length.

    Args:
        account: words that are nothing but a number of at most `LONGEST_ACCOUNT` digits stay: the
            number of an account was asked for.
    """
    signs = _Signs.of(words)
    spans = [(start, end, PaySecret.WORD) for start, end in _labelled(signs.even)]
    if not (account and _is_short_number(signs.even)):
        spans += [(start, end, PaySecret.CARD) for start, end in _cards(signs.even)]
    if not spans:
        return Masked(words, frozenset())
    pieces, at = [], 0
    for start, end in _merged([(start, end) for start, end, _ in spans]):
        pieces += [words[at : signs.places[start]], HIDDEN]
        at = signs.places[end - 1] + 1
        # What is drawn over or around the last digit goes with it.
        while at < len(words) and _is_nothing(words[at]):
            at += 1
    return Masked("".join([*pieces, words[at:]]), frozenset(sort for _, _, sort in spans))


# --- one spelling --------------------------------------------------------------------------------

_NUMERALS = {
    sign: str(value)
    for value, signs in enumerate(
        (
            "零〇○０",
            "一壹幺弌",
            "二贰两弍貳兩",
            "三叁参參弎",
            "四肆",
            "五伍",
            "六陆陸",
            "七柒",
            "八捌",
            "九玖",
        )
    )
    for sign in signs
}
_NOTHING = frozenset({"Cf", "Mn", "Me"})


def _is_nothing(sign: str) -> bool:
    """Tell whether a sign is unseen, or only drawn on the one before it."""
    return not sign.isascii() and unicodedata.category(sign) in _NOTHING


@lru_cache(maxsize=70_000)
def _even(sign: str) -> str:
    """Give one sign in one spelling: digits of every script and Chinese numerals are 0 to 9."""
    if sign in _NUMERALS:
        return _NUMERALS[sign]
    digit = unicodedata.digit(sign, None)
    return plain_sign(sign) if digit is None else str(digit)


@dataclass(frozen=True, slots=True)
class _Signs:
    even: str
    places: Sequence[int]
    """Where each sign of `even` stands in the words."""

    @classmethod
    def of(cls, words: str) -> "_Signs":
        if words.isascii():
            return cls(words.lower(), range(len(words)))
        places = [place for place, sign in enumerate(words) if not _is_nothing(sign)]
        return cls("".join(_even(words[place]) for place in places), places)


def _merged(spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    begun = ended = -1
    for start, end in sorted(spans):
        if start > ended:
            if ended > begun:
                yield begun, ended
            begun, ended = start, end
        ended = max(ended, end)
    if ended > begun:
        yield begun, ended


# --- cards ---------------------------------------------------------------------------------------

#: Digits with anything but letters between them; a handful of signs at most.
_CHAIN = re.compile(r"[0-9](?:[^\w]{0,8}_{0,4}[0-9])+")
_GROUP = re.compile(r"[0-9]+")
#: What is none of it, and stands between: it is no part of a card's number either.
_KNOWN = re.compile(
    r"(?<![0-9])(?:"
    # Source: GB 11643, the number of an identity card.
    r"[1-9][0-9]{5}[ -]?(?:19|20)[0-9]{2}[ -]?(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[ -]?"
    r"[0-9]{3}[0-9x]|[0-9]{17}x"
    # Source: GB/T 15279, mobile numbers, and those of a landline with its area code.
    r"|(?:\+?86[ -]?)?1[3-9][0-9]{9}"
    r"|(?:\+?86[ -]?)?1[3-9][0-9] [0-9]{4} [0-9]{4}(?! ?[0-9])"
    r"|(?:\+?86[ -]?)?1[3-9][0-9]-[0-9]{4}-[0-9]{4}(?!-?[0-9])"
    r"|0[0-9]{2,3}-[2-9][0-9]{6,7}"
    # Cases, days and times.
    r"|20[0-9]{2}-[0-9]{5}"
    r"|20[0-9]{2}[-/.][01]?[0-9][-/.][0-3]?[0-9]"
    r"|(?<!:)[0-2]?[0-9]:[0-5][0-9](?::[0-5][0-9])?(?!:)"
    r")(?![0-9])"
)


def _is_short_number(even: str) -> bool:
    digits = _GROUP.findall(even)
    return 0 < sum(map(len, digits)) <= LONGEST_ACCOUNT and all(not sign.isalpha() for sign in even)


def _cards(even: str) -> Iterator[tuple[int, int]]:
    """Find what may be the number of a card, however it is spaced."""
    if sum(sign.isdigit() for sign in even) < SHORTEST:
        return
    # A known number becomes a word: no chain goes through it.
    free = _KNOWN.sub(lambda known: "x" * len(known[0]), even)
    for chain in _CHAIN.finditer(free):
        if chain.end() - chain.start() >= SHORTEST:
            yield from _within(chain)


def _within(chain: re.Match[str]) -> Iterator[tuple[int, int]]:
    """Find the runs of whole groups of a chain that have the length and the check digit."""
    groups = [(one.start(), one.end()) for one in _GROUP.finditer(chain[0])]
    digits = [int(sign) for start, end in groups for sign in chain[0][start:end]]
    sums = _sums(digits)
    ends: list[int] = []  # where each group ends among the digits
    for start, end in groups:
        ends.append((ends[-1] if ends else 0) + end - start)
    for first in range(len(groups)):
        begun = ends[first - 1] if first else 0
        for last in range(first, len(groups)):
            length = ends[last] - begun
            if length > LONGEST:
                break
            if length < SHORTEST or _check(sums, begun, ends[last]) % 10:
                continue
            if not _counts_up(chain[0], groups[first : last + 1]):
                yield chain.start() + groups[first][0], chain.start() + groups[last][1]


def _sums(digits: Sequence[int]) -> tuple[list[int], list[int]]:
    """Add up digits, those at even places doubled, and those at odd ones."""
    sums: tuple[list[int], list[int]] = ([0], [0])
    for place, digit in enumerate(digits):
        double = digit * 2 - 9 if digit > 4 else digit * 2
        for parity in (0, 1):
            sums[parity].append(sums[parity][-1] + (double if place % 2 == parity else digit))
    return sums


def _check(sums: tuple[list[int], list[int]], start: int, end: int) -> int:
    """Give the sum of digits by Luhn: from the last one on, every second one is doubled."""
    doubled = sums[end % 2]
    return doubled[end] - doubled[start]


#: A list of rooms or readings has at least so many numbers, none with more digits.
_LIST_LEAST, _LIST_DIGITS = 5, 3


def _counts_up(chain: str, groups: Sequence[tuple[int, int]]) -> bool:
    """Tell whether groups are a list of rising numbers: 101, 102, 201, 202, 301."""
    if len(groups) < _LIST_LEAST or any(end - start > _LIST_DIGITS for start, end in groups):
        return False
    numbers = [int(chain[start:end]) for start, end in groups]
    return all(one < other for one, other in itertools.pairwise(numbers))


# --- what words label ----------------------------------------------------------------------------

_LABEL = (
    r"(?:密 ?码(?![锁门箱柜本])|验 ?证 ?码|校 ?验 ?码|动 ?态 ?码|短 ?信 ?码|安 ?全 ?码|pin ?码"
    r"|(?<![a-z])(?:passwords?|passcodes?|passwd|pwd|pin(?: ?(?:code|number))?"
    r"|cvv2?|cvc2?|cvn2?|otp|(?:security|verification|sms|one-time) codes?)(?![a-z]))"
)
_LABELS_LEFT = re.compile(
    rf"{_LABEL}|卡号|银行卡|储蓄卡|信用卡|支付|取款|登录|短信|我的|我|的|号码|号|是|为|就是|给你|给您"
    r"|(?<![a-z])(?:my|the|is|are|card|bank|number|code|no|and)(?![a-z])"
)
#: Three to twelve digits, with a sign or two between them.
_DIGITS = r"[0-9](?:[ .·_-]{0,2}[0-9]){2,11}(?![0-9])"
#: What counts something and opens nothing: 密码6位数 is too short anyway, 验证码120秒 is not.
_COUNTED = (
    r"(?![ ]?(?:室|号楼|元|块|户|楼|分|秒|月|日|年|次|天|人|位|层|个|点|小时|seconds|minutes))"
)
#: A few words between the label and what it labels, within one part of a sentence.
_BETWEEN = r"[^0-9,，。;；!！?？\n]{0,10}?"
_IS = (
    r"[ ]{0,3}(?:是|为|就是|叫|:|：|=|→|(?<![a-z])(?:is|was|are)(?![a-z]))"
    r"[ ]{0,3}[\"'“”‘’「【<(（]{0,2}"
)
#: Signs that may stand in a password; a comma at its end ends the part of the sentence.
_VALUE = r"[!-~]{2,63}[!-+\--:<-~]"
#: What is said of a password, and is none.
_SAID_OF_IT = re.compile(
    r"(?:wrong|not|incorrect|invalid|forgotten|lost|required|needed|expired|missing|the|too|an?|my"
    r"|your|our|right|correct|gone|there|it|here|asked|locked|reset|blocked|unknown|being|never|ok"
    r"|for|what|where|which|safe)(?![a-z0-9])"
)
_BEFORE = re.compile(rf"{_LABEL}{_BETWEEN}({_DIGITS}){_COUNTED}")
_NAMED = re.compile(rf"{_LABEL}{_IS}({_VALUE})")
_BESIDE = re.compile(rf"{_LABEL}[ ]{{0,3}}({_VALUE})")
_AFTER = re.compile(
    rf"(?<![0-9])({_DIGITS})[ ]{{0,3}}[(（]?(?:是|就是|为|is)?[ ]{{0,3}}"
    rf"(?:我的|您的|my|your|the)?[ ]{{0,3}}"
    rf"(?:银行卡|支付|取款|登录|短信|动态|bank|card)?[ ]?{_LABEL}"
)
_A_LABEL = re.compile(_LABEL)


def _labelled(even: str) -> Iterator[tuple[int, int]]:
    """Find the values of which the words beside them say that they open something."""
    if not _A_LABEL.search(even):
        return
    for pattern in (_BEFORE, _AFTER):
        for found in pattern.finditer(even):
            yield found.span(1)
    for found in _NAMED.finditer(even):
        if not _SAID_OF_IT.match(found[1]):
            yield found.span(1)
    for found in _BESIDE.finditer(even):
        # Without a word between them, only what looks like a password is one.
        if any(sign.isdigit() for sign in found[1]) and any(sign.isalpha() for sign in found[1]):
            yield found.span(1)
