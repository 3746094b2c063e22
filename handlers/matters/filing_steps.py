"""The questions that the forms of matters share, and what is read into them out of the words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from domain.access.checks import may
from domain.access.rights import Right
from domain.categories import Category, Kind
from domain.errors import Stale
from domain.messages import Choice, Text, Value, action, rows, text
from domain.names import category_name, unit_name
from domain.organisation import Unit, UnitKind
from domain.words.places import PlaceRead
from handlers.forms.answers import (
    NotMineError,
    with_value,
    without_value,
)
from handlers.forms.everyday import Correction
from handlers.forms.steps import (
    CHOSEN,
    LOCATED,
    VERB,
    Choose,
    Files,
    Option,
    Phone,
    Place,
    Step,
    Words,
)
from handlers.turn import Turn
from storage.drafts import Draft

#: In the question for a grid: another community's.
ELSEWHERE = "elsewhere"
YES, NO = "yes", "no"


def category_step(kind: Kind) -> Choose:
    """Ask for the category of a kind of matter."""

    def options(turn: Turn, _draft: Draft) -> Sequence[Option]:
        return [
            Option(
                category.code,
                text("filing.category_option", sign=category.emoji, name=_name_of(category)),
                (category.name_zh, category.name_en),
            )
            for category in turn.street.office.categories.of_kind(kind)
        ]

    return CategoryStep(
        kind=kind,
        name="category",
        question=f"filing.ask_category_{kind}",
        label="filing.category",
        options=options,
        lasts=lambda turn, code: turn.street.office.categories.offered(code) is not None,
    )


#: In a draft's context: all categories are offered, not the likeliest alone.
_ALL = "all_categories"
_EVERY = "every"


@dataclass(frozen=True, kw_only=True)
class CategoryStep(Choose):
    """Ask for the category: the likeliest three first, the others behind one more press."""

    kind: Kind

    async def choices(self, turn: Turn, draft: Draft) -> tuple[tuple[Choice, ...], ...]:
        """Give buttons for the likeliest, and one for all the others."""
        words = str(draft.values.get("text") or "")
        likely = turn.understood(words).likely[self.kind] if words else ()
        offered = await self.offered(turn, draft)
        if draft.context.get(_ALL) or len(offered) <= len(likely) + 1 or not likely:
            return await super().choices(turn, draft)
        first = sorted(
            (one for one in offered if one.value in likely), key=lambda one: likely.index(one.value)
        )
        buttons = [
            Choice(label=one.label, action=action(VERB, draft.id, "s", self.name, one.value))
            for one in (*first, Option(_EVERY, text("filing.every_category")))
        ]
        return rows(buttons, 1)

    async def take(self, turn: Turn, draft: Draft) -> Draft:
        """Match what is typed with a name, a part of one, or what it means."""
        try:
            return await super().take(turn, draft)
        except NotMineError:
            given = (turn.incoming.text or "").strip()
            code = turn.understood(given).categories.get(self.kind) if given else None
            if code is None or len(given) > _LONGEST_NAME:
                raise
            return with_value(draft, self.name, code)

    async def press(self, turn: Turn, draft: Draft, value: str) -> Draft:
        """Take a category, or show all of them."""
        if value == _EVERY:
            return replace(draft, context={**draft.context, _ALL: True})
        return await super().press(turn, draft, value)


#: What is typed at the question and is longer tells of something else.
_LONGEST_NAME = 12


def _name_of(category: Category) -> Text:
    return category_name(category, category.code)


def text_step(kind: Kind) -> Words:
    """Ask what it is about."""
    return Words(name="text", question=f"filing.ask_text_{kind}", label="filing.text")


PLACE_STEP = Place(
    name="place",
    question="filing.ask_place",
    label="filing.place",
    missing="filing.place_missing",
    add_label="filing.add_place",
    optional=True,
)
FILES_STEP = Files(name="files", question="filing.ask_files", label="filing.files", optional=True)
PHONE_STEP = Phone(
    name="phone", question="filing.ask_phone", label="filing.phone", optional=True, asked=False
)


#: In a draft's context: the grids of all communities are asked for in one question.
_ALL_GRIDS = "all_grids"
#: So many fit on one screen; where there are more, the community is asked for first.
_MOST_GRIDS = 12


def grids_at_once(turn: Turn) -> dict[str, object]:
    """Give the context of a form that asks for the grid in one question where all fit into it."""
    return {_ALL_GRIDS: len(turn.street.organisation.grids) <= _MOST_GRIDS}


def _needs_community(turn: Turn, draft: Draft) -> bool:
    return (
        not draft.values.get("grid")
        and not draft.context.get("grids")
        and not draft.context.get(_ALL_GRIDS)
        and len(turn.street.organisation.communities) > 1
    )


def _communities(turn: Turn, _draft: Draft) -> Sequence[Option]:
    return [unit_option(unit) for unit in turn.street.organisation.communities]


def _grids(turn: Turn, draft: Draft) -> Sequence[Option]:
    organisation = turn.street.organisation
    candidates: Sequence[str] = draft.context.get("grids") or ()
    if candidates:
        units = [organisation.units[code] for code in candidates if grid_lasts(turn, code)]
    elif draft.context.get(_ALL_GRIDS):
        return [
            Option(unit.code, turn.street.place_name(unit.code), _typed_for(unit))
            for community in organisation.communities
            for unit in organisation.grids_of(community.code)
        ]
    else:
        community = _community_of(turn, draft)
        units = list(organisation.grids_of(community) if community else organisation.grids)
    options = [unit_option(unit) for unit in units]
    if len(organisation.communities) > 1:
        options.append(Option(ELSEWHERE, text("filing.other_community")))
    return options


def grid_lasts(turn: Turn, grid: str) -> bool:
    """Tell whether something new may still be filed in a grid."""
    return turn.street.organisation.is_grid_in_use(grid)


def _community_of(turn: Turn, draft: Draft) -> str | None:
    organisation = turn.street.organisation
    if chosen := draft.values.get("community"):
        return str(chosen)
    grid = draft.values.get("grid") or turn.person.grid
    unit = organisation.community_of(grid) if grid else None
    if unit is not None and organisation.is_active(unit.code):
        return unit.code
    return organisation.communities[0].code if len(organisation.communities) == 1 else None


@dataclass(frozen=True, kw_only=True)
class GridStep(Choose):
    """Ask for the grid; "another community" goes back to choosing that."""

    async def press(self, turn: Turn, draft: Draft, value: str) -> Draft:
        """Take the grid, or begin anew with the communities."""
        if value == ELSEWHERE:
            draft = without_value(draft, "community", "grid")
            return replace(draft, context={**draft.context, "grids": None})
        if not grid_lasts(turn, value):
            raise Stale
        draft = replace(draft, context={**draft.context, CHOSEN: True})
        return await super().press(turn, draft, value)

    async def take(self, turn: Turn, draft: Draft) -> Draft:
        """Take a grid that is typed as one that was chosen."""
        taken = await super().take(turn, draft)
        if taken.values.get(self.name) == ELSEWHERE:
            return await self.press(turn, draft, ELSEWHERE)
        return replace(taken, context={**taken.context, CHOSEN: True})

    async def show(self, turn: Turn, draft: Draft) -> Value:
        """Show the grid with its community."""
        grid = draft.values.get(self.name)
        return turn.street.place_name(grid) if grid else None


COMMUNITY_STEP = Choose(
    name="community",
    question="filing.ask_community",
    label="filing.community",
    when=_needs_community,
    clears=("grid",),
    options=_communities,
)
GRID_STEP = GridStep(
    name="grid",
    question="filing.ask_grid",
    label="filing.grid",
    options=_grids,
    lasts=grid_lasts,
)


def _yes_no(_turn: Turn, _draft: Draft) -> Sequence[Option]:
    return [
        Option(NO, text("filing.name_shown")),
        Option(YES, text("filing.name_hidden")),
    ]


HIDE_STEP = Choose(
    name="hide_name",
    question="filing.ask_hide_name",
    label="filing.hide_name",
    change="filing.change_hide_name",
    asked=False,
    options=_yes_no,
)


def served(turn: Turn, right: Right, units: Sequence[Unit]) -> list[Unit]:
    """List the units for which a member of staff has a right."""
    organisation = turn.street.organisation
    return [unit for unit in units if may(turn.actor, right, organisation, unit=unit.code)]


def unit_option(unit: Unit) -> Option:
    """Offer a unit by its name; its code may be typed as well."""
    return Option(unit.code, unit_name(unit), _typed_for(unit))


def _typed_for(unit: Unit) -> tuple[str, ...]:
    """Give what may be typed instead of a unit's button."""
    return (unit.name, unit.name_en, unit.code)


