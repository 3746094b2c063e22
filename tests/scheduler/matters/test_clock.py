"""The clock of a case: reminders, climbs, lapses and the second check, each at its time, once."""

import asyncio
import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from domain.matters.matter import Outcome, State, Step
from domain.messages import Channel, Text, text, to_json
from domain.organisation import Role, Seat
from domain.subjects import case
from storage.database import fact
from storage.gathered_reminders import Gathered, gathered_reminders
from storage.matters.casework import MATTER
from storage.matters.matters import matters as table
from storage.organisation import write_duty
from storage.outbox_housekeeping import forget_subjects, newest
from storage.reminders import Reminder, find_reminder
from tests.scheduler.desk import RESIDENT, Desk, at
from tests.street import EAST_1, EAST_2, STREET

# A case of urgency 1 that is filed on Tuesday the 24th at 09:00: first contact within 8 working
# hours, on Wednesday at 09:00; resolution within 56, on Thursday of the week after at 09:00.
FIRST_CONTACT = at(25, 9)
RESOLUTION = at(33, 9)


async def test_the_owner_is_reminded_before_a_deadline_and_at_it(desk: Desk) -> None:
    await desk.file()

    await desk.move(at(26, 9))

    # Whoever stands above hears of it in the morning.
    assert [(one.person, one.created_at, one.key) for one in await desk.said()] == [
        ("secretary", at(24, 17), "reminders.contact_soon_owner"),
        ("secretary", FIRST_CONTACT, "reminders.contact_due_owner"),
        ("community", at(26, 8), "reminders.contact_due_above"),
    ]


async def test_what_presses_reaches_the_level_above_at_once(desk: Desk) -> None:
    number = await desk.file(urgency=2)
    due = (await desk.matter(number)).contact_by

    await desk.move(due)

    told = [one for one in await desk.said() if one.key == "reminders.contact_due_above"]
    assert [(one.person, one.created_at) for one in told] == [("community", due)]


async def test_a_leader_hears_once_a_morning_of_all_that_is_late(desk: Desk) -> None:
    """Found: 26 messages in a week, most of them about the same two cases."""
    for _ in range(3):
        await desk.file()
        await desk.move(desk.now + timedelta(minutes=40))

    await desk.move(at(26, 18))

    assert [(one.key, one.created_at) for one in await desk.said("community")] == [
        ("reminders.summary", at(26, 8))
    ]


async def test_who_was_told_of_a_climb_hears_of_it_though_it_climbed_on_overnight(
    desk: Desk,
) -> None:
    number = await desk.file()
    await desk.change(number, "accept")
    await desk.change(number, "contact")

    await desk.jump(RESOLUTION)
    seat = Seat(STREET, Role.DISPATCHER)
    await desk.change(number, "climb", seat=seat, to="dispatcher", why=Step.CLIMB)
    await desk.move(at(34, 8))

    assert await desk.keys("community") == ["reminders.resolve_due_above"]


async def test_a_case_that_was_contacted_in_time_reminds_nobody_of_contact(desk: Desk) -> None:
    number = await desk.file()
    await desk.change(number, "accept")
    await desk.change(number, "contact")

    await desk.move(at(27, 18))

    assert await desk.keys() == []


@pytest.mark.requirement("G-07")
async def test_an_overdue_case_climbs_one_level_at_a_time_to_named_persons(desk: Desk) -> None:
    number = await desk.file()
    await desk.change(number, "accept")
    await desk.change(number, "contact")

    await desk.move(at(41, 18))

    climbed = [one for one in await desk.said() if one.key.endswith("_above")]
    assert [(one.person, one.created_at) for one in climbed] == [
        ("community", at(34, 8)),
        ("leader", at(37, 8)),
        ("dispatcher", at(38, 8)),
        ("street_leader", at(39, 8)),
    ]
    assert (await desk.happenings(number)).count("climbed") == 4
    matter = await desk.matter(number)
    assert matter.owner == "secretary"
    assert matter.climbed_to == Seat(STREET, Role.STREET_LEADER)


@pytest.mark.requirement("G-07")
async def test_at_the_top_the_owner_is_still_reminded_and_nobody_else(desk: Desk) -> None:
    number = await desk.file(owner="street_leader", seat=Seat(STREET, Role.STREET_LEADER))
    await desk.change(number, "accept")
    await desk.change(number, "contact")

    await desk.move(at(34, 9))

    staff = [one for one in await desk.reminded() if one.person != RESIDENT]
    assert [(one.person, one.key) for one in staff] == [
        ("street_leader", "reminders.resolve_soon_owner"),
        ("street_leader", "reminders.resolve_due_owner"),
        ("street_leader", "reminders.climb_owner"),
    ]
    assert "climbed" not in await desk.happenings(number)


