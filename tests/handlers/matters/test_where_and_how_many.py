"""The place that is named decides the grid; two matters of one message are taken one by one."""

from dataclasses import replace

from tests.handlers.chats import Office
from tests.street import EAST_1, EAST_2, WEST_1


async def named(office: Office, unit: str, name: str) -> None:
    """Give a grid the name of its compound."""
    street = await office.street()
    await office.change(replace(street.organisation.units[unit], name=name))


async def test_the_compound_that_is_named_decides_the_grid(office: Office) -> None:
    await named(office, WEST_1, "第三网格（听雨苑）")
    await office.starts("anna", "g-E1")

    told = await office.says("anna", "听雨苑5号楼门口路灯不亮了")
    receipt = await office.presses("anna", "提交")

    matter = await office.matter(next(iter(office.numbers(receipt))))
    assert "您说的地方在西园社区" in told
    assert "地点：听雨苑5号楼门口" in told
    assert matter.grid == WEST_1


async def test_a_community_that_is_named_leaves_its_grid_to_be_asked(office: Office) -> None:
    await office.starts("anna", "g-W1")

    told = await office.says("anna", "东园社区的路灯坏了")

    assert "网格" in told
    assert {"第一网格", "第二网格"} <= set(office.labels("anna"))


async def test_a_report_about_elsewhere_says_nothing_of_where_one_lives(office: Office) -> None:
    await named(office, WEST_1, "第三网格（听雨苑）")
    await office.says("stranger", "听雨苑5号楼路灯不亮了")
    await office.presses("stranger", "提交")

    told = await office.says("stranger", "我家厨房没水了")

    assert "哪个社区" in told


async def test_a_grid_that_was_chosen_by_hand_stays(office: Office) -> None:
    await named(office, WEST_1, "第三网格（听雨苑）")
    await office.starts("anna", "g-E1")
    await office.says("anna", "3号楼路灯坏了")
    await office.presses("anna", "修改网格")
    await office.presses("anna", "第二网格")

    told = await office.says("anna", "地点错了，是听雨苑6号楼")

    assert "听雨苑6号楼" in told
    assert "第二网格" in told
    receipt = await office.presses("anna", "提交")
    assert (await office.matter(next(iter(office.numbers(receipt))))).grid == EAST_2


async def test_two_matters_are_told_and_taken_one_after_the_other(office: Office) -> None:
    await office.starts("anna", "g-E1")

    told = await office.says("anna", "3号楼路灯坏了。还有5号楼下水道堵了")
    after = await office.presses("anna", "提交")
    last = await office.presses("anna", "提交")

    first, second = sorted(office.numbers(f"{after}\n{last}"))
    assert "您说了两件事" in told
    assert "下水道" in after
    assert (await office.matter(first)).category == "lighting"
    assert (await office.matter(second)).category == "drains"
    assert (await office.matter(first)).grid == EAST_1


async def test_the_second_goes_on_when_the_first_is_dropped(office: Office) -> None:
    await office.starts("anna", "g-E1")
    await office.says("anna", "3号楼路灯坏了。还有5号楼下水道堵了")
    await office.presses("anna", "取消")

    told = await office.presses("anna", "确定取消")

    assert "接着办第二件" in told
    assert "下水道和污水" in told


async def test_one_matter_in_two_sentences_is_one(office: Office) -> None:
    await office.starts("anna", "g-E1")

    told = await office.says("anna", "3号楼路灯坏了。灯不亮三天了")

    assert "两件事" not in told
