"""Which places of a text lie near which others, for any number of places at once.

A set of places is the bits of one number: bit 3 stands for the place before the fourth character.
A step for all places together costs as much as for one of them, so that a text full of phrases is
read in the time of any other.
"""

import re
from collections.abc import Iterable

#: From so many on, places are written down as digits instead of being added one by one.
_MANY = 24


def bits(places: Iterable[int], beyond: int) -> int:
    """Give places, none of them above ``beyond``, as a number."""
    places = list(places)
    if len(places) < _MANY:
        number = 0
        for place in places:
            number |= 1 << place
        return number
    digits = bytearray(b"0") * (beyond + 1)
    for place in places:
        digits[beyond - place] = 49  # "1"; the first digit is the highest
    return int(digits, 2)


def row(number: int, beyond: int) -> str:
    """Give a "1" for each place that is in a number, and a "0" for every other one, in order."""
    return f"{number:0{beyond + 1}b}"[::-1]


class Reach:
    """How far one gets in a text without passing a sign that ends a sentence or clause."""

    def __init__(self, plain: str, sign: re.Pattern[str]) -> None:
        beyond = len(plain)
        ends = bits((end.start() for end in sign.finditer(plain)), beyond)
        self._free = {1: ((1 << beyond) - 1) & ~ends}
        """The places from which so many characters follow without a sign."""
        self._known: dict[int, list[tuple[int, int]]] = {}

    def after(self, number: int, within: int) -> int:
        """Give the places that lie at most so many characters behind one of some places."""
        for distance, free in self._steps(within):
            number |= (number & free) << distance
        return number

    def before(self, number: int, within: int) -> int:
        """Give the places that lie at most so many characters before one of some places."""
        for distance, free in self._steps(within):
            number |= (number >> distance) & free
        return number

    def _steps(self, within: int) -> list[tuple[int, int]]:
        """Make up a distance of few steps, each at most one longer than all before together."""
        if within not in self._known:
            steps: list[tuple[int, int]] = []
            covered = 0
            while covered < within:
                distance = min(covered + 1, within - covered)
                steps.append((distance, self._free_for(distance)))
                covered += distance
            self._known[within] = steps
        return self._known[within]

    def _free_for(self, distance: int) -> int:
        if distance not in self._free:
            half = self._free_for(distance - distance // 2)
            self._free[distance] = half & (half >> distance // 2)
        return self._free[distance]
