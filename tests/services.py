"""Entries of the registers of public services, as an office would keep them."""

from datetime import datetime
from typing import Any

from domain.chain import Chain
from domain.organisation import Role
from domain.registers import Entry, EntryState, Register, key_for, recorded
from domain.services.centres import CENTRES
from domain.services.halls import COMMUNITIES, DESKS, HALLS
from domain.services.skills import SKILLS
from domain.services.stations import STATIONS, STOPS
from tests.domain.street import act
from tests.handlers.chats import Office
from tests.street import EAST, MORNING


def entry(
    register: Register,
    which: str,
    unit: str,
    fields: dict[str, Any],
    *,
    person: str | None = None,
    state: EntryState = EntryState.PUBLISHED,
    until: datetime | None = None,
) -> Entry:
    return Entry(
        id=which,
        register=register.name,
        unit=unit,
        key=key_for(register, fields, person),
        state=state,
        fields=fields,
        person=person,
        valid_until=until,
        changed_by="community",
        changed_at=MORNING,
        is_sealed=register.sealed,
    )


def hall(which: str = "east-hall", unit: str = EAST, **fields: Any) -> Entry:
    given = {
        "name": "东园便民服务中心",
        "address": "东园路1号一楼",
        "hours": "周一至周五 8:30–18:00",
        "phone": "0371-11111111",
        "access": ["ramp", "low_counter"],
        "point": {"lat": 34.005, "lon": 113.005},
        **fields,
    }
    kept = {name: value for name, value in given.items() if value is not None}
    return entry(HALLS, which, unit, kept)


def desk(which: str = "desk", hall: str = "east-hall", unit: str = EAST, **fields: Any) -> Entry:
    given = {"service": "养老金资格认证", "hall": hall, "where": "3号窗口", **fields}
    return entry(DESKS, which, unit, given)


def community(which: str, unit: str, sort: str = "village_turned", **fields: Any) -> Entry:
    return entry(COMMUNITIES, which, unit, {"type": sort, **fields})


def centre(which: str = "centre", unit: str = EAST, **fields: Any) -> Entry:
    given = {
        "name": "东园养老服务中心",
        "state": "running",
        "operator": "梧桐颐养服务社",
        "grade": "三星级",
        "services": "助餐、日间照料、康复",
        "address": "东园路9号",
        "hours": "每天 8:00–18:00",
        "phone": "0371-22222222",
        **fields,
    }
    return entry(CENTRES, which, unit, {k: v for k, v in given.items() if v is not None})


def skilled(person: str, main: str, *others: str, unit: str = EAST) -> Entry:
    fields = {"main": main, **({"others": list(others)} if others else {})}
    return entry(SKILLS, f"skills-{person}", unit, fields, person=person)


def station(which: str = "van", unit: str = EAST, **fields: Any) -> Entry:
    given = {
        "name": "便民服务车1号线",
        "services": "养老金资格认证、社保卡",
        "phone": "0371-66666666",
        **fields,
    }
    return entry(STATIONS, which, unit, given)


def stop(which: str = "lane", unit: str = EAST, **fields: Any) -> Entry:
    """Make a stop near the middle of the first grid, on Thursdays."""
    given = {
        "name": "槐树巷口",
        "station": "van",
        "address": "槐树巷7号门前",
        "weekdays": ["thu"],
        "hours": "9:00-11:30",
        "point": {"lat": 34.005, "lon": 113.008},
        **fields,
    }
    return entry(STOPS, which, unit, {k: v for k, v in given.items() if v is not None})


async def keep(office: Office, *entries: Entry) -> None:
    """Put entries into the tables, each with its file of events."""
    for one in entries:
        begun = recorded(
            Chain(file=one.subject),
            act("community", Role.COMMUNITY_SECRETARY),
            "registers.added",
            None,
            one,
        )
        await office.change(one, begun)
