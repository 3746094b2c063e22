"""What the office hears of entries that are not whole: what they lack, and what to press next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.access.actors import actor_of
from domain.access.checks import may
from domain.messages import Choice, Message, Text, action, text
from domain.registers import Entry, EntryState, Lack, Register, problems
from domain.registry import REGISTERS
from domain.wholes import Wholes, around_of
from handlers.registers.finding import entry_name
from handlers.turn import Turn, choice
from storage.registers import load_wholes

#: More buttons for what is lacking would bury the others.
_MOST_STEPS = 4
#: So many entries that residents no longer see are named at once.
_MOST_HIDDEN = 5


async def wholes_of(turn: Turn, register: Register, *after: Entry) -> Wholes:
    """Load a register's entries with their parts, some as they will be."""
    return await load_wholes(turn.tx, register, turn.street.organisation, after=after)


async def lacks_of(turn: Turn, register: Register, entry: Entry) -> tuple[Lack, ...]:
    """List what keeps a draft from being published, or another one from being shown, beyond its
    own fields."""
    is_over = entry.valid_until is not None and entry.valid_until <= turn.now
    if not register.parts or entry.state is EntryState.ENDED or is_over:
        return ()
    wholes = await wholes_of(turn, register, entry)
    is_draft = entry.state is EntryState.DRAFT
    return wholes.keeps_back(entry, turn.now) if is_draft else wholes.lacks(entry, turn.now)


def steps_for(register: Register, entry: Entry, lacks: Iterable[Lack]) -> list[Choice]:
    """Offer what to press next so that an entry becomes whole."""
    found: dict[str, Choice] = {}
    for one in lacks:
        if one.add:
            does = action("registers.add", one.add, entry.id)
            label = text("registers.add_part", part=text(REGISTERS[one.add].one))
        elif one.entry:
            does = action("registers.show", one.entry)
            label = text("registers.see_part", name=one.called)
        else:
            continue
        found.setdefault(does, Choice(label=label, action=does))
    return list(found.values())[:_MOST_STEPS]


def adds_for(register: Register, entry: Entry) -> list[Choice]:
    """Offer to add to an entry what may belong to it."""
    return [
        Choice(
            label=text("registers.add_part", part=text(REGISTERS[part.register].one)),
            action=action("registers.add", part.register, entry.id),
        )
        for part in register.parts
    ]


def all_lacking(register: Register, entry: Entry, lacks: Sequence[Lack]) -> tuple[Text, ...]:
    """Say all that keeps an entry from being published, its own fields first."""
    return (*problems(register, entry.fields), *(one.words for one in lacks))


# --- what others lose by a change ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hidden:
    """A published entry that a change keeps from residents, and why."""

    register: Register
    entry: Entry
    lacks: tuple[Lack, ...]


def whole_registers(name: str) -> list[str]:
    """Name the registers whose entries may become whole, or not, by a change in one."""
    return [
        one.name
        for one in REGISTERS.values()
        if one.parts and name in (one.name, *around_of(one, REGISTERS))
    ]


async def hidden_by(turn: Turn, after: Entry) -> list[Hidden]:
    """List the published entries that are whole now, and will not be once another one changes."""
    found = []
    for register in REGISTERS.values():
        if after.register not in around_of(register, REGISTERS):
            continue
        before = (await wholes_of(turn, register)).hidden(turn.now)
        wholes = await wholes_of(turn, register, after)
        lost = wholes.hidden(turn.now)
        found += [
            Hidden(register, one, lost[one.id])
            for one in wholes.entries
            if one.id in lost and one.id not in before
        ]
    return found


def hidden_words(turn: Turn, hidden: Sequence[Hidden]) -> list[Text]:
    """Say which entries that one may see nobody is shown any more, and why."""
    return _words(turn, _seen(turn, hidden))


def _words(turn: Turn, hidden: Sequence[Hidden]) -> list[Text]:
    organisation = turn.street.organisation
    said = [
        text(
            "registers.now_hidden",
            name=entry_name(one.entry, organisation),
            lacking=tuple(lack.words for lack in one.lacks),
        )
        for one in hidden[:_MOST_HIDDEN]
    ]
    if len(hidden) > _MOST_HIDDEN:
        said.append(text("registers.now_hidden_more", count=len(hidden) - _MOST_HIDDEN))
    return said


def hidden_choices(turn: Turn, hidden: Sequence[Hidden]) -> list[Choice]:
    """Lead to the entries that nobody is shown any more."""
    return [_to(turn, one.entry) for one in _seen(turn, hidden)[:_MOST_HIDDEN]]


def _seen(turn: Turn, hidden: Sequence[Hidden]) -> list[Hidden]:
    organisation = turn.street.organisation
    return [
        one
        for one in hidden
        if one.register.public
        or may(turn.actor, one.register.see, organisation, unit=one.entry.unit)
    ]


def _to(turn: Turn, entry: Entry) -> Choice:
    name = entry_name(entry, turn.street.organisation)
    return choice("registers.to_whole", action("registers.show", entry.id), name=name)


def tell_keepers(turn: Turn, hidden: Sequence[Hidden]) -> None:
    """Tell whoever keeps such an entry, where somebody else's change did it."""
    by_keeper: dict[str, list[Hidden]] = {}
    for one in hidden:
        if keeper := _keeper(turn, one):
            by_keeper.setdefault(keeper, []).append(one)
    for person, some in by_keeper.items():
        choices = tuple((_to(turn, one.entry),) for one in some[:_MOST_HIDDEN])
        turn.tell(person, Message(blocks=tuple(_words(turn, some)), choices=choices))


def _keeper(turn: Turn, hidden: Hidden) -> str | None:
    """Find whoever keeps an entry that the one who is talking does not: its last author first."""
    organisation, right, unit = turn.street.organisation, hidden.register.edit, hidden.entry.unit
    if may(turn.actor, right, organisation, unit=unit):
        return None
    posts = [post for post in organisation.posts if post.held_at(turn.now)]
    posts.sort(key=lambda post: (post.person != hidden.entry.changed_by, post.unit != unit))
    for post in posts:
        if may(
            actor_of(post.person, organisation, turn.now, staff=True),
            right,
            organisation,
            unit=unit,
        ):
            return post.person
    return None


async def owners_of(turn: Turn, entry: Entry) -> list[Choice]:
    """Lead to the entries to which one belongs."""
    found = []
    for register in REGISTERS.values():
        if any(part.register == entry.register for part in register.parts):
            owners = (await wholes_of(turn, register, entry)).owners(entry)
            found += [_to(turn, one) for one in owners]
    return found[:2]