def staff_unit_steps(right: Right) -> tuple[Step, Step]:
    """Ask a member of staff for a community and a grid of those for which a right holds."""

    def communities(turn: Turn, _draft: Draft) -> Sequence[Option]:
        held = served(turn, right, turn.street.organisation.communities)
        return [unit_option(unit) for unit in held]

    def grids(turn: Turn, draft: Draft) -> Sequence[Option]:
        community, near = draft.values.get("community"), draft.context.get("grids")
        return [
            unit_option(unit)
            for unit in served(turn, right, turn.street.organisation.grids)
            if (not community or unit.parent == community) and (not near or unit.code in near)
        ]

    def several(turn: Turn, draft: Draft) -> bool:
        return len(communities(turn, draft)) > 1 and not draft.context.get("grids")

    return (
        Choose(
            name="community",
            question="filing.ask_community",
            label="filing.community",
            options=communities,
            when=several,
            clears=("grid",),
        ),
        Choose(
            name="grid",
            question="filing.ask_grid",
            label="filing.grid",
            options=grids,
            lasts=grid_lasts,
        ),
    )


def steps_of(kind: Kind, *more: Step) -> tuple[Step, ...]:
    """Give the questions of a kind's form; ``more`` stand before the phone number.

    The words come first: they often tell category and place, which then are not asked for.
    """
    return (
        text_step(kind),
        category_step(kind),
        PLACE_STEP,
        COMMUNITY_STEP,
        GRID_STEP,
        FILES_STEP,
        *more,
        PHONE_STEP,
    )


