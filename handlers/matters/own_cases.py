"""What residents do with their own matters: follow, add, answer, judge, withdraw."""

from collections.abc import Sequence

from domain.access.matters import MatterRight
from domain.errors import Stale, WrongState
from domain.matters import life
from domain.matters.cards import happening_line, resident_card, visible
from domain.matters.matter import OPEN, Event, Matter, State, state_name
from domain.messages import (
    Card,
    Choice,
    Line,
    Message,
    Side,
    action,
    rows,
    text,
    with_pictures,
)
from domain.names import category_name, kind_name
from domain.numbers import typed_number
from domain.subjects import open_case
from domain.words.lexicon import Guess
from domain.words.understanding import Understanding
from handlers.account_guards import ensure_settled
from handlers.features import Continuation, Continues, Entry, Feature, Menu, Reading, Typed, Verb
from handlers.forms.forms import begin
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
from handlers.matters.turns import follows, load_matter
from handlers.matters.verdicts import (
    COMMENT,
    begin_comment,
    judge,
    judge_as,
    rate,
    recheck,
    score_choices,
    verdict_choices,
)
from handlers.turn import Turn, choice
from storage.drafts import Draft
from storage.matters.casework import save_matter
from storage.matters.matters import find_matter, list_events
from storage.matters.queries import list_reported

_MOST_EVENTS = 12
#: What words may be to a case of one's own that is open, by its state; elsewhere they are added.
_WAYS = {State.ASKED: ("answer",), State.RESOLVED: ("unsolved", "solved")}


# --- seeing --------------------------------------------------------------------------------------


async def list_mine(turn: Turn) -> None:
    """List my cases with their state, the newest first."""
    mine = await list_reported(turn.tx, turn.person.id)
    if not mine:
        turn.say("matters.none_yet", (choice("menu.open", "menu.open"),))
        return
    lines = tuple(
        Line(
            text("matters.line", number=one.number, kind=kind_name(one.kind)),
            text(
                "matters.line_state",
                category=category_name(
                    turn.street.office.categories.find(one.category), one.category
                ),
                state=state_name(one.state),
            ),
        )
        for one in mine
    )
    buttons = [open_case(one.number) for one in mine[:10]]
    turn.reply(
        Message(
            blocks=(Card(title=text("matters.my_cases"), lines=lines),),
            choices=(*rows(buttons), (choice("menu.open", "menu.open"),)),
        )
    )


async def show(turn: Turn, number: str) -> None:
    """Show one of my cases with what happened to it."""
    matter = await find_matter(turn.tx, number)
    if matter is not None and await follows(turn, matter):
        turn.reply(_followed(turn, matter))
        return
    matter, _ = await load_matter(turn, number, MatterRight.SEE)
    events = await list_events(turn.tx, number)
    message = Message(
        blocks=(resident_card(turn.street, matter, turn.now), _history(events)),
        choices=_actions(turn, matter),
    )
    turn.reply(*with_pictures(message, matter.particulars.attachments))


def _followed(turn: Turn, matter: Matter) -> Message:
    """Show somebody else's case that I follow: how it stands, never what was told."""
    name = category_name(turn.street.office.categories.find(matter.category), matter.category)
    return Message(
        blocks=(
            text(
                "matters.followed",
                number=matter.number,
                category=name,
                state=state_name(matter.state),
                supporters=matter.supporters,
            ),
        ),
        choices=((choice("matters.my_cases", "matters.mine"), choice("menu.open", "menu.open")),),
    )


def _history(events: Sequence[Event]) -> Card:
    seen = visible(events)[-_MOST_EVENTS:]
    return Card(
        title=text("matters.history"),
        lines=tuple(
            Line(text("matters.at", moment=event.at), happening_line(event)) for event in seen
        ),
    )


def _actions(turn: Turn, matter: Matter) -> tuple[tuple[Choice, ...], ...]:
    number = matter.number
    buttons: list[tuple[Choice, ...]] = []
    if matter.state is State.RESOLVED:
        buttons.append(verdict_choices(number))
    if matter.state is State.ASKED:
        buttons.append((choice("matters.answer", action("matters.answer", number), emphasis=True),))
    if matter.state is State.CLOSED and matter.score is None:
        buttons.append(score_choices(number))
    if matter.is_open:
        buttons.append(
            (
                choice("matters.add", action("matters.add", number)),
                choice("matters.withdraw", action("matters.ask_withdraw", number)),
            )
        )
    buttons.append((choice("matters.my_cases", "matters.mine"), choice("menu.open", "menu.open")))
    return tuple(buttons)


async def show_typed(turn: Turn) -> bool:
    """Show the case whose number was typed alone; tell whether it was one.

    A number authorises nothing: what is not mine is answered as what does not exist.
    """
    number = typed_number(turn.incoming.text or "")
    if number is None:
        return False
    await show(turn, number)
    return True


# --- adding, answering, withdrawing --------------------------------------------------------------


async def find_under_way(turn: Turn) -> list[Continuation]:
    """List the open cases that one reported oneself, those that wait for an answer first."""
    reported = await list_reported(turn.tx, turn.person.id)
    open_ones = [one for one in reported if one.is_open and one.reporter == turn.person.id]
    first = {state: rank for rank, state in enumerate(_WAYS)}
    open_ones.sort(key=lambda one: first.get(one.state, len(first)))
    return [
        Continuation(one.number, _WAYS.get(one.state, ("add",)), waits=one.state is State.ASKED)
        for one in open_ones
    ]


async def _show_asked_for(turn: Turn, understood: Understanding) -> None:
    """Tell how the case stands that is asked about; without a number, how all of one's own do."""
    if understood.case_number:
        await show(turn, understood.case_number)
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
    matter, _ = await load_matter(turn, number, MatterRight.WITHDRAW)
    life.ensure(matter, *OPEN)
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
    matter, grant = await load_matter(turn, number, MatterRight.WITHDRAW)
    withdrawn = life.withdraw(matter, turn.act(grant.role))
    save_matter(turn, withdrawn)
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
        Verb("matters.add", begin_add, about="matter", begins=True),
        Verb("matters.answer", begin_answer, about="matter", begins=True),
        Verb("matters.not_an_answer", take_as_new, about="matter", begins=True),
        Verb("matters.ask_withdraw", ask_withdraw, about="matter", minimal=True),
        Verb("matters.withdraw", withdraw, about="matter", minimal=True),
        Verb("matters.judge", judge, about="matter", minimal=True),
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