async def test_an_empty_level_is_passed_over(desk: Desk) -> None:
    """The community of the third grid has no posts at all."""
    number = await desk.file(grid="W1", owner=None, seat=Seat("W1", Role.GRID_SECRETARY))

    await desk.move(FIRST_CONTACT)

    assert [(one.person, one.key) for one in await desk.said()] == [
        ("dispatcher", "reminders.contact_due_above")
    ]
    assert (await desk.matter(number)).owner is None


async def test_the_resident_hears_that_a_case_is_overdue(desk: Desk) -> None:
    number = await desk.file()
    await desk.change(number, "accept")
    await desk.change(number, "contact")

    await desk.move(at(41, 18))

    assert await desk.keys(RESIDENT) == ["reminders.resolve_due_resident"]
    assert (await desk.said(RESIDENT))[0].created_at == RESOLUTION


async def test_a_reminder_comes_once_however_often_the_clock_ticks(desk: Desk) -> None:
    await desk.file()
    await desk.move(at(24, 17))

    for _ in range(3):
        await desk.ticker.tick(desk.now)
        await desk.new_ticker().tick(desk.now)

    assert await desk.keys() == ["reminders.contact_soon_owner"]


async def test_many_reminders_at_once_are_one_message(desk: Desk) -> None:
    numbers = [await desk.file() for _ in range(3)]
    urgent = await desk.file(urgency=1, importance=3)

    await desk.move(at(24, 17))

    said = await desk.said()
    assert [(one.person, one.key) for one in said] == [("secretary", "reminders.summary")]
    assert len(said[0].lines) == 4
    # In the order of work: the important one first (D-06).
    assert said[0].actions == [f"matters.show:{one}" for one in (urgent, *numbers)] + ["todo.open"]


async def test_a_summary_goes_with_each_case_that_is_erased(desk: Desk) -> None:
    numbers = [await desk.file() for _ in range(3)]
    await desk.move(at(24, 17))
    assert await desk.keys("secretary") == ["reminders.summary"]

    async with desk.database.write() as tx:
        await forget_subjects(tx, [case(numbers[1])], await newest(tx))

    assert await desk.keys("secretary") == []


async def test_more_reminders_than_a_message_names_are_counted(desk: Desk) -> None:
    for _ in range(23):
        await desk.file()

    await desk.move(at(24, 17))

    (said,) = await desk.said()
    assert len(said.lines) == 21
    assert said.lines[-1] == "reminders.more: 3"
    assert len(said.actions) == 9


async def test_reminders_for_several_people_stay_apart(desk: Desk) -> None:
    await desk.file(grid=EAST_1)
    await desk.file(grid=EAST_2)

    await desk.move(at(24, 17))

    assert sorted((one.person, one.key) for one in await desk.said()) == [
        ("second_secretary", "reminders.contact_soon_owner"),
        ("secretary", "reminders.contact_soon_owner"),
    ]


async def test_more_reminders_than_one_transaction_takes_are_still_one_message(desk: Desk) -> None:
    for _ in range(7):
        await desk.file()
    desk.ticker = desk.new_ticker(batch=2)

    await desk.move(at(24, 17))

    assert [one.key for one in await desk.said()] == ["reminders.summary"]


async def test_quiet_hours_gather_what_comes_due_into_one_message(desk: Desk) -> None:
    """Solved at night: the second checks come due at night too, and are asked in the morning."""
    desk.now = at(24, 22)
    for _ in range(2):
        await desk.solve(await desk.file())

    await desk.move(at(54, 23))
    at_night = await desk.keys(RESIDENT)
    await desk.move(at(55, 9))

    assert at_night == []
    (said,) = await desk.said(RESIDENT)
    assert (said.key, said.created_at) == ("reminders.summary", at(55, 8))
    assert said.not_before == at(55, 8)


async def test_what_was_settled_over_night_is_not_reminded_of_in_the_morning(desk: Desk) -> None:
    desk.now = at(24, 22)
    number = await desk.file()
    await desk.solve(number)
    await desk.move(at(54, 23))

    await desk.change(number, "recheck", still_solved=True, **await desk.spans())
    await desk.move(at(55, 9))

    assert await desk.keys(RESIDENT) == []
    assert await desk.count(gathered_reminders) == 0


