"""What a week was like: figures, rates, topics, gaps."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.categories import Kind
from domain.digests.digest import (
    Case,
    Digest,
    Figure,
    Rate,
    figures_from_json,
    figures_of,
    gaps,
    to_json,
    topics_from_json,
    topics_of,
    week_named,
    week_of,
    weeks_before,
)
from domain.matters.likeness import HotRule
from domain.matters.matter import Outcome, State
from domain.working_time import WorkCalendar

CALENDAR = WorkCalendar(timezone=ZoneInfo("Asia/Shanghai"), hours=((time(8), time(18)),))
#: A Wednesday noon.
NOON = datetime(2026, 11, 18, 4, tzinfo=UTC)
WEEK = week_of(NOON, CALENDAR)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MOMENT = timedelta(microseconds=1)


def case(number: str = "2026-00001", **changes: object) -> Case:
    """Make a case that was filed on Wednesday at noon and is not accepted yet."""
    plain = Case(
        number=number,
        kind=Kind.SERVICE,
        category="service_other",
        importance=1,
        urgency=1,
        state=State.DISPATCHED,
        filed_at=NOON,
        dispatched_at=NOON,
        contact_by=NOON + DAY,
        resolve_by=NOON + 7 * DAY,
        contacted_at=None,
        paused_at=None,
        resolved_at=None,
        closed_at=None,
        outcome=None,
        score=None,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def closed(number: str = "2026-00001", **changes: object) -> Case:
    """Make a case that was contacted in time, solved, confirmed and rated within the week."""
    ended = {
        "state": State.CLOSED,
        "contacted_at": NOON + HOUR,
        "resolved_at": NOON + DAY,
        "closed_at": NOON + 2 * DAY,
        "outcome": Outcome.SOLVED,
        "confirmations": 1,
        "score": 5,
    }
    return case(number, **{**ended, **changes})


# --- weeks ---------------------------------------------------------------------------------------


def test_a_week_is_found_again_by_its_name() -> None:
    assert week_named(WEEK.key, CALENDAR) == WEEK


@pytest.mark.parametrize("key", ["2026-W54", "2026-W00", "2026-W7", "yesterday", "2026-47", ""])
def test_what_is_no_week_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        week_named(key, CALENDAR)


def test_weeks_before_go_back_without_a_hole() -> None:
    before = weeks_before(WEEK, 3, CALENDAR)

    assert [week.key for week in before] == ["2026-W46", "2026-W45", "2026-W44"]
    assert [week.ends for week in before] == [WEEK.begins, before[0].begins, before[1].begins]


# --- figures -------------------------------------------------------------------------------------


def test_an_empty_week_has_no_figures_and_no_rates() -> None:
    figures = figures_of([], WEEK)

    assert {figure: figures.count(figure) for figure in Figure} == dict.fromkeys(Figure, 0)
    assert [rate.share for rate in (figures.response, figures.resolution)] == [None, None]
    assert figures.satisfaction.share is None


def test_a_case_is_counted_where_it_was_filed_and_where_it_ended() -> None:
    figures = figures_of([closed()], WEEK)

    counted = {figure for figure in Figure if figures.count(figure)}
    assert counted == {
        Figure.FILED,
        Figure.CLOSED,
        Figure.IN_TIME,
        Figure.SOLVED,
        Figure.SATISFIED,
    }


def test_the_last_moment_of_a_week_belongs_to_the_next() -> None:
    figures = figures_of([case(filed_at=WEEK.ends), case("2", filed_at=WEEK.begins)], WEEK)

    assert figures.behind(Figure.FILED) == ("2",)


def test_how_things_stood_at_the_weeks_end_does_not_change_later() -> None:
    """Closed on the Tuesday after: at the week's end it was open, and it was overdue."""
    later = closed(
        contact_by=NOON + HOUR,
        contacted_at=WEEK.ends + HOUR,
        closed_at=WEEK.ends + DAY,
        resolved_at=WEEK.ends + HOUR,
        confirmations=0,
    )

    figures = figures_of([later], WEEK)

    assert figures.behind(Figure.OPEN) == figures.behind(Figure.OVERDUE) == ("2026-00001",)
    assert figures.count(Figure.CLOSED) == 0


