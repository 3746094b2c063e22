"""What the forms of visits have in common: one-line answers, and nothing that was typed is lost."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from typing import ClassVar

from domain.errors import Refused, WrongState
from domain.messages import Awaiting
from domain.visits.entries import ensure_service_only
from handlers.forms.answers import NotMineError, clean_words, with_value
from handlers.forms.forms import form_named
from handlers.forms.screens import read_back
from handlers.forms.steps import Choose, Option, Step, Words
from handlers.turn import Turn, explained
from storage.drafts import Draft

Submit = Callable[[Turn, Draft], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Short(Step):
    """One line, taken where it is asked for alone."""

    awaiting: Awaiting | None = Awaiting.TEXT
    takes_any_words: ClassVar[bool] = True
    longest: int
    least: int = 2

    async def take(self, turn: Turn, draft: Draft) -> Draft:
        """Take a line that fits and serves looking after somebody."""
        given = turn.incoming.text
        if given is None:
            raise NotMineError
        words = " ".join(clean_words(turn, given, self.least).split())
        if len(words) > self.longest:
            raise Refused("visits.too_long", most=self.longest, given=len(words))
        ensure_service_only(words)
        return with_value(draft, self.name, words)


@dataclass(frozen=True, kw_only=True)
class Account(Words):
    """A few sentences about somebody, which serve looking after them."""

    longest: int

    async def take(self, turn: Turn, draft: Draft) -> Draft:
        """Take words that fit."""
        return self._fitting(await super().take(turn, draft))

    async def add(self, turn: Turn, draft: Draft) -> Draft:
        """Add words, as long as all of it still fits."""
        return self._fitting(await super().add(turn, draft))

    def _fitting(self, taken: Draft) -> Draft:
        words = str(taken.values[self.name])
        if len(words) > self.longest:
            raise Refused("visits.too_long", most=self.longest, given=len(words))
        ensure_service_only(words)
        return taken


@dataclass(frozen=True, kw_only=True)
class OneOf(Choose):
    """One of a few options; words that name none of them are taken for nothing else."""

    unknown: str = "visits.choose_one"

    async def take(self, turn: Turn, draft: Draft) -> Draft:
        """Match typed words or a number with an option.

        Raises:
            Refused: they name none.
        """
        try:
            return await super().take(turn, draft)
        except NotMineError:
            if not turn.incoming.text:
                raise
            raise Refused(self.unknown) from None


def keeps_words(submit: Submit) -> Submit:
    """Where a form cannot be submitted, say why above what was read back, and keep all of it."""

    @wraps(submit)
    async def answered(turn: Turn, draft: Draft) -> None:
        try:
            await submit(turn, draft)
        except (Refused, WrongState) as error:
            form = form_named(turn, draft.form)
            if form is None:
                raise
            turn.keep_draft(draft)
            if not form.review:
                raise
            shown = await read_back(turn, form, draft)
            turn.reply(replace(shown, blocks=(*explained(turn, error), *shown.blocks)))

    return answered


def options_of(options: Sequence[Option]) -> Callable[[Turn, Draft], Sequence[Option]]:
    """Offer the same options always."""
    return lambda _turn, _draft: options
