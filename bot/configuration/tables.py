"""The tables of ``config.toml``, each key with its default."""

import ipaddress
from datetime import date, time
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    IPvAnyAddress,
    SecretStr,
    model_validator,
)

from bot.configuration.rules.kinds import Count, Days, Table
from bot.configuration.values import (
    Address,
    Clock,
    Driver,
    Email,
    OptionalPath,
    PhoneNumber,
    Port,
    PublicNumber,
    Rate,
    Span,
    Token,
    valid_database_url,
    valid_proxy,
    valid_webhook_secret,
)
from domain.categories import Kind


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


class DatabaseTable(Table):
    """Where the tables are."""

    url: Annotated[SecretStr, AfterValidator(valid_database_url)] = SecretStr("")
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

    token: Annotated[SecretStr, AfterValidator(valid_webhook_secret)] = SecretStr("")
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
    proxy: Annotated[SecretStr, AfterValidator(valid_proxy)] = SecretStr("")
    ca_file: OptionalPath = None
    files_dir: OptionalPath = None
    """Where a Bot API server on this machine keeps what it fetched."""
    mode: Literal["polling", "webhook"] = "polling"
    webhook_secret: Annotated[SecretStr, AfterValidator(valid_webhook_secret)] = SecretStr("")
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
    public_phones: tuple[PublicNumber, ...] = ()
    """Numbers that may stand in public notices besides the units' own."""
    tool_phone: PhoneNumber = ""
    """Whom to tell what is wrong with this tool itself (F-301); nothing set: the office's phone."""
    tool_email: Email = ""
    tool_url: Address = ""


class SwitchTable(Table):
    """How a feature stands in communities for which the street has not decided in chat."""

    on: bool = True
    except_in: tuple[str, ...] = ()
    """Codes of communities in which it is the other way round, such as those of a pilot."""


class PolicyTable(Table):
    """One version of a document on which rules rest (G-10); what is not known is left out."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,59}$")]
    title: Annotated[str, Field(min_length=1, max_length=200)]
    title_en: str = ""
    issuer: Annotated[str, Field(min_length=1, max_length=200)]
    issuer_en: str = ""
    number: str = ""
    dated: date | None = None
    version: Annotated[str, Field(min_length=1, max_length=60)]
    in_force_from: date | None = None
    until: date | None = None
    """The last day on which it holds."""

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> Self:
        if self.until is not None and self.in_force_from and self.until < self.in_force_from:
            raise ValueError("until must not lie before in_force_from")
        return self


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
