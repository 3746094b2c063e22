"""What runs when: every job and every kind of reminder."""

from collections.abc import Mapping

from scheduler import housekeeping, plans
from scheduler.broadcasts import broadcasts
from scheduler.digests import digests
from scheduler.jobs import GatheredKind, Job, ReminderKind
from scheduler.learning import learning
from scheduler.matters import alarms, clock, gathering
from scheduler.posts import substitutions
from scheduler.services import appointments, orders, stops
from scheduler.visits import clock as visits_clock
from scheduler.visits import gathering as visits

#: In the order in which they run where they are due together.
JOBS: tuple[Job, ...] = (
    housekeeping.JOB,
    learning.JOB,
    appointments.JOB,
    digests.JOB,
    digests.SUMMARY_JOB,
)

KINDS: Mapping[str, ReminderKind] = {
    kind.name: kind
    for kind in (
        alarms.KIND,
        clock.KIND,
        digests.SUMMARY_KIND,
        broadcasts.KIND,
        appointments.KIND,
        orders.KIND,
        plans.KIND,
        stops.KIND,
        substitutions.KIND,
        visits_clock.KIND,
    )
}

GATHERED: Mapping[str, GatheredKind] = {
    kind.name: kind
    for kind in (
        gathering.GATHERED,
        appointments.GATHERED,
        orders.GATHERED,
        stops.GATHERED,
        visits.VISITS,
        visits.NEEDS,
        visits.REVIEWS,
    )
}
