"""Which words may stand as the headline of a topic: things and doings, never a person.

A headline is read by everybody who gets a digest, and stands on charts. A name has no shape of its
own, so it goes the other way round: only words that the dictionary knows as common ones, and the
catalogue's own, are let through. Rather a topic that is called by its category than a name.
"""

from collections.abc import Sequence

from domain.matters.dictionary import kinds_of_words
from domain.matters.street_names import FAMILY_NAMES
from domain.words.personal_data import screened

#: Kinds of words in the dictionary: things, doings, qualities, places, times; never names.
_COMMON = frozenset({"n", "v", "vn", "a", "an", "s", "t", "l", "b", "vi"})
#: Behind a word these tell that it was somebody.
_TITLES = frozenset(
    word
    for line in (
        "家 他 她 先生 女士 小姐 师傅 老师 医生 老板 同志 书记 主任 队长 经理 老伴 儿子 女儿",
        "大爷 大妈 大叔 大婶 大哥 大姐 阿姨 叔叔 奶奶 爷爷 伯伯",
    )
    for word in line.split()
)
_BEFORE_A_NAME = frozenset("老小阿叫姓") | FAMILY_NAMES


def may_name(word: str, known: frozenset[str]) -> bool:
    """Tell whether a word by itself may be shown.

    Args:
        known: the keywords of the catalogue: an office chose them.
    """
    if screened(word).found:
        return False
    return word in known or kinds_of_words().get(word) in _COMMON


def persons_among(tokens: Sequence[str]) -> frozenset[str]:
    """Find the words of a text that stand where somebody is named, common ones or not."""
    found = set()
    for place, word in enumerate(tokens):
        before = tokens[place - 1] if place else ""
        after = tokens[place + 1] if place + 1 < len(tokens) else ""
        if before in _BEFORE_A_NAME or after in _TITLES:
            found.add(word)
    return frozenset(found)
