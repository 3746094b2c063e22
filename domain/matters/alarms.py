"""Danger that somebody told of in words: what is asked, how long for, and who is told.

The numbers to call come first and alone. What was said is kept as an *alarm* until the person says
that they have called, or that there is no danger; where they say neither in time, whoever is on
duty is told "said, not confirmed". So nobody's fire waits for a form.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from domain.categories import EMERGENCY, HIGH_SCORE
from domain.chain import Act
from domain.emergencies import SEALED, emergency_choices, is_sealed
from domain.errors import Refused
from domain.laws import PIPL_28
from domain.matters.chain import record
from domain.matters.clock import clocks
from domain.matters.life import Filing, ensure
from domain.matters.matter import OPEN, Happening, Matter, Origin
from domain.matters.rules import ClockRules
from domain.messages import Choice, Message, Value, action, text
from domain.words.lexicon import Danger
from domain.words.plaintext import plain_text
from domain.working_time import WorkCalendar

#: How long the office waits for an answer before it tells whoever is on duty; each thing that the
#: person does in the form after "I have called" gives as long again. Local rule, please confirm.
ANSWER_WITHIN = timedelta(minutes=2)
#: After so long the duty is told, however busy the person is with the form. Local rule.
FORM_WITHIN = timedelta(minutes=10)
#: For so long the same danger, said again, is no second alarm. Local rule.
SAME_WITHIN = timedelta(minutes=30)
#: How long an alarm is kept after it was said, for whoever answers late. Its case lives on.
KEPT = timedelta(days=1)

#: Where an adult decides alone who hears of it; the office is told when they ask for it.
#: Source: 反家庭暴力法 13; for those without full capacity article 14 holds, see `Danger.CHILD`.
_BY_CHOICE = frozenset({Danger.FAMILY, Danger.CRIME, Danger.HEALTH})
#: As much as one alarm holds: two of the longest messages; what is said beyond it goes its
#: ordinary way.
MAX_WORDS = 32_000
#: Psychological help. Source: National Health Commission, 2024-12.
_COUNSEL = "12356"
#: The slot of what is said about danger: one message, which the page keeps in view.
SLOT = "danger"
#: The verb of its buttons.
VERB = "matters.danger"


class Answer(StrEnum):
    """What the person said about the danger they told of."""

    NONE = "none"
    CALLED = "called"
    """Has called an emergency number."""
    SAFE = "safe"
    """There is no danger."""
    REACH_ME = "reach_me"
    """Wants somebody of the office to get in touch at once."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Alarm:
    """What one person said about one danger."""

    person: str
    id: str
    said_at: datetime
    due_at: datetime | None
    """When whoever is on duty is told; None where nobody waits for that."""
    origin: Origin
    dangers: tuple[Danger, ...]
    words: str
    files: tuple[tuple[str, str, str], ...] = ()
    """Attachments that came along, each with its kind and its channel's reference."""
    said: tuple[tuple[str, str, str | None], ...] = ()
    """Where it was said: the account, when (ISO 8601), and the channel's reference."""
    place_text: str = ""
    """The place that the words name."""
    accuses: bool = False
    """The words may be about somebody of the office: they travel to no desk from here."""
    place: tuple[float, float] | None = None
    """A shared location: latitude and longitude."""
    phone: str = ""
    unfit: str = ""
    """The sort of file that came along and cannot be taken; told with the form."""
    answer: Answer = Answer.NONE
    number: str | None = None
    """The case that was made of it."""
    version: int = 0

    @property
    def is_sealed(self) -> bool:
        """Tell whether only the community and the levels above may hear of it."""
        return is_sealed(self.dangers)

    @property
    def tells_by_itself(self) -> bool:
        """Tell whether the duty is told although the person said nothing more."""
        return Danger.FAMILY not in self.dangers or not _BY_CHOICE.issuperset(self.dangers)

    @property
    def asks_to_be_reached(self) -> bool:
        """Tell whether the person is asked if somebody of the office shall get in touch at once."""
        return Danger.FAMILY in self.dangers or self.is_own_despair

    @property
    def is_own_despair(self) -> bool:
        """Tell whether the person speaks of not wanting to live, and not of somebody else."""
        if Danger.SELF_HARM not in self.dangers:
            return False
        return _OF_OTHERS.search(plain_text(self.words)) is None

    def waits(self, now: datetime) -> bool:
        """Tell whether an answer is still awaited, so that what is said now belongs to it."""
        if self.answer is not Answer.NONE or self.number is not None:
            return False
        return self.due_at is not None or now < self.said_at + FORM_WITHIN

    def is_same(self, now: datetime) -> bool:
        """Tell whether danger that is told of now is still this one."""
        return self.answer is not Answer.SAFE and now < self.said_at + SAME_WITHIN


