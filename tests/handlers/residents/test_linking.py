"""Several accounts, one person; and nobody who takes over another's account."""

import re

import pytest
from sqlalchemy import select

from domain.people import LINK_ATTEMPTS, Account, Person
from domain.words.pay_secrets import mask
from handlers.accounts import read_code
from handlers.turn import Turn
from storage.codes import find_recovery
from storage.outbox import OutboxState, outbox
from storage.people import accounts_by_id, find_person, list_accounts
from tests.handlers.chats import Office

_LINK_CODE = re.compile(r"\d{4} \d{4}(?! \d)")
_RECOVERY_CODE = re.compile(r"\d{4}(?: \d{4}){3}")
INVALID = "这个数字码无效"
OVER = "这次关联已经结束"
TOO_MANY = "试的次数太多了"


async def account_of(office: Office, address: str) -> Account:
    """Load a resident's account."""
    account_id = next(said.account for said in reversed(office.said) if said.person == address)
    async with office.database.read() as tx:
        return (await accounts_by_id(tx, [account_id]))[account_id]


async def person_of(office: Office, address: str) -> Person:
    account = await account_of(office, address)
    async with office.database.read() as tx:
        person = await find_person(tx, account.person)
    assert person is not None
    return person


async def offered(office: Office, who: str) -> str:
    """Let somebody ask for a link code, and give it."""
    await office.does(who, "residents.offer_code")
    code: str = _LINK_CODE.findall(office.latest(who).words)[0]
    return code.replace(" ", "")


async def recovery_code(office: Office, who: str) -> str:
    """Let somebody ask for a recovery code, and give it."""
    await office.does(who, "residents.recovery:new")
    code: str = _RECOVERY_CODE.findall(office.latest(who).words)[0]
    return code


async def both(office: Office) -> str:
    """Let two accounts begin, the second with a case; give its number."""
    await office.starts("phone", "g-E1")
    return await office.filed(by="laptop")


async def linked(office: Office) -> str:
    """Unite the two; give the number of the second one's case."""
    number = await both(office)
    await office.says("laptop", await offered(office, "phone"))
    await office.presses("laptop", "是我本人")
    await office.presses("phone", "是我本人")
    return number


# --- both agree ----------------------------------------------------------------------------------


async def test_two_accounts_become_one_person_when_both_sides_confirm(office: Office) -> None:
    number = await linked(office)

    mine = await office.does("phone", "matters.mine")
    theirs = await office.does("laptop", "matters.mine")

    assert number in mine
    assert number in theirs
    phone, laptop = await account_of(office, "phone"), await account_of(office, "laptop")
    assert phone.person == laptop.person
    assert (await office.matter(number)).reporter == phone.person


async def test_both_sides_are_told_the_channel_and_the_time_and_warned(office: Office) -> None:
    await both(office)
    code = await offered(office, "phone")
    office.later(minutes=3)

    asked = await office.says("laptop", code)
    await office.presses("laptop", "是我本人")

    assert "Telegram" in asked
    assert "09:00" in asked
    assert "骗局" in asked
    question = office.latest("phone").words
    assert "Telegram" in question
    assert "09:03" in question
    assert "不是您本人操作" in question


async def test_nothing_happens_before_the_second_side_confirms(office: Office) -> None:
    number = await both(office)
    await office.says("laptop", await offered(office, "phone"))
    await office.presses("laptop", "是我本人")

    mine = await office.does("phone", "matters.mine")

    assert number not in mine
    assert (await account_of(office, "phone")).person != (await account_of(office, "laptop")).person


async def test_the_code_can_be_entered_in_a_form_too(office: Office) -> None:
    number = await both(office)
    code = await offered(office, "phone")
    await office.does("laptop", "residents.enter_code")

    await office.says("laptop", f"{code[:4]} {code[4:]}")
    await office.presses("laptop", "是我本人")
    await office.presses("phone", "是我本人")

    assert number in await office.does("phone", "matters.mine")


async def test_in_the_form_anything_but_a_code_is_asked_for_again(office: Office) -> None:
    await office.starts("laptop")
    await office.does("laptop", "residents.enter_code")

    answer = await office.says("laptop", "我的码是1234")

    assert "请只发数字" in answer


