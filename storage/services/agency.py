"""A full agency in a piece of work: it begins with an authority, keeps papers, and ends."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from domain import stages
from domain.chain import Act
from domain.documents import Handing, Paper
from domain.matters.matter import Matter
from domain.messages import text
from domain.names import unit_called
from domain.organisation import Responsible
from domain.relations import Consenting
from domain.services import agency_papers
from domain.services.agency import AGENCY, AGENT, RESUMPTION, Details, with_details
from domain.services.rules import AgencyRules
from storage.services.opening import open_order
from storage.services.order_steps import (
    Doing,
    MakesPaper,
    advance,
    issued,
    recorded,
    tell_agent,
    voided,
)
from storage.work import Work


async def open_agency(
    work: Work, matter: Matter, act: Act, desk: Responsible, details: Details
) -> Doing:
    """Open a full agency, and issue the authority that is to be signed.

    Raises:
        WrongState: nobody has the case in hand.
        Refused: it may be about danger, or the agent is barred from it.
    """
    doing = await open_order(work, matter, act, AGENCY, desk, details.as_json())
    doing = recorded(work, _with_authority(work, doing, act), act, "opened", what=details.what)
    tell_agent(work, doing, text("agency.agent_new", number=doing.order.number))
    return doing


def _with_authority(work: Work, doing: Doing, act: Act) -> Doing:
    """Issue the authority of an agency, which waits to be signed."""
    return issued(work, doing, "authority", _authority(work), act)


def _authority(work: Work) -> MakesPaper:
    def make(doing: Doing) -> Paper:
        order = doing.order
        agency_rules = work.street.rules(AgencyRules, order.community)
        return agency_papers.authority(
            order,
            doing.agent,
            office=unit_called(order.community, work.street.organisation),
            until=order.opened_at + agency_rules.authority_valid,
            zone=work.street.office.timezone,
        )

    return make


def changed(doing: Doing, **details: object) -> Doing:
    """Change what an agency keeps, before a step that needs it."""
    return replace(doing, order=with_details(doing.order, **details))


def items_paper(doing: Doing) -> Paper:
    """Write the list of papers as it stands."""
    return agency_papers.items(
        doing.order,
        doing.folder.items(Handing.RECEIVED),
        doing.folder.items(Handing.RETURNED),
    )


def end_agency(
    work: Work, doing: Doing, act: Act, reason: str, *, by: str, forget: bool = False
) -> Doing:
    """End an agency without a result; what the office still has is handed back first.

    Args:
        by: who ends it: the agent, or the person who takes the authority back.
        forget: the resident's data go: nothing is left to be done in the file.
    """
    doing = changed(doing, reason=reason)
    move = "terminate" if by == AGENT else "revoke"
    papers = {"termination": _termination(work, act.at, by_resident=by != AGENT)}
    doing = advance(work, doing, move, act, by=by, happening=move, papers=papers, reason=reason)
    doing = voided(work, doing, "authority")
    if not doing.folder.outstanding or forget:
        return _ended(work, doing, act)
    return doing


def _ended(work: Work, doing: Doing, act: Act) -> Doing:
    standing = stages.Standing(stage="terminated", since=act.at, due_at=None)
    order = replace(doing.order, standing=standing, ended_at=act.at, outcome="terminated")
    return recorded(work, replace(doing, order=order), act, "ended")


def _termination(work: Work, at: datetime, *, by_resident: bool) -> MakesPaper:
    def make(doing: Doing) -> Paper:
        return agency_papers.termination(
            doing.order,
            doing.agent,
            at=at,
            by_resident=by_resident,
            zone=work.street.office.timezone,
        )

    return make


def resumption(work: Work, at: datetime, how: Consenting) -> Mapping[str, MakesPaper]:
    """Give the paper by which the person lets it go on, with how they said so."""

    def make(doing: Doing) -> Paper:
        zone = work.street.office.timezone
        return agency_papers.resumption(doing.order, doing.agent, at=at, how=how, zone=zone)

    return {RESUMPTION.kind: make}