async def test_a_case_that_changed_hands_over_night_reminds_only_its_owner(desk: Desk) -> None:
    number = await desk.file()
    await desk.save(
        Gathered(
            person=one,
            kind=MATTER,
            subject=case(number),
            step=Step.RESOLVE_SOON,
            not_before=at(24, 9),
        )
        for one in ("worker", "secretary")
    )

    await desk.move(at(24, 10))

    assert await desk.keys("worker") == []
    assert await desk.keys("secretary") == ["reminders.resolve_soon_owner"]


# --- emergencies ---------------------------------------------------------------------------------


async def test_an_emergency_climbs_every_quarter_of_an_hour_until_somebody_accepts(
    desk: Desk,
) -> None:
    number = await desk.file(urgency=3)

    await desk.move(timedelta(minutes=46))
    await desk.change(number, "accept")
    await desk.move(timedelta(minutes=10))

    called = [one for one in await desk.said() if one.key == "reminders.acknowledge_owner"]
    assert [(one.person, one.created_at) for one in called] == [
        ("community", at(24, 9, 15)),
        ("leader", at(24, 9, 30)),
        ("dispatcher", at(24, 9, 45)),
    ]
    assert (await desk.matter(number)).owner == "dispatcher"


async def test_an_emergency_goes_to_the_duty_roster_first_and_at_night(desk: Desk) -> None:
    async with desk.database.write() as tx:
        shift = {"id": "night", "person": "police", "starts_at": at(24, 18), "ends_at": at(25, 8)}
        await write_duty(tx, [shift])
    desk.now = at(24, 23)
    await desk.file(urgency=3)

    await desk.move(timedelta(minutes=31))

    called = [one for one in await desk.said() if one.key == "reminders.acknowledge_owner"]
    assert [(one.person, one.not_before) for one in called] == [
        ("police", at(24, 23, 15)),
        ("community", at(24, 23, 30)),
    ]


async def test_at_the_top_an_emergency_calls_its_owner_again(desk: Desk) -> None:
    await desk.file(urgency=3, owner="street_leader", seat=Seat(STREET, Role.STREET_LEADER))

    await desk.move(timedelta(minutes=31))

    assert [one.person for one in await desk.said() if "acknowledge" in one.key] == [
        "street_leader",
        "street_leader",
    ]


async def test_calls_about_one_emergency_renew_one_card_that_counts_them(desk: Desk) -> None:
    """Found: 27 full cards in one night, each a screen tall."""
    await desk.file(urgency=3, owner="street_leader", seat=Seat(STREET, Role.STREET_LEADER))

    await desk.move(at(24, 11))

    calls = [one for one in await desk.said("street_leader") if "acknowledge" in one.key]
    assert len(calls) == 8
    assert all(one.message.renews and one.message.slot for one in calls)
    assert len({one.message.slot for one in calls}) == 1
    last = [one for one in calls[-1].message.blocks if isinstance(one, Text)][1]
    assert (last.key, last.fields) == (
        "reminders.called_times",
        {"count": 8, "first": at(24, 9, 15)},
    )


async def test_nobody_is_told_that_they_were_told_themselves(desk: Desk) -> None:
    """Found: a leader read hourly that the case was brought before that very leader."""
    number = await desk.file(urgency=3, owner="leader", seat=Seat("E", Role.ASSIGNED_LEADER))
    await desk.change(number, "accept")
    seat = Seat(STREET, Role.STREET_LEADER)
    await desk.change(number, "reassign", seat=seat, owner="street_leader", reason="mine")
    await desk.change(number, "climb", seat=seat, to="street_leader", why=Step.CLIMB)

    await desk.move((await desk.matter(number)).resolve_by + timedelta(hours=1))

    late = [one for one in await desk.said("street_leader") if "resolve_due" in one.key]
    assert late
    first = late[0].message.blocks[0]
    assert isinstance(first, Text)
    assert first.fields["told"] == text("reminders.told_nobody")


async def test_whoever_had_an_emergency_before_is_told_who_has_it_now(desk: Desk) -> None:
    await desk.file(urgency=3)

    await desk.move(timedelta(minutes=16))

    assert "reminders.taken_up" in await desk.keys("secretary")


# --- the resident --------------------------------------------------------------------------------


async def asked(desk: Desk, *, sent: bool = True) -> str:
    number = await desk.file()
    await desk.change(number, "accept")
    await desk.change(number, "ask", "哪一盏灯？", **await desk.spans())
    await desk.tell(number, sent=sent)
    return number


