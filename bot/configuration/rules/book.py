"""The rules in force by day and community.

Law and local rules are dated data. The values in force are those of ``[rules]``, then every
``[[rule_changes]]`` whose date has come, first the street's, then the community's own; a community
stays within ``[limits]``.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Annotated, Any

from pydantic import Field

from bot.configuration.rules.declared import DECLARED, Rules
from bot.configuration.rules.kinds import CitationTable, DatedTable, RuleTables, Table
from domain.policies import Citation
from domain.rules import DatedRules, RuleValue

#: What every table says of itself besides its values.
_OF_TABLE = frozenset({"source", "in_force_from", "documents"})


class RuleChange(Table):
    """Rules that hold from a day on, for the street or for some communities."""

    in_force_from: date
    source: Annotated[str, Field(min_length=1)]
    documents: tuple[CitationTable, ...] = ()
    """What it rests on, as far as it stands in a document."""
    communities: tuple[str, ...] = ()
    """Codes of communities; none means the whole street."""
    rules: Mapping[str, Mapping[str, Any]]
    """Only the keys that change, under the names of `Rules`."""


Limits = Mapping[str, Mapping[str, tuple[float, float]]]


class RuleBook:
    """The rules of a street by day and community."""

    def __init__(
        self,
        rules: Rules,
        changes: tuple[RuleChange, ...] = (),
        declared: tuple[type[RuleTables], ...] = DECLARED,
    ) -> None:
        """Take the rules to begin with and the dated changes in any order."""
        self._rules = rules
        self._changes = changes
        self._declared = declared
        #: The communities that have set something for themselves, on whatever day.
        self.communities = frozenset(code for one in changes for code in one.communities)
        # A street has few communities, and a day is asked about again and again.
        self._in_force = lru_cache(maxsize=1000)(self._find)

    def on(self, day: date, community: str | None = None) -> Rules:
        """Give the tables in force on a day; without a community, those of the street."""
        rules, _ = self._in_force(day, community)
        return rules

    def given(
        self, day: date, community: str | None = None
    ) -> Mapping[type[DatedRules], DatedRules]:
        """Give the rules of every feature in force on a day, each value with its source."""
        rules, values = self._in_force(day, community)
        made: dict[type[DatedRules], DatedRules] = {}
        for one in self._declared:
            tables = {name: getattr(rules, name) for name in one.model_fields}
            built = one.model_construct(**tables).rules()
            own = tuple(value for name in tables for value in values[name].values())
            made[type(built)] = replace(built, values=own)
        return made

    def _find(
        self, day: date, community: str | None
    ) -> tuple[Rules, Mapping[str, Mapping[str, RuleValue]]]:
        rules = self._rules
        values = {name: _values(name, table) for name, table in rules.sections()}
        for change in self._since(day, community):
            rules = applied(rules, change)
            for name, changed in change.rules.items():
                values[name] = values[name] | {
                    key: replace(
                        values[name][key],
                        value=getattr(getattr(rules, name), key),
                        source=getattr(rules, name).source,
                        in_force_from=getattr(rules, name).in_force_from,
                        documents=_citations(getattr(rules, name)),
                        own=bool(change.communities),
                    )
                    for key in changed
                    if key in values[name]
                }
        return rules, values

    def _since(self, day: date, community: str | None) -> Iterable[RuleChange]:
        in_force = [change for change in self._changes if change.in_force_from <= day]
        of_street = [change for change in in_force if not change.communities]
        own = [change for change in in_force if community in change.communities]
        return (*_by_date(of_street), *_by_date(own))


def _values(name: str, table: DatedTable) -> dict[str, RuleValue]:
    return {
        key: RuleValue(
            table=name,
            key=key,
            value=getattr(table, key),
            source=table.source,
            in_force_from=table.in_force_from,
            documents=_citations(table),
        )
        for key in type(table).model_fields
        if key not in _OF_TABLE
    }


def _citations(table: DatedTable) -> tuple[Citation, ...]:
    return tuple(Citation(one.id, one.article) for one in table.documents)


def _by_date(changes: list[RuleChange]) -> list[RuleChange]:
    return sorted(changes, key=lambda change: change.in_force_from)


def applied(rules: Rules, change: RuleChange) -> Rules:
    """Put a change over rules; what it changes carries its source and its date.

    Raises:
        ValidationError: the values do not fit, alone or together.
    """
    tables = rules.model_dump()
    dated = {
        "source": change.source,
        "in_force_from": change.in_force_from,
        "documents": change.documents,
    }
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
