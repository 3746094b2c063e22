"""The demonstration street: complete, fictional, lively, and sound by the rules of the house."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from bot.configuration.law_data import default_categories
from bot.configuration.loading import load
from bot.configuration.settings import Settings
from bot.configuration.street_source import StreetSource
from bot.demonstration import demo_street, enactment, history, tales
from domain.categories import KEPT
from domain.chain import verify
from domain.matters.clock import timer_in
from domain.matters.matter import Matter, Outcome, State
from domain.messages import Side
from domain.organisation import UNIT_OF_ROLE, Role, Seat, UnitKind, problems
from domain.places.grid_map import GridMap, polygon_problems
from domain.places.points import Datum
from domain.street import Street
from storage import organisation as stored
from storage.bookings import list_between, list_of_person
from storage.database import Database
from storage.matters.matters import list_events
from storage.matters.queries import list_reported
from storage.numbers import reserve_numbers
from storage.people import find_accounts, find_person
from storage.reminders import find_reminder
from storage.services.guide import load_guide
from storage.slots import list_series

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
SEED = 1


@pytest.fixture(scope="module")
def configured(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load({}, tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def street(configured: Settings) -> Street:
    organisation = demo_street.street_of(NOW).organisation
    return Street(StreetSource(configured).office(organisation, NOW), organisation)


def told(seed: int = SEED, now: datetime = NOW) -> list[tales.Tale]:
    return tales.history(seed, now, demo_street.street_of(now).organisation, default_categories())


def enacted(street: Street, seed: int = SEED, now: datetime = NOW) -> list[Matter]:
    rng = random.Random(seed)
    return [
        enactment.enact(tale, f"2026-{number:05}", street, now, rng)
        for number, tale in enumerate(told(seed, now), 1)
    ]


# --- the street -----------------------------------------------------------------------------------


def test_the_street_has_three_communities_of_three_grids() -> None:
    organisation = demo_street.street_of(NOW).organisation

    assert problems(organisation.units.values()) == []
    assert len(organisation.communities) == 3
    assert [len(organisation.grids_of(unit.code)) for unit in organisation.communities] == [3] * 3
    assert all(unit.party_body and unit.name_en for unit in organisation.units.values())


def test_the_grids_are_areas_that_do_not_overlap() -> None:
    grids = demo_street.street_of(NOW).organisation.grids

    assert polygon_problems({g.code: g.boundary or {} for g in grids}, datum=Datum.WGS84) == []


def test_every_post_is_held_but_the_one_that_shows_what_happens_then() -> None:
    organisation = demo_street.street_of(NOW).organisation

    assert organisation.empty_seats(NOW) == (Seat("C3-G3", Role.GRID_SECRETARY),)
    roles = {(post.role, organisation.units[post.unit].kind) for post in organisation.posts}
    assert roles == set(UNIT_OF_ROLE.items())
    assert all(organisation.names[post.person] for post in organisation.posts)


@pytest.mark.requirement("G-07")
def test_a_case_of_the_grid_without_a_secretary_goes_to_its_community() -> None:
    organisation = demo_street.street_of(NOW).organisation

    owed = organisation.responsible("C3-G3", NOW)

    assert owed.seat == Seat("C3", Role.COMMUNITY_SECRETARY)
    assert owed.person is not None


def test_everything_says_that_it_is_fictional_and_no_number_can_be_dialled() -> None:
    street = demo_street.street_of(NOW)

    top = street.organisation.street
    assert "虚构" in top.name
    assert "fictional" in top.name_en
    assert all("虚构" in unit.address for unit in street.units if unit.address)
    phones = [one.phone for one in (*street.units, *street.people) if one.phone]
    assert all(phone.startswith("000-") for phone in phones)


def test_a_visitor_may_speak_as_residents_workers_and_leaders() -> None:
    personas = {persona.key: persona for persona in demo_street.street_of(NOW).personas}

    assert {key: (p.person.side, p.role) for key, p in personas.items()} == {
        "resident": (Side.RESIDENTS, Role.RESIDENT),
        "neighbour": (Side.RESIDENTS, Role.RESIDENT),
        "secretary": (Side.STAFF, Role.GRID_SECRETARY),
        "worker": (Side.STAFF, Role.GRID_WORKER),
        "clerk": (Side.STAFF, Role.WINDOW_CLERK),
        "community": (Side.STAFF, Role.COMMUNITY_SECRETARY),
        "leader": (Side.STAFF, Role.STREET_LEADER),
    }
    known = {person.id: person for person in demo_street.street_of(NOW).people}
    assert all(known[one.person.id] == one.person for one in personas.values())
    assert len(known) == len(demo_street.street_of(NOW).people)


def test_somebody_is_on_duty_every_night_and_all_weekend() -> None:
    shifts = list(demo_street.shifts(["a", "b"], NOW))
    moments = [NOW + timedelta(hours=hour) for hour in range(24 * 60)]
    local = [(moment, moment.astimezone(tales.LOCAL_TIME)) for moment in moments]
    free = [m for m, clock in local if clock.weekday() >= 5 or not 8 <= clock.hour < 18]

    uncovered = [
        moment
        for moment in free
        if not any(shift["starts_at"] <= moment < shift["ends_at"] for shift in shifts)
    ]

    assert uncovered == []
    assert {shift["person"] for shift in shifts} == {"a", "b"}


# --- the history ----------------------------------------------------------------------------------


def test_the_same_seed_tells_the_same_story() -> None:
    assert told() == told()
    assert told(2) != told()


def test_the_month_is_full_and_varied() -> None:
    every = told()

    assert len(every) == tales.MATTERS
    assert {tale.kind for tale in every} == set(KEPT)
    assert len({tale.category for tale in every}) > 25
    assert len({tale.grid for tale in every}) == 9
    assert len({tale.fate for tale in every}) == 12
    assert all(NOW - demo_street.MONTH <= tale.filed_at < NOW for tale in every)
    assert every == sorted(every, key=lambda tale: tale.filed_at)


def test_every_tale_is_told_by_a_resident_about_a_place_of_the_street() -> None:
    street = demo_street.street_of(NOW)
    residents = {one.id for one in street.people if one.side is Side.RESIDENTS}
    categories = default_categories()
    polygons = {grid.code: grid.boundary or {} for grid in street.organisation.grids}
    grids = GridMap(polygons, datum=Datum.WGS84, near_border_metres=1)

    for tale in told():
        category = categories.find(tale.category)
        assert category is not None
        assert category.kind is tale.kind
        assert tale.reporter in residents
        assert grids.locate(tale.point).code == tale.grid
        assert tale.text
        assert tale.place_text


def test_every_story_of_the_file_names_a_category_of_its_kind() -> None:
    categories = default_categories()
    words = tales.read_default("demo_history.toml")

    for code, stock in words.items():
        if code == "talk":
            continue
        category = categories.find(stock.get("category", code))
        assert category is not None, code
        assert category.kind == stock["kind"], code
        assert stock["told"], code
        assert stock["did"], code


@pytest.mark.requirement("D-07")
def test_many_write_about_cars_in_the_central_garden_in_the_last_days() -> None:
    garden = [tale for tale in told() if "中心花园" in tale.place_text]

    recent = [tale for tale in garden if tale.filed_at > NOW - timedelta(days=7)]
    assert len(recent) == 9
    assert len(garden) - len(recent) == 2
    assert {tale.category for tale in garden} == {"parking_plan"}
    assert len({tale.text for tale in garden}) == len(garden)


def test_the_played_resident_has_something_to_judge_something_to_wait_for_and_a_past(
    street: Street,
) -> None:
    own = [matter for matter in enacted(street) if matter.reporter == "demo-resident"]

    assert Counter(matter.state for matter in own) == {
        State.RESOLVED: 1,
        State.ACCEPTED: 1,
        State.CLOSED: 2,
    }


# --- the rules of the house -----------------------------------------------------------------------


def ensure_sound(matter: Matter, street: Street, now: datetime) -> None:
    """Whatever was made up, it must be what the rules themselves would have made."""
    assert verify(matter.fresh, matter.head) == []
    assert [event.at for event in matter.fresh] == sorted(event.at for event in matter.fresh)
    assert matter.fresh[-1].at <= now
    timer = timer_in(street, matter)
    assert timer is None or timer.due_at > now
    if matter.is_open:
        assert matter.owner is not None
        assert matter.deadline is not None


def test_every_matter_is_sound_and_none_is_without_an_owner(street: Street) -> None:
    for matter in enacted(street):
        ensure_sound(matter, street, NOW)


@pytest.mark.parametrize("seed", range(8))
def test_any_seed_at_any_moment_makes_a_sound_month(configured: Settings, seed: int) -> None:
    now = NOW - timedelta(hours=random.Random(seed).randrange(24 * 400))
    organisation = demo_street.street_of(now).organisation
    street = Street(StreetSource(configured).office(organisation, now), organisation)

    for matter in enacted(street, seed, now):
        ensure_sound(matter, street, now)


def test_the_month_shows_every_way_in_which_a_matter_can_go(street: Street) -> None:
    seen = [matter for seed in range(3) for matter in enacted(street, seed)]

    assert {matter.state for matter in seen} >= set(State) - {State.MERGED, State.REFERRED}
    assert {matter.outcome for matter in seen} == {
        None,
        Outcome.SOLVED,
        Outcome.NO_ANSWER,
        Outcome.UNREACHABLE,
    }
    assert any(matter.reopenings for matter in seen)
    assert any(matter.returns for matter in seen)
    assert any(matter.supporters for matter in seen)
    assert any(matter.hide_name for matter in seen)
    assert any(matter.climbed_to for matter in seen)
    assert any(matter.is_overdue(NOW) for matter in seen)
    assert {matter.score for matter in seen} >= {None, 2, 3, 4, 5}


# --- in the database ------------------------------------------------------------------------------


async def test_what_is_planted_can_be_read(database: Database, configured: Settings) -> None:
    personas = await history.plant(database, StreetSource(configured), NOW)

    async with database.read() as tx:
        organisation = await stored.load(tx)
        assert len(organisation.units) == 13
        assert UnitKind.STREET in {unit.kind for unit in organisation.units.values()}
        for persona in personas:
            account = persona.account
            place = (account.side, account.channel, account.address)
            assert (await find_accounts(tx, [place]))[place] == account
            person = await find_person(tx, persona.person.id)
            assert person is not None
            assert (person.name, person.preferred) == (persona.person.name, account.id)
        own = await list_reported(tx, "demo-resident")
        assert len(own) == 8
        assert own[0].state is State.REFERRED
        for matter in own:
            assert verify(await list_events(tx, matter.number), matter.head) == []
            reminder = await find_reminder(tx, "matter", matter.number)
            assert (reminder is None) == (matter.state is State.CLOSED and not matter.recheck_at)
        assert await stored.on_duty(tx, NOW.replace(hour=16))


async def test_planting_twice_changes_nothing(database: Database, configured: Settings) -> None:
    source = StreetSource(configured)
    first = await history.plant(database, source, NOW)
    async with database.read() as tx:
        before = await stored.version(tx)

    second = await history.plant(database, source, NOW)

    assert second == first
    async with database.read() as tx:
        assert await stored.version(tx) == before


async def test_the_next_case_gets_a_number_of_its_own(
    database: Database, configured: Settings
) -> None:
    await history.plant(database, StreetSource(configured), NOW)

    async with database.write() as tx:
        assert (await reserve_numbers(tx, 2026, 1)).start == tales.MATTERS + 5


# --- what can be booked ---------------------------------------------------------------------------


@pytest.mark.parametrize("hour", [0, 2, 9, 15])
async def test_times_can_be_booked_and_people_come_at_any_hour(
    database: Database, configured: Settings, hour: int
) -> None:
    now = NOW.replace(hour=hour)
    await history.plant(database, StreetSource(configured), now)

    async with database.read() as tx:
        series = await list_series(tx)
        booked = await list_between(tx, [one.id for one in series], now - timedelta(hours=1))
        mine = await list_of_person(tx, "demo-resident")
    assert {one.unit for one in series} == {"C1", "S"}
    assert len(booked) == 5
    assert [one.starts_at > now for one in mine] == [True]


# --- the guide ------------------------------------------------------------------------------------


async def test_the_guide_of_the_demonstration_answers_in_one_go(
    database: Database, configured: Settings
) -> None:
    source = StreetSource(configured)
    await history.plant(database, source, NOW)

    async with database.read() as tx:
        guide = await load_guide(tx, await source.current(tx, NOW), NOW)

    assert len(guide.index.items) >= 15
    for said, name in (
        ("老年证怎么办", "老年人优待证办理"),
        ("社保卡丢了咋办", "社会保障卡补领换领"),
    ):
        found = guide.index.search(said)
        assert (found.items[0].name, found.is_clear) == (name, True)
        assert found.items[0].halls
