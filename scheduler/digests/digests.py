"""Every week: a digest per unit for secretaries and leaders, a summary for residents."""

import asyncio
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from domain.access.checks import may
from domain.access.matters import MatterRight
from domain.digests.digest import (
    Digest,
    Figure,
    Topic,
    Week,
    figures_of,
    gaps,
    topics_of,
    week_named,
    weeks_before,
)
from domain.digests.rules import TopicRules
from domain.matters.likeness import Group, HotRule, topics
from domain.matters.matter import Matter
from domain.matters.quotes import LEAST_PERSONS, quotable
from domain.messages import FileKind
from domain.organisation import Organisation, Role, Seat, Unit, UnitKind
from domain.people import Language
from domain.street import Street
from domain.subjects import case
from reports.digests.charts import draw_all
from reports.digests.digests import Reading, digest_messages, summary_message, week_chart
from reports.registry import read_sections
from reports.sections import Span
from scheduler.jobs import (
    Hours,
    Job,
    Means,
    Occurrence,
    ReminderKind,
    Schedule,
    claim,
)
from scheduler.subprocesses import in_subprocess
from storage.attachments import DRAWN, Attachment, FetchState
from storage.changes import Changes, apply
from storage.database import Tx
from storage.digests.digests import (
    Opinion,
    find_digest,
    first_week,
    list_cases,
    list_digests,
    list_opinions,
)
from storage.files import Kept
from storage.matters.queries import list_overdue
from storage.people import get_people, summary_readers
from storage.registry import HANDS_OVER, PROCEDURES
from storage.reminders import Reminder, ran_periods
from storage.work import CLOCK, Numbers, Work

log = structlog.get_logger()

#: With how many weeks before a chart compares, and over how many gaps are shown.
WEEKS_SHOWN = 4
#: How many residents one transaction tells.
AUDIENCE = 500
SUMMARY = "summary"
#: Overdue cases of a unit that are counted; no office that works has more.
MOST_COUNTED = 5_000

#: Who reads the digest of a level.
_READERS: Mapping[UnitKind, tuple[Role, ...]] = {
    UnitKind.GRID: (Role.GRID_SECRETARY,),
    UnitKind.COMMUNITY: (Role.COMMUNITY_SECRETARY, Role.ASSIGNED_LEADER),
    UnitKind.STREET: (Role.DISPATCHER, Role.STREET_LEADER),
}


def readers_of(organisation: Organisation, unit: Unit, now: datetime) -> tuple[str, ...]:
    """Name who gets the digest of a unit: the holders of its posts, or who stands in for them."""
    persons = [
        post.stand_in(now) or post.person
        for role in _READERS[unit.kind]
        for post in organisation.holders(Seat(unit.code, role), now)
    ]
    return tuple(dict.fromkeys(persons))


# --- digests -------------------------------------------------------------------------------------


def _staff_schedule(hours: Hours, unit: str) -> Schedule:
    return hours.staff_of.get(unit, hours.staff)


def _communities_and_street(organisation: Organisation) -> Sequence[str]:
    if not organisation.units:
        return []
    return [*(unit.code for unit in organisation.communities), organisation.street.code]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Gathered:
    """What the digests of one run are made from, read at one consistent state."""

    street: Street
    digests: Sequence[Digest]
    opinions: Mapping[str, Sequence[Opinion]]
    """The opinions of the week and the weeks compared with it, by unit."""
    compared: Sequence[Week]
    languages: Mapping[str, frozenset[Language]]
    """In which languages a unit's chart is read."""
    before: Mapping[str, Sequence[Digest]]


async def _run(means: Means, occurrence: Occurrence, now: datetime) -> bool:
    """Write the digests of a community and its grids, or of the street, and tell their readers.

    Everything heavy is done before the transaction that claims the run: whoever comes second
    throws its work away.
    """
    gathered = await _gather(means, occurrence, now)
    if gathered is None:
        return False
    rules = gathered.street.rules(TopicRules, occurrence.unit)
    digests = gathered.digests
    if not occurrence.briefly:
        digests = await _with_topics(gathered, rules)
    pictures: list[Attachment] = []
    if not occurrence.superseded:
        digests, pictures = await _with_charts(means, gathered, digests, now)
    async with means.database.write() as tx:
        if not await claim(tx, occurrence, now):
            return False
        street = await means.street(tx, now)
        work = Work(
            tx=tx,
            street=street,
            now=now,
            numbers=Numbers(),
            hands_over=HANDS_OVER,
            procedures=PROCEDURES,
        )
        work.changes.save(*pictures, *digests)
        if not occurrence.superseded:
            for digest in digests:
                await _tell(work, digest, gathered.before[digest.unit])
        await apply(tx, [work.changes])
    return True


