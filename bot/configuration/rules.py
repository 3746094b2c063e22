"""The rules an office may set: spans, shares and thresholds, each with its source and its date.

Law and local rules are dated data. The values in force are those of ``[rules]``, then every
``[[rule_changes]]`` whose date has come, first the street's, then the community's own; a community
stays within ``[limits]``.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from domain.rules import Allowances, ClockRules
from domain.working_time import Allowance


def _no_flag(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("must be a number")
    return value


#: A whole number; true and false are none.
Count = Annotated[int, BeforeValidator(_no_flag), Field(ge=1)]
#: Hours of at most a year.
Hours = Annotated[float, BeforeValidator(_no_flag), Field(gt=0, le=8784)]
Share = Annotated[float, BeforeValidator(_no_flag), Field(gt=0, lt=1)]
Factor = Annotated[float, BeforeValidator(_no_flag), Field(ge=1, le=100)]
Minutes = Annotated[int, BeforeValidator(_no_flag), Field(ge=1, le=1440)]
Days = Annotated[int, BeforeValidator(_no_flag), Field(ge=1, le=3660)]


class Table(BaseModel):
    """A table of the configuration: frozen, and closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class DatedTable(Table):
    """A table of rules that says where they come from and since when they hold."""

    source: str
    """Empty where an office changed a rule and named no source."""
    in_force_from: date


class UrgencyRules(DatedTable):
    """The two clocks of one urgency, counted from dispatch, and the climb after the second."""

    clock: Literal["working", "calendar"]
    contact_hours: Hours
    resolve_hours: Hours
    climb_hours: Hours

    @model_validator(mode="after")
    def _contact_comes_first(self) -> Self:
        if self.contact_hours > self.resolve_hours:
            raise ValueError("contact_hours must not be longer than resolve_hours")
        return self

    def allowance(self, hours: float) -> Allowance:
        """Give hours on the clock of this urgency."""
        return Allowance(hours=hours, calendar=self.clock == "calendar")


class ReminderRules(DatedTable):
    """When a worker is reminded, and how soon an emergency must be acknowledged."""

    soon_share: Share
    acknowledge_minutes: Minutes


class QuestionRules(DatedTable):
    """How long a resident has to answer a question, in working hours."""

    remind_hours: Hours
    window_hours: Hours

    @model_validator(mode="after")
    def _reminder_comes_first(self) -> Self:
        if self.remind_hours >= self.window_hours:
            raise ValueError("remind_hours must be shorter than window_hours")
        return self


class VerdictRules(DatedTable):
    """How long a resident has to judge a result, in working hours."""

    unseen_hours: Hours
    """After which the worker is told to phone, if the question was never seen."""
    remind_hours: Hours
    window_hours: Hours

    @model_validator(mode="after")
    def _window_comes_last(self) -> Self:
        if max(self.remind_hours, self.unseen_hours) >= self.window_hours:
            raise ValueError("unseen_hours and remind_hours must be shorter than window_hours")
        return self


class ReturnRules(DatedTable):
    """How often a case may be returned before the level above must decide."""

    max_returns: Count


class RecheckRules(DatedTable):
    """When a solved case is asked about once more, in calendar days after closing."""

    after_days: Days


class TopicRules(DatedTable):
    """When similar opinions of a week are a hot topic. Requirement D-07."""

    least_opinions: Annotated[int, BeforeValidator(_no_flag), Field(ge=2, le=1000)]
    weeks_compared: Annotated[int, BeforeValidator(_no_flag), Field(ge=1, le=52)]
    growth: Factor
    """How many times the weekly average before counts as rising."""


class NoticeRules(DatedTable):
    """How long a public notice stands on the page, in calendar days.

    At least 15 days. Source: Organic Law of the Urban Residents' Committees, article 34.
    """

    keep_days: Annotated[int, BeforeValidator(_no_flag), Field(ge=15, le=3660)]


