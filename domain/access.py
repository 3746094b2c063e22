"""Who may do what: the only place where rights are decided, and they are denied by default.

A right is held by a role within scopes. `may` finds the first rule that allows; without one the
answer is no, and `NotAllowed` cites the rule that is missing, ``<right>/<role>``. A matter that
somebody may not even know of is answered with `NotFound`, the same as a number that does not exist.

Source of the table: roles and rights of the mission's domain brief, rows of this release.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from domain.categories import Kind
from domain.errors import NotAllowed, NotFound
from domain.organisation import Organisation, Post, Role, Seat


class Right(StrEnum):
    """What somebody may want to do."""

    FILE = "file"
    SUPPORT = "support"
    ADD = "add"
    WITHDRAW = "withdraw"
    ANSWER = "answer"
    JUDGE = "judge"
    SEE = "see"
    SEE_REPORTER = "see_reporter"
    UNSEAL = "unseal"
    """Look at a hidden name, with a reason that is logged."""
    ACCEPT = "accept"
    HAND_OVER = "hand_over"
    RETURN = "return"
    CONTACT = "contact"
    ASK = "ask"
    NOTE = "note"
    ASK_HELP = "ask_help"
    SEE_PART = "see_part"
    GIVE_HELP = "give_help"
    RESOLVE = "resolve"
    TRIAGE = "triage"
    REASSIGN = "reassign"
    MERGE = "merge"
    SPLIT = "split"
    FILE_FOR_OTHERS = "file_for_others"
    REPORT_SIGN = "report_sign"
    """Report an early sign of a dispute, whichever stream one belongs to (M-06)."""
    RELINK = "relink"
    """Bring a resident with a new phone back to their cases."""
    OVERVIEW = "overview"
    READ_DIGEST = "read_digest"
    BROADCAST = "broadcast"
    """Say something to all residents of a unit."""
    EXPORT_LEDGER = "export_ledger"
    SUBSTITUTE = "substitute"
    INVITE = "invite"
    END_POST = "end_post"
    CONFIGURE = "configure"
    READ_ACCESS_LOG = "read_access_log"
    READ_CONDUCT_COMPLAINT = "read_conduct_complaint"
    """Held by no role: conduct complaints are not kept here before they have their own ladder."""


class Scope(StrEnum):
    """On which matters or units a right holds."""

    OWN = "own"
    """Matters one reported."""
    ASSIGNED = "assigned"
    """Matters one owns now."""
    PART = "part"
    """The part of a matter for which one was asked to help."""
    CLIMBED = "climbed"
    """Matters that climbed to one's seat."""
    UNIT = "unit"
    """Matters and units under one's post; disputes only where the rule says so."""
    UNIT_DISPUTES = "unit_disputes"
    """Disputes under one's post."""
    ANYWHERE = "anywhere"
    """Needs no matter: one's own profile, filing, taking part."""


_O, _A, _P, _C = Scope.OWN, Scope.ASSIGNED, Scope.PART, Scope.CLIMBED
_U, _D, _X = Scope.UNIT, Scope.UNIT_DISPUTES, Scope.ANYWHERE

Rules = Mapping[Right, frozenset[Scope]]


def _rules(table: Mapping[Right, Iterable[Scope]]) -> Rules:
    return {right: frozenset(scopes) for right, scopes in table.items()}


#: What whoever owns a matter may do with it.
_WORK: Mapping[Right, tuple[Scope, ...]] = {
    Right.SEE: (_A,),
    Right.SEE_REPORTER: (_A,),
    Right.ACCEPT: (_A,),
    Right.RETURN: (_A,),
    Right.CONTACT: (_A,),
    Right.ASK: (_A,),
    Right.NOTE: (_A,),
    Right.ASK_HELP: (_A,),
    Right.SEE_PART: (_P,),
    Right.GIVE_HELP: (_P,),
    Right.RESOLVE: (_A,),
    Right.SUBSTITUTE: (_X,),
    Right.REPORT_SIGN: (_U,),
}

