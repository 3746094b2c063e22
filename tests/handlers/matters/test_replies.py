"""What is written under a message about a case, over Telegram, is for that case."""

import pytest

from domain.matters.matter import Happening, State
from domain.messages import FileKind, FileRef
from domain.places.points import Point
from tests.handlers.chats import Office

LAMP, BIN = "3号楼路灯坏了", "5号楼的垃圾桶满了"


def photo(name: str) -> tuple[FileRef, ...]:
    return (FileRef(kind=FileKind.PHOTO, ref=name),)


async def said_to(office: Office, number: str) -> list[str]:
    """Give what the chain of a case holds of what its resident wrote."""
    heard = (Happening.ADDED, Happening.ANSWERED)
    events = [one for one in await office.events(number) if one.happening in heard]
    return [str((one.content or {})["text"]) for one in events]


@pytest.fixture
async def lamp(office: Office) -> str:
    return await office.filed(LAMP)


@pytest.fixture
async def bin_(office: Office, lamp: str) -> str:
    await office.says("resident", BIN)
    return next(iter(office.numbers(await office.presses("resident", "提交"))))


async def asks(office: Office, number: str, question: str) -> None:
    await office.does("secretary", f"matters.accept:{number}")
    await office.does("secretary", f"matters.ask:{number}")
    await office.says("secretary", question)


async def resolves(office: Office, number: str) -> None:
    await office.does("secretary", f"matters.accept:{number}")
    await office.does("secretary", f"matters.resolve:{number}")
    await office.says("secretary", "办好了，请看看")
    await office.presses("secretary", "跳过")
    await office.presses("secretary", "提交")


# --- residents -----------------------------------------------------------------------------------


async def test_a_receipt_leads_words_to_its_case(office: Office, lamp: str, bin_: str) -> None:
    told = await office.replies("resident", f"编号 {lamp}", "从北边数第二盏")

    assert f"已补充到 {lamp}" in told
    assert await said_to(office, lamp) == ["从北边数第二盏"]
    assert await said_to(office, bin_) == []
    assert "从北边数第二盏" in office.heard("secretary")


async def test_of_two_questions_the_one_that_is_replied_to_is_answered(
    office: Office, lamp: str, bin_: str
) -> None:
    await asks(office, lamp, "是楼里的灯吗？")
    await asks(office, bin_, "是哪一边的桶？")

    await office.replies("resident", "是楼里的灯吗", "北门旁边那个")

    assert await said_to(office, lamp) == ["北门旁边那个"]
    assert (await office.matter(lamp)).state is State.ACCEPTED
    assert (await office.matter(bin_)).state is State.ASKED


async def test_what_reads_like_a_new_matter_is_still_the_answer(office: Office, lamp: str) -> None:
    await asks(office, lamp, "还有别的地方坏吗？")

    await office.replies("resident", "还有别的地方坏吗", "5号楼门口的路灯也不亮")

    assert await said_to(office, lamp) == ["5号楼门口的路灯也不亮"]


async def test_a_picture_and_a_place_are_answers_too(office: Office, lamp: str) -> None:
    await asks(office, lamp, "在哪里？")
    await office.replies("resident", "在哪里", place=Point(latitude=34.005, longitude=113.005))
    told = await office.replies("resident", "在哪里", files=photo("p1"))

    assert await said_to(office, lamp) == ["📍 34.00500, 113.00500", ""]
    assert f"已补充到 {lamp}" in told
    assert len(((await office.events(lamp))[-1].content or {})["attachments"]) == 1


async def test_an_album_is_read_back_before_it_goes(office: Office, lamp: str) -> None:
    receipt = f"编号 {lamp}"
    await office.replies("resident", receipt, "就是这盏", files=photo("p1"), album="a")
    told = await office.replies("resident", receipt, files=photo("p2"), album="a")
    assert lamp in told
    assert "照片 2 张" in told

    await office.presses("resident", "提交")

    assert await said_to(office, lamp) == ["就是这盏"]
    assert len(((await office.events(lamp))[-1].content or {})["attachments"]) == 2


