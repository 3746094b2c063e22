"""Whoever arrives hears who works for them and how to reach them, as soon as the grid is known."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.organisation import Post, Role
from tests.handlers.chats import Office
from tests.street import EAST_1, MORNING, UNITS

POSTER = f"g-{EAST_1}"


async def with_number(office: Office, unit: str, number: str) -> None:
    """Give a unit a telephone number."""
    (known,) = (one for one in UNITS if one.code == unit)
    await office.change(replace(known, phone=number))


async def without(office: Office, *roles: Role) -> None:
    """Let nobody hold some roles in the first grid."""
    street = await office.street()
    gone = [
        replace(post, until=office.now)
        for post in street.organisation.posts
        if post.unit == EAST_1 and post.role in roles
    ]
    await office.change(*gone)


async def test_a_poster_leads_to_the_grid_worker_by_name(office: Office) -> None:
    told = await office.starts("anna", POSTER)

    assert "您所在的网格：东园社区 第一网格" in told
    assert "有事找网格员李网格员，在这里写一句就能找到" in told


@pytest.mark.parametrize(("unit", "number"), [(EAST_1, "0379-111"), ("E", "0379-222")])
async def test_the_number_of_the_grid_or_the_community_stands_beside_the_name(
    office: Office, unit: str, number: str
) -> None:
    await with_number(office, unit, number)

    told = await office.starts("anna", POSTER)

    assert f"李网格员，电话 {number}" in told


async def test_the_hotline_of_the_city_is_not_told_as_theirs(office: Office) -> None:
    told = await office.starts("anna", POSTER)

    assert "12345" not in told.split("李网格员")[1].splitlines()[0]


async def test_whoever_has_no_grid_yet_hears_it_once_they_have_chosen_it(office: Office) -> None:
    before = await office.starts("anna")
    await office.does("anna", "residents.grid")
    await office.presses("anna", "东园社区")

    told = await office.presses("anna", "第一网格")

    assert "李网格员" not in before
    assert "李网格员" in told


async def test_whoever_is_away_is_not_named_and_who_stands_in_is(office: Office) -> None:
    street = await office.street()
    (post,) = (one for one in street.organisation.posts if one.role is Role.GRID_WORKER)
    away = replace(post, away_until=MORNING + timedelta(days=9), substitute="second_secretary")
    await office.change(away)

    told = await office.starts("anna", POSTER)

    assert "网格员钱书记" in told
    assert "李网格员" not in told


async def test_two_workers_of_a_grid_are_both_named(office: Office) -> None:
    second = Post(id="two", unit=EAST_1, role=Role.GRID_WORKER, person="community", since=MORNING)
    await office.change(second)

    assert "李网格员、王书记" in await office.starts("anna", POSTER)


async def test_a_grid_without_a_worker_names_its_secretary(office: Office) -> None:
    await without(office, Role.GRID_WORKER)

    assert "有事找网格书记张书记" in await office.starts("anna", POSTER)


async def test_where_nobody_has_joined_nobody_is_promised(office: Office) -> None:
    await without(office, Role.GRID_WORKER, Role.GRID_SECRETARY)

    told = await office.starts("anna", POSTER)

    assert "您所在的网格" in told
    assert "有事找" not in told
