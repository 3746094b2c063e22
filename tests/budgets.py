"""What the tests of each folder cost in processor time, and how much that may be.

Printed after every run. Only CI fails over it (``CI=true``), and only in a run of all tests. What
is slow, or needs PostgreSQL or a browser, is left out, and so is what a test's own processes use.
"""

import os
import time
from collections import defaultdict
from collections.abc import Generator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
#: Processor seconds of `make test`; at least twice what a busy machine with two cores took on
#: 30 November 2026, when services and visits had come.
BUDGETS = {
    "tests/domain": 80,
    "tests/storage": 80,
    "tests/scheduler": 250,
    "tests/reports": 60,
    "tests/handlers": 950,
    "tests/bot": 400,
    "tests/journeys": 600,
}
_KEY = "cpu_seconds"
#: A run of fewer tests is one of a part.
_ALL = 3_000
_OTHERS = ("slow", "postgres", "browser")


class Budgets:
    """Adds up the processor time of tests by folder."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)
        self.tests: set[str] = set()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, object, object]:
        return (yield from _measured(item, "setup"))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        return (yield from _measured(item, "call"))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, object, object]:
        return (yield from _measured(item, "teardown"))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.tests.add(report.nodeid)
        for name, value in report.user_properties:
            if name == f"{_KEY} {report.when}":
                self.spent[folder_of(report.nodeid)] += float(str(value))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self.spent:
            return
        terminalreporter.section("processor seconds by folder")
        for folder, seconds in sorted(self.spent.items()):
            budget = BUDGETS.get(folder)
            terminalreporter.write_line(
                f"{folder:20} {seconds:7.1f}" + (f" of {budget}" if budget else "")
            )
        for line in self.exceeded():
            terminalreporter.write_line(line, red=True)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        is_worker = hasattr(session.config, "workerinput")
        if not is_worker and os.environ.get("CI") and self.exceeded() and session.exitstatus == 0:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def exceeded(self) -> list[str]:
        """Name the folders that cost more than they may, in a run of all tests."""
        if len(self.tests) < _ALL:
            return []
        return [
            f"{folder} took {seconds:.0f} processor seconds and may take {BUDGETS[folder]}: make "
            "its tests cheaper, or say in tests/budgets.py why it may cost more"
            for folder, seconds in sorted(self.spent.items())
            if seconds > BUDGETS.get(folder, seconds)
        ]


def _measured(item: pytest.Item, phase: str) -> Generator[None, object, object]:
    began = time.process_time()
    try:
        return (yield)
    finally:
        if not any(item.get_closest_marker(mark) for mark in _OTHERS):
            item.user_properties.append((f"{_KEY} {phase}", time.process_time() - began))


def folder_of(node: str) -> str:
    """Give the folder whose budget a test spends."""
    parts = node.split("::")[0].split("/")
    return "/".join(parts[:2]) if len(parts) > 2 else parts[0]
