"""A case number is understood however it is typed, and what people dial is none."""

import pytest

from domain.numbers import serials_in, typed_number, typed_serials


@pytest.mark.parametrize(
    "typed",
    [
        "2026-00017",
        "202600017",
        "２０２６－０００１７",
        "2026 00017",
        "2026年00017",
        "2026—00017。",
    ],
)
def test_a_whole_number_is_read_in_any_spelling(typed: str) -> None:
    assert typed_number(typed) == "2026-00017"


@pytest.mark.parametrize(
    "typed",
    ["", "17", "2026", "13800001234", "202600017123456", "2026-00017 路灯还没修好呢", "20260001"],
)
def test_other_digits_and_sentences_are_no_whole_number(typed: str) -> None:
    assert typed_number(typed) is None


@pytest.mark.parametrize(
    "typed",
    ["114", "00114", "０００１１４", "114号", "编号114", "第114件", "#114", "No.114", "114\uff1f"],
)
def test_a_serial_alone_is_of_this_year_or_the_last(typed: str) -> None:
    assert typed_serials(typed, 2026) == ("2026-00114", "2025-00114")


@pytest.mark.parametrize("typed", ["110", "119", "120", "122", "12345", "12356", "95598", "10086"])
def test_what_people_dial_is_no_serial(typed: str) -> None:
    assert typed_serials(typed, 2026) == ()
    assert typed_serials(f"编号{typed}", 2026) != ()
    assert typed_serials(f"0{typed}".zfill(6), 2026) != ()


@pytest.mark.parametrize("typed", ["5", "12", "0", "000", "3号楼", "12345678901", "路灯"])
def test_a_door_a_score_or_a_telephone_is_no_serial(typed: str) -> None:
    assert typed_serials(typed, 2026) == ()


def test_a_serial_is_found_in_a_sentence() -> None:
    assert serials_in("00114怎么样了", 2026)[0] == "2026-00114"
    assert serials_in("202500114怎么样了", 2026) == ("2025-00114",)
    assert serials_in("怎么样了", 2026) == ()
