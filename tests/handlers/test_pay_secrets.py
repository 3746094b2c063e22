"""What gives access to money is refused in every form and on both sides; what goes on is masked."""

import random

import pytest

from bot.words.wording import wording_for
from domain.messages import Text
from domain.people import Language
from domain.words.pay_secrets import mask
from tests.handlers.chats import Office
from tests.pay_secrets import card, digits_of, everything_kept, spelt, with_check_digit

CARD = with_check_digit("622202020011223")
REFUSED = "像银行卡号的数字"


async def test_a_number_alone_is_refused_and_the_open_question_stands(office: Office) -> None:
    await office.starts("resident", "g-E1")
    await office.says("resident", "我要办事")
    asked = office.heard("resident")

    told = await office.says("resident", CARD)

    assert REFUSED in told
    assert CARD not in digits_of(told)
    assert asked.split("\n")[0][:6] in told
    assert not [one for one in await everything_kept(office.database) if CARD in digits_of(one)]


async def test_in_english_it_is_refused_in_english(office: Office) -> None:
    await office.says("resident", f"my card is {CARD}")

    said = next(one for one in office.said if REFUSED in one.words)
    words = wording_for(Language.ENGLISH)
    told = " ".join(words.text(one) for one in said.message.blocks if isinstance(one, Text))
    assert "bank card number" in told
    assert CARD not in digits_of(told)


async def test_what_else_was_said_goes_on_and_the_form_keeps_it_masked(office: Office) -> None:
    await office.starts("resident", "g-E1")

    await office.says("resident", f"3号楼路灯坏了，密码是 778899，卡号 {CARD}")
    await office.presses("resident", "提交")

    number = office.numbers(office.heard("resident")).pop()
    assert (await office.matter(number)).particulars.text == "3号楼路灯坏了，密码是 ***，卡号 ***"


async def test_danger_is_heard_first(office: Office) -> None:
    await office.starts("resident", "g-E1")

    told = await office.says("resident", f"我家着火了 {CARD}")

    assert told.index("119") < told.index(REFUSED)


async def test_staff_hear_the_same_and_strangers_at_their_door_too(office: Office) -> None:
    for who in ("worker", "secretary", "staff:nobody"):
        told = await office.says(who, f"他的卡 {CARD}")

        assert REFUSED in told, who
    assert not [one for one in await everything_kept(office.database) if CARD in digits_of(one)]


async def test_a_telephone_number_and_a_case_number_are_taken_as_ever(office: Office) -> None:
    number = await office.filed()

    assert REFUSED not in await office.says("resident", number)
    assert REFUSED not in await office.says("resident", "我的电话13800138000")


async def test_no_spelling_stays_in_any_table_also_after_a_second_start(office: Office) -> None:
    chance = random.Random(11)
    numbers = [card(chance) for _ in range(60)]
    await office.starts("resident", "g-E1")

    for number in numbers:
        await office.says("resident", f"3号楼路灯坏了 {spelt(number, chance)}")
    office.restart()
    await office.says("resident", "好")

    kept = [digits_of(one) for one in await everything_kept(office.database)]
    assert not [number for number in numbers if any(number in one for one in kept)]


@pytest.mark.parametrize("said", [f"帮我转账 {CARD}", f"cvv 123 {CARD}"])
async def test_pressing_and_typing_the_same_again_says_the_same_again(
    office: Office, said: str
) -> None:
    first = await office.says("resident", said)
    second = await office.says("resident", said)

    assert REFUSED in first
    assert REFUSED in second
    assert mask(said).words not in ("", said)
