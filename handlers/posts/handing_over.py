"""Cases change hands: one by one, and all of them with the post to which they belong."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from domain.matters import life
from domain.matters.assignment import helper, moved_desk, past_barred
from domain.matters.matter import Matter
from domain.messages import Message, text
from domain.organisation import Post, Responsible, Role, Seat
from domain.posts.staffing import stood_in_for, with_posts
from domain.street import Street
from handlers.matters.case_cards import tell_step
from handlers.matters.filing import send_card
from handlers.turn import choice
from scheduler.posts.substitutions import no_return
from storage.drafts import DraftGone
from storage.matters.casework import save_matter
from storage.matters.help_requests import list_asked
from storage.matters.matters import get_matters
from storage.matters.queries import list_owned, list_seated
from storage.people import list_accounts
from storage.session_rows import SessionsGone
from storage.work import Work

#: Of more cases than this, a new owner gets the list instead of the cards.
_MOST_CARDS = 3
#: More open cases than anybody can have at once.
_ALL = 10_000

DeskFor = Callable[[Matter], Responsible]


def always(owed: Responsible) -> DeskFor:
    """Give every case to the same desk."""
    return lambda _case: owed


async def move_cases(
    work: Work, cases: Iterable[Matter], desk_for: DeskFor, by: str, role: Role, reason: str
) -> int:
    """Give cases to other desks: an event each, news for the residents, cards for the new owners.

    Args:
        by: the person who does it, in the role that is given.
        reason: a code that the case's story puts into words.

    Returns:
        How many cases moved; one that this work has moved already stays where it is.
    """
    moved: dict[str | None, list[Matter]] = {}
    for case in cases:
        owed = past_barred(work.street.organisation, case, desk_for(case), work.now)
        if owed.person == case.owner or f"matter {case.number}" in work.changes.touched:
            continue
        after = life.reassign(
            case, work.sign(by, role), seat=owed.seat, owner=owed.person, reason=reason
        )
        save_matter(work, after)
        await tell_step(work, after, "assignments.told_reassigned")
        moved.setdefault(owed.person, []).append(after)
    for owner, taken in moved.items():
        await tell_new_owner(work, owner, taken)
    return sum(len(taken) for taken in moved.values())


async def tell_new_owner(work: Work, owner: str | None, taken: Sequence[Matter]) -> None:
    """Tell somebody that cases came, with their cards where they are few."""
    if owner is None:
        return
    said = text("posts.cases_came", cases=len(taken))
    show = (choice("staff.todo", "todo.open", emphasis=True),)
    work.tell(owner, Message(blocks=(said,), choices=(show,)))
    if len(taken) <= _MOST_CARDS:
        for case in taken:
            await send_card(work, case)


def renew(work: Work, changed: Sequence[Post], names: Mapping[str, str] | None = None) -> None:
    """Save changed posts and go on with the organisation as it is after them."""
    work.changes.touch("organisation")
    work.changes.save(*changed)
    organisation = with_posts(work.street.organisation, changed, names)
    work.street = Street(work.street.office, organisation)


async def release(
    work: Work,
    ended: Sequence[Post],
    successor: DeskFor | None,
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
        How many cases moved.
    """
    before = work.street.organisation
    by_person: dict[str, list[Post]] = {}
    for post in ended:
        by_person.setdefault(post.person, []).append(post)
    gone = [
        person
        for person, posts in by_person.items()
        if {post.id for post in before.posts_of(person, work.now)} <= {post.id for post in posts}
    ]
    cases = {person: await released_cases(work, posts) for person, posts in by_person.items()}
    lent = [post for person in gone for post in stood_in_for(before, person, work.now)]
    renew(work, [*also, *lent, *ended], names)
    for post in (*lent, *ended):
        no_return(work, post)
    after = work.street.organisation
    seats = {Seat(post.unit, post.role) for post in ended}
    moved = 0
    for person, released in cases.items():

        def desk_for(case: Matter, leaving: str = person) -> Responsible:
            if successor is not None and case.seat in seats:
                return successor(case)
            return moved_desk(after, case, work.now, leaving=leaving)

        reason = "left" if successor is None else "joined"
        moved += await move_cases(work, released, desk_for, by, role, reason)
    for person in gone:
        await _pass_on_help(work, person)
        await _close_accounts(work, person)
    return moved


async def released_cases(work: Work, ended: Sequence[Post]) -> list[Matter]:
    """List what a person hands over: the cases of the ended desks, and all if no post remains."""
    person = ended[0].person
    held = work.street.organisation.posts_of(person, work.now)
    seats = [Seat(post.unit, post.role) for post in ended]
    ids = {post.id for post in ended}
    gone = {post.id for post in held} <= ids
    owned = await list_owned(work.tx, person, _ALL)
    cases = [case for case in owned if gone or case.seat in seats]
    substitutes = {post.substitute for post in held if post.id in ids and post.substitute}
    for seat in seats if substitutes else ():
        lent = await list_seated(work.tx, seat, _ALL)
        cases += [case for case in lent if case.owner in substitutes]
    return cases


async def _close_accounts(work: Work, person: str) -> None:
    """End every way in of somebody without a post, at once."""
    work.changes.touch(f"person {person}")
    for account in (await list_accounts(work.tx, [person])).get(person, ()):
        work.changes.save(replace(account, revoked_at=work.now), SessionsGone(account.id))
    work.changes.save(DraftGone(person))


async def _pass_on_help(work: Work, person: str) -> None:
    """Give the open requests for help to whoever answers for the stream now."""
    asked = await list_asked(work.tx, person, _ALL)
    known = await get_matters(work.tx, [part.number for part in asked])
    for part in asked:
        case = known[part.number]
        found = helper(work.street.organisation, case, part.stream, work.now, asker=part.asked_by)
        if found is None or found.person is None or not case.is_open:
            continue
        work.changes.save(replace(part, helper=found.person))
        said = text("posts.help_passed_on", number=part.number)
        show = (choice("assignments.parts", "matters.parts", emphasis=True),)
        work.tell(found.person, Message(blocks=(said,), choices=(show,)), on=case)
