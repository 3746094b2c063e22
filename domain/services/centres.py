"""Elder-care centres (社区养老服务中心): which run, which are under way, and what they offer.

Source: requirement S-03. Nothing is promised of a centre that does not run: there is no booking to
it, and its questions are taken all the same.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from domain.errors import Refused
from domain.messages import Card, Line, Text, text
from domain.names import unit_called
from domain.organisation import Organisation
from domain.registers import Entry, Field, FieldKind, FieldOption, Register, given, shown

CENTRES_NAME = "services.centres"


class Running(StrEnum):
    """Whether a centre receives people."""

    RUNNING = "running"
    """正常运行."""
    UNDER_WAY = "under_way"
    """正在推进."""
    PAUSED = "paused"
    """暂停服务."""


#: What a centre that runs has to tell, so that people can go there.
_NEEDED = ("operator", "services", "address", "hours", "phone")


def _check(fields: Mapping[str, Any]) -> Sequence[Text]:
    if fields.get("state") != Running.RUNNING:
        return ()
    missing = [
        text(one.label) for one in CENTRES.fields if one.name in _NEEDED and not given(fields, one)
    ]
    return (text("centres.running_needs", fields=tuple(missing)),) if missing else ()


CENTRES = Register(
    name=CENTRES_NAME,
    label="centres.register",
    one="centres.one",
    public=True,
    check=_check,
    fields=(
        Field(name="name", label="centres.name", ask="centres.ask_name", required=True),
        Field(
            name="state",
            label="centres.state",
            ask="centres.ask_state",
            kind=FieldKind.CHOICE,
            options=(
                FieldOption(
                    Running.RUNNING,
                    text("centres.state_running"),
                    ("正常运行", "运行", "运营中", "running"),
                ),
                FieldOption(
                    Running.UNDER_WAY,
                    text("centres.state_under_way"),
                    ("正在推进", "推进", "在建", "筹建", "under way"),
                ),
                FieldOption(
                    Running.PAUSED,
                    text("centres.state_paused"),
                    ("暂停服务", "暂停", "停业", "paused"),
                ),
            ),
            required=True,
            listed=True,
        ),
        Field(
            name="operator",
            label="centres.operator",
            ask="centres.ask_operator",
            blank="centres.not_given",
        ),
        Field(
            name="grade", label="centres.grade", ask="centres.ask_grade", blank="centres.not_given"
        ),
        Field(
            name="services",
            label="centres.services",
            ask="centres.ask_services",
            kind=FieldKind.TEXT,
            blank="centres.not_given",
        ),
        Field(name="address", label="centres.address", ask="centres.ask_address"),
        Field(name="hours", label="centres.hours", ask="centres.ask_hours"),
        Field(name="phone", label="centres.phone", ask="centres.ask_phone", kind=FieldKind.PHONE),
        Field(
            name="beds",
            label="centres.beds",
            ask="centres.ask_beds",
            kind=FieldKind.NUMBER,
            asked=False,
        ),
        Field(name="opens", label="centres.opens", ask="centres.ask_opens", asked=False),
        Field(
            name="note",
            label="centres.note",
            ask="centres.ask_note",
            kind=FieldKind.TEXT,
            asked=False,
        ),
    ),
)


def takes_bookings(centre: Entry) -> bool:
    """Tell whether one can book something at a centre: it runs."""
    return bool(centre.get("state") == Running.RUNNING)


def ensure_takes_bookings(centre: Entry) -> None:
    """Refuse a booking at a centre that does not run.

    Raises:
        Refused: it says how the centre stands, and that a question is taken.
    """
    if not takes_bookings(centre):
        state = CENTRES.field("state")
        raise Refused(
            "centres.no_booking", name=centre.get("name"), state=shown(state, centre.get("state"))
        )


def centre_card(centre: Entry, organisation: Organisation) -> Card:
    """Show a centre to residents, first of all how it stands."""
    lines = [
        Line(text(field.label), value)
        for field in CENTRES.fields
        if field.name != "name" and (value := shown(field, centre.get(field.name))) is not None
    ]
    unit = unit_called(centre.unit, organisation)
    return Card(title=text("centres.card", name=centre.get("name"), unit=unit), lines=tuple(lines))
