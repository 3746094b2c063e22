"""The clock: APScheduler only ticks; what is due stands in tables and is claimed there.

A tick takes what is due in batches, one transaction each: a batch is done as a whole or not at all.
Whoever ticks twice, late, or beside another scheduler finds what is left to do, and nothing else.
Jobs run beside the reminders: a digest that takes minutes holds up no emergency.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from domain.errors import Conflict, InternalError
from domain.street import Street
from scheduler import gathering
from scheduler.jobs import GatheredKind, Job, Means, Occurrence, next_due, period, periods
from scheduler.timetable import GATHERED, JOBS, KINDS
from storage import organisation, reminders
from storage.changes import Changes, apply
from storage.database import Tx, fact, set_fact
from storage.gathered_reminders import Gathered, claim_gathered, next_gathered
from storage.numbers import reserve_numbers
from storage.registry import HANDS_OVER, PROCEDURES
from storage.reminders import Reminder, claim_due, ran_periods
from storage.work import Numbers, Work

log = structlog.get_logger()

#: How often the tables are asked what is due.
EVERY = timedelta(seconds=5)
#: How many reminders, or people to tell, one transaction takes.
BATCH = 200
#: How far back a missed run is made up for; what is older stays a visible gap.
LOOK_BACK = timedelta(weeks=26)
#: How long to wait before a reminder or job that failed is tried again; doubles each time.
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=6)
#: How often a batch is done again because another process changed the same matters.
CONFLICT_TRIES = 3
#: The fact since when the clock runs: nothing before it was missed.
_BEGAN = "clock_began"


class Ticker:
    """Does what time does: reminders, what people are told of them, and jobs."""

    def __init__(
        self,
        means: Means,
        now: Callable[[], datetime],
        *,
        wake: Callable[[], None] = lambda: None,
        batch: int = BATCH,
        jobs: Sequence[Job] = JOBS,
        gathered: Mapping[str, GatheredKind] = GATHERED,
        spare: Callable[[int, int], Numbers | None] = lambda _year, _count: None,
    ) -> None:
        """Prepare; nothing happens before `start` or a call of `tick`.

        Args:
            wake: called after every commit that may have left something to send.
            jobs: in the order in which they run where they are due together.
            gathered: by name, in the order in which they stand in a message.
            spare: shares so many case numbers of a year that this process has reserved, so that
                they go on rising; None where it has none to spare.
        """
        self._means = means
        self._now = now
        self._wake = wake
        self._batch = batch
        self._jobs = jobs
        self._gathered = gathered
        self._spare = spare
        self._reminding = asyncio.Lock()
        self._running_jobs = asyncio.Lock()
        self._scheduler: AsyncIOScheduler | None = None
        self._done: set[tuple[str, str]] = set()
        self._looked_at: datetime | None = None
        self._look_at = datetime.max.replace(tzinfo=UTC)
        self._retry_at: dict[tuple[str, str], datetime] = {}
        self._tries: Counter[tuple[str, str]] = Counter()
        self.failures = 0
        """How often a reminder or job failed since the start; it is tried again."""

    # --- ticking -----------------------------------------------------------------------------

    def start(self, every: timedelta = EVERY) -> None:
        """Begin to tick, at once the first time."""
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            jobstores={"default": MemoryJobStore()},
            # A tick that comes late is not dropped, and several missed ones are one.
            # One that comes while the last is under way does nothing; see `_safely`.
            job_defaults={"coalesce": True, "max_instances": 2, "misfire_grace_time": None},
        )
        for name, work, busy in (
            ("reminders", self.remind, self._reminding),
            ("jobs", self.run_jobs, self._running_jobs),
        ):
            self._scheduler.add_job(
                self._safely,
                IntervalTrigger(seconds=every.total_seconds(), timezone=UTC),
                (name, work, busy),
                id=name,
                replace_existing=True,
                next_run_time=datetime.now(UTC),
            )
        self._scheduler.start()

    async def stop(self) -> None:
        """Stop ticking; what is under way is broken off between its transactions, not lost."""
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
            self._scheduler = None
        async with self._reminding, self._running_jobs:
            pass

    async def _safely(
        self, name: str, work: Callable[[datetime], Awaitable[object]], busy: asyncio.Lock
    ) -> None:
        if busy.locked():
            return
        try:
            await work(self._now())
        except Exception as error:
            self.failures += 1
            log.error("clock.tick_failed", what=name, error=type(error).__name__)

    async def tick(self, now: datetime) -> None:
        """Do everything that is due at a moment, and nothing twice.

        Raises:
            StorageError: the database refused; the next tick does what is left.
        """
        await self.remind(now)
        if await self.run_jobs(now):
            await self.remind(now)

    async def remind(self, now: datetime) -> None:
        """Do the reminders that are due, and tell people what was gathered for them.

        Raises:
            StorageError: the database refused; the next call does what is left.
        """
        async with self._reminding:
            await self._remind(now)
            await self._tell(now)

    async def run_jobs(self, now: datetime) -> int:
        """Run the jobs that are due and have not run, one after the other; give how many ran.

        Raises:
            StorageError: the database refused; the next call does what is left.
        """
        async with self._running_jobs:
            return await self._run_jobs(now)

    async def catch_up(self, until: datetime, *, since: datetime | None = None) -> None:
        """Live through the time until a moment, with everything done at its own moment.

        For a clock that is moved: call it before the clock shows the new time. After real downtime
        one `tick` is right, which tells nobody what is stale.

        Args:
            since: where to begin where the clock has never run; else it goes on from now.
        """
        moment = self._now() if since is None else since
        await self.tick(min(moment, until))
        while moment < until:
            moment = min(await self._next_moment(moment) or until, until)
            await self.tick(moment)

    async def _next_moment(self, moment: datetime) -> datetime | None:
        """Find when something is due next after a moment."""
        async with self._means.database.read() as tx:
            street = await self._means.street(tx, moment)
            waiting = [await reminders.next_due(tx), await next_gathered(tx)]
        timezone = street.office.timezone
        waiting += [
            next_due(job.schedule(self._means.hours, unit), moment, timezone)
            for job in self._jobs
            for unit in job.units(street.organisation)
        ]
        # What failed stays due and is tried again later, by `LONGEST_PAUSE` at the latest.
        return min((one for one in waiting if one is not None and one > moment), default=None)

    # --- reminders ---------------------------------------------------------------------------

    async def _remind(self, now: datetime) -> None:
        async with self._means.database.read() as tx:
            due = await reminders.next_due(tx)
        if due is None or due > now:
            return
        while await self._claim_batch(now):
            self._wake()

    async def _claim_batch(self, now: datetime) -> int:
        """Handle one batch and give how many reminders it held."""
        try:
            for _ in range(CONFLICT_TRIES):
                with suppress(Conflict):
                    return await self._claim(now, self._batch)
            return await self._claim(now, self._batch)
        except Exception as error:
            log.warning("clock.batch_failed", error=type(error).__name__)
            return await self._one_by_one(now)

    async def _claim(self, now: datetime, limit: int) -> int:
        async with self._means.database.write() as tx:
            due = await claim_due(tx, now, limit)
            if due:
                await _hold(tx, due)
                await apply(tx, await self._handle_all(tx, now, due))
        return len(due)

    async def _one_by_one(self, now: datetime) -> int:
        """Do a failed batch again, one reminder per transaction, so that one harms no other."""
        done = 0
        while done < self._batch:
            first: Sequence[Reminder] = ()
            try:
                async with self._means.database.write() as tx:
                    first = await claim_due(tx, now, 1)
                    if not first:
                        break
                    await _hold(tx, first)
                    await apply(tx, await self._handle_all(tx, now, first))
            except Conflict:
                log.info("clock.conflict")  # it is due as before, and nothing failed
            except Exception as error:
                if not first:
                    raise
                async with self._means.database.write() as tx:
                    await apply(tx, [self._put_back(first[0], error, now)])
            done += 1
        return done

    async def _handle_all(self, tx: Tx, now: datetime, due: Sequence[Reminder]) -> list[Changes]:
        street = await self._means.street(tx, now)
        loaded: dict[tuple[str, str], object] = {}
        for name, kind in KINDS.items():
            subjects = [one.subject for one in due if one.kind == name]
            if subjects:
                found = await kind.load(tx, subjects)
                loaded |= {(name, subject): one for subject, one in found.items()}
        numbers = await self._numbers_for(tx, street.local_year(now), due)
        return [
            await self._handle(tx, street, now, one, loaded.get((one.kind, one.subject)), numbers)
            for one in due
        ]

    async def _numbers_for(self, tx: Tx, year: int, due: Sequence[Reminder]) -> Numbers:
        """Give as many case numbers as the due reminders may need."""
        filing = sum(KINDS[one.kind].files for one in due)
        if filing and (shared := self._spare(year, filing)):
            return shared
        numbers = Numbers()
        if filing:
            numbers.add(year, await reserve_numbers(tx, year, filing))
        return numbers

    async def _handle(
        self,
        tx: Tx,
        street: Street,
        now: datetime,
        one: Reminder,
        loaded: object,
        numbers: Numbers,
    ) -> Changes:
        """Handle one reminder; one that fails is put back and harms no other."""
        work = Work(
            tx=tx,
            street=street,
            now=now,
            numbers=numbers,
            hands_over=HANDS_OVER,
            procedures=PROCEDURES,
        )
        try:
            await KINDS[one.kind].handle(work, one, loaded)
        except InternalError:
            raise
        except Exception as error:
            return self._put_back(one, error, now)
        self._tries.pop((one.kind, one.subject), None)
        return work.changes

    def _put_back(self, one: Reminder, error: Exception, now: datetime) -> Changes:
        changes = Changes()
        later = now + self._failed((one.kind, one.subject), f"{one.kind}.{one.step}", error)
        changes.save(
            Reminder(
                kind=one.kind,
                subject=one.subject,
                step=one.step,
                round=one.round,
                due_at=later,
            )
        )
        return changes

    def _failed(self, key: tuple[str, str], what: str, error: Exception) -> timedelta:
        """Count a failure and give the pause before the next try; nothing personal is logged."""
        self.failures += 1
        self._tries[key] += 1
        pause: timedelta = FIRST_PAUSE * (1 << min(self._tries[key] - 1, 20))
        log.error(
            "clock.failed",
            what=what,
            error=type(error).__name__,
            tries=self._tries[key],
            where=_where(error),
        )
        return min(pause, LONGEST_PAUSE)

    # --- telling -----------------------------------------------------------------------------

    async def _tell(self, now: datetime) -> None:
        async with self._means.database.read() as tx:
            due = await next_gathered(tx)
        while due is not None and due <= now:
            if not await self._tell_some(now):
                return
            self._wake()

    async def _tell_some(self, now: datetime) -> int:
        """Tell some people everything that was gathered for them, in one transaction."""
        async with self._means.database.write() as tx:
            claimed = await claim_gathered(tx, now, self._batch)
            if not claimed:
                return 0
            street = await self._means.street(tx, now)
            every = [one for gathered in claimed.values() for one in gathered]
            loaded = await gathering.load(tx, self._gathered, every)
            changes: list[Changes] = []
            for person, gathered in claimed.items():
                work = Work(
                    tx=tx,
                    street=street,
                    now=now,
                    numbers=Numbers(),
                    hands_over=HANDS_OVER,
                    procedures=PROCEDURES,
                )
                changes += await self._said(work, person, gathered, loaded)
            await apply(tx, changes)
        return len(claimed)

    async def _said(
        self, work: Work, person: str, gathered: Sequence[Gathered], loaded: gathering.Loaded
    ) -> list[Changes]:
        """Tell a person something; where that fails, kind by kind, so that one harms no other."""
        try:
            await gathering.tell(work, person, self._gathered, gathered, loaded)
        except InternalError:
            raise
        except Exception as error:
            kinds = sorted({one.kind for one in gathered})
            if len(kinds) == 1:
                return [self._keep(person, gathered, error, work.now)]
            found: list[Changes] = []
            for kind in kinds:
                again = Work(
                    tx=work.tx,
                    street=work.street,
                    now=work.now,
                    numbers=Numbers(),
                    hands_over=HANDS_OVER,
                    procedures=PROCEDURES,
                )
                part = [one for one in gathered if one.kind == kind]
                found += await self._said(again, person, part, loaded)
            return found
        return [work.changes]

    def _keep(
        self, person: str, gathered: Sequence[Gathered], error: Exception, now: datetime
    ) -> Changes:
        later = now + self._failed(("gathered", person), "gathered", error)
        changes = Changes()
        changes.save(*(replace(one, not_before=later) for one in gathered))
        return changes

    # --- jobs --------------------------------------------------------------------------------

    async def _run_jobs(self, now: datetime) -> int:
        """Run what is due and has not run; give how many runs there were."""
        if self._looked_at is not None and self._looked_at <= now < self._look_at:
            return 0
        waiting = await self._waiting(now)
        ran = 0
        for job, occurrence in waiting:
            ran += await self._run(job, occurrence, now)
        if ran:
            self._wake()
        return ran

    async def _waiting(self, now: datetime) -> list[tuple[Job, Occurrence]]:
        """List the runs that are due, not done and not put off, in the order they were due."""
        began = await self._began(now)
        since = max(began, now - LOOK_BACK)
        async with self._means.database.read() as tx:
            street = await self._means.street(tx, now)
            waiting = [
                (job, one)
                for job in self._jobs
                for one in await self._undone(tx, street, job, since, now)
            ]
        self._looked_at, self._look_at = now, self._next_look(street, now)
        return sorted(waiting, key=lambda pair: (pair[1].period.due_at, self._jobs.index(pair[0])))

    async def _undone(
        self, tx: Tx, street: Street, job: Job, since: datetime, now: datetime
    ) -> list[Occurrence]:
        found: list[Occurrence] = []
        for unit in job.units(street.organisation):
            due = periods(job.schedule(self._means.hours, unit), since, now, street.office.timezone)
            found += [
                Occurrence(job=job.name, unit=unit, period=one, superseded=one is not due[-1])
                for one in due
            ]
        unknown = [one for one in found if (job.name, one.key) not in self._done]
        if unknown:
            ran = await ran_periods(tx, job.name, [one.key for one in unknown])
            self._done |= {(job.name, key) for key in ran}
        return [
            one
            for one in unknown
            if (job.name, one.key) not in self._done
            and self._retry_at.get((job.name, one.key), now) <= now
        ]

    def _next_look(self, street: Street, now: datetime) -> datetime:
        """Give when jobs are to be looked at next: the next due moment, or the next retry."""
        timezone = street.office.timezone
        due = [
            next_due(job.schedule(self._means.hours, unit), now, timezone)
            for job in self._jobs
            for unit in job.units(street.organisation)
        ]
        # Units may be added at any time, and a failed run is tried again within minutes.
        return min([*due, now + FIRST_PAUSE])

    async def _began(self, now: datetime) -> datetime:
        """Give since when this street's clock runs; the first tick of all says so.

        A moment that lies ahead was noted by a clock that was wrong, and is noted anew.
        """
        async with self._means.database.read() as tx:
            noted = await fact(tx, _BEGAN)
        began = datetime.fromisoformat(noted) if noted else None
        if began is None or began > now:
            began = now
            async with self._means.database.write() as tx:
                await set_fact(tx, _BEGAN, began.isoformat())
        return began

    async def _run(self, job: Job, occurrence: Occurrence, now: datetime) -> bool:
        key = (job.name, occurrence.key)
        try:
            ran = await job.run(self._means, occurrence, now)
        except Exception as error:
            self._retry_at[key] = now + self._failed(key, f"job.{job.name}", error)
            return False
        self._done.add(key)
        self._retry_at.pop(key, None)
        self._tries.pop(key, None)
        return ran

    async def run_job(self, name: str, as_of: datetime, *, again: bool = False) -> list[str]:
        """Run one job for the periods that were newest at a moment; for an operator.

        Args:
            again: also where it has run; its result is made anew.

        Returns:
            The runs that were done, each as its period and unit; empty where all had been done.

        Raises:
            LookupError: there is no such job.
        """
        job = next((one for one in self._jobs if one.name == name), None)
        if job is None:
            raise LookupError(
                f"there is no job {name}: {', '.join(one.name for one in self._jobs)}"
            )
        now = self._now()
        async with self._means.database.read() as tx:
            street = await self._means.street(tx, now)
        done: list[str] = []
        for unit in job.units(street.organisation):
            schedule = job.schedule(self._means.hours, unit)
            newest = period(schedule, as_of, street.office.timezone)
            one = Occurrence(job=name, unit=unit, period=newest, again=again)
            if await job.run(self._means, one, now):
                done.append(one.key)
        if done:
            self._wake()
            await self.tick(now)
        return done

    async def write_earlier(self, name: str, count: int) -> None:
        """Do what a job would have done the last times, as if at those moments; nobody is told.

        For a demonstration, whose history is older than its clock: the last time in full, those
        before in brief. What was done is left.

        Raises:
            StopIteration: there is no such job.
        """
        job = next(one for one in self._jobs if one.name == name)
        now = self._now()
        async with self._means.database.read() as tx:
            street = await self._means.street(tx, now)
        wanted: list[Occurrence] = []
        for unit in job.units(street.organisation):
            schedule = job.schedule(self._means.hours, unit)
            one = period(schedule, now, street.office.timezone)
            for place in range(count):
                wanted.append(
                    Occurrence(
                        job=name,
                        unit=unit,
                        period=one,
                        superseded=True,
                        briefly=place > 0,
                    )
                )
                before = one.due_at - timedelta(microseconds=1)
                one = period(schedule, before, street.office.timezone)
        for occurrence in sorted(wanted, key=lambda one: one.period.due_at):
            async with self._running_jobs:
                await self._run(job, occurrence, occurrence.period.due_at)


async def _hold(tx: Tx, due: Sequence[Reminder]) -> None:
    """Keep the organisation for oneself where something that is due changes it."""
    await organisation.hold(tx, exclusive=any(KINDS[one.kind].exclusive for one in due))


def _where(error: Exception) -> str:
    """Name the place in the code where an error came from; never what it was about."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace else ""
