"""What the clock tells people about cases, alone or among whatever else it has to tell them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from domain.categories import EMERGENCY, HIGH_SCORE
from domain.matters.assignment import assignment_messages
from domain.matters.cards import post_name, resident_card
from domain.matters.deadlines import stated
from domain.matters.matter import IN_HAND, OWED, Matter, State, Step, triage_order
from domain.matters.naming import called
from domain.messages import Choice, Line, Message, Text, Value, action, text
from domain.names import category_name
from domain.street import Street
from domain.subjects import open_case
from scheduler.jobs import GatheredKind, GatheredLine
from storage.access_log import Sight
from storage.database import Tx
from storage.gathered_reminders import Gathered
from storage.matters.casework import MATTER, missing_in, reporter_of
from storage.matters.matters import get_matters, last_question
from storage.work import Work

#: Steps that only make sense while the case is as it was when they were due.
_STILL: Mapping[Step, Callable[[Matter], bool]] = {
    Step.ACKNOWLEDGE: lambda matter: matter.state is State.DISPATCHED,
    Step.CONTACT_SOON: lambda matter: matter.state in IN_HAND and matter.contacted_at is None,
    Step.CONTACT_DUE: lambda matter: matter.state in IN_HAND and matter.contacted_at is None,
    Step.RESOLVE_SOON: lambda matter: matter.state in OWED,
    Step.RESOLVE_DUE: lambda matter: matter.state in OWED,
    Step.CLIMB: lambda matter: matter.state in OWED,
    Step.ANSWER_REMIND: lambda matter: matter.state is State.ASKED,
    Step.ANSWER_LAPSED: lambda matter: matter.state is State.ACCEPTED,
    Step.UNSEEN: lambda matter: matter.state in (State.ASKED, State.RESOLVED),
    Step.JUDGE_REMIND: lambda matter: matter.state is State.RESOLVED,
    Step.JUDGE_LAPSED: lambda matter: matter.state is State.CLOSED,
    Step.RECHECK: lambda matter: matter.recheck_at is not None,
}


def gather(
    work: Work, person: str | None, matter: Matter, step: Step, *, at: datetime | None = None
) -> None:
    """Note that somebody is to hear of a step: as soon as they may be disturbed, or later."""
    if not person:
        return
    not_before = at or work.street.waking(work.now)
    work.changes.save(
        Gathered(
            person=person, kind=MATTER, subject=matter.subject, step=step, not_before=not_before
        )
    )


async def gather_for_staff(work: Work, person: str | None, matter: Matter, step: Step) -> None:
    """Tell a staff member of a step: an emergency at once and alone, all else gathered.

    Whoever stands above hears once a morning of what is late and does not press, of all of it
    together.
    """
    if person and matter.urgency >= EMERGENCY:
        work.tell(person, await _for_staff(work, person, matter, step), on=matter)
    elif person and _is_above(person, matter) and step in _FOR_ABOVE and not _presses(matter):
        gather(work, person, matter, step, at=next_morning(work))
    else:
        gather(work, person, matter, step)


def _is_above(person: str, matter: Matter) -> bool:
    """Tell whether somebody else has the case in hand."""
    return matter.owner is not None and person != matter.owner


def _presses(matter: Matter) -> bool:
    return matter.urgency >= HIGH_SCORE


def next_morning(work: Work) -> datetime:
    """Give when the office opens next on a working day, this moment included."""
    calendar = work.street.office.calendar
    day = calendar.day_of(work.now)
    opening = calendar.opening_of(day)
    if not calendar.is_workday(day) or opening < work.now:
        opening = calendar.opening_of(calendar.add_workdays(day, 1))
    return work.street.waking(opening)


async def _load(tx: Tx, numbers: Sequence[str]) -> Mapping[str, Matter]:
    return await get_matters(tx, numbers)


def _holds(work: Work, person: str, step: str, matter: Matter) -> bool:
    """Tell whether a case is as it was when a step was due, and still is this person's."""
    return _STILL[Step(step)](matter) and _concerns(work, person, Step(step), matter)


async def _message(work: Work, person: str, step: str, matter: Matter) -> Message:
    if matter.reporter == person:
        return await _for_resident(work, matter, Step(step))
    return await _for_staff(work, person, matter, Step(step))


#: Steps of which a level above hears.
_FOR_ABOVE = frozenset({Step.CONTACT_DUE, Step.RESOLVE_DUE, Step.CLIMB})


def _concerns(work: Work, person: str, step: Step, matter: Matter) -> bool:
    """Tell whether a case is still somebody's: it may have changed hands over night."""
    if person in (matter.owner, matter.reporter):
        return True
    if matter.climbed_to is None or step not in _FOR_ABOVE:
        return False
    organisation = work.street.organisation
    ladder = organisation.ladder(matter.seat.unit)
    told = ladder.index(matter.climbed_to) if matter.climbed_to in ladder else -1
    # It may have climbed further before the morning: the levels between were told of it as well.
    below = ladder.index(matter.seat) if matter.seat in ladder else -1
    seats = (*ladder[below + 1 : told + 1], matter.climbed_to)
    return any(organisation.at_seat(seat, work.now).person == person for seat in seats)


