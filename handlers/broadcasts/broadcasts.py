"""Broadcasts: a leader tells all residents of a unit something; a resident may have it stop."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.access.broadcasts import BroadcastRight
from domain.access.checks import ensure_may, may
from domain.broadcasts.broadcast import (
    ENDED,
    FEATURE,
    MAX_LETTERS,
    Broadcast,
    BroadcastState,
    Progress,
    audience,
    card,
    doubts,
    left_out,
    reached_grids,
)
from domain.errors import NotFound, Refused
from domain.messages import Choice, Side, Text, action, rows, text
from domain.names import unit_name
from domain.organisation import Unit
from handlers.broadcasts import publishing
from handlers.features import Entry, Feature, Menu, Verb
from handlers.forms.answers import files_of
from handlers.forms.forms import begin
from handlers.forms.questions import pick
from handlers.forms.steps import Files, Form, Option, Words
from handlers.turn import Turn, choice
from scheduler.broadcasts.broadcasts import first_reminder
from storage.broadcasts.broadcasts import (
    BROADCAST,
    Ended,
    count_recipients,
    get_broadcasts,
    list_broadcasts,
    progress_of,
)
from storage.drafts import Draft
from storage.reminders import NoReminder

#: How many broadcasts the list shows.
PAGE = 8


# --- staff: to write one -------------------------------------------------------------------------


def _allowed(turn: Turn) -> tuple[Unit, ...]:
    """List the units to which one may speak, from the street down; never none.

    Raises:
        NotAllowed: there is none.
    """
    organisation = turn.street.organisation
    every = (organisation.street, *organisation.communities, *organisation.grids)
    found = tuple(
        unit for unit in every if may(turn.actor, BroadcastRight.SEND, organisation, unit=unit.code)
    )
    if not found:
        ensure_may(turn.actor, BroadcastRight.SEND, organisation, unit=organisation.street.code)
    return found


def _open_units(turn: Turn) -> tuple[Unit, ...]:
    """List those of them in which broadcasts are open.

    Raises:
        NotAllowed: there is none to which one may speak.
    """
    return tuple(unit for unit in _allowed(turn) if turn.street.is_on(FEATURE, unit.code))


async def begin_broadcast(turn: Turn) -> None:
    """Begin to write a notice to residents."""
    _allowed(turn)
    await begin(turn, FORM)


def _units(turn: Turn, draft: Draft) -> Sequence[Option]:
    units = audience(turn.street.organisation, _open_units(turn))
    return [
        Option(unit.code, unit_name(unit), (unit.name, unit.name_en or unit.name)) for unit in units
    ]


@dataclass(frozen=True, kw_only=True)
class Announcement(Words):
    """What everybody will read: short enough for one message."""

    async def take(self, turn: Turn, draft: Draft) -> Draft:
        """Take a text that fits; a longer one is refused, since cutting it would change it."""
        return self._fitting(await super().take(turn, draft))

    async def add(self, turn: Turn, draft: Draft) -> Draft:
        """Add words, as long as all of it still fits."""
        return self._fitting(await super().add(turn, draft))

    def _fitting(self, taken: Draft) -> Draft:
        if len(taken.values[self.name]) > MAX_LETTERS:
            raise Refused("broadcast_too_long", limit=MAX_LETTERS)
        return taken


async def _count(turn: Turn, draft: Draft) -> Draft:
    """Count whom it would reach before it is read back."""
    grids = reached_grids(turn.street, str(draft.values["unit"]), turn.now)
    count = await count_recipients(turn.tx, grids)
    return replace(draft, context={**draft.context, "count": count})


def _notes(turn: Turn, draft: Draft) -> Sequence[Text]:
    """Say before it is sent how many get it, when, and what one should look at again."""
    waking = turn.street.waking(turn.now)
    when = text("broadcasts.in_the_morning", at=waking) if waking > turn.now else None
    return (
        *doubts(str(draft.values["text"])),
        text("broadcasts.recipients", count=int(draft.context.get("count", 0))),
        *_left_out(turn, draft),
        *((when,) if when else ()),
        *publishing.notes(turn, draft),
    )


def _left_out(turn: Turn, draft: Draft) -> tuple[Text, ...]:
    units = left_out(turn.street, str(draft.values["unit"]))
    names = tuple(unit_name(one) for one in units)
    return (text("broadcasts.left_out", units=names),) if names else ()


def _unit(turn: Turn, code: str) -> Unit:
    return turn.street.organisation.units[code]


async def _submit(turn: Turn, draft: Draft) -> None:
    unit = str(draft.values["unit"])
    ensure_may(turn.actor, BroadcastRight.SEND, turn.street.organisation, unit=unit)
    if not turn.street.is_on(FEATURE, unit):
        raise Refused("broadcasts.closed_there", unit=unit_name(_unit(turn, unit)))
    if len(str(draft.values["text"])) > MAX_LETTERS:
        raise Refused("broadcast_too_long", limit=MAX_LETTERS)
    expected = await count_recipients(turn.tx, reached_grids(turn.street, unit, turn.now))
    public = publishing.is_public(turn, draft)
    if not expected and not public:
        raise Refused("broadcast_nobody")
    pictures = files_of(draft)
    broadcast = Broadcast(
        id=turn.new_id(),
        by=turn.person.id,
        unit=unit,
        words=str(draft.values["text"]),
        picture=pictures[0] if pictures else None,
        expected=expected,
        created_at=turn.now,
        shown_at=turn.now,
    )
    turn.changes.save(broadcast, first_reminder(broadcast))
    notice = publishing.notice_of(turn, draft, broadcast.id) if public else None
    if notice is not None:
        turn.changes.save(notice)
    turn.reply(card(turn.street.organisation, broadcast, Progress(), notice, turn.now))


# --- staff: to see and to stop it ----------------------------------------------------------------


async def list_all(turn: Turn) -> None:
    """List the newest broadcasts to one's units."""
    units = [unit.code for unit in _allowed(turn)]
    found = await list_broadcasts(turn.tx, PAGE, units)
    buttons = [
        Choice(
            label=text(
                "broadcasts.entry",
                at=one.created_at,
                unit=unit_name(turn.street.organisation.units[one.unit]),
                state=text(f"broadcasts.state_{one.state}"),
            ),
            action=action("broadcasts.show", one.id),
        )
        for one in found
    ]
    new: tuple[Choice, ...] = ()
    if "broadcasts.write" in turn.features.verbs[turn.incoming.side]:
        new = (choice("broadcasts.new", "broadcasts.write", emphasis=True),)
    turn.say(
        "broadcasts.list" if found else "broadcasts.none_yet",
        *rows(buttons, 1),
        (
            *new,
            choice("staff.menu", "menu.open"),
        ),
    )


