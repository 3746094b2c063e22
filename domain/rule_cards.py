"""Rules as people read them: every value in words, on what it rests, and since when it holds."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby

from domain.messages import Card, Line, Text, text
from domain.policies import DEFAULTS, Policies
from domain.rules import DatedRules, RuleValue

#: What a table of rules says of itself by a word instead of a number.
_CLOCK = "clock"
#: What is written as a share, and read as a percentage.
_SHARES = frozenset({"soon_share"})


def tables_of(rules: Sequence[DatedRules]) -> dict[str, tuple[RuleValue, ...]]:
    """Give the values in force by their table, in the order in which features declare them."""
    found: dict[str, list[RuleValue]] = {}
    for one in rules:
        for value in one.values:
            found.setdefault(value.table, []).append(value)
    return {name: tuple(values) for name, values in found.items()}


def table_name(table: str) -> Text:
    """Name a table of rules."""
    return text(f"rules.table_{table}")


def rule_card(values: Sequence[RuleValue], policies: Policies, day: date) -> Card:
    """Show one table: its values, and below those of one origin the documents behind them.

    Args:
        values: at least one, all of one table.
    """
    lines: list[Line] = []
    for _, group in groupby(values, _origin):
        together = tuple(group)
        lines += [Line(_label(one), _worded(one)) for one in together]
        lines += _basis(together[0], policies, day)
    return Card(title=table_name(values[0].table), lines=tuple(lines))


def _origin(one: RuleValue) -> tuple[object, ...]:
    return (one.source, one.documents, one.in_force_from, one.own)


def _label(one: RuleValue) -> Text:
    label = text(f"rules.key_{one.key}")
    return text("rules.own", what=label) if one.own else label


def _worded(one: RuleValue) -> Text:
    if one.key == _CLOCK:
        return text(f"rules.clock_{one.value}")
    value = one.value
    if one.key in _SHARES and not isinstance(value, str):
        value = round(value * 100)
    return text(f"rules.value_{one.key}", value=value)


def _basis(one: RuleValue, policies: Policies, day: date) -> list[Line]:
    lines = [
        Line(text("rules.basis"), policies.described(cited, day)) for cited in one.documents
    ] or [Line(text("rules.basis"), text("rules.no_document"))]
    if any(cited.document == DEFAULTS for cited in one.documents):
        lines.append(Line(text("rules.source"), text("rules.default")))
    elif one.source:
        lines.append(Line(text("rules.source"), one.source))
    lines.append(Line(text("rules.since"), one.in_force_from.isoformat()))
    return lines
