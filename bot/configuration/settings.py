"""Configuration: two files, the environment over them, and everything wrong told at once.

``config.toml`` in the working directory, or the file that ``LINLI_CONFIG`` names; then
``secrets.toml`` beside it, for the keys that are a ``SecretStr`` here and for no others; then
variables ``LINLI_`` + the path of a key with ``__``, such as ``LINLI_WEB__PORT``. Lists and tables
are JSON there. Without any, Linli serves the demonstration street. Every key is explained in the
``config.toml`` beside this package.
"""

import difflib
import ipaddress
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin
from urllib.parse import SplitResult, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    IPvAnyAddress,
    SecretStr,
    ValidationError,
)
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from bot.channels.telegram.network import Network, proxy_address
from bot.configuration.rules import (
    Count,
    Days,
    Limits,
    RuleBook,
    RuleChange,
    Rules,
    Table,
    beyond_limits,
)
from bot.configuration.secrets_file import SECRETS_FILE, read_secrets, value_at
from bot.words.wording import LOCAL_TIME
from domain.categories import Catalogue, Kind, catalogue_from
from domain.working_time import QuietHours, WorkCalendar, WorkCalendarError, calendar_from

PREFIX = "LINLI_"
#: Variables that are read elsewhere and are no settings.
_NO_SETTINGS = frozenset({"LINLI_CONFIG"})
_NO_SETTINGS_PREFIX = "LINLI_TEST_"
FILE = "config.toml"
#: Keys that hold paths; a relative one counts from where it is written.
_PATHS = (("data_dir",), ("secrets", "key_file"), ("work", "holidays_file"))

DATABASES = ("sqlite+aiosqlite", "postgresql+asyncpg")
#: Source: Bot API, setWebhook: "Ports currently supported for webhooks".
WEBHOOK_PORTS = frozenset({443, 80, 88, 8443})


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to correct: the key as the file spells it, and what to do."""

    key: str
    message: str

    def __str__(self) -> str:
        return f"{self.key}: {self.message}"


class ConfigurationError(Exception):
    """Raised where Linli cannot start as it is configured; ``problems`` names everything."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems), key=lambda problem: (problem.key, problem.message))
        super().__init__("\n".join(map(str, self.problems)))


# --- what a value may be --------------------------------------------------------------------------


def _clock(value: object) -> object:
    """Read "08:30"; a plain number would be taken for seconds."""
    if isinstance(value, time):
        return value
    refusal = ValueError('must be a time of day in quotes, such as "08:30"')
    if not isinstance(value, str):
        raise refusal
    try:
        return time.fromisoformat(value)
    except ValueError:
        raise refusal from None


def _span(value: object) -> object:
    """Read "08:00-12:00"; an end of 24:00 is the end of the day."""
    if not isinstance(value, str) or value.count("-") != 1:
        raise ValueError('must be a span of time in quotes, such as "08:00-12:00"')
    start, end = (part.strip() for part in value.split("-"))
    return _clock(start), _clock("00:00" if end == "24:00" else end)


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


def _driver(value: object) -> object:
    return "python-telegram-bot" if value == "ptb" else value


def _token(value: SecretStr) -> SecretStr:
    number, _, secret = value.get_secret_value().partition(":")
    if value and not (number.isascii() and number.isdigit() and secret.isprintable() and secret):
        raise ValueError("must be the bot's token as BotFather gave it: digits, a colon, letters")
    return value


def _webhook_secret(value: SecretStr) -> SecretStr:
    secret = value.get_secret_value()
    fits = 16 <= len(secret) <= 256 and all(
        c.isascii() and (c.isalnum() or c in "_-") for c in secret
    )
    if secret and not fits:
        raise ValueError("must be 16 to 256 of A-Z, a-z, 0-9, _ and -")
    return value


def _proxy(value: SecretStr) -> SecretStr:
    """Check a proxy's address; it may hold a password, so nothing of it is told."""
    return SecretStr(proxy_address(given)) if (given := value.get_secret_value()) else value


def _database_url(value: SecretStr) -> SecretStr:
    url = value.get_secret_value()
    if url and url.partition("://")[0] not in DATABASES:
        known = " or ".join(f"{driver}://" for driver in DATABASES)
        raise ValueError(f"must begin with {known}")
    return value


