"""One resident's words under a topic: a sentence that leads to nobody, or none.

A leader reads it, who need not know who said it. A name has no shape of its own, so it goes the
other way round, as for the headline (`topic_words`): a sentence is quoted only where the dictionary
knows every word of it, and none of them as a name.
"""

import re
from collections.abc import Collection, Iterable

from domain.matters.dictionary import dictionary, kinds_of_words
from domain.matters.street_names import FAMILY_NAMES
from domain.matters.topic_words import persons_among
from domain.words.personal_data import screened
from domain.words.plaintext import plain_text

#: So many different persons must have said much the same: one alone would be recognised.
LEAST_PERSONS = 3
_SHORTEST, _LONGEST = 6, 40
#: Of a long text somebody's first sentences are looked at.
_LOOKED_AT = 200
_END = re.compile(r"[。！？!?；;\n\r]+")
#: How an own home is spoken of: who lives there knows whose it is.
_HOME = re.compile(
    r"我是|姓|户主|(?<![大国专回搬人到])家(?![长具电政庭园])"
    r"|单元|号楼|栋|幢|室|层|\d{2,}|[a-z]{2,}"
)
#: Kinds of words of persons and of what else is called by a name, in the dictionary's notation.
_STRANGE = ("nr", "nrt", "nrfg", "ns", "nt", "nz", "x")
#: The first sign of the kinds of doings, qualities, measures and small words.
_EVERYDAY = frozenset("vadmfpcuqrl")
#: Before a family name they make what somebody is called.
_FAMILIAR = frozenset("老小阿")
_LONG_FAMILY_NAMES = frozenset(
    ("欧阳", "上官", "司马", "诸葛", "夏侯", "皇甫", "尉迟", "公孙", "慕容", "司徒", "令狐", "端木")
)
#: Behind a thing they say where: the dictionary takes some of it for names (花园里).
_SIDES = frozenset("里边上下前后口")


def quotable(text: str, known: Collection[str], staff: Iterable[str]) -> str:
    """Give the first sentence of a text that may be quoted; empty for none. Loads a dictionary.

    Args:
        known: the keywords of the catalogue: an office chose them.
        staff: what members of staff are called.
    """
    names = [name for name in staff if name]
    for sentence in _END.split(text[:_LOOKED_AT]):
        said = sentence.strip(" ，,、.…~～")
        fits = _SHORTEST <= len(said) <= _LONGEST and not any(name in said for name in names)
        if fits and leads_to_nobody(said, known):
            return said
    return ""


def leads_to_nobody(sentence: str, known: Collection[str]) -> bool:
    """Tell whether a sentence has no number, no door and no word that may be a name."""
    plain = plain_text(sentence)
    if screened(sentence).found or _HOME.search(plain):
        return False
    words = [word for word in dictionary().cut(plain) if word.isalnum()]
    if persons_among(words):
        return False
    return all(word in known or _is_common(word) for word in words)


def _is_common(word: str) -> bool:
    if word.isdecimal():
        return True
    # The beginning of a name that was cut in two, or 小张.
    if word in FAMILY_NAMES or word in _LONG_FAMILY_NAMES:
        return False
    if word[0] in _FAMILIAR and word[1:2] and word[1:2] in FAMILY_NAMES:
        return False
    if _kind(word) not in ("", *_STRANGE):
        return True
    if word[-1] in _SIDES and _kind(word[:-1]) == "n":
        return True
    # Two everyday words that nobody keeps as one (停满, 太吵); an unknown name is made of others.
    return not _kind(word) and all(
        _kind(sign)[:1] in _EVERYDAY and sign not in FAMILY_NAMES for sign in word
    )


def _kind(word: str) -> str:
    return kinds_of_words().get(word, "") or ""
