"""A case that a procedure has, on every screen: one owner, one deadline, one number."""

from dataclasses import replace

import pytest

from domain.digests.digest import week_of
from domain.matters.matter import Happening, State
from storage.digests.digests import list_cases
from storage.matters.queries import list_for_ledger
from tests.handlers.chats import Office
from tests.procedures import ERRAND_7, Errands, refer
from tests.street import EAST, EAST_1, MORNING


@pytest.fixture
def errands(monkeypatch: pytest.MonkeyPatch) -> Errands:
    """Let the program know a made-up procedure."""
    errands = Errands()
    monkeypatch.setattr("bot.traffic.intake.PROCEDURES", (errands.procedure,))
    return errands


@pytest.fixture
async def number(office: Office, errands: Errands) -> str:
    """A case that was handed to the window clerk's errand."""
    number = await office.filed()
    await office.presses("secretary", "接单")
    await refer(office, number)
    return number


# --- seeing --------------------------------------------------------------------------------------


async def test_whoever_runs_the_procedure_has_it_to_do_and_nobody_else_has(
    office: Office, number: str
) -> None:
    assert "11月26日 周四 09:00前办下一步" in await office.says("clerk", "待办")
    assert "3号楼路灯" in office.heard("clerk")
    assert "3号楼路灯" not in await office.says("secretary", "待办")


async def test_its_card_says_with_which_procedure_it_is_and_leads_there(
    office: Office, number: str
) -> None:
    card = await office.does("clerk", f"matters.show:{number}")

    assert "已转全程代办" in card
    assert "[去办全程代办]" in card
    for gone in ("接单", "办结", "转交", "退回", "记录进展", "询问居民"):
        assert f"[{gone}]" not in card


async def test_its_resident_sees_the_same_number_with_the_procedure(
    office: Office, number: str
) -> None:
    mine = await office.says("resident", "我的事项")
    assert "正在全程代办" in mine

    card = await office.does("resident", f"matters.show:{number}")
    assert number in card
    assert "东园社区 窗口工作人员（周窗口）" in card
    assert "转专项程序办理" in card
    assert "[看办到哪一步]" in card


async def test_it_is_found_counted_and_listed_as_before(office: Office, number: str) -> None:
    assert number in await office.says("community", "3号楼路灯")
    office.later(days=3)
    assert "超时" in await office.does("community", f"matters.show:{number}")
    overview = await office.says("community", "总览")
    assert "1" in overview
    assert "超时" in overview


async def test_late_steps_climb_like_any_case(office: Office, number: str) -> None:
    office.later(days=3)
    matter = await office.matter(number)

    assert matter.is_overdue(office.now)
    assert matter.deadline == matter.resolve_by


# --- what its resident does ----------------------------------------------------------------------


async def test_what_is_added_goes_to_whoever_runs_the_procedure(
    office: Office, number: str
) -> None:
    await office.does("resident", f"matters.add:{number}")
    await office.says("resident", "我周三下午都在家")
    await office.presses("resident", "提交")

    assert "我周三下午都在家" in office.heard("clerk")


async def test_it_can_be_urged(office: Office, number: str) -> None:
    office.later(days=4)

    await office.does("resident", f"matters.urge:{number}")

    assert number in office.heard("clerk")


async def test_withdrawing_it_ends_the_procedure_and_says_why(
    office: Office, number: str, errands: Errands
) -> None:
    await office.does("resident", f"matters.withdraw:{number}")

    assert errands.ended == [(number, "withdrawn")]
    matter = await office.matter(number)
    assert (matter.state, matter.referral) == (State.WITHDRAWN, None)
    again = await office.does("resident", f"matters.withdraw:{number}")
    assert "不能做这一步" in again
    assert len(errands.ended) == 1


async def test_an_erasure_ends_the_procedure(office: Office, number: str, errands: Errands) -> None:
    await office.does("resident", "residents.ask_erase:go")
    await office.presses("resident", "删除")

    assert errands.ended == [(number, "erased")]
    assert (await office.matter(number)).erased


async def test_who_joined_it_goes_on_where_it_was_before_the_procedure(
    office: Office, errands: Errands
) -> None:
    first = await office.filed("3号楼路灯坏了，太黑了")
    second = await office.filed("3号楼门口路灯不亮了", by="neighbour")
    await office.does("community", f"matters.confirm_merge:{second}:{first}")
    await office.presses("community", "并入")
    await refer(office, first)

    await office.does("resident", f"matters.withdraw:{first}")

    heir = await office.matter(second)
    assert errands.ended == [(first, "withdrawn")]
    assert (heir.state, heir.owner, heir.referral) == (State.DISPATCHED, "secretary", None)


