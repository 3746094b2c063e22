"""From what arrived to the handler that answers it, on both sides.

Every refusal ends here as one clear sentence (`UserError` → wording); anything else that a handler
raises is the caller's: the update contributes nothing, and the others of its batch go on.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from domain.errors import Refused, Stale, UserError, WrongState
from domain.matters.cards import state_name
from domain.matters.matter import Matter, State
from domain.messages import Message, Side, parse_action
from domain.subjects import open_case
from handlers import access_log, conduct, first_words
from handlers.broadcasts import broadcasts
from handlers.digests import digests
from handlers.features import Feature, Handler
from handlers.forms.forms import answer, press, resume
from handlers.forms.screens import expired, gone, unfinished
from handlers.forms.steps import VERB, Form
from handlers.matters import (
    assignments,
    danger,
    directing,
    disputes,
    nearby,
    opinions,
    overview,
    own_cases,
    requests,
)
from handlers.matters.lookups import typed_lookup
from handlers.posts import own_data, posts, staff, windows
from handlers.residents import arrival, linking, me, my_data, returning
from handlers.tickets import tickets
from handlers.turn import Turn, explained, phone_choice
from storage.drafts import Draft
from storage.outbox import Notice

FEATURES: tuple[Feature, ...] = (
    arrival.FEATURE,
    danger.FEATURE,
    first_words.FEATURE,
    conduct.FEATURE,
    access_log.FEATURE,
    opinions.FEATURE,
    requests.FEATURE,
    *disputes.FEATURES,
    nearby.FEATURE,
    own_cases.FEATURE,
    me.FEATURE,
    my_data.FEATURE,
    linking.FEATURE,
    returning.FEATURE,
    assignments.FEATURE,
    directing.FEATURE,
    overview.FEATURE,
    posts.FEATURE,
    staff.FEATURE,
    own_data.FEATURE,
    windows.FEATURE,
    *digests.FEATURES,
    *tickets.FEATURES,
    *broadcasts.FEATURES,
)

Command = Callable[[Turn], Awaitable[None]]


def _verbs(side: Side) -> Mapping[str, Handler]:
    found: dict[str, Handler] = {}
    for feature in FEATURES:
        if feature.side is side:
            if twice := found.keys() & feature.verbs.keys():
                raise LookupError(f"two features of the {side} answer to {sorted(twice)}")
            found.update(feature.verbs)
    return found


def _commands(side: Side) -> Mapping[str, Command]:
    return {
        name: command
        for feature in FEATURES
        if feature.side is side
        for name, command in feature.commands.items()
    }


VERBS = {side: _verbs(side) for side in Side}
COMMANDS = {side: _commands(side) for side in Side}
FORMS: Mapping[str, Form] = {form.name: form for feature in FEATURES for form in feature.forms}
#: What stands on the main menu's buttons may be typed as well.
WORDS = {
    "菜单": "menu",
    "menu": "menu",
    "我的": "me",
    "mine": "me",
    "我的事项": "my",
    "my cases": "my",
    "提意见": "opinion",
    "办事": "service",
    "报纠纷": "dispute",
}
#: Buttons that begin a form: pressed over an unfinished one, the bot asks first.
BEGINS = frozenset(
    {
        "tell",
        "opinion",
        "service",
        "dispute",
        "add",
        "answer",
        "comment",
        "grid",
        "setname",
        "setphone",
        "entercode",
        "broadcast",
        "filefor",
        "sign",
        "looksfind",
    }
)


async def handle(turn: Turn) -> None:
    """Handle one update; afterwards `Turn.changes` holds everything it changes.

    Raises:
        Exception: whatever a handler did not expect; the turn's changes are void.
    """
    turn.tx.opened.clear()
    _bring_to_mind(turn)
    if turn.draft is not None and turn.draft.form not in FORMS:
        turn.drop_draft()
    before = turn.draft
    try:
        if turn.incoming.flood:
            _tell_flood(turn, turn.incoming.flood)
        elif turn.is_staff or not await danger.hear(turn):
            await _handle_ordinary(turn)
        danger.keep_waiting(turn)
        danger.bring_back(turn, before, FORMS)
    except UserError as error:
        _explain(turn, error)
        if isinstance(error, Stale) and turn.draft is not None:
            await resume(turn, FORMS[turn.draft.form])
    _name_matters(turn)


def _bring_to_mind(turn: Turn) -> None:
    """Count the case that an open form is about among those in hand: its question may repeat it."""
    if turn.draft is not None and isinstance(number := turn.draft.context.get("number"), str):
        turn.tx.opened.add(number)


def _name_matters(turn: Turn) -> None:
    """Let all that was said name every case that was read or written for it.

    Not each handler for itself: what one forgot to name would outlive an erasure.
    """
    _bring_to_mind(turn)
    saved = {one.number for one in turn.changes.objects if isinstance(one, Matter)}
    if about := frozenset(turn.tx.opened | saved):
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
    if draft.values:
        turn.reply(expired(turn, FORMS[draft.form], draft))
        if turn.is_staff and turn.incoming.text:
            turn.say("assignments.your_words", said=turn.incoming.text)


def _explain(turn: Turn, error: UserError) -> None:
    states = {
        name: state_name(value) for name, value in error.fields.items() if isinstance(value, State)
    }
    ways = [(open_case(str(error.fields["number"])),)] if isinstance(error, WrongState) else []
    if turn.person.elder and turn.street.office.phone:
        ways.append((phone_choice(turn.street.office.phone),))
    turn.reply(Message(blocks=explained(error, **states), choices=tuple(ways)))


async def _handle_resident(turn: Turn) -> None:
    incoming = turn.incoming
    if incoming.start is not None:
        await _start_resident(turn, incoming.start)
    elif incoming.command is not None:
        await _command(turn, incoming.command)
    elif incoming.action is not None:
        await _press(turn, incoming.action)
    else:
        _set_aside(turn)
        held = await conduct.hold_back(turn, directed=first_words.is_directed)
        if held and not turn.goes_on:
            _leave_form(turn)
        else:
            await _say(turn)


def _leave_form(turn: Turn) -> None:
    """Offer the form that is open still, if it says anything, after what was not taken."""
    draft = turn.draft
    if draft is None or conduct.is_holding(turn):
        return
    form = FORMS[draft.form]
    if draft.values.get("text") or form not in first_words.FORMS.values():
        turn.reply(unfinished(form, draft, "menu"))
    else:
        turn.drop_draft()


async def _start_resident(turn: Turn, payload: str) -> None:
    if payload.startswith(me.COMEBACK):
        await me.come_back(turn, payload.removeprefix(me.COMEBACK))
        return
    await arrival.arrive(turn, payload)
    if turn.draft is not None and not turn.incoming.says_more:
        turn.reply(unfinished(FORMS[turn.draft.form], turn.draft, "menu"))


async def _say(turn: Turn) -> None:
    """Take words, files, a place or a phone number."""
    if await typed_lookup(turn):
        return
    if turn.draft is not None:
        if not await first_words.hear_within(turn, FORMS[turn.draft.form]):
            await answer(turn, FORMS[turn.draft.form])
        return
    if turn.incoming.unfit is not None:
        raise Refused(f"unfit_{turn.incoming.unfit}")
    if await me.typed_code(turn) or await own_cases.typed_number(turn):
        return
    if command := WORDS.get((turn.incoming.text or "").strip().casefold()):
        await COMMANDS[Side.RESIDENTS][command](turn)
        return
    if turn.incoming.text or turn.incoming.files:
        await first_words.hear(turn)
    elif turn.incoming.place is not None:
        await me.set_grid_by_place(turn, turn.incoming.place)
    else:
        await arrival.show_menu(turn)


async def _handle_staff(turn: Turn) -> None:
    if not turn.actor.posts:
        await staff.meet(turn)
        return
    _set_aside(turn)
    incoming = turn.incoming
    if incoming.start is not None:
        await staff.start(turn, incoming.start)
    elif incoming.command is not None:
        await _command(turn, incoming.command)
    elif incoming.action is not None:
        await _press(turn, incoming.action)
    elif turn.draft is not None:
        await answer(turn, FORMS[turn.draft.form])
    elif incoming.unfit is not None:
        raise Refused(f"unfit_{incoming.unfit}")
    else:
        await staff.hear(turn)


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
    command = COMMANDS[turn.incoming.side].get(name) or COMMANDS[turn.incoming.side]["menu"]
    if name in BEGINS and _asks_first(turn, (name,)):
        return
    await command(turn)


async def _cancel(turn: Turn) -> None:
    if turn.draft is None:
        await COMMANDS[turn.incoming.side]["menu"](turn)
        return
    await press(turn, FORMS[turn.draft.form], (turn.draft.id, "x"))


async def _press(turn: Turn, action: str) -> None:
    verb, arguments = parse_action(action)
    if verb == VERB:
        if turn.draft is None:
            if not turn.replied:
                turn.reply(gone(turn))
            return
        await press(turn, FORMS[turn.draft.form], arguments)
        return
    handler = VERBS[turn.incoming.side].get(verb)
    if handler is None:
        raise Stale
    if verb in BEGINS and "anew" not in arguments and _asks_first(turn, (verb, *arguments)):
        return
    arguments = tuple(one for one in arguments if one != "anew") if verb in BEGINS else arguments
    try:
        await handler(turn, *arguments)
    except TypeError as error:
        # A hand-made action may bring more or fewer arguments than the handler takes.
        if error.__traceback__ is not None and error.__traceback__.tb_next is None:
            raise Stale from error
        raise
    if turn.goes_on:
        await _say(turn)
    elif verb == conduct.VERB:
        _leave_form(turn)


def _asks_first(turn: Turn, wanted: tuple[str, ...]) -> bool:
    """Over an unfinished form, ask whether to go on with it; tell whether that was asked."""
    if turn.draft is None or not turn.draft.values:
        return False
    turn.reply(unfinished(FORMS[turn.draft.form], turn.draft, ":".join((*wanted, "anew"))))
    return True