@pytest.mark.parametrize(
    ("changes", "overdue"),
    [
        ({"contact_by": WEEK.ends - HOUR}, True),
        ({"contact_by": WEEK.ends}, False),
        ({"contact_by": NOON, "contacted_at": NOON + HOUR}, False),
        ({"contacted_at": NOON, "resolve_by": WEEK.ends - HOUR}, True),
        ({"contacted_at": NOON, "resolve_by": WEEK.ends - HOUR, "paused_at": NOON}, False),
        ({"contacted_at": NOON, "resolve_by": NOON, "resolved_at": NOON + HOUR}, False),
    ],
)
def test_a_case_is_overdue_while_a_worker_is_late(
    changes: dict[str, object], overdue: bool
) -> None:
    assert case(**changes).is_overdue_at(WEEK.ends) is overdue


@pytest.mark.requirement("D-06")
def test_overdue_cases_stand_in_the_order_of_work_whatever_order_they_come_in() -> None:
    late = {"contact_by": NOON + HOUR}
    cases = [
        case("1-ordinary", **late),
        case("2-important", importance=3, **late),
        case("3-urgent", urgency=2, **late),
        case("4-both", importance=2, urgency=2, **late),
        case("5-emergency", importance=2, urgency=3, **late),
    ]

    forwards, backwards = figures_of(cases, WEEK), figures_of(reversed(cases), WEEK)

    order = ("5-emergency", "4-both", "3-urgent", "2-important", "1-ordinary")
    assert forwards.behind(Figure.OVERDUE) == backwards.behind(Figure.OVERDUE) == order


@pytest.mark.parametrize(
    ("changes", "is_open"),
    [
        ({"filed_at": WEEK.ends - MOMENT}, True),
        ({"filed_at": WEEK.ends}, False),
        ({"state": State.CLOSED, "closed_at": WEEK.ends - MOMENT}, False),
        ({"state": State.CLOSED, "closed_at": WEEK.ends}, True),
        ({"state": State.CLOSED, "closed_at": None}, False),
        ({"state": State.ASKED}, True),
    ],
)
def test_a_case_is_open_from_after_its_filing_until_its_end(
    changes: dict[str, object], is_open: bool
) -> None:
    assert case(**changes).is_open_at(WEEK.ends) is is_open


@pytest.mark.parametrize("field", ["contacted_at", "paused_at", "resolved_at"])
@pytest.mark.parametrize(("after", "overdue"), [(-MOMENT, False), (timedelta(), True)])
def test_what_stops_a_clock_at_the_weeks_end_stops_it_in_the_next_week(
    field: str, after: timedelta, overdue: bool
) -> None:
    if field == "contacted_at":
        late: dict[str, object] = {"contact_by": NOON}
    else:
        late = {"contacted_at": NOON, "resolve_by": NOON}

    late[field] = WEEK.ends + after

    assert case(**late).is_overdue_at(WEEK.ends) is overdue


@pytest.mark.parametrize("field", ["contact_by", "resolve_by"])
def test_a_clock_that_ends_with_the_week_is_not_overdue_in_it(field: str) -> None:
    met = {"contacted_at": NOON} if field == "resolve_by" else {}

    assert not case(**met, **{field: WEEK.ends}).is_overdue_at(WEEK.ends)
    assert case(**met, **{field: WEEK.ends - MOMENT}).is_overdue_at(WEEK.ends)


def test_what_is_not_filed_yet_or_over_is_not_overdue() -> None:
    late = {"contact_by": NOON - 30 * DAY}

    assert not case(filed_at=WEEK.ends, **late).is_overdue_at(WEEK.ends)
    assert not case(state=State.CLOSED, closed_at=NOON, **late).is_overdue_at(WEEK.ends)


def test_a_case_that_ended_another_way_is_counted_by_that_way() -> None:
    cases = [
        case("1", state=State.WITHDRAWN, closed_at=NOON),
        case("2", state=State.MERGED, closed_at=NOON),
    ]

    figures = figures_of(cases, WEEK)

    assert figures.behind(Figure.WITHDRAWN) == ("1",)
    assert figures.behind(Figure.MERGED) == ("2",)
    assert figures.count(Figure.CLOSED) == 0


