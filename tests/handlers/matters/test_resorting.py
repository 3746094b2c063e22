"""改分类: a level above says what a case is; nothing told in confidence gets out by it."""

from dataclasses import replace

import pytest

from domain.categories import Kind
from domain.matters.matter import Happening
from tests.handlers.chats import Office


async def resorted(office: Office, number: str, *labels: str, by: str = "secretary") -> str:
    """Let somebody sort a case anew; give what they are told at last."""
    told = await office.does(by, f"matters.resort:{number}")
    for label in labels:
        told = await office.presses(by, label)
    return told


async def test_a_category_is_put_right_and_the_resident_is_told(office: Office) -> None:
    number = await office.filed()
    before = await office.matter(number)

    told = await resorted(office, number, "办事", "供电")

    after = await office.matter(number)
    assert "已改为“办事 · 供电”" in told
    assert (after.kind, after.category) == (Kind.SERVICE, "power")
    assert (after.owner, after.resolve_by, after.quadrant) == (
        before.owner,
        before.resolve_by,
        before.quadrant,
    )
    assert "归类改为“办事 · 供电”" in office.heard("resident")
    assert "供电" in await office.does("resident", f"matters.show:{number}")
    event = (await office.events(number))[-1]
    assert event.happening is Happening.RESORTED
    assert event.content == {"before": "lighting", "category": "power"}
    assert "改了分类" in await office.does("secretary", f"matters.story:{number}")


async def test_another_kind_keeps_number_owner_and_history(office: Office) -> None:
    number = await office.filed()

    await resorted(office, number, "意见建议", "社区设施")

    after = await office.matter(number)
    assert (after.kind, after.category, after.owner) == (
        Kind.OPINION,
        "facilities",
        "secretary",
    )
    await office.does("secretary", f"matters.accept:{number}")
    assert (await office.matter(number)).accepted_at is not None


async def test_what_becomes_a_dispute_is_confidential_from_then_on(office: Office) -> None:
    number = await office.filed()
    assert (await office.matter(number)).public_space

    await resorted(office, number, "纠纷", "邻里纠纷", by="community")

    after = await office.matter(number)
    assert after.sealed
    assert after.confidential
    assert not after.public_space
    assert "路灯" not in await office.does("street_leader", f"matters.show:{number}")


async def test_what_was_a_dispute_stays_confidential(office: Office) -> None:
    number = await office.filed()
    await resorted(office, number, "纠纷", "邻里纠纷", by="community")

    await resorted(office, number, "办事", "路灯照明", by="community")

    after = await office.matter(number)
    assert after.kind is Kind.SERVICE
    assert after.confidential
    assert not after.public_space


async def test_a_case_that_neighbours_follow_becomes_no_dispute(office: Office) -> None:
    number = await office.filed()
    await office.joins(number, "neighbour")

    told = await resorted(office, number, "纠纷", "邻里纠纷", by="community")

    assert "拆分" in told
    assert (await office.matter(number)).kind is Kind.SERVICE


async def test_the_same_category_is_refused(office: Office) -> None:
    number = await office.filed()

    told = await resorted(office, number, "办事", "路灯照明")

    assert "本来就是这一类" in told
    assert [one.happening for one in await office.events(number)].count(Happening.RESORTED) == 0


async def test_a_question_that_is_a_case_gets_the_deadline_of_one(office: Office) -> None:
    number = await office.filed()
    await office.change(
        replace(
            await office.matter(number),
            kind=Kind.ENQUIRY,
            category="enquiry_other",
            resolve_by=(await office.matter(number)).contact_by,
        )
    )
    before = await office.matter(number)

    await resorted(office, number, "办事", "路灯照明")

    after = await office.matter(number)
    assert after.kind is Kind.SERVICE
    assert after.contact_by == before.contact_by
    assert after.resolve_by > before.resolve_by


async def test_what_somebody_else_sorted_meanwhile_is_not_sorted_over(office: Office) -> None:
    number = await office.filed()
    await office.does("secretary", f"matters.resort:{number}")
    await office.presses("secretary", "办事")
    await resorted(office, number, "办事", "供水", by="community")

    told = await office.presses("secretary", "供电")

    assert (await office.matter(number)).category == "water"
    assert "供水" in told


async def test_an_ended_case_is_not_sorted_anew(office: Office) -> None:
    number = await office.filed()
    await office.does("resident", f"matters.withdraw:{number}")

    told = await office.does("secretary", f"matters.resort:{number}")

    assert "其实是什么" not in told
    assert "撤回" in told
    assert (await office.matter(number)).category == "lighting"


@pytest.mark.parametrize("who", ["worker", "police", "second_secretary", "clerk"])
async def test_without_the_right_nobody_sorts(office: Office, who: str) -> None:
    number = await office.filed()

    await office.does(who, f"matters.resort:{number}")

    assert "改分类" not in " ".join(office.labels(who))
    assert (await office.matter(number)).category == "lighting"
