"""The last filter before everybody's eyes: free text on a page shows nothing of private persons.

Writers are told before they publish (`handlers.broadcasts.publishing`), and what is stored is
hidden already. This one holds whatever came another way, or was the office's own once.
"""

from domain.street import Street
from domain.words.personal_data import screened


def fit(street: Street, words: str) -> str:
    """Give a text as everybody may read it."""
    return screened(words, street.public_contacts).words
