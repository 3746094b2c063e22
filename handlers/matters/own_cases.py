"""What residents do with their own matters: follow, add, answer, judge, withdraw."""

import re
from collections.abc import Sequence

from domain.access.matters import MatterRight
from domain.errors import Stale, WrongState
from domain.matters import life
from domain.matters.cards import happening_line, resident_card, visible
from domain.matters.matter import OPEN, OWED, Event, Matter, Outcome, State
from domain.matters.naming import called_by_category, resident_detail, row_label, their_state_name
from domain.messages import (
    Card,
    Choice,
    Line,
    Message,
    Side,
    Text,
    Tone,
    action,
    text,
    with_pictures,
)
from domain.names import category_name
from domain.numbers import serials_in, typed_number, typed_serials
from domain.subjects import open_case
from domain.words.lexicon import Guess
from domain.words.understanding import Understanding
from handlers.account_guards import ensure_settled
from handlers.features import Continuation, Continues, Entry, Feature, Menu, Reading, Typed, Verb
from handlers.forms.forms import begin
from handlers.matters import urging
from handlers.matters.adding import (
    ADD,
    ANSWER,
    MISSING,
    begin_add,
    begin_answer,
    has_voice,
    submit_add,
    submit_answer,
    take_as_new,
)
from handlers.matters.lookups import typed_lookup
from handlers.matters.merged import (
    Voice,
    is_asked,
    load_voice,
    outlive,
    voice_choices,
    withdraw_merged,
)
from handlers.matters.turns import follows, kept_files
from handlers.matters.urging import may_be_urged
from handlers.matters.verdicts import (
    COMMENT,
    begin_comment,
    judge,
    judge_as,
    may_take_back,
    mistaken_choice,
    rate,
    recheck,
    score_choices,
    take_back,
    verdict_choices,
)
from handlers.turn import Turn, choice
from storage.drafts import Draft
from storage.matters.casework import save_matter
from storage.matters.matters import find_matter, list_events
from storage.matters.merged import own_duplicate, survivor_of
from storage.matters.queries import list_reported
from storage.matters.referring import WITHDRAWN, end_procedure

_MOST_EVENTS = 12
#: What words may be to a case of one's own that is open, by its state; elsewhere they are added.
_WAYS = {State.ASKED: ("answer",), State.RESOLVED: ("unsolved", "solved")}
#: What waits for an answer comes first; what ended a moment ago comes last.
_RANKS = {way: rank for rank, way in enumerate((*_WAYS.values(), ("add",), ("unsolved",)))}


# --- seeing --------------------------------------------------------------------------------------


async def list_mine(turn: Turn) -> None:
    """List my cases with their state, the newest first."""
    mine = await list_reported(turn.tx, turn.person.id)
    if not mine:
        turn.say("matters.none_yet", (choice("menu.open", "menu.open"),))
        return
    turn.reply(
        Message(
            blocks=(text("matters.my_cases"),),
            choices=(*((own_row(turn, one),) for one in mine), (choice("menu.open", "menu.open"),)),
            slot="mine",
            anew=True,
        )
    )


def own_row(turn: Turn, matter: Matter) -> Choice:
    """Make the line of a case in the list of one's own; of a neighbour's only its sort is known."""
    label, detail = row_label(turn.street, matter), resident_detail(turn.street, matter)
    waits = matter.state in (State.ASKED, State.RESOLVED)
    if matter.reporter != turn.person.id:
        label = called_by_category(turn.street, matter)
        detail, waits = text("cards.row_state", state=their_state_name(matter)), False
    tone = Tone.OVERDUE if waits else Tone.PLAIN if matter.is_open else Tone.DONE
    return Choice(
        label=label, action=action("matters.show", matter.number), detail=detail, tone=tone
    )


