"""Heavy work in a process of its own: the event loop stays free, and the memory is given back."""

import asyncio
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")


async def in_subprocess(
    work: Callable[Given, Result], *given: Given.args, **more: Given.kwargs
) -> Result:
    """Call a function in a new process, which ends afterwards.

    Args:
        work: a function of a module; what it is given and what it returns can be pickled.

    Raises:
        BrokenProcessPool: the process could not be started, or died.
    """
    loop = asyncio.get_running_loop()
    # A forked process would inherit open databases and locks.
    executor = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
    try:
        return await loop.run_in_executor(executor, _call, work, given, more)
    finally:
        executor.shutdown(wait=False)


def _call(
    work: Callable[..., Result], given: tuple[object, ...], more: dict[str, object]
) -> Result:
    return work(*given, **more)
