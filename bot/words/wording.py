"""The words of Linli: what `domain.messages` names by key becomes a sentence in one language.

``services.filed`` is the message ``filed`` of ``locales/<language>/LC_MESSAGES/services.po``. A
catalogue is read when its first wording is needed and kept. The result is plain text: markup never
stands in a wording, so a channel escapes the whole of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from gettext import c2py
from pathlib import Path
from string import Formatter
from zoneinfo import ZoneInfo

import structlog
from babel import Locale
from babel.messages.pofile import read_po

from domain.messages import Card, Line, Message, Text, Value, text
from domain.people import Language

#: Where the catalogues lie.
LOCALES = Path(__file__).resolve().parents[2] / "locales"
#: What people's clocks show, everywhere in the country.
LOCAL_TIME = ZoneInfo("Asia/Shanghai")

#: The field that selects the plural form.
_COUNT = "count"
_UNKNOWN = "…"
#: Laws and settings count years; a span of whole ones is told as such.
_YEAR_DAYS = 365
log = structlog.get_logger(__name__)


class MissingWordingError(LookupError):
    """Raised by a strict `Wording` for a key or a field that is not there."""


@dataclass(frozen=True, slots=True)
class _Phrase:
    """One wording, ready to be filled; `forms` are its plural forms, usually just one."""

    forms: tuple[str, ...]
    names: frozenset[str]
    plural: Callable[[int], int]
    fixed: str | None
    """The whole sentence, where there is nothing to fill in."""

    def form(self, count: Value) -> str:
        if len(self.forms) == 1:
            return self.forms[0]
        chosen = self.plural(abs(int(count))) if isinstance(count, int | float) else -1
        return self.forms[chosen]


class Wording:
    """One language's words for everything that is said.

    Args:
        locales: the folder that holds a folder per language.
        zone: whose clocks are meant.
        strict: raise `MissingWordingError` instead of falling back to Chinese, and from there to
            a neutral sentence and an entry in the log.
    """

    def __init__(
        self,
        language: Language,
        locales: Path = LOCALES,
        *,
        zone: ZoneInfo = LOCAL_TIME,
        strict: bool = False,
    ) -> None:
        self.language = language
        self._locales = locales
        self._zone = zone
        self._strict = strict
        # A closing bracket of full width brings its own space; names of units often end in one.
        self._tight = language is Language.CHINESE
        self._phrases: dict[str, _Phrase] = {}
        names = Locale.parse(language)
        self._weekdays = dict(names.days["format"]["abbreviated"])
        self._months = dict(names.months["format"]["abbreviated"])

    def text(self, wording: Text, now: datetime | None = None) -> str:
        """Say a text; with `now`, the moment at which it is said, days close to it are called so.

        The date stands there all the same: what is said stays, and is read on other days.
        """
        phrase = self._phrases.get(wording.key) or self._find(wording.key)
        if phrase.fixed is not None:
            return phrase.fixed
        fields = wording.fields
        filled = {
            name: self.value(fields[name], now) if name in fields else self._without(wording, name)
            for name in phrase.names
        }
        said = phrase.form(fields.get(_COUNT)).format_map(filled)
        return said.replace("） ", "）") if self._tight else said

    def value(self, value: Value, now: datetime | None = None) -> str:
        """Show a field: moments in local time, spans in their two largest units, None as nothing.

        Raises:
            ValueError: a moment bears no time zone.
        """
        if isinstance(value, str):
            return value
        if value is None:
            return ""
        if isinstance(value, bool):
            return self._own("yes" if value else "no")
        if isinstance(value, int):
            return str(value)
        if isinstance(value, float):
            return f"{value:.2f}".rstrip("0").rstrip(".")
        if isinstance(value, Text):
            return self.text(value, now)
        if isinstance(value, datetime):
            return self._moment(value, now)
        if isinstance(value, date):
            return self._day(value, now)
        if isinstance(value, timedelta):
            return self._span(value)
        shown = (self.value(part, now) for part in value)
        return self._own("join").join(part for part in shown if part)

    def line(self, line: Line, now: datetime | None = None) -> str:
        """Say a card's line as ``label: value``."""
        label, value = self.text(line.label, now), self.value(line.value, now)
        return self._own("line", label=label, value=value)

    def plain(self, message: Message, now: datetime | None = None) -> str:
        """Say all texts and cards of a message; its buttons are left to the channel."""
        return "\n\n".join(self._block(block, now) for block in message.blocks)

    def _block(self, block: Text | Card, now: datetime | None) -> str:
        if isinstance(block, Text):
            return self.text(block, now)
        lines = [self.line(line, now) for line in block.lines]
        return "\n".join([self.text(block.title, now), *lines])

    # Time

    def _moment(self, moment: datetime, now: datetime | None) -> str:
        if moment.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        local = moment.astimezone(self._zone)
        near = self._near(local.date(), now)
        pattern = "moment_near" if near else "moment"
        day = near or self._day(local.date(), now)
        return self._own(pattern, day=day, clock=f"{local:%H:%M}")

    def _day(self, day: date, now: datetime | None) -> str:
        if near := self._near(day, now):
            return near
        this_year = now is None or now.astimezone(self._zone).year == day.year
        return self._own(
            "day" if this_year else "day_of_year",
            year=day.year,
            month=self._months[day.month],
            day=day.day,
            weekday=self._weekdays[day.weekday()],
        )

    def _near(self, day: date, now: datetime | None) -> str | None:
        if now is None:
            return None
        away = (day - now.astimezone(self._zone).date()).days
        word = {0: "today", 1: "tomorrow", -1: "yesterday"}.get(away)
        if word is None:
            return None
        return self._own("near", word=self._own(word), month=self._months[day.month], day=day.day)

    def _span(self, span: timedelta) -> str:
        minutes = int(abs(span).total_seconds() // 60)
        days, minutes = divmod(minutes, 24 * 60)
        hours, minutes = divmod(minutes, 60)
        years, over = divmod(days, _YEAR_DAYS)
        if years and not over and not hours:
            return self._own("years", count=years)
        if days and hours:
            return self._own(
                "two_spans", first=_counted("days", days), second=_counted("hours", hours)
            )
        if days:
            return self._own("days", count=days)
        if hours and minutes:
            return self._own("hours_and_minutes", hours=hours, minutes=minutes)
        if hours:
            return self._own("hours", count=hours)
        return self._own("minutes", count=minutes) if minutes else self._own("under_a_minute")

    def _own(self, name: str, **fields: Value) -> str:
        return self.text(Text(f"channels.{name}", fields))

    # Finding

    def _find(self, key: str) -> _Phrase:
        phrase = self._lookup(self.language, key)
        if phrase is None:
            if self._strict:
                raise MissingWordingError(f"{key} has no {self.language} wording")
            log.error("wording.missing", key=key, language=self.language.value)
            phrase = (
                self._lookup(Language.CHINESE, key)
                or self._lookup(self.language, "channels.missing")
                or _compiled((_UNKNOWN,))
            )
        self._phrases[key] = phrase
        return phrase

    def _lookup(self, language: Language, key: str) -> _Phrase | None:
        domain, _, name = key.partition(".")
        return read_catalogue(self._locales, language, domain).get(name)

    def _without(self, wording: Text, name: str) -> str:
        if self._strict:
            raise MissingWordingError(f"{wording.key} was said without its field {name}")
        log.error("wording.field_missing", key=wording.key, field=name)
        return _UNKNOWN


@lru_cache
def wording_for(
    language: Language,
    locales: Path = LOCALES,
    *,
    zone: ZoneInfo = LOCAL_TIME,
    strict: bool = False,
) -> Wording:
    """Give the one `Wording` of a language, see there."""
    return Wording(language, locales, zone=zone, strict=strict)


@lru_cache
def read_catalogue(locales: Path, language: Language, domain: str) -> Mapping[str, _Phrase]:
    """Read the wordings of one domain by name; none where there is no such catalogue.

    Raises:
        ValueError: a wording cannot be filled, for the sake of a stray brace for example.
    """
    path = locales / language / "LC_MESSAGES" / f"{domain}.po"
    if not path.is_file():
        return {}
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language, domain=domain, abort_invalid=True)
    plural = c2py(catalogue.plural_expr)
    phrases = {}
    for message in catalogue:
        name = message.id if isinstance(message.id, str) else message.id[0]
        said = message.string or ""
        forms = (said,) if isinstance(said, str) else tuple(said)
        if name and all(forms) and not message.fuzzy:
            phrases[name] = _compiled(forms, plural, f"{domain}.{name}")
    return phrases


def _compiled(
    forms: tuple[str, ...], plural: Callable[[int], int] = lambda count: 0, key: str = ""
) -> _Phrase:
    names: set[str] = set()
    for form in forms:
        for _, name, layout, conversion in Formatter().parse(form):
            if name is None:
                continue
            if not name.isidentifier() or layout or conversion:
                raise ValueError(f"{key}: {{{name}}} is no plain placeholder")
            names.add(name)
    fixed = forms[0].format() if not names and len(forms) == 1 else None
    return _Phrase(forms, frozenset(names), plural, fixed)


def _counted(unit: str, count: int) -> Text:
    return text(f"channels.{unit}", count=count)
