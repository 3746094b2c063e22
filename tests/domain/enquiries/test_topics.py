"""What a question asks that the street's own data answer."""

import pytest

from domain.enquiries.topics import Topic, topics_of
from domain.words.plaintext import plain_text


@pytest.mark.parametrize(
    ("asked", "topic"),
    [
        ("社区几点上班", Topic.HOURS),
        ("你们周末上班吗", Topic.HOURS),
        ("街道办中午休息不", Topic.HOURS),
        ("居委会什么时候开门", Topic.HOURS),
        ("社区电话多少", Topic.PHONE),
        ("怎么联系你们", Topic.PHONE),
        ("便民服务中心在哪", Topic.ADDRESS),
        ("街道办事处怎么走", Topic.ADDRESS),
        ("谁是我们网格员", Topic.WORKER),
        ("我们网格员电话是多少", Topic.WORKER),
        ("哪个负责我们这片", Topic.WORKER),
        ("我家在哪个网格", Topic.GRID),
        ("我们小区归哪个社区", Topic.GRID),
        ("今天停水吗", Topic.NEARBY),
        ("是不是停电了", Topic.NEARBY),
        ("what time do you open", Topic.HOURS),
    ],
)
def test_what_the_data_tell_is_found(asked: str, topic: Topic) -> None:
    assert topic in topics_of(plain_text(asked))


@pytest.mark.parametrize(
    "asked",
    [
        "社区医院几点上班",
        "幼儿园电话多少",
        "派出所在哪",
        "居住证怎么办",
        "物业电话",
        "垃圾分类怎么分",
        "低保多少钱",
        "我妈八十了想问一下你们社区高龄补贴几点能办到底要带什么材料户口本身份证都要原件吗",
        "",
    ],
)
def test_what_only_somebody_can_tell_goes_to_the_window(asked: str) -> None:
    assert topics_of(plain_text(asked)) == ()


def test_a_question_for_the_worker_is_not_answered_with_the_offices_number_alone() -> None:
    assert topics_of(plain_text("网格员电话")) == (Topic.WORKER,)