async def test_the_one_who_offered_keeps_language_and_gets_what_was_missing(office: Office) -> None:
    await office.starts("phone")
    await office.does("phone", "menu.language:en")
    await office.filed(by="laptop")
    await office.does("laptop", "residents.set_name")
    await office.says("laptop", "王小明")

    await office.says("laptop", await offered(office, "phone"))
    await office.presses("laptop", "是我本人")
    await office.presses("phone", "It is me")

    person = await person_of(office, "phone")
    assert person.language == "en"
    assert person.name == "王小明"
    assert person.grid == "E1"


async def test_a_draft_goes_on_at_the_other_account(office: Office) -> None:
    await office.starts("phone", "g-E1")
    await office.starts("laptop", "g-E1")
    code = await offered(office, "phone")
    await office.says("laptop", code)
    await office.presses("laptop", "是我本人")
    await office.does("laptop", "matters.service")
    await office.says("laptop", "3号楼路灯坏了")
    await office.does("phone", office.button("phone", "是我本人"))

    await office.does("phone", office.button("laptop", "跳过"))
    receipt = await office.presses("phone", "提交")

    assert "2026-00001" in receipt


async def test_a_case_that_one_filed_and_the_other_followed_is_simply_ones_own(
    office: Office,
) -> None:
    number = await office.filed(by="laptop")
    await office.joins(number, "phone")
    await office.says("laptop", await offered(office, "phone"))
    await office.presses("laptop", "是我本人")
    await office.presses("phone", "是我本人")

    shown = await office.does("phone", f"matters.show:{number}")

    assert "路灯坏了" in shown
    assert "撤回" in " ".join(office.labels("phone"))


async def test_every_account_of_both_is_told_of_the_union(office: Office) -> None:
    await linked(office)
    await office.starts("tablet")
    code = await offered(office, "tablet")
    await office.says("laptop", code)
    await office.presses("laptop", "是我本人")

    await office.presses("tablet", "是我本人")

    assert "您的Telegram账号和另一个Telegram账号已关联" in office.heard("phone")
    assert "已关联" in office.heard("laptop")


async def test_several_accounts_in_one_place_are_counted(office: Office) -> None:
    assert "账号：Telegram [" in await office.does("phone", "residents.me")

    await linked(office)

    assert "账号：Telegram（2 个） [" in await office.does("phone", "residents.me")


# --- nobody takes over another's account ---------------------------------------------------------


async def test_wrong_codes_are_limited(office: Office) -> None:
    await both(office)
    code = await offered(office, "phone")
    wrong = [f"{(int(code) + step) % 10**8:08}" for step in range(1, LINK_ATTEMPTS + 1)]

    answers = [await office.says("laptop", one) for one in wrong]
    right = await office.says("laptop", code)

    assert all(INVALID in answer for answer in answers)
    assert TOO_MANY in right
    office.later(minutes=11)
    assert INVALID in await office.says("laptop", code)


async def test_guessing_by_forged_buttons_is_limited_too(office: Office) -> None:
    await both(office)
    code = await offered(office, "phone")
    wrong = [office.code_ref(f"{(int(code) + step) % 10**8:08}") for step in range(1, 6)]

    for one in wrong:
        await office.does("laptop", f"residents.agree:{one}")
    right = await office.does("laptop", f"residents.agree:{office.code_ref(code)}")

    assert TOO_MANY in right


@pytest.mark.parametrize("ref", ["", "%", "_" * 32, "f" * 31, "ü" * 16])
async def test_a_forged_reference_finds_nobody(office: Office, ref: str) -> None:
    await both(office)
    await offered(office, "phone")

    assert INVALID in await office.does("laptop", f"residents.agree:{ref}")
    assert OVER in await office.does("laptop", f"residents.decide:yes:{ref}")


async def test_a_code_expires_after_ten_minutes(office: Office) -> None:
    await both(office)
    code = await offered(office, "phone")
    office.later(minutes=10)

    assert INVALID in await office.says("laptop", code)


