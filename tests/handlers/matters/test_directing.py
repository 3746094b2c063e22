"""What a level above puts right: what it costs is said first, nobody pays for others' delay."""

from datetime import timedelta

from domain.matters.matter import Step
from storage.matters.casework import MATTER
from storage.organisation import write_duty
from storage.reminders import find_reminder
from tests.handlers.chats import Office

# --- another desk --------------------------------------------------------------------------------


async def moved_to_the_second_grid(office: Office, number: str) -> str:
    """Let the community's secretary put a case on the desk of the other grid."""
    await office.does("community", f"matters.choose_unit:{number}")
    await office.presses("community", "第二网格")
    await office.presses("community", "钱书记")
    return await office.says("community", "路口在第二网格")


async def test_a_new_owner_has_the_whole_time_for_the_first_contact_and_the_promise_stays(
    office: Office,
) -> None:
    number = await office.filed()
    promised = (await office.matter(number)).resolve_by
    office.later(hours=26)

    told = await moved_to_the_second_grid(office, number)

    moved = await office.matter(number)
    assert moved.contact_by == office.now + timedelta(hours=6)  # four working hours, and noon
    assert moved.resolve_by == promised
    assert not moved.is_overdue(office.now)
    assert "首次联系从现在重新计时" in told
    assert "超时" not in office.heard("second_secretary")
    assert "前联系您，办好的时限不变" in office.heard("resident")


async def test_a_promise_that_was_missed_already_stays_missed(office: Office) -> None:
    number = await office.filed()
    office.later(days=7)

    await moved_to_the_second_grid(office, number)

    assert "办理超时" in office.heard("second_secretary")
    assert "联系超时" not in office.heard("second_secretary")
    assert (await office.matter(number)).resolve_by < office.now


async def test_who_spoke_with_the_resident_has_done_so_for_the_next_desk(office: Office) -> None:
    number = await office.filed()
    await office.presses("secretary", "接单")
    await office.presses("secretary", "已联系居民")
    before = await office.matter(number)
    office.later(hours=26)

    told = await moved_to_the_second_grid(office, number)

    after = await office.matter(number)
    assert (after.contacted_at, after.contact_by) == (before.contacted_at, before.contact_by)
    assert "重新计时" not in told


async def test_danger_gets_no_time_by_changing_desks(office: Office) -> None:
    number = await office.filed()
    await office.does("community", f"matters.triage:{number}:3:3")
    await office.says("community", "会触电")
    due = (await office.matter(number)).contact_by
    office.later(minutes=30)

    await moved_to_the_second_grid(office, number)

    assert (await office.matter(number)).contact_by == due


async def test_another_priority_counts_the_contact_from_the_new_desk(office: Office) -> None:
    number = await office.filed()
    office.later(hours=26)
    await moved_to_the_second_grid(office, number)

    await office.does("community", f"matters.triage:{number}:1:1")
    await office.says("community", "不急")

    assert (await office.matter(number)).contact_by > office.now + timedelta(hours=7)


async def test_the_new_owner_is_reminded_of_the_contact_anew(office: Office) -> None:
    number = await office.filed()
    office.later(hours=26)
    await moved_to_the_second_grid(office, number)

    async with office.database.read() as tx:
        reminder = await find_reminder(tx, MATTER, number)

    assert reminder is not None
    assert reminder.step == Step.CONTACT_SOON


async def test_a_place_stays_as_it_was_said_when_the_case_changes_grids(office: Office) -> None:
    number = await office.filed("东园社区3号楼路灯坏了")
    said = (await office.matter(number)).particulars.place_text

    await moved_to_the_second_grid(office, number)

    card = await office.does("community", f"matters.show:{number}")
    assert said == "东园社区3号楼"
    assert "地点：第二网格 · 东园社区3号楼" in card


# --- danger ---------------------------------------------------------------------------------------


async def splits_off(office: Office, number: str, words: str) -> str:
    """Let the community's secretary split a part off a case, and give its read-back."""
    await office.does("community", f"matters.split:{number}")
    await office.says("community", words)
    await office.presses("community", "办事")
    return await office.presses("community", "其他办事")


async def test_whoever_splits_off_danger_reads_first_that_people_are_called(
    office: Office,
) -> None:
    number = await office.filed("3号楼路灯坏了")

    read_back = await splits_off(office, number, "楼道里煤气味很大，好像漏气了")
    await office.presses("community", "提交")

    assert "提交后马上叫人，夜里和节假日也叫" in read_back
    assert "15 分钟没人接单" in read_back
    child = await office.matter("2026-00002")
    assert (child.urgency, child.dangers) == (3, ("fire",))


async def test_what_is_split_off_without_danger_calls_nobody(office: Office) -> None:
    number = await office.filed("3号楼路灯坏了")

    read_back = await splits_off(office, number, "垃圾没人清运")

    assert "马上叫人" not in read_back


async def test_danger_that_is_split_off_at_night_goes_to_whoever_is_on_duty(
    office: Office,
) -> None:
    number = await office.filed("3号楼路灯坏了")
    office.later(hours=14)
    async with office.database.write() as tx:
        shift = {
            "id": "night",
            "person": "dispatcher",
            "starts_at": office.now - timedelta(hours=1),
            "ends_at": office.now + timedelta(hours=8),
        }
        await write_duty(tx, [shift])

    await splits_off(office, number, "有人被困在电梯里了")
    await office.presses("community", "提交")

    assert (await office.matter("2026-00002")).owner == "dispatcher"


async def test_whoever_makes_a_case_an_emergency_reads_first_that_people_are_called(
    office: Office,
) -> None:
    number = await office.filed()
    await office.does("community", f"matters.choose_priority:{number}")

    asked = await office.presses("community", "有危险")

    assert "马上叫人，夜里和节假日也叫" in asked
    assert (await office.matter(number)).urgency == 2


async def test_an_ordinary_change_of_priority_threatens_nobody(office: Office) -> None:
    number = await office.filed()
    await office.does("community", f"matters.choose_priority:{number}")

    assert "叫人" not in await office.presses("community", "一般")
