"""Notices to everybody: written by a leader, read once by each resident, stopped by either side."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from bot.configuration.street_source import hours_of
from bot.words.wording import wording_for
from domain.broadcasts.broadcast import BroadcastState
from domain.messages import Channel, Lane, Side
from domain.people import Account, Person
from scheduler.broadcasts import broadcasts as job
from scheduler.jobs import Means
from scheduler.ticker import Ticker
from storage import attachments
from storage.attachments import FetchState
from storage.broadcasts.broadcasts import list_broadcasts, pictures_shown
from storage.files import FileStore
from storage.outbox import OutboxState, outbox
from tests.handlers.chats import Office
from tests.street import EAST_1, EAST_2, MORNING, WEST, WEST_1, settings

NOTICE = "明天九点到十一点停水，请提前储水。"
NIGHT = datetime(2026, 11, 24, 15, tzinfo=MORNING.tzinfo)  # 23:00 in Shanghai


def ticker(office: Office) -> Ticker:
    """Make a scheduler of its own, as another process would."""
    means = Means(
        database=office.database,
        street=office.source.current,
        files=FileStore(office.folder, office.database.keyring),
        hours=hours_of(settings(office.folder)),
        say=lambda words, language: wording_for(language, strict=True).text(words),
    )
    return Ticker(means, lambda: office.now)


async def tick(office: Office, after: timedelta = timedelta()) -> str:
    """Let the clock do what is due, and give what was said by it."""
    office.now += after
    before = len(office.said)
    await ticker(office).tick(office.now)
    await office.arrive_together()
    return "\n".join(str(said) for said in office.said[before:])


async def settle(office: Office, state: OutboxState = OutboxState.SENT) -> None:
    """Let what waits become sent, or dead."""
    async with office.database.write() as tx:
        await tx.run(
            update(outbox).where(outbox.c.state == OutboxState.WAITING).values(state=state)
        )


async def live(office: Office, count: int, grid: str = EAST_1, **more: object) -> list[str]:
    """Let residents live in a grid, each with a Telegram account."""
    names = [f"{grid}-{number:04}" for number in range(count)]
    for name in names:
        await office.change(
            Person(
                id=name,
                side=Side.RESIDENTS,
                grid=grid,
                created_at=MORNING,
                **more,  # type: ignore[arg-type]
            ),
            Account(
                id=f"account-{name}",
                person=name,
                side=Side.RESIDENTS,
                channel=Channel.TELEGRAM,
                address=name,
                created_at=MORNING,
                seen_at=MORNING,
            ),
        )
    return names


async def written(office: Office, unit: str = "东园社区", words: str = NOTICE) -> str:
    """Let the community secretary write a notice, and give what is read back."""
    await office.does("community", "broadcasts.write")
    await office.presses("community", unit)
    await office.says("community", words)
    await office.presses("community", "跳过")
    return await office.presses("community", "不公开")


async def told(office: Office) -> Counter[str]:
    """Count the notices in the outbox by person."""
    async with office.database.read() as tx:
        rows = await tx.rows(select(outbox.c.person).where(outbox.c.lane == int(Lane.BROADCAST)))
    return Counter(row.person for row in rows)


async def states(office: Office) -> list[BroadcastState]:
    async with office.database.read() as tx:
        return [one.state for one in await list_broadcasts(tx, 10)]


@pytest.mark.requirement("G-19")
async def test_everybody_of_the_unit_gets_it_once_and_nobody_else(office: Office) -> None:
    near = [*await live(office, 3), *await live(office, 2, EAST_2)]
    await live(office, 2, WEST_1)

    read_back = await written(office)
    receipt = await office.presses("community", "提交")
    said = await tick(office)
    await tick(office, timedelta(seconds=5))

    assert "将发给 5 位居民" in read_back
    assert NOTICE in read_back
    assert "0/5" in receipt
    assert await told(office) == Counter(near)
    assert f"东园社区 通知\n\n{NOTICE}" in said
    assert "[不再接收通知]" in said


async def test_who_wants_no_notices_gets_none_until_they_do(office: Office) -> None:
    await office.starts("resident", "g-E1")
    await live(office, 1)
    await written(office)
    await office.presses("community", "提交")
    await tick(office)

    off = await office.presses("resident", "不再接收通知")
    read_back = await written(office)
    await office.commands("resident", "me")
    on = await office.presses("resident", "接收社区通知")

    assert "不再发群发通知" in off
    assert "将发给 1 位居民" in read_back
    assert "您会收到" in on
    await office.commands("resident", "me")
    assert "不再接收通知" in office.labels("resident")


async def test_who_cannot_be_reached_is_not_counted(office: Office) -> None:
    (blocked, gone, _) = await live(office, 3)
    async with office.database.write() as tx:
        accounts = attachments.metadata.tables["accounts"]
        for person, column in ((blocked, "unreachable_since"), (gone, "revoked_at")):
            await tx.run(
                update(accounts).where(accounts.c.person == person).values({column: MORNING})
            )

    assert "将发给 1 位居民" in await written(office)


@pytest.mark.parametrize("who", ["worker", "secretary", "clerk", "police"])
async def test_without_the_right_nobody_writes_to_everybody(office: Office, who: str) -> None:
    await live(office, 1)
    await written(office)
    await office.presses("community", "提交")
    async with office.database.read() as tx:
        (broadcast,) = await list_broadcasts(tx, 1)

    await office.does(who, "menu.open")
    assert "📢 群发通知" not in office.labels(who)
    for action in ("broadcasts.write", "broadcasts.list"):
        assert "不能做这一步" in await office.does(who, action)
    for action in ("broadcasts.show", "broadcasts.ask_stop", "broadcasts.stop"):
        await office.does(who, f"{action}:{broadcast.id}")
    assert await states(office) == [BroadcastState.MAKING]


async def test_nobody_speaks_to_more_than_their_own_unit(office: Office) -> None:
    await live(office, 1, WEST_1)
    await office.does("community", "broadcasts.write")
    draft = office.button("community", "东园社区").split(":")

    forged = await office.does("community", ":".join([*draft[:-1], "S"]))

    assert "梧桐街道" not in " ".join(office.labels("community"))
    assert "已经过时" in forged
    assert await states(office) == []


async def test_whoever_lost_the_post_over_the_form_sends_nothing(office: Office) -> None:
    await live(office, 1)
    await written(office)
    organisation = (await office.street()).organisation
    (post,) = organisation.posts_of("community", office.now)
    west = replace(post, id="post-west", unit=WEST, since=office.now)
    await office.change(replace(post, until=office.now), west)

    told_them = await office.presses("community", "提交")
    await tick(office)

    assert "不能做这一步" in told_them
    assert await states(office) == []
    assert await told(office) == Counter()


@pytest.mark.requirement("G-19")
async def test_a_street_leader_speaks_to_the_whole_street(office: Office) -> None:
    everybody = [*await live(office, 1), *await live(office, 1, WEST_1)]
    await office.does("street_leader", "broadcasts.write")
    await office.presses("street_leader", "梧桐街道")
    await office.says("street_leader", NOTICE)
    await office.presses("street_leader", "跳过")
    await office.presses("street_leader", "不公开")
    await office.presses("street_leader", "提交")

    await tick(office)

    assert await told(office) == Counter(everybody)


async def test_nobody_is_woken_by_a_notice(office: Office) -> None:
    await live(office, 1)
    office.now = NIGHT

    read_back = await written(office)
    await office.presses("community", "提交")
    await tick(office)

    assert "休息时间" in read_back
    (notice,) = [said for said in office.said if said.person == "E1-0000"]
    assert notice.not_before > NIGHT + timedelta(hours=6)


async def test_numbers_of_persons_are_pointed_out_before_it_goes(office: Office) -> None:
    await live(office, 1)

    read_back = await written(office, words="领取物资请联系 13800001234，身份证 110101199003070011")
    plain = await written(office)

    assert "像有电话号码" in read_back
    assert "像有身份证号" in read_back
    assert "像有" not in plain


async def test_a_text_that_is_too_long_is_refused_not_cut(office: Office) -> None:
    await live(office, 1)
    await office.does("community", "broadcasts.write")
    await office.presses("community", "东园社区")

    assert "太长" in await office.says("community", "长" * 2001)
    await office.says("community", "长" * 2000)
    await office.presses("community", "跳过")
    assert "提交" in await office.presses("community", "不公开")


async def test_where_nobody_would_get_it_nothing_is_sent(office: Office) -> None:
    await written(office)

    assert "没有发送" in await office.presses("community", "提交")
    assert await states(office) == []


async def test_a_second_press_sends_nothing_twice(office: Office) -> None:
    people = await live(office, 2)
    await written(office)
    button = office.button("community", "提交")

    await office.does("community", button)
    await office.does("community", button)
    await tick(office)

    assert await told(office) == Counter(people)
    assert len(await states(office)) == 1


async def test_the_card_shows_how_far_it_is_until_it_is_done(office: Office) -> None:
    await live(office, 4)
    await written(office)
    await office.presses("community", "提交")
    slot = office.latest("community").message.slot
    await tick(office)
    async with office.database.write() as tx:
        mine = select(outbox.c.id).where(outbox.c.person.in_(["E1-0000", "E1-0001"]))
        await tx.run(update(outbox).where(outbox.c.id.in_(mine)).values(state=OutboxState.SENT))

    half = await tick(office, timedelta(seconds=20))
    await settle(office, OutboxState.DEAD)
    end = await tick(office, timedelta(minutes=1))

    assert "2/4（进度 50%）" in half
    assert "已发完" in end
    assert "未送达：2" in end
    assert office.latest("community").message.slot == slot
    assert await states(office) == [BroadcastState.DONE]
    assert await tick(office, timedelta(hours=2)) == ""


async def test_who_stops_it_takes_back_what_waits(office: Office) -> None:
    await live(office, 3)
    await written(office)
    await office.presses("community", "提交")
    await tick(office)
    async with office.database.write() as tx:
        await tx.run(
            update(outbox).where(outbox.c.person == "E1-0000").values(state=OutboxState.SENT)
        )

    asked = await office.presses("community", "停止发送")
    button = office.button("community", "停止")
    stopped = await office.does("community", button)
    again = await office.does("community", button)
    await tick(office, timedelta(hours=1))

    assert "已送达 1 位，还有 2 位没发" in asked
    assert "已停止" in stopped
    assert "1/3" in again
    async with office.database.read() as tx:
        rows = await tx.rows(
            select(outbox.c.state, outbox.c.sealed)
            .where(outbox.c.lane == int(Lane.BROADCAST))
            .order_by(outbox.c.id)
        )
    assert [row.state for row in rows] == [
        OutboxState.SENT,
        OutboxState.DEAD,
        OutboxState.DEAD,
    ]
    assert rows[1].sealed is None


async def test_it_goes_on_after_a_death_where_it_stood(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each piece is one transaction with its cursor: a process that dies has done some of them."""
    monkeypatch.setattr(job, "CHUNK", 3)
    people = await live(office, 10)
    await written(office)
    await office.presses("community", "提交")
    dying = ticker(office)
    await dying._claim(office.now, 1)
    await dying._claim(office.now, 1)
    assert (await told(office)).total() == 6

    await tick(office)

    assert await told(office) == Counter(people)


