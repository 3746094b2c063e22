"""Who may be on the register, on what it rests, and for how long."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from domain.errors import Refused, WrongState
from domain.organisation import Responsible, Role, Seat
from domain.visits.basis import Basis, ConsentRecord, ConsentWay, bases_for, ensure_lawful
from domain.visits.categories import (
    Category,
    Control,
    Group,
    control_in,
    default_interval,
    fits_age,
    group_of,
    is_minor,
    longest_interval,
    read_category,
    speaks_of_control,
)
from domain.visits.entries import (
    Content,
    EndReason,
    Entry,
    EntryState,
    How,
    Wish,
    edited,
    ended,
    ensure_category,
    ensure_wish,
    from_json,
    interval,
    may_be_erased,
    opened,
    renewed,
    to_json,
)
from domain.visits.rules import VisitRules

NOW = datetime(2026, 11, 24, 1, tzinfo=UTC)
TODAY = date(2026, 11, 24)


def days(count: int) -> timedelta:
    return timedelta(days=count)


RULES = VisitRules(
    elder=days(30),
    child_risk=days(7),
    child=days(30),
    disabled=days(30),
    care=days(30),
    ordinary=days(90),
    term=days(365),
    review=days(30),
    kept=days(365),
    approval=timedelta(hours=72),
    need=days(7),
    effect=days(30),
)
CONSENT = ConsentRecord(on=TODAY, way=ConsentWay.WRITTEN)
ELDER = Content(
    name="赵桂英",
    address="3号楼",
    born=1946,
    category=Category.ELDER_ALONE,
    basis=Basis.ELDERS_DUTY,
)


def entry(content: Content = ELDER) -> Entry:
    return opened(
        "e" * 24,
        content,
        unit="E1",
        answers=Responsible(Seat("E1", Role.GRID_WORKER), "worker"),
        at=NOW,
        today=TODAY,
        rules=RULES,
    )


# --- categories ----------------------------------------------------------------------------------


def test_every_category_belongs_to_a_group_and_is_visited_by_a_rule() -> None:
    for category in Category:
        assert group_of(category) in Group
        assert default_interval(category, at_risk=False, rules=RULES) > timedelta()


def test_a_child_at_high_risk_is_seen_weekly_and_nobody_else_by_that() -> None:
    assert default_interval(Category.CHILD_HARDSHIP, at_risk=True, rules=RULES) == days(7)
    assert default_interval(Category.CHILD_HARDSHIP, at_risk=False, rules=RULES) == days(30)
    assert default_interval(Category.ELDER_ALONE, at_risk=True, rules=RULES) == days(30)


@pytest.mark.parametrize(
    ("words", "category"),
    [
        ("独居老人", Category.ELDER_ALONE),
        ("獨居老年人", Category.ELDER_ALONE),
        ("空巢家庭", Category.EMPTY_NEST),
        ("留守老人", Category.ELDER_LEFT_BEHIND),
        ("留守儿童", Category.CHILD_LEFT_BEHIND),
        ("事实无人抚养儿童", Category.CHILD_HARDSHIP),
        ("孤儿", Category.CHILD_HARDSHIP),
        ("半失能老人", Category.ELDER_DISABLED),
        ("80岁以上", Category.VERY_OLD),
        ("失独家庭", Category.FAMILY_PLANNING),
        ("重残", Category.SEVERELY_DISABLED),
        ("低保户", Category.IN_RELIEF),
        ("退伍老兵", Category.VETERAN),
        ("孕妇", Category.PREGNANT),
        ("癌症病人", Category.SERIOUSLY_ILL),
        ("elder_alone", Category.ELDER_ALONE),
        ("爱跳舞的", None),
        ("", None),
    ],
)
def test_a_category_is_read_as_people_call_it(words: str, category: Category | None) -> None:
    assert read_category(words) is category
    assert control_in(words) is None


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("刑滿釋放", Control.RELEASED),
        ("刑 满 释 放 人 员", Control.RELEASED),
        ("假释犯", Control.RELEASED),
        ("ex-convicts", Control.RELEASED),
        ("people on probation", Control.RELEASED),
        ("越级上访", Control.PETITION),
        ("12345投诉人", Control.PETITION),
        ("petitioners", Control.PETITION),
        ("天主教徒", Control.FAITH),
        ("穆斯林", Control.FAITH),
        ("church members", Control.FAITH),
        ("涉毒", Control.DRUGS),
        ("drug addicts", Control.DRUGS),
        ("易肇事肇祸", Control.MENTAL),
        ("mentally ill", Control.MENTAL),
        ("重点人员", Control.WATCHED),
        ("特殊人群管控名单", Control.WATCHED),
        ("失信人员", Control.WATCHED),
        ("watchlist", Control.WATCHED),
        ("维吾尔族", Control.ORIGIN),
        ("hiv", Control.ORIGIN),
        ("家暴施暴者", Control.VIOLENCE),
    ],
)
def test_groups_to_be_watched_are_known_in_any_spelling(words: str, why: Control) -> None:
    assert control_in(words) is why
    with pytest.raises(Refused) as refused:
        ensure_category(words)
    assert refused.value.key == f"visits.never_{why}"
    assert refused.value.rule is not None


@pytest.mark.parametrize(
    "words",
    [
        "disabled elders",
        "people with difficulties",
        "environment",
        "探访人员",
        "80岁老人，精神很好",
        "the elderly",
    ],
)
def test_ordinary_words_are_not_taken_for_control(words: str) -> None:
    assert control_in(words) is None


@pytest.mark.parametrize(
    "words", ["精神很好，能自己买菜", "想换一个防滑垫", "女儿信佛，周末来", "儿子在戒烟"]
)
def test_an_account_of_somebody_is_not_taken_for_control(words: str) -> None:
    assert not speaks_of_control(words)


# --- ages ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("category", "born", "fits"),
    [
        (Category.ELDER_ALONE, 1966, True),
        (Category.ELDER_ALONE, 1967, False),
        (Category.VERY_OLD, 1946, True),
        (Category.VERY_OLD, 1947, False),
        (Category.CHILD_LEFT_BEHIND, 2008, True),
        (Category.CHILD_LEFT_BEHIND, 2007, False),
        (Category.FAMILY_PLANNING, 1980, True),
        (Category.SEVERELY_DISABLED, 2015, True),
    ],
)
def test_an_age_fits_its_category(category: Category, born: int, fits: bool) -> None:
    assert fits_age(category, born, 2026) is fits


def test_somebody_is_a_minor_until_the_year_in_which_they_come_of_age_is_over() -> None:
    assert is_minor(2008, 2026)
    assert not is_minor(2007, 2026)


def test_an_unlikely_year_is_refused() -> None:
    for born in (1890, 2027):
        with pytest.raises(Refused) as refused:
            entry(replace(ELDER, born=born))
        assert refused.value.reason == "visits.born_unlikely"


# --- bases ---------------------------------------------------------------------------------------


def refusal(
    category: Category,
    basis: Basis | None,
    consent: ConsentRecord | None = None,
    *,
    minor: bool = False,
) -> str:
    """Give why an entry may not rest on this; empty where it may."""
    try:
        ensure_lawful(category, basis, consent, minor=minor, today=TODAY)
    except Refused as error:
        return error.reason.removeprefix("visits.")
    return ""


def test_every_category_may_rest_on_something_and_the_list_is_closed() -> None:
    for category in Category:
        for minor in (False, True):
            allowed = bases_for(category, minor=minor)
            assert allowed
            for basis in set(Basis) - set(allowed):
                assert refusal(category, basis, CONSENT, minor=minor) == "wrong_basis"
            assert refusal(category, None, CONSENT, minor=minor) == "no_basis"


def test_a_duty_needs_no_consent_and_a_consent_needs_its_record() -> None:
    assert refusal(Category.ELDER_ALONE, Basis.ELDERS_DUTY) == ""
    assert refusal(Category.PREGNANT, Basis.CONSENT) == "no_consent"
    assert refusal(Category.PREGNANT, Basis.CONSENT, CONSENT) == ""


def test_pregnancy_and_illness_rest_on_consent_alone() -> None:
    for category in (Category.PREGNANT, Category.SERIOUSLY_ILL):
        assert bases_for(category, minor=False) == (Basis.CONSENT,)


def test_for_a_minor_a_guardian_agrees_and_is_named() -> None:
    disabled, guardian = Category.SEVERELY_DISABLED, Basis.GUARDIAN_CONSENT

    assert refusal(disabled, Basis.CONSENT, CONSENT, minor=True) == "wrong_basis"
    assert refusal(disabled, guardian, CONSENT, minor=True) == "no_guardian"
    assert refusal(disabled, guardian, replace(CONSENT, by="王某，母亲"), minor=True) == ""


def test_a_consent_is_given_today_at_the_latest() -> None:
    ahead = replace(CONSENT, on=TODAY + days(1))

    assert refusal(Category.PREGNANT, Basis.CONSENT, ahead) == "consent_ahead"


# --- wishes --------------------------------------------------------------------------------------


def refused_wish(wish: Wish) -> str:
    """Give why a wish of an elder cannot be followed; empty where it can."""
    try:
        ensure_wish(ELDER, wish, RULES)
    except Refused as error:
        return error.reason.removeprefix("visits.")
    return ""


def test_a_wish_is_followed_within_the_floor_of_the_law() -> None:
    assert interval(replace(ELDER, wish=Wish(every=days(7))), RULES) == days(7)
    assert interval(ELDER, RULES) == days(30)
    assert refused_wish(Wish(every=days(30))) == ""
    assert refused_wish(Wish(every=days(31))) == "too_seldom"
    assert refused_wish(Wish(every=days(1))) == ""
    assert refused_wish(Wish(every=timedelta(hours=23))) == "too_often"


def test_only_a_refusal_goes_below_the_floor() -> None:
    assert refused_wish(Wish(every=days(365), refuses=True)) == ""


def test_where_the_law_sets_no_floor_visits_may_be_seldom() -> None:
    assert longest_interval(Category.VETERAN, at_risk=False, rules=RULES) == days(182)
    assert longest_interval(Category.CHILD_HARDSHIP, at_risk=True, rules=RULES) == days(7)


def test_a_rule_that_became_stricter_shortens_a_wish_that_was_given_before() -> None:
    monthly = replace(ELDER, wish=Wish(every=days(30)))

    assert interval(monthly, replace(RULES, elder=days(14))) == days(14)


# --- its life ------------------------------------------------------------------------------------


def test_an_entry_stands_for_a_term_and_is_renewed_from_the_day_of_its_review() -> None:
    one = entry()
    assert one.valid_until == NOW + days(365)

    later = renewed(replace(one, asked_at=NOW), NOW + days(340), RULES)

    assert (later.valid_until, later.asked_at) == (NOW + days(340 + 365), None)


def test_what_has_ended_is_neither_changed_nor_renewed_nor_ended_again() -> None:
    over = ended(entry(), EndReason.MOVED, NOW)
    assert (over.state, over.ended_at) == (EntryState.ENDED, NOW)

    for act in (
        lambda: edited(over, ELDER, TODAY),
        lambda: renewed(over, NOW, RULES),
        lambda: ended(over, EndReason.DIED, NOW),
    ):
        with pytest.raises(WrongState):
            act()


def test_what_a_duty_asks_for_is_kept_while_it_stands() -> None:
    ill = replace(
        ELDER, category=Category.SERIOUSLY_ILL, basis=Basis.CONSENT, consent=CONSENT, born=1970
    )

    assert not may_be_erased(entry())
    assert may_be_erased(ended(entry(), EndReason.MOVED, NOW))
    assert may_be_erased(entry(ill))


def test_an_entry_comes_back_from_json_as_it_was() -> None:
    full = replace(
        ELDER,
        phone="137",
        at_risk=True,
        consent=replace(CONSENT, by="王某"),
        needs="换灯泡",
        wish=Wish(who="worker", how=How.VIDEO, every=days(14), refuses=True, said_on=TODAY),
    )

    assert from_json(to_json(full)) == full
    assert from_json(to_json(ELDER)) == ELDER


def test_its_sign_says_nothing_of_anybody() -> None:
    assert entry().sign == "EEEEEE"
    with pytest.raises(WrongState):
        _ = replace(entry(), content=None).said
