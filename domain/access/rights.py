"""What a right is, where it holds, and how a feature declares its own.

A feature's file beside this one names its rights, in a `Right` of its own whose strings begin with
the feature's name, and says by role in which scopes each holds. `domain.access.declared` names
every declaration; nothing else has to know of a new feature.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.organisation import Role


class Right(StrEnum):
    """What somebody may want to do; every feature has members of its own, as ``feature.deed``."""


class Scope(StrEnum):
    """On which things or units a right holds."""

    OWN = "own"
    """Things to which one is a party, such as a matter that one reported."""
    ASSIGNED = "assigned"
    """Things one owns now."""
    PART = "part"
    """The part of a thing for which one was asked to help."""
    CLIMBED = "climbed"
    """Things that climbed to one's seat."""
    UNIT = "unit"
    """Units and things under one's post; sealed ones only where the rule says so."""
    UNIT_SEALED = "unit_sealed"
    """Sealed things under one's post."""
    ANYWHERE = "anywhere"
    """Needs no thing: one's own profile, filing, taking part."""


#: In which scopes somebody with a role holds each right of a feature.
Rules = Mapping[Right, tuple[Scope, ...]]


@dataclass(frozen=True, kw_only=True, slots=True)
class FeatureRights:
    """The rights of one feature; a role that is not named holds none of them."""

    rights: type[Right]
    by_role: Mapping[Role, Rules]
