"""A home visit in a piece of work: it begins with its case, gets a window, and ends."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from domain.chain import Act
from domain.documents import Paper
from domain.matters.matter import Matter
from domain.messages import text
from domain.organisation import Responsible
from domain.relations import Consenting
from domain.services import home_papers
from domain.services.agency import AGENT
from domain.services.home import HOME, HomeDetails, with_home, without_window
from storage.services.opening import open_order
from storage.services.order_steps import (
    Doing,
    MakesPaper,
    advance,
    agent_of,
    recorded,
    tell_agent,
    voided,
)
from storage.work import Work


async def open_home(
    work: Work, matter: Matter, act: Act, desk: Responsible, details: HomeDetails
) -> Doing:
    """Make the order and refer the case to it.

    Raises:
        WrongState: nobody has the case in hand.
        Refused: it may be about danger, or whoever would come is barred from it.
    """
    doing = await open_order(work, matter, act, HOME, desk, details.as_json())
    doing = recorded(work, doing, act, "opened", what=details.what)
    tell_agent(work, doing, text("home.agent_new", number=doing.order.number))
    return doing


async def given_to(work: Work, doing: Doing, desk: Responsible) -> Doing:
    """Let somebody else come; whoever comes already stays."""
    if desk.person == doing.order.owner:
        return doing
    order = replace(doing.order, seat=desk.seat, owner=desk.person)
    return replace(doing, order=order, agent=await agent_of(work, order))


# --- papers --------------------------------------------------------------------------------------


def acceptance(work: Work, at: datetime, *, with_notice: bool) -> Mapping[str, MakesPaper]:
    """Give the acceptance slip, and the one notice where something has to be ready."""
    zone = work.street.office.timezone

    def accepted(doing: Doing) -> Paper:
        return home_papers.acceptance(doing.order, doing.agent, at=at, zone=zone)

    def noticed(doing: Doing) -> Paper:
        return home_papers.notice(doing.order, doing.agent, zone=zone)

    return {"acceptance": accepted, **({"notice": noticed} if with_notice else {})}


def suspension(work: Work, at: datetime) -> Mapping[str, MakesPaper]:
    """Give the suspension slip."""
    zone = work.street.office.timezone
    return {
        "suspension": lambda doing: home_papers.suspension(
            doing.order, doing.agent, at=at, due=doing.order.standing.due_at, zone=zone
        )
    }


def resumption(work: Work, at: datetime, how: Consenting) -> Mapping[str, MakesPaper]:
    """Give the paper by which the person lets it go on, with how they said so."""
    zone = work.street.office.timezone
    return {
        "resumption": lambda doing: home_papers.resumption(
            doing.order, doing.agent, at=at, how=how, zone=zone
        )
    }


def closing(work: Work, at: datetime) -> Mapping[str, MakesPaper]:
    """Give the closing slip."""
    zone = work.street.office.timezone
    return {
        "closing": lambda doing: home_papers.closing(doing.order, doing.agent, at=at, zone=zone)
    }


# --- steps that the case or another feature asks for ---------------------------------------------


def unbooked(work: Work, doing: Doing) -> Doing:
    """Let the window that was agreed count no more, nor its codes and its slip."""
    doing = replace(doing, order=without_window(doing.order))
    return voided(work, doing, "acceptance")


def end_home(
    work: Work, doing: Doing, act: Act, reason: str, *, by: str, forget: bool = False
) -> Doing:
    """End a home visit without a result; no papers lie with the office, so there is no more to do.

    Args:
        reason: in words, or a code.
        by: who ends it: whoever would come, or the resident.
    """
    move = "terminate" if by == AGENT else "cancel"
    zone = work.street.office.timezone

    def termination(now: Doing) -> Paper:
        by_resident = by != AGENT
        return home_papers.termination(
            now.order, now.agent, at=act.at, by_resident=by_resident, zone=zone
        )

    # The slip still says when somebody was to come; the codes are void at once.
    order = with_home(doing.order, reason=reason, says_worker="", says_resident="")
    return advance(
        work,
        replace(doing, order=order),
        move,
        act,
        by=by,
        happening=move,
        papers={"termination": termination},
        reason=reason,
    )
