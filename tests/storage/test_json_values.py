"""JSON comes back as it was written, whoever wrote it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.json_values import from_bytes, to_bytes

_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    # Halves of a character too: JSON can write them.
    | st.text(st.characters(codec=None, exclude_categories=())),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(_VALUES)
def test_every_value_comes_back(value: Any) -> None:
    assert from_bytes(to_bytes(value)) == value


def test_half_a_character_comes_back() -> None:
    value = {"text": "a\ud83d", "名": "李"}

    assert from_bytes(to_bytes(value)) == value


def test_a_number_beyond_all_ids_is_kept_as_near_as_a_float_can() -> None:
    assert from_bytes(to_bytes({"id": 2**70 + 1})) == {"id": pytest.approx(2**70)}


@dataclass
class _Shape:
    name: str


@pytest.mark.parametrize("value", [{1}, b"x", datetime(2026, 11, 26, tzinfo=UTC), _Shape("x")])
def test_what_is_no_json_value_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        to_bytes({"a": value})


@pytest.mark.parametrize("written", [b"", b"{", b"\xff\xfe", b"nope"])
def test_what_is_no_json_is_refused(written: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_bytes(written)


@pytest.mark.parametrize("nested", [b"[" * 100_000, b'{"a":' * 100_000])
def test_what_is_nested_too_deeply_is_no_value(nested: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # orjson's words or ours
        from_bytes(nested)
