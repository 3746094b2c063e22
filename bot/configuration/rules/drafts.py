"""The rules of forms that nobody has finished yet."""

from datetime import timedelta

from bot.configuration.rules.kinds import DatedTable, Days, RuleTables
from domain.rules import DraftRules


class DraftTable(DatedTable):
    """How long an unfinished form is kept for its writer, in calendar days."""

    keep_days: Days


class DraftTables(RuleTables):
    """How long unfinished forms wait."""

    drafts: DraftTable

    def rules(self) -> DraftRules:
        """Give how long a form waits."""
        return DraftRules(life=timedelta(days=self.drafts.keep_days))


RULES = (DraftTables,)
