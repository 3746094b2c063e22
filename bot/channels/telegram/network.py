"""The way to Telegram: through a proxy or straight, with one store of certificates for everything.

Both frameworks' clients open their connections through the session that is made here, so that what
is said, asked, sent and fetched goes the same way.
"""

import ssl
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import aiohttp
    from aiohttp_socks import ProxyConnector

#: As many calls may be under way; others wait for their turn.
MAX_CONNECTIONS = 100
#: A connection that rested for longer is not used again: the server may be closing it.
MAX_REST_SECONDS = 15.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Network:
    """How Telegram is reached from here."""

    proxy: str = field(default="", repr=False)
    """``http://`` or ``socks5://``, with user and password where it wants them. It resolves the
    names, too: where Telegram is blocked, its names are answered wrongly."""
    ca_file: Path | None = None
    """Certificates to trust besides the system's."""

    def trust(self) -> ssl.SSLContext:
        """Give what decides whom we talk to.

        Raises:
            OSError: the file cannot be read, or holds no certificate.
        """
        context = ssl.create_default_context()
        if self.ca_file is not None:
            context.load_verify_locations(self.ca_file)
        return context


#: The proxies that both frameworks' clients can go through.
PROXY_SCHEMES = ("http", "socks5", "socks5h")


def proxy_address(given: str) -> str:
    """Check a proxy's address, and give it as the library wants it.

    Raises:
        ValueError: it is no address of a proxy that can be used; says what would be.
    """
    wanted = "must be http://HOST:PORT or socks5://HOST:PORT, with USER:PASSWORD@ where needed"
    try:
        parts = urlsplit(given)
        port = parts.port
    except ValueError:
        raise ValueError(wanted) from None
    if parts.scheme not in PROXY_SCHEMES or not parts.hostname or port is None:
        raise ValueError(wanted)
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(wanted)
    # The name is the proxy's to resolve with both spellings; the library knows the shorter one.
    return given.replace("socks5h://", "socks5://", 1).rstrip("/")


def open_session(network: Network) -> "aiohttp.ClientSession":
    """Open the session over which one bot's client makes its calls; call it in a running loop.

    The environment's proxies and cookies are none of its concern.
    """
    import aiohttp  # here, since the configuration is checked without it

    if network.proxy:
        connector: aiohttp.TCPConnector = _proxied().from_url(
            network.proxy,
            rdns=True,
            ssl=network.trust(),
            limit=MAX_CONNECTIONS,
            keepalive_timeout=MAX_REST_SECONDS,
        )
    else:
        connector = aiohttp.TCPConnector(
            ssl=network.trust(),
            limit=MAX_CONNECTIONS,
            keepalive_timeout=MAX_REST_SECONDS,
            ttl_dns_cache=300,
        )
    return aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
    )


@cache
def _proxied() -> "type[ProxyConnector]":
    """Make the connector through a proxy; the library's errors are none of aiohttp's, and no caller
    would know them."""
    import aiohttp
    from aiohttp_socks import ProxyConnector, ProxyError

    class Proxied(ProxyConnector):
        async def connect(self, *given: Any, **more: Any) -> aiohttp.connector.Connection:
            try:
                return await super().connect(*given, **more)
            except ProxyError:
                # What it says may quote where we wanted to go, and as whom.
                raise aiohttp.ClientConnectionError("the proxy refuses") from None

    return Proxied
