"""Judging a result, and what follows from it."""

from dataclasses import replace

from domain.access.matters import MatterRight
from domain.chain import Act
from domain.errors import Stale
from domain.matters import life, verdicts
from domain.matters.assignment import avoided, desk_now
from domain.matters.cards import post_name
from domain.matters.matter import Matter, Origin, Outcome, State
from domain.matters.rules import ClockRules
from domain.messages import (
    Choice,
    Message,
    action,
    text,
)
from domain.subjects import open_case
from domain.working_time import WorkCalendar
from handlers.account_guards import ensure_settled
from handlers.forms.answers import files_of
from handlers.forms.forms import begin
from handlers.forms.steps import Form, Words
from handlers.matters.adding import (
    MISSING,
    above_all_who_had_it,
    send_above,
    tell_owner,
)
from handlers.matters.merged import Voice, load_voice, note_solved, say_to_survivor
from handlers.matters.turns import claim_files, load_matter
from handlers.turn import Turn, choice
from storage.drafts import Draft
from storage.matters.casework import save_matter, send_card
from storage.matters.matters import list_events


def verdict_choices(number: str) -> tuple[Choice, ...]:
    """Give the two buttons of a verdict."""
    return (
        choice("matters.solved", action("matters.judge", number, "yes")),
        choice("matters.not_solved", action("matters.judge", number, "no")),
    )


def score_choices(number: str) -> tuple[Choice, ...]:
    """Give the five buttons of a score."""
    return tuple(
        choice(f"matters.score_{score}", action("matters.rate", number, score))
        for score in range(1, 6)
    )


async def judge(turn: Turn, number: str, verdict: str) -> None:
    """Say solved or not solved; "not solved" reopens the case and tells the level above."""
    if verdict not in ("yes", "no"):
        raise Stale
    await judge_as(turn, number, verdict == "yes")


async def judge_as(turn: Turn, number: str, solved: bool, *, said: Draft | None = None) -> None:
    """Judge a result, with what was said along with the verdict.

    A verdict of less than a day ago, or the silence that counted as one, is taken back before.
    """
    if solved:
        ensure_settled(turn)
    voice = await load_voice(turn, number, MatterRight.JUDGE)
    act = turn.act(voice.grant.role)
    rules, calendar = _clocks(turn, voice.case)
    matter = await _judged_before(turn, voice, solved, act)
    life.ensure(matter, State.RESOLVED)
    if solved and voice.is_merged and matter.origin is not Origin.STAFF:
        if said is not None:
            voice = replace(voice, own=await say_to_survivor(turn, voice, said))
        note_solved(turn, voice)
        return
    if said is not None and solved:
        matter = life.add(matter, act, said.values.get("text", ""), files_of(said))
        claim_files(turn, matter, files_of(said))
        await tell_owner(turn, matter, "matters.owner_added", said)
    judged = verdicts.judge(
        matter,
        act,
        solved=solved,
        rules=rules,
        calendar=calendar,
        desk=None if solved else desk_now(turn.street.organisation, matter, turn.now),
        by=voice.own.number if voice.is_merged else None,
    )
    save_matter(turn, judged)
    if not solved:
        await _reopened(turn, judged, voice.own.number, said=said, before=matter)
        return
    turn.say(
        "matters.thanks_score",
        score_choices(number),
        (mistaken_choice(number),),
        number=number,
    )
    turn.tell(
        judged.owner,
        Message(
            blocks=(text("matters.owner_solved", number=judged.number),),
            choices=((open_case(judged.number),),),
        ),
        on=judged,
    )


def _clocks(turn: Turn, matter: Matter) -> tuple[ClockRules, WorkCalendar]:
    return turn.street.rules(ClockRules, matter.community), turn.street.office.calendar


async def _judged_before(turn: Turn, voice: Voice, solved: bool, act: Act) -> Matter:
    """Give the case as it is to be judged: without the verdict that this one replaces."""
    matter = voice.case
    rules, calendar = _clocks(turn, matter)
    if matter.state is State.RESOLVED or not verdicts.may_take_back(matter, turn.now, rules):
        return matter
    stands = matter.outcome is Outcome.SOLVED if matter.state is State.CLOSED else False
    is_other = matter.outcome in (Outcome.NO_ANSWER, Outcome.UNREACHABLE) or solved is not stands
    if (voice.is_merged and solved) or not is_other:
        return matter
    events = await list_events(turn.tx, matter.number)
    return verdicts.take_back(matter, act, events=events, rules=rules, calendar=calendar)


def mistaken_choice(number: str) -> Choice:
    """Make the button that takes a verdict back."""
    return choice("matters.mistaken", action("matters.take_back", number))


def may_take_back(turn: Turn, matter: Matter) -> bool:
    """Tell whether the last verdict of a case can still be taken back."""
    return verdicts.may_take_back(matter, turn.now, turn.street.rules(ClockRules, matter.community))