async def test_the_first_confirmation_must_come_within_the_ten_minutes(office: Office) -> None:
    await both(office)
    await office.says("laptop", await offered(office, "phone"))
    office.later(minutes=10)

    assert INVALID in await office.presses("laptop", "是我本人")


async def test_the_last_confirmation_must_come_within_the_ten_minutes(office: Office) -> None:
    number = await both(office)
    await office.says("laptop", await offered(office, "phone"))
    await office.presses("laptop", "是我本人")
    office.later(minutes=10)

    answer = await office.presses("phone", "是我本人")

    assert INVALID in answer
    assert number not in await office.does("phone", "matters.mine")


async def test_a_code_works_once(office: Office) -> None:
    await both(office)
    code = await offered(office, "phone")
    await office.says("laptop", code)
    await office.presses("laptop", "是我本人")
    await office.presses("phone", "是我本人")
    await office.starts("thief")

    assert INVALID in await office.says("thief", code)


async def test_a_new_code_ends_the_one_before(office: Office) -> None:
    await both(office)
    first = await offered(office, "phone")
    await office.says("laptop", first)
    await offered(office, "phone")

    assert INVALID in await office.presses("laptop", "是我本人")


async def test_only_the_account_that_offered_may_decide(office: Office) -> None:
    number = await both(office)
    await office.says("laptop", await offered(office, "phone"))
    await office.presses("laptop", "是我本人")
    yes = office.button("phone", "是我本人")
    await office.starts("thief")

    by_thief = await office.does("thief", yes)
    by_answerer = await office.does("laptop", yes)

    assert INVALID in by_thief
    assert INVALID in by_answerer
    assert number not in await office.does("thief", "matters.mine")


async def test_a_third_account_cannot_answer_what_another_answered(office: Office) -> None:
    await both(office)
    code = await offered(office, "phone")
    await office.says("laptop", code)
    yes = office.button("laptop", "是我本人")
    await office.presses("laptop", "是我本人")
    await office.starts("thief")

    assert INVALID in await office.says("thief", code)
    assert INVALID in await office.does("thief", yes)
    await office.presses("phone", "是我本人")
    assert (await account_of(office, "thief")).person != (await account_of(office, "phone")).person


async def test_of_two_answers_at_once_only_one_counts(office: Office) -> None:
    await both(office)
    await office.starts("thief")
    code = await offered(office, "phone")
    await office.says("laptop", code)
    await office.says("thief", code)
    yes = office.button("laptop", "是我本人")

    await office.arrive_together(("laptop", {"action": yes}), ("thief", {"action": yes}))

    assert "再确认一次" in office.heard("laptop")
    assert INVALID in office.heard("thief")
    assert office.heard("phone").count("不是您本人操作") == 1
    await office.presses("phone", "是我本人")
    phone = (await account_of(office, "phone")).person
    assert (await account_of(office, "laptop")).person == phone
    assert (await account_of(office, "thief")).person != phone


async def test_a_doubled_confirmation_does_not_count_as_guessing(office: Office) -> None:
    await both(office)
    await office.says("laptop", await offered(office, "phone"))
    yes = office.button("laptop", "是我本人")

    answers = [await office.does("laptop", yes) for _ in range(LINK_ATTEMPTS + 1)]

    assert all("再确认一次" in answer for answer in answers)


async def test_a_replayed_decision_changes_nothing(office: Office) -> None:
    await linked(office)
    yes = office.button("phone", "是我本人")

    answer = await office.does("phone", yes)

    assert OVER in answer


async def test_a_refusal_is_final(office: Office) -> None:
    number = await both(office)
    code = await offered(office, "phone")
    await office.says("laptop", code)
    await office.presses("laptop", "是我本人")
    yes = office.button("phone", "是我本人")

    await office.presses("phone", "不是我")

    assert "没有同意" in office.heard("laptop")
    assert INVALID in await office.does("phone", yes)
    assert INVALID in await office.says("laptop", code)
    assert number not in await office.does("phone", "matters.mine")


async def test_the_entering_side_may_leave_it(office: Office) -> None:
    await both(office)
    await office.says("laptop", await offered(office, "phone"))

    assert "什么都没有改变" in await office.presses("laptop", "不是我")


