"""Help with a case from another stream."""

from dataclasses import replace

from domain.access.matters import MatterRight
from domain.errors import Refused, Stale
from domain.matters import life
from domain.matters.assignment import (
    ask_help,
    give_help,
    helper,
)
from domain.matters.matter import OPEN, Matter, State
from domain.matters.naming import is_danger
from domain.messages import (
    Message,
    Side,
    action,
    rows,
    text,
)
from domain.obligations import Obligation
from domain.organisation import Stream
from domain.subjects import Subject, open_case
from handlers.features import Feature, Owes
from handlers.forms.forms import begin
from handlers.matters.case_cards import answer_with_card, back_to, show_part
from handlers.matters.guards import number_of
from handlers.matters.questions import one_question
from handlers.matters.turns import load_matter
from handlers.turn import Turn, choice
from storage.drafts import Draft
from storage.matters.casework import save_matter
from storage.matters.help_requests import Part, find_part, list_asked
from storage.matters.matters import get_matters
from storage.work import Work


async def choose_stream(turn: Turn, number: str) -> None:
    """Offer the streams that have somebody to ask."""
    matter, _ = await load_matter(turn, number, MatterRight.ASK_HELP)
    life.ensure(matter, State.ACCEPTED, State.ASKED)
    organisation = turn.street.organisation
    buttons = [
        choice(f"names.stream_{stream}", action("matters.ask_help", number, stream))
        for stream in Stream
        if helper(organisation, matter, stream, turn.now, asker=turn.person.id)
    ]
    if not buttons:
        raise Refused("nobody_to_ask", number=number)
    turn.say("assignments.ask_stream", *rows(buttons, 3), (back_to(number),), number=number)


async def begin_help(turn: Turn, number: str, stream: str) -> None:
    """Begin to ask a stream; it will see this question and nothing else."""
    matter, _ = await load_matter(turn, number, MatterRight.ASK_HELP)
    life.ensure(matter, State.ACCEPTED, State.ASKED)
    if stream not in set(Stream):
        raise Stale
    await begin(turn, ASK_HELP, context={"number": number, "stream": stream})


async def _submit_help(turn: Turn, draft: Draft) -> None:
    matter, grant = await load_matter(turn, number_of(draft), MatterRight.ASK_HELP)
    stream = Stream(str(draft.context["stream"]))
    question = draft.values["text"]
    found = helper(turn.street.organisation, matter, stream, turn.now, asker=turn.person.id)
    if found is None or found.person is None:
        raise Refused("nobody_to_ask", number=matter.number)
    act = turn.act(grant.role)
    save_matter(turn, ask_help(matter, act, stream=stream, to=found.person, question=question))
    part = Part(
        id=turn.new_id(),
        number=matter.number,
        stream=stream,
        helper=found.person,
        asked_by=turn.person.id,
        question=question,
        asked_at=turn.now,
    )
    turn.changes.save(part)
    name = turn.street.staff_name(found.person)
    await answer_with_card(turn, matter, "assignments.help_asked", person=name)
    turn.tell(found.person, show_part(turn, matter, part), on=matter)


async def begin_give_help(turn: Turn, number: str) -> None:
    """Begin to answer as a helper."""
    matter, _ = await load_matter(turn, number, MatterRight.GIVE_HELP)
    life.ensure(matter, *OPEN)
    await _open_part(turn, number)
    await begin(turn, GIVE_HELP, context={"number": number})


async def _open_part(turn: Turn, number: str) -> Part:
    part = await find_part(turn.tx, number, turn.person.id)
    if part is None or part.answered_at is not None:
        raise Refused("help_given_already", number=number)
    return part


async def _submit_give_help(turn: Turn, draft: Draft) -> None:
    matter, grant = await load_matter(turn, number_of(draft), MatterRight.GIVE_HELP)
    part = await _open_part(turn, matter.number)
    answer = draft.values["text"]
    helped = give_help(matter, turn.act(grant.role), stream=part.stream, answer=answer)
    save_matter(turn, helped)
    given = replace(part, answer=answer, answered_at=turn.now)
    turn.changes.save(given)
    turn.reply(show_part(turn, matter, given))
    said = text(
        "assignments.help_came",
        number=matter.number,
        stream=text(f"names.stream_{part.stream}"),
        person=turn.street.staff_name(turn.person.id),
        answer=answer,
    )
    message = Message(blocks=(said,), choices=((open_case(matter.number),),))
    for person in dict.fromkeys((matter.owner, part.asked_by)):
        if person != turn.person.id:
            turn.tell(person, message, on=matter)


async def list_parts_asked(turn: Turn) -> None:
    """List the parts one was asked for and has not answered."""
    asked = await list_asked(turn.tx, turn.person.id)
    known = await get_matters(turn.tx, [part.number for part in asked])
    waiting = [part for part in asked if known[part.number].is_open]
    if not waiting:
        turn.say("assignments.no_parts", (choice("assignments.to_todo", "todo.open"),))
        return
    for part in waiting[:10]:
        turn.reply(show_part(turn, known[part.number], part))


ASK_HELP = one_question("help", _submit_help)
GIVE_HELP = one_question("give_help", _submit_give_help)


# --- what is owed --------------------------------------------------------------------------------


async def parts_owed_by(work: Work, person: str) -> list[Obligation]:
    """Say which help somebody was asked for and owes, by the deadlines of the cases."""
    asked = await list_asked(work.tx, person)
    known = await get_matters(work.tx, [part.number for part in asked])
    return [_owed(work, known[part.number], part) for part in asked if known[part.number].is_open]


def _owed(work: Work, case: Matter, part: Part) -> Obligation:
    due_at = case.deadline or case.resolve_by
    return Obligation(
        subject=Subject("help", part.id),
        owner=part.helper,
        unit=case.grid,
        due_at=due_at,
        label=text("staff.line_help", number=case.number),
        detail=text(
            "staff.line_help_asked",
            stream=text(f"names.stream_{part.stream}"),
            asked_at=part.asked_at,
            deadline=due_at,
        ),
        action=action("matters.show", case.number),
        is_overdue=case.is_overdue(work.now),
        is_urgent=is_danger(case),
    )


# By unit the case itself stands in the list, whoever helps with it.
FEATURE = Feature(name="matters", side=Side.STAFF, owes=Owes(of_person=parts_owed_by))
