"""Who may look up what the office keeps in registers, and who keeps them.

A register of which that is not true names rights of its own feature instead.
"""

from domain.access.rights import FeatureRights, Right, Rules, Scope
from domain.organisation import Role


class RegisterRight(Right):
    """What may be done with the entries of registers."""

    SEE = "registers.see"
    """Also those that are drafts, or have ended."""
    EDIT = "registers.edit"


_SEES: Rules = {RegisterRight.SEE: (Scope.UNIT,)}
_KEEPS: Rules = {**_SEES, RegisterRight.EDIT: (Scope.UNIT,)}

RIGHTS = FeatureRights(
    rights=RegisterRight,
    by_role={
        Role.WINDOW_CLERK: _SEES,
        Role.RESIDENT_AFFAIRS_OFFICER: _SEES,
        Role.COMMUNITY_SECRETARY: _KEEPS,
        Role.ASSIGNED_LEADER: _SEES,
        Role.DISPATCHER: _KEEPS,
        Role.STREET_LEADER: _KEEPS,
        Role.ADMINISTRATOR: _SEES,
    },
)
