"""Who may know of, open and visit those who need looking after, and who approves what.

Sources: least authority (PIPL, article 51); each access to a minor's data is approved by a
responsible person (F-311); level above level answers for what is late (requirement V-03).
"""

from domain.access.rights import FeatureRights, Right, Rules, Scope
from domain.organisation import Role


class VisitRight(Right):
    """What may be done with the register of priority groups and its visits."""

    SEE = "visits.see"
    """Know that there is an entry, by its sign alone, and when its visit is due."""
    OPEN = "visits.open"
    """See what it says, with a reason that is logged."""
    VISIT = "visits.visit"
    """Record what a visit found."""
    STAND_IN = "visits.stand_in"
    """Visit for somebody else, with a note why."""
    NEED = "visits.need"
    """Follow a need to its effect."""
    REGISTER = "visits.register"
    """Take somebody onto the register, change, renew and end an entry."""
    APPROVE = "visits.approve"
    """Let somebody open a minor's entry for one visit."""
    ROUND = "visits.round"
    """Let a whole group be visited by a day."""
    COVERAGE = "visits.coverage"
    """See how many visits were due and how many were made, by grid."""


_A, _U, _S = Scope.ASSIGNED, Scope.UNIT, Scope.UNIT_SEALED
#: What stands above and answers for the whole: figures, and approvals.
_ABOVE: Rules = {VisitRight.APPROVE: (_U, _S), VisitRight.COVERAGE: (_U,)}

RIGHTS = FeatureRights(
    rights=VisitRight,
    by_role={
        Role.GRID_WORKER: {
            VisitRight.SEE: (_A, _U, _S),
            VisitRight.OPEN: (_A,),
            VisitRight.VISIT: (_A,),
            VisitRight.STAND_IN: (_S,),
            VisitRight.NEED: (_A,),
        },
        Role.GRID_SECRETARY: {
            VisitRight.SEE: (_A, _U, _S),
            VisitRight.OPEN: (_A, _S),
            VisitRight.VISIT: (_A,),
            VisitRight.STAND_IN: (_S,),
            VisitRight.NEED: (_A, _S),
            VisitRight.REGISTER: (_U, _S),
            VisitRight.ROUND: (_U,),
            VisitRight.COVERAGE: (_U,),
        },
        Role.COMMUNITY_SECRETARY: {
            VisitRight.SEE: (_A, _U, _S),
            VisitRight.OPEN: (_A, _S),
            VisitRight.VISIT: (_A,),
            VisitRight.STAND_IN: (_S,),
            VisitRight.NEED: (_A, _S),
            VisitRight.REGISTER: (_U, _S),
            VisitRight.ROUND: (_U,),
            **_ABOVE,
        },
        Role.ASSIGNED_LEADER: {VisitRight.SEE: (_A, _U, _S), VisitRight.VISIT: (_A,), **_ABOVE},
        Role.DISPATCHER: {VisitRight.SEE: (_A,), VisitRight.VISIT: (_A,), **_ABOVE},
        Role.STREET_LEADER: {VisitRight.SEE: (_A,), VisitRight.VISIT: (_A,), **_ABOVE},
    },
)
