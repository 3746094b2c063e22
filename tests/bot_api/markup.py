"""Keyboards: what Telegram takes, and what it refuses in its own words."""

import re
from typing import Any
from urllib.parse import urlsplit

from .arguments import Arguments
from .errors import ApiError, bad_request

MAX_CALLBACK_DATA_BYTES = 64
# Source: Telegram refuses more with REPLY_MARKUP_TOO_LONG.
MAX_INLINE_BUTTONS = 100
MAX_REPLY_BUTTONS = 300

Markup = dict[str, Any]

_OTHER_INLINE_KINDS = (
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "callback_game",
    "pay",
)
_REQUESTS = {
    "request_contact": "Phone number can be requested in private chats only",
    "request_location": "Location can be requested in private chats only",
    "request_poll": "Poll can be requested in private chats only",
    "web_app": "Web App buttons can be used in private chats only",
}


def read_markup(arguments: Arguments) -> Markup | None:
    """The keyboard of a call without null fields. Raises ApiError if its form is wrong."""
    value = arguments.structure("reply_markup", "Can't parse reply keyboard markup JSON object")
    if value is None:
        return None
    if not isinstance(value, dict):
        raise bad_request("Object expected as reply markup")
    if rows := _rows(value, "keyboard", "ReplyKeyboardMarkup"):
        keyboard = [[_reply_button(button) for button in row] for row in rows]
        return _with_flags(value, {"keyboard": keyboard})
    if rows := _rows(value, "inline_keyboard", "InlineKeyboardMarkup"):
        return {"inline_keyboard": [[_inline_button(button) for button in row] for row in rows]}
    if value.get("remove_keyboard") is True:
        return _with_flags(value, {"remove_keyboard": True})
    if value.get("force_reply") is True:
        return _with_flags(value, {"force_reply": True})
    return None


def is_inline(markup: Markup) -> bool:
    return "inline_keyboard" in markup


def ensure_fits(markup: Markup | None, *, is_private: bool) -> None:
    """Refusals that depend on the chat or come from the server."""
    if markup is None:
        return
    if is_inline(markup):
        buttons = [button for row in markup["inline_keyboard"] for button in row]
        if len(buttons) > MAX_INLINE_BUTTONS:
            raise bad_request("reply markup is too long")
        for button in buttons:
            if not is_private and "web_app" in button:
                raise bad_request("BUTTON_TYPE_INVALID")
            data = button.get("callback_data")
            if data is not None and not 1 <= len(data.encode()) <= MAX_CALLBACK_DATA_BYTES:
                raise bad_request("BUTTON_DATA_INVALID")
    elif "keyboard" in markup:
        buttons = [button for row in markup["keyboard"] for button in row]
        if len(buttons) > MAX_REPLY_BUTTONS:
            raise bad_request("reply markup is too long")
        for button in buttons:
            for request, complaint in _REQUESTS.items():
                if not is_private and button.get(request):
                    raise bad_request(complaint)


def ensure_inline(markup: Markup | None) -> None:
    """An edited message takes inline keyboards only."""
    if markup is not None and not is_inline(markup):
        raise bad_request("inline keyboard expected")


def _rows(value: dict[str, Any], field: str, type_name: str) -> list[list[Any]]:
    rows = value.get(field)
    if rows is None:
        return []
    if not isinstance(rows, list):
        raise bad_request(f'Field "{field}" of the {type_name} must be an Array')
    if not all(isinstance(row, list) for row in rows):
        raise bad_request(f'Field "{field}" of the {type_name} must be an Array of Arrays')
    return [row for row in rows if row]


def _with_flags(value: dict[str, Any], markup: Markup) -> Markup:
    for flag, type_name in (
        ("resize_keyboard", "ReplyKeyboardMarkup"),
        ("one_time_keyboard", "ReplyKeyboardMarkup"),
        ("is_persistent", "ReplyKeyboardMarkup"),
        ("selective", "reply markup"),
    ):
        given = value.get(flag)
        if given is None:
            continue
        if not isinstance(given, bool):
            raise bad_request(f'Field "{flag}" of the {type_name} must be of the type Boolean')
        if given:
            markup[flag] = True
    placeholder = value.get("input_field_placeholder")
    if placeholder is not None:
        if not isinstance(placeholder, str) or not 1 <= len(placeholder) <= 64:
            raise bad_request("BUTTON_PLACEHOLDER_INVALID")
        markup["input_field_placeholder"] = placeholder
    return markup


def _reply_button(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        value = {"text": value}
    if not isinstance(value, dict):
        raise bad_request("Can't parse keyboard button: KeyboardButton must be an Object")
    button = {
        key: given for key, given in value.items() if given is not None and given is not False
    }
    _ensure_labelled(button, "keyboard button")
    if "web_app" in button:
        _ensure_web_app(button["web_app"], "keyboard button")
    return button


def _inline_button(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _unparseable("InlineKeyboardButton must be an Object")
    button = {key: given for key, given in value.items() if given is not None}
    _ensure_labelled(button, "inline keyboard button")
    if "url" in button:
        button["url"] = _checked_url(button["url"])
    elif "callback_data" in button:
        if not isinstance(button["callback_data"], str):
            raise _unparseable('Field "callback_data" must be of type String')
    elif "web_app" in button:
        _ensure_web_app(button["web_app"], "inline keyboard button")
    elif "copy_text" in button:
        copied = button["copy_text"]
        if not isinstance(copied, dict) or not 1 <= len(str(copied.get("text", ""))) <= 256:
            raise bad_request("BUTTON_COPY_TEXT_INVALID")
    elif not any(kind in button for kind in _OTHER_INLINE_KINDS):
        raise _unparseable("Text buttons are unallowed in the inline keyboard")
    return button


def _ensure_labelled(button: dict[str, Any], what: str) -> None:
    text = button.get("text")
    if text is None:
        raise bad_request(f"Can't parse {what}: Can't find field \"text\"")
    if not isinstance(text, str):
        raise bad_request(f'Can\'t parse {what}: Field "text" must be of type String')
    if not text.strip():
        raise bad_request(f"{what} text must be non-empty")


def _checked_url(url: Any) -> str:
    if not isinstance(url, str):
        raise _unparseable('Field "url" must be of type String')
    reason = None
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", url)
    if scheme and scheme.group(1).lower() in ("tg", "ton"):
        return url
    if scheme and "//" not in url[scheme.end() : scheme.end() + 2]:
        is_host_with_port = re.match(r"[\w.-]+\.[\w-]+:\d", url)
        if not is_host_with_port:
            reason = "Unsupported URL protocol"
    elif scheme and scheme.group(1).lower() not in ("http", "https"):
        reason = "Unsupported URL protocol"
    if reason is None:
        reason = _host_complaint(url if scheme and "://" in url else f"http://{url}")
    if reason is not None:
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: {reason}")
    return url if "://" in url else f"http://{url}"


def _host_complaint(url: str) -> str | None:
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return "Wrong HTTP URL"
    if not host:
        return "URL host is empty"
    if "." not in host.strip(".") or re.search(r"\s", url):
        return "Wrong HTTP URL"  # "localhost" too is refused
    return None


def _ensure_web_app(web_app: Any, what: str) -> None:
    url = web_app.get("url") if isinstance(web_app, dict) else None
    if not isinstance(url, str):
        raise bad_request(f"Can't parse {what}: Can't find field \"url\"")
    if not url.startswith("https://"):
        raise bad_request(f"{what} Web App URL '{url}' is invalid: Only HTTPS links are allowed")


def _unparseable(reason: str) -> ApiError:
    return bad_request("Can't parse inline keyboard button: " + reason)
