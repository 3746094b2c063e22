"""A street and matters without any storage, for the tests of the rules."""

from datetime import UTC, datetime, time, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from domain.access.actors import Actor, actor_of
from domain.categories import Kind
from domain.chain import Act
from domain.matters import life
from domain.matters.life import Filing
from domain.matters.matter import Matter, Origin, Particulars
from domain.matters.rules import Allowances, ClockRules
from domain.organisation import Organisation, Post, Role, Seat, Unit, UnitKind
from domain.working_time import Allowance, WorkCalendar

#: A Tuesday, 09:00 in Shanghai.
MORNING = datetime(2026, 11, 24, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
CALENDAR = WorkCalendar(
    timezone=ZoneInfo("Asia/Shanghai"), hours=((time(8), time(12)), (time(14), time(18)))
)


def _allowances(contact: float, resolve: float, *, calendar: bool = False) -> Allowances:
    return Allowances(
        contact=Allowance(hours=contact, calendar=calendar),
        resolve=Allowance(hours=resolve, calendar=calendar),
    )


RULES = ClockRules(
    by_urgency={
        1: _allowances(8, 40),
        2: _allowances(4, 24),
        3: _allowances(1, 24, calendar=True),
    },
    soon_share=0.75,
    climb={
        1: Allowance(hours=8),
        2: Allowance(hours=4),
        3: Allowance(hours=1, calendar=True),
    },
    acknowledge=timedelta(minutes=15),
    answer_remind=Allowance(hours=24),
    answer_window=Allowance(hours=40),
    unseen=Allowance(hours=8),
    judge_remind=Allowance(hours=24),
    judge_window=Allowance(hours=56),
    recheck=timedelta(days=30),
    max_returns=2,
)

UNITS = {
    unit.code: unit
    for unit in (
        Unit(code="S", kind=UnitKind.STREET, parent=None, name="梧桐街道"),
        Unit(code="E", kind=UnitKind.COMMUNITY, parent="S", name="东园社区"),
        Unit(code="W", kind=UnitKind.COMMUNITY, parent="S", name="西园社区"),
        Unit(code="E1", kind=UnitKind.GRID, parent="E", name="第一网格"),
        Unit(code="E2", kind=UnitKind.GRID, parent="E", name="第二网格"),
        Unit(code="W1", kind=UnitKind.GRID, parent="W", name="第三网格"),
    )
}

_salts = count()


def post(person: str, role: Role, unit: str, **more: Any) -> Post:
    """Let somebody hold a role in a unit."""
    return Post(
        id=f"{person} {role} {unit}",
        unit=unit,
        role=role,
        person=person,
        since=more.pop("since", MORNING - DAY),
        **more,
    )


LADDER = (
    post("secretary", Role.GRID_SECRETARY, "E1"),
    post("community", Role.COMMUNITY_SECRETARY, "E"),
    post("leader", Role.ASSIGNED_LEADER, "E"),
    post("dispatcher", Role.DISPATCHER, "S"),
    post("street_leader", Role.STREET_LEADER, "S"),
)


def organisation(*posts: Post) -> Organisation:
    """Put posts into the small street."""
    return Organisation(units=UNITS, posts=posts, names={one.person: one.person for one in posts})


def staff(person: str, where: Organisation) -> Actor:
    """Look at somebody with the rights of the morning."""
    return actor_of(person, where, MORNING, staff=True)


def act(by: str = "secretary", role: Role = Role.GRID_SECRETARY, at: datetime = MORNING) -> Act:
    """Sign something."""
    return Act(by, role, at, next(_salts).to_bytes(32))


def filed(number: str = "2026-00001", **changes: Any) -> Matter:
    """File a matter of the first grid; the fields of `Filing`, seat and owner can be changed."""
    given: dict[str, Any] = {
        "kind": Kind.SERVICE,
        "category": "lighting",
        "community": "E",
        "grid": "E1",
        "origin": Origin.WEB,
        "reporter": "resident",
        "particulars": Particulars(text="3号楼路灯坏了", place_text="3号楼"),
        "importance": 1,
        "urgency": 1,
        **changes,
    }
    seat = given.pop("seat", Seat("E1", Role.GRID_SECRETARY))
    owner = given.pop("owner", "secretary")
    at = given.pop("at", MORNING)
    return life.file(
        number,
        Filing(**given),
        act("resident", Role.RESIDENT, at),
        seat=seat,
        owner=owner,
        rules=RULES,
        calendar=CALENDAR,
    )
