"""``linli train``: figures first, taken where nothing is worse; and the way back."""

import asyncio
import json
import os
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner, Result

from bot.commands.cli import app
from bot.configuration.loading import load
from bot.configuration.training_sentences import default_sentences
from bot.operations.databases import opened
from domain.people import Consent, Purpose
from domain.words.learning import Sentence
from storage.changes import Changes, apply
from tests.domain.words.test_supplement import CHARGING, FOURTH, LOCKERS, corrected
from tests.street import MORNING

Linli = Callable[..., Result]
SAID = "我们院里充电桩太少了"


@cache
def shipped() -> Sequence[Sentence]:
    return default_sentences()[::10]


@pytest.fixture
def linli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Linli:
    """Run the command in an empty directory, on a part of the shipped sentences: it is faster."""
    for name in list(os.environ):
        if name.startswith("LINLI_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("bot.operations.teaching.default_sentences", shipped)

    def run(*arguments: str, code: int = 0) -> Result:
        result = CliRunner().invoke(app, arguments, catch_exceptions=False)
        assert result.exit_code == code, result.output
        return result

    return run


@pytest.fixture
def office(linli: Linli, tmp_path: Path) -> Linli:
    """An office with a street of its own."""
    linli("init", "--public-url", "https://linli.example.org")
    linli("import", str(workbook(linli, tmp_path / "office.xlsx", ())))
    return linli


def workbook(linli: Linli, path: Path, examples: Sequence[str]) -> Path:
    """Write an office's file, with a category of its own and its examples."""
    path.unlink(missing_ok=True)
    linli("import", str(path), "--template")
    book = load_workbook(path)
    rows: dict[str, dict[str, object]] = {
        "街道": {"编码": "S", "名称": "云栖街道"},
        "社区": {"编码": "C1", "名称": "清风社区"},
        "网格": {"编码": "C1-G1", "名称": "第一网格", "所属社区": "C1"},
        "岗位": {"单位编码": "C1", "岗位": "分包社区领导", "姓名": "甲一", "电话": "101"},
        "目录": {
            **{"编码": "charging", "类别": "办事", "名称": "充电设施", "英文名": "Charging"},
            **{"条线": "居务", "重要程度": 1, "紧急程度": 1, "例句": "\n".join(examples)},
        },
    }
    for name, row in rows.items():
        headings = {str(c.value).split(" (")[0]: c.column for c in next(book[name].rows)}
        for heading, value in row.items():
            if value:
                book[name].cell(3, headings[heading.strip()], value)
    book.save(path)
    return path


def correct(*said: str, by: Sequence[str] = ("anna", "bert", "cora")) -> None:
    """Let people put sentences right, in the database of the office in this folder."""

    async def do() -> None:
        changes = Changes()
        changes.save(*corrected(*said, by=by))
        for person in set(by):
            changes.save(
                Consent(person=person, purpose=Purpose.LEARNING, notice=1, given_at=MORNING)
            )
        async with opened(load(os.environ, Path.cwd())) as database, database.write() as tx:
            await apply(tx, [changes])

    asyncio.run(do())


def first(linli: Linli, said: str) -> str:
    answer = json.loads(linli("understand", said, "--json").stdout)
    return str(answer["categories"][0])


# --- empty, and refused --------------------------------------------------------------------------


def test_where_there_is_nothing_to_learn_it_says_so_and_what_to_do(office: Linli) -> None:
    told = office("train").output

    assert "0 corrections of 0 people" in told
    assert "There is nothing to learn from yet" in told
    assert "open in no community: see [features.learning]" in told
    assert "Nothing was changed" in told
    assert "read as Linli came" not in told


def test_one_person_teaches_nothing(office: Linli) -> None:
    correct(*LOCKERS, by=("anna",))

    told = office("train").output

    assert "3 corrections of 1 person; 0 hold something that enough people said" in told
    assert "There is nothing to learn from yet" in told


def test_to_try_and_to_forget_are_two_things(office: Linli) -> None:
    assert "either --dry-run or --forget" in office("train", "--dry-run", "--forget", code=2).output


def test_without_an_office_it_learns_nothing_in_the_demonstration(linli: Linli) -> None:
    assert "There is nothing to learn from yet" in linli("train", "--dry-run").output


# --- learnt --------------------------------------------------------------------------------------


def test_corrections_are_measured_shown_and_taken(office: Linli) -> None:
    correct(*LOCKERS)

    told = office("train").output

    assert "3 corrections of 3 people; 3 hold something that enough people said" in told
    assert "shipped sentences, held back" in told
    assert "corrections, new to both" in told
    assert "Danger and complaints about a person are told as before" in told
    assert "Taken: every process reads with it" in told
    assert "learnt here on" in office("doctor", code=1).output
    spoken = office("understand", FOURTH, "--why").output
    assert "learnt here" in spoken


def test_both_figures_stand_beside_each_other(office: Linli) -> None:
    correct(*LOCKERS)

    lines = office("train", "--dry-run").output.splitlines()

    rows = [line.split() for line in lines if line.startswith("  reading right")]
    assert len(rows) == 2
    for row in rows:
        before, after = (int(figure.split("/")[0]) for figure in row[-2:])
        assert after >= before


def test_a_dry_run_changes_nothing(office: Linli) -> None:
    correct(*LOCKERS)

    told = office("train", "--dry-run").output

    assert "Nothing was changed; it would be taken" in told
    assert "3 corrections wait for linli train" in office("doctor", code=1).output


def test_forgetting_goes_back_to_what_linli_brings_along(office: Linli) -> None:
    correct(*LOCKERS)
    office("train")

    told = office("train", "--forget").output
    again = office("train", "--forget").output

    assert "Back to what Linli brings along; what was kept to learn from stays" in told
    assert "Nothing was learnt here" in again
    assert "3 corrections of 3 people" in office("train").output


def test_what_was_learnt_is_in_the_backup(office: Linli, tmp_path: Path) -> None:
    workbook(office, tmp_path / "more.xlsx", CHARGING)
    office("import", "more.xlsx")
    office("train")
    assert first(office, SAID) == "charging"
    office("backup", "linli.backup")
    office("train", "--forget")
    assert first(office, SAID) != "charging"

    office("restore", "linli.backup")

    assert first(office, SAID) == "charging"


# --- categories of one's own ---------------------------------------------------------------------


def test_examples_are_reported_at_import_and_learnt_by_training(
    office: Linli, tmp_path: Path
) -> None:
    path = workbook(office, tmp_path / "more.xlsx", CHARGING)

    looked = office("import", str(path), "--check").output
    imported = office("import", str(path)).output
    before = first(office, SAID)
    told = office("train").output

    for said in (looked, imported):
        assert "Examples of charging (8): run linli train, and they are learnt" in said
    assert before != "charging"
    assert "of 8 examples told by the others" in told
    assert first(office, SAID) == "charging"
    assert first(office, "3号楼路灯坏了") == "lighting"


def test_too_few_examples_say_how_many_are_wanted(office: Linli, tmp_path: Path) -> None:
    path = workbook(office, tmp_path / "more.xlsx", CHARGING[:3])

    imported = office("import", str(path)).output
    told = office("train").output

    assert "Too few examples, not learnt before there are 5 of a category: charging has 3" in (
        imported
    )
    assert "charging: 3 examples, 5 are needed before it is learnt" in told
    assert "There is nothing to learn from yet" in told


def test_the_template_of_an_office_gives_its_examples_back(office: Linli, tmp_path: Path) -> None:
    path = workbook(office, tmp_path / "more.xlsx", CHARGING)
    office("import", str(path))

    imported = office("import", str(path)).output

    assert "changed: none" in imported
