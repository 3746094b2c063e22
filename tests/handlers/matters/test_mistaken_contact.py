"""Who noted a first contact by mistake takes it back, and the resident reads so."""

from domain.matters.matter import Happening
from tests.handlers.chats import Office


async def test_a_contact_noted_by_mistake_is_taken_back_and_the_resident_reads_so(
    office: Office,
) -> None:
    number = await office.filed()
    await office.presses("secretary", "接单")
    due = (await office.matter(number)).contact_by
    await office.presses("secretary", "已联系居民")
    told = office.latest("resident").message
    office.later(minutes=9)

    card = await office.presses("secretary", "点错了，还没联系上")

    assert "☎️ 已联系居民" in card
    assert "点错了，还没联系上" not in card
    mended = office.latest("resident")
    assert "第一网格 网格书记（张书记）点错了，还没联系" in mended.words
    assert (mended.message.slot, mended.message.renews) == (told.slot, True)
    matter = await office.matter(number)
    assert (matter.contacted_at, matter.contact_by) == (None, due)
    assert (await office.events(number))[-1].happening is Happening.CONTACT_TAKEN_BACK
    assert "更正：还没联系您" in await office.does("resident", f"matters.show:{number}")


async def test_a_contact_that_was_taken_back_is_noted_anew_when_it_happens(office: Office) -> None:
    number = await office.filed()
    await office.presses("secretary", "接单")
    await office.presses("secretary", "已联系居民")
    await office.presses("secretary", "点错了，还没联系上")
    office.later(hours=1)

    await office.presses("secretary", "已联系居民")

    assert (await office.matter(number)).contacted_at == office.now
    assert "说已经联系过您了" in office.heard("resident")


async def test_a_contact_stands_after_ten_minutes(office: Office) -> None:
    number = await office.filed()
    await office.presses("secretary", "接单")
    await office.presses("secretary", "已联系居民")
    noted_at = office.now
    office.later(minutes=10)

    shown = await office.does("secretary", f"matters.show:{number}")
    late = await office.does("secretary", f"matters.not_contacted:{number}")

    assert "点错了" not in shown
    assert "现在不能撤销了" in late
    assert (await office.matter(number)).contacted_at == noted_at


async def test_what_was_written_to_the_resident_is_a_contact_that_stands(office: Office) -> None:
    number = await office.filed()
    await office.presses("secretary", "接单")
    await office.presses("secretary", "已联系居民")
    await office.presses("secretary", "记进展")
    await office.says("secretary", "明天上午来换灯泡")
    await office.presses("secretary", "提交")

    late = await office.does("secretary", f"matters.not_contacted:{number}")

    assert "现在不能撤销了" in late
    assert "点错了" not in office.latest("secretary").labels
    assert (await office.matter(number)).contacted_at is not None


async def test_nobody_else_takes_a_contact_back(office: Office) -> None:
    number = await office.filed()
    await office.presses("secretary", "接单")
    await office.presses("secretary", "已联系居民")

    for who in ("worker", "community"):
        await office.does(who, f"matters.not_contacted:{number}")

    assert (await office.matter(number)).contacted_at == office.now
