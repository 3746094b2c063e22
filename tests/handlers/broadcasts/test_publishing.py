"""A notice that also stands on the public page: asked, looked at before, taken down again."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from domain.broadcasts.public_notice import PublicNotice
from storage.broadcasts.public_notices import (
    KNOWN_AFTERWARDS,
    get_public_notices,
    list_public_notices,
    public_notices,
    sweep,
)
from tests.handlers.broadcasts.test_broadcasts import NOTICE, live, tick
from tests.handlers.chats import Office
from tests.street import EAST, EAST_1, STREET, WEST

TITLE = "11月25日停水通知"


async def asked(office: Office, unit: str = "东园社区", words: str = NOTICE) -> str:
    """Let the community secretary write a notice, up to the question."""
    await office.does("community", "broadcasts.write")
    await office.presses("community", unit)
    await office.says("community", words)
    return await office.presses("community", "跳过")


async def published(office: Office, words: str = NOTICE, title: str = TITLE) -> str:
    """Let her put it on the public page, and give what is read back."""
    await asked(office, words=words)
    await office.presses("community", "公开")
    return await office.says("community", title)


async def shown(office: Office, *units: str) -> list[PublicNotice]:
    async with office.database.read() as tx:
        return await list_public_notices(tx, units, office.now, limit=10)


@pytest.mark.requirement("G-19")
async def test_a_notice_stands_on_the_page_as_long_as_the_office_says(office: Office) -> None:
    await live(office, 1)

    read_back = await published(office)
    receipt = await office.presses("community", "提交")
    (notice,) = await shown(office, EAST)

    assert TITLE in read_back
    assert "公开页上放到" in read_back
    assert "公开到" in receipt
    assert (notice.title, notice.words, notice.unit) == (TITLE, NOTICE, EAST)
    assert notice.until - notice.published_at == timedelta(days=90)
    office.later(days=90)
    assert await shown(office, EAST) == []


async def test_a_notice_that_is_not_public_stands_on_no_page(office: Office) -> None:
    await live(office, 1)
    await asked(office)
    await office.presses("community", "不公开")
    receipt = await office.presses("community", "提交")

    assert await shown(office, EAST, STREET, WEST, EAST_1) == []
    assert "公开页" not in receipt


@pytest.mark.requirement("G-19")
async def test_what_is_said_to_a_grid_is_never_asked_about(office: Office) -> None:
    await live(office, 1)

    read_back = await asked(office, "第一网格")
    await office.presses("community", "提交")

    assert "公开" not in read_back
    assert await shown(office, EAST_1, EAST) == []


async def test_a_notice_that_was_public_is_not_when_it_goes_to_a_grid_after_all(
    office: Office,
) -> None:
    await live(office, 1)
    await published(office)
    await office.presses("community", "换发送范围")
    read_back = await office.presses("community", "第一网格")
    await office.presses("community", "提交")

    assert "公开页上放到" not in read_back
    assert await shown(office, EAST_1, EAST) == []


async def test_a_grid_secretary_publishes_nothing(office: Office) -> None:
    assert "（broadcasts.send/grid_secretary）" in await office.does(
        "secretary", "broadcasts.write"
    )


@pytest.mark.parametrize(
    ("words", "sort"),
    [
        ("中奖名单：110101199003070011", "身份证号"),
        ("请转账到 6222 0212 3456 7890 123", "银行卡号"),
    ],
)
async def test_what_nobody_may_publish_is_refused_before_it_is_read_back(
    office: Office, words: str, sort: str
) -> None:
    await live(office, 1)
    await asked(office, words=words)

    refused = await office.presses("community", "公开")
    await office.presses("community", "不公开")
    await office.presses("community", "提交")

    assert f"像有{sort}" in refused
    assert await shown(office, EAST) == []


async def test_what_was_written_in_later_is_refused_at_the_end(office: Office) -> None:
    await live(office, 1)
    await published(office)
    await office.presses("community", "修改内容")

    read_back = await office.says("community", "身份证 110101199003070011 请来领取")
    refused = await office.presses("community", "提交")

    assert "不能公开" in read_back
    assert "不能公开" in refused
    assert await shown(office, EAST) == []


async def test_a_title_holds_no_number_and_fits_on_a_line(office: Office) -> None:
    await live(office, 1)
    await asked(office)
    await office.presses("community", "公开")

    assert "身份证号" in await office.says("community", "找 110101199003070011")
    assert "40" in await office.says("community", "长" * 41)
    assert TITLE in await office.says("community", TITLE)


async def test_numbers_and_doors_are_hidden_and_the_writer_sees_it_before(office: Office) -> None:
    await live(office, 1)
    words = "请3号楼2单元501室的住户联系 13800001234，或打 12345。"

    read_back = await published(office, words)
    await office.presses("community", "提交")
    (notice,) = await shown(office, EAST)

    assert "会隐去像电话号码、住户门牌的内容" in read_back
    assert notice.words == "请***的住户联系 ***，或打 12345。"
    assert notice.words in read_back
    # In chat it goes as it was written: to the residents it is meant for.
    assert words in await tick(office)


async def test_a_picture_does_not_go_on_the_page(office: Office) -> None:
    await live(office, 1)
    await office.does("community", "broadcasts.write")
    await office.presses("community", "东园社区")
    await office.sends("community", NOTICE, "photo-1")
    await office.presses("community", "公开")

    assert "不上公开页" in await office.says("community", TITLE)


async def test_where_nobody_would_get_it_it_may_stand_on_the_page_all_the_same(
    office: Office,
) -> None:
    await published(office)
    await office.presses("community", "提交")

    assert [one.title for one in await shown(office, EAST)] == [TITLE]


async def test_its_writer_takes_it_down_at_once_and_no_word_is_kept(office: Office) -> None:
    await live(office, 1)
    await published(office)
    await office.presses("community", "提交")

    really = await office.presses("community", "从公开页撤下")
    done = await office.presses("community", "撤下")
    again = await office.presses("community", "撤下")
    card = await office.does("community", f"broadcasts.show:{await broadcast_of(office)}")

    assert TITLE in really
    assert "已从公开页撤下" in done
    assert "已从公开页撤下" in again
    assert "已不在公开页上" in card
    assert await shown(office, EAST) == []
    async with office.database.read() as tx:
        (row,) = await tx.rows(select(public_notices))
    assert (row.title, row.words, row.taken_down_by) == ("", "", "community")


async def broadcast_of(office: Office) -> str:
    async with office.database.read() as tx:
        (row,) = await tx.rows(select(public_notices.c.id))
    return str(row.id)


async def test_who_has_the_right_takes_it_down_and_nobody_else(office: Office) -> None:
    await live(office, 1)
    await published(office)
    await office.presses("community", "提交")
    notice = await broadcast_of(office)

    for nobody in ("worker", "secretary", "clerk", "police"):
        assert "没有找到" in await office.does(nobody, f"broadcasts.take_down:{notice}")
    assert len(await shown(office, EAST)) == 1
    await office.does("street_leader", f"broadcasts.take_down:{notice}")
    assert await shown(office, EAST) == []


async def test_its_writer_may_take_it_down_with_another_post(office: Office) -> None:
    await office.change(
        PublicNotice(
            id="n" * 24,
            by="worker",
            unit=EAST,
            title=TITLE,
            words=NOTICE,
            published_at=office.now,
            until=office.now + timedelta(days=30),
        ),
    )

    await office.does("worker", f"broadcasts.take_down:{'n' * 24}")

    assert await shown(office, EAST) == []


async def test_what_has_ended_loses_its_words_at_night_and_is_forgotten_after_a_year(
    office: Office,
) -> None:
    await live(office, 1)
    await published(office)
    await office.presses("community", "提交")
    notice = await broadcast_of(office)

    async with office.database.write() as tx:
        await sweep(tx, office.now + timedelta(days=89))
        assert (await get_public_notices(tx, [notice]))[notice].words == NOTICE
        await sweep(tx, office.now + timedelta(days=90))
        assert (await get_public_notices(tx, [notice]))[notice].words == ""
        await sweep(tx, office.now + timedelta(days=90) + KNOWN_AFTERWARDS)
        assert await get_public_notices(tx, [notice]) == {}
