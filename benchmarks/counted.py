"""Linli's command, with every statement counted: ``python -m benchmarks.counted run``.

The count is written to the file that ``COUNT_FILE`` names when the process ends.
"""

import atexit
import os
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

_counted = {"statements": 0}


@event.listens_for(Engine, "before_cursor_execute")
def _count(*_of: Any) -> None:
    _counted["statements"] += 1


@atexit.register
def _write() -> None:
    Path(os.environ["COUNT_FILE"]).write_text(str(_counted["statements"]))


if __name__ == "__main__":
    from bot.commands.cli import main

    main()
