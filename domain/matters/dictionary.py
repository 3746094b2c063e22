"""The dictionary that cuts Chinese text into words, and knows what kind of word each is."""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import jieba


@cache
def dictionary() -> "jieba.Tokenizer":
    """Load jieba's words, without the cache file that it would leave and trust in /tmp."""
    import warnings

    with warnings.catch_warnings():
        # It imports what later versions of setuptools warn of.
        warnings.simplefilter("ignore")
        import jieba

    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    return tokenizer


@cache
def kinds_of_words() -> Mapping[str, str]:
    """Give the kind of each word of the dictionary, as it writes it: n, v, nr for a person."""
    kinds: dict[str, str] = {}
    with dictionary().get_dict_file() as lines:
        for line in lines:
            word, _, kind = line.decode().split(" ")
            kinds[word] = kind.strip()
    return kinds
