"""A small street for tests: two communities, three grids, staff, and an office with set rules."""

from datetime import UTC, datetime
from pathlib import Path

from bot.configuration.law_data import rule_book
from bot.configuration.loading import load
from bot.configuration.settings import Settings
from domain.matters.rules import ClockRules
from domain.messages import Channel, Side
from domain.organisation import Post, Role, Unit, UnitKind
from domain.people import Account, Person
from domain.switches import Switch
from storage.changes import Changes, apply
from storage.database import Database

#: A Tuesday morning within office hours: 09:00 in Shanghai.
MORNING = datetime(2026, 11, 24, 1, tzinfo=UTC)

STREET, EAST, WEST = "S", "E", "W"
EAST_1, EAST_2, WEST_1 = "E1", "E2", "W1"


def square(west: float, south: float) -> dict[str, object]:
    """Make a boundary of about a kilometre each way."""
    east, north = west + 0.01, south + 0.01
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


UNITS = (
    Unit(code=STREET, kind=UnitKind.STREET, parent=None, name="梧桐街道", name_en="Wutong Street"),
    Unit(code=EAST, kind=UnitKind.COMMUNITY, parent=STREET, name="东园社区", name_en="East Garden"),
    Unit(code=WEST, kind=UnitKind.COMMUNITY, parent=STREET, name="西园社区", name_en="West Garden"),
    Unit(
        code=EAST_1,
        kind=UnitKind.GRID,
        parent=EAST,
        name="第一网格",
        name_en="Grid 1",
        boundary=square(113.0, 34.0),
    ),
    Unit(
        code=EAST_2,
        kind=UnitKind.GRID,
        parent=EAST,
        name="第二网格",
        name_en="Grid 2",
        boundary=square(113.01, 34.0),
    ),
    Unit(
        code=WEST_1,
        kind=UnitKind.GRID,
        parent=WEST,
        name="第三网格",
        name_en="Grid 3",
        boundary=square(113.02, 34.0),
    ),
)

#: Person id, name, role, unit.
STAFF = (
    ("secretary", "张书记", Role.GRID_SECRETARY, EAST_1),
    ("worker", "李网格员", Role.GRID_WORKER, EAST_1),
    ("second_secretary", "钱书记", Role.GRID_SECRETARY, EAST_2),
    ("clerk", "周窗口", Role.WINDOW_CLERK, EAST),
    ("police", "吴警官", Role.POLICE_OFFICER, EAST),
    ("party", "郑委员", Role.PARTY_OFFICER, EAST),
    ("community", "王书记", Role.COMMUNITY_SECRETARY, EAST),
    ("leader", "赵主任", Role.ASSIGNED_LEADER, EAST),
    ("dispatcher", "孙调度", Role.DISPATCHER, STREET),
    ("street_leader", "冯书记", Role.STREET_LEADER, STREET),
)


def settings(folder: Path, **environ: str) -> Settings:
    """Read the configuration that everything has where nothing is set."""
    return load({"LINLI_DATA_DIR": str(folder), **environ}, folder)


def clock_rules(given: Settings) -> ClockRules:
    """Give the spans that are configured for the morning of the tests."""
    rules = rule_book(given).given(MORNING.date())[ClockRules]
    assert isinstance(rules, ClockRules)
    return rules


def opened_in(feature: str, *communities: str) -> tuple[Switch, ...]:
    """Open a feature that is closed until the street decides: in some communities, or in all."""
    return tuple(
        Switch(
            id=f"{feature} {unit}",
            feature=feature,
            unit=unit,
            on=True,
            since=MORNING,
            by="street_leader",
            reason="已完成影响评估",
        )
        for unit in communities or (EAST, WEST)
    )


def staff_account(person: str) -> Account:
    """Give a staff member's Telegram account."""
    return Account(
        id=f"account-{person}",
        person=person,
        side=Side.STAFF,
        channel=Channel.TELEGRAM,
        address=str(9000 + [one[0] for one in STAFF].index(person)),
        created_at=MORNING,
        seen_at=MORNING,
    )


async def found(database: Database) -> None:
    """Put the street and its staff into an empty database."""
    changes = Changes()
    changes.save(*UNITS)
    for person, name, role, unit in STAFF:
        changes.save(
            Person(
                id=person,
                side=Side.STAFF,
                name=name,
                created_at=MORNING,
                preferred=f"account-{person}",
            ),
            staff_account(person),
            Post(id=f"post-{person}", unit=unit, role=role, person=person, since=MORNING),
        )
    async with database.write() as tx:
        await apply(tx, [changes])