async def test_two_schedulers_write_to_nobody_twice(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "CHUNK", 3)
    people = await live(office, 20)
    await written(office)
    await office.presses("community", "提交")

    await asyncio.gather(*(ticker(office).tick(office.now) for _ in range(3)))
    await tick(office)

    assert await told(office) == Counter(people)


async def test_no_more_is_written_ahead_than_can_be_taken_back(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "CHUNK", 2)
    monkeypatch.setattr(job, "AHEAD", 3)
    people = await live(office, 12)
    await written(office)
    await office.presses("community", "提交")

    await tick(office)
    first = (await told(office)).total()
    for _ in range(4):
        await settle(office)
        await tick(office, timedelta(seconds=5))

    assert first == 4
    assert await told(office) == Counter(people)


async def test_a_picture_is_waited_for_and_kept(office: Office) -> None:
    await live(office, 1)
    await office.does("community", "broadcasts.write")
    await office.presses("community", "东园社区")
    await office.sends("community", NOTICE, "photo-1")
    await office.presses("community", "不公开")
    await office.presses("community", "提交")
    await tick(office)
    assert (await told(office)).total() == 0

    async with office.database.write() as tx:
        await tx.run(update(attachments.attachments).values(state=FetchState.STORED))
    said = await tick(office, timedelta(seconds=5))

    assert "1 files" in said
    async with office.database.read() as tx:
        after = office.now + timedelta(days=8)
        assert await attachments.list_unclaimed(tx, after, kept=(pictures_shown(after),)) == []
        after = office.now + timedelta(days=40)
        assert await attachments.list_unclaimed(tx, after, kept=(pictures_shown(after),)) != []


async def test_the_list_shows_the_newest_of_ones_own_units(office: Office) -> None:
    await live(office, 1)
    assert "还没有发过" in await office.does("community", "broadcasts.list")
    await written(office)
    await office.presses("community", "提交")

    await office.does("community", "broadcasts.list")
    shown = await office.presses("community", "东园社区")

    assert "0/1" in shown
    await office.does("street_leader", "broadcasts.list")
    assert "东园社区" in office.labels("street_leader")[0]
    await office.does("leader", "broadcasts.list")
    assert "东园社区" in office.labels("leader")[0]
