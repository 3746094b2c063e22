"""Who should be able to do what, written down a second time on purpose.

A change of `domain.access` has to be made here too, by somebody who looked at what it means: one
file for each feature's rights. The letters say where a right holds: O one's own case · A assigned
to one now · P asked to help with · C climbed to one's seat · U under one's post · S sealed
(disputes, confidential) under one's post · X anywhere. What is not listed is denied.
"""

from collections.abc import Mapping

from domain.access.rights import Right
from domain.organisation import Role
from tests.rights import (
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

#: Of each feature, by role: rights with letters, separated by commas; of two the last one counts.
EXPECTED: Mapping[str, Mapping[Role, str]] = {
    "access_log": access_log.EXPECTED,
    "broadcasts": broadcasts.EXPECTED,
    "digests": digests.EXPECTED,
    "matters": matters.EXPECTED,
    "posts": posts.EXPECTED,
    "registers": registers.EXPECTED,
    "rules": rules.EXPECTED,
    "services": services.EXPECTED,
    "switches": switches.EXPECTED,
    "visits": visits.EXPECTED,
}


def letters(role: Role, right: Right) -> frozenset[str]:
    """Give the letters of a role's right."""
    feature, _, wanted = right.partition(".")
    return frozenset(_listed(feature, role).get(wanted, ""))


def _listed(feature: str, role: Role) -> dict[str, str]:
    entries = EXPECTED[feature].get(role, "").split(",")
    return dict(entry.split() for entry in entries if entry.strip())


def names() -> frozenset[str]:
    """Name every right that somebody holds."""
    return frozenset(
        f"{feature}.{name}"
        for feature, roles in EXPECTED.items()
        for role in roles
        for name in _listed(feature, role)
    )
