"""How people come to their posts and leave them, and who stands in for whom."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.access.actors import Actor
from domain.access.checks import may
from domain.access.posts import PostRight
from domain.access.rights import Right
from domain.errors import Refused
from domain.laws import OFFICE_POSTS
from domain.organisation import (
    SINGLE_HOLDER,
    UNIT_OF_ROLE,
    Organisation,
    Post,
    Role,
    Seat,
    Unit,
    UnitKind,
)

#: Who stands above whom where two posts are of the same unit: one's equals and superiors are not
#: one's to appoint or to dismiss. The administrator acts on orders and is appointed at the console.
RANK: Mapping[Role, int] = {
    Role.GRID_WORKER: 1,
    Role.WINDOW_CLERK: 2,
    Role.PARTY_OFFICER: 2,
    Role.RESIDENT_AFFAIRS_OFFICER: 2,
    Role.POLICE_OFFICER: 2,
    Role.GRID_SECRETARY: 2,
    Role.COMMUNITY_SECRETARY: 3,
    Role.ASSIGNED_LEADER: 4,
    Role.DISPATCHER: 4,
    Role.DATA_PROTECTION_OFFICER: 4,
    Role.STREET_LEADER: 5,
    Role.ADMINISTRATOR: 6,
}


def may_staff(actor: Actor, right: Right, organisation: Organisation, seat: Seat) -> Role | None:
    """Give the role by which somebody may invite to a seat or end its posts; None means no.

    Args:
        right: `PostRight.INVITE` or `PostRight.END`.
    """
    for post in actor.posts:
        if RANK[post.role] <= RANK.get(seat.role, 0):
            continue
        if may(Actor(actor.person, (post,)), right, organisation, unit=seat.unit):
            return post.role
    return None


def staffed_units(actor: Actor, organisation: Organisation) -> tuple[Unit, ...]:
    """List the units whose posts somebody may fill or end, the street first, then by code."""
    kinds = list(UnitKind)
    found = [
        unit
        for unit in organisation.units.values()
        if unit.active and invitable_roles(actor, organisation, unit)
    ]
    return tuple(sorted(found, key=lambda unit: (kinds.index(unit.kind), unit.code)))


def invitable_roles(actor: Actor, organisation: Organisation, unit: Unit) -> tuple[Role, ...]:
    """List the roles to which somebody may invite in a unit."""
    return tuple(
        role
        for role, kind in UNIT_OF_ROLE.items()
        if kind is unit.kind
        and may_staff(actor, PostRight.INVITE, organisation, Seat(unit.code, role)) is not None
    )


# --- joining and leaving -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Joining:
    """What a used invitation changes."""

    post: Post
    replaced: tuple[Post, ...]
    """Posts that end with it: the seat has one holder."""


def join(organisation: Organisation, seat: Seat, person: str, now: datetime, post: str) -> Joining:
    """Give a seat to somebody.

    Args:
        post: the id of the new post.

    Raises:
        Refused: the person holds it already, or the unit is no more.
    """
    unit = organisation.units.get(seat.unit)
    if unit is None or not unit.active or UNIT_OF_ROLE.get(seat.role) is not unit.kind:
        raise Refused("invitation_void")
    held = organisation.holders(seat, now)
    if any(one.person == person for one in held):
        raise Refused("post_held_already")
    replaced = held if seat.role in SINGLE_HOLDER else ()
    return Joining(
        Post(id=post, unit=seat.unit, role=seat.role, person=person, since=now),
        tuple(replace(one, until=now) for one in replaced),
    )


def with_posts(
    organisation: Organisation, changed: Iterable[Post], names: Mapping[str, str] | None = None
) -> Organisation:
    """Give the organisation as it is after posts were added, ended or lent."""
    posts = {post.id: post for post in organisation.posts}
    posts.update((post.id, post) for post in changed)
    return Organisation(
        units=organisation.units,
        posts=tuple(posts.values()),
        names={**organisation.names, **(names or {})},
        version=organisation.version,
    )


def leaving(
    actor: Actor, organisation: Organisation, person: str, now: datetime
) -> tuple[tuple[Post, ...], Role]:
    """End the posts of somebody that the actor may end.

    Returns:
        The ended posts, and the role by which they were ended.

    Raises:
        Refused: it is oneself, or there is nothing that the actor may end.
    """
    if person == actor.person:
        raise Refused("end_own_post", rule=OFFICE_POSTS)
    ended: list[Post] = []
    by: Role | None = None
    for post in organisation.posts_of(person, now):
        role = may_staff(actor, PostRight.END, organisation, Seat(post.unit, post.role))
        if role is not None:
            ended.append(replace(post, until=now, substitute=None, away_until=None))
            by = by or role
    if by is None:
        raise Refused("not_yours_to_end", rule=OFFICE_POSTS)
    return tuple(ended), by


def stood_in_for(organisation: Organisation, person: str, now: datetime) -> tuple[Post, ...]:
    """Give the posts for which somebody stands in, as they are when that ends."""
    return tuple(
        replace(post, substitute=None, away_until=None)
        for post in organisation.posts
        if post.held_at(now) and post.stand_in(now) == person
    )


# --- standing in ---------------------------------------------------------------------------------


def colleagues(organisation: Organisation, post: Post, now: datetime) -> Sequence[Post]:
    """List who may stand in for a post: posts of the same level under the same parent unit.

    The same unit comes first, then the same role; each person once, present ones only.
    """
    unit = organisation.units[post.unit]
    near = [
        other
        for other in organisation.posts
        if other.held_at(now)
        and other.person != post.person
        and other.stand_in(now) is None
        and other.role is not Role.ADMINISTRATOR
        and (sibling := organisation.units.get(other.unit)) is not None
        and sibling.kind is unit.kind
        and sibling.parent == unit.parent
    ]
    near.sort(key=lambda other: (other.unit != post.unit, other.role is not post.role, other.since))
    found: dict[str, Post] = {}
    for other in near:
        found.setdefault(other.person, other)
    return tuple(found.values())


def lend(post: Post, substitute: str, until: datetime) -> Post:
    """Let somebody stand in for a post until a moment."""
    return replace(post, substitute=substitute, away_until=until)


def give_back(post: Post) -> Post:
    """End a substitution."""
    return replace(post, substitute=None, away_until=None)