async def show(turn: Turn, number: str) -> None:
    """Show one of my cases with what happened to it."""
    matter = await find_matter(turn.tx, number)
    if matter is not None and await follows(turn, matter):
        own = await own_duplicate(turn.tx, turn.person.id, number)
        asked = own is not None and await is_asked(turn, own)
        turn.reply(_followed(turn, matter, own, asked=asked))
        return
    voice = await load_voice(turn, number, MatterRight.SEE)
    matter, case = voice.own, voice.case
    events = await list_events(turn.tx, matter.number)
    pictures = await kept_files(turn, matter.particulars.attachments)
    blocks: tuple[Text | Card, ...] = (
        resident_card(turn.street, matter, turn.now, pictures=pictures),
        _history(visible(events)[-_MOST_EVENTS:]),
    )
    if voice.is_merged:
        stands = text("matters.goes_on_in", into=case.number, state=their_state_name(case))
        blocks = (stands, *blocks)
    message = Message(blocks=blocks, choices=_actions(turn, voice, events))
    turn.reply(*with_pictures(message, matter.particulars.attachments))


def _followed(turn: Turn, matter: Matter, own: Matter | None, *, asked: bool) -> Message:
    """Show somebody else's case that I follow: how it stands, never what was told.

    Args:
        own: what I reported and was merged into it, so that I may speak to it.
    """
    name = category_name(turn.street.office.categories.find(matter.category), matter.category)
    return Message(
        blocks=(
            text(
                "matters.followed" if own is None else "matters.followed_merged",
                of=own.number if own is not None else None,
                number=matter.number,
                category=name,
                state=their_state_name(matter),
                supporters=matter.supporters,
            ),
        ),
        choices=(
            *(voice_choices(own, matter, asked=asked) if own is not None else ()),
            (choice("matters.my_cases", "matters.mine"), choice("menu.open", "menu.open")),
        ),
    )


async def show_earlier(turn: Turn, number: str, before: str = "") -> None:
    """Show what happened before what is shown already, a page at a time.

    Args:
        before: how many of the events are older than those; all but the newest page without it.
    """
    voice = await load_voice(turn, number, MatterRight.SEE)
    seen = visible(await list_events(turn.tx, voice.own.number))
    end = int(before) if before.isdecimal() and len(before) < 6 else len(seen) - _MOST_EVENTS
    if not 0 < end <= len(seen):
        raise Stale
    begin_at = max(end - _MOST_EVENTS, 0)
    ways = [choice("matters.my_cases", "matters.mine"), choice("menu.open", "menu.open")]
    earlier = [_earlier_choice(number, begin_at)] if begin_at else []
    turn.reply(
        Message(
            blocks=(_history(seen[begin_at:end]),),
            choices=tuple(tuple(row) for row in (earlier, [open_case(number)], ways) if row),
        )
    )


def _earlier_choice(number: str, before: int) -> Choice:
    return choice("matters.earlier", action("matters.earlier", number, before), count=before)


def _history(seen: Sequence[Event]) -> Card:
    return Card(
        title=text("matters.history"),
        lines=tuple(
            Line(text("matters.at", moment=event.at), happening_line(event)) for event in seen
        ),
    )


def _actions(turn: Turn, voice: Voice, events: Sequence[Event]) -> tuple[tuple[Choice, ...], ...]:
    matter = voice.own
    number = matter.number
    buttons: list[tuple[Choice, ...]] = []
    if voice.is_merged:
        buttons += voice_choices(matter, voice.case, asked=voice.asked)
    if matter.state is State.RESOLVED:
        buttons.append(verdict_choices(number))
    if matter.state is State.ASKED:
        buttons.append((choice("matters.answer", action("matters.answer", number), emphasis=True),))
    if matter.outcome is Outcome.SOLVED and matter.score is None:
        buttons.append(score_choices(number))
    if matter.state in OWED and may_be_urged(turn, matter, events).is_allowed(turn.now):
        buttons.append((choice("matters.urge", action("matters.urge", number)),))
    if may_take_back(turn, matter):
        silent = matter.outcome in (Outcome.NO_ANSWER, Outcome.UNREACHABLE)
        buttons.append(verdict_choices(number) if silent else (mistaken_choice(number),))
    if voice.is_merged and matter.state is State.MERGED and voice.case.is_open:
        buttons.append((choice("matters.withdraw", action("matters.ask_withdraw", number)),))
    if (before := len(visible(events)) - _MOST_EVENTS) > 0:
        buttons.append((_earlier_choice(number, before),))
    if matter.referral is not None:
        procedure = action("matters.procedure", number)
        buttons.append((choice("matters.procedure", procedure, emphasis=True),))
    buttons += _procedures(turn, matter)
    if matter.is_open:
        buttons.append(
            (
                choice("matters.add", action("matters.add", number)),
                choice("matters.withdraw", action("matters.ask_withdraw", number)),
            )
        )
    buttons.append((choice("matters.my_cases", "matters.mine"), choice("menu.open", "menu.open")))
    return tuple(buttons)


