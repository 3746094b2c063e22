"""The people's side of a fake that runs in another process (see `control`)."""

import base64
from typing import Any, Self

import aiohttp

from tests.patience import PATIENCE


class Remote:
    """async with Remote("http://127.0.0.1:8081") as fake: …"""

    def __init__(self, base: str) -> None:
        self.base = base
        self._session: aiohttp.ClientSession

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def get(self, path: str, **query: Any) -> Any:
        return await self._request("GET", path, params=query)

    async def post(self, path: str, **values: Any) -> Any:
        return await self._request("POST", path, json=values)

    async def delete(self, path: str) -> Any:
        return await self._request("DELETE", path)

    def chat(self, token: str, person: int) -> "RemoteConversation":
        return RemoteConversation(self, {"token": token, "person": person})

    async def _request(self, verb: str, path: str, **how: Any) -> Any:
        async with self._session.request(verb, f"{self.base}/control/{path}", **how) as response:
            answer = await response.json()
            if response.status != 200:
                raise AssertionError(answer["error"])
            return answer


class RemoteConversation:
    """One person's chat with one bot; messages are the dicts of `control.shown`."""

    def __init__(self, remote: Remote, where: dict[str, Any]) -> None:
        self.remote = remote
        self.where = where

    async def do(self, action: str, **arguments: Any) -> Any:
        """Any action of `Conversation`, such as do("say", text="hello").

        Raises AssertionError as the action itself would.
        """
        if isinstance(arguments.get("content"), bytes):
            arguments["content"] = base64.b64encode(arguments["content"]).decode()
        return await self.remote.post("do", **self.where, action=action, arguments=arguments)

    async def expect(self, part: str = "", *, within: float = PATIENCE) -> dict[str, Any]:
        """As `Conversation.expect`."""
        message: dict[str, Any] = await self.remote.post(
            "expect", **self.where, part=part, within=within
        )
        return message

    async def messages(self, *, after: int = 0) -> list[dict[str, Any]]:
        """What stands in the chat, both sides, after the message of that id."""
        view = await self.remote.get("messages", **self.where, after=after)
        messages: list[dict[str, Any]] = view["messages"]
        return messages
