"""The configured webhooks: their drivers, and what `linli doctor` finds of them."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from bot.channels.ports import ChannelError, Delivery
from bot.channels.webhooks.driver import FindPhone, WebhookDriver
from bot.configuration.settings import Settings
from bot.configuration.webhooks import WebhookTable
from bot.operations.clock import Clock
from bot.operations.findings import Finding, fault, good, note
from domain.messages import Choice, Message, text
from domain.organisation import Organisation
from domain.people import Language
from storage import organisation
from storage.database import Database
from storage.outbox_housekeeping import count_dead

#: How long a door may take to open.
_PATIENCE_SECONDS = 5.0
#: Of how many days refusals are counted.
_LOOK_BACK = timedelta(days=7)


def webhook_drivers(settings: Settings, find_phone: FindPhone) -> dict[str, WebhookDriver]:
    """Make the drivers of the configured webhooks, by the name of their queue."""
    return {
        table.webhook(name).bot: WebhookDriver(
            table.webhook(name).bot,
            table.target(name),
            public_url=settings.public_url,
            timeout_seconds=settings.sender.timeout_seconds,
            find_phone=find_phone,
        )
        for name, table in settings.webhooks.items()
    }


async def examine_webhooks(
    settings: Settings,
    database: Database,
    now: datetime,
    *,
    call: bool = False,
    phone: str = "",
) -> AsyncIterator[Finding]:
    """Open a connection to each webhook and close it; nothing is said there unless asked for.

    Args:
        call: send each a message that says that it is a test.
        phone: where the test of a gateway for text messages goes; without one it is left out.
    """
    for name, table in sorted(settings.webhooks.items()):
        about = text("doctor.about_webhook", webhook=name)
        host = urlsplit(table.url.get_secret_value()).hostname or ""
        if trouble := await _trouble_at(table):
            yield note(about, text("doctor.webhook_cut_off", host=host, trouble=trouble))
        else:
            yield good(about, text("doctor.webhook", host=host))
        async with database.read() as tx:
            dead = await count_dead(tx, table.webhook(name).bot, now - _LOOK_BACK)
            street = await organisation.load(tx)
        if dead:
            yield note(about, text("doctor.webhook_dead", number=dead, days=_LOOK_BACK.days))
        if call:
            yield await _try(settings, name, table, street, phone)


async def _trouble_at(table: WebhookTable) -> str:
    """Open a connection and close it; give what is in the way, without the address."""
    parts = urlsplit(table.url.get_secret_value())
    secure = parts.scheme == "https"
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            _, writer = await asyncio.open_connection(
                parts.hostname,
                parts.port or (443 if secure else 80),
                ssl=ssl.create_default_context() if secure else None,
            )
    except (OSError, TimeoutError, ValueError) as error:
        return type(error).__name__
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return ""


async def _try(
    settings: Settings, name: str, table: WebhookTable, street: Organisation, phone: str
) -> Finding:
    about = text("doctor.about_webhook", webhook=name)
    if table.texts and not phone:
        return note(about, text("doctor.webhook_needs_phone"))

    async def find_phone(_person: str) -> str:
        return phone

    driver = WebhookDriver(
        table.webhook(name).bot,
        table.target(name),
        public_url=settings.public_url,
        timeout_seconds=settings.sender.timeout_seconds,
        find_phone=find_phone,
    )
    office = street.street.name if street.units else "Linli"
    headline = text("webhooks.try", office=office, kind=text("webhooks.kind_news"), number="")
    link = Choice(label=text("webhooks.open"), link="/staff")
    delivery = Delivery(
        id=0,
        address=name,
        message=Message(blocks=(headline,), choices=((link,),)),
        language=Language.CHINESE,
        at=Clock().now(),
    )
    try:
        await driver.send(delivery)
    except ChannelError as error:
        answer = f"{type(error).__name__}, {error}"
        return fault(about, text("doctor.webhook_refused", answer=answer))
    finally:
        await driver.close()
    return good(about, text("doctor.webhook_took"))
