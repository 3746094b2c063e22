"""Who may read the digests of a unit."""

from domain.access.rights import FeatureRights, Right, Rules, Scope
from domain.organisation import Role


class DigestRight(Right):
    """What may be done with digests."""

    READ = "digests.read"


_READS: Rules = {DigestRight.READ: (Scope.UNIT,)}

RIGHTS = FeatureRights(
    rights=DigestRight,
    by_role={
        Role.GRID_SECRETARY: _READS,
        Role.COMMUNITY_SECRETARY: _READS,
        Role.ASSIGNED_LEADER: _READS,
        Role.DISPATCHER: _READS,
        Role.STREET_LEADER: _READS,
    },
)
