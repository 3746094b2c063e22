"""The examples in deploy/ name only what there is: commands, roles, keys, files and volumes."""

import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from bot.commands.cli import app
from bot.configuration.loading import load, secret_keys
from bot.configuration.tables import Duty
from bot.configuration.values import DATABASES

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
    (files,) = re.findall(r"^LimitNOFILE=(\d+)$", text, re.M)
    assert int(files) >= 65_536
    for bound in ("MemoryHigh", "MemoryMax", "TasksMax"):
        assert re.search(rf"^{bound}=\d+[MG]?$", text, re.M)
    # The processes that decode bound themselves; what a filter forbids would end them.
    assert text.index("SystemCallFilter=setrlimit") > text.index("SystemCallFilter=~@privileged")


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

    # What `linli init` writes there says the same: `test_cli.py` looks.
    settings = load({**given, "LINLI_CONFIG": os.devnull}, tmp_path)

    assert not settings.demo
    assert not settings.on_sqlite
    # What is set to nothing would go before the file that `linli init` writes.
    for key in secret_keys():
        assert given.get("LINLI_" + key.upper().replace(".", "__")) != "", key
    (nginx,) = settings.web.proxies
    assert f"ipv4_address: {nginx}\n" in (DEPLOY / "compose.yaml").read_text(encoding="utf-8")


def test_every_command_that_is_told_exists() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    told = called(text)

    for words in told:
        check(words)
    assert {"run", "backup", "restore", "doctor", "migrate-data"} <= {words[0] for words in told}


def test_the_key_lies_where_a_start_of_the_machine_leaves_it(tmp_path: Path) -> None:
    example = (DEPLOY / "linli.env.example").read_text(encoding="utf-8")
    compose = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    told = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    (key,) = re.findall(r"^LINLI_SECRETS__KEY_FILE=(.+)$", example, re.M)
    (config,) = re.findall(r"^LINLI_CONFIG=(.+)$", example, re.M)
    folder = str(Path(key).parent)

    assert Path(config).parent == Path(key).parent
    assert not folder.startswith(("/run", "/var/run"))
    assert f"./key:{folder}:ro" in compose
    assert f"install -d -m 700 -o linli -g linli {folder} " in told
    for path in UNITS:
        assert f"EnvironmentFile={folder}/linli.env" in path.read_text(encoding="utf-8")
        assert f"ReadOnlyPaths={folder}\n" in path.read_text(encoding="utf-8")
    assert "/run/linli" not in example + compose + told


def test_the_secrets_are_private_from_the_first_moment() -> None:
    told = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")

    assert told.count("install -m 600") == 2
    assert not re.search(r"\bcp \S*linli\.env", told)


def test_each_container_is_bounded() -> None:
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    linli = text.partition("x-linli:")[2].partition("\nservices:")[0]
    nginx = text.partition("\n  nginx:")[2].partition("\nnetworks:")[0]

    for part in (linli, nginx):
        assert re.search(r"mem_limit: \d+[mg]\n", part)
        assert "ulimits:\n" in part
        assert "nofile: 65536\n" in part


def test_the_base_of_the_image_can_be_pinned() -> None:
    image = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    compose = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    told = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    (base,) = re.findall(r"^ARG BASE_IMAGE=(\S+)$", image, re.M)

    assert "FROM ${BASE_IMAGE}\n" in image
    assert f"BASE_IMAGE: ${{BASE_IMAGE:-{base}}}" in compose
    assert f"docker pull {base}" in told
    assert "BASE_IMAGE=" in told
    # A digest that nobody looked up would pin nothing.
    assert not re.search(r"sha256:[0-9a-f]{8}", image + compose + told)


# --- what stays out of image and repository ------------------------------------------------------

#: What people may well make besides what they are told to: drafts, copies, databases, pictures.
SECRETS = (
    *("old.key", "linli.key.new", "secrets.toml~", "secrets.toml.new", ".env", "deploy/.env"),
    *("key/any", "tls/any", "data/linli.db", "data/linli.db-wal", "data/files/00/ff"),
    *("linli.db", "bot/copy.db", "deploy/data/files/00/ff", "deploy/config.toml"),
)


