"""The sorts of orders: what drives each, who does it, and how it is shown.

Whatever goes over orders of every sort (the clock, the lists, a hand-over of posts, the copy of
one's data) asks here. Its words stand in the catalogue that is called like the sort.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.documents import Folder
from domain.messages import Message
from domain.services import agency, agency_cards, home, home_cards
from domain.services.orders import Order
from domain.services.rules import AgencyRules, HomeRules, OrderRules
from domain.stages import Procedure, Stage


@dataclass(frozen=True, kw_only=True, slots=True)
class Sort:
    """One sort of orders."""

    procedure: Procedure
    under_way: frozenset[str]
    """While it is in one of these stages, its case is referred to it."""
    records: Callable[[Order, Folder], frozenset[str]]
    """Names what is on record, as the stages know it."""
    rules: type[OrderRules]
    message: Callable[..., Message]
    """Shows it: gets the order, its folder, who does it and the moment, then ``for_resident``,
    ``may_work`` and ``said``."""
    copied: Callable[[Order], Mapping[str, Any]]
    """Gives what the resident is given of it in the copy of their data."""
    due: Callable[[Order, str], datetime | None] = lambda _order, _stage: None
    """Gives by when a stage is to be done where no span says so; None where one does."""
    reminders: Callable[[Order, Any], Iterable[tuple[datetime, str]]] = lambda _order, _rules: ()
    """Gives the moments before something agreed at which both sides are reminded, with the step."""


SORTS: Mapping[str, Sort] = {
    agency.AGENCY: Sort(
        procedure=agency.PROCEDURE,
        under_way=agency.UNDER_WAY,
        records=agency.records_of,
        rules=AgencyRules,
        message=agency_cards.order_message,
        copied=lambda order: agency.details_of(order).as_json(),
    ),
    home.HOME: Sort(
        procedure=home.PROCEDURE,
        under_way=home.UNDER_WAY,
        records=home.records_of,
        rules=HomeRules,
        message=home_cards.order_message,
        copied=home.copied,
        due=home.due,
        reminders=home.reminders,
    ),
}


def sort_of(order: Order) -> Sort:
    """Give the sort of an order."""
    return SORTS[order.kind]


def stage_of(order: Order) -> Stage:
    """Give the stage in which an order of any sort stands."""
    return sort_of(order).procedure.stage(order.standing.stage)


def is_under_way(order: Order) -> bool:
    """Tell whether its case is with it, where it has one."""
    return order.standing.stage in sort_of(order).under_way
