"""The answers of a draft, and what is taken as one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from domain.errors import Refused
from domain.messages import FileKind, Value, text
from domain.places.points import Point
from handlers.turn import Turn
from storage.drafts import Draft

#: As much as the page sends in one message, and four times Telegram's; what is longer is cut, and
#: the person is told.
MAX_TEXT = 16_000
Values = Mapping[str, Any]


class NotMineError(Exception):
    """Raised by a step for an answer of another sort, so that another step may take it."""


def with_value(draft: Draft, name: str, value: Any) -> Draft:
    """Put an answer into a draft."""
    return replace(draft, values={**draft.values, name: value})


def without_value(draft: Draft, *names: str) -> Draft:
    """Take answers out of a draft."""
    kept = {name: value for name, value in draft.values.items() if name not in names}
    return replace(draft, values=kept)


def clean_words(turn: Turn, given: str, min_letters: int) -> str:
    """Trim a text and make sure that it says something.

    Raises:
        Refused: it is empty, or only signs and pictures.
    """
    words = given.replace("\x00", "").strip()
    if sum(1 for sign in words if sign.isalnum()) < min_letters:
        raise Refused("text_needs_words")
    return cut(turn, words)


def cut(turn: Turn, words: str) -> str:
    """Cut words to what is kept, and say so."""
    if len(words) > MAX_TEXT:
        turn.say("forms.text_cut", limit=MAX_TEXT, given=len(words))
    return words[:MAX_TEXT]


def point_of(draft: Draft, name: str = "place") -> Point | None:
    """Give the location of a place answer."""
    place = draft.values.get(name) or {}
    if place.get("lat") is None:
        return None
    return Point(latitude=place["lat"], longitude=place["lon"])


def counted_files(kinds: Sequence[str]) -> Value:
    """Say how many photos and voices there are; None for none."""
    photos = sum(1 for kind in kinds if kind == FileKind.PHOTO)
    voices = len(kinds) - photos
    if not kinds:
        return None
    if not voices:
        return text("forms.photos_kept", photos=photos)
    if not photos:
        return text("forms.voices_kept", voices=voices)
    return text("forms.files_kept", photos=photos, voices=voices)


def files_of(draft: Draft, name: str = "files") -> tuple[str, ...]:
    """Give the attachment ids of a files answer."""
    return tuple(pair[0] for pair in draft.values.get(name) or ())
