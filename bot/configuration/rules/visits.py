"""The rules of visits to those who need looking after."""

from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field

from bot.configuration.rules.kinds import DatedTable, Days, RuleTables, no_flag
from domain.visits.rules import VisitRules

#: The longest month. Source: F-200, monthly.
_Month = Annotated[int, BeforeValidator(no_flag), Field(ge=1, le=31)]
_HalfYear = Annotated[int, BeforeValidator(no_flag), Field(ge=1, le=183)]
_Hours = Annotated[int, BeforeValidator(no_flag), Field(ge=1, le=168)]


class VisitTable(DatedTable):
    """Every how many days whom, and how long what is kept."""

    elder_days: _Month
    child_risk_days: _Month
    child_days: _HalfYear
    disabled_days: _HalfYear
    care_days: _HalfYear
    ordinary_days: _HalfYear
    term_days: Days
    review_days: Days
    kept_days: Days
    approval_hours: _Hours
    need_days: _HalfYear
    effect_days: _HalfYear


class VisitTables(RuleTables):
    """How often whom, and how long what is kept."""

    visits: VisitTable

    def rules(self) -> VisitRules:
        """Give the spans."""
        given = self.visits
        return VisitRules(
            elder=timedelta(days=given.elder_days),
            child_risk=timedelta(days=given.child_risk_days),
            child=timedelta(days=given.child_days),
            disabled=timedelta(days=given.disabled_days),
            care=timedelta(days=given.care_days),
            ordinary=timedelta(days=given.ordinary_days),
            term=timedelta(days=given.term_days),
            review=timedelta(days=given.review_days),
            kept=timedelta(days=given.kept_days),
            approval=timedelta(hours=given.approval_hours),
            need=timedelta(days=given.need_days),
            effect=timedelta(days=given.effect_days),
        )


RULES = (VisitTables,)
