"""The file for what is secret: tokens, passwords, and addresses that may hold one.

``config.toml`` is in the repository and in the image. ``secrets.toml`` beside it is in neither and
its owner's alone, so only what the settings declare as secret may stand in it.
"""

import os
import stat
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

SECRETS_FILE = "secrets.toml"
#: How TOML writes that there is none.
EMPTY = '""'

_HEAD = """\
# What is secret in the configuration of Linli: tokens, passwords, and addresses that may hold one.
#
# Linli reads this file after {config} and before the environment; what is empty here changes
# nothing. Nothing else may stand here. It is for its owner's eyes alone (chmod 600), and in no
# repository, no image and no backup.
"""


def read_secrets(
    path: Path, secret: Collection[str], known: Collection[str]
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Read the file, if there is one.

    Args:
        path: the file.
        secret: the keys that may stand in it, as paths with dots; ``*`` is any one name.
        known: every key of the configuration, likewise.

    Returns:
        Its tables, without empty values and without what is not secret; unknown keys stay, for the
        check that names them. Then what is to be corrected: a key or the file, and a sentence.
    """
    problems: list[tuple[str, str]] = []
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if mode & 0o077:
                problems.append((str(path), f"others may read it ({mode:03o}): chmod 600 it"))
            tables = tomllib.loads(file.read().decode("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}, problems
    except OSError as error:
        problems.append((str(path), f"cannot be read: {error.strerror or type(error).__name__}"))
    except UnicodeDecodeError:
        problems.append((str(path), "must be saved as UTF-8"))
    except tomllib.TOMLDecodeError as error:
        problems.append((str(path), f"is no TOML: {error}"))
    else:
        return _secret_part(tables, "", secret, known, problems), problems
    return {}, problems


def _secret_part(
    tables: Mapping[str, Any],
    place: str,
    secret: Collection[str],
    known: Collection[str],
    problems: list[tuple[str, str]],
) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, value in tables.items():
        key = f"{place}{name}"
        if _is_among(key, secret):
            kept |= {name: value} if value != "" else {}
        elif _is_among(key, known) and not _is_above(key, secret):
            sentence = f"is not secret: move it from {SECRETS_FILE} to the configuration"
            problems.append((key, sentence))
        elif isinstance(value, dict):
            kept[name] = _secret_part(value, f"{key}.", secret, known, problems)
        else:
            kept[name] = value
    return kept


def _is_among(key: str, paths: Collection[str]) -> bool:
    return key in paths or any(_fits(key, path) for path in paths if "*" in path)


def _is_above(key: str, paths: Collection[str]) -> bool:
    """Tell whether a table has a free name in it under which something secret may stand."""
    depth = key.count(".") + 1
    return any(
        "*" in path and path.count(".") >= depth and _fits(key, ".".join(path.split(".")[:depth]))
        for path in paths
    )


def _fits(key: str, path: str) -> bool:
    given, wanted = key.split("."), path.split(".")
    return len(given) == len(wanted) and all(
        one in ("*", name) for name, one in zip(given, wanted, strict=True)
    )


def value_at(tables: Mapping[str, Any], key: str) -> Any:
    """Give what stands at a path with dots; None where nothing does."""
    value: Any = tables
    for name in key.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def config_text(example: Iterable[str], secret: Collection[str], values: Mapping[str, str]) -> str:
    """Put values into the commented example of the configuration; what is secret stays empty.

    Args:
        example: its lines. In a clone they are an office's own, once one was set up there.
        secret: the keys to leave empty, as paths with dots.
        values: what to set, as TOML, by the path of the key.
    """
    values = {**dict.fromkeys(secret, EMPTY), **values}
    lines = [
        f"{line.partition(' = ')[0]} = {values[key]}" if key in values else line
        for line, key in _with_keys(example)
    ]
    return "\n".join(lines) + "\n"


def _with_keys(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Give the lines of a commented TOML file, each with the key that it sets or ""."""
    table = ""
    for line in lines:
        if line.startswith("["):
            table = line.strip("[]") + "."
        name, is_key, _ = line.partition(" = ")
        yield line, f"{table}{name}" if is_key and not line.startswith("#") else ""


def secrets_text(
    example: Iterable[str], secret: Collection[str], values: Mapping[str, str], config: str
) -> str:
    """Write the file out of the commented example of the configuration.

    Args:
        example: its lines; each key's comment stands above it.
        secret: the keys to take, as paths with dots.
        values: what is set already, as TOML; every other key is left empty.
        config: the name of the configuration beside it.
    """
    lines = [*_HEAD.format(config=config).splitlines()]
    comment: list[str] = []
    table = begun = ""
    for line, key in _with_keys(example):
        if line.startswith("["):
            table, comment = line, []
        elif line.startswith("#"):
            comment.append(line)
        else:
            if key in secret:
                lines += ["", table] if begun != table else []
                name = key.rpartition(".")[2]
                lines += [*comment, f"{name} = {values.get(key, EMPTY)}"]
                begun = table
            comment = []
    return "\n".join(lines) + "\n"
