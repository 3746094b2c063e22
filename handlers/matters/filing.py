"""What the three forms share: their questions, cases nearby, and how a matter is filed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from domain.access.checks import ensure_may, may
from domain.access.matters import MatterRight
from domain.access.rights import Right
from domain.categories import EMERGENCY, HIGH_SCORE, Category, Kind
from domain.emergencies import emergency_choices, is_sealed
from domain.errors import Refused, Stale
from domain.laws import OFFICE_CONDUCT
from domain.matters import life
from domain.matters.alarms import Alarm, Answer, complete
from domain.matters.cards import resident_card
from domain.matters.life import Filing
from domain.matters.matter import Matter, Origin, Particulars
from domain.matters.rules import ClockRules
from domain.messages import Choice, Message, Text, Value, action, rows, text
from domain.names import category_name, unit_name
from domain.organisation import Responsible, Role, Seat, Unit, UnitKind
from domain.words.conduct import signs_of
from domain.words.lexicon import Danger
from domain.words.places import PlaceRead
from domain.words.understanding import Understanding
from handlers.forms.answers import (
    NotMineError,
    files_of,
    point_of,
    with_value,
    without_value,
)
from handlers.forms.everyday import Correction
from handlers.forms.steps import CHOSEN, VERB, Choose, Files, Option, Phone, Place, Step, Words
from handlers.matters.first_case import say_how_to_come_back
from handlers.matters.turns import claim_files, keep_alarm
from handlers.turn import Turn, choice
from storage.drafts import Draft
from storage.matters.casework import save_matter, send_card
from storage.matters.matters import find_matter
from storage.organisation import on_duty

#: In the question for a grid: another community's.
ELSEWHERE = "elsewhere"
YES, NO = "yes", "no"


# --- the questions -------------------------------------------------------------------------------


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


PLACE_STEP = Place(name="place", question="filing.ask_place", label="filing.place", optional=True)
FILES_STEP = Files(name="files", question="filing.ask_files", label="filing.files", optional=True)
PHONE_STEP = Phone(
    name="phone", question="filing.ask_phone", label="filing.phone", optional=True, asked=False
)


def _needs_community(turn: Turn, draft: Draft) -> bool:
    return (
        not draft.values.get("grid")
        and not draft.context.get("grids")
        and len(turn.street.organisation.communities) > 1
    )


def _communities(turn: Turn, _draft: Draft) -> Sequence[Option]:
    return [
        Option(unit.code, unit_name(unit), (unit.name, unit.name_en, unit.code))
        for unit in turn.street.organisation.communities
    ]


def _grids(turn: Turn, draft: Draft) -> Sequence[Option]:
    organisation = turn.street.organisation
    candidates: Sequence[str] = draft.context.get("grids") or ()
    if candidates:
        units = [organisation.units[code] for code in candidates if grid_lasts(turn, code)]
    else:
        community = _community_of(turn, draft)
        units = list(organisation.grids_of(community) if community else organisation.grids)
    options = [
        Option(unit.code, unit_name(unit), (unit.name, unit.name_en, unit.code)) for unit in units
    ]
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
    return Option(unit.code, unit_name(unit), (unit.name, unit.name_en, unit.code))


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


def ensure_no_conduct(turn: Turn, given: str) -> Understanding:
    """Understand words that are no complaint about a person: those never enter this ladder.

    Raises:
        Refused: they are one; whoever is spoken of, or their superior, would get it as a case.
    """
    understood = turn.understood(given)
    found = signs_of(understood, turn.named_in(given))
    if found.sure or (found.deed and found.named):
        contact = turn.street.office.conduct_contact
        raise Refused("conduct_at_window", rule=OFFICE_CONDUCT, contact=contact)
    return understood


def words_of(draft: Draft) -> str:
    """Join everything that a form took in words, for a look at all of it."""
    place = (draft.values.get("place") or {}).get("text", "")
    return "\n".join(str(draft.values.get(name) or "") for name in ("text", "name")) + f"\n{place}"


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
    if not draft.context.get(NAMED) or not grid or grid == turn.person.grid:
        return ()
    return (text("filing.by_place", unit=turn.street.place_name(grid)),)


def known_values(turn: Turn) -> dict[str, object]:
    """Give the answers that are known before a form begins."""
    grid = turn.person.grid
    return {"grid": grid} if turn.street.organisation.is_grid_in_use(grid) else {}


# --- filing --------------------------------------------------------------------------------------


def alarm_in(turn: Turn, draft: Draft) -> Alarm | None:
    """Give the alarm that a form records, see `handlers.matters.danger`."""
    alarm = turn.recall(Alarm)
    return alarm if alarm is not None and draft.context.get("alarm") == alarm.id else None


def dangers_of(turn: Turn, draft: Draft) -> tuple[Danger, ...]:
    """Give the dangers that a form records."""
    alarm = alarm_in(turn, draft)
    return alarm.dangers if alarm else ()


async def responsible_for(turn: Turn, filing: Filing) -> Responsible:
    """Find who gets a matter: outside office hours, emergencies go to the duty roster.

    Whoever is named in it does not get it, whatever is said of them; what no neighbour may hear of
    begins at the community.
    """
    organisation = turn.street.organisation
    if filing.kind is Kind.ENQUIRY and not filing.barred:
        return organisation.at_seat(Seat(filing.community, Role.WINDOW_CLERK), turn.now)
    told = filing.particulars
    avoid = filing.barred | turn.named_in(f"{told.text}\n{told.place_text}")
    if filing.urgency >= EMERGENCY and not turn.street.office.calendar.is_open(turn.now):
        on_call = [one for one in await on_duty(turn.tx, turn.now) if one not in avoid]
        if on_call:
            return Responsible(Seat(organisation.street.code, Role.DISPATCHER), on_call[0])
    unit = filing.community if is_sealed(Danger(one) for one in filing.dangers) else filing.grid
    return organisation.responsible(unit, turn.now, avoid=avoid)


def accused_in(turn: Turn, words: str, *more: str) -> frozenset[str]:
    """Name the persons of the staff whom words name beside bad conduct, whoever's that was.

    Args:
        more: short words that came with them; a name there counts as well.
    """
    found = signs_of(turn.understood(words), turn.named_in("\n".join((words, *more))))
    return found.named if found.deed or found.sure else frozenset()


def urgency_of(turn: Turn, category: Category, words: str) -> int:
    """Estimate the urgency: what the category says, or more where the words say so."""
    understood = turn.understood(words)
    return max(category.urgency, EMERGENCY if understood.dangers else 1)


def _urgency_in(turn: Turn, draft: Draft, category: Category) -> int:
    """Estimate the urgency; who said that there is no danger is believed."""
    alarm = alarm_in(turn, draft)
    if alarm is not None and alarm.answer is Answer.SAFE:
        return min(category.urgency, HIGH_SCORE)
    return urgency_of(turn, category, draft.values["text"])


def filing_of(
    turn: Turn,
    kind: Kind,
    draft: Draft,
    *,
    origin: Origin,
    reporter: str,
    hide_name: bool = False,
    stream: str | None = None,
) -> Filing:
    """Read out of a filled form what is to be filed; disputes are confidential.

    Args:
        stream: of whom noticed it; otherwise of the category.

    Raises:
        Stale: the grid is no longer one of the street.
    """
    office, values = turn.street.office, draft.values
    category = office.categories.offered(values["category"]) or office.categories.other(kind)
    community = turn.street.organisation.community_of(values["grid"])
    if community is None or not grid_lasts(turn, values["grid"]):
        raise Stale
    dangers = dangers_of(turn, draft)
    confidential = kind is Kind.DISPUTE or is_sealed(dangers)
    return Filing(
        kind=kind,
        category=category.code,
        community=community.code,
        grid=values["grid"],
        origin=origin,
        reporter=reporter,
        particulars=Particulars(
            text=values["text"],
            place_text=(values.get("place") or {}).get("text", ""),
            point=point_of(draft),
            attachments=files_of(draft),
            phone=values.get("phone") or "",
            name=values.get("name") or "",
        ),
        importance=category.importance,
        urgency=_urgency_in(turn, draft, category),
        hide_name=hide_name,
        confidential=confidential,
        public_space=category.public_space and not confidential,
        barred=accused_in(turn, values["text"], (values.get("place") or {}).get("text", "")),
        dangers=tuple(danger.value for danger in dangers),
        stream=stream or category.stream,
    )


async def file_matter(turn: Turn, kind: Kind, draft: Draft, *, hide_name: bool) -> Matter:
    """File what a form says: the matter, its owner's card and the resident's receipt."""
    ensure_may(turn.actor, MatterRight.FILE, turn.street.organisation)
    filing = filing_of(
        turn,
        kind,
        draft,
        origin=Origin(turn.incoming.channel.value),
        reporter=turn.person.id,
        hide_name=hide_name,
    )
    alarm = alarm_in(turn, draft)
    matter = await _completed(turn, alarm, filing)
    if matter is None:
        owed = await responsible_for(turn, filing)
        matter = dispatch(turn, filing, owed, Role.RESIDENT)
    if alarm is not None:
        keep_alarm(turn, replace(alarm, number=matter.number, due_at=None))
    is_home = not draft.context.get(NAMED)
    if is_home and not turn.street.organisation.is_grid_in_use(turn.person.grid):
        turn.update_person(grid=filing.grid)
    await send_card(turn, matter)
    turn.reply(receipt(turn, matter))
    if matter.urgency < EMERGENCY:
        await say_how_to_come_back(turn)
    return matter


async def _completed(turn: Turn, alarm: Alarm | None, filing: Filing) -> Matter | None:
    """Put the form into the case that the alarm has become; None where there is none."""
    known = await find_matter(turn.tx, alarm.number) if alarm and alarm.number else None
    if known is None or not known.is_open:
        return None
    matter = complete(known, filing, turn.act(Role.RESIDENT))
    save_matter(turn, matter)
    claim_files(turn, matter, matter.particulars.attachments)
    return matter


async def file_unsorted(turn: Turn, draft: Draft) -> None:
    """File voices or pictures that nobody has sorted yet: they go to the community's desk."""
    office, organisation = turn.street.office, turn.street.organisation
    community = organisation.community_of(draft.values["grid"])
    if community is None or not grid_lasts(turn, draft.values["grid"]):
        raise Stale
    category = office.categories.other(Kind.SERVICE)
    filing = Filing(
        kind=Kind.SERVICE,
        category=category.code,
        community=community.code,
        grid=draft.values["grid"],
        origin=Origin(turn.incoming.channel.value),
        reporter=turn.person.id,
        particulars=Particulars(attachments=files_of(draft), point=point_of(draft)),
        importance=category.importance,
        urgency=category.urgency,
    )
    owed = organisation.at_seat(Seat(community.code, Role.WINDOW_CLERK), turn.now)
    matter = dispatch(turn, filing, owed, Role.RESIDENT)
    if not turn.street.organisation.is_grid_in_use(turn.person.grid):
        turn.update_person(grid=filing.grid)
    await send_card(turn, matter)
    turn.reply(receipt(turn, matter, understood=False))


