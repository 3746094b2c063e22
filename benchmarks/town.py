"""The other side of a benchmark: the strict fake Bot API and the people who use it, in one process.

It reads one order a line from its standard input and writes one answer a line, both JSON. What it
measures, it measures as the people of the town see it: from their message to the bot's answer.
"""

import asyncio
import gc
import json
import random
import re
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

import psutil

from tests.bot_api.chats import Message, PrivateChat
from tests.bot_api.limits import Limits
from tests.bot_api.people import PrivateConversation
from tests.bot_api.server import BotApi

#: How long somebody waits for an answer before the benchmark fails.
PATIENCE = 120.0
#: Messages that the fake keeps in each chat.
HISTORY = 8
FIRST_RESIDENT = 1_000_000


@dataclass(frozen=True, slots=True)
class Step:
    """One turn: what a resident does, and the words by which the answer is known."""

    act: str
    """"start", "say" or "press"; "first" presses the likeliest of what is offered."""
    words: str
    answer: str


#: The service request, every question of it answered.
SERVICE = (
    Step("start", "g-{grid}", "请选一项"),
    Step("press", "办事", "需要办什么事"),
    Step("say", "{words}", "属于哪一类"),
    Step("first", "", "在什么地方"),
    Step("say", "{place}", "照片"),
    Step("press", "跳过", "内容："),
    Step("press", "提交", "已提交"),
)
#: The same mix of messages and presses for a bot that says again what it hears.
ECHO = (
    Step("start", "g-{grid}", "g-"),
    Step("press", "again", "again"),
    Step("say", "{words}", "{words}"),
    Step("press", "again", "again"),
    Step("say", "{place}", "{place}"),
    Step("press", "again", "again"),
    Step("press", "again", "again"),
)
#: The same broken lamp, told in one sentence; who comes later is shown the first one's case.
LAMP = (
    Step("start", "g-{grid}", "请选一项"),
    Step("press", "办事", "需要办什么事"),
    Step("say", "12号楼门口的路灯不亮了", "照片"),
    Step("press", "跳过", "内容："),
    Step("press", "提交", "已提交"),
)
ME_TOO = Step("press", "我也是", "已附议")
SCRIPTS = {"service": SERVICE, "echo": ECHO}

WORDS = (
    "想请人来看一看，情况有一阵子了",
    "家里老人需要人帮个忙，麻烦安排一下",
    "这件事拖了很久，请帮忙问问进展",
    "想了解一下要准备什么，什么时候可以来",
)


class Resident:
    """Somebody who files one request after another."""

    def __init__(self, conversation: PrivateConversation, number: int, grids: list[str]) -> None:
        self._chat = conversation.chat
        self._conversation = conversation
        self._number = number
        self._grids = grids
        self._read = conversation.chat.event_count
        self.round = 0

    def _fields(self) -> dict[str, str]:
        number = self._number + self.round
        return {
            "grid": self._grids[self._number % len(self._grids)],
            "words": WORDS[number % len(WORDS)],
            "place": f"{self._number % 30 + 1}号楼{number % 4 + 1}单元门口",
        }

    async def turn(self, step: Step) -> None:
        """Take one turn and wait for its answer."""
        fields = self._fields()
        words = step.words.format(**fields)
        if step.act == "press":
            message, data = self._button(words)
            await self._conversation.press_data(message, data)
        elif step.act == "first":
            newest = next(reversed(self._chat.messages.values()))
            first = newest.button_rows[0][0]
            await self._conversation.press_data(newest, first["callback_data"])
        elif step.act == "start":
            await self._conversation.start(words)
        else:
            await self._conversation.say(words)
        await self._answered(step.answer.format(**fields))

    def _button(self, label: str) -> tuple[Message, str]:
        for message in reversed(self._chat.messages.values()):
            for row in message.button_rows:
                for button in row:
                    if label in button["text"]:
                        return message, button["callback_data"]
        raise AssertionError(f"no button {label!r}:\n{self._conversation.transcript()}")

    async def _answered(self, words: str) -> None:
        chat = self._chat
        async with asyncio.timeout(PATIENCE):
            while True:
                for event in chat.events_from(self._read):
                    self._read += 1
                    if words in event.text:
                        return
                self._read = chat.event_count
                await chat.next_event()


