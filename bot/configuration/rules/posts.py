"""The rules of posts."""

from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field

from bot.configuration.rules.kinds import DatedTable, RuleTables, no_flag
from domain.posts.rules import AbsenceRules


class AbsenceTable(DatedTable):
    """For how many days one may let somebody stand in, from today."""

    longest_days: Annotated[int, BeforeValidator(no_flag), Field(ge=1, le=366)]


class AbsenceTables(RuleTables):
    """How long an absence may be."""

    absence: AbsenceTable

    def rules(self) -> AbsenceRules:
        """Give the longest absence."""
        return AbsenceRules(longest=timedelta(days=self.absence.longest_days))


RULES = (AbsenceTables,)