def test_every_case_that_is_counted_is_known_by_kind_and_category_and_no_other() -> None:
    long_over = closed("2", filed_at=NOON - 60 * DAY, closed_at=NOON - 50 * DAY, confirmations=0)
    over = replace(long_over, contacted_at=NOON - 59 * DAY, contact_by=NOON - 58 * DAY)

    figures = figures_of([case("1", kind=Kind.DISPUTE, category="noise"), over], WEEK)

    assert figures.cases == {"1": (Kind.DISPUTE, "noise")}


def test_categories_come_by_their_number_and_then_by_their_code() -> None:
    cases = [case(f"{n}", category=code) for n, code in enumerate(["b", "c", "a", "c"])]

    assert list(figures_of(cases, WEEK).by_category(Figure.FILED).items()) == [
        ("c", 2),
        ("a", 1),
        ("b", 1),
    ]


def test_figures_are_told_apart_by_kind_and_category() -> None:
    cases = [
        case("1", kind=Kind.OPINION, category="noise"),
        case("2", kind=Kind.OPINION, category="noise"),
        case("3", kind=Kind.DISPUTE, category="neighbours"),
    ]

    figures = figures_of(cases, WEEK)

    assert figures.count(Figure.FILED, kind=Kind.OPINION) == 2
    assert figures.behind(Figure.FILED, category="neighbours") == ("3",)
    assert figures.by_category(Figure.FILED) == {"noise": 2, "neighbours": 1}
    assert figures.by_category(Figure.FILED, kinds=[Kind.DISPUTE]) == {"neighbours": 1}


# --- rates ---------------------------------------------------------------------------------------


def test_the_response_rate_counts_each_clock_in_the_week_in_which_it_ended() -> None:
    cases = [
        closed("in time"),
        case("too late", contacted_at=NOON + 2 * DAY),
        case("never"),
        case("still runs", contact_by=WEEK.ends + HOUR),
        case("in time, next week", contact_by=WEEK.ends + DAY, contacted_at=WEEK.ends + HOUR),
        case("late long ago", filed_at=NOON - 9 * DAY, contact_by=NOON - 8 * DAY),
        case("withdrawn", state=State.WITHDRAWN, closed_at=NOON + 2 * DAY),
    ]

    figures = figures_of(cases, WEEK)

    assert figures.behind(Figure.IN_TIME) == ("in time",)
    assert set(figures.behind(Figure.TOO_LATE)) == {"too late", "never"}
    assert (figures.response.good, figures.response.n) == (1, 3)
    assert (figures.response.no_answer, figures.response.unreachable) == (0, 0)


@pytest.mark.parametrize(("after", "in_time"), [(timedelta(), True), (MOMENT, False)])
def test_a_contact_at_the_very_deadline_is_in_time(after: timedelta, in_time: bool) -> None:
    met = case(contact_by=NOON, contacted_at=NOON + after)

    figures = figures_of([met], WEEK)

    assert (figures.count(Figure.IN_TIME), figures.count(Figure.TOO_LATE)) == (
        (1, 0) if in_time else (0, 1)
    )


@pytest.mark.parametrize("state", [State.WITHDRAWN, State.MERGED])
def test_the_clocks_of_what_ended_otherwise_count_for_nothing(state: State) -> None:
    figures = figures_of([case(state=state, contacted_at=NOON, closed_at=NOON)], WEEK)

    assert figures.response.n == 0


def test_a_rate_is_the_share_of_the_good_ones() -> None:
    rate = figures_of([closed("1"), closed("2", score=1)], WEEK).satisfaction

    assert (rate, rate.share) == (Rate(1, 2, no_answer=0, unreachable=0), 0.5)


def test_satisfaction_leaves_apart_who_gave_no_score_or_no_answer_or_was_not_reached() -> None:
    cases = [
        closed("1"),
        closed("2", score=None),
        closed("3", outcome=Outcome.NO_ANSWER, score=None),
        closed("4", outcome=Outcome.UNREACHABLE, score=None),
    ]

    rate = figures_of(cases, WEEK).satisfaction

    assert (rate.n, rate.no_answer, rate.unreachable) == (1, 2, 1)


