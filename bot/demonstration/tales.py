"""The tales of the demonstration: what its people report, and how each case goes."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from bot.configuration.law_data import read_default
from bot.demonstration.demo_street import MONTH, street_file, street_of
from bot.words.wording import LOCAL_TIME
from domain.categories import Categories, Kind
from domain.matters.matter import Origin
from domain.messages import Side
from domain.organisation import Organisation, Unit
from domain.places.points import Point

MATTERS = 120


class Doing(StrEnum):
    """What people do to a matter; what the clock does follows from the rules."""

    HAND_OVER = "hand_over"
    """The owner gives it to a worker of the grid."""
    RETURN = "return"
    """The owner returns it to the level above."""
    ACCEPT = "accept"
    CONTACT = "contact"
    NOTE = "note"
    ASK = "ask"
    RESOLVE = "resolve"
    ANSWER = "answer"
    ADD = "add"
    SUPPORT = "support"
    SOLVED = "solved"
    NOT_SOLVED = "not_solved"
    RATE = "rate"
    WITHDRAW = "withdraw"


#: How residents come: by the page most of all.
_ORIGINS = (Origin.WEB, Origin.TELEGRAM, Origin.WINDOW, Origin.PHONE)
#: What a resident does; the rest is done by whoever owns the matter at that moment.
BY_RESIDENTS = frozenset(
    {
        Doing.ANSWER,
        Doing.ADD,
        Doing.SUPPORT,
        Doing.SOLVED,
        Doing.NOT_SOLVED,
        Doing.RATE,
        Doing.WITHDRAW,
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Deed:
    """One thing that somebody does, so long after the one before it."""

    doing: Doing
    after: timedelta
    text: str = ""
    score: int | None = None
    by: str | None = None
    """Another resident than the reporter."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tale:
    """One matter as it was told, and what people did to it."""

    fate: str
    kind: Kind
    category: str
    grid: str
    reporter: str
    origin: Origin
    text: str
    place_text: str
    point: Point
    filed_at: datetime
    hide_name: bool = False
    deeds: tuple[Deed, ...] = ()


@dataclass(slots=True)
class _Teller:
    """What is needed to make up one tale after the other."""

    rng: random.Random
    now: datetime
    words: Mapping[str, Any]
    residents: Mapping[str, list[str]]
    deeds: list[Deed] = field(default_factory=list)
    stock: Mapping[str, Any] = field(default_factory=dict)

    def do(self, doing: Doing, least: float, most: float, text: str = "", **more: Any) -> None:
        """Add a deed some hours after the one before it."""
        after = timedelta(minutes=round(self.rng.uniform(least, most) * 60))
        self.deeds.append(Deed(doing=doing, after=after, text=text, **more))

    def talk(self, what: str) -> str:
        """Pick something that is said in every category."""
        return str(self.rng.choice(self.words["talk"][what]))

    def did(self) -> str:
        """Pick what the worker of a category says was done."""
        return str(self.rng.choice(self.stock["did"]))

    def take(self, least: float = 0.1, most: float = 1.5) -> None:
        """The owner takes it in hand, or hands it to a worker who does."""
        if self.rng.random() < 0.5:
            self.do(Doing.HAND_OVER, least / 2, most / 2)
            least, most = least / 2, most / 2
        self.do(Doing.ACCEPT, least, most)

    def solve(self, least: float, most: float) -> None:
        """The worker says what was done."""
        self.do(Doing.RESOLVE, least, most, self.did())

    def confirm(self, *scores: int, words: str = "thanks") -> None:
        """The resident says solved, and mostly gives a score."""
        self.do(Doing.SOLVED, 0.2, 20)
        if self.rng.random() < 0.85:
            said = self.talk(words) if self.rng.random() < 0.6 else ""
            self.do(Doing.RATE, 0.01, 0.1, said, score=self.rng.choice(scores))


def _prompt(teller: _Teller) -> None:
    teller.take()
    teller.do(Doing.CONTACT, 0.1, 1)
    teller.solve(1, 16)
    teller.confirm(4, 5, 5, 5)


def _noted(teller: _Teller) -> None:
    teller.take()
    teller.do(Doing.NOTE, 0.5, 3, teller.talk("notes"))
    teller.solve(8, 40)
    teller.confirm(3, 4, 5)


