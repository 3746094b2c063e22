"""A feature that is made up: the office's outings, of which no shared part knows anything."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, field

from domain.access.actors import Actor
from domain.messages import Choice, text
from domain.organisation import Organisation
from domain.subjects import Subject
from storage.database import Tx
from storage.subjects import Keeper, SubjectKind

OUTING = "outing"


def outing(which: str) -> Subject:
    return Subject(OUTING, which)


@dataclass
class Outings:
    """What there is of them; a real feature would look into its tables."""

    there: set[str] = field(default_factory=set)
    guests: set[str] = field(default_factory=set)
    """Who may see their pictures."""
    guide: str | None = None

    async def living(self, _tx: Tx, ids: Sequence[str]) -> Set[str]:
        return self.there.intersection(ids)

    async def may_see(self, _tx: Tx, actor: Actor, _street: Organisation, which: str) -> bool:
        return which in self.there and actor.person in self.guests

    async def keeper(self, _tx: Tx, which: str) -> Keeper | None:
        if self.guide is None or which not in self.there:
            return None
        show = Choice(label=text("menu.open"), action="menu.open")
        return Keeper(person=self.guide, name=f"outing {which}", show=show)

    def kind(self) -> SubjectKind:
        return SubjectKind(
            name=OUTING, living=self.living, may_see=self.may_see, keeper=self.keeper
        )
