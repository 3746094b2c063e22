"""What a form shows: its buttons, its read-back, and how it ends."""

from domain.messages import (
    Card,
    Choice,
    Line,
    Message,
    Value,
    action,
    rows,
    text,
)
from domain.rules import DraftRules
from domain.subjects import MATTER, open_case
from handlers.forms.answers import files_of
from handlers.forms.steps import VERB, Files, Form, Step
from handlers.turn import Turn, choice
from storage.drafts import Draft


def previous_step(turn: Turn, form: Form, draft: Draft) -> Step | None:
    """Find the question that was answered before the current one."""
    previous = None
    for step in form.steps:
        if step.name == draft.step:
            break
        if step.asked and step.name in draft.values and step.when(turn, draft):
            previous = step
    return previous


def context_fields(draft: Draft) -> dict[str, Value]:
    """Give what a question may name of a draft's context."""
    return {
        name: value
        for name, value in draft.context.items()
        if isinstance(value, str | int) and name != "album"
    }


def controls(turn: Turn, form: Form, draft: Draft, step: Step) -> tuple[tuple[Choice, ...], ...]:
    """Give the buttons that every question has: back, skip, cancel.

    Whoever changes one answer comes back to the read-back; there everything can be given up.
    """
    if draft.editing:
        return ((choice("forms.keep", action(VERB, draft.id, "b")),),)
    row: list[Choice] = []
    if step.may_skip(draft):
        row.append(choice("forms.skip", action(VERB, draft.id, "k", step.name)))
    if previous_step(turn, form, draft) is not None:
        row.append(choice("forms.back", action(VERB, draft.id, "b")))
    leave = form.leave if form.leave and not draft.values else "forms.cancel"
    row.append(choice(leave, action(VERB, draft.id, "x")))
    return (tuple(row),)


def really_cancel(draft: Draft) -> Message:
    """Ask before what was written is thrown away."""
    return Message(
        blocks=(text("forms.really_cancel"),),
        choices=(
            (
                choice("forms.go_on", action(VERB, draft.id, "r"), emphasis=True),
                choice("forms.drop", action(VERB, draft.id, "xx")),
            ),
        ),
    )


async def read_back(turn: Turn, form: Form, draft: Draft) -> Message:
    """Read everything back, each line with a button to change it."""
    about = form.subject_of(draft)
    lines = (
        # Of several cases in hand nobody shall submit to the wrong one.
        *((Line(text("cards.case"), about.id),) if about and about.kind == MATTER else ()),
        *(
            Line(text(step.label), shown)
            for step, value in await _answers(turn, form, draft)
            if (shown := _or_missing(step, value)) not in (None, "")
        ),
    )
    submit = choice(form.submit_label, action(VERB, draft.id, "ok"), emphasis=True)
    change = choice("forms.change", action(VERB, draft.id, "m"))
    changes = rows([change] if turn.person.elder else await _edits(turn, form, draft))
    instead = await form.instead(turn, draft) if form.instead is not None else ()
    beside = [
        button
        for offer in turn.features.beside.get(form.name, ())
        for button in await offer(turn, draft)
    ]
    return Message(
        blocks=(
            Card(title=text(form.title), lines=lines),
            *form.review_notes(turn, draft),
            *((text(form.instead_label),) if instead else ()),
        ),
        choices=(
            *((one,) for one in instead),
            (submit,),
            *((one,) for one in beside),
            *changes,
            (choice("forms.cancel", action(VERB, draft.id, "x")),),
        ),
        attachments=_pictures(turn, form, draft),
        slot=f"review-{draft.id}",
        anew=True,
    )


async def _answers(turn: Turn, form: Form, draft: Draft) -> list[tuple[Step, Value]]:
    return [(step, await step.show(turn, draft)) for step in form.steps if step.when(turn, draft)]


def _or_missing(step: Step, value: Value) -> Value:
    """Say that something was not answered, where that is worth saying."""
    return text(step.missing) if value in (None, "") and step.missing else value


def _pictures(turn: Turn, form: Form, draft: Draft) -> tuple[str, ...]:
    """Show on the page what is sent along; in other chats it stands above."""
    if not turn.is_among_us:
        return ()
    return tuple(
        one for step in form.steps if isinstance(step, Files) for one in files_of(draft, step.name)
    )


async def _edits(turn: Turn, form: Form, draft: Draft) -> list[Choice]:
    return [
        choice(
            step.change
            or ("forms.edit" if value not in (None, "") else step.add_label or "forms.add"),
            action(VERB, draft.id, "e", step.name),
            what=text(step.label),
        )
        for step, value in await _answers(turn, form, draft)
    ]


async def what_to_change(turn: Turn, form: Form, draft: Draft) -> Message:
    """Ask which answer is to be changed, where the read-back shows few buttons."""
    keep = choice("forms.keep", action(VERB, draft.id, "r"))
    return Message(
        blocks=(text("forms.ask_change"),),
        choices=(*rows(await _edits(turn, form, draft), 1), (keep,)),
    )


def unfinished(form: Form, draft: Draft, wanted: str | None = None) -> Message:
    """Offer to go on with a form, or to give it up.

    Args:
        wanted: the action that begins another form in its place.
    """
    instead = wanted or action(VERB, draft.id, "xx")
    return Message(
        blocks=(text("forms.unfinished", form=text(form.title)),),
        choices=(
            (choice("forms.go_on", action(VERB, draft.id, "r"), emphasis=True),),
            (Choice(label=text("forms.begin_anew"), action=instead),),
        ),
    )


def gone(turn: Turn) -> Message:
    """Answer a button of a form that was submitted, cancelled or has expired."""
    way = (
        choice("assignments.to_todo", "todo.open")
        if turn.is_staff
        else choice("matters.my_cases", "matters.mine")
    )
    return Message(blocks=(text("forms.gone"),), choices=((way, choice("menu.open", "menu.open")),))


def expired(turn: Turn, form: Form, draft: Draft) -> Message:
    """Say that a form was given up because nobody came back to it."""
    ways = [choice("menu.open", "menu.open")]
    if (about := form.subject_of(draft)) and about.kind == MATTER:
        ways.insert(0, open_case(about.id))
    said = text("forms.expired", form=text(form.title), life=turn.street.rules(DraftRules).life)
    return Message(blocks=(said,), choices=(tuple(ways),))