def _procedures(turn: Turn, matter: Matter) -> list[tuple[Choice, ...]]:
    """Offer the procedures that its own resident may ask for."""
    return [
        (choice(one.label, action("matters.ask_procedure", matter.number, one.key)),)
        for one in turn.features.refers[turn.incoming.side]
        if one.begin is not None and one.takes(turn, matter)
    ]


async def show_typed(turn: Turn) -> bool:
    """Show the case whose number was typed alone; tell whether it was one.

    A number authorises nothing: what is not mine is answered as what does not exist.
    """
    said = turn.incoming.text or ""
    number = typed_number(said) or await _own_of(
        turn, typed_serials(said, turn.street.local_year(turn.now))
    )
    if number is None:
        return False
    await show(turn, number)
    return True


async def _own_of(turn: Turn, meant: Sequence[str]) -> str | None:
    """Find among the numbers that a serial may mean the one of a case of one's own."""
    for number in meant:
        matter = await find_matter(turn.tx, number)
        if matter is not None and (
            matter.reporter == turn.person.id or await follows(turn, matter)
        ):
            return number
    return None


# --- adding, answering, withdrawing --------------------------------------------------------------


async def find_under_way(turn: Turn) -> list[Continuation]:
    """List the open cases that one reported oneself, those that wait for an answer first."""
    reported = await list_reported(turn.tx, turn.person.id)
    spoken_to = [await _spoken_to(turn, one) for one in reported if one.reporter == turn.person.id]
    found = [one for one in spoken_to if one is not None]
    found.sort(key=lambda one: _RANKS.get(one.ways, len(_RANKS)))
    return found


async def _spoken_to(turn: Turn, own: Matter) -> Continuation | None:
    """Tell what words may be to one's own case, or to the one into which it was merged."""
    case = await survivor_of(turn.tx, own) if own.state is State.MERGED else own
    if case is None:
        return None
    if case.is_open and await is_asked(turn, own):
        return Continuation(own.number, _WAYS[State.ASKED], waits=True)
    if case.is_open:
        ways = _WAYS.get(case.state, ("add",))
        if case is not own and case.state is State.ASKED:
            ways = ("add",)  # Somebody else was asked.
        return Continuation(own.number, ways, waits=own.state is State.ASKED)
    if case is own and may_take_back(turn, own):
        return Continuation(own.number, ("unsolved",))
    return None


#: Who says so wants it done, and does not merely ask how it stands.
_URGES = re.compile(r"催|抓紧|赶紧|快点|还[没不]有?(?:人|来|修|办|弄|处理|解决)")


async def _show_asked_for(turn: Turn, understood: Understanding) -> None:
    """Tell how the case stands that is asked about; without a number, how all of one's own do."""
    said = turn.incoming.text or ""
    number = understood.case_number or await _own_of(
        turn, serials_in(said, turn.street.local_year(turn.now))
    )
    await show_or_urge(turn, number, understood)


async def show_or_urge(turn: Turn, number: str | None, understood: Understanding) -> None:
    """Tell how a case stands, or all of one's own without a number; urge where that was said."""
    if _URGES.search(understood.plain):
        await urging.press(turn, number or "")
    elif number is not None:
        await show(turn, number)
    else:
        await list_mine(turn)


