"""From a need to what was done, to its effect, to the person's word: until then it stays open."""

from datetime import timedelta

import pytest

from domain.categories import Kind
from domain.visits.needs import NeedState
from domain.visits.visits import Area
from tests.handlers.visits.page import PageOffice


async def finds(
    office: PageOffice, answer: str = "只让我跟进", words: str = "药盒打不开，想要个大字药盒"
) -> str:
    """Let the worker find a need about health, and give the entry's id."""
    entry = await office.registers()
    await office.opens("page:worker", entry)
    await office.presses("page:worker", "☐ 健康")
    await office.presses("page:worker", "记下有情况的")
    await office.presses("page:worker", "写下需要什么帮助：健康")
    await office.says("page:worker", words)
    await office.presses("page:worker", answer)
    await office.presses("page:worker", "提交")
    return entry.id


async def test_with_consent_a_need_becomes_a_sealed_case_and_is_followed(
    office: PageOffice,
) -> None:
    which = await finds(office, "同意转成办件")

    (need,) = await office.needs(which)
    assert need.number is not None
    matter = await office.matter(need.number)
    assert (matter.kind, matter.confidential) == (Kind.SERVICE, True)
    assert "大字药盒" in matter.particulars.text
    assert matter.owner == "secretary"
    assert "独居" not in matter.particulars.text
    plan = await office.plan(need.subject)
    assert (plan.owner, plan.is_owed, plan.every) == ("worker", True, timedelta(days=7))


async def test_without_consent_nothing_leaves_the_worker(office: PageOffice) -> None:
    which = await finds(office)

    (need,) = await office.needs(which)
    assert need.number is None
    assert need.area is Area.HEALTH
    assert (await office.plan(need.subject)).is_owed


async def test_whoever_wants_nothing_done_is_left_alone_and_it_is_on_record(
    office: PageOffice,
) -> None:
    which = await finds(office, "不需要办")

    (need,) = await office.needs(which)
    assert need.state is NeedState.DECLINED


async def test_a_need_goes_step_by_step_and_ends_with_the_persons_word(
    office: PageOffice,
) -> None:
    which = await finds(office)
    (need,) = await office.needs(which)

    told = await office.does("page:worker", f"visits.advance:{need.id}:helped")
    assert "先登记措施" in told
    await office.does("page:worker", f"visits.follow:{need.id}")
    await office.presses("page:worker", "登记做了什么")
    await office.says("page:worker", "送去一个大字药盒")
    assert (await office.plan(need.subject)).every == timedelta(days=30)
    await office.presses("page:worker", "有效果")
    await office.says("page:worker", "会用了")
    assert (await office.plan(need.subject)).is_owed
    await office.presses("page:worker", "本人确认解决了")

    (after,) = await office.needs(which)
    assert (after.state, after.action, after.effect) == (
        NeedState.CONFIRMED,
        "送去一个大字药盒",
        "会用了",
    )
    assert (after.confirmed_by, after.confirmed_at) == ("worker", office.now)
    assert not (await office.plan(need.subject)).is_owed


async def test_what_did_not_help_is_open_again(office: PageOffice) -> None:
    which = await finds(office)
    (need,) = await office.needs(which)
    await office.does("page:worker", f"visits.advance:{need.id}:act")
    await office.says("page:worker", "打电话问过药店")
    await office.presses("page:worker", "没效果")
    await office.says("page:worker", "药店没有")

    (after,) = await office.needs(which)
    assert (after.state, after.failures) == (NeedState.OPEN, 1)
    assert (await office.plan(need.subject)).is_owed


async def test_the_person_may_say_that_it_is_not_solved(office: PageOffice) -> None:
    which = await finds(office)
    (need,) = await office.needs(which)
    await office.does("page:worker", f"visits.advance:{need.id}:act")
    await office.says("page:worker", "送去一个药盒")
    await office.presses("page:worker", "有效果")
    await office.says("page:worker", "会用了")
    await office.presses("page:worker", "本人说没解决")

    (after,) = await office.needs(which)
    assert (after.state, after.failures) == (NeedState.OPEN, 1)


@pytest.mark.parametrize("step", ["confirm", "deny"])
async def test_nothing_is_confirmed_whose_effect_is_not_on_record(
    office: PageOffice, step: str
) -> None:
    which = await finds(office)
    (need,) = await office.needs(which)

    told = await office.does("page:worker", f"visits.advance:{need.id}:{step}")

    assert "还没有登记效果" in told
    assert (await office.needs(which))[0].state is NeedState.OPEN


async def test_what_the_case_brought_is_not_typed_twice(office: PageOffice) -> None:
    which = await finds(office, "同意转成办件")
    (need,) = await office.needs(which)
    number = need.number
    await office.does("secretary", f"matters.accept:{number}")
    await office.does("secretary", f"matters.contact:{number}")
    await office.does("secretary", f"matters.resolve:{number}")
    await office.says("secretary", "药盒已送到")
    await office.presses("secretary", "跳过")
    await office.presses("secretary", "提交")

    told = await office.does("page:worker", f"visits.follow:{need.id}")

    assert str(number) in told
    assert (await office.needs(which))[0].state is NeedState.ACTED


async def test_a_complaint_about_a_person_is_no_need(office: PageOffice) -> None:
    entry = await office.registers()
    await office.opens("page:worker", entry)
    await office.presses("page:worker", "☐ 需求")
    await office.presses("page:worker", "记下有情况的")
    await office.presses("page:worker", "写下需要什么帮助：需求")
    await office.says("page:worker", "张书记收了老人两千块钱的红包才给办低保")
    await office.presses("page:worker", "同意转成办件")
    told = await office.presses("page:worker", "提交")

    assert await office.needs(entry.id) == []
    assert "红包" not in office.all_said("secretary")
    assert "红包" in told  # What was typed is kept.


async def test_with_the_entry_its_needs_end(office: PageOffice) -> None:
    which = await finds(office)
    await office.does("page:secretary", f"visits.end:{which}:died")

    (need,) = await office.needs(which)
    assert need.state is NeedState.LAPSED
    assert not (await office.plan(need.subject)).is_owed


async def test_needs_are_listed_for_whoever_follows_them_and_for_nobody_else(
    office: PageOffice,
) -> None:
    await finds(office)

    assert "还没见效的需求：1 件" in await office.does("page:worker", "visits.needs")
    assert "还没见效的需求：1 件" in await office.does("page:community", "visits.needs")
    assert "没有要跟进的需求" in await office.does("page:second_secretary", "visits.needs")
