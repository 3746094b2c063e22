"""What runs when: every job and every kind of reminder."""

from collections.abc import Mapping

from scheduler import alarms, broadcasts, digests, housekeeping, matters, posts
from scheduler.jobs import Job, ReminderKind

#: In the order in which they run where they are due together.
JOBS: tuple[Job, ...] = (housekeeping.JOB, digests.JOB, digests.SUMMARY_JOB)

KINDS: Mapping[str, ReminderKind] = {
    kind.name: kind
    for kind in (alarms.KIND, matters.KIND, digests.SUMMARY_KIND, broadcasts.KIND, posts.KIND)
}
