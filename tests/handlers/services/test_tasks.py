"""Paying on behalf, repairs and errands, told as chats: from the request to the end."""

import pytest

from bot.words.wording import wording_for
from domain.matters.matter import State
from domain.people import Language
from domain.services.orders import Order
from domain.services.tasks import task_of
from storage.services.orders import list_of_resident
from storage.services.personal_data import PERSONAL_DATA
from tests.handlers.chats import Office
from tests.pay_secrets import everything_kept, with_check_digit
from tests.services import keep, skilled

CARD = with_check_digit("622202020011223")
WORKER = "secretary"


async def order_of(office: Office, number: str) -> Order:
    matter = await office.matter(number)
    async with office.database.read() as tx:
        found = await list_of_resident(tx, matter.reporter)
    order = next(one for one in found if one.matter == number)
    if matter.state is State.REFERRED:
        assert matter.referred_to == order.subject
        assert (matter.owner, matter.seat) == (order.owner, order.seat)
        assert matter.resolve_by >= order.standing.due_at
    assert order.is_open is (order.standing.due_at is not None)
    return order


async def stage(office: Office, number: str) -> str:
    return (await order_of(office, number)).standing.stage


async def errand(office: Office, *, words: str = "鸡蛋2斤、大米10斤", cap: str = "60") -> str:
    await office.starts("resident", "g-E1")
    await office.says("resident", "代购")
    await office.says("resident", words)
    await office.says("resident", cap)
    await office.says("resident", "3号楼2单元")
    await office.presses("resident", "跳过")
    await office.presses("resident", "提交")
    return office.numbers(office.heard("resident")).pop()


async def paying(office: Office, account: str = "4123456789") -> str:
    await office.starts("resident", "g-E1")
    await office.says("resident", "代缴")
    await office.presses("resident", "电费")
    await office.says("resident", "3号楼11月的电费")
    await office.says("resident", account)
    await office.says("resident", "200")
    await office.presses("resident", "跳过")
    await office.presses("resident", "提交")
    return office.numbers(office.heard("resident")).pop()


async def repair(office: Office) -> str:
    await office.starts("resident", "g-E1")
    await office.says("resident", "免费维修")
    await office.says("resident", "厨房水龙头关不紧")
    await office.says("resident", "3号楼2单元")
    await office.presses("resident", "跳过")
    await office.presses("resident", "跳过")
    await office.presses("resident", "提交")
    return office.numbers(office.heard("resident")).pop()


async def receipt(office: Office, total: str, words: str = "买好送到了") -> None:
    await office.presses(WORKER, "办好了")
    await office.says(WORKER, total)
    await office.says(WORKER, words)
    await office.presses(WORKER, "跳过")
    await office.presses(WORKER, "提交")


# --- paying on behalf ----------------------------------------------------------------------------


@pytest.mark.requirement("S-11")
async def test_a_bill_is_paid_in_person_and_its_resident_confirms(office: Office) -> None:
    number = await paying(office)
    assert await stage(office, number) == "given"

    await office.presses(WORKER, "接手去办")
    office.restart()
    await receipt(office, "158.60元", "已缴，票给本人了")

    order = await order_of(office, number)
    assert order.standing.stage == "done"
    assert (task_of(order).account, task_of(order).total) == ("4123456789", 15860)
    assert (await office.matter(number)).state is State.RESOLVED
    await office.presses("resident", "已解决")
    assert (await office.matter(number)).state is State.CLOSED


async def test_an_account_number_that_looks_like_a_card_is_taken_where_it_was_asked_for(
    office: Office,
) -> None:
    account = with_check_digit("412345678901")

    number = await paying(office, account)

    assert task_of(await order_of(office, number)).account == account


@pytest.mark.requirement("S-11")
async def test_a_card_number_is_refused_where_an_account_was_asked_for(office: Office) -> None:
    await office.starts("resident", "g-E1")
    await office.says("resident", "代缴")
    await office.presses("resident", "电费")
    await office.says("resident", "3号楼11月的电费")

    told = await office.says("resident", CARD)

    assert "像银行卡号的数字" in told
    assert "户号是多少" in told
    assert "只写数字" in await office.says("resident", "12")
    assert "最多花多少元" in await office.says("resident", "4123 456 789")


@pytest.mark.parametrize("cap", ["0", "501", "很多", "-5"])
async def test_a_cap_that_is_none_or_too_high_is_refused(office: Office, cap: str) -> None:
    await office.starts("resident", "g-E1")
    await office.says("resident", "代购")
    await office.says("resident", "鸡蛋2斤")

    told = await office.says("resident", cap)

    assert "上限请写" in told or "只写金额" in told
    assert "在什么地方" in await office.says("resident", "50")


