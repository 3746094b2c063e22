"""What residents write about a case of their own, without looking for a button first."""

import re

import pytest

from domain.matters.cards import VISIBLE
from domain.matters.matter import Happening, State
from tests.handlers.chats import Office


@pytest.fixture
async def asked(office: Office) -> str:
    """A resident has been asked something."""
    number = await office.filed()
    await office.presses("secretary", "接单")
    await office.presses("secretary", "问居民")
    await office.says("secretary", "是楼里的灯还是楼外的路灯？")
    return number


@pytest.fixture
async def resolved(office: Office) -> str:
    """A resident is to judge a result."""
    number = await office.filed()
    await office.presses("secretary", "接单")
    await office.presses("secretary", "办结")
    await office.says("secretary", "换了灯泡")
    await office.presses("secretary", "跳过")
    await office.presses("secretary", "提交")
    return number


async def test_an_answer_that_is_simply_written_reaches_the_worker(
    office: Office, asked: str
) -> None:
    told = await office.sends("resident", "北门旁边那个", "photo-1")

    matter = await office.matter(asked)
    assert asked in told
    assert "不是回答，是另一件事" in office.labels("resident")
    assert matter.state is State.ACCEPTED
    assert "北门旁边那个" in office.heard("secretary")
    answered = (await office.events(asked))[-1]
    assert answered.content is not None
    assert len(answered.content["attachments"]) == 1


async def test_who_was_asked_may_still_tell_something_new(office: Office, asked: str) -> None:
    await office.says("resident", "5号楼门口的路灯也坏了")
    await office.presses("resident", "请人来办事")
    told = await office.presses("resident", "提交")

    assert "已提交" in told
    assert (await office.matter(asked)).state is State.ASKED


async def test_who_was_asked_just_sends_a_picture(office: Office, asked: str) -> None:
    told = await office.sends("resident", "", "photo-1")
    assert office.labels("resident")[:2] == [f"💬 回答 {asked} 的提问", "🆕 另一件新的事"]
    await office.presses("resident", "💬 回答")

    answered = (await office.events(asked))[-1]
    assert "对刚才提问的回答吗" in told
    assert (await office.matter(asked)).state is State.ACCEPTED
    assert "没有文字，见照片或语音" in office.heard("secretary")
    assert answered.happening is Happening.ANSWERED
    assert answered.content is not None
    assert len(answered.content["attachments"]) == 1


async def test_who_presses_answer_may_send_a_picture_alone(office: Office, asked: str) -> None:
    await office.presses("resident", "回答")
    await office.sends("resident", "", "photo-1")
    await office.presses("resident", "发完了")
    await office.presses("resident", "提交")

    answered = (await office.events(asked))[-1]
    assert answered.happening is Happening.ANSWERED
    assert answered.content is not None
    assert len(answered.content["attachments"]) == 1


async def test_an_answer_needs_words_or_a_picture(office: Office, asked: str) -> None:
    told = await office.presses("resident", "回答")

    assert "请写下您的回答" in told
    assert not any("提交" in label for label in office.labels("resident"))


async def test_a_picture_alone_can_be_added_to_a_case(office: Office) -> None:
    number = await office.filed()
    await office.presses("resident", "补充")
    await office.sends("resident", "", "photo-1")
    await office.presses("resident", "发完了")
    await office.presses("resident", "提交")

    added = (await office.events(number))[-1]
    assert added.happening is Happening.ADDED
    assert "没有文字，见照片或语音" in office.heard("secretary")


async def test_a_picture_of_something_new_is_not_taken_for_an_answer(
    office: Office, asked: str
) -> None:
    await office.sends("resident", "", "photo-1")
    await office.presses("resident", "另一件新的事")
    await office.says("resident", "5号楼的电梯坏了")
    receipt = await office.presses("resident", "提交")

    (number,) = {*re.findall(r"20\d\d-\d+", receipt)} - {asked}
    filed = await office.matter(number)
    assert filed.particulars.text == "5号楼的电梯坏了"
    assert len(filed.particulars.attachments) == 1
    assert (await office.matter(asked)).state is State.ASKED


async def test_words_that_follow_the_picture_are_part_of_the_answer(
    office: Office, asked: str
) -> None:
    await office.sends("resident", "", "photo-1")
    await office.says("resident", "就是北门旁边这一盏")
    await office.presses("resident", "💬 回答")

    answered = (await office.events(asked))[-1]
    assert answered.content is not None
    assert answered.content["text"] == "就是北门旁边这一盏"
    assert len(answered.content["attachments"]) == 1


