"""The form engine: a conversation is a declared `Form` of steps, and a draft that fills it.

Drafts live in the database, so a conversation goes on after a restart, in another process and on
another channel. Every question can be answered, skipped where it is optional, gone back from and
cancelled; everything can be changed from the read-back before it is submitted. An answer that
fits another step of the form (a photo where words were asked for) is kept there, never refused.

What is said stands at the end of the conversation, where people look; only the parts of one album,
which arrive one by one, share a message that is changed in its place.
"""

from dataclasses import replace

from domain.errors import Refused, Stale
from domain.messages import Choice, Message, action, rows, text
from domain.rules import DraftRules
from handlers.entries import buttons
from handlers.forms.answers import NotMineError, Values, with_value, without_value
from handlers.forms.everyday import Said, correction_in, lone_phone, said_in
from handlers.forms.screens import (
    context_fields,
    controls,
    previous_step,
    read_back,
    really_cancel,
    what_to_change,
)
from handlers.forms.steps import REVIEW, THEN, VERB, Files, Form, Phone, Place, Step
from handlers.turn import Turn, choice
from storage.drafts import Draft

# --- the conversation ----------------------------------------------------------------------------


def form_named(turn: Turn, name: str) -> Form | None:
    """Find a declared form; None where no feature of this program has it any more."""
    found = turn.features.forms.get(name)
    return found if isinstance(found, Form) else None


async def begin(
    turn: Turn,
    form: Form,
    *,
    values: Values | None = None,
    context: Values | None = None,
    quick: bool = False,
) -> None:
    """Begin a form and ask its first open question.

    Args:
        values: answers that are known already.
        context: what the form is about, such as a case number.
        quick: ask only what must be answered; the rest is offered in the read-back.
    """
    if await _is_elsewhere(turn, form, form.sensitive):
        return
    await go_on(
        turn, form, new_draft(turn, form, values or {}, {**(context or {}), "quick": quick})
    )


async def _is_elsewhere(turn: Turn, form: Form, doing: str) -> bool:
    """Lead on where this must not be asked or answered here; what was said is not looked at.

    Args:
        doing: the action that goes on there.

    Raises:
        Refused: there is no way on.
    """
    if not form.sensitive or turn.is_among_us:
        return False
    way = turn.features.elsewhere[turn.incoming.side]
    if way is None:
        raise Refused("only_on_the_page")
    await way(turn, doing)
    return True


def resuming(draft: Draft) -> str:
    """Give what asks the open question of a form again."""
    return action(VERB, draft.id, "r")


async def begin_answered(turn: Turn, form: Form, values: Values) -> None:
    """Begin a form with what just arrived as the answer to its first open question."""
    if await _is_elsewhere(turn, form, form.sensitive):
        return
    draft = new_draft(turn, form, values, {})
    step = _next_step(turn, form, draft)
    turn.keep_draft(replace(draft, step=step.name if step else ""))
    await answer(turn, form)


def new_draft(turn: Turn, form: Form, values: Values, context: Values) -> Draft:
    """Make a draft of a form that is not kept yet."""
    album = {"album": turn.incoming.album} if turn.incoming.album else {}
    return Draft(
        person=turn.person.id,
        id=turn.short_id(),
        form=form.name,
        form_version=form.version,
        step="",
        values={name: value for name, value in values.items() if value is not None},
        context={**context, **album},
        changed_at=turn.now,
        expires_at=turn.now + turn.street.rules(DraftRules).life,
    )


async def go_on(turn: Turn, form: Form, draft: Draft) -> None:
    """Ask the next open question, or read back, or submit a form that has no read-back."""
    step = _next_step(turn, form, draft)
    if step is not None:
        await _ask(turn, form, replace(draft, step=step.name, editing=False))
    elif form.review:
        draft = replace(draft, step=REVIEW, editing=False)
        if form.before_review is not None:
            draft = await form.before_review(turn, draft)
        turn.keep_draft(draft)
        turn.reply(await read_back(turn, form, draft))
    else:
        await _submit(turn, form, draft)


async def _submit(turn: Turn, form: Form, draft: Draft) -> None:
    """Submit, unless the feature is closed by now: what was written waits then.

    Raises:
        Refused: it is closed, or the form's own reason.
    """
    feature = turn.features.owner_of_form.get(form.name, "")
    if feature in turn.closed:
        turn.keep_draft(draft)
        turn.ensure_open(feature)
    turn.drop_draft(draft)
    await form.submit(turn, draft)
    if turn.draft is None:
        turn.then = draft.context.get(THEN) or ""


