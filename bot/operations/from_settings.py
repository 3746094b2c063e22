"""Parts of the program as the settings ask for them."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from bot.channels.telegram.driver import TelegramDriver
from bot.channels.web.guards import Doors
from bot.configuration.settings import Settings
from bot.configuration.street_source import network_of
from bot.configuration.tables import BotTable
from bot.traffic import telegram_privacy
from bot.traffic.floods import FloodGate
from bot.traffic.patience import Patience
from bot.traffic.rate_limits import Rate
from bot.traffic.send_budget import Budget
from domain.messages import Side
from handlers.router import handle
from handlers.turn import Turn


def patience_of(settings: Settings) -> Patience:
    """Give how long the senders go on trying."""
    table = settings.sender
    return Patience(
        tries_max=table.tries_max,
        timeout=timedelta(seconds=table.timeout_seconds),
        first=timedelta(seconds=table.retry_first_seconds),
        longest=timedelta(seconds=table.retry_longest_seconds),
    )


def doors_of(settings: Settings, *, demo: bool) -> Doors:
    """Give under which names the page is reached, and who is believed about addresses."""
    return Doors(
        public_url=settings.web.public_url,
        demo=demo,
        proxies=frozenset(map(str, settings.web.proxies)),
    )


def budget_of(settings: Settings) -> Budget:
    """Give how fast a Telegram bot may send."""
    table = settings.telegram.budget
    return Budget(
        per_bot_per_second=table.per_bot_per_second,
        per_chat_per_second=table.per_chat_per_second,
        per_group_per_minute=table.per_group_per_minute,
    )


def telegram_drivers(settings: Settings, now: Callable[[], datetime]) -> dict[Side, TelegramDriver]:
    """Make the drivers of the bots that have a token."""
    tables: Mapping[Side, BotTable] = {
        Side.RESIDENTS: settings.telegram.residents,
        Side.STAFF: settings.telegram.staff,
    }
    return {
        side: TelegramDriver(
            side,
            table.token.get_secret_value(),
            framework=table.driver,
            api_base=settings.telegram.api_base,
            public_url=settings.public_url,
            timeout_seconds=settings.sender.timeout_seconds,
            network=network_of(settings),
            files_dir=settings.telegram.files_dir,
            personal_data=settings.telegram.personal_data,
            redact=telegram_privacy.redact,
            now=now,
        )
        for side, table in tables.items()
        if table.token.get_secret_value()
    }


def handler_of(settings: Settings) -> Callable[[Turn], Awaitable[None]]:
    """Give what handles updates: with minimal personal data, Telegram's are looked over first."""
    return (
        telegram_privacy.guarded(handle) if settings.telegram.personal_data == "minimal" else handle
    )


def flood_gate(settings: Settings, now: Callable[[], datetime]) -> FloodGate:
    """Give what judges how much one Telegram chat sends."""
    table = settings.intake.flood
    return FloodGate(
        Rate(burst=table.burst, per_second=table.per_second),
        quiet=timedelta(seconds=table.quiet_seconds),
        held_max=table.held_max,
        now=now,
    )
