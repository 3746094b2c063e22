"""A code on paper tells where a case stands, and opens nothing; told as chats."""

import re

import pytest

from domain.chain import Act
from domain.matters.life import erase
from domain.messages import Side
from domain.organisation import Role
from domain.people import LINK_ATTEMPTS
from domain.subjects import case
from domain.words.pay_secrets import mask
from storage.codes import find_recovery
from storage.outbox_housekeeping import newest
from storage.people import find_person
from storage.subjects import SubjectsGone
from storage.work import CLOCK
from tests.handlers.chats import Office
from tests.handlers.posts.test_windows import files_for

NUMBER = "2026-00001"
_CODE = re.compile(r"\d{4}(?: \d{4}){3}")
NOT_FOUND = "没有查到"


async def taken_along(office: Office) -> str:
    """Let a clerk file for a walk-in who takes a look-up code along, and give the code."""
    receipt = await files_for(office)
    return str(_CODE.findall(receipt)[0])


@pytest.mark.requirement("M-12")
@pytest.mark.parametrize(
    "typed",
    ["查询 {n} {c}", "{n} {c}", "查询{n}，{plain}", "查询 {n} 查询码：{c}", "{c}", "{plain}"],
)
async def test_number_and_code_tell_where_the_case_stands_on_any_phone(
    office: Office, typed: str
) -> None:
    code = await taken_along(office)
    await office.does("secretary", f"matters.accept:{NUMBER}")

    said = typed.format(n=NUMBER, c=code, plain=code.replace(" ", ""))
    told = await office.says("anybody", said)
    again = await office.says("somebody else", said)

    assert f"查到了：{NUMBER}" in told
    assert "正在办理" in told
    assert "从何时起" in told
    assert f"查到了：{NUMBER}" in again
    assert "账号" not in told


async def test_what_is_told_is_the_stage_and_nothing_personal(office: Office) -> None:
    code = await taken_along(office)

    told = await office.says("finder", f"查询 {NUMBER} {code}")

    for private in ("陈阿姨", "13800001234", "路灯", "3号楼"):
        assert private not in told
    assert not [one for one in office.labels("finder") if "打开" in one and NUMBER in one]
    assert "没有找到" in await office.does("finder", f"matters.show:{NUMBER}")


async def test_whoever_gave_the_code_out_cannot_become_the_resident_with_it(
    office: Office,
) -> None:
    code = await taken_along(office)
    matter = await office.matter(NUMBER)

    await office.says("the clerk at home", code)
    await office.does(
        "the clerk at home", f"residents.come_back:{office.code_ref(code.replace(' ', ''))}"
    )
    listed = await office.commands("the clerk at home", "my")

    assert NUMBER not in listed
    async with office.database.read() as tx:
        assert await find_recovery(tx, code.replace(" ", ""), office.now) is None
        resident = await find_person(tx, matter.reporter)
    assert resident is not None
    assert (resident.side, resident.name) == (Side.RESIDENTS, "陈阿姨")


async def test_a_wrong_a_foreign_and_an_erased_one_are_answered_alike(office: Office) -> None:
    code = await taken_along(office)
    other = await office.filed(by="neighbour")

    wrong = await office.says("a", f"查询 {NUMBER} 1234 5678 9012 3456")
    foreign = await office.says("b", f"查询 {other} {code}")
    unknown = await office.says("c", f"查询 2026-99999 {code}")
    async with office.database.read() as tx:
        upto = await newest(tx)
    gone = erase(await office.matter(NUMBER), Act(CLOCK, Role.ADMINISTRATOR, office.now, b""))
    await office.change(gone, SubjectsGone(subjects=(case(NUMBER),), upto=upto))
    erased = await office.says("d", f"查询 {NUMBER} {code}")

    assert NOT_FOUND in wrong
    answers = {one.split(": ", 1)[1] for one in (wrong, foreign, unknown, erased)}
    assert len(answers) == 1


async def test_guessing_ends_for_who_guesses_and_for_nobody_else(office: Office) -> None:
    code = await taken_along(office)
    # None of them passes for the number of a bank card, which would be refused as such.
    guesses = [one for one in range(1000, 1100) if not mask(f"{one} 5678 9012 3456").found]
    for guess in guesses[:LINK_ATTEMPTS]:
        await office.says("guesser", f"查询 {NUMBER} {guess} 5678 9012 3456")

    blocked = await office.says("guesser", f"查询 {NUMBER} {code}")
    honest = await office.says("honest", f"查询 {NUMBER} {code}")
    office.later(minutes=10, seconds=1)
    later = await office.says("guesser", f"查询 {NUMBER} {code}")

    assert "请 今天（11月24日）09:10 以后再试" in blocked
    assert "查到了" in honest
    assert "查到了" in later


async def test_a_look_up_in_the_middle_of_a_form_is_no_answer_to_it(office: Office) -> None:
    code = await taken_along(office)
    await office.starts("anna", "g-E1")
    await office.does("anna", "matters.opinion")

    told = await office.says("anna", f"查询 {NUMBER} {code}")
    await office.says("anna", "希望多放几个垃圾桶")

    assert "查到了" in told
    assert code not in office.transcript("secretary")


async def test_the_receipt_is_kept_and_the_code_stands_beside_it(office: Office) -> None:
    await taken_along(office)

    with_code = office.latest("clerk").message
    assert with_code.once
    assert with_code.secret
    receipt = next(one for one in office.said if "已登记" in one.words)
    assert not receipt.message.once
    assert not _CODE.search(receipt.words)


async def test_without_a_wish_there_is_no_code(office: Office) -> None:
    receipt = await files_for(office, code=False)

    assert "查询码" not in receipt