async def resume(turn: Turn, form: Form) -> None:
    """Ask the current question again: after a restart, a week, or a move to another channel."""
    draft = _current(turn, form)
    if await _is_elsewhere(turn, form, resuming(draft)):
        return
    step = form.by_name.get(draft.step)
    if step is not None and (draft.editing or not step.spared(turn, draft)):
        await _ask(turn, form, draft)
    else:
        await go_on(turn, form, draft)


async def answer(turn: Turn, form: Form) -> None:
    """Take what arrived, other than a button, as an answer.

    Raises:
        Refused: no step of the form can take it.
    """
    draft = _current(turn, form)
    if await _is_elsewhere(turn, form, resuming(draft)):
        return
    step = form.by_name.get(draft.step)
    given = turn.incoming.text
    if given and not turn.incoming.files and await _as_everyday_words(turn, form, draft, given):
        return
    if step is not None:
        try:
            taken = await step.take(turn, draft)
        except NotMineError:
            pass
        else:
            if form.guess is not None and step.is_text and given:
                taken = form.guess(turn, taken, given)
            await _taken(turn, form, step, await _with_the_rest(turn, form, step, taken))
            return
    for other in form.steps:
        if other is step or not other.when(turn, draft) or not other.fits(turn):
            continue
        if other.is_text and draft.values.get(other.name):
            added = await _with_the_rest(turn, form, other, await other.add(turn, draft))
            if given and form.guess is not None and is_place_missing(form, draft):
                added = form.guess(turn, added, given)
            _say_added(turn, draft, other)
            before = {_BEFORE: [other.name, draft.values[other.name]]}
            await _again(turn, form, replace(added, context={**added.context, **before}))
        else:
            await _keep_elsewhere(turn, form, other, await other.take(turn, draft))
        return
    raise Refused(f"unfit_{turn.incoming.unfit}" if turn.incoming.unfit else "not_an_answer")


#: In a draft's context: the words as they were before the last ones were added, and whose.
_BEFORE = "before"


def _say_added(turn: Turn, draft: Draft, step: Step) -> None:
    """Say that words were added to the content, with one press to take them out again."""
    undo = choice("forms.take_out", action(VERB, draft.id, "u", step.name))
    turn.say("forms.words_added", (undo,))


async def _take_out(turn: Turn, form: Form, draft: Draft, name: str) -> None:
    """Take out what was added last; a second press finds nothing left to take."""
    known, words = draft.context.get(_BEFORE) or (None, None)
    if known != name:
        raise Stale
    draft = replace(with_value(draft, name, words), context={**draft.context, _BEFORE: None})
    await _again(turn, form, draft)


async def _as_everyday_words(turn: Turn, form: Form, draft: Draft, given: str) -> bool:
    """Do what a button would do whose word was typed; tell whether it was one.

    Where a question takes words of one's own, or offers these very words, they are its answer.
    """
    step = form.by_name.get(draft.step)
    said = said_in(given)
    if step is not None:
        try:
            if not step.is_text and not step.takes_any_words:
                await step.take(turn, draft)
                return False
        except (NotMineError, Refused):
            pass
    match said:
        case Said.SUBMIT if draft.step == REVIEW:
            await press(turn, form, (draft.id, "ok"))
        case Said.CHANGE if draft.step == REVIEW:
            turn.reply(await what_to_change(turn, form, draft))
        case Said.THANKS if draft.step == REVIEW:
            turn.reply(await read_back(turn, form, draft))
        case Said.CANCEL:
            _give_up(turn, form, draft)
        case Said.SUBMIT | Said.SKIP if form.leave and not draft.values:
            _give_up(turn, form, draft)
        case Said.SKIP if step is not None and step.may_skip(draft):
            await _leave_out(turn, form, draft, step)
        case Said.BACK:
            await _back(turn, form, draft)
        case _:
            return await _as_correction(turn, form, draft, given)
    return True