# --- what staff do -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "verb", ["accept", "contact", "resolve", "note", "choose_worker", "return", "split"]
)
async def test_what_a_procedure_has_is_not_worked_on_beside_it(
    office: Office, number: str, verb: str
) -> None:
    before = await office.matter(number)

    told = await office.does("community", f"matters.{verb}:{number}")

    assert "不能做这一步" in told
    assert (await office.matter(number)).version == before.version


async def test_it_is_not_moved_or_merged_away_but_another_case_may_join_it(
    office: Office, number: str
) -> None:
    other = await office.filed("3号楼路灯不亮了", by="neighbour")

    assert "不能做这一步" in await office.does("community", f"matters.choose_unit:{number}")
    refused = await office.does("community", f"matters.confirm_merge:{number}:{other}")
    assert "请先收回" in refused
    await office.does("community", f"matters.confirm_merge:{other}:{number}")
    await office.presses("community", "并入")
    assert (await office.matter(other)).merged_into == number


async def test_a_level_above_takes_it_back_with_a_reason(
    office: Office, number: str, errands: Errands
) -> None:
    asked = await office.does("community", f"matters.recall:{number}")
    assert "为什么收回" in asked
    told = await office.says("community", "居民说自己去办")

    assert errands.ended == [(number, "居民说自己去办")]
    assert "第一网格 网格书记（张书记）" in told
    assert "全程代办停下来了" in office.heard("resident")
    matter = await office.matter(number)
    assert (matter.state, matter.owner, matter.referral) == (State.DISPATCHED, "secretary", None)
    last = (await office.events(number))[-1]
    assert (last.happening, last.content["reason"]) == (Happening.CAME_BACK, "居民说自己去办")
    story = await office.does("community", f"matters.story:{number}")
    assert "居民说自己去办" in story


async def test_recalling_it_twice_says_where_it_stands(office: Office, number: str) -> None:
    await office.does("community", f"matters.recall:{number}")
    await office.says("community", "居民说自己去办")

    again = await office.does("community", f"matters.recall:{number}")

    assert "不能做这一步" in again


async def test_whoever_runs_it_without_standing_above_cannot_recall_it(
    office: Office, number: str
) -> None:
    assert "[收回]" not in await office.does("clerk", f"matters.show:{number}")
    assert "您的岗位不能做这一步" in await office.does("clerk", f"matters.recall:{number}")


async def test_it_comes_back_to_whoever_holds_the_post_now(
    office: Office, number: str, errands: Errands
) -> None:
    await leaves(office, "张书记", EAST_1)

    await office.does("community", f"matters.recall:{number}")
    await office.says("community", "居民说自己去办")

    matter = await office.matter(number)
    assert matter.owner not in (None, "secretary", "clerk")


async def test_whoever_leaves_hands_the_procedure_on_with_the_case(
    office: Office, number: str, errands: Errands
) -> None:
    await leaves(office, "周窗口", EAST)

    matter = await office.matter(number)
    assert matter.state is State.REFERRED
    assert matter.owner == "community"
    # What waits until no other process works is tried once before that.
    assert {*errands.handed_over} == {(number, "community")}
    assert "改由东园社区 社区书记（王书记）办理" in office.heard("resident")


async def test_it_cannot_be_opened_where_nobody_declares_the_procedure(
    office: Office, number: str
) -> None:
    assert "没有可以转的专项程序" in await office.does("clerk", f"matters.procedure:{number}")


async def test_what_is_with_no_procedure_opens_none(office: Office) -> None:
    number = await office.filed()

    told = await office.does("secretary", f"matters.procedure:{number}")

    assert "不能做这一步" in told


async def test_a_case_without_a_fitting_procedure_says_so(office: Office) -> None:
    number = await office.filed()
    await office.presses("secretary", "接单")
    await office.change(replace(await office.matter(number), hide_name=True))

    assert "请接着直接办理" in await office.does("secretary", f"matters.refer:{number}")


async def test_the_ledger_and_the_figures_of_the_week_count_it(office: Office, number: str) -> None:
    office.later(days=3)

    async with office.database.read() as tx:
        (task,) = await list_for_ledger(tx, [EAST], MORNING, office.now)
        street = await office.source.current(tx, office.now)
        week = week_of(office.now, street.office.calendar)
        cases = await list_cases(tx, street.organisation.units[EAST], week)

    assert (task.number, task.state, task.referred_to) == (number, State.REFERRED, ERRAND_7)
    assert task.is_overdue(office.now)
    assert [(one.number, one.is_overdue_at(office.now)) for one in cases] == [(number, True)]


async def leaves(office: Office, name: str, unit: str) -> None:
    """Let the community's secretary end a post."""
    await office.does("community", f"posts.unit:{unit}")
    await office.presses("community", f"离岗：{name}")
    await office.presses("community", "确认离岗")
