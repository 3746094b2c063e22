"""Duty that is planned for somebody who has not joined yet: it is theirs from when they do."""

from dataclasses import dataclass
from datetime import datetime

from domain.organisation import Seat

#: Digits of a mobile number. Source: numbering plan of the telephone network, GB/T 15279.
_MOBILE = 11


@dataclass(frozen=True, kw_only=True, slots=True)
class WaitingShift:
    """A shift of somebody whom the office's file names, and who holds no post yet."""

    id: str
    name: str
    phone: str = ""
    seats: tuple[Seat, ...]
    """The posts that the file gives to them."""
    is_only_one: bool
    """Nobody else of that name is to hold one of these posts."""
    starts_at: datetime
    ends_at: datetime

    def is_of(self, seat: Seat, name: str, phone: str) -> bool:
        """Tell whether it is planned for whoever takes up a post now.

        Of two of one name the telephone decides; where it is missing, nobody can know.
        """
        if seat not in self.seats or name != self.name:
            return False
        if self.phone and phone:
            return digits_of(self.phone) == digits_of(phone)
        return self.is_only_one


def digits_of(phone: str) -> str:
    """Compare telephone numbers by their digits, without the country's."""
    digits = "".join(sign for sign in phone if sign.isdecimal())
    return digits.removeprefix("86") if len(digits) == _MOBILE + 2 else digits