async def _as_correction(turn: Turn, form: Form, draft: Draft, given: str) -> bool:
    """Take a lone telephone number or place, or a correction; tell whether it was one."""
    step = form.by_name.get(draft.step)
    phone = next((one for one in form.steps if isinstance(one, Phone)), None)
    if phone is not None and step is not phone and (digits := lone_phone(given)):
        turn.say("forms.phone_kept")
        await _again(turn, form, with_value(draft, phone.name, digits))
        return True
    if is_place_missing(form, draft) and form.guess is not None and is_lone_place(turn, given):
        turn.say("forms.place_kept")
        await _again(turn, form, form.guess(turn, draft, given))
        return True
    if form.correct is None or not draft.values or (step is not None and step.is_text):
        return False
    correction = correction_in(given)
    corrected = form.correct(turn, draft, correction) if correction is not None else None
    if corrected is None:
        return False
    turn.say("forms.corrected")
    await _again(turn, form, corrected)
    return True


def is_place_missing(form: Form, draft: Draft) -> bool:
    """Tell whether a form that asks for a place reads back none."""
    place = next((one for one in form.steps if isinstance(one, Place)), None)
    return place is not None and draft.step == REVIEW and not draft.values.get(place.name)


#: Beside a place: "在5号楼2单元呢。"
_BESIDE_PLACE = 3


def is_lone_place(turn: Turn, given: str) -> bool:
    """Tell whether words name a place and nothing else."""
    understood = turn.understood(given)
    words = understood.place.words
    return bool(words) and len(understood.plain) - len(words) <= _BESIDE_PLACE


async def _with_the_rest(turn: Turn, form: Form, step: Step, draft: Draft) -> Draft:
    """Keep what came along with an answer: pictures beside words, a caption beside pictures."""
    for other in form.steps:
        if other is not step and other.when(turn, draft) and other.comes_beside(turn, step):
            return await other.add(turn, draft)
    return draft


async def _keep_elsewhere(turn: Turn, form: Form, step: Step, draft: Draft) -> None:
    if step.stays_open:
        await _show_so_far(turn, form, step, draft)
        return
    if step.is_text:
        if form.guess is not None and turn.incoming.text:
            draft = form.guess(turn, draft, turn.incoming.text)
        turn.say("forms.kept")
    await _again(turn, form, draft)


async def _again(turn: Turn, form: Form, draft: Draft) -> None:
    """Come back to the question that is still open."""
    current = form.by_name.get(draft.step)
    open_still = current is not None and current.name not in draft.values
    if current is not None and open_still and current.when(turn, draft):
        await _ask(turn, form, draft)
    else:
        await go_on(turn, form, draft)


async def _taken(turn: Turn, form: Form, step: Step, draft: Draft) -> None:
    if isinstance(step, Files) and draft.editing:
        # The read-back counts them, and takes more; those of an album share it.
        album = turn.incoming.album
        await go_on(turn, form, replace(draft, context={**draft.context, "album": album}))
        return
    if step.stays_open:
        await _show_so_far(turn, form, step, draft)
        return
    if step.in_place and step.name not in draft.values:
        await _ask(turn, form, draft)  # the list is shown again, with what fits
        return
    await go_on(turn, form, without_value(draft, *step.clears) if step.clears else draft)


async def press(turn: Turn, form: Form, arguments: tuple[str, ...]) -> None:
    """Take a pressed button of a form; the draft's id in it tells an old one.

    Raises:
        Stale: the button belongs to another draft, or offers what is not to be had any more.
    """
    draft = _current(turn, form)
    ends = arguments in ((draft.id, "x"), (draft.id, "xx"))
    if not ends and await _is_elsewhere(turn, form, resuming(draft)):
        return
    match arguments:
        case (draft.id, "s", name, value) if name in form.by_name:
            await _press_value(turn, form, draft, form.by_name[name], value)
        case (draft.id, "b"):
            await _back(turn, form, draft)
        case (draft.id, "p", name, where) if name in form.by_name and draft.step == name:
            moved = await form.by_name[name].turn_page(turn, draft, where)
            await _ask(turn, form, moved, anew=False)
        case (draft.id, "k" | "d", name) if name in form.by_name:
            await _leave_out(turn, form, draft, form.by_name[name])
        case (draft.id, "e", name) if name in form.by_name:
            await _ask(turn, form, replace(draft, step=name, editing=True))
        case (draft.id, "x"):
            _give_up(turn, form, draft)
        case (draft.id, "xx"):
            turn.drop_draft()
            turn.say("forms.cancelled", (choice("menu.open", "menu.open"),))
            turn.then = draft.context.get(THEN) or ""
        case (draft.id, "m") if draft.step == REVIEW:
            turn.reply(await what_to_change(turn, form, draft))
        case (draft.id, "r"):
            await resume(turn, form)
        case (draft.id, "u", name) if name in form.by_name:
            await _take_out(turn, form, draft, name)
        case (draft.id, "ok") if draft.step == REVIEW:
            if _next_step(turn, form, draft) is not None:
                await go_on(turn, form, draft)
                return
            await _submit(turn, form, draft)
        case _:
            raise Stale


