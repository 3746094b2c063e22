"""Questions beyond words and a few buttons: a day, a number, several of a list, one of a long list.

The steps of `handlers.forms.steps` know nothing of these; a column may add its own sort in the same
way.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, ClassVar

from domain.errors import Refused, Stale
from domain.messages import Awaiting, Choice, Text, Value, action, rows, text
from domain.words.dates import read_day
from domain.words.numerals import read_number
from handlers.forms.answers import NotMineError, with_value, without_value
from handlers.forms.steps import VERB, Choose, Option, Options, Step, place_in_list
from handlers.turn import Turn
from storage.drafts import Draft


def today(turn: Turn) -> date:
    """Give the day on which this turn's person lives."""
    return turn.now.astimezone(turn.street.office.timezone).date()


@dataclass(frozen=True, kw_only=True)
class Date(Step):
    """A day: one that is offered, or one that is typed."""

    awaiting: Awaiting | None = Awaiting.TEXT
    earliest: timedelta = timedelta()
    """From today; below zero for days that have passed."""
    latest: timedelta | Callable[[Turn], timedelta] = timedelta(days=366)
    """From today; a function where it is a rule of the office."""
    offers: Callable[[Turn, Draft], Sequence[Option]] = lambda _turn, _draft: ()
    """Days that are likely, as ISO dates."""

    async def choices(self, turn: Turn, draft: Draft) -> tuple[tuple[Choice, ...], ...]:
        """Give a button for each day that is offered."""
        return rows([_button(draft, self.name, one) for one in self.offers(turn, draft)])

    async def take(self, turn: Turn, draft: Draft) -> Draft:
        """Read a typed day, such as 2026-12-01, 12月1日 or 下周三."""
        given = (turn.incoming.text or "").strip()
        if not given:
            raise NotMineError
        day = read_day(given, today(turn))
        if day is None:
            raise Refused("date_unclear")
        return self._within(turn, draft, day)

    async def press(self, turn: Turn, draft: Draft, value: str) -> Draft:
        """Take an offered day, as long as it has not passed."""
        if all(one.value != value for one in self.offers(turn, draft)):
            raise Stale
        return self._within(turn, draft, date.fromisoformat(value))

    def _within(self, turn: Turn, draft: Draft, day: date) -> Draft:
        latest = self.latest if isinstance(self.latest, timedelta) else self.latest(turn)
        now = today(turn)
        if not self.earliest <= day - now <= latest:
            raise Refused("date_out_of_range", first=now + self.earliest, last=now + latest)
        return with_value(draft, self.name, day.isoformat())

    async def show(self, turn: Turn, draft: Draft) -> Value:
        """Show the day."""
        chosen = draft.values.get(self.name)
        return date.fromisoformat(chosen) if chosen else None


@dataclass(frozen=True, kw_only=True)
class Number(Step):
    """A whole number, typed in any spelling."""

    awaiting: Awaiting | None = Awaiting.TEXT
    least: int = 0
    most: int

    async def take(self, turn: Turn, draft: Draft) -> Draft:
        """Read a number and hold it against the limits."""
        given = turn.incoming.text
        if not given:
            raise NotMineError
        number = read_number(given)
        if number is None:
            raise Refused("number_not_read")
        if not self.least <= number <= self.most:
            raise Refused("number_out_of_range", least=self.least, most=self.most)
        return with_value(draft, self.name, number)


