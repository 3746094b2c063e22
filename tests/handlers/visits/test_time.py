"""自动提醒: before, on and after the day, once per step; late, it climbs; nobody is named."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.visits.entries import EndReason, EntryState
from domain.visits.needs import NeedState
from handlers.visits.owed import FEATURE
from storage.work import Work
from tests.handlers.visits.page import PageOffice
from tests.handlers.visits.test_needs import finds


def at(day: int, hour: int, month: int = 12) -> datetime:
    """Give a moment of the end of 2026 on the office's clock."""
    return datetime(2026, month, day, hour, tzinfo=UTC) - timedelta(hours=8)


async def heard(office: PageOffice, until: datetime) -> list[tuple[str, str]]:
    """Let time pass; give who was told what."""
    told = await office.passes(until)
    return [
        (line.partition(": ")[0].removeprefix("→ "), line.partition(": ")[2])
        for line in told.split("\n")
        if line.startswith("→ ") and "走访" in line
    ]


async def test_the_worker_hears_before_and_on_the_day_and_the_ladder_after_it(
    office: PageOffice,
) -> None:
    await office.registers()  # on 24 November: due on 24 December

    told = await heard(office, at(29, 12))

    assert [(who, said.partition("：")[0]) for who, said in told] == [
        ("worker", "有一次走访快到期了"),
        ("worker", "有一次走访今天到期"),
        *sorted([("secretary", told[2][1].partition("：")[0]), ("worker", "有一次走访逾期了")]),
        *sorted([("community", told[4][1].partition("：")[0]), ("worker", "有一次走访逾期了")]),
        *sorted([("leader", told[6][1].partition("：")[0]), ("worker", "有一次走访逾期了")]),
    ]
    assert "有一次走访逾期，应在" in told[2][1]
    assert "赵桂英" not in " ".join(said for _, said in told)


async def test_a_visit_that_was_made_is_not_reminded_of(office: PageOffice) -> None:
    entry = await office.registers()
    await office.passes(at(23, 12))
    await office.is_well("page:worker", entry)

    assert await heard(office, at(31, 12)) == []


async def test_the_reminder_leads_to_the_visit_and_is_true_when_it_is_pressed(
    office: PageOffice,
) -> None:
    entry = await office.registers()
    await office.passes(at(24, 9))

    button = office.button("worker", "去看看")

    assert button == f"visits.show:{entry.id}"
    assert "今天到期" in await office.does("page:worker", button)


async def test_a_restart_in_the_middle_tells_nothing_twice(office: PageOffice) -> None:
    await office.registers()
    told = await heard(office, at(24, 9))
    office.restart()
    told += await heard(office, at(24, 20))

    assert [said.partition("：")[0] for _, said in told] == [
        "有一次走访快到期了",
        "有一次走访今天到期",
    ]


@pytest.mark.requirement("V-03")
async def test_each_step_is_told_once_over_a_stop_and_through_the_night_and_then_it_climbs(
    office: PageOffice,
) -> None:
    await office.registers()
    first = await office.passes(at(18, 12))
    office.restart()
    # It is late in the evening of the due day when the clock runs again: nobody is disturbed.
    night = await office.wakes(at(24, 22))
    again = await office.wakes(at(24, 23))
    morning = await heard(office, at(25, 7))
    opened = await heard(office, at(26, 12))

    assert first.count("快到期了") == 1
    assert [night, again, morning] == ["", "", []]
    assert sorted(who for who, said in opened if "逾期" in said) == ["secretary", "worker"]
    assert not [said for _, said in opened if "快到期了" in said]
    later = await heard(office, at(27, 12))
    assert sorted(who for who, _ in later) == ["community", "worker"]


