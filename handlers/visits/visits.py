"""What the column of visits offers in chat, on both sides."""

from handlers.features import Feature
from handlers.visits import door, family, keeping, needs, opening, owed, register, rounds, wishes

RESIDENTS: tuple[Feature, ...] = (family.RESIDENTS,)
#: Where the order shows, this is it.
STAFF: tuple[Feature, ...] = (
    family.STAFF,
    opening.FEATURE,
    register.FEATURE,
    keeping.FEATURE,
    wishes.FEATURE,
    door.FEATURE,
    needs.FEATURE,
    rounds.FEATURE,
    owed.FEATURE,
)
