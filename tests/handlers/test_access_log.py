"""Whoever is shown what is sealed leaves a trace, and only the protection officer reads it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from domain.messages import Channel, Side
from domain.organisation import Post, Role
from domain.people import Account, Person
from domain.subjects import case
from storage.access_log import KEPT, PERSONAL_DATA, Look, Sight, Sought, access_log, list_looks
from tests.handlers.chats import Office
from tests.street import MORNING, STAFF, STREET

OFFICER = "staff:officer"
WORDS = "楼上邻居半夜吵闹"


async def with_officer(office: Office) -> None:
    account = Account(
        id="account-officer",
        person="officer",
        side=Side.STAFF,
        channel=Channel.TELEGRAM,
        address=OFFICER,
        created_at=MORNING,
        seen_at=MORNING,
    )
    await office.change(
        Person(id="officer", side=Side.STAFF, name="护", created_at=MORNING, preferred=account.id),
        account,
        Post(
            id="post-officer",
            unit=STREET,
            role=Role.DATA_PROTECTION_OFFICER,
            person="officer",
            since=MORNING,
        ),
    )


async def quarrel(office: Office, by: str = "rival", words: str = WORDS) -> str:
    """Let somebody tell of a dispute without a name; the community secretary gets no card yet."""
    await office.starts(by, "g-E1")
    await office.says(by, words)
    await office.presses(by, "要不要匿名")
    await office.presses(by, "要匿名")
    shown = await office.presses(by, "提交")
    return shown.partition("编号 ")[2][:10]


async def looks(office: Office, subject: str | None = None) -> list[Look]:
    async with office.database.read() as tx:
        return await list_looks(tx, Sought(subject=case(subject) if subject else None), limit=100)


# --- what leaves a trace -------------------------------------------------------------------------


async def test_a_dispute_that_is_sent_opened_and_read_leaves_a_trace_each_time(
    office: Office,
) -> None:
    number = await quarrel(office)
    await office.does("community", f"matters.show:{number}")
    await office.does("community", f"matters.story:{number}")

    found = {(one.person, one.sight, one.rule) for one in await looks(office, number)}

    assert found == {
        ("secretary", Sight.SENT, "matters.see/grid_secretary"),
        ("community", Sight.OPENED, "matters.see/community_secretary"),
        ("community", Sight.STORY, "matters.see/community_secretary"),
    }


async def test_a_case_that_is_not_sealed_leaves_none(office: Office) -> None:
    number = await office.filed()
    await office.does("community", f"matters.show:{number}")
    await office.does("community", f"matters.story:{number}")

    assert await looks(office) == []


async def test_who_is_refused_was_shown_nothing_and_leaves_none(office: Office) -> None:
    number = await quarrel(office)
    before = await looks(office, number)

    for who in ("street_leader", "police", "second_secretary"):
        await office.does(who, f"matters.show:{number}")
        await office.does(who, f"matters.story:{number}")

    assert await looks(office, number) == before


async def test_a_hidden_name_is_on_record_with_the_reason(office: Office) -> None:
    number = await quarrel(office)
    await office.does("community", f"matters.unseal:{number}")
    await office.says("community", "需上门核实噪音")

    found = [one for one in await looks(office, number) if one.sight is Sight.NAME]

    assert [(one.person, one.rule, one.reason) for one in found] == [
        ("community", "matters.unseal/community_secretary", "需上门核实噪音")
    ]


async def test_whoever_helps_with_a_sealed_case_is_on_record_with_the_own_part(
    office: Office,
) -> None:
    number = await quarrel(office)
    await office.does("secretary", f"matters.accept:{number}")
    await office.does("secretary", f"matters.ask_help:{number}:police")
    await office.says("secretary", "请派出所一起看看")

    found = {(one.person, one.rule) for one in await looks(office) if one.sight is Sight.PART}

    assert found == {("police", "matters.see_part/police_officer")}


async def test_no_reason_lies_open_in_the_table_and_an_erasure_takes_it(office: Office) -> None:
    number = await quarrel(office)
    await office.does("community", f"matters.unseal:{number}")
    await office.says("community", "需上门核实噪音")
    async with office.database.read() as tx:
        kept = repr(await tx.rows(select(access_log)))

    async with office.database.write() as tx:
        assert PERSONAL_DATA.forget_file is not None
        await PERSONAL_DATA.forget_file(tx, [case(number)])

    assert "核实" not in kept
    assert {one.reason for one in await looks(office, number)} == {""}
    assert len(await looks(office, number)) > 1


async def test_after_three_years_it_is_forgotten_and_not_a_day_before(office: Office) -> None:
    await quarrel(office)
    before = await looks(office)
    sweep = PERSONAL_DATA.sweep
    assert sweep is not None

    async with office.database.write() as tx:
        await sweep(tx, office.now + KEPT)
    kept = await looks(office)
    async with office.database.write() as tx:
        await sweep(tx, office.now + KEPT + timedelta(seconds=1))

    assert kept == before != []
    assert await looks(office) == []
    assert timedelta(days=3 * 365) <= KEPT


# --- the door ------------------------------------------------------------------------------------


async def test_before_anybody_looked_the_list_says_so(office: Office) -> None:
    await with_officer(office)

    told = await office.commands(OFFICER, "menu")
    empty = await office.presses(OFFICER, "查阅记录")

    assert "查阅记录" in told
    assert "没有查阅记录" in empty


@pytest.mark.parametrize("who", [one[0] for one in STAFF])
async def test_nobody_else_has_the_door(office: Office, who: str) -> None:
    menu = await office.commands(who, "menu")
    told = [
        await office.does(who, press)
        for press in (
            "access_log.list",
            "access_log.list:all:-:0",
            "access_log.list:case:2026-00001:0",
            "access_log.find",
        )
    ]

    assert "查阅记录" not in menu
    assert all("（access_log.read/" in one for one in told)


async def test_the_officer_reads_who_saw_what_and_why_but_not_what_it_says(office: Office) -> None:
    await with_officer(office)
    number = await quarrel(office)
    await office.does("community", f"matters.unseal:{number}")
    await office.says("community", "需上门核实噪音")

    told = await office.commands(OFFICER, "looks")
    refused = await office.does(OFFICER, f"matters.show:{number}")

    assert "王书记（社区书记）" in told
    assert f"查看了 {number} 隐藏的姓名和电话，理由：需上门核实噪音" in told
    assert "matters.unseal/community_secretary" in told
    assert WORDS not in told
    assert "没有找到" in refused


async def test_the_list_is_paged_the_newest_first(office: Office) -> None:
    await with_officer(office)
    numbers = []
    for place in range(9):
        numbers.append(await quarrel(office, by=f"rival-{place}"))
        office.later(minutes=1)

    first = await office.commands(OFFICER, "looks")
    second = await office.presses(OFFICER, "下一页")
    back = await office.presses(OFFICER, "上一页")

    assert "第 1 页，共 2 页" in first
    assert [number for number in numbers if number in second] == numbers[:1]
    assert [number for number in numbers if number in first] == numbers[1:]
    assert back == first


async def test_it_can_be_asked_for_a_case_or_for_a_post(office: Office) -> None:
    await with_officer(office)
    one, other = await quarrel(office), await quarrel(office, by="second")
    await office.does("community", f"matters.show:{other}")

    await office.does(OFFICER, "access_log.find")
    of_case = await office.says(OFFICER, one)
    await office.does(OFFICER, "access_log.find")
    of_post = await office.says(OFFICER, "王书记")
    everything = await office.presses(OFFICER, "全部记录")

    assert one in of_case
    assert other not in of_case
    assert of_post.count(other) == 1
    assert one not in of_post
    assert one in everything
    assert other in everything


async def test_among_several_posts_one_is_chosen_and_unknown_ones_are_said_so(
    office: Office,
) -> None:
    await with_officer(office)
    number = await quarrel(office)

    await office.does(OFFICER, "access_log.find")
    which = await office.says(OFFICER, "书记")
    chosen = await office.presses(OFFICER, "张书记")
    await office.does(OFFICER, "access_log.find")
    unknown = await office.says(OFFICER, "没有这个人")

    assert "请选择岗位" in which
    assert number in chosen
    assert "没有找到“没有这个人”" in unknown


async def test_what_somebody_saw_before_they_had_a_post_is_not_that_posts(office: Office) -> None:
    await with_officer(office)
    number = await quarrel(office)
    office.later(days=1)
    await office.change(
        Post(
            id="post-new",
            unit="E2",
            role=Role.GRID_WORKER,
            person="secretary",
            since=office.now,
        )
    )

    old = await office.does(OFFICER, "access_log.list:post:post-secretary:0")
    new = await office.does(OFFICER, "access_log.list:post:post-new:0")

    assert number in old
    assert "没有查阅记录" in new


@pytest.mark.parametrize(
    "press",
    [
        "access_log.list:case:../x:0",
        "access_log.list:post:nobody:0",
        "access_log.list:all:-:x",
        "access_log.list:other:-:0",
    ],
)
async def test_a_button_that_nobody_made_is_stale(office: Office, press: str) -> None:
    await with_officer(office)

    assert "按钮" in await office.does(OFFICER, press)
