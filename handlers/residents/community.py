"""Who works for me, and how to reach them: the posts of one's grid and community, and the hours."""

from collections.abc import Iterator

from domain.human_route import phone_choice
from domain.messages import Card, Choice, Line, Message, Side, Text, Value, rows, text
from domain.names import role_name, unit_name
from domain.organisation import Role, Seat, Unit
from handlers.features import Entry, Feature, Menu, Verb
from handlers.turn import Turn, choice

#: Whose names a resident sees, in this order. Source: the mission, grid workers known by name.
_OF_THE_GRID = (Role.GRID_SECRETARY, Role.GRID_WORKER)
_OF_THE_COMMUNITY = (Role.COMMUNITY_SECRETARY, Role.WINDOW_CLERK)


async def show_community(turn: Turn) -> None:
    """Show the posts of one's grid and community with their names, telephone and hours."""
    organisation = turn.street.organisation
    grid = organisation.units.get(turn.person.grid or "")
    community = organisation.community_of(grid.code) if grid else None
    if grid is None or community is None or not organisation.is_grid_in_use(grid.code):
        ways = (choice("me.my_grid", "residents.grid", emphasis=True),)
        turn.say("community.no_grid", ways, (choice("menu.open", "menu.open"),))
        return
    lines = (
        Line(text("community.grid"), turn.street.place_name(grid.code)),
        *_posts(turn, grid, _OF_THE_GRID),
        *_posts(turn, community, _OF_THE_COMMUNITY),
        Line(text("community.phone"), community.phone or grid.phone or turn.street.office.phone),
        Line(text("community.address"), community.address or grid.address),
        Line(text("community.hours"), turn.street.office.calendar.shown_hours),
    )
    card = Card(
        title=text("community.title", unit=unit_name(community)),
        lines=tuple(line for line in lines if line.value not in (None, "", ())),
    )
    turn.reply(Message(blocks=(card, _now(turn)), choices=_ways(turn, community, grid)))


def _posts(turn: Turn, unit: Unit, roles: tuple[Role, ...]) -> Iterator[Line]:
    for role in roles:
        yield Line(role_name(role), _holders(turn, Seat(unit.code, role)))


def _holders(turn: Turn, seat: Seat) -> Value:
    """Name who holds a seat, or stands in; of an empty one who answers, if its cases come there."""
    street, organisation = turn.street, turn.street.organisation
    found = []
    for post in organisation.holders(seat, turn.now):
        name = street.staff_name(post.person)
        instead = street.staff_name(post.stand_in(turn.now))
        found.append(text("community.stands_in", person=instead, away=name) if instead else name)
    if found or seat not in organisation.ladder(seat.unit):
        return tuple(found)
    above = organisation.at_seat(seat, turn.now)
    person = street.staff_name(above.person)
    if not person:
        return text("community.nobody")
    return text("community.vacant", role=role_name(above.seat.role), person=person)


def _now(turn: Turn) -> Text:
    calendar = turn.street.office.calendar
    if calendar.is_open(turn.now):
        return text("community.open_now")
    return text("community.opens_at", at=calendar.next_opening(turn.now))


def _ways(turn: Turn, community: Unit, grid: Unit) -> tuple[tuple[Choice, ...], ...]:
    numbers = dict.fromkeys((community.phone, grid.phone, turn.street.office.phone))
    dials = [(phone_choice(number),) for number in numbers if number]
    others = [choice("me.change_grid", "residents.grid"), choice("menu.open", "menu.open")]
    return (*dials, *rows(others, 1 if turn.person.elder else 2))


FEATURE = Feature(
    name="residents",
    side=Side.RESIDENTS,
    verbs=(
        Verb(
            "residents.community",
            show_community,
            command="community",
            listed=True,
            words=(
                "谁是我的网格员",
                "我的网格员是谁",
                "我的网格员",
                "我的社区",
                "my community",
                "who is my grid worker",
            ),
        ),
    ),
    entries=(Entry(Menu.MINE, "community.menu", "residents.community"),),
)
