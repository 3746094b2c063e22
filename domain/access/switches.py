"""Who may open a feature for a community or close it, and who sees how far the roll-out is.

Source: requirements R-01 and R-05; the street decides, and its staff see the list.
"""

from domain.access.rights import FeatureRights, Right, Rules, Scope
from domain.organisation import Role


class SwitchRight(Right):
    """What may be done with switches."""

    SEE = "switches.see"
    """See where every feature is open, since when and why."""
    SET = "switches.set"


_U = (Scope.UNIT,)
_SEES: Rules = {SwitchRight.SEE: _U}

RIGHTS = FeatureRights(
    rights=SwitchRight,
    by_role={
        Role.DISPATCHER: _SEES,
        Role.STREET_LEADER: {**_SEES, SwitchRight.SET: _U},
        Role.ADMINISTRATOR: _SEES,
    },
)
