"""Who may do what: the only place where that is decided, and it is denied by default.

A right is held by a role within scopes. `may` asks first whether somebody is barred, then finds
the first rule that allows; without one the answer is no, and `NotAllowed` cites the rule that is
missing, ``<right>/<role>``. What somebody may not even know of is answered with `NotFound`, the
same as a number that does not exist.
"""

from dataclasses import dataclass

from domain.access.accessible import Accessible
from domain.access.actors import Actor
from domain.access.declared import RULES
from domain.access.rights import Right, Scope
from domain.errors import NotAllowed, NotFound
from domain.organisation import Organisation, Post, Role, Seat


@dataclass(frozen=True, slots=True)
class Grant:
    """By which role and rule somebody may do something."""

    role: Role
    rule: str


def may(
    actor: Actor,
    right: Right,
    organisation: Organisation,
    *,
    on: Accessible | None = None,
    unit: str | None = None,
    helps: bool = False,
) -> Grant | None:
    """Find the rule that allows something; None means no.

    Args:
        on: what the right is wanted on; `Scope.ANYWHERE` rights need none.
        unit: the unit it is wanted on, where nothing else is concerned.
        helps: the actor was asked for help with it, and that help is still open or done.
    """
    if on is not None and on.restricted_until is not None:
        return None  # Stored because a law says so, and for nothing else. Source: PIPL, article 47.
    if on is not None and actor.person in on.barred:
        return None
    held: tuple[tuple[Role, Post | None], ...] = tuple((post.role, post) for post in actor.posts)
    if actor.resident:
        held = ((Role.RESIDENT, None),)
    for role, post in held:
        scopes = RULES[role].get(right, frozenset())
        if _holds(scopes, actor, post, organisation, on, unit, helps):
            return Grant(role, f"{right}/{role}")
    return None


def _holds(
    scopes: frozenset[Scope],
    actor: Actor,
    post: Post | None,
    organisation: Organisation,
    on: Accessible | None,
    unit: str | None,
    helps: bool,
) -> bool:
    if Scope.ANYWHERE in scopes:
        return True
    if on is None:
        return (
            Scope.UNIT in scopes
            and post is not None
            and unit is not None
            and organisation.covers(post.unit, unit)
        )
    if Scope.OWN in scopes and actor.person in on.parties:
        return True
    if Scope.ASSIGNED in scopes and actor.owns(on):
        return True
    if Scope.PART in scopes and helps:
        return True
    if post is None:
        return False
    if Scope.CLIMBED in scopes and on.climbed_to == Seat(post.unit, post.role):
        return True
    wanted = Scope.UNIT_SEALED if on.sealed else Scope.UNIT
    return wanted in scopes and organisation.covers(post.unit, on.unit)


def ensure_may(
    actor: Actor,
    right: Right,
    organisation: Organisation,
    *,
    on: Accessible | None = None,
    unit: str | None = None,
    helps: bool = False,
) -> Grant:
    """Allow something or refuse it.

    Raises:
        NotFound: the actor may not even know of the thing.
        NotAllowed: the actor knows of it, but no rule allows this.
    """
    grant = may(actor, right, organisation, on=on, unit=unit, helps=helps)
    if grant is not None:
        return grant
    if on is not None and not knows_of(actor, organisation, on, helps=helps):
        raise NotFound(number=on.number)
    role = min((role.value for role in actor.roles), default="nobody")
    raise NotAllowed(rule=f"{right}/{role}")


def knows_of(
    actor: Actor, organisation: Organisation, on: Accessible, *, helps: bool = False
) -> bool:
    """Tell whether somebody may learn that something exists."""
    return any(may(actor, right, organisation, on=on, helps=helps) for right in on.known_by)
