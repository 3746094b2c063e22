"""A new device shows a code, staff confirm whom they have before them; told as chats."""

import re

import pytest

from domain.matters.matter import Happening
from domain.people import LINK_ATTEMPTS, Account
from storage.people import accounts_by_id, list_accounts
from tests.handlers.chats import Office
from tests.handlers.posts.test_windows import files_for

_CODE = re.compile(r"\d{4} \d{4}(?! \d)")
NOBODY = "没有设备在显示这个码"


async def shown(office: Office, who: str) -> str:
    """Let a device show its code, and give it."""
    words = await office.does(who, "residents.new_device")
    return str(_CODE.findall(words)[0])


async def confirmed(office: Office, number: str, who: str = "new", by: str = "secretary") -> None:
    """Let staff confirm whose a device is."""
    await office.starts(who, "g-E1")
    code = await shown(office, who)
    await office.does(by, f"posts.ask_relink:{number}")
    await office.says(by, code)
    await office.presses(by, "当面核对")


async def back(office: Office, number: str, who: str = "new", by: str = "secretary") -> str:
    """Bring a resident back to a new device; give what it is told."""
    await confirmed(office, number, who, by)
    return await office.presses(who, "是我，回到以前的事项")


async def account_of(office: Office, address: str) -> Account:
    account_id = next(said.account for said in reversed(office.said) if said.person == address)
    async with office.database.read() as tx:
        return (await accounts_by_id(tx, [account_id]))[account_id]


# --- the way back --------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["secretary", "community"])
async def test_a_resident_with_a_new_phone_is_brought_back(office: Office, by: str) -> None:
    number = await office.filed()

    told = await back(office, number, by=by)
    listed = await office.commands("new", "my")

    assert "找回来了" in told
    assert number in listed
    assert (await office.events(number))[-1].happening is Happening.RELINKED
    assert "当面核对本人" in await office.does(by, f"matters.story:{number}")


async def test_somebody_who_came_to_the_window_gets_a_phone_later(office: Office) -> None:
    await files_for(office)

    await back(office, "2026-00001")

    assert "2026-00001" in await office.commands("new", "my")


async def test_what_was_filed_on_the_new_phone_comes_along(office: Office) -> None:
    number = await office.filed()
    later = await office.filed("5号楼水管漏水", by="new")

    await back(office, number)

    listed = await office.commands("new", "my")
    assert number in listed
    assert later in listed


@pytest.mark.parametrize("known", [True, False])
async def test_a_call_back_takes_a_number_on_record(office: Office, known: bool) -> None:
    number = await office.filed()
    if known:
        await office.does("resident", "residents.set_phone")
        await office.says("resident", "13800138000")
    await office.starts("new", "g-E1")
    code = await shown(office, "new")

    await office.does("secretary", f"posts.ask_relink:{number}")
    asked = await office.says("secretary", code)
    pressed = await office.does(
        "secretary", f"posts.relink:{number}:called:{office.code_ref(code.replace(' ', ''))}"
    )

    assert ("回拨" in asked) is known
    assert ("按登记电话" in await office.does("secretary", f"matters.story:{number}")) is known
    assert pressed


async def test_nothing_happens_before_the_device_agrees(office: Office) -> None:
    number = await office.filed()
    later = await office.filed("5号楼水管漏水", by="new")
    await confirmed(office, number)

    before = await office.commands("new", "my")
    refused = await office.presses("new", "不是我")

    assert number not in before
    assert "什么都没有改变" in refused
    assert later not in await office.commands("resident", "my")


async def test_it_goes_on_after_a_restart_in_the_middle(office: Office) -> None:
    number = await office.filed()
    await confirmed(office, number)
    office.restart()

    told = await office.presses("new", "是我，回到以前的事项")

    assert "找回来了" in told


# --- nobody becomes somebody else ----------------------------------------------------------------


async def test_staff_are_never_shown_a_code(office: Office) -> None:
    number = await office.filed()

    await back(office, number)

    said = [one.words for one in office.said if one.person in ("secretary", "community")]
    assert not [words for words in said if re.search(r"\d{4} \d{4}", words)]


