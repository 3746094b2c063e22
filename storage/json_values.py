"""JSON, fast where it can be: orjson, and Python's own for what orjson refuses.

orjson takes neither halves of a character nor giant numbers, both of which JSON can write and
hostile people do send.
"""

import json
from typing import Any

import orjson

#: What is no JSON value is a mistake of ours and is refused, as Python's own does.
_STRICT = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME


def to_bytes(value: Any) -> bytes:
    """Write a value.

    Raises:
        TypeError: it is none of JSON's values.
    """
    try:
        return orjson.dumps(value, option=_STRICT)
    except TypeError:
        return json.dumps(value, separators=(",", ":")).encode()


def from_bytes(written: bytes) -> Any:
    """Read a value; a number beyond 64 bits becomes a float.

    Raises:
        ValueError: it is no JSON.
    """
    try:
        return orjson.loads(written)
    except ValueError:
        try:
            return json.loads(written)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error
