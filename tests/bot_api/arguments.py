"""The arguments of one call, alike for JSON, urlencoded and multipart bodies."""

import json
from typing import Any

from .errors import bad_request


class Upload:
    """A file that came with the call."""

    __slots__ = ("content", "mime_type", "name")

    def __init__(self, name: str, content: bytes, mime_type: str) -> None:
        self.name = name
        self.content = content
        self.mime_type = mime_type

    def __repr__(self) -> str:
        return f"<upload {self.name!r}, {len(self.content)} bytes>"


class Arguments:
    __slots__ = ("uploads", "values")

    def __init__(
        self, values: dict[str, Any] | None = None, uploads: dict[str, Upload] | None = None
    ) -> None:
        self.values = values or {}
        self.uploads = uploads or {}

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def text(self, name: str) -> str:
        """Empty where the argument is missing, as Telegram reads it."""
        value = self.values.get(name)
        if value is None:
            return ""
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return str(value)
        return json.dumps(value)

    def required(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise bad_request(f'Parameter "{name}" is required')
        return value

    def integer(self, name: str, default: int = 0) -> int:
        value = self.values.get(name)
        if value is None or value == "":
            return default
        try:
            return int(value)
        except (TypeError, ValueError):
            return 0

    def decimal(self, name: str) -> float | None:
        try:
            return float(self.text(name))
        except ValueError:
            return None

    def flag(self, name: str) -> bool:
        # Source: tdlib/telegram-bot-api, to_bool.
        return self.text(name).lower() in ("true", "yes", "1")

    def structure(self, name: str, complaint: str) -> Any:
        """The value decoded from JSON, None where it is missing.

        Raises:
            ApiError: `complaint`, if it is text that is no JSON.
        """
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise bad_request(complaint) from None

    def for_record(self) -> dict[str, Any]:
        """What a record keeps: uploads by name and size, and no content."""
        if not self.uploads:
            return self.values
        return {**self.values, **{name: repr(file) for name, file in self.uploads.items()}}
