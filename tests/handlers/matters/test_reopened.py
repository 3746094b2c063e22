"""What was closed and begins again lands on a desk where somebody sits; a mis-tap is mended."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.matters.matter import Happening, Outcome, State
from domain.organisation import Post, Role, Seat
from tests.handlers.chats import Office
from tests.street import EAST_1, EAST_2, MORNING, STAFF, UNITS

SECRETARY = Post(
    id="post-secretary", unit=EAST_1, role=Role.GRID_SECRETARY, person="secretary", since=MORNING
)


async def resolve(office: Office, number: str, by: str = "secretary") -> None:
    await office.does(by, f"matters.accept:{number}")
    await office.does(by, f"matters.resolve:{number}")
    await office.says(by, "换了灯泡")
    await office.presses(by, "跳过")
    await office.presses(by, "提交")


@pytest.fixture
async def resolved(office: Office) -> str:
    number = await office.filed()
    await resolve(office, number)
    return number


@pytest.fixture
async def closed(office: Office, resolved: str) -> str:
    await office.presses("resident", "👍")
    return resolved


# --- to whom it goes -----------------------------------------------------------------------------


def is_dealt(office: Office, who: str, number: str) -> bool:
    """Tell whether somebody was sent the card of a case to accept."""
    return any(
        choice.action == f"matters.accept:{number}"
        for said in office.said
        if said.person == who
        for choice in said.labels.values()
    )


async def not_any_more(office: Office, number: str) -> str:
    """Answer the second check, a month later."""
    office.later(days=30)
    return await office.does("resident", f"matters.recheck:{number}:no")


async def test_it_goes_to_whoever_has_the_post_of_somebody_who_left(
    office: Office, closed: str
) -> None:
    await office.change(
        replace(SECRETARY, until=office.now + timedelta(days=1)),
        Post(
            id="post-new",
            unit=EAST_1,
            role=Role.GRID_SECRETARY,
            person="worker",
            since=office.now + timedelta(days=1),
        ),
    )

    told = await not_any_more(office, closed)

    again = await office.matter(closed)
    assert (again.owner, again.seat) == ("worker", Seat(EAST_1, Role.GRID_SECRETARY))
    assert "李网格员" in told
    assert "张书记" not in told
    assert is_dealt(office, "worker", closed)
    assert closed in await office.commands("worker", "todo")


async def test_with_the_post_empty_the_level_above_gets_it_with_its_card(
    office: Office, closed: str
) -> None:
    await office.change(replace(SECRETARY, until=office.now + timedelta(days=1)))

    told = await not_any_more(office, closed)

    assert (await office.matter(closed)).owner == "community"
    assert "王书记" in told
    assert is_dealt(office, "community", closed)


async def test_an_absent_owner_is_not_disturbed_and_the_substitute_has_the_card(
    office: Office, resolved: str
) -> None:
    await office.change(
        replace(SECRETARY, substitute="worker", away_until=office.now + timedelta(days=5))
    )

    await office.presses("resident", "👎")

    assert (await office.matter(resolved)).owner == "worker"
    assert is_dealt(office, "worker", resolved)
    await office.does("worker", f"matters.accept:{resolved}")
    assert (await office.matter(resolved)).state is State.ACCEPTED


async def test_an_owner_who_moved_to_another_grid_leaves_it_where_it_belongs(
    office: Office, resolved: str
) -> None:
    await office.change(
        replace(SECRETARY, until=office.now),
        Post(
            id="post-moved",
            unit=EAST_2,
            role=Role.GRID_SECRETARY,
            person="secretary",
            since=office.now,
        ),
    )

    await office.presses("resident", "👎")

    assert (await office.matter(resolved)).owner == "community"
    assert "不用再办" in office.heard("secretary")


async def test_of_a_grid_that_was_switched_off_the_community_gets_it(
    office: Office, resolved: str
) -> None:
    (grid,) = [unit for unit in UNITS if unit.code == EAST_1]
    await office.change(replace(grid, active=False))

    await office.presses("resident", "👎")

    again = await office.matter(resolved)
    assert (again.owner, again.seat.role) == ("community", Role.COMMUNITY_SECRETARY)
    assert is_dealt(office, "community", resolved)


async def test_whoever_still_sits_there_keeps_it(office: Office, resolved: str) -> None:
    await office.presses("resident", "👎")

    assert (await office.matter(resolved)).owner == "secretary"


async def test_nobody_left_at_all_still_loses_nothing(office: Office, resolved: str) -> None:
    await office.change(
        *(
            Post(
                id=f"post-{who}", unit=unit, role=role, person=who, since=MORNING, until=office.now
            )
            for who, _, role, unit in STAFF
        )
    )

    await office.presses("resident", "👎")

    again = await office.matter(resolved)
    assert (again.state, again.owner) == (State.DISPATCHED, None)


# --- "I mistapped" -------------------------------------------------------------------------------


async def test_solved_by_mistake_is_taken_back_and_judged_anew(office: Office, closed: str) -> None:
    told = await office.presses("resident", "点错了")
    assert "不算了" in told
    assert "点错了" in office.heard("secretary")
    assert (await office.matter(closed)).state is State.RESOLVED

    await office.presses("resident", "👎")

    again = await office.matter(closed)
    assert (again.state, again.reopenings, again.outcome) == (State.DISPATCHED, 1, None)
    happened = [event.happening for event in await office.events(closed)]
    assert Happening.TAKEN_BACK in happened


async def test_the_other_button_of_the_question_works_within_the_day(
    office: Office, closed: str
) -> None:
    office.later(hours=23)

    await office.does("resident", f"matters.judge:{closed}:no")

    assert (await office.matter(closed)).state is State.DISPATCHED


async def test_after_a_day_the_verdict_stands_and_it_is_said_what_to_do(
    office: Office, closed: str
) -> None:
    office.later(hours=24)

    told = await office.does("resident", f"matters.take_back:{closed}")

    assert "直接写下来" in told
    assert (await office.matter(closed)).state is State.CLOSED
    assert "点错了" not in await office.does("resident", f"matters.show:{closed}")


async def test_not_solved_by_mistake_gives_everything_back_as_it_was(
    office: Office, resolved: str
) -> None:
    before = await office.matter(resolved)
    office.later(minutes=3)
    await office.presses("resident", "👎")

    told = await office.does("resident", f"matters.take_back:{resolved}")

    after = await office.matter(resolved)
    assert (after.state, after.reopenings) == (State.RESOLVED, 0)
    assert (after.resolve_by, after.dispatched_at) == (before.resolve_by, before.dispatched_at)
    assert (after.contacted_at, after.resolved_at) == (before.contacted_at, before.resolved_at)
    assert "到底解决了吗" in told
    assert "点错了" in office.heard("community")

    await office.presses("resident", "👍")
    assert (await office.matter(resolved)).outcome is Outcome.SOLVED


async def test_what_was_accepted_and_asked_since_is_not_taken_back(
    office: Office, resolved: str
) -> None:
    await office.presses("resident", "👎")
    await office.presses("resident", "给承办人") if "给承办人" in office.labels(
        "resident"
    ) else None
    await office.does("secretary", f"matters.accept:{resolved}")
    await office.does("secretary", f"matters.ask:{resolved}")
    await office.says("secretary", "是哪一盏？")

    told = await office.does("resident", f"matters.take_back:{resolved}")

    assert "不能做这一步" in told
    assert (await office.matter(resolved)).state is State.ASKED


async def test_taking_back_twice_is_answered_and_changes_nothing(
    office: Office, closed: str
) -> None:
    await office.does("resident", f"matters.take_back:{closed}")

    await office.does("resident", f"matters.take_back:{closed}")

    assert (await office.matter(closed)).state is State.RESOLVED


async def test_nobody_takes_back_the_verdict_of_another(office: Office, closed: str) -> None:
    await office.starts("neighbour", "g-E1")

    told = await office.does("neighbour", f"matters.take_back:{closed}")

    assert "没有找到" in told
    assert (await office.matter(closed)).state is State.CLOSED


async def test_plain_words_within_the_day_may_say_that_it_is_not_solved(
    office: Office, closed: str
) -> None:
    office.later(hours=2)

    await office.says("resident", "晚上又黑了")
    await office.presses("resident", f"👎 {closed}")

    assert (await office.matter(closed)).state is State.DISPATCHED
