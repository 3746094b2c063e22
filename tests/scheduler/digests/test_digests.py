"""The weekly digests and summaries: each once, whatever happens to the clock or the process."""

import asyncio
from dataclasses import replace
from datetime import time, timedelta
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import text as sql
from sqlalchemy import update

from domain.access.actors import actor_of
from domain.access.checks import may
from domain.access.digests import DigestRight
from domain.categories import Kind
from domain.digests.digest import Digest, Figure, week_of
from domain.messages import Card, Message, text
from domain.names import kind_name, named
from domain.organisation import Organisation, Post
from domain.people import Language
from scheduler.digests import digests as job
from scheduler.jobs import Weekly
from scheduler.subprocesses import in_subprocess
from storage.attachments import attachments
from storage.digests.digests import digests, find_digest, list_cases
from storage.matters.matters import list_events, matters
from storage.reminders import find_reminder, job_runs
from tests.scheduler.desk import HOURS, RESIDENT, Desk, at, here
from tests.street import EAST, EAST_1, EAST_2, MORNING, STAFF, STREET, WEST, WEST_1
from tests.street import UNITS as ALL

# The week of Monday the 23rd to Sunday the 29th is 2026-W48; its digest is due on the 30th.
WEEK, DUE = "2026-W48", at(30, 8, 30)
UNITS = {EAST, EAST_1, EAST_2, WEST, WEST_1, STREET}


async def find(desk: Desk, unit: str, week: str = WEEK) -> Digest | None:
    calendar = (await desk.street()).office.calendar
    async with desk.database.read() as tx:
        return await find_digest(tx, unit, week, calendar)


async def digest(desk: Desk, unit: str, week: str = WEEK) -> Digest:
    found = await find(desk, unit, week)
    assert found is not None
    return found


async def written(desk: Desk) -> list[tuple[str, str]]:
    async with desk.database.read() as tx:
        rows = await tx.rows(sql("SELECT week, unit FROM digests ORDER BY week, unit"))
    return [(row.week, row.unit) for row in rows]


# --- a week --------------------------------------------------------------------------------------


@pytest.mark.requirement("D-05")
async def test_an_empty_week_has_its_digests_too(desk: Desk) -> None:
    await desk.move(DUE)

    assert {unit for _, unit in await written(desk)} == UNITS
    assert (await digest(desk, EAST)).is_empty


@pytest.mark.requirement("D-05")
async def test_every_week_has_exactly_one_digest_per_unit(desk: Desk) -> None:
    await desk.move(at(30 + 15, 9))

    weeks = ["2026-W48", "2026-W49", "2026-W50"]
    assert await written(desk) == sorted((week, unit) for week in weeks for unit in UNITS)


async def test_digests_go_to_those_who_answer_for_a_unit(desk: Desk) -> None:
    await desk.move(DUE)

    titled = [one for one in await desk.said() if one.key == "digests.title"]
    got = sorted((one.person, one.message.blocks[0].title.fields["unit"]) for one in titled)  # type: ignore[union-attr]
    assert [(person, unit.fields["zh"]) for person, unit in got] == [  # type: ignore[union-attr]
        ("community", "东园社区"),
        ("dispatcher", "梧桐街道"),
        ("leader", "东园社区"),
        ("second_secretary", "第二网格"),
        ("secretary", "第一网格"),
        ("street_leader", "梧桐街道"),
    ]
    assert {one.created_at for one in titled} == {DUE}


async def test_a_digest_counts_the_week_and_traces_to_case_numbers(desk: Desk) -> None:
    solved = await desk.file()
    await desk.solve(solved, 5)
    refused = await desk.file()
    await desk.resolve(refused)
    await desk.change(refused, "judge", solved=False, **await desk.spans())
    late = await desk.file(grid=EAST_2, kind=Kind.OPINION)
    elsewhere = await desk.file(grid=WEST_1)

    await desk.move(DUE)

    figures = (await digest(desk, EAST)).figures
    assert set(figures.behind(Figure.FILED)) == {solved, refused, late}
    assert figures.behind(Figure.SOLVED) == figures.behind(Figure.SATISFIED) == (solved,)
    assert figures.behind(Figure.NOT_SOLVED) == (refused,)
    assert set(figures.behind(Figure.OPEN)) == {refused, late}
    assert figures.behind(Figure.OPEN, kind=Kind.OPINION) == (late,)
    assert set(figures.behind(Figure.OVERDUE)) == {refused, late}
    grid = (await digest(desk, EAST_2)).figures
    assert grid.behind(Figure.FILED) == (late,)
    whole = (await digest(desk, STREET)).figures
    assert set(whole.behind(Figure.FILED)) == {solved, refused, late, elsewhere}


