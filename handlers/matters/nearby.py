"""Open cases nearby, shown before a new one is filed: "me too" instead of the same again.

Only opinions and services in public space are shown, and of them the category, a street-level
place, the age and the number of supporters; never words, pictures or who reported it.
"""

from dataclasses import replace
from datetime import timedelta

from domain.matters.cards import nearby_row
from domain.matters.likeness import Candidate, nearby
from domain.matters.rules import NearbyRules
from domain.messages import Choice, Side, action
from handlers.features import Feature, Verb
from handlers.forms.answers import point_of
from handlers.matters.support import OFFERED, support
from handlers.matters.turns import follows
from handlers.turn import Turn
from storage.drafts import Draft
from storage.matters.matters import get_matters
from storage.matters.queries import list_nearby

_SHOWN = "nearby_shown"


async def look(turn: Turn, draft: Draft) -> Draft:
    """Look for open cases that may be the same matter, once per draft; give the draft on."""
    if draft.context.get(_SHOWN) or draft.context.get("alarm"):
        return draft  # Whoever is in danger is not asked to wait with a neighbour.
    category = turn.street.office.categories.find(draft.values.get("category", ""))
    grid = draft.values.get("grid")
    if category is None or not category.public_space or not grid:
        return draft
    place = draft.values.get("place") or {}
    candidate = Candidate(
        category=category.code,
        grid=grid,
        text=draft.values["text"],
        place_text=place.get("text", ""),
        point=point_of(draft),
    )
    organisation = turn.street.organisation
    community = organisation.community_of(grid)
    grids = [unit.code for unit in organisation.grids_of(community.code)] if community else [grid]
    rules = turn.street.rules(NearbyRules, community.code if community else "")
    since = turn.now - timedelta(days=rules.days)
    cases = await list_nearby(turn.tx, grids, since)
    mine = turn.person.id
    others = [case for case in cases if case.reporter != mine]
    alike = nearby(candidate, others, now=turn.now, rules=rules)
    found = await get_matters(turn.tx, [one.number for one in alike]) if alike else {}
    offered = [case for case in found.values() if not await follows(turn, case)]
    offered.sort(key=lambda case: [one.number for one in alike].index(case.number))
    numbers = [case.number for case in offered]
    return replace(draft, context={**draft.context, _SHOWN: True, OFFERED: numbers})


async def offer(turn: Turn, draft: Draft) -> tuple[Choice, ...]:
    """Offer the cases that were found, a line each, in place of filing the same again."""
    numbers = draft.context.get(OFFERED) or ()
    found = await get_matters(turn.tx, numbers) if numbers else {}
    return tuple(
        nearby_row(turn.street, found[one], turn.now, action("matters.support", one))
        for one in numbers
        if one in found and found[one].is_open
    )


FEATURE = Feature(
    name="matters",
    side=Side.RESIDENTS,
    verbs=(Verb("matters.support", support, about="matter"),),
)
