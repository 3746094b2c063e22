"""The command line speaks the language of the terminal."""

import os
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from bot.commands import spoken_help
from bot.commands.cli import app
from bot.words.wording import LOCALES, read_catalogue
from domain.people import Language

ADDRESS = "https://linli.example.org"


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A terminal in an empty folder; `terminal(words)` gives what is printed."""
    for name in list(os.environ):
        if name.startswith(("LINLI_", "LC_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, arguments, catch_exceptions=False)
        assert result.exit_code == code, result.output
        return result.output

    return run


def test_a_chinese_terminal_is_helped_in_chinese(terminal: Any) -> None:
    whole, one = terminal("--help"), terminal("invite", "--help")

    assert "检查安装情况" in whole
    assert "Look the installation over" not in whole
    assert "岗位，例如 网格员" in one


def test_an_office_is_set_up_looked_over_and_backed_up_in_chinese(terminal: Any) -> None:
    empty = terminal("doctor")
    made = terminal("init", "--public-url", ADDRESS)
    again = terminal("init", "--public-url", ADDRESS, code=2)
    looked = terminal("doctor", code=1)
    saved = terminal("backup", "linli.backup")

    assert "什么也没有新建" in empty
    assert "请另存一份：没有它，谁也读不了数据" in made
    assert "里已经有配置" in again
    assert looked.splitlines()[0].startswith("要改  ")
    assert "处必须解决" in looked.splitlines()[-1]
    assert "密钥文件要另外保存" in saved
    restored = terminal("restore", "linli.backup")
    assert "已恢复：" in restored


def test_an_invitation_names_unit_and_post_in_chinese(
    terminal: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = terminal("invite", "--role", "网格员", "--unit", "C1-G1", "--name", "李四")

    assert "（C1-G1）网格员：李四" in told
    assert "只能用一次" in told
    assert told.splitlines()[-1].isdecimal()


@pytest.mark.parametrize("spoken", ["en_US.UTF-8", "C", "C.UTF-8", "POSIX", ""])
def test_everybody_else_and_programs_are_spoken_to_in_english(
    terminal: Any, monkeypatch: pytest.MonkeyPatch, spoken: str
) -> None:
    monkeypatch.setenv("LANG", spoken)

    assert "Look the installation over" in terminal("--help")


@pytest.mark.parametrize(
    ("named", "chinese"), [("LC_ALL", True), ("LC_MESSAGES", True), ("LC_TIME", False)]
)
def test_what_says_most_about_the_language_is_followed(
    terminal: Any, monkeypatch: pytest.MonkeyPatch, named: str, chinese: bool
) -> None:
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    monkeypatch.setenv(named, "zh_TW.UTF-8")

    assert ("检查安装情况" in terminal("--help")) is chinese


def test_the_english_help_is_what_the_source_says() -> None:
    """Both are written by hand: who changes one changes the other."""
    catalogue = read_catalogue(LOCALES, Language.ENGLISH, "console")
    found: dict[str, str] = {}

    def gather(group: Any, above: tuple[str, ...]) -> None:
        for name, command in group.commands.items():
            path = (*above, name.replace("-", "_"))
            found["_".join(path)] = (command.callback.__doc__ or "").strip()
            if hasattr(command, "commands"):
                del found["_".join(path)]
                gather(command, path)

    gather(typer.main.get_command(app), ())

    for name, said in found.items():
        worded = catalogue[f"help_{name}"].forms[0].replace("{{", "{").replace("}}", "}")
        plain = "\n".join(line.strip() for line in said.splitlines())
        assert worded.split() == plain.split(), name


def test_every_command_and_option_has_its_words() -> None:
    group = typer.main.get_command(app)

    spoken_help._word_all(group, ())
