"""Standing in ends at its date: the post and its cases go back, and both are told."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from domain.messages import Choice, Message, action, text
from domain.names import role_name, unit_name
from domain.organisation import Post, Responsible, Role, Seat
from domain.posts.staffing import give_back, with_posts
from scheduler.jobs import ReminderKind
from storage.database import Tx
from storage.hand_over import HandOver, count, hand_over, held_of
from storage.organisation import get_posts
from storage.reminders import NoReminder, Reminder
from storage.work import CLOCK, Work

#: The kind of the reminders that end a substitution; their subject is a post.
POST = "post"
_RETURN = "return"
_TODO = (Choice(label=text("staff.todo"), action=action("todo.open"), emphasis=True),)


def return_at_end(work: Work, post: Post) -> None:
    """Let the clock end a substitution that has just begun."""
    if post.away_until is not None:
        work.changes.put(
            f"reminder of post {post.id}",
            Reminder(kind=POST, subject=post.id, step=_RETURN, due_at=post.away_until),
        )


def no_return(work: Work, post: Post) -> None:
    """Nothing is left for the clock to end."""
    work.changes.put(f"reminder of post {post.id}", NoReminder(POST, post.id))


async def count_back(work: Work, post: Post) -> int:
    """Count what comes back to the holder of a post when they do, as far as they may know of it."""
    held = await held_of(work, Seat(post.unit, post.role), post.substitute or "")
    return count(held, post.person)


async def take_back(work: Work, post: Post, by: str, role: Role, reason: str) -> int:
    """Give a post and all that lies on its desk back to its holder; the two are not told of it.

    Args:
        by: the person who ends it, or the clock, in the role that is given.
        reason: a code that stories put into words.

    Returns:
        How many things came back to them; what they are barred from goes on to somebody else.
    """
    work.changes.touch_alone("organisation")
    returned = give_back(post)
    work.changes.save(returned)
    organisation = with_posts(work.street.organisation, [returned])
    work.street = replace(work.street, organisation=organisation)
    seat = Seat(post.unit, post.role)
    how = HandOver(
        by=by,
        role=role,
        reason=reason,
        to=Responsible(seat, post.person),
        seats=(seat,),
        told=post.person,
    )
    moved = await hand_over(work, await held_of(work, seat, post.substitute or ""), how)
    return sum(one.owner == post.person for one in moved)


async def _load(tx: Tx, ids: Sequence[str]) -> Mapping[str, object]:
    return await get_posts(tx, ids)


async def _handle(work: Work, _reminder: Reminder, loaded: object) -> None:
    """End a substitution whose time is over; one that was prolonged is looked at again."""
    if not isinstance(loaded, Post) or loaded.substitute is None:
        return
    if not loaded.held_at(work.now):
        return
    if loaded.stand_in(work.now) is not None:
        return_at_end(work, loaded)
        return
    back = await count_back(work, loaded)
    unit = work.street.organisation.units[loaded.unit]
    post = text("names.post", unit=unit_name(unit), role=role_name(loaded.role))
    substitute = work.street.staff_name(loaded.substitute)
    to_holder = text("posts.time_over", person=substitute, post=post, cases=back)
    work.tell(loaded.person, Message(blocks=(to_holder,), choices=(_TODO,)))
    await take_back(work, loaded, CLOCK, Role.ADMINISTRATOR, "over")
    holder = work.street.staff_name(loaded.person)
    to_substitute = text("posts.stood_in_over", person=holder, post=post)
    work.tell(loaded.substitute, Message(blocks=(to_substitute,)))


KIND = ReminderKind(name=POST, load=_load, handle=_handle, exclusive=True)
