"""What is done with a matter in a piece of work: save it with its clock, tell who hears of it."""

from dataclasses import replace

from domain.access.actors import Actor
from domain.access.checks import may
from domain.access.matters import MatterRight
from domain.matters.alarms import Alarm
from domain.matters.assignment import assignment_messages
from domain.matters.cards import Reporter, post_name
from domain.matters.clock import timer_in
from domain.matters.matter import IN_HAND, Happening, Matter
from domain.matters.naming import called, called_by_category
from domain.matters.reporters import may_see_name
from domain.messages import Message, Text, Value, text
from domain.subjects import open_case
from storage.access_log import Look, Sight
from storage.matters.followers import list_followers
from storage.matters.matters import list_events
from storage.matters.merged import list_voices
from storage.reminders import NoReminder, Reminder
from storage.work import Work

#: The kind of the reminders that move a matter on; see `domain.matters.clock.timers`.
MATTER = "matter"
#: The kind of the reminders that tell the duty of a danger that nobody confirmed.
ALARM = "alarm"


async def tell_step(
    work: Work, matter: Matter, key: str, *, slot: str | None = None, **fields: Value
) -> None:
    """Tell the resident, and who follows the case, one step in plain words.

    The resident knows it by the own words, who follows it by its sort alone.

    Args:
        slot: of which a later step says that the earlier one was a mistake, and takes its place.
    """
    owner = post_name(work.street, matter)

    def told(name: Text) -> Message:
        said = text(key, number=matter.number, matter=name, owner=owner, **fields)
        return Message(
            blocks=(said,),
            choices=((open_case(matter.number),),),
            slot=slot,
            renews=slot is not None,
        )

    work.tell(matter.reporter or None, told(called(matter)), on=matter)
    neighbours = told(called_by_category(work.street, matter))
    for person in await list_followers(work.tx, matter.number):
        work.tell(person, neighbours, on=matter)


def save_matter(work: Work, matter: Matter) -> None:
    """Save a matter with what the clock does to it next."""
    work.tx.opened.add(matter.subject)
    work.changes.touch(f"matter {matter.number}")
    work.changes.put(f"matter {matter.number}", matter)
    set_timer(work, matter)


def set_timer(work: Work, matter: Matter) -> None:
    """Save what the clock does next to a matter that stays as it is."""
    key = f"reminder of {matter.number}"
    timer = timer_in(work.street, matter)
    if timer is None:
        work.changes.put(key, NoReminder(MATTER, matter.number))
        return
    reminder = Reminder(
        kind=MATTER,
        subject=matter.number,
        step=timer.step,
        round=timer.round,
        due_at=timer.due_at,
    )
    work.changes.put(key, reminder)


def save_alarm(work: Work, alarm: Alarm) -> None:
    """Save what somebody said about danger, with when the duty is told of it."""
    work.changes.put(f"alarm {alarm.id}", alarm)
    key = f"reminder of alarm {alarm.id}"
    if alarm.due_at is None:
        work.changes.put(key, NoReminder(ALARM, alarm.id))
    else:
        due = Reminder(kind=ALARM, subject=alarm.id, step="told", due_at=alarm.due_at)
        work.changes.put(key, due)


async def reporter_of(work: Work, matter: Matter, reader: Actor, sight: Sight) -> Reporter | None:
    """Give what a reader may see of who reported a matter; None for nothing at all.

    Whoever makes a case's card for somebody asks this, so the look is noted here.

    Args:
        sight: how the reader comes to see the card.
    """
    note_look(work, matter, reader, sight)
    if matter.hide_name:
        return Reporter(hidden=True)
    if not may_see_name(reader, work.street.organisation, matter):
        return None
    return await named_reporter(work, matter)


async def named_reporter(work: Work, matter: Matter) -> Reporter:
    """Give the name and phone of who reported a matter, whether or not they are hidden."""
    told = matter.particulars
    if told.name or told.phone:
        return Reporter(told.name, told.phone)
    person = await work.find_person(matter.reporter)
    return Reporter(person.name, person.phone) if person else Reporter()


def note_look(work: Work, matter: Matter, reader: Actor, sight: Sight, *, reason: str = "") -> None:
    """Put a look into the access log where what is shown is sealed; once each piece of work."""
    if not (matter.sealed or sight is Sight.NAME) or reader.person in matter.barred:
        return
    grant = may(
        reader,
        _RIGHT_OF.get(sight, MatterRight.SEE),
        work.street.organisation,
        on=matter,
        helps=sight is Sight.PART,
    )
    look = Look(
        id=work.new_id(),
        person=reader.person,
        subject=matter.subject,
        sight=sight,
        rule=grant.rule if grant is not None else "",
        reason=reason,
        at=work.now,
    )
    work.changes.put(f"look {sight} {reader.person} {matter.number}", look)


_RIGHT_OF = {Sight.NAME: MatterRight.UNSEAL, Sight.PART: MatterRight.SEE_PART}


async def send_card(work: Work, matter: Matter) -> None:
    """Send the assignment card to the matter's owner."""
    if matter.owner is None:
        return
    actor = work.staff_actor(matter.owner)
    reporter = await reporter_of(work, matter, actor, Sight.SENT)
    missing = await missing_in(work, matter)
    card, *pictures = assignment_messages(
        work.street, matter, work.now, actor=actor, reporter=reporter, missing=missing
    )
    added = [one for one in await _added(work, matter) if one not in missing]
    if added:
        card = replace(card, blocks=(*card.blocks, text("cards.added", said="\n".join(added))))
    work.tell(matter.owner, card, *pictures, on=matter)


async def card_for(work: Work, matter: Matter, reader: str, said: Text) -> Message:
    """Make the card of a case for somebody of the staff, under a sentence that brings it up."""
    actor = work.staff_actor(reader)
    reporter = await reporter_of(work, matter, actor, Sight.SENT)
    card, *_ = assignment_messages(work.street, matter, work.now, actor=actor, reporter=reporter)
    return replace(card, blocks=(said, *card.blocks))


#: How many of a resident's later words a card brings along; the others stand in the history.
_MOST_ADDED = 3


async def missing_in(work: Work, matter: Matter) -> str:
    """Give what the resident said is still missing since a case was opened again."""
    if not matter.reopenings or matter.state not in IN_HAND:
        return ""
    said: list[str] = []
    for event in [*await list_events(work.tx, matter.number), *matter.fresh]:
        if event.happening is Happening.REOPENED:
            said.clear()
        elif event.happening is Happening.ADDED and event.content and event.content.get("text"):
            said.append(str(event.content["text"]))
    return "\n".join(said[-_MOST_ADDED:])


async def _added(work: Work, matter: Matter) -> list[str]:
    """Give what the resident said after the first words: whoever gets a case later needs it."""
    if matter.seq == len(matter.fresh):
        return []  # Filed at this very moment.
    events = [*await list_voices(work.tx, matter), *matter.fresh]
    said = [
        str(event.content["text"])
        for event in events
        if event.happening in (Happening.ADDED, Happening.ANSWERED)
        and event.content
        and event.content.get("text")
    ]
    return said[-_MOST_ADDED:]
