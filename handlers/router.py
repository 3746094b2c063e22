"""From what arrived to the handler that answers it, on both sides.

Every refusal ends here as one clear sentence (`UserError` → wording); anything else that a handler
raises is the caller's: the update contributes nothing, and the others of its batch go on.
"""

from dataclasses import replace

from domain.errors import Refused, Stale, UserError, WrongState
from domain.messages import Message, parse_action
from domain.subjects import open_case
from handlers import conduct, first_words, pay_secrets
from handlers.features import Verb
from handlers.forms.forms import answer, form_named, press, resume, resuming
from handlers.forms.screens import expired, gone, unfinished
from handlers.forms.steps import ANSWERED, VERB, Choose
from handlers.menus import show_menu
from handlers.turn import Turn, choice, explained
from storage.drafts import Draft
from storage.outbox import Notice

#: Said by the button that begins a form over an unfinished one, which is given up then.
_ANEW = "anew"


async def handle(turn: Turn) -> None:
    """Handle one update; afterwards `Turn.changes` holds everything it changes.

    Raises:
        Exception: whatever a handler did not expect; the turn's changes are void.
    """
    turn.tx.opened.clear()
    _bring_to_mind(turn)
    if turn.draft is not None and form_named(turn, turn.draft.form) is None:
        turn.drop_draft()
    before = turn.draft
    masked = pay_secrets.keep_out(turn)
    # Whoever is in danger hears of that first.
    waits = masked is not None and _may_be_danger(turn)
    if masked is not None and not waits:
        pay_secrets.tell(turn, masked, goes_on=True)
    try:
        if turn.incoming.flood:
            _tell_flood(turn, turn.incoming.flood)
        elif masked is not None and pay_secrets.is_all(turn):
            await pay_secrets.ask_again(turn)
        elif not await _guarded(turn):
            await _handle_ordinary(turn)
            if turn.then:
                await first_words.take_up(turn)
        for guard in turn.features.guards[turn.incoming.side]:
            await guard.after(turn, before)
        if before is not None and turn.draft is None:
            _take_up(turn)
    except UserError as error:
        _explain(turn, error)
        if isinstance(error, Stale):
            await _resume(turn)
    if masked is not None and waits:
        pay_secrets.tell(turn, masked, goes_on=True)
    _name_subjects(turn)


def _may_be_danger(turn: Turn) -> bool:
    words = turn.incoming.text
    return words is not None and turn.understood(words).may_be_danger


def _take_up(turn: Turn) -> None:
    """Offer the form again that something came between, now that this one has ended."""
    for draft in turn.waiting:
        form = form_named(turn, draft.form)
        if form is not None and draft.expires_at > turn.now:
            turn.keep_draft(draft)
            turn.reply(unfinished(form, draft))
            return


async def _guarded(turn: Turn) -> bool:
    """Tell whether what stands before everything else took the update."""
    for guard in turn.features.guards[turn.incoming.side]:
        if await guard.before(turn):
            return True
    return False


async def _resume(turn: Turn) -> None:
    if turn.draft is not None and (form := form_named(turn, turn.draft.form)) is not None:
        await resume(turn, form)


def _bring_to_mind(turn: Turn) -> None:
    """Count what an open form is about among what is in hand: its question may repeat it."""
    form = form_named(turn, turn.draft.form) if turn.draft is not None else None
    if form is not None and turn.draft is not None and (about := form.subject_of(turn.draft)):
        turn.tx.opened.add(about)


def _name_subjects(turn: Turn) -> None:
    """Let all that was said name everything that was read or written for it.

    Not each handler for itself: what one forgot to name would outlive an erasure.
    """
    _bring_to_mind(turn)
    if about := frozenset(turn.tx.opened):
        turn.changes.revise(Notice, lambda said: replace(said, about=said.about | about))


async def _handle_ordinary(turn: Turn) -> None:
    if turn.draft is not None and turn.draft.expires_at <= turn.now:
        _expire(turn, turn.draft)
    if turn.is_staff:
        await _handle_staff(turn)
    else:
        await _handle_resident(turn)


def _tell_flood(turn: Turn, kept: int) -> None:
    """Ask for a pause; a stranger at the staff's door hears nothing more than anybody there."""
    if not turn.is_staff or turn.actor.posts:
        turn.say("errors.flood", kept=kept)