async def test_a_case_that_was_reopened_and_solved_counts_once_for_each_answer(desk: Desk) -> None:
    number = await desk.file()
    for verdict in (False, False, True):
        await desk.resolve(number)
        await desk.change(number, "judge", solved=verdict, **await desk.spans())
        desk.now += timedelta(hours=1)

    await desk.move(DUE)

    rate = (await digest(desk, EAST_1)).figures.resolution
    assert (rate.good, rate.n) == (1, 3)


@pytest.mark.parametrize("first", [False, True])
async def test_a_verdict_that_was_taken_back_is_not_counted_the_last_one_is(
    desk: Desk, first: bool
) -> None:
    number = await desk.file()
    await desk.resolve(number)
    await desk.change(number, "judge", solved=first, **await desk.spans())
    async with desk.database.read() as tx:
        events = await list_events(tx, number)
    await desk.change(number, "take_back", events=events, **await desk.spans())
    await desk.change(number, "judge", solved=not first, **await desk.spans())

    await desk.move(DUE)

    rate = (await digest(desk, EAST_1)).figures.resolution
    assert (rate.good, rate.n) == (int(not first), 1)


async def test_silence_that_was_taken_back_leaves_earlier_verdicts(desk: Desk) -> None:
    number = await desk.file()
    await desk.resolve(number)
    await desk.change(number, "judge", solved=False, **await desk.spans())
    await desk.resolve(number)
    rules = (await desk.spans())["rules"]
    await desk.change(number, "lapse_verdict", seen=True, rules=rules)
    await desk.change(number, "take_back", events=[], **await desk.spans())
    await desk.change(number, "judge", solved=True, **await desk.spans())

    await desk.move(DUE)

    rate = (await digest(desk, EAST_1)).figures.resolution
    assert (rate.good, rate.n, rate.no_answer) == (1, 2, 0)


async def test_a_rate_says_its_n_and_who_did_not_answer(desk: Desk) -> None:
    await desk.solve(await desk.file(), 5)
    await desk.solve(await desk.file(), 2)
    silent = await desk.file(reporter="walked-in")
    await desk.resolve(silent)

    await desk.move(at(37, 9))

    first, second = [one for one in await desk.said("secretary") if one.key == "digests.title"]
    assert "digests.satisfaction: digests.rate_satisfaction 50% 1 2" in first.lines
    assert "digests.resolution: digests.rate_apart digests.no_rate 0 1" in second.lines


async def test_overdue_cases_have_buttons_for_those_who_may_see_them(desk: Desk) -> None:
    service = await desk.file()
    dispute = await desk.file(kind=Kind.DISPUTE, category="dispute_other", owner="community")

    await desk.move(DUE)

    def cases(person: str, said: list[object]) -> set[str]:
        (one,) = [one for one in said if one.person == person and one.key == "digests.title"]  # type: ignore[attr-defined]
        return {action for action in one.actions if action.startswith("matters.show:")}  # type: ignore[attr-defined]

    said: list[object] = list(await desk.said())
    assert cases("community", said) == {f"matters.show:{service}", f"matters.show:{dispute}"}
    assert cases("secretary", said) == {f"matters.show:{service}"}


@pytest.mark.requirement("D-07")
async def test_a_planted_cluster_is_flagged_and_the_threshold_counts(desk: Desk) -> None:
    for place in ("东门", "南门", "西门"):
        await desk.file(kind=Kind.OPINION, text=f"{place}的路灯坏了很久没人修")
    await desk.file(kind=Kind.OPINION, text="希望多办一些文化活动")
    await desk.move(DUE)

    (topic,) = (await digest(desk, EAST)).topics
    assert topic.hot
    assert len(topic.numbers) == 3
    assert "路灯" in topic.words

    desk.set_topics(least_opinions=4)
    await desk.ticker.run_job("digests", DUE, again=True)
    assert (await digest(desk, EAST)).topics == ()


