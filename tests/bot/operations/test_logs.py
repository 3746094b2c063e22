"""The log never stops the work."""

import io
import json
import sys
from collections.abc import Iterator

import pytest
import structlog

from bot.operations.logs import log_to_stderr


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def test_a_line_is_json_where_no_terminal_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    log_to_stderr()

    structlog.get_logger().warning("sender.limited", seconds=3)

    line = json.loads(written.getvalue())
    assert (line["event"], line["level"], line["seconds"]) == ("sender.limited", "warning", 3)


def test_a_log_whose_reader_is_gone_fails_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = io.StringIO()
    monkeypatch.setattr(sys, "stderr", gone)
    log_to_stderr()
    gone.close()

    structlog.get_logger().error("clock.failed")

    assert gone.closed


def test_the_form_can_be_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    log_to_stderr("json")
    structlog.get_logger().warning("sender.limited")
    assert json.loads(terminal.getvalue())["event"] == "sender.limited"

    plain = io.StringIO()
    monkeypatch.setattr(sys, "stderr", plain)
    log_to_stderr("words")
    structlog.get_logger().warning("sender.limited")
    assert not plain.getvalue().startswith("{")
