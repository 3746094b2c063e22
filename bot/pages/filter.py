"""The last filter before everybody's eyes: free text on a page shows nothing of private persons.

Writers are told before they publish (`handlers.broadcasts.publishing`), and what is stored is
hidden already. This one holds whatever came another way, or was the office's own once.
"""

from functools import lru_cache

from domain.street import Street
from domain.words.personal_data import screened

#: The same notices are shown again and again; each is read once.
_FIT_MAX = 1_000
_screened = lru_cache(_FIT_MAX)(screened)


def fit(street: Street, words: str) -> str:
    """Give a text as everybody may read it."""
    return _screened(words, street.public_contacts).words
