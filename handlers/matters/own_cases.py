"""What residents do with their own matters: follow, add, answer, judge, withdraw."""

import re
from collections.abc import Callable, Sequence
from datetime import timedelta

from domain.access import Right
from domain.errors import Refused, Stale, WrongState
from domain.matters import life
from domain.matters.cards import (
    happening_line,
    open_case,
    post_name,
    resident_card,
    state_name,
    visible,
)
from domain.matters.matter import IN_HAND, OPEN, Event, Matter, Outcome, State
from domain.messages import (
    Card,
    Choice,
    FileKind,
    Line,
    Message,
    Side,
    action,
    rows,
    text,
    with_pictures,
)
from domain.names import category_name, kind_name
from domain.organisation import Role
from handlers.account_guards import ensure_settled
from handlers.conduct import signs
from handlers.features import Feature
from handlers.forms.forms import Choose, Files, Form, Option, Words, begin, files_of
from handlers.matters.filing import send_card
from handlers.turn import Turn, choice
from storage.drafts import Draft
from storage.matters.followers import count_followed
from storage.matters.matters import find_matter, list_events
from storage.matters.queries import list_reported

_NUMBER = re.compile(r"(?<!\d)(20\d\d)[-－—–](\d{5,9})(?!\d)")
_MOST_EVENTS = 12
#: What a form remembers of the cases nearby that it showed: those alone can be joined.
OFFERED = "nearby_offered"
#: How many cases a resident may join within a day: an owner hears of each. Local rule, please
#: confirm.
SUPPORTS_A_DAY = 10


# --- seeing --------------------------------------------------------------------------------------


