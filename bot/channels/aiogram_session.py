"""aiogram's client for what a bot says all day: plain JSON out and in.

aiogram checks every call, writes it as a form and reads the answer into a whole message, which
takes several times as long as the call itself. Calls with files stay with aiogram, and so does the
judgement of what Telegram refuses.
"""

import json
from typing import Any

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.exceptions import ClientDecodeError, TelegramNetworkError
from aiogram.methods import TelegramMethod
from aiohttp import ClientError, ClientTimeout
from yarl import URL

_JSON = {"Content-Type": "application/json"}


class PlainSession(AiohttpSession):
    """A session that can also make calls of plain values."""

    def __init__(self, **settings: Any) -> None:
        """See `AiohttpSession` for the settings."""
        super().__init__(**settings)
        self._urls: dict[str, URL] = {}
        self._total = ClientTimeout(total=self.timeout)

    async def plain(self, bot: Bot, kind: type[TelegramMethod[Any]], **fields: Any) -> Any:
        """Make a call and give its result as plain values; fields that are None are left out.

        Raises:
            AiogramError: as aiogram raises it.
        """
        given = {name: value for name, value in fields.items() if value is not None}
        body = json.dumps(given, ensure_ascii=False, separators=(",", ":")).encode()
        session = await self.create_session()
        url = self._url(bot, kind)
        try:
            async with session.post(url, data=body, headers=_JSON, timeout=self._total) as response:
                content = await response.read()
        except TimeoutError as error:
            raise TelegramNetworkError(kind.model_construct(), "timeout") from error
        except ClientError as error:
            raise TelegramNetworkError(kind.model_construct(), type(error).__name__) from error
        if response.status != 200:
            said = content.decode("utf-8", "replace")
            self.check_response(bot, kind.model_construct(), response.status, said)
        try:
            return json.loads(content)["result"]
        except (ValueError, LookupError, TypeError) as error:
            raise ClientDecodeError("no answer of Telegram's", error, None) from error

    def _url(self, bot: Bot, kind: type[TelegramMethod[Any]]) -> URL:
        name = kind.__api_method__
        if name not in self._urls:
            self._urls[name] = URL(self.api.api_url(token=bot.token, method=name))
        return self._urls[name]
