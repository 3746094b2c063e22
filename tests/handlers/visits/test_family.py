"""The person reads and decides; a relative hears that somebody came, with consent and no more."""

import re
from datetime import timedelta

from domain.visits.entries import How
from tests.handlers.visits.page import ILL, PageOffice

_CODE = re.compile(r"\d{4} \d{4}")


async def code(office: PageOffice, which: str, kin: str, *, agreed: bool = True) -> str:
    told = await office.does("page:worker", f"visits.offer:{which}:{kin}")
    if kin == "relative" and agreed:
        assert "本人同意" in told
        told = await office.presses("page:worker", "问过了，本人同意")
    match = _CODE.search(told)
    assert match is not None, told
    return match.group()


async def test_a_relative_hears_that_somebody_came_and_nothing_else(office: PageOffice) -> None:
    entry = await office.registers(**ILL)
    told = await office.says("daughter", await code(office, entry.id, "relative"))
    assert "绑定好了" in told

    await office.opens("page:worker", entry)
    await office.presses("page:worker", "☐ 健康")
    shown = await office.presses("page:worker", "记下有情况的")

    assert "告诉 1 位" in shown
    heard = office.transcript("daughter")
    assert "您的家人社区已走访" in heard
    for secret in ("孙明", "重病", "健康", "有情况", "7号楼"):
        assert secret not in heard


async def test_without_the_persons_yes_no_code_is_given(office: PageOffice) -> None:
    entry = await office.registers()

    told = await office.does("page:worker", f"visits.offer:{entry.id}:relative")

    assert "本人同意把" in told
    assert _CODE.search(told) is None


async def test_a_code_is_good_once_and_for_a_week(office: PageOffice) -> None:
    entry = await office.registers()
    given = await code(office, entry.id, "relative")
    await office.says("daughter", given)
    late = await code(office, entry.id, "relative")
    office.now += timedelta(days=7)

    assert "绑定好了" not in await office.says("son", given)
    assert "用过或过期" in await office.says("son", late)


async def test_a_wrong_code_opens_nothing_and_tries_are_counted(office: PageOffice) -> None:
    await office.registers()
    await office.starts("son", "g-E1")

    for _ in range(6):
        told = await office.says("son", "1234 5678")

    assert "绑定好了" not in told
    entry = (await office.entries())[0]
    given = await code(office, entry.id, "relative")
    assert "绑定好了" not in await office.says("son", given)


async def test_a_relative_may_stop_it_and_so_may_the_person(office: PageOffice) -> None:
    entry = await office.registers()
    for relative in ("daughter", "page:son"):
        await office.says(relative, await code(office, entry.id, "relative"))
    shown = await office.does("page:son", "visits.mine")
    assert "还没有走访记录" in shown
    await office.presses("page:son", "不再接收")
    await office.does("page:worker", f"visits.family:{entry.id}")
    await office.presses("page:worker", "解除：家属")

    told = await office.is_well("page:worker", entry)

    assert "已按本人意愿告诉" not in told
    assert "您的家人社区已走访" not in office.transcript("daughter", "page-son")


async def test_the_person_reads_what_is_kept_and_says_how_they_want_it(
    office: PageOffice,
) -> None:
    entry = await office.registers()
    await office.says("page:zhao", await code(office, entry.id, "self"))

    shown = await office.does("page:zhao", "visits.mine")
    assert "李网格员" in shown
    assert "赵桂英" in await office.presses("page:zhao", "保存了我的什么")
    await office.does("page:zhao", "visits.mine")
    await office.presses("page:zhao", "改走访意愿")
    await office.presses("page:zhao", "每 14 天")
    await office.presses("page:zhao", "电话")
    told = await office.presses("page:zhao", "提交")

    after = await office.entry(entry.id)
    assert "已按本人意愿记下" in told
    assert after.content is not None
    assert after.content.wish.how is How.PHONE
    assert (await office.plan(entry.subject)).every == timedelta(days=14)
    assert "改了走访意愿" in office.all_said("worker")


async def test_over_telegram_the_person_is_led_to_the_page(office: PageOffice) -> None:
    entry = await office.registers()
    await office.says("zhao", await code(office, entry.id, "self"))

    await office.does("zhao", "visits.mine")

    assert "李网格员" not in office.transcript("zhao")
    assert "赵桂英" not in office.transcript("zhao")


async def test_nobody_reads_anothers_by_guessing_a_button(office: PageOffice) -> None:
    entry = await office.registers()
    await office.says("page:zhao", await code(office, entry.id, "self"))
    await office.says("page:daughter", await code(office, entry.id, "relative"))
    async with office.database.read() as tx:
        from storage.visits.entries import list_links

        links = {one.kinship: one.id for one in await list_links(tx, entry.id)}

    for who in ("page:curious", "page:daughter"):
        told = await office.does(who, f"visits.my_copy:{links['self']}")
        assert "赵桂英" not in told
    told = await office.does("page:daughter", f"visits.my_copy:{links['relative']}")
    assert "赵桂英" not in told
