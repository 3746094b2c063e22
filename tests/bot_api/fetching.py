"""getUpdates and the webhook methods."""

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .arguments import Arguments
from .errors import bad_request, conflict
from .registry import method
from .telegram import Bot, Telegram
from .updates import DEFAULT_TYPES, MAX_LONG_POLL_SECONDS, MAX_UPDATES_PER_CALL
from .webhook import DEFAULT_CONNECTIONS, Webhook

if TYPE_CHECKING:
    from .server import BotApi

# Source: core.telegram.org/bots/api#setwebhook.
_PORTS = (443, 80, 88, 8443)
_MAX_CONNECTIONS = 100


class Encoded(str):
    """A result that is JSON already."""

    __slots__ = ()


@method("getUpdates")
async def get_updates(telegram: "BotApi", bot: Bot, arguments: Arguments) -> Any:
    if bot.webhook is not None:
        raise conflict(
            "can't use getUpdates method while webhook is active; "
            "use deleteWebhook to delete the webhook first"
        )
    limit = arguments.integer("limit", MAX_UPDATES_PER_CALL)
    timeout = arguments.integer("timeout")
    bot.updates.allow(_allowed(arguments))
    texts = await bot.updates.fetch(
        offset=arguments.integer("offset"),
        # Telegram brings both into their range instead of refusing.
        limit=min(max(limit, 1), MAX_UPDATES_PER_CALL),
        seconds=min(max(timeout, 0), MAX_LONG_POLL_SECONDS),
        now=telegram.clock.now(),
    )
    return Encoded(f"[{','.join(texts)}]")


@method("setWebhook")
async def set_webhook(telegram: "BotApi", bot: Bot, arguments: Arguments) -> Any:
    url = arguments.text("url")
    if not url:
        return await delete_webhook(telegram, bot, arguments)
    url = _checked_address(url)
    secret_token = arguments.text("secret_token")
    if len(secret_token) > 256:
        raise bad_request("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", secret_token):
        raise bad_request("secret token contains unallowed characters")
    bot.updates.allow(_allowed(arguments))
    bot.updates.end_poll(conflict("terminated by setWebhook request"))
    await _forget_webhook(bot, arguments)
    connections = arguments.integer("max_connections", DEFAULT_CONNECTIONS)
    bot.webhook = Webhook(
        bot,
        url=url,
        secret_token=secret_token,
        max_connections=min(max(connections, 1), _MAX_CONNECTIONS),
        ip_address=arguments.text("ip_address"),
        call=lambda name, values: telegram.call_from_webhook(bot, name, values),
    )
    bot.webhook.open()
    if telegram.faults.is_down:
        bot.webhook.pause()
    return True


@method("deleteWebhook")
async def delete_webhook(telegram: "BotApi", bot: Bot, arguments: Arguments) -> Any:
    await _forget_webhook(bot, arguments)
    return True


async def _forget_webhook(bot: Bot, arguments: Arguments) -> None:
    webhook, bot.webhook = bot.webhook, None
    if webhook is not None:
        await webhook.close()
    if arguments.flag("drop_pending_updates"):
        bot.updates.drop()


@method("getWebhookInfo")
def get_webhook_info(telegram: Telegram, bot: Bot, arguments: Arguments) -> Any:
    bot.updates.expire(telegram.clock.now())
    webhook = bot.webhook
    answer: dict[str, Any] = {
        "url": webhook.url if webhook else "",
        "has_custom_certificate": False,
        "pending_update_count": len(bot.updates.pending),
    }
    if webhook is not None:
        answer["max_connections"] = webhook.max_connections
        if webhook.ip_address:
            answer["ip_address"] = webhook.ip_address
        if webhook.last_error is not None:
            answer["last_error_date"], answer["last_error_message"] = webhook.last_error
    if bot.updates.allowed != DEFAULT_TYPES:
        answer["allowed_updates"] = sorted(bot.updates.allowed)
    return answer


def _allowed(arguments: Arguments) -> Any:
    return arguments.structure("allowed_updates", "can't parse allowed updates JSON object")


def _checked_address(url: str) -> str:
    """Raises ApiError unless it is HTTPS; on this machine plain HTTP and any port pass."""
    if "://" not in url:
        url = f"https://{url}"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise bad_request("invalid webhook URL specified") from None
    if parts.scheme not in ("http", "https") or not host:
        raise bad_request("invalid webhook URL specified")
    if _is_loopback(host):
        return url
    if parts.scheme != "https":
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if (port or 443) not in _PORTS:
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    return url


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