@pytest.mark.parametrize(("words", "photos"), [("楼外的路灯", ()), ("", ("photo-1",))])
async def test_an_answer_that_comes_too_late_is_added_to_the_case(
    office: Office, asked: str, words: str, photos: tuple[str, ...]
) -> None:
    await office.sends("resident", words, *photos)
    await office.does("secretary", f"matters.phoned:{asked}")
    await office.says("secretary", "电话里说是楼外的")
    told = await office.presses("resident", "💬 回答")

    added = (await office.events(asked))[-1]
    assert "已补充" in told
    assert added.happening is Happening.ADDED
    assert added.content is not None
    assert added.content.get("text", "") == words
    assert len(added.content.get("attachments") or ()) == len(photos)


async def test_an_answer_to_a_case_that_was_closed_meanwhile_is_refused_in_one_sentence(
    office: Office, asked: str
) -> None:
    await office.says("resident", "楼外的路灯")
    answer = office.button("resident", "💬 回答")
    await office.does("resident", f"matters.ask_withdraw:{asked}")
    await office.presses("resident", "确定撤回")
    told = await office.does("resident", answer)

    assert "已撤回" in told
    assert (await office.matter(asked)).state is State.WITHDRAWN


async def test_the_words_under_a_later_picture_are_part_of_the_answer(
    office: Office, asked: str
) -> None:
    await office.sends("resident", "", "photo-1")
    await office.sends("resident", "北门旁边的第二盏", "photo-2")
    await office.presses("resident", "💬 回答")

    answered = (await office.events(asked))[-1]
    assert answered.content is not None
    assert answered.content["text"] == "北门旁边的第二盏"
    assert len(answered.content["attachments"]) == 2


async def test_a_question_goes_before_verdicts_that_are_due(office: Office, asked: str) -> None:
    for words in ("5号楼路灯坏了", "6号楼路灯坏了"):
        await office.says("resident", words)
        await office.presses("resident", "请人来办事")
        receipt = await office.presses("resident", "提交")
        (number,) = {*re.findall(r"20\d\d-\d+", receipt)} - {asked}
        await office.does("secretary", f"matters.accept:{number}")
        await office.does("secretary", f"matters.resolve:{number}")
        await office.says("secretary", "换了灯泡")
        await office.presses("secretary", "跳过")
        await office.presses("secretary", "提交")

    await office.sends("resident", "", "photo-1")

    assert office.labels("resident")[0] == f"💬 回答 {asked} 的提问"


async def test_what_is_written_instead_of_a_verdict_is_one_and_is_kept(
    office: Office, resolved: str
) -> None:
    await office.says("resident", "晚上又黑了")
    await office.presses("resident", f"👎 {resolved}")
    above = office.heard("community")
    await office.presses("resident", "给承办人")

    matter = await office.matter(resolved)
    happened = [event.happening for event in await office.events(resolved)]
    assert (matter.state, matter.reopenings) == (State.DISPATCHED, 1)
    assert "晚上又黑了" in office.heard("secretary")
    assert "没有解决" in above
    assert Happening.ADDED in happened


async def test_thanks_instead_of_a_verdict_close_the_case(office: Office, resolved: str) -> None:
    await office.says("resident", "师傅手艺不错")
    told = await office.presses("resident", f"👍 {resolved}")

    assert "打个分" in told
    assert (await office.matter(resolved)).state is State.CLOSED


async def test_who_says_not_solved_is_asked_at_once_what_is_missing(
    office: Office, resolved: str
) -> None:
    told = await office.presses("resident", "没解决")
    await office.says("resident", "一闪一闪的")
    await office.presses("resident", "给承办人")

    assert "还差什么" in told
    assert "一闪一闪的" in office.heard("secretary")


async def test_unclear_words_can_be_added_to_an_open_case(office: Office) -> None:
    number = await office.filed()

    await office.says("resident", "北门旁边那个")
    await office.presses("resident", f"补充到 {number}")

    assert "北门旁边那个" in office.heard("secretary")


async def test_nobody_is_offered_the_case_of_another(office: Office, asked: str) -> None:
    await office.starts("neighbour", "g-E1")
    await office.says("neighbour", "北门旁边那个")

    assert not any(asked in label for label in office.labels("neighbour"))
    told = await office.does(
        "neighbour", office.button("neighbour", "请人").rsplit(":", 1)[0] + f":answer.{asked}"
    )

    assert "过时" in told
    assert (await office.matter(asked)).state is State.ASKED


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("菜单", "请选一项"),
        ("我的", "我的网格"),
        (" 我的事项 ", "路灯照明"),
        ("Menu", "请选一项"),
        ("报纠纷", "纠纷"),
    ],
)
async def test_the_words_on_the_menus_buttons_may_be_typed(
    office: Office, typed: str, shown: str
) -> None:
    await office.filed()

    told = await office.says("resident", typed)

    assert shown in told


