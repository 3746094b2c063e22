"""Judging a result, and what follows from it."""

from domain.access.matters import MatterRight
from domain.errors import Stale
from domain.matters import life
from domain.matters.assignment import avoided
from domain.matters.cards import post_name
from domain.matters.matter import Matter, Outcome, State
from domain.matters.rules import ClockRules
from domain.messages import (
    Choice,
    Message,
    action,
    text,
)
from domain.subjects import open_case
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
from handlers.matters.turns import claim_files, load_matter
from handlers.turn import Turn, choice
from storage.drafts import Draft
from storage.matters.casework import save_matter, send_card


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
    """Judge a result, with what was said along with the verdict."""
    if solved:
        ensure_settled(turn)
    matter, grant = await load_matter(turn, number, MatterRight.JUDGE)
    life.ensure(matter, State.RESOLVED)
    if said is not None and solved:
        matter = life.add(matter, turn.act(grant.role), said.values.get("text", ""), files_of(said))
        claim_files(turn, matter, files_of(said))
        await tell_owner(turn, matter, "matters.owner_added", said)
    judged = life.judge(
        matter,
        turn.act(grant.role),
        solved=solved,
        rules=turn.street.rules(ClockRules, matter.community),
        calendar=turn.street.office.calendar,
    )
    save_matter(turn, judged)
    if solved:
        turn.say("matters.thanks_score", score_choices(number), number=number)
        turn.tell(
            judged.owner,
            Message(
                blocks=(text("matters.owner_solved", number=number),),
                choices=((open_case(number),),),
            ),
            on=judged,
        )
        return
    await _reopened(turn, judged, said=said)


async def _reopened(turn: Turn, matter: Matter, *, said: Draft | None = None) -> None:
    """Say that a case is open again, and ask what is missing and who is to read it."""
    more = (choice("matters.say_more", action("matters.add", matter.number), emphasis=True),)
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
    save_matter(turn, life.rate(matter, turn.act(grant.role), int(score)))
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
    save_matter(turn, life.rate(matter, turn.act(grant.role), matter.score, words))
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
    checked = life.recheck(
        matter,
        turn.act(grant.role),
        still_solved=verdict == "yes",
        rules=turn.street.rules(ClockRules, matter.community),
        calendar=turn.street.office.calendar,
    )
    save_matter(turn, checked)
    if verdict == "yes":
        turn.say("matters.recheck_thanks", (choice("menu.open", "menu.open"),))
        return
    await _reopened(turn, checked)


COMMENT = Form(
    name="comment",
    version=1,
    title="matters.comment_title",
    steps=(Words(name="text", question="matters.ask_comment", label="filing.text"),),
    submit=_submit_comment,
    review=False,
)