@dataclass(frozen=True, kw_only=True)
class Several(Choose):
    """Several of a few options: each press ticks or unticks one, a button ends it."""

    stays_open: ClassVar[bool] = True
    in_place: ClassVar[bool] = True
    least: int = 0
    most: int = 20

    def _ticked(self, draft: Draft) -> list[str]:
        return list(draft.values.get(self.name) or ())

    async def choices(self, turn: Turn, draft: Draft) -> tuple[tuple[Choice, ...], ...]:
        """Give a button for each option, with its tick, and one that ends it."""
        ticked = self._ticked(draft)
        buttons = [
            replace(
                _button(draft, self.name, one),
                label=text(f"forms.{'ticked' if one.value in ticked else 'open'}", what=one.label),
            )
            for one in await self.offered(turn, draft)
        ]
        done = Choice(
            label=text("forms.ticked_all"),
            action=action(VERB, draft.id, "d", self.name),
            emphasis=True,
        )
        ends = ((done,),) if len(ticked) >= self.least else ()
        return (*rows(buttons, 1 if turn.person.elder else self.width), *ends)

    async def press(self, turn: Turn, draft: Draft, value: str) -> Draft:
        """Tick an option, or take its tick away."""
        offered = await self.offered(turn, draft)
        if all(one.value != value for one in offered):
            raise Stale
        return self._toggled(draft, value)

    def _toggled(self, draft: Draft, *values: str) -> Draft:
        ticked = self._ticked(draft)
        for value in values:
            if value in ticked:
                ticked.remove(value)
            elif len(ticked) >= self.most:
                raise Refused("too_many_ticked", most=self.most)
            else:
                ticked.append(value)
        return with_value(draft, self.name, ticked)

    async def take(self, turn: Turn, draft: Draft) -> Draft:
        """Tick what is typed: numbers of the list, with spaces or commas between, or a name."""
        given = (turn.incoming.text or "").strip()
        offered = await self.offered(turn, draft)
        places = [place_in_list(one) for one in given.replace("，", " ").replace(",", " ").split()]
        if places and all(place is not None and place <= len(offered) for place in places):
            return self._toggled(draft, *(offered[place - 1].value for place in places if place))
        named = [one for one in offered if given and given.casefold() in _words(one)]
        if not named:
            raise NotMineError
        return self._toggled(draft, named[0].value)

    def may_skip(self, draft: Draft) -> bool:
        """What is ticked already is no reason to skip it: another button ends it."""
        return self.optional and not self._ticked(draft)

    def ends(self, draft: Draft) -> bool:
        """Tell whether enough is ticked to go on."""
        return len(self._ticked(draft)) >= self.least

    async def show(self, turn: Turn, draft: Draft) -> Value:
        """Show the names of what is ticked, in the order of the list."""
        ticked = self._ticked(draft)
        offered = await self.offered(turn, draft)
        return tuple(one.label for one in offered if one.value in ticked) or None


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a long list."""

    options: tuple[Option, ...]
    more: bool = False
    """Others follow."""


#: How many of a long list one message shows.
PAGE = 8
#: Finds a page of a long list: by words that were typed (empty for all) and how many to leave out.
Find = Callable[[Turn, Draft, str, int], Awaitable[Page]]


@dataclass(frozen=True, kw_only=True)
class Pick(Step):
    """One of a long list: page by page, or by typing a part of its name."""

    awaiting: Awaiting | None = Awaiting.TEXT
    in_place: ClassVar[bool] = True
    find: Find
    name_of: Callable[[Turn, Draft, str], Awaitable[Text | None]]
    """Names a value; None where it is not to be had any more, or never was for this person."""

    def _at(self, draft: Draft) -> tuple[str, int]:
        words, start = draft.context.get(f"{self.name}.at") or ("", 0)
        return str(words), int(start)

    def _moved(self, draft: Draft, words: str, start: int) -> Draft:
        return replace(draft, context={**draft.context, f"{self.name}.at": [words, start]})

    async def choices(self, turn: Turn, draft: Draft) -> tuple[tuple[Choice, ...], ...]:
        """Give the options of the page, and ways to the others."""
        words, start = self._at(draft)
        found = await self.find(turn, draft, words, start)
        buttons = [(_button(draft, self.name, one),) for one in found.options]
        ways = []
        if start > 0:
            ways.append(self._way(draft, "forms.earlier", max(0, start - PAGE)))
        if found.more:
            ways.append(self._way(draft, "forms.later", start + PAGE))
        if words:
            ways.append(self._way(draft, "forms.show_all", None))
        return (*buttons, *((tuple(ways),) if ways else ()))

    def _way(self, draft: Draft, label: str, start: int | None) -> Choice:
        where = "all" if start is None else str(start)
        return Choice(label=text(label), action=action(VERB, draft.id, "p", self.name, where))

    async def turn_page(self, turn: Turn, draft: Draft, where: str) -> Draft:
        """Go to another page, or back to all.

        Raises:
            Stale: there is no such page.
        """
        if where == "all":
            return self._moved(draft, "", 0)
        if not (where.isascii() and where.isdecimal() and len(where) < 6):
            raise Stale
        return self._moved(draft, self._at(draft)[0], int(where))

    async def take(self, turn: Turn, draft: Draft) -> Draft:
        """Take a number of the page, or the only one that fits the words; else search for them.

        Raises:
            Refused: nothing fits.
        """
        given = (turn.incoming.text or "").strip()
        if not given:
            raise NotMineError
        words, start = self._at(draft)
        shown = (await self.find(turn, draft, words, start)).options
        place = place_in_list(given)
        if place is not None and place <= len(shown):
            return with_value(draft, self.name, shown[place - 1].value)
        found = await self.find(turn, draft, given[:_LONGEST_SEARCH], 0)
        if not found.options:
            raise Refused("nothing_fits", given=given[:_LONGEST_SEARCH])
        if len(found.options) == 1 and not found.more:
            return with_value(draft, self.name, found.options[0].value)
        return without_value(self._moved(draft, given[:_LONGEST_SEARCH], 0), self.name)

    async def press(self, turn: Turn, draft: Draft, value: str) -> Draft:
        """Take an option, if it is still to be had."""
        if await self.name_of(turn, draft, value) is None:
            raise Stale
        return with_value(draft, self.name, value)

    async def show(self, turn: Turn, draft: Draft) -> Value:
        """Show the name of what was chosen."""
        value = draft.values.get(self.name)
        return await self.name_of(turn, draft, value) if value is not None else None


_LONGEST_SEARCH = 30


def _button(draft: Draft, step: str, option: Option) -> Choice:
    return Choice(label=option.label, action=action(VERB, draft.id, "s", step, option.value))


def _words(option: Option) -> tuple[str, ...]:
    return tuple(word.casefold() for word in option.words)


def pick(*, options: Options, **step: Any) -> Pick:
    """Make the question for one of a list that may be long, from the list itself.

    What is typed is looked for in the words of each option; a whole name counts before parts of
    others.
    """

    async def all_of(turn: Turn, draft: Draft) -> Sequence[Option]:
        found = options(turn, draft)
        return await found if isinstance(found, Awaitable) else found

    async def find(turn: Turn, draft: Draft, words: str, start: int) -> Page:
        wanted = words.casefold()
        every = await all_of(turn, draft)
        whole = [one for one in every if wanted and wanted in _words(one)]
        parts = [one for one in every if any(wanted in word for word in _words(one))]
        fits = whole or (parts if wanted else every)
        return Page(tuple(fits[start : start + PAGE]), more=len(fits) > start + PAGE)

    async def name_of(turn: Turn, draft: Draft, value: str) -> Text | None:
        every = await all_of(turn, draft)
        return next((one.label for one in every if one.value == value), None)

    return Pick(find=find, name_of=name_of, **step)
