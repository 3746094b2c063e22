"""What the features of this layer declare, named in a tuple that digests go over."""

from collections.abc import Iterable, Mapping

from domain.messages import Line
from domain.organisation import Unit
from domain.street import Street
from reports.sections import Counts, Section, Span
from reports.visits import coverage
from storage.database import Tx

SECTIONS: tuple[Section, ...] = (coverage.SECTION,)


async def read_sections(tx: Tx, street: Street, unit: Unit, span: Span) -> Mapping[str, Counts]:
    """Count what every feature tells of a unit; who has nothing to tell is left out."""
    found = {one.name: await one.read(tx, street, unit, span) for one in SECTIONS}
    return {name: counts for name, counts in found.items() if counts}


def section_lines(counted: Mapping[str, Counts]) -> Iterable[Line]:
    """Say what was counted; a section that there is no more says nothing."""
    return [one.line(counted[one.name]) for one in SECTIONS if one.name in counted]
