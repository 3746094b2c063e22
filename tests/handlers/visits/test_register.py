"""The register holds those who need looking after, for a reason of the law, and nobody else."""

from datetime import timedelta

import pytest

from domain.visits.categories import Category, Control
from domain.visits.entries import EndReason, EntryState, How
from tests.handlers.visits.page import CHILD, ILL, PageOffice


async def test_somebody_is_taken_on_with_basis_needs_and_owner(office: PageOffice) -> None:
    shown = await office.fills_in(needs="想有人帮忙换灯泡")
    told = await office.presses("page:secretary", "提交登记")
    (entry,) = await office.entries()

    assert "只用于走访关爱服务" in shown
    assert entry.content is not None
    said = entry.content
    assert (said.name, said.category, said.born) == ("赵桂英", Category.ELDER_ALONE, 1946)
    assert said.needs == "想有人帮忙换灯泡"
    assert (entry.owner, entry.unit) == ("worker", "E1")
    assert entry.valid_until - entry.opened_at == timedelta(days=365)
    assert "法定职责（老年人）" in told
    plan = await office.plan(entry.subject)
    assert plan.every == timedelta(days=30)
    assert "由您负责" in office.all_said("worker")
    assert "赵桂英" not in office.all_said("worker")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("刑满释放人员", Control.RELEASED),
        ("社区矫正对象", Control.RELEASED),
        ("安置帮教人员", Control.RELEASED),
        ("缓刑的", Control.RELEASED),
        ("released prisoners", Control.RELEASED),
        ("信访户", Control.PETITION),
        ("上访老户", Control.PETITION),
        ("缠访闹访", Control.PETITION),
        ("爱投诉的，投诉人", Control.PETITION),
        ("信教群众", Control.FAITH),
        ("邪教人员", Control.FAITH),
        ("基督徒", Control.FAITH),
        ("吸毒人员", Control.DRUGS),
        ("社区戒毒康复", Control.DRUGS),
        ("肇事肇祸精神障碍患者", Control.MENTAL),
        ("精神病人", Control.MENTAL),
        ("重点管控对象", Control.WATCHED),
        ("稳控人员", Control.WATCHED),
        ("不放心的人", Control.WATCHED),
        ("嫌疑人", Control.WATCHED),
        ("少数民族", Control.ORIGIN),
        ("外国人", Control.ORIGIN),
        ("家暴告诫书对象", Control.VIOLENCE),
        ("精神障碍的独居老人", Control.MENTAL),
    ],
)
async def test_a_group_to_be_watched_is_refused_by_name_with_the_reason(
    office: PageOffice, words: str, why: Control
) -> None:
    await office.does("page:secretary", "visits.register")

    told = await office.says("page:secretary", words)

    assert "依据：" in told
    reason = {
        Control.RELEASED: "司法行政机关",
        Control.PETITION: "居民的权利",
        Control.FAITH: "宗教信仰",
        Control.DRUGS: "社区戒毒机构",
        Control.MENTAL: "卫生健康部门",
        Control.WATCHED: "只用于服务",
        Control.ORIGIN: "不得按民族",
        Control.VIOLENCE: "法定职责",
    }[why]
    assert reason in told
    assert await office.entries() == []
    # The form is open still: a lawful category goes on.
    assert "哪一年出生" in await office.says("page:secretary", "独居老人")


async def test_a_category_that_nobody_knows_is_refused_with_those_there_are(
    office: PageOffice,
) -> None:
    await office.does("page:secretary", "visits.register")

    told = await office.says("page:secretary", "爱跳广场舞的")

    assert "名册只收这些对象" in told
    assert "独居老年人" in told


@pytest.mark.parametrize("words", ["需要稳控，防止上访", "前科人员，多盯防", "疑似吸毒"])
async def test_needs_that_watch_somebody_are_refused_and_the_rest_is_kept(
    office: PageOffice, words: str
) -> None:
    told = await office.fills_in(needs=words)
    assert "在管控人" in told

    told = await office.says("page:secretary", "帮忙买药")

    assert "赵桂英" in told
    assert "帮忙买药" in told