def _asked(teller: _Teller) -> None:
    question, answer = teller.stock.get("asked") or ("请再说得具体一些？", "就是上面写的地方")
    teller.take()
    teller.do(Doing.ASK, 0.2, 2, question)
    teller.do(Doing.ANSWER, 0.5, 12, answer)
    teller.solve(2, 24)
    teller.confirm(4, 5)


def _asked_in_vain(teller: _Teller) -> None:
    question, _ = teller.stock.get("asked") or ("请再说得具体一些？", "")
    teller.take()
    teller.do(Doing.ASK, 0.2, 2, question)


def _slow(teller: _Teller) -> None:
    teller.do(Doing.ACCEPT, 20, 40)
    teller.do(Doing.ADD, 1, 10, teller.talk("additions"))
    teller.solve(60, 140)
    teller.confirm(2, 3, 3, words="lukewarm")


def _reopened(teller: _Teller) -> None:
    _refused(teller)
    teller.do(Doing.ACCEPT, 0.2, 3)
    teller.do(Doing.RESOLVE, 4, 20, teller.talk("redone"))
    teller.confirm(3, 4, 5)


def _refused(teller: _Teller) -> None:
    teller.take()
    teller.do(Doing.CONTACT, 0.1, 1)
    teller.solve(2, 20)
    teller.do(Doing.ADD, 1, 20, teller.talk("complaints"))
    teller.do(Doing.NOT_SOLVED, 0.05, 0.2)


def _silent(teller: _Teller) -> None:
    teller.take()
    teller.do(Doing.CONTACT, 0.1, 1)
    teller.solve(2, 30)


def _returned(teller: _Teller) -> None:
    teller.do(Doing.RETURN, 0.3, 2, teller.talk("returns"))
    teller.do(Doing.HAND_OVER, 0.2, 2)
    teller.do(Doing.ACCEPT, 0.2, 1)
    teller.do(Doing.CONTACT, 0.1, 1)
    teller.solve(4, 30)
    teller.confirm(3, 4, 5)


def _withdrawn(teller: _Teller) -> None:
    teller.take()
    teller.do(Doing.WITHDRAW, 0.5, 8, teller.talk("withdrawals"))


def _untouched(teller: _Teller) -> None:
    """Nobody does anything: it becomes overdue and climbs."""


def _stuck(teller: _Teller) -> None:
    teller.take()
    teller.do(Doing.CONTACT, 0.1, 1)


#: What may become of a matter, and how often, of a hundred or so.
_FATES: Mapping[Callable[[_Teller], None], int] = {
    _prompt: 38,
    _noted: 14,
    _asked: 9,
    _asked_in_vain: 3,
    _slow: 9,
    _reopened: 7,
    _refused: 2,
    _silent: 10,
    _returned: 5,
    _withdrawn: 6,
    _untouched: 3,
    _stuck: 4,
}
#: The resident whom a visitor plays has one of each in hand: to judge, to wait for, to look back.
_PLAYED: Sequence[tuple[str, Callable[[_Teller], None], float]] = (
    ("lighting", _silent, 0.9),
    ("rubbish", _stuck, 0.6),
    ("road", _prompt, 9.0),
    ("neighbour_noise", _noted, 16.0),
)


def history(
    seed: int, now: datetime, organisation: Organisation, categories: Categories
) -> list[Tale]:
    """Make up what happened in the month before a moment, the oldest first.

    Residents are those of `street_of`; what lies after the moment has not happened yet.
    """
    words = read_default("demo_history.toml")
    teller = _Teller(
        rng=random.Random(seed),  # noqa: S311  # a reproducible story, no secret
        now=now,
        words=words,
        residents=_residents_by_grid(now),
    )
    tales = [*_hot(teller, organisation), *_played(teller, categories, organisation)]
    told = [
        (code, told)
        for code, stock in words.items()
        if code not in ("hot", "talk") and categories.find(code)
        for told in stock["told"]
    ]
    while len(tales) < MATTERS:
        for code, (text, place) in teller.rng.sample(told, len(told))[: MATTERS - len(tales)]:
            filed_at = _some_moment(teller, now - MONTH, now)
            fate = teller.rng.choices(list(_FATES), list(_FATES.values()))[0]
            grid = teller.rng.choice(organisation.grids).code
            tales.append(_tale(teller, code, grid, text, place, filed_at, fate, organisation))
    return sorted(tales, key=lambda tale: tale.filed_at)


