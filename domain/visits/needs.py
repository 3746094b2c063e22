"""跟踪问效: a need that a visit found, what was done about it, its effect, and who confirms it.

A need without an effect stays open, whatever was done. By when each step is owed stands in a plan
of the need's own, which climbs like any other.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from domain.errors import Refused, WrongState
from domain.messages import Text, text
from domain.subjects import Subject
from domain.visits.entries import ensure_service_only
from domain.visits.visits import Area, Visit

#: The kind of a need among subjects.
NEED = "need"
MAX_WORDS = 500


class NeedState(StrEnum):
    """Where a need stands; the last three are ends."""

    OPEN = "open"
    """Nothing was done yet."""
    ACTED = "acted"
    """Something was done; whether it helped is not known."""
    EFFECT = "effect"
    """It helped, as whoever did it says; the person has not confirmed it."""
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    """The person wants nothing done."""
    LAPSED = "lapsed"
    """The entry ended: nobody is there to be helped."""


NEED_ENDS = frozenset({NeedState.CONFIRMED, NeedState.DECLINED, NeedState.LAPSED})


class Consented(StrEnum):
    """What the person says to a need becoming a case."""

    CASE = "case"
    """Agrees that it becomes a case, which others work on."""
    WORKER = "worker"
    """Wants the worker alone to look after it."""
    NOTHING = "nothing"
    """Wants nothing done."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """Something that somebody needs."""

    id: str
    visit: str
    entry: str
    unit: str
    area: Area
    words: str
    consented: Consented
    number: str | None = None
    """The case that it became."""
    action: str = ""
    effect: str = ""
    state: NeedState = NeedState.OPEN
    opened_at: datetime
    acted_at: datetime | None = None
    effect_at: datetime | None = None
    confirmed_at: datetime | None = None
    confirmed_by: str | None = None
    """Who heard the person say so, or the person's own id."""
    failures: int = 0
    """How often what was done did not help."""
    erased: bool = False
    version: int = 0

    @property
    def subject(self) -> Subject:
        """By which messages and its plan refer to it."""
        return need(self.id)

    @property
    def is_open(self) -> bool:
        """Tell whether something is owed still."""
        return self.state not in NEED_ENDS


def need(which: str) -> Subject:
    """Refer to a need."""
    return Subject(NEED, which)


def found(
    which: str, visit: Visit, area: Area, words: str, consented: Consented, at: datetime
) -> Need:
    """Note what a visit found.

    Raises:
        Refused: the words make somebody one to be watched.
    """
    ensure_service_only(words)
    state = NeedState.DECLINED if consented is Consented.NOTHING else NeedState.OPEN
    return Need(
        id=which,
        visit=visit.id,
        entry=visit.entry,
        unit=visit.unit,
        area=area,
        words=words[:MAX_WORDS],
        consented=consented,
        state=state,
        opened_at=at,
    )


def _ensure(one: Need, *states: NeedState) -> None:
    if one.state not in states:
        raise WrongState(number=one.id[:6].upper(), state=need_state_name(one.state))


def acted(one: Need, words: str, at: datetime) -> Need:
    """Note what was done.

    Raises:
        WrongState: it is over, or its effect is on record.
    """
    _ensure(one, NeedState.OPEN, NeedState.ACTED)
    ensure_service_only(words)
    return replace(one, state=NeedState.ACTED, action=words[:MAX_WORDS], acted_at=at)


def had_effect(one: Need, words: str, at: datetime, *, helped: bool) -> Need:
    """Note whether what was done helped; what did not help is open again.

    Raises:
        Refused: nothing was done yet.
        WrongState: it is over.
    """
    if one.state is NeedState.OPEN:
        raise Refused("visits.nothing_done_yet")
    _ensure(one, NeedState.ACTED)
    ensure_service_only(words)
    if not helped:
        return replace(
            one,
            state=NeedState.OPEN,
            effect=words[:MAX_WORDS],
            effect_at=None,
            failures=one.failures + 1,
        )
    return replace(one, state=NeedState.EFFECT, effect=words[:MAX_WORDS], effect_at=at)


def confirmed(one: Need, by: str, at: datetime, *, helped: bool) -> Need:
    """Note what the person says of it: solved, or not, and then it is open again.

    Raises:
        Refused: its effect is not on record.
        WrongState: it is over.
    """
    if one.state in (NeedState.OPEN, NeedState.ACTED):
        raise Refused("visits.no_effect_yet")
    _ensure(one, NeedState.EFFECT)
    if not helped:
        return replace(one, state=NeedState.OPEN, effect_at=None, failures=one.failures + 1)
    return replace(one, state=NeedState.CONFIRMED, confirmed_at=at, confirmed_by=by)


def declined(one: Need) -> Need:
    """The person wants nothing done any more.

    Raises:
        WrongState: it is over.
    """
    _ensure(one, NeedState.OPEN, NeedState.ACTED, NeedState.EFFECT)
    return replace(one, state=NeedState.DECLINED)


def lapsed(one: Need) -> Need:
    """The entry ended; what is over stays as it is."""
    return replace(one, state=NeedState.LAPSED) if one.is_open else one


def need_state_name(state: NeedState) -> Text:
    """Name where a need stands."""
    return text(f"visits.need_{state}")


def to_json(one: Need) -> dict[str, Any]:
    """Give what of a need is sealed."""
    return {
        "area": one.area.value,
        "words": one.words,
        "action": one.action,
        "effect": one.effect,
    }
