"""Does a text speak of somebody who works here? Then its writer is asked before it goes anywhere.

No reading of words can promise that a complaint is recognised. So this is generous: a post, the
name of somebody who holds one, or words for bad conduct are enough for a question. What is promised
holds by the ways that words take, and not by this; see ``handlers/conduct.py``.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from domain.words.lexicon import Guess, Lexicon
from domain.words.phrases import SIGNS, Phrases
from domain.words.plaintext import plain_text
from domain.words.understanding import Understanding

#: What this module alone reads in the lexicon.
GROUPS = frozenset({"harsh"})
#: Groups of the lexicon that name somebody who works for the office.
_STAFF = frozenset({"staff", "official", "kin_of_staff"})
#: Groups of the lexicon that tell of bad conduct, whoever's.
_DEEDS = frozenset(
    {"harsh", "misdeed", "misdeed_plain", "misdeed_likely", "rude_you", "accuse_bare"}
)
#: Of these, what tells how the writer was treated, with nobody named.
_HARSH = frozenset({"harsh"})
#: Groups of the lexicon that name somebody else: a neighbour, a landlord, a husband.
_OTHERS = frozenset({"rival", "side"})
#: Of a clause with one of these nothing goes on that its writer did not agree to.
_ABOUT_STAFF = _STAFF | _DEEDS | {"you", "outrage"}
#: Readings that end at the bot itself, or say nothing of anybody: a question, thanks.
_ANSWERED_HERE = frozenset(
    {Guess.HUMAN, Guess.HELP, Guess.GREETING, Guess.STATUS, Guess.QUESTION, Guess.THANKS}
)

_COMPOUND_SURNAMES = re.findall(
    "..", "欧阳司马上官诸葛东方夏侯皇甫尉迟公孙慕容令狐司徒端木长孙宇文南宫西门独孤"
)
#: What is put behind a surname to speak of somebody.
_TITLES = re.findall(
    r"\w+",
    "书记 主任 网格员 网格长 警官 民警 科长 站长 所长 局长 处长 部长 委员 师傅 老师 "
    "姐 哥 大姐 大哥 同志 工 律师 经理 干事 社工 干部 领导 调度 窗口 某",
)
#: Surnames behind 小 or 老 that are everyday words: 小区, 老家, 小时 …
_EVERYDAY = frozenset("区路时学车花门高家房师年城板人")
_LETTERS = re.compile(r"[a-z]{3,}")
_CLAUSE = re.compile(r"[^,，。.!！?？;；\n]+[,，。.!！?？;；\n]*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Signs:
    """What in a text points to somebody who works here."""

    named: frozenset[str] = frozenset()
    """The persons of the staff whose names stand in it."""
    staff: bool = False
    """A post is named: 网格员, 书记, the clerk."""
    deed: bool = False
    """Bad conduct is told, whoever's."""
    harsh: bool = False
    """How the writer was treated is told."""
    others: bool = False
    """Somebody else is named, whose conduct it may be."""
    complaint: bool = False
    """It may be read as a complaint about a person's conduct."""
    sure: bool = False
    """It can be read as nothing else."""
    answered_here: bool = False
    """The bot answers it by itself, so that nothing travels."""
    danger: bool = False
    """It tells of danger: then a post that is named is called for, not complained of."""

    def ask_before(self, *, directed: bool) -> bool:
        """Tell whether the writer is to be asked whom it is about before it goes anywhere.

        Args:
            directed: it would go to somebody who has the writer's case in hand, of whom people
                speak without saying so ("没修好，还骂我").
        """
        if self.danger and not self.deed:
            return False
        if self.named or self.complaint:
            return True
        if self.answered_here and not self.deed:
            return False
        return self.staff or (self.deed if directed else self.harsh and not self.others)


def signs_of(understood: Understanding, named: frozenset[str]) -> Signs:
    """Look for everything that points to somebody who works here.

    Args:
        understood: what a text is understood as.
        named: the persons of the staff whom it names, see `named_in`.
    """
    groups = understood.named
    conduct = understood.guess is Guess.CONDUCT
    return Signs(
        named=named,
        staff=not groups.isdisjoint(_STAFF),
        deed=not groups.isdisjoint(_DEEDS),
        harsh=not groups.isdisjoint(_HARSH),
        others=not groups.isdisjoint(_OTHERS),
        complaint=conduct or Guess.CONDUCT in understood.alternatives,
        sure=conduct and understood.sure,
        answered_here=understood.guess in _ANSWERED_HERE and understood.sure,
        danger=bool(understood.dangers),
    )


def named_in(plain: str, names: Mapping[str, str]) -> frozenset[str]:
    """Find the persons of the staff whom a text names, by their full name or as people do.

    Args:
        plain: the text in the spelling of `plain_text`.
        names: what staff members are called, by person.
    """
    return frozenset(_phrases_of(tuple(sorted(names.items()))).groups(plain))


@lru_cache(maxsize=8)
def _phrases_of(names: tuple[tuple[str, str], ...]) -> Phrases:
    pairs = ((person, phrase) for person, name in names for phrase in _called(plain_text(name)))
    return Phrases((person, phrase) for person, phrase in pairs if not set(phrase) & set(SIGNS))


def _called(name: str) -> Iterable[str]:
    """List how people speak of somebody: 汪思齐, 思齐, 汪书记, 小汪; Wang, Wang Siqi."""
    if len(name) < 2:
        return
    yield name
    if not all("一" <= sign <= "鿿" for sign in name):
        yield from (part for part in _LETTERS.findall(name) if part != name)
        return
    surname = next((one for one in _COMPOUND_SURNAMES if name.startswith(one)), name[0])
    given = name.removeprefix(surname)
    if len(given) > 1 and given not in _TITLES:
        yield given
    yield from (surname + title for title in _TITLES)
    if surname not in _EVERYDAY:
        yield from (f"小{surname}", f"老{surname}")


def without_staff(text: str, lexicon: Lexicon, names: Mapping[str, str]) -> str:
    """Leave out the clauses that speak of somebody who works here, or of bad conduct.

    What is left is a proposal to its writer and goes nowhere before they agree to it.
    """
    clauses = _CLAUSE.findall(text)
    speaks = {clause: _speaks_of_staff(clause, lexicon, names) for clause in set(clauses)}
    kept = [clause for clause in clauses if not speaks[clause]]
    return "".join(kept).strip(" ,，;；、\n") if len(kept) < len(clauses) else ""


def _speaks_of_staff(clause: str, lexicon: Lexicon, names: Mapping[str, str]) -> bool:
    plain = plain_text(clause)
    if not _ABOUT_STAFF.isdisjoint(lexicon.phrases.groups(plain)):
        return True
    return bool(named_in(plain, names))