def _address(value: str) -> str:
    """Check an absolute http or https address; a slash at its end is dropped."""
    value = value.rstrip("/")
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        parts = SplitResult("", "", "", "", "")
    if value and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise ValueError("must be an absolute address, such as https://linli.example.org")
    if parts.query or parts.fragment or parts.username:
        raise ValueError("must be an address without user name, ? and #")
    return value


Clock = Annotated[time, BeforeValidator(_clock)]
Span = Annotated[tuple[time, time], BeforeValidator(_span)]
OptionalPath = Annotated[Path | None, BeforeValidator(_none_if_empty)]
Address = Annotated[str, AfterValidator(_address)]
Token = Annotated[SecretStr, AfterValidator(_token)]
Driver = Annotated[Literal["aiogram", "python-telegram-bot"], BeforeValidator(_driver)]
Port = Annotated[Count, Field(le=65535)]
PhoneNumber = Annotated[str, Field(pattern=r"^$|^\+?[0-9][0-9 \-]{1,24}$")]
Rate = Annotated[float, Field(gt=0, le=10_000)]


class Duty(StrEnum):
    """What a process does; one does all of it, or several share it on PostgreSQL."""

    WEB = "web"
    """Serve the pages, and Telegram where it calls; take uploads in."""
    WORKER = "worker"
    """Handle what has arrived, and fetch pictures and voices."""
    SENDER = "sender"
    """Send over Telegram, and ask it for updates where it does not call."""
    SCHEDULER = "scheduler"
    """Do what is due: reminders, climbs, digests, housekeeping."""


class Weekday(StrEnum):
    """A day of the week, as the file spells it."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"

    @property
    def number(self) -> int:
        """Count from Monday, 0, as `date.weekday` does."""
        return list(Weekday).index(self)


# --- the tables -----------------------------------------------------------------------------------


class DatabaseTable(Table):
    """Where the tables are."""

    url: Annotated[SecretStr, AfterValidator(_database_url)] = SecretStr("")
    """Empty: an SQLite file in the data directory."""


class WebTable(Table):
    """The web chat and everything else that is served over HTTP."""

    host: str = "127.0.0.1"
    port: Port = 8080
    public_url: Address = ""
    proxies: tuple[IPvAnyAddress, ...] = (
        ipaddress.IPv4Address("127.0.0.1"),
        ipaddress.IPv6Address("::1"),
    )
    photo_max_bytes: Count = 20_971_520
    voice_max_bytes: Count = 10_485_760
    pages_max: Count = 4_000
    uploads_max_bytes: Count = 2_147_483_648
    disk_free_min_bytes: Annotated[int, Field(ge=0)] = 1_073_741_824


class MetricsTable(Table):
    """What Prometheus may see at ``/metrics``."""

    token: Annotated[SecretStr, AfterValidator(_webhook_secret)] = SecretStr("")
    port: Annotated[int, Field(ge=0, le=65_535)] = 0


class LogTable(Table):
    """How the log is written."""

    format: Literal["auto", "words", "json"] = "auto"


class SecretsTable(Table):
    """Where the keys are that open sealed columns."""

    key_file: OptionalPath = None


class BotTable(Table):
    """One Telegram bot; without a token it is not served."""

    token: Token = SecretStr("")
    driver: Driver = "aiogram"


class BudgetTable(Table):
    """What Telegram lets one bot send. Source: Bot API FAQ, "broadcasting to users"."""

    per_bot_per_second: Rate = 30.0
    per_chat_per_second: Rate = 1.0
    per_group_per_minute: Rate = 20.0


class StaffBotTable(BotTable):
    """The staff's bot: its own driver, so that a fault of one leaves the other bot alive."""

    driver: Driver = "python-telegram-bot"


class TelegramTable(Table):
    """The two Telegram bots."""

    api_base: Address = "https://api.telegram.org"
    proxy: Annotated[SecretStr, AfterValidator(_proxy)] = SecretStr("")
    ca_file: OptionalPath = None
    files_dir: OptionalPath = None
    """Where a Bot API server on this machine keeps what it fetched."""
    mode: Literal["polling", "webhook"] = "polling"
    webhook_secret: Annotated[SecretStr, AfterValidator(_webhook_secret)] = SecretStr("")
    personal_data: Literal["full", "minimal"] = "full"
    poll_seconds: Annotated[Count, Field(le=50)] = 30
    poll_batch: Annotated[Count, Field(le=100)] = 100
    budget: BudgetTable = BudgetTable()
    residents: BotTable = BotTable()
    staff: StaffBotTable = StaffBotTable()


