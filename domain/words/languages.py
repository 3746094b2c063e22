"""Which language something is written in, as far as it decides in which one to answer."""

import re

#: Fewer words may be a name, a brand or a place ("wifi", "ok thanks").
_LEAST_WORDS = 3
_WORD = re.compile(r"[A-Za-z][A-Za-z'’-]*")
_HAN = re.compile(r"[㐀-鿿]")


def is_english(said: str) -> bool:
    """Tell whether a sentence is English: several words in Latin letters, and none in Chinese."""
    return _HAN.search(said) is None and len(_WORD.findall(said)) >= _LEAST_WORDS
