"""Matters that procedures have: to end the procedure, and to come back or be resolved by it."""

from domain.chain import Act
from domain.matters import referral
from domain.matters.assignment import desk_now
from domain.matters.matter import Matter
from domain.matters.rules import ClockRules
from domain.organisation import Responsible
from storage.procedures import Procedure
from storage.work import Work

#: Why a procedure ends from outside, as it stands in the chains.
WITHDRAWN, ERASED = "withdrawn", "erased"


def procedure_of(work: Work, matter: Matter) -> Procedure | None:
    """Find the declaration of the procedure that has a matter; None where none has it."""
    if matter.referral is None:
        return None
    kind = matter.referral.to.kind
    return next((one for one in work.procedures if one.kind == kind), None)


async def end_procedure(work: Work, matter: Matter, act: Act, reason: str) -> None:
    """End the procedure of a matter from outside; nothing where it is with none.

    Args:
        matter: as it was before; whoever ends it saves what becomes of it.
        reason: in words, or a code.
    """
    procedure = procedure_of(work, matter)
    if procedure is not None:
        await procedure.ended(work, matter, act, reason)


def back_desk(work: Work, matter: Matter) -> Responsible:
    """Find who answers now for the post that had a matter before it was referred."""
    return desk_now(work.street.organisation, referral.as_it_was(matter), work.now)


def taken_back(work: Work, matter: Matter, act: Act, reason: str) -> Matter:
    """Give a referred matter back to the post that had it; the caller saves it and tells.

    Raises:
        WrongState: it is with no procedure.
    """
    return referral.take_back(
        matter,
        act,
        reason,
        desk=back_desk(work, matter),
        rules=work.street.rules(ClockRules, matter.community),
        calendar=work.street.office.calendar,
    )


def concluded(
    work: Work, matter: Matter, act: Act, result: str, attachments: tuple[str, ...] = ()
) -> Matter:
    """Resolve a referred matter by the end of its procedure; the caller saves it and tells.

    Raises:
        WrongState: it is with no procedure.
    """
    return referral.conclude(
        matter,
        act,
        result,
        attachments,
        desk=back_desk(work, matter),
        rules=work.street.rules(ClockRules, matter.community),
        calendar=work.street.office.calendar,
    )
