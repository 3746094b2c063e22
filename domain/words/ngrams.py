"""What a linear model sees of a sentence: the pieces of one to three signs that it consists of.

No word list and no cutting into words: a slip of voice input changes a few pieces and leaves the
others.
"""

import re
from collections import Counter
from operator import add

_DIGITS = re.compile(r"\d+")
_ELSE = re.compile(r"[^\w?]+")
_LATIN_WORD = re.compile(r"[a-z]{2,}")
#: Where a text begins and ends: "吗" says most at the end.
_BEGIN, _END = "^", "$"
#: What stands before a whole Latin word, of which three letters say little.
_WHOLE = "_"


def grams(plain: str) -> Counter[str]:
    """Count the pieces of a text in the spelling of `plain_text`, in linear time.

    Every number is the same, and so is all punctuation but the question mark.
    """
    spelled = _BEGIN + _ELSE.sub(" ", _DIGITS.sub("0", plain)).strip() + _END
    second, third = spelled[1:], spelled[2:]
    counts = Counter(spelled)
    counts.update(map(add, spelled, second))
    counts.update(map("".join, zip(spelled, second, third, strict=False)))
    counts.update(_WHOLE + word for word in _LATIN_WORD.findall(spelled))
    for sign in (_BEGIN, _END):
        del counts[sign]
    return counts
