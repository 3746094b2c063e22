"""Residents whose case was merged into another one: they keep their voice, and it outlives it."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.access.checks import Grant
from domain.access.rights import Right
from domain.chain import Act
from domain.matters import merging
from domain.matters.cards import post_name
from domain.matters.matter import Matter, State
from domain.matters.rules import ClockRules
from domain.messages import Choice, Message, action, text, with_pictures
from domain.subjects import open_case
from handlers.forms.answers import files_of
from handlers.matters.turns import claim_files, follow, load_matter
from handlers.turn import Turn, choice
from storage.drafts import Draft
from storage.matters.casework import save_matter, send_card
from storage.matters.followers import FollowerGone, list_followers
from storage.matters.matters import find_matter, list_events
from storage.matters.merged import list_duplicates, own_duplicate, survivor_of
from storage.matters.referring import WITHDRAWN, taken_back


@dataclass(frozen=True, slots=True)
class Voice:
    """What somebody reported, and the case that goes on with it: mostly one and the same."""

    own: Matter
    case: Matter
    grant: Grant
    asked: bool = False
    """The reporter of a duplicate was asked something before the merge, and may still answer."""

    @property
    def is_merged(self) -> bool:
        """Tell whether the case is somebody else's, into which one's own was merged."""
        return self.own.number != self.case.number


async def load_voice(turn: Turn, number: str, right: Right) -> Voice:
    """Load what a resident may speak to under a number, their own or that of the merged case.

    Raises:
        NotFound: there is none that this person may know of.
    """
    matter = await find_matter(turn.tx, number)
    if matter is not None and matter.reporter != turn.person.id:
        own = await own_duplicate(turn.tx, turn.person.id, number)
        number = own.number if own is not None else number
    own, grant = await load_matter(turn, number, right)
    case = await survivor_of(turn.tx, own) or own
    return Voice(own, case, grant, await is_asked(turn, own))


async def is_asked(turn: Turn, own: Matter) -> bool:
    """Tell whether a duplicate has a question that its reporter may still answer."""
    if own.state is not State.MERGED:
        return False
    return merging.has_question(await list_events(turn.tx, own.number))


# --- what they say -------------------------------------------------------------------------------


async def say_to_survivor(turn: Turn, voice: Voice, draft: Draft) -> Matter:
    """Pass on what the reporter of a duplicate says, as an answer where one is awaited.

    Gives the duplicate with what was said.
    """
    own, case, answers = voice.own, voice.case, voice.asked
    files = files_of(draft)
    words = str(draft.values.get("text") or "")
    heard = merging.say(own, turn.act(voice.grant.role), words, files, answers=answers)
    save_matter(turn, heard)
    claim_files(turn, case, files)
    turn.say(
        "matters.answered_merged" if answers else "matters.added_merged",
        (open_case(own.number),),
        number=own.number,
        into=case.number,
    )
    message = Message(
        blocks=(
            text(
                "matters.owner_answered_merged" if answers else "matters.owner_added_merged",
                number=case.number,
                of=own.number,
                said=words or text("matters.without_words"),
            ),
        ),
        choices=((open_case(case.number),),),
    )
    turn.tell(
        case.owner,
        *with_pictures(message, files),
        on=case,
        about=frozenset({own.subject, case.subject}),
    )
    return heard


def note_solved(turn: Turn, voice: Voice) -> None:
    """Note that the reporter of a duplicate finds the result good; the case's own decides."""
    own, case = voice.own, voice.case
    save_matter(turn, merging.find_solved(own, turn.act(voice.grant.role)))
    turn.say(
        "matters.thanks_merged",
        (open_case(own.number), choice("menu.open", "menu.open")),
        number=own.number,
        into=case.number,
    )
    said = text("matters.owner_solved_merged", number=case.number, of=own.number)
    turn.tell(case.owner, Message(blocks=(said,), choices=((open_case(case.number),),)), on=case)


def voice_choices(own: Matter, case: Matter, *, asked: bool = False) -> list[tuple[Choice, ...]]:
    """Give what the reporter of a duplicate may say to the case that goes on."""
    number = own.number
    buttons: list[tuple[Choice, ...]] = []
    if case.state is State.RESOLVED:
        buttons.append(
            (
                choice("matters.solved", action("matters.judge", number, "yes"), emphasis=True),
                choice("matters.not_solved", action("matters.judge", number, "no")),
            )
        )
    if case.is_open:
        if asked:
            answer = action("matters.answer", number)
            buttons.append((choice("matters.answer", answer, emphasis=True),))
        else:
            buttons.append((choice("matters.add", action("matters.add", number)),))
    return buttons