#: What a level above may do besides: see, direct, put right.
_LEAD: Mapping[Right, tuple[Scope, ...]] = {
    **_WORK,
    Right.SEE: (_A, _C, _U, _D),
    Right.SEE_REPORTER: (_A, _C, _U, _D),
    Right.HAND_OVER: (_A, _C, _U, _D),
    Right.TRIAGE: (_A, _C, _U, _D),
    Right.REASSIGN: (_A, _C, _U, _D),
    Right.OVERVIEW: (_U,),
    Right.READ_DIGEST: (_U,),
}

_OFFICER: Mapping[Right, tuple[Scope, ...]] = {
    Right.SEE: (_A,),
    Right.ACCEPT: (_A,),
    Right.NOTE: (_A,),
    Right.SEE_PART: (_P,),
    Right.GIVE_HELP: (_P,),
    Right.SUBSTITUTE: (_X,),
    Right.REPORT_SIGN: (_U,),
}

RIGHTS: Mapping[Role, Rules] = {
    Role.RESIDENT: _rules(
        {
            Right.FILE: (_X,),
            Right.SUPPORT: (_X,),
            Right.SEE: (_O,),
            Right.ADD: (_O,),
            Right.WITHDRAW: (_O,),
            Right.ANSWER: (_O,),
            Right.JUDGE: (_O,),
        }
    ),
    Role.GRID_WORKER: _rules(_WORK),
    Role.GRID_SECRETARY: _rules(
        {
            **_WORK,
            Right.SEE: (_A, _U),
            Right.SEE_REPORTER: (_A, _U),
            Right.HAND_OVER: (_A, _U),
            Right.TRIAGE: (_A, _U),
            Right.RELINK: (_A, _U),
            Right.OVERVIEW: (_U,),
            Right.READ_DIGEST: (_U,),
        }
    ),
    Role.WINDOW_CLERK: _rules({**_WORK, Right.FILE_FOR_OTHERS: (_U,)}),
    Role.PARTY_OFFICER: _rules(_OFFICER),
    Role.RESIDENT_AFFAIRS_OFFICER: _rules(_OFFICER),
    Role.POLICE_OFFICER: _rules(_OFFICER),
    Role.COMMUNITY_SECRETARY: _rules(
        {
            **_LEAD,
            Right.UNSEAL: (_A, _U, _D),
            Right.MERGE: (_A, _U, _D),
            Right.SPLIT: (_A, _U, _D),
            Right.RELINK: (_A, _U, _D),
            Right.FILE_FOR_OTHERS: (_U,),
            Right.BROADCAST: (_U,),
            Right.EXPORT_LEDGER: (_U,),
            Right.INVITE: (_U,),
            Right.END_POST: (_U,),
        }
    ),
    Role.ASSIGNED_LEADER: _rules({**_LEAD, Right.BROADCAST: (_U,), Right.EXPORT_LEDGER: (_U,)}),
    Role.DISPATCHER: _rules({**_LEAD, Right.BROADCAST: (_U,), Right.FILE_FOR_OTHERS: (_U,)}),
    Role.STREET_LEADER: _rules(
        {
            **_LEAD,
            # Street leadership sees a dispute when it climbs to it, not before; what it does not
            # see it does not move either.
            Right.SEE: (_A, _C, _U),
            Right.SEE_REPORTER: (_A, _C),
            Right.HAND_OVER: (_A, _C, _U),
            Right.TRIAGE: (_A, _C, _U),
            Right.REASSIGN: (_A, _C, _U),
            Right.BROADCAST: (_U,),
            Right.EXPORT_LEDGER: (_U,),
            Right.INVITE: (_U,),
            Right.END_POST: (_U,),
        }
    ),
    Role.DATA_PROTECTION_OFFICER: _rules({Right.READ_ACCESS_LOG: (_U,)}),
    Role.ADMINISTRATOR: _rules(
        {Right.CONFIGURE: (_U,), Right.INVITE: (_U,), Right.END_POST: (_U,)}
    ),
}


