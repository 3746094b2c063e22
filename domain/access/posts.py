"""Who may fill and end posts, lend the own one, and what windows do for who comes or calls."""

from domain.access.rights import FeatureRights, Right, Rules, Scope
from domain.organisation import UNIT_OF_ROLE, Role


class PostRight(Right):
    """What may be done with posts, and at a window."""

    INVITE = "posts.invite"
    END = "posts.end"
    SUBSTITUTE = "posts.substitute"
    """Let somebody stand in for one's own post."""
    FILE_FOR_OTHERS = "posts.file_for_others"
    RELINK = "posts.relink"
    """Bring a resident with a new phone back to their cases."""


_U = (Scope.UNIT,)
_STAFFS: Rules = {PostRight.INVITE: _U, PostRight.END: _U}
#: Who looks after the records and the machine alone has no cases that somebody would have to take.
_STANDS_ALONE = frozenset({Role.DATA_PROTECTION_OFFICER, Role.ADMINISTRATOR})
_MORE: dict[Role, Rules] = {
    Role.GRID_SECRETARY: {PostRight.RELINK: (Scope.ASSIGNED, Scope.UNIT)},
    Role.WINDOW_CLERK: {PostRight.FILE_FOR_OTHERS: _U},
    Role.COMMUNITY_SECRETARY: {
        **_STAFFS,
        PostRight.RELINK: (Scope.ASSIGNED, Scope.UNIT, Scope.UNIT_SEALED),
        PostRight.FILE_FOR_OTHERS: _U,
    },
    Role.DISPATCHER: {PostRight.FILE_FOR_OTHERS: _U},
    Role.STREET_LEADER: _STAFFS,
    Role.ADMINISTRATOR: _STAFFS,
}


def _rules(role: Role) -> Rules:
    own: Rules = {} if role in _STANDS_ALONE else {PostRight.SUBSTITUTE: (Scope.ANYWHERE,)}
    return {**own, **_MORE.get(role, {})}


RIGHTS = FeatureRights(rights=PostRight, by_role={role: _rules(role) for role in UNIT_OF_ROLE})
