"""At the door: two taps, one where all is well; nothing lost, nothing doubled, nothing shown."""

from datetime import timedelta

import pytest

from domain.visits.visits import Area, VisitState
from storage.access_log import Sought, list_looks
from tests.handlers.visits.page import PageOffice
from tests.street import EAST_1


async def test_opening_asks_for_a_reason_and_is_logged(office: PageOffice) -> None:
    entry = await office.registers()

    asked = await office.does("page:worker", f"visits.show:{entry.id}")
    shown = await office.presses("page:worker", "去走访")

    assert "要说明为什么看" in asked
    assert "赵桂英" not in asked
    assert "赵桂英" in shown
    assert "3号楼2单元401" in shown
    async with office.database.read() as tx:
        (look,) = await list_looks(tx, Sought(subject=entry.subject), limit=10)
    assert (look.person, look.reason, look.rule) == ("worker", "visit", "visits.open/grid_worker")


async def test_another_reason_is_typed_and_logged(office: PageOffice) -> None:
    entry = await office.registers()
    await office.opens("page:community", entry, "其他原因")

    shown = await office.says("page:community", "家属来电询问")

    assert "赵桂英" in shown
    async with office.database.read() as tx:
        (look,) = await list_looks(tx, Sought(subject=entry.subject), limit=10)
    assert look.reason == "家属来电询问"


async def test_where_all_is_well_one_press_records_it_and_plans_the_next(
    office: PageOffice,
) -> None:
    entry = await office.registers()

    told = await office.is_well("page:worker", entry)

    (visit,) = await office.visits(entry.id)
    assert (visit.state, visit.areas, visit.at) == (VisitState.DONE, frozenset(), office.now)
    plan = await office.plan(entry.subject)
    assert plan.round == 2
    assert plan.last_done_at == office.now
    assert "一切都好" in told
    assert "下次走访" in told


async def test_what_was_found_is_two_taps(office: PageOffice) -> None:
    entry = await office.registers()
    await office.opens("page:worker", entry)

    marked = await office.presses("page:worker", "☐ 健康")
    told = await office.presses("page:worker", "记下有情况的")

    assert "已标 健康" in marked
    (visit,) = await office.visits(entry.id)
    assert (visit.state, visit.areas) == (VisitState.DONE, frozenset({Area.HEALTH}))
    assert "写下需要什么帮助：健康" in " ".join(office.labels("page:worker"))
    assert "有情况" in told


async def test_a_mark_by_mistake_is_taken_away(office: PageOffice) -> None:
    entry = await office.registers()
    await office.opens("page:worker", entry)
    await office.presses("page:worker", "☐ 健康")
    await office.presses("page:worker", "☑ 健康")

    told = await office.presses("page:worker", "记下有情况的")

    assert "还没有标" in told
    assert "一切都好" in told


async def test_taps_made_without_a_signal_arrive_late_and_are_neither_lost_nor_doubled(
    office: PageOffice,
) -> None:
    """All of them were on the card before the signal went; they come in one go, some twice."""
    entry = await office.registers()
    await office.opens("page:worker", entry)
    taps = [
        f"visits.mark:{entry.id}:1:safety:1",
        f"visits.mark:{entry.id}:1:health:1",
        f"visits.mark:{entry.id}:1:safety:1",
        f"visits.done:{entry.id}:1",
        f"visits.done:{entry.id}:1",
        f"visits.good:{entry.id}:1",
    ]
    office.restart()
    await office.arrive_together(*(("page:worker", {"action": one}) for one in taps))
    await office.store_again()
    await office.handle()

    (visit,) = await office.visits(entry.id)
    assert visit.areas == {Area.SAFETY, Area.HEALTH}
    assert (await office.plan(entry.subject)).round == 2


async def test_what_the_buttons_bring_says_nothing_of_anybody(office: PageOffice) -> None:
    entry = await office.registers()
    await office.opens("page:worker", entry)
    said = office.latest("page:worker")

    assert "赵桂英" not in str(said)
    for choice in said.labels.values():
        if choice.action is not None:
            assert choice.action.split(":")[0].startswith("visits.")
            assert set(choice.action.split(":")[1:]) <= {
                *(entry.id, "1", "0"),
                *(area.value for area in Area),
            }


async def test_two_devices_of_one_worker_record_one_visit(office: PageOffice) -> None:
    entry = await office.registers()
    await office.opens("page:worker", entry)
    await office.does("page:worker", f"visits.good:{entry.id}:1")

    told = await office.does("page:worker", f"visits.good:{entry.id}:1")

    assert "已记下" in told
    assert len(await office.visits(entry.id)) == 1
    assert (await office.plan(entry.subject)).round == 2


