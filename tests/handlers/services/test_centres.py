"""Elder-care centres: how each stands, questions to each, and bookings where one runs."""

from pathlib import Path

import pytest

from domain.categories import ENQUIRIES
from domain.registers import changed
from storage.database import Database
from tests.domain.street import act
from tests.handlers.chats import Office, opened
from tests.services import centre, keep
from tests.street import EAST, WEST

UNDER_WAY = centre(
    "west-centre",
    WEST,
    name="西园养老服务中心",
    state="under_way",
    operator=None,
    grade=None,
    services=None,
    address="西园路6号",
    hours=None,
    phone=None,
)


@pytest.fixture
async def office(database: Database, tmp_path: Path) -> Office:
    office = await opened(database, tmp_path)
    await keep(office, centre(), UNDER_WAY)
    await office.starts("resident", "g-E1")
    return office


@pytest.mark.requirement("S-03")
async def test_the_state_is_shown_questions_are_taken_and_what_does_not_run_is_not_booked(
    office: Office,
) -> None:
    told = await office.commands("resident", "centres")
    assert "有 2 个养老服务中心" in told
    assert any("正常运行" in one and "东园养老" in one for one in office.labels("resident"))
    assert any("正在推进" in one and "西园养老" in one for one in office.labels("resident"))

    told = await office.presses("resident", "东园养老服务中心")
    assert "状态：正常运行" in told
    assert "运营单位：梧桐颐养服务社" in told
    assert "等级：三星级" in told
    assert "服务：助餐、日间照料、康复" in told
    assert any("预约" in one for one in office.labels("resident"))

    told = await office.does("resident", "services.centre:west-centre")
    assert "状态：正在推进" in told
    assert "运营单位：未提供" in told
    assert not any("预约" in one for one in office.labels("resident"))
    refused = await office.does("resident", "services.book_centre:west-centre")
    assert "西园养老服务中心现在是“正在推进”，还不能预约" in refused

    await office.does("resident", "services.ask_centre:west-centre")
    await office.says("resident", "什么时候能开放？")
    receipt = await office.presses("resident", "提交")
    (number,) = office.numbers(receipt)
    matter = await office.matter(number)
    assert matter.category == ENQUIRIES.code
    assert matter.particulars.text == "西园养老服务中心：什么时候能开放？"
    assert matter.owner == "clerk"


async def test_a_place_at_a_centre_that_runs_is_asked_for_and_goes_to_the_window(
    office: Office,
) -> None:
    await office.does("resident", "services.book_centre:centre")
    told = await office.says("resident", "周六上午想带父亲去参观，两个人")
    assert "还没有约定" in told

    (number,) = office.numbers(await office.presses("resident", "提交"))

    matter = await office.matter(number)
    assert matter.particulars.text == "东园养老服务中心：周六上午想带父亲去参观，两个人"


async def test_a_centre_that_closes_meanwhile_is_not_booked_and_the_words_go_as_a_question(
    office: Office,
) -> None:
    await office.does("resident", "services.book_centre:centre")
    await office.says("resident", "周六上午参观")
    paused = changed(centre(), act("community"), fields={**centre().fields, "state": "paused"})
    await office.change(paused)

    told = await office.presses("resident", "提交")

    assert "现在是“暂停服务”，还不能预约" in told
    assert office.numbers(told) == set()
    assert "周六上午参观" in told
    (number,) = office.numbers(await office.presses("resident", "提交"))
    assert (await office.matter(number)).particulars.text == "东园养老服务中心：周六上午参观"


async def test_a_form_goes_on_after_a_restart(office: Office) -> None:
    await office.does("resident", "services.ask_centre:centre")
    office.restart()

    await office.says("resident", "收费多少")

    assert office.numbers(await office.presses("resident", "提交"))


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("东园养老服务中心电话多少", "0371-22222222"),
        ("西园养老服务中心开了没", "正在推进"),
        ("养老服务中心在哪", "想看哪个"),
        ("附近有没有日间照料", "想看哪个"),
        ("西园养老服务中心能预约吗", "还不能预约"),
        ("东园养老服务中心可以入住吗", "状态：正常运行"),
    ],
)
async def test_a_question_gets_the_centre_at_once(office: Office, said: str, answer: str) -> None:
    assert answer in await office.says("resident", said)


async def test_what_is_no_published_centre_is_answered_like_nothing(office: Office) -> None:
    for verb in ("centre", "ask_centre", "book_centre"):
        told = await office.does("resident", f"services.{verb}:nothing")
        assert "没有找到" in told, verb


async def test_without_a_centre_there_is_something_to_do(
    database: Database, tmp_path: Path
) -> None:
    office = await opened(database, tmp_path)
    await office.starts("resident", f"g-{EAST}1")

    assert "还没有登记养老服务中心" in await office.says("resident", "养老服务")
    assert "窗口的同志会" in await office.says("resident", "养老服务中心在哪")