async def list_mine(turn: Turn) -> None:
    """List my cases with their state, the newest first."""
    mine = await list_reported(turn.tx, turn.person.id)
    if not mine:
        turn.say("matters.none_yet", (choice("menu.open", "menu"),))
        return
    lines = tuple(
        Line(
            text("matters.line", number=one.number, kind=kind_name(one.kind)),
            text(
                "matters.line_state",
                category=category_name(
                    turn.street.office.catalogue.find(one.category), one.category
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
            choices=(*rows(buttons), (choice("menu.open", "menu"),)),
        )
    )


async def show(turn: Turn, number: str) -> None:
    """Show one of my cases with what happened to it."""
    matter = await find_matter(turn.tx, number)
    if matter is not None and await turn.follows(matter):
        turn.reply(_followed(turn, matter))
        return
    matter, _ = await turn.matter(number, Right.SEE)
    events = await list_events(turn.tx, number)
    message = Message(
        blocks=(resident_card(turn.street, matter, turn.now), _history(events)),
        choices=_actions(turn, matter),
    )
    turn.reply(*with_pictures(message, matter.particulars.attachments))


def _followed(turn: Turn, matter: Matter) -> Message:
    """Show somebody else's case that I follow: how it stands, never what was told."""
    name = category_name(turn.street.office.catalogue.find(matter.category), matter.category)
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
        choices=((choice("matters.my_cases", "mine"), choice("menu.open", "menu")),),
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
        buttons.append((choice("matters.answer", action("answer", number), emphasis=True),))
    if matter.state is State.CLOSED and matter.score is None:
        buttons.append(score_choices(number))
    if matter.is_open:
        buttons.append(
            (
                choice("matters.add", action("add", number)),
                choice("matters.withdraw", action("withdraw", number)),
            )
        )
    buttons.append((choice("matters.my_cases", "mine"), choice("menu.open", "menu")))
    return tuple(buttons)


def verdict_choices(number: str) -> tuple[Choice, ...]:
    """Give the two buttons of a verdict."""
    return (
        choice("matters.solved", action("judge", number, "yes"), emphasis=True),
        choice("matters.not_solved", action("judge", number, "no")),
    )


def score_choices(number: str) -> tuple[Choice, ...]:
    """Give the five buttons of a score."""
    return tuple(
        choice(f"matters.score_{score}", action("rate", number, score)) for score in range(1, 6)
    )


async def typed_number(turn: Turn) -> bool:
    """Show the case whose number was typed alone; tell whether it was one.

    A number authorises nothing: what is not mine is answered as what does not exist.
    """
    words = (turn.incoming.text or "").strip()
    match = _NUMBER.search(words)
    if match is None or len(words) > len(match.group()) + 6:
        return False
    await show(turn, f"{match.group(1)}-{match.group(2)}")
    return True


# --- adding, answering, withdrawing --------------------------------------------------------------


async def begin_add(turn: Turn, number: str) -> None:
    """Begin to add words or pictures to a case."""
    matter, _ = await turn.matter(number, Right.ADD)
    life.ensure(matter, *OPEN)
    await begin(turn, ADD, context={"number": number}, quick=True)


async def take_words(turn: Turn, what: str, draft: Draft) -> None:
    """Take words that were written without a button for what they are to a case of one's own.

    Args:
        what: "answer", "add", "solved" or "unsolved".
    """
    match what:
        case "answer" | "add" if _has_voice(turn, draft):
            # Nobody can read a voice: its sender sees who is to hear it, and may choose another.
            form = ANSWER if what == "answer" else ADD
            await begin(turn, form, values=draft.values, context=draft.context, quick=True)
        case "answer":
            try:
                await _submit_answer(turn, draft)
            except WrongState:  # too late for an answer, and worth knowing all the same
                await _submit_add(turn, draft)
        case "add":
            await _submit_add(turn, draft)
        case "solved" | "unsolved":
            await _judge(turn, str(draft.context["number"]), what == "solved", said=draft)
        case _:
            raise Stale


async def _submit_add(turn: Turn, draft: Draft) -> None:
    matter, grant = await turn.matter(str(draft.context["number"]), Right.ADD)
    if draft.values.get("to") == ABOVE:
        await _tell_above(turn, matter, grant.role, draft)
        return
    said = draft.values.get("text", "")
    added = life.add(matter, turn.act(grant.role), said, files_of(draft))
    await _store(turn, added, files_of(draft))
    turn.say("matters.added", (open_case(matter.number),), number=matter.number)
    await _tell_owner(turn, added, "matters.owner_added", draft)


async def begin_answer(turn: Turn, number: str) -> None:
    """Begin to answer the question that a worker asked."""
    matter, _ = await turn.matter(number, Right.ANSWER)
    life.ensure(matter, State.ASKED)
    await begin(turn, ANSWER, context={"number": number}, quick=True)


async def _submit_answer(turn: Turn, draft: Draft) -> None:
    matter, grant = await turn.matter(str(draft.context["number"]), Right.ANSWER)
    if draft.values.get("to") == ABOVE:
        await _tell_above(turn, matter, grant.role, draft)
        return
    answered = life.answer(
        matter,
        turn.act(grant.role),
        draft.values.get("text", ""),
        files_of(draft),
        rules=turn.street.rules(matter.community),
        calendar=turn.street.office.calendar,
    )
    await _store(turn, answered, files_of(draft))
    turn.say("matters.answered", (open_case(matter.number),), number=matter.number)
    await _tell_owner(turn, answered, "matters.owner_answered", draft)


async def _store(turn: Turn, matter: Matter, files: tuple[str, ...]) -> None:
    turn.save_matter(matter)
    turn.claim(matter, files)


async def _tell_owner(turn: Turn, matter: Matter, key: str, draft: Draft) -> None:
    said = draft.values.get("text") or text("matters.without_words")
    message = Message(
        blocks=(text(key, number=matter.number, said=said),),
        choices=((open_case(matter.number),),),
    )
    turn.tell(matter.owner, *with_pictures(message, files_of(draft)), matter=matter)


async def _tell_above(turn: Turn, matter: Matter, role: Role, draft: Draft) -> None:
    """Tell the level above alone what somebody says about their case; its owner never sees it."""
    words, files = str(draft.values.get("text", "")), files_of(draft)
    above = await _above(turn, matter, words)
    if above is None:
        _tell_nobody_above(turn, matter)
        return
    told = life.tell_above(matter, turn.act(role), words, files)
    await _store(turn, told, files)
    turn.say("matters.told_above", (open_case(matter.number),), number=matter.number)
    _send_above(turn, above, told, "matters.above_told", words, files)


async def _above(turn: Turn, matter: Matter, words: str) -> str | None:
    """Find who stands above everybody that had a case in hand or is named; None for nobody."""
    organisation = turn.street.organisation
    events = await list_events(turn.tx, matter.number)
    had = {event.actor for event in events if event.role is not Role.RESIDENT}
    avoid = {*had, *turn.named_in(words), matter.owner or ""}
    found = organisation.above(matter.seat, turn.now, avoid=avoid)
    return found.person if found else None


def _send_above(
    turn: Turn, person: str, matter: Matter, key: str, words: str, files: tuple[str, ...] = ()
) -> None:
    said = words or text("matters.without_words")
    message = Message(
        blocks=(text(key, number=matter.number, said=said),),
        choices=((open_case(matter.number),),),
    )
    turn.tell(person, *with_pictures(message, files), matter=matter)


def _tell_nobody_above(turn: Turn, matter: Matter) -> None:
    """Say plainly that nobody could be told, and whom to turn to instead."""
    turn.say(
        "matters.nobody_above",
        (open_case(matter.number),),
        number=matter.number,
        contact=turn.street.office.conduct_contact,
    )


async def ask_withdraw(turn: Turn, number: str) -> None:
    """Ask once before a case is taken back."""
    ensure_settled(turn)
    matter, _ = await turn.matter(number, Right.WITHDRAW)
    life.ensure(matter, *OPEN)
    turn.say(
        "matters.really_withdraw",
        (
            choice("matters.keep", action("case", number), emphasis=True),
            choice("matters.do_withdraw", action("withdrawn", number)),
        ),
        number=number,
    )


async def withdraw(turn: Turn, number: str) -> None:
    """Take a case back; its owner is told."""
    ensure_settled(turn)
    matter, grant = await turn.matter(number, Right.WITHDRAW)
    withdrawn = life.withdraw(matter, turn.act(grant.role))
    turn.save_matter(withdrawn)
    turn.say("matters.withdrawn", (choice("menu.open", "menu"),), number=number)
    turn.tell(
        matter.owner,
        Message(blocks=(text("matters.owner_withdrawn", number=number),)),
        matter=withdrawn,
    )


# --- judging -------------------------------------------------------------------------------------


async def judge(turn: Turn, number: str, verdict: str) -> None:
    """Say solved or not solved; "not solved" reopens the case and tells the level above."""
    if verdict not in ("yes", "no"):
        raise Stale
    await _judge(turn, number, verdict == "yes")


async def _judge(turn: Turn, number: str, solved: bool, *, said: Draft | None = None) -> None:
    if solved:
        ensure_settled(turn)
    matter, grant = await turn.matter(number, Right.JUDGE)
    life.ensure(matter, State.RESOLVED)
    if said is not None and solved:
        matter = life.add(matter, turn.act(grant.role), said.values.get("text", ""), files_of(said))
        turn.claim(matter, files_of(said))
        await _tell_owner(turn, matter, "matters.owner_added", said)
    judged = life.judge(
        matter,
        turn.act(grant.role),
        solved=solved,
        rules=turn.street.rules(matter.community),
        calendar=turn.street.office.calendar,
    )
    turn.save_matter(judged)
    if solved:
        turn.say("matters.thanks_score", score_choices(number), number=number)
        turn.tell(
            judged.owner,
            Message(
                blocks=(text("matters.owner_solved", number=number),),
                choices=((open_case(number),),),
            ),
            matter=judged,
        )
        return
    await _reopened(turn, judged, said=said)


async def _reopened(turn: Turn, matter: Matter, *, said: Draft | None = None) -> None:
    """Say that a case is open again, and ask what is missing and who is to read it."""
    more = (choice("matters.say_more", action("add", matter.number), emphasis=True),)
    begins = turn.draft is None
    turn.say(
        "matters.reopened",
        *(() if begins else (more,)),
        number=matter.number,
        owner=post_name(turn.street, matter),
    )
    if begins:
        values = said.values if said is not None else {}
        told = {name: values.get(name) for name in ("text", "files")}
        await begin(turn, MISSING, values=told, context={"number": matter.number}, quick=True)
    await _tell_reopened(turn, matter)


async def _tell_reopened(turn: Turn, matter: Matter) -> None:
    """The owner gets the card again, and the level above is told."""
    await send_card(turn, matter)
    above = turn.street.organisation.above(
        matter.seat, turn.now, avoid=[matter.owner] if matter.owner else []
    )
    if above is None or above.person is None:
        return
    turn.tell(
        above.person,
        Message(
            blocks=(
                text(
                    "matters.above_reopened",
                    number=matter.number,
                    owner=post_name(turn.street, matter),
                    times=matter.reopenings,
                ),
            ),
            choices=((open_case(matter.number),),),
        ),
        matter=matter,
    )


async def rate(turn: Turn, number: str, score: str) -> None:
    """Give a score of 1 to 5; a comment is welcome."""
    ensure_settled(turn)
    if not score.isdecimal():
        raise Stale
    matter, grant = await turn.matter(number, Right.JUDGE)
    if matter.outcome is not Outcome.SOLVED:
        raise Stale
    turn.save_matter(life.rate(matter, turn.act(grant.role), int(score)))
    turn.say(
        "matters.rated",
        (
            choice("matters.comment", action("comment", number)),
            choice("menu.open", "menu"),
        ),
        score=int(score),
    )


async def begin_comment(turn: Turn, number: str) -> None:
    """Begin a comment on a judged case."""
    matter, _ = await turn.matter(number, Right.JUDGE)
    if matter.score is None:
        raise Stale
    await begin(turn, COMMENT, context={"number": number})


async def _submit_comment(turn: Turn, draft: Draft) -> None:
    matter, grant = await turn.matter(str(draft.context["number"]), Right.JUDGE)
    if matter.score is None:
        raise Stale
    words = draft.values["text"]
    turn.save_matter(life.rate(matter, turn.act(grant.role), matter.score, words))
    above = await _above(turn, matter, words)
    if above is None:
        turn.say("matters.comment_kept", (choice("menu.open", "menu"),))
        return
    turn.say("matters.commented", (choice("menu.open", "menu"),))
    _send_above(turn, above, matter, "matters.above_commented", words)


async def recheck(turn: Turn, number: str, verdict: str) -> None:
    """Answer the second check: is it still solved?"""
    if verdict not in ("yes", "no"):
        raise Stale
    matter, grant = await turn.matter(number, Right.JUDGE)
    if matter.recheck_at is None:
        raise Stale
    checked = life.recheck(
        matter,
        turn.act(grant.role),
        still_solved=verdict == "yes",
        rules=turn.street.rules(matter.community),
        calendar=turn.street.office.calendar,
    )
    turn.save_matter(checked)
    if verdict == "yes":
        turn.say("matters.recheck_thanks", (choice("menu.open", "menu"),))
        return
    await _reopened(turn, checked)


# --- me too --------------------------------------------------------------------------------------


def _is_public(matter: Matter) -> bool:
    """Tell whether neighbours may join a matter as it stands now."""
    hidden = matter.confidential or matter.erased or matter.restricted_until is not None
    return matter.public_space and not hidden and matter.is_open


async def support(turn: Turn, number: str) -> None:
    """Say "me too" to an open case nearby instead of filing it again.

    Only what was shown to this resident for the words they are about to file: a number tells
    nothing, whatever is behind it.
    """
    matter = await find_matter(turn.tx, number)
    if matter is not None and matter.reporter == turn.person.id:
        raise Refused("support_own", number=number)
    if matter is not None and await turn.follows(matter):
        raise Refused("support_twice", number=number)
    offered = turn.draft.context.get(OFFERED, ()) if turn.draft is not None else ()
    if matter is None or number not in offered or not _is_public(matter):
        raise Refused("support_none")
    since = turn.now - timedelta(days=1)
    if await count_followed(turn.tx, turn.person.id, since) >= SUPPORTS_A_DAY:
        raise Refused("support_too_many")
    supported = life.support(matter, turn.act(Role.RESIDENT))
    turn.save_matter(supported)
    turn.follow(matter.number)
    if turn.draft is not None:
        turn.drop_draft()
    turn.say(
        "matters.supported",
        (choice("matters.my_cases", "mine"), choice("menu.open", "menu")),
        number=number,
    )
    if matter.state in IN_HAND and life.is_told(supported.supporters):
        turn.tell(
            matter.owner,
            Message(
                blocks=(
                    text(
                        "matters.owner_supported",
                        number=number,
                        supporters=supported.supporters,
                    ),
                ),
                choices=((open_case(number),),),
            ),
            matter=supported,
        )


# --- forms ---------------------------------------------------------------------------------------

_FILES = Files(
    name="files",
    question="filing.ask_files",
    label="filing.files",
    optional=True,
)


def _words(question: str) -> Words:
    """Ask for words, unless pictures or voices say it."""
    return Words(
        name="text",
        question=question,
        label="filing.text",
        spared=lambda _turn, draft: bool(files_of(draft)),
    )


def _has_voice(_turn: Turn, draft: Draft) -> bool:
    return any(kind == FileKind.VOICE for _, kind in draft.values.get("files") or ())


#: Who is to read or hear it.
OWNER, ABOVE = "owner", "above"


def _readers(turn: Turn, draft: Draft) -> Sequence[Option]:
    """Offer both; the level above first where the words may be about whoever has the case."""
    words = str(draft.values.get("text") or "")
    found = signs(turn, words)
    order = [ABOVE, OWNER] if found.deed or found.staff or found.named else [OWNER, ABOVE]
    return [Option(one, text(f"matters.to_{one}"), _TYPED[one]) for one in order]


_TYPED = {OWNER: ("给承办人", "承办人"), ABOVE: ("只给上级", "上级")}


def _reader_step(when: Callable[[Turn, Draft], bool]) -> Choose:
    return Choose(
        name="to", question="matters.ask_to", label="matters.to", options=_readers, when=when
    )


ADD = Form(
    name="add",
    version=2,
    title="matters.add_title",
    steps=(_words("matters.ask_add"), _FILES, _reader_step(_has_voice)),
    submit=_submit_add,
    submit_label="forms.submit",
)
#: What is still missing, after "not solved": asked at once.
MISSING = Form(
    name="missing",
    version=2,
    title="matters.add_title",
    steps=(_words("matters.ask_missing"), _FILES, _reader_step(lambda _turn, _draft: True)),
    submit=_submit_add,
    review=False,
)
ANSWER = Form(
    name="answer",
    version=2,
    title="matters.answer_title",
    steps=(_words("matters.ask_answer"), _FILES, _reader_step(_has_voice)),
    submit=_submit_answer,
)
COMMENT = Form(
    name="comment",
    version=1,
    title="matters.comment_title",
    steps=(Words(name="text", question="matters.ask_comment", label="filing.text"),),
    submit=_submit_comment,
    review=False,
)

FEATURE = Feature(
    side=Side.RESIDENTS,
    verbs={
        "mine": list_mine,
        "case": show,
        "add": begin_add,
        "answer": begin_answer,
        "withdraw": ask_withdraw,
        "withdrawn": withdraw,
        "judge": judge,
        "rate": rate,
        "comment": begin_comment,
        "recheck": recheck,
    },
    commands={"my": list_mine},
    forms=(ADD, MISSING, ANSWER, COMMENT),
)
