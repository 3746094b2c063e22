"""Thirty deaths under load: nothing is lost, nothing is done twice."""

from pathlib import Path
from typing import Any

import pytest

from tests.chaos.harness import Plan, Report, count_repeats, run


@pytest.mark.slow
async def test_thirty_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    report = await run(Plan(kills=30, seed=30, warm=True), tmp_path)

    assert report.faults == [], report
    assert report.kills == 30
    assert report.cases
    assert report.messages


@pytest.mark.slow
@pytest.mark.postgres
async def test_two_workers_on_one_postgresql_lose_nothing_and_double_nothing(
    tmp_path: Path, postgres_server: Any
) -> None:
    postgres_server.psql("CREATE DATABASE chaos")
    url = postgres_server.get_uri("chaos").replace("postgresql://", "postgresql+asyncpg://", 1)

    report = await run(Plan(kills=30, seed=31, warm=True, database_url=url), tmp_path)

    assert report.faults == [], report
    assert report.cases


@pytest.mark.slow
async def test_a_server_started_as_a_person_would_survives_its_death(tmp_path: Path) -> None:
    report = await run(Plan(kills=2, seed=2, early=0, residents=2), tmp_path)

    assert report.faults == [], report
    assert report.cases


class Heard:
    """Somebody to whom messages came at some moments."""

    name = "one"

    def __init__(self, *arrivals: tuple[float, str]) -> None:
        self._arrivals = arrivals

    def arrivals(self) -> list[tuple[float, str]]:
        return list(self._arrivals)


def test_the_harness_counts_a_repeat_by_the_kill_before_it() -> None:
    report = Report(seed=0, in_flight_max=1)
    one = Heard((1, "2026-00001 a"), (3, "2026-00001 a"), (4, "menu"), (5, "menu"))

    count_repeats([one], [2.0], report)

    assert (report.repeated, report.repeated_most_per_chat_and_kill) == (1, 1)
    assert report.faults == []


def test_two_repeats_in_one_chat_by_one_kill_are_a_fault() -> None:
    report = Report(seed=0, in_flight_max=8)
    one = Heard((1, "case Qa"), (1, "case Qb"), (3, "case Qa"), (3, "case Qb"))

    count_repeats([one], [2.0], report)

    assert report.faults == ["2 repeated in one chat by one kill"]


def test_a_repeat_that_comes_after_a_later_kill_is_the_earlier_ones() -> None:
    """Between the two, a process began with a newer message and died before the older one."""
    report = Report(seed=0, in_flight_max=8)
    one = Heard((1, "case Qa"), (3, "case Qb"), (5, "case Qb"), (5, "case Qa"))

    count_repeats([one], [2.0, 4.0], report)

    assert report.faults == []
    assert (report.repeated, report.repeated_most_per_chat_and_kill) == (2, 1)


def test_what_was_on_its_way_at_a_kill_is_that_kills_however_late_it_is_read() -> None:
    report = Report(seed=0, in_flight_max=1)

    count_repeats([Heard((2.3, "case Qa"), (4, "case Qa"))], [2.0], report)

    assert (report.repeated, report.faults) == (1, [])


@pytest.mark.parametrize("moments", [[], [0.5], [3.0]])
def test_a_repeat_without_a_kill_is_a_fault(moments: list[float]) -> None:
    report = Report(seed=0, in_flight_max=8)

    count_repeats([Heard((1, "case Qa"), (2, "case Qa"))], moments, report)

    assert len(report.faults) == 1
    assert report.faults[0].startswith("repeated without a kill: one, 1.000 s after the first time")