def unit_of_case(matter: Matter) -> str:
    """Give the unit whose ladder answers for a case: what is sealed begins at the community."""
    return matter.community if _has_sealed(matter) else matter.grid


def ensure_apart(*cases: Matter) -> None:
    """Refuse to merge a case of which no neighbour may hear.

    Raises:
        Refused: one of them is; the other reporter would hear of it.
    """
    if any(_has_sealed(case) for case in cases):
        raise Refused("merge_sealed", rule=PIPL_28)


def _has_sealed(matter: Matter) -> bool:
    return any(danger in matter.dangers for danger in SEALED)


def said_more(alarm: Alarm, words: str, dangers: Collection[Danger] = ()) -> Alarm:
    """Add words to an alarm; the same words again change nothing."""
    joined = alarm.words
    if words and words not in joined:
        joined = f"{joined}\n{words}".strip()[:MAX_WORDS]
    both = tuple(danger for danger in Danger if danger in {*alarm.dangers, *dangers})
    return replace(alarm, words=joined, dangers=both)


def due_after(alarm: Alarm, now: datetime) -> datetime | None:
    """Give when the duty is told if the person does nothing more from now on."""
    if alarm.number is not None or alarm.answer is Answer.SAFE or not alarm.tells_by_itself:
        return None
    return max(now, min(now + ANSWER_WITHIN, alarm.said_at + FORM_WITHIN))


#: What people type instead of pressing a button; compared without signs, a number and particles.
_TYPED = {
    Answer.CALLED: (
        "已经打过 打过 打过了 打了 已经打了 已经打 已打 已经拨打 已拨打 拨打了 电话打了"
        " 已报警 报警了 已经报警 报过警了",
        "i called/i have called/i've called/already called/called",
    ),
    Answer.SAFE: (
        "没有危险 没危险 没事 没事了 已经没事 不危险 安全 安全了 已经安全 误报 发错了 虚惊一场"
        " 搞错了 开玩笑 开玩笑的 火灭了 已经灭了 灭了",
        "no danger/i am safe/i'm safe/safe/false alarm/all clear",
    ),
    Answer.REACH_ME: (
        "联系我 请联系我 马上联系我 请马上联系我 快联系我",
        "contact me/please contact me/call me",
    ),
}
_ANSWERS = {
    plain_text(words): answer
    for answer, (chinese, english) in _TYPED.items()
    for words in (*chinese.split(), *english.split("/"))
}
_PARTICLES = "了啦的吧呀哦啊 "
_CALLED_NUMBER = re.compile(r"^(?:110|119|120|122)|(?:110|119|120|122|电话|the police)$")


def typed_answer(words: str) -> Answer | None:
    """Read an answer that somebody typed; None where it is more than that, or something else."""
    plain = "".join(sign for sign in plain_text(words) if sign.isalnum() or sign in " '").strip()
    bare = plain.rstrip(_PARTICLES)
    short = _CALLED_NUMBER.sub("", bare).strip()
    tried = (plain, bare, short, short.rstrip(_PARTICLES))
    return next((_ANSWERS[one] for one in tried if one in _ANSWERS), None)


