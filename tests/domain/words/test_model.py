"""The trained model: how it weighs a sentence, why, and its file."""

import json
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.words.model import Head, Model, Piece, flat, likelihoods, pack, unpack
from domain.words.ngrams import grams
from tests.domain.words.test_understanding import DEFAULTS, default_model, held

MAGIC = b"LINLI-MODEL-1\n"

SMALL = Model(
    (
        Head("reading", ("service", "thanks"), (0.5, -0.5), 0.1),
        Head("danger", ("calm", "danger"), (0.0, -1.0), 0.5),
    ),
    {
        "灯": Piece(2.0, bytes([0, 1]), (30, -20)),
        "谢": Piece(1.0, bytes([1, 3]), (40, -2)),
        "火": Piece(2.0, bytes([3]), (10,)),
    },
    {"sure": 0.5},
)


# --- weighing ------------------------------------------------------------------------------------


def test_a_piece_that_stands_alone_adds_its_weight_in_its_heads_steps() -> None:
    scores = SMALL.scores("灯")

    assert scores["reading"] == pytest.approx({"service": 3.5, "thanks": -2.5})
    assert scores["danger"] == pytest.approx({"calm": 0.0, "danger": -1.0})


def test_pieces_count_by_their_rarity_and_the_length_is_one() -> None:
    scores = SMALL.scores("灯谢")

    length = 5**0.5
    assert scores["reading"]["service"] == pytest.approx(0.5 + 0.1 * 2 * 30 / length)
    assert scores["reading"]["thanks"] == pytest.approx(-0.5 + 0.1 * (40 - 2 * 20) / length)
    assert scores["danger"]["danger"] == pytest.approx(-1.0 + 0.5 * -2 / length)


def test_what_is_said_twice_counts_a_little_more() -> None:
    once, twice = (SMALL.scores(text)["reading"]["thanks"] for text in ("灯谢", "灯谢谢"))

    assert twice > once


@pytest.mark.parametrize("text", ["", "天气", "😀"])
def test_a_text_of_unknown_pieces_has_what_is_said_of_any(text: str) -> None:
    assert SMALL.scores(text)["reading"] == {"service": 0.5, "thanks": -0.5}


def test_why_names_the_pieces_that_spoke_most_and_they_add_up() -> None:
    told = SMALL.why("灯谢", "reading", "thanks")

    assert [piece for piece, _ in told] == ["灯", "谢"]  # equally strong: by the piece
    assert sum(worth for _, worth in told) == pytest.approx(
        SMALL.scores("灯谢")["reading"]["thanks"] + 0.5
    )
    assert SMALL.why("灯谢", "reading", "thanks", most=1) == told[:1]
    assert SMALL.why("火", "danger", "danger") == [("火", pytest.approx(5.0))]
    assert SMALL.why("天", "reading", "thanks") == []


@pytest.mark.parametrize(("head", "name"), [("colour", "red"), ("reading", "danger")])
def test_why_is_asked_of_something_that_the_model_tells(head: str, name: str) -> None:
    with pytest.raises(KeyError):
        SMALL.why("灯", head, name)


def test_the_reasons_of_the_shipped_model_add_up_too() -> None:
    model = default_model()
    plain = "楼道的灯坏了三天没人修"

    told = model.why(plain, "reading", "service", most=len(grams(plain)))

    bias = model.heads[0].biases[model.heads[0].classes.index("service")]
    whole = model.scores(plain)["reading"]["service"]
    assert sum(worth for _, worth in told) == pytest.approx(whole - bias)


def test_numbers_become_shares_of_one_also_where_they_are_huge() -> None:
    shares = likelihoods({"a": 1000.0, "b": 1000.0, "c": -1000.0})

    assert shares == pytest.approx({"a": 0.5, "b": 0.5, "c": 0.0})


def test_the_outputs_are_listed_in_the_order_in_which_pieces_name_them() -> None:
    assert flat(SMALL.heads) == [
        ("reading", "service"),
        ("reading", "thanks"),
        ("danger", "calm"),
        ("danger", "danger"),
    ]


# --- the file ------------------------------------------------------------------------------------


def test_what_is_written_is_what_is_read_and_the_same_bytes_each_time() -> None:
    content = pack(SMALL)

    assert unpack(content) == SMALL
    assert pack(unpack(content)) == content


def test_the_shipped_model_is_small_and_comes_back_as_the_same_bytes() -> None:
    content = (DEFAULTS / "words.model").read_bytes()

    assert len(content) <= 1024 * 1024
    assert pack(unpack(content)) == content


def packed(about: object, entries: bytes = b"") -> bytes:
    text = json.dumps(about).encode()
    return MAGIC + zlib.compress(struct.pack("<I", len(text)) + text + entries)


ABOUT = {"heads": [["danger", ["calm", "danger"], [0.0, 0.0], 1.0]], "limits": {}}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04",
        b"LINLI-MODEL-2\n" + pack(SMALL)[len(MAGIC) :],
        MAGIC,
        MAGIC + b"not compressed",
        pack(SMALL)[:-9],
        pack(SMALL)[: len(pack(SMALL)) // 2],
        MAGIC + zlib.compress(b""),
        MAGIC + zlib.compress(struct.pack("<I", 5) + b"{{{{{"),
        MAGIC + zlib.compress(struct.pack("<I", 0xFFFFFFFF) + b"{}"),
        packed([]),
        packed(7),
        packed({"heads": 1, "limits": {}}),
        packed({"heads": [["danger"]], "limits": {}}),
        packed({"heads": ABOUT["heads"]}),
        packed({"heads": [["danger", ["calm", "danger"], [0.0], 1.0]], "limits": {}}),
        packed({"heads": [["x", ["a"] * 300, [0.0] * 300, 1.0]], "limits": {}}),
        packed({"heads": [["x", ["a"], ["b"], 1.0]], "limits": {}}),
        packed({"heads": ABOUT["heads"], "limits": {"alarm": "high"}}),
        packed(ABOUT, struct.pack("<BHB", 1, 16, 1)),  # ends within a piece
        packed(ABOUT, struct.pack("<BHB", 1, 16, 2) + b"a\x00"),
        packed(ABOUT, struct.pack("<BHB", 1, 16, 1) + b"a\x09\x01"),  # an output that is not there
        packed(ABOUT, struct.pack("<BHB", 1, 16, 1) + b"\xff\x00\x01"),  # no UTF-8
    ],
)
def test_a_damaged_file_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"model"):
        unpack(content)


def test_a_file_that_would_fill_the_memory_is_refused() -> None:
    bomb = MAGIC + zlib.compress(b"\0" * (64 * 1024 * 1024), 9)

    assert len(bomb) < 100_000
    with pytest.raises(ValueError, match="model"):
        unpack(bomb)


@settings(max_examples=100)
@given(at=st.integers(min_value=0), sign=st.integers(0, 255))
def test_one_wrong_byte_is_refused_or_changes_nothing_but_numbers(at: int, sign: int) -> None:
    content = bytearray(pack(SMALL))
    content[at % len(content)] = sign

    try:
        model = unpack(bytes(content))
    except ValueError:
        return
    assert model == SMALL


def test_no_library_is_needed_to_read_a_sentence() -> None:
    source = (Path(__file__).parents[3] / "domain" / "words" / "model.py").read_text("utf-8")

    assert "numpy" not in source.split('"""', 2)[2]
    assert default_model().scores(held("both")[0].plain).keys() >= {"reading", "danger", "kind"}