async def _gather(means: Means, occurrence: Occurrence, now: datetime) -> _Gathered | None:
    """Read what the digests are made from; None where the run is done already."""
    async with means.database.read() as tx:
        ran = await ran_periods(tx, occurrence.job, [occurrence.key])
        if ran and not occurrence.again:
            return None
        street = await means.street(tx, now)
        calendar = street.office.calendar
        period = occurrence.period
        week = Week(key=period.key, begins=period.begins, ends=period.ends)
        rules = street.rules(TopicRules, occurrence.unit)
        compared = weeks_before(week, rules.weeks_compared, calendar)
        units = _units_of(street.organisation, occurrence.unit)
        digests = [
            await _digest(tx, street, unit, week, due_at=period.due_at, now=now) for unit in units
        ]
        before = weeks_before(week, WEEKS_SHOWN, calendar)
        return _Gathered(
            street=street,
            digests=digests,
            opinions=await _opinions(tx, street, units, compared[-1].begins, week.ends),
            compared=compared,
            languages={unit.code: await _languages(tx, street, unit, now) for unit in units},
            before={
                unit.code: await list_digests(tx, unit.code, before, calendar) for unit in units
            },
        )


def _units_of(organisation: Organisation, code: str) -> Sequence[Unit]:
    """List the units that one run writes digests of, the one asked for first."""
    unit = organisation.units[code]
    return [unit, *organisation.grids_of(code)]


def _codes(street: Street) -> Sequence[str]:
    return [unit.code for unit in street.organisation.communities]


async def _digest(
    tx: Tx, street: Street, unit: Unit, week: Week, *, due_at: datetime, now: datetime
) -> Digest:
    cases = await list_cases(tx, unit, week, _codes(street))
    span = Span(begins=week.begins, ends=week.ends, now=now)
    return Digest(
        unit=unit.code,
        week=week,
        due_at=due_at,
        computed_at=now,
        figures=figures_of(cases, week),
        sections=await read_sections(tx, street, unit, span),
    )


async def _opinions(
    tx: Tx, street: Street, units: Sequence[Unit], since: datetime, until: datetime
) -> Mapping[str, Sequence[Opinion]]:
    """Read opinions once for the first unit; those of its grids are among them."""
    whole = await list_opinions(tx, units[0], since, until, _codes(street))
    found: dict[str, list[Opinion]] = {unit.code: [] for unit in units[1:]}
    for opinion in whole:
        if opinion.grid in found:
            found[opinion.grid].append(opinion)
    return {units[0].code: whole, **found}


async def _languages(tx: Tx, street: Street, unit: Unit, now: datetime) -> frozenset[Language]:
    readers = await get_people(tx, readers_of(street.organisation, unit, now))
    return frozenset(person.language for person in readers.values())


