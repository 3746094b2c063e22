"""The questions about a hall's opening times: which hall, whose, which hours."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time

from domain.access.checks import may
from domain.access.services import ServicesRight
from domain.errors import Refused
from domain.messages import Awaiting, Value, text
from domain.names import unit_name
from domain.organisation import Unit
from domain.services.appointments import FEATURE, Hall, hall_from, halls_in, is_of_halls
from domain.services.halls import HALLS
from domain.words.plaintext import normal
from handlers.forms.answers import NotMineError, clean_words, with_value
from handlers.forms.steps import Choose, Option, Step, Words
from handlers.services.appointment_desk import own_series
from handlers.turn import Turn
from storage.drafts import Draft
from storage.registers import list_entries

_MOST_LETTERS = 60


@dataclass(frozen=True, kw_only=True)
class HallStep(Choose):
    """A hall that there is, or the name of one that is new."""

    awaiting: Awaiting | None = Awaiting.TEXT
    takes_any_words = True

    async def take(self, turn: Turn, draft: Draft) -> Draft:
        """Take the name of a hall; another name is a hall that is new."""
        try:
            return await self._known(turn, await super().take(turn, draft))
        except NotMineError:
            given = " ".join(clean_words(turn, turn.incoming.text or "", 2).split())
            if len(given) > _MOST_LETTERS:
                raise Refused("appointments.name_too_long", most=_MOST_LETTERS) from None
            return with_value(draft, self.name, given)

    async def press(self, turn: Turn, draft: Draft, value: str) -> Draft:
        """Take a hall that there is."""
        return await self._known(turn, await super().press(turn, draft, value))

    async def _known(self, turn: Turn, draft: Draft) -> Draft:
        """Bring along what is known of a hall."""
        halls = {one.subject.id: one for one in await _halls(turn)}
        hall = halls[str(draft.values[self.name])]
        draft = with_value(draft, self.name, hall.name)
        draft = with_value(draft, "unit", hall.unit)
        return with_value(draft, "address", hall.address)

    async def show(self, turn: Turn, draft: Draft) -> Value:
        """Show the name."""
        value: Value = draft.values.get(self.name)
        return value


async def _halls(turn: Turn) -> list[Hall]:
    """List the halls of one's own units: those of the register, and what else has times."""
    units = {one.code for one in own_units(turn)}
    known = [one for one in await registered_halls(turn) if one.unit in units]
    names = {(one.unit, one.name) for one in known}
    others = halls_in(await own_series(turn, ServicesRight.OPEN_TIMES))
    return [*known, *(one for one in others if (one.unit, one.name) not in names)]


async def registered_halls(turn: Turn) -> list[Hall]:
    """List the halls that the register has now."""
    return [hall_from(one) for one in await list_entries(turn.tx, HALLS.name, at=turn.now)]


async def hall_options(turn: Turn, _draft: Draft) -> Sequence[Option]:
    """Give the halls that there are."""
    return [
        Option(one.subject.id, text("appointments.hall_name", hall=one.name), (one.name,))
        for one in await _halls(turn)
    ]


def own_units(turn: Turn) -> list[Unit]:
    """List the units in which one may open a hall."""
    organisation = turn.street.organisation
    every = (organisation.street, *organisation.communities)
    return [
        one
        for one in every
        if is_of_halls(one)
        and may(turn.actor, ServicesRight.OPEN_TIMES, organisation, unit=one.code)
        and turn.street.is_on(FEATURE, one.code)
    ]


def unit_options(turn: Turn, _draft: Draft) -> Sequence[Option]:
    """Give those units."""
    return [
        Option(one.code, unit_name(one), (one.name, one.name_en or one.name))
        for one in own_units(turn)
    ]


def is_new(_turn: Turn, draft: Draft) -> bool:
    """Tell whether something is opened, and not changed."""
    return not draft.context.get("changing")


def asks_unit(turn: Turn, draft: Draft) -> bool:
    """Tell whether it is open whose a new hall is."""
    return is_new(turn, draft) and len(own_units(turn)) > 1


_RANGE = re.compile(
    r"(\d{1,2})(?::(\d{2}))? ?(?:-|–|—|~|到|至) ?(\d{1,2})(?::(\d{2}))?", re.IGNORECASE
)


def read_hours(said: str) -> tuple[tuple[time, time], ...]:
    """Read stretches of a day: 9:00-12:00，14:00-17:30. None at all where a part cannot be read.

    They follow each other, and none is empty.
    """
    plain = normal(said).replace("点", ":00").replace(":00半", ":30").replace(":00:", ":")
    found: list[tuple[time, time]] = []
    for part in re.split(r"[,，、;；和及\s]+(?=\d)", plain.strip()):
        match = _RANGE.fullmatch(part.strip())
        if match is None:
            return ()
        hour, minute, until, until_minute = (int(one or 0) for one in match.groups())
        if max(hour, until) > 23 or max(minute, until_minute) > 59:
            return ()
        start, end = time(hour, minute), time(until, until_minute)
        if start >= end or (found and found[-1][1] > start):
            return ()
        found.append((start, end))
    return tuple(found)


@dataclass(frozen=True, kw_only=True)
class HoursStep(Step):
    """The hours of the chosen days."""

    awaiting: Awaiting | None = Awaiting.TEXT

    async def take(self, turn: Turn, draft: Draft) -> Draft:
        """Read the hours.

        Raises:
            Refused: they cannot be read, or do not follow each other.
        """
        given = turn.incoming.text
        if not given:
            raise NotMineError
        found = read_hours(given)
        if not found:
            raise Refused("appointments.hours_unclear")
        written = "，".join(f"{start:%H:%M}-{end:%H:%M}" for start, end in found)
        return with_value(draft, self.name, written)


@dataclass(frozen=True, kw_only=True)
class ShortWords(Words):
    """A few words that fit on a card."""

    most: int = _MOST_LETTERS

    async def take(self, turn: Turn, draft: Draft) -> Draft:
        """Take words that are short enough.

        Raises:
            Refused: they are too long.
        """
        taken = await super().take(turn, draft)
        words = " ".join(str(taken.values[self.name]).split())
        if len(words) > self.most:
            raise Refused("appointments.name_too_long", most=self.most)
        return with_value(taken, self.name, words)


def weekday_options(_turn: Turn, _draft: Draft) -> Sequence[Option]:
    """Give the days of a week."""
    return [
        Option(str(day), text(f"appointments.weekday_{day}"), (f"周{'一二三四五六日'[day]}",))
        for day in range(7)
    ]
