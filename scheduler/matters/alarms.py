"""A danger that somebody told of and did not confirm: whoever is on duty is told, as a case.

An ordinary emergency is made of it, with a number, an owner and the ladder that emergencies have,
so that it does not vanish where nobody reads it. It says that it is not confirmed yet.
"""

from dataclasses import replace

from domain.categories import EMERGENCY, Kind
from domain.emergencies import is_sealed
from domain.matters import life
from domain.matters.alarms import Alarm, Answer, danger_message
from domain.matters.assignment import assignment_messages
from domain.matters.cards import post_name
from domain.matters.life import Filing
from domain.matters.matter import Matter, Particulars
from domain.matters.rules import ClockRules
from domain.messages import text
from domain.organisation import Responsible, Role, Seat, UnitKind
from domain.people import Person
from domain.places.points import Point
from domain.street import Street
from domain.words.conduct import signs_of
from domain.words.understanding import Understanding
from scheduler.jobs import ReminderKind
from storage.access_log import Sight
from storage.attachments import Claim
from storage.matters.alarms import load_alarms
from storage.matters.casework import ALARM, reporter_of, save_alarm, save_matter
from storage.organisation import on_duty
from storage.reminders import Reminder
from storage.work import Work


async def _handle(work: Work, _reminder: Reminder, loaded: object) -> None:
    """Tell the duty, unless the person has answered or is just filling the form."""
    if not isinstance(loaded, Alarm) or loaded.due_at is None or loaded.number is not None:
        return
    if loaded.due_at > work.now:
        save_alarm(work, loaded)
        return
    person = await work.find_person(loaded.person)
    if person is None or person.erased_at is not None:
        return
    matter, alarm = await tell_duty(work, loaded, person)
    key = "danger.told_withheld" if alarm.accuses else "danger.told"
    key = key if matter.owner else "danger.told_nobody"
    said = danger_message(
        alarm,
        numbers_of(work, alarm),
        key=key,
        number=matter.number,
        owner=post_name(work.street, matter),
    )
    work.tell(person.id, said, on=matter)


KIND = ReminderKind(name=ALARM, load=load_alarms, handle=_handle, files=True)


def numbers_of(work: Work, alarm: Alarm) -> tuple[str, ...]:
    """Give the emergency numbers that fit an alarm, the first one first, each once."""
    listed = work.understood(alarm.words).numbers
    lexicon = work.street.office.lexicon
    more = (one for danger in alarm.dangers for one in lexicon.numbers[danger])
    return tuple(dict.fromkeys((*listed, *more)))


async def tell_duty(work: Work, alarm: Alarm, person: Person) -> tuple[Matter, Alarm]:
    """Make an emergency of an alarm, tell its owner at once, and give both as they are then."""
    understood = work.understood(alarm.words)
    withheld = may_accuse(work, alarm)
    owed = await owed_by(work, alarm, person)
    named = work.named_in(alarm.words) if withheld else frozenset()
    filing = _filing(work.street, alarm, person, understood, withheld=withheld, barred=named)
    matter = life.file(
        work.new_number(),
        filing,
        work.sign(person.id, Role.RESIDENT),
        seat=owed.seat,
        owner=owed.person,
        rules=work.street.rules(ClockRules, filing.community),
        calendar=work.street.office.calendar,
    )
    save_matter(work, matter)
    if filing.particulars.attachments:
        work.changes.save(Claim(filing.particulars.attachments, matter.subject))
    alarm = replace(alarm, number=matter.number, due_at=None, accuses=withheld)
    save_alarm(work, alarm)
    await _tell_owner(work, matter, alarm, person)
    return matter, alarm


