"""What a value of the configuration may be."""

import re
from datetime import time
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
)

from bot.channels.telegram.network import proxy_address
from bot.configuration.rules.kinds import Count

DATABASES = ("sqlite+aiosqlite", "postgresql+asyncpg")
#: Source: Bot API, setWebhook: "Ports currently supported for webhooks".
WEBHOOK_PORTS = frozenset({443, 80, 88, 8443})


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


def valid_webhook_secret(value: SecretStr) -> SecretStr:
    """Take a secret that Telegram takes as well."""
    secret = value.get_secret_value()
    fits = 16 <= len(secret) <= 256 and all(
        c.isascii() and (c.isalnum() or c in "_-") for c in secret
    )
    if secret and not fits:
        raise ValueError("must be 16 to 256 of A-Z, a-z, 0-9, _ and -")
    return value


def valid_proxy(value: SecretStr) -> SecretStr:
    """Check a proxy's address; it may hold a password, so nothing of it is told."""
    return SecretStr(proxy_address(given)) if (given := value.get_secret_value()) else value


def valid_database_url(value: SecretStr) -> SecretStr:
    """Take the address of a database that Linli can use."""
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


def _email(value: str) -> str:
    """Check the address of a mailbox, as far as people mistype it."""
    if value and not _MAILBOX.fullmatch(value):
        raise ValueError("must be an e-mail address, such as linli@example.org")
    return value


_MAILBOX = re.compile(r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}")
Clock = Annotated[time, BeforeValidator(_clock)]
Span = Annotated[tuple[time, time], BeforeValidator(_span)]
OptionalPath = Annotated[Path | None, BeforeValidator(_none_if_empty)]
Address = Annotated[str, AfterValidator(_address)]
Token = Annotated[SecretStr, AfterValidator(_token)]
Driver = Annotated[Literal["aiogram", "python-telegram-bot"], BeforeValidator(_driver)]
Port = Annotated[Count, Field(le=65535)]
PhoneNumber = Annotated[str, Field(pattern=r"^$|^\+?[0-9][0-9 \-]{1,24}$")]
PublicNumber = Annotated[str, Field(pattern=r"^\+?[0-9][0-9 \-]{1,24}$")]
Email = Annotated[str, AfterValidator(_email)]
Rate = Annotated[float, Field(gt=0, le=10_000)]