class Accessible(Protocol):
    """What rights are asked on: where it belongs, whose it is, and what is to be kept of it."""

    @property
    def number(self) -> str:
        """By which people name it."""

    @property
    def kind(self) -> Kind:
        """What it is."""

    @property
    def grid(self) -> str:
        """The unit that it belongs to."""

    @property
    def reporter(self) -> str:
        """Who brought it; empty for nobody."""

    @property
    def owner(self) -> str | None:
        """Who has it in hand."""

    @property
    def seat(self) -> Seat:
        """The post that answers for it."""

    @property
    def climbed_to(self) -> Seat | None:
        """The post above that was told of it."""

    @property
    def confidential(self) -> bool:
        """It is seen only by whom a rule for confidential matters lets."""

    @property
    def hide_name(self) -> bool:
        """Who brought it wants no name shown."""

    @property
    def restricted_until(self) -> datetime | None:
        """Until when a law has it stored, and nothing else."""


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

    def owns(self, matter: Accessible) -> bool:
        """Tell whether a matter is on one's desk at this moment."""
        if matter.owner == self.person:
            return matter.seat not in self.lapsed
        return matter.owner is not None and (matter.seat, matter.owner) in self.returned

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


@dataclass(frozen=True, slots=True)
class Grant:
    """By which role, post and rule somebody may do something."""

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
    if actor.resident:
        scopes = RIGHTS[Role.RESIDENT].get(right, frozenset())
        if _holds(scopes, actor, None, organisation, on, unit, helps):
            return Grant(Role.RESIDENT, f"{right}/{Role.RESIDENT}")
        return None
    for post in actor.posts:
        scopes = RIGHTS[post.role].get(right, frozenset())
        if _holds(scopes, actor, post, organisation, on, unit, helps):
            return Grant(post.role, f"{right}/{post.role}")
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
    if Scope.OWN in scopes and on.reporter == actor.person:
        return True
    if Scope.ASSIGNED in scopes and actor.owns(on):
        return True
    if Scope.PART in scopes and helps:
        return True
    if post is None:
        return False
    if Scope.CLIMBED in scopes and on.climbed_to == Seat(post.unit, post.role):
        return True
    wanted = Scope.UNIT_DISPUTES if _is_confidential(on) else Scope.UNIT
    return wanted in scopes and organisation.covers(post.unit, on.grid)


def _is_confidential(on: Accessible) -> bool:
    return on.confidential or on.kind is Kind.DISPUTE


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
        NotFound: the actor may not even know of the matter.
        NotAllowed: the actor knows of it, but no rule allows this.
    """
    grant = may(actor, right, organisation, on=on, unit=unit, helps=helps)
    if grant is not None:
        return grant
    if on is not None and not _knows(actor, organisation, on, helps):
        raise NotFound(number=on.number)
    role = min((role.value for role in actor.roles), default="nobody")
    raise NotAllowed(rule=f"{right}/{role}")


def _knows(actor: Actor, organisation: Organisation, matter: Accessible, helps: bool) -> bool:
    return any(
        may(actor, right, organisation, on=matter, helps=helps)
        for right in (Right.SEE, Right.SEE_PART)
    )


def may_see_name(
    actor: Actor, organisation: Organisation, matter: Accessible, *, helps: bool = False
) -> bool:
    """Tell whether the reporter's name and phone may stand on a card for this actor."""
    if matter.hide_name:
        return False
    return may(actor, Right.SEE_REPORTER, organisation, on=matter, helps=helps) is not None


def may_bring_back(actor: Actor, organisation: Organisation, cases: Iterable[Accessible]) -> bool:
    """Tell whether somebody may bring a resident's new device back to all of these cases.

    Whoever stands beside that device could read them: so every name in them must be open to the
    actor, also those that the resident hides.
    """
    return all(
        may(
            actor,
            Right.UNSEAL if matter.hide_name else Right.SEE_REPORTER,
            organisation,
            on=matter,
        )
        for matter in cases
    )


def knows_of(
    actor: Actor, organisation: Organisation, matter: Accessible, *, helps: bool = False
) -> bool:
    """Tell whether somebody may learn that a matter exists."""
    return _knows(actor, organisation, matter, helps)
