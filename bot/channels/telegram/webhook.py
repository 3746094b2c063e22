"""The webhook of a bot: set, looked at now and then, and set again when somebody removed it.

Whoever has the token can remove it, as any program does that polls with it for a test. Then nobody
calls here any more, and nothing else would show it.
"""

import asyncio
import hashlib
import hmac

import structlog

from bot.channels.ports import ChannelError, TryLater
from bot.channels.telegram.driver import TelegramDriver
from bot.operations.metrics import WEBHOOK_PENDING, WEBHOOK_RENEWED
from domain.messages import Side

log = structlog.get_logger()

#: How often it is looked at.
LOOK_SECONDS = 60.0
FIRST_PAUSE_SECONDS = 1.0


def webhook_secret(configured: str, side: Side) -> str:
    """Give a side's own secret: whoever learns the residents' one cannot speak for staff."""
    return hmac.new(configured.encode(), f"webhook {side}".encode(), hashlib.sha256).hexdigest()


class Webhook:
    """One bot's webhook."""

    def __init__(
        self,
        driver: TelegramDriver,
        address: str,
        secret: str,
    ) -> None:
        self._driver = driver
        self._address = address
        self._secret = secret
        self._was_set = False
        self.stands = False
        """Telegram named our address at the last look."""

    async def keep(self) -> None:
        """Set it, and see to it that it stays, until cancelled."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                await self._look()
            except ChannelError as error:
                log.warning("webhook.not_reached", bot=self._driver.bot, error=str(error))
                asked = error.seconds if isinstance(error, TryLater) else 0.0
                await asyncio.sleep(max(pause, asked))
                pause = min(pause * 2, LOOK_SECONDS)
            else:
                pause = FIRST_PAUSE_SECONDS
                await asyncio.sleep(LOOK_SECONDS)

    async def _look(self) -> None:
        client = await self._driver.client()
        told = await client.call("getWebhookInfo", {}) if self._was_set else {}
        known = told if isinstance(told, dict) else {}
        if known.get("url") != self._address:
            self.stands = False
            if self._was_set:
                log.error("webhook.was_removed", bot=self._driver.bot)
                WEBHOOK_RENEWED.labels(self._driver.bot).inc()
            await client.set_webhook(self._address, self._secret)
            self._was_set = True
        self.stands = True
        WEBHOOK_PENDING.labels(self._driver.bot).set(int(known.get("pending_update_count") or 0))
        if known.get("last_error_date"):
            # Telegram's words about our server, not about a person.
            log.info(
                "webhook.last_error",
                bot=self._driver.bot,
                said=str(known.get("last_error_message", ""))[:200],
                at=known["last_error_date"],
            )
