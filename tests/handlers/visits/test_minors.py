"""Each look at a minor's entry is approved by a responsible person, for one visit, and logged."""

from datetime import timedelta

from storage.access_log import Sought, list_looks
from storage.visits.entries import list_approvals
from tests.handlers.visits.page import CHILD, PageOffice


async def asks(office: PageOffice, which: str, who: str = "page:worker") -> str:
    await office.does(who, f"visits.show:{which}")
    await office.presses(who, "申请查看")
    return await office.says(who, "本月走访")


async def test_without_an_approval_a_minors_entry_opens_for_nobody(office: PageOffice) -> None:
    entry = await office.registers(**CHILD)

    for who in ("page:worker", "page:secretary", "page:community"):
        told = await office.does(who, f"visits.unseal:{entry.id}:visit")
        assert "小满" not in told
        assert "要先经负责人审批" in told or "没有" in told, (who, told)
    for press in ("good:{}:1", "more:{}", "edit:{}", "copy:{}", "renew:{}", "family:{}"):
        told = await office.does("page:community", f"visits.{press.format(entry.id)}")
        assert "小满" not in told, press


async def test_a_responsible_person_opens_it_for_one_visit(office: PageOffice) -> None:
    entry = await office.registers(**CHILD)
    asked = await asks(office, entry.id)

    assert "已经报 王书记 审批" in asked
    assert "有一份未成年人走访材料请您审批" in office.all_said("community")
    assert "小满" not in office.all_said("community")
    shown = await office.does("page:community", "visits.approvals")
    assert "本月走访" in shown
    await office.presses("page:community", "同意，仅限这次走访")

    assert "小满" in await office.opens("page:worker", entry)
    await office.presses("page:worker", "一切都好")

    # The window is over with that visit.
    again = await office.does("page:worker", f"visits.unseal:{entry.id}:check")
    assert "要先经负责人审批" in again
    async with office.database.read() as tx:
        looks = await list_looks(tx, Sought(subject=entry.subject), limit=10)
    assert [one.person for one in looks] == ["worker"]


async def test_an_approval_lapses_by_itself(office: PageOffice) -> None:
    entry = await office.registers(**CHILD)
    await asks(office, entry.id)
    await office.does("page:community", "visits.approvals")
    await office.presses("page:community", "同意，仅限这次走访")
    office.now += timedelta(hours=72)

    told = await office.does("page:worker", f"visits.unseal:{entry.id}:visit")

    assert "小满" not in told


async def test_it_opens_for_the_one_who_asked_and_for_nobody_else(office: PageOffice) -> None:
    entry = await office.registers(**CHILD)
    await asks(office, entry.id)
    await office.does("page:community", "visits.approvals")
    await office.presses("page:community", "同意，仅限这次走访")

    told = await office.does("page:secretary", f"visits.unseal:{entry.id}:check")

    assert "小满" not in told


async def test_a_refusal_opens_nothing_and_is_told(office: PageOffice) -> None:
    entry = await office.registers(**CHILD)
    await asks(office, entry.id)
    await office.does("page:community", "visits.approvals")
    await office.presses("page:community", "不同意")

    assert "没有同意" in office.all_said("worker")
    told = await office.does("page:worker", f"visits.unseal:{entry.id}:visit")
    assert "小满" not in told


async def test_nobody_approves_what_they_asked_for(office: PageOffice) -> None:
    entry = await office.registers(**CHILD)
    told = await asks(office, entry.id, "page:community")
    assert "已经报 赵主任 审批" in told

    async with office.database.read() as tx:
        (approval,) = await list_approvals(tx, entry.id)
    refused = await office.does("page:community", f"visits.decide:{approval.id}:yes")

    assert "自己的申请不能自己审批" in refused


async def test_a_worker_approves_nothing(office: PageOffice) -> None:
    entry = await office.registers(**CHILD)
    await asks(office, entry.id)
    async with office.database.read() as tx:
        (approval,) = await list_approvals(tx, entry.id)

    told = await office.does("page:secretary", f"visits.decide:{approval.id}:yes")

    assert "（visits.approve/grid_secretary）" in told


async def test_a_decision_is_made_once(office: PageOffice) -> None:
    entry = await office.registers(**CHILD)
    await asks(office, entry.id)
    async with office.database.read() as tx:
        (approval,) = await list_approvals(tx, entry.id)
    await office.does("page:community", f"visits.decide:{approval.id}:yes")

    told = await office.does("page:leader", f"visits.decide:{approval.id}:no")

    assert "已同意" in told


async def test_the_same_look_is_asked_for_once(office: PageOffice) -> None:
    entry = await office.registers(**CHILD)
    await asks(office, entry.id)

    assert "正在等审批" in await asks(office, entry.id)