def test_the_resolution_rate_leaves_silence_apart() -> None:
    cases = [
        closed("yes"),
        closed("silent", outcome=Outcome.NO_ANSWER, confirmations=0, score=None),
        closed("unreachable", outcome=Outcome.UNREACHABLE, confirmations=0, score=None),
        case("no, twice", refusals=2),
    ]

    rate = figures_of(cases, WEEK).resolution

    assert (rate.good, rate.n, rate.no_answer, rate.unreachable) == (1, 3, 1, 1)
    assert rate.share == pytest.approx(1 / 3)


@pytest.mark.parametrize(("score", "good"), [(1, 0), (3, 0), (4, 1), (5, 1)])
def test_four_and_five_are_satisfied(score: int, good: int) -> None:
    rate = figures_of([closed(score=score)], WEEK).satisfaction

    assert (rate.good, rate.n) == (good, 1)


def test_who_gave_no_score_is_in_no_satisfaction_rate() -> None:
    rate = figures_of([closed(score=None)], WEEK).satisfaction

    assert (rate.share, rate.n, rate.no_answer) == (None, 0, 1)


@pytest.mark.requirement("M-06")
def test_the_time_from_a_sign_to_the_first_action_is_measured() -> None:
    cases = [
        case("1", kind=Kind.DISPUTE, contacted_at=NOON + HOUR),
        case("2", kind=Kind.DISPUTE, contacted_at=NOON + 3 * HOUR),
        case("3", contacted_at=NOON + 8 * HOUR),
        case("4"),
    ]

    figures = figures_of(cases, WEEK)

    assert figures.first_action(Kind.DISPUTE) == (2 * HOUR, 2)
    assert figures.first_action() == (3 * HOUR, 3)
    assert figures.first_action(Kind.OPINION) == (None, 0)


def test_a_first_action_counts_in_the_week_in_which_it_came_and_from_the_dispatch() -> None:
    cases = [
        case("1", dispatched_at=NOON + HOUR, contacted_at=NOON + 3 * HOUR),
        case("2", contacted_at=WEEK.ends),
        case("3", filed_at=NOON - 9 * DAY, contacted_at=WEEK.begins - MOMENT),
    ]

    assert figures_of(cases, WEEK).first_action() == (2 * HOUR, 1)


# --- topics --------------------------------------------------------------------------------------

RULE = HotRule(least=3, growth=2.0)
BEFORE = weeks_before(WEEK, 2, CALENDAR)


def opinions(this_week: int, *earlier: int) -> list[tuple[str, datetime]]:
    """Make opinions of this week and of the weeks before."""
    moments = [NOON] * this_week
    for weeks, count in enumerate(earlier, 1):
        moments += [NOON - weeks * timedelta(days=7)] * count
    return [(str(place), moment) for place, moment in enumerate(moments)]


@pytest.mark.requirement("D-07")
@pytest.mark.parametrize(
    ("counts", "topics", "hot"),
    [
        ((2,), 0, False),
        ((3,), 1, True),
        ((3, 1, 1), 1, True),
        ((3, 2, 2), 1, False),
        ((8, 4, 4), 1, True),
    ],
)
def test_a_topic_is_hot_when_it_is_large_and_has_grown(
    counts: tuple[int, ...], topics: int, hot: bool
) -> None:
    found = topics_of([("路灯", opinions(*counts))], WEEK, BEFORE, RULE)

    assert len(found) == topics
    assert any(topic.hot for topic in found) is hot


@pytest.mark.requirement("D-07")
def test_the_threshold_of_a_topic_can_be_set() -> None:
    group = [("路灯", opinions(2))]

    assert topics_of(group, WEEK, BEFORE, HotRule(least=3, growth=2)) == ()
    assert len(topics_of(group, WEEK, BEFORE, HotRule(least=2, growth=2))) == 1