async def _find(turn: Turn, broadcast: str) -> Broadcast:
    """Find a broadcast to a unit of one's own, or that one wrote.

    Raises:
        NotFound: there is none that one may know of.
    """
    found = (await get_broadcasts(turn.tx, [broadcast])).get(broadcast)
    organisation = turn.street.organisation
    if found is None or not may(turn.actor, BroadcastRight.SEND, organisation, unit=found.unit):
        raise NotFound(number=broadcast[:8])
    return found


async def show(turn: Turn, broadcast: str) -> None:
    """Show how far a broadcast has come."""
    found = await _find(turn, broadcast)
    await _show_card(turn, found, await progress_of(turn.tx, found.id))


async def _show_card(turn: Turn, found: Broadcast, progress: Progress) -> None:
    notice = await publishing.find_notice(turn, found.id)
    turn.reply(card(turn.street.organisation, found, progress, notice, turn.now))


async def ask_to_stop(turn: Turn, broadcast: str) -> None:
    """Ask once more before a broadcast is stopped: who has it keeps it."""
    found = await _find(turn, broadcast)
    if found.state in ENDED:
        await show(turn, broadcast)
        return
    progress = await progress_of(turn.tx, found.id)
    left = max(found.expected - progress.sent - progress.failed, 0)
    turn.say(
        "broadcasts.really_stop",
        (
            choice("broadcasts.stop_now", action("broadcasts.stop", found.id)),
            choice("broadcasts.go_on", action("broadcasts.show", found.id), emphasis=True),
        ),
        sent=progress.sent,
        left=left,
    )


