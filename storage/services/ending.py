"""How an order of any kind ends without a result."""

from collections.abc import Mapping
from typing import Protocol

from domain.chain import Act
from domain.services.agency import AGENCY
from domain.services.home import HOME
from domain.services.tasks import KINDS
from storage.services.agency import end_agency
from storage.services.home import end_home
from storage.services.order_steps import Doing
from storage.services.tasks import end_task
from storage.work import Work


class Ends(Protocol):
    """Ends an order of one kind."""

    def __call__(
        self, work: Work, doing: Doing, act: Act, reason: str, *, by: str, forget: bool = False
    ) -> Doing:
        """End it, for a reason in words or a code."""


_ENDS: Mapping[str, Ends] = {
    AGENCY: end_agency,
    HOME: end_home,
    **dict.fromkeys(KINDS, end_task),
}


def end_early(
    work: Work, doing: Doing, act: Act, reason: str, *, by: str, forget: bool = False
) -> Doing:
    """End an order without a result.

    Args:
        by: who ends it: whoever does it, or the one for whom it is done.
        forget: the resident's data go: nothing is left to be done in the file.
    """
    return _ENDS[doing.order.kind](work, doing, act, reason, by=by, forget=forget)
