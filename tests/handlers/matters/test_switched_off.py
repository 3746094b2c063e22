"""A grid that is switched off loses nothing and receives nothing."""

import re
from dataclasses import replace

from bot.workbooks.switched_off import empty_desks
from domain.matters.matter import Matter
from domain.organisation import Role, Unit
from tests.handlers.chats import Office
from tests.street import EAST, EAST_1, EAST_2, UNITS


def unit(code: str) -> Unit:
    (found,) = [one for one in UNITS if one.code == code]
    return found


async def switch_off(office: Office, *codes: str) -> None:
    await office.change(*(replace(unit(code), active=False) for code in codes))


async def empty(office: Office) -> list[tuple[str, int, int, str | None]]:
    street = await office.street()
    async with office.database.write() as tx:
        emptied = await empty_desks(tx, street, office.now)
    await office.read()
    return [(one.unit, one.cases, one.moved, one.to.person) for one in emptied]


# --- receives nothing ----------------------------------------------------------------------------


async def test_its_resident_is_asked_for_the_grid_instead(office: Office) -> None:
    await office.starts("resident", "g-E1")
    await switch_off(office, EAST_1)

    await office.says("resident", "3号楼路灯坏了")
    await office.presses("resident", "东园")
    told = await office.presses("resident", "第二网格")

    assert "第一网格" not in told
    receipt = await office.presses("resident", "提交")
    number = re.search(r"2026-\d{5}", receipt)
    assert number is not None
    assert (await office.matter(number.group())).grid == EAST_2
    assert "第二网格" in await office.starts("resident", "g-none")


async def test_a_form_that_was_waiting_asks_anew_and_keeps_the_rest(office: Office) -> None:
    await office.starts("resident", "g-E1")
    await office.says("resident", "3号楼路灯坏了")
    await switch_off(office, EAST_1)

    told = await office.presses("resident", "提交")

    assert "停用" in told
    await office.presses("resident", "东园")
    assert "3号楼路灯坏了" in await office.presses("resident", "第二网格")


async def test_its_poster_leads_in_without_a_grid(office: Office) -> None:
    await switch_off(office, EAST_1)

    told = await office.starts("resident", "g-E1")

    assert "第一网格" not in told


async def test_with_a_community_its_grids_are_switched_off(office: Office) -> None:
    await office.starts("resident", "g-E1")
    await switch_off(office, EAST)

    await office.says("resident", "3号楼路灯坏了")

    labels = office.labels("resident")
    assert any("第三网格" in label for label in labels) or any("西园" in label for label in labels)
    assert not any("第一网格" in label or "东园" in label for label in labels)


# --- loses nothing -------------------------------------------------------------------------------


async def test_its_open_cases_go_to_the_level_above_with_their_cards(office: Office) -> None:
    first = await office.filed()
    second = await office.filed("3号楼水管爆了")
    before: Matter = await office.matter(first)
    await switch_off(office, EAST_1)

    assert await empty(office) == [(EAST_1, 2, 2, "community")]

    after = await office.matter(first)
    assert (after.owner, after.seat.role) == ("community", Role.COMMUNITY_SECRETARY)
    assert (after.grid, after.resolve_by) == (before.grid, before.resolve_by)
    assert "2 件已转给上一级" in office.transcript("secretary")
    todo = await office.commands("community", "todo")
    assert first in todo
    assert second in todo


async def test_a_second_import_moves_nothing_again(office: Office) -> None:
    await office.filed()
    await switch_off(office, EAST_1)
    await empty(office)

    assert await empty(office) == [(EAST_1, 1, 0, "community")]


async def test_nothing_is_said_of_a_grid_without_open_cases(office: Office) -> None:
    await office.filed()
    await switch_off(office, EAST_2)

    assert await empty(office) == []


async def test_overview_and_lists_count_the_same(office: Office) -> None:
    await office.filed()
    await office.filed("3号楼水管爆了")
    await switch_off(office, EAST_1)
    await empty(office)

    community = await office.commands("community", "overview")
    street = await office.commands("street_leader", "overview")
    listed = await office.does("community", f"overview.list:{EAST}:all:0")

    assert "第一网格（已停用） · 未结 2" in community
    assert "东园社区 · 未结 2" in street
    assert len(set(re.findall(r"2026-\d{5}", listed))) == 2


async def test_without_open_cases_it_is_not_listed(office: Office) -> None:
    await switch_off(office, EAST_1)

    assert "第一网格" not in await office.commands("community", "overview")


async def test_a_switched_off_community_with_open_cases_stays_in_sight(office: Office) -> None:
    number = await office.filed()
    await switch_off(office, EAST)
    await empty(office)

    assert (await office.matter(number)).owner == "dispatcher"
    assert "东园社区（已停用） · 未结 1" in await office.commands("street_leader", "overview")