class FloodTable(Table):
    """What one Telegram chat may send before it is asked to pause."""

    burst: Count = 30
    per_second: Rate = 1.0
    quiet_seconds: Rate = 10.0
    held_max: Annotated[Count, Field(le=1000)] = 100
    """Telegram lets a hundred messages be forwarded at once."""


class IntakeTable(Table):
    """How what arrives is handled."""

    batch_max: Annotated[Count, Field(le=1000)] = 200
    flood: FloodTable = FloodTable()


class SenderTable(Table):
    """How what is said is sent."""

    in_flight_max: Annotated[Count, Field(le=1000)] = 20
    tries_max: Count = 8
    timeout_seconds: Rate = 30.0
    retry_first_seconds: Rate = 2.0
    retry_longest_seconds: Rate = 600.0


class WorkTable(Table):
    """When the office works."""

    hours: tuple[Span, ...] = ((time(8), time(12)), (time(14), time(18)))
    holidays_file: OptionalPath = None
    """A file of the office's own; a year in it replaces the year that Linli brings along."""


class QuietTable(Table):
    """When nobody is disturbed, emergencies excepted."""

    start: Clock = time(21)
    end: Clock = time(8)


class WeeklyTable(Table):
    """A moment in each week, for secretaries and leaders."""

    weekday: Weekday = Weekday.MONDAY
    time: Clock = time(8, 30)


class ResidentsWeeklyTable(WeeklyTable):
    """A moment in each week, for residents."""

    time: Clock = time(10)


class DigestsTable(Table):
    """When the week is summed up."""

    staff: WeeklyTable = WeeklyTable()
    residents: ResidentsWeeklyTable = ResidentsWeeklyTable()


class ContactsTable(Table):
    """Whom a resident can call; an empty number is not shown."""

    office_phone: PhoneNumber = "12345"
    conduct_phone: PhoneNumber = ""
    """The discipline working committee of this sub-district."""
    conduct_upper_phone: PhoneNumber = "12388"
    """The level above it, for those who do not want to be heard by this office."""


class LegalHoldTable(Table):
    """A class of records that a law keeps after its resident wants it erased (PIPL 47)."""

    kind: Kind
    after_closing_days: Annotated[Count, Field(le=36_600)]
    source: Annotated[str, Field(min_length=1, max_length=200)]


class PrivacyTable(Table):
    """What the privacy notice promises."""

    notice_version: Count = 1
    retention_days: Days = 1095
    legal_holds: tuple[LegalHoldTable, ...] = ()


def read_default(name: str) -> dict[str, Any]:
    """Read a TOML file that Linli brings along in ``bot/configuration/defaults/``."""
    file = resources.files("bot.configuration").joinpath("defaults", name)
    return tomllib.loads(file.read_text(encoding="utf-8"))


class Settings(BaseSettings):
    """The whole configuration, checked; secrets do not show in its repr."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        env_prefix=PREFIX,
        env_nested_delimiter="__",
    )

    demo: bool = True
    data_dir: Path = Path("data")
    database: DatabaseTable = DatabaseTable()
    web: WebTable = WebTable()
    secrets: SecretsTable = SecretsTable()
    metrics: MetricsTable = MetricsTable()
    log: LogTable = LogTable()
    telegram: TelegramTable = TelegramTable()
    intake: IntakeTable = IntakeTable()
    sender: SenderTable = SenderTable()
    work: WorkTable = WorkTable()
    quiet: QuietTable = QuietTable()
    digests: DigestsTable = DigestsTable()
    contacts: ContactsTable = ContactsTable()
    privacy: PrivacyTable = PrivacyTable()
    rules: Rules
    rule_changes: tuple[RuleChange, ...] = ()
    limits: Limits

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *_others: PydanticBaseSettingsSource,
        **_more: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what `load` has read and nothing else."""
        return (init_settings,)

    @property
    def database_url(self) -> str:
        """The address of the database; the demonstration has one of its own."""
        given = self.database.url.get_secret_value()
        name = "demo.db" if self.demo else "linli.db"
        return given or f"sqlite+aiosqlite:///{self.data_dir / name}"

    @property
    def on_sqlite(self) -> bool:
        """Whether the database is a file, which takes one process."""
        return self.database_url.startswith("sqlite")

    @property
    def key_path(self) -> Path:
        """The key file; the demonstration keeps one with its data, which protect nobody."""
        return self.secrets.key_file or self.data_dir / "demo.key"

    @property
    def public_url(self) -> str:
        """The address that posters and links begin with, without a slash at its end."""
        host = f"[{self.web.host}]" if ":" in self.web.host else self.web.host
        return self.web.public_url or f"http://{host}:{self.web.port}"

    @property
    def quiet_hours(self) -> QuietHours:
        """The part of a day in which nobody is disturbed."""
        return QuietHours(start=self.quiet.start, end=self.quiet.end)