async def ask_verdicts(turn: Turn, case: Matter) -> frozenset[str]:
    """Ask the reporters of duplicates whether the result helps them too; give whom.

    They are not told what was done: it may speak of the one whose case it is.
    """
    asked: set[str] = set()
    for own in await list_duplicates(turn.tx, case, deep=True):
        if own.reporter in ("", case.reporter) or own.reporter in asked or own.erased:
            continue
        asked.add(own.reporter)
        told = text("assignments.told_resolved_merged", number=own.number, into=case.number)
        message = Message(
            blocks=(told,), choices=(*voice_choices(own, case), (open_case(own.number),))
        )
        turn.tell(own.reporter, message, on=case, about=frozenset({own.subject}))
    return frozenset(asked)


# --- taking a duplicate back ---------------------------------------------------------------------


async def withdraw_merged(turn: Turn, voice: Voice) -> None:
    """Take back what was merged into somebody else's case, which goes on without this reporter."""
    own, case = voice.own, voice.case
    withdrawn, kept, joined = merging.withdraw(
        own, case, turn.act(voice.grant.role), await list_duplicates(turn.tx, own)
    )
    for one in (withdrawn, kept, *joined):
        save_matter(turn, one)
    if case.reporter != turn.person.id and not await _speaks_twice(turn, voice):
        turn.changes.save(FollowerGone(number=case.number, person=turn.person.id))
    turn.say(
        "matters.withdrawn_merged",
        (choice("menu.open", "menu.open"),),
        number=own.number,
        into=case.number,
    )
    said = text("matters.owner_withdrawn_merged", number=case.number, of=own.number)
    turn.tell(case.owner, Message(blocks=(said,), choices=((open_case(case.number),),)), on=case)


async def _speaks_twice(turn: Turn, voice: Voice) -> bool:
    """Tell whether the same person reported another duplicate of the case."""
    others = await list_duplicates(turn.tx, voice.case, deep=True)
    return any(one.reporter == turn.person.id and one.number != voice.own.number for one in others)


# --- outliving -----------------------------------------------------------------------------------


async def outlive(turn: Turn, gone: Matter, act: Act) -> Matter | None:
    """Let the duplicates of a case whose reporter leaves go on; give the one that takes its place.

    Args:
        gone: the case as it was before it ended.
    """
    left = merging.heirs(await list_duplicates(turn.tx, gone), gone)
    if not left or not gone.is_open:
        return None
    if gone.referral is not None:
        # The procedure was for the one who leaves alone; the others' case is where it was before.
        gone = taken_back(turn, gone, act, WITHDRAWN)
    due = merging.deadlines_after(
        gone,
        act.at,
        rules=turn.street.rules(ClockRules, gone.community),
        calendar=turn.street.office.calendar,
    )
    heir, *joined = merging.go_on(left, gone, act, due)
    for one in (heir, *joined):
        save_matter(turn, one)
    await _tell_heirs(turn, gone, heir, joined)
    await send_card(turn, heir)
    return heir


async def _tell_heirs(turn: Turn, gone: Matter, heir: Matter, joined: Sequence[Matter]) -> None:
    """Tell the reporters how it goes on, and whoever follows which number to look for."""
    owner = post_name(turn.street, heir)
    told = text("matters.went_on", number=heir.number, of=gone.number, owner=owner)
    verdict = (
        (
            choice("matters.solved", action("matters.judge", heir.number, "yes"), emphasis=True),
            choice("matters.not_solved", action("matters.judge", heir.number, "no")),
        )
        if heir.state is State.RESOLVED
        else ()
    )
    buttons = tuple(row for row in (verdict, (open_case(heir.number),)) if row)
    turn.tell(heir.reporter, Message(blocks=(told,), choices=buttons), on=heir)
    reporters = {heir.reporter, gone.reporter}
    for one in joined:
        if one.reporter in reporters:
            continue
        reporters.add(one.reporter)
        follow(turn, heir.number, one.reporter)
        said = text("matters.went_on_merged", number=one.number, of=gone.number, into=heir.number)
        turn.tell(
            one.reporter, Message(blocks=(said,), choices=((open_case(one.number),),)), on=one
        )
    for person in await list_followers(turn.tx, gone.number):
        if person in reporters:
            continue
        follow(turn, heir.number, person)
        said = text("matters.follow_went_on", number=gone.number, into=heir.number)
        turn.tell(person, Message(blocks=(said,), choices=((open_case(heir.number),),)), on=heir)
