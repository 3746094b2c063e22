"""Rounds for a whole group, before a cold spell or a festival, by one command; and coverage.

Sources: F-62 (more in bad weather and at festivals), requirement V-06.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from domain.access.checks import ensure_may, may
from domain.access.visits import VisitRight
from domain.errors import Refused, Stale
from domain.messages import Card, Choice, Line, Message, Side, Text, action, rows, text
from domain.names import unit_name
from domain.organisation import Unit, UnitKind
from domain.plans import Plan, brought_forward
from domain.visits.cards import back_choice
from domain.visits.categories import Group, group_name, group_of
from domain.visits.coverage import Coverage
from domain.visits.entries import FEATURE as NAME
from domain.visits.entries import PRIORITY
from handlers.features import Feature, Verb
from handlers.forms.forms import begin
from handlers.forms.questions import Date, Several, today
from handlers.forms.steps import Form, Option
from handlers.turn import Turn, choice
from handlers.visits.forms import OneOf, keeps_words
from handlers.visits.guards import units_for
from reports.visits.coverage import read_coverage
from storage.drafts import Draft
from storage.plans import list_plans_in, save_plan
from storage.visits.casework import record
from storage.visits.entries import get_entries

#: How far ahead a round may be.
_AHEAD = timedelta(days=31)


# --- rounds --------------------------------------------------------------------------------------


#: Why a group is visited out of turn; closed, so that a round is no list of anything else.
_REASONS = ("heat", "cold", "storm", "festival", "epidemic")


def _groups(_turn: Turn, _draft: Draft) -> Sequence[Option]:
    return [Option(one.value, group_name(one)) for one in Group]


def _reasons(_turn: Turn, _draft: Draft) -> Sequence[Option]:
    return [Option(one, text(f"visits.round_{one}")) for one in _REASONS]


def _areas(turn: Turn, _draft: Draft) -> Sequence[Option]:
    """Offer the units in which one may call a round, from the widest down."""
    organisation = turn.street.organisation
    every = (*organisation.communities, *organisation.grids)
    return [
        Option(unit.code, unit_name(unit), (unit.name, unit.code))
        for unit in every
        if may(turn.actor, VisitRight.ROUND, organisation, unit=unit.code)
    ]


def _days(turn: Turn, _draft: Draft) -> Sequence[Option]:
    now = today(turn)
    return [
        Option(now.isoformat(), text("visits.today")),
        Option((now + timedelta(days=1)).isoformat(), text("visits.tomorrow")),
        Option((now + timedelta(days=3)).isoformat(), text("visits.in_three_days")),
    ]


async def begin_round(turn: Turn) -> None:
    """Ask whom, why, where and by when."""
    units_for(turn, VisitRight.ROUND)
    await begin(turn, ROUND)


async def _submit_round(turn: Turn, draft: Draft) -> None:
    unit = str(draft.values["unit"])
    organisation = turn.street.organisation
    grant = ensure_may(turn.actor, VisitRight.ROUND, organisation, unit=unit)
    day = date.fromisoformat(str(draft.values["day"]))
    if day < today(turn):
        raise Refused("visits.day_is_over")
    groups = {Group(one) for one in draft.values["groups"]}
    reason = str(draft.values["reason"])
    calendar = turn.street.office.calendar
    grids = [one.code for one in organisation.grids_under(unit)]
    plans = await list_plans_in(turn.tx, grids, PRIORITY)
    entries = await get_entries(turn.tx, [one.subject.id for one in plans])
    wanted: list[Plan] = []
    for plan in plans:
        entry = entries.get(plan.subject.id)
        content = entry.content if entry is not None else None
        if content is not None and group_of(content.category) in groups:
            wanted.append(plan)
    moved = 0
    by_owner: Counter[str] = Counter()
    for plan in wanted:
        after = brought_forward(plan, day, turn.now, calendar)
        if plan.owner:
            by_owner[plan.owner] += 1
        if after != plan:
            moved += 1
            save_plan(turn, after)
            happened = f"visits.called_{reason}"
            await record(turn, turn.act(grant.role), plan.subject, happened, day=day.isoformat())
    if not wanted:
        raise Refused("visits.nobody_in_group")
    _tell_owners(turn, by_owner, reason, day)
    turn.say(
        "visits.round_done",
        (back_choice(),),
        count=len(wanted),
        moved=moved,
        owners=len(by_owner),
        day=day,
    )


def _tell_owners(turn: Turn, by_owner: Mapping[str, int], reason: str, day: date) -> None:
    """Tell whoever visits how many are to be seen by when, and nothing of whom."""
    for owner, count in by_owner.items():
        said = text(
            "visits.round_told", reason=text(f"visits.round_{reason}"), count=count, day=day
        )
        turn.tell(owner, Message(blocks=(said,), choices=((back_choice(),),)))


# --- coverage ------------------------------------------------------------------------------------


async def show_coverage(turn: Turn, code: str = "", back: str = "0") -> None:
    """Show how many visits were due and how many were made, for each grid of a unit, in a month.

    Args:
        back: how many months before this one.
    """
    unit = _unit(turn, code)
    if not back.isdecimal() or int(back) > _MOST_MONTHS:
        raise Stale
    begins, ends = month_of(turn, int(back))
    found = await read_coverage(turn.tx, turn.street, unit, begins, ends, turn.now)
    organisation = turn.street.organisation
    lines = tuple(
        Line(unit_name(organisation.units[grid]), _said(coverage))
        for grid, coverage in found.items()
    )
    total = sum(found.values(), Coverage())
    title = text(
        "visits.coverage_title",
        unit=unit_name(unit),
        first=begins.astimezone(turn.street.office.timezone).date().isoformat(),
        last=(ends - timedelta(seconds=1))
        .astimezone(turn.street.office.timezone)
        .date()
        .isoformat(),
    )
    card = Card(title=title, lines=(Line(text("staff.in_all"), _said(total)), *lines))
    turn.reply(
        Message(
            blocks=(card, text("visits.coverage_note")),
            choices=(*_months(unit, int(back)), *_others(turn, unit), (back_choice(),)),
            slot="coverage",
            anew=True,
        )
    )


#: How far back the figures of a month can be looked at.
_MOST_MONTHS = 24


def _said(coverage: Coverage) -> Text:
    if not coverage.needs:
        return coverage.said
    return text("visits.coverage_needs", coverage=coverage.said, needs=coverage.needs)


def _unit(turn: Turn, code: str) -> Unit:
    """Find a unit whose coverage one may see; without a code, the highest."""
    organisation = turn.street.organisation
    every = (organisation.street, *organisation.communities, *organisation.grids)
    if not code:
        for unit in every:
            if may(turn.actor, VisitRight.COVERAGE, organisation, unit=unit.code):
                return unit
        code = turn.actor.posts[0].unit if turn.actor.posts else organisation.street.code
    ensure_may(turn.actor, VisitRight.COVERAGE, organisation, unit=code)
    return organisation.units[code]


def month_of(turn: Turn, back: int) -> tuple[datetime, datetime]:
    """Give a month on the office's clock: the first moment of it and of the next."""
    timezone = turn.street.office.timezone
    first = today(turn).replace(day=1)
    for _ in range(back):
        first = (first - timedelta(days=1)).replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return (
        datetime.combine(first, time(), tzinfo=timezone),
        datetime.combine(following, time(), tzinfo=timezone),
    )


