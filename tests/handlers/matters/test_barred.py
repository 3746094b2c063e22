"""Whoever may be accused in a case has to withdraw: they get it by no way, and learn nothing."""

import pytest

from domain.matters.assignment import standing
from domain.organisation import Post, Role
from tests.handlers.chats import Office
from tests.street import EAST, EAST_1

#: Bad conduct beside the name of the first grid's secretary, 张书记.
WORDS = "路灯坏了，张书记还骂人"


async def told_of(office: Office, by: str = "anna") -> str:
    """File words that may accuse somebody, although their writer says they are about a matter."""
    await office.starts(by, "g-E1")
    await office.says(by, WORDS)
    await office.presses(by, "只是说事")
    await office.presses(by, "请人来办事")
    shown = await office.presses(by, "提交")
    return shown.partition("编号 ")[2][:10]


async def test_the_one_who_is_named_may_not_know_of_it(office: Office) -> None:
    number = await told_of(office)

    opened = await office.does("secretary", f"matters.show:{number}")
    listed = await office.does("secretary", "todo.open:grid:0")
    overview = await office.does("secretary", f"overview.list:{EAST_1}:all:0")
    handed = await office.does("secretary", f"matters.choose_worker:{number}")

    assert (await office.matter(number)).barred == {"secretary"}
    assert opened == (await office.does("secretary", "matters.show:2026-99999")).replace(
        "2026-99999", number
    )
    assert number not in listed + overview
    assert "没有找到" in handed
    assert WORDS not in office.transcript("secretary")


async def test_the_level_above_has_it_and_is_not_offered_the_one_who_is_named(
    office: Office,
) -> None:
    number = await told_of(office)

    card = office.transcript("community")
    await office.does("community", f"matters.choose_worker:{number}")
    to_worker = office.labels("community")
    await office.does("community", f"matters.choose_desk:{number}:{EAST_1}")
    desks = office.labels("community")

    assert (await office.matter(number)).owner == "community"
    assert number in card
    assert any("李网格员" in one for one in to_worker)
    assert not any("张书记" in one for one in to_worker + desks)


async def test_a_hand_made_press_does_not_give_it_to_them(office: Office) -> None:
    number = await told_of(office)
    before = await office.matter(number)
    mark = standing(before)

    await office.does("community", f"matters.reassign:{number}:{mark}:{EAST_1}:secretary")
    await office.does("community", f"matters.hand_over:{number}:{mark}:secretary")

    assert await office.matter(number) == before


async def test_standing_in_for_others_does_not_give_it_to_them(office: Office) -> None:
    number = await told_of(office)
    await office.change(
        Post(
            id="post-community",
            unit=EAST,
            role=Role.COMMUNITY_SECRETARY,
            person="community",
            since=office.now,
            substitute="secretary",
            away_until=office.now.replace(year=2027),
        )
    )

    assert "没有找到" in await office.does("secretary", f"matters.show:{number}")


async def test_who_comes_to_a_seat_gets_no_case_that_names_them(office: Office) -> None:
    number = await told_of(office)
    await office.does("leader", f"matters.show:{number}")
    await office.does("community", "posts.away")
    await office.presses("community", "赵主任")
    await office.presses("community", "今天")
    await office.presses("community", "提交")

    assert (await office.matter(number)).owner == "leader"


async def test_words_that_only_name_somebody_keep_them_from_nothing(office: Office) -> None:
    await office.starts("anna", "g-E1")
    await office.says("anna", "张书记门口的路灯坏了")
    await office.presses("anna", "只是说事")
    await office.presses("anna", "请人来办事")
    shown = await office.presses("anna", "提交")
    number = shown.partition("编号 ")[2][:10]

    opened = await office.does("secretary", f"matters.show:{number}")

    assert (await office.matter(number)).barred == frozenset()
    assert "门口的路灯坏了" in opened


async def test_a_split_part_and_a_merged_case_bar_the_same_persons(office: Office) -> None:
    number = await told_of(office)
    other = await office.filed(by="bert")
    own = await office.matter(other)
    assert own.owner == "secretary"

    refused = await office.does("community", f"matters.confirm_merge:{number}:{other}")
    await office.does("community", f"matters.choose_unit:{other}")
    await office.does("community", f"matters.choose_desk:{other}:{EAST_1}")
    await office.presses("community", "李网格员")
    await office.says("community", "请网格员办理")
    await office.does("community", f"matters.confirm_merge:{number}:{other}")
    await office.presses("community", "并入")

    assert "须回避" in refused
    assert "依据：本街道规则（" in refused
    assert (await office.matter(other)).barred == {"secretary"}
    assert "没有找到" in await office.does("secretary", f"matters.show:{other}")


@pytest.mark.parametrize("step", ["ask_help", "unseal"])
async def test_no_other_button_opens_it_to_them(office: Office, step: str) -> None:
    number = await told_of(office)
    more = ":police" if step == "ask_help" else ""

    assert "没有找到" in await office.does("secretary", f"matters.{step}:{number}{more}")
