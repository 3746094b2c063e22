"""Bot API calls as plain HTTP, for tests of what no framework would send."""

from typing import Any, Self

import aiohttp


class Refused(Exception):
    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(f"{body['error_code']} {body['description']}")
        self.status = status
        self.body = body

    @property
    def description(self) -> str:
        description: str = self.body["description"]
        return description


class Caller:
    """`await call("sendMessage", chat_id=7, text="hi")` posts JSON and returns the result."""

    def __init__(self, base: str, token: str) -> None:
        self.base = base
        self.token = token
        self.session: aiohttp.ClientSession

    async def __aenter__(self) -> Self:
        self.session = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()

    async def __call__(self, method: str, **arguments: Any) -> Any:
        """Raises Refused for any answer that is not ok."""
        return await self.post(method, json=arguments)

    async def post(self, method: str, **body: Any) -> Any:
        url = f"{self.base}/bot{self.token}/{method}"
        async with self.session.post(url, **body) as response:
            answer = await response.json()
            if not answer["ok"]:
                raise Refused(response.status, answer)
            return answer["result"]

    async def refused(self, method: str, **arguments: Any) -> str:
        """The description of the refusal. Raises AssertionError if the call succeeds."""
        try:
            result = await self(method, **arguments)
        except Refused as refused:
            return refused.description
        raise AssertionError(f"{method} succeeded: {result}")

    async def download(self, path: str) -> tuple[int, bytes]:
        async with self.session.get(f"{self.base}/file/bot{self.token}/{path}") as response:
            return response.status, await response.read()
