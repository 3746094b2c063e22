"""A register that is made up: the street's chess clubs, of which no shared part knows anything."""

from datetime import datetime
from typing import Any

from domain.categories import Kind
from domain.messages import text
from domain.registers import Entry, EntryState, Field, FieldKind, FieldOption, Register, key_for
from tests.street import EAST, MORNING

CLUBS = Register(
    name="games.clubs",
    label="halls.register",
    one="halls.one",
    public=True,
    check=lambda fields: (
        (text("halls.not_given"),) if fields.get("size") == "big" and "seats" not in fields else ()
    ),
    fields=(
        Field(name="name", label="halls.name", ask="halls.ask_name", required=True),
        Field(
            name="size",
            label="halls.type",
            ask="halls.ask_type",
            kind=FieldKind.CHOICE,
            options=(
                FieldOption("big", text("halls.type_urban"), ("大", "big")),
                FieldOption("small", text("halls.type_rural"), ("小", "small")),
            ),
            required=True,
        ),
        Field(name="seats", label="halls.note", ask="halls.ask_note", kind=FieldKind.NUMBER),
        Field(
            name="games",
            label="halls.access",
            ask="halls.ask_access",
            kind=FieldKind.SEVERAL,
            options=(
                FieldOption("go", text("halls.access_ramp"), ("围棋", "go")),
                FieldOption("xiangqi", text("halls.access_lift"), ("象棋", "xiangqi")),
            ),
        ),
        Field(name="phone", label="halls.phone", ask="halls.ask_phone", kind=FieldKind.PHONE),
        Field(
            name="fee",
            label="halls.investment",
            ask="halls.ask_investment",
            kind=FieldKind.AMOUNT,
            blank="halls.not_given",
            worded="halls.ten_thousand",
        ),
        Field(name="founded", label="halls.built", ask="halls.ask_built", kind=FieldKind.DAY),
        Field(name="about", label="halls.note", ask="halls.ask_note", kind=FieldKind.TEXT),
        Field(name="point", label="halls.point", ask="halls.ask_point", kind=FieldKind.POINT),
        Field(
            name="sort",
            label="skills.main",
            ask="skills.ask_main",
            kind=FieldKind.CHOICE,
            catalogue=Kind.SERVICE,
        ),
    ),
)


def club(
    which: str = "c1", *, by: str = "community", at: datetime = MORNING, **fields: Any
) -> Entry:
    """Give a published club of the eastern community."""
    given = {"name": "晨光棋社", "size": "small", **fields}
    return Entry(
        id=which,
        register=CLUBS.name,
        unit=EAST,
        key=key_for(CLUBS, given),
        state=EntryState.PUBLISHED,
        fields=given,
        changed_by=by,
        changed_at=at,
    )