def _give_up(turn: Turn, form: Form, draft: Draft) -> None:
    """Ask before what was written is thrown away; where nothing was, and nothing had to be, end."""
    if form.leave and not draft.values:
        turn.drop_draft()
        turn.say(f"{form.leave}_said", (choice("menu.open", "menu.open"),), **context_fields(draft))
        return
    turn.reply(really_cancel(draft))


async def _press_value(turn: Turn, form: Form, draft: Draft, step: Step, value: str) -> None:
    if draft.values.get(step.name) == value and draft.step != step.name:
        return  # The same button twice: the answer stands, and the next question was asked.
    if not step.when(turn, draft) or (step.stays_open and draft.step != step.name):
        raise Stale
    await _taken(turn, form, step, await step.press(turn, draft, value))


async def _back(turn: Turn, form: Form, draft: Draft) -> None:
    step = None if draft.editing else previous_step(turn, form, draft)
    if step is None:
        await go_on(turn, form, draft)
        return
    draft = without_value(draft, step.name)
    await _ask(turn, form, replace(draft, step=step.name, editing=False))


async def _leave_out(turn: Turn, form: Form, draft: Draft, step: Step) -> None:
    if draft.step != step.name:
        if step.name in draft.values:
            return  # Skipped or done already; the next question was asked.
        raise Stale
    if not step.optional and not step.stays_open:
        raise Stale
    if not step.ends(draft):
        raise Refused("too_few_ticked")
    kept = draft.values.get(step.name)
    await go_on(turn, form, with_value(draft, step.name, kept))


# --- questions -----------------------------------------------------------------------------------


def _current(turn: Turn, form: Form) -> Draft:
    """Give the draft, brought to the form's present version."""
    draft = turn.draft
    if draft is None or draft.form != form.name:
        raise Stale
    if draft.form_version != form.version:
        kept = {name: value for name, value in draft.values.items() if name in form.by_name}
        draft = replace(draft, form_version=form.version, values=kept, step="")
    gone = [step.name for step in form.steps if not step.holds(turn, draft)]
    if gone:
        turn.say("forms.gone_meanwhile")
        draft = without_value(draft, *gone)
    return draft


def _next_step(turn: Turn, form: Form, draft: Draft) -> Step | None:
    quick = draft.context.get("quick", False)
    for step in form.steps:
        if step.name in draft.values or not step.asked or (quick and step.optional):
            continue
        if step.when(turn, draft) and not step.spared(turn, draft):
            return step
    return None


async def _ask(turn: Turn, form: Form, draft: Draft, *, anew: bool = True) -> None:
    step = form.by_name[draft.step]
    turn.keep_draft(draft)
    choices = await step.choices(turn, draft)
    blocks = (text(step.question, **context_fields(draft)),)
    turn.reply(
        Message(
            blocks=blocks,
            choices=(
                *choices,
                *_instead_of_it(turn, form, draft),
                *controls(turn, form, draft, step),
            ),
            awaiting=step.awaiting,
            slot=f"{step.name}-{draft.id}" if step.in_place else None,
            anew=step.in_place and anew,
        )
    )


def _instead_of_it(turn: Turn, form: Form, draft: Draft) -> tuple[tuple[Choice, ...], ...]:
    if form.menu is None or not form.is_untouched(draft):
        return ()
    return rows(buttons(turn, form.menu), 1 if turn.person.elder else 2)


async def _show_so_far(turn: Turn, form: Form, step: Step, draft: Draft) -> None:
    """Tell what is kept by now; the parts of an album share this one message."""
    album = turn.incoming.album
    goes_on = album is not None and draft.context.get("album") == album
    draft = replace(draft, context={**draft.context, "album": album})
    turn.keep_draft(draft)
    told = step.told(draft) if draft.step != REVIEW else None
    if told is None and draft.step == step.name:
        await _ask(turn, form, draft, anew=turn.incoming.action is None)
        return
    turn.reply(replace(told or await read_back(turn, form, draft), anew=not goes_on))
