"""Who may do what with the public services."""

from domain.access.rights import FeatureRights, Right, Rules, Scope
from domain.organisation import Role


class ServicesRight(Right):
    """What may be done with services."""

    BOOK = "services.book"
    """Make an appointment for oneself."""
    SEE_APPOINTMENT = "services.see_appointment"
    """Know of an appointment: one's own, or those at the halls of one's unit."""
    CHANGE_APPOINTMENT = "services.change_appointment"
    """Move it or give it up."""
    OPEN_TIMES = "services.open_times"
    """Say when a hall can be booked, and close days."""
    BOOK_FOR = "services.book_for"
    """Make an appointment for somebody who stands at the window or calls."""
    RECEIVE = "services.receive"
    """Note who came and who did not."""
    SEE_VISITOR = "services.see_visitor"
    """Read the name and the telephone number of who comes."""
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
_SEES: Rules = {ServicesRight.SEE_APPOINTMENT: (_U,), ServicesRight.OPEN_TIMES: (_U,)}
_RECEIVES: Rules = {
    **_SEES,
    ServicesRight.CHANGE_APPOINTMENT: (_U,),
    ServicesRight.BOOK_FOR: (_U,),
    ServicesRight.RECEIVE: (_U,),
    ServicesRight.SEE_VISITOR: (_U,),
}
#: Whoever may be an agent does it where it was given to them.
_WORK: Rules = {ServicesRight.SEE: (_A,), ServicesRight.WORK: (_A,)}
_LEAD: Rules = {ServicesRight.SEE: (_A, _U), ServicesRight.WORK: (_A,)}
_VERIFIES: Rules = {ServicesRight.VERIFY: (_U,)}

RIGHTS = FeatureRights(
    rights=ServicesRight,
    by_role={
        Role.RESIDENT: {
            ServicesRight.BOOK: (Scope.ANYWHERE,),
            ServicesRight.SEE_APPOINTMENT: (Scope.OWN,),
            ServicesRight.CHANGE_APPOINTMENT: (Scope.OWN,),
            ServicesRight.ORDER: (Scope.ANYWHERE,),
            ServicesRight.FOLLOW: (Scope.OWN,),
        },
        Role.GRID_WORKER: _WORK,
        Role.WINDOW_CLERK: {**_RECEIVES, **_WORK, **_VERIFIES},
        Role.GRID_SECRETARY: _LEAD,
        Role.COMMUNITY_SECRETARY: {**_RECEIVES, **_LEAD, **_VERIFIES},
        Role.DISPATCHER: {**_RECEIVES, **_LEAD},
        # Who leads sees how many come and when; who they are is the window's.
        Role.ASSIGNED_LEADER: {**_SEES, **_LEAD},
        Role.STREET_LEADER: {**_SEES, **_LEAD},
    },
)
