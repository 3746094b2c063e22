"""Who asks for a right: somebody with the posts of this moment."""

from dataclasses import dataclass
from datetime import datetime

from domain.access.accessible import Accessible
from domain.organisation import Organisation, Post, Role, Seat


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody as far as rights go: a resident, or the holder of posts at this moment."""

    person: str
    posts: tuple[Post, ...] = ()
    resident: bool = False
    lapsed: frozenset[Seat] = frozenset()
    """Seats for which one stood in until a date that is over: their cases are one's own no more,
    whether or not the clock has moved them yet."""
    returned: frozenset[tuple[Seat, str]] = frozenset()
    """One's own seats, each with the person who stood in until a date that is over."""

    def owns(self, on: Accessible) -> bool:
        """Tell whether something is on one's desk at this moment."""
        if on.owner == self.person:
            return on.seat not in self.lapsed
        return on.owner is not None and (on.seat, on.owner) in self.returned

    @property
    def roles(self) -> frozenset[Role]:
        """The roles held."""
        own = {Role.RESIDENT} if self.resident else set()
        return frozenset(own | {post.role for post in self.posts})


def actor_of(person: str, organisation: Organisation, now: datetime, *, staff: bool) -> Actor:
    """Look at a person with the rights of one side: residents hold no posts here, staff do."""
    if not staff:
        return Actor(person, resident=True)
    posts = organisation.posts_of(person, now)
    covered = tuple(
        post
        for post in organisation.posts
        if post.held_at(now) and post.stand_in(now) == person and post not in posts
    )
    own = {Seat(post.unit, post.role) for post in (*posts, *covered)}
    over = [
        post
        for post in organisation.posts
        if post.substitute is not None and post.held_at(now) and post.stand_in(now) is None
    ]
    return Actor(
        person,
        posts=(*posts, *covered),
        lapsed=frozenset(
            seat
            for post in over
            if post.substitute == person and (seat := Seat(post.unit, post.role)) not in own
        ),
        returned=frozenset(
            (Seat(post.unit, post.role), post.substitute)
            for post in over
            if post.person == person and post.substitute is not None
        ),
    )