async def test_a_question_is_reminded_of_once_and_then_lapses(desk: Desk) -> None:
    number = await asked(desk)
    before = (await desk.matter(number)).resolve_by

    await desk.move(at(31, 10))

    said = await desk.reminded()
    assert [(one.person, one.created_at, one.key) for one in said] == [
        (RESIDENT, at(27, 9), "reminders.answer_remind_resident"),
        (RESIDENT, at(31, 9), "reminders.answer_lapsed_resident"),
        ("secretary", at(31, 9), "reminders.answer_lapsed_owner"),
    ]
    assert said[0].actions[0] == f"matters.answer:{number}"
    matter = await desk.matter(number)
    assert matter.state is State.ACCEPTED
    assert matter.resolve_by > before


async def test_a_question_that_was_never_seen_makes_the_worker_phone(desk: Desk) -> None:
    await desk.add_resident("reader", channel=Channel.WEB, phone="13800000000")
    number = await desk.file(reporter="reader")
    await desk.change(number, "accept")
    await desk.change(number, "ask", "哪一盏灯？", **await desk.spans())
    await desk.tell(number, "reader")

    await desk.move(at(25, 10))

    (said,) = [one for one in await desk.said("secretary") if "unseen" in one.key]
    assert said.created_at == at(25, 9)
    assert said.message.choices[0][0].phone == "13800000000"


async def test_a_question_that_was_seen_makes_nobody_phone(desk: Desk) -> None:
    await asked(desk)

    await desk.move(at(26, 10))

    assert await desk.keys("secretary") == []


async def test_somebody_without_any_account_is_phoned(desk: Desk) -> None:
    number = await desk.file(reporter="walked-in")
    await desk.resolve(number)

    await desk.move(at(25, 10))

    assert await desk.keys("secretary") == ["reminders.unseen_owner"]


@pytest.mark.requirement("S-12")
@pytest.mark.parametrize(("seen", "outcome"), [(True, "no_answer"), (False, "unreachable")])
async def test_a_repair_closes_only_when_it_is_confirmed_or_time_is_over(
    desk: Desk, seen: bool, outcome: str
) -> None:
    number = await desk.file(category="service_repair_lamp")
    await desk.resolve(number)
    await desk.tell(number, sent=seen)

    await desk.move(at(33, 8))
    waiting = await desk.matter(number)
    await desk.move(at(33, 9))

    assert (waiting.state, waiting.outcome) == (State.RESOLVED, None)
    closed = await desk.matter(number)
    assert (closed.state, closed.outcome) == (State.CLOSED, Outcome(outcome))
    keys = await desk.keys(RESIDENT)
    assert keys.count("reminders.judge_remind_resident") == 1
    assert keys[-1] == "reminders.judge_lapsed_resident"
    assert "reminders.judge_lapsed_owner" in await desk.keys("secretary")


@pytest.mark.requirement("S-12")
async def test_a_confirmed_repair_is_closed_at_once(desk: Desk) -> None:
    number = await desk.file(category="service_repair_lamp")

    await desk.solve(number)

    closed = await desk.matter(number)
    assert (closed.state, closed.outcome) == (State.CLOSED, Outcome.SOLVED)


async def test_a_solved_case_is_asked_about_once_more_after_thirty_days(desk: Desk) -> None:
    number = await desk.file()
    await desk.solve(number)

    await desk.move(timedelta(days=38))

    (said,) = await desk.said(RESIDENT)
    assert said.created_at == at(24 + 30, 9)
    assert said.key == "reminders.recheck_resident"
    assert said.actions[:2] == [f"matters.recheck:{number}:yes", f"matters.recheck:{number}:no"]


async def test_a_case_closed_without_an_answer_is_not_asked_about(desk: Desk) -> None:
    number = await desk.file()
    await desk.resolve(number)
    await desk.tell(number)
    await desk.move(at(33, 10))

    await desk.move(timedelta(days=31))

    assert "reminders.recheck_resident" not in await desk.keys(RESIDENT)


# --- downtime, faults, several clocks ------------------------------------------------------------


async def test_after_downtime_a_case_climbs_one_level_and_nobody_hears_what_is_stale(
    desk: Desk,
) -> None:
    numbers = [await desk.file() for _ in range(3)]

    await desk.jump(at(45, 10))

    assert "community" not in {one.person for one in await desk.said()}
    await desk.jump(at(46, 8))
    said = await desk.said()
    assert sorted((one.person, one.key) for one in said) == [
        ("community", "reminders.summary"),
        (RESIDENT, "reminders.summary"),
        ("secretary", "reminders.summary"),
    ]
    assert all("resolve_due" in line for one in said for line in one.lines)
    for number in numbers:
        assert (await desk.happenings(number)).count("climbed") == 1


