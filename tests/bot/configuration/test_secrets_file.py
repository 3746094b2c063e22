"""The file for what is secret: what it may hold, who may read it, and what git sees of it."""

import os
import shutil
import stat
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from bot.commands.cli import app
from bot.configuration.loading import load, secret_keys, secret_places
from bot.configuration.problems import ConfigurationError
from bot.configuration.secrets_file import SECRETS_FILE, config_text, secrets_text

ROOT = Path(__file__).parents[3]
INIT = ("init", "--public-url", "https://linli.example.org")
TOKENS = (
    '[telegram.residents]\ntoken = "1:secret-word"\n[telegram.staff]\ntoken = "2:secret-word"\n'
)

Linli = Callable[..., str]


@pytest.fixture
def linli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Linli:
    """Run the command in the test's folder, without settings in the environment."""
    for name in list(os.environ):
        if name.startswith("LINLI_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, arguments, catch_exceptions=False)
        assert result.exit_code == code, result.output
        return result.output

    return run


def write(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / SECRETS_FILE
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def problems(cwd: Path) -> dict[str, str]:
    """Load what must be refused and give what is said, by key."""
    with pytest.raises(ConfigurationError) as caught:
        load({}, cwd)
    assert "secret-word" not in str(caught.value)
    return {problem.key: problem.message for problem in caught.value.problems}


def leaves(tables: dict[str, Any], place: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in tables.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{place}{name}.")
        else:
            yield f"{place}{name}", value


# --- which keys are secret ------------------------------------------------------------------------


def test_whatever_the_settings_hold_as_a_secret_is_a_secret_key(tmp_path: Path) -> None:
    held = [
        key
        for key, value in leaves(load({}, tmp_path).model_dump())
        if isinstance(value, SecretStr)
    ]

    assert list(secret_keys()) == held
    assert {"database.url", "telegram.proxy", "telegram.staff.token"} <= set(held)


def test_the_example_marks_the_secret_keys_and_no_others() -> None:
    marked, table, block = [], "", ""
    for line in (ROOT / "config.toml").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            table, block = line.strip("[]"), ""
        elif line.startswith("#"):
            block = block or line
        else:
            if block.startswith("# Secret."):
                marked.append(f"{table}.{line.partition(' = ')[0]}")
            block = ""

    assert marked == list(secret_keys())


# --- reading --------------------------------------------------------------------------------------


def test_secrets_go_over_the_configuration_and_the_environment_over_both(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[telegram]\nproxy = "http://old:1"\n[metrics]\ntoken = "0123456789abcdef"\n'
    )
    write(tmp_path, '[telegram]\nproxy = "http://u:secret-word@new:1"\n' + TOKENS)

    settings = load({"LINLI_TELEGRAM__STAFF__TOKEN": "3:c"}, tmp_path)

    assert settings.telegram.proxy.get_secret_value() == "http://u:secret-word@new:1"
    assert settings.telegram.residents.token.get_secret_value() == "1:secret-word"
    assert settings.telegram.staff.token.get_secret_value() == "3:c"
    assert settings.metrics.token.get_secret_value() == "0123456789abcdef"


def test_what_is_empty_in_it_leaves_what_the_configuration_says(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(TOKENS)
    write(tmp_path, '[telegram.staff]\ntoken = ""\n')

    settings = load({}, tmp_path)

    assert settings.telegram.staff.token.get_secret_value() == "2:secret-word"


def test_it_stands_beside_the_configuration_that_is_named(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "office.toml").touch()
    write(tmp_path / "etc", TOKENS)
    write(tmp_path, '[telegram.staff]\ntoken = "9:elsewhere"\n')

    settings = load({"LINLI_CONFIG": "etc/office.toml"}, tmp_path)

    assert settings.telegram.staff.token.get_secret_value() == "2:secret-word"


# --- refusals -------------------------------------------------------------------------------------


def test_what_does_not_belong_in_it_is_refused_with_its_key_all_at_once(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("prot = 1\n")
    text = 'demo = false\nlag = ""\n[web]\nport = 1\n[limits.returns]\nmax_returns = [1, 2]\n'
    text += (
        '[telegram.staf]\ntoken = "1:secret-word"\n[telegram.residents]\ntoken = "secret-word"\n'
    )
    write(tmp_path, text)

    said = problems(tmp_path)

    moved = "is not secret: move it from secrets.toml to the configuration"
    assert said == {
        "prot": "is not a setting: remove it",
        "lag": "is not a setting; did you mean log?",
        "demo": moved,
        "web.port": moved,
        "limits": moved,
        "telegram.staf": "is not a setting; did you mean staff?",
        "telegram.residents.token": (
            "must be the bot's token as BotFather gave it: digits, a colon, letters"
        ),
    }


@pytest.mark.parametrize(
    ("text", "key", "message"),
    [
        ("[telegram.staff]\ntoken = 5", "telegram.staff.token", "must be text in quotes"),
        ("[database.url]\nhost = 'h'", "database.url", "must be text in quotes"),
        ("telegram = 'secret-word'", "telegram", "must be a table of keys"),
        ("secret-word", f"{SECRETS_FILE}", "is no TOML"),
    ],
)
def test_a_wrong_value_in_it_is_refused_and_not_repeated(
    tmp_path: Path, text: str, key: str, message: str
) -> None:
    write(tmp_path, text)

    ((told, sentence),) = problems(tmp_path).items()

    assert told.removeprefix(f"{tmp_path}/") == key
    assert sentence.startswith(message)


def test_a_file_in_another_encoding_and_a_folder_of_its_name_are_named(tmp_path: Path) -> None:
    path = write(tmp_path, "")
    path.write_bytes(b"\xff\xfe")
    encoded = problems(tmp_path)
    path.unlink()
    path.mkdir(0o700)
    folder = problems(tmp_path)

    assert encoded == {str(path): "must be saved as UTF-8"}
    assert folder == {str(path): "cannot be read: Is a directory"}


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_file_that_others_may_read_is_refused_with_what_to_do(tmp_path: Path, mode: int) -> None:
    path = write(tmp_path, TOKENS, mode)

    said = problems(tmp_path)

    assert said == {str(path): f"others may read it ({mode:o}): chmod 600 it"}
    path.chmod(0o600)
    assert load({}, tmp_path).telegram.staff.token


# --- setting up -----------------------------------------------------------------------------------


def test_an_office_gets_a_place_for_each_secret_with_what_was_given(
    linli: Linli, tmp_path: Path
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/secret-word.db"

    output = linli(*INIT, "--database-url", url)

    path = tmp_path / SECRETS_FILE
    given = tomllib.loads(path.read_text(encoding="utf-8"))
    assert dict(leaves(given)) == dict.fromkeys(secret_keys(), "") | {"database.url": url}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "# Secret. The token that BotFather gave." in path.read_text(encoding="utf-8")
    assert "secret-word" not in (tmp_path / "config.toml").read_text(encoding="utf-8")
    assert "secret-word" not in output
    assert f"Secrets:       {path}\n" in output
    # The next start reads it.
    assert load({}, tmp_path).database_url == url
    assert (tmp_path / "secret-word.db").exists()


def test_git_sees_nothing_secret_after_an_office_was_set_up(linli: Linli, tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
        assert done.returncode in (0, 1), done.stderr
        return done.stdout

    for name in (".gitignore", "config.toml"):
        shutil.copy(ROOT / name, tmp_path)
    git("init", "--quiet")
    git("config", "user.name", "somebody")
    git("config", "user.email", "somebody@example.org")
    git("add", "--all")
    git("commit", "--quiet", "--message", "begin")

    linli(*INIT, "--database-url", f"sqlite+aiosqlite:///{tmp_path}/data/secret-word.db")
    path = tmp_path / SECRETS_FILE
    path.write_text(
        path.read_text(encoding="utf-8").replace('token = ""', 'token = "1:secret-word"', 1)
    )

    assert "secret-word" in path.read_text(encoding="utf-8")
    assert git("status", "--porcelain", "--untracked-files=all") == " M config.toml\n"
    git("add", "--all")
    git("commit", "--quiet", "--all", "--message", "the office")
    assert git("ls-files").split() == [".gitignore", "config.toml"]
    assert git("grep", "secret-word", "HEAD") == ""
    assert "linli.example.org" in git("grep", "public_url = ", "HEAD")


def test_a_file_that_is_there_is_kept_and_read(linli: Linli, tmp_path: Path) -> None:
    shutil.copy(ROOT / "config.toml", tmp_path)
    path = write(tmp_path, TOKENS)

    output = linli(*INIT)

    assert path.read_text(encoding="utf-8") == TOKENS
    assert f"{path}  (was there, is kept)" in output
    assert load({}, tmp_path).telegram.residents.token.get_secret_value() == "1:secret-word"


def test_nothing_is_written_where_a_secret_would_be_lost(linli: Linli, tmp_path: Path) -> None:
    path = write(tmp_path, TOKENS)
    url = "sqlite+aiosqlite:////nowhere/x.db"

    given = linli(*INIT, "--database-url", url, code=2)
    named = linli(*INIT, "--config", SECRETS_FILE, code=2)
    (tmp_path / "other").mkdir()
    wrong = linli(*INIT, "--database-url", "mysql://h/x", "--config", "other/config.toml", code=2)

    assert "is there already: write database.url into it, or move it away" in given
    assert "is for what is secret: name another file with --config" in named
    assert "database.url: must begin with" in wrong
    assert path.read_text(encoding="utf-8") == TOKENS
    assert sorted(one.name for one in tmp_path.rglob("*")) == ["other", SECRETS_FILE]


def test_a_second_office_inherits_no_secret_of_the_first() -> None:
    """In a clone the example is the very file that the first office filled in."""
    example = (ROOT / "config.toml").read_text(encoding="utf-8")
    filled = example.replace('token = ""', 'token = "1:secret-word"').splitlines()
    secret = frozenset(secret_keys())

    config = config_text(filled, secret, {"demo": "false"})
    secrets = secrets_text(filled, secret, {}, "config.toml")

    assert any("secret-word" in line for line in filled)
    assert config == example.replace("\ndemo = true\n", "\ndemo = false\n")
    assert dict(leaves(tomllib.loads(secrets))) == dict.fromkeys(secret, "")


# --- the doctor -----------------------------------------------------------------------------------


def test_the_doctor_names_the_secrets_in_the_configuration_and_their_place(
    linli: Linli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINLI_TELEGRAM__API_BASE", "http://127.0.0.1:1")
    linli(*INIT)
    config, path = tmp_path / "config.toml", tmp_path / SECRETS_FILE
    assert f"ok    secrets: {path} is its owner's alone" in linli("doctor", code=1)
    config.write_text(
        config.read_text(encoding="utf-8").replace('token = ""', 'token = "secret-word-0123"', 1)
    )

    output = linli("doctor", code=1)

    assert f"note  secrets: {config} holds metrics.token; " in output
    assert f"move them to {path}, and chmod 600 that" in output
    assert "secret-word" not in output


def test_the_doctor_names_what_the_environment_overrides(tmp_path: Path) -> None:
    write(tmp_path, TOKENS)
    environ = {
        "LINLI_TELEGRAM__RESIDENTS__TOKEN": "",
        "LINLI_TELEGRAM__STAFF__TOKEN": "2:secret-word",
        "LINLI_TELEGRAM__PROXY": "http://proxy:1",
    }

    places = secret_places(environ, tmp_path)

    assert places.overridden == ("telegram.residents.token",)
    assert places.in_config == ()
