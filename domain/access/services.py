"""Who may do what with services that are done for somebody."""

from domain.access.rights import FeatureRights, Right, Rules, Scope
from domain.organisation import Role


class ServicesRight(Right):
    """What may be done with services."""

    ORDER = "services.order"
    """Ask for something to be done."""
    FOLLOW = "services.follow"
    """See and answer in what is done for oneself."""
    SEE = "services.see"
    """See what is done for somebody."""
    VERIFY = "services.verify"
    """Make sure that somebody may act for somebody else."""
    WORK = "services.work"
    """Do it: record authority and papers, go on, hand back, end."""


_A, _U = Scope.ASSIGNED, Scope.UNIT
#: Whoever may be an agent does it where it was given to them.
_WORK: Rules = {ServicesRight.SEE: (_A,), ServicesRight.WORK: (_A,)}
_LEAD: Rules = {ServicesRight.SEE: (_A, _U), ServicesRight.WORK: (_A,)}

RIGHTS = FeatureRights(
    rights=ServicesRight,
    by_role={
        Role.RESIDENT: {
            ServicesRight.ORDER: (Scope.ANYWHERE,),
            ServicesRight.FOLLOW: (Scope.OWN,),
        },
        Role.GRID_WORKER: _WORK,
        Role.WINDOW_CLERK: {**_WORK, ServicesRight.VERIFY: (_U,)},
        Role.GRID_SECRETARY: _LEAD,
        Role.COMMUNITY_SECRETARY: {**_LEAD, ServicesRight.VERIFY: (_U,)},
        Role.ASSIGNED_LEADER: _LEAD,
        Role.DISPATCHER: _LEAD,
        Role.STREET_LEADER: _LEAD,
    },
)
