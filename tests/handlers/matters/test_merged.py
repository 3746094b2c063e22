"""Two residents reported one thing: each keeps a voice, and each outlives the other."""

import pytest

from domain.matters.matter import Happening, State
from storage.erasures import keep_erasures
from storage.residents.erasure import replay_erasures
from tests.handlers.chats import Office


async def accept(office: Office, number: str) -> None:
    await office.does("secretary", f"matters.accept:{number}")


async def merge(office: Office, number: str, into: str) -> None:
    await office.does("community", f"matters.confirm_merge:{number}:{into}")
    await office.presses("community", "并入")


async def resolve(office: Office, number: str) -> None:
    await office.does("secretary", f"matters.resolve:{number}")
    await office.says("secretary", "跟张阿姨说好了，清走了")
    await office.presses("secretary", "跳过")
    await office.presses("secretary", "提交")


@pytest.fixture
async def pair(office: Office) -> tuple[str, str]:
    """The first resident's case, and the neighbour's, who was asked something before the merge."""
    first = await office.filed("3号楼路灯坏了，太黑了")
    second = await office.filed("3号楼门口路灯不亮了", by="neighbour")
    await accept(office, first)
    await accept(office, second)
    await office.does("secretary", f"matters.ask:{second}")
    await office.says("secretary", "是哪个单元？")
    await merge(office, second, first)
    return first, second


async def says_on(office: Office, who: str, verb: str, words: str) -> str:
    await office.does(who, verb)
    await office.says(who, words)
    return await office.presses(who, "提交")


# --- the voice -----------------------------------------------------------------------------------


async def test_the_open_question_is_told_to_whoever_goes_on_and_stays_answerable(
    office: Office, pair: tuple[str, str]
) -> None:
    first, second = pair
    assert "是哪个单元" in office.heard("secretary")

    told = await says_on(office, "neighbour", f"matters.answer:{second}", "2单元门口")

    assert first in told
    assert f"{first}（并入的 {second}）：居民答复了您问的：2单元门口" in office.heard("secretary")
    assert (await office.matter(first)).state is State.ACCEPTED
    assert (await office.events(second))[-1].happening is Happening.ANSWERED


async def test_what_is_added_under_either_number_reaches_the_case_that_goes_on(
    office: Office, pair: tuple[str, str]
) -> None:
    first, second = pair

    await says_on(office, "neighbour", f"matters.add:{second}", "今天又多了一堆")
    assert "今天又多了一堆" in office.heard("secretary")
    await says_on(office, "neighbour", f"matters.add:{first}", "有老鼠了")
    assert "有老鼠了" in office.heard("secretary")

    story = await office.does("secretary", f"matters.story:{first}")
    assert "今天又多了一堆" in story
    assert "有老鼠了" in story


async def test_words_without_a_button_are_the_answer(office: Office, pair: tuple[str, str]) -> None:
    _, second = pair

    told = await office.says("neighbour", "北门旁边那个")

    assert second in " ".join(office.labels("neighbour")) or second in told

    assert "北门旁边那个" in office.heard("secretary")


async def test_the_first_reporter_reads_nothing_of_the_second_and_the_other_way_round(
    office: Office, pair: tuple[str, str]
) -> None:
    first, second = pair
    await says_on(office, "neighbour", f"matters.add:{second}", "我在2单元501")
    await resolve(office, first)

    assert "501" not in office.transcript("resident")
    assert "张阿姨" not in office.transcript("neighbour")
    assert "没有找到" in await office.does("resident", f"matters.show:{second}")
    assert "太黑了" not in await office.does("neighbour", f"matters.show:{first}")


async def test_not_solved_of_the_second_opens_the_case_again(
    office: Office, pair: tuple[str, str]
) -> None:
    first, second = pair
    await resolve(office, first)
    assert "您那边解决了吗" in office.heard("neighbour")

    told = await office.presses("neighbour", "没解决")
    await office.says("neighbour", "后门还有一堆")
    await office.presses("neighbour", "给承办人")

    again = await office.matter(first)
    assert (again.state, again.reopenings) == (State.DISPATCHED, 1)
    assert second in told
    assert "后门还有一堆" in office.heard("secretary")


