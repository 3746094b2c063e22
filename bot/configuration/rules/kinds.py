"""What tables of rules are made of, and how a feature declares its own.

A feature's file beside this one names its tables in a `RuleTables`, whose fields are the tables of
``[rules]``, and makes its rules of them. `bot.configuration.rules.declared` names all of them.
"""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from domain.rules import DatedRules


def no_flag(value: object) -> object:
    """Refuse true and false, which Python counts as 1 and 0.

    Raises:
        ValueError: it is one of them.
    """
    if isinstance(value, bool):
        raise ValueError("must be a number")
    return value


#: A whole number; true and false are none.
Count = Annotated[int, BeforeValidator(no_flag), Field(ge=1)]
#: Hours of at most a year.
Hours = Annotated[float, BeforeValidator(no_flag), Field(gt=0, le=8784)]
Share = Annotated[float, BeforeValidator(no_flag), Field(gt=0, lt=1)]
Factor = Annotated[float, BeforeValidator(no_flag), Field(ge=1, le=100)]
Minutes = Annotated[int, BeforeValidator(no_flag), Field(ge=1, le=1440)]
Days = Annotated[int, BeforeValidator(no_flag), Field(ge=1, le=3660)]


class Table(BaseModel):
    """A table of the configuration: frozen, and closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class CitationTable(Table):
    """A place in a document of ``[[policies]]``, or of those that Linli brings along."""

    id: Annotated[str, Field(min_length=1)]
    article: Annotated[str, Field(max_length=40)] = ""


class DatedTable(Table):
    """A table of rules that says where they come from and since when they hold."""

    source: str
    """Empty where an office changed a rule and named no source."""
    in_force_from: date
    documents: tuple[CitationTable, ...] = ()
    """The documents on which the values rest; none where the office named none."""


class RuleTables(Table):
    """The tables of which one feature's rules are made."""

    def rules(self) -> DatedRules:
        """Make the rules that the feature works with."""
        raise NotImplementedError
