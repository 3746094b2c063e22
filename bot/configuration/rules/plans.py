"""The rules of what recurs."""

from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field

from bot.configuration.rules.kinds import DatedTable, RuleTables, Share, no_flag
from domain.plans import PlanRules

_Days = Annotated[int, BeforeValidator(no_flag), Field(ge=1, le=30)]


class PlanTable(DatedTable):
    """When somebody hears of what recurs: before its day, and level by level after it."""

    soon_share: Share
    late_days: _Days
    further_days: _Days


class PlanTables(RuleTables):
    """When somebody is told of what is due."""

    plans: PlanTable

    def rules(self) -> PlanRules:
        """Give the reminders before a due day and the climbs after it."""
        return PlanRules(
            soon_share=self.plans.soon_share,
            late=timedelta(days=self.plans.late_days),
            climb=timedelta(days=self.plans.further_days),
        )


RULES = (PlanTables,)
