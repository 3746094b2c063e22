"""The guide in chat: a question gets the item in one answer, a request may look it up."""

import re
from datetime import timedelta

import pytest
from babel.messages.pofile import read_po

from bot.words.wording import LOCALES
from domain.registers import Entry
from tests.guide import DESK, ELDER_CARD, HALL, IDENTITY, entry, keep, with_guide
from tests.handlers.chats import Office
from tests.handlers.services.times import opens
from tests.street import EAST, WEST


@pytest.mark.requirement("S-17")
@pytest.mark.parametrize(
    "asked", ["老年证怎么办", "敬老卡要带啥材料呀？", "俺爹六十了，坐公交不要钱的证咋办？"]
)
async def test_a_question_gets_the_six_parts_in_one_answer(office: Office, asked: str) -> None:
    await with_guide(office)
    await office.starts("anna", "g-E1")

    told = await office.says("anna", asked)

    assert "老年人优待证办理" in told
    for part in (
        "办理条件：年满六十周岁，不限户籍",
        "本人居民身份证（1 份）：在有效期内，人证一致",
        "街道便民服务大厅（人民路1号）3号窗口，工作日 9:00—17:00",
        "3 个工作日内",
        "费用：不收费",
        "找谁问：0371-000101",
    ):
        assert part in told
    assert "提交" not in told


@pytest.mark.requirement("S-15")
async def test_it_says_for_which_step_one_has_to_come_and_why(office: Office) -> None:
    await with_guide(office)
    await office.starts("anna", "g-E1")

    told = await office.says("anna", "老年证怎么办")

    assert "要跑 1 趟：核对本人（要当面看人证一致）" in told


@pytest.mark.requirement("S-15")
async def test_what_can_be_done_from_home_says_so_and_is_begun_from_there(
    office: Office,
) -> None:
    await with_guide(office, visits=0, presence="")
    await office.starts("anna", "g-E1")

    assert "不用跑，在家就能办" in await office.says("anna", "老年证怎么办")
    await office.presses("anna", "请帮我办这件事")
    assert "编号" in await office.presses("anna", "提交")


async def test_a_common_question_answers_itself(office: Office) -> None:
    await with_guide(office)
    await office.starts("anna", "g-E1")
    await office.says("anna", "老年证怎么办")

    told = await office.presses("anna", "外地户口能办吗")

    assert "能，居住满一个月就行。" in told


async def test_what_the_guide_does_not_have_goes_to_the_window(office: Office) -> None:
    await with_guide(office)
    await office.starts("anna", "g-E1")

    asked = await office.says("anna", "护照怎么办？")

    assert "护照怎么办" in asked
    assert "提交" in asked


async def test_the_window_can_be_asked_after_an_answer(office: Office) -> None:
    await with_guide(office)
    await office.starts("anna", "g-E1")
    await office.says("anna", "老年证怎么办，我在外地")

    told = await office.presses("anna", "请窗口答复")

    assert "编号" in told


async def test_a_request_is_filed_as_ever_and_may_look_it_up(office: Office) -> None:
    await with_guide(office)
    await office.starts("anna", "g-E1")

    await office.presses("anna", "办事")
    asked = await office.says("anna", "帮我妈办个老年证")
    while "跳过" in asked:
        asked = await office.presses("anna", "跳过")
    told = await office.presses("anna", "老年人优待证办理怎么办")
    filed = await office.presses("anna", "提交")

    assert "提交" in asked
    assert "办理条件" in told
    assert "编号" in filed


async def test_an_item_can_be_asked_for_from_its_answer(office: Office) -> None:
    await with_guide(office)
    await office.starts("anna", "g-E1")
    await office.says("anna", "老年证怎么办")

    asked = await office.presses("anna", "请帮我办这件事")
    filed = await office.presses("anna", "提交")

    assert "老年人优待证办理" in asked
    assert "编号" in filed


async def test_from_its_answer_a_time_is_booked_where_there_is_one(office: Office) -> None:
    await with_guide(office)
    await office.starts("anna", "g-E1")
    await office.says("anna", "老年证怎么办")
    assert not any("预约" in one for one in office.labels("anna"))
    await opens(office, item="老年证")

    await office.says("anna", "老年证怎么办")
    await office.presses("anna", "预约时间去办")
    await office.presses("anna", "明天")
    asked = await office.presses("anna", "09:00")

    assert "老年证" in asked
    assert "约好了" in await office.presses("anna", "提交")