async def test_who_asks_how_it_stands_is_told_without_another_press(office: Office) -> None:
    number = await office.filed()

    listed = await office.says("resident", "我的事怎么样了")
    shown = await office.says("resident", f"{number} 办到哪一步了")

    assert number in listed
    assert "等人接手" in listed
    assert "等人接手" in shown
    assert "前联系您" in shown


@pytest.mark.parametrize(
    ("said", "answered"), [("我的事怎么样了", "我的事项"), ("人工", "电话"), ("帮助", "编号")]
)
async def test_whoever_is_asked_what_is_meant_may_ask_back(
    office: Office, said: str, answered: str
) -> None:
    await office.filed()
    await office.says("resident", "北门旁边那个")

    told = await office.says("resident", said)
    later = await office.says("resident", "晚上更黑")

    assert answered in told
    assert "加进内容" not in told
    assert "加进内容" in later  # the question waits, and its words with it


async def test_nobody_is_told_how_the_case_of_another_stands(office: Office) -> None:
    number = await office.filed()
    await office.starts("neighbour", "g-E1")

    listed = await office.says("neighbour", "我的事怎么样了")
    shown = await office.says("neighbour", f"{number} 办到哪一步了")

    assert "还没有提交过" in listed
    assert "查询 编号 查询码" in listed  # for whoever has it on paper from the window
    assert "等人接手" not in shown
    assert "首次联系时限" not in shown


async def test_whoever_gets_a_case_later_reads_what_was_said_since(
    office: Office, asked: str
) -> None:
    await office.says("resident", "北门旁边那个")

    await office.does("secretary", office.button("secretary", "查看"))
    await office.presses("secretary", "转交")
    await office.presses("secretary", "网格员")

    assert "居民后来说：\n北门旁边那个" in office.heard("worker")


async def test_a_new_case_says_nothing_of_later_words(office: Office) -> None:
    await office.filed()

    assert "居民后来说" not in office.transcript("secretary")


# --- leaving, and looking back -------------------------------------------------------------------


@pytest.mark.parametrize("words", ["", "就这样", "不想说", "算了"])
async def test_after_not_solved_nothing_more_need_be_said(
    office: Office, resolved: str, words: str
) -> None:
    told = await office.presses("resident", "没解决")
    assert "不想说也没关系" in told
    assert office.labels("resident") == ["就这样"]

    told = await (office.says("resident", words) if words else office.presses("resident", "就这样"))

    assert "已经重新办理" in told
    assert (await office.matter(resolved)).is_open
    assert "提交" not in told


async def test_what_was_written_after_not_solved_is_not_thrown_away_unasked(
    office: Office, resolved: str
) -> None:
    await office.presses("resident", "没解决")
    told = await office.says("resident", "三楼还是不亮")
    assert "选了才发出" in told
    assert "就这样" not in office.labels("resident")

    assert "要取消吗" in await office.presses("resident", "取消")


async def test_a_comment_need_not_be_written(office: Office, resolved: str) -> None:
    await office.presses("resident", "已解决")
    await office.presses("resident", "5")
    await office.presses("resident", "写几句评价")

    assert "谢谢您的评分" in await office.presses("resident", "不写了")


async def test_the_whole_story_of_a_case_can_be_read_back_to_its_beginning(
    office: Office, resolved: str
) -> None:
    for times in range(9):
        await office.does("resident", f"matters.judge:{resolved}:no")
        await office.does("resident", f"matters.take_back:{resolved}")
        office.later(minutes=times)

    newest = await office.does("resident", f"matters.show:{resolved}")
    assert "您评价：没解决" in newest
    shown = [newest]
    while any("更早的经过" in one for one in office.labels("resident")):
        shown.append(await office.presses("resident", "更早的经过"))

    events = [one for one in await office.events(resolved) if one.happening in VISIBLE]
    assert len(events) > 24
    assert sum(len(re.findall(r"^11月24日|今天（", one, re.M)) for one in shown[1:]) == (
        len(events) - 12
    )


@pytest.mark.parametrize("before", ["0", "-1", "999999", "x"])
async def test_a_page_of_the_story_that_there_is_not_is_refused(
    office: Office, resolved: str, before: str
) -> None:
    told = await office.does("resident", f"matters.earlier:{resolved}:{before}")

    assert "办理经过" not in told


async def test_nobody_reads_the_story_of_another_case(office: Office, resolved: str) -> None:
    await office.starts("neighbour", "g-E1")

    assert "没有找到" in await office.does("neighbour", f"matters.earlier:{resolved}")
