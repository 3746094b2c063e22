"""One message for all that the clock has to tell somebody, of whatever features it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from domain.matters.matter import Step
from domain.messages import Choice, Line, Message, Tone, text
from domain.subjects import Subject, case
from scheduler.gathering import MOST_BUTTONS, MOST_LINES
from scheduler.jobs import GatheredKind, GatheredLine
from scheduler.ticker import FIRST_PAUSE
from scheduler.timetable import GATHERED
from storage.database import Tx
from storage.gathered_reminders import Gathered, gathered_reminders
from storage.matters.casework import MATTER
from storage.outbox_housekeeping import newest
from storage.subjects import SubjectsGone
from storage.work import Work
from tests.outings import OUTING, outing
from tests.scheduler.desk import Desk, at

WHO = "secretary"
LIST = Choice(label=text("menu.open"), action="outings.list")


@dataclass(frozen=True)
class Outing:
    """A thing of the feature that is made up."""

    subject: Subject
    urgency: int = 1
    barred: frozenset[str] = frozenset()


@dataclass
class Made:
    """What there is of outings, and how they are told."""

    outings: dict[str, Outing] = field(default_factory=dict)
    over: set[str] = field(default_factory=set)
    alone: set[str] = field(default_factory=set)
    fails: bool = False

    async def load(self, _tx: Tx, ids: Sequence[str]) -> Mapping[str, Outing]:
        return {one: self.outings[one] for one in ids if one in self.outings}

    def holds(self, _work: Work, _person: str, step: str, thing: Outing) -> bool:
        return step == "soon" and thing.subject.id not in self.over

    async def message(self, _work: Work, _person: str, step: str, thing: Outing) -> Message:
        if self.fails:
            raise RuntimeError("the feature is broken")
        return Message(blocks=(text(f"outings.{step}", which=thing.subject.id),))

    def line(self, _work: Work, _person: str, step: str, thing: Outing) -> GatheredLine:
        if self.fails:
            raise RuntimeError("the feature is broken")
        which = thing.subject.id
        return GatheredLine(
            line=Line(text("outings.one", which=which), text(f"outings.line_{step}")),
            show=Choice(label=text("menu.open"), action=f"outings.show:{which}"),
            everything=LIST,
            late=thing.urgency > 1,
        )

    def kind(self) -> GatheredKind:
        return GatheredKind(
            name=OUTING,
            load=self.load,
            holds=self.holds,
            message=self.message,
            line=self.line,
            order=lambda thing: -thing.urgency,
            alone=lambda thing: thing.subject.id in self.alone,
        )


@pytest.fixture
def made(desk: Desk) -> Made:
    made = Made(outings={which: Outing(outing(which)) for which in "123"})
    desk.ticker = desk.new_ticker(gathered={**GATHERED, OUTING: made.kind()})
    return made


def gathered(subject: Subject, step: str = "soon", not_before: datetime | None = None) -> Gathered:
    return Gathered(
        person=WHO,
        kind=OUTING if subject.kind == OUTING else MATTER,
        subject=subject,
        step=step,
        not_before=not_before or at(24, 8),
    )


async def gather(desk: Desk, *subjects: Subject) -> None:
    await desk.save(
        gathered(one, Step.RESOLVE_SOON if one.kind == MATTER else "soon") for one in subjects
    )
    await desk.ticker.remind(desk.now)


async def test_one_thing_alone_is_said_in_full(desk: Desk, made: Made) -> None:
    await gather(desk, outing("1"))

    assert await desk.keys() == ["outings.soon"]
    assert await desk.count(gathered_reminders) == 0


async def test_things_of_all_features_become_one_message(desk: Desk, made: Made) -> None:
    number = await desk.file()

    await gather(desk, outing("2"), outing("1"), case(number))

    (said,) = await desk.said()
    assert (said.person, said.key) == (WHO, "reminders.summary")
    assert [" ".join(line.split()[:2]) for line in said.lines] == [
        f"reminders.case {number}",
        "outings.one 1:",
        "outings.one 2:",
    ]
    assert said.actions == [
        f"matters.show:{number}",
        "outings.show:1",
        "outings.show:2",
        "todo.open",
        "outings.list",
    ]


@pytest.mark.parametrize("gone", [outing("1"), outing("2"), case("2026-00001")])
async def test_a_message_about_many_goes_with_each_of_them(
    desk: Desk, made: Made, gone: Subject
) -> None:
    await desk.file()
    await gather(desk, outing("1"), outing("2"), case("2026-00001"))
    async with desk.database.read() as tx:
        upto = await newest(tx)

    await desk.save([SubjectsGone(subjects=(gone,), upto=upto)])

    assert await desk.said() == []


async def test_the_most_pressing_stand_first_and_what_is_late_shows(desk: Desk, made: Made) -> None:
    made.outings["3"] = Outing(outing("3"), urgency=2)

    await gather(desk, outing("1"), outing("3"))

    (said,) = await desk.said()
    assert said.actions[:2] == ["outings.show:3", "outings.show:1"]
    assert said.message.blocks[0].tone is Tone.OVERDUE  # type: ignore[union-attr]


async def test_more_than_a_message_holds_are_counted(desk: Desk, made: Made) -> None:
    many = [f"{n:02}" for n in range(MOST_LINES + 3)]
    made.outings.update({which: Outing(outing(which)) for which in many})

    await gather(desk, *(outing(which) for which in many))

    (said,) = await desk.said()
    assert len(said.lines) == MOST_LINES + 1
    assert said.lines[-1] == "reminders.more: 3"
    assert len(said.actions) == MOST_BUTTONS + 1


async def test_what_is_over_gone_or_barred_is_left_out(desk: Desk, made: Made) -> None:
    made.over.add("1")
    made.outings["2"] = Outing(outing("2"), barred=frozenset({WHO}))

    await gather(desk, outing("1"), outing("2"), outing("3"), outing("gone"))

    (said,) = await desk.said()
    assert (said.key, said.message.blocks[0].fields["which"]) == (  # type: ignore[union-attr]
        "outings.soon",
        "3",
    )


async def test_what_is_to_be_said_alone_is_said_alone(desk: Desk, made: Made) -> None:
    made.alone.add("2")

    await gather(desk, outing("1"), outing("2"), outing("3"))

    said = await desk.said()
    assert [one.key for one in said] == ["outings.soon", "reminders.summary"]
    assert said[1].actions[:2] == ["outings.show:1", "outings.show:3"]


async def test_a_kind_that_fails_holds_up_no_other_and_is_told_later(
    desk: Desk, made: Made
) -> None:
    made.fails = True
    number = await desk.file()

    await gather(desk, outing("1"), case(number))
    at_once = await desk.keys()
    made.fails = False
    desk.now += FIRST_PAUSE
    await desk.ticker.remind(desk.now)

    assert at_once == ["reminders.resolve_soon_owner"]
    assert await desk.keys() == ["reminders.resolve_soon_owner", "outings.soon"]


async def test_what_nobody_declares_any_more_holds_up_nothing(desk: Desk) -> None:
    number = await desk.file()

    await gather(desk, outing("1"), case(number))

    assert await desk.keys() == ["reminders.resolve_soon_owner"]
    await desk.move(timedelta(hours=1))
    assert (await desk.keys()).count("reminders.resolve_soon_owner") == 1
