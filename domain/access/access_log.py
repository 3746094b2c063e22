"""Who may read who looked at what is sealed.

Source: Personal Information Protection Law (PIPL), articles 51 (limits on who handles what, in
which records are kept) and 52 (whoever answers for protection watches over the handling).
"""

from domain.access.rights import FeatureRights, Right, Scope
from domain.organisation import Role


class AccessLogRight(Right):
    """What may be done with the access log."""

    READ = "access_log.read"


RIGHTS = FeatureRights(
    rights=AccessLogRight,
    by_role={Role.DATA_PROTECTION_OFFICER: {AccessLogRight.READ: (Scope.UNIT,)}},
)
