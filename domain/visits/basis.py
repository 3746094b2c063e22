"""Why somebody may be on the register at all: a closed list, each with its source.

What rests on consent needs the consent on record: whose, when, and how it was given. Sources: PIPL,
articles 13, 29 and 31; F-200 to F-206.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from domain.errors import Refused
from domain.messages import Text, text
from domain.policies import Citation
from domain.visits.categories import Category, Group, category_name, group_of


class Basis(StrEnum):
    """On what an entry rests."""

    ELDERS_DUTY = "elders_duty"
    """The committee learns in good time how elders live. Source: F-203, F-200."""
    CHILDREN_DUTY = "children_duty"
    """The committee keeps files on children left behind and in hardship. Source: F-204."""
    CONSENT = "consent"
    """The person agreed, for this register alone. Source: PIPL, articles 13 (1) and 29."""
    GUARDIAN_CONSENT = "guardian_consent"
    """A parent or guardian agreed. Source: PIPL, article 31."""
    REQUEST = "request"
    """The person asked for the visits. Source: PIPL, article 13 (1); F-206."""


class ConsentWay(StrEnum):
    """How a consent or a request was given."""

    WRITTEN = "written"
    SPOKEN = "spoken"
    """Said to the worker, who wrote it down at once."""
    ONLINE = "online"


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsentRecord:
    """That somebody agreed."""

    on: date
    way: ConsentWay
    by: str = ""
    """Who, where it was not the person: a guardian's name and relation."""


CITED: Mapping[Basis, Citation] = {
    Basis.ELDERS_DUTY: Citation("henan_elders", "35", text("visits.law_elders")),
    Basis.CHILDREN_DUTY: Citation("minors_law", "43", text("visits.law_children")),
    Basis.CONSENT: Citation("pipl", "13, 29", text("visits.law_consent")),
    Basis.GUARDIAN_CONSENT: Citation("pipl", "31", text("visits.law_guardian")),
    Basis.REQUEST: Citation("pipl", "13", text("visits.law_request")),
}
#: Whatever is on the register without a lawful basis is refused with this.
LAWFUL = Citation("pipl", "13", text("visits.law_basis"))
#: Only for a purpose that is named and plain.
PURPOSE = Citation("pipl", "6", text("visits.law_purpose"))
#: State organs stay within what their duty needs.
DUTY_ONLY = Citation("pipl", "34", text("visits.law_duty"))
#: Each access to a minor's data is approved by a responsible person.
MINORS = Citation("minors_online", "34–37", text("visits.law_minors"))
MONTHLY = Citation("elder_visits_2022", "", text("visits.law_monthly"))
#: What rests on a consent on record.
ON_CONSENT = frozenset({Basis.CONSENT, Basis.GUARDIAN_CONSENT, Basis.REQUEST})

#: Who may be on the register because they asked; pregnancy and illness need a consent. F-206.
_MAY_ASK = frozenset({Category.SEVERELY_DISABLED, Category.IN_RELIEF})


def basis_name(basis: Basis) -> Text:
    """Name a basis."""
    return text(f"visits.basis_{basis}")


def bases_for(category: Category, *, minor: bool) -> tuple[Basis, ...]:
    """List on what an entry of a category may rest; the likeliest first.

    A duty of the committee needs no consent; pregnancy and illness need it always; veterans are on
    the register where they asked. For somebody under age a guardian agrees.
    """
    agreed = Basis.GUARDIAN_CONSENT if minor else Basis.CONSENT
    match group_of(category):
        case Group.ELDERS:
            return (Basis.ELDERS_DUTY, agreed)
        case Group.CHILDREN:
            return (Basis.CHILDREN_DUTY, Basis.GUARDIAN_CONSENT)
        case Group.VETERANS:
            return (Basis.REQUEST,)
        case Group.DISABLED | Group.CARE:
            asks = category in _MAY_ASK and not minor
            return (agreed, Basis.REQUEST) if asks else (agreed,)


def ensure_lawful(
    category: Category,
    basis: Basis | None,
    consent: ConsentRecord | None,
    *,
    minor: bool,
    today: date,
) -> Basis:
    """Make sure that an entry rests on something.

    Raises:
        Refused: it has no basis, one that is not this category's, or no consent on record where
            it rests on one.
    """
    allowed = bases_for(category, minor=minor)
    if basis is None:
        raise Refused("visits.no_basis", rule=LAWFUL, allowed=tuple(map(basis_name, allowed)))
    if basis not in allowed:
        raise Refused(
            "visits.wrong_basis",
            rule=LAWFUL,
            basis=basis_name(basis),
            category=category_name(category),
            allowed=tuple(map(basis_name, allowed)),
        )
    if basis in ON_CONSENT and consent is None:
        raise Refused("visits.no_consent", rule=CITED[basis], basis=basis_name(basis))
    if basis is Basis.GUARDIAN_CONSENT and consent is not None and not consent.by:
        raise Refused("visits.no_guardian", rule=CITED[basis])
    if consent is not None and consent.on > today:
        raise Refused("visits.consent_ahead")
    return basis
