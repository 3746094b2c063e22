"""Two cases that are one: the duplicate ends, and its reporter follows the other."""

from dataclasses import replace

from domain.chain import Act
from domain.errors import Refused
from domain.laws import MEDIATION_15, OFFICE_WITHDRAWAL
from domain.matters.chain import record
from domain.matters.life import ensure, turn_to
from domain.matters.matter import OPEN, Happening, Matter, State


def merge(matter: Matter, into: Matter, act: Act, reason: str) -> tuple[Matter, Matter]:
    """Close a duplicate into another case; both keep their chains and sources (M-12).

    Raises:
        Refused: the two are one, or of different confidentiality, or one names who has the other.
    """
    ensure(matter, *OPEN)
    ensure(into, *OPEN)
    if matter.number == into.number:
        raise Refused("merge_with_itself")
    if matter.confidential != into.confidential:
        raise Refused("merge_confidential", rule=MEDIATION_15)
    barred = matter.barred | into.barred
    if into.owner in barred:
        raise Refused("merge_barred", rule=OFFICE_WITHDRAWAL, number=into.number)
    merged = turn_to(
        matter,
        act,
        State.MERGED,
        merged_into=into.number,
        closed_at=act.at,
        answer_by=None,
        judge_by=None,
        paused_at=None,
    )
    merged = record(merged, act, Happening.MERGED, into=into.number, reason=reason)
    kept = replace(into, supporters=into.supporters + 1 + matter.supporters, barred=barred)
    kept = record(
        kept, act, Happening.ABSORBED, number=matter.number, origin=matter.origin, reason=reason
    )
    return merged, kept
