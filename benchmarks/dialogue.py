"""Benchmark 1: 200 residents file the service request; Linli against its peers."""

from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import street
from benchmarks.measuring import median_of
from benchmarks.running import Town, bot, free_port, town

PEER_TOKEN = "2001:peer"
RESIDENTS = 200
LINLI, ECHO, FSM, PTB = "linli", "echo", "fsm_sqlalchemy", "ptb_conversation"
BOTS = (LINLI, ECHO, FSM, PTB)
#: How long somebody thinks before a turn, on the average, where the wait for answers is measured.
THINK_SECONDS = 1.0
#: How many updates wait when a bot starts, in the open-ended measurement.
FLOOD = {LINLI: 10_000, ECHO: 10_000, FSM: 2_000, PTB: 2_000}


async def measure(*, runs: int = 3, warm: float = 6, seconds: float = 8) -> dict[str, Any]:
    """Measure all bots in turn, several times, and give medians and ratios."""
    dialogues: dict[str, list[dict[str, Any]]] = {name: [] for name in BOTS}
    floods: dict[str, list[dict[str, Any]]] = {name: [] for name in BOTS}
    for _ in range(runs):
        for name in BOTS:
            dialogues[name].append(await dialogue(name, warm=warm, seconds=seconds))
            floods[name].append(await flood(name, FLOOD[name]))
    unhurried = [
        await dialogue(LINLI, warm=warm, seconds=seconds, think=THINK_SECONDS) for _ in range(runs)
    ]
    closed = {name: median_of(found) for name, found in dialogues.items()}
    queued = {name: median_of(found) for name, found in floods.items()}
    return {
        "residents": RESIDENTS,
        "dialogue": closed,
        "queued": queued,
        "unhurried": median_of(unhurried),
        "ratios": {name: _ratio(closed, name) for name in BOTS[1:]},
        "queued_ratios": {name: _ratio(queued, name) for name in BOTS[1:]},
        "runs": {"dialogue": dialogues, "queued": floods, "unhurried": unhurried},
    }


def _ratio(found: dict[str, dict[str, float]], name: str) -> float:
    return found[LINLI]["per_second"] / found[name]["per_second"]


async def dialogue(name: str, *, warm: float, seconds: float, think: float = 0.0) -> dict[str, Any]:
    """Let residents talk to one bot in a fresh town with a fresh database."""
    with TemporaryDirectory() as made:
        async with town() as world, running(world, Path(made), name) as process:
            return await talk(world, name, process.pid, warm=warm, seconds=seconds, think=think)


async def talk(
    world: Town,
    name: str,
    pid: int,
    *,
    warm: float,
    seconds: float,
    residents: int = RESIDENTS,
    think: float = 0.0,
) -> dict[str, Any]:
    """Let residents talk to a bot that runs, and measure."""
    return await world.do(
        "dialogue",
        token=token_of(name),
        script="echo" if name == ECHO else "service",
        residents=residents,
        warm=warm,
        seconds=seconds,
        pid=pid,
        grids=list(street.GRIDS),
        think=think,
    )


async def flood(name: str, count: int) -> dict[str, Any]:
    """Let a bot begin with many updates waiting, and measure until all are answered."""
    with TemporaryDirectory() as made:
        async with town() as world:
            token, script = token_of(name), "echo" if name == ECHO else "service"
            await world.do("flood", token=token, count=count, script=script)
            async with running(world, Path(made), name, wait=False) as process:
                return await world.do("caught_up", token=token, count=count, pid=process.pid)


def token_of(name: str) -> str:
    """Give the token of a bot."""
    return street.RESIDENTS_TOKEN if name == LINLI else PEER_TOKEN


def running(
    world: Town, folder: Path, name: str, *, wait: bool = True
) -> AbstractAsyncContextManager[Process]:
    """Run Linli or a peer."""
    if name == LINLI:
        return linli(world, folder, wait=wait)
    return peer(world, folder, name, wait=wait)


@asynccontextmanager
async def linli(
    world: Town, folder: Path, *, wait: bool = True, **more: str
) -> AsyncIterator[Process]:
    """Run Linli, all in one process, on SQLite."""
    environ = street.environment(folder, world.base, free_port(), **more)
    async with street.prepared(folder, environ) as (_, database):
        await street.found(database)
    await world.do(
        "crowd", token=street.STAFF_TOKEN, first=street.FIRST_SECRETARY, count=street.SECRETARIES
    )
    async with bot("bot", "run", environ=environ, folder=folder) as process:
        if wait:
            await world.do("ready", tokens=[street.RESIDENTS_TOKEN, street.STAFF_TOKEN])
        yield process


@asynccontextmanager
async def peer(
    world: Town, folder: Path, name: str, *, wait: bool = True
) -> AsyncIterator[Process]:
    """Run a peer."""
    environ = {
        "TOKEN": PEER_TOKEN,
        "API_BASE": world.base,
        "DATA": str(folder),
        "FIRST_SECRETARY": str(street.FIRST_SECRETARY),
        "GRIDS": ",".join(street.GRIDS),
    }
    await world.do(
        "crowd", token=PEER_TOKEN, first=street.FIRST_SECRETARY, count=street.SECRETARIES
    )
    async with bot(f"benchmarks.peers.{name}", environ=environ, folder=folder) as process:
        if wait:
            await world.do("ready", tokens=[PEER_TOKEN])
        yield process
