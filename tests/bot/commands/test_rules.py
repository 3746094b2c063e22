"""``linli rules``: the rules in force, as an operator reads them on a terminal."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.commands.cli import app

OWN = """[[policies]]
id = "street_paper"
title = "时限规定"
title_en = "the paper on time limits"
issuer = "云溪街道"
version = "2"
dated = 2027-02-10
in_force_from = 2027-03-01

[[rule_changes]]
in_force_from = 2027-03-01
source = "decision of the office"
documents = [{ id = "street_paper", article = "7" }]
communities = ["C1"]
rules = { urgency_1 = { contact_hours = 4.0 } }
"""
Linli = Callable[..., str]


@pytest.fixture
def linli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Linli:
    """Run the command on the demonstration, with an English terminal."""
    for name in list(os.environ):
        if name.startswith("LINLI_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    monkeypatch.chdir(tmp_path)
    Path("config.toml").write_text(OWN, encoding="utf-8")

    def run(*arguments: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, arguments, catch_exceptions=False)
        assert result.exit_code == code, result.output
        return result.output

    return run


@pytest.mark.requirement("G-10")
def test_every_rule_is_printed_with_its_document(linli: Linli) -> None:
    told = linli("rules", "--as-of", "2027-03-01")

    blocks = [one for one in told.split("\n\n") if one.strip()]
    assert len(blocks) >= 12
    for one in blocks:
        assert "Basis: " in one
        assert "version " in one
        assert "Holds since: 2026-01-01" in one
    assert "Organic Law of the Urban Residents' Committees, article 34" in told
    assert "the community's own" not in told


def test_what_a_community_sets_for_itself_is_printed_from_its_day_on(linli: Linli) -> None:
    before = linli("rules", "--unit", "C1", "--as-of", "2027-02-28")
    since = linli("rules", "--unit", "C1", "--as-of", "2027-03-01")
    elsewhere = linli("rules", "--unit", "C2", "--as-of", "2027-03-01")

    own = "First contact (the community's own): within 4 hours of dispatch"
    assert own not in before
    assert own in since
    assert own not in elsewhere
    assert (
        "the paper on time limits, article 7 (issued by 云溪街道, dated 2027-02-10, version 2, "
        "in force since 2027-03-01)"
    ) in since
    assert "decision of the office" in since


def test_an_unknown_unit_and_an_unreadable_day_are_refused(linli: Linli) -> None:
    assert "there is no unit C9" in linli("rules", "--unit", "C9", code=2)
    assert "--as-of must be a day" in linli("rules", "--as-of", "soon", code=2)