async def test_solved_of_the_second_is_told_and_leaves_the_verdict_to_the_first(
    office: Office, pair: tuple[str, str]
) -> None:
    first, second = pair
    await resolve(office, first)

    told = await office.presses("neighbour", "已解决")

    assert "也解决了" in told
    assert f"反映 {second} 的居民说解决了" in office.heard("secretary")
    assert (await office.matter(first)).state is State.RESOLVED


async def test_once_the_case_is_over_nothing_can_be_added_and_that_is_said(
    office: Office, pair: tuple[str, str]
) -> None:
    first, second = pair
    await resolve(office, first)
    await office.presses("resident", "已解决")
    office.later(days=2)

    told = await office.does("neighbour", f"matters.add:{second}")

    assert "已结案" in told


async def test_a_third_person_has_no_voice(office: Office, pair: tuple[str, str]) -> None:
    first, second = pair
    await office.starts("stranger", "g-E1")

    for number in (first, second):
        assert "没有找到" in await office.does("stranger", f"matters.add:{number}")


async def test_over_two_merges_the_words_still_arrive(
    office: Office, pair: tuple[str, str]
) -> None:
    first, second = pair
    third = await office.filed("3号楼路灯坏了好几天", by="third")
    await accept(office, third)
    await merge(office, first, third)

    await says_on(office, "neighbour", f"matters.add:{second}", "味道很大")

    assert third in office.heard("secretary")
    assert "味道很大" in await office.does("secretary", f"matters.story:{third}")


# --- outliving -----------------------------------------------------------------------------------


async def test_the_first_withdraws_and_the_second_goes_on_at_the_same_desk(
    office: Office, pair: tuple[str, str]
) -> None:
    first, second = pair
    before = await office.matter(first)

    told = await office.does("resident", f"matters.withdraw:{first}")

    after = await office.matter(second)
    assert (after.state, after.owner, after.merged_into) == (State.ACCEPTED, "secretary", None)
    assert (after.resolve_by, after.seat) == (before.resolve_by, before.seat)
    assert (await office.matter(first)).state is State.WITHDRAWN
    assert "接着为他们办" in told
    assert "不用再办" not in office.heard("secretary")
    assert second in office.heard("secretary")
    assert "不受影响" in office.heard("neighbour")
    assert second in await office.commands("secretary", "todo")


async def test_the_first_erases_everything_and_the_second_hears_of_the_own_case(
    office: Office, pair: tuple[str, str]
) -> None:
    first, second = pair

    await office.does("resident", f"residents.erase:{int(office.now.timestamp())}")

    after = await office.matter(second)
    assert (after.state, after.owner) == (State.ACCEPTED, "secretary")
    assert (await office.matter(first)).erased
    assert "附议" not in office.heard("neighbour")
    assert second in office.heard("neighbour")
    await says_on(office, "neighbour", f"matters.add:{second}", "还在")
    assert "还在" in office.heard("secretary")


async def test_of_three_the_others_stay_together(office: Office, pair: tuple[str, str]) -> None:
    first, second = pair
    third = await office.filed("3号楼路灯坏了好几天", by="third")
    await merge(office, third, first)

    await office.does("resident", f"matters.withdraw:{first}")

    assert (await office.matter(third)).merged_into == second
    await says_on(office, "third", f"matters.add:{third}", "又来了一车")
    assert f"{second}（并入的 {third}）" in office.heard("secretary")

    await office.does("neighbour", f"matters.withdraw:{second}")

    assert (await office.matter(third)).state is State.ACCEPTED


async def test_whose_case_was_merged_takes_it_back_and_the_other_goes_on(
    office: Office, pair: tuple[str, str]
) -> None:
    first, second = pair
    shown = await office.does("neighbour", f"matters.show:{second}")
    assert "撤回" in shown

    await office.does("neighbour", f"matters.ask_withdraw:{second}")
    told = await office.presses("neighbour", "确定撤回")

    assert f"{second} 已撤回" in told
    assert f"并入 {first} 的 {second}，居民已撤回" in office.heard("secretary")
    own, case = await office.matter(second), await office.matter(first)
    assert (own.state, own.merged_into) == (State.WITHDRAWN, None)
    assert (case.state, case.supporters) == (State.ACCEPTED, 0)
    await office.does("secretary", f"matters.note:{first}")
    await office.says("secretary", "明天换灯泡")
    await office.presses("secretary", "提交")
    assert office.heard("neighbour") == ""
    assert "明天换灯泡" in office.heard("resident")