async def test_from_its_answer_somebody_is_asked_to_do_it(office: Office) -> None:
    await with_guide(office)
    await office.starts("anna", "g-E1")
    await office.says("anna", "老年证怎么办")

    await office.presses("anna", "请人代办")
    await office.says("anna", "赵阿姨")
    asked = await office.says("anna", "13800001111")

    assert "老年人优待证办理" in asked
    assert "编号" in await office.presses("anna", "提交")


async def test_who_cannot_come_has_somebody_come_for_an_item(office: Office) -> None:
    await with_guide(office)
    await office.starts("anna", "g-E1")
    await office.says("anna", "老年证怎么办")

    assert "到谁家" in await office.presses("anna", "来不了，请人上门办")
    for words in ("赵阿姨", "13800001111", "槐树巷7号3单元201"):
        await office.says("anna", words)
    asked = await office.presses("anna", "跳过")

    assert "老年人优待证办理" in asked
    assert "收到，编号" in await office.presses("anna", "提交")


@pytest.mark.requirement("S-14")
async def test_how_many_there_are_is_the_guides_own_count(office: Office) -> None:
    await office.starts("anna", "g-E1")
    none = await office.says("anna", "办事指南")
    await with_guide(office)
    one = await office.says("anna", "办事指南")
    await office.change(
        entry(office, "second", "services.items", {**ELDER_CARD, "name": "敬老院入住"}),
        entry(office, "desk2", "services.desks", {**DESK, "service": "敬老院入住"}),
        entry(office, "identity2", "services.documents", {**IDENTITY, "item": "second"}),
    )
    two = await office.says("anna", "办事指南")

    assert "还没有公布事项" in none
    assert "有 1 项" in one
    assert "有 2 项" in two


@pytest.mark.requirement("S-14")
async def test_the_count_follows_what_the_office_ends_in_chat(office: Office) -> None:
    await with_guide(office)
    await office.starts("anna", "g-E1")
    assert "有 1 项" in await office.says("anna", "办事指南")

    await office.does("street_leader", "registers.ask_end:elder_card")
    await office.presses("street_leader", "停用")

    assert "还没有公布事项" in await office.says("anna", "办事指南")


_COUNTED = r"[0-9〇一二三四五六七八九十百两]+\s*[余多]?\s*[项个]"
_FIXED = re.compile(rf"{_COUNTED}(?:便民|公共|办事|服务)|(?:便民|服务|事项|指南)\s*{_COUNTED}")


@pytest.mark.requirement("S-14")
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_no_wording_says_a_fixed_number_of_services(language: str) -> None:
    said = "便民服务60项，一百二十余项便民服务，3 个服务"
    assert len(_FIXED.findall(said)) == 3

    for path in sorted((LOCALES / language / "LC_MESSAGES").glob("*.po")):
        catalogue = read_po(path.read_bytes().splitlines())
        for message in catalogue:
            words = message.string if isinstance(message.string, str) else "".join(message.string)
            assert not _FIXED.search(words), (path.name, words)
            assert not re.search(r"\b\d+ (?:public )?(?:services|items)\b", words), words


async def test_an_item_that_lost_its_document_is_told_to_nobody(office: Office) -> None:
    await with_guide(office)
    await office.starts("anna", "g-E1")
    await office.change(
        entry(office, "elder_card2", "services.items", {**ELDER_CARD, "name": "没有材料的事项"})
    )

    told = await office.says("anna", "办事指南")

    assert "有 1 项" in told


async def test_an_item_of_another_community_is_not_ones_own(office: Office) -> None:
    await with_guide(office, unit=WEST)
    await office.starts("anna", "g-E1")
    await office.starts("wei", "g-W1")

    assert "办理条件" not in await office.says("anna", "老年证怎么办")
    assert "办理条件" in await office.says("wei", "老年证怎么办")


