"""Every declaration of rights: `domain.access.checks` goes over these and knows none by name."""

from collections.abc import Mapping

from domain.access import (
    access_log,
    broadcasts,
    digests,
    matters,
    posts,
    registers,
    rules,
    services,
    switches,
    visits,
)
from domain.access.rights import FeatureRights, Right, Scope
from domain.organisation import Role

DECLARED: tuple[FeatureRights, ...] = (
    access_log.RIGHTS,
    broadcasts.RIGHTS,
    digests.RIGHTS,
    matters.RIGHTS,
    posts.RIGHTS,
    registers.RIGHTS,
    rules.RIGHTS,
    services.RIGHTS,
    switches.RIGHTS,
    visits.RIGHTS,
)

#: In which scopes each role holds each right, of all features together.
RULES: Mapping[Role, Mapping[Right, frozenset[Scope]]] = {
    role: {
        right: frozenset(scopes)
        for one in DECLARED
        for right, scopes in one.by_role.get(role, {}).items()
    }
    for role in Role
}
