"""What recurs comes due: its owner hears before, on and after the day, then level after level.

What is told is gathered under the kind of the plan's subject, so that each feature says it in its
own words; see `scheduler.jobs.GatheredKind`. Each step happens once, also over a restart.
"""

from collections.abc import Mapping, Sequence

from domain.plans import Plan, PlanRules, Step, climbed, due_step, next_level, resumed, struck
from scheduler.jobs import ReminderKind
from storage.database import Tx
from storage.gathered_reminders import Gathered
from storage.plans import PLAN, get_plans, save_plan
from storage.reminders import Reminder
from storage.work import Work


async def _load(tx: Tx, ids: Sequence[str]) -> Mapping[str, object]:
    return await get_plans(tx, ids)


async def _handle(work: Work, _reminder: Reminder, loaded: object) -> None:
    if not isinstance(loaded, Plan):
        return
    calendar = work.street.office.calendar
    community = work.street.organisation.community_of(loaded.unit)
    rules = work.street.rules(PlanRules, community.code if community else "")
    timer = due_step(loaded, rules, calendar, work.now)
    if timer is None:
        save_plan(work, loaded)  # It was moved meanwhile: its time comes later.
        return
    plan = loaded
    if timer.step is Step.RESUME:
        save_plan(work, resumed(plan, work.now, calendar))
        return
    _tell(work, plan.owner, plan, timer.step)
    if timer.step in (Step.LATE, Step.CLIMB):
        above = next_level(plan, work.street.organisation, work.now)
        if above is not None and above.person is not None:
            plan = climbed(plan, above)
            _tell(work, above.person, plan, timer.step)
    save_plan(work, struck(plan, timer, work.now))


def _tell(work: Work, person: str | None, plan: Plan, step: Step) -> None:
    """Note that somebody is to hear of a step as soon as they may be disturbed."""
    if person is None:
        return
    work.changes.save(
        Gathered(
            person=person,
            kind=plan.subject.kind,
            subject=plan.subject,
            step=step,
            not_before=work.street.waking(work.now),
        )
    )


KIND = ReminderKind(name=PLAN, load=_load, handle=_handle)
