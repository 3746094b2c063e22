"""How a tale came about: the case's own events, from the first to the newest."""

import random
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bot.demonstration.tales import BY_RESIDENTS, Deed, Doing, Tale
from domain.categories import EMERGENCY, Category, Kind
from domain.chain import Act
from domain.errors import UserError
from domain.matters import life, verdicts
from domain.matters.clock import timer_in
from domain.matters.life import Filing
from domain.matters.matter import Matter, Particulars, State, Step
from domain.matters.rules import ClockRules
from domain.organisation import Role, Seat
from domain.street import Street
from storage.work import CLOCK


@dataclass(slots=True)
class _Course:
    """One matter on its way from being filed to the present."""

    street: Street
    rng: random.Random
    tale: Tale
    matter: Matter

    @property
    def rules(self) -> ClockRules:
        return self.street.rules(ClockRules, self.matter.community)

    def sign(self, by: str, role: Role, at: datetime) -> Act:
        return Act(by, role, at, self.rng.randbytes(32))

    def owner_act(self, at: datetime) -> Act:
        return self.sign(self.matter.owner or CLOCK, self.matter.seat.role, at)

    def run(self, now: datetime) -> None:
        """Do one deed after the other until the present, and what the clock does between them."""
        at = self.tale.filed_at
        for deed in self.tale.deeds:
            at = self._moment_of(deed, at)
            if at > now:
                break
            self._wait_until(at)
            try:
                self._do(deed, at)
            except UserError:
                # The clock was quicker: whoever comes too late finds the matter past this step.
                break
        self._wait_until(now)

    def _moment_of(self, deed: Deed, before: datetime) -> datetime:
        moment = before + deed.after
        if deed.doing in BY_RESIDENTS:
            return self.street.waking(moment)
        if self.matter.urgency >= EMERGENCY and deed.doing is not Doing.RESOLVE:
            # Called by the duty roster, at any hour.
            return before + deed.after / 10
        return self.street.office.calendar.next_opening(moment)

    def _do(self, deed: Deed, at: datetime) -> None:
        resident = self.sign(deed.by or self.tale.reporter, Role.RESIDENT, at)
        owner = self.owner_act(at)
        matter, text = self.matter, deed.text
        clockwork: Any = {"rules": self.rules, "calendar": self.street.office.calendar}
        match deed.doing:
            case Doing.HAND_OVER:
                matter = self._handed_over(owner)
            case Doing.RETURN:
                matter = self._returned(owner, text)
            case Doing.ACCEPT:
                matter = life.accept(matter, owner)
            case Doing.CONTACT:
                matter = life.contact(matter, owner)
            case Doing.NOTE:
                matter = life.note(matter, owner, text)
            case Doing.ASK:
                matter = life.ask(matter, owner, text, **clockwork)
            case Doing.RESOLVE:
                matter = life.resolve(matter, owner, text, (), **clockwork)
            case Doing.ANSWER:
                matter = life.answer(matter, resident, text, **clockwork)
            case Doing.ADD:
                matter = life.add(matter, resident, text)
            case Doing.SUPPORT:
                matter = life.support(matter, resident)
            case Doing.SOLVED | Doing.NOT_SOLVED:
                solved = deed.doing is Doing.SOLVED
                matter = verdicts.judge(matter, resident, solved=solved, **clockwork)
            case Doing.RATE:
                matter = verdicts.rate(matter, resident, deed.score or 0, text)
            case Doing.WITHDRAW:
                matter = life.withdraw(matter, resident, text)
        self.matter = matter

    def _handed_over(self, act: Act) -> Matter:
        seat = Seat(self.matter.grid, Role.GRID_WORKER)
        workers = self.street.organisation.holders(seat, act.at)
        if not workers or workers[0].person == self.matter.owner:
            return self.matter
        return life.hand_over(self.matter, act, seat=seat, to=workers[0].person)

    def _returned(self, act: Act, reason: str) -> Matter:
        above = self.street.organisation.above(self.matter.seat, act.at)
        if above is None or above.person is None:
            return self.matter
        return life.give_back(
            self.matter, act, reason, seat=above.seat, owner=above.person, rules=self.rules
        )

    def _wait_until(self, moment: datetime) -> None:
        """Let the clock do what is due until a moment, without the messages it would send."""
        while (timer := timer_in(self.street, self.matter)) and timer.due_at <= moment:
            struck = self._strike(timer.step, timer.due_at)
            self.matter = replace(struck, reminded_until=timer.due_at)

    def _strike(self, step: Step, at: datetime) -> Matter:
        act = self.sign(CLOCK, Role.ADMINISTRATOR, at)
        if step is Step.ANSWER_LAPSED:
            calendar = self.street.office.calendar
            return life.lapse_question(self.matter, act, rules=self.rules, calendar=calendar)
        if step is Step.JUDGE_LAPSED:
            seen = self.rng.random() < 0.7
            return verdicts.lapse_verdict(self.matter, act, seen=seen, rules=self.rules)
        if step in (Step.CLIMB, Step.ACKNOWLEDGE):
            return self._climbed(act, step)
        return self.matter

    def _climbed(self, act: Act, step: Step) -> Matter:
        """Tell the next level; an emergency that nobody accepts changes hands."""
        matter = self.matter
        above = self.street.organisation.above(matter.climbed_to or matter.seat, act.at)
        if above is None or above.person is None:
            return matter
        if step is Step.ACKNOWLEDGE and matter.state is State.DISPATCHED:
            return life.take_up(matter, act, seat=above.seat, owner=above.person)
        return life.climb(matter, act, seat=above.seat, to=above.person, why=step)


def enact(tale: Tale, number: str, street: Street, now: datetime, rng: random.Random) -> Matter:
    """Live a tale through the rules of the house, until a moment; its events are all fresh."""
    organisation = street.organisation
    community = organisation.community_of(tale.grid)
    if community is None:
        raise LookupError(f"no grid {tale.grid}")
    categories = street.office.categories
    category: Category = categories.find(tale.category) or categories.other(tale.kind)
    confidential = tale.kind is Kind.DISPUTE
    filing = Filing(
        kind=tale.kind,
        category=category.code,
        community=community.code,
        grid=tale.grid,
        origin=tale.origin,
        reporter=tale.reporter,
        particulars=Particulars(text=tale.text, place_text=tale.place_text, point=tale.point),
        importance=category.importance,
        urgency=category.urgency,
        hide_name=tale.hide_name,
        confidential=confidential,
        public_space=category.public_space and not confidential,
        stream=category.stream,
    )
    owed = organisation.responsible(tale.grid, tale.filed_at)
    matter = life.file(
        number,
        filing,
        Act(tale.reporter, Role.RESIDENT, tale.filed_at, rng.randbytes(32)),
        seat=owed.seat,
        owner=owed.person,
        rules=street.rules(ClockRules, community.code),
        calendar=street.office.calendar,
    )
    course = _Course(street, rng, tale, matter)
    course.run(now)
    return course.matter