# --- reading --------------------------------------------------------------------------------------


def load(environ: Mapping[str, str], cwd: Path, *, with_secrets: bool = True) -> Settings:
    """Read the configuration.

    Args:
        environ: the environment.
        cwd: where ``config.toml`` is looked for and relative paths begin; those written in a file
            begin at that file.
        with_secrets: whether ``secrets.toml`` is read; not where the other file alone is judged.

    Raises:
        ConfigurationError: with every problem of the files and of the environment.
    """
    problems: list[Problem] = []
    given, base = _file(environ, cwd, problems)
    secret = _secrets(base, problems) if with_secrets else {}
    over = _environment(environ, problems)
    _anchor(given, base)
    _anchor(over, cwd)
    given.setdefault("data_dir", base / "data")
    local = _merged(_merged(given, secret), over)
    _drop_sources(local)
    raw = _merged(read_default("rules.toml"), local)
    settings = _validated(raw, problems)
    if settings is not None:
        known = {problem.key for problem in problems}
        problems += [one for one in _cross_checks(settings) if one.key not in known]
    if problems or settings is None:
        raise ConfigurationError(problems)
    return settings


def _file(
    environ: Mapping[str, str], cwd: Path, problems: list[Problem]
) -> tuple[dict[str, Any], Path]:
    """Read the file, if there is one, and give the directory where its paths begin."""
    named = environ.get("LINLI_CONFIG")
    path = cwd / (named or FILE)
    if not named and not path.exists():
        return {}, cwd
    try:
        return tomllib.loads(path.read_text(encoding="utf-8")), path.parent
    except OSError as error:
        reason = error.strerror or type(error).__name__
        problems.append(Problem("LINLI_CONFIG", f"{path} cannot be read: {reason}"))
    except UnicodeDecodeError:
        problems.append(Problem(str(path), "must be saved as UTF-8"))
    except tomllib.TOMLDecodeError as error:
        problems.append(Problem(str(path), f"is no TOML: {error}"))
    return {}, path.parent


def _secrets(base: Path, problems: list[Problem]) -> dict[str, Any]:
    """Read the file for secrets, if there is one beside the configuration."""
    tables, wrong = read_secrets(base / SECRETS_FILE, frozenset(secret_keys()), frozenset(keys()))
    problems += [Problem(key, sentence) for key, sentence in wrong]
    return tables


@dataclass(frozen=True, slots=True)
class SecretPlaces:
    """Where secret keys stand, as paths with dots; what they hold is not told."""

    config: Path
    """The configuration, whether it is there or not."""
    file: Path
    """The file for secrets, whether it is there or not."""
    in_config: tuple[str, ...]
    """Those that the configuration holds, which repository and image may take."""
    overridden: tuple[str, ...]
    """Those of the file for which the environment has something else, if only nothing."""


def secret_places(environ: Mapping[str, str], cwd: Path) -> SecretPlaces:
    """Tell where secrets stand; arguments as for `load`, which has found nothing wrong."""
    given, base = _file(environ, cwd, [])
    secret, over = _secrets(base, []), _environment(environ, [])
    return SecretPlaces(
        config=cwd / (environ.get("LINLI_CONFIG") or FILE),
        file=base / SECRETS_FILE,
        in_config=tuple(key for key in secret_keys() if value_at(given, key)),
        overridden=tuple(
            key
            for key in secret_keys()
            if value_at(secret, key) and value_at(over, key) not in (None, value_at(secret, key))
        ),
    )