def dispatch(turn: Turn, filing: Filing, owed: Responsible, role: Role) -> Matter:
    """Make the matter, give it to whoever answers for it, and start its clocks."""
    matter = life.file(
        turn.new_number(),
        filing,
        turn.act(role),
        seat=owed.seat,
        owner=owed.person,
        rules=turn.street.rules(ClockRules, filing.community),
        calendar=turn.street.office.calendar,
    )
    save_matter(turn, matter)
    claim_files(turn, matter, filing.particulars.attachments)
    return matter


def receipt(turn: Turn, matter: Matter, *, understood: bool = True) -> Message:
    """Tell the number, who has it and by when; the last thing a form says.

    Args:
        understood: False where nobody knows yet what it says: it may be about danger.
    """
    urgent = matter.urgency >= EMERGENCY
    key = "filing.receipt" if matter.owner else "filing.receipt_nobody"
    key = f"{key}_urgent" if urgent else key
    return Message(
        blocks=(
            text(key, number=matter.number),
            resident_card(turn.street, matter, turn.now),
        ),
        choices=(
            *(emergency_choices() if urgent or not understood else ()),
            (
                choice("matters.add", f"matters.add:{matter.number}"),
                choice("matters.my_cases", "matters.mine"),
            ),
            (choice("menu.open", "menu.open"),),
        ),
    )