@pytest.mark.requirement("D-07")
async def test_grids_community_and_street_count_a_topic_alike(desk: Desk) -> None:
    for grid, words in (
        (EAST_1, "东门停车太乱，没人管"),
        (EAST_1, "停车位太少，停车太难"),
        (EAST_1, "晚上停车找不到车位，停车太乱"),
        (EAST_2, "停车乱收费，停车太难"),
        (EAST_2, "小区里停车太乱"),
        (EAST_2, "停车太乱，堵住了门"),
        (WEST_1, "门口停车太乱"),
        (WEST_1, "停车位不够，停车太难"),
        (WEST_1, "停车太乱，消防车进不来"),
    ):
        await desk.file(kind=Kind.OPINION, text=words, grid=grid)
    await desk.move(DUE)

    def count(found: Digest) -> set[str]:
        return {number for topic in found.topics for number in topic.numbers}

    first, second = count(await digest(desk, EAST_1)), count(await digest(desk, EAST_2))
    east, west = count(await digest(desk, EAST)), count(await digest(desk, WEST))
    assert first
    assert first | second == east
    assert east | west == count(await digest(desk, STREET))


async def test_no_name_of_anybody_is_a_headline_on_any_level(desk: Desk) -> None:
    for words in ("张建国养鸡太吵", "张建国在楼下养鸡", "张建国家养鸡味道大", "张建国养鸡没人管"):
        await desk.file(kind=Kind.OPINION, text=words)
    await desk.move(DUE)

    for unit in (EAST_1, EAST, STREET):
        (topic,) = (await digest(desk, unit)).topics
        assert len(topic.numbers) == 4
        assert "张" not in topic.words
        assert "建国" not in topic.words


async def test_a_topic_that_has_not_grown_is_listed_but_not_hot(desk: Desk) -> None:
    desk.set_topics(weeks_compared=1)
    for _ in range(2):
        for place in ("东门", "南门", "西门"):
            await desk.file(kind=Kind.OPINION, text=f"{place}的路灯坏了很久没人修")
        await desk.move(timedelta(days=7))

    await desk.move(at(37, 9))

    assert [topic.hot for topic in (await digest(desk, EAST)).topics] == [True]
    assert [topic.hot for topic in (await digest(desk, EAST, "2026-W49")).topics] == [False]


@pytest.mark.requirement("D-07")
@pytest.mark.parametrize(("growth", "hot"), [(1.0, True), (2.0, False)])
async def test_how_much_a_topic_must_have_grown_is_a_rule(
    desk: Desk, growth: float, hot: bool
) -> None:
    desk.set_topics(weeks_compared=1, growth=growth)
    for _ in range(2):
        for place in ("东门", "南门", "西门"):
            await desk.file(kind=Kind.OPINION, text=f"{place}的路灯坏了很久没人修")
        await desk.move(timedelta(days=7))

    await desk.move(at(37, 9))

    assert [topic.hot for topic in (await digest(desk, EAST, "2026-W49")).topics] == [hot]


@pytest.mark.requirement("D-07")
@pytest.mark.parametrize(
    ("weeks", "before", "hot"), [(1, 0.0, True), (2, 1.5, True), (3, 2.0, False)]
)
async def test_with_how_many_weeks_a_topic_is_compared_is_a_rule(
    desk: Desk, weeks: int, before: float, hot: bool
) -> None:
    desk.set_topics(weeks_compared=weeks, growth=2.0)
    for filed in (3, 3, 0, 3):
        for place in range(filed):
            await desk.file(kind=Kind.OPINION, text=f"{place}号门的路灯坏了很久没人修")
        await desk.move(timedelta(days=7))

    await desk.move(at(30 + 21, 9))

    topics = (await digest(desk, EAST, "2026-W51")).topics
    assert [(topic.before, topic.hot) for topic in topics] == [(before, hot)]


# --- once ----------------------------------------------------------------------------------------


@pytest.mark.requirement("D-05")
async def test_two_schedulers_write_and_tell_once(desk: Desk) -> None:
    await desk.ticker.tick(desk.now)
    desk.now = DUE

    await asyncio.gather(*(desk.new_ticker().tick(desk.now) for _ in range(3)))

    assert len(await written(desk)) == len(UNITS)
    assert (await desk.keys("secretary")).count("digests.title") == 1


