"""Coverage as figures of a unit, for the chat, the digest and the files."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from domain.messages import Line, text
from domain.organisation import Unit
from domain.street import Street
from domain.visits.coverage import Coverage, Round, coverage_of
from domain.visits.entries import PRIORITY
from reports.sections import Counts, Section, Span
from storage.database import Tx
from storage.plans import list_plans_in
from storage.visits.visits import count_needs, list_rounds


async def read_coverage(
    tx: Tx, street: Street, unit: Unit, begins: datetime, ends: datetime, now: datetime
) -> Mapping[str, Coverage]:
    """Count the visits of a unit by grid, in the order of their codes."""
    grids = [one.code for one in street.organisation.grids_under(unit.code)]
    rounds: Sequence[Round] = [
        *await list_rounds(tx, grids, begins, ends),
        *(
            Round(one.unit, one.next_due_at)
            for one in await list_plans_in(tx, grids, PRIORITY, until=ends)
        ),
    ]
    found = coverage_of(rounds, grids, begins, ends, now)
    needs = await count_needs(tx, grids)
    return {
        grid: one + Coverage(needs=needs.get(grid, 0))
        for grid, one in found.items()
        if street.organisation.is_active(grid) or one != Coverage() or needs.get(grid)
    }


async def _read(tx: Tx, street: Street, unit: Unit, span: Span) -> Counts:
    """Count a week of a unit; where nobody is visited there is nothing to tell."""
    found = await read_coverage(tx, street, unit, span.begins, span.ends, span.now)
    total = sum(found.values(), Coverage())
    if total == Coverage():
        return {}
    return {
        "due": total.due,
        "done": total.done,
        "declined": total.declined,
        "late": total.late,
        "needs": total.needs,
    }


def _line(counts: Counts) -> Line:
    total = Coverage(**counts)
    said = total.said
    if total.needs:
        said = text("visits.coverage_needs", coverage=said, needs=total.needs)
    return Line(text("visits.digest"), said)


SECTION = Section(name="visits", read=_read, line=_line)
