"""A whole group by one command; how many visits were due and made, both, and nobody is ranked."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.handlers.visits.page import CHILD, ILL, PageOffice

#: 26 November 2026, closing time in Shanghai.
THURSDAY = datetime(2026, 11, 26, 10, tzinfo=UTC)


async def calls(office: PageOffice, who: str = "page:community", unit: str = "东园社区") -> str:
    await office.does(who, "visits.round")
    await office.presses(who, "老年人")
    await office.presses(who, "选好了")
    await office.presses(who, "寒潮")
    await office.says(who, unit)
    await office.says(who, "2026-11-26")
    return await office.presses(who, "提交并通知")


async def test_before_a_cold_spell_all_elders_of_a_community_are_due_by_one_command(
    office: PageOffice,
) -> None:
    first = await office.registers()
    second = await office.registers(name="钱大爷", owner="张书记")
    other = await office.registers(**ILL)

    told = await calls(office)

    assert "已安排：2 位，其中 2 位提前" in told
    for entry in (first, second):
        assert (await office.plan(entry.subject)).next_due_at == THURSDAY
    assert (await office.plan(other.subject)).next_due_at > THURSDAY
    assert "您有 1 位对象请在" in office.all_said("worker")
    assert "您有 1 位对象请在" in office.all_said("secretary")
    assert "赵桂英" not in office.all_said("worker")


async def test_a_round_once_more_changes_nothing(office: PageOffice) -> None:
    entry = await office.registers()
    await calls(office)

    told = await calls(office)

    assert "已安排：1 位，其中 0 位提前" in told
    assert (await office.plan(entry.subject)).next_due_at == THURSDAY


async def test_whoever_refuses_visits_is_left_alone(office: PageOffice) -> None:
    entry = await office.registers()
    await office.does("page:worker", f"visits.wish:{entry.id}")
    await office.presses("page:worker", "暂时不需要走访")
    await office.presses("page:worker", "提交")

    assert "没有这类在册对象" in await calls(office)
    assert not (await office.plan(entry.subject)).is_owed


async def test_a_round_may_be_called_where_one_answers(office: PageOffice) -> None:
    await office.does("page:second_secretary", "visits.round")
    await office.presses("page:second_secretary", "老年人")
    await office.presses("page:second_secretary", "选好了")
    await office.presses("page:second_secretary", "寒潮")

    assert "东园社区" not in " ".join(office.labels("page:second_secretary"))
    assert "（visits.round/grid_worker）" in await office.does("page:worker", "visits.round")


@pytest.mark.requirement("V-06")
async def test_coverage_says_done_and_due_for_every_grid_in_their_order(
    office: PageOffice,
) -> None:
    first = await office.registers(last_visit="")
    await office.registers(name="钱大爷")
    await office.does("page:second_secretary", "visits.coverage")
    await calls(office)
    await office.is_well("page:worker", first)

    told = await office.does("page:community", "visits.coverage")

    assert "合计：已走访 1 / 应走访 2（50%）" in told
    assert told.index("第一网格：已走访 1 / 应走访 2（50%）") < told.index("第二网格：")
    assert "第二网格：本期没有应走访的" in told
    assert "不排名" in told
    assert "李网格员" not in told


async def test_what_is_left_over_counts_again_until_it_is_made(office: PageOffice) -> None:
    entry = await office.registers()
    await calls(office)
    office.now += timedelta(days=8)  # 2 December

    told = await office.does("page:community", "visits.coverage")
    assert "已走访 0 / 应走访 1（0%），本人不愿 0，逾期未走访 1" in told
    await office.is_well("page:worker", entry)

    december = await office.does("page:community", "visits.coverage")
    november = await office.does("page:community", "visits.coverage:E:1")
    # The next one is due on 31 December, for 1 January is a holiday.
    assert "已走访 1 / 应走访 2（50%）" in december
    assert "已走访 0 / 应走访 1（0%）" in november


async def test_a_refusal_of_the_person_counts_beside_and_never_as_made(
    office: PageOffice,
) -> None:
    entry = await office.registers()
    await calls(office)
    await office.opens("page:worker", entry)
    await office.presses("page:worker", "本人不愿")
    await office.presses("page:worker", "是，本人这次不愿")

    told = await office.does("page:community", "visits.coverage")

    assert "本期没有应走访的，本人不愿 1" in told


async def test_figures_are_for_those_who_answer_for_a_unit(office: PageOffice) -> None:
    await office.registers(**CHILD)

    assert "（visits.coverage/grid_worker）" in await office.does("page:worker", "visits.coverage")
    assert "（visits.coverage/grid_secretary）" in await office.does(
        "page:second_secretary", "visits.coverage:E"
    )
    assert "覆盖率 · 梧桐街道" in await office.does("page:street_leader", "visits.coverage")


async def test_the_digest_of_a_week_says_done_and_due(office: PageOffice) -> None:
    entry = await office.registers()
    await office.registers(name="钱大爷")
    await calls(office)
    await office.is_well("page:worker", entry)

    told = await office.passes(datetime(2026, 11, 30, 4, tzinfo=UTC), jobs=True)

    assert "走访关爱：已走访 1 / 应走访 2（50%），本人不愿 0，逾期未走访 1" in told
    shown = await office.does("page:secretary", "digests.show:E1:2026-W48")
    assert "走访关爱：已走访 1 / 应走访 2（50%）" in shown


async def test_where_nobody_is_visited_the_digest_says_nothing_of_it(office: PageOffice) -> None:
    told = await office.passes(datetime(2026, 11, 30, 4, tzinfo=UTC), jobs=True)

    assert "走访关爱" not in told
