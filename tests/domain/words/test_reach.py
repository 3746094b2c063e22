"""Many places of a text at once: the same as each by itself."""

import re

from hypothesis import example, given
from hypothesis import strategies as st

from domain.words.reach import Reach, bits, row

SIGN = re.compile("[,.]")
texts = st.text("ab,.", max_size=80)


def way_is_free(text: str, start: int, end: int) -> bool:
    return SIGN.search(text[start:end]) is None


@given(st.sets(st.integers(0, 300)))
@example(set(range(0, 280, 3)))
def test_places_are_written_down_and_read_again(places: set[int]) -> None:
    told = row(bits(places, 300), 300)

    assert len(told) == 301
    assert {place for place, is_in in enumerate(told) if is_in == "1"} == places


@given(texts, st.integers(0, 90), st.data())
def test_what_is_reached_is_what_each_place_reaches(
    text: str, within: int, data: st.DataObject
) -> None:
    ends = range(len(text) + 1)
    places = data.draw(st.sets(st.sampled_from(ends)))
    reach, number = Reach(text, SIGN), bits(places, len(text))

    after = {
        end
        for end in ends
        if any(0 <= end - one <= within and way_is_free(text, one, end) for one in places)
    }
    before = {
        start
        for start in ends
        if any(0 <= one - start <= within and way_is_free(text, start, one) for one in places)
    }

    assert reach.after(number, within) == bits(after, len(text))
    assert reach.before(number, within) == bits(before, len(text))
