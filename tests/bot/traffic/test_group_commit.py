"""Group commits: many at once are one transaction, and nobody fails for another one's fault."""

import asyncio

import pytest

from bot.traffic.group_commit import GroupCommit
from domain.errors import StorageError


class Table:
    """Writes down what it is given, and refuses what it is told to."""

    def __init__(self) -> None:
        self.commits: list[list[str]] = []
        self.bad: set[str] = set()
        self.gone = False
        self.open = asyncio.Event()

    async def write(self, things) -> None:
        await self.open.wait()
        if self.gone:
            raise StorageError("gone")
        if self.bad & set(things):
            raise ValueError("no")
        self.commits.append(list(things))


async def outcomes(table, things, **options):
    group = GroupCommit(table.write, **options)
    tasks = [asyncio.create_task(group.add(thing)) for thing in things]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    table.open.set()
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_what_comes_together_is_one_commit_in_its_order():
    table = Table()

    assert await outcomes(table, "abcdef") == [None] * 6
    assert table.commits == [list("abcdef")]


async def test_a_commit_takes_so_many_at_most():
    table = Table()

    await outcomes(table, "abcde", most=2)

    assert table.commits == [["a", "b"], ["c", "d"], ["e"]]


async def test_one_that_cannot_be_written_fails_alone():
    table = Table()
    table.bad = {"b"}

    found = await outcomes(table, "abc")

    assert [type(one) for one in found] == [type(None), ValueError, type(None)]
    assert table.commits == [["a"], ["c"]]


async def test_a_database_that_is_gone_is_told_to_all_at_once():
    table = Table()
    table.gone = True

    found = await outcomes(table, "abc")

    assert [type(one) for one in found] == [StorageError] * 3


async def test_who_no_longer_waits_is_written_all_the_same():
    table = Table()
    group = GroupCommit(table.write)
    task = asyncio.create_task(group.add("a"))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    table.open.set()
    await group.add("b")

    assert [thing for commit in table.commits for thing in commit] == ["a", "b"]