class _Environment(EnvSettingsSource):
    """Variables from a mapping; JSON that cannot be read is left for the check of its key."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        super().__init__(Settings)
        self.env_vars = {name.lower(): value for name, value in environ.items()}

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        """Read JSON."""
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return value


def _environment(environ: Mapping[str, str], problems: list[Problem]) -> dict[str, Any]:
    ours = {
        name: value
        for name, value in environ.items()
        if name.startswith(PREFIX)
        and name not in _NO_SETTINGS
        and not name.startswith(_NO_SETTINGS_PREFIX)
    }
    for name in ours:
        key, *_ = name.removeprefix(PREFIX).lower().split("__")
        if key not in Settings.model_fields:
            problems.append(Problem(name, _unknown(key, Settings.model_fields)))
    return _Environment(ours)()


def _anchor(tables: dict[str, Any], base: Path) -> None:
    for *path, key in _PATHS:
        table: Any = tables
        for name in path:
            table = table.get(name) if isinstance(table, dict) else None
        if isinstance(table, dict) and isinstance(table.get(key), str) and table[key]:
            table[key] = base / Path(table[key]).expanduser()


def _merged(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(lower)
    for key, value in upper.items():
        below = merged.get(key)
        both = isinstance(below, dict) and isinstance(value, dict)
        merged[key] = _merged(below, value) if both and isinstance(below, dict) else value
    return merged


def _drop_sources(local: Mapping[str, Any]) -> None:
    """A rule that the office changed no longer comes from the source of the default."""
    rules = local.get("rules")
    for table in rules.values() if isinstance(rules, dict) else ():
        if isinstance(table, dict):
            table.setdefault("source", "")


def _validated(raw: dict[str, Any], problems: list[Problem]) -> Settings | None:
    """Check every key; those that are wrong are noted and left at their default.

    So the checks that look at several keys can still be made, and are told in the same breath.
    """
    for _ in range(3):
        try:
            return Settings(**raw)
        except ValidationError as error:
            for wrong in error.errors(include_url=False, include_input=False):
                problems.append(Problem(_key(wrong["loc"]), _sentence(wrong)))
                _restore(raw, wrong["loc"])
    return None


def _restore(raw: dict[str, Any], place: tuple[int | str, ...]) -> None:
    """Put a wrong value back to its default, or out where there is none."""
    default: Any = read_default("rules.toml")
    table: Any = raw
    for depth, name in enumerate(place):
        default = default.get(name) if isinstance(default, dict) else None
        is_last = depth == len(place) - 1 or not isinstance(table.get(name), dict)
        if is_last:
            table.pop(name, None)
            if default is not None:
                table[name] = default
            return
        table = table[name]


def _key(place: Sequence[int | str]) -> str:
    """Spell a place as TOML does: ``rule_changes[1].source`` is the first of its tables."""
    key = ""
    for part in place:
        if isinstance(part, int):
            key += f"[{part + 1}]"
        elif part != "[key]":
            key += f".{part}" if key else part
    return key


def _sentence(wrong: Mapping[str, Any]) -> str:
    """Say what to do about one refusal of pydantic."""
    context: Mapping[str, Any] = wrong.get("ctx", {})
    kind = wrong["type"]
    match kind:
        case "extra_forbidden":
            return _unknown(str(wrong["loc"][-1]), _fields_of(wrong["loc"][:-1]))
        case "value_error":
            return str(context["error"])
        case "missing":
            return "is missing: add it"
        case "literal_error" | "enum":
            return f"must be {context['expected'].replace(chr(39), chr(34))}"
        case "greater_than":
            return f"must be more than {context['gt']:g}"
        case "greater_than_equal":
            return f"must be {context['ge']:g} or more"
        case "less_than":
            return f"must be less than {context['lt']:g}"
        case "less_than_equal":
            return f"must be {context['le']:g} or less"
        case "string_pattern_mismatch":
            return 'must be a telephone number in quotes, such as "0371-1234567"'
        case "string_too_short":
            return "must not be empty"
    for beginning, sentence in _SENTENCES.items():
        if kind.startswith(beginning):
            return sentence
    return f"cannot be used; {FILE} shows what it may be"


_SENTENCES: Mapping[str, str] = {
    "int": "must be a whole number",
    "float": "must be a number",
    "bool": "must be true or false",
    "string": "must be text in quotes",
    "path": "must be a path in quotes",
    "date": "must be a day, such as 2026-01-31",
    "time": 'must be a time of day in quotes, such as "08:30"',
    "model": "must be a table of keys",
    "dict": "must be a table of keys",
    "mapping": "must be a table of keys",
    "tuple": "must be a list in square brackets",
    "list": "must be a list in square brackets",
    "too_short": "has too few entries",
    "too_long": "has too many entries",
}


def _unknown(key: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(key.lower(), list(known), n=1)
    return f"is not a setting; did you mean {near[0]}?" if near else "is not a setting: remove it"


def _fields_of(place: Sequence[int | str]) -> Iterable[str]:
    """Name the keys that a table may have."""
    model: Any = Settings
    for part in place:
        if isinstance(part, int):
            model = get_args(model)[0]
        elif isinstance(model, type) and issubclass(model, BaseModel):
            model = model.model_fields[part].annotation
    if isinstance(model, type) and get_origin(model) is None and issubclass(model, BaseModel):
        return model.model_fields
    return ()


def keys() -> Iterator[str]:
    """List the path of every key that the file may hold, in its order."""
    return (path for path, _ in _declared(Settings, ""))


def secret_keys() -> Iterator[str]:
    """List the path of every key that is declared as secret, in the order of the file."""
    return (path for path, kind in _declared(Settings, "") if kind is SecretStr)


def _declared(model: type[BaseModel], place: str) -> Iterator[tuple[str, Any]]:
    for name, field in model.model_fields.items():
        path = f"{place}.{name}" if place else name
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _declared(inner, path)
        else:
            yield path, inner


# --- checks that look at several keys -------------------------------------------------------------


def _cross_checks(settings: Settings) -> Iterator[Problem]:
    yield from _demonstration(settings) if settings.demo else _operation(settings)
    yield from _telegram(settings)
    yield from _times(settings)
    yield from _rule_changes(settings)


def _demonstration(settings: Settings) -> Iterator[Problem]:
    if not is_loopback(settings.web.host):
        yield Problem(
            "web.host",
            'the demonstration is for this machine alone: use "127.0.0.1", or set demo = false',
        )


def _operation(settings: Settings) -> Iterator[Problem]:
    url = urlsplit(settings.web.public_url)
    if not settings.web.public_url:
        yield Problem("web.public_url", "is needed: the https address at which residents come in")
    elif url.scheme != "https" and not is_loopback(url.hostname or ""):
        yield Problem("web.public_url", "must begin with https://, because people tell us things")
    if settings.secrets.key_file is None:
        yield Problem("secrets.key_file", "is needed: run `linli init`, which makes one")
    elif settings.secrets.key_file.resolve().is_relative_to(settings.data_dir.resolve()):
        yield Problem(
            "secrets.key_file",
            "must lie outside data_dir: a backup of the data must not hold the key to them",
        )


def _telegram(settings: Settings) -> Iterator[Problem]:
    telegram = settings.telegram
    tokens = [telegram.residents.token, telegram.staff.token]
    if tokens[0] and tokens[0] == tokens[1]:
        yield Problem("telegram.staff.token", "must be another bot than telegram.residents.token")
    base = urlsplit(telegram.api_base)
    if not base.hostname:
        yield Problem("telegram.api_base", "must be an address, such as https://api.telegram.org")
    elif base.scheme != "https" and not _is_near(base.hostname):
        yield Problem(
            "telegram.api_base",
            "must begin with https:// outside your own network, because tokens travel in it",
        )
    yield from _way_to_telegram(telegram)
    if telegram.mode == "polling" or not any(tokens):
        return
    if not telegram.webhook_secret:
        yield Problem("telegram.webhook_secret", 'is needed with telegram.mode = "webhook"')
    url = urlsplit(settings.public_url)
    if not is_loopback(url.hostname or "") and (
        url.scheme != "https" or (url.port or 443) not in WEBHOOK_PORTS
    ):
        yield Problem(
            "web.public_url",
            "must begin with https:// and use port 443, 80, 88 or 8443, or Telegram calls nobody",
        )


def _way_to_telegram(telegram: TelegramTable) -> Iterator[Problem]:
    if telegram.ca_file is not None:
        try:
            Network(ca_file=telegram.ca_file).trust()
        except (OSError, ValueError):
            yield Problem("telegram.ca_file", "must be a file of certificates in PEM form")
    if telegram.files_dir is not None and not telegram.files_dir.is_dir():
        yield Problem(
            "telegram.files_dir",
            "must be the folder in which a Bot API server on this machine keeps its files",
        )


def _times(settings: Settings) -> Iterator[Problem]:
    if settings.quiet.start == settings.quiet.end:
        yield Problem("quiet.end", "must differ from quiet.start")
    if settings.sender.retry_first_seconds > settings.sender.retry_longest_seconds:
        yield Problem(
            "sender.retry_longest_seconds", "must not be less than sender.retry_first_seconds"
        )
    try:
        work_calendar(settings)
    except ConfigurationError as error:
        yield from error.problems


def _rule_changes(settings: Settings) -> Iterator[Problem]:
    named = {code for change in settings.rule_changes for code in change.communities}
    book = rule_book(settings)
    for number, change in enumerate(settings.rule_changes, 1):
        place = f"rule_changes[{number}]"
        for name, key, sentence in beyond_limits(change, settings.limits):
            yield Problem(f"{place}.rules.{name}.{key}", sentence)
        concerned: list[str | None] = [*sorted(change.communities or named)]
        for community in concerned or [None]:
            yield from _misfits(book, change, community, place)
    for name, limits in settings.limits.items():
        table = Rules.model_fields.get(name)
        for key, (lowest, highest) in limits.items():
            if table is None or key not in _fields_of(("rules", name)):
                yield Problem(f"limits.{name}.{key}", f"there is no rule {name}.{key}: remove it")
            elif lowest > highest:
                yield Problem(f"limits.{name}.{key}", "must be [lowest, highest]")


def _misfits(
    book: RuleBook, change: RuleChange, community: str | None, place: str
) -> Iterator[Problem]:
    try:
        book.on(change.in_force_from, community)
    except ValidationError as error:
        for wrong in error.errors(include_url=False, include_input=False):
            wrong["loc"] = ("rules", *wrong["loc"])
            yield Problem(f"{place}.{_key(wrong['loc'])}", _sentence(wrong))


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address is this machine, as far as the name alone says."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_near(host: str) -> bool:
    """Tell whether a host is in the own network: private, or a name without a dot."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".internal", ".local", ".localhost"))