async def test_after_downtime_nobody_is_closed_out_who_was_never_reminded(desk: Desk) -> None:
    number = await desk.file()
    await desk.resolve(number)
    await desk.tell(number)

    await desk.jump(at(45, 10))
    reminded = await desk.matter(number)
    await desk.move(at(54, 10))

    assert reminded.state is State.RESOLVED
    assert reminded.judge_by is not None
    assert reminded.judge_by > at(45, 10)
    assert (await desk.matter(number)).outcome is Outcome.NO_ANSWER
    assert await desk.keys(RESIDENT) == [
        "test.news",
        "reminders.judge_remind_resident",
        "reminders.judge_lapsed_resident",
    ]


async def test_a_clock_that_jumps_back_and_forth_reminds_once(desk: Desk) -> None:
    await desk.file()

    for moment in (at(24, 17), at(24, 12), at(24, 17, 30), at(24, 9, 30), at(24, 18)):
        await desk.jump(moment)

    assert await desk.keys() == ["reminders.contact_soon_owner"]


async def test_two_schedulers_at_once_do_everything_once(desk: Desk) -> None:
    for _ in range(10):
        await desk.file(grid=EAST_2)
    desk.now = at(24, 17)
    tickers = [desk.new_ticker(batch=3) for _ in range(3)]

    await asyncio.gather(*(ticker.tick(desk.now) for ticker in tickers))
    # What one put by while another was telling the same person waits for the next tick.
    await desk.ticker.tick(desk.now)

    # Who happens to be alone in a message is told in full, and not as a line.
    named = [
        number
        for said in await desk.said()
        for number in set(re.findall(r"2026-\d{5}", str(to_json(said.message))))
    ]
    assert len(named) == len(set(named)) == 10
    assert {one.person for one in await desk.said()} == {"second_secretary"}


async def test_a_case_whose_reminder_fails_harms_no_other_and_is_tried_again(
    desk: Desk,
) -> None:
    bad, good = await desk.file(), await desk.file(grid=EAST_2)
    # An urgency that no rule knows makes the timers of a case raise.
    async with desk.database.write() as tx:
        await tx.run(update(table).where(table.c.number == bad).values(urgency=9))
    await desk.jump(at(24, 17))
    failed_at_first = desk.ticker.failures

    async with desk.database.write() as tx:
        await tx.run(update(table).where(table.c.number == bad).values(urgency=1))
    await desk.jump(timedelta(minutes=2))

    assert failed_at_first == 1
    assert [(one.person, one.key) for one in await desk.said()] == [
        ("second_secretary", "reminders.contact_soon_owner"),
        ("secretary", "reminders.contact_soon_owner"),
    ]
    assert (await desk.matter(good)).reminded_until == at(24, 17)


async def test_an_unknown_case_needs_no_reminder(desk: Desk) -> None:
    await desk.save([Reminder(kind=MATTER, subject="2026-99999", step="climb", due_at=at(24, 9))])

    await desk.jump(at(24, 10))

    async with desk.database.read() as tx:
        assert await find_reminder(tx, MATTER, "2026-99999") is None


async def test_deadlines_that_moved_move_the_reminder_too(desk: Desk) -> None:
    """The row says when to look; what is due is asked of the case as it stands."""
    number = await desk.file()
    early = at(24, 10)
    await desk.save([Reminder(kind=MATTER, subject=number, step="contact_soon", due_at=early)])

    await desk.jump(early)

    assert await desk.keys() == []
    async with desk.database.read() as tx:
        waiting = await find_reminder(tx, MATTER, number)
    assert waiting is not None
    assert waiting.due_at == at(24, 17)


async def test_a_quiet_clock_writes_nothing(desk: Desk) -> None:
    await desk.file()
    await desk.ticker.tick(desk.now)
    before = desk.woken

    await desk.ticker.tick(desk.now + timedelta(seconds=5))

    assert desk.woken == before


async def test_the_clock_remembers_since_when_it_runs(desk: Desk) -> None:
    await desk.ticker.tick(at(24, 9))
    await desk.new_ticker().tick(at(26, 9))

    async with desk.database.read() as tx:
        assert await fact(tx, "clock_began") == at(24, 9).isoformat()
