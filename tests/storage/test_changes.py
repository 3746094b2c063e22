"""What a batch puts off is written before somebody reads it, and no more often than needed."""

import pytest

from storage.changes import Changes, Unwritten
from storage.database import Database


def changes(*, touched: str = "", shared: str = "", **taken: int) -> Changes:
    made = Changes()
    if touched:
        made.touch(touched)
    if shared:
        made.share(shared)
    for name, count in taken.items():
        made.take(name, count)
    return made


@pytest.mark.parametrize(
    ("first", "second", "before"),
    [
        (changes(touched="a"), changes(touched="a"), True),
        (changes(touched="a"), changes(touched="b"), False),
        (changes(shared="a"), changes(shared="a"), False),
        (changes(shared="a"), changes(touched="a"), True),
        (changes(touched="a"), changes(shared="a"), True),
        (changes(touched="a"), changes(shared="b"), False),
    ],
)
async def test_who_alters_what_others_alter_reads_it_written(
    database: Database, first: Changes, second: Changes, before: bool
) -> None:
    async with database.write() as tx:
        unwritten = Unwritten(tx)
        unwritten.add(first)

        assert unwritten.comes_before(second) is before
        await unwritten.write()
        assert not unwritten.comes_before(second)


async def test_what_is_taken_is_counted_until_it_is_written(database: Database) -> None:
    async with database.write() as tx:
        unwritten = Unwritten(tx)
        seen = unwritten.beside.taken
        for one in (changes(nine=1), changes(nine=1, ten=1), changes(nine=-1)):
            unwritten.add(one)

        assert (seen["nine"], seen["ten"], seen["eleven"]) == (1, 1, 0)
        await unwritten.write()
        assert (seen["nine"], seen["ten"]) == (0, 0)


async def test_what_was_read_for_all_is_read_anew_after_a_write(database: Database) -> None:
    async with database.write() as tx:
        unwritten = Unwritten(tx)
        unwritten.beside.seen["hall", "E"] = 3

        await unwritten.write()

        assert unwritten.beside.seen == {}
