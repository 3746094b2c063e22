"""Registers: lists that the office keeps as data, each declared once as a frozen `Register`.

An entry belongs to a unit, holds in a term, and is a draft, published or ended. Every change raises
its version, so that two who change it at once find out, and stands in the entry's own file of
events. What is wrong with a value is told by `Refused`, the same in chat and in an Excel file.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from domain.access.registers import RegisterRight
from domain.access.rights import Right
from domain.categories import Categories, Kind
from domain.chain import Act, Chain
from domain.errors import Refused
from domain.messages import Text, Value, text
from domain.names import category_name
from domain.organisation import UnitKind
from domain.places.points import is_on_earth
from domain.subjects import Subject
from domain.words.dates import read_day
from domain.words.numerals import read_number

#: The kind of the subject that an entry is.
ENTRY = "entry"
#: What a Telegram message can hold beside everything else of an entry.
LONGEST_LINE, LONGEST_TEXT = 200, 2_000
#: Amounts are in the office's own unit, such as 万元; a larger one is a mistake.
LARGEST = 1_000_000_000


class EntryState(StrEnum):
    """How an entry stands."""

    DRAFT = "draft"
    """Seen by those alone who keep the register."""
    PUBLISHED = "published"
    ENDED = "ended"
    """Kept, and no longer true."""


class FieldKind(StrEnum):
    """What the value of a field is, as it stands in `Entry.fields`."""

    LINE = "line"
    """A string without line breaks."""
    TEXT = "text"
    """A string."""
    PHONE = "phone"
    """A string with one telephone number, or several with 、 between them."""
    NUMBER = "number"
    """A whole number, not below 0."""
    AMOUNT = "amount"
    """A decimal number, not below 0, as a string without an exponent."""
    DAY = "day"
    """A day, as ``2026-12-01``."""
    CHOICE = "choice"
    """The value of one of the field's options."""
    SEVERAL = "several"
    """A list of such values, in the order of the options."""
    ENTRY = "entry"
    """The id of an entry of another register."""
    POINT = "point"
    """``{"lat", "lon"}`` in degrees, WGS-84."""


@dataclass(frozen=True, slots=True)
class FieldOption:
    """One of the values of a field, and what may be typed for it or stand in a cell."""

    value: str
    label: Text
    words: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """One field of a register; a value that was not given is missing in an entry's fields."""

    name: str
    label: str
    """The wording's key."""
    ask: str
    """The wording of the question for it."""
    kind: FieldKind = FieldKind.LINE
    required: bool = False
    """Without it an entry stays a draft."""
    asked: bool = True
    """Otherwise only offered when everything else was answered."""
    options: tuple[FieldOption, ...] = ()
    catalogue: Kind | None = None
    """Its options are the office's categories of this kind, see `with_categories`."""
    refers: str = ""
    """The register whose entries are meant."""
    blank: str = ""
    """What is shown, by wording, where nothing was given; empty leaves the line out."""
    worded: str = ""
    """The wording, with the field ``value``, in which the value is shown."""
    listed: bool = False
    """It stands in lists beside the name; of a CHOICE, lists can be narrowed down by it."""

    def option(self, value: object) -> FieldOption | None:
        """Find an option by its value."""
        return next((one for one in self.options if one.value == value), None)


@dataclass(frozen=True, slots=True)
class Part:
    """A register whose entries belong to entries of another one, its wholes."""

    register: str
    field: str
    """Which whole one belongs to: its id, or one of its names."""
    names: Callable[["Entry"], Iterable[str]] | None = None
    """The names of a whole, where the field holds words; those of other communities' wholes are
    none of its own."""
    finished: bool = False
    """A draft of one keeps its whole from being published."""


@dataclass(frozen=True, slots=True)
class Lack:
    """Something without which an entry is not whole, and what has to be done about it."""

    words: Text
    add: str = ""
    """The register to which an entry is to be added."""
    entry: str = ""
    """The part that is to be changed."""
    called: str = ""
    """What that is called."""


