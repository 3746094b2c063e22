"""The guide as the office keeps it in chat: an item is published whole, or not at all."""

from datetime import timedelta
from typing import Any

import pytest

from domain.registers import EntryState, cleaned
from domain.registry import REGISTERS
from tests.guide import DESK, ELDER_CARD, HALL, IDENTITY, entry, keep, kept, with_guide
from tests.handlers.chats import Office
from tests.street import EAST, STREET

LEADER = "street_leader"
ITEMS, DOCUMENTS, DESKS = "services.items", "services.documents", "services.desks"


async def shown(office: Office) -> str:
    """Ask for the item as a resident."""
    return await office.says("anna", "老年证怎么办")


async def item_state(office: Office) -> EntryState:
    (item,) = await kept(office, ITEMS)
    return item.state


async def with_draft(office: Office, **without: Any) -> None:
    """Keep an item that is complete by its own fields, and not published yet."""
    fields = cleaned(REGISTERS[ITEMS], {**ELDER_CARD, **without})
    await keep(
        office,
        entry(office, "hall", "services.halls", HALL),
        entry(office, "elder_card", ITEMS, fields, state=EntryState.DRAFT),
    )


# --- published whole -----------------------------------------------------------------------------


@pytest.mark.requirement("S-17")
async def test_an_item_is_published_with_its_documents_and_its_desk_and_not_before(
    office: Office,
) -> None:
    await with_draft(office)
    await office.starts("anna", "g-E1")
    await office.does(LEADER, "registers.show:elder_card")

    refused = await office.presses(LEADER, "发布")

    assert "还不能发布" in refused
    assert "没有写要交什么材料" in refused
    assert "没有写在哪个大厅的哪个窗口办" in refused
    assert await item_state(office) is EntryState.DRAFT

    await office.presses(LEADER, "加材料")
    await office.says(LEADER, "本人居民身份证")
    await office.presses(LEADER, "是")
    for said in ("原件", "纸质", "1", "公安机关", "《居民身份证法》第十四条", "在有效期内", "带着"):
        await office.says(LEADER, said)
    saved = await office.presses(LEADER, "提交")
    assert "已保存" in saved
    back = await office.presses(LEADER, "老年人优待证办理")
    assert "事项材料：本人居民身份证" in back
    assert "没有写要交什么材料" not in back

    await office.presses(LEADER, "加窗口业务")
    await office.presses(LEADER, "街道便民服务大厅")
    await office.says(LEADER, "3号窗口")
    await office.presses(LEADER, "跳过")
    await office.presses(LEADER, "提交")
    await office.presses(LEADER, "老年人优待证办理")
    assert "还没有公布事项" in await office.says("anna", "办事指南")
    await office.presses(LEADER, "发布")

    assert await item_state(office) is EntryState.PUBLISHED
    assert "本人居民身份证（1 份）：在有效期内" in await shown(office)


@pytest.mark.requirement("S-17")
@pytest.mark.parametrize(
    "name", [one.name for one in REGISTERS[ITEMS].fields if one.required and one.name != "name"]
)
async def test_no_item_is_published_without_a_required_field(office: Office, name: str) -> None:
    await with_draft(office, **{name: ""})
    await keep(
        office,
        entry(office, "desk", DESKS, DESK),
        entry(office, "identity", DOCUMENTS, IDENTITY),
    )
    await office.does(LEADER, "registers.show:elder_card")

    await office.presses(LEADER, "发布")

    assert await item_state(office) is EntryState.DRAFT


@pytest.mark.requirement("S-17")
@pytest.mark.parametrize("name", [one.name for one in REGISTERS[DOCUMENTS].fields if one.required])
async def test_no_item_is_published_while_a_document_lacks_a_required_field(
    office: Office, name: str
) -> None:
    await with_draft(office)
    document = {key: value for key, value in IDENTITY.items() if key != name}
    await keep(
        office,
        entry(office, "desk", DESKS, DESK),
        entry(office, "identity", DOCUMENTS, document, state=EntryState.DRAFT),
    )
    await office.does(LEADER, "registers.show:identity")
    await office.presses(LEADER, "发布")
    await office.does(LEADER, "registers.show:elder_card")

    told = await office.presses(LEADER, "发布")

    assert await item_state(office) is EntryState.DRAFT
    assert "没有写要交什么材料" in told


@pytest.mark.requirement("S-17")
@pytest.mark.parametrize("name", ["其他材料", "相关证明", "身份证、户口本等材料"])
async def test_no_document_leaves_open_what_it_is(office: Office, name: str) -> None:
    await with_draft(office)
    await keep(
        office,
        entry(office, "desk", DESKS, DESK),
        entry(office, "vague", DOCUMENTS, {**IDENTITY, "name": name}, state=EntryState.DRAFT),
    )
    await office.does(LEADER, "registers.show:vague")

    told = await office.presses(LEADER, "发布")
    await office.does(LEADER, "registers.show:elder_card")
    refused = await office.presses(LEADER, "发布")

    assert "不能写“其他材料”" in told
    assert f"“{name}”还是草稿" in refused
    assert await item_state(office) is EntryState.DRAFT


