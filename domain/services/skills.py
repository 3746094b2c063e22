"""What staff are trained for (一岗多责、一专多能), and who of them gets a case that needs it.

Source: requirement S-16: a main speciality and others; an absent specialist is covered by another
qualified worker.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from domain.categories import Kind
from domain.messages import Text, text
from domain.organisation import UNIT_OF_ROLE, Organisation, Post, Responsible, Role, Seat, UnitKind
from domain.registers import Entry, Field, FieldKind, Register

SKILLS_NAME = "services.skills"
#: Whose posts deal with cases of residents; whoever leads or looks after records gets none so.
WORKING = frozenset(
    {
        Role.GRID_WORKER,
        Role.GRID_SECRETARY,
        Role.WINDOW_CLERK,
        Role.PARTY_OFFICER,
        Role.RESIDENT_AFFAIRS_OFFICER,
    }
)


def _check(fields: Mapping[str, Any]) -> Sequence[Text]:
    if fields.get("main") in (fields.get("others") or ()):
        return (text("skills.main_among_others"),)
    return ()


SKILLS = Register(
    name=SKILLS_NAME,
    label="skills.register",
    one="skills.one",
    key=(),
    of_staff=True,
    units=frozenset({UnitKind.COMMUNITY, UnitKind.STREET}),
    check=_check,
    fields=(
        Field(
            name="main",
            label="skills.main",
            ask="skills.ask_main",
            kind=FieldKind.CHOICE,
            catalogue=Kind.SERVICE,
            required=True,
            listed=True,
        ),
        Field(
            name="others",
            label="skills.others",
            ask="skills.ask_others",
            kind=FieldKind.SEVERAL,
            catalogue=Kind.SERVICE,
        ),
        Field(
            name="note",
            label="skills.note",
            ask="skills.ask_note",
            kind=FieldKind.TEXT,
            asked=False,
        ),
    ),
)


def qualified(
    category: str,
    community: str,
    skills: Iterable[Entry],
    organisation: Organisation,
    now: datetime,
    *,
    avoid: frozenset[str] = frozenset(),
    loads: Mapping[str, int] | None = None,
) -> tuple[Responsible, ...]:
    """List who can take a case of a category in a community, the best first.

    First those whose main speciality it is, then those who can do it too; of several, who has the
    fewest cases. Whoever is away, holds no working post there, or must not get it is left out: so
    an absent specialist is covered by another qualified worker.

    Args:
        skills: entries of `SKILLS`, those that hold at the moment.
        avoid: persons who must not get it.
        loads: how many open cases somebody has.
    """
    counts = loads or {}
    found: list[tuple[tuple[int, int, str], Responsible]] = []
    for entry in skills:
        rank = _rank(entry, category)
        person = entry.person
        if rank is None or person is None or person in avoid:
            continue
        post = _post_for(person, community, organisation, now)
        if post is not None:
            place = (rank, counts.get(person, 0), person)
            found.append((place, Responsible(Seat(post.unit, post.role), person)))
    return tuple(one for _, one in sorted(found, key=lambda one: one[0]))


def _rank(entry: Entry, category: str) -> int | None:
    if entry.get("main") == category:
        return 0
    return 1 if category in (entry.get("others") or ()) else None


def _post_for(
    person: str, community: str, organisation: Organisation, now: datetime
) -> Post | None:
    """Find the post by which somebody works in a community now; None while they are away."""
    for post in organisation.posts_of(person, now):
        here = organisation.community_of(post.unit)
        is_here = here is not None and here.code == community
        if (
            post.role in WORKING
            and is_here
            and organisation.is_active(post.unit)
            and post.stand_in(now) is None
            and not _is_away(post, now)
        ):
            return post
    return None


def _is_away(post: Post, now: datetime) -> bool:
    return post.away_until is not None and now < post.away_until


def may_be_skilled(organisation: Organisation, unit: str, now: datetime) -> tuple[str, ...]:
    """List the persons who hold a working post in a unit or below it, by id."""
    found = {
        post.person
        for post in organisation.posts
        if post.held_at(now) and post.role in UNIT_OF_ROLE and organisation.covers(unit, post.unit)
    }
    return tuple(sorted(found))