def _months(unit: Unit, back: int) -> Sequence[tuple[Choice, ...]]:
    found = []
    if back:
        found.append(choice("visits.later_month", action("visits.coverage", unit.code, back - 1)))
    if back < _MOST_MONTHS:
        found.append(choice("visits.earlier_month", action("visits.coverage", unit.code, back + 1)))
    return [tuple(found)]


def _others(turn: Turn, unit: Unit) -> Sequence[tuple[Choice, ...]]:
    """Offer the communities of the street, as far as one may see them."""
    organisation = turn.street.organisation
    if unit.kind is UnitKind.GRID:
        return ()
    found = [
        Choice(label=unit_name(one), action=action("visits.coverage", one.code))
        for one in (organisation.street, *organisation.communities)
        if one.code != unit.code
        and may(turn.actor, VisitRight.COVERAGE, organisation, unit=one.code)
    ]
    return rows(found)


ROUND = Form(
    name="visitround",
    version=1,
    title="visits.round",
    steps=(
        Several(
            name="groups",
            question="visits.ask_groups",
            label="visits.groups",
            options=_groups,
            least=1,
        ),
        OneOf(
            name="reason",
            question="visits.ask_round_reason",
            label="visits.round_reason",
            options=_reasons,
        ),
        OneOf(name="unit", question="visits.ask_round_unit", label="visits.unit", options=_areas),
        Date(
            name="day",
            question="visits.ask_day",
            label="visits.day",
            latest=_AHEAD,
            offers=_days,
        ),
    ),
    submit=keeps_words(_submit_round),
    submit_label="visits.round_submit",
)

FEATURE = Feature(
    name=NAME,
    side=Side.STAFF,
    switchable=True,
    verbs=(
        Verb(
            "visits.round",
            begin_round,
            right=VisitRight.ROUND,
            begins=True,
            command="round",
            words=("关爱行动",),
        ),
        Verb(
            "visits.coverage",
            show_coverage,
            right=VisitRight.COVERAGE,
            while_closed=True,
        ),
    ),
    forms=(ROUND,),
)
