"""Takes numbers of cards, passwords and codes out of an update before it is stored."""

from collections.abc import Mapping
from typing import Any

from domain.words.pay_secrets import mask

#: Members of an update that hold what somebody typed or named; the others are made by machines.
_TYPED = frozenset(
    {"text", "caption", "title", "file_name", "first_name", "last_name", "question", "performer"}
)
#: No member that is read lies deeper.
_DEEPEST = 8
#: A member of our own: what was taken out.
_MASKED = "masked"


def without_secrets(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give a raw update without what may not be kept; one that holds nothing of it as it is.

    A message that is nothing but a short number may answer a question for an account: its turn
    knows what was asked, and masks it otherwise.
    """
    found: set[str] = set()
    clean = _without(raw, found, _DEEPEST)
    return {**clean, _MASKED: sorted(found)} if found else raw


def _without(value: Any, found: set[str], depth: int) -> Any:
    if depth == 0:
        return value
    if isinstance(value, list):
        return [_without(one, found, depth - 1) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _masked(one, found)
        if isinstance(one, str) and name in _TYPED
        else _without(one, found, depth - 1)
        for name, one in value.items()
    }


def _masked(words: str, found: set[str]) -> str:
    masked = mask(words, account=True)
    found.update(masked.found)
    return masked.words


def masked_in(raw: Mapping[str, Any]) -> frozenset[str]:
    """Tell what was taken out of a stored update."""
    return frozenset(raw.get(_MASKED, ()))