async def test_ones_own_code_is_of_no_use_on_the_same_account(office: Office) -> None:
    await both(office)
    code = await offered(office, "phone")

    answers = [await office.says("phone", code) for _ in range(LINK_ATTEMPTS + 1)]

    assert all("另一个账号上输入" in answer for answer in answers)


async def test_two_accounts_of_one_person_are_not_linked_again(office: Office) -> None:
    await linked(office)

    answer = await office.says("laptop", await offered(office, "phone"))

    assert "另一个账号上输入" in answer


async def test_a_link_that_one_side_had_begun_elsewhere_ends_with_a_union(office: Office) -> None:
    await both(office)
    await office.starts("thief")
    await office.says("laptop", await offered(office, "thief"))
    await office.presses("laptop", "是我本人")
    await office.says("laptop", await offered(office, "phone"))
    await office.presses("laptop", "是我本人")
    await office.presses("phone", "是我本人")

    answer = await office.presses("thief", "是我本人")

    assert OVER in answer
    assert (await account_of(office, "thief")).person != (await account_of(office, "phone")).person


async def test_staff_neither_offer_nor_enter_codes(office: Office) -> None:
    await office.starts("phone", "g-E1")
    code = await offered(office, "phone")

    await office.does("worker", "residents.offer_code")
    await office.says("worker", code)
    await office.does("worker", f"residents.agree:{office.code_ref(code)}")

    said = office.transcript("worker")
    assert "数字码" not in said
    assert "linkok" not in str(office.latest("worker").message)


# --- coming back ---------------------------------------------------------------------------------


async def test_a_recovery_code_brings_a_new_account_back_to_its_cases(office: Office) -> None:
    number = await office.filed(by="old")
    code = await recovery_code(office, "old")
    await office.starts("new")

    asked = await office.says("new", code)
    await office.presses("new", "是我的")

    assert "1 件事项" in asked
    assert number in await office.does("new", "matters.mine")


@pytest.mark.parametrize("spelling", ["{}", "{:.4}-{:.4}", "r-{}"])
async def test_the_code_is_read_as_people_write_it(office: Office, spelling: str) -> None:
    await office.filed(by="old")
    digits = (await recovery_code(office, "old")).replace(" ", "")
    await office.starts("new")

    if spelling.startswith("r-"):
        asked = await office.starts("new", f"r-{digits}")
    elif "-" in spelling:
        asked = await office.says("new", "-".join(re.findall("....", digits)))
    else:
        asked = await office.says("new", digits)

    assert "带您回到" in asked


async def test_a_link_with_a_code_asks_before_anything_happens(office: Office) -> None:
    await office.starts("thief", "g-E1")
    code = (await recovery_code(office, "thief")).replace(" ", "")
    number = await office.filed(by="victim")

    asked = await office.starts("victim", f"r-{code}")
    await office.presses("victim", "不是我")

    assert "别人给您" in asked
    assert number not in await office.does("thief", "matters.mine")


async def test_the_old_code_is_void_and_a_new_one_is_given(office: Office) -> None:
    await office.filed(by="old")
    code = await recovery_code(office, "old")
    await office.starts("new")
    await office.says("new", code)
    await office.presses("new", "是我的")

    fresh = _RECOVERY_CODE.findall(office.latest("new").words)[0]

    assert office.latest("new").message.secret
    await office.starts("third")
    assert "这个码无效" in await office.says("third", code)
    assert "带您回到" in await office.says("third", fresh)


async def test_the_other_accounts_are_told_who_came_back(office: Office) -> None:
    await office.filed(by="old")
    code = await recovery_code(office, "old")
    await office.starts("new")
    await office.says("new", code)

    await office.presses("new", "是我的")

    assert "恢复码进入了您的账号" in office.heard("old")
    assert "我的账号" in office.labels("old")


async def test_a_new_recovery_code_replaces_the_old_one(office: Office) -> None:
    await office.filed(by="old")
    first = await recovery_code(office, "old")
    await recovery_code(office, "old")
    await office.starts("new")

    assert "这个码无效" in await office.says("new", first)


