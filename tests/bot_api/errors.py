"""What the Bot API answers when it refuses."""

from typing import Any


class ApiError(Exception):
    """A refusal: `code` is also the HTTP status, `parameters` may carry retry_after."""

    def __init__(
        self, code: int, description: str, parameters: dict[str, Any] | None = None
    ) -> None:
        super().__init__(f"{code} {description}")
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "ok": False,
            "error_code": self.code,
            "description": self.description,
        }
        if self.parameters:
            body["parameters"] = self.parameters
        return body


def bad_request(reason: str) -> ApiError:
    return ApiError(400, "Bad Request: " + _as_telegram_writes(reason))


def forbidden(reason: str) -> ApiError:
    return ApiError(403, "Forbidden: " + _as_telegram_writes(reason))


def conflict(reason: str) -> ApiError:
    return ApiError(409, "Conflict: " + reason)


def too_many_requests(retry_after: int) -> ApiError:
    return ApiError(
        429, f"Too Many Requests: retry after {retry_after}", {"retry_after": retry_after}
    )


def _as_telegram_writes(reason: str) -> str:
    # Source: tdlib/telegram-bot-api, Client::fail_query_with_error. A sentence loses its
    # capital letter, a server code such as BUTTON_DATA_INVALID keeps it.
    second = reason[1:2]
    if second == "_" or "A" <= second <= "Z":
        return reason
    return reason[:1].lower() + reason[1:]
