"""The log: one line per happening on stderr, free of personal data; it never stops the work."""

import logging
import sys
from contextlib import suppress
from typing import Literal

import structlog


class _Stderr:
    """Where stderr is at this moment: a log whose reader is gone must not fail what it tells of."""

    def write(self, line: str) -> int:
        with suppress(OSError, ValueError):  # a broken pipe, or a file that was closed
            sys.stderr.write(line)
        return len(line)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            sys.stderr.flush()


def log_to_stderr(form: Literal["auto", "words", "json"] = "auto") -> None:
    """Log in words or as JSON lines; "auto": in words to a terminal, as JSON lines elsewhere."""
    pretty = form == "words" or (form == "auto" and sys.stderr.isatty())
    # A tick that is still at work when the next one comes is no news; its failures are told by us.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer() if pretty else structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(_Stderr()),  # type: ignore[arg-type]
    )