async def test_a_need_without_effect_climbs_like_a_visit(office: PageOffice) -> None:
    which = await finds(office)
    told = await heard(office, at(3, 12))

    assert ("worker", told[-1][1]) in told or told
    assert any("需求还没见效" in said for who, said in told if who == "worker")
    assert any("需求还没见效" in said for who, said in told if who == "secretary")
    assert "药盒" not in " ".join(said for _, said in told)
    assert (await office.needs(which))[0].state is NeedState.OPEN


# --- the register's own clock --------------------------------------------------------------------


async def test_an_entry_is_reviewed_before_its_term_ends_and_ends_by_itself(
    office: PageOffice,
) -> None:
    entry = await office.registers()
    await office.does("page:worker", f"visits.wish:{entry.id}")
    await office.presses("page:worker", "暂时不需要走访")
    await office.presses("page:worker", "提交")

    asked = await office.passes(entry.valid_until - timedelta(days=29))
    ended = await office.passes(entry.valid_until + timedelta(hours=12))

    assert f"走访对象 {entry.sign} 有效期到" in asked
    assert {"secretary", "worker"} <= {
        line.partition(":")[0].removeprefix("→ ") for line in asked.split("\n") if line
    }
    assert "已自动终止" in ended
    after = await office.entry(entry.id)
    assert (after.state, after.end_reason) == (EntryState.ENDED, EndReason.EXPIRED)
    assert not (await office.plan(entry.subject)).is_owed


async def test_a_renewed_entry_does_not_end(office: PageOffice) -> None:
    entry = await office.registers()
    await office.does("page:worker", f"visits.wish:{entry.id}")
    await office.presses("page:worker", "暂时不需要走访")
    await office.presses("page:worker", "提交")
    await office.passes(entry.valid_until - timedelta(days=20))
    await office.does("page:secretary", f"visits.renew:{entry.id}:yes")

    await office.passes(entry.valid_until + timedelta(days=10))

    assert (await office.entry(entry.id)).state is EntryState.ACTIVE


# --- what is owed --------------------------------------------------------------------------------


async def test_what_is_owed_stands_in_the_lists_by_its_sign(office: PageOffice) -> None:
    which = await finds(office)
    entry = await office.entry(which)

    mine = await office.does("page:worker", "todo.open")
    labels = " ".join(office.labels("page:worker"))
    await office.does("worker", "todo.open")
    elsewhere = " ".join(office.labels("worker"))

    assert mine
    assert f"走访 {entry.sign} · 第一网格" in labels
    assert f"走访需求 {entry.sign} · 第一网格" in labels
    assert "赵桂英" not in labels + elsewhere
    assert f"走访 {entry.sign}" in elsewhere


async def test_the_overview_counts_what_is_late_and_the_open_needs(office: PageOffice) -> None:
    await finds(office)
    await office.registers(name="钱大爷")
    office.now = at(28, 9)

    await office.does("community", "overview.open")

    line = next(one for one in office.labels("community") if "第一网格" in one)
    assert "3" in line, line


async def test_nothing_that_is_owed_is_without_owner_deadline_and_next_action(
    office: PageOffice,
) -> None:
    await finds(office)
    assert FEATURE.owes is not None
    async with office.database.read() as tx:
        work = Work(
            tx=tx,
            street=await office.street(),
            now=office.now,
            numbers=None,  # type: ignore[arg-type]
            hands_over=(),
            procedures=(),
        )
        owed = await FEATURE.owes.of_person(work, "worker")

    assert len(owed) == 2
    assert all(one.owner == "worker" and one.due_at > office.now and one.action for one in owed)


# --- other hands ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["entry", "need"])
async def test_whoever_leaves_leaves_nobody_without_a_visitor(
    office: PageOffice, kind: str
) -> None:
    which = await finds(office)
    entry = await office.entry(which)
    (need,) = await office.needs(which)
    await office.does("page:community", "posts.end:worker")

    plan = await office.plan(entry.subject if kind == "entry" else need.subject)
    assert plan.owner == "secretary"
    assert (await office.entry(which)).owner == "secretary"
    assert "转给您了" in office.all_said("secretary")
