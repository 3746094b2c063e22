"""The sender: what is committed is sent, in order, within budgets, over real HTTP to the fake."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import func, select

from bot.channels.telegram.clients import Framework
from bot.channels.telegram.driver import TelegramDriver
from bot.configuration.law_data import work_calendar
from bot.operations.clock import Clock
from bot.traffic.patience import Patience
from bot.traffic.send_budget import Budget
from bot.traffic.sender import Sender
from domain.categories import Kind
from domain.chain import Act
from domain.errors import StorageError
from domain.matters.life import Filing, file
from domain.matters.matter import Origin, Particulars
from domain.messages import Channel, FileKind, Lane, Message, Side, text
from domain.organisation import Role, Seat
from domain.people import Account, Person
from domain.subjects import Subject, case
from storage import outbox, outbox_housekeeping
from storage.attachments import Attachment, FetchState
from storage.changes import Changes, apply
from storage.database import Database
from storage.files import FileStore
from storage.matters.matters import matters
from storage.outbox import Notice, OutboxState
from storage.registry import SUBJECTS
from tests.bot_api.faults import FaultKind
from tests.bot_api.limits import Limits
from tests.bot_api.server import BotApi
from tests.outings import OUTING, Outings, outing
from tests.patience import PATIENCE
from tests.street import EAST, EAST_1, MORNING, clock_rules, settings

TOKEN = "42:secret"
FAST = Budget(per_bot_per_second=1000, per_chat_per_second=1000, per_group_per_minute=6000)


def picture(shade: int) -> bytes:
    """Make a small picture unlike the others."""
    out = BytesIO()
    Image.new("RGB", (20, 20), (shade * 10, 0, 0)).save(out, "PNG")
    return out.getvalue()


async def wait_for(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110  # what is waited for tells nobody
            await asyncio.sleep(0.01)


class Post:
    """A sender over a database and the fake Bot API, and residents who can be written to."""

    def __init__(self, database: Database, api: BotApi, folder: Path) -> None:
        self.database = database
        self.api = api
        self.folder = folder
        self.clock = Clock()
        self.drivers: list[TelegramDriver] = []
        self.bot = api.bot(TOKEN, username="linli_bot")
        self.sender = self.new_sender()

    def new_sender(
        self,
        budget: Budget = FAST,
        tries_max: int = 4,
        framework: Framework = "aiogram",
    ) -> Sender:
        made = TelegramDriver(
            Side.RESIDENTS,
            TOKEN,
            framework=framework,
            api_base=self.api.base,
            public_url="",
            timeout_seconds=5,
        )
        self.drivers.append(made)
        return Sender(
            self.database,
            made,
            FileStore(self.folder, self.database.keyring),
            self.clock.now,
            patience=Patience(
                tries_max=tries_max,
                timeout=timedelta(seconds=2),
                first=timedelta(seconds=10),
                longest=timedelta(seconds=60),
            ),
            in_flight_max=10,
            budget=budget,
        )

    async def know(self, number: int) -> Account:
        person = self.api.person(number)
        chat = person.chat_with(self.bot)
        await chat.start()
        account = Account(
            id=f"a{number}",
            person=f"p{number}",
            side=Side.RESIDENTS,
            channel=Channel.TELEGRAM,
            address=str(number),
            created_at=MORNING,
            seen_at=MORNING,
        )
        changes = Changes()
        changes.save(Person(id=account.person, side=Side.RESIDENTS, created_at=MORNING), account)
        async with self.database.write() as tx:
            await apply(tx, [changes])
        return account

    async def write(
        self,
        account: Account,
        *said: str,
        lane: Lane = Lane.REPLY,
        subject: Subject | None = None,
        attachments: tuple[str, ...] = (),
    ) -> None:
        changes = Changes()
        now = self.clock.now()
        for words in said:
            changes.save(
                Notice(
                    person=account.person,
                    message=Message(
                        blocks=(text("names.either", zh=words, en=words),), attachments=attachments
                    ),
                    lane=lane,
                    at=now,
                    not_before=now,
                    account=account,
                    subject=subject,
                )
            )
        async with self.database.write() as tx:
            await apply(tx, [changes])

    async def file(self, number: str, reporter: Account, owner: Account) -> None:
        """File a matter that somebody owns."""
        changes = Changes()
        office = settings(self.folder)
        changes.save(
            file(
                number,
                Filing(
                    kind=Kind.SERVICE,
                    category="lighting",
                    community=EAST,
                    grid=EAST_1,
                    origin=Origin.TELEGRAM,
                    reporter=reporter.person,
                    particulars=Particulars(text="灯坏了", place_text="3号楼"),
                    importance=2,
                    urgency=1,
                ),
                Act(reporter.person, Role.RESIDENT, MORNING, b"s" * 32),
                seat=Seat(EAST_1, Role.GRID_SECRETARY),
                owner=owner.person,
                rules=clock_rules(office),
                calendar=work_calendar(office),
            )
        )
        async with self.database.write() as tx:
            await apply(tx, [changes])

    async def spoil(self, number: str) -> None:
        """Let a matter be unreadable."""
        async with self.database.write() as tx:
            await tx.run(matters.update().where(matters.c.number == number).values(sealed=b"x"))

    async def pictures(self, account: Account, count: int) -> tuple[str, ...]:
        """Put pictures into the store."""
        files = FileStore(self.folder, self.database.keyring)
        changes = Changes()
        for number in range(count):
            kept = files.put(picture(number))
            changes.save(
                Attachment(
                    id=f"photo{number}",
                    person=account.person,
                    bot="telegram.residents",
                    ref="",
                    kind=FileKind.PHOTO,
                    state=FetchState.STORED,
                    file_name=kept.name,
                    file_key=kept.key,
                    media_type="image/png",
                    not_before=MORNING,
                    created_at=MORNING,
                )
            )
        async with self.database.write() as tx:
            await apply(tx, [changes])
        return tuple(f"photo{number}" for number in range(count))

    async def refuse_writes(self) -> None:
        """Let the database refuse to be written until `engine.dispose`."""
        async with self.database.engine.connect() as connection:
            await connection.exec_driver_sql("PRAGMA query_only=1")

    def seen(self, number: int) -> list[str]:
        chat = self.api.person(number).chat_with(self.bot)
        return [message.text for message in chat.messages if message.text]

    async def states(self) -> list[OutboxState]:
        async with self.database.read() as tx:
            rows = await tx.rows(select(outbox.outbox.c.state).order_by(outbox.outbox.c.id))
        return [row.state for row in rows]


@pytest.fixture
async def post(database: Database, tmp_path: Path) -> AsyncIterator[Post]:
    async with BotApi(limits=Limits.off()) as api:
        made = Post(database, api, tmp_path)
        for driver in made.drivers:
            await driver.client()  # its framework is imported before anybody's patience begins
        yield made
        for driver in made.drivers:
            await driver.close()


async def test_messages_of_a_chat_arrive_in_order(post: Post) -> None:
    resident = await post.know(7)
    await post.write(resident, *(f"第{n}条" for n in range(1, 8)))

    await post.sender.drain()

    assert post.seen(7) == [f"第{n}条" for n in range(1, 8)]


async def test_who_waits_for_an_answer_goes_before_a_broadcast(post: Post) -> None:
    one, other = await post.know(7), await post.know(8)
    await post.write(one, "通知", lane=Lane.BROADCAST)
    await post.write(other, "回复", lane=Lane.REPLY)
    slow = post.new_sender(
        Budget(per_bot_per_second=0.001, per_chat_per_second=1, per_group_per_minute=1)
    )

    await slow.send_due()
    await slow.settle()

    assert (post.seen(7), post.seen(8)) == ([], ["回复"])


async def test_an_answer_does_not_wait_for_a_broadcast_that_is_under_way(post: Post) -> None:
    """Neither the bot's budget nor the places in flight are ever used up by a broadcast."""
    for number in range(100, 130):
        await post.write(await post.know(number), "通知", lane=Lane.BROADCAST)
    asking = await post.know(7)
    post.api.faults.order(FaultKind.SLOW, "sendMessage", times=7, seconds=60)
    await post.sender.send_due()
    await wait_for(lambda: not post.api.faults.outstanding)

    await post.write(asking, "回复")
    await post.sender.send_due()
    await post.api.person(7).chat_with(post.bot).expect("回复")

    told = [number for number in range(100, 130) if post.seen(number)]
    assert len(told) == 7