# --- repairs -------------------------------------------------------------------------------------


@pytest.mark.requirement("S-12")
async def test_a_repair_needs_no_photo_and_its_resident_closes_it(office: Office) -> None:
    number = await repair(office)
    await office.presses(WORKER, "接手去办")
    await office.presses(WORKER, "办好了")
    await office.says(WORKER, "换了垫圈，不漏了")
    await office.presses(WORKER, "跳过")

    await office.presses(WORKER, "提交")

    assert (await office.matter(number)).state is State.RESOLVED
    assert (await order_of(office, number)).outcome == "done"
    await office.presses("resident", "已解决")
    assert (await office.matter(number)).state is State.CLOSED


async def test_a_repair_that_did_not_help_is_open_again(office: Office) -> None:
    number = await repair(office)
    await office.presses(WORKER, "接手去办")
    await office.presses(WORKER, "办好了")
    await office.says(WORKER, "换了垫圈")
    await office.presses(WORKER, "跳过")
    await office.presses(WORKER, "提交")

    await office.presses("resident", "没解决")

    assert (await office.matter(number)).is_open


async def test_a_repair_that_cannot_be_done_goes_back_with_the_reason(office: Office) -> None:
    number = await repair(office)

    await office.presses(WORKER, "办不了")
    await office.says(WORKER, "要换整根水管，请物业来")

    assert await stage(office, number) == "terminated"
    assert (await office.matter(number)).state is State.DISPATCHED
    assert "要换整根水管" in office.transcript("resident")


# --- errands -------------------------------------------------------------------------------------


async def test_a_receipt_within_the_cap_needs_no_consent(office: Office) -> None:
    number = await errand(office)
    await office.presses(WORKER, "接手去办")

    await receipt(office, "60")

    assert task_of(await order_of(office, number)).total == 6000
    assert (await office.matter(number)).state is State.RESOLVED


@pytest.mark.requirement("S-13")
async def test_a_receipt_above_the_cap_closes_only_after_consent(office: Office) -> None:
    number = await errand(office)
    await office.presses(WORKER, "接手去办")

    await receipt(office, "60.01")

    assert await stage(office, number) == "consent"
    assert (await office.matter(number)).state is State.REFERRED
    assert "60.01" in office.transcript("resident")
    office.restart()
    await office.presses("resident", "同意这个金额")
    assert await stage(office, number) == "doing"
    await receipt(office, "60.02")
    assert await stage(office, number) == "consent"
    await office.presses("resident", "同意这个金额")
    await receipt(office, "60.02")
    assert await stage(office, number) == "done"
    assert task_of(await order_of(office, number)).total == 6002


@pytest.mark.requirement("S-13")
@pytest.mark.parametrize(("choice", "total"), [("把东西退掉", 0), ("只付上限 60 元", 6000)])
async def test_who_does_not_agree_chooses_what_becomes_of_it(
    office: Office, choice: str, total: int
) -> None:
    number = await errand(office)
    await office.presses(WORKER, "接手去办")
    await receipt(office, "75")
    await office.presses("resident", "不同意")
    assert await stage(office, number) == "consent"

    await office.presses("resident", choice)

    assert await stage(office, number) == "settling"
    assert choice in office.transcript(WORKER)
    await office.presses(WORKER, "已按选择处理")
    await office.says(WORKER, "已经处理好")
    await office.presses(WORKER, "跳过")
    await office.presses(WORKER, "提交")
    assert task_of(await order_of(office, number)).total == total
    assert (await office.matter(number)).state is State.RESOLVED


@pytest.mark.requirement("S-13")
async def test_nothing_ends_while_a_receipt_above_the_cap_waits(office: Office) -> None:
    number = await errand(office)
    await office.presses(WORKER, "接手去办")
    await receipt(office, "75")
    order = await order_of(office, number)

    for who, verb in (
        (WORKER, "task_finish"),
        (WORKER, "task_settle"),
        (WORKER, "task_terminate"),
        ("resident", "task_revoke"),
    ):
        await office.does(who, f"services.{verb}:{order.id}")
        assert await stage(office, number) == "consent", verb
    await office.does("resident", f"services.task_revoke:{order.id}:yes")
    await office.does("resident", f"matters.withdraw:{number}")
    assert await stage(office, number) == "consent"