async def test_illness_needs_a_consent_on_record(office: PageOffice) -> None:
    told = await office.fills_in(**ILL)
    assert "同意日期：11月20日" in told

    await office.presses("page:secretary", "提交登记")
    (entry,) = await office.entries()

    assert entry.content is not None
    assert entry.content.consent is not None
    assert entry.content.basis.value == "consent"


async def test_a_veteran_is_on_the_register_by_a_request_alone(office: PageOffice) -> None:
    await office.does("page:secretary", "visits.register")
    await office.says("page:secretary", "退役军人")
    await office.says("page:secretary", "1960")
    await office.says("page:secretary", "老周")
    await office.says("page:secretary", "9号楼")

    assert next(iter(office.labels("page:secretary"))).startswith("本人申请")
    assert not [one for one in office.labels("page:secretary") if "法定职责" in one]


async def test_an_age_that_does_not_fit_is_told_and_nothing_typed_is_lost(
    office: PageOffice,
) -> None:
    await office.fills_in(born="1990")
    told = await office.presses("page:secretary", "提交登记")

    assert "与“独居老年人”的年龄要求不符" in told
    assert "赵桂英" in told
    assert await office.entries() == []

    await office.presses("page:secretary", "改出生年份")
    await office.says("page:secretary", "1946")
    await office.says("page:secretary", "1")  # the basis is asked anew
    await office.presses("page:secretary", "提交登记")
    assert len(await office.entries()) == 1


async def test_nobody_is_taken_in_twice(office: PageOffice) -> None:
    entry = await office.registers()

    await office.fills_in(name="赵 桂英")
    told = await office.presses("page:secretary", "提交登记")

    assert f"已经在名册上了：对象 {entry.sign}" in told
    assert len(await office.entries()) == 1


async def test_a_worker_and_a_stranger_take_nobody_on(office: PageOffice) -> None:
    assert "（visits.register/grid_worker）" in await office.does("page:worker", "visits.register")
    assert "（visits.register/police_officer）" in await office.does(
        "page:police", "visits.register"
    )


async def test_over_telegram_nothing_is_taken_and_there_is_a_way_on(office: PageOffice) -> None:
    told = await office.does("secretary", "visits.register")

    assert "属于哪一类" not in told
    assert office.latest("secretary").labels


async def test_nobody_is_named_anywhere_but_on_the_page(office: PageOffice) -> None:
    entry = await office.registers()
    await office.does("worker", "visits.open")
    await office.does("worker", f"visits.show:{entry.id}")
    await office.does("worker", f"visits.unseal:{entry.id}:visit")
    await office.does("worker", f"visits.good:{entry.id}:1")
    await office.does("secretary", f"visits.copy:{entry.id}")

    assert "赵桂英" not in office.elsewhere()
    assert "3号楼" not in office.elsewhere()
    assert await office.visits(entry.id) == []


async def test_where_visits_are_closed_nobody_is_taken_on_and_what_runs_goes_on(
    office: PageOffice,
) -> None:
    entry = await office.registers()
    await office.does("page:street_leader", "switches.set:E:visits:off")
    await office.says("page:street_leader", "先停一停")
    await office.presses("page:street_leader", "提交")

    assert "暂未开通" in await office.does("page:secretary", "visits.register")
    assert "已记下" in await office.is_well("page:worker", entry)


# --- what becomes of an entry --------------------------------------------------------------------


async def test_an_entry_is_changed_and_its_plan_follows(office: PageOffice) -> None:
    entry = await office.registers()
    await office.does("page:secretary", f"visits.edit:{entry.id}")
    await office.presses("page:secretary", "改负责人")
    await office.presses("page:secretary", "张书记")
    await office.presses("page:secretary", "提交登记")

    after = await office.entry(entry.id)
    assert after.owner == "secretary"
    assert (await office.plan(entry.subject)).owner == "secretary"