async def test_wrong_recovery_codes_are_limited_by_word_link_and_button(office: Office) -> None:
    await office.filed(by="old")
    code = (await recovery_code(office, "old")).replace(" ", "")
    await office.starts("thief")

    guesses = (f"{(int(code) + step) % 10**16:016}" for step in range(1, 20))
    for guess in [one for one in guesses if not mask(one).found][:2]:
        await office.says("thief", guess)
    for step in range(2):
        await office.starts("thief", f"r-guess{step}")
    await office.does("thief", f"residents.come_back:{office.code_ref('0')}")

    assert TOO_MANY in await office.says("thief", code)
    assert TOO_MANY in await office.does("thief", f"residents.come_back:{office.code_ref(code)}")


async def test_whoever_is_there_already_needs_no_code(office: Office) -> None:
    await office.filed(by="old")
    code = await recovery_code(office, "old")

    assert "已经在自己的账号里" in await office.says("old", code)
    async with office.database.read() as tx:
        assert await find_recovery(tx, code.replace(" ", ""), office.now) is not None


async def test_of_two_who_come_back_at_once_only_one_does(office: Office) -> None:
    await office.filed(by="old")
    code = await recovery_code(office, "old")
    await office.starts("new")
    await office.starts("newer")
    await office.says("new", code)
    await office.says("newer", code)
    yes = office.button("new", "是我的")

    await office.arrive_together(("new", {"action": yes}), ("newer", {"action": yes}))

    assert "找回来了" in office.heard("new")
    assert "这个码无效" in office.heard("newer")


# --- parting -------------------------------------------------------------------------------------


async def test_an_account_that_is_let_go_sees_nothing_any_more(office: Office) -> None:
    number = await linked(office)
    await office.does("phone", "residents.accounts")

    await office.presses("phone", "断开")
    await office.presses("phone", "确定断开")

    assert number not in await office.does("laptop", "matters.mine")
    assert "没有找到" in await office.does("laptop", f"matters.show:{number}")
    assert number in await office.does("phone", "matters.mine")


async def test_what_still_waits_for_a_parted_account_goes_to_the_other(office: Office) -> None:
    await linked(office)
    laptop = await account_of(office, "laptop")
    await office.does("laptop", "matters.mine")
    office.later(hours=13)
    number = await office.filed(by="laptop")
    await office.does("secretary", f"matters.accept:{number}")
    assert any(said.account == laptop.id and number in said.words for said in office.said)

    await office.does("phone", f"residents.unlink:{laptop.id}")

    async with office.database.read() as tx:
        waiting = await tx.rows(
            select(outbox.c.account).where(
                outbox.c.state == OutboxState.WAITING, outbox.c.account == laptop.id
            )
        )
    assert waiting == []


@pytest.mark.parametrize("whose", ["stranger", "own", "nobody"])
async def test_only_another_account_of_ones_own_can_be_let_go(office: Office, whose: str) -> None:
    await linked(office)
    await office.starts("stranger")
    accounts = {
        "stranger": (await account_of(office, "stranger")).id,
        "own": (await account_of(office, "phone")).id,
        "nobody": "0",
    }

    answer = await office.does("phone", f"residents.unlink:{accounts[whose]}")

    assert "过时" in answer
    async with office.database.read() as tx:
        person = (await account_of(office, "phone")).person
        assert len((await list_accounts(tx, [person]))[person]) == 2


# --- what a code looks like ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("12345678", "12345678"),
        (" 1234 5678 ", "12345678"),
        ("１２３４５６７８", "12345678"),
        ("1234567812345678", "1234567812345678"),
        ("1234 5678 1234 5678", "1234567812345678"),
        ("1234-5678-1234-5678", "1234567812345678"),
        ("1234-5678", None),
        ("2026-00017", None),
        ("1234567", None),
        ("13800001234", None),
        ("码是12345678", None),
        ("١٢٣٤٥٦٧٨", None),
        ("", None),
    ],
)
def test_only_a_code_is_read_as_one(given: str, code: str | None) -> None:
    assert read_code(given) == code


def test_no_code_that_is_given_out_looks_like_a_bank_card() -> None:
    codes = [Turn.new_code(16) for _ in range(200)]

    assert not [code for code in codes if mask(code).found]
