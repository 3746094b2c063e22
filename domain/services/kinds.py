"""The kinds of orders: by which stages each goes, what it keeps, and how it is shown."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.documents import Folder
from domain.messages import Message
from domain.services import agency, agency_cards, home, home_cards, task_cards, tasks
from domain.services.orders import Order
from domain.services.rules import AgencyRules, HomeRules, OrderRules, TaskRules
from domain.stages import Procedure, Stage


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderKind:
    """What differs between kinds of orders."""

    procedure: Procedure
    """Its name is the catalogue in which the words of the kind stand."""
    under_way: frozenset[str]
    """While an order is in one of these stages, its case is referred to it."""
    rules: type[OrderRules]
    records: Callable[[Order, Folder], frozenset[str]]
    message: Callable[..., Message]
    kept: Callable[[Order], Mapping[str, Any]]
    """What a copy of one's data gives of it."""
    due: Callable[[Order, str], datetime | None] = lambda _order, _stage: None
    """Gives by when a stage is to be done where no span says so; None where one does."""
    reminders: Callable[[Order, Any], Iterable[tuple[datetime, str]]] = lambda _order, _rules: ()
    """Gives the moments before something agreed at which both sides are reminded, with the step."""

    @property
    def words(self) -> str:
        """Name the catalogue of its words."""
        return self.procedure.name


_AGENCY = OrderKind(
    procedure=agency.PROCEDURE,
    under_way=agency.UNDER_WAY,
    rules=AgencyRules,
    records=agency.records_of,
    message=agency_cards.order_message,
    kept=lambda order: agency.details_of(order).as_json(),
)
_HOME = OrderKind(
    procedure=home.PROCEDURE,
    under_way=home.UNDER_WAY,
    rules=HomeRules,
    records=home.records_of,
    message=home_cards.order_message,
    kept=home.copied,
    due=home.due,
    reminders=home.reminders,
)
_TASK = OrderKind(
    procedure=tasks.PROCEDURE,
    under_way=tasks.UNDER_WAY,
    rules=TaskRules,
    records=tasks.records_of,
    message=task_cards.task_message,
    kept=lambda order: tasks.task_of(order).as_json(),
)
ORDER_KINDS: Mapping[str, OrderKind] = {
    agency.AGENCY: _AGENCY,
    home.HOME: _HOME,
    **dict.fromkeys(tasks.KINDS, _TASK),
}


def kind_of(order: Order) -> OrderKind:
    """Give the kind of an order."""
    return ORDER_KINDS[order.kind]


def stage_of(order: Order) -> Stage:
    """Give the stage in which an order stands."""
    return kind_of(order).procedure.stage(order.standing.stage)


def is_with_case(order: Order) -> bool:
    """Tell whether its case, as long as it has one, is referred to it in this stage."""
    return order.standing.stage in kind_of(order).under_way