def _residents_by_grid(now: datetime) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for person in street_of(now).people:
        if person.side is Side.RESIDENTS and person.grid and not person.preferred:
            found.setdefault(person.grid, []).append(person.id)
    return found


def _hot(teller: _Teller, organisation: Organisation) -> Iterator[Tale]:
    """A subject that many write about at once: cars in the central garden. Requirement D-24."""
    hot = teller.words["hot"]
    for recent, stories in ((True, hot["told"]), (False, hot["before"])):
        for number, (text, place) in enumerate(stories):
            oldest = timedelta(days=6) if recent else timedelta(days=24)
            latest = timedelta(hours=6) if recent else timedelta(days=12)
            filed_at = _some_moment(teller, teller.now - oldest, teller.now - latest)
            fate = _prompt if not recent else (_stuck, _untouched, _noted)[number % 3]
            yield _tale(teller, "hot", hot["grid"], text, place, filed_at, fate, organisation)


def _played(teller: _Teller, categories: Categories, organisation: Organisation) -> Iterator[Tale]:
    for code, fate, days in _PLAYED:
        if categories.find(code) is None:
            continue
        text, place = teller.words[code]["told"][0]
        around = teller.now - timedelta(days=days)
        filed_at = _some_moment(teller, around - timedelta(hours=10), around)
        tale = _tale(teller, code, "C1-G1", text, place, filed_at, fate, organisation)
        yield replace(tale, reporter="demo-resident", hide_name=False)


def _some_moment(teller: _Teller, earliest: datetime, latest: datetime) -> datetime:
    """Pick a moment when people are awake, as far as there is one."""
    for _ in range(20):
        moment = earliest + (latest - earliest) * teller.rng.random()
        if 7 <= moment.astimezone(LOCAL_TIME).hour < 22:
            break
    return moment.replace(microsecond=0)


def _tale(
    teller: _Teller,
    code: str,
    grid: str,
    text: str,
    place: str,
    filed_at: datetime,
    fate: Callable[[_Teller], None],
    organisation: Organisation,
) -> Tale:
    rng = teller.rng
    stock = teller.words[code]
    teller.stock, teller.deeds = stock, []
    fate(teller)
    kind = Kind(stock["kind"])
    neighbours = rng.sample(teller.residents[grid], len(teller.residents[grid]))
    reporter = neighbours.pop()
    if kind is not Kind.DISPUTE and rng.random() < 0.25:
        for other in neighbours[: rng.randint(1, 3)]:
            at = rng.randint(0, min(1, len(teller.deeds)))
            after = timedelta(minutes=rng.randint(5, 30))
            teller.deeds.insert(at, Deed(doing=Doing.SUPPORT, after=after, by=other))
    return Tale(
        fate=fate.__name__.strip("_"),
        kind=kind,
        category=stock.get("category", code),
        grid=grid,
        reporter=reporter,
        origin=rng.choices(_ORIGINS, [7, 1, 1, 1])[0],
        text=text,
        place_text=f"{_areas()[grid]}{place}",
        point=_point_in(organisation.units[grid], rng),
        filed_at=filed_at,
        hide_name=kind is not Kind.SERVICE and rng.random() < 0.2,
        deeds=tuple(teller.deeds),
    )


@cache
def _areas() -> Mapping[str, str]:
    return {row["code"]: row["area"] for row in street_file()["grids"]}


def _point_in(grid: Unit, rng: random.Random) -> Point:
    """Pick a place well inside a grid, whose boundary is a quadrangle without dents."""
    boundary: Any = grid.boundary
    corners = boundary["coordinates"][0][:-1]
    weights = [rng.uniform(0.5, 1) for _ in corners]
    longitude, latitude = (
        sum(weight * corner[axis] for weight, corner in zip(weights, corners, strict=True))
        / sum(weights)
        for axis in (0, 1)
    )
    return Point(latitude=round(latitude, 6), longitude=round(longitude, 6))
