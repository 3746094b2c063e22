"""Everything about the office that rules need, as one snapshot that is passed along."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TypeVar
from zoneinfo import ZoneInfo

from domain.categories import Categories
from domain.messages import Text, text
from domain.organisation import Organisation, Role, UnitKind
from domain.places.grid_map import GridMap
from domain.places.points import Datum, MapService, Point
from domain.policies import Citation, Policies
from domain.rules import DatedRules, LegalHold
from domain.switches import Switches
from domain.webhooks import Webhook
from domain.words.lexicon import Lexicon
from domain.words.model import Model
from domain.words.places import register_of
from domain.words.plaintext import plain_text
from domain.words.sayings import Sayings
from domain.words.understanding import Knowledge
from domain.working_time import QuietHours, WorkCalendar, after_quiet

Sort = TypeVar("Sort", bound=DatedRules)


@dataclass(frozen=True, kw_only=True)
class Office:
    """What is configured: rules with their sources, data of the law, the office's own numbers."""

    categories: Categories
    lexicon: Lexicon
    model: Model
    """What was learnt from labelled sentences."""
    supplement: Model | None = None
    """What the office's own corrections and examples add to it."""
    calendar: WorkCalendar
    rules: Mapping[type[DatedRules], DatedRules]
    """The street's rules of every feature, by their class."""
    community_rules: Mapping[str, Mapping[type[DatedRules], DatedRules]] = field(
        default_factory=dict
    )
    """Those of communities that set something for themselves, within the street's limits."""
    quiet: QuietHours
    timezone: ZoneInfo
    sayings: Sayings = field(default_factory=Sayings)
    """What people call the services of an office."""
    map_service: MapService = MapService.AMAP
    notice_version: int
    phone: str = ""
    """The office's own line: a human route on every screen."""
    public_phones: tuple[str, ...] = ()
    """Numbers besides the office's own that may stand on public pages, such as the waterworks'."""
    conduct_contact: str = ""
    """Whom to turn to with a complaint about a person, outside this office."""
    retention: timedelta
    """How long the content of an ended matter is kept."""
    legal_holds: tuple[LegalHold, ...] = ()
    """What a law keeps although its resident wants it erased."""
    webhooks: tuple[Webhook, ...] = ()
    """Ways out beyond the chat."""
    policies: Policies = field(default_factory=Policies)
    """The documents on which rules and refusals rest."""
    demo: bool = False
    """A demonstration: everything said is marked as fictional."""


@dataclass(frozen=True)
class Street:
    """The office and the organisation as they stand at one moment."""

    office: Office
    organisation: Organisation
    switches: Switches = field(default_factory=Switches)
    """Which features are open in which communities."""

    @cached_property
    def grid_map(self) -> GridMap:
        """The grids as areas; those without a boundary are left out. Made on first use: heavy."""
        polygons = {grid.code: grid.boundary for grid in self.organisation.grids if grid.boundary}
        return GridMap(polygons, datum=Datum.WGS84)

    def grids_at(self, point: Point) -> tuple[str, ...]:
        """Give the grids a point may belong to: one, several near a border, none outside."""
        located = self.grid_map.locate(point)
        return (located.code,) if located.code else located.candidates

    def rules(self, sort: type[Sort], community: str = "") -> Sort:
        """Give a feature's rules that hold in a community; without one, the street's.

        Raises:
            LookupError: no configuration gives rules of this sort.
        """
        office = self.office
        found = office.community_rules.get(community, office.rules).get(sort)
        if not isinstance(found, sort):
            raise LookupError(f"there are no {sort.__name__}: name them in DECLARED")
        return found

    def rules_of(self, community: str = "") -> tuple[DatedRules, ...]:
        """Give the rules of every feature that hold in a community; without one, the street's."""
        return tuple(self.office.community_rules.get(community, self.office.rules).values())

    def is_on(self, feature: str, unit: str | None, at: datetime | None = None) -> bool:
        """Tell whether a feature is open for a grid or a community, now or at a moment.

        For the street, and for whoever belongs to no unit yet, it is where any community has it.
        """
        if feature not in self.switches.ever_off:
            return True
        around = self._communities_around(unit)
        return not around or any(self.switches.is_on(feature, one, at) for one in around)

    def closed_in(self, units: Iterable[str | None]) -> frozenset[str]:
        """Give the features that are open for none of some units."""
        never = self.switches.ever_off
        if not never:
            return never
        given = tuple(units) or (None,)
        return frozenset(one for one in never if not any(self.is_on(one, unit) for unit in given))

    def _communities_around(self, unit: str | None) -> Sequence[str]:
        community = self.organisation.community_of(unit) if unit else None
        if community is not None:
            return (community.code,)
        return [one.code for one in self.organisation.communities]

    @cached_property
    def knowledge(self) -> Knowledge:
        """What sentences are understood with here: also the names of this street's places."""
        office = self.office
        register = register_of(self.organisation)
        return Knowledge(
            office.lexicon, office.categories, office.model, register, office.supplement
        )

    @cached_property
    def public_contacts(self) -> frozenset[str]:
        """Numbers and addresses that are the office's own: they may stand on public pages."""
        units = self.organisation.units.values()
        own = [self.office.phone, self.office.conduct_contact, *self.office.public_phones]
        own += [said for unit in units for said in (unit.phone, unit.address)]
        return frozenset(one for one in own if one)

    def waking(self, moment: datetime) -> datetime:
        """Give the first moment from another on at which people may be disturbed."""
        return after_quiet(moment, self.office.quiet, self.office.timezone)

    def local_day(self, moment: datetime) -> date:
        """Give the day of a moment as people here count it."""
        return moment.astimezone(self.office.timezone).date()

    def cited(self, rule: Text | Citation, now: datetime) -> Text:
        """Name what a refusal rests on: a rule of the office, or a document as it holds today."""
        if isinstance(rule, Citation):
            return self.office.policies.cited(rule, self.local_day(now))
        return rule

    def local_year(self, moment: datetime) -> int:
        """Give the year of a moment as people here count it: case numbers begin with it."""
        return moment.astimezone(self.office.timezone).year

    def names(self, codes: Iterable[str]) -> tuple[str, ...]:
        """Give the names of units."""
        units = self.organisation.units
        return tuple(units[code].name for code in codes if code in units)

    def place_name(self, unit: str) -> Text:
        """Name a grid with its community, as residents say it."""
        above = [
            level
            for level in reversed(tuple(self.organisation.upward(unit)))
            if level.kind is not UnitKind.STREET
        ]
        return text(
            "names.either",
            zh=" ".join(level.name for level in above),
            en=", ".join(level.name_en or level.name for level in above),
        )

    def units_named(self, words: str) -> frozenset[str]:
        """Find the communities and grids of this street that words name."""
        register = self.knowledge.register
        hits = register.phrases.find(plain_text(words)) if register.names else ()
        return frozenset(code for hit in hits for code in register.names[hit.group])

    def staff_name(self, person: str | None) -> str:
        """Give what a staff member is called; empty for nobody."""
        return self.organisation.names.get(person or "", "")

    def post_unit(self, person: str, role: Role, now: datetime) -> str | None:
        """Find the unit in which a person holds a role."""
        for post in self.organisation.posts_of(person, now):
            if post.role is role:
                return post.unit
        return None
