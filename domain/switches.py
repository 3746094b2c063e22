"""Which features are open in which communities: a pilot first, the others when it has shown itself.

Sources: requirements R-01 (pilot communities) and R-05 (roll-out to all of them).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from domain.data_copy import Copied
from domain.messages import Line, text
from domain.names import unit_called
from domain.organisation import Organisation


@dataclass(frozen=True, kw_only=True, slots=True)
class Switch:
    """Somebody opened a feature for a community, or closed it: one line of its history."""

    id: str
    feature: str
    """The name that its declaration in `handlers` bears."""
    unit: str
    on: bool
    since: datetime
    by: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SwitchDefault:
    """How a feature stands in communities for which nobody has decided yet."""

    on: bool = True
    except_in: frozenset[str] = frozenset()
    """Communities in which it is the other way round."""

    def holds(self, community: str) -> bool:
        """Tell whether the feature is open in a community."""
        return self.on is not (community in self.except_in)


@dataclass(frozen=True)
class Switches:
    """Every decision so far, the oldest first, over what is configured."""

    history: tuple[Switch, ...] = ()
    defaults: Mapping[str, SwitchDefault] = field(default_factory=dict)

    @cached_property
    def _by_place(self) -> Mapping[tuple[str, str], tuple[Switch, ...]]:
        found: dict[tuple[str, str], list[Switch]] = defaultdict(list)
        for one in sorted(self.history, key=lambda one: (one.since, one.id)):
            found[one.feature, one.unit].append(one)
        return {place: tuple(made) for place, made in found.items()}

    @cached_property
    def ever_off(self) -> frozenset[str]:
        """The features that are, or were, closed somewhere: nothing has to be asked of others."""
        made = {one.feature for one in self.history if not one.on}
        given = {name for name, one in self.defaults.items() if not one.on or one.except_in}
        return frozenset(made | given)

    def is_on(self, feature: str, community: str, at: datetime | None = None) -> bool:
        """Tell whether a feature is open in a community, now or as it was at a moment."""
        made = self.made(feature, community)
        known = [one for one in made if at is None or one.since <= at]
        if known:
            return known[-1].on
        return self.defaults.get(feature, SwitchDefault()).holds(community)

    def next_moment(self, feature: str, community: str, now: datetime) -> datetime:
        """Give the moment of a further decision: after the last one, whosever clock was behind."""
        made = self.made(feature, community)
        return max(now, made[-1].since + timedelta(microseconds=1)) if made else now

    def made(self, feature: str, community: str) -> tuple[Switch, ...]:
        """Give what was decided of a feature in a community, the oldest first."""
        return self._by_place.get((feature, community), ())


def copied(thrown: Sequence[Switch]) -> Copied:
    """List for a member of staff what they opened for communities or closed, and why."""
    return Copied(
        name="switches",
        rows=[
            {
                "at": one.since.isoformat(),
                "feature": one.feature,
                "unit": one.unit,
                "on": one.on,
                "reason": one.reason,
            }
            for one in thrown
        ],
        lines=lambda organisation: [_line(one, organisation) for one in thrown],
    )


def _line(one: Switch, organisation: Organisation) -> Line:
    return Line(
        text("switches.copy_line", feature=text(f"switches.feature_{one.feature}"), at=one.since),
        text(
            f"switches.copy_{'on' if one.on else 'off'}",
            unit=unit_called(one.unit, organisation),
            reason=one.reason,
        ),
    )
