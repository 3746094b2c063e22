"""What the domain needs of a configuration: the calendar, the categories and the rules."""

import tomllib
from collections.abc import Mapping
from copy import deepcopy
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from bot.configuration.problems import ConfigurationError, Problem
from bot.configuration.rules.book import RuleBook
from bot.configuration.settings import Settings
from bot.configuration.tables import PolicyTable
from bot.words.wording import LOCAL_TIME
from domain.categories import Categories, categories_from
from domain.policies import Policies, Policy
from domain.words.lexicon import Lexicon, lexicon_from
from domain.words.model import Model, unpack
from domain.words.sayings import Sayings, sayings_from
from domain.working_time import WorkCalendar, WorkCalendarError, calendar_from
from storage.supplements import fingerprint

#: The trained model, among the files that Linli brings along.
MODEL_FILE = "words.model"


def read_default(name: str) -> dict[str, Any]:
    """Read a TOML file that Linli brings along in ``bot/configuration/defaults/``."""
    return deepcopy(_parsed(name))


#: The few small files that a start reads several times each; parsing is ten times the copy.
@lru_cache(maxsize=3)
def _parsed(name: str) -> dict[str, Any]:
    file = resources.files("bot.configuration").joinpath("defaults", name)
    return tomllib.loads(file.read_text(encoding="utf-8"))


def work_calendar(
    settings: Settings, taken_in: Mapping[str, Mapping[str, Any]] | None = None
) -> WorkCalendar:
    """Build the office's calendar from the holidays Linli brings along and the office's own.

    Args:
        taken_in: the years that ``linli holidays`` took in; they hold over all else.

    Raises:
        ConfigurationError: the hours, or the dates of a file, cannot be used.
    """
    years = holiday_years(settings) | dict(taken_in or {})
    try:
        return calendar_from(years, timezone=LOCAL_TIME, hours=settings.work.hours)
    except WorkCalendarError as error:
        raise ConfigurationError(
            Problem("work.hours" if said.startswith("hours:") else "work.holidays_file", said)
            for said in error.problems
        ) from None


def holiday_years(settings: Settings) -> dict[str, Any]:
    """Give the years that Linli brings along and that the configuration names, as tables.

    Raises:
        ConfigurationError: the file cannot be read.
    """
    years = read_default("holidays.toml")
    path = settings.work.holidays_file
    if path is not None:
        years |= _holidays(path)
    return years


def _holidays(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        said = f"{path} cannot be read: {error.strerror or type(error).__name__}"
    except ValueError as error:
        said = f"{path} is no TOML in UTF-8: {error}"
    raise ConfigurationError([Problem("work.holidays_file", said)])


@cache
def default_categories() -> Categories:
    """Give the categories that a street begins with."""
    return categories_from(read_default("catalogue.toml"))


@cache
def default_model() -> Model:
    """Read the model that Linli brings along; `make model` trains it."""
    return unpack(_model_file())


def model_fingerprint() -> str:
    """Give the fingerprint of that model: what an office taught stands on top of one alone."""
    return fingerprint(_model_file())


def _model_file() -> bytes:
    return resources.files("bot.configuration").joinpath("defaults", MODEL_FILE).read_bytes()


@cache
def default_lexicon() -> Lexicon:
    """Compile the lexicon that Linli brings along: once, it is dear and never changes."""
    return lexicon_from(read_default("lexicon.toml"))


@cache
def default_sayings() -> Sayings:
    """Read what people call the services of an office, as Linli brings it along."""
    return sayings_from(
        read_default("guide_ideas.toml")["ideas"], read_default("guide_typical.toml")["typical"]
    )


def policies(settings: Settings) -> Policies:
    """Give the documents that Linli brings along, and the office's own."""
    given = [PolicyTable.model_validate(one) for one in read_default("policies.toml")["policies"]]
    return Policies(tuple(Policy(**dict(one)) for one in (*given, *settings.policies)))


def rule_book(settings: Settings) -> RuleBook:
    """Give the rules by day and community."""
    return RuleBook(settings.rules, settings.rule_changes)
