"""What the clock tells people: one message each, however many things of how many features.

What each thing is, whether it still is to be told, and how it is said, its feature declares as a
`GatheredKind`; one thing alone is said in full, several in a line each.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.messages import Card, Choice, Line, Message, Tone, rows, text
from domain.subjects import Subject
from scheduler.jobs import GatheredKind, GatheredLine
from storage.database import Tx
from storage.gathered_reminders import Gathered
from storage.work import Pressing, Work

#: How many things a summary names; the others are counted, and open in the lists.
MOST_LINES = 20
#: How many buttons stand under a summary.
MOST_BUTTONS = 8

#: What was gathered is about, by the kind under which it was gathered and the subject.
Loaded = Mapping[tuple[str, Subject], Any]


@dataclass(frozen=True, slots=True)
class _Told:
    """A gathered step with what it is about, as that is now."""

    work: Work
    person: str
    kind: GatheredKind
    step: str
    thing: Pressing

    def is_true(self) -> bool:
        """Tell whether it is still to be told to this person."""
        if self.person in self.thing.barred:
            return False
        return self.kind.holds(self.work, self.person, self.step, self.thing)

    def line(self) -> GatheredLine:
        """Say it among others."""
        return self.kind.line(self.work, self.person, self.step, self.thing)

    async def say(self) -> None:
        """Say it in a message of its own."""
        message = await self.kind.message(self.work, self.person, self.step, self.thing)
        self.work.tell(self.person, message, on=self.thing)


async def load(tx: Tx, kinds: Mapping[str, GatheredKind], gathered: Sequence[Gathered]) -> Loaded:
    """Load what was gathered is about, in a few queries for each kind."""
    found: dict[tuple[str, Subject], Any] = {}
    for name, kind in kinds.items():
        subjects = {one.subject for one in gathered if one.kind == name}
        things = await kind.load(tx, sorted(one.id for one in subjects)) if subjects else {}
        found.update(((name, one), things[one.id]) for one in subjects if one.id in things)
    return found


async def tell(
    work: Work,
    person: str,
    kinds: Mapping[str, GatheredKind],
    gathered: Sequence[Gathered],
    loaded: Loaded,
) -> None:
    """Say everything that was gathered for a person; what is no longer true is left out."""
    told: list[_Told] = []
    for name, kind in kinds.items():
        mine = [
            _Told(work, person, kind, one.step, loaded[name, one.subject])
            for one in gathered
            if one.kind == name and (name, one.subject) in loaded
        ]
        told += sorted(mine, key=lambda one: one.kind.order(one.thing))
    alone: list[_Told] = []
    together: list[_Told] = []
    for one in told:
        if one.is_true():
            (alone if one.kind.alone(one.thing) else together).append(one)
    if len(together) == 1:
        alone, together = alone + together, []
    for one in alone:
        await one.say()
    if together:
        about = frozenset(one.thing.subject for one in together)
        work.tell(person, _summary([one.line() for one in together]), about=about)


def _summary(told: Sequence[GatheredLine]) -> Message:
    """Say many things in one message: a line and a button each, the most pressing first."""
    lines = [one.line for one in told[:MOST_LINES]]
    if len(told) > MOST_LINES:
        lines.append(Line(text("reminders.more"), len(told) - MOST_LINES))
    buttons = [one.show for one in told[:MOST_BUTTONS]]
    lists: list[Choice] = []
    for one in told:
        if one.everything not in lists:
            lists.append(one.everything)
    return Message(
        blocks=(
            Card(
                title=text("reminders.summary", count=len(told)),
                lines=tuple(lines),
                tone=Tone.OVERDUE if any(one.late for one in told) else Tone.PLAIN,
            ),
        ),
        choices=(*rows(buttons), *((one,) for one in lists)),
    )
