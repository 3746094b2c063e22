"""The sender: what is committed is sent, in order, within budgets, over real HTTP to the fake."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.channels.aiogram_driver import AiogramDriver
from bot.clock import Clock
from bot.sender import Budget, Patience, Sender
from domain.messages import Channel, Lane, Message, Side, text
from domain.people import Account, Person
from storage import outbox
from storage.changes import Changes, apply
from storage.database import Database
from storage.files import FileStore
from storage.outbox import Notice, OutboxState
from tests.bot_api.faults import FaultKind
from tests.bot_api.limits import Limits
from tests.bot_api.server import BotApi
from tests.street import MORNING

TOKEN = "42:secret"
FAST = Budget(per_bot_per_second=1000, per_chat_per_second=1000, per_group_per_minute=6000)


class Post:
    """A sender over a database and the fake Bot API, and residents who can be written to."""

    def __init__(self, database: Database, api: BotApi, folder: Path) -> None:
        self.database = database
        self.api = api
        self.folder = folder
        self.clock = Clock()
        self.drivers: list[AiogramDriver] = []
        self.bot = api.bot(TOKEN, username="linli_bot")
        self.sender = self.new_sender()

    def new_sender(self, budget: Budget = FAST, tries_max: int = 4) -> Sender:
        driver = AiogramDriver(
            Side.RESIDENTS, TOKEN, api_base=self.api.base, public_url="", timeout_seconds=5
        )
        self.drivers.append(driver)
        return Sender(
            self.database,
            driver,
            FileStore(self.folder),
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

    async def write(self, account: Account, *said: str, lane: Lane = Lane.REPLY) -> None:
        changes = Changes()
        for words in said:
            changes.save(
                Notice(
                    person=account.person,
                    message=Message(blocks=(text("names.either", zh=words, en=words),)),
                    lane=lane,
                    at=self.clock.now(),
                    not_before=self.clock.now(),
                    account=account,
                )
            )
        async with self.database.write() as tx:
            await apply(tx, [changes])

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
    for task in tuple(slow._busy.values()):
        await task

    assert (post.seen(7), post.seen(8)) == ([], ["回复"])


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


async def test_a_429_is_remembered_over_a_restart(post: Post) -> None:
    one, other = await post.know(7), await post.know(8)
    post.api.faults.order(FaultKind.TOO_MANY_REQUESTS, "sendMessage", times=2, retry_after=30)
    await post.write(one, "一")
    await post.write(other, "二")
    await post.sender.drain()
    calls = len(post.api.calls_of("sendMessage"))

    again = post.new_sender()
    await again.send_due()

    assert len(post.api.calls_of("sendMessage")) == calls
    post.clock.move(timedelta(seconds=31))
    await again.drain()
    assert (post.seen(7), post.seen(8)) == (["一"], ["二"])


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
    resident = await post.know(7)
    post.api.down()
    sender = post.new_sender(tries_max=2)
    await post.write(resident, "一")

    for _ in range(3):
        await sender.drain()
        post.clock.move(timedelta(seconds=61))

    assert await post.states() == [OutboxState.DEAD]


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


async def test_after_a_crash_what_was_not_noted_is_sent_again(post: Post) -> None:
    """At most one repeat per chat: the message that was in flight."""
    resident = await post.know(7)
    await post.write(resident, "一", "二")
    await post.sender.send_due()
    for task in tuple(post.sender._busy.values()):
        await task

    await post.new_sender().drain()

    assert post.seen(7) == ["一", "一", "二"]
