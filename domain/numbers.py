"""Case numbers as they are written and typed: the year and a serial, ``2026-00017``."""

import re

from domain.words.plaintext import normal

#: A whole case number, as it is written everywhere.
CASE_NUMBER = re.compile(r"20\d\d-\d{5,}")
_TYPED = re.compile(r"(?<!\d)(20\d\d)[-－—–](\d{5,9})(?!\d)")
#: What may stand beside a number that is typed alone: 请看, 谢谢, a full stop.
_ASIDE = 6


def typed_number(said: str) -> str | None:
    """Find the case number that a text is nothing else but, or nearly; None for other texts."""
    plain = normal(said.strip())
    match = _TYPED.search(plain)
    if match is None or len(plain) > len(match.group()) + _ASIDE:
        return None
    return f"{match[1]}-{match[2]}"
