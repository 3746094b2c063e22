"""``linli init``: the configuration, the key and an empty database of a new office."""

import json
import os
import sys
from collections.abc import (
    Mapping,
)
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.console import (
    MISUSED,
    perform,
    refuse,
    refuse_configuration,
    tell,
    worded,
)
from bot.configuration.loading import load, secret_keys
from bot.configuration.problems import ConfigurationError
from bot.configuration.secrets_file import SECRETS_FILE, config_text, secrets_text
from bot.configuration.settings import FILE, Settings
from domain.messages import text

if TYPE_CHECKING:
    pass

commands = typer.Typer()


@commands.command()
def init(
    public_url: Annotated[
        str | None, typer.Option(help="The https address at which residents come in.")
    ] = None,
    data_dir: Annotated[
        str | None, typer.Option(help="Where database and pictures go; else data.")
    ] = None,
    key_file: Annotated[
        str | None,
        typer.Option(
            help="Where the key goes: outside the data, never into a backup; else linli.key."
        ),
    ] = None,
    database_url: Annotated[
        str | None, typer.Option(help="A PostgreSQL address; else SQLite in the data directory.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help=f"The file to write; else LINLI_CONFIG or {FILE}.")
    ] = None,
) -> None:
    """Set up an office: its configuration, a file for its secrets, its key and an empty database.

    What the environment says, it says to every later start too: it is taken from there.
    """
    path = Path(config or os.environ.get("LINLI_CONFIG") or FILE).absolute()
    secrets_path = path.with_name(SECRETS_FILE)
    if path == secrets_path:
        refuse(worded(text("console.for_secrets", path=str(path))), code=MISUSED)
    _ensure_replaceable(path)
    given = {
        "data_dir": data_dir,
        "database.url": database_url,
        "web.public_url": public_url,
        "secrets.key_file": key_file,
    }
    _ensure_agreed(given)
    chosen = {key: _said(key, value) for key, value in given.items()}
    if chosen["web.public_url"] is None:
        chosen["web.public_url"] = _asked_address()
    if given["database.url"] is None:
        # With its password it stays in the environment alone.
        del chosen["database.url"]
    values = {"data_dir": "data", "secrets.key_file": "linli.key"}
    values |= {key: value for key, value in chosen.items() if value is not None}
    declared = frozenset(secret_keys())
    secret = {key: values.pop(key) for key in declared & values.keys()}
    was_there = secrets_path.exists()
    if was_there and any(secret.values()):
        said = text("console.secrets_there", path=str(secrets_path), keys=", ".join(secret))
        refuse(worded(said), code=MISUSED)
    example = _example()
    content = config_text(example, declared, {"demo": "false"} | _as_toml(values))
    settings = _settings_of(content, path, secret)
    if settings.demo:
        refuse(worded(text("console.demo_asked_for")), code=MISUSED)
    # The secrets first: a configuration that has lost them would open another database.
    if not was_there:
        _write_private(secrets_path, secrets_text(example, declared, _as_toml(secret), path.name))
    _write_private(path, content)
    made = _made_key(settings)
    perform(_empty_database(settings))
    kept = text("console.was_there")
    tell(
        text(
            "console.set_up",
            config=str(path),
            secrets=str(secrets_path),
            secrets_kept=kept if was_there else "",
            key_file=str(settings.key_path),
            key_kept="" if made else kept,
        )
    )
    tell(text("console.after_init"))


def _variable(key: str) -> str:
    """Name the variable of the environment that overrides a key."""
    return "LINLI_" + key.upper().replace(".", "__")


def _said(key: str, given: str | None) -> str | None:
    """Give what an option says, or else the environment; paths in it begin where one stands."""
    said = given if given is not None else os.environ.get(_variable(key))
    is_path = key in ("data_dir", "secrets.key_file")
    return str(Path(said).absolute()) if said and given is None and is_path else said


def _ensure_agreed(given: Mapping[str, str | None]) -> None:
    """Refuse an option that the environment would override at every start."""
    for key, value in given.items():
        name = _variable(key)
        over = os.environ.get(name)
        if value is not None and over is not None and value != over:
            option = "--" + key.rpartition(".")[2].replace("_", "-")
            option = {"--url": "--database-url"}.get(option, option)
            said = text("console.environment_differs", name=name, option=option)
            refuse(worded(said), code=MISUSED)


def _write_private(path: Path, text: str) -> None:
    """Write a file that was never anybody else's to read."""
    scratch = path.with_name(path.name + ".new")
    scratch.touch(0o600)
    scratch.chmod(0o600)
    scratch.write_text(text, encoding="utf-8")
    scratch.replace(path)


def _ensure_replaceable(path: Path) -> None:
    """Never write over a configuration that somebody made."""
    if not path.exists():
        return
    data_dir = {"LINLI_DATA_DIR": "/data"}
    try:
        given = load({"LINLI_CONFIG": str(path), **data_dir}, path.parent, with_secrets=False)
        plain = load({"LINLI_CONFIG": os.devnull, **data_dir}, path.parent, with_secrets=False)
        is_example = given == plain
    except ConfigurationError:
        is_example = False
    if not is_example:
        refuse(worded(text("console.configured_already", path=str(path))), code=MISUSED)


def _asked_address() -> str:
    if not sys.stdin.isatty():
        refuse(worded(text("console.needs_public_url")), code=MISUSED)
    answer: str = typer.prompt(worded(text("console.ask_public_url")))
    return answer


def _example() -> list[str]:
    """Give the lines of the commented example."""
    # A link to the file that stands beside the packages, so that a wheel carries it along.
    example = resources.files("bot.configuration").joinpath("defaults", FILE)
    return example.read_text(encoding="utf-8").splitlines()


def _as_toml(values: Mapping[str, str]) -> dict[str, str]:
    return {key: json.dumps(value) for key, value in values.items()}


def _settings_of(text: str, path: Path, secret: Mapping[str, str]) -> Settings:
    """Check a configuration and its secrets before they are written."""
    scratch = path.with_name(path.name + ".new")
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch.touch(0o600)
    scratch.write_text(text, encoding="utf-8")
    over = {_variable(key): value for key, value in secret.items()}
    try:
        return load({**os.environ, **over, "LINLI_CONFIG": str(scratch)}, Path.cwd())
    except ConfigurationError as error:
        refuse_configuration(error)
    finally:
        scratch.unlink()


def _made_key(settings: Settings) -> bool:
    from storage.keyring import MasterKeys

    if settings.key_path.exists():
        return False
    MasterKeys.create(settings.key_path)
    return True


async def _empty_database(settings: Settings) -> None:
    from bot.operations.databases import opened

    async with opened(settings):
        pass