async def test_many_messages_to_one_chat_hold_up_nobody_else(post: Post) -> None:
    one, other = await post.know(7), await post.know(8)
    await post.write(one, *(f"第{n}条" for n in range(300)), lane=Lane.NOTICE)
    await post.write(other, "通知", lane=Lane.NOTICE)
    sender = post.new_sender(
        Budget(per_bot_per_second=1000, per_chat_per_second=1, per_group_per_minute=20)
    )
    running = asyncio.create_task(sender.run())

    await post.api.person(8).chat_with(post.bot).expect("通知")

    assert len(post.seen(7)) < 10
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_what_was_sent_loses_its_content(post: Post) -> None:
    resident = await post.know(7)
    await post.write(resident, "私事")

    await post.sender.drain()

    async with post.database.read() as tx:
        row = await tx.row(select(outbox.outbox))
    assert row is not None
    assert (row.state, row.sealed) == (OutboxState.SENT, None)


async def test_a_429_is_obeyed_and_nothing_is_lost(post: Post) -> None:
    resident = await post.know(7)
    post.api.faults.order(FaultKind.TOO_MANY_REQUESTS, "sendMessage", times=1, retry_after=30)
    await post.write(resident, "一", "二")

    await post.sender.drain()
    assert post.seen(7) == []
    post.clock.move(timedelta(seconds=31))
    await post.sender.drain()

    assert post.seen(7) == ["一", "二"]


