"""A procedure that is made up: an errand of which no shared part knows anything."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from domain.chain import Act
from domain.matters import referral
from domain.matters.matter import Matter
from domain.organisation import Role, Seat
from domain.subjects import Subject
from storage.procedures import Procedure
from tests.handlers.chats import Office

#: Subjects of this kind are nobody's.
ERRAND = "errand"
ERRAND_7 = Subject(ERRAND, "7")


@dataclass
class Errands:
    """Notes what it hears of the matters that were referred to it."""

    ended: list[tuple[str, str]] = field(default_factory=list)
    handed_over: list[tuple[str, str | None]] = field(default_factory=list)
    due: datetime | None = None

    async def _ended(self, _work: Any, matter: Matter, _act: Act, reason: str) -> None:
        self.ended.append((matter.number, reason))

    async def _handed_over(self, _work: Any, matter: Matter, _act: Act) -> None:
        self.handed_over.append((matter.number, matter.owner))

    async def _redated(self, *_: Any) -> datetime | None:
        return self.due

    @property
    def procedure(self) -> Procedure:
        return Procedure(
            kind=ERRAND,
            ended=self._ended,
            handed_over=self._handed_over,
            redated=self._redated,
        )


async def refer(
    office: Office, number: str, *, to: str = "clerk", role: Role = Role.WINDOW_CLERK
) -> Matter:
    """Hand a case to the errand of somebody of the community, who owes it in two days."""
    before = await office.matter(number)
    act = Act("secretary", Role.GRID_SECRETARY, office.now, b"salt" * 8)
    matter = referral.refer(
        before,
        ERRAND_7,
        act,
        seat=Seat(before.community, role),
        owner=to,
        due_at=office.now + timedelta(days=2),
        what="agency",
    )
    await office.change(matter)
    return await office.matter(number)
