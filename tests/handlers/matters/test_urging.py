"""催一催: one's own open case is asked for once more, by whom, when, and who hears of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.matters.matter import Happening
from storage.changes import Changes, apply
from tests.handlers.chats import Office

QUIET = timedelta(hours=24)


async def urged(office: Office, number: str) -> int:
    return sum(one.happening is Happening.URGED for one in await office.events(number))


async def bar(office: Office, number: str, person: str) -> None:
    """Let a case be about somebody of the staff."""
    changes = Changes()
    changes.save(replace(await office.matter(number), barred=frozenset({person})))
    async with office.database.write() as tx:
        await apply(tx, [changes])


async def test_a_case_that_was_quiet_for_a_day_is_urged_and_owner_and_level_above_hear(
    office: Office,
) -> None:
    number = await office.filed()
    office.now += QUIET

    answer = await office.does("resident", f"matters.urge:{number}")

    assert "张书记" in answer
    assert "可以再催" in answer
    assert f"居民催了 {number}（第 1 次）" in office.heard("secretary")
    assert f"{number} 被居民催了（第 1 次）" in office.heard("community")
    assert office.heard("worker") == ""
    assert await urged(office, number) == 1


async def test_it_stands_in_the_history_of_both_sides(office: Office) -> None:
    number = await office.filed()
    office.now += QUIET
    await office.does("resident", f"matters.urge:{number}")

    mine = await office.does("resident", f"matters.show:{number}")
    theirs = await office.does("secretary", f"matters.story:{number}")

    assert "催办" in mine
    assert "催办" in theirs


async def test_a_second_press_on_the_same_day_says_when_and_nobody_is_called_twice(
    office: Office,
) -> None:
    number = await office.filed()
    office.now += QUIET
    await office.does("resident", f"matters.urge:{number}")

    again = await office.does("resident", f"matters.urge:{number}")

    assert "已经催过了" in again
    assert office.heard("secretary") == ""
    assert await urged(office, number) == 1
    office.now += timedelta(hours=23, minutes=59)
    assert "已经催过了" in await office.does("resident", f"matters.urge:{number}")
    office.now += timedelta(minutes=1)
    await office.does("resident", f"matters.urge:{number}")
    assert "第 2 次" in office.heard("secretary")


async def test_where_something_has_just_happened_it_is_too_soon(office: Office) -> None:
    number = await office.filed()
    office.now += QUIET - timedelta(minutes=1)
    await office.does("secretary", f"matters.accept:{number}")
    await office.does("secretary", f"matters.contact:{number}")
    office.now += timedelta(hours=2)

    answer = await office.does("resident", f"matters.urge:{number}")

    assert "刚有进展" in answer
    assert await urged(office, number) == 0


async def test_what_the_resident_adds_is_no_progress(office: Office) -> None:
    number = await office.filed()
    office.now += QUIET - timedelta(hours=1)
    await office.does("resident", f"matters.add:{number}")
    await office.says("resident", "现在楼道里全黑了")
    office.now += timedelta(hours=1)

    await office.does("resident", f"matters.urge:{number}")

    assert await urged(office, number) == 1


async def test_an_overdue_case_is_urged_at_once(office: Office) -> None:
    number = await office.filed()
    matter = await office.matter(number)
    office.now = matter.contact_by - timedelta(minutes=1)
    await office.does("secretary", f"matters.accept:{number}")
    office.now = matter.contact_by + timedelta(minutes=1)

    await office.does("resident", f"matters.urge:{number}")

    assert await urged(office, number) == 1


@pytest.mark.parametrize("who", ["stranger", "neighbour"])
async def test_nobody_urges_the_case_of_another(office: Office, who: str) -> None:
    number = await office.filed()
    if who == "neighbour":
        await office.joins(number, who)
    office.now += QUIET

    await office.does(who, f"matters.urge:{number}")

    assert await urged(office, number) == 0
    assert office.heard("secretary") == ""


async def test_who_is_accused_hears_nothing_of_it(office: Office) -> None:
    await office.starts("resident", "g-E1")
    await office.says("resident", "3号楼路灯坏了")
    number = (await office.presses("resident", "提交")).split("编号 ")[1][:10]
    await bar(office, number, "community")
    office.now += QUIET

    await office.does("resident", f"matters.urge:{number}")

    assert office.heard("community") == ""
    assert number in office.heard("leader")


async def test_words_alone_find_the_one_open_case_and_ask_where_there_are_several(
    office: Office,
) -> None:
    none = await office.says("resident", "催一下")
    number = await office.filed()
    office.now += QUIET
    await office.says("resident", "催一下")
    assert await urged(office, number) == 1
    second = await office.filed("5号楼路灯坏了")
    office.now += QUIET

    asked = await office.says("resident", "催一催")
    await office.presses("resident", f"催：{second}")

    assert "没有正在办的事" in none
    assert "催哪一件" in asked
    assert await urged(office, second) == 1
    assert await urged(office, number) == 1


async def test_who_is_asked_something_is_told_to_answer_first(office: Office) -> None:
    number = await office.filed()
    await office.does("secretary", f"matters.accept:{number}")
    await office.does("secretary", f"matters.ask:{number}")
    await office.says("secretary", "请问是几单元？")
    office.now += QUIET

    answer = await office.does("resident", f"matters.urge:{number}")

    assert "等您回答" in answer
    assert await urged(office, number) == 0


async def test_at_night_staff_are_left_alone_until_the_morning(office: Office) -> None:
    number = await office.filed()
    office.now += timedelta(hours=38)  # 23:00

    answer = await office.does("resident", f"matters.urge:{number}")

    [told] = [one for one in office.said if "居民催了 " in one.words]
    assert told.not_before == office.now + timedelta(hours=9)
    assert "08:00" in answer


async def test_the_button_stands_there_only_when_it_does_something(office: Office) -> None:
    number = await office.filed()
    before = await office.does("resident", f"matters.show:{number}")
    office.now += QUIET

    after = await office.does("resident", f"matters.show:{number}")

    assert "[催一催]" not in before
    assert "[催一催]" in after