async def test_what_is_written_while_a_chat_waits_does_not_overtake(post: Post) -> None:
    resident = await post.know(7)
    post.api.faults.order(FaultKind.STATUS, "sendMessage", times=1, status=502)
    await post.write(resident, "一", "二")
    await post.sender.drain()
    await post.write(resident, "三")

    await post.sender.drain()
    assert post.seen(7) == []
    post.clock.move(timedelta(seconds=11))
    await post.sender.drain()

    assert post.seen(7) == ["一", "二", "三"]


async def test_a_chat_in_back_off_still_hears_answers(post: Post) -> None:
    """Only the lane waits whose order would break."""
    resident = await post.know(7)
    post.api.faults.order(FaultKind.STATUS, "sendMessage", times=1, status=502)
    await post.write(resident, "通知", lane=Lane.NOTICE)
    await post.sender.drain()

    await post.write(resident, "回复")
    await post.sender.drain()

    assert post.seen(7) == ["回复"]


async def test_a_chat_that_earned_a_429_waits_over_a_restart_and_nobody_else_does(
    post: Post,
) -> None:
    one, other = await post.know(7), await post.know(8)
    post.api.faults.order(FaultKind.TOO_MANY_REQUESTS, "sendMessage", chat=7, retry_after=30)
    await post.write(one, "一")
    await post.sender.drain()

    again = post.new_sender()
    await post.write(one, "二", lane=Lane.NOTICE)
    await post.write(other, "三")
    await again.drain()

    assert (post.seen(7), post.seen(8)) == ([], ["三"])
    post.clock.move(timedelta(seconds=31))
    await again.drain()
    assert post.seen(7) == ["一", "二"]


async def test_a_429_of_the_whole_bot_is_remembered_over_a_restart(post: Post) -> None:
    one, other = await post.know(7), await post.know(8)
    post.api.faults.order(FaultKind.TOO_MANY_REQUESTS, "sendMessage", times=2, retry_after=30)
    await post.write(one, "一")
    await post.write(other, "二")
    await post.sender.drain()
    await post.write(await post.know(9), "三")
    calls = len(post.api.calls_of("sendMessage"))

    again = post.new_sender()
    await again.drain()

    assert len(post.api.calls_of("sendMessage")) == calls
    post.clock.move(timedelta(seconds=31))
    await again.drain()
    assert (post.seen(7), post.seen(8), post.seen(9)) == (["一"], ["二"], ["三"])


async def test_two_chats_limited_one_after_the_other_do_not_stop_the_bot(post: Post) -> None:
    one, other, third = await post.know(7), await post.know(8), await post.know(9)
    for chat, person in ((7, one), (9, third), (8, other)):
        if chat != 9:
            post.api.faults.order(
                FaultKind.TOO_MANY_REQUESTS, "sendMessage", chat=chat, retry_after=30
            )
        await post.write(person, "一")
        await post.sender.drain()

    await post.write(third, "二")
    await post.sender.drain()

    assert post.seen(9) == ["一", "二"]


