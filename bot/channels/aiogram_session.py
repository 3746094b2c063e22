"""aiogram's client for what a bot says all day: JSON out, and of the answer only what is used.

aiogram writes every call as a form and reads every answer into a whole message, which takes three
times as long as the call itself. Calls with files, and answers that are needed as they are, stay
with aiogram; so does every refusal.
"""

import json
from typing import Any

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.exceptions import ClientDecodeError, TelegramNetworkError
from aiogram.methods import (
    AnswerCallbackQuery,
    DeleteMessage,
    EditMessageCaption,
    EditMessageText,
    SendMessage,
    TelegramMethod,
)
from aiohttp import ClientError, ClientTimeout
from yarl import URL

#: Calls of plain values. They are made from the fields that are set, so set what matters.
_PLAIN: tuple[type[TelegramMethod[Any]], ...] = (
    AnswerCallbackQuery,
    DeleteMessage,
    EditMessageCaption,
    EditMessageText,
    SendMessage,
)
_JSON = {"Content-Type": "application/json"}


class PlainSession(AiohttpSession):
    """Makes plain calls the short way: their results are plain values too."""

    def __init__(self, **settings: Any) -> None:
        """See `AiohttpSession` for the settings."""
        super().__init__(**settings)
        self._urls: dict[str, URL] = {}
        self._total = ClientTimeout(total=self.timeout)

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[Any],
        timeout: int | None = None,  # noqa: ASYNC109  # aiogram's name for it
    ) -> Any:
        """Make a call.

        Raises:
            AiogramError: as aiogram raises it.
        """
        if not isinstance(method, _PLAIN):
            return await super().make_request(bot, method, timeout)
        body = method.model_dump_json(exclude_unset=True, exclude_none=True)
        session = await self.create_session()
        try:
            async with session.post(
                self._url(bot, method), data=body.encode(), headers=_JSON, timeout=self._total
            ) as response:
                content = await response.read()
        except TimeoutError as error:
            raise TelegramNetworkError(method=method, message="Request timeout error") from error
        except ClientError as error:
            raise TelegramNetworkError(method=method, message=type(error).__name__) from error
        if response.status != 200:
            said = content.decode("utf-8", "replace")
            return self.check_response(bot, method, response.status, said).result
        return _result(content)

    def _url(self, bot: Bot, method: TelegramMethod[Any]) -> URL:
        name = method.__api_method__
        if name not in self._urls:
            self._urls[name] = URL(self.api.api_url(token=bot.token, method=name))
        return self._urls[name]


def _result(content: bytes) -> Any:
    """Give the result of an answer as plain values."""
    try:
        return json.loads(content)["result"]
    except (ValueError, LookupError, TypeError) as error:
        raise ClientDecodeError("no answer of Telegram's", error, None) from error
