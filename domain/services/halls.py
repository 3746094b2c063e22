"""Halls (便民服务大厅、便民服务中心): where they are, when they are open, and what is done there.

Sources: requirements S-01 and S-02; what a hall tells of its access: 无障碍环境建设法 (2023),
articles 32, 35, 39 and 40.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import cos, hypot, radians
from typing import Any

from domain.messages import Card, Line, Text, text
from domain.names import named, unit_called
from domain.organisation import Organisation, UnitKind
from domain.places.points import METRES_PER_DEGREE, Point
from domain.registers import Entry, Field, FieldKind, FieldOption, Register, shown

HALLS_NAME = "services.halls"


def _option(value: str, label: Text, *words: str) -> FieldOption:
    return FieldOption(value, label, words)


#: What helps whoever sees, hears, walks or reads badly.
ACCESS = (
    _option("ramp", text("halls.access_ramp"), "轮椅坡道", "坡道", "无障碍坡道", "ramp"),
    _option("lift", text("halls.access_lift"), "电梯", "无障碍电梯", "lift"),
    _option(
        "low_counter", text("halls.access_low_counter"), "低位服务台", "低位柜台", "low counter"
    ),
    _option("wheelchair", text("halls.access_wheelchair"), "轮椅", "备用轮椅", "wheelchair"),
    _option(
        "toilet", text("halls.access_toilet"), "无障碍卫生间", "无障碍厕所", "accessible toilet"
    ),
    _option("parking", text("halls.access_parking"), "无障碍车位", "accessible parking"),
    _option("tactile", text("halls.access_tactile"), "盲道", "tactile paving"),
    _option("handwriting", text("halls.access_handwriting"), "手写板", "handwriting board"),
    _option("voice", text("halls.access_voice"), "语音提示", "语音叫号", "voice prompts"),
    _option("sign", text("halls.access_sign"), "手语服务", "手语", "sign language"),
    _option("glasses", text("halls.access_glasses"), "老花镜", "reading glasses"),
    _option("helper", text("halls.access_helper"), "人工帮办", "专人帮办", "人工服务", "helper"),
)

HALLS = Register(
    name=HALLS_NAME,
    label="halls.register",
    one="halls.one",
    public=True,
    fields=(
        Field(name="name", label="halls.name", ask="halls.ask_name", required=True),
        Field(
            name="address",
            label="halls.address",
            ask="halls.ask_address",
            required=True,
            listed=True,
        ),
        Field(name="hours", label="halls.hours", ask="halls.ask_hours", required=True),
        Field(
            name="phone",
            label="halls.phone",
            ask="halls.ask_phone",
            kind=FieldKind.PHONE,
            required=True,
        ),
        Field(
            name="access",
            label="halls.access",
            ask="halls.ask_access",
            kind=FieldKind.SEVERAL,
            options=ACCESS,
            blank="halls.access_not_given",
        ),
        Field(
            name="access_note",
            label="halls.access_note",
            ask="halls.ask_access_note",
            kind=FieldKind.TEXT,
            asked=False,
        ),
        Field(name="transport", label="halls.transport", ask="halls.ask_transport", asked=False),
        Field(
            name="point",
            label="halls.point",
            ask="halls.ask_point",
            kind=FieldKind.POINT,
            asked=False,
        ),
        Field(
            name="note", label="halls.note", ask="halls.ask_note", kind=FieldKind.TEXT, asked=False
        ),
    ),
)

#: What is done where in a hall, and when: each service of each hall is an entry.
DESKS = Register(
    name="services.desks",
    label="halls.desks_register",
    one="halls.desk",
    public=True,
    key=("service", "hall"),
    fields=(
        Field(name="service", label="halls.service", ask="halls.ask_service", required=True),
        Field(
            name="hall",
            label="halls.one",
            ask="halls.ask_hall",
            kind=FieldKind.ENTRY,
            refers=HALLS_NAME,
            required=True,
            listed=True,
        ),
        Field(name="where", label="halls.where", ask="halls.ask_where", required=True, listed=True),
        Field(
            name="hours",
            label="halls.hours",
            ask="halls.ask_desk_hours",
            blank="halls.as_the_hall",
        ),
        Field(
            name="note", label="halls.note", ask="halls.ask_note", kind=FieldKind.TEXT, asked=False
        ),
    ),
)

VILLAGE_TURNED = "village_turned"

#: What sort of community each is, and its centre. Source: requirement S-02.
COMMUNITIES = Register(
    name="services.communities",
    label="halls.communities_register",
    one="halls.community",
    public=True,
    key=(),
    units=frozenset({UnitKind.COMMUNITY}),
    fields=(
        Field(
            name="type",
            label="halls.type",
            ask="halls.ask_type",
            kind=FieldKind.CHOICE,
            options=(
                _option(
                    VILLAGE_TURNED,
                    text("halls.type_village_turned"),
                    "村改居社区",
                    "村改居",
                    "village-turned",
                ),
                _option("urban", text("halls.type_urban"), "城市社区", "urban"),
                _option("mixed", text("halls.type_mixed"), "混合型社区", "mixed"),
                _option("rural", text("halls.type_rural"), "农村社区", "rural"),
            ),
            required=True,
            listed=True,
        ),
        Field(
            name="centre",
            label="halls.centre",
            ask="halls.ask_centre",
            kind=FieldKind.ENTRY,
            refers=HALLS_NAME,
            blank="halls.no_centre",
        ),
        Field(
            name="investment",
            label="halls.investment",
            ask="halls.ask_investment",
            kind=FieldKind.AMOUNT,
            blank="halls.not_given",
            worded="halls.ten_thousand",
        ),
        Field(name="built", label="halls.built", ask="halls.ask_built", blank="halls.not_given"),
        Field(
            name="note", label="halls.note", ask="halls.ask_note", kind=FieldKind.TEXT, asked=False
        ),
    ),
)


# --- what residents see --------------------------------------------------------------------------


def in_order(
    halls: Iterable[Entry],
    organisation: Organisation,
    home: str | None,
    around: Point | None = None,
) -> list[Entry]:
    """Put one's own community's halls first, then the nearest, then the street's, then the others.

    Args:
        home: one's grid or community.
        around: where one is, or lives about.
    """
    community = organisation.community_of(home) if home else None

    def place(hall: Entry) -> tuple[bool, float, bool, str, str]:
        own = community is not None and hall.unit == community.code
        unit = organisation.units.get(hall.unit)
        is_street = unit is not None and unit.parent is None
        return (not own, _metres(hall, around), not is_street, hall.unit, hall.key)

    return sorted(halls, key=place)


#: Further than any hall of a street: those whose place is not known come after the others.
_FAR = 1e9


def _metres(hall: Entry, around: Point | None) -> float:
    point = hall.get("point")
    if around is None or point is None:
        return _FAR
    there = Point(latitude=point["lat"], longitude=point["lon"])
    north = (there.latitude - around.latitude) * METRES_PER_DEGREE
    east = (there.longitude - around.longitude) * METRES_PER_DEGREE * cos(radians(there.latitude))
    return hypot(north, east)


def middle_of(boundary: Mapping[str, Any] | None) -> Point | None:
    """Give about the middle of a grid's boundary, for which halls lie nearest; None without one."""
    rings: Any = (boundary or {}).get("coordinates") or ()
    while rings and isinstance(rings[0][0], list | tuple):
        rings = rings[0]
    if not rings:
        return None
    corners = rings[:-1] or rings
    longitude = sum(corner[0] for corner in corners) / len(corners)
    latitude = sum(corner[1] for corner in corners) / len(corners)
    return Point(latitude=latitude, longitude=longitude)


def hall_card(hall: Entry, desks: Sequence[Entry], organisation: Organisation) -> Card:
    """Show a hall to residents: where, when, access, and of each service where and when.

    Args:
        desks: the services of this hall.
    """
    lines = [
        Line(text(field.label), value)
        for field in HALLS.fields
        if field.name not in ("name", "point")
        and (value := shown(field, hall.get(field.name))) is not None
    ]
    lines += [Line(named(one.get("service")), desk_words(one, hall)) for one in desks]
    unit = unit_called(hall.unit, organisation)
    return Card(title=text("halls.card", name=hall.get("name"), unit=unit), lines=tuple(lines))


def desk_words(desk: Entry, hall: Entry) -> Text:
    """Say where in a hall a service is, and when: the hall's hours where it has none of its own."""
    return text(
        "halls.where_when",
        where=desk.get("where"),
        when=desk.get("hours") or hall.get("hours"),
    )
