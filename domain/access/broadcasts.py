"""Who may say something to all residents of a unit."""

from domain.access.rights import FeatureRights, Right, Rules, Scope
from domain.organisation import Role


class BroadcastRight(Right):
    """What may be done with broadcasts."""

    SEND = "broadcasts.send"


_SENDS: Rules = {BroadcastRight.SEND: (Scope.UNIT,)}

RIGHTS = FeatureRights(
    rights=BroadcastRight,
    by_role={
        Role.COMMUNITY_SECRETARY: _SENDS,
        Role.ASSIGNED_LEADER: _SENDS,
        Role.DISPATCHER: _SENDS,
        Role.STREET_LEADER: _SENDS,
    },
)
