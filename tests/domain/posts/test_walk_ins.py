"""One sentence of a clerk's tells who it is, how to call them, and what it is about."""

import pytest

from domain.posts.walk_ins import WalkIn, read_walk_in


@pytest.mark.parametrize(
    ("said", "read"),
    [
        (
            "2号楼王奶奶来说楼道灯坏了，电话13800001111",
            WalkIn(text="2号楼楼道灯坏了", name="王奶奶", phone="13800001111"),
        ),
        (
            "李建国来电，5号楼下水道堵了，138 0000 1111",
            WalkIn(text="5号楼下水道堵了", name="李建国", phone="13800001111", calls=True),
        ),
        (
            "居民张伟打电话反映小区垃圾三天没人收，手机：13900002222",
            WalkIn(text="小区垃圾三天没人收", name="张伟", phone="13900002222", calls=True),
        ),
        (
            "老赵来说晨光里南门的井盖松了",
            WalkIn(text="晨光里南门的井盖松了", name="老赵"),
        ),
        (
            "我叫陈秀英，3号楼路灯不亮",
            WalkIn(text="3号楼路灯不亮", name="陈秀英"),
        ),
        ("刘女士来窗口咨询居住证怎么办", WalkIn(text="居住证怎么办", name="刘女士")),
        (
            "王阿姨打电话来说厨房水管漏水 0379-62345678",
            WalkIn(text="厨房水管漏水", name="王阿姨", phone="037962345678", calls=True),
        ),
        ("有居民反映健身器材太旧", WalkIn(text="健身器材太旧")),
        ("3号楼路灯坏了，天黑看不见", WalkIn(text="3号楼路灯坏了，天黑看不见")),
        ("王师傅修的水管又漏了", WalkIn(text="王师傅修的水管又漏了")),
        ("周末没人收垃圾", WalkIn(text="周末没人收垃圾")),
        (
            "高楼抛物，李大爷家的玻璃碎了",
            WalkIn(text="高楼抛物，李大爷家的玻璃碎了", name="李大爷"),
        ),
    ],
)
def test_a_sentence_is_read_into_who_and_what(said: str, read: WalkIn) -> None:
    assert read_walk_in(said) == read


@pytest.mark.parametrize("said", ["", "，", "13800001111", "王奶奶来说"])
def test_what_says_nothing_of_a_matter_is_kept_as_it_is(said: str) -> None:
    assert read_walk_in(said).text == said


def test_an_identity_number_is_no_telephone() -> None:
    assert read_walk_in("身份证410301195001011234，办低保").phone == ""