class Rules(Table):
    """Every rule; the defaults and their sources stand in ``rules.toml`` among the defaults."""

    urgency_1: UrgencyRules
    urgency_2: UrgencyRules
    urgency_3: UrgencyRules
    reminders: ReminderRules
    questions: QuestionRules
    verdicts: VerdictRules
    returns: ReturnRules
    recheck: RecheckRules
    topics: TopicRules
    notices: NoticeRules

    def sections(self) -> Iterator[tuple[str, DatedTable]]:
        """Go through the tables of rules by name, for whoever shows their sources."""
        for name in type(self).model_fields:
            yield name, getattr(self, name)

    def clock_rules(self) -> ClockRules:
        """Give the spans that the life of a matter uses."""
        by_urgency = {1: self.urgency_1, 2: self.urgency_2, 3: self.urgency_3}
        return ClockRules(
            by_urgency={
                urgency: Allowances(
                    contact=rules.allowance(rules.contact_hours),
                    resolve=rules.allowance(rules.resolve_hours),
                )
                for urgency, rules in by_urgency.items()
            },
            soon_share=self.reminders.soon_share,
            climb={
                urgency: rules.allowance(rules.climb_hours) for urgency, rules in by_urgency.items()
            },
            acknowledge=timedelta(minutes=self.reminders.acknowledge_minutes),
            answer_remind=Allowance(hours=self.questions.remind_hours),
            answer_window=Allowance(hours=self.questions.window_hours),
            unseen=Allowance(hours=self.verdicts.unseen_hours),
            judge_remind=Allowance(hours=self.verdicts.remind_hours),
            judge_window=Allowance(hours=self.verdicts.window_hours),
            recheck=timedelta(days=self.recheck.after_days),
            max_returns=self.returns.max_returns,
        )


class RuleChange(Table):
    """Rules that hold from a day on, for the street or for some communities."""

    in_force_from: date
    source: Annotated[str, Field(min_length=1)]
    communities: tuple[str, ...] = ()
    """Codes of communities; none means the whole street."""
    rules: Mapping[str, Mapping[str, Any]]
    """Only the keys that change, under the names of `Rules`."""


Limits = Mapping[str, Mapping[str, tuple[float, float]]]


class RuleBook:
    """The rules of a street by day and community."""

    def __init__(self, rules: Rules, changes: tuple[RuleChange, ...] = ()) -> None:
        """Take the rules to begin with and the dated changes in any order."""
        self._rules = rules
        self._changes = changes
        # A street has few communities, and a day is asked about again and again.
        self._in_force = lru_cache(maxsize=1000)(self._find)

    def on(self, day: date, community: str | None = None) -> Rules:
        """Give the rules in force on a day; without a community, those of the street."""
        return self._in_force(day, community)

    def clock_rules(self, day: date, community: str | None = None) -> ClockRules:
        """Give the spans in force on a day."""
        return self.on(day, community).clock_rules()

    def _find(self, day: date, community: str | None) -> Rules:
        in_force = [change for change in self._changes if change.in_force_from <= day]
        of_street = [change for change in in_force if not change.communities]
        own = [change for change in in_force if community in change.communities]
        rules = self._rules
        for change in (*_by_date(of_street), *_by_date(own)):
            rules = applied(rules, change)
        return rules


def _by_date(changes: list[RuleChange]) -> list[RuleChange]:
    return sorted(changes, key=lambda change: change.in_force_from)


def applied(rules: Rules, change: RuleChange) -> Rules:
    """Put a change over rules; what it changes carries its source and its date.

    Raises:
        ValidationError: the values do not fit, alone or together.
    """
    tables = rules.model_dump()
    dated = {"source": change.source, "in_force_from": change.in_force_from}
    for name, values in change.rules.items():
        tables[name] = {**tables.get(name, {}), **dated, **values}
    return Rules.model_validate(tables)


def beyond_limits(change: RuleChange, limits: Limits) -> Iterator[tuple[str, str, str]]:
    """Yield what communities must not set so, as (table, key, sentence)."""
    if not change.communities:
        return
    for name, values in change.rules.items():
        for key, value in values.items():
            span = limits.get(name, {}).get(key)
            if span is None:
                yield name, key, "is for the street to decide, not for a community: remove it"
            elif isinstance(value, int | float) and not span[0] <= value <= span[1]:
                lowest, highest = span
                yield name, key, f"must lie within the street's limits, {lowest:g} to {highest:g}"
