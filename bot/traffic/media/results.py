"""What is left of a file that somebody sent: the clean one, or why there is none."""

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """Why a picture or voice cannot be kept."""

    UNSUPPORTED = "unsupported"
    """Of a sort that is not taken."""
    BROKEN = "broken"
    """Of a sort that is taken, but damaged, or made to do harm."""
    TOO_LARGE = "too_large"
    """More pixels than may be decoded."""
    FILM = "film"
    """The person may send a photo or a voice instead."""


class Unusable(Exception):
    """Raised for a file that cannot be kept; nothing of its content is in here."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class CleanFile:
    """A picture or recording with nothing beside what is seen or heard."""

    data: bytes
    media_type: str