async def _tell_owner(work: Work, matter: Matter, alarm: Alarm, person: Person) -> None:
    if matter.owner is None:
        return
    actor = work.staff_actor(matter.owner)
    reporter = await reporter_of(work, matter, actor, Sight.SENT)
    card, *pictures = assignment_messages(
        work.street, matter, work.now, actor=actor, reporter=reporter
    )
    reachable = bool(matter.particulars.phone or person.phone)
    said = text(
        f"danger.duty_{alarm.answer}",
        at=alarm.said_at,
        reach=text("danger.reach_phone" if reachable else "danger.reach_chat"),
    )
    work.tell(matter.owner, replace(card, blocks=(said, *card.blocks)), *pictures, on=matter)


def may_accuse(work: Work, alarm: Alarm, words: str | None = None) -> bool:
    """Tell whether words, those of an alarm if none are given, may be about somebody here."""
    words = alarm.words if words is None else words
    found = signs_of(work.understood(words), work.named_in(words))
    return alarm.accuses or bool(found.named) or found.complaint or found.ask_before(directed=False)


async def owed_by(work: Work, alarm: Alarm, person: Person) -> Responsible:
    """Find who is told: the grid's ladder, at night the duty roster; without a grid the street.

    What neighbours must not hear of begins at the community, and what may be about somebody of the
    office at the street, past everybody whom it names.
    """
    street, organisation = work.street, work.street.organisation
    avoid = work.named_in(alarm.words)
    on_call = [one for one in await on_duty(work.tx, work.now) if one not in avoid]
    duty = Seat(organisation.street.code, Role.DISPATCHER)
    if on_call and not street.office.calendar.is_open(work.now):
        return Responsible(duty, on_call[0])
    withheld = may_accuse(work, alarm)
    unit = organisation.street.code if withheld else unit_of(street, alarm, person.grid)
    owed = organisation.responsible(unit, work.now, avoid=avoid)
    if owed.person is None and on_call:
        return Responsible(duty, on_call[0], climbed=True)
    return owed


def unit_of(street: Street, alarm: Alarm, grid: str | None) -> str:
    """Give the unit whose ladder answers for an alarm; the street's where no grid is known."""
    organisation = street.organisation
    if alarm.place is not None:
        near = street.grids_at(Point(latitude=alarm.place[0], longitude=alarm.place[1]))
        grid = near[0] if len(near) == 1 else grid
    unit = organisation.units.get(grid or "")
    if unit is None:
        return organisation.street.code
    community = organisation.community_of(unit.code)
    if not organisation.is_grid_in_use(unit.code):
        # Of a grid that is switched off the community answers.
        in_use = community is not None and organisation.is_active(community.code)
        return community.code if community and in_use else organisation.street.code
    return community.code if is_sealed(alarm.dangers) and community else unit.code


def _filing(
    street: Street,
    alarm: Alarm,
    person: Person,
    understood: Understanding,
    *,
    withheld: bool,
    barred: frozenset[str],
) -> Filing:
    organisation = street.organisation
    unit = organisation.street.code if withheld else unit_of(street, alarm, person.grid)
    in_use = organisation.is_grid_in_use(person.grid)
    if organisation.units[unit].kind is UnitKind.COMMUNITY and in_use:
        # Confidential: seen from the community on, see `domain.access.matters`.
        grid = str(person.grid)
    else:
        grid = unit
    community = organisation.community_of(unit) or organisation.street
    code = None if withheld else understood.categories.get(Kind.SERVICE)
    categories = street.office.categories
    category = categories.find(code or "") or categories.other(Kind.SERVICE)
    point = alarm.place
    return Filing(
        kind=Kind.SERVICE,
        category=category.code,
        community=community.code,
        grid=grid,
        origin=alarm.origin,
        reporter=alarm.person,
        particulars=Particulars(
            text="" if withheld else alarm.words,
            place_text=alarm.place_text,
            point=Point(latitude=point[0], longitude=point[1]) if point else None,
            attachments=() if withheld else tuple(one for one, _, _ in alarm.files),
            phone=alarm.phone,
        ),
        importance=category.importance,
        urgency=EMERGENCY,
        confidential=withheld or alarm.is_sealed,
        barred=barred,
        dangers=tuple(danger.value for danger in alarm.dangers),
        unconfirmed=alarm.answer is Answer.NONE,
    )