async def _with_topics(gathered: _Gathered, rules: TopicRules) -> list[Digest]:
    """Group similar opinions; a digest whose topics cannot be found goes without them.

    They are grouped once for the first unit; its grids have the same topics, as far as they are
    theirs, and the street's are made of the communities': so the levels agree.
    """
    rule = HotRule(least=rules.least_opinions, growth=rules.growth)
    first = gathered.digests[0]
    opinions = gathered.opinions[first.unit]
    is_street = gathered.street.organisation.units[first.unit].kind is UnitKind.STREET
    said = _Said(
        texts=[opinion.text for opinion in opinions],
        parts=[opinion.community for opinion in opinions] if is_street else None,
        known=frozenset(
            word
            for category in gathered.street.office.categories.listed
            for word in category.keywords
        ),
        quotable=[not opinion.keeps_name for opinion in opinions],
        staff=frozenset(gathered.street.organisation.names.values()),
    )
    try:
        enough = len(opinions) >= rule.least
        groups = await in_subprocess(group_all, said, rule.least) if enough else []
    except Exception as error:
        log.error("digests.no_topics", error=type(error).__name__)
        groups = []
    return [
        replace(digest, topics=_topics(groups, opinions, digest, gathered, rule))
        for digest in gathered.digests
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Said:
    """What is grouped into topics."""

    texts: Sequence[str]
    parts: Sequence[str] | None
    """The community of each, where they are several."""
    known: frozenset[str]
    """The keywords of the catalogue, which may name a topic."""
    quotable: Sequence[bool]
    """Which of the texts may be quoted at all."""
    staff: frozenset[str]
    """What members of staff are called."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Spoken:
    """A group of texts, and what may be quoted of each of its members."""

    group: Group
    quotes: Mapping[int, str]


#: Of so many texts of a group a sentence is looked for: the first fitting one is enough.
_TRIED = 60


def group_all(said: _Said, least: int) -> list[Spoken]:
    """Group texts; blocks, and loads a dictionary of words."""
    found = topics(said.texts, minimum=least, parts=said.parts, known=said.known)
    return [Spoken(group=group, quotes=_quotes(said, group)) for group in found]


def _quotes(said: _Said, group: Group) -> Mapping[int, str]:
    # The last ones are of the week; the others only tell what was before.
    tried = [member for member in group.members if said.quotable[member]][-_TRIED:]
    quoted = {member: quotable(said.texts[member], said.known, said.staff) for member in tried}
    return {member: quote for member, quote in quoted.items() if quote}


def _topics(
    groups: Sequence[Spoken],
    opinions: Sequence[Opinion],
    digest: Digest,
    gathered: _Gathered,
    rule: HotRule,
) -> tuple[Topic, ...]:
    """Give the topics of a unit: of each group the opinions that were filed in it."""
    unit = gathered.street.organisation.units[digest.unit]
    mine = [
        [
            member
            for member in one.group.members
            if unit.kind is not UnitKind.GRID or opinions[member].grid == digest.unit
        ]
        for one in groups
    ]
    numbered = [
        (
            one.group.label,
            [(opinions[member].number, opinions[member].filed_at) for member in members],
        )
        for one, members in zip(groups, mine, strict=True)
    ]
    found = topics_of(numbered, digest.week, gathered.compared, rule)
    quotes = {
        opinions[member].number: quote for one in groups for member, quote in one.quotes.items()
    }
    reporters = {one.number: one.reporter for one in opinions}
    return tuple(replace(topic, quote=_quote(topic, quotes, reporters)) for topic in found)


def _quote(topic: Topic, quotes: Mapping[str, str], reporters: Mapping[str, str]) -> str:
    """Give what one of several people said this week; nothing where they are too few to hide."""
    persons = {reporters[number] for number in topic.numbers} - {""}
    if len(persons) < LEAST_PERSONS:
        return ""
    return next((quotes[number] for number in topic.numbers if number in quotes), "")


# --- charts --------------------------------------------------------------------------------------


async def _with_charts(
    means: Means, gathered: _Gathered, digests: Sequence[Digest], now: datetime
) -> tuple[list[Digest], list[Attachment]]:
    """Draw what somebody will look at; a digest whose chart fails goes without it."""
    wanted = [
        (digest, language)
        for digest in digests
        # Zeros need no picture: the digest says them.
        if digest.figures.count(Figure.FILED) or digest.figures.count(Figure.SOLVED)
        for language in sorted(gathered.languages[digest.unit])
    ]
    charts = [
        week_chart(
            gathered.street,
            gathered.street.organisation.units[digest.unit],
            digest,
            gathered.before[digest.unit],
            language=language,
            say=means.say,
        )
        for digest, language in wanted
    ]
    try:
        drawn = await in_subprocess(draw_all, charts) if charts else []
        kept = [await asyncio.to_thread(means.files.put, picture) for picture in drawn]
    except Exception as error:
        log.error("digests.no_chart", error=type(error).__name__)
        return list(digests), []
    pictures: list[Attachment] = []
    by_unit: dict[str, dict[str, str]] = {}
    for (digest, language), file, picture in zip(wanted, kept, drawn, strict=True):
        attachment = _attachment(file, len(picture), now)
        pictures.append(attachment)
        by_unit.setdefault(digest.unit, {})[language] = attachment.id
    return [replace(one, pictures=by_unit.get(one.unit, {})) for one in digests], pictures


def _attachment(file: Kept, size_bytes: int, now: datetime) -> Attachment:
    return Attachment(
        id=secrets.token_hex(12),
        person=CLOCK,
        bot=DRAWN,
        ref="",
        kind=FileKind.PHOTO,
        state=FetchState.STORED,
        file_name=file.name,
        file_key=file.key,
        media_type="image/png",
        size_bytes=size_bytes,
        not_before=now,
        created_at=now,
    )


# --- telling staff -------------------------------------------------------------------------------


async def _tell(work: Work, digest: Digest, before: Sequence[Digest]) -> None:
    """Send a digest to everybody who answers for its unit."""
    organisation = work.street.organisation
    unit = organisation.units[digest.unit]
    readers = await get_people(work.tx, readers_of(organisation, unit, work.now))
    overdue = await overdue_now(work, digest)
    missing, late = await gaps_of(work, digest, before)
    for person in readers.values():
        seen = visible_to(work, person.id, overdue)
        reading = Reading(
            overdue=seen,
            hidden=len(overdue) - len(seen),
            still=still_of(digest, overdue),
            missing=missing,
            late=late,
            picture=digest.pictures.get(person.language),
        )
        messages = digest_messages(work.street, digest, reading)
        about = {case(number) for number in digest.quoted} | {matter.subject for matter in seen}
        work.tell(person.id, *messages, about=frozenset(about))


async def overdue_now(work: Work, digest: Digest) -> list[Matter]:
    """Load the cases of a digest's unit that are overdue now, the longest overdue first."""
    organisation = work.street.organisation
    codes = organisation.codes_under(digest.unit)
    found = await list_overdue(work.tx, codes, work.now, MOST_COUNTED)
    return sorted(found, key=lambda one: (one.deadline or one.resolve_by, one.number))


def still_of(digest: Digest, overdue: Iterable[Matter]) -> int:
    """Count what was overdue when the week of a digest ended and still is."""
    then = frozenset(digest.figures.behind(Figure.OVERDUE))
    return sum(one.number in then for one in overdue)


def visible_to(work: Work, person: str, matters: Iterable[Matter]) -> list[Matter]:
    """Choose the matters that a staff member may see."""
    actor = work.staff_actor(person)
    organisation = work.street.organisation
    return [one for one in matters if may(actor, MatterRight.SEE, organisation, on=one)]


async def gaps_of(
    work: Work, digest: Digest, before: Sequence[Digest]
) -> tuple[tuple[Week, ...], tuple[Week, ...]]:
    """Find the weeks before a digest that are (missing, late), as far as its unit goes back."""
    calendar = work.street.office.calendar
    first = await first_week(work.tx, digest.unit, calendar)
    if first is None:
        return (), ()
    weeks = [
        week
        for week in weeks_before(digest.week, WEEKS_SHOWN, calendar)
        if week.begins >= first.begins
    ]
    return gaps(before, weeks)


JOB = Job(name="digests", schedule=_staff_schedule, units=_communities_and_street, run=_run)


# --- summaries for residents ---------------------------------------------------------------------


def _residents_schedule(hours: Hours, unit: str) -> Schedule:
    return hours.residents_of.get(unit, hours.residents)


def _communities(organisation: Organisation) -> Sequence[str]:
    return [unit.code for unit in organisation.communities]


async def _begin_summary(means: Means, occurrence: Occurrence, now: datetime) -> bool:
    """Begin to tell a community's residents; a week that is stale is told to nobody."""
    async with means.database.write() as tx:
        if not await claim(tx, occurrence, now):
            return False
        if not occurrence.superseded:
            changes = Changes()
            changes.save(_next_part(occurrence.period.key, occurrence.unit, "", now))
            await apply(tx, [changes])
    return True


SUMMARY_JOB = Job(
    name="summaries", schedule=_residents_schedule, units=_communities, run=_begin_summary
)


def _next_part(week: str, unit: str, after: str, now: datetime) -> Reminder:
    """Note after which resident a summary goes on, whoever goes on with it."""
    return Reminder(kind=SUMMARY, subject=f"{week} {unit}", step=after, due_at=now)


async def _load_digests(tx: Tx, subjects: Sequence[str]) -> Mapping[str, object]:
    """Summaries load their digest when they are told, by week and unit."""
    return {}


async def _tell_part(work: Work, reminder: Reminder, _loaded: object) -> None:
    """Tell the next residents, and note where to go on."""
    week_key, _, code = reminder.subject.partition(" ")
    organisation = work.street.organisation
    unit = organisation.units.get(code)
    if unit is None:
        return
    grids = [grid.code for grid in organisation.grids_under(code)]
    readers = await summary_readers(work.tx, grids, after=reminder.step, limit=AUDIENCE)
    if not readers:
        return
    digest = await digest_for(work, unit, week_key)
    work.broadcast(readers, summary_message(work.street, digest))
    if len(readers) == AUDIENCE:
        work.changes.save(_next_part(week_key, code, readers[-1], work.now))


async def digest_for(work: Work, unit: Unit, week_key: str) -> Digest:
    """Find the digest of a week, or count it now where none was written yet.

    Raises:
        ValueError: there is no such week.
    """
    calendar = work.street.office.calendar
    found = await find_digest(work.tx, unit.code, week_key, calendar)
    if found is not None:
        return found
    week = week_named(week_key, calendar)
    return await _digest(work.tx, work.street, unit, week, due_at=week.ends, now=work.now)


SUMMARY_KIND = ReminderKind(name=SUMMARY, load=_load_digests, handle=_tell_part)
