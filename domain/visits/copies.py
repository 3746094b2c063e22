"""What a person gets of what is kept of them in the register and its visits.

Source: Personal Information Protection Law (PIPL), article 45.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from domain.data_copy import Copied
from domain.messages import Line, text
from domain.names import unit_called
from domain.organisation import Organisation
from domain.visits.basis import basis_name
from domain.visits.categories import category_name
from domain.visits.entries import Entry, state_name, to_json
from domain.visits.family import Link, kinship_name
from domain.visits.needs import Need, need_state_name
from domain.visits.visits import Visit, VisitState, area_name, in_order, visit_state_name

#: An entry with its visits and needs.
Told = tuple[Entry, Sequence[Visit], Sequence[Need]]


def copied(
    told: Sequence[Told],
    links: Sequence[Link],
    made: Sequence[tuple[datetime, str, VisitState]],
    asked: Sequence[tuple[datetime, str]],
) -> Copied:
    """List for a resident what is kept of them, for staff when and where they visited.

    Args:
        told: the entries that are about the person.
        links: whose relative the person is, among others.
        made: visits that a member of staff made: when, in which grid, how it went.
        asked: approvals that a member of staff asked for or gave.
    """
    return Copied(
        name="visits",
        rows=[
            *(_entry_row(one) for one in told),
            *({"link": one.kinship.value, "since": _iso(one.linked_at)} for one in links),
            *(
                {"visited_at": at.isoformat(), "unit": unit, "went": state.value}
                for at, unit, state in made
            ),
            *({"approval_at": at.isoformat(), "state": str(state)} for at, state in asked),
        ],
        lines=lambda organisation: [
            *(line for one in told for line in entry_lines(one)),
            *(Line(kinship_name(one.kinship), one.linked_at) for one in links),
            *_made_lines(made, organisation),
        ],
    )


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _entry_row(told: Told) -> dict[str, Any]:
    entry, visits, needs = told
    return {
        "entry": entry.sign,
        "since": entry.opened_at.isoformat(),
        "valid_until": entry.valid_until.isoformat(),
        "state": entry.state.value,
        "says": to_json(entry.content) if entry.content is not None else None,
        "visits": [
            {
                "at": _iso(one.at),
                "how": one.how.value,
                "went": one.state.value,
                "found": [area.value for area in in_order(one.areas)],
                "note": one.note,
            }
            for one in visits
        ],
        "needs": [
            {
                "area": one.area.value,
                "words": one.words,
                "done": one.action,
                "effect": one.effect,
                "state": one.state.value,
                "case": one.number,
            }
            for one in needs
        ],
    }


def entry_lines(told: Told) -> list[Line]:
    """Say in words what is kept of a person; whoever shows it notes the look."""
    entry, visits, needs = told
    lines = [
        Line(text("visits.since"), entry.opened_at),
        Line(text("visits.state"), state_name(entry)),
    ]
    content = entry.content
    if content is not None:
        lines += [
            Line(text("visits.name"), content.name),
            Line(text("visits.born"), content.born),
            Line(text("visits.address"), content.address),
            Line(text("visits.phone"), content.phone or text("visits.none")),
            Line(text("visits.category"), category_name(content.category)),
            Line(text("visits.basis"), basis_name(content.basis)),
            Line(text("visits.needs"), content.needs or text("visits.none")),
        ]
    lines += [Line(text("visits.valid_until"), entry.valid_until)]
    lines += [
        Line(
            text("visits.visit_at", at=one.at or one.begun_at),
            text(
                "visits.visit_told",
                went=visit_state_name(one),
                areas=tuple(area_name(area) for area in in_order(one.areas)),
                note=one.note,
            ),
        )
        for one in visits
    ]
    lines += [
        Line(
            text("visits.need_at", at=one.opened_at),
            text(
                "visits.need_told",
                area=area_name(one.area),
                words=one.words,
                state=need_state_name(one.state),
                done=one.action,
                effect=one.effect,
            ),
        )
        for one in needs
    ]
    return lines


def _made_lines(
    made: Sequence[tuple[datetime, str, VisitState]], organisation: Organisation
) -> list[Line]:
    return [
        Line(text("visits.made_at", at=at), unit_called(unit, organisation)) for at, unit, _ in made
    ]