@pytest.mark.parametrize(
    ("words", "hides"), [("建议小区增加停车位", True), ("楼上邻居半夜吵闹", False)]
)
async def test_what_one_may_not_read_one_opens_for_no_device(
    office: Office, words: str, hides: bool
) -> None:
    number = await office.filed()
    await office.starts("resident", "g-E1")
    await office.says("resident", words)
    if hides:
        await office.presses("resident", "要不要匿名")
        await office.presses("resident", "要匿名")
    closed = (await office.presses("resident", "提交")).split("编号 ")[1][:10]
    matter = await office.matter(closed)
    assert matter.hide_name is hides

    await office.starts("new", "g-E1")
    code = (await shown(office, "new")).replace(" ", "")
    asked = await office.does("second_secretary", f"posts.ask_relink:{closed}")
    by_secretary = await office.does("secretary", f"posts.ask_relink:{number}")
    forged = await office.does("secretary", f"posts.relink:{number}:met:{office.code_ref(code)}")
    by_community = await back(office, closed, by="community")

    assert "没有找到" in asked
    if hides:
        assert "要由社区书记办理" in by_secretary
        assert "要由社区书记办理" in forged
    assert "找回来了" in by_community


@pytest.mark.parametrize("person", ["worker", "clerk", "second_secretary", "police", "leader"])
async def test_nobody_else_brings_residents_back(office: Office, person: str) -> None:
    number = await office.filed()
    await office.starts("new", "g-E1")
    code = (await shown(office, "new")).replace(" ", "")

    await office.does(person, f"posts.ask_relink:{number}")
    await office.does(person, f"posts.relink:{number}:met:{office.code_ref(code)}")

    assert office.heard("new") == ""
    assert number not in await office.commands("new", "my")


async def test_only_the_device_that_showed_the_code_can_agree(office: Office) -> None:
    number = await office.filed()
    await confirmed(office, number)
    agree = office.button("new", "是我，回到以前的事项")
    await office.starts("thief", "g-E1")

    told = await office.does("thief", agree)

    assert "已经结束或过期" in told
    assert number not in await office.commands("thief", "my")


async def test_a_code_works_once_and_a_new_one_ends_it(office: Office) -> None:
    number = await office.filed()
    other = await office.filed("5号楼水管漏水", by="neighbour")
    await office.starts("new", "g-E1")
    first = await shown(office, "new")
    second = await shown(office, "new")

    await office.does("secretary", f"posts.ask_relink:{number}")
    with_the_old = await office.says("secretary", first)
    await office.says("secretary", second)
    await office.presses("secretary", "当面核对")
    agree = office.button("new", "是我，回到以前的事项")
    await office.does("new", agree)
    twice = await office.does("new", agree)
    await office.does("secretary", f"posts.ask_relink:{other}")
    again = await office.says("secretary", second)

    assert NOBODY in with_the_old
    assert "已经结束或过期" in twice
    assert NOBODY in again


async def test_a_confirmation_pressed_twice_is_one(office: Office) -> None:
    number = await office.filed()
    await office.starts("new", "g-E1")
    code = await shown(office, "new")
    await office.does("secretary", f"posts.ask_relink:{number}")
    await office.says("secretary", code)
    button = office.button("secretary", "当面核对")

    await office.arrive_together(("secretary", {"action": button}), ("new", {"text": "你好"}))
    again = await office.does("secretary", button)

    assert NOBODY in again
    relinked = [one for one in await office.events(number) if one.happening is Happening.RELINKED]
    assert len(relinked) == 1


@pytest.mark.parametrize("step", ["shown", "confirmed"])
async def test_ten_minutes_later_it_is_over(office: Office, step: str) -> None:
    number = await office.filed()
    await office.starts("new", "g-E1")
    code = await shown(office, "new")
    await office.does("secretary", f"posts.ask_relink:{number}")
    if step == "shown":
        office.later(minutes=10)
        assert NOBODY in await office.says("secretary", code)
        return
    await office.says("secretary", code)
    await office.presses("secretary", "当面核对")
    office.later(minutes=10)

    told = await office.presses("new", "是我，回到以前的事项")

    assert "已经结束或过期" in told
    assert number not in await office.commands("new", "my")


async def test_staff_cannot_guess_what_devices_show(office: Office) -> None:
    number = await office.filed()
    await office.starts("new", "g-E1")
    code = await shown(office, "new")
    await office.does("secretary", f"posts.ask_relink:{number}")
    for guess in range(LINK_ATTEMPTS):
        await office.says("secretary", f"{guess}234 0000")

    blocked = await office.says("secretary", code)

    assert "试的次数太多了，请 今天（11月24日）09:10 以后再试" in blocked