def database_problem(*, demo: bool, marked: bool, empty: bool) -> Problem | None:
    """Refuse to show a demonstration on real cases, and to work on fictional ones.

    Args:
        demo: how Linli was started.
        marked: whether the database says that it is a demonstration's.
        empty: whether it has no organisation yet; then it can become a demonstration's.
    """
    if demo == marked or (demo and empty):
        return None
    if demo:
        return Problem("database.url", "holds real cases: a demonstration needs a database alone")
    return Problem("demo", "is false, but database.url holds the demonstration: name another one")


# --- what the domain needs ------------------------------------------------------------------------


def work_calendar(settings: Settings) -> WorkCalendar:
    """Build the office's calendar from the holidays Linli brings along and the office's own.

    Raises:
        ConfigurationError: the hours, or the dates of a file, cannot be used.
    """
    years = read_default("holidays.toml")
    path = settings.work.holidays_file
    if path is not None:
        years |= _holidays(path)
    try:
        return calendar_from(years, timezone=LOCAL_TIME, hours=settings.work.hours)
    except WorkCalendarError as error:
        raise ConfigurationError(
            Problem("work.hours" if said.startswith("hours:") else "work.holidays_file", said)
            for said in error.problems
        ) from None


def _holidays(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        said = f"{path} cannot be read: {error.strerror or type(error).__name__}"
    except ValueError as error:
        said = f"{path} is no TOML in UTF-8: {error}"
    raise ConfigurationError([Problem("work.holidays_file", said)])


def default_catalogue() -> Catalogue:
    """Give the categories that a street begins with."""
    return catalogue_from(read_default("catalogue.toml"))


def rule_book(settings: Settings) -> RuleBook:
    """Give the rules by day and community."""
    return RuleBook(settings.rules, settings.rule_changes)