@pytest.mark.requirement("D-05")
async def test_missed_weeks_are_written_late_and_only_the_newest_is_told(desk: Desk) -> None:
    await desk.ticker.tick(desk.now)

    await desk.jump(at(30 + 15, 9))

    assert len(await written(desk)) == 3 * len(UNITS)
    (said,) = [one for one in await desk.said("secretary") if one.key == "digests.title"]
    gaps = said.message.blocks[-1]
    assert gaps.title.key == "digests.gaps"  # type: ignore[union-attr]
    weeks = [one.fields["day"] for one in gaps.lines[0].value]  # type: ignore[union-attr]
    assert weeks == [30, 23]
    assert (await digest(desk, EAST, "2026-W48")).is_late


@pytest.mark.requirement("D-05")
async def test_a_week_without_a_digest_shows_as_a_gap(desk: Desk) -> None:
    await desk.move(at(37, 9))
    async with desk.database.write() as tx:
        await tx.run(digests.delete().where(digests.c.week == "2026-W49"))

    await desk.move(at(44, 9))

    said = [one for one in await desk.said("secretary") if one.key == "digests.title"]
    (missing,) = said[-1].message.blocks[-1].lines[0].value  # type: ignore[union-attr]
    assert (missing.fields["year"], missing.fields["day"]) == ("2026", 30)


async def test_a_clock_that_jumps_writes_each_week_once(desk: Desk) -> None:
    await desk.ticker.tick(desk.now)

    for moment in (DUE, at(26, 9), at(30, 9), at(24, 9), at(31, 9)):
        await desk.jump(moment)

    assert len(await written(desk)) == len(UNITS)
    assert (await desk.keys("secretary")).count("digests.title") == 1


async def test_two_schedulers_whose_clocks_disagree_write_each_week_once(desk: Desk) -> None:
    """Each asks the tables, not its memory: who is behind finds done what the other did."""
    await desk.ticker.tick(desk.now)
    ahead, behind = desk.new_ticker(), desk.new_ticker()

    for hours in (0, 7, 5, 30, 26, 9):
        desk.now = DUE + timedelta(hours=hours)
        await asyncio.gather(ahead.tick(desk.now + timedelta(hours=3)), behind.tick(desk.now))

    assert len(await written(desk)) == len(UNITS)
    assert (await desk.keys("secretary")).count("digests.title") == 1


async def test_nothing_is_made_up_for_the_time_before_the_clock_ran(desk: Desk) -> None:
    await desk.ticker.tick(at(24, 9))

    assert await written(desk) == []


