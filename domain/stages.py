"""Procedures as declared stages: what each needs, by which rule, for how long, and who owes it.

A `Procedure` is data: its stages, the moves between them and what each move needs to be on record.
`begin` and `move` take something through it; `explore` walks through everything that can happen, so
that a test can say of every state that somebody owes something in it by a moment, and that it ends.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from domain.errors import Refused, WrongState
from domain.messages import Text, text
from domain.policies import Citation
from domain.working_time import Allowance, WorkCalendar, deadline, extend

#: A move that goes back to the stage that was suspended.
BACK = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """A record that has to be there, such as an authority that was signed."""

    record: str
    refusal: str
    """The reason of the refusal without it, as `Refused` takes it."""
    rule: Text | Citation | None = None
    """What it rests on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    """Where something stands, and what comes next."""

    name: str
    owed_by: str = ""
    """The party whose turn it is; empty for an end."""
    span: str = ""
    """Names the rule that says how long it may take; empty for an end."""
    next: str = ""
    """What is to be done, in code; empty for an end."""
    needs: tuple[Need, ...] = ()
    """Without these nothing gets into it."""

    @property
    def is_end(self) -> bool:
        """Tell whether nothing more is to be done."""
        return not self.owed_by


@dataclass(frozen=True, kw_only=True, slots=True)
class Move:
    """A step from one stage to another, or one within a stage."""

    name: str
    of: frozenset[str]
    """The stages in which it can be made."""
    to: str
    """The stage that it leads to; `BACK` for the one that was suspended."""
    by: frozenset[str]
    """The parties that may make it."""
    needs: tuple[Need, ...] = ()
    gives: frozenset[str] = frozenset()
    """The records that whoever makes it has to have made with it."""
    takes: frozenset[str] = frozenset()
    """The records that count no more from then on."""
    suspends: bool = False
    """The clock of the stage stands still, and the stage comes back."""
    reasoned: bool = False
    """It is told with a reason."""
    once: Need | None = None
    """It may be made once: refused where this record is there already."""


