"""The demonstration street: fictional people and a month of varied history.

`street_of` gives units, staff and residents, `history` what residents told and what became of it,
and `plant` writes both into an empty database. Everything is a function of a seed and a moment;
the words stand in ``bot/configuration/defaults/demo_street.toml`` and ``demo_history.toml``.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from bot.configuration.law_data import read_default
from bot.configuration.street_source import StreetSource
from bot.words.wording import LOCAL_TIME
from domain.categories import EMERGENCY, Catalogue, Category, Kind
from domain.errors import UserError
from domain.matters import life
from domain.matters.clock import timer_in
from domain.matters.life import Filing
from domain.matters.matter import Act, Happening, Matter, Origin, Particulars, State, Step
from domain.messages import Channel, Side
from domain.organisation import Organisation, Post, Role, Seat, Unit, UnitKind
from domain.people import Account, Language, Person
from domain.places.points import Point
from domain.rules import ClockRules
from domain.street import Street
from storage import organisation as stored
from storage.changes import apply
from storage.database import Database
from storage.matters.followers import Follower
from storage.numbers import reserve_numbers
from storage.organisation import write_duty
from storage.work import CLOCK, Numbers, Work

#: How far back the history reaches, and how many matters it holds.
MONTH = timedelta(days=30)
MATTERS = 120
#: How far the duty roster reaches; the demonstration's clock may be moved forward by weeks.
ROSTER = timedelta(days=90)
#: Staff took up their posts so long before the history begins.
_TENURE = timedelta(days=400)
_NIGHT = (time(18), time(8))


# --- the street -----------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Persona:
    """A fictional person as whom a visitor of the demonstration may speak."""

    key: str
    person: Person
    account: Account
    role: Role


@dataclass(frozen=True, kw_only=True)
class DemoStreet:
    """Everybody and everything of the street before anything happens."""

    units: tuple[Unit, ...]
    people: tuple[Person, ...]
    posts: tuple[Post, ...]
    personas: tuple[Persona, ...]
    duty: tuple[str, ...]
    """The persons of the duty roster, in turn."""

    @property
    def organisation(self) -> Organisation:
        """The street as rules see it."""
        return Organisation(
            units={unit.code: unit for unit in self.units},
            posts=self.posts,
            names={person.id: person.name for person in self.people},
        )


@cache
def _street_file() -> Mapping[str, Any]:
    return read_default("demo_street.toml")


def street_of(now: datetime) -> DemoStreet:
    """Give the street as it stands at a moment; the same every time but for the dates."""
    given = _street_file()
    since = now - MONTH - _TENURE
    staff: dict[str, Person] = {}
    posts = []
    for number, row in enumerate(given["staff"]["posts"], 1):
        member = staff.setdefault(
            row["name"], _person(f"demo-staff-{len(staff) + 1:02}", Side.STAFF, row, since)
        )
        post = Post(
            id=f"demo-post-{number:02}",
            unit=row["unit"],
            role=Role(row["role"]),
            person=member.id,
            since=since,
        )
        posts.append(post)
    residents = [
        _person(f"demo-{grid.lower()}-{number}", Side.RESIDENTS, {"name": name}, since, grid)
        for grid, names in given["residents"].items()
        for number, name in enumerate(names, 1)
    ]
    personas = tuple(_persona(row, staff, posts, since) for row in given["personas"])
    played = [persona.person for persona in personas if persona.role is Role.RESIDENT]
    by_name = {persona.person.id: persona.person for persona in personas}
    return DemoStreet(
        units=tuple(_units(given)),
        people=(*(by_name.get(one.id, one) for one in staff.values()), *played, *residents),
        posts=tuple(posts),
        personas=personas,
        duty=tuple(staff[name].id for name in given["staff"]["duty"]),
    )


def _units(given: Mapping[str, Any]) -> Iterator[Unit]:
    street = given["street"]
    yield Unit(kind=UnitKind.STREET, parent=None, **street)
    for row in given["communities"]:
        yield Unit(kind=UnitKind.COMMUNITY, parent=street["code"], **row)
    for row in given["grids"]:
        yield Unit(
            code=row["code"],
            kind=UnitKind.GRID,
            parent=row["community"],
            name=row["name"],
            name_en=row["name_en"],
            party_body=row["party_body"],
            boundary={"type": "Polygon", "coordinates": [row["boundary"]]},
        )


def _person(
    person: str, side: Side, row: Mapping[str, Any], since: datetime, grid: str | None = None
) -> Person:
    return Person(
        id=person,
        side=side,
        language=Language.CHINESE,
        grid=grid,
        name=row["name"],
        phone=row.get("phone", ""),
        noticed=1,
        created_at=since,
    )


def _persona(
    row: Mapping[str, Any], staff: Mapping[str, Person], posts: Sequence[Post], since: datetime
) -> Persona:
    side = Side(row["side"])
    name = f"demo-{row['key']}"
    person = staff.get(row["name"]) or _person(name, side, row, since, row.get("grid"))
    role = next((post.role for post in posts if post.person == person.id), Role.RESIDENT)
    account = Account(
        id=name,
        person=person.id,
        side=side,
        channel=Channel.WEB,
        address=name,
        created_at=since,
        seen_at=since,
    )
    return Persona(
        key=row["key"], person=replace(person, preferred=name), account=account, role=role
    )


def shifts(persons: Sequence[str], now: datetime) -> Iterator[dict[str, Any]]:
    """Give the rows of the duty roster: one person each night and each day of a weekend."""
    first = now.astimezone(LOCAL_TIME).date() - timedelta(days=7)
    for number in range((ROSTER + timedelta(days=7)).days):
        day = first + timedelta(days=number)
        begins = _local(day, time(8) if day.weekday() >= 5 else _NIGHT[0])
        yield {
            "id": f"demo-duty-{day:%Y%m%d}",
            "person": persons[day.toordinal() % len(persons)],
            "starts_at": begins,
            "ends_at": _local(day + timedelta(days=1), _NIGHT[1]),
        }


def _local(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, tzinfo=LOCAL_TIME)


# --- the history ----------------------------------------------------------------------------------


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
_BY_RESIDENTS = frozenset(
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
    seed: int, now: datetime, organisation: Organisation, catalogue: Catalogue
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
    tales = [*_hot(teller, organisation), *_played(teller, catalogue, organisation)]
    told = [
        (code, told)
        for code, stock in words.items()
        if code not in ("hot", "talk") and catalogue.find(code)
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


def _played(teller: _Teller, catalogue: Catalogue, organisation: Organisation) -> Iterator[Tale]:
    for code, fate, days in _PLAYED:
        if catalogue.find(code) is None:
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
    return {row["code"]: row["area"] for row in _street_file()["grids"]}


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


# --- how it came about ----------------------------------------------------------------------------


@dataclass(slots=True)
class _Course:
    """One matter on its way from being filed to the present."""

    street: Street
    rng: random.Random
    tale: Tale
    matter: Matter

    @property
    def rules(self) -> ClockRules:
        return self.street.rules(self.matter.community)

    def sign(self, by: str, role: Role, at: datetime) -> Act:
        return Act(by, role, at, self.rng.randbytes(32))

    def owner_act(self, at: datetime) -> Act:
        return self.sign(self.matter.owner or CLOCK, self.matter.seat.role, at)

    def run(self, now: datetime) -> None:
        """Do one deed after the other until the present, and what the clock does between them."""
        at = self.tale.filed_at
        for deed in self.tale.deeds:
            at = self._moment_of(deed, at)
            if at > now:
                break
            self._wait_until(at)
            try:
                self._do(deed, at)
            except UserError:
                # The clock was quicker: whoever comes too late finds the matter past this step.
                break
        self._wait_until(now)

    def _moment_of(self, deed: Deed, before: datetime) -> datetime:
        moment = before + deed.after
        if deed.doing in _BY_RESIDENTS:
            return self.street.waking(moment)
        if self.matter.urgency >= EMERGENCY and deed.doing is not Doing.RESOLVE:
            # Called by the duty roster, at any hour.
            return before + deed.after / 10
        return self.street.office.calendar.next_opening(moment)

    def _do(self, deed: Deed, at: datetime) -> None:
        resident = self.sign(deed.by or self.tale.reporter, Role.RESIDENT, at)
        owner = self.owner_act(at)
        matter, text = self.matter, deed.text
        clockwork: Any = {"rules": self.rules, "calendar": self.street.office.calendar}
        match deed.doing:
            case Doing.HAND_OVER:
                matter = self._handed_over(owner)
            case Doing.RETURN:
                matter = self._returned(owner, text)
            case Doing.ACCEPT:
                matter = life.accept(matter, owner)
            case Doing.CONTACT:
                matter = life.contact(matter, owner)
            case Doing.NOTE:
                matter = life.note(matter, owner, text)
            case Doing.ASK:
                matter = life.ask(matter, owner, text, **clockwork)
            case Doing.RESOLVE:
                matter = life.resolve(matter, owner, text, (), **clockwork)
            case Doing.ANSWER:
                matter = life.answer(matter, resident, text, **clockwork)
            case Doing.ADD:
                matter = life.add(matter, resident, text)
            case Doing.SUPPORT:
                matter = life.support(matter, resident)
            case Doing.SOLVED | Doing.NOT_SOLVED:
                solved = deed.doing is Doing.SOLVED
                matter = life.judge(matter, resident, solved=solved, **clockwork)
            case Doing.RATE:
                matter = life.rate(matter, resident, deed.score or 0, text)
            case Doing.WITHDRAW:
                matter = life.withdraw(matter, resident, text)
        self.matter = matter

    def _handed_over(self, act: Act) -> Matter:
        seat = Seat(self.matter.grid, Role.GRID_WORKER)
        workers = self.street.organisation.holders(seat, act.at)
        if not workers or workers[0].person == self.matter.owner:
            return self.matter
        return life.hand_over(self.matter, act, seat=seat, to=workers[0].person)

    def _returned(self, act: Act, reason: str) -> Matter:
        above = self.street.organisation.above(self.matter.seat, act.at)
        if above is None or above.person is None:
            return self.matter
        return life.give_back(
            self.matter, act, reason, seat=above.seat, owner=above.person, rules=self.rules
        )

    def _wait_until(self, moment: datetime) -> None:
        """Let the clock do what is due until a moment, without the messages it would send."""
        while (timer := timer_in(self.street, self.matter)) and timer.due_at <= moment:
            struck = self._strike(timer.step, timer.due_at)
            self.matter = replace(struck, reminded_until=timer.due_at)

    def _strike(self, step: Step, at: datetime) -> Matter:
        act = self.sign(CLOCK, Role.ADMINISTRATOR, at)
        if step is Step.ANSWER_LAPSED:
            calendar = self.street.office.calendar
            return life.lapse_question(self.matter, act, rules=self.rules, calendar=calendar)
        if step is Step.JUDGE_LAPSED:
            seen = self.rng.random() < 0.7
            return life.lapse_verdict(self.matter, act, seen=seen, rules=self.rules)
        if step in (Step.CLIMB, Step.ACKNOWLEDGE):
            return self._climbed(act, step)
        return self.matter

    def _climbed(self, act: Act, step: Step) -> Matter:
        """Tell the next level; an emergency that nobody accepts changes hands."""
        matter = self.matter
        above = self.street.organisation.above(matter.climbed_to or matter.seat, act.at)
        if above is None or above.person is None:
            return matter
        if step is Step.ACKNOWLEDGE and matter.state is State.DISPATCHED:
            return life.take_up(matter, act, seat=above.seat, owner=above.person)
        return life.climb(matter, act, seat=above.seat, to=above.person, why=step)


def enact(tale: Tale, number: str, street: Street, now: datetime, rng: random.Random) -> Matter:
    """Live a tale through the rules of the house, until a moment; its events are all fresh."""
    organisation = street.organisation
    community = organisation.community_of(tale.grid)
    if community is None:
        raise LookupError(f"no grid {tale.grid}")
    catalogue = street.office.catalogue
    category: Category = catalogue.find(tale.category) or catalogue.other(tale.kind)
    confidential = tale.kind is Kind.DISPUTE
    filing = Filing(
        kind=tale.kind,
        category=category.code,
        community=community.code,
        grid=tale.grid,
        origin=tale.origin,
        reporter=tale.reporter,
        particulars=Particulars(text=tale.text, place_text=tale.place_text, point=tale.point),
        importance=category.importance,
        urgency=category.urgency,
        hide_name=tale.hide_name,
        confidential=confidential,
        public_space=category.public_space and not confidential,
        stream=category.stream,
    )
    owed = organisation.responsible(tale.grid, tale.filed_at)
    matter = life.file(
        number,
        filing,
        Act(tale.reporter, Role.RESIDENT, tale.filed_at, rng.randbytes(32)),
        seat=owed.seat,
        owner=owed.person,
        rules=street.rules(community.code),
        calendar=street.office.calendar,
    )
    course = _Course(street, rng, tale, matter)
    course.run(now)
    return course.matter


# --- into the database ----------------------------------------------------------------------------


async def plant(
    database: Database, source: StreetSource, now: datetime, *, seed: int = 1
) -> tuple[Persona, ...]:
    """Write street and history into a database that has no street yet, and give the personas.

    A second call changes nothing.
    """
    street = street_of(now)
    async with database.write() as tx:
        if (await stored.load(tx)).units:
            return street.personas
        work = Work(
            tx=tx,
            street=Street(source.office(street.organisation, now), street.organisation),
            now=now,
            numbers=Numbers(),
        )
        work.changes.save(*street.units, *street.people, *street.posts)
        work.changes.save(*(persona.account for persona in street.personas))
        await write_duty(tx, list(shifts(street.duty, now)))
        tales = history(seed, now, street.organisation, work.street.office.catalogue)
        years = [work.street.local_year(tale.filed_at) for tale in tales]
        for year in sorted(set(years)):
            work.numbers.add(year, await reserve_numbers(tx, year, years.count(year)))
        rng = random.Random(seed)  # noqa: S311  # a reproducible story, no secret
        for tale, year in zip(tales, years, strict=True):
            matter = enact(tale, work.numbers.take(year), work.street, now, rng)
            work.save_matter(matter)
            work.changes.save(*_followers(matter))
        await apply(tx, [work.changes])
    return street.personas


def _followers(matter: Matter) -> Iterator[Follower]:
    for event in matter.fresh:
        if event.happening is Happening.FOLLOWED:
            yield Follower(number=matter.number, person=event.actor, at=event.at)
