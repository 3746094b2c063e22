"""The rules of what is said to all residents of a unit."""

from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field

from bot.configuration.rules.kinds import DatedTable, RuleTables, no_flag
from domain.broadcasts.rules import NoticeRules


class NoticeTable(DatedTable):
    """How long a public notice stands on the page, in calendar days.

    At least 15 days. Source: Organic Law of the Urban Residents' Committees, article 34.
    """

    keep_days: Annotated[int, BeforeValidator(no_flag), Field(ge=15, le=3660)]


class NoticeTables(RuleTables):
    """How long public notices stand."""

    notices: NoticeTable

    def rules(self) -> NoticeRules:
        """Give how long a notice stands on the page."""
        return NoticeRules(life=timedelta(days=self.notices.keep_days))


RULES = (NoticeTables,)
