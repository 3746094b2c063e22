"""What `linli doctor` tells: in the language of the terminal, the bad first, changing nothing."""

import asyncio
import hashlib
import os
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.commands.cli import app
from tests.receiver import Answer, Receiver

ADDRESS = "https://linli.example.org"
CHINESE, ENGLISH = "zh_CN.UTF-8", "en_US.UTF-8"
#: Three words in a row that are neither a command nor a path: a sentence that nobody translated.
SENTENCE = re.compile(r"\b[a-z]{2,} [a-z]{2,} [a-z]{2,}\b")

Linli = Callable[..., str]


@pytest.fixture
def linli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Linli:
    """The command at a Chinese terminal in an empty folder; gives what is printed."""
    for name in list(os.environ):
        if name.startswith(("LINLI_", "LC_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LANG", CHINESE)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, arguments, catch_exceptions=False)
        assert result.exit_code == code, result.output
        return result.output

    return run


@pytest.fixture
def office(linli: Linli) -> Linli:
    """An office that was set up and has no street yet."""
    linli("init", "--public-url", ADDRESS)
    return linli


def content(folder: Path) -> dict[str, str]:
    """Give every file and folder with its mode and a digest of what is in it."""
    return {
        f"{path.relative_to(folder)} {path.stat().st_mode:o}": (
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        )
        for path in sorted(folder.rglob("*"))
    }


def grades(output: str) -> list[str]:
    return [line.split("  ", 1)[0] for line in output.splitlines()[:-1]]


# --- the language --------------------------------------------------------------------------------


def test_a_chinese_terminal_reads_every_finding_of_an_office_in_chinese(
    office: Linli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LINLI_TELEGRAM__RESIDENTS__TOKEN", "1:a")
    monkeypatch.setenv("LINLI_TELEGRAM__API_BASE", "http://127.0.0.1:1")
    monkeypatch.setenv("LINLI_WEBHOOKS__away__URL", "http://127.0.0.1:1/")
    (tmp_path / "linli.key").chmod(0o644)
    (tmp_path / "data").chmod(0o755)

    told = office("doctor", code=1)

    assert not SENTENCE.search(told), told
    assert "别人也能读" in told
    assert "别人也能打开" in told
    assert "还没有街道：linli import 文件" in told
    assert "居民机器人：连不上 http://127.0.0.1:1" in told
    assert "通知通道 away：连不上 127.0.0.1" in told
    assert "个人信息保护法第36" in told
    assert grades(told) == sorted(grades(told), key=["要改", "提示", "正常"].index)


def test_a_chinese_terminal_reads_every_finding_of_a_demonstration_in_chinese(
    linli: Linli,
) -> None:
    linli("units")

    told = linli("doctor")

    assert not SENTENCE.search(told), told
    assert "网格书记没有人：" in told
    assert "（C3-G3）" in told
    assert "份档案核对无误" in told


async def test_a_webhook_that_is_tried_is_told_in_chinese(
    linli: Linli, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Receiver(Answer(403)) as receiver:
        monkeypatch.setenv("LINLI_WEBHOOKS__duty__URL", f"{receiver.base}/duty")
        await asyncio.to_thread(linli, "units")

        told = await asyncio.to_thread(linli, "doctor", "--try-webhooks", code=1)

    assert "要改  通知通道 duty：没有收下测试消息：Rejected, HTTP 403" in told


def test_a_configuration_that_is_wrong_is_refused_in_the_terminals_language(
    linli: Linli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINLI_WEB__PORT", "many")

    assert "按现在的配置，邻里启动不了：\n  web.port: " in linli("doctor", code=2)


# --- nothing is made -----------------------------------------------------------------------------


def test_looking_at_an_office_changes_nothing_on_the_disk(office: Linli, tmp_path: Path) -> None:
    (tmp_path / "data").chmod(0o755)
    before = content(tmp_path)

    office("doctor", code=1)

    assert content(tmp_path) == before


@pytest.mark.parametrize("gone", ["the database", "the key", "everything"])
def test_what_is_missing_is_told_and_not_made(office: Linli, tmp_path: Path, gone: str) -> None:
    if gone in ("the database", "everything"):
        for path in (tmp_path / "data").glob("linli.db*"):
            path.unlink()
    if gone in ("the key", "everything"):
        (tmp_path / "linli.key").unlink()
    if gone == "everything":
        (tmp_path / "data").rmdir()
    before = content(tmp_path)

    told = office("doctor", code=1)

    assert content(tmp_path) == before
    assert ("数据库：" in told and "linli.db 不存在" in told) is (gone != "the key")
    assert ("密钥文件：" in told and "linli.key 不存在" in told) is (gone != "the database")
    assert ("数据目录：" in told) is (gone == "everything")


def test_a_demonstration_that_nobody_began_is_not_begun_by_looking(
    linli: Linli, tmp_path: Path
) -> None:
    linli("units")
    for path in (tmp_path / "data").glob("demo.db*"):
        path.unlink()
    before = content(tmp_path)

    told = linli("doctor")

    assert "什么也没有新建" in told
    assert content(tmp_path) == before


@pytest.mark.parametrize(
    ("at", "said", "code"),
    [("0001", "下次 linli run 启动时升级到", 0), ("9999", "这个版本不认识", 1)],
    ids=["older", "newer"],
)
def test_a_database_of_another_version_is_told_and_stays_as_it_is(
    office: Linli, tmp_path: Path, at: str, said: str, code: int
) -> None:
    path = tmp_path / "data" / "linli.db"
    with sqlite3.connect(path) as database:
        database.execute("UPDATE alembic_version SET version_num = ?", (at,))
    database.close()
    before = content(tmp_path)

    told = office("doctor", code=code)

    assert f"版本 {at}，" in told
    assert said in told
    assert content(tmp_path) == before


def test_a_file_that_is_no_database_is_told_in_one_line(office: Linli, tmp_path: Path) -> None:
    (tmp_path / "data" / "linli.db").write_bytes(b"no database " * 400)

    told = office("doctor", code=1)

    assert "要改  数据库：不能用：" in told


def test_another_key_is_told_in_one_line(
    office: Linli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from storage.keyring import MasterKeys

    (tmp_path / "linli.key").unlink()
    MasterKeys.create(tmp_path / "linli.key")

    chinese = office("doctor", code=1)
    monkeypatch.setenv("LANG", ENGLISH)
    english = office("doctor", code=1)

    assert "要改  数据库：密钥文件打不开这个数据库" in chinese
    assert "BAD   database: the key file does not open this database" in english