def told_files() -> set[str]:
    """List the files that documentation and examples tell people to make, wherever they do so.

    That is every name with such an ending, but for what Linli itself brings along, and whatever of
    the machine the containers are given.
    """
    texts = [ROOT / "README.md", ROOT / "README.zh-CN.md", *(ROOT / "docs").rglob("*.md")]
    texts += [path for path in DEPLOY.rglob("*") if path.is_file()]
    told = "\n".join(path.read_text(encoding="utf-8") for path in texts)
    endings = "key|env|pem|db|csv|xlsx|json|backup|dump|toml"
    names = set(re.findall(rf"(?<![\w*.一-鿿-])[\w.-]+\.(?:{endings})(?![\w.-])", told, re.ASCII))
    ours = {path.name for path in (ROOT / "bot" / "configuration" / "defaults").iterdir()}
    folders = {f"{name}/any" for name in re.findall(r" \./([\w-]+):/", told)}
    return (names - ours) | folders | set(re.findall(r"\bfile: (?:\./)?([\w.-]+)$", told, re.M))


def stray_files() -> list[str]:
    """List what must stay out: in the clone, beside the examples and among the modules."""
    return sorted(
        {
            *SECRETS,
            *(f"{place}{name}" for name in told_files() for place in ("", "deploy/", "bot/")),
        }
    )


def is_sent(path: str) -> bool:
    """Tell whether a file becomes part of what the image is built from.

    Source: Docker, "dockerignore files": the last pattern that fits a path or a folder above it
    decides; ``**`` stands for any folders, ``*`` for anything but a slash.
    """
    sent = True
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.strip().removeprefix("!").strip("/")
        if not pattern or line.startswith("#"):
            continue
        expression = re.escape(pattern).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
        if re.fullmatch(f"{expression}(?:/.*)?", path):
            sent = line.startswith("!")
    return sent


def test_the_documentation_names_files_that_must_stay_out() -> None:
    told = told_files()

    assert {"secrets.toml", "linli.key", "linli.env", "db-password", "privkey.pem"} <= told
    assert {"key/any", "tls/any", "staff.csv", "office.xlsx", "ended.json"} <= told
    assert {"linli.backup", "linli.dump"} <= told
    assert not {"config.toml", "rules.toml", "nginx.conf"} & told


@pytest.mark.parametrize("path", stray_files())
def test_no_secret_gets_into_the_image(path: str) -> None:
    assert not is_sent(path)


