"""The questions of a register's form, made of its fields."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

from domain.messages import Awaiting, Text, Value, text
from domain.names import named, unit_name
from domain.registers import Entry, Field, FieldKind, Register, read_value, shown
from handlers.forms.answers import NotMineError, with_value
from handlers.forms.questions import Date, Several, pick, today
from handlers.forms.steps import Choose, Option, Step
from handlers.registers.finding import entry_name, kept_units, register_named
from handlers.turn import Turn
from storage.drafts import Draft
from storage.registers import list_entries

#: The answers beside the fields: no field is called so.
UNIT, PERSON, FROM, UNTIL = "entry_unit", "entry_person", "entry_from", "entry_until"
TERM = (FROM, UNTIL)
_DECADE = timedelta(days=3660)


def is_new(_turn: Turn, draft: Draft) -> bool:
    """Tell whether an entry is added; else one is changed."""
    return "number" not in draft.context


@dataclass(frozen=True, kw_only=True)
class Written(Step):
    """A value that is typed."""

    awaiting: Awaiting | None = Awaiting.TEXT
    is_text: ClassVar[bool] = True
    field: Field

    async def take(self, turn: Turn, draft: Draft) -> Draft:
        """Read the value; what it is not is refused with what it should be."""
        given = turn.incoming.text
        if given is None:
            raise NotMineError
        value = read_value(self.field, given, today(turn))
        if value is None:
            raise NotMineError
        return with_value(draft, self.name, value)

    async def show(self, turn: Turn, draft: Draft) -> Value:
        """Show the value as everybody reads it."""
        return shown(self.field, draft.values.get(self.name))


@dataclass(frozen=True, kw_only=True)
class Where(Written):
    """A location that is shared, or typed as two numbers."""

    awaiting: Awaiting | None = Awaiting.PLACE

    async def take(self, turn: Turn, draft: Draft) -> Draft:
        """Take a shared location before anything that is typed."""
        place = turn.incoming.place
        if place is None:
            return await super().take(turn, draft)
        return with_value(draft, self.name, {"lat": place.latitude, "lon": place.longitude})


def steps_of(register: Register) -> tuple[Step, ...]:
    """Make the questions for an entry: to whom it belongs, its fields, and from when to when."""
    person = pick(
        name=PERSON,
        question="registers.ask_person",
        label="registers.person",
        options=lambda turn, draft: _persons(turn, draft),
        when=is_new,
    )
    return (
        pick(
            name=UNIT,
            question="registers.ask_unit",
            label="registers.unit",
            options=lambda turn, draft: _units(turn, register.name),
            when=is_new,
        ),
        *((person,) if register.of_staff else ()),
        *(_step(register, field) for field in register.fields),
        _day(FROM, "registers.ask_from", "registers.from"),
        _day(UNTIL, "registers.ask_until", "registers.until"),
    )


def _day(name: str, question: str, label: str) -> Date:
    return Date(
        name=name,
        question=question,
        label=label,
        optional=True,
        asked=False,
        earliest=-_DECADE,
        latest=_DECADE,
    )


def _step(register: Register, field: Field) -> Step:
    common: dict[str, Any] = {
        "name": field.name,
        "question": field.ask,
        "label": field.label,
        "optional": not field.required,
        "asked": field.asked or field.required,
    }
    match field.kind:
        case FieldKind.CHOICE:
            return Choose(options=lambda turn, draft: _options(turn, register, field), **common)
        case FieldKind.SEVERAL:
            return Several(options=lambda turn, draft: _options(turn, register, field), **common)
        case FieldKind.ENTRY:
            return pick(options=lambda turn, draft: _entries(turn, field), **common)
        case FieldKind.POINT:
            return Where(field=field, **common)
        case _:
            return Written(field=field, **common)


def _options(turn: Turn, register: Register, field: Field) -> Sequence[Option]:
    filled = register_named(turn, register.name).field(field.name)
    return [Option(one.value, one.label, one.words) for one in filled.options]


async def _entries(turn: Turn, field: Field) -> Sequence[Option]:
    organisation = turn.street.organisation
    found = await list_entries(turn.tx, field.refers)
    return [_entry_option(one, entry_name(one, organisation)) for one in found]


def _entry_option(entry: Entry, name: Text) -> Option:
    return Option(entry.id, name, tuple(str(one) for one in name.fields.values()))


def _units(turn: Turn, register: str) -> Sequence[Option]:
    units = turn.street.organisation.units
    kept = [units[code] for code in kept_units(turn, register_named(turn, register))]
    return [Option(one.code, unit_name(one), (one.name, one.name_en or one.name)) for one in kept]


def _persons(turn: Turn, draft: Draft) -> Sequence[Option]:
    """List who holds a post in the chosen unit or below it, by name."""
    organisation, unit = turn.street.organisation, str(draft.values.get(UNIT) or "")
    found = {
        post.person: organisation.names.get(post.person, "")
        for post in organisation.posts
        if post.held_at(turn.now) and organisation.covers(unit, post.unit)
    }
    ordered = sorted(found.items(), key=lambda one: (one[1], one[0]))
    return [Option(person, named(name or "?"), (name,)) for person, name in ordered]


# --- terms ---------------------------------------------------------------------------------------


def term_of(turn: Turn, draft: Draft) -> tuple[datetime | None, datetime | None]:
    """Give from when to when an entry holds: days count from their first moment to their last."""
    zone = turn.street.office.timezone

    def midnight(name: str, more: int) -> datetime | None:
        given = draft.values.get(name)
        if not given:
            return None
        return datetime.combine(date.fromisoformat(given) + timedelta(days=more), time(), zone)

    return midnight(FROM, 0), midnight(UNTIL, 1)


def days_of(turn: Turn, entry: Entry) -> dict[str, str]:
    """Give the days of an entry's term as answers of its form."""
    found = {}
    if entry.valid_from is not None:
        found[FROM] = turn.street.local_day(entry.valid_from).isoformat()
    if entry.valid_until is not None:
        last = turn.street.local_day(entry.valid_until) - timedelta(days=1)
        found[UNTIL] = last.isoformat()
    return found


def term_words(turn: Turn, entry: Entry) -> Value:
    """Say from when to when an entry holds; None where that is not limited."""
    days = {name: date.fromisoformat(day) for name, day in days_of(turn, entry).items()}
    if not days:
        return None
    if FROM not in days:
        return text("registers.term_until", until=days[UNTIL])
    if UNTIL not in days:
        return text("registers.term_from", since=days[FROM])
    return text("registers.term_both", since=days[FROM], until=days[UNTIL])
