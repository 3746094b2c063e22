"""Fair queues: who asks seldom goes before who asks again and again."""

import asyncio
from contextlib import suppress

import pytest

from bot.channels.web.client_network import customer_of, network_of
from bot.traffic.fair_queue import CrowdedError, FairQueue, Shares


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


class Line:
    """Who stands before a queue, and in which order they were served."""

    def __init__(self, **options) -> None:
        self.queue = FairQueue(1, **options)
        self.served: list[str] = []
        self.open = asyncio.Event()
        self.tasks: list[asyncio.Task[None]] = []

    def ask(self, who: str, *, home: str = "", cost: float = 1.0) -> None:
        costs = {who: cost, **({home: cost / 10} if home else {})}
        self.tasks.append(asyncio.create_task(self._served(who, costs)))

    async def _served(self, who: str, costs: dict[str, float]) -> None:
        async with self.queue.turn(costs):
            self.served.append(who)
            await self.open.wait()

    async def finish(self) -> list[str]:
        self.open.set()
        await asyncio.gather(*self.tasks)
        return self.served


async def test_a_newcomer_goes_before_who_asked_again_and_again():
    line = Line()
    for _ in range(50):
        line.ask("flood")
        await settle()

    line.ask("newcomer")
    await settle()

    assert (await line.finish()).index("newcomer") <= 2


async def test_many_floods_from_many_addresses_do_not_delay_a_newcomer_beyond_one_round():
    line = Line()
    for _ in range(5):
        for number in range(20):
            line.ask(f"flood {number}", home=f"home {number}")
    await settle()

    line.ask("newcomer", home="elsewhere")
    await settle()

    assert (await line.finish()).index("newcomer") <= 20


async def test_a_neighbour_of_a_flood_goes_before_it():
    line = Line()
    for _ in range(30):
        line.ask("flood", home="one house")
    await settle()

    line.ask("neighbour", home="one house")
    await settle()

    assert (await line.finish()).index("neighbour") < 10


async def test_a_flood_is_served_too_while_others_come_and_come():
    line = Line()
    for _ in range(3):
        line.ask("flood")
    for number in range(20):
        line.ask(f"other {number % 5}")
    await settle()

    served = await line.finish()

    assert served.index("flood", served.index("flood") + 1) < 10


async def test_a_flood_that_waited_long_does_not_go_before_a_newcomer():
    line = Line()
    for _ in range(40):
        for number in range(10):
            line.ask(f"flood {number}")
    await settle()
    for _ in range(25):
        line.open.set()
        await asyncio.sleep(0)
    line.open.clear()

    line.ask("newcomer")
    before = len(line.served)
    served = await line.finish()

    assert served.index("newcomer") - before <= 10


async def test_when_nobody_waits_all_is_forgiven():
    line = Line()
    line.open.set()
    for _ in range(50):
        line.ask("flood")
    await settle()
    await asyncio.gather(*line.tasks)
    line.open.clear()
    line.ask("blocker")
    await settle()

    line.ask("flood")
    line.ask("other")
    await settle()

    assert (await line.finish())[-3:] == ["blocker", "flood", "other"]


async def test_equal_ones_are_served_as_they_came():
    line = Line()
    for number in range(5):
        line.ask(str(number))
        await settle()

    assert await line.finish() == ["0", "1", "2", "3", "4"]


async def test_who_gives_up_waiting_takes_no_place():
    line = Line()
    line.ask("first")
    line.ask("gone")
    line.ask("last")
    await settle()

    line.tasks[1].cancel()
    with suppress(asyncio.CancelledError):
        await line.tasks.pop(1)

    assert await line.finish() == ["first", "last"]


async def test_who_gives_up_as_it_is_called_lets_the_next_one_in():
    line = Line()
    line.ask("first")
    line.ask("gone")
    line.ask("last")
    await settle()

    line.open.set()
    await line.tasks[0]
    line.tasks[1].cancel()
    await asyncio.gather(*line.tasks, return_exceptions=True)

    assert line.served[-1] == "last"


async def test_too_many_who_wait_are_turned_away():
    line = Line(waiting_max=2)
    for number in range(3):
        line.ask(str(number))
    await settle()

    with pytest.raises(CrowdedError):
        async with line.queue.turn({"more": 1.0}):
            pass

    assert len(await line.finish()) == 3


def test_what_is_remembered_of_keys_is_bounded():
    shares = Shares(keys_max=100)

    for number in range(1_000):
        shares.take({str(number): 1.0})

    assert len(shares._marks) == 100


@pytest.mark.parametrize(
    ("address", "customer", "network"),
    [
        ("203.0.113.7", "203.0.113.7", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("::ffff:203.0.113.7", "203.0.113.7", "203.0.113.0/24"),
        ("fe80::1%eth0", "fe80::/64", "fe80::/48"),
        ("", "", "unknown"),
        ("nonsense", "nonsense", "unknown"),
    ],
)
def test_an_address_counts_as_what_its_customer_was_given(address, customer, network):
    assert (customer_of(address), network_of(address)) == (customer, network)


async def test_where_it_is_full_the_last_one_gives_way_to_who_goes_before():
    line = Line(waiting_max=3, gives_way=True)
    for _ in range(4):
        line.ask("flood")
        await settle()

    line.ask("newcomer")
    await settle()
    line.ask("flood")
    await settle()
    line.open.set()
    ends = await asyncio.gather(*line.tasks, return_exceptions=True)

    assert "newcomer" in line.served
    assert [isinstance(one, CrowdedError) for one in ends] == [False] * 3 + [True, False, True]
