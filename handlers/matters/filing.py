"""How a matter is filed: what is read out of a filled form, who gets it, and its receipt."""

from dataclasses import replace

from domain.access.checks import ensure_may
from domain.access.matters import MatterRight
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
from domain.messages import FileKind, Message, text
from domain.organisation import Responsible, Role, Seat
from domain.words.conduct import signs_of
from domain.words.lexicon import Danger
from domain.words.understanding import Understanding
from handlers.forms.answers import counted_files, files_of, point_of
from handlers.matters.filing_steps import NAMED, grid_lasts
from handlers.matters.first_case import say_how_to_come_back
from handlers.matters.turns import claim_files, keep_alarm
from handlers.turn import Turn, choice
from storage.drafts import Draft
from storage.matters.casework import save_matter, send_card
from storage.matters.matters import find_matter
from storage.organisation import on_duty


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
    told = filing.particulars
    avoid = filing.barred | turn.named_in(f"{told.text}\n{told.place_text}")
    if filing.kind is Kind.ENQUIRY:
        window = organisation.at_seat(Seat(filing.community, Role.WINDOW_CLERK), turn.now)
        if window.person not in avoid:
            return window
    if filing.urgency >= EMERGENCY and not turn.street.office.calendar.is_open(turn.now):
        on_call = [one for one in await on_duty(turn.tx, turn.now) if one not in avoid]
        if on_call:
            return Responsible(Seat(organisation.street.code, Role.DISPATCHER), on_call[0])
    is_hidden = is_sealed(Danger(one) for one in filing.dangers)
    if filing.kind is Kind.SERVICE and filing.urgency < EMERGENCY and not is_hidden:
        for route in turn.features.routes:
            if (found := await route(turn, filing, avoid)) is not None:
                return found
    unit = filing.community if is_hidden else filing.grid
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
    turn.reply(receipt(turn, matter, files=draft))
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
    turn.reply(receipt(turn, matter, files=draft, understood=False))


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


def receipt(turn: Turn, matter: Matter, *, files: Draft, understood: bool = True) -> Message:
    """Tell the number, who has it and by when; the last thing a form says.

    Args:
        files: the draft with what was sent along.
        understood: False where nobody knows yet what it says: it may be about danger.
    """
    urgent = matter.urgency >= EMERGENCY
    key = "filing.receipt" if matter.owner else "filing.receipt_nobody"
    key = f"{key}_urgent" if urgent else key
    if matter.kind is Kind.ENQUIRY and matter.owner:
        key = "filing.receipt_enquiry"
    kinds = [kind for _, kind in files.values.get("files") or ()]
    if not understood and matter.owner and FileKind.VOICE in kinds:
        key = "filing.receipt_voice"
    return Message(
        blocks=(
            text(key, number=matter.number),
            resident_card(turn.street, matter, turn.now, pictures=counted_files(kinds)),
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
