"""报纠纷 by its button: few questions, and nothing less is said, kept or offered."""

import pytest

from domain.organisation import Unit, UnitKind
from tests.handlers.chats import Office
from tests.street import EAST, EAST_1, WEST_1

WORDS = "楼上邻居天天半夜放音乐，吵得睡不着"


async def begun(office: Office, start: str = "") -> str:
    """Let a resident come in, press the button and tell; give what is said then."""
    await office.starts("resident", start)
    await office.presses("resident", "报纠纷")
    return await office.says("resident", WORDS)


async def test_whoever_came_by_a_poster_tells_and_submits(office: Office) -> None:
    read_back = await begun(office, "g-E1")

    await office.presses("resident", "提交")

    assert WORDS in read_back
    assert (await office.matter("2026-00001")).grid == EAST_1


async def test_whose_grid_nobody_knows_is_asked_for_it_in_one_question(office: Office) -> None:
    await begun(office)
    offered = office.labels("resident")

    await office.presses("resident", "西园社区 第三网格")
    await office.presses("resident", "提交")

    assert offered[:3] == ["东园社区 第一网格", "东园社区 第二网格", "西园社区 第三网格"]
    assert "换一个社区" not in " ".join(offered)
    assert (await office.matter("2026-00001")).grid == WEST_1


async def test_a_grid_may_be_typed_instead_of_pressed(office: Office) -> None:
    await begun(office)

    await office.says("resident", "第二网格")
    await office.presses("resident", "提交")

    assert (await office.matter("2026-00001")).grid == "E2"


@pytest.mark.parametrize(("grids", "asked"), [(9, "哪个网格"), (10, "哪个社区")])
async def test_more_grids_than_fit_on_a_screen_are_asked_for_by_community(
    office: Office, grids: int, asked: str
) -> None:
    for number in range(grids):
        grid = Unit(code=f"E{number + 10}", kind=UnitKind.GRID, parent=EAST, name=f"网格{number}")
        await office.change(grid)

    heard = await begun(office)

    assert asked in heard


async def test_who_sees_it_and_that_mediation_is_voluntary_is_said_before_it_is_submitted(
    office: Office,
) -> None:
    read_back = await begun(office, "g-E1")

    assert "只有" in read_back
    assert "自愿" in read_back


async def test_what_is_not_asked_is_offered_beside_the_read_back(office: Office) -> None:
    read_back = await begun(office, "g-E1")

    offered = " ".join(office.labels("resident"))

    assert "还没写" in read_back
    for one in ("地点", "照片", "匿名", "电话"):
        assert one in offered


async def test_a_place_and_a_photo_can_be_added_before_it_is_submitted(office: Office) -> None:
    await begun(office, "g-E1")

    await office.says("resident", "3号楼2单元")
    await office.sends("resident", "", "photo-1")
    await office.presses("resident", "提交")

    told = (await office.matter("2026-00001")).particulars
    assert told.place_text == "3号楼2单元"
    assert len(told.attachments) == 1


async def test_a_dispute_is_confidential_however_few_questions_it_took(office: Office) -> None:
    await begun(office, "g-E1")
    await office.presses("resident", "提交")

    matter = await office.matter("2026-00001")

    assert matter.confidential
    assert not matter.public_space
