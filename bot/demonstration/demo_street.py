"""The street of the demonstration: invented units, people and posts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

from bot.configuration.law_data import read_default
from bot.words.wording import LOCAL_TIME
from domain.messages import Channel, Side
from domain.organisation import Organisation, Post, Role, Unit, UnitKind
from domain.people import Account, Language, Person

#: How far back the history reaches, and how many matters it holds.
MONTH = timedelta(days=30)
#: How far the duty roster reaches; the demonstration's clock may be moved forward by weeks.
ROSTER = timedelta(days=90)
#: Staff took up their posts so long before the history begins.
_TENURE = timedelta(days=400)
_NIGHT = (time(18), time(8))


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
def street_file() -> Mapping[str, Any]:
    """Read the street of the demonstration, once."""
    return read_default("demo_street.toml")


def street_of(now: datetime) -> DemoStreet:
    """Give the street as it stands at a moment; the same every time but for the dates."""
    given = street_file()
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