async def test_a_device_of_the_same_resident_needs_nothing(office: Office) -> None:
    number = await office.filed()
    code = await shown(office, "resident")
    await office.does("secretary", f"posts.ask_relink:{number}")

    told = await office.says("secretary", code)

    assert "已经是" in told


# --- who may know better -------------------------------------------------------------------------


async def test_the_old_device_is_warned_and_sends_the_new_one_away(office: Office) -> None:
    number = await office.filed()
    await back(office, number, who="thief")

    assert "新设备接到了您的账号" in office.heard("resident")
    told = await office.presses("resident", "不是我，收回那台设备")
    listed = await office.commands("thief", "my")
    again = await office.does(
        "resident", f"residents.not_me:{(await account_of(office, 'thief')).id}"
    )

    assert "已收回" in told
    assert number not in listed
    assert number in await office.commands("resident", "my")
    assert "过时" in again


async def test_the_level_above_is_told_and_undoes_it(office: Office) -> None:
    number = await office.filed()
    await confirmed(office, number)
    told = office.heard("community")
    await office.presses("new", "是我，回到以前的事项")

    undone = await office.presses("community", "有问题，收回")
    twice = await office.does("community", f"posts.undo_relink:{number}")

    assert "张书记" in told
    assert "当面核对本人" in told
    assert "已收回" in undone
    assert number not in await office.commands("new", "my")
    assert "没有可以收回的新设备" in twice


async def test_after_a_day_it_stays(office: Office) -> None:
    number = await office.filed()
    await back(office, number)
    new = await account_of(office, "new")
    office.later(hours=24)

    told = await office.does("resident", f"residents.not_me:{new.id}")
    above = await office.does("community", f"posts.undo_relink:{number}")
    code = await office.does("new", "residents.recovery:new")

    assert "过时" in told
    assert "没有可以收回的新设备" in above
    assert number in await office.commands("new", "my")
    assert "您的恢复码" in code


@pytest.mark.parametrize(
    "action",
    [
        *(
            "residents.ask_erase",
            "residents.ask_erase:go",
            "residents.export",
            "residents.recovery:new",
            "residents.offer_code",
            "residents.new_device",
        ),
        *(
            "residents.ask_unlink:{other}",
            "residents.unlink:{other}",
            "matters.ask_withdraw:{n}",
            "matters.withdraw:{n}",
        ),
        *("matters.judge:{n}:yes", "matters.rate:{n}:5"),
    ],
)
async def test_until_then_the_new_device_can_do_nothing_for_good(
    office: Office, action: str
) -> None:
    number = await office.filed()
    other = (await account_of(office, "resident")).id
    await back(office, number)

    told = await office.does("new", action.format(n=number, other=other))

    assert "才能做这一步" in told


async def test_a_device_on_trial_takes_nobody_along_to_a_third_account(office: Office) -> None:
    number = await office.filed()
    await office.starts("third", "g-E1")
    link = _CODE.findall(await office.does("third", "residents.offer_code"))[0]
    recovery = re.findall(
        r"\d{4}(?: \d{4}){3}", await office.does("third", "residents.recovery:new")
    )[0]
    await back(office, number, who="thief")

    by_link = await office.says("thief", link)
    by_recovery = await office.says("thief", recovery)

    assert "才能做这一步" in by_link
    assert "才能做这一步" in by_recovery
    assert number not in await office.commands("third", "my")


async def test_other_accounts_of_the_new_device_go_away_with_it(office: Office) -> None:
    number = await office.filed()
    await office.starts("tablet", "g-E1")
    await office.starts("thief", "g-E1")
    link = _CODE.findall(await office.does("thief", "residents.offer_code"))[0]
    await office.says("tablet", link)
    await office.presses("tablet", "是我本人")
    await office.presses("thief", "是我本人")
    await back(office, number, who="thief")
    resident = await account_of(office, "resident")

    await office.presses("resident", "不是我，收回那台设备")

    assert number not in await office.commands("tablet", "my")
    async with office.database.read() as tx:
        left = (await list_accounts(tx, [resident.person]))[resident.person]
    assert [one.id for one in left] == [resident.id]