def _expire(turn: Turn, draft: Draft) -> None:
    """Give up a form that nobody came back to; what comes now begins anew, and is not lost."""
    turn.drop_draft()
    form = form_named(turn, draft.form)
    if draft.values and form is not None:
        turn.reply(expired(turn, form, draft))
        if turn.is_staff and turn.incoming.text:
            turn.say("assignments.your_words", said=turn.incoming.text)


def _explain(turn: Turn, error: UserError) -> None:
    ways = [(open_case(str(error.fields["number"])),)] if isinstance(error, WrongState) else []
    draft = turn.draft
    if draft is not None and turn.incoming.action is None and not draft.context.get(ANSWERED):
        # The question stands further up by now; its buttons come back with one press.
        ways.append((choice("forms.go_on", resuming(draft)),))
    turn.reply(Message(blocks=explained(turn, error), choices=tuple(ways)))


async def _handle_resident(turn: Turn) -> None:
    incoming = turn.incoming
    if incoming.start is not None:
        await _start(turn, incoming.start)
    elif incoming.command is not None:
        await _command(turn, incoming.command)
    elif incoming.action is not None:
        await _press(turn, incoming.action)
    else:
        _set_aside(turn)
        # What a button says is about nobody, whoever it names; a question that was answered is
        # nothing under way.
        is_free = turn.draft is None or bool(turn.draft.context.get(ANSWERED))
        if is_free and await _menu_word(turn):
            return
        # So is what the open question offers: 第二网格 is a grid, and nobody who works there.
        held = not await _is_offered(turn) and await conduct.hold_back(
            turn, directed=first_words.is_directed
        )
        if held and not turn.goes_on:
            _leave_form(turn)
        else:
            await _say(turn)


async def _is_offered(turn: Turn) -> bool:
    """Tell whether what was typed is the very name of something that the open question offers."""
    draft, said = turn.draft, (turn.incoming.text or "").strip()
    form = form_named(turn, draft.form) if draft is not None else None
    if draft is None or form is None or turn.incoming.files or conduct.is_holding(turn):
        return False
    step = form.by_name.get(draft.step)
    return isinstance(step, Choose) and await step.is_name(turn, draft, said)


def _leave_form(turn: Turn) -> None:
    """Offer the form that is open still, if it says anything, after what was not taken."""
    draft = turn.draft
    form = form_named(turn, draft.form) if draft is not None else None
    if draft is None or form is None or conduct.is_holding(turn):
        return
    if draft.values.get("text") or draft.form not in turn.features.filing:
        turn.reply(unfinished(form, draft))
    else:
        turn.drop_draft()


async def _start(turn: Turn, payload: str) -> None:
    """Do what the link is for that somebody came by."""
    found = turn.features.start(turn.incoming.side, payload)
    if found is None:
        await show_menu(turn)
        return
    handler, rest = found
    await handler(turn, rest)


async def _say(turn: Turn) -> None:
    """Take words, files, a place or a phone number of a resident."""
    if await _typed(turn, over_form=True):
        return
    if await _replied(turn):
        return
    form = form_named(turn, turn.draft.form) if turn.draft is not None else None
    if form is not None:
        if not await first_words.hear_within(turn, form):
            await answer(turn, form)
        return
    await _say_freely(turn)


async def _replied(turn: Turn) -> bool:
    """Take what was written under a message for what that was about; tell whether it was taken.

    What is written under a question of the open form is its answer.
    """
    told = turn.replied_to
    if told is None:
        return False
    form = form_named(turn, turn.draft.form) if turn.draft is not None else None
    if form is not None and turn.draft is not None and form.subject_of(turn.draft) == told.subject:
        return False
    take = turn.features.replies[turn.incoming.side].get(told.subject.kind)
    return take is not None and await take(turn, told.subject.id)


async def _say_freely(turn: Turn) -> None:
    """Take what is said while no form is open: codes and numbers, menu words, then the rest."""
    incoming, features = turn.incoming, turn.features
    if incoming.unfit is not None:
        raise Refused(f"unfit_{incoming.unfit}")
    if await _typed(turn, over_form=False):
        return
    if await _menu_word(turn):
        return
    side = incoming.side
    place, hears = features.place[side], features.hears[side]
    if place is not None and incoming.place is not None and not incoming.text:
        await place(turn, incoming.place)
    elif hears is not None and (incoming.text or incoming.files or turn.is_staff):
        await hears(turn)
    else:
        await show_menu(turn)