async def take_back(turn: Turn, number: str) -> None:
    """Take the last verdict back; the question stands again, and whoever has the case is told."""
    ensure_settled(turn)
    matter, grant = await load_matter(turn, number, MatterRight.JUDGE)
    rules, calendar = _clocks(turn, matter)
    events = await list_events(turn.tx, number)
    again = verdicts.take_back(
        matter, turn.act(grant.role), events=events, rules=rules, calendar=calendar
    )
    save_matter(turn, again)
    if turn.draft is not None and turn.draft.context.get("number") == number:
        turn.drop_draft()  # What was missing need not be said any more.
    if again.state is State.RESOLVED:
        turn.say("matters.taken_back", verdict_choices(number), number=number)
    else:
        turn.say("matters.taken_back_closed", (open_case(number),), number=number)
    await _tell_taken_back(turn, matter, again)


async def _tell_taken_back(turn: Turn, before: Matter, again: Matter) -> None:
    """Tell the owner, and the level above where it was told of a reopening."""
    told = Message(
        blocks=(text("matters.owner_taken_back", number=again.number),),
        choices=((open_case(again.number),),),
    )
    turn.tell(again.owner, told, on=again)
    if before.state is State.CLOSED:
        return
    above = turn.street.organisation.above(before.seat, turn.now, avoid=avoided(before))
    if above is not None:
        turn.tell(above.person, told, on=again)


async def _reopened(
    turn: Turn,
    matter: Matter,
    number: str,
    *,
    before: Matter,
    said: Draft | None = None,
) -> None:
    """Say that a case is open again, and ask what is missing and who is to read it.

    Args:
        number: by which the one who is talking knows it.
        before: the case before it was opened again.
    """
    more = (choice("matters.say_more", action("matters.add", number), emphasis=True),)
    begins = turn.draft is None
    mistaken = (mistaken_choice(number),) if number == matter.number else ()
    turn.say(
        "matters.reopened",
        *(row for row in (() if begins else more, mistaken) if row),
        number=number,
        owner=post_name(turn.street, matter),
    )
    if begins:
        values = said.values if said is not None else {}
        told = {name: values.get(name) for name in ("text", "files")}
        await begin(turn, MISSING, values=told, context={"number": number}, quick=True)
    await _tell_reopened(turn, matter)
    if before.owner != matter.owner and not _has_left(turn, before.owner):
        said_to = text(
            "matters.reopened_elsewhere",
            number=matter.number,
            owner=post_name(turn.street, matter),
        )
        turn.tell(before.owner, Message(blocks=(said_to,)), on=matter)


def _has_left(turn: Turn, person: str | None) -> bool:
    return not turn.street.organisation.posts_of(person or "", turn.now)


async def _tell_reopened(turn: Turn, matter: Matter) -> None:
    """The owner gets the card again, and the level above is told."""
    await send_card(turn, matter)
    above = turn.street.organisation.above(matter.seat, turn.now, avoid=avoided(matter))
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
        on=matter,
    )


async def rate(turn: Turn, number: str, score: str) -> None:
    """Give a score of 1 to 5; a comment is welcome."""
    ensure_settled(turn)
    if not score.isdecimal():
        raise Stale
    matter, grant = await load_matter(turn, number, MatterRight.JUDGE)
    if matter.outcome is not Outcome.SOLVED:
        raise Stale
    save_matter(turn, verdicts.rate(matter, turn.act(grant.role), int(score)))
    turn.say(
        "matters.rated",
        (
            choice("matters.comment", action("matters.comment", number)),
            choice("menu.open", "menu.open"),
        ),
        score=int(score),
    )


async def begin_comment(turn: Turn, number: str) -> None:
    """Begin a comment on a judged case."""
    matter, _ = await load_matter(turn, number, MatterRight.JUDGE)
    if matter.score is None:
        raise Stale
    await begin(turn, COMMENT, context={"number": number})


async def _submit_comment(turn: Turn, draft: Draft) -> None:
    matter, grant = await load_matter(turn, str(draft.context["number"]), MatterRight.JUDGE)
    if matter.score is None:
        raise Stale
    words = draft.values["text"]
    save_matter(turn, verdicts.rate(matter, turn.act(grant.role), matter.score, words))
    above = await above_all_who_had_it(turn, matter, words)
    if above is None:
        turn.say("matters.comment_kept", (choice("menu.open", "menu.open"),))
        return
    turn.say("matters.commented", (choice("menu.open", "menu.open"),))
    send_above(turn, above, matter, "matters.above_commented", words)


async def recheck(turn: Turn, number: str, verdict: str) -> None:
    """Answer the second check: is it still solved?"""
    if verdict not in ("yes", "no"):
        raise Stale
    matter, grant = await load_matter(turn, number, MatterRight.JUDGE)
    if matter.recheck_at is None:
        raise Stale
    rules, calendar = _clocks(turn, matter)
    checked = verdicts.recheck(
        matter,
        turn.act(grant.role),
        still_solved=verdict == "yes",
        rules=rules,
        calendar=calendar,
        desk=desk_now(turn.street.organisation, matter, turn.now),
    )
    save_matter(turn, checked)
    if verdict == "yes":
        turn.say("matters.recheck_thanks", (choice("menu.open", "menu.open"),))
        return
    await _reopened(turn, checked, number, before=matter)


COMMENT = Form(
    name="comment",
    version=1,
    title="matters.comment_title",
    steps=(Words(name="text", question="matters.ask_comment", label="filing.text"),),
    submit=_submit_comment,
    review=False,
    leave="matters.no_comment",
)