class Booker(Resident):
    """Somebody who wants one of a hundred times, and takes another where it is gone."""

    is_booked = False
    #: What may come: a read-back, the receipt, that somebody was faster, or the end of it.
    READ_BACK, BOOKED, GONE = "办什么：", "约好了", "刚被别人约走了"
    NOTHING = ("没有别的空了", "请换一天")

    async def book(self) -> int:
        """Go on until a time is booked or none is left; give how many updates that took."""
        await self.turn(Step("start", "g-{grid}", "请选一项"))
        await self.turn(Step("say", "预约", "哪一天方便"))
        at = 8 * 60 + 5 * (self._number * 37 % 100)
        self._updates = 3
        await self._conversation.say(f"明天{at // 60}点{at % 60:02}分")
        answer = await self._one_of(self.READ_BACK, "几点来", *self.NOTHING)
        while answer not in self.NOTHING and not self.is_booked:
            if answer == self.READ_BACK:
                answer = await self._press("提交预约", self.BOOKED, self.GONE)
            else:
                answer = await self._press(r"\d\d:\d\d", self.READ_BACK)
            self.is_booked = answer == self.BOOKED
            if answer == self.GONE and not self._offers():
                break
        return self._updates

    def _offers(self) -> bool:
        newest = next(reversed(self._chat.messages.values()))
        labels = [button["text"] for row in newest.button_rows for button in row]
        return any(re.search(r"\d\d:\d\d", label) for label in labels)

    async def _press(self, label: str, *answers: str) -> str:
        self._updates += 1
        for message in reversed(self._chat.messages.values()):
            for row in message.button_rows:
                for button in row:
                    if re.search(label, button["text"]):
                        await self._conversation.press_data(message, button["callback_data"])
                        return await self._one_of(*answers)
        raise AssertionError(f"no button {label!r}:\n{self._conversation.transcript()}")

    async def _one_of(self, *words: str) -> str:
        """Wait for an answer that holds one of some words, and give these."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for event in self._chat.events_from(self._read):
                    self._read += 1
                    for one in words:
                        if one in event.text:
                            return one
                self._read = self._chat.event_count
                await self._chat.next_event()


class Town:
    """Carries out orders."""

    def __init__(self, api: BotApi) -> None:
        self.api = api
        self._talked = 0

    async def ready(self, tokens: list[str]) -> dict[str, Any]:
        """Wait until bots ask for updates."""
        for token in tokens:
            await self.api.bot(token).polling(within=PATIENCE)
        return {}

    async def crowd(self, token: str, first: int, count: int) -> dict[str, Any]:
        """Let people have started a bot long ago."""
        self.api.crowd(self.api.bot(token), first, count)
        return {}

    async def limits(self, overall: float | None) -> dict[str, Any]:
        """Limit what a bot may send in a second, or nothing at all."""
        self.api.limiter.change(
            Limits(chat_per_second=None, group_per_minute=None, overall_per_second=overall)
        )
        self.api.limiter.earned.clear()
        return {}

    async def dialogue(
        self,
        token: str,
        script: str,
        residents: int,
        warm: float,
        seconds: float,
        pid: int,
        grids: list[str],
        think: float = 0.0,
    ) -> dict[str, Any]:
        """Let residents go through a script again and again, and measure for some seconds.

        Each thinks for up to twice ``think`` seconds before a turn.
        """
        bot = self.api.bot(token)
        # Other people each time: those of the last time stopped in the middle of something.
        people = self.api.crowd(bot, FIRST_RESIDENT + self._talked, residents)
        self._talked += residents
        talkers = [Resident(one, number, grids) for number, one in enumerate(people)]
        samples: list[tuple[float, float]] = []
        ended = asyncio.Event()

        async def live(resident: Resident) -> None:
            while not ended.is_set():
                for step in SCRIPTS[script]:
                    if think:
                        await asyncio.sleep(think * 2 * random.random())
                    began = time.perf_counter()
                    await resident.turn(step)
                    now = time.perf_counter()
                    samples.append((now, now - began))
                    if ended.is_set():
                        return
                resident.round += 1

        tasks = [asyncio.create_task(live(one)) for one in talkers]
        try:
            await self._unless_failed(tasks, asyncio.sleep(warm))
            before = len(samples)
            meter = Meter(pid)
            calls = sum(self.api.call_counts.values()) - self.api.call_counts["getUpdates"]
            await self._unless_failed(tasks, asyncio.sleep(seconds))
            spent = meter.read()
            calls = sum(self.api.call_counts.values()) - self.api.call_counts["getUpdates"] - calls
            measured = samples[before:]
        finally:
            ended.set()
        await asyncio.gather(*tasks)
        waits = sorted(wait for _, wait in measured)
        count = len(measured)
        return {
            "updates": count,
            "all_updates": len(samples),
            "per_second": count / spent["seconds"],
            "p50_ms": 1000 * percentile(waits, 0.50),
            "p95_ms": 1000 * percentile(waits, 0.95),
            "p99_ms": 1000 * percentile(waits, 0.99),
            "worst_ms": 1000 * waits[-1],
            "calls_per_update": calls / count,
            "bot_cpu_us_per_update": 1e6 * spent["bot_cpu"] / count,
            "town_cpu_us_per_update": 1e6 * spent["own_cpu"] / count,
            "bot_cpu_share": spent["bot_cpu"] / spent["seconds"],
            "town_cpu_share": spent["own_cpu"] / spent["seconds"],
            "bot_rss_mb": spent["bot_rss"] / 1e6,
        }

    async def _unless_failed(self, tasks: list[asyncio.Task[None]], wait: Awaitable[None]) -> None:
        waiting = asyncio.ensure_future(wait)
        done, _ = await asyncio.wait([waiting, *tasks], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()

    async def me_too(self, token: str, count: int, grid: str) -> dict[str, Any]:
        """Measure how fast many say "me too" to one case, which each was shown as like theirs.

        All press at once; the rest of the way to the button is not measured.
        """
        crowd = self.api.crowd(self.api.bot(token), FIRST_RESIDENT + 200_000, count + 1)
        neighbours = [Resident(one, number, [grid]) for number, one in enumerate(crowd)]
        for step in LAMP:
            await neighbours[0].turn(step)
        others = neighbours[1:]
        for step in LAMP[:-1]:
            await asyncio.gather(*(one.turn(step) for one in others))
        began = time.perf_counter()
        await asyncio.gather(*(one.turn(ME_TOO) for one in others))
        return {"updates": count, "per_second": count / (time.perf_counter() - began)}

    async def file_once(
        self, token: str, count: int, grids: list[str], pids: list[int], first: int
    ) -> dict[str, Any]:
        """Measure how fast many file a request each, all at once.

        Args:
            first: so many others have filed before.
        """
        crowd = self.api.crowd(self.api.bot(token), FIRST_RESIDENT + 300_000 + first, count)
        people = [Resident(one, number, grids) for number, one in enumerate(crowd)]

        async def file(one: Resident) -> int:
            for step in SERVICE:
                await one.turn(step)
            return len(SERVICE)

        return await self._all_at_once([file(one) for one in people], pids)

    async def warm_up(self, token: str, grids: list[str]) -> dict[str, Any]:
        """Let a few people file, and look at what can be booked."""
        crowd = self.api.crowd(self.api.bot(token), FIRST_RESIDENT + 500_000, 20)
        look = (SERVICE[0], Step("say", "预约", "哪一天方便"))
        for number, one in enumerate(crowd):
            resident = Resident(one, number, grids)
            for step in SERVICE if number % 2 else look:
                await resident.turn(step)
        return {}

    async def rush(
        self, token: str, count: int, grids: list[str], pids: list[int]
    ) -> dict[str, Any]:
        """Measure how fast many book a time each, all at once, and there are too few."""
        crowd = self.api.crowd(self.api.bot(token), FIRST_RESIDENT + 400_000, count)
        people = [Booker(one, number, grids) for number, one in enumerate(crowd)]
        found = await self._all_at_once([one.book() for one in people], pids)
        return {**found, "booked": sum(one.is_booked for one in people)}

    async def _all_at_once(
        self, work: list[Coroutine[Any, Any, int]], pids: list[int]
    ) -> dict[str, Any]:
        meters = [Meter(pid) for pid in pids]
        updates = sum(await asyncio.gather(*work))
        spent = [one.read() for one in meters]
        seconds = spent[0]["seconds"]
        return {
            "updates": updates,
            "seconds": seconds,
            "per_second": updates / seconds,
            "cpu_us_per_update": 1e6 * sum(one["bot_cpu"] for one in spent) / updates,
        }

    async def flood(self, token: str, count: int, script: str) -> dict[str, Any]:
        """Queue one message of each of many people, while the bot is stopped."""
        step = next(step for step in SCRIPTS[script] if step.act == "start")
        for number, one in enumerate(self._flooding(token, count)):
            await one.start(step.words.format(grid=f"G{number % 20 + 1:02}"))
        return {}

    def _flooding(self, token: str, count: int) -> list[PrivateConversation]:
        return self.api.crowd(self.api.bot(token), FIRST_RESIDENT + 100_000, count)

    async def caught_up(self, token: str, count: int, pid: int) -> dict[str, Any]:
        """Measure from the first answer until everybody of `flood` has one."""
        chats = [one.chat for one in self._flooding(token, count)]
        await self._first_event(chats)
        meter = Meter(pid)
        already = sum(1 for chat in chats if chat.event_count)
        await self._all_answered(chats)
        spent = meter.read()
        return {
            "updates": count - already,
            "per_second": (count - already) / spent["seconds"],
            "bot_cpu_us_per_update": 1e6 * spent["bot_cpu"] / (count - already),
        }

    async def answered(self, token: str) -> dict[str, Any]:
        """Wait until the first person of `flood` has an answer."""
        await self._all_answered([one.chat for one in self._flooding(token, 1)])
        return {}

    async def _first_event(self, chats: list[PrivateChat]) -> None:
        waiting = [asyncio.ensure_future(chat.next_event()) for chat in chats]
        async with asyncio.timeout(PATIENCE * 3):
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for one in waiting:
            one.cancel()

    async def _all_answered(self, chats: list[PrivateChat]) -> None:
        """Wait until every chat saw something of the bot."""
        for chat in chats:
            async with asyncio.timeout(PATIENCE * 3):
                while not chat.event_count:
                    await chat.next_event()

    async def broadcast(
        self, token: str, first: int, count: int, per_second: int
    ) -> dict[str, Any]:
        """Measure from the first message of a broadcast until everybody has it.

        The floor is what the limiter allows: everything that was sent meanwhile, at its rate.
        """
        chats = [one.chat for one in self.api.crowd(self.api.bot(token), first, count)]
        await self._first_event(chats[:2000])
        began, sent = time.perf_counter(), self._charged()
        await self._all_answered(chats)
        seconds, calls = time.perf_counter() - began, self._charged() - sent
        floor = calls / per_second
        return {
            "messages": count,
            "charged_calls": calls,
            "seconds": seconds,
            "floor_seconds": floor,
            "over_floor": seconds / floor,
            "earned_429": self.api.limiter.earned_in_all,
        }

    def _charged(self) -> int:
        counted = self.api.call_counts
        return counted["sendMessage"] + counted["editMessageText"]

    async def counters(self) -> dict[str, Any]:
        """Give what was counted so far."""
        return {
            "calls": dict(self.api.call_counts),
            "answers": {str(code): n for code, n in self.api.answer_counts.items()},
            "earned": dict(self.api.limiter.earned),
        }


class Meter:
    """Time and processor time from now on, of a bot's process and of this one."""

    def __init__(self, pid: int) -> None:
        self._bot = psutil.Process(pid)
        self._own = psutil.Process()
        self._before = self._state()

    def _state(self) -> tuple[float, float, float]:
        bot, own = self._bot.cpu_times(), self._own.cpu_times()
        return time.perf_counter(), bot.user + bot.system, own.user + own.system

    def read(self) -> Mapping[str, float]:
        """Give what passed since it was made."""
        (t0, bot0, own0), (t1, bot1, own1) = self._before, self._state()
        return {
            "seconds": t1 - t0,
            "bot_cpu": bot1 - bot0,
            "own_cpu": own1 - own0,
            "bot_rss": float(self._bot.memory_info().rss),
        }


def percentile(ordered: list[float], share: float) -> float:
    """Give the value below which a share of sorted values lies; 0 for none."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


async def main() -> None:
    """Serve until the standard input ends."""
    gc.set_threshold(100_000, 50, 1000)
    async with BotApi(limits=Limits.off(), calls_kept=0, history=HISTORY) as api:
        town = Town(api)
        _say({"base": api.base})
        reader = asyncio.StreamReader(limit=1 << 20)
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        async with asyncio.TaskGroup() as group:
            while line := await reader.readline():
                group.create_task(_carry_out(town, json.loads(line)))


async def _carry_out(town: Town, order: dict[str, Any]) -> None:
    number = order.pop("number")
    work: Callable[..., Awaitable[dict[str, Any]]] = getattr(town, order.pop("do"))
    try:
        _say({"number": number, "answer": await work(**order)})
    except Exception as error:
        _say({"number": number, "error": f"{type(error).__name__}: {error}"})


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
