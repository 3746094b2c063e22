"""A table of rules as people read it: values in words, and below those of one origin its basis."""

from dataclasses import replace
from datetime import date

from bot.words.wording import wording_for
from domain.messages import Card
from domain.people import Language
from domain.policies import DEFAULTS, Citation, Policies, Policy
from domain.rule_cards import rule_card, tables_of
from domain.rules import DatedRules, RuleValue

DAY = date(2027, 6, 1)
PAPER = Policy(id="paper", title="规定", issuer="街道", version="1")
REGISTER = Policies((PAPER,))
METRES = RuleValue(
    table="nearby",
    key="metres",
    value=150.0,
    source="街道决定",
    in_force_from=date(2026, 1, 1),
    documents=(Citation("paper", "3"),),
)
DAYS = replace(METRES, key="days", value=30)


def lines(card: Card) -> list[str]:
    wording = wording_for(Language.CHINESE, strict=True)
    return [f"{wording.text(one.label)}：{wording.value(one.value)}" for one in card.lines]


BASIS = "依据：《规定》第三条（发布：街道、版本：1）"


def test_values_of_one_origin_share_its_documents_its_note_and_its_day() -> None:
    assert lines(rule_card((METRES, DAYS), REGISTER, DAY)) == [
        "距离：超过 150 米算两处",
        "多久以内：30 天以内的",
        BASIS,
        "说明：街道决定",
        "自何日起：2026-01-01",
    ]


def test_a_value_of_another_origin_has_a_basis_of_its_own() -> None:
    own = replace(DAYS, own=True, documents=(), source="", in_force_from=date(2027, 3, 1))

    assert lines(rule_card((METRES, own), REGISTER, DAY)) == [
        "距离：超过 150 米算两处",
        BASIS,
        "说明：街道决定",
        "自何日起：2026-01-01",
        "多久以内（本社区自定）：30 天以内的",
        "依据：没有写明依据的文件，请补上",
        "自何日起：2027-03-01",
    ]


def test_a_default_says_that_the_street_is_to_confirm_it() -> None:
    given = replace(METRES, documents=(Citation(DEFAULTS),), source="Local rule, please confirm")

    said = lines(rule_card((given,), REGISTER, DAY))

    assert "说明：本工具自带的默认值，请街道确认，或写明自己的依据" in said
    assert "Local rule" not in "".join(said)


def test_a_share_is_read_as_a_percentage_and_a_clock_as_a_word() -> None:
    share = replace(METRES, table="reminders", key="soon_share", value=0.75)
    clock = replace(METRES, table="urgency_1", key="clock", value="working")

    assert lines(rule_card((share,), REGISTER, DAY))[0] == "提前提醒：时限过了 75% 时"
    assert lines(rule_card((clock,), REGISTER, DAY))[0] == "计时：只计工作时间"


def test_tables_come_in_the_order_in_which_features_declare_them() -> None:
    topics = replace(METRES, table="topics", key="growth")

    found = tables_of((DatedRules(values=(topics,)), DatedRules(values=(METRES, DAYS))))

    assert list(found.items()) == [("topics", (topics,)), ("nearby", (METRES, DAYS))]