def test_no_secret_gets_into_the_repository(tmp_path: Path) -> None:
    """As git itself sees it."""
    shutil.copy(ROOT / ".gitignore", tmp_path)
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    paths = stray_files()

    listed = subprocess.run(
        ["git", "-C", tmp_path, "check-ignore", "--no-index", *paths],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.splitlines()

    assert sorted(listed) == paths


def test_what_linli_consists_of_gets_into_both(tmp_path: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = project["tool"]["setuptools"]["packages"]["find"]["include"]
    folders = [ROOT / name.removesuffix("*") for name in packages]
    files = [ROOT / name for name in ("pyproject.toml", "README.md", "requirements.lock")]
    files += [
        path
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    shutil.copy(ROOT / ".gitignore", tmp_path)
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    paths = [path.relative_to(ROOT).as_posix() for path in [*files, DEPLOY / "linli.env.example"]]

    ignored = subprocess.run(
        ["git", "-C", tmp_path, "check-ignore", "--no-index", *paths],
        capture_output=True,
        text=True,
        check=False,
    ).stdout

    assert len(files) > 150
    assert ignored == ""
    assert [path for path in paths[:-1] if not is_sent(path)] == []
    assert not is_sent("tests/conftest.py")
    assert not is_sent(".git/config")


# --- what an office installs ---------------------------------------------------------------------


def locked(name: str) -> dict[str, str]:
    """Give the versions that a lock pins, by normalized names."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==([^ ;]+)", text, re.M))


def names(requirements: Iterable[object]) -> set[str]:
    found = (re.match(r"[A-Za-z0-9_.-]+", str(one)) for one in requirements)
    return {re.sub(r"[-_.]+", "-", one[0]).lower() for one in found if one and one[0]}


def test_an_office_installs_no_workshop() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    needed = names(project["project"]["dependencies"]) | names(groups["build"])
    workshop = names(one for one in groups["dev"] if isinstance(one, str))
    office, all_of_it = locked("requirements.lock"), locked("requirements-dev.lock")

    assert needed <= office.keys()
    assert not workshop & office.keys()
    assert workshop <= all_of_it.keys()
    # Tests run on what an office runs.
    assert office.items() <= all_of_it.items()


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_has_hashes_and_names_no_index(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")

    assert "://" not in text
    assert "--index" not in text
    packages = re.split(r"\n(?=\S)", text.strip())
    assert all("--hash=sha256:" in one for one in packages)


#: What no line imports, and who does so instead.
LOADED_BY_OTHERS = {
    # SQLAlchemy, by the address of the database: `DATABASES` names both drivers.
    **{driver.partition("+")[2]: "sqlalchemy" for driver in DATABASES},
    "tzdata": "zoneinfo",  # where the system has no time zones
    "defusedxml": "openpyxl",  # where it is installed: no entities in a workbook
}


def imported() -> set[str]:
    """List the packages that Linli's own code imports, without its own."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    ours = {
        name.removesuffix("*")
        for name in project["tool"]["setuptools"]["packages"]["find"]["include"]
    }
    found = {
        name.partition(".")[0]
        for folder in ours
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in (
            [one.name for one in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    return found - ours - set(sys.stdlib_module_names) - {""}


def test_what_is_imported_is_what_an_office_installs() -> None:
    distributions = packages_distributions()

    missing = {
        name
        for name in imported()
        if not names(distributions.get(name, [])) & locked("requirements.lock").keys()
    }
    assert missing == set()
    assert "defusedxml" in locked("requirements.lock")


def test_every_dependency_is_used() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    declared = names(project["project"]["dependencies"])
    distributions = packages_distributions()
    used = {name for one in imported() for name in names(distributions.get(one, []))}

    assert declared - used - LOADED_BY_OTHERS.keys() == set()
    # Whatever is excused is declared, and whoever loads it is imported or Python's own.
    assert LOADED_BY_OTHERS.keys() <= declared
    assert set(LOADED_BY_OTHERS.values()) <= imported() | set(sys.stdlib_module_names)


def test_the_image_and_the_guide_install_the_production_lock_alone() -> None:
    image = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    told = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")

    for text in (image, told):
        assert "--require-hashes -r requirements.lock" in text
        assert "-r requirements-dev.lock" not in text
        # Nothing is fetched past the hashes, not even what builds it.
        assert text.count("--no-deps") == text.count("--no-build-isolation")


def test_nginx_bounds_connections_and_answers_no_other_name() -> None:
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")

    zones = set(re.findall(r"limit_(?:conn|req)_zone \S+ zone=(\w+):", text))
    used = set(re.findall(r"limit_conn (\w+) \d+;|limit_req zone=(\w+) ", text))
    assert {one or other for one, other in used} == zones
    assert len(zones) == 3
    for line in ("client_header_timeout", "client_body_timeout", "ssl_reject_handshake on;"):
        assert line in text
    assert text.count("default_server;") == 4
    assert "return 444;" in text
    # Whatever Host somebody writes, they are sent to this office.
    assert re.findall(r"return 301 (\S+);", text) == ["https://linli.example.org$request_uri"]


@pytest.mark.parametrize(
    ("address", "neighbour"),
    [
        ("192.0.2.7", None),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2"),
        ("2001:db8:1:2::7", "2001:db8:1:2"),
        ("2001:db8::7", None),
    ],
)
def test_nginx_counts_a_household_as_one(address: str, neighbour: str | None) -> None:
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    (pattern,) = re.findall(r'"~(\^\(\?<network>.*)"\s+\$network;', text)

    found = re.match(pattern.replace("?<", "?P<"), address)

    assert (found["network"] if found else None) == neighbour


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