@dataclass(frozen=True, kw_only=True)
class Register:
    """A list that the office keeps: what an entry of it is, and who may see and change it."""

    name: str
    """With the feature before it, such as ``services.halls``."""
    label: str
    """What the list is called, by wording."""
    one: str
    """What one of it is called."""
    fields: tuple[Field, ...]
    key: tuple[str, ...] = ("name",)
    """The fields that tell the entries of a unit apart, the first of which is an entry's name.
    Empty where a unit has one entry, which is called like the unit."""
    units: frozenset[UnitKind] = frozenset({UnitKind.STREET, UnitKind.COMMUNITY})
    """The levels to which entries belong."""
    of_staff: bool = False
    """An entry is about a member of the unit's staff, by whom it is called."""
    sealed: bool = False
    """The fields are sealed in the tables."""
    public: bool = False
    """Everybody may know what is published."""
    watched: bool = False
    """The clock hears of every change of an entry, by whatever way it came, and tells whoever
    asked to be told; see `storage.registers.write_entries`."""
    see: Right = RegisterRight.SEE
    edit: Right = RegisterRight.EDIT
    check: Callable[[Mapping[str, Any]], Sequence[Text]] = lambda _fields: ()
    """Says what keeps fields from being published, beyond required ones that are missing."""
    parts: tuple[Part, ...] = ()
    whole: Callable[["Entry", Mapping[str, Sequence["Entry"]]], Sequence[Lack]] = (
        lambda _entry, _parts: ()
    )
    """Says what an entry lacks beyond its own fields, given those of its parts that hold, by
    register; what is not whole is neither published nor shown, see `domain.wholes`."""

    @property
    def feature(self) -> str:
        """The feature that has it: where that is closed, so is this."""
        return self.name.partition(".")[0]

    def field(self, name: str) -> Field:
        """Give a field by its name.

        Raises:
            LookupError: there is none.
        """
        for one in self.fields:
            if one.name == name:
                return one
        raise LookupError(f"{self.name} has no field {name}")


@dataclass(frozen=True, kw_only=True)
class RegisterBook:
    """Registers that are written, filled in and taken over as one Excel file."""

    name: str
    """With the feature before it; no register is called so."""
    label: str
    registers: tuple[Register, ...]
    """Those first to which the fields of others refer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One entry of a register."""

    id: str
    register: str
    unit: str
    key: str
    """What tells it apart from the unit's others that have not ended, see `key_for`."""
    version: int = 1
    state: EntryState
    fields: Mapping[str, Any]
    person: str | None = None
    """The member of staff whom it is about."""
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    """The first moment at which it holds no longer."""
    changed_by: str
    changed_at: datetime
    is_sealed: bool = False

    @property
    def subject(self) -> Subject:
        """What files, slots and events of it are about."""
        return Subject(ENTRY, self.id)

    def holds(self, now: datetime) -> bool:
        """Tell whether it is published and within its term."""
        return (
            self.state is EntryState.PUBLISHED
            and (self.valid_from is None or self.valid_from <= now)
            and (self.valid_until is None or now < self.valid_until)
        )

    def get(self, name: str, default: Any = None) -> Any:
        """Give a field's value."""
        return self.fields.get(name, default)


def with_categories(register: Register, categories: Categories) -> Register:
    """Fill in the options of the fields that are the office's categories."""
    if all(one.catalogue is None for one in register.fields):
        return register

    def filled(field: Field) -> Field:
        if field.catalogue is None:
            return field
        options = tuple(
            FieldOption(one.code, category_name(one, one.code), (one.name_zh, one.name_en))
            for one in categories.of_kind(field.catalogue)
        )
        return replace(field, options=options)

    return replace(register, fields=tuple(filled(one) for one in register.fields))


# --- what an entry may be ------------------------------------------------------------------------


def plain_key(given: object) -> str:
    """Give a name as it is compared: without blanks and marks, in one width and case."""
    folded = unicodedata.normalize("NFKC", str(given)).casefold()
    return "".join(sign for sign in folded if sign.isalnum())


def key_for(register: Register, fields: Mapping[str, Any], person: str | None = None) -> str:
    """Give what tells an entry apart from others of its unit."""
    parts = [plain_key(fields.get(name, "")) for name in register.key]
    return "/".join([*([person or ""] if register.of_staff else []), *parts])[:_LONGEST_KEY]


#: Source: `storage.registers`, the width of the column.
_LONGEST_KEY = 200


def problems(register: Register, fields: Mapping[str, Any]) -> tuple[Text, ...]:
    """List what keeps fields from being published; nothing for what is complete."""
    missing = [
        text(one.label) for one in register.fields if one.required and not given(fields, one)
    ]
    lacks = [text("registers.lacks", fields=tuple(missing))] if missing else []
    return (*lacks, *register.check(fields))


def given(fields: Mapping[str, Any], field: Field) -> bool:
    """Tell whether a field has a value; 0 is one."""
    return fields.get(field.name) not in (None, "", [], ())


