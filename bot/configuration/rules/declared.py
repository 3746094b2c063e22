"""Every declaration of rules: one tuple, from which the configuration's ``[rules]`` is made."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pydantic import create_model

from bot.configuration.rules import (
    broadcasts,
    digests,
    drafts,
    learning,
    matters,
    plans,
    posts,
    services,
    slots,
    visits,
)
from bot.configuration.rules.kinds import DatedTable, RuleTables, Table

DECLARED: tuple[type[RuleTables], ...] = (
    *matters.RULES,
    *digests.RULES,
    *broadcasts.RULES,
    *posts.RULES,
    *drafts.RULES,
    *learning.RULES,
    *slots.RULES,
    *services.RULES,
    *plans.RULES,
    *visits.RULES,
)


class AllTables(Table):
    """What the tables of all features have in common."""

    if TYPE_CHECKING:  # The tables are those of DECLARED; no list of them is kept here.

        def __getattr__(self, name: str) -> Any: ...

    def sections(self) -> Iterator[tuple[str, DatedTable]]:
        """Go through the tables of rules by name, for whoever shows their sources."""
        for name in type(self).model_fields:
            yield name, getattr(self, name)


def all_tables(declared: tuple[type[RuleTables], ...]) -> type[AllTables]:
    """Make the model of ``[rules]`` from what features declare.

    Raises:
        LookupError: two features declare the same table.
    """
    fields: dict[str, Any] = {}
    for one in declared:
        for name, field in one.model_fields.items():
            if name in fields:
                raise LookupError(f"the table rules.{name} is declared twice")
            fields[name] = (field.annotation, ...)
    return create_model("Rules", __base__=AllTables, **fields)


if TYPE_CHECKING:
    Rules = AllTables
else:
    #: Every rule; the defaults and their sources stand in ``rules.toml`` among the defaults.
    Rules = all_tables(DECLARED)
