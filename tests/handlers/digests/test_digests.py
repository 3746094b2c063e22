"""Digests on demand, and everything that time says, in words."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from bot.configuration.street_source import hours_of
from bot.words.wording import wording_for
from domain.people import Language, Purpose
from scheduler.digests import digests as job
from scheduler.jobs import Means
from scheduler.ticker import Ticker
from storage.digests.digests import digests
from storage.files import FileStore
from storage.matters.matters import matters
from storage.matters.retention import end_holds
from storage.outbox import outbox
from storage.people import accounts, list_consents
from tests.handlers.chats import Office
from tests.scheduler.desk import at, here
from tests.street import settings

DUE = at(30, 8, 30)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "in_subprocess", here)


async def pass_time(office: Office, until: object) -> str:
    """Let time pass as the demonstration does, and give everything that was said meanwhile."""
    means = Means(
        database=office.database,
        street=office.source.current,
        files=FileStore(office.folder, office.database.keyring),
        hours=hours_of(settings(office.folder)),
        say=lambda words, language: wording_for(language, strict=True).text(words),
    )
    moment = office.now + until if isinstance(until, timedelta) else until
    await Ticker(means, lambda: office.now).catch_up(moment)  # type: ignore[arg-type]
    office.now = moment  # type: ignore[assignment]
    before = len(office.said)
    await office.arrive_together()
    return "\n".join(str(said) for said in office.said[before:])


# --- staff ---------------------------------------------------------------------------------------


@pytest.mark.requirement("D-05")
async def test_a_secretary_reads_this_and_earlier_weeks(office: Office) -> None:
    await office.filed()
    said = await pass_time(office, at(37, 9))
    assert "第一网格 一周情况" in said

    weeks = await office.does("secretary", "digests.list")
    shown = await office.does("secretary", "digests.show:E1:2026-W48")

    assert "2026年11月23日（周一）—29日（周日）" in weeks
    assert "2026年11月30日（周一）—12月6日（周日）" in weeks
    assert "收到：1（办事 1）" in shown
    assert "响应率：0%（1 件里 0 件按时）" in shown
    assert "解决率：暂无（0 件）" in shown
    assert "files" in shown


@pytest.mark.requirement("M-06")
async def test_who_reads_the_digest_sees_how_long_a_sign_waited(office: Office) -> None:
    await office.does("police", "matters.sign")
    await office.says("police", "3号楼两家为停车位天天吵，快要动手了")
    for label in ("邻里纠纷", "第一网格", "跳过", "提交"):
        if any(label in one for one in office.labels("police")):
            await office.presses("police", label)
    await office.presses("secretary", "接单")
    office.later(hours=2)
    await office.presses("secretary", "已联系")

    said = await pass_time(office, DUE)

    assert "首次联系用时：中位数 2小时（1 件）" in said
    assert "纠纷首次介入用时：中位数 2小时（1 件）" in said


async def test_every_figure_leads_to_its_cases(office: Office) -> None:
    number = await office.filed()
    await pass_time(office, DUE)

    await office.does("secretary", "digests.show:E1:2026-W48")
    await office.presses("secretary", "数字来源")
    shown = await office.presses("secretary", "收到 1")

    assert number in shown
    assert office.labels("secretary")[0].endswith(number)


async def opines(office: Office, who: str, words: str) -> None:
    """Let a resident of the first grid give an opinion."""
    await office.starts(who, "g-E1")
    await office.does(who, "matters.opinion")
    await office.says(who, words)
    await office.presses(who, "社区设施")
    while "确认无误" not in office.heard(who) and "跳过" in "".join(office.labels(who)):
        await office.presses(who, "跳过")
    await office.presses(who, "提交")


@pytest.mark.parametrize("by", ["themselves", "time"])
async def test_what_is_erased_leaves_no_word_in_a_digest(office: Office, by: str) -> None:
    """Neither in the one that was pushed, nor in what was opened, nor in what is kept."""
    office.now = at(29, 20)  # nothing is overdue yet: the digest alone names the cases
    for who, gate in (("anna", "东门"), ("bert", "南门"), ("carl", "西门")):
        await opines(office, who, f"{gate}的路灯坏了很久，欧阳测试家门口最黑")
    pushed = await pass_time(office, DUE)
    opened = await office.does("leader", "digests.show:E:2026-W48")
    assert "路灯" in pushed
    assert "路灯" in opened
    assert len(await digests_that_say(office, "路灯")) > 1
    assert await digests_that_say(office, "欧阳") == []

    if by == "themselves":
        await office.does("anna", "residents.ask_erase")
        await office.presses("anna", "继续删除")
        await office.presses("anna", "确定全部删除")
    else:
        async with office.database.write() as tx:
            await tx.run(matters.update().values(restricted_until=office.now))
            assert await end_holds(tx, office.now + timedelta(days=1)) == 3

    assert await digests_that_say(office, "路灯") == []
    again = await office.does("community", "digests.show:E:2026-W48")
    assert "路灯" not in again
    assert "社区设施（3 件，前几周没有）" in again


async def digests_that_say(office: Office, words: str) -> list[str]:
    """Give to whom digests with some words in them were told, of all that is kept."""
    async with office.database.read() as tx:
        rows = await tx.rows(select(outbox).where(outbox.c.sealed.is_not(None)))
        told = [
            (row.person, json.dumps(tx.keyring.unseal(row.sealed), ensure_ascii=False))
            for row in rows
        ]
    return [person for person, body in told if "digests.title" in body and words in body]


async def test_a_leader_chooses_among_the_units_below(office: Office) -> None:
    await pass_time(office, DUE)

    units = await office.does("community", "digests.list")
    weeks = await office.presses("community", "第二网格")

    assert "东园社区" in units
    assert "西园" not in units
    assert "第二网格 的周报" in weeks


async def test_a_unit_without_a_digest_says_so(office: Office) -> None:
    assert "第一网格 还没有周报" in await office.does("secretary", "digests.list")


@pytest.mark.parametrize(
    ("who", "action"),
    [
        ("worker", "digests.list"),
        ("worker", "digests.show:E1:2026-W48"),
        ("secretary", "digests.show:E:2026-W48"),
        ("secretary", "digests.show:W1:2026-W48"),
        ("secretary", "digests.behind:S:2026-W48"),
        ("clerk", "digests.list"),
    ],
)
async def test_nobody_reads_a_digest_above_or_beside_their_post(
    office: Office, who: str, action: str
) -> None:
    assert "不能做这一步" in await office.does(who, action)


@pytest.mark.parametrize(
    "action",
    [
        "digests.show:E1:2026-W47",
        "digests.show:E1:whenever",
        "digests.show:E1",
        "digests.behind:E1:2026-W48:99",
        "digests.behind:E1:2026-W48:-1",
        "digests.behind:E1:2026-W48:²",
        "digests.list:E1:x",
        "digests.list:nowhere",
        "digests.list:E1:0:0:0",
    ],
)
async def test_a_made_up_button_gets_a_clear_answer(office: Office, action: str) -> None:
    await pass_time(office, DUE)

    assert await office.does("secretary", action) != ""


@pytest.mark.requirement("D-05")
async def test_a_week_that_is_missing_shows_in_the_list(office: Office) -> None:
    await pass_time(office, at(44, 9))
    async with office.database.write() as tx:
        await tx.run(digests.delete().where(digests.c.week == "2026-W49"))

    weeks = await office.does("secretary", "digests.list")

    assert "2026年11月30日（周一）—12月6日（周日）：没有周报（缺口）" in weeks


async def test_many_weeks_are_leafed_through(office: Office) -> None:
    await pass_time(office, at(24 + 7 * 11, 9))

    await office.does("secretary", "digests.list")
    newest = len(office.labels("secretary"))
    await office.presses("secretary", "较早")

    assert newest == 8 + 2
    assert "较新" in "".join(office.labels("secretary"))


# --- residents -----------------------------------------------------------------------------------


async def test_a_resident_begins_and_stops_the_weekly_summary(office: Office) -> None:
    await office.starts("resident", "g-E1")

    begun = await office.does("resident", "digests.summary:on")
    await pass_time(office, at(30, 10))
    told = str(office.latest("resident"))
    stopped = await office.presses("resident", "不再接收")
    await pass_time(office, at(37, 11))

    assert "东园社区" in begun
    assert "一周小结" in told
    assert "不再发送" in stopped
    assert "一周小结" not in str(office.latest("resident"))
    async with office.database.read() as tx:
        person = next(said.person for said in office.said)
        rows = await list_consents(tx, await _person_id(office, person))
    assert [
        (one.purpose, one.withdrawn_at is None)
        for one in rows
        if one.purpose is Purpose.WEEKLY_SUMMARY
    ] == [(Purpose.WEEKLY_SUMMARY, False)]


async def _person_id(office: Office, address: str) -> str:
    async with office.database.read() as tx:
        return str(await tx.scalar(select(accounts.c.person).where(accounts.c.address == address)))


async def test_a_resident_looks_at_the_latest_summary_without_subscribing(office: Office) -> None:
    await office.filed()
    await pass_time(office, DUE)

    told = await office.does("resident", "digests.summary")

    assert "大家反映：1" in told
    assert "每周接收小结" in "".join(office.labels("resident"))


async def test_before_the_first_week_there_is_none(office: Office) -> None:
    await office.starts("resident", "g-E1")

    assert "还没有每周小结" in await office.does("resident", "digests.summary")


async def test_without_a_grid_nobody_knows_which_summary(office: Office) -> None:
    await office.starts("resident")

    for wanted in ("digests.summary", "digests.summary:on"):
        assert "网格" in await office.does("resident", wanted)
    assert "选择网格" in "".join(office.labels("resident"))


async def test_a_made_up_wish_is_stale(office: Office) -> None:
    await office.starts("resident", "g-E1")

    assert await office.does("resident", "digests.summary:maybe") != ""


# --- what time says, in both languages -----------------------------------------------------------


@pytest.mark.parametrize("language", list(Language))
async def test_everything_that_time_says_has_its_words(office: Office, language: Language) -> None:
    """Strict wording: a missing key or field would fail here."""
    first = await office.filed("3号楼路灯坏了", by="one")
    for _ in range(2):
        await office.filed("5号楼下水道堵了", by="two")
    await office.does("secretary", f"matters.accept:{first}")
    async with office.database.write() as tx:
        await tx.run(text(f"UPDATE people SET language = '{language}'"))  # noqa: S608  # a constant

    said = await pass_time(office, at(60, 12))

    assert said
    if language is Language.ENGLISH:
        assert "overdue" in said
    else:
        assert "已超时" in said