async def test_an_unknown_outcome_is_tried_again_and_may_repeat_once(post: Post) -> None:
    resident = await post.know(7)
    post.api.faults.order(FaultKind.SWALLOWED, "sendMessage", times=1)
    await post.write(resident, "一", "二")

    await post.sender.drain()
    post.clock.move(timedelta(seconds=15))
    await post.sender.drain()

    assert post.seen(7) == ["一", "一", "二"]


async def test_a_dead_letter_does_not_hold_up_the_ones_behind_it(post: Post) -> None:
    resident = await post.know(7)
    post.api.faults.order(FaultKind.STATUS, "sendMessage", times=1, status=400)
    await post.write(resident, "一", "二")

    await post.sender.drain()

    assert post.seen(7) == ["二"]
    assert await post.states() == [OutboxState.DEAD, OutboxState.SENT]


async def test_after_enough_tries_a_message_is_given_up(post: Post) -> None:
    """Others are answered meanwhile, so it is the message's fault."""
    one, other = await post.know(7), await post.know(8)
    post.api.faults.order(FaultKind.STATUS, "sendMessage", chat=7, times=100, status=502)
    await post.write(one, "一", "二")

    for _ in range(6):
        await post.write(other, "别的")
        await post.sender.drain()
        post.clock.move(timedelta(seconds=61))
    post.api.faults.clear()
    await post.sender.drain()

    assert post.seen(7) == ["二"]
    assert len(post.seen(8)) == 6
    assert (await post.states())[0] is OutboxState.DEAD


async def test_a_day_without_telegram_loses_nothing_and_asks_rarely(post: Post) -> None:
    residents = [await post.know(number) for number in range(100, 140)]
    for resident in residents:
        await post.write(resident, "一", "二")
    post.api.down()
    sender = post.new_sender(tries_max=2)
    passed = timedelta()

    asked = len(post.api.faults.met)
    while passed < timedelta(days=1):
        await sender.drain()
        post.clock.move(timedelta(minutes=10))
        passed += timedelta(minutes=10)
    calls = len(post.api.faults.met) - asked
    post.api.up()
    for _ in range(3):
        await sender.drain()
        post.clock.move(timedelta(minutes=1))

    assert [post.seen(number) for number in range(100, 140)] == [["一", "二"]] * 40
    assert calls < 300
    assert set(await post.states()) == {OutboxState.SENT}


async def test_when_telegram_is_back_nobody_waits_for_the_end_of_a_back_off(post: Post) -> None:
    for number in range(100, 110):
        await post.write(await post.know(number), "一")
    post.api.down()
    for _ in range(30):
        await post.sender.drain()
        post.clock.move(timedelta(seconds=60))

    post.api.up()
    await post.sender.drain()

    assert [post.seen(number) for number in range(100, 110)] == [["一"]] * 10


async def test_a_message_nobody_can_read_any_more_is_given_up(post: Post) -> None:
    resident = await post.know(7)
    await post.write(resident, "一", "二")
    async with post.database.write() as tx:
        first = await tx.scalar(select(func.min(outbox.outbox.c.id)))
        await tx.run(
            outbox.outbox.update().where(outbox.outbox.c.id == first).values(sealed=b"spoiled")
        )

    await post.sender.drain()

    assert post.seen(7) == ["二"]
    assert await post.states() == [OutboxState.DEAD, OutboxState.SENT]


async def test_who_blocked_the_bot_gets_it_on_another_account(post: Post) -> None:
    blocked = await post.know(7)
    await post.api.person(7).chat_with(post.bot).block()
    other = await post.know(8)
    changes = Changes()
    changes.save(
        Account(
            id="second",
            person=blocked.person,
            side=Side.RESIDENTS,
            channel=Channel.TELEGRAM,
            address="9",
            created_at=MORNING,
            seen_at=MORNING,
        )
    )
    async with post.database.write() as tx:
        await apply(tx, [changes])
    await post.api.person(9).chat_with(post.bot).start()
    await post.write(blocked, "有消息")

    await post.sender.drain()

    assert post.seen(9) == ["有消息"]
    assert post.seen(8) == []
    assert other.address == "8"


