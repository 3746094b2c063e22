"""From a turn to a loopback receiver: rows of the outbox, sent in order, never lost."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.channels.webhooks.driver import WebhookDriver
from bot.configuration.loading import load
from bot.configuration.street_source import StreetSource
from bot.traffic.patience import Patience
from bot.traffic.sender import Sender
from bot.traffic.unreachable import tell_administrator
from domain.organisation import Post, Role
from domain.subjects import case
from storage.changes import Changes, apply
from storage.database import Database
from storage.files import FileStore
from storage.forgetting import SubjectsGone
from storage.outbox import OutboxState, outbox
from storage.outbox_housekeeping import newest
from tests.handlers.chats import Office
from tests.receiver import Answer, Receiver
from tests.street import STREET, found, settings

QUIET = timedelta(hours=14)  # from 09:00 to 23:00


class House:
    """An office with webhooks, and their senders."""

    def __init__(self, office: Office, receiver: Receiver, tables: dict[str, Any]) -> None:
        self.office = office
        self.receiver = receiver
        self.settings = settings_with(office.folder, receiver, tables)
        office.new_source = lambda: StreetSource(self.settings)
        office.restart()
        self.drivers: list[WebhookDriver] = []

    def sender(self, name: str = "duty") -> Sender:
        table = self.settings.webhooks[name]
        driver = WebhookDriver(
            f"hook.{name}",
            table.target(name),
            public_url="https://linli.example.org",
            timeout_seconds=2,
        )
        self.drivers.append(driver)

        async def tell(tx: Any, now: Any) -> None:
            await tell_administrator(name, tx, now)

        return Sender(
            self.office.database,
            driver,
            FileStore(self.office.folder, self.office.database.keyring),
            lambda: self.office.now,
            patience=Patience(
                tries_max=3,
                timeout=timedelta(seconds=2),
                first=timedelta(seconds=10),
                longest=timedelta(seconds=60),
            ),
            in_flight_max=1,
            budget=table.budget(),
            after_dead=tell,
        )

    @property
    def numbers(self) -> list[str]:
        return [json.loads(one.body)["number"] for one in self.receiver.heard]

    async def rows(self, name: str = "duty") -> list[Any]:
        async with self.office.database.read() as tx:
            query = select(outbox).where(outbox.c.bot == f"hook.{name}").order_by(outbox.c.id)
            return list(await tx.rows(query))


def settings_with(folder: Path, receiver: Receiver, tables: dict[str, Any]) -> Any:
    given = {name: {"url": f"{receiver.base}/{name}", **table} for name, table in tables.items()}
    return load({"LINLI_DATA_DIR": str(folder), "LINLI_WEBHOOKS": json.dumps(given)}, folder)


@pytest.fixture
async def house(database: Database, tmp_path: Path) -> AsyncIterator[House]:
    await found(database)
    async with Receiver() as receiver:
        made = House(Office(database, tmp_path), receiver, {"duty": {}})
        yield made
        for driver in made.drivers:
            await driver.close()


async def test_what_staff_are_told_goes_there_too_with_number_and_link_alone(
    house: House,
) -> None:
    number = await house.office.filed("3号楼路灯坏了，我叫王小明")

    await house.sender().drain()

    [heard] = house.receiver.heard
    said = json.loads(heard.body)
    assert said["number"] == number
    assert said["link"] == "https://linli.example.org/staff"
    assert "王小明" not in heard.body.decode()
    assert "路灯" not in heard.body.decode()
    [row] = await house.rows()
    assert (row.state, row.sealed) == (OutboxState.SENT, None)


async def test_residents_are_told_nothing_over_it(house: House) -> None:
    number = await house.office.filed()
    await house.sender().drain()
    house.receiver.heard.clear()

    await house.office.presses("secretary", "接单")

    assert "接单" in house.office.heard("resident") or house.office.said
    await house.sender().drain()
    assert house.receiver.heard == []
    assert number


async def test_a_crash_between_sending_and_noting_repeats_it_under_the_same_id(
    house: House,
) -> None:
    await house.office.filed()
    killed = house.sender()
    await killed.send_due()
    await killed.settle()

    await house.sender().drain()

    ids = [json.loads(one.body)["id"] for one in house.receiver.heard]
    assert len(ids) == 2
    assert len(set(ids)) == 1


async def test_what_waits_goes_in_its_order_once_the_other_side_is_back(house: House) -> None:
    house.receiver.answers += [Answer(502), Answer(cut=True)]
    first = await house.office.filed("3号楼路灯坏了", "anna")
    second = await house.office.filed("5号楼电梯坏了", "boris")
    sender = house.sender()

    for _ in range(4):
        await sender.drain()
        house.office.now += timedelta(minutes=2)

    assert house.numbers == [first, first, first, second]


async def test_patience_that_is_asked_for_is_kept_over_a_restart(house: House) -> None:
    house.receiver.answers.append(Answer(429, headers={"Retry-After": "300"}))
    number = await house.office.filed()
    await house.sender().drain()

    house.office.now += timedelta(seconds=299)
    await house.sender().drain()
    assert house.numbers == [number]
    house.office.now += timedelta(seconds=2)
    await house.sender().drain()

    assert house.numbers == [number, number]


async def test_a_message_that_is_refused_holds_up_no_other_and_the_administrator_hears_once(
    house: House,
) -> None:
    changes = Changes()
    changes.save(
        Post(
            id="post-admin",
            unit=STREET,
            role=Role.ADMINISTRATOR,
            person="dispatcher",
            since=house.office.now,
        )
    )
    async with house.office.database.write() as tx:
        await apply(tx, [changes])
    house.receiver.answers += [Answer(400), Answer(404)]
    for name in ("anna", "boris", "chen"):
        await house.office.filed(f"{len(name)}号楼路灯坏了", name)
    sender = house.sender()

    await sender.drain()

    states = [row.state for row in await house.rows()]
    assert states == [OutboxState.DEAD, OutboxState.DEAD, OutboxState.SENT]
    await house.office.read()
    told = [one for one in house.office.said if "duty" in one.words]
    assert [one.person for one in told] == ["dispatcher"]
    house.receiver.answers.append(Answer(400))
    house.office.now += timedelta(days=1, minutes=1)
    await house.office.filed("9号楼路灯坏了", "dora")
    await sender.drain()
    await house.office.read()
    assert len([one for one in house.office.said if "duty" in one.words]) == 2


async def test_a_receiver_that_fails_each_time_is_given_up_after_the_tries(
    house: House,
) -> None:
    house.receiver.answers += [Answer(500)] * 3
    await house.office.filed("3号楼路灯坏了", "anna")
    second = await house.office.filed("5号楼电梯坏了", "boris")
    sender = house.sender()

    for _ in range(5):
        await sender.drain()
        house.office.now += timedelta(minutes=2)

    first, later = await house.rows()
    assert (first.state, first.error) == (OutboxState.DEAD, "failed")
    assert later.state is OutboxState.SENT
    assert house.numbers[-1] == second


async def test_a_robot_gets_no_more_than_twenty_in_a_minute(
    database: Database, tmp_path: Path
) -> None:
    await found(database)
    async with Receiver() as receiver:
        house = House(Office(database, tmp_path), receiver, {"duty": {"kind": "wecom"}})
        for number in range(22):
            await house.office.filed(f"{number + 1}号楼路灯坏了", f"r{number}")
        sender = house.sender()

        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2):
                await sender.drain()

        assert len(receiver.heard) == 20
        await house.drivers[0].close()


async def test_at_night_it_waits_and_what_is_urgent_does_not(house: House) -> None:
    house.office.now += QUIET
    await house.office.filed("3号楼路灯坏了", "anna")
    await house.sender().drain()
    assert house.receiver.heard == []

    house.office.now += timedelta(hours=10)
    await house.sender().drain()

    assert len(house.receiver.heard) == 1
    assert not json.loads(house.receiver.heard[0].body)["urgent"]


async def test_only_the_posts_and_units_that_are_meant_and_only_what_is_urgent(
    database: Database, tmp_path: Path
) -> None:
    await found(database)
    async with Receiver() as receiver:
        house = House(
            Office(database, tmp_path),
            receiver,
            {
                "west": {"units": ["W"]},
                "workers": {"roles": ["grid_worker"]},
                "east": {"units": ["E"], "roles": ["grid_secretary"]},
                "alarm": {"events": "urgent"},
            },
        )

        await house.office.filed()

        assert [len(await house.rows(name)) for name in ("west", "workers", "east", "alarm")] == [
            0,
            0,
            1,
            0,
        ]


async def test_the_words_go_along_where_that_is_chosen_and_never_of_a_dispute(
    database: Database, tmp_path: Path
) -> None:
    await found(database)
    async with Receiver() as receiver:
        house = House(Office(database, tmp_path), receiver, {"duty": {"content": "full_text"}})
        await house.office.filed("3号楼路灯坏了")
        await house.office.starts("boris", "g-E1")
        await house.office.says("boris", "我和楼上邻居因为噪音吵架")
        await house.office.presses("boris", "提交")
        sender = house.sender()
        await sender.drain()
        await house.drivers[0].close()

        lamp, dispute = (json.loads(one.body)["text"] for one in receiver.heard)
        assert "路灯" in lamp
        assert "噪音" not in dispute
        assert "吵架" not in dispute


async def test_what_was_erased_goes_nowhere(house: House) -> None:
    number = await house.office.filed()
    changes = Changes()
    async with house.office.database.write() as tx:
        changes.save(SubjectsGone(subjects=(case(number),), upto=await newest(tx)))
        await apply(tx, [changes])

    await house.sender().drain()

    assert house.receiver.heard == []


async def test_without_webhooks_nothing_is_written_for_them(
    database: Database, tmp_path: Path
) -> None:
    await found(database)
    office = Office(database, tmp_path)
    office.new_source = lambda: StreetSource(settings(tmp_path))
    office.restart()

    await office.filed()

    async with database.read() as tx:
        bots = {row.bot for row in await tx.rows(select(outbox.c.bot))}
    assert bots == {"telegram.residents", "telegram.staff"}