async def test_a_process_that_dies_while_drawing_leaves_nothing_half_done(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.file()
    await desk.ticker.tick(desk.now)

    async def die(*_given: object) -> object:
        raise asyncio.CancelledError

    with monkeypatch.context() as dying:
        dying.setattr(job, "in_subprocess", die)
        with pytest.raises(asyncio.CancelledError):
            await desk.ticker.tick(DUE)
    after_death = await written(desk)
    monkeypatch.setattr(job, "in_subprocess", here)
    await desk.new_ticker().tick(DUE)

    assert after_death == []
    assert len(await written(desk)) == len(UNITS)
    assert (await desk.keys("secretary")).count("digests.title") == 1


async def test_a_process_that_fails_costs_the_chart_and_no_digest(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_given: object) -> object:
        raise OSError("no process")

    monkeypatch.setattr(job, "in_subprocess", fail)
    for _ in range(3):
        await desk.file(kind=Kind.OPINION, text="路灯坏了")

    await desk.move(DUE)

    one = await digest(desk, EAST)
    assert (one.pictures, one.topics, one.figures.count(Figure.FILED)) == ({}, (), 3)
    assert (await desk.keys("secretary")).count("digests.title") == 1


async def test_a_job_that_fails_is_tried_again_and_harms_no_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.ticker.tick(desk.now)
    real = job.figures_of

    def fail(cases: object, week: object) -> object:
        raise RuntimeError("on purpose")

    monkeypatch.setattr(job, "in_subprocess", here)
    with monkeypatch.context() as broken:
        broken.setattr(job, "figures_of", fail)
        await desk.jump(DUE)
    assert await written(desk) == []
    assert job.figures_of is real
    assert desk.ticker.failures == 3

    await desk.jump(timedelta(minutes=2))

    assert len(await written(desk)) == len(UNITS)


async def test_an_operator_runs_a_job_again_and_there_is_still_one_digest(desk: Desk) -> None:
    await desk.move(DUE)
    late = await desk.file()
    async with desk.database.write() as tx:
        await tx.run(update(matters).values(filed_at=at(29, 9)))

    first = await desk.ticker.run_job("digests", at(30, 20))
    second = await desk.ticker.run_job("digests", at(30, 20), again=True)

    assert first == []
    assert second == [f"{WEEK} {EAST}", f"{WEEK} {WEST}", f"{WEEK} {STREET}"]
    assert len(await written(desk)) == len(UNITS)
    assert (await digest(desk, EAST)).figures.behind(Figure.FILED) == (late,)


async def test_an_unknown_job_is_refused_by_name(desk: Desk) -> None:
    with pytest.raises(LookupError, match="digests"):
        await desk.ticker.run_job("nothing", DUE)


async def test_a_community_can_have_its_own_moment(desk: Desk) -> None:
    hours = replace(HOURS, staff_of={EAST: Weekly(4, time(17))})
    desk.means = desk.new_means(hours)
    desk.ticker = desk.new_ticker()

    await desk.move(at(34, 17))

    told = [one for one in await desk.said("community") if one.key == "digests.title"]
    assert [one.created_at for one in told] == [at(27, 17), at(34, 17)]
    assert (await digest(desk, EAST)).week.key == WEEK


# --- the chart -----------------------------------------------------------------------------------


async def test_a_digest_brings_its_chart_as_a_picture_in_the_readers_language(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "in_subprocess", in_subprocess)
    async with desk.database.write() as tx:
        await tx.run(sql("UPDATE people SET language = 'en' WHERE id = 'leader'"))
    await desk.solve(await desk.file(), 5)
    await desk.ticker.tick(desk.now)

    await desk.jump(DUE)

    one = await digest(desk, EAST)
    assert set(one.pictures) == {Language.CHINESE, Language.ENGLISH}
    _, picture = [
        said for said in await desk.said("leader") if said.message.attachments or said.key
    ]
    assert picture.message == Message(attachments=(one.pictures[Language.ENGLISH],))
    async with desk.database.read() as tx:
        rows = {row.id: row for row in await tx.rows(attachments.select())}
    row = rows[one.pictures["zh_CN"]]
    stored = desk.means.files.kept(row.file_name, row.file_key)
    with Image.open(BytesIO(stored.read())) as drawn:
        assert (drawn.format, drawn.width) == ("PNG", 1080)


async def test_charts_outlive_the_nightly_sweep(desk: Desk) -> None:
    await desk.file()
    await desk.ticker.tick(desk.now)
    await desk.jump(DUE)
    one = await digest(desk, EAST)

    await desk.jump(timedelta(days=3))

    async with desk.database.read() as tx:
        rows = {row.id: row for row in await tx.rows(attachments.select())}
    path = desk.means.files.path(rows[one.pictures["zh_CN"]].file_name)
    assert path in {file for shelf in desk.means.files.shelves() for file in shelf.iterdir()}


# --- summaries -----------------------------------------------------------------------------------


async def test_residents_who_want_it_get_the_summary_of_their_community(desk: Desk) -> None:
    await desk.add_resident("reader", grid=EAST_2, weekly_summary=True)
    await desk.add_resident("westerner", grid=WEST_1, weekly_summary=True)
    await desk.solve(await desk.file(kind=Kind.OPINION))
    await desk.file(kind=Kind.DISPUTE)

    await desk.move(at(30, 10))

    told = [one for one in await desk.said() if one.key == "digests.summary_title"]
    assert sorted(one.person for one in told) == ["reader", "westerner"]
    mine = next(one for one in told if one.person == "reader")
    assert mine.created_at == at(30, 10)
    assert any(line.startswith("digests.raised: digests.n_of 2") for line in mine.lines)
    # A dispute is counted, never by its category.
    assert not any("dispute_" in line for line in mine.lines)
    assert mine.lane == 2


async def test_a_summary_counts_questions_by_their_own_name_and_not_among_the_disputes(
    desk: Desk,
) -> None:
    await desk.add_resident("reader", grid=EAST_2, weekly_summary=True)
    await desk.file(kind=Kind.ENQUIRY)
    await desk.file(kind=Kind.ENQUIRY)
    await desk.file(kind=Kind.DISPUTE)

    await desk.move(at(30, 10))

    (mine,) = [one for one in await desk.said() if one.key == "digests.summary_title"]
    card = mine.message.blocks[0]
    assert isinstance(card, Card)
    assert card.lines[0].value == text(
        "digests.n_of",
        n=3,
        parts=(
            text("digests.counted", name=named("咨询", "Enquiry"), n=2),
            text("digests.counted", name=kind_name(Kind.DISPUTE), n=1),
        ),
    )


async def test_nobody_gets_a_summary_who_did_not_ask(desk: Desk) -> None:
    await desk.move(at(30, 10))

    assert await desk.keys(RESIDENT) == []


async def test_a_summary_goes_on_where_it_stopped(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each part is a transaction of its own; whoever goes on, nobody is told twice."""
    monkeypatch.setattr(job, "AUDIENCE", 2)
    for place in range(5):
        await desk.add_resident(f"reader-{place}", weekly_summary=True)
    await desk.ticker.tick(desk.now)
    await desk.jump(at(30, 10))

    told = [one.person for one in await desk.said() if one.key == "digests.summary_title"]
    assert sorted(told) == [f"reader-{place}" for place in range(5)]
    async with desk.database.read() as tx:
        assert await find_reminder(tx, job.SUMMARY, f"{WEEK} {EAST}") is None


async def test_after_downtime_only_the_newest_summary_is_sent(desk: Desk) -> None:
    await desk.add_resident("reader", weekly_summary=True)
    await desk.ticker.tick(desk.now)

    await desk.jump(at(30 + 15, 11))

    assert (await desk.keys("reader")).count("digests.summary_title") == 1
    async with desk.database.read() as tx:
        runs = [row for row in await tx.rows(job_runs.select()) if row.job == "summaries"]
    assert len(runs) == 3 * 2


# --- reading little ------------------------------------------------------------------------------


async def test_figures_are_read_by_index_and_never_from_the_whole_history(desk: Desk) -> None:
    if not desk.database.is_sqlite:
        pytest.skip("asks SQLite for its plan")
    street = await desk.street()
    week = week_of(desk.now, street.office.calendar)
    plans: list[str] = []
    async with desk.database.read() as tx:
        real = tx.rows

        async def explain(statement, values=None):  # type: ignore[no-untyped-def]
            compiled = statement.compile(
                dialect=tx.connection.dialect, compile_kwargs={"literal_binds": True}
            )
            found = await real(sql(f"EXPLAIN QUERY PLAN {compiled}".replace(":", r"\:")))
            plans.extend(row.detail for row in found)
            return await real(statement, values)

        tx.rows = explain  # type: ignore[method-assign]
        for unit in (street.organisation.units[code] for code in (EAST_1, EAST, STREET)):
            await list_cases(tx, unit, week, [EAST, WEST])

    assert len(plans) == 6
    for plan in plans:
        assert "USING INDEX ix_matters_" in plan, plan


async def test_figures_of_weeks_long_ago_stay_as_they_were_written(desk: Desk) -> None:
    number = await desk.file()
    await desk.move(DUE)
    await desk.solve(number)
    await desk.move(at(37, 9))

    assert (await digest(desk, EAST)).figures.behind(Figure.OPEN) == (number,)
    assert (await digest(desk, EAST, "2026-W49")).figures.behind(Figure.CLOSED) == (number,)


def test_everybody_who_gets_a_digest_may_read_it() -> None:
    posts = tuple(
        Post(id=person, unit=unit, role=role, person=person, since=MORNING)
        for person, _, role, unit in STAFF
    )
    organisation = Organisation(units={unit.code: unit for unit in ALL}, posts=posts)

    for unit in ALL:
        for person in job.readers_of(organisation, unit, MORNING):
            actor = actor_of(person, organisation, MORNING, staff=True)
            assert may(actor, DigestRight.READ, organisation, unit=unit.code)
