"""改分类: somebody of the office says that a case is of another kind or category."""

from collections.abc import Sequence
from dataclasses import replace

from domain.categories import KEPT, Category, Kind
from domain.chain import Act
from domain.errors import Refused
from domain.matters.chain import record
from domain.matters.clock import Pause, due_dates, redated
from domain.matters.life import ensure
from domain.matters.matter import IN_HAND, Happening, Matter
from domain.matters.rules import ClockRules
from domain.working_time import WorkCalendar

#: What a case may become. A question that is none becomes a case; no case becomes a question, which
#: the window answers and nobody judges.
BECOMES = KEPT


def resort(
    matter: Matter,
    act: Act,
    category: Category,
    *,
    is_followed: bool,
    pauses: Sequence[Pause] = (),
    rules: ClockRules,
    calendar: WorkCalendar,
) -> Matter:
    """Put a case into another category, and so perhaps among another kind.

    Its priority stays, and so do its deadlines; a question that becomes a case gets those of one.
    What was told in confidence stays so, and what becomes a dispute is from then on.

    Args:
        is_followed: neighbours hear of it, by "me too" or by a merge.
        pauses: how often and how long the clock stood still since the dispatch.

    Raises:
        Refused: it is in that category already, or neighbours would hear of a dispute.
        WrongState: it is in nobody's hands.
    """
    ensure(matter, *IN_HAND)
    if category.kind not in BECOMES or category.code == matter.category:
        raise Refused("same_category", number=matter.number)
    if category.kind is Kind.DISPUTE and not matter.sealed and is_followed:
        raise Refused("neighbours_follow", number=matter.number)
    confidential = matter.confidential or matter.sealed or category.kind is Kind.DISPUTE
    changed = replace(
        matter,
        kind=category.kind,
        category=category.code,
        confidential=confidential,
        public_space=category.public_space and not confidential,
    )
    if matter.kind is Kind.ENQUIRY:
        due = due_dates(changed, changed.urgency, pauses, rules=rules, calendar=calendar)
        changed = redated(changed, act.at, due)
    return record(changed, act, Happening.RESORTED, before=matter.category, category=category.code)