async def test_a_second_document_that_is_not_finished_keeps_an_item_back(office: Office) -> None:
    await with_draft(office)
    await keep(
        office,
        entry(office, "desk", DESKS, DESK),
        entry(office, "identity", DOCUMENTS, IDENTITY),
        entry(
            office,
            "photo",
            DOCUMENTS,
            {"name": "一寸照片", "item": "elder_card"},
            state=EntryState.DRAFT,
        ),
    )
    await office.does(LEADER, "registers.show:elder_card")

    refused = await office.presses(LEADER, "发布")

    assert "“一寸照片”还是草稿" in refused
    assert "一寸照片" in await office.presses(LEADER, "看“一寸照片”")


@pytest.mark.requirement("S-15")
@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"visits": 1, "presence": ""}, "要本人到场的，请写明是哪一步、为什么"),
        ({"visits": 1, "presence": "核对本人"}, "“核对本人”这一步要本人到场，请写明为什么"),
        ({"visits": 0}, "到办事现场次数却是 0"),
    ],
)
async def test_no_item_leaves_open_for_which_step_one_has_to_come_and_why(
    office: Office, fields: dict[str, Any], said: str
) -> None:
    await with_draft(office, **fields)
    await keep(
        office,
        entry(office, "desk", DESKS, DESK),
        entry(office, "identity", DOCUMENTS, IDENTITY),
    )
    await office.does(LEADER, "registers.show:elder_card")

    assert said in await office.presses(LEADER, "发布")
    assert await item_state(office) is EntryState.DRAFT


async def test_what_is_done_online_needs_no_hall(office: Office) -> None:
    online = {"online": "yes", "in_hall": "no", "visits": 0, "presence": ""}
    await with_draft(office, **online)
    await keep(office, entry(office, "identity", DOCUMENTS, IDENTITY))
    await office.starts("anna", "g-E1")
    await office.does(LEADER, "registers.show:elder_card")

    await office.presses(LEADER, "发布")

    told = await shown(office)
    assert "在哪办：不用到大厅。申请、核对、发证" in told
    assert "不用跑，在家就能办" in told


async def test_an_item_that_is_submitted_without_its_parts_is_kept_as_a_draft(
    office: Office,
) -> None:
    await with_guide(office)
    await office.does(LEADER, "registers.add:services.items")
    await office.presses(LEADER, "梧桐街道")
    item = {**ELDER_CARD, "name": "敬老院入住"}
    for field in REGISTERS[ITEMS].fields:
        given = str(item.get(field.name, ""))
        option = field.option(given)
        if not given:
            await office.presses(LEADER, "跳过")
        else:
            await office.says(LEADER, option.words[0] if option else given)

    told = await office.presses(LEADER, "提交")

    assert "已保存" in told
    assert "还不能发布" in told
    assert "加材料" in " ".join(office.labels(LEADER))
    new = next(one for one in await kept(office, ITEMS) if one.get("name") == "敬老院入住")
    assert new.state is EntryState.DRAFT
    assert new.get("presence") == ELDER_CARD["presence"]


# --- what was whole ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("which", "lack"),
    [
        ("identity", "没有写要交什么材料"),
        ("desk", "没有写在哪个大厅的哪个窗口办"),
        ("hall", "没有写在哪个大厅的哪个窗口办"),
    ],
)
async def test_whoever_ends_what_an_item_needs_is_told_before_and_after(
    office: Office, which: str, lack: str
) -> None:
    await with_guide(office)
    await office.starts("anna", "g-E1")

    asked = await office.does(LEADER, f"registers.ask_end:{which}")
    told = await office.presses(LEADER, "停用")

    for said in (asked, told):
        assert "“老年人优待证办理”居民看不到了" in said
        assert lack in said
    assert "办理条件" not in await shown(office)
    card = await office.presses(LEADER, "老年人优待证办理")
    assert "居民看不到这一条" in card
    listed = await office.does(LEADER, f"registers.list:{ITEMS}")
    assert "其中 1 条已发布，但不完整，居民看不到" in listed
    assert lack in office.transcript(LEADER)


async def test_whoever_changes_a_part_away_from_its_item_is_told(office: Office) -> None:
    await with_guide(office)
    await office.does(LEADER, "registers.edit:desk")
    await office.presses(LEADER, "业务")
    await office.says(LEADER, "敬老院入住")

    told = await office.presses(LEADER, "提交")

    assert "已保存" in told
    assert "“老年人优待证办理”居民看不到了" in told


async def test_what_is_mended_is_shown_again(office: Office) -> None:
    await with_guide(office)
    await office.starts("anna", "g-E1")
    await office.does(LEADER, "registers.ask_end:desk")
    await office.presses(LEADER, "停用")
    await office.presses(LEADER, "老年人优待证办理")

    await office.presses(LEADER, "加窗口业务")
    await office.presses(LEADER, "街道便民服务大厅")
    await office.says(LEADER, "5号窗口")
    await office.presses(LEADER, "跳过")
    await office.presses(LEADER, "提交")

    assert "5号窗口" in await shown(office)
    assert "居民看不到" not in await office.does(LEADER, f"registers.list:{ITEMS}")