async def test_an_open_form_about_something_else_keeps_its_words_and_is_offered_again(
    office: Office, lamp: str
) -> None:
    await office.says("resident", BIN)  # Not submitted yet.

    told = await office.replies("resident", f"编号 {lamp}", "从北边数第二盏")
    assert "还有一份没填完" in told
    assert await said_to(office, lamp) == ["从北边数第二盏"]

    await office.presses("resident", "接着填")
    filed = await office.presses("resident", "提交")
    number = next(iter(office.numbers(filed)))
    assert (await office.matter(number)).particulars.text == BIN


async def test_an_album_for_a_case_leaves_the_open_form_waiting(office: Office, lamp: str) -> None:
    await office.says("resident", BIN)
    await office.replies("resident", f"编号 {lamp}", files=photo("p1"), album="a")
    told = await office.presses("resident", "提交")
    assert f"已补充到 {lamp}" in told

    await office.presses("resident", "接着填")
    filed = await office.presses("resident", "提交")
    number = next(iter(office.numbers(filed)))
    assert (await office.matter(number)).particulars.text == BIN


async def test_a_reply_to_a_question_of_the_open_form_is_its_answer(
    office: Office, lamp: str
) -> None:
    await office.does("resident", f"matters.add:{lamp}")
    told = await office.replies("resident", "补充什么", "从北边数第二盏")

    assert "从北边数第二盏" in told
    assert "提交" in "".join(office.labels("resident"))
    assert await said_to(office, lamp) == []


async def test_a_reply_to_a_question_about_no_case_is_an_ordinary_word(office: Office) -> None:
    await office.starts("resident", "g-E1")

    told = await office.replies("resident", "您好", LAMP)

    assert "提交" in "".join(office.labels("resident"))
    assert LAMP in told


async def test_a_result_that_is_replied_to_is_judged_by_a_press(office: Office, lamp: str) -> None:
    await resolves(office, lamp)

    told = await office.replies("resident", "办好了，请看看", "还是一闪一闪的")
    assert "您是说" in told
    assert office.labels("resident")[:3] == [
        f"👎 {lamp} 没解决",
        f"👍 {lamp} 已解决",
        "🆕 另一件新的事",
    ]
    await office.presses("resident", "没解决")
    await office.presses("resident", "给承办人")

    assert (await office.matter(lamp)).is_open
    assert "还是一闪一闪的" in office.transcript("secretary")


async def test_what_is_new_is_taken_as_something_new(office: Office, lamp: str) -> None:
    await resolves(office, lamp)
    await office.replies("resident", "办好了，请看看", BIN)
    await office.presses("resident", "另一件新的事")

    filed = await office.presses("resident", "提交")
    assert office.numbers(filed) != {lamp}
    assert (await office.matter(lamp)).state is State.RESOLVED


async def test_how_it_stands_can_be_asked_under_a_receipt(
    office: Office, lamp: str, bin_: str
) -> None:
    told = await office.replies("resident", f"编号 {lamp}", "办到哪一步了？")

    assert "办理经过" in told
    assert lamp in told
    assert bin_ not in told


async def test_a_closed_case_takes_nothing_more_and_says_so(office: Office, lamp: str) -> None:
    await resolves(office, lamp)
    await office.does("resident", f"matters.judge:{lamp}:yes")
    office.later(days=3)

    told = await office.replies("resident", f"编号 {lamp}", "还有一盏灯也坏了")

    assert "已经办完了" in told
    assert "还有一盏灯也坏了" in told or "提交" in "".join(office.labels("resident"))
    assert await said_to(office, lamp) == []


async def test_words_for_a_closed_case_do_not_slip_into_the_form_that_is_open(
    office: Office, lamp: str
) -> None:
    await resolves(office, lamp)
    await office.does("resident", f"matters.judge:{lamp}:yes")
    office.later(days=3)
    await office.says("resident", BIN)

    told = await office.replies("resident", f"编号 {lamp}", "三楼那盏又灭了")

    assert "三楼那盏又灭了" in told
    await office.presses("resident", "接着填")
    filed = await office.presses("resident", "提交")
    number = next(iter(office.numbers(filed)))
    assert (await office.matter(number)).particulars.text == BIN


