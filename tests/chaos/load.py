"""What people do under the harness: cases from the first words to the verdict, each with a mark.

A mark is a word that stands in one case alone: whatever was lost or done twice is found by it.
"""

import asyncio
import itertools
import re
from dataclasses import dataclass, field

from tests.chaos.talkers import Talker

NUMBER = re.compile(r"20\d\d-\d{5,}")
_LETTERS = "bcdfghjkmnpqrstvwxz"


@dataclass
class Filed:
    """One case as its people know it."""

    mark: str
    number: str = ""
    is_resolved: bool = False
    is_judged: bool = False


@dataclass
class Ledger:
    """Everything that was begun, to be compared with what the office holds in the end."""

    filed: list[Filed] = field(default_factory=list)
    _count: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def begin(self) -> Filed:
        """Begin a case with a mark of its own."""
        case = Filed(mark(next(self._count)))
        self.filed.append(case)
        return case


def mark(number: int) -> str:
    """Spell a number in letters that nobody takes for a phone, a house or a date."""
    spelled = ""
    for _ in range(5):
        number, digit = divmod(number, len(_LETTERS))
        spelled = _LETTERS[digit] + spelled
    return f"Q{spelled}"


@dataclass
class Desk:
    """A grid secretary's desk: what waits on it, and whether anybody sits there yet."""

    grid: str
    waiting: "asyncio.Queue[Filed]" = field(default_factory=asyncio.Queue)
    is_held: asyncio.Event = field(default_factory=asyncio.Event)


async def file_cases(one: Talker, ledger: Ledger, desk: Desk, goes_on: asyncio.Event) -> None:
    """File, wait until it is dealt with, judge, and begin anew."""
    grid = desk.grid
    # What is filed for an empty desk goes up the ladder and comes back: another course.
    await desk.is_held.wait()
    await one.start(f"g-{grid}")
    await one.sees("邻里助手")
    thanked: set[str] = set()
    while goes_on.is_set():
        case = ledger.begin()
        await one.say(f"想办居住证明 {case.mark}")
        await one.press(await one.sees(case.mark, button="提交"), "提交")
        receipt = await one.sees("已提交", case.mark)
        case.number = _number_in(receipt.words)
        desk.waiting.put_nowait(case)
        await one.sees(case.mark, "接手了，")
        done = await one.sees(case.number, f"已办好 {case.mark}", button="已解决")
        await one.press(done, "已解决")
        asked = await one.sees(case.number, "打个分", button="5")
        await one.press(asked, "5")
        thanks = await one.sees("已记下 5 分", button="评价", but=thanked)
        thanked.add(thanks.action("评价") or "")
        case.is_judged = True


def _number_in(words: str) -> str:
    found = NUMBER.search(words)
    assert found is not None, words
    return found.group()


async def deal_with_cases(one: Talker, desk: Desk, invitation: str) -> None:
    """Join, take one case after the other on, and say how it was resolved."""
    await one.start(invitation)
    await one.sees(button="待办")
    desk.is_held.set()
    skipped: set[str] = set()
    while True:
        case = await desk.waiting.get()
        await one.press(await one.sees(case.number, button="接单"), "接单")
        await one.press(await one.sees(case.number, "正在办理", button="办结"), "办结")
        # What one chat says is handled in its order: there is no need to wait for the question.
        await one.say(f"已办好 {case.mark}")
        asked = await one.sees("照片", button="跳过", but=skipped)
        skipped.add(asked.action("跳过") or "")
        await one.press(asked, "跳过")
        await one.press(await one.sees(f"已办好 {case.mark}", button="提交"), "提交")
        await one.sees(case.number, "等居民评价")
        case.is_resolved = True