def test_a_topic_says_how_many_there_were_a_week_in_the_weeks_before() -> None:
    (compared,) = topics_of([("路灯", opinions(3, 2, 1))], WEEK, BEFORE, RULE)
    (alone,) = topics_of([("路灯", opinions(3, 2, 1))], WEEK, (), RULE)

    assert (compared.before, compared.numbers) == (1.5, ("0", "1", "2"))
    assert (alone.before, alone.hot) == (0.0, True)


def test_topics_of_one_size_come_by_their_first_case() -> None:
    later = [(f"9{number}", moment) for number, moment in opinions(3)]

    found = topics_of([("b", later), ("a", opinions(3))], WEEK, BEFORE, RULE)

    assert [topic.words for topic in found] == ["a", "b"]


def test_hot_topics_come_first_then_the_larger_ones() -> None:
    groups = [
        ("steady", opinions(5, 5, 5)),
        ("hot", opinions(3)),
        ("hotter", opinions(4)),
    ]

    found = topics_of(groups, WEEK, BEFORE, RULE)

    assert [topic.words for topic in found] == ["hotter", "hot", "steady"]


# --- a digest ------------------------------------------------------------------------------------


def digest(**changes: object) -> Digest:
    plain = Digest(
        unit="E",
        week=WEEK,
        due_at=WEEK.ends + 8 * HOUR,
        computed_at=WEEK.ends + 8 * HOUR,
        figures=figures_of([closed(), case("2", refusals=2)], WEEK),
        topics=topics_of([("路灯", opinions(3, 1))], WEEK, BEFORE, RULE),
        pictures={"zh_CN": "a"},
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def test_a_digest_comes_back_from_json_as_it_was() -> None:
    one = digest()
    body = to_json(one)

    empty = dict.fromkeys(Figure, ())
    restored = figures_from_json(body)
    assert {**empty, **restored.numbers} == one.figures.numbers
    assert (restored.cases, restored.waits) == (one.figures.cases, one.figures.waits)
    assert topics_from_json(body, ["路灯"]) == one.topics
    (forgotten,) = topics_from_json(body, [""])
    assert forgotten == replace(one.topics[0], words="")


def test_a_digest_is_kept_whole_but_for_the_words() -> None:
    counted = {"outings": {"made": 2}}
    figures = figures_of([case("1", contacted_at=NOON + HOUR)], WEEK)
    one = digest(figures=figures, sections=counted)

    assert to_json(one) == {
        "numbers": {"filed": ["1"], "open": ["1"], "in_time": ["1"]},
        "cases": {"1": [Kind.SERVICE, "service_other"]},
        "waits": {"1": 3600},
        "topics": [{"numbers": ["0", "1", "2"], "before": 0.5, "hot": True}],
        "pictures": {"zh_CN": "a"},
        "sections": counted,
    }


def test_topics_and_their_words_must_be_as_many() -> None:
    with pytest.raises(ValueError, match="shorter"):
        topics_from_json(to_json(digest()), [])


def test_a_week_without_any_case_is_empty() -> None:
    assert digest(figures=figures_of([], WEEK)).is_empty
    assert not digest().is_empty


def test_what_opinions_say_stands_in_no_plain_json() -> None:
    assert "路灯" not in str(to_json(digest()))


def test_a_digest_is_about_the_cases_whose_words_it_quotes() -> None:
    one = digest()

    assert one.quoted == set(one.topics[0].numbers)
    assert replace(one, topics=(replace(one.topics[0], words=""),)).quoted == set()


@pytest.mark.requirement("D-05")
def test_weeks_without_a_digest_and_late_ones_show_as_gaps() -> None:
    weeks = weeks_before(WEEK, 3, CALENDAR)
    in_time = digest(week=weeks[0])
    late = digest(week=weeks[2], computed_at=WEEK.ends + 40 * DAY)

    assert gaps([in_time, late], weeks) == ((weeks[1],), (weeks[2],))


@pytest.mark.parametrize(("after", "is_late"), [(DAY, False), (DAY + HOUR, True)])
def test_a_digest_is_late_from_a_day_on(after: timedelta, is_late: bool) -> None:
    one = digest()

    assert replace(one, computed_at=one.due_at + after).is_late is is_late