async def test_who_is_reached_nowhere_is_reported_to_each_worker_once(post: Post) -> None:
    resident, worker, other = await post.know(7), await post.know(8), await post.know(9)
    await post.file("2026-00001", resident, worker)
    await post.file("2026-00002", resident, other)
    await post.api.person(7).chat_with(post.bot).block()
    for number in ("2026-00001", "2026-00001", "2026-00002"):
        await post.write(resident, "有消息", lane=Lane.NOTICE, subject=case(number))

    await post.sender.drain()
    await post.write(resident, "又有", lane=Lane.NOTICE, subject=case("2026-00001"))
    await post.sender.drain()

    assert [len(post.seen(number)) for number in (8, 9)] == [1, 1]
    assert "2026-00001" in post.seen(8)[0]
    assert (await post.states()).count(OutboxState.DEAD) == 4


async def test_whoever_keeps_a_thing_of_any_feature_hears_who_is_reached_nowhere(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of what nobody keeps, and of kinds that nobody declares, nobody does."""
    resident, guide = await post.know(7), await post.know(8)
    outings = Outings(there={"7"}, guide=guide.person)
    monkeypatch.setitem(SUBJECTS, OUTING, outings.kind())
    await post.api.person(7).chat_with(post.bot).block()
    for subject in (outing("7"), outing("gone"), Subject("broadcast", "b")):
        await post.write(resident, "有消息", lane=Lane.NOTICE, subject=subject)

    await post.sender.drain()

    assert len(post.seen(8)) == 1
    assert "outing 7" in post.seen(8)[0]


async def test_what_was_erased_while_it_was_on_its_way_stays_erased(post: Post) -> None:
    resident = await post.know(7)
    await post.write(resident, "私事")
    await post.sender.send_due()
    async with post.database.write() as tx:
        await outbox_housekeeping.forget(tx, resident.person, await outbox_housekeeping.newest(tx))

    await post.sender.drain()

    async with post.database.read() as tx:
        row = await tx.row(select(outbox.outbox))
    assert row is not None
    assert (row.state, row.sealed, row.ref, row.address) == (OutboxState.DEAD, None, None, "")


async def test_a_database_that_takes_nothing_doubles_and_loses_nothing(post: Post) -> None:
    if not post.database.is_sqlite:
        pytest.skip("read-only in the middle is SQLite's")
    one, other = await post.know(7), await post.know(8)
    await post.write(one, "一", "二")
    await post.write(other, "一", "二")
    await post.sender.send_due()
    await post.sender.settle()
    await post.refuse_writes()

    for _ in range(3):
        with pytest.raises(StorageError):
            await post.sender.send_due()
    assert (post.seen(7), post.seen(8)) == (["一"], ["一"])
    await post.database.engine.dispose()
    await post.sender.drain()

    assert (post.seen(7), post.seen(8)) == (["一", "二"], ["一", "二"])


async def test_a_note_that_cannot_be_written_harms_no_other(post: Post) -> None:
    one, other = await post.know(7), await post.know(8)
    await post.file("2026-00001", one, other)
    await post.spoil("2026-00001")
    await post.api.person(7).chat_with(post.bot).block()
    await post.write(one, "有消息", lane=Lane.NOTICE, subject=case("2026-00001"))
    await post.write(other, "一", "二")

    await post.sender.drain()

    assert post.seen(8) == ["一", "二"]
    assert (await post.states())[0] is OutboxState.DEAD


async def test_who_stops_lets_arrive_and_notes_what_is_under_way(post: Post) -> None:
    resident = await post.know(7)
    post.api.faults.order(FaultKind.SLOW, "sendMessage", times=1, seconds=0.5)
    await post.write(resident, "一")
    running = asyncio.create_task(post.sender.run())
    await post.api.expect_calls("sendMessage")

    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert await post.states() == [OutboxState.SENT]
    await post.new_sender().drain()
    assert post.seen(7) == ["一"]


async def test_what_took_too_long_at_a_stop_holds_nobody_up_when_it_goes_on(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sender whose lease was lost is run again when it has it back."""
    monkeypatch.setattr("bot.traffic.sender.FAREWELL_SECONDS", 0.05)
    resident = await post.know(7)
    post.api.faults.order(FaultKind.SLOW, "sendMessage", times=1, seconds=1.5)
    await post.write(resident, "一")
    running = asyncio.create_task(post.sender.run())
    await post.api.expect_calls("sendMessage")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    await post.write(resident, "二")
    running = asyncio.create_task(post.sender.run())
    await wait_for(lambda: "二" in post.seen(7))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert post.seen(7) == ["一", "一", "二"]  # nobody knows whether the first one arrived


async def test_what_a_wrong_clock_wrote_does_not_wait_for_its_hour(post: Post) -> None:
    """The clock was an hour ahead, and what it paused and wrote is found after it was set."""
    resident, limited = await post.know(7), await post.know(8)
    post.api.faults.order(FaultKind.TOO_MANY_REQUESTS, "sendMessage", chat=8, retry_after=30)
    post.clock.move(timedelta(hours=1))
    await post.write(limited, "一")
    await post.sender.drain()
    await post.write(resident, "一")
    post.clock.ahead = timedelta()

    await post.sender.drain()
    assert post.seen(7) == ["一"]
    post.clock.move(timedelta(seconds=31))
    await post.sender.drain()

    assert post.seen(8) == ["一"]


async def test_pictures_and_long_texts_earn_no_429(post: Post) -> None:
    """With Telegram's own limits: an album counts each picture, a long text each of its parts."""
    one, other = await post.know(7), await post.know(8)
    post.api.limiter.change(Limits())
    pictures = await post.pictures(one, 10)
    for resident in (one, other):
        await post.write(resident, "长" * 9000, attachments=pictures)
        await post.write(resident, "完")
    sender = post.new_sender(
        Budget(per_bot_per_second=30, per_chat_per_second=1, per_group_per_minute=20)
    )
    running = asyncio.create_task(sender.run())

    for number in (7, 8):
        await post.api.person(number).chat_with(post.bot).expect("完")

    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert post.api.limiter.earned_in_all == 0


async def test_after_a_crash_what_was_not_noted_is_sent_again(post: Post) -> None:
    """At most one repeat per chat: the message that was in flight."""
    resident = await post.know(7)
    await post.write(resident, "一", "二")
    await post.sender.send_due()
    await post.sender.settle()

    await post.new_sender().drain()

    assert post.seen(7) == ["一", "一", "二"]


@pytest.mark.parametrize(
    ("kind", "repeats"),
    [
        (FaultKind.STATUS, 0),
        (FaultKind.RESET, 0),
        (FaultKind.SWALLOWED, 1),
        (FaultKind.HALF, 1),
        (FaultKind.MALFORMED, 1),
    ],
)
@pytest.mark.parametrize("framework", ["aiogram", "python-telegram-bot"])
async def test_whatever_goes_wrong_on_the_way_everything_arrives_in_order(
    post: Post, framework: Framework, kind: FaultKind, repeats: int
) -> None:
    """At most one repeat per fault, and only where Telegram had done what it did not confirm."""
    resident = await post.know(7)
    sender = post.new_sender(framework=framework)
    post.api.faults.order(kind, "sendMessage", times=2, after=1, status=503)
    await post.write(resident, "一", "二", "三", "四")

    for _ in range(4):
        await sender.drain()
        post.clock.move(timedelta(seconds=61))

    seen = post.seen(7)
    assert list(dict.fromkeys(seen)) == ["一", "二", "三", "四"]
    assert seen == sorted(seen, key="一二三四".index)
    assert len(seen) == 4 + 2 * repeats


async def test_a_storm_of_429s_loses_nothing_and_doubles_nothing(post: Post) -> None:
    residents = [await post.know(number) for number in range(100, 120)]
    for resident in residents:
        await post.write(resident, "一", "二", "三")
    post.api.faults.order(FaultKind.TOO_MANY_REQUESTS, "sendMessage", times=60, retry_after=5)

    for _ in range(40):
        await post.sender.drain()
        post.clock.move(timedelta(seconds=6))

    assert [post.seen(number) for number in range(100, 120)] == [["一", "二", "三"]] * 20
    assert not post.api.faults.outstanding
