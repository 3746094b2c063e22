"""督办: one sentence from above, with the card, in the history; from nobody else."""

from dataclasses import replace

import pytest

from domain.matters.matter import Happening
from storage.changes import Changes, apply
from tests.handlers.chats import Office

WORDS = "请今天先去现场看一下，晚上六点前告诉我"


async def instructed(office: Office, number: str) -> list[str]:
    return [
        str((one.content or {}).get("text"))
        for one in await office.events(number)
        if one.happening is Happening.INSTRUCTED
    ]


async def bar(office: Office, number: str, person: str) -> None:
    """Let a case be about somebody of the staff."""
    changes = Changes()
    changes.save(replace(await office.matter(number), barred=frozenset({person})))
    async with office.database.write() as tx:
        await apply(tx, [changes])


async def test_a_sentence_from_above_comes_with_the_card_and_stands_in_the_history(
    office: Office,
) -> None:
    number = await office.filed()

    await office.does("community", f"matters.instruct:{number}")
    answer = await office.says("community", WORDS)

    heard = office.heard("secretary")
    assert "王书记" in heard
    assert WORDS in heard
    assert "3号楼路灯坏了" in heard
    assert f"已督办 {number}" in answer
    assert await instructed(office, number) == [WORDS]
    assert WORDS in await office.does("secretary", f"matters.story:{number}")
    assert (await office.matter(number)).owner == "secretary"


async def test_the_resident_reads_nothing_of_it(office: Office) -> None:
    number = await office.filed()
    await office.does("community", f"matters.instruct:{number}")
    await office.says("community", WORDS)

    assert office.heard("resident") == ""
    assert WORDS not in await office.does("resident", f"matters.show:{number}")


@pytest.mark.parametrize("who", ["secretary", "worker", "police", "second_secretary", "dispatcher"])
async def test_only_the_line_above_may(office: Office, who: str) -> None:
    number = await office.filed()

    shown = await office.does(who, f"matters.show:{number}")
    await office.does(who, f"matters.instruct:{number}")
    await office.says(who, WORDS)

    may = who == "dispatcher"  # of the street, and so in the line of every grid
    assert ("督办" in shown) == may
    assert bool(await instructed(office, number)) == may


async def test_the_secretary_of_a_grid_instructs_its_worker(office: Office) -> None:
    number = await office.filed()
    await office.does("secretary", f"matters.accept:{number}")
    await office.does("secretary", f"matters.choose_worker:{number}")
    await office.presses("secretary", "李网格员")

    await office.does("secretary", f"matters.instruct:{number}")
    await office.says("secretary", WORDS)

    assert await instructed(office, number) == [WORDS]
    assert WORDS in office.heard("worker")


async def test_nobody_instructs_themselves(office: Office) -> None:
    number = await office.filed()
    await office.does("community", f"matters.choose_desk:{number}:E")
    await office.presses("community", "王书记")
    await office.says("community", "我自己来")

    refused = await office.does("community", f"matters.instruct:{number}")

    assert (await office.matter(number)).owner == "community"
    assert "不能督办" in refused or "已" in refused
    assert await instructed(office, number) == []


async def test_a_case_that_ended_meanwhile_gives_the_words_back(office: Office) -> None:
    number = await office.filed()
    await office.does("community", f"matters.instruct:{number}")
    await office.does("resident", f"matters.withdraw:{number}")

    answer = await office.says("community", WORDS)

    assert WORDS in answer
    assert await instructed(office, number) == []


async def test_who_is_barred_neither_sees_nor_says_anything(office: Office) -> None:
    number = await office.filed()
    await bar(office, number, "community")

    answer = await office.does("community", f"matters.instruct:{number}")

    assert "督办" not in answer
    assert await instructed(office, number) == []
