"""What `linli doctor` says of rules and of the documents on which they rest."""

import json
from datetime import UTC, datetime
from pathlib import Path

from bot.operations.doctor import examine_rules
from bot.operations.findings import Grade
from bot.words.wording import wording_for
from domain.people import Language
from tests.street import settings

NOON = datetime(2026, 11, 29, 4, tzinfo=UTC)


def told(folder: Path, **environ: str) -> list[str]:
    return [
        wording_for(Language.ENGLISH, strict=True).text(one.said)
        for one in examine_rules(settings(folder, **environ), NOON)
        if one.grade is not Grade.GOOD
    ]


def resting_on(until: str) -> dict[str, str]:
    paper = {
        "id": "street_paper",
        "title": "时限规定",
        "issuer": "街道",
        "version": "1",
        "in_force_from": "2026-01-01",
        "until": until,
    }
    rules = {"recheck": {"after_days": 20, "documents": [{"id": "street_paper"}], "source": "x"}}
    return {"LINLI_POLICIES": json.dumps([paper]), "LINLI_RULES": json.dumps(rules)}


def test_the_documents_of_the_defaults_are_in_force(tmp_path: Path) -> None:
    assert not [one for one in told(tmp_path) if "not in force" in one or "no document" in one]


def test_a_document_that_is_out_of_force_is_told_with_the_rules_that_rest_on_it(
    tmp_path: Path,
) -> None:
    last_day = told(tmp_path, **resting_on("2026-11-29"))
    day_after = told(tmp_path, **resting_on("2026-11-28"))

    said = "street_paper is not in force on 2026-11-29, and is the basis of: recheck"
    assert said not in last_day
    assert said in day_after


def test_a_document_of_one_community_is_looked_at_too(tmp_path: Path) -> None:
    paper = {
        "id": "own_paper",
        "title": "甲",
        "issuer": "乙",
        "version": "1",
        "until": "2026-11-01",
    }
    change = {
        "in_force_from": "2026-01-02",
        "source": "x",
        "documents": [{"id": "own_paper"}],
        "communities": ["C1"],
        "rules": {"recheck": {"after_days": 20}},
    }

    said = told(
        tmp_path,
        LINLI_POLICIES=json.dumps([paper]),
        LINLI_RULE_CHANGES=json.dumps([change]),
    )

    assert "own_paper is not in force on 2026-11-29, and is the basis of: recheck" in said


def test_a_rule_that_names_no_document_is_told(tmp_path: Path) -> None:
    said = told(tmp_path, LINLI_RULES__RECHECK__AFTER_DAYS="20")

    assert "name no document: recheck" in said
