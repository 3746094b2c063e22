"""The rules of matters: their two clocks, what is asked of residents, what is shown nearby."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from bot.configuration.rules.kinds import (
    Count,
    DatedTable,
    Days,
    Hours,
    Minutes,
    RuleTables,
    Share,
    no_flag,
)
from domain.matters.rules import Allowances, ClockRules, NearbyRules, SupportRules, UrgingRules
from domain.working_time import Allowance


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
    """How long a resident has to judge a result, in working hours, and to take that back."""

    unseen_hours: Hours
    """After which the worker is told to phone, if the question was never seen."""
    remind_hours: Hours
    window_hours: Hours
    take_back_hours: Hours = 24.0
    """In calendar hours."""

    @model_validator(mode="after")
    def _window_comes_last(self) -> Self:
        if max(self.remind_hours, self.unseen_hours) >= self.window_hours:
            raise ValueError("unseen_hours and remind_hours must be shorter than window_hours")
        return self


class ContactRules(DatedTable):
    """For how long "the resident was spoken with" can be taken back, in calendar minutes."""

    take_back_minutes: Minutes


class ReturnRules(DatedTable):
    """How often a case may be returned before the level above must decide."""

    max_returns: Count


class RecheckRules(DatedTable):
    """When a solved case is asked about once more, in calendar days after closing."""

    after_days: Days


class NearbyTable(DatedTable):
    """Which open cases are shown before a new one is filed."""

    metres: Annotated[float, BeforeValidator(no_flag), Field(ge=10, le=5000)]
    """Two points farther apart are two places."""
    days: Days
    """How old a case may be."""
    most: Annotated[int, BeforeValidator(no_flag), Field(ge=1, le=10)]


class ClockTables(RuleTables):
    """The spans of a matter's life."""

    urgency_1: UrgencyRules
    urgency_2: UrgencyRules
    urgency_3: UrgencyRules
    reminders: ReminderRules
    contacts: ContactRules
    questions: QuestionRules
    verdicts: VerdictRules
    returns: ReturnRules
    recheck: RecheckRules

    def rules(self) -> ClockRules:
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
            take_back=timedelta(hours=self.verdicts.take_back_hours),
            contact_take_back=timedelta(minutes=self.contacts.take_back_minutes),
            recheck=timedelta(days=self.recheck.after_days),
            max_returns=self.returns.max_returns,
        )


class NearbyTables(RuleTables):
    """When a case that is open already is offered in place of a new one."""

    nearby: NearbyTable

    def rules(self) -> NearbyRules:
        """Give what is compared by, its measures of likeness unchanged."""
        return NearbyRules(metres=self.nearby.metres, days=self.nearby.days, most=self.nearby.most)


class SupportTable(DatedTable):
    """How many cases of others one resident may join within a day."""

    most_a_day: Annotated[int, BeforeValidator(no_flag), Field(ge=1, le=100)]


class SupportTables(RuleTables):
    """How often "me too" may be said."""

    supports: SupportTable

    def rules(self) -> SupportRules:
        """Give how many cases one may join."""
        return SupportRules(most_a_day=self.supports.most_a_day)


class UrgingTable(DatedTable):
    """When a resident may ask for an open case once more, in calendar hours."""

    quiet_hours: Hours
    again_hours: Hours


class UrgingTables(RuleTables):
    """How soon and how often one's own case is urged."""

    urging: UrgingTable

    def rules(self) -> UrgingRules:
        """Give the two spans."""
        return UrgingRules(
            quiet=timedelta(hours=self.urging.quiet_hours),
            again=timedelta(hours=self.urging.again_hours),
        )


RULES = (ClockTables, NearbyTables, SupportTables, UrgingTables)
