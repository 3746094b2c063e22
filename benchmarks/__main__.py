"""Runs the benchmarks, keeps their results and draws them: ``python -m benchmarks [NAME …]``."""

import argparse
import asyncio
import json
import os
import platform
import sqlite3
import sys
import time
import traceback
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from benchmarks import (
    attack,
    broadcast,
    dialogue,
    digests,
    files,
    processes,
    reminders,
    report,
    rush,
    start,
)

BENCHMARKS: dict[str, Callable[..., Awaitable[dict[str, Any]]]] = {
    "dialogue": dialogue.measure,
    "broadcast": broadcast.measure,
    "reminders": reminders.measure,
    "digests": digests.measure,
    "processes": processes.measure,
    "start": start.measure,
    "attack": attack.measure,
    "files": files.measure,
    "rush": rush.measure,
}


def _circumstances(seconds: float) -> dict[str, Any]:
    """Say on what it was measured; nothing names a machine."""
    packages = ("aiogram", "aiohttp", "aiosqlite", "python-telegram-bot", "sqlalchemy", "uvloop")
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "took_seconds": round(seconds, 1),
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 2),
        "system": platform.system(),
        "processor": platform.machine(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "packages": {name: version(name) for name in packages},
    }


def main() -> None:
    """Measure what was asked for, or everything."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    names = parser.parse_args().names or list(BENCHMARKS)
    if unknown := set(names) - set(BENCHMARKS):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    report.RESULTS.mkdir(exist_ok=True)
    failed = [name for name in names if not _measured(name)]
    if failed:
        sys.exit(f"not measured: {', '.join(failed)}")


def _measured(name: str) -> bool:
    """Measure one thing and write it down; one that fails lets the others go on."""
    print(f"{name} …", flush=True)
    load = os.getloadavg()[0]
    began = time.perf_counter()
    try:
        found = asyncio.run(BENCHMARKS[name]())
    except Exception:
        traceback.print_exc()
        return False
    about = {**_circumstances(time.perf_counter() - began), "load_before": round(load, 2)}
    path = report.RESULTS / f"{name}.json"
    path.write_text(json.dumps({"about": about, **found}, indent=1) + "\n")
    report.write()
    for line in report.lines_of(name):
        print("  " + line, flush=True)
    return True


if __name__ == "__main__":
    main()