def cleaned(register: Register, values: Mapping[str, Any]) -> dict[str, Any]:
    """Choose the values that are the register's, and were given."""
    return {
        one.name: values[one.name]
        for one in register.fields
        if one.name in values and given(values, one)
    }


def ensure_publishable(register: Register, fields: Mapping[str, Any]) -> None:
    """Refuse to publish what is not complete.

    Raises:
        Refused: it says what is missing.
    """
    if lacking := problems(register, fields):
        raise Refused("registers.not_ready", lacking=lacking)


# --- what becomes of it --------------------------------------------------------------------------


def recorded(chain: Chain, act: Act, happening: str, before: Entry | None, after: Entry) -> Chain:
    """Append to an entry's file what happened to it, with every value that changed."""
    old = before.fields if before is not None else {}
    changed = {
        name: [old.get(name), after.fields.get(name)]
        for name in sorted({*old, *after.fields})
        if old.get(name) != after.fields.get(name)
    }
    if before is not None and _term(before) != _term(after):
        changed["term"] = [_term(before), _term(after)]
    return chain.record(act, happening, changed=changed or None, state=str(after.state))


def _term(entry: Entry) -> list[str | None]:
    return [one.isoformat() if one else None for one in (entry.valid_from, entry.valid_until)]


def changed(entry: Entry, act: Act, **fields: Any) -> Entry:
    """Give the next version of an entry."""
    return replace(entry, version=entry.version + 1, changed_by=act.by, changed_at=act.at, **fields)


# --- two who change it at once -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Merged:
    """What somebody typed, over what somebody else saved meanwhile."""

    values: Mapping[str, Any]
    theirs: tuple[str, ...]
    """The fields that the other one changed and this one did not."""
    both: tuple[str, ...]
    """The fields that both changed, to something else: this one's stands."""


