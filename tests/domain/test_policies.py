"""Documents on which rules rest: which version holds on a day, and how one is named."""

from dataclasses import replace
from datetime import date

import pytest

from bot.words.wording import wording_for
from domain.laws import MEDIATION_15, PIPL_13, PIPL_28, PIPL_51, PIPL_56
from domain.messages import Text
from domain.people import Language
from domain.policies import Citation, Policies, Policy
from domain.words.numerals import chinese_number, read_number

OLD = Policy(
    id="law",
    title="某法",
    title_en="Some Law",
    issuer="某常委会",
    issuer_en="Some Committee",
    dated=date(2019, 12, 1),
    version="2019",
    in_force_from=date(2020, 1, 1),
    until=date(2025, 12, 31),
)
NEW = Policy(
    id="law", title="某法", issuer="某常委会", version="2025", in_force_from=date(2026, 1, 1)
)
PAPER = Policy(
    id="paper", title="街道办法", issuer="梧桐街道", number="梧街〔2027〕3号", version="1"
)
REGISTER = Policies((NEW, OLD, PAPER))


def said(what: Text, language: Language = Language.CHINESE) -> str:
    return wording_for(language, strict=True).text(what)


@pytest.mark.parametrize(
    ("day", "version"),
    [
        (date(2019, 12, 31), None),
        (date(2020, 1, 1), "2019"),
        (date(2025, 12, 31), "2019"),
        (date(2026, 1, 1), "2025"),
    ],
)
def test_of_several_versions_the_one_in_force_on_the_day_counts(
    day: date, version: str | None
) -> None:
    found = REGISTER.in_force("law", day)

    assert (found.version if found else None) == version


def test_a_later_version_takes_the_place_of_one_that_nobody_ended() -> None:
    first = replace(OLD, until=None)
    register = Policies((first, NEW))

    assert register.in_force("law", date(2025, 12, 31)) == first
    assert register.in_force("law", date(2026, 1, 1)) == NEW


def test_a_document_without_dates_holds_on_every_day() -> None:
    assert REGISTER.in_force("paper", date(1999, 1, 1)) == PAPER


def test_a_document_is_described_with_what_is_known_of_it_and_nothing_else() -> None:
    law = REGISTER.described(Citation("law", "34"), date(2025, 6, 1))
    paper = REGISTER.described(Citation("paper"), date(2027, 6, 1))

    assert said(law) == (
        "《某法》第三十四条（发布：某常委会、日期：2019-12-01、版本：2019、施行：2020-01-01）"
    )
    assert said(law, Language.ENGLISH) == (
        "Some Law, article 34 (issued by Some Committee, dated 2019-12-01, version 2019, "
        "in force since 2020-01-01)"
    )
    assert said(paper) == "《街道办法》（发布：梧桐街道、文号：梧街〔2027〕3号、版本：1）"


def test_what_is_out_of_force_or_not_yet_in_force_says_so() -> None:
    over = Policies((OLD,)).described(Citation("law"), date(2026, 6, 1))
    early = Policies((NEW,)).described(Citation("law"), date(2025, 6, 1))

    assert "已失效" in said(over)
    assert "尚未施行" in said(early)
    assert "已失效" not in said(early)


def test_several_articles_are_cited_as_they_were_written() -> None:
    cited = REGISTER.cited(Citation("law", "12–15, 23"), date(2026, 6, 1))

    assert said(cited) == "《某法》第12–15, 23条"


def test_a_document_that_is_not_on_record_is_named_by_its_id_and_said_to_be_missing() -> None:
    assert "没有登记" in said(REGISTER.described(Citation("gone"), date(2026, 6, 1)))


def test_every_law_that_a_refusal_cites_is_a_citation_with_its_article() -> None:
    for law in (PIPL_13, PIPL_28, PIPL_51, PIPL_56, MEDIATION_15):
        assert law.article.isdecimal()
        assert law.says is not None


@pytest.mark.parametrize("number", [1, 9, 10, 11, 19, 20, 34, 56, 99, 100, 101, 110, 115, 999])
def test_an_article_is_counted_in_signs_that_are_read_back(number: int) -> None:
    assert read_number(chinese_number(number)) == number


def test_articles_are_counted_as_people_write_them() -> None:
    assert [chinese_number(one) for one in (5, 10, 13, 34, 105, 110)] == [
        *("五", "十", "十三", "三十四", "一百零五", "一百一十"),
    ]
