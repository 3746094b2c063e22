"""Digests on demand: staff read this and earlier weeks of their units, residents their summary."""

from domain.access.checks import ensure_may, may
from domain.access.digests import DigestRight
from domain.digests.digest import Digest, Figure, Week, weeks_before
from domain.errors import NotFound, Stale
from domain.messages import Choice, Message, Side, Text, action, rows, text
from domain.organisation import Unit, UnitKind
from domain.people import Consent, Purpose
from handlers.features import Entry, Feature, Menu, Verb
from handlers.turn import Turn, choice
from reports.digests.digests import (
    Reading,
    digest_messages,
    figures_message,
    numbers_message,
    summary_message,
    unit_name,
    week_dates,
)
from scheduler.digests.digests import WEEKS_SHOWN, gaps_of, overdue_now, still_of, visible_to
from storage.digests.digests import find_digest, first_week, last_digest, list_digests
from storage.matters.matters import get_matters
from storage.people import list_consents

#: How many weeks one list offers.
PAGE = 8


# --- staff: which unit, which week ---------------------------------------------------------------


async def choose(turn: Turn, unit: str = "", page: str = "0") -> None:
    """Offer the weeks of a unit; without one, the units whose digests one may read."""
    if not page.isdecimal():
        raise Stale
    if unit:
        await _choose_week(turn, _readable(turn, unit), int(page))
        return
    units = _units(turn)
    if len(units) == 1:
        await _choose_week(turn, units[0], 0)
        return
    ensure_may(turn.actor, DigestRight.READ, turn.street.organisation, unit=units[0].code)
    buttons = [
        Choice(label=unit_name(turn.street, one.code), action=action("digests.list", one.code))
        for one in units
    ]
    turn.reply(Message(blocks=(text("digests.which_unit"),), choices=rows(buttons)))


def _units(turn: Turn) -> list[Unit]:
    """List the units whose digests one may read, from the street down; never none.

    Raises:
        NotAllowed: there is none.
    """
    organisation = turn.street.organisation
    every = [organisation.street, *organisation.communities, *organisation.grids]
    found = [
        unit for unit in every if may(turn.actor, DigestRight.READ, organisation, unit=unit.code)
    ]
    if not found:
        ensure_may(turn.actor, DigestRight.READ, organisation, unit=organisation.street.code)
    return found


def _readable(turn: Turn, code: str) -> Unit:
    """Find a unit whose digests one may read.

    Raises:
        NotAllowed: no rule allows it.
        NotFound: there is no such unit.
    """
    organisation = turn.street.organisation
    unit = organisation.units.get(code)
    if unit is None:
        raise NotFound(number=code)
    ensure_may(turn.actor, DigestRight.READ, organisation, unit=code)
    return unit


async def _choose_week(turn: Turn, unit: Unit, page: int) -> None:
    """Offer weeks, the newest first; a week without a digest shows as a gap."""
    calendar = turn.street.office.calendar
    newest = await last_digest(turn.tx, unit.code, calendar)
    first = await first_week(turn.tx, unit.code, calendar)
    if newest is None or first is None:
        turn.say("digests.none_yet", unit=unit_name(turn.street, unit.code))
        return
    every = (newest.week, *weeks_before(newest.week, (page + 1) * PAGE, calendar))
    weeks = [week for week in every if week.begins >= first.begins][page * PAGE :]
    kept = {one.week.key: one for one in await list_digests(turn.tx, unit.code, weeks, calendar)}
    holes = [week for week in weeks[:PAGE] if week.key not in kept]
    buttons = [
        (_week_button(turn, unit, kept[week.key]),) for week in weeks[:PAGE] if week.key in kept
    ]
    turn.reply(
        Message(
            blocks=(
                text("digests.which_week", unit=unit_name(turn.street, unit.code)),
                *(_hole(turn, week) for week in holes),
            ),
            choices=(*buttons, _pages(unit, page, more=len(weeks) > PAGE)),
            slot="digests",
        )
    )


def _week_button(turn: Turn, unit: Unit, digest: Digest) -> Choice:
    key = "digests.week_late" if digest.is_late else "digests.week_button"
    return choice(
        key,
        action("digests.show", unit.code, digest.week.key),
        dates=week_dates(turn.street, digest.week),
    )


def _hole(turn: Turn, week: Week) -> Text:
    return text("digests.week_missing", dates=week_dates(turn.street, week))


def _pages(unit: Unit, page: int, *, more: bool) -> tuple[Choice, ...]:
    buttons = []
    if page:
        buttons.append(choice("digests.newer", action("digests.list", unit.code, page - 1)))
    if more:
        buttons.append(choice("digests.older", action("digests.list", unit.code, page + 1)))
    return (*buttons, choice("staff.menu", "menu.open"))


# --- staff: one week -----------------------------------------------------------------------------


async def _find(turn: Turn, unit: str, week: str) -> Digest:
    """Load a digest that one may read.

    Raises:
        NotAllowed: no rule allows it.
        NotFound: there is no such unit.
        Stale: nothing was written of that week.
    """
    _readable(turn, unit)
    digest = await find_digest(turn.tx, unit, week, turn.street.office.calendar)
    if digest is None:
        raise Stale
    return digest


