"""Standing in ends at its date: the post and its cases go back, and both are told."""

from collections.abc import Mapping, Sequence

from domain.chain import Act
from domain.matters import life
from domain.matters.assignment import past_barred
from domain.matters.cards import post_name
from domain.matters.matter import Matter
from domain.messages import Choice, Message, action, text
from domain.names import named, role_name
from domain.organisation import Post, Responsible, Role, Seat
from domain.posts.staffing import give_back, with_posts
from domain.street import Street
from domain.subjects import open_case
from scheduler.jobs import ReminderKind
from storage.database import Tx
from storage.matters.casework import save_matter, tell_residents
from storage.matters.queries import list_seated
from storage.organisation import get_posts
from storage.reminders import NoReminder, Reminder
from storage.work import CLOCK, Work

#: The kind of the reminders that end a substitution; their subject is a post.
POST = "post"
_RETURN = "return"
#: More open cases than any desk has.
_ALL = 10_000
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


async def take_back(work: Work, post: Post, act: Act, reason: str) -> list[Matter]:
    """Give a post and its cases back to its holder; residents are told, the two are not yet.

    Args:
        reason: a code that the cases' stories put into words.

    Returns:
        The cases that came back.
    """
    work.changes.touch("organisation")
    returned = give_back(post)
    work.changes.save(returned)
    organisation = with_posts(work.street.organisation, [returned])
    work.street = Street(work.street.office, organisation)
    seat = Seat(post.unit, post.role)
    back = []
    for case in await list_seated(work.tx, seat, _ALL):
        if case.owner != post.substitute:
            continue
        owed = past_barred(organisation, case, Responsible(seat, post.person), work.now)
        if owed.person == case.owner:
            continue
        after = life.reassign(case, act, seat=owed.seat, owner=owed.person, reason=reason)
        save_matter(work, after)
        said = text(
            "assignments.told_reassigned",
            number=after.number,
            owner=post_name(work.street, after),
        )
        await tell_residents(
            work, after, Message(blocks=(said,), choices=((open_case(after.number),),))
        )
        if after.owner == post.person:
            back.append(after)
        else:
            came = text("posts.cases_came", cases=1)
            work.tell(after.owner, Message(blocks=(came,), choices=(_TODO,)), on=after)
    return back


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
    back = await take_back(work, loaded, work.sign(CLOCK, Role.ADMINISTRATOR), "over")
    unit = work.street.organisation.units[loaded.unit]
    post = text("names.post", unit=named(unit.name, unit.name_en), role=role_name(loaded.role))
    substitute = work.street.staff_name(loaded.substitute)
    to_holder = text("posts.time_over", person=substitute, post=post, cases=len(back))
    work.tell(loaded.person, Message(blocks=(to_holder,), choices=(_TODO,)))
    holder = work.street.staff_name(loaded.person)
    to_substitute = text("posts.stood_in_over", person=holder, post=post)
    work.tell(loaded.substitute, Message(blocks=(to_substitute,)))


KIND = ReminderKind(name=POST, load=_load, handle=_handle, exclusive=True)