async def test_a_button_of_an_item_that_has_ended_says_so(office: Office) -> None:
    await with_guide(office)
    await office.starts("anna", "g-E1")
    await office.says("anna", "办事指南")
    item = entry(office, "elder_card", "services.items", ELDER_CARD)
    await office.change(
        Entry(
            **{
                **{name: getattr(item, name) for name in Entry.__slots__},
                "version": 2,
                "valid_until": office.now - timedelta(days=1),
            }
        )
    )

    told = await office.presses("anna", "老年人优待证办理")

    assert "办理条件" not in told


async def test_two_communities_with_one_item_each_get_their_own_at_once(office: Office) -> None:
    await with_guide(office)
    (hall,) = [entry(office, "west", "services.halls", {**HALL, "name": "西园中心"}, WEST)]
    await keep(
        office,
        hall,
        entry(office, "east_item", "services.items", {**ELDER_CARD, "name": "居住证明"}, EAST),
        entry(office, "east_desk", "services.desks", {**DESK, "service": "居住证明"}, EAST),
        entry(office, "east_id", "services.documents", {**IDENTITY, "item": "east_item"}, EAST),
        entry(office, "west_item", "services.items", {**ELDER_CARD, "name": "居住证明"}, WEST),
        entry(
            office,
            "west_desk",
            "services.desks",
            {"service": "居住证明", "hall": "west", "where": "9号窗口"},
            WEST,
        ),
        entry(office, "west_id", "services.documents", {**IDENTITY, "item": "west_item"}, WEST),
    )
    await office.starts("anna", "g-E1")
    await office.starts("wei", "g-W1")

    east, west = [await office.says(who, "居住证明怎么办") for who in ("anna", "wei")]

    assert "3号窗口" in east
    assert "9号窗口" not in east
    assert "西园中心（人民路1号）9号窗口" in west
    assert "3号窗口" not in west


async def test_the_own_communitys_desk_comes_before_the_streets(office: Office) -> None:
    await with_guide(office)
    await keep(
        office,
        entry(office, "east", "services.halls", {**HALL, "name": "东园中心"}, EAST),
        entry(office, "a_desk", "services.desks", {**DESK, "hall": "east"}, EAST),
    )
    await office.starts("anna", "g-E1")
    await office.starts("wei", "g-W1")

    own, others = [await office.says(who, "老年证怎么办") for who in ("anna", "wei")]

    assert own.index("东园中心") < own.index("街道便民服务大厅")
    assert "东园中心" not in others


async def test_in_english_the_answer_has_the_same_six_parts(office: Office) -> None:
    await with_guide(office, also_called="老年证、senior card")
    await office.starts("anna", "g-E1")
    await office.does("anna", "menu.language:en")

    told = await office.says("anna", "How do I get a senior card?")

    for part in (
        "Conditions: 年满六十周岁",
        "What to bring: 本人居民身份证 (1)",
        "within 3 working days",
        "free",
        "0371-000101",
        "in person",
    ):
        assert part.casefold() in told.casefold()
    assert "能，居住满一个月就行" in await office.presses("anna", "外地户口能办吗")


@pytest.mark.parametrize("count", [1, 20])
async def test_in_elder_mode_an_answer_is_three_taps_away(office: Office, count: int) -> None:
    await with_guide(office)
    for number in range(1, count):
        fields = {**ELDER_CARD, "name": f"第{number}种证办理", "also_called": "某证"}
        which = f"item{number}"
        await keep(
            office,
            entry(office, which, "services.items", fields),
            entry(office, f"d{which}", "services.desks", {**DESK, "service": fields["name"]}),
            entry(office, f"i{which}", "services.documents", {**IDENTITY, "item": which}),
        )
    await office.starts("anna", "g-E1")
    await office.does("anna", "menu.elder:on")

    await office.presses("anna", "便民服务")
    await office.presses("anna", "办事指南")
    told = await office.presses("anna", "老年人优待证办理")

    assert "办理条件" in told
    assert "3号窗口" in told


async def test_what_elders_say_or_type_is_answered_without_a_tap(office: Office) -> None:
    await with_guide(office)
    await office.starts("anna", "g-E1")
    await office.does("anna", "menu.elder:on")

    assert "办理条件" in await office.says("anna", "老年证咋办呀")
    assert any("0371-000101" in one for one in office.labels("anna"))