async def test_a_wrong_button_and_the_same_one_twice_change_nothing(office: Office) -> None:
    number = await errand(office)
    order = await order_of(office, number)
    await office.does("resident", f"services.task_agree:{order.id}")
    await office.does(WORKER, f"services.accept:{order.id}")
    await office.does(WORKER, f"services.signed:{order.id}")
    await office.does("resident", f"services.revoke:{order.id}")
    await office.does("resident", f"services.task_refuse:{order.id}:pay_cap")
    assert await stage(office, number) == "given"

    await office.does(WORKER, f"services.task_begin:{order.id}")
    told = await office.does(WORKER, f"services.task_begin:{order.id}")

    assert "正在办" in told
    assert await stage(office, number) == "doing"


async def test_nobody_else_sees_or_does_it(office: Office) -> None:
    number = await paying(office, "4123456789")
    order = await order_of(office, number)

    for who in ("second_secretary", "party", "stranger", "staff:nobody"):
        for verb in ("order", "task_begin", "task_finish", "task_agree", "task_revoke"):
            told = await office.does(who, f"services.{verb}:{order.id}")
            assert "4123456789" not in told, (who, verb)
    assert await stage(office, number) == "given"


async def test_a_list_without_quantities_is_asked_again(office: Office) -> None:
    await office.starts("resident", "g-E1")
    await office.says("resident", "代购")

    told = await office.says("resident", "鸡蛋2斤、酱油")

    assert "“酱油”要多少" in told
    assert "最多花多少元" in await office.says("resident", "鸡蛋2斤、酱油1瓶")


async def test_it_is_called_off_after_asking_once(office: Office) -> None:
    number = await errand(office)

    await office.presses("resident", "不要了")
    assert await stage(office, number) == "given"
    await office.presses("resident", "确认不要了")

    assert await stage(office, number) == "terminated"
    assert (await office.matter(number)).state is State.DISPATCHED


async def test_the_copy_holds_it_and_the_erasure_takes_it(office: Office) -> None:
    number = await paying(office, "4123456789")
    order = await order_of(office, number)

    assert PERSONAL_DATA.copied is not None
    async with office.database.read() as tx:
        copied = await PERSONAL_DATA.copied(tx, order.resident)
    assert (copied.rows[0]["kind"], copied.rows[0]["account"]) == ("pay", "4123456789")

    await office.does("resident", "residents.ask_erase:go")
    await office.presses("resident", "删除")
    assert "4123456789" not in "".join(await everything_kept(office.database))


async def test_what_was_bought_is_not_just_called_off(office: Office) -> None:
    number = await errand(office)
    await office.presses(WORKER, "接手去办")
    await receipt(office, "75")
    await office.presses("resident", "同意这个金额")
    order = await order_of(office, number)

    told = await office.does("resident", f"services.task_revoke:{order.id}:yes")

    assert "东西已经买了" in told
    assert await stage(office, number) == "doing"


async def test_a_repair_goes_to_whoever_is_trained_for_it(office: Office) -> None:
    await keep(office, skilled("clerk", "home_repair"))

    number = await repair(office)

    assert (await order_of(office, number)).owner == "clerk"


async def test_in_elder_mode_the_offices_line_stands_on_every_screen(office: Office) -> None:
    await office.starts("resident", "g-E1")
    await office.does("resident", "menu.elder:on")
    await office.does("resident", "services.pay")
    for said in ("1", "3号楼11月的电费", "4123456789", "200"):
        assert office.latest("resident").message.choices[-1][0].phone, said
        await office.says("resident", said)
    await office.presses("resident", "跳过")
    await office.presses("resident", "提交")

    receipt_shown = office.latest("resident").message
    assert any(one.phone for row in receipt_shown.choices for one in row)


async def test_in_english_nothing_of_it_is_chinese_but_what_was_said(office: Office) -> None:
    await paying(office)

    words = wording_for(Language.ENGLISH)
    card = office.told("resident", "代缴")
    shown = words.plain(card, office.now)

    assert "Paying on behalf" in shown or "paying on behalf" in shown
    assert "At most: 200 yuan" in shown


async def test_a_second_press_of_submit_makes_no_second_order(office: Office) -> None:
    number = await errand(office)
    order = await order_of(office, number)

    await office.presses("resident", "提交")

    async with office.database.read() as tx:
        found = await list_of_resident(tx, order.resident)
    assert len(found) == 1


async def test_whoever_takes_the_post_takes_the_task_with_its_case(office: Office) -> None:
    number = await errand(office)

    await office.does("secretary", "posts.away")
    await office.presses("secretary", "李网格员")
    await office.says("secretary", "11月25日")
    await office.presses("secretary", "提交")

    assert (await order_of(office, number)).owner == (await office.matter(number)).owner
