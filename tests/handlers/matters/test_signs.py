"""An early sign of a dispute, noticed by staff of any stream, is a case at once (M-06)."""

from datetime import timedelta

import pytest

from domain.categories import Kind
from domain.matters.matter import Origin, State, Step
from storage.matters.casework import MATTER
from storage.reminders import find_reminder
from tests.handlers.chats import Office
from tests.street import EAST_1, EAST_2

QUARREL = "3号楼两家为停车位天天吵，快要动手了"


async def reports(office: Office, who: str, grid: str = "第一网格") -> str:
    """Let somebody report a quarrel, and give what they are told at the end."""
    await office.does(who, "matters.sign")
    await office.says(who, QUARREL)
    if any("邻里纠纷" in one for one in office.labels(who)):  # the words may say it by themselves
        await office.presses(who, "邻里纠纷")
    if grid in office.labels(who):
        await office.presses(who, grid)
    await office.presses(who, "跳过")
    return await office.presses(who, "提交")


@pytest.mark.requirement("M-06")
@pytest.mark.parametrize(
    ("who", "stream"),
    [("party", "party"), ("police", "police"), ("worker", "residents"), ("community", "residents")],
)
async def test_a_sign_of_any_stream_becomes_a_case_with_an_owner_and_clocks(
    office: Office, who: str, stream: str
) -> None:
    told = await reports(office, who)

    number = "2026-00001"
    matter = await office.matter(number)
    assert number in told
    assert "张书记" in told
    assert (matter.kind, matter.origin, matter.grid) == (Kind.DISPUTE, Origin.STAFF, EAST_1)
    assert (matter.state, matter.owner) == (State.DISPATCHED, "secretary")
    assert matter.confidential
    assert office.now < matter.contact_by <= office.now + timedelta(hours=24)
    filed = (await office.events(number))[0]
    assert filed.actor == who
    assert filed.content is not None
    assert filed.content["stream"] == stream


async def test_who_reports_a_sign_on_the_own_desk_reads_that_it_was_taken_before_its_card(
    office: Office,
) -> None:
    before = len(office.said)

    await reports(office, "secretary")

    told = [one.words for one in office.said[before:] if one.person == "secretary"]
    assert "已登记" in told[-2]
    assert "接单" in " ".join(office.labels("secretary"))


@pytest.mark.requirement("M-06")
async def test_the_first_action_is_on_record_and_nobody_is_asked_to_judge(office: Office) -> None:
    await reports(office, "police")
    await office.presses("secretary", "接单")
    office.later(hours=1)
    await office.presses("secretary", "已联系")

    matter = await office.matter("2026-00001")
    assert matter.contacted_at == office.now
    assert "工作人员发现" in office.transcript("secretary")
    assert all(said.person in {"police", "secretary"} for said in office.said)


async def test_a_sign_has_no_resident_to_ask_or_to_judge_and_closes_by_itself(
    office: Office,
) -> None:
    await reports(office, "police")
    await office.presses("secretary", "接单")

    asked = await office.does("secretary", "matters.ask:2026-00001")
    await office.does("secretary", "matters.resolve:2026-00001")
    await office.says("secretary", "已劝和，车位重新划线")
    while "提交" not in " ".join(office.labels("secretary")):
        await office.presses("secretary", "跳过")
    told = await office.presses("secretary", "提交")

    assert "没有居民可问" in asked
    assert "没有居民评价" in told
    async with office.database.read() as tx:
        next_one = await find_reminder(tx, MATTER, "2026-00001")
    assert next_one is not None
    assert next_one.step == Step.JUDGE_LAPSED


@pytest.mark.parametrize("verb", ["matters.sign", "posts.file_for"])
async def test_a_form_that_is_half_filled_is_not_lost_over_another(
    office: Office, verb: str
) -> None:
    await office.does("community", "matters.sign")
    await office.says("community", QUARREL)

    told = await office.does("community", verb)

    assert "还有一份没填完" in told


async def test_whoever_reported_a_sign_does_not_follow_the_case(office: Office) -> None:
    await reports(office, "police")

    assert "没有找到" in await office.does("police", "matters.show:2026-00001")


@pytest.mark.parametrize(
    ("who", "grids"),
    [("clerk", ["第一网格", "第二网格"]), ("worker", []), ("second_secretary", [])],
)
async def test_only_whoever_serves_several_grids_is_asked_which(
    office: Office, who: str, grids: list[str]
) -> None:
    await office.does(who, "matters.sign")
    await office.says(who, QUARREL)
    if any("邻里纠纷" in one for one in office.labels(who)):
        await office.presses(who, "邻里纠纷")

    assert [label for label in office.labels(who) if "网格" in label] == grids


async def test_a_sign_goes_to_the_grid_of_whoever_reports_it(office: Office) -> None:
    await reports(office, "second_secretary")

    matter = await office.matter("2026-00001")
    assert (matter.grid, matter.owner) == (EAST_2, "second_secretary")


async def test_a_complaint_about_a_person_is_no_sign(office: Office) -> None:
    await office.does("worker", "matters.sign")

    told = await office.says("worker", "网格员收钱不办事，态度恶劣，还骂人")

    assert "不登记" in told


async def test_a_resident_has_no_such_button(office: Office) -> None:
    await office.starts("resident", "g-E1")

    assert "什么苗头" not in await office.does("resident", "matters.sign")