async def show(turn: Turn, unit: str, week: str) -> None:
    """Show the digest of a week again, with what is overdue of it still."""
    digest = await _find(turn, unit, week)
    calendar = turn.street.office.calendar
    before = weeks_before(digest.week, WEEKS_SHOWN, calendar)
    missing, late = await gaps_of(turn, digest, await list_digests(turn.tx, unit, before, calendar))
    overdue = await overdue_now(turn, digest)
    seen = visible_to(turn, turn.person.id, overdue)
    pictures = digest.pictures
    reading = Reading(
        overdue=seen,
        hidden=len(overdue) - len(seen),
        still=still_of(digest, overdue),
        missing=missing,
        late=late,
        picture=pictures.get(turn.person.language) or next(iter(pictures.values()), None),
    )
    turn.reply(*digest_messages(turn.street, digest, reading))


async def show_behind(turn: Turn, unit: str, week: str, place: str = "") -> None:
    """Show the cases behind a figure; without one, offer the figures."""
    digest = await _find(turn, unit, week)
    if not place:
        turn.reply(figures_message(turn.street, digest))
        return
    every = list(Figure)
    if not place.isdecimal() or int(place) >= len(every):
        raise Stale
    figure = every[int(place)]
    found = await get_matters(turn.tx, digest.figures.behind(figure))
    readable = {one.number: one for one in visible_to(turn, turn.person.id, found.values())}
    numbers = dict.fromkeys(digest.figures.behind(figure))
    shown = [readable[one] for one in numbers if one in readable]
    turn.reply(numbers_message(turn.street, digest, figure, shown, turn.now))


STAFF = Feature(
    name="digests",
    side=Side.STAFF,
    verbs=(
        Verb("digests.list", choose, right=DigestRight.READ, command="digests", listed=True),
        Verb("digests.show", show, right=DigestRight.READ, about="unit"),
        Verb("digests.behind", show_behind, right=DigestRight.READ, about="unit"),
    ),
    entries=(Entry(Menu.WORK, "digests.menu", "digests.list"),),
)

# --- residents -----------------------------------------------------------------------------------


async def summary(turn: Turn, wanted: str = "") -> None:
    """Show the newest summary of one's community, or begin or stop getting it every week."""
    match wanted:
        case "on":
            await _subscribe(turn)
        case "off":
            await _unsubscribe(turn)
        case "":
            await _show_summary(turn)
        case _:
            raise Stale


async def _subscribe(turn: Turn) -> None:
    """Note the consent; without a grid nobody knows of which community to tell."""
    community = _community(turn)
    if community is None:
        turn.say("digests.no_grid", (choice("digests.choose_grid", "residents.grid"),))
        return
    turn.update_person(weekly_summary=True)
    turn.changes.save(
        Consent(
            person=turn.person.id,
            purpose=Purpose.WEEKLY_SUMMARY,
            notice=turn.street.office.notice_version,
            given_at=turn.now,
        )
    )
    turn.say(
        "digests.subscribed",
        (choice("digests.latest", "digests.summary"), choice("menu.open", "menu.open")),
        unit=unit_name(turn.street, community.code),
    )


async def _unsubscribe(turn: Turn) -> None:
    """Stop, as easily as it was begun; pressing it again changes nothing."""
    turn.update_person(weekly_summary=False)
    for consent in await list_consents(turn.tx, turn.person.id):
        if consent.purpose is Purpose.WEEKLY_SUMMARY and consent.withdrawn_at is None:
            turn.changes.save(_withdrawn(turn, consent))
    turn.say("digests.unsubscribed", (choice("menu.open", "menu.open"),))


def _withdrawn(turn: Turn, consent: Consent) -> Consent:
    return Consent(
        person=consent.person,
        purpose=consent.purpose,
        notice=consent.notice,
        given_at=consent.given_at,
        withdrawn_at=turn.now,
    )


def _community(turn: Turn) -> Unit | None:
    grid = turn.person.grid
    unit = turn.street.organisation.community_of(grid) if grid else None
    return unit if unit is not None and unit.kind is UnitKind.COMMUNITY else None


async def _show_summary(turn: Turn) -> None:
    community = _community(turn)
    if community is None:
        turn.say("digests.no_grid", (choice("digests.choose_grid", "residents.grid"),))
        return
    newest = await last_digest(turn.tx, community.code, turn.street.office.calendar)
    if newest is None:
        turn.say(
            "digests.no_summary_yet",
            (choice("menu.open", "menu.open"),),
            unit=unit_name(turn.street, community.code),
        )
        return
    turn.reply(summary_message(turn.street, newest, subscribed=turn.person.weekly_summary))


def _other(turn: Turn) -> str:
    return "off" if turn.person.weekly_summary else "on"


RESIDENTS = Feature(
    name="digests",
    side=Side.RESIDENTS,
    verbs=(Verb("digests.summary", summary, minimal=True, command="weekly"),),
    entries=(
        Entry(Menu.MINE, lambda turn: f"me.summary_{_other(turn)}", "digests.summary", _other),
    ),
)
FEATURES = (STAFF, RESIDENTS)