async def _menu_word(turn: Turn) -> bool:
    """Do what was typed where it is what a button says; tell whether it was."""
    said = (turn.incoming.text or "").strip().casefold()
    verb = turn.features.words[turn.incoming.side].get(said)
    if verb is None or turn.incoming.files:
        return False
    await verb.do(turn)
    return True


async def _typed(turn: Turn, *, over_form: bool) -> bool:
    for one in turn.features.typed(turn.incoming.side, over_form=over_form):
        if await one.take(turn):
            return True
    return False


async def _handle_staff(turn: Turn) -> None:
    if not turn.actor.posts:
        stranger = turn.features.stranger[turn.incoming.side]
        if stranger is not None:
            await stranger(turn)
        return
    _set_aside(turn)
    incoming = turn.incoming
    form = form_named(turn, turn.draft.form) if turn.draft is not None else None
    if incoming.start is not None:
        await _start(turn, incoming.start)
    elif incoming.command is not None:
        await _command(turn, incoming.command)
    elif incoming.action is not None:
        await _press(turn, incoming.action)
    elif await _replied(turn):
        return
    elif form is not None:
        await answer(turn, form)
    else:
        await _say_freely(turn)


def _set_aside(turn: Turn) -> None:
    """Say what cannot be taken; words that came with it, such as a caption, count all the same."""
    unfit = turn.incoming.unfit
    if unfit is not None and turn.incoming.text:
        turn.say(f"errors.unfit_{unfit}")
        turn.incoming = replace(turn.incoming, unfit=None)


async def _command(turn: Turn, name: str) -> None:
    if name == "cancel":
        await _cancel(turn)
        return
    verb = turn.features.commands[turn.incoming.side].get(name)
    if verb is None:
        await show_menu(turn)
    elif not (verb.begins and _asks_first(turn, (verb.name,))):
        await verb.do(turn)


async def _cancel(turn: Turn) -> None:
    if turn.draft is None:
        await show_menu(turn)
        return
    await _press_form(turn, (turn.draft.id, "x"))


async def _press_form(turn: Turn, arguments: tuple[str, ...]) -> None:
    form = form_named(turn, turn.draft.form) if turn.draft is not None else None
    if form is not None:
        await press(turn, form, arguments)
    elif not turn.replied:
        turn.reply(gone(turn))


async def _press(turn: Turn, action: str) -> None:
    name, arguments = parse_action(action)
    if name == VERB:
        await _press_form(turn, arguments)
        return
    verb = turn.features.verbs[turn.incoming.side].get(name)
    if verb is None:
        if name in turn.every_feature.verbs[turn.incoming.side]:
            turn.ensure_open(name.partition(".")[0])
        raise Stale
    _leave_untouched(turn, name)
    if verb.begins:
        if _ANEW not in arguments and _asks_first(turn, (name, *arguments)):
            return
        arguments = tuple(one for one in arguments if one != _ANEW)
    await _do(turn, verb, arguments)
    if turn.goes_on:
        await _say(turn)
    elif name == conduct.VERB:
        _leave_form(turn)


def _leave_untouched(turn: Turn, name: str) -> None:
    """Give up a form of which nothing was filled for what stood below its first question."""
    draft = turn.draft
    form = form_named(turn, draft.form) if draft is not None else None
    if draft is None or form is None or form.menu is None or not form.is_untouched(draft):
        return
    if any(entry.verb == name for entry, _ in turn.features.entries[form.menu]):
        turn.drop_draft()


async def _do(turn: Turn, verb: Verb, arguments: tuple[str, ...]) -> None:
    """Do what a button says; a hand-made action may bring more or fewer arguments than it takes."""
    if not verb.takes(arguments):
        raise Stale
    await verb.do(turn, *arguments)


def _asks_first(turn: Turn, wanted: tuple[str, ...]) -> bool:
    """Over an unfinished form, ask whether to go on with it; tell whether that was asked."""
    if turn.draft is None or not turn.draft.values or turn.draft.context.get(ANSWERED):
        return False
    form = form_named(turn, turn.draft.form)
    if form is None:
        return False
    turn.reply(unfinished(form, turn.draft, ":".join((*wanted, _ANEW))))
    return True