def to_json(alarm: Alarm) -> dict[str, Any]:
    """Give what was said as plain JSON values, for sealing."""
    return {
        "words": alarm.words,
        "dangers": list(alarm.dangers),
        "files": [list(one) for one in alarm.files],
        "said": [list(one) for one in alarm.said],
        "place_text": alarm.place_text,
        "accuses": alarm.accuses,
        "place": list(alarm.place) if alarm.place else None,
        "phone": alarm.phone,
        "unfit": alarm.unfit,
    }


# --- its case ------------------------------------------------------------------------------------


def confirm(
    matter: Matter, act: Act, answer: Answer, *, rules: ClockRules, calendar: WorkCalendar
) -> Matter:
    """The person answered after all: whoever has the case knows what to expect.

    "No danger" makes it an ordinary case, unless somebody of the office set its urgency.
    """
    ensure(matter, *OPEN)
    matter = record(
        replace(matter, unconfirmed=False), act, Happening.CONFIRMED, answer=answer.value
    )
    if answer is not Answer.SAFE or matter.urgency < EMERGENCY:
        return matter
    contact_by, resolve_by = clocks(HIGH_SCORE, matter.dispatched_at, rules, calendar)
    return replace(
        matter,
        urgency=HIGH_SCORE,
        contact_by=contact_by,
        resolve_by=resolve_by,
        changed_at=act.at,
        reminded_until=act.at,
    )


def complete(matter: Matter, filing: Filing, act: Act) -> Matter:
    """The form says more about an alarm's case: it is put in, and the case stays one."""
    ensure(matter, *OPEN)
    told = filing.particulars
    files = tuple(dict.fromkeys((*matter.particulars.attachments, *told.attachments)))
    fuller = replace(
        matter,
        kind=filing.kind,
        category=filing.category,
        community=filing.community,
        grid=filing.grid,
        hide_name=matter.hide_name or filing.hide_name,
        confidential=matter.confidential or filing.confidential,
        barred=matter.barred | filing.barred,
        particulars=replace(told, attachments=files),
    )
    new = [one for one in files if one not in matter.particulars.attachments]
    return record(
        fuller,
        act,
        Happening.ADDED,
        text=told.text if told.text != matter.particulars.text else None,
        place=told.place_text or None,
        attachments=new or None,
        category=filing.category,
        grid=filing.grid,
    )


# --- what is shown -------------------------------------------------------------------------------


#: Words with which somebody speaks of another one.
_OF_OTHERS = re.compile(r"有人|有个|他|她|别人|someone|somebody|\b(?:he|she|they|him|her)\b")


def danger_message(
    alarm: Alarm, numbers: Sequence[str], *, key: str, anew: bool = True, **fields: Value
) -> Message:
    """Make what alone is on the screen after words about danger: numbers and a few buttons.

    Args:
        numbers: those that fit the dangers, the first one first.
        key: the wording over them.
    """
    if alarm.is_own_despair:
        numbers = sorted(numbers, key=lambda number: number != _COUNSEL)
    elif Danger.SELF_HARM in alarm.dangers:
        numbers = sorted(numbers, key=lambda number: number == _COUNSEL)
    answers = [Answer.CALLED, Answer.SAFE]
    if alarm.asks_to_be_reached and alarm.number is None:
        answers.insert(0, Answer.REACH_ME)
    buttons = tuple(
        (
            Choice(
                label=text(f"danger.{answer}_more" if alarm.number else f"danger.{answer}"),
                action=action(VERB, answer.value, alarm.id),
            ),
        )
        for answer in answers
    )
    return Message(
        blocks=(text(key, **fields),),
        choices=(*emergency_choices(numbers), *buttons),
        slot=SLOT,
        anew=anew,
    )
