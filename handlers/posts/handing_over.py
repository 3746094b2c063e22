"""Posts end, and with them what hangs on them: everything owed, substitutions, ways in."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from domain.organisation import Post, Responsible, Role, Seat
from domain.posts.staffing import stood_in_for, with_posts
from scheduler.posts.substitutions import no_return
from storage.drafts import DraftGone
from storage.hand_over import HandOver, Leaving, hand_over, left_behind
from storage.people import list_accounts
from storage.session_rows import SessionsGone
from storage.work import Work


def renew(work: Work, changed: Sequence[Post], names: Mapping[str, str] | None = None) -> None:
    """Save changed posts and go on with the organisation as it is after them."""
    work.changes.touch_alone("organisation")
    work.changes.save(*changed)
    organisation = with_posts(work.street.organisation, changed, names)
    work.street = replace(work.street, organisation=organisation)


async def release(
    work: Work,
    ended: Sequence[Post],
    successor: Responsible | None,
    by: str,
    role: Role,
    *,
    also: Sequence[Post] = (),
    names: Mapping[str, str] | None = None,
) -> int:
    """End posts, with everything that hangs on them; who holds none any more loses every way in.

    Args:
        ended: the posts as they are afterwards, of one person or of several.
        successor: who gets what is on the ended desks; without one, whoever answers for them then.
        by: the person who ends them, in the role that is given.
        also: posts that begin at the same time.

    Returns:
        How many things moved that whoever ends them may know of.
    """
    by_person: dict[str, list[Post]] = {}
    for post in ended:
        by_person.setdefault(post.person, []).append(post)
    before = work.street.organisation
    leavings = [leaving_of(work, posts) for posts in by_person.values()]
    held = [await left_behind(work, one) for one in leavings]
    gone = [one.person for one in leavings if one.gone]
    lent = [post for person in gone for post in stood_in_for(before, person, work.now)]
    renew(work, [*also, *lent, *ended], names)
    for post in (*lent, *ended):
        no_return(work, post)
    seats = tuple({Seat(post.unit, post.role): None for post in ended})
    moved = 0
    for one, left in zip(leavings, held, strict=True):
        how = HandOver(
            by=by,
            role=role,
            reason="left" if successor is None else "joined",
            to=successor,
            seats=seats,
            leaving=one.person,
        )
        moved += sum(by not in one.barred for one in await hand_over(work, left, how))
    for person in gone:
        await _close_accounts(work, person)
    return moved


def leaving_of(work: Work, ended: Sequence[Post]) -> Leaving:
    """Say what it means for a person that some of their posts end."""
    person = ended[0].person
    held = work.street.organisation.posts_of(person, work.now)
    ids = {post.id for post in ended}
    return Leaving(
        person=person,
        seats=tuple(Seat(post.unit, post.role) for post in ended),
        gone={post.id for post in held} <= ids,
        substitutes=frozenset(
            post.substitute for post in held if post.id in ids and post.substitute
        ),
    )


async def _close_accounts(work: Work, person: str) -> None:
    """End every way in of somebody without a post, at once."""
    work.changes.touch_alone(f"person {person}")
    for account in (await list_accounts(work.tx, [person])).get(person, ()):
        work.changes.save(replace(account, revoked_at=work.now), SessionsGone(account.id))
    work.changes.save(DraftGone(person))
