"""Danger first: the numbers to call, alone on the screen; the form comes after the person's answer.

Every path on which a resident says something leads through `hear` before anything else does. What
was said is kept as an alarm (`domain.matters.alarms`); the clock tells the duty where no answer
comes.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from domain.matters import life
from domain.matters.alarms import (
    MAX_WORDS,
    VERB,
    Alarm,
    Answer,
    confirm,
    danger_message,
    due_after,
    said_more,
    typed_answer,
)
from domain.matters.assignment import assignment_messages
from domain.matters.cards import post_name
from domain.matters.matter import Matter, Origin
from domain.matters.rules import ClockRules
from domain.messages import FileKind, FileRef, Message, Side, text
from domain.organisation import Role
from domain.places.points import Point
from domain.subjects import open_case
from domain.words.lexicon import Danger
from handlers import conduct, first_words
from handlers.features import Feature, Guard, Verb
from handlers.forms.answers import with_value
from handlers.forms.forms import form_named, resume
from handlers.forms.screens import gone, unfinished
from handlers.matters.turns import claim_files, keep_alarm
from handlers.turn import Turn
from scheduler.matters.alarms import may_accuse, numbers_of, owed_by, tell_duty
from storage.access_log import Sight
from storage.drafts import Draft
from storage.matters.casework import reporter_of, save_matter
from storage.matters.matters import find_matter

#: In the context of a draft: the alarm whose form it is, and the form that waits meanwhile.
ALARM, ASIDE = "alarm", "aside"


async def hear(turn: Turn) -> bool:
    """Answer words about danger, and whatever comes while the person has not answered.

    Tell whether that was all there is to say.
    """
    known = turn.recall(Alarm)
    if known is not None and known.accuses:
        # What is held is what was said about the danger, as far as it goes on.
        turn.carries[ALARM] = known.id
    incoming = turn.incoming
    said = (incoming.text, incoming.files, incoming.place, incoming.phone, incoming.unfit)
    if incoming.action or incoming.command or incoming.start is not None or not any(said):
        return False
    words = (incoming.text or "").replace("\x00", "").strip()
    alarm = turn.recall(Alarm)
    answer = None
    if alarm is not None and alarm.waits(turn.now) and words and not incoming.files:
        answer = typed_answer(words)
    # "已经打过119了" names a danger to whoever does not know what was asked.
    dangers = _dangers(turn, words) if answer is None else ()
    if dangers and not _is_its_form(turn, dangers):
        await _warn(turn, words, dangers)
        return True
    if alarm is None or not alarm.waits(turn.now) or len(alarm.words + words) > MAX_WORDS:
        return False
    if answer is not None:
        await _answer(turn, alarm, answer)
    else:
        alarm = await _with_the_rest(turn, said_more(alarm, words))
        keep_alarm(turn, alarm)
        await _show(turn, alarm, "danger.noted", anew=bool(words) or incoming.album is None)
    return True


def _dangers(turn: Turn, words: str) -> tuple[Danger, ...]:
    if not words:
        return ()
    return turn.understood(words).dangers


def _is_its_form(turn: Turn, dangers: tuple[Danger, ...]) -> bool:
    """Tell whether the form after an answered alarm is open, and the words speak of the same."""
    alarm = turn.recall(Alarm)
    if alarm is None or alarm_of(turn) is not alarm or alarm.answer is not Answer.CALLED:
        return False
    return set(dangers) <= set(alarm.dangers)


def alarm_of(turn: Turn) -> Alarm | None:
    """Give the alarm whose form the person is filling."""
    draft, alarm = turn.draft, turn.recall(Alarm)
    if draft is None or alarm is None or draft.context.get(ALARM) != alarm.id:
        return None
    return alarm


# --- said ----------------------------------------------------------------------------------------


async def _warn(turn: Turn, words: str, dangers: tuple[Danger, ...]) -> None:
    """Keep what was said and show the numbers; the same danger again is no second alarm."""
    known, matter = await _same(turn)
    if known is None:
        alarm = Alarm(
            person=turn.person.id,
            id=turn.new_id(),
            said_at=turn.now,
            due_at=None,
            origin=Origin(turn.incoming.channel.value),
            dangers=dangers,
            words=words[:MAX_WORDS],
        )
        alarm = replace(await _with_the_rest(turn, alarm), due_at=due_after(alarm, turn.now))
    elif matter is not None:
        alarm = await _add_to_case(turn, known, matter, words, dangers)
    else:
        more = await _with_the_rest(turn, said_more(known, words, dangers))
        due = due_after(replace(more, answer=Answer.NONE), turn.now)
        due = min(due, known.due_at) if due and known.due_at else due
        alarm = replace(more, answer=Answer.NONE, due_at=due)
    keep_alarm(turn, alarm)
    if matter is not None and matter.owner is not None:
        turn.about = matter.subject
        await _show(
            turn,
            alarm,
            "danger.told_withheld" if alarm.accuses else "danger.told_already",
            number=matter.number,
            owner=post_name(turn.street, matter),
        )
    else:
        await _show(turn, alarm, await _call_key(turn, alarm))


async def _same(turn: Turn) -> tuple[Alarm | None, Matter | None]:
    """Find the alarm that is told of once more, with its case where there is one."""
    alarm = turn.recall(Alarm)
    if alarm is None or not alarm.is_same(turn.now):
        return None, None
    if alarm.number is None:
        return alarm, None
    matter = await find_matter(turn.tx, alarm.number)
    return (alarm, matter) if matter is not None and matter.is_open else (None, None)


async def _add_to_case(
    turn: Turn, alarm: Alarm, matter: Matter, words: str, dangers: tuple[Danger, ...]
) -> Alarm:
    """Put what is new into the case that the alarm has become, and tell its owner."""
    more = await _with_the_rest(turn, said_more(alarm, words, dangers))
    new = tuple(one for one, _, _ in more.files if one not in [old[0] for old in alarm.files])
    if more.words == alarm.words and not new:
        return more
    if may_accuse(turn, alarm) or may_accuse(turn, alarm, words):
        more = replace(more, accuses=True)
        said = text("danger.said_again_withheld", number=matter.number)
        choices = ((open_case(matter.number),),)
        turn.tell(matter.owner, Message(blocks=(said,), choices=choices), on=matter)
        return more
    added = life.add(matter, turn.act(Role.RESIDENT), words, new)
    save_matter(turn, added)
    claim_files(turn, added, new)
    said = text("danger.said_again", number=matter.number, said=words)
    turn.tell(
        added.owner,
        Message(blocks=(said,), choices=((open_case(matter.number),),), attachments=new),
        on=added,
        urgent=True,
    )
    return more


async def _with_the_rest(turn: Turn, alarm: Alarm) -> Alarm:
    """Keep what came beside the words: pictures, a place, a number, and what cannot be taken."""
    incoming = turn.incoming
    files = list(alarm.files)
    for ref in incoming.files:
        attachment = await turn.attach(ref)
        if attachment is not None and attachment not in [one[0] for one in files]:
            files.append((attachment, ref.kind.value, ref.ref))
    place = incoming.place
    named = turn.understood(alarm.words).place_words
    return replace(
        alarm,
        files=tuple(files),
        place=(place.latitude, place.longitude) if place else alarm.place,
        phone=incoming.phone or alarm.phone,
        place_text=named or alarm.place_text,
        said=(*alarm.said, (turn.account.id, turn.now.isoformat(), incoming.said)),
        unfit=str(incoming.unfit or alarm.unfit),
    )


async def _call_key(turn: Turn, alarm: Alarm) -> str:
    """Choose the words over the numbers; nobody is promised who is not there."""
    owed = await owed_by(turn, alarm, turn.person)
    if alarm.is_own_despair:
        kind = "danger.call_self"
    elif not alarm.tells_by_itself:
        kind = "danger.call_choice"
    else:
        kind = "danger.call"
    return kind if owed.person else f"{kind}_nobody"


async def _show(turn: Turn, alarm: Alarm, key: str, *, anew: bool = True, **fields: Any) -> None:
    numbers = numbers_of(turn, alarm)
    turn.reply(danger_message(alarm, numbers, key=key, anew=anew, **fields))


# --- answered ------------------------------------------------------------------------------------


async def press(turn: Turn, what: str = "", alarm_id: str = "") -> None:
    """Take a button under the numbers."""
    alarm = turn.recall(Alarm)
    if alarm is None or alarm.id != alarm_id or what not in set(Answer) - {Answer.NONE}:
        turn.reply(gone(turn))
        return
    await _answer(turn, alarm, Answer(what))


async def _answer(turn: Turn, alarm: Alarm, answer: Answer) -> None:
    if answer is Answer.REACH_ME:
        await _reach(turn, alarm)
        return
    matter = await find_matter(turn.tx, alarm.number) if alarm.number else None
    if matter is not None and not matter.is_open:
        turn.say("danger.over", (open_case(matter.number),), number=matter.number)
        return
    answered = alarm.answer is answer
    alarm = replace(alarm, answer=answer)
    keep_alarm(turn, replace(alarm, due_at=due_after(alarm, turn.now)))
    if matter is not None and not answered:
        await _tell_answer(turn, matter, answer)
    if alarm_of(turn) is not None and turn.draft is not None:
        await _go_on(turn, alarm, turn.draft)
    else:
        await _begin(turn, alarm)


async def _reach(turn: Turn, alarm: Alarm) -> None:
    """Tell the duty at once: the person asked for it."""
    if alarm.number is None:
        asked = replace(alarm, answer=Answer.REACH_ME)
        matter, told = await tell_duty(turn, asked, turn.person)
        turn.remember(told)
        alarm = told
    else:
        found = await find_matter(turn.tx, alarm.number)
        if found is None or not found.is_open:
            turn.say("danger.over", (open_case(alarm.number),), number=alarm.number)
            return
        matter = found
    turn.about = matter.subject
    await _show(
        turn,
        alarm,
        "danger.reaches" if matter.owner else "danger.told_nobody",
        number=matter.number,
        owner=post_name(turn.street, matter),
    )


async def _tell_answer(turn: Turn, matter: Matter, answer: Answer) -> None:
    """Put the late answer into the case, and tell whoever has it."""
    matter = confirm(
        matter,
        turn.act(Role.RESIDENT),
        answer,
        rules=turn.street.rules(ClockRules, matter.community),
        calendar=turn.street.office.calendar,
    )
    save_matter(turn, matter)
    if matter.owner is None:
        return
    actor = turn.staff_actor(matter.owner)
    reporter = await reporter_of(turn, matter, actor, Sight.SENT)
    card = assignment_messages(turn.street, matter, turn.now, actor=actor, reporter=reporter)[0]
    said = text(f"danger.answered_{answer}", number=matter.number)
    turn.tell(matter.owner, replace(card, blocks=(said, *card.blocks)), on=matter, urgent=True)


async def _begin(turn: Turn, alarm: Alarm) -> None:
    """Begin the form with what was said; a form about something else waits meanwhile."""
    if alarm.unfit:
        turn.say(f"errors.unfit_{alarm.unfit}")
    if not alarm.words:
        # They were held before, and went on or were dropped since, or wait still.
        if not conduct.ask_again(turn):
            turn.reply(gone(turn))
        return
    if await _is_held(turn, alarm):
        return
    waiting = turn.draft if turn.draft is not None and turn.draft.values else None
    aside = waiting.context.get(ASIDE) if waiting and ALARM in waiting.context else None
    if waiting is not None and aside is None and ALARM not in waiting.context:
        aside = _packed(waiting)
    place = dict(zip(("lat", "lon"), alarm.place, strict=True)) if alarm.place else None
    point = Point(latitude=alarm.place[0], longitude=alarm.place[1]) if alarm.place else None
    near = turn.street.grids_at(point) if point else ()
    kept = {
        "place": place,
        "phone": alarm.phone or None,
        "grid": near[0] if len(near) == 1 else None,
    }
    context: dict[str, Any] = {
        ALARM: alarm.id,
        "kept": {name: value for name, value in kept.items() if value},
    }
    if aside is not None:
        context[ASIDE] = aside
    files = [[one, kind] for one, kind, _ in alarm.files]
    await first_words.record_danger(turn, {"text": alarm.words, "files": files or None}, context)


async def _is_held(turn: Turn, alarm: Alarm) -> bool:
    """Ask first whom the words are about, where they may be about somebody of the office.

    From here on the alarm is nothing but a sort of danger, a place and a way to reach the person.
    """
    refs = tuple(FileRef(kind=FileKind(kind), ref=ref) for _, kind, ref in alarm.files)
    said = tuple((one, datetime.fromisoformat(at), ref) for one, at, ref in alarm.said)
    if not alarm.words or not await conduct.hold_words(turn, alarm.words, refs, said):
        return False
    kept = turn.recall(Alarm) or alarm
    keep_alarm(turn, replace(kept, words="", files=(), accuses=True))
    return True


async def _go_on(turn: Turn, alarm: Alarm, draft: Draft) -> None:
    """Go on with the form, which gets what was said meanwhile."""
    told = str(draft.values.get("text") or "")
    new = [line for line in alarm.words.split("\n") if line not in told]
    if new:
        draft = with_value(draft, "text", "\n".join([told, *new]).strip())
    files = [list(pair) for pair in draft.values.get("files") or ()]
    more = [[one, kind] for one, kind, _ in alarm.files if [one, kind] not in files]
    if more:
        draft = with_value(draft, "files", [*files, *more])
    turn.keep_draft(draft)
    if (form := form_named(turn, draft.form)) is not None:
        await resume(turn, form)


# --- around every turn ---------------------------------------------------------------------------


def keep_waiting(turn: Turn) -> None:
    """Give whoever fills the form after "I have called" as long again, but not without end."""
    alarm = alarm_of(turn)
    if alarm is None or alarm.answer is not Answer.CALLED or alarm.due_at is None:
        return
    keep_alarm(turn, replace(alarm, due_at=due_after(alarm, turn.now)))


def bring_back(turn: Turn, before: Draft | None) -> None:
    """Offer the form again that waited while danger was told of."""
    aside = before.context.get(ASIDE) if before else None
    if turn.draft is not None or not aside:
        return
    form = form_named(turn, aside["form"])
    if form is None:
        return
    draft = _unpacked(aside, turn.person.id, turn.now)
    if draft.expires_at > turn.now:
        turn.keep_draft(draft)
        turn.reply(unfinished(form, draft))


def _packed(draft: Draft) -> dict[str, Any]:
    return {
        "id": draft.id,
        "form": draft.form,
        "form_version": draft.form_version,
        "step": draft.step,
        "values": dict(draft.values),
        "context": dict(draft.context),
        "expires_at": draft.expires_at.isoformat(),
    }


def _unpacked(aside: Mapping[str, Any], person: str, now: datetime) -> Draft:
    given = {**aside, "expires_at": datetime.fromisoformat(aside["expires_at"])}
    return Draft(person=person, changed_at=now, **given)


async def settle(turn: Turn, before: Draft | None) -> None:
    """After every turn: wait as long again, and offer what waited meanwhile."""
    keep_waiting(turn)
    bring_back(turn, before)


FEATURE = Feature(
    name="matters",
    side=Side.RESIDENTS,
    verbs=(Verb(VERB, press),),
    guard=Guard(before=hear, after=settle),
)
