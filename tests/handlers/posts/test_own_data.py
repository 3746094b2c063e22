"""我的资料 of the staff: seeing, copying and erasing what is one's own, and nobody else's."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from domain.messages import Channel, Side
from domain.people import Account
from storage.attachments import EXPORT, list_of_person
from storage.drafts import get_drafts
from storage.erasures import keep_erasures, list_erasures
from storage.outbox import OutboxState, outbox
from storage.people import all_accounts, find_person
from storage.posts.erasure import replay_staff_erasures
from tests.handlers.chats import Office
from tests.handlers.residents.test_my_data import copies
from tests.street import EAST_1

STORY = "楼上邻居半夜吵闹"


async def worked(office: Office) -> str:
    """Let the secretary leave traces of every kind; give the case."""
    await office.starts("rival", "g-E1")
    await office.says("rival", STORY)
    shown = await office.presses("rival", "提交")
    number = shown.partition("编号 ")[2][:10]
    await office.does("secretary", f"matters.show:{number}")
    await office.does("secretary", f"matters.accept:{number}")
    await office.does("secretary", f"matters.note:{number}")
    await office.says("secretary", "约了周五上门")
    await office.presses("secretary", "提交")
    await office.does("secretary", f"matters.resolve:{number}")
    return number


async def second_device(office: Office, person: str = "secretary") -> Account:
    account = Account(
        id="account-lost-phone",
        person=person,
        side=Side.STAFF,
        channel=Channel.WEB,
        address="lost-phone",
        created_at=office.now,
        seen_at=office.now,
    )
    await office.change(account)
    return account


async def erased(office: Office, who: str) -> str:
    await office.does(who, "posts.data")
    await office.presses(who, "删除我个人的资料")
    await office.presses(who, "继续删除")
    return await office.presses(who, "确认删除")


async def said_to(office: Office, person: str) -> list[tuple[OutboxState, bool]]:
    """Give each row of somebody's conversation: where it stands, and whether it says anything."""
    async with office.database.read() as tx:
        rows = await tx.rows(select(outbox).where(outbox.c.person == person).order_by(outbox.c.id))
    return [(row.state, row.sealed is not None) for row in rows]


# --- seeing and copying --------------------------------------------------------------------------


async def test_a_member_of_staff_sees_what_is_kept_of_them(office: Office) -> None:
    await office.commands("secretary", "menu")

    told = await office.presses("secretary", "我的资料")

    assert "张书记" in told
    assert "网格书记" in told
    assert office.labels("secretary") == ["导出我的资料", "删除我个人的资料", "☰ 菜单"]


async def test_the_copy_tells_posts_steps_and_looks_and_no_word_of_residents(
    office: Office, tmp_path: Path
) -> None:
    number = await worked(office)

    copied = await copies(office, tmp_path, "secretary")

    work = copied.data["work"]
    assert copied.data["profile"]["name"] == "张书记"
    assert [(one["unit"], one["role"]) for one in work["posts"]] == [(EAST_1, "grid_secretary")]
    assert {(one["matter"], one["happening"]) for one in work["acts"]} >= {
        (number, "accepted"),
        (number, "noted"),
    }
    assert {(one["subject"], one["sight"]) for one in work["looks"]} == {
        (number, "sent"),
        (number, "opened"),
    }
    assert copied.data["matters"] == []
    for page in (copied.page, copied.shown):
        assert "张书记" in page
        assert number in page
        assert STORY not in page
    assert STORY not in str(copied.data["work"])


async def test_a_residents_copy_holds_nothing_of_an_office(office: Office, tmp_path: Path) -> None:
    await office.filed(by="anna")

    copied = await copies(office, tmp_path, "anna")

    assert copied.data["work"] is None


@pytest.mark.parametrize(
    "press", ["posts.export:worker", "posts.data:worker", "posts.ask_erase:worker:go"]
)
async def test_nobody_elses_data_can_be_asked_for(office: Office, press: str) -> None:
    told = await office.does("secretary", press)

    assert "按钮" in told
    assert "李网格员" not in told
    async with office.database.read() as tx:
        assert await list_of_person(tx, "worker") == []
        assert await list_of_person(tx, "secretary") == []


# --- erasing -------------------------------------------------------------------------------------


async def test_before_erasing_what_stays_is_named_with_its_rule(office: Office) -> None:
    told = await office.does("secretary", "posts.ask_erase")

    assert "对话" in told
    assert "岗位" in told
    assert "《中华人民共和国个人信息保护法》第十三条" in told
    assert "《中华人民共和国个人信息保护法》第五十六条" in told


