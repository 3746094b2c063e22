"""A full agency begins: its order, its authority, and the case that goes to it."""

from domain import stages
from domain.chain import Act
from domain.matters import referral
from domain.matters.matter import Matter
from domain.messages import text
from domain.organisation import Responsible
from domain.services.agency import AGENCY, PROCEDURE, Details
from domain.services.orders import Order
from domain.services.rules import AgencyRules
from storage.matters.casework import save_matter
from storage.services.agency import Doing, agent_of, begin, owed_by, tell_agent
from storage.work import Work


async def open_agency(
    work: Work, matter: Matter, act: Act, desk: Responsible, details: Details
) -> Doing:
    """Make the order, refer the case to it, and issue the authority that is to be signed.

    Raises:
        WrongState: nobody has the case in hand.
        Refused: it may be about danger, or the agent is barred from it.
    """
    rules = work.street.rules(AgencyRules, matter.community)
    standing = stages.begin(PROCEDURE, act.at, rules.clock(work.street.office.calendar))
    order = Order(
        id=work.new_id(),
        kind=AGENCY,
        matter=matter.number,
        community=matter.community,
        grid=matter.grid,
        resident=matter.reporter,
        barred=matter.barred,
        seat=desk.seat,
        owner=desk.person,
        standing=standing,
        body=details.as_json(),
        opened_at=act.at,
        reminded_until=act.at,
    )
    referred = referral.refer(
        matter,
        order.subject,
        act,
        seat=desk.seat,
        owner=desk.person,
        due_at=owed_by(work, order),
        what=AGENCY,
    )
    save_matter(work, referred)
    doing = begin(work, order, act, await agent_of(work, order), referred)
    tell_agent(work, doing, text("agency.agent_new", number=order.number))
    return doing