async def take_words(turn: Turn, what: str, draft: Draft) -> None:
    """Take words that were written without a button for what they are to a case of one's own.

    Args:
        what: "answer", "add", "solved" or "unsolved".
    """
    match what:
        case "answer" | "add" if has_voice(turn, draft):
            # Nobody can read a voice: its sender sees who is to hear it, and may choose another.
            form = ANSWER if what == "answer" else ADD
            await begin(turn, form, values=draft.values, context=draft.context, quick=True)
        case "answer":
            try:
                await submit_answer(turn, draft)
            except WrongState:  # too late for an answer, and worth knowing all the same
                await submit_add(turn, draft)
        case "add":
            await submit_add(turn, draft)
        case "solved" | "unsolved":
            await judge_as(turn, str(draft.context["number"]), what == "solved", said=draft)
        case _:
            raise Stale


async def ask_withdraw(turn: Turn, number: str) -> None:
    """Ask once before a case is taken back."""
    ensure_settled(turn)
    voice = await load_voice(turn, number, MatterRight.WITHDRAW)
    number = voice.own.number
    life.ensure(voice.own if not voice.is_merged else voice.case, *OPEN)
    turn.say(
        "matters.really_withdraw",
        (
            choice("matters.keep", action("matters.show", number), emphasis=True),
            choice("matters.do_withdraw", action("matters.withdraw", number)),
        ),
        number=number,
    )


async def withdraw(turn: Turn, number: str) -> None:
    """Take a case back; its owner is told."""
    ensure_settled(turn)
    voice = await load_voice(turn, number, MatterRight.WITHDRAW)
    matter, grant = voice.own, voice.grant
    if voice.is_merged:
        life.ensure(voice.case, *OPEN)
        await withdraw_merged(turn, voice)
        return
    act = turn.act(grant.role)
    withdrawn = life.withdraw(matter, act)
    await end_procedure(turn, matter, act, WITHDRAWN)
    save_matter(turn, withdrawn)
    heir = await outlive(turn, matter, act)
    if heir is not None:
        turn.say("matters.withdrawn_others", (choice("menu.open", "menu.open"),), number=number)
        said = text("matters.owner_withdrawn_others", number=number, heir=heir.number)
        turn.tell(matter.owner, Message(blocks=(said,)), on=withdrawn)
        return
    turn.say("matters.withdrawn", (choice("menu.open", "menu.open"),), number=number)
    turn.tell(
        matter.owner,
        Message(blocks=(text("matters.owner_withdrawn", number=number),)),
        on=withdrawn,
    )


# --- forms ---------------------------------------------------------------------------------------


FEATURE = Feature(
    name="matters",
    side=Side.RESIDENTS,
    verbs=(
        Verb(
            "matters.mine",
            list_mine,
            minimal=True,
            command="my",
            listed=True,
            words=("我的事项", "my cases"),
        ),
        Verb("matters.show", show, about="matter", minimal=True),
        Verb("matters.earlier", show_earlier, about="matter", minimal=True),
        Verb("matters.add", begin_add, about="matter", begins=True),
        Verb("matters.answer", begin_answer, about="matter", begins=True),
        Verb("matters.not_an_answer", take_as_new, about="matter", begins=True),
        Verb("matters.ask_withdraw", ask_withdraw, about="matter", minimal=True),
        Verb("matters.withdraw", withdraw, about="matter", minimal=True),
        Verb("matters.judge", judge, about="matter", minimal=True),
        Verb("matters.take_back", take_back, about="matter", minimal=True),
        Verb("matters.rate", rate, about="matter", minimal=True),
        Verb("matters.comment", begin_comment, about="matter", begins=True),
        Verb("matters.recheck", recheck, about="matter", minimal=True),
    ),
    forms=(ADD, MISSING, ANSWER, COMMENT),
    entries=(
        Entry(Menu.ELDER, "menu.mine", "matters.mine"),
        Entry(Menu.MINE, "matters.my_cases", "matters.mine", emphasis=True),
    ),
    readings=(Reading(Guess.STATUS, answer=_show_asked_for, unsure=True),),
    typed=(Typed(typed_lookup, over_form=True), Typed(show_typed)),
    continues=Continues(("answer", "unsolved", "solved", "add"), find_under_way, take_words),
)