# --- staff ---------------------------------------------------------------------------------------


async def _for_staff(work: Work, person: str, matter: Matter, step: Step) -> Message:
    """Say one step with the card it is about; it stands at the end of the conversation."""
    actor = work.staff_actor(person)
    reporter = await reporter_of(work, matter, actor, Sight.SENT)
    card, *_ = assignment_messages(
        work.street,
        matter,
        work.now,
        actor=actor,
        reporter=reporter,
        missing=await missing_in(work, matter),
    )
    said = text(
        f"reminders.{_named(step, matter)}_{_part(person, matter)}",
        number=matter.number,
        owner=post_name(work.street, matter),
        due=_due(work.street, matter, step),
        told=_told_level(work, matter),
    )
    choices = card.choices
    if step is Step.UNSEEN and reporter is not None and reporter.phone:
        call = Choice(label=text("reminders.call", phone=reporter.phone), phone=reporter.phone)
        choices = ((call,), *choices)
    # One card a case, at the end of the conversation: an old one edited reminds nobody.
    return replace(card, blocks=(said, *card.blocks), choices=choices, anew=False, renews=True)


def _named(step: Step, matter: Matter) -> str:
    """Name a step in the wordings: of a procedure, the next step alone is owed by then."""
    return step if matter.referral is None else f"procedure_{step}"


def _part(person: str, matter: Matter) -> str:
    """Name what somebody is to a case: its owner, or a level above."""
    return "owner" if person == matter.owner else "above"


def _told_level(work: Work, matter: Matter) -> Text:
    """Name the level that was told of an overdue case; at the top there is none."""
    seat = matter.climbed_to
    if seat is None:
        return text("reminders.told_nobody")
    person = work.street.organisation.at_seat(seat, work.now).person
    if person == matter.owner:
        return text("reminders.told_nobody")
    return text(
        "reminders.told", post=post_name(work.street, replace(matter, seat=seat, owner=person))
    )


def _due(street: Street, matter: Matter, step: Step) -> Value:
    if step in (Step.CONTACT_SOON, Step.CONTACT_DUE):
        return stated(street, matter, matter.contact_by)
    if step is Step.ACKNOWLEDGE:
        return matter.dispatched_at
    return stated(street, matter, matter.resolve_by)


# --- residents -----------------------------------------------------------------------------------


async def _for_resident(work: Work, matter: Matter, step: Step) -> Message:
    said = text(
        f"reminders.{_named(step, matter)}_resident",
        matter=called(matter),
        owner=post_name(work.street, matter),
        due=stated(work.street, matter, matter.deadline),
        told=_told_level(work, matter),
        asked=await last_question(work.tx, matter) if step is Step.ANSWER_REMIND else None,
    )
    return Message(
        blocks=(said, resident_card(work.street, matter, work.now)),
        choices=(_answers(matter.number, step), (open_case(matter.number),)),
    )


def _answers(number: str, step: Step) -> tuple[Choice, ...]:
    """Give the buttons that do what a reminder asks for."""
    match step:
        case Step.ANSWER_REMIND:
            answer = action("matters.answer", number)
            return (Choice(label=text("matters.answer"), action=answer, emphasis=True),)
        case Step.JUDGE_REMIND | Step.JUDGE_LAPSED:
            # For a day, a verdict replaces the silence that counted as one.
            yes, no = text("matters.solved"), text("matters.not_solved")
            return _yes_no("matters.judge", number, yes, no)
        case Step.RECHECK:
            yes, no = text("reminders.still_solved"), text("reminders.not_any_more")
            return _yes_no("matters.recheck", number, yes, no)
        case _:
            return ()


def _yes_no(verb: str, number: str, yes: Text, no: Text) -> tuple[Choice, ...]:
    return (
        Choice(label=yes, action=action(verb, number, "yes"), emphasis=True),
        Choice(label=no, action=action(verb, number, "no")),
    )


# --- among others --------------------------------------------------------------------------------


def _line(work: Work, person: str, step: str, matter: Matter) -> GatheredLine:
    is_reporter = matter.reporter == person
    part = "resident" if is_reporter else _part(person, matter)
    category = category_name(work.street.office.categories.find(matter.category), matter.category)
    todo = Choice(label=text("assignments.to_todo"), action="todo.open")
    mine = Choice(label=text("matters.my_cases"), action="matters.mine")
    return GatheredLine(
        line=Line(
            text("reminders.case", number=matter.number, category=category),
            text(
                f"reminders.line_{_named(Step(step), matter)}_{part}",
                owner=post_name(work.street, matter),
                due=stated(work.street, matter, matter.deadline)
                if is_reporter
                else _due(work.street, matter, Step(step)),
            ),
        ),
        show=open_case(matter.number),
        everything=mine if is_reporter else todo,
        late=matter.is_overdue(work.now),
    )


GATHERED = GatheredKind(
    name=MATTER,
    load=_load,
    holds=_holds,
    message=_message,
    line=_line,
    order=triage_order,
)