async def test_to_a_case_of_a_neighbour_nothing_can_be_said(office: Office, lamp: str) -> None:
    await office.joins(lamp, "neighbour")

    told = await office.replies("neighbour", f"已附议 {lamp}", "我家也不亮")

    assert "邻居反映的" in told
    assert await said_to(office, lamp) == []


async def test_what_was_erased_cannot_be_spoken_to(office: Office, lamp: str) -> None:
    card = office.row_of("secretary", LAMP)
    await office.replies("secretary", card, "待办")  # It was sent.
    await office.does("resident", "residents.ask_erase")
    await office.presses("resident", "继续删除")
    await office.presses("resident", "确定全部删除")
    told = await office.replies("secretary", card, "明天去换")

    assert "记不了您这句话" in told
    assert "明天去换" in told


async def test_words_about_a_person_are_held_and_still_reach_their_case(
    office: Office, lamp: str, bin_: str
) -> None:
    told = await office.replies("resident", f"编号 {lamp}", "张书记说过今天来换灯泡，还没来")
    assert "张书记" in told
    assert await said_to(office, lamp) == []

    await office.presses("resident", "只是说事")

    assert await said_to(office, lamp) == ["张书记说过今天来换灯泡，还没来"]
    assert await said_to(office, bin_) == []


# --- staff ---------------------------------------------------------------------------------------


async def test_the_result_goes_to_the_card_that_was_replied_to(
    office: Office, lamp: str, bin_: str
) -> None:
    for number in (lamp, bin_):
        await office.does("secretary", f"matters.accept:{number}")
    await office.does("secretary", f"matters.resolve:{bin_}")

    told = await office.replies("secretary", LAMP, "灯泡换好了", files=photo("after"))
    assert lamp in told
    assert "灯泡换好了" in told
    await office.presses("secretary", "提交")

    assert (await office.matter(lamp)).state is State.RESOLVED
    assert (await office.matter(bin_)).state is State.ACCEPTED
    # What was begun before is still there.
    assert "继续" in "".join(office.labels("secretary")) or "办结" in office.transcript("secretary")


async def test_news_that_may_be_either_is_asked_about(office: Office, lamp: str) -> None:
    await office.replies("secretary", LAMP, "明天上午去换灯泡")
    assert office.labels("secretary")[:2] == ["办完了", "还没，先记进展"]

    await office.presses("secretary", "先记进展")
    told = office.heard("secretary")
    assert lamp in told
    await office.presses("secretary", "提交")

    assert "明天上午去换灯泡" in office.heard("resident")
    assert (await office.matter(lamp)).state is State.ACCEPTED


async def test_whoever_stands_above_instructs_or_notes(office: Office, lamp: str) -> None:
    office.later(hours=7)
    await office.does("community", f"matters.show:{lamp}")

    await office.replies("community", LAMP, "今天之内去看一眼")
    assert "督办" in office.labels("community")[0]
    await office.presses("community", "督办")

    assert "今天之内去看一眼" in office.heard("secretary")


async def test_whose_case_it_is_no_more_is_told_and_gets_the_words_back(
    office: Office, lamp: str
) -> None:
    card = office.row_of("secretary", LAMP)
    await office.does("secretary", f"matters.accept:{lamp}")
    await office.does("resident", f"matters.withdraw:{lamp}")

    told = await office.replies("secretary", card, "灯泡换好了")

    assert "灯泡换好了" in told
    assert lamp in told


async def test_whoever_gave_a_case_back_may_not_speak_to_it(office: Office, lamp: str) -> None:
    await office.does("secretary", f"matters.accept:{lamp}")
    await office.does("secretary", f"matters.choose_worker:{lamp}")
    await office.presses("secretary", "李网格员")
    card = office.row_of("worker", LAMP)
    await office.does("worker", f"matters.return:{lamp}")
    await office.says("worker", "这是物业的灯")

    told = await office.replies("worker", card, "我去看看")

    assert "我去看看" in told
    assert "我去看看" not in office.heard("secretary")
    assert "没有找到" in told
