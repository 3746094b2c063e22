"""What people type to a form instead of pressing its buttons, and how they correct it."""

import pytest

from handlers.forms.everyday import Correction, Said, correction_in, lone_phone, said_in
from tests.handlers.chats import Office

LAMP = "3号楼路灯坏了"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("好", Said.SUBMIT),
        ("好的。", Said.SUBMIT),
        ("提交吧", Said.SUBMIT),
        ("就这样！", Said.SUBMIT),
        ("算了", Said.CANCEL),
        ("算了不报了", Said.CANCEL),
        ("取消", Said.CANCEL),
        ("没有", Said.SKIP),
        ("不知道", Said.SKIP),
        ("不对", Said.CHANGE),
        ("返回", Said.BACK),
        ("谢谢", Said.THANKS),
        ("价格不对", None),
        ("好像是水管", None),
        ("没有路灯", None),
        ("不对面那栋", None),
        ("", None),
    ],
)
def test_only_what_says_nothing_else_is_a_buttons_word(given: str, said: Said | None) -> None:
    assert said_in(given) is said


@pytest.mark.parametrize(
    ("given", "digits"),
    [
        ("13812345678", "13812345678"),
        ("电话13900001111", "13900001111"),
        ("我的手机是 139 0000 1111", "13900001111"),
        ("+86 13900001111", "13900001111"),
        ("0379-6543210", "03796543210"),
        ("表号202612345", None),
        ("138 1234", None),
        ("水表13812345678坏了", None),
    ],
)
def test_a_number_that_stands_alone_is_a_telephone_number(given: str, digits: str | None) -> None:
    assert lone_phone(given) == digits


@pytest.mark.parametrize(
    ("given", "right"),
    [
        ("不是供水，是下水道", Correction("下水道", "供水")),
        ("地点错了，是6号楼", Correction("6号楼", is_place=True)),
        ("地址写错了应该是东区8号院", Correction("东区8号院", is_place=True)),
        ("类别不对，是电梯", Correction("电梯")),
        ("是5号楼，不是3号楼", Correction("5号楼", "3号楼")),
        ("灯坏了", None),
    ],
)
def test_a_correction_says_what_is_right(given: str, right: Correction | None) -> None:
    assert correction_in(given) == right


@pytest.mark.parametrize("word", ["好", "提交", "就这样", "可以了"])
async def test_the_read_back_is_submitted_by_its_everyday_words(office: Office, word: str) -> None:
    await office.starts("anna", "g-E1")
    await office.says("anna", LAMP)

    assert "已提交" in await office.says("anna", word)


@pytest.mark.parametrize("word", ["算了", "取消", "不报了"])
async def test_cancelling_is_asked_about_once_and_keeps_the_content_clean(
    office: Office, word: str
) -> None:
    await office.starts("anna", "g-E1")
    await office.says("anna", LAMP)
    await office.says("anna", word)
    await office.presses("anna", "接着填")

    await office.presses("anna", "提交")

    card = office.heard("secretary")
    assert LAMP in card
    assert word not in card


async def test_a_lone_number_is_the_telephone_and_not_content(office: Office) -> None:
    await office.starts("anna", "g-E1")
    await office.says("anna", LAMP)

    told = await office.says("anna", "13812345678")

    assert "联系电话记下了" in told
    assert "内容：3号楼路灯坏了\n" in told


async def test_what_was_added_can_be_taken_out_with_one_press(office: Office) -> None:
    await office.starts("anna", "g-E1")
    await office.says("anna", LAMP)
    added = await office.says("anna", "还有一股怪味道")
    button = office.button("anna", "去掉这句")

    told = await office.does("anna", button)
    again = await office.does("anna", button)

    assert "怪味道" in added
    assert "怪味道" not in told
    assert "怪味道" not in again


async def test_the_place_is_corrected_in_words(office: Office) -> None:
    await office.starts("anna", "g-E1")
    await office.says("anna", LAMP)

    told = await office.says("anna", "地点错了，是6号楼")

    assert "地点：6号楼" in told
    assert "内容：3号楼路灯坏了\n" in told


async def test_the_category_is_corrected_in_words(office: Office) -> None:
    await office.starts("anna", "g-E1")
    await office.says("anna", "3号楼没水了")

    told = await office.says("anna", "不是供水，是下水道堵了")

    assert "类别：🕳️ 下水道和污水" in told


async def test_skipping_in_words_leaves_the_place_empty(office: Office) -> None:
    await office.starts("anna", "g-E1")
    await office.says("anna", LAMP)
    await office.presses("anna", "修改地点")

    told = await office.says("anna", "跳过")

    assert "地点：跳过" not in told


async def test_a_part_of_a_categorys_name_is_enough(office: Office) -> None:
    await office.starts("anna", "g-E1")
    await office.says("anna", LAMP)
    await office.presses("anna", "修改类别")

    assert "下水道和污水" in await office.says("anna", "下水道")


async def test_thanks_at_the_read_back_change_nothing(office: Office) -> None:
    await office.starts("anna", "g-E1")
    await office.says("anna", LAMP)

    told = await office.says("anna", "谢谢")

    assert "内容：3号楼路灯坏了\n" in told
    assert "提交" in told
