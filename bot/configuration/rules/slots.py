"""The rules of times that can be booked."""

from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field

from bot.configuration.rules.kinds import (
    Count,
    DatedTable,
    Days,
    Hours,
    Minutes,
    RuleTables,
    no_flag,
)
from domain.slots import BookingRules


class BookingTable(DatedTable):
    """How far ahead, how late and how often one may book."""

    horizon_days: Annotated[int, BeforeValidator(no_flag), Field(ge=1, le=366)]
    lead_minutes: Minutes
    most_open: Count
    before_hours: Annotated[Hours, Field(le=23)]
    """Before a time; the day before is reminded of besides."""
    grace_minutes: Minutes
    most_missed: Annotated[int, BeforeValidator(no_flag), Field(ge=0, le=100)]
    """0: not to come has no consequence."""
    missed_days: Days
    keep_days: Days


class BookingTables(RuleTables):
    """The rules of bookings."""

    bookings: BookingTable

    def rules(self) -> BookingRules:
        """Give how one may book."""
        given = self.bookings
        return BookingRules(
            horizon_days=given.horizon_days,
            lead=timedelta(minutes=given.lead_minutes),
            most_open=given.most_open,
            remind=timedelta(hours=given.before_hours),
            grace=timedelta(minutes=given.grace_minutes),
            most_missed=given.most_missed,
            missed_within=timedelta(days=given.missed_days),
            keep=timedelta(days=given.keep_days),
        )


RULES = (BookingTables,)
