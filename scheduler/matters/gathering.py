"""What the clock tells people about cases, alone or among whatever else it has to tell them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from domain.categories import EMERGENCY
from domain.matters.assignment import assignment_messages
from domain.matters.cards import post_name, resident_card
from domain.matters.deadlines import stated
from domain.matters.matter import IN_HAND, Matter, State, Step, triage_order
from domain.messages import Choice, Line, Message, Text, Value, action, text
from domain.names import category_name
from domain.street import Street
from domain.subjects import open_case
from scheduler.jobs import GatheredKind, GatheredLine
from storage.access_log import Sight
from storage.database import Tx
from storage.gathered_reminders import Gathered
from storage.matters.casework import MATTER, reporter_of
from storage.matters.matters import get_matters, last_question
from storage.work import Work

#: Steps that only make sense while the case is as it was when they were due.
_STILL: Mapping[Step, Callable[[Matter], bool]] = {
    Step.ACKNOWLEDGE: lambda matter: matter.state is State.DISPATCHED,
    Step.CONTACT_SOON: lambda matter: matter.state in IN_HAND and matter.contacted_at is None,
    Step.CONTACT_DUE: lambda matter: matter.state in IN_HAND and matter.contacted_at is None,
    Step.RESOLVE_SOON: lambda matter: matter.state in IN_HAND,
    Step.RESOLVE_DUE: lambda matter: matter.state in IN_HAND,
    Step.CLIMB: lambda matter: matter.state in IN_HAND,
    Step.ANSWER_REMIND: lambda matter: matter.state is State.ASKED,
    Step.ANSWER_LAPSED: lambda matter: matter.state is State.ACCEPTED,
    Step.UNSEEN: lambda matter: matter.state in (State.ASKED, State.RESOLVED),
    Step.JUDGE_REMIND: lambda matter: matter.state is State.RESOLVED,
    Step.JUDGE_LAPSED: lambda matter: matter.state is State.CLOSED,
    Step.RECHECK: lambda matter: matter.recheck_at is not None,
}


def gather(work: Work, person: str | None, matter: Matter, step: Step) -> None:
    """Note that somebody is to hear of a step as soon as they may be disturbed."""
    if not person:
        return
    not_before = work.street.waking(work.now)
    work.changes.save(
        Gathered(
            person=person, kind=MATTER, subject=matter.subject, step=step, not_before=not_before
        )
    )


async def gather_for_staff(work: Work, person: str | None, matter: Matter, step: Step) -> None:
    """Tell a staff member of a step: an emergency at once and alone, all else gathered."""
    if person and matter.urgency >= EMERGENCY:
        work.tell(person, await _for_staff(work, person, matter, step), on=matter)
    else:
        gather(work, person, matter, step)


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
    told = matter.climbed_to
    if told is None or step not in _FOR_ABOVE:
        return False
    return work.street.organisation.at_seat(told, work.now).person == person


# --- staff ---------------------------------------------------------------------------------------


async def _for_staff(work: Work, person: str, matter: Matter, step: Step) -> Message:
    """Say one step with the card it is about; it stands at the end of the conversation."""
    actor = work.staff_actor(person)
    reporter = await reporter_of(work, matter, actor, Sight.SENT)
    card, *_ = assignment_messages(work.street, matter, work.now, actor=actor, reporter=reporter)
    said = text(
        f"reminders.{step}_{_part(person, matter)}",
        number=matter.number,
        owner=post_name(work.street, matter),
        due=_due(work.street, matter, step),
        told=_told_level(work, matter),
    )
    choices = card.choices
    if step is Step.UNSEEN and reporter is not None and reporter.phone:
        call = Choice(label=text("reminders.call", phone=reporter.phone), phone=reporter.phone)
        choices = ((call,), *choices)
    # The card stands anew at the end of the conversation: an old one edited reminds nobody.
    return replace(card, blocks=(said, *card.blocks), choices=choices, anew=True)


def _part(person: str, matter: Matter) -> str:
    """Name what somebody is to a case: its owner, or a level above."""
    return "owner" if person == matter.owner else "above"


def _told_level(work: Work, matter: Matter) -> Text:
    """Name the level that was told of an overdue case; at the top there is none."""
    seat = matter.climbed_to
    if seat is None:
        return text("reminders.told_nobody")
    person = work.street.organisation.at_seat(seat, work.now).person
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
        f"reminders.{step}_resident",
        number=matter.number,
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
                f"reminders.line_{step}_{part}",
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