async def test_whoever_keeps_the_item_hears_of_what_another_one_ended(office: Office) -> None:
    await keep(
        office,
        entry(office, "east", "services.halls", {**HALL, "name": "东园中心"}, EAST),
        entry(office, "desk", DESKS, {**DESK, "hall": "east"}, EAST),
        entry(office, "elder_card", ITEMS, ELDER_CARD),
        entry(office, "identity", DOCUMENTS, IDENTITY),
    )
    await office.does("community", "registers.ask_end:desk")

    told = await office.presses("community", "停用")

    assert "“老年人优待证办理”居民看不到了" in told
    assert "“老年人优待证办理”居民看不到了" in office.heard(LEADER) + office.heard("dispatcher")


async def test_of_two_at_once_nobody_publishes_what_the_other_one_just_took_apart(
    office: Office,
) -> None:
    await with_draft(office)
    await keep(
        office,
        entry(office, "desk", DESKS, DESK),
        entry(office, "identity", DOCUMENTS, IDENTITY),
    )
    await office.does("dispatcher", "registers.ask_end:identity")
    await office.does(LEADER, "registers.show:elder_card")

    await office.arrive_together(
        ("dispatcher", {"action": office.button("dispatcher", "停用")}),
        (LEADER, {"action": office.button(LEADER, "发布")}),
    )

    told = office.heard("dispatcher") + office.heard(LEADER)
    assert "没有写要交什么材料" in told


async def test_a_published_item_is_not_changed_into_one_that_lacks_something(
    office: Office,
) -> None:
    await with_guide(office, needs_documents="no")
    await office.does(LEADER, "registers.ask_end:identity")
    await office.presses(LEADER, "停用")
    await office.starts("anna", "g-E1")
    assert "什么都不用带" in await shown(office)
    await office.does(LEADER, "registers.edit:elder_card")
    await office.presses(LEADER, "是否需要材料")
    await office.presses(LEADER, "是")

    refused = await office.presses(LEADER, "提交")

    assert "没有写要交什么材料" in refused
    assert "您写的都还在" in refused
    assert "什么都不用带" in await shown(office)


async def test_a_new_name_keeps_its_desk_as_long_as_the_old_one_is_among_its_names(
    office: Office,
) -> None:
    await with_guide(office)
    await office.starts("anna", "g-E1")
    await office.does(LEADER, "registers.edit:elder_card")
    await office.presses(LEADER, "事项名称")
    await office.says(LEADER, "敬老优待证申领")
    refused = await office.presses(LEADER, "提交")
    assert "没有写在哪个大厅的哪个窗口办" in refused

    await office.presses(LEADER, "俗称")
    await office.says(LEADER, "老年证、老年人优待证办理")
    told = await office.presses(LEADER, "提交")

    assert "已保存" in told
    assert "3号窗口" in await shown(office)


async def test_an_item_that_lost_something_may_be_changed_all_the_same(office: Office) -> None:
    await keep(office, entry(office, "elder_card", ITEMS, ELDER_CARD))
    await office.does(LEADER, "registers.edit:elder_card")
    await office.presses(LEADER, "咨询方式")
    await office.says(LEADER, "0371-000199")

    told = await office.presses(LEADER, "提交")

    assert "已保存" in told
    assert "居民看不到这一条" in told


async def test_a_document_in_preparation_hides_nothing(office: Office) -> None:
    await with_guide(office)
    await office.starts("anna", "g-E1")
    new = {"name": "一寸照片", "item": "elder_card"}
    await keep(office, entry(office, "photo", DOCUMENTS, new, state=EntryState.DRAFT))

    assert "本人居民身份证" in await shown(office)
    assert "居民看不到" not in await office.does(LEADER, "registers.show:elder_card")


async def test_an_item_whose_hall_moved_out_by_its_term_says_so(office: Office) -> None:
    await with_guide(office)
    office.later(days=1)
    (hall,) = await kept(office, "services.halls")
    await office.does(LEADER, f"registers.edit:{hall.id}")
    await office.presses(LEADER, "到哪天为止")
    await office.says(LEADER, f"{office.now - timedelta(days=1):%Y-%m-%d}")

    told = await office.presses(LEADER, "提交")

    assert "“老年人优待证办理”居民看不到了" in told


# --- refused -------------------------------------------------------------------------------------


async def test_a_hand_made_button_adds_nothing_to_what_it_does_not_belong_to(
    office: Office,
) -> None:
    await with_guide(office)

    told = await office.does(LEADER, "registers.add:services.documents:hall")

    assert "材料叫什么" not in told
    missing = await office.does(LEADER, "registers.add:services.documents:nothing")
    assert "材料叫什么" not in missing


async def test_a_clerk_sees_what_residents_do_not_and_gets_no_button_for_it(
    office: Office,
) -> None:
    await keep(office, entry(office, "elder_card", ITEMS, ELDER_CARD, STREET))

    listed = await office.does("clerk", f"registers.list:{ITEMS}")

    assert "加材料" not in listed + " ".join(office.labels("clerk"))