async def test_the_conversation_the_drafts_and_the_other_devices_go(office: Office) -> None:
    await worked(office)
    lost = await second_device(office)
    await office.does("secretary", "posts.export")
    before = len(await said_to(office, "secretary"))
    async with office.database.write() as tx:
        # As a channel does it: everything that was waiting is shown by now.
        await tx.run(outbox.update().values(state=OutboxState.SENT))

    told = await erased(office, "secretary")

    async with office.database.read() as tx:
        accounts = await all_accounts(tx, "secretary")
        copies_left = [one for one in await list_of_person(tx, "secretary") if one.bot == EXPORT]
        draft = (await get_drafts(tx, ["secretary"])).get("secretary")
    assert "已删除" in told
    assert [says for _, says in (await said_to(office, "secretary"))[:before]] == [False] * before
    assert lost.id not in {one.id for one in accounts}
    assert len(accounts) == 1
    assert copies_left == []
    assert draft is None


async def test_the_office_keeps_what_it_must_and_work_goes_on(office: Office) -> None:
    number = await worked(office)
    events = await office.events(number)

    await erased(office, "secretary")

    assert await office.events(number) == events
    matter = await office.matter(number)
    assert matter.owner == "secretary"
    street = await office.street()
    assert street.staff_name("secretary") == "张书记"
    assert street.organisation.posts_of("secretary", office.now)
    assert STORY in await office.does("secretary", f"matters.show:{number}")


async def test_what_still_waits_to_be_told_is_told(office: Office) -> None:
    await office.filed(by="anna")
    waiting = [one for one in await said_to(office, "secretary") if one[0] is OutboxState.WAITING]

    await erased(office, "secretary")

    assert waiting
    after = await said_to(office, "secretary")
    assert after[: len(waiting)] == waiting


async def test_nobody_else_loses_anything(office: Office) -> None:
    number = await worked(office)
    await office.does("worker", "todo.open")
    before = {who: await said_to(office, who) for who in ("worker", "community")}
    resident = office.latest("rival").account

    await erased(office, "secretary")

    assert {who: await said_to(office, who) for who in before} == before
    assert office.latest("rival").account == resident
    assert (await office.matter(number)).particulars.text == STORY


async def test_an_old_last_question_erases_nothing(office: Office) -> None:
    await worked(office)
    asked = int(office.now.timestamp())
    office.later(minutes=11)
    before = await said_to(office, "secretary")

    late = await office.does("secretary", f"posts.erase:{asked}")
    forged = await office.does("secretary", "posts.erase:tomorrow")

    assert "按钮" in late
    assert "按钮" in forged
    assert (await said_to(office, "secretary"))[: len(before)] == before


async def test_a_backup_that_is_put_back_is_erased_again(office: Office) -> None:
    await worked(office)
    async with office.database.write() as tx:
        await tx.run(outbox.update().values(state=OutboxState.SENT))
    listed = [{"person": "secretary", "at": office.now.isoformat(), "held": []}]

    async with office.database.write() as tx:
        await keep_erasures(tx, listed)
        again = await replay_staff_erasures(tx)

    assert again == 1
    assert not any(says for _, says in await said_to(office, "secretary"))
    async with office.database.read() as tx:
        assert await list_erasures(tx) == listed
        assert len(await all_accounts(tx, "secretary")) == 1
        known = await find_person(tx, "secretary")
    assert known is not None
    assert (known.name, known.erased_at) == ("张书记", None)


# --- leaving -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "press", ["posts.data", "posts.export", "posts.ask_erase", "posts.ask_erase:go"]
)
async def test_whoever_has_left_gets_nothing(office: Office, press: str) -> None:
    await office.does("community", "posts.end:worker")
    office.later(minutes=1)
    start = len(office.said)

    await office.does("worker", press)
    await office.does("worker", f"posts.erase:{int(office.now.timestamp())}")
    await office.commands("worker", "mydata")

    assert not any("资料" in one.words for one in office.said[start:])
    assert len(office.said) - start <= 1  # a stranger gets one sentence, ever
    async with office.database.read() as tx:
        assert await list_of_person(tx, "worker") == []


async def test_a_copy_goes_after_a_day_like_everybodys(office: Office) -> None:
    await office.does("secretary", "posts.export")
    async with office.database.read() as tx:
        ordered = await list_of_person(tx, "secretary")

    again = await office.does("secretary", "posts.export")
    office.later(minutes=2)
    await office.does("secretary", "posts.export")

    async with office.database.read() as tx:
        newer = await list_of_person(tx, "secretary")
    assert len(ordered) == 2
    assert "请稍等" in again
    assert {one.id for one in ordered}.isdisjoint(one.id for one in newer)
    assert timedelta(minutes=1) < newer[0].created_at - ordered[0].created_at
