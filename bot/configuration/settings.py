"""Configuration: two files, the environment over them, and everything wrong told at once.

``config.toml`` in the working directory, or the file that ``LINLI_CONFIG`` names; then
``secrets.toml`` beside it, for the keys that are a ``SecretStr`` here and for no others; then
variables ``LINLI_`` + the path of a key with ``__``, such as ``LINLI_WEB__PORT``. Lists and tables
are JSON there. Without any, Linli serves the demonstration street. Every key is explained in the
``config.toml`` beside this package.
"""

from collections.abc import Mapping
from pathlib import Path

from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from bot.configuration.rules.book import Limits, RuleChange
from bot.configuration.rules.declared import Rules
from bot.configuration.tables import (
    ContactsTable,
    DatabaseTable,
    DigestsTable,
    IntakeTable,
    LogTable,
    MetricsTable,
    PolicyTable,
    PrivacyTable,
    QuietTable,
    SecretsTable,
    SenderTable,
    SwitchTable,
    TelegramTable,
    WebTable,
    WorkTable,
)
from bot.configuration.webhooks import WebhookTable
from domain.working_time import QuietHours

PREFIX = "LINLI_"
FILE = "config.toml"


# --- the tables -----------------------------------------------------------------------------------


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
    features: Mapping[str, SwitchTable]
    policies: tuple[PolicyTable, ...] = ()
    webhooks: Mapping[str, WebhookTable] = {}

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
