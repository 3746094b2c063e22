"""What staff write or send without a button: a number, a word, a place, a name, or a result."""

import pytest

from domain.matters.matter import Happening, State
from tests.handlers.chats import Office


@pytest.fixture
async def lamp(office: Office) -> str:
    return await office.filed("3号楼二单元的路灯坏了，晚上看不见", by="first")


@pytest.fixture
async def drain(office: Office) -> str:
    return await office.filed("5号楼下水道堵了", by="second")


@pytest.mark.parametrize("typed", ["1", "00001", "编号1", "２０２６００００１", "2026 00001"])
async def test_a_case_is_found_by_its_number_in_any_spelling(
    office: Office, lamp: str, typed: str
) -> None:
    typed = typed if len(typed) > 1 else "编号 1"

    told = await office.says("secretary", typed)

    assert "晚上看不见" in told
    assert f"编号：{lamp}" in told


@pytest.mark.parametrize("words", ["路灯", "3号楼路灯", "看不见 3号楼", "第一网格 路灯"])
async def test_a_case_is_found_by_words_and_place(
    office: Office, lamp: str, drain: str, words: str
) -> None:
    told = await office.says("secretary", words)

    assert "找到 1 件" in told
    assert office.labels("secretary")[0].startswith("3号楼二单元的路灯坏了")
    assert lamp in told
    assert drain not in told


async def test_a_case_is_found_by_who_has_it_and_by_who_reported_it(
    office: Office, lamp: str
) -> None:
    by_owner = await office.says("community", "张书记")
    await office.does("clerk", "posts.file_for")
    await office.says("clerk", "3号楼王奶奶来说厨房水管漏水，13800001111")
    await office.presses("clerk", "第一网格")
    await office.presses("clerk", "提交")
    by_name = await office.says("secretary", "王奶奶")
    by_phone = await office.says("secretary", "手机 13800001111".removeprefix("手机 "))

    assert lamp in by_owner
    assert "厨房水管漏水" in by_name
    assert "厨房水管漏水" in by_phone


async def test_nobody_finds_what_they_may_not_see(office: Office, lamp: str) -> None:
    told = await office.says("second_secretary", "路灯")

    assert lamp not in told
    assert "没有找到" in told


async def test_what_is_sealed_is_found_by_whoever_may_see_it_and_shows_its_number_alone(
    office: Office,
) -> None:
    await office.starts("resident", "g-E1")
    await office.says("resident", "楼上天天半夜吵架，跟他家闹纠纷")
    number = (await office.presses("resident", "提交")).partition("编号 ")[2][:10]

    told = await office.says("community", "半夜")

    assert office.labels("community")[0].startswith(f"{number} · ")
    assert "半夜吵架" not in told
    assert "没有找到" in await office.says("worker", "半夜")


async def test_what_was_closed_is_found_after_what_is_open(office: Office, lamp: str) -> None:
    await office.does("first", f"matters.withdraw:{lamp}")
    again = await office.filed("路灯又坏了", by="second")

    await office.says("secretary", "路灯")

    first, second = office.labels("secretary")[:2]
    assert again in first
    assert lamp in second
    assert "已撤回" in second


async def test_a_photo_with_a_sentence_is_a_result_in_four_taps(office: Office, lamp: str) -> None:
    await office.presses("secretary", "接单")
    asked = await office.sends("secretary", "灯泡换好了", "photo-1")
    read_back = await office.presses("secretary", "3号楼二单元的路灯坏了")
    done = await office.presses("secretary", "提交")

    assert "这是给哪件事的" in asked
    assert "灯泡换好了" in read_back
    assert "等居民评价" in done
    assert (await office.matter(lamp)).state is State.RESOLVED
    resolved = (await office.events(lamp))[-1]
    assert resolved.content is not None
    assert len(resolved.content["attachments"]) == 1


async def test_the_case_that_fits_the_words_is_offered_first(
    office: Office, lamp: str, drain: str
) -> None:
    await office.sends("secretary", "5号楼下水道通了", "photo-1")

    assert office.labels("secretary")[0].startswith("5号楼下水道堵了")
    assert office.labels("secretary")[1].startswith("3号楼二单元")


async def test_what_was_not_accepted_yet_is_accepted_with_its_result(
    office: Office, lamp: str
) -> None:
    await office.says("secretary", "路灯修好了")
    await office.presses("secretary", "3号楼二单元的路灯坏了")
    await office.presses("secretary", "提交")

    happened = [one.happening for one in await office.events(lamp)]
    assert happened[-3:] == [Happening.ACCEPTED, Happening.CONTACTED, Happening.RESOLVED] or (
        happened[-2:] == [Happening.ACCEPTED, Happening.RESOLVED]
    )
    assert "接手了" in office.transcript("first")


async def test_a_photo_alone_may_be_progress(office: Office, lamp: str) -> None:
    await office.presses("secretary", "接单")
    await office.sends("secretary", "", "photo-1")
    await office.presses("secretary", "3号楼二单元的路灯坏了")
    await office.presses("secretary", "还没，先记进展")
    await office.says("secretary", "灯罩拆下来了")
    await office.presses("secretary", "提交")

    matter = await office.matter(lamp)
    assert matter.state is State.ACCEPTED
    assert (await office.events(lamp))[-1].happening is Happening.NOTED
    assert "灯罩拆下来了" in office.heard("first")


async def test_who_has_nothing_in_hand_is_told_so(office: Office) -> None:
    assert "手上现在没有事项" in await office.sends("worker", "", "photo-1")


async def test_a_case_that_went_to_somebody_else_meanwhile_is_not_resolved(
    office: Office, lamp: str
) -> None:
    await office.presses("secretary", "接单")
    await office.sends("secretary", "灯泡换好了", "photo-1")
    button = office.button("secretary", "3号楼二单元的路灯坏了")
    await office.does("first", f"matters.withdraw:{lamp}")

    told = await office.does("secretary", button)

    assert (await office.matter(lamp)).state is State.WITHDRAWN
    assert told
