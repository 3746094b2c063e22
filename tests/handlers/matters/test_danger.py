"""Danger, path by path: the numbers alone, what is kept of it, and to whom it goes."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from domain.categories import EMERGENCY
from domain.matters.alarms import SLOT, Answer
from domain.messages import FileKind, FileRef
from domain.organisation import Role
from storage.matters.alarms import alarms, get_alarms
from storage.matters.queries import list_reported
from tests.handlers.broadcasts.test_broadcasts import tick
from tests.handlers.chats import Office
from tests.handlers.residents.test_my_data import erased
from tests.street import EAST, EAST_1, STREET

FIRE = "我家着火了"
TWO = timedelta(minutes=2, seconds=1)


def alone(office: Office, heard: str) -> bool:
    """Tell whether the last arrival was answered with the numbers and nothing else."""
    return heard.count("→") == 1 and office.latest("resident").message.slot == SLOT


async def number(office: Office, who: str = "resident") -> str:
    """Give the number of the only case that somebody reported."""
    async with office.database.read() as tx:
        (person,) = {row.person for row in await tx.rows(select(alarms.c.person))}
        (case,) = await list_reported(tx, person)
    return case.number


# --- every path ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "before",
    [
        (),
        ("提意见",),
        ("办事",),
        ("报纠纷",),
        ("=3号楼路灯坏了", "修改地点"),
        ("=3号楼路灯坏了", "补充联系电话"),
        ("=3号楼路灯坏了", "修改类别"),
        ("=楼上天天半夜吵", "修改内容"),
        ("=那个东西在那边",),
        ("大字简洁版", "我要办事"),
    ],
)
async def test_whatever_was_asked_words_about_danger_bring_the_numbers_alone(
    office: Office, before: tuple[str, ...]
) -> None:
    await office.starts("resident", "g-E1")
    for step in before:
        if step.startswith("="):
            await office.says("resident", step[1:])
        else:
            await office.presses("resident", step)

    heard = await office.says("resident", "快来人，3号楼着火了")

    assert alone(office, heard), heard
    await tick(office, TWO)
    assert (await office.matter(await number(office))).urgency == EMERGENCY


@pytest.mark.parametrize("button", ["写几句评价", "补充", "没解决"])
async def test_danger_said_about_an_old_case_is_a_case_of_its_own(
    office: Office, button: str
) -> None:
    old = await office.filed()
    if button != "补充":
        await office.does("secretary", f"matters.accept:{old}")
        await office.does("secretary", f"matters.resolve:{old}")
        await office.says("secretary", "换了灯泡")
        await office.presses("secretary", "跳过")
        await office.presses("secretary", "提交")
    if button == "写几句评价":
        await office.presses("resident", "已解决")
        await office.presses("resident", "5")
    await office.presses("resident", button)
    before = len(await office.events(old))

    heard = await office.says("resident", "楼里煤气味很大")

    assert alone(office, heard), heard
    assert "楼里煤气味很大" in await tick(office, TWO)
    assert len(await office.events(old)) == before


async def test_an_expired_form_is_not_told_of_before_the_numbers(office: Office) -> None:
    await office.starts("resident", "g-E1")
    await office.says("resident", "3号楼路灯坏了")
    office.later(days=31)

    assert alone(office, await office.says("resident", FIRE))


async def test_a_file_that_cannot_be_taken_is_told_of_with_the_form(office: Office) -> None:
    await office.starts("resident", "g-E1")

    heard = await office.arrives("resident", text=FIRE, unfit="video")

    assert alone(office, heard)
    assert "视频" in await office.presses("resident", "没有危险")


async def test_what_comes_after_the_words_belongs_to_them(office: Office) -> None:
    await office.starts("resident", "g-E1")
    await office.says("resident", FIRE)

    said = [
        await office.says("resident", "5号楼3单元"),
        await office.arrives("resident", files=(FileRef(kind=FileKind.PHOTO, ref="photo-1"),)),
        await office.arrives("resident", phone="13812345678"),
        await office.says("resident", "你好"),
    ]

    assert all(alone(office, heard) for heard in said), said
    told = await tick(office, TWO)
    assert "5号楼3单元" in told
    assert "13812345678" in told
    assert "(1 files)" in told


async def test_the_parts_of_an_album_do_not_scroll_the_numbers_away(office: Office) -> None:
    await office.starts("resident", "g-E1")
    part = {"album": "a", "files": (FileRef(kind=FileKind.PHOTO, ref="photo-1"),)}
    await office.arrives("resident", text=FIRE, **part)

    heard = await office.arrives(
        "resident", album="a", files=(FileRef(kind=FileKind.PHOTO, ref="photo-2"),)
    )

    assert alone(office, heard)
    assert not office.latest("resident").message.anew


async def test_a_form_about_something_else_waits_meanwhile(office: Office) -> None:
    await office.starts("resident", "g-E1")
    await office.says("resident", "3号楼路灯坏了")
    await office.says("resident", FIRE)
    assert FIRE in await office.presses("resident", "已经打过电话")

    heard = await office.presses("resident", "提交")

    assert "正在通知值班人员" in heard
    assert "没填完" in heard
    assert "路灯坏了" in await office.presses("resident", "接着填")


# --- answers -------------------------------------------------------------------------------------


async def test_danger_in_the_form_after_i_have_called_is_part_of_the_answer(
    office: Office,
) -> None:
    await office.starts("resident", "g-E1")
    await office.says("resident", FIRE)
    await office.presses("resident", "已经打过电话")
    await office.presses("resident", "补充地点")

    heard = await office.says("resident", "着火的是3号楼")

    assert "着火的是3号楼" in heard
    assert "提交" in heard
    assert alone(office, await office.says("resident", "有人被砸伤了，流了好多血"))


async def test_no_danger_makes_an_ordinary_case(office: Office) -> None:
    await office.starts("resident", "g-E1")
    await office.says("resident", FIRE)
    await office.presses("resident", "没有危险")
    await office.presses("resident", "提交")

    assert (await office.matter(await number(office))).urgency < EMERGENCY
    assert await tick(office, TWO) == ""


async def test_danger_after_it_was_called_off_is_a_new_alarm(office: Office) -> None:
    await office.starts("resident", "g-E1")
    await office.says("resident", FIRE)
    await office.presses("resident", "没有危险")
    office.later(minutes=3)

    assert alone(office, await office.says("resident", "又着火了"))

    assert "又着火了" in await tick(office, TWO)


async def test_the_duty_is_told_although_somebody_is_busy_with_the_form(office: Office) -> None:
    await office.starts("resident", "g-E1")
    await office.says("resident", FIRE)
    await office.presses("resident", "已经打过电话")
    told = ""
    for _ in range(11):
        told += await tick(office, timedelta(minutes=1))
        if not told:
            await office.says("resident", "在5楼")

    assert "还没登记完" in told
    assert office.now > (await office.matter(await number(office))).filed_at


async def test_pressing_twice_changes_nothing(office: Office) -> None:
    await office.starts("resident", "g-E1")
    await office.says("resident", FIRE)
    button = office.button("resident", "已经打过电话")
    await office.does("resident", button)
    await office.does("resident", button)
    await office.presses("resident", "提交")
    await office.does("resident", button)

    assert await number(office)


@pytest.mark.parametrize(
    "forged", ["danger", "matters.danger:called", "matters.danger:none:a", "matters.danger:x:y:z"]
)
async def test_a_forged_button_does_nothing(office: Office, forged: str) -> None:
    await office.starts("resident", "g-E1")
    await office.says("resident", FIRE)

    await office.does("resident", forged)

    async with office.database.read() as tx:
        (row,) = await tx.rows(select(alarms))
        assert row.answer is Answer.NONE
        assert (await get_alarms(tx, [row.person]))[row.person].due_at is not None


async def test_somebody_else_s_button_does_nothing(office: Office) -> None:
    await office.starts("resident", "g-E1")
    await office.says("resident", FIRE)

    await office.does("neighbour", office.button("resident", "没有危险"))

    assert "还没确认" in await tick(office, TWO)


# --- to whom -------------------------------------------------------------------------------------


async def test_what_neighbours_must_not_hear_of_is_never_merged(office: Office) -> None:
    await office.starts("resident", "g-E1")
    await office.says("resident", "老公打我")
    await office.presses("resident", "请马上联系我")
    case = await number(office)
    await office.starts("other", "g-E1")
    await office.says("other", "楼上天天半夜吵")
    await office.presses("other", "报纠纷")
    await office.presses("other", "提交")

    heard = await office.does("community", f"matters.confirm_merge:{case}:2026-00002")

    assert "不能合并" in heard


async def test_whoever_joins_a_grid_does_not_get_what_the_grid_must_not_hear_of(
    office: Office,
) -> None:
    street = await office.street()
    for post in street.organisation.posts:
        await office.change(replace(post, until=office.now))
    await office.starts("resident", "g-E1")
    await office.says("resident", "我不想活了")
    await tick(office, TWO)
    case = await office.matter(await number(office))

    assert case.owner is None
    assert case.seat.unit == EAST


async def test_asking_to_be_reached_tells_the_community_and_once(office: Office) -> None:
    await office.starts("resident", "g-E1")
    await office.says("resident", "老公打我")
    button = office.button("resident", "请马上联系我")

    heard = await office.does("resident", button)
    assert "2026-" in heard
    again = await office.does("resident", button)

    assert "2026-" in again
    case = await office.matter(await number(office))
    assert (case.owner, case.confidential, case.unconfirmed) == ("community", True, False)
    assert "secretary" not in {said.person for said in office.said if "老公" in said.words}


@pytest.mark.parametrize("words", ["张书记打我，要杀我", "网格员打人，打得头破血流"])
async def test_a_complaint_travels_with_no_alarm(office: Office, words: str) -> None:
    await office.starts("resident", "g-E1")
    await office.says("resident", words)

    told = await tick(office, TWO)

    assert "→ secretary" not in told
    assert words not in told.split("→ resident")[0]
    case = await office.matter(await number(office))
    assert case.particulars.text == ""
    assert (case.grid, case.owner) == (STREET, "dispatcher")
    assert case.grid != EAST_1
    assert Role.GRID_SECRETARY is not case.seat.role


async def test_quiet_hours_do_not_hold_an_alarm_up(office: Office) -> None:
    await office.starts("resident", "g-E1")
    office.later(hours=14)
    await office.says("resident", FIRE)

    await tick(office, TWO)

    told = [said for said in office.said if "还没确认" in said.words]
    assert told
    assert all(said.not_before <= office.now for said in told)


async def test_who_erases_themselves_leaves_no_alarm(office: Office) -> None:
    await office.starts("resident", "g-E1")
    await office.says("resident", FIRE)
    await erased(office, "resident")

    async with office.database.read() as tx:
        assert await tx.rows(select(alarms)) == []
    assert FIRE not in await tick(office, TWO)


async def test_words_that_may_accuse_are_asked_about_before_they_go_on_and_stay_one_case(
    office: Office,
) -> None:
    await office.starts("resident", "g-E1")
    await office.says("resident", "3号楼着火了，网格员还骂人")
    told = await tick(office, TWO)
    assert "骂人" not in told
    case = await number(office)

    assert "工作人员" in await office.presses("resident", "已经打过电话")
    async with office.database.read() as tx:
        (alarm,) = (await get_alarms(tx, [(await tx.rows(select(alarms)))[0].person])).values()
    assert alarm.words == ""

    heard = await office.presses("resident", "只是说事")
    if "您是想" in heard:
        await office.presses("resident", "请人来办事")
    await office.presses("resident", "提交")

    assert await number(office) == case
    assert not (await office.matter(case)).unconfirmed


async def test_a_complaint_that_the_person_calls_one_leaves_the_alarm_too(office: Office) -> None:
    await office.starts("resident", "g-E1")
    await office.says("resident", "3号楼着火了，网格员还骂人")
    await office.presses("resident", "已经打过电话")

    await office.presses("resident", "对工作人员的意见")

    told = await tick(office, TWO)
    assert "火情" in told
    assert "骂人" not in told
    async with office.database.read() as tx:
        person = (await tx.rows(select(alarms)))[0].person
        assert (await get_alarms(tx, [person]))[person].words == ""


async def test_whom_an_alarm_may_accuse_is_barred_from_its_case(office: Office) -> None:
    await office.starts("resident", "g-E1")
    await office.says("resident", "张书记拿刀砍人了，快救命")

    await tick(office, TWO)

    case = await number(office)
    matter = await office.matter(case)
    assert matter.barred == {"secretary"}
    assert matter.owner not in (None, "secretary")
    assert "没有找到" in await office.does("secretary", f"matters.show:{case}")