async def test_an_entry_is_renewed_by_whoever_says_that_it_is_right(office: PageOffice) -> None:
    entry = await office.registers()
    office.later(days=300)

    told = await office.does("page:secretary", f"visits.renew:{entry.id}")
    assert "信息还对吗" in told
    await office.presses("page:secretary", "都对，续期")

    after = await office.entry(entry.id)
    assert after.valid_until == office.now + timedelta(days=365)


async def test_an_ended_entry_owes_nothing_and_cannot_be_visited(office: PageOffice) -> None:
    entry = await office.registers()
    await office.does("page:secretary", f"visits.end:{entry.id}")
    await office.presses("page:secretary", "已搬离")

    after = await office.entry(entry.id)
    assert (after.state, after.end_reason) == (EntryState.ENDED, EndReason.MOVED)
    assert not (await office.plan(entry.subject)).is_owed
    assert "已搬离" in await office.does("page:worker", f"visits.good:{entry.id}:1")
    assert await office.visits(entry.id) == []


async def test_what_a_duty_asks_for_is_not_erased_while_it_stands(office: PageOffice) -> None:
    entry = await office.registers()

    told = await office.does("page:secretary", f"visits.erase:{entry.id}")

    assert "法定职责" in told
    assert (await office.entry(entry.id)).content is not None


async def test_what_rests_on_consent_goes_when_the_person_wants_it(office: PageOffice) -> None:
    entry = await office.registers(**ILL)
    await office.opens("page:worker", entry)
    await office.presses("page:worker", "一切都好")

    assert "找不回来" in await office.does("page:secretary", f"visits.erase:{entry.id}")
    await office.presses("page:secretary", "是，全部删除")

    after = await office.entry(entry.id)
    assert after.content is None
    assert all(one.erased for one in await office.visits(entry.id))
    async with office.database.read() as tx:
        from storage.plans import find_plan

        assert await find_plan(tx, entry.subject) is None


async def test_the_person_reads_everything_that_is_kept(office: PageOffice) -> None:
    entry = await office.registers(needs="帮忙换灯泡")
    await office.is_well("page:worker", entry)

    told = await office.does("page:secretary", f"visits.copy:{entry.id}")

    for part in ("赵桂英", "1946", "3号楼2单元401", "独居老年人", "法定职责", "换灯泡", "一切都好"):
        assert part in told


# --- as the person wishes ------------------------------------------------------------------------


async def test_a_wish_sets_who_how_and_how_often(office: PageOffice) -> None:
    entry = await office.registers()
    await office.does("page:worker", f"visits.wish:{entry.id}")
    await office.presses("page:worker", "每 14 天")
    await office.presses("page:worker", "电话")
    await office.presses("page:worker", "张书记")
    await office.presses("page:worker", "提交")

    after, plan = await office.entry(entry.id), await office.plan(entry.subject)
    assert after.content is not None
    assert (after.owner, after.content.wish.how) == ("secretary", How.PHONE)
    assert (plan.owner, plan.every) == ("secretary", timedelta(days=14))


async def test_a_wish_never_goes_below_the_floor_of_the_law(office: PageOffice) -> None:
    entry = await office.registers()
    await office.does("page:worker", f"visits.wish:{entry.id}")

    spans = " ".join(office.labels("page:worker"))

    assert "每 7 天" in spans
    assert "每 60 天" not in spans
    assert "暂时不需要走访" in spans


async def test_a_refusal_is_respected_on_record_and_asked_again_at_the_review(
    office: PageOffice,
) -> None:
    entry = await office.registers()
    await office.does("page:worker", f"visits.wish:{entry.id}")
    await office.presses("page:worker", "暂时不需要走访")
    told = await office.presses("page:worker", "提交")

    plan = await office.plan(entry.subject)
    assert "暂时不需要走访" in told
    assert not plan.is_owed
    assert plan.paused_until == entry.valid_until


async def test_a_minor_is_marked_as_one_when_entered(office: PageOffice) -> None:
    assert "每次查看都要经负责人审批" in await office.fills_in(**CHILD)
