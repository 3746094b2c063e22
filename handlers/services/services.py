"""What the column of public services offers in chat, on both sides."""

from domain.messages import Message, Side
from handlers.features import Entry, Feature, Knows, Menu, Verb
from handlers.services import (
    agency,
    appointment_desk,
    appointments,
    booking_for,
    centres,
    closing_days,
    door,
    ending,
    expected,
    guide,
    halls,
    home,
    home_own,
    home_work,
    opening,
    opening_times,
    owed,
    own,
    proxies,
    skills,
    stations,
    task_work,
    tasks,
    verifying,
    wishes,
)
from handlers.turn import Turn

NAME = "services"


async def _tell(turn: Turn, words: str) -> Message | None:
    return (
        await stations.tell(turn, words)
        or await centres.tell(turn, words)
        or await halls.tell(turn, words)
    )


_PLACES = Feature(
    name=NAME,
    side=Side.RESIDENTS,
    switchable=True,
    verbs=(
        Verb(
            "services.halls",
            halls.show_halls,
            minimal=True,
            command="halls",
            words=("大厅", "便民大厅", "办事大厅", "服务大厅", "网点", "大厅和网点", "halls"),
        ),
        Verb("services.hall", halls.show_hall, minimal=True),
        Verb(
            "services.centres",
            centres.show_centres,
            minimal=True,
            command="centres",
            words=("养老", "养老服务", "养老服务中心", "养老中心"),
        ),
        Verb("services.centre", centres.show_centre, minimal=True),
        Verb("services.ask_centre", centres.ask_centre, begins=True),
        Verb("services.book_centre", centres.book_centre, begins=True),
    ),
    forms=(centres.QUESTION, centres.BOOKING),
    entries=(
        Entry(Menu.SERVICES, "halls.menu", "services.halls"),
        Entry(Menu.SERVICES, "centres.menu", "services.centres"),
    ),
    knows=Knows(_tell, first=True),
    route=skills.route,
)

#: The registers themselves are kept in `handlers.registers`; it follows this switch.
_KEEPS = Feature(name=NAME, side=Side.STAFF, switchable=True)

#: Where the order shows, this is it.
RESIDENTS: tuple[Feature, ...] = (
    guide.FEATURE,
    appointments.RESIDENTS,
    home.RESIDENTS,
    home_own.FEATURE,
    door.RESIDENTS,
    wishes.RESIDENTS,
    opening.RESIDENTS,
    own.FEATURE,
    tasks.RESIDENTS,
    task_work.RESIDENTS,
    proxies.FEATURE,
    _PLACES,
    stations.FEATURE,
)
STAFF: tuple[Feature, ...] = (
    opening.STAFF,
    agency.FEATURE,
    ending.FEATURE,
    home.STAFF,
    home_work.FEATURE,
    door.STAFF,
    task_work.STAFF,
    owed.FEATURE,
    verifying.FEATURE,
    appointment_desk.STAFF,
    booking_for.STAFF,
    expected.STAFF,
    opening_times.STAFF,
    closing_days.STAFF,
    _KEEPS,
)
