"""Who may read the rules in force, with the documents on which they rest (G-10)."""

from domain.access.rights import FeatureRights, Right, Rules, Scope
from domain.organisation import Role


class RuleRight(Right):
    """What may be done with rules."""

    SEE = "rules.see"


_SEES: Rules = {RuleRight.SEE: (Scope.UNIT,)}

RIGHTS = FeatureRights(
    rights=RuleRight,
    by_role={
        Role.COMMUNITY_SECRETARY: _SEES,
        Role.ASSIGNED_LEADER: _SEES,
        Role.DISPATCHER: _SEES,
        Role.STREET_LEADER: _SEES,
        Role.DATA_PROTECTION_OFFICER: _SEES,
        Role.ADMINISTRATOR: _SEES,
    },
)