async def test_nobody_at_home_is_on_record_and_the_visit_stays_due(office: PageOffice) -> None:
    entry = await office.registers()
    before = await office.plan(entry.subject)
    await office.opens("page:worker", entry)

    told = await office.presses("page:worker", "没见到人")
    await office.presses("page:worker", "一切都好")

    assert "仍应在" in told
    later, first = await office.visits(entry.id)
    assert {first.state, later.state} == {VisitState.ABSENT, VisitState.DONE}
    assert (await office.plan(entry.subject)).round == before.round + 1


async def test_whoever_does_not_want_the_visit_is_asked_about_once_and_it_is_on_record(
    office: PageOffice,
) -> None:
    entry = await office.registers()
    await office.opens("page:worker", entry)

    assert "如实记下" in await office.presses("page:worker", "本人不愿")
    await office.presses("page:worker", "是，本人这次不愿")

    (visit,) = await office.visits(entry.id)
    assert visit.state is VisitState.DECLINED
    assert (await office.plan(entry.subject)).round == 2


async def test_nothing_has_to_be_written_photographed_or_said(office: PageOffice) -> None:
    entry = await office.registers()
    await office.is_well("page:worker", entry)
    await office.presses("page:worker", "补一句话或照片")

    await office.presses("page:worker", "跳过")
    await office.presses("page:worker", "跳过")
    told = await office.presses("page:worker", "提交")

    assert "没有补充，走访已记下" in told


async def test_a_word_may_be_added(office: PageOffice) -> None:
    entry = await office.registers()
    await office.is_well("page:worker", entry)
    await office.presses("page:worker", "补一句话或照片")
    await office.says("page:worker", "精神很好，在学画画")
    await office.presses("page:worker", "跳过")
    await office.presses("page:worker", "提交")

    (visit,) = await office.visits(entry.id)
    assert visit.note == "精神很好，在学画画"


# --- by somebody else ----------------------------------------------------------------------------


async def test_somebody_else_of_the_grid_visits_with_a_note_and_the_owner_is_told(
    office: PageOffice,
) -> None:
    entry = await office.registers()
    refused = await office.does("page:secretary", f"visits.good:{entry.id}:1")
    assert "由 李网格员 负责" in refused
    assert "代为走访" in refused

    await office.opens("page:secretary", entry, "代为走访")
    await office.says("page:secretary", "李网格员今天请假")
    await office.presses("page:secretary", "一切都好")

    (visit,) = await office.visits(entry.id)
    assert (visit.by, visit.stands_in, visit.why) == ("secretary", True, "李网格员今天请假")
    assert "代您走访了" in office.all_said("worker")


@pytest.mark.parametrize("stranger", ["page:second_secretary", "page:police", "page:clerk"])
async def test_a_stranger_visits_nobody_and_learns_nothing(
    office: PageOffice, stranger: str
) -> None:
    entry = await office.registers()
    nothing = "0" * 24

    for press in ("visits.good:{}:1", "visits.show:{}", "visits.unseal:{}:visit", "visits.more:{}"):
        real = await office.does(stranger, press.format(entry.id))
        none = await office.does(stranger, press.format(nothing))
        assert real.replace(entry.sign, "000000") == none, press

    assert await office.visits(entry.id) == []


async def test_above_the_community_nobody_opens_an_entry(office: PageOffice) -> None:
    entry = await office.registers()

    for who in ("page:leader", "page:street_leader", "page:dispatcher"):
        told = await office.does(who, f"visits.unseal:{entry.id}:visit")
        assert "赵桂英" not in told


async def test_a_name_is_found_by_whoever_may_open_it_with_a_reason(office: PageOffice) -> None:
    entry = await office.registers()

    async def looks(who: str) -> str:
        await office.does(who, "visits.find")
        await office.says(who, "桂英")
        return await office.says(who, "家属来电")

    assert "3号楼2单元401" in await looks("page:worker")
    assert "没有找到" in await looks("page:second_secretary")
    assert (await office.entry(entry.id)).unit == EAST_1


async def test_an_entry_of_another_round_is_not_recorded_by_an_old_button(
    office: PageOffice,
) -> None:
    entry = await office.registers()
    await office.is_well("page:worker", entry)
    office.now += timedelta(days=20)

    told = await office.does("page:worker", f"visits.absent:{entry.id}:1")
    stale = await office.does("page:worker", f"visits.good:{entry.id}:9")

    assert "已记下" in told
    assert "过时" in stale
    assert len(await office.visits(entry.id)) == 1