async def test_a_merged_case_is_taken_back_once(office: Office, pair: tuple[str, str]) -> None:
    first, second = pair
    await office.does("neighbour", f"matters.withdraw:{second}")

    again = await office.does("neighbour", f"matters.withdraw:{second}")

    assert "您已撤回" in again or "已撤回" in again
    assert (await office.matter(first)).supporters == 0


async def test_under_the_other_number_one_takes_back_only_the_own_case(
    office: Office, pair: tuple[str, str]
) -> None:
    first, second = pair

    await office.does("neighbour", f"matters.withdraw:{first}")

    assert (await office.matter(first)).state is State.ACCEPTED
    assert (await office.matter(second)).state is State.WITHDRAWN


async def test_what_was_merged_into_a_withdrawn_duplicate_belongs_to_the_case_from_then_on(
    office: Office, pair: tuple[str, str]
) -> None:
    first, _ = pair
    third = await office.filed("3号楼路灯坏了好几天", by="third")
    fourth = await office.filed("3号楼门口路灯坏了好几天", by="fourth")
    await merge(office, third, fourth)
    await merge(office, fourth, first)

    await office.does("fourth", f"matters.withdraw:{fourth}")

    assert (await office.matter(third)).merged_into == first
    await says_on(office, "third", f"matters.add:{third}", "还是黑的")
    assert f"{first}（并入的 {third}）" in office.heard("secretary")


async def test_a_neighbour_cannot_take_back_what_another_reported(
    office: Office, pair: tuple[str, str]
) -> None:
    _, second = pair
    await office.starts("stranger", "g-E1")

    await office.does("stranger", f"matters.withdraw:{second}")

    assert (await office.matter(second)).state is State.MERGED


async def test_who_reported_both_withdraws_both(office: Office) -> None:
    first = await office.filed("3号楼路灯坏了，太黑了")
    second = await office.filed("3号楼门口路灯不亮了")
    await merge(office, second, first)

    await office.does("resident", f"matters.withdraw:{first}")

    assert (await office.matter(second)).state is State.MERGED
    assert "不用再办" in office.heard("secretary")


async def test_the_second_erases_everything_and_the_first_case_forgets_the_words(
    office: Office, pair: tuple[str, str]
) -> None:
    first, second = pair
    await says_on(office, "neighbour", f"matters.add:{second}", "我在2单元501")

    await office.does("neighbour", f"residents.erase:{int(office.now.timestamp())}")

    assert (await office.matter(first)).state is State.ACCEPTED
    assert "501" not in await office.does("secretary", f"matters.story:{first}")
    await office.does("resident", f"matters.withdraw:{first}")
    assert (await office.matter(second)).state is State.MERGED


async def test_what_was_resolved_is_judged_by_whoever_is_left(
    office: Office, pair: tuple[str, str]
) -> None:
    first, second = pair
    await resolve(office, first)

    await office.does("resident", f"matters.withdraw:{first}")
    await office.presses("neighbour", "已解决")

    assert (await office.matter(second)).state is State.CLOSED


async def test_a_withdrawal_while_a_question_was_open_keeps_the_time_that_stood_still(
    office: Office, pair: tuple[str, str]
) -> None:
    first, second = pair
    await office.does("secretary", f"matters.ask:{first}")
    await office.says("secretary", "还有吗？")
    before = await office.matter(first)
    office.later(days=2)

    await office.does("resident", f"matters.withdraw:{first}")

    after = await office.matter(second)
    assert after.state is State.ACCEPTED
    assert after.resolve_by > before.resolve_by


async def test_an_erasure_that_is_done_again_after_a_restore_lets_the_second_go_on(
    office: Office, pair: tuple[str, str]
) -> None:
    first, second = pair
    person = (await office.matter(first)).reporter
    listed = [{"person": person, "at": office.now.isoformat(), "held": []}]

    async with office.database.write() as tx:
        await keep_erasures(tx, listed)
        await replay_erasures(tx)

    assert (await office.matter(first)).erased
    after = await office.matter(second)
    assert (after.state, after.owner) == (State.ACCEPTED, "secretary")