@dataclass(frozen=True, kw_only=True)
class Procedure:
    """A procedure with the words of its stages, ``<name>.stage_<stage>``."""

    name: str
    stages: tuple[Stage, ...]
    """The first one is where everything begins."""
    moves: tuple[Move, ...]
    by_name: dict[str, Stage] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {one.name: one for one in self.stages})

    @property
    def first(self) -> Stage:
        """Give the stage in which everything begins."""
        return self.stages[0]

    def stage(self, name: str) -> Stage:
        """Give a stage.

        Raises:
            KeyError: there is none of that name.
        """
        return self.by_name[name]

    def moves_in(self, stage: str, party: str | None = None) -> tuple[Move, ...]:
        """List what can be done in a stage, by a party where one is named."""
        return tuple(
            one for one in self.moves if stage in one.of and (party is None or party in one.by)
        )

    def stage_name(self, stage: str) -> Text:
        """Name a stage to people."""
        return text(f"{self.name}.stage_{stage}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """How far something has come in a procedure."""

    stage: str
    since: datetime
    due_at: datetime | None
    """By when the next step is owed; None at an end."""
    suspended: str = ""
    """The stage that comes back; empty where nothing is suspended."""
    suspended_due: datetime | None = None
    """When that stage was to be done, before its clock stood still."""

    def is_late(self, now: datetime) -> bool:
        """Tell whether the next step is overdue."""
        return self.due_at is not None and now > self.due_at


@dataclass(frozen=True, slots=True)
class Clock:
    """What deadlines are counted with."""

    spans: Callable[[str], Allowance]
    """Gives how long a stage may take, by the name of its rule."""
    calendar: WorkCalendar

    def due(self, stage: Stage, at: datetime) -> datetime | None:
        """Give by when a stage that begins at a moment is to be done."""
        return None if stage.is_end else deadline(at, self.spans(stage.span), self.calendar)


def begin(procedure: Procedure, at: datetime, clock: Clock) -> Standing:
    """Begin at the first stage."""
    first = procedure.first
    return Standing(stage=first.name, since=at, due_at=clock.due(first, at))


def move(
    procedure: Procedure,
    standing: Standing,
    name: str,
    *,
    by: str,
    records: Collection[str],
    made: Collection[str] = (),
    at: datetime,
    clock: Clock,
    number: str,
    reason: str = "",
) -> Standing:
    """Make a step.

    Args:
        by: the party that makes it.
        records: what is on record.
        made: what is made by this very step.
        number: by which people know it, for a refusal.

    Raises:
        WrongState: it cannot be made in this stage, or not by this party.
        Refused: something is not on record, no reason is given, or it was made already.
    """
    found = next((one for one in procedure.moves if one.name == name), None)
    if found is None or standing.stage not in found.of or by not in found.by:
        raise WrongState(number=number, state=procedure.stage_name(standing.stage))
    if found.reasoned and not reason.strip():
        raise Refused("reason_needed")
    if found.once is not None and found.once.record in records:
        raise Refused(found.once.refusal, rule=found.once.rule, number=number)
    target = procedure.stage(found.to or standing.suspended)
    for need in (*found.needs, *target.needs):
        if need.record not in records and need.record not in made:
            raise Refused(need.refusal, rule=need.rule, number=number)
    if found.suspends:
        due = clock.due(target, at)
        return Standing(
            stage=target.name,
            since=at,
            due_at=due,
            suspended=standing.suspended or standing.stage,
            suspended_due=standing.suspended_due or standing.due_at,
        )
    if found.to == BACK:
        return _resumed(target, standing, at, clock)
    if target.name == standing.stage:
        return standing
    return Standing(stage=target.name, since=at, due_at=clock.due(target, at))


def _resumed(stage: Stage, standing: Standing, at: datetime, clock: Clock) -> Standing:
    """Go back to the stage that was suspended, whose clock stood still meanwhile."""
    due = standing.suspended_due
    if due is not None:
        due = extend(
            due,
            paused_from=standing.since,
            paused_until=at,
            allowance=clock.spans(stage.span),
            calendar=clock.calendar,
        )
    return Standing(stage=stage.name, since=at, due_at=due)


def redate(standing: Standing, counted: Callable[[datetime, datetime], datetime]) -> Standing:
    """Count deadlines anew, as where holidays became known.

    Args:
        counted: gives a deadline by the new calendar, from its beginning and what it was.
    """
    due, was = standing.due_at, standing.suspended_due
    return replace(
        standing,
        due_at=counted(standing.since, due) if due is not None else None,
        suspended_due=counted(standing.since, was) if was is not None else None,
    )


# --- everything that can happen ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class State:
    """A state as far as rules tell them apart, whatever the time."""

    stage: str
    suspended: str
    records: frozenset[str]


@dataclass(frozen=True, slots=True)
class Explored:
    """Every state that can be reached, and what can be done in each."""

    states: frozenset[State]
    steps: tuple[tuple[State, str, State], ...]
    """From a state by a move to a state."""

    def after(self, state: State) -> frozenset[State]:
        """Give the states that can follow a state at once."""
        return frozenset(to for of, _, to in self.steps if of == state)


def explore(procedure: Procedure) -> Explored:
    """Walk through every state that can be reached, each move with the records that it makes."""
    first = State(procedure.first.name, "", frozenset())
    seen, waiting, steps = {first}, [first], []
    while waiting:
        state = waiting.pop()
        for one, after in _following(procedure, state):
            steps.append((state, one.name, after))
            if after not in seen:
                seen.add(after)
                waiting.append(after)
    return Explored(frozenset(seen), tuple(steps))


def _following(procedure: Procedure, state: State) -> Iterator[tuple[Move, State]]:
    for one in procedure.moves_in(state.stage):
        if one.once is not None and one.once.record in state.records:
            continue
        records = (state.records | one.gives) - one.takes
        target = procedure.by_name.get(one.to or state.suspended)
        if target is None:
            continue
        needs = {need.record for need in (*one.needs, *target.needs)}
        if not needs <= state.records | one.gives:
            continue
        suspended = (state.suspended or state.stage) if one.suspends else ""
        if target.name == state.stage and not one.suspends:
            suspended = state.suspended
        yield one, State(target.name, suspended, records)


def problems(procedure: Procedure) -> list[str]:
    """Tell what is wrong with a procedure, in sentences; empty for a sound one.

    In every state that can be reached somebody owes a next step by a deadline and can make it, and
    from every state an end can be reached.
    """
    found = [
        f"{one.name} leads to {one.to}, which is no stage"
        for one in procedure.moves
        if one.to != BACK and one.to not in procedure.by_name
    ]
    found += [
        f"{one.name} can be made in {stage}, which is no stage"
        for one in procedure.moves
        for stage in sorted(one.of - set(procedure.by_name))
    ]
    explored = explore(procedure)
    reached = {state.stage for state in explored.states}
    found += [f"{one.name} is never reached" for one in procedure.stages if one.name not in reached]
    made = {name for _, name, _ in explored.steps}
    found += [f"{one.name} can never be made" for one in procedure.moves if one.name not in made]
    for stage in procedure.stages:
        found += _unowed(procedure, stage)
    endless = explored.states - _ending(procedure, explored)
    found += [f"nothing ends {state.stage}" for state in sorted(endless, key=lambda one: one.stage)]
    return list(dict.fromkeys(found))


def _unowed(procedure: Procedure, stage: Stage) -> Iterator[str]:
    if stage.is_end:
        if procedure.moves_in(stage.name):
            yield f"{stage.name} is an end, and something can be done in it"
        return
    if not stage.span:
        yield f"{stage.name} has no deadline"
    if not stage.next:
        yield f"{stage.name} has no next step"
    if not procedure.moves_in(stage.name, stage.owed_by):
        yield f"{stage.owed_by} owes something in {stage.name} and can do nothing"


def _ending(procedure: Procedure, explored: Explored) -> frozenset[State]:
    """Give the states from which an end can be reached."""
    ending = {one for one in explored.states if procedure.stage(one.stage).is_end}
    while True:
        more = {of for of, _, to in explored.steps if to in ending} - ending
        if not more:
            return frozenset(ending)
        ending |= more