def merged(base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> Merged:
    """Keep what was typed, and what was saved of the rest.

    Args:
        base: as it was before either of them.
    """
    names = sorted({*base, *mine, *theirs})
    by_me = {name for name in names if mine.get(name) != base.get(name)}
    by_them = {name for name in names if theirs.get(name) != base.get(name)}
    values = {name: mine.get(name) if name in by_me else theirs.get(name) for name in names}
    return Merged(
        values={name: value for name, value in values.items() if value is not None},
        theirs=tuple(sorted(by_them - by_me)),
        both=tuple(sorted(name for name in by_me & by_them if mine.get(name) != theirs.get(name))),
    )


# --- values --------------------------------------------------------------------------------------

_PHONE = re.compile(r"\+?[0-9][0-9 \-()转#*]{2,30}")
_BETWEEN = re.compile(r"[、，,;；/\n]+")


def read_value(field: Field, said: str, today: date) -> Any:
    """Read a value that was typed, or stands in a cell; the empty string is none (None).

    Raises:
        Refused: it is no value of the field; says what is.
    """
    said = unicodedata.normalize("NFC", said).replace("\x00", "").strip()
    return _READS[field.kind](field, said, today) if said else None


def _line(_field: Field, said: str, _today: date) -> str:
    return _short(" ".join(said.split()), LONGEST_LINE)


def _text(_field: Field, said: str, _today: date) -> str:
    return _short(said, LONGEST_TEXT)


def _short(said: str, longest: int) -> str:
    if not any(sign.isalnum() for sign in said):
        raise Refused("registers.needs_words")
    if len(said) > longest:
        raise Refused("registers.too_long", longest=longest, length=len(said))
    return said


def _phone(_field: Field, said: str, _today: date) -> str:
    numbers = [" ".join(one.split()) for one in _BETWEEN.split(_narrow(said)) if one.strip()]
    if not numbers or any(not _PHONE.fullmatch(one) for one in numbers):
        raise Refused("registers.phone")
    return _short("、".join(numbers), LONGEST_LINE)


def _narrow(said: str) -> str:
    return unicodedata.normalize("NFKC", said)


def _number(_field: Field, said: str, _today: date) -> int:
    number = read_number(said)
    if number is None:
        raise Refused("registers.number")
    if not 0 <= number <= LARGEST:
        raise Refused("registers.too_large", most=LARGEST)
    return number


_AMOUNT = re.compile(r"(\d{1,12})(?:\.(\d{1,4}))?")


def _amount(field: Field, said: str, today: date) -> str:
    plain = _narrow(said).replace(",", "").replace(" ", "")
    found = _AMOUNT.fullmatch(plain)
    amount = Decimal(plain) if found else Decimal(_number(field, said, today))
    if amount > LARGEST:
        raise Refused("registers.too_large", most=LARGEST)
    return f"{amount.normalize():f}"


def _day(_field: Field, said: str, today: date) -> str:
    day = read_day(said, today)
    if day is None:
        raise Refused("registers.day")
    return day.isoformat()


def _choice(field: Field, said: str, _today: date) -> str:
    wanted = plain_key(said)
    for one in field.options:
        if wanted in (plain_key(one.value), *(plain_key(word) for word in one.words)):
            return one.value
    raise Refused("registers.one_of", options=tuple(one.label for one in field.options))


def _several(field: Field, said: str, today: date) -> list[str]:
    chosen = {_choice(field, one, today) for one in _BETWEEN.split(said) if one.strip()}
    return [one.value for one in field.options if one.value in chosen]


_POINT = re.compile(r"([+-]?\d{1,3}(?:\.\d+)?)\s*[,，;； ]\s*([+-]?\d{1,3}(?:\.\d+)?)")


def _point(_field: Field, said: str, _today: date) -> dict[str, float]:
    found = _POINT.fullmatch(_narrow(said))
    if found is None:
        raise Refused("registers.point")
    latitude, longitude = float(found[1]), float(found[2])
    if not is_on_earth(latitude, longitude):
        raise Refused("registers.point")
    return {"lat": latitude, "lon": longitude}


def _entry(_field: Field, said: str, _today: date) -> str:
    return said


_READS: Mapping[FieldKind, Callable[[Field, str, date], Any]] = {
    FieldKind.LINE: _line,
    FieldKind.TEXT: _text,
    FieldKind.PHONE: _phone,
    FieldKind.NUMBER: _number,
    FieldKind.AMOUNT: _amount,
    FieldKind.DAY: _day,
    FieldKind.CHOICE: _choice,
    FieldKind.SEVERAL: _several,
    FieldKind.ENTRY: _entry,
    FieldKind.POINT: _point,
}


def shown(field: Field, value: Any, called: Mapping[str, Value] | None = None) -> Value:
    """Give a value as people read it; what was not given as the field says, else None.

    Args:
        called: what entries are called to which fields refer, by id.
    """
    if value in (None, "", [], ()):
        return text(field.blank) if field.blank else None
    if field.worded:
        return text(field.worded, value=_plainly(field, value, called))
    return _plainly(field, value, called)


def _plainly(field: Field, value: Any, called: Mapping[str, Value] | None) -> Value:
    match field.kind:
        case FieldKind.CHOICE:
            return _option_words(field, value)
        case FieldKind.SEVERAL:
            return tuple(_option_words(field, one) for one in value)
        case FieldKind.DAY:
            return date.fromisoformat(value)
        case FieldKind.POINT:
            return text("registers.point_shown", latitude=value["lat"], longitude=value["lon"])
        case FieldKind.ENTRY:
            return (called or {}).get(value) or text("registers.gone_entry")
        case _:
            found: Value = value
            return found


def _option_words(field: Field, value: object) -> Value:
    option = field.option(value)
    return option.label if option is not None else str(value)


def as_words(field: Field, value: Any) -> str:
    """Give what a value says, to be searched: strings and the words of options."""
    if field.kind in (FieldKind.CHOICE, FieldKind.SEVERAL):
        chosen = value if isinstance(value, list) else [value]
        return " ".join(
            word for one in chosen if (option := field.option(one)) for word in option.words
        )
    return value if isinstance(value, str) and field.kind is not FieldKind.ENTRY else ""


def found_by(
    register: Register, entries: Iterable[Entry], said: str, called: Mapping[str, str]
) -> list[Entry]:
    """Choose the entries in which every one of some words stands, the best names first.

    Args:
        called: more words for an entry, by its id, such as the name of its unit.
    """
    wanted = [plain_key(word) for word in said.split() if plain_key(word)]
    found = []
    for entry in entries:
        words = [as_words(one, entry.get(one.name)) for one in register.fields]
        name = plain_key(called.get(entry.id, ""))
        hay = plain_key(" ".join(words)) + name
        if wanted and all(word in hay for word in wanted):
            found.append((sum(word not in name for word in wanted), entry))
    return [entry for _, entry in sorted(found, key=lambda one: (one[0], one[1].key))]
