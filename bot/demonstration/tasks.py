"""One of each convenience service in the demonstration: a bill, a repair, an errand."""

from collections.abc import Mapping
from typing import Any

from bot.configuration.law_data import read_default
from bot.demonstration.agency import filed
from domain.services.tasks import KINDS, Task, read_wanted
from storage.services.tasks import open_task
from storage.work import Work

#: How many case numbers they take.
COUNT = len(KINDS)


async def tasks(work: Work, year: int) -> None:
    """Let residents of the demonstration have asked for one of each."""
    told: Mapping[str, Any] = read_default("demo_tasks.toml")["tasks"]
    for kind, one in told.items():
        categories = KINDS[kind].categories
        number = work.numbers.take(year)
        matter, act = filed(work, number, one, categories[0] if categories else "")
        task = Task(
            what=one["what"],
            phone=one["phone"],
            place=one.get("place", ""),
            bill=one.get("bill", ""),
            account=one.get("account", ""),
            wanted=read_wanted(one["what"]) if "wanted" in one else (),
            cap=one.get("cap_yuan", 0) * 100,
        )
        await open_task(work, matter, act, kind, task)