async def stop(turn: Turn, broadcast: str) -> None:
    """Stop a broadcast: what still waits is taken back. Pressing it again changes nothing."""
    found = await _find(turn, broadcast)
    if found.state not in ENDED:
        turn.changes.save(
            NoReminder(BROADCAST, found.id),
            Ended(found.id, BroadcastState.STOPPED, turn.now),
        )
        found = replace(found, state=BroadcastState.STOPPED, ended_at=turn.now)
    progress = await progress_of(turn.tx, found.id)
    failed = progress.failed + progress.waiting
    await _show_card(turn, found, Progress(sent=progress.sent, failed=failed))


# --- residents -----------------------------------------------------------------------------------


async def choose_notices(turn: Turn, wanted: str) -> None:
    """Begin or stop to get notices; news of one's own cases come all the same."""
    if wanted not in ("on", "off"):
        raise NotFound(number=wanted[:8])
    if wanted == "on":
        turn.ensure_open(FEATURE)
    turn.update_person(notices=wanted == "on")
    other = "on" if wanted == "off" else "off"
    turn.say(
        f"broadcasts.notices_{wanted}_now",
        (
            choice(f"me.notices_{other}", action("broadcasts.notices", other)),
            choice("menu.open", "menu.open"),
        ),
    )


FORM = Form(
    name="broadcast",
    version=2,
    title="broadcasts.title",
    steps=(
        pick(
            name="unit",
            question="broadcasts.ask_unit",
            label="broadcasts.to",
            change="broadcasts.change_unit",
            options=_units,
        ),
        Announcement(
            name="text",
            question="broadcasts.ask_words",
            label="broadcasts.words",
            min_letters=4,
        ),
        Files(
            name="files",
            question="broadcasts.ask_picture",
            label="broadcasts.picture",
            optional=True,
            most=1,
        ),
        publishing.PUBLICITY,
        publishing.TITLE,
    ),
    submit=_submit,
    before_review=_count,
    review_notes=_notes,
    submit_label="broadcasts.submit",
)

STAFF = Feature(
    name=FEATURE,
    side=Side.STAFF,
    switchable=True,
    verbs=(
        Verb("broadcasts.write", begin_broadcast, right=BroadcastRight.SEND, begins=True),
        Verb("broadcasts.list", list_all, right=BroadcastRight.SEND, while_closed=True),
        Verb(
            "broadcasts.show", show, right=BroadcastRight.SEND, about="broadcast", while_closed=True
        ),
        Verb(
            "broadcasts.ask_stop",
            ask_to_stop,
            right=BroadcastRight.SEND,
            about="broadcast",
            while_closed=True,
        ),
        Verb(
            "broadcasts.stop", stop, right=BroadcastRight.SEND, about="broadcast", while_closed=True
        ),
        Verb(
            "broadcasts.ask_take_down",
            publishing.ask_to_take_down,
            right=BroadcastRight.SEND,
            about="broadcast",
            while_closed=True,
        ),
        Verb(
            "broadcasts.take_down",
            publishing.take_down,
            right=BroadcastRight.SEND,
            about="broadcast",
            while_closed=True,
        ),
    ),
    forms=(FORM,),
    entries=(Entry(Menu.WORK, "broadcasts.menu", "broadcasts.list"),),
)


def _other(turn: Turn) -> str:
    return "off" if turn.person.notices else "on"


RESIDENTS = Feature(
    name=FEATURE,
    side=Side.RESIDENTS,
    switchable=True,
    verbs=(
        # Who wants no more of them is never told that this is closed.
        Verb("broadcasts.notices", choose_notices, while_closed=True),
    ),
    entries=(
        Entry(Menu.MINE, lambda turn: f"me.notices_{_other(turn)}", "broadcasts.notices", _other),
    ),
)

FEATURES = (STAFF, RESIDENTS)
