"""What points to somebody who works here, and when its writer is asked before it goes anywhere."""

from dataclasses import replace

import pytest

from domain.words.conduct import Signs, named_in, signs_of, without_staff
from domain.words.lexicon import Guess
from domain.words.plaintext import plain_text
from domain.words.understanding import Understanding
from tests.domain.words.test_understanding import default_lexicon, understood

NAMES = {
    "wang": "汪思齐",
    "ouyang": "欧阳兰",
    "qu": "区文",
    "smith": "Jo Smith",
    "li": "李",
    "xu": "徐主任",
}


def signs(text: str) -> Signs:
    return signs_of(understood(text), frozenset())


# --- is the writer asked -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "plainly", "directed"),
    [
        (Signs(), False, False),
        (Signs(named=frozenset({"wang"})), True, True),
        (Signs(complaint=True), True, True),
        (Signs(staff=True), True, True),
        (Signs(deed=True), False, True),
        (Signs(harsh=True), True, False),
        (Signs(harsh=True, others=True), False, False),
        (Signs(deed=True, harsh=True), True, True),
        (Signs(deed=True, harsh=True, others=True), False, True),
        (Signs(others=True), False, False),
        (Signs(staff=True, answered_here=True), False, False),
        (Signs(staff=True, answered_here=True, deed=True), True, True),
        (Signs(named=frozenset({"wang"}), answered_here=True), True, True),
        (Signs(staff=True, danger=True), False, False),
        (Signs(named=frozenset({"wang"}), complaint=True, danger=True), False, False),
        (Signs(staff=True, danger=True, deed=True), True, True),
    ],
)
def test_who_may_speak_of_staff_is_asked_first(said: Signs, plainly: bool, directed: bool) -> None:
    assert said.ask_before(directed=False) is plainly
    assert said.ask_before(directed=True) is directed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("路灯坏了", Signs()),
        ("网格员骂人", Signs(staff=True, deed=True, harsh=True, complaint=True, sure=True)),
        ("网格员收红包", Signs(staff=True, deed=True, complaint=True, sure=True)),
        ("态度很差", Signs(deed=True, harsh=True, complaint=True)),
        ("邻居骂我", Signs(deed=True, harsh=True, others=True)),
        ("书记在吗", Signs(staff=True, answered_here=True)),
        ("转人工", Signs(answered_here=True)),
        ("the cadre came", Signs(staff=True, complaint=True)),
        ("干部家属来了", Signs(staff=True, complaint=True)),
        ("你好", Signs(answered_here=True)),
        ("着火了，网格员快来", Signs(staff=True, complaint=True, danger=True)),
    ],
)
def test_a_text_shows_what_points_to_staff(text: str, expected: Signs) -> None:
    assert signs(text) == expected


def test_who_is_named_is_kept() -> None:
    named = frozenset({"wang"})

    assert signs_of(understood("路灯坏了"), named) == Signs(named=named)


def unsure(guess: Guess, *, sure: bool, alternatives: tuple[Guess, ...] = ()) -> Understanding:
    return replace(understood("路灯坏了"), guess=guess, sure=sure, alternatives=alternatives)


def test_only_what_the_bot_is_sure_to_answer_itself_stays_here() -> None:
    for guess in (Guess.HUMAN, Guess.HELP, Guess.GREETING, Guess.STATUS):
        assert signs_of(unsure(guess, sure=True), frozenset()).answered_here
        assert not signs_of(unsure(guess, sure=False), frozenset()).answered_here
    assert not signs_of(unsure(Guess.SERVICE, sure=True), frozenset()).answered_here


def test_what_may_be_a_complaint_among_other_things_counts_but_is_not_sure() -> None:
    among = signs_of(
        unsure(Guess.UNSURE, sure=False, alternatives=(Guess.SERVICE, Guess.CONDUCT)), frozenset()
    )
    alone = signs_of(unsure(Guess.CONDUCT, sure=False), frozenset())

    assert (among.complaint, among.sure) == (True, False)
    assert (alone.complaint, alone.sure) == (True, False)


# --- names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("汪思齐没来", {"wang"}),
        ("思齐没来", {"wang"}),
        ("汪书记没来", {"wang"}),
        ("小汪没来", {"wang"}),
        ("老汪没来", {"wang"}),
        ("汪洋大海", set()),
        ("欧阳主任没来", {"ouyang"}),
        ("小欧阳没来", {"ouyang"}),
        ("欧没来", set()),
        ("兰花没浇水", set()),
        ("区书记没来", {"qu"}),
        ("小区没有路灯", set()),
        ("JO SMITH never came", {"smith"}),
        ("Mr smith never came", {"smith"}),
        ("joy", set()),
        ("李书记没来", set()),
        ("主任没来", set()),
        ("徐主任没来", {"xu"}),
        ("小徐和小汪都没来", {"xu", "wang"}),
    ],
)
def test_staff_are_found_by_their_names_as_people_use_them(text: str, named: set[str]) -> None:
    assert named_in(plain_text(text), NAMES) == named


def test_a_name_with_a_sign_of_the_phrases_does_no_harm() -> None:
    assert named_in("汪{a|b}", {"odd": "汪{a|b}", "wang": "汪思齐"}) == frozenset()
    assert named_in("汪思齐", {"odd": "汪{a|b}", "wang": "汪思齐"}) == {"wang"}


# --- leaving out ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("路灯坏了。网格员骂人！请来修。", "路灯坏了。请来修。"),
        ("路灯坏了，汪书记不管", "路灯坏了"),
        ("态度很差；3号楼漏水", "3号楼漏水"),
        ("网格员骂人", ""),
        ("路灯坏了，凭什么", "路灯坏了"),
        ("你们看看，路灯坏了", "路灯坏了"),
        ("路灯坏了", ""),
        ("路灯坏了\n网格员骂人\n路灯坏了", "路灯坏了\n路灯坏了"),
    ],
)
def test_clauses_about_staff_are_left_out_and_without_any_there_is_nothing_to_propose(
    text: str, left: str
) -> None:
    assert without_staff(text, default_lexicon(), NAMES) == left
