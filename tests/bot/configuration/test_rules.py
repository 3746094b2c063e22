"""Rules as features declare them: what is made of the configuration, and what the page says."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.configuration.law_data import rule_book
from bot.configuration.loading import load
from bot.configuration.rules.book import RuleBook, RuleChange
from bot.configuration.rules.declared import DECLARED, all_tables
from bot.configuration.rules.kinds import DatedTable, RuleTables
from domain.broadcasts.rules import NoticeRules
from domain.digests.rules import TopicRules
from domain.matters.rules import ClockRules, NearbyRules, SupportRules, UrgingRules
from domain.plans import PlanRules
from domain.posts.rules import AbsenceRules
from domain.rules import DatedRules, DraftRules, RuleValue
from domain.services.rules import AgencyRules, HomeRules, TaskRules
from domain.slots import BookingRules
from domain.visits.rules import VisitRules
from domain.words.corrections import LearningRules

DAY = date(2027, 6, 1)
PAGE = Path(__file__).parents[3] / "docs" / "rules.md"


def book(folder: Path, *changes: RuleChange) -> RuleBook:
    return RuleBook(load({}, folder).rules, changes)


def change(table: str, *communities: str, day: date = DAY, **values: float) -> RuleChange:
    return RuleChange(
        in_force_from=day, source="街道决定", communities=communities, rules={table: values}
    )


def by_key(rules: DatedRules) -> Mapping[str, RuleValue]:
    return {f"{one.table}.{one.key}": one for one in rules.values}


def test_each_feature_gets_its_own_rules_from_the_tables_that_it_declares(tmp_path: Path) -> None:
    given = book(tmp_path).given(DAY)

    assert given.keys() == {
        ClockRules,
        NearbyRules,
        SupportRules,
        UrgingRules,
        AgencyRules,
        HomeRules,
        TaskRules,
        TopicRules,
        NoticeRules,
        AbsenceRules,
        DraftRules,
        BookingRules,
        LearningRules,
        PlanRules,
        VisitRules,
    }
    assert given[NoticeRules] == NoticeRules(
        life=timedelta(days=90), values=given[NoticeRules].values
    )
    assert given[DraftRules] == DraftRules(life=timedelta(days=30), values=given[DraftRules].values)
    assert given[LearningRules] == LearningRules(
        least_persons=3, life=timedelta(days=365), values=given[LearningRules].values
    )
    assert given[NearbyRules] == NearbyRules(
        metres=150.0, days=30, most=3, values=given[NearbyRules].values
    )


def test_every_value_of_every_feature_names_its_source_and_its_day(tmp_path: Path) -> None:
    for rules in book(tmp_path).given(DAY).values():
        assert rules.values
        for one in rules.values:
            assert one.source, one
            assert one.in_force_from == date(2026, 1, 1)
            assert not one.own


def test_what_a_change_leaves_as_it_was_keeps_its_own_source(tmp_path: Path) -> None:
    rules = book(tmp_path, change("nearby", days=14)).given(DAY)[NearbyRules]

    changed, left = by_key(rules)["nearby.days"], by_key(rules)["nearby.metres"]
    assert (changed.value, changed.source, changed.in_force_from) == (14, "街道决定", DAY)
    assert left.source.startswith("Local rule")
    assert left.in_force_from == date(2026, 1, 1)


def test_what_a_community_sets_for_itself_is_marked_as_its_own_and_nobody_elses(
    tmp_path: Path,
) -> None:
    street, own = change("nearby", days=20), change("nearby", "E", metres=80.0)
    rules = book(tmp_path, street, own)

    there = by_key(rules.given(DAY, "E")[NearbyRules])
    elsewhere = by_key(rules.given(DAY, "W")[NearbyRules])
    assert [key for key, one in there.items() if one.own] == ["nearby.metres"]
    assert (there["nearby.metres"].value, there["nearby.days"].value) == (80.0, 20)
    assert elsewhere["nearby.metres"].value == 150.0
    assert rules.communities == {"E"}


def test_the_day_before_a_change_the_old_value_holds(tmp_path: Path) -> None:
    rules = book(tmp_path, change("notices", keep_days=20))

    before = rules.given(DAY - timedelta(days=1))[NoticeRules]
    since = rules.given(DAY)[NoticeRules]

    assert isinstance(before, NoticeRules)
    assert isinstance(since, NoticeRules)
    assert (before.life, since.life) == (timedelta(days=90), timedelta(days=20))


def test_two_features_cannot_declare_the_same_table() -> None:
    class Again(RuleTables):
        notices: DatedTable

    with pytest.raises(LookupError, match=r"rules\.notices is declared twice"):
        all_tables((*DECLARED, Again))


def test_a_rule_class_of_a_feature_is_declared_once() -> None:
    tables = [name for one in DECLARED for name in one.model_fields]

    assert len(tables) == len(set(tables))
    assert tables == [name for name, _ in rule_book_sections()]


def rule_book_sections() -> list[tuple[str, DatedTable]]:
    return list(load({}, PAGE.parent).rules.sections())


# --- the page -------------------------------------------------------------------------------------


def test_the_page_of_the_rules_says_every_key_with_its_default_and_no_other(
    tmp_path: Path,
) -> None:
    rows = dict(
        re.findall(r"^\| `([a-z_0-9]+\.[a-z_]+)` \| ([^|]+) \|", PAGE.read_text(), re.MULTILINE)
    )
    values = {
        key: one
        for rules in rule_book(load({}, tmp_path)).given(date(2026, 11, 29)).values()
        for key, one in by_key(rules).items()
    }
    clocks = {one.table: one.value for one in values.values() if one.key == "clock"}

    assert rows.keys() == {key for key, one in values.items() if one.key != "clock"}
    for key, said in rows.items():
        assert re.match(rf"{values[key].value:g}\b", said), key
        if (clock := clocks.get(values[key].table)) is not None:
            assert f"{clock} hour" in said, key
