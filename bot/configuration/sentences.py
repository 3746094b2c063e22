"""How a refusal of the configuration names its key and says what is wrong."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args, get_origin

from pydantic import (
    BaseModel,
)

from bot.configuration.settings import FILE, Settings


def key_of(place: Sequence[int | str]) -> str:
    """Spell a place as TOML does: ``rule_changes[1].source`` is the first of its tables."""
    key = ""
    for part in place:
        if isinstance(part, int):
            key += f"[{part + 1}]"
        elif part != "[key]":
            key += f".{part}" if key else part
    return key


def sentence_of(wrong: Mapping[str, Any]) -> str:
    """Say what to do about one refusal of pydantic."""
    context: Mapping[str, Any] = wrong.get("ctx", {})
    kind = wrong["type"]
    match kind:
        case "extra_forbidden":
            return unknown_key(str(wrong["loc"][-1]), fields_of(wrong["loc"][:-1]))
        case "value_error":
            return str(context["error"])
        case "missing":
            return "is missing: add it"
        case "literal_error" | "enum":
            return f"must be {context['expected'].replace(chr(39), chr(34))}"
        case "greater_than":
            return f"must be more than {context['gt']:g}"
        case "greater_than_equal":
            return f"must be {context['ge']:g} or more"
        case "less_than":
            return f"must be less than {context['lt']:g}"
        case "less_than_equal":
            return f"must be {context['le']:g} or less"
        case "string_pattern_mismatch":
            return 'must be a telephone number in quotes, such as "0371-1234567"'
        case "string_too_short":
            return "must not be empty"
    for beginning, sentence in _SENTENCES.items():
        if kind.startswith(beginning):
            return sentence
    return f"cannot be used; {FILE} shows what it may be"


_SENTENCES: Mapping[str, str] = {
    "int": "must be a whole number",
    "float": "must be a number",
    "bool": "must be true or false",
    "string": "must be text in quotes",
    "path": "must be a path in quotes",
    "date": "must be a day, such as 2026-01-31",
    "time": 'must be a time of day in quotes, such as "08:30"',
    "model": "must be a table of keys",
    "dict": "must be a table of keys",
    "mapping": "must be a table of keys",
    "tuple": "must be a list in square brackets",
    "list": "must be a list in square brackets",
    "too_short": "has too few entries",
    "too_long": "has too many entries",
}


def unknown_key(key: str, known: Iterable[str]) -> str:
    """Say that a key is unknown, with the one that was probably meant."""
    near = difflib.get_close_matches(key.lower(), list(known), n=1)
    return f"is not a setting; did you mean {near[0]}?" if near else "is not a setting: remove it"


def fields_of(place: Sequence[int | str]) -> Iterable[str]:
    """Name the keys that a table may have."""
    model: Any = Settings
    for part in place:
        if isinstance(part, int):
            model = get_args(model)[0]
        elif isinstance(model, type) and issubclass(model, BaseModel):
            model = model.model_fields[part].annotation
    if isinstance(model, type) and get_origin(model) is None and issubclass(model, BaseModel):
        return model.model_fields
    return ()
