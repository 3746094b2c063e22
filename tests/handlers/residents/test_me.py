"""我的: one page that leads to everything that is one's own, and one's grid."""

from domain.messages import Side, parse_action
from domain.people import Person
from handlers.registry import FEATURES
from storage.people import accounts_by_id, find_person
from tests.handlers.chats import Office


async def me(office: Office, who: str) -> Person:
    """Load the person behind a resident's account."""
    async with office.database.read() as tx:
        account = office.latest(who).account
        found = await find_person(tx, (await accounts_by_id(tx, [account]))[account].person)
    assert found is not None
    return found


async def test_every_button_of_the_page_leads_somewhere(office: Office) -> None:
    await office.starts("anna", "g-E1")

    page = await office.presses("anna", "我的")

    verbs = {
        parse_action(choice.action or "")[0] for choice in office.latest("anna").labels.values()
    }
    assert verbs <= FEATURES.verbs[Side.RESIDENTS].keys()
    assert "东园社区 第一网格" in page
    assert "Telegram" in page


async def test_the_page_offers_what_is_not_yet_so(office: Office) -> None:
    await office.starts("anna", "g-E1")
    await office.does("anna", "digests.summary:on")

    await office.commands("anna", "me")

    assert "不要每周小结" in office.labels("anna")
    assert "大字简洁版" in office.labels("anna")


async def test_in_elder_mode_every_button_has_a_line_of_its_own(office: Office) -> None:
    await office.does("anna", "menu.elder:on")

    await office.does("anna", "residents.me")

    assert all(len(row) == 1 for row in office.latest("anna").message.choices)


# --- my grid -------------------------------------------------------------------------------------


async def test_my_grid_is_chosen_by_community_and_grid(office: Office) -> None:
    await office.starts("anna")
    await office.does("anna", "residents.grid")
    await office.says("anna", "东园社区")

    answer = await office.presses("anna", "第二网格")

    assert "东园社区 第二网格" in answer
    assert (await me(office, "anna")).grid == "E2"


async def test_a_shared_location_sets_my_grid(office: Office) -> None:
    await office.starts("anna")

    answer = await office.shows_place("anna", 34.005, 113.005)

    assert "第一网格" in answer
    assert (await me(office, "anna")).grid == "E1"


async def test_a_location_answers_the_question_for_my_grid(office: Office) -> None:
    await office.starts("anna")
    await office.does("anna", "residents.grid")

    await office.shows_place("anna", 34.005, 113.025)

    assert (await me(office, "anna")).grid == "W1"


async def test_near_a_border_i_am_asked_which_grid_it_is(office: Office) -> None:
    await office.starts("anna")

    await office.shows_place("anna", 34.005, 113.01)

    labels = office.labels("anna")
    assert "第一网格" in labels
    assert "第二网格" in labels
    await office.presses("anna", "第二网格")
    assert (await me(office, "anna")).grid == "E2"


async def test_a_location_elsewhere_is_refused_with_a_next_step(office: Office) -> None:
    await office.starts("anna", "g-E1")

    answer = await office.shows_place("anna", 39.9, 116.4)

    assert "不在本街道范围内" in answer
    assert (await me(office, "anna")).grid == "E1"


async def test_an_unfinished_form_is_not_lost_over_a_change_of_mine(office: Office) -> None:
    await office.starts("anna", "g-E1")
    await office.does("anna", "matters.service")
    await office.says("anna", "3号楼路灯坏了")

    asked = await office.does("anna", "residents.set_name")
    await office.presses("anna", "接着填")

    assert "没填完" in asked
    await office.presses("anna", "跳过")
    assert "已提交" in await office.presses("anna", "提交")


async def test_the_other_form_begins_when_the_first_one_is_dropped(office: Office) -> None:
    number = await office.filed(by="anna")
    await office.does("anna", "matters.service")
    await office.says("anna", "4号楼的电梯坏了")
    await office.does("anna", f"matters.add:{number}")

    answer = await office.presses("anna", "重新开始")

    assert f"给 {number} 补充" in answer


# --- refusals say where it stands ----------------------------------------------------------------


async def test_a_step_that_does_not_fit_names_the_state_and_opens_the_case(office: Office) -> None:
    number = await office.filed(by="anna")
    await office.does("anna", f"matters.withdraw:{number}")

    answer = await office.does("anna", f"matters.withdraw:{number}")

    assert "“已撤回”" in answer
    assert f"查看 {number}" in office.labels("anna")
