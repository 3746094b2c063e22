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


_U = (Scope.UNIT,)
_SEES: Rules = {ServicesRight.SEE_APPOINTMENT: _U, ServicesRight.OPEN_TIMES: _U}
_RECEIVES: Rules = {
    **_SEES,
    ServicesRight.CHANGE_APPOINTMENT: _U,
    ServicesRight.BOOK_FOR: _U,
    ServicesRight.RECEIVE: _U,
    ServicesRight.SEE_VISITOR: _U,
}

RIGHTS = FeatureRights(
    rights=ServicesRight,
    by_role={
        Role.RESIDENT: {
            ServicesRight.BOOK: (Scope.ANYWHERE,),
            ServicesRight.SEE_APPOINTMENT: (Scope.OWN,),
            ServicesRight.CHANGE_APPOINTMENT: (Scope.OWN,),
        },
        Role.WINDOW_CLERK: _RECEIVES,
        Role.COMMUNITY_SECRETARY: _RECEIVES,
        Role.DISPATCHER: _RECEIVES,
        # Who leads sees how many come and when; who they are is the window's.
        Role.ASSIGNED_LEADER: _SEES,
        Role.STREET_LEADER: _SEES,
    },
)
