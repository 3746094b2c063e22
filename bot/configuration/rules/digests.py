"""The rules of digests."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from bot.configuration.rules.kinds import DatedTable, Factor, RuleTables, no_flag
from domain.digests.rules import TopicRules


class TopicTable(DatedTable):
    """When similar opinions of a week are a hot topic. Requirement D-07."""

    least_opinions: Annotated[int, BeforeValidator(no_flag), Field(ge=2, le=1000)]
    weeks_compared: Annotated[int, BeforeValidator(no_flag), Field(ge=1, le=52)]
    growth: Factor
    """How many times the weekly average before counts as rising."""


class TopicTables(RuleTables):
    """When similar opinions are a hot topic."""

    topics: TopicTable

    def rules(self) -> TopicRules:
        """Give what makes a topic hot."""
        return TopicRules(
            least_opinions=self.topics.least_opinions,
            weeks_compared=self.topics.weeks_compared,
            growth=self.topics.growth,
        )


RULES = (TopicTables,)
