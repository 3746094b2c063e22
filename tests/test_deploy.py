"""The examples in deploy/ name only what there is: commands, roles, keys, files and volumes."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from bot.cli import app
from bot.config import Duty, load

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
TEXTS = [
    *sorted(path for path in DEPLOY.rglob("*") if path.is_file()),
    ROOT / "docs" / "operations.md",
]
COMMANDS: dict[str, Any] = get_command(app).commands  # type: ignore[attr-defined]


def called(text: str) -> list[list[str]]:
    """List the calls of ``linli`` in code of a text, as words after the command's name."""
    lines = re.findall(r"(?:^|`)linli ((?:[a-z][a-z-]*)(?: [^`\n#|]*)?)", text, re.M)
    return [shlex.split(line.split(" …")[0]) for line in lines]


def options(command: Any) -> set[str]:
    return {name for parameter in command.params for name in parameter.opts} | {"--help"}


def check(words: list[str]) -> None:
    """Fail where a call names a command, an option or a role that there is not."""
    group: Any = COMMANDS[words[0]]
    rest = words[1:]
    if hasattr(group, "commands") and rest:
        group, rest = group.commands[rest[0]], rest[1:]
    known = options(group)
    for place, word in enumerate(rest):
        if word.startswith("--"):
            assert word.partition("=")[0] in known, words
        if word == "--role" and words[0] == "run":
            assert rest[place + 1] in set(Duty), words


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_starts_what_there_is_and_may_do_little_else(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    (start,) = re.findall(r"^ExecStart=\S+/linli (.*)$", text, re.M)

    check(shlex.split(start))
    for line in ("NoNewPrivileges=true", "ProtectSystem=strict", "CapabilityBoundingSet=\n"):
        assert line in text
    assert "Restart=always" in text


def test_the_units_together_do_all_of_it() -> None:
    started = {role for path in UNITS for role in re.findall(r"--role (\w+)", path.read_text())}

    assert started == set(Duty)


def test_the_containers_together_do_all_of_it() -> None:
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")

    commands = re.findall(r"^    command: \[(.*)\]$", text, re.M)

    calls = [[word.strip().strip('"') for word in line.split(",")] for line in commands]
    for words in calls:
        check(words)
    assert {words[-1] for words in calls} == set(Duty)


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_every_variable_is_a_key_of_the_configuration(path: Path, tmp_path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    names = sorted(set(re.findall(r"\bLINLI_[A-Z0-9_]+", text)) - {"LINLI_CONFIG"})
    plain = load({"LINLI_DATA_DIR": str(tmp_path)}, tmp_path).model_dump()

    for name in names:
        value: Any = plain
        for key in name.removeprefix("LINLI_").lower().split("__"):
            assert key in value, name
            value = value[key]


def test_the_example_of_the_environment_is_taken_as_it_is(tmp_path: Path) -> None:
    lines = (DEPLOY / "linli.env.example").read_text(encoding="utf-8").splitlines()
    given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))

    settings = load(given, tmp_path)

    assert not settings.demo
    assert not settings.on_sqlite
    (nginx,) = settings.web.proxies
    assert f"ipv4_address: {nginx}\n" in (DEPLOY / "compose.yaml").read_text(encoding="utf-8")


def test_every_command_that_is_told_exists() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    told = called(text)

    for words in told:
        check(words)
    assert {"run", "backup", "restore", "doctor", "migrate-data"} <= {words[0] for words in told}


def test_nginx_passes_on_what_the_page_needs() -> None:
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")

    for line in (
        "proxy_set_header Host $host;",
        "proxy_set_header X-Forwarded-For $remote_addr;",
        "proxy_set_header Upgrade $http_upgrade;",
        "location = /chat/ws",
    ):
        assert line in text
    assert text.count("{") == text.count("}")
    # Larger than the largest picture, or nginx refuses it before Linli can say why.
    (megabytes,) = re.findall(r"client_max_body_size (\d+)m;", text)
    assert int(megabytes) * 2**20 > load({}, DEPLOY).web.photo_max_bytes
