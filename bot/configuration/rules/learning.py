"""The rules of what is learnt from corrections."""

from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field

from bot.configuration.rules.kinds import DatedTable, RuleTables, no_flag
from domain.words.corrections import LearningRules


class LearningTable(DatedTable):
    """How long a correction is kept, and in how many people's sentences a piece must stand.

    Two years at most, three people at least: so no weight gives away what one person said.
    """

    keep_days: Annotated[int, BeforeValidator(no_flag), Field(ge=1, le=730)]
    least_persons: Annotated[int, BeforeValidator(no_flag), Field(ge=3, le=1000)]


class LearningTables(RuleTables):
    """What is learnt from corrections."""

    learning: LearningTable

    def rules(self) -> LearningRules:
        """Give what is kept, and what is learnt of it."""
        return LearningRules(
            least_persons=self.learning.least_persons,
            life=timedelta(days=self.learning.keep_days),
        )


RULES = (LearningTables,)