def guess_for(kind: Kind) -> Callable[[Turn, Draft, str], Draft]:
    """Read category and place out of the first words of a form."""

    def guess(turn: Turn, draft: Draft, given: str) -> Draft:
        understood = turn.understood(given)
        if "category" not in draft.values and (code := understood.categories.get(kind)):
            draft = with_value(draft, "category", code)
        if "place" not in draft.values and understood.place.words:
            draft = with_value(draft, "place", {"text": understood.place.words})
        return where_it_is(turn, draft, understood.place)

    return guess


#: In a draft's context: the sentence named the grid, so it says nothing of where its writer lives.
NAMED = "named"


def where_it_is(turn: Turn, draft: Draft, place: PlaceRead) -> Draft:
    """Let the unit that a sentence names decide the grid; ask where it names several.

    A grid that was chosen by hand stays.
    """
    organisation = turn.street.organisation
    if draft.context.get(CHOSEN) or not place.units:
        return draft
    named = [organisation.units[code] for code in place.units if code in organisation.units]
    grids = [unit.code for unit in named if unit.kind is UnitKind.GRID and unit.active]
    for unit in named:
        if unit.kind is UnitKind.COMMUNITY and unit.active:
            grids += [grid.code for grid in organisation.grids_of(unit.code)]
    grids = list(dict.fromkeys(grids))
    if not grids or draft.values.get("grid") in grids:
        return draft
    context = {**draft.context, NAMED: True, "grids": None if len(grids) == 1 else grids}
    draft = replace(without_value(draft, "grid", "community"), context=context)
    return with_value(draft, "grid", grids[0]) if len(grids) == 1 else draft


def correct_for(kind: Kind) -> Callable[[Turn, Draft, Correction], Draft | None]:
    """Take what is said to be wrong in a form: the place, or the category."""

    def correct(turn: Turn, draft: Draft, correction: Correction) -> Draft | None:
        understood = turn.understood(correction.right)
        if correction.is_place or understood.place.words:
            known = draft.values.get("place") or {}
            words = understood.place.words or correction.right
            draft = with_value(draft, "place", {**known, "text": words})
            return where_it_is(turn, draft, understood.place)
        code = understood.categories.get(kind)
        if code is None or code == draft.values.get("category"):
            return None
        return with_value(draft, "category", code)

    return correct


def grid_note(turn: Turn, draft: Draft) -> Sequence[Text]:
    """Say that the place decided the grid, where it is not the writer's own."""
    grid = draft.values.get("grid")
    if not grid or grid == turn.person.grid:
        return ()
    if draft.context.get(NAMED):
        return (text("filing.by_place", unit=turn.street.place_name(grid)),)
    if draft.context.get(LOCATED) and turn.person.grid:
        return (text("filing.by_location", unit=turn.street.place_name(grid)),)
    return ()


def known_values(turn: Turn) -> dict[str, object]:
    """Give the answers that are known before a form begins."""
    grid = turn.person.grid
    return {"grid": grid} if turn.street.organisation.is_grid_in_use(grid) else {}
