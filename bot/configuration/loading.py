"""The way from files and environment to settings, all problems told at once."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import (
    BaseModel,
    SecretStr,
    ValidationError,
)
from pydantic.fields import FieldInfo
from pydantic_settings import (
    EnvSettingsSource,
)

from bot.configuration.checks import cross_checks
from bot.configuration.law_data import read_default
from bot.configuration.problems import ConfigurationError, Problem
from bot.configuration.secrets_file import SECRETS_FILE, read_secrets, value_at
from bot.configuration.sentences import key_of, sentence_of, unknown_key
from bot.configuration.settings import FILE, PREFIX, Settings
from bot.configuration.webhooks import WebhookTable

#: Variables that are read elsewhere and are no settings.
_NO_SETTINGS = frozenset({"LINLI_CONFIG"})
_NO_SETTINGS_PREFIX = "LINLI_TEST_"
#: What is secret in the table of a webhook, whatever its name is.
SECRET_OF_WEBHOOKS = tuple(f"webhooks.*.{name}" for name in ("url", "secret", "body", "headers.*"))
#: Keys that hold paths; a relative one counts from where it is written.
_PATHS = (("data_dir",), ("secrets", "key_file"), ("work", "holidays_file"))


def load(environ: Mapping[str, str], cwd: Path, *, with_secrets: bool = True) -> Settings:
    """Read the configuration.

    Args:
        environ: the environment.
        cwd: where ``config.toml`` is looked for and relative paths begin; those written in a file
            begin at that file.
        with_secrets: whether ``secrets.toml`` is read; not where the other file alone is judged.

    Raises:
        ConfigurationError: with every problem of the files and of the environment.
    """
    problems: list[Problem] = []
    given, base = _file(environ, cwd, problems)
    secret = _secrets(base, problems) if with_secrets else {}
    over = _environment(environ, problems)
    _anchor(given, base)
    _anchor(over, cwd)
    given.setdefault("data_dir", base / "data")
    local = _merged(_merged(given, secret), over)
    _drop_sources(local)
    raw = _merged(read_default("rules.toml"), local)
    settings = _validated(raw, problems)
    if settings is not None:
        known = {problem.key for problem in problems}
        problems += [one for one in cross_checks(settings) if one.key not in known]
    if problems or settings is None:
        raise ConfigurationError(problems)
    return settings


def _file(
    environ: Mapping[str, str], cwd: Path, problems: list[Problem]
) -> tuple[dict[str, Any], Path]:
    """Read the file, if there is one, and give the directory where its paths begin."""
    named = environ.get("LINLI_CONFIG")
    path = cwd / (named or FILE)
    if not named and not path.exists():
        return {}, cwd
    try:
        return tomllib.loads(path.read_text(encoding="utf-8")), path.parent
    except OSError as error:
        reason = error.strerror or type(error).__name__
        problems.append(Problem("LINLI_CONFIG", f"{path} cannot be read: {reason}"))
    except UnicodeDecodeError:
        problems.append(Problem(str(path), "must be saved as UTF-8"))
    except tomllib.TOMLDecodeError as error:
        problems.append(Problem(str(path), f"is no TOML: {error}"))
    return {}, path.parent


def _secrets(base: Path, problems: list[Problem]) -> dict[str, Any]:
    """Read the file for secrets, if there is one beside the configuration."""
    path = base / SECRETS_FILE
    secret = frozenset((*secret_keys(), *SECRET_OF_WEBHOOKS))
    tables, wrong = read_secrets(path, secret, frozenset((*keys(), *_of_webhooks())))
    problems += [Problem(key, sentence) for key, sentence in wrong]
    return tables


@dataclass(frozen=True, slots=True)
class SecretPlaces:
    """Where secret keys stand, as paths with dots; what they hold is not told."""

    config: Path
    """The configuration, whether it is there or not."""
    file: Path
    """The file for secrets, whether it is there or not."""
    in_config: tuple[str, ...]
    """Those that the configuration holds, which repository and image may take."""
    overridden: tuple[str, ...]
    """Those of the file for which the environment has something else, if only nothing."""


def secret_places(environ: Mapping[str, str], cwd: Path) -> SecretPlaces:
    """Tell where secrets stand; arguments as for `load`, which has found nothing wrong."""
    given, base = _file(environ, cwd, [])
    secret, over = _secrets(base, []), _environment(environ, [])
    known = (*secret_keys(), *_secret_webhooks(given), *_secret_webhooks(secret))
    return SecretPlaces(
        config=cwd / (environ.get("LINLI_CONFIG") or FILE),
        file=base / SECRETS_FILE,
        in_config=tuple(key for key in dict.fromkeys(known) if value_at(given, key)),
        overridden=tuple(
            key
            for key in dict.fromkeys(known)
            if value_at(secret, key) and value_at(over, key) not in (None, value_at(secret, key))
        ),
    )


class _Environment(EnvSettingsSource):
    """Variables from a mapping; JSON that cannot be read is left for the check of its key."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        super().__init__(Settings)
        self.env_vars = {name.lower(): value for name, value in environ.items()}

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        """Read JSON."""
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return value


def _environment(environ: Mapping[str, str], problems: list[Problem]) -> dict[str, Any]:
    ours = {
        name: value
        for name, value in environ.items()
        if name.startswith(PREFIX)
        and name not in _NO_SETTINGS
        and not name.startswith(_NO_SETTINGS_PREFIX)
    }
    for name in ours:
        key, *_ = name.removeprefix(PREFIX).lower().split("__")
        if key not in Settings.model_fields:
            problems.append(Problem(name, unknown_key(key, Settings.model_fields)))
    return _Environment(ours)()


def _anchor(tables: dict[str, Any], base: Path) -> None:
    for *path, key in _PATHS:
        table: Any = tables
        for name in path:
            table = table.get(name) if isinstance(table, dict) else None
        if isinstance(table, dict) and isinstance(table.get(key), str) and table[key]:
            table[key] = base / Path(table[key]).expanduser()


def _merged(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(lower)
    for key, value in upper.items():
        below = merged.get(key)
        both = isinstance(below, dict) and isinstance(value, dict)
        merged[key] = _merged(below, value) if both and isinstance(below, dict) else value
    return merged


def _drop_sources(local: Mapping[str, Any]) -> None:
    """A rule that the office changed no longer comes from the source of the default."""
    rules = local.get("rules")
    for table in rules.values() if isinstance(rules, dict) else ():
        if isinstance(table, dict):
            table.setdefault("source", "")
            table.setdefault("documents", [])


def _validated(raw: dict[str, Any], problems: list[Problem]) -> Settings | None:
    """Check every key; those that are wrong are noted and left at their default.

    So the checks that look at several keys can still be made, and are told in the same breath.
    """
    for _ in range(3):
        try:
            return Settings(**raw)
        except ValidationError as error:
            for wrong in error.errors(include_url=False, include_input=False):
                problems.append(Problem(key_of(wrong["loc"]), sentence_of(wrong)))
                _restore(raw, wrong["loc"])
    return None


def _restore(raw: dict[str, Any], place: tuple[int | str, ...]) -> None:
    """Put a wrong value back to its default, or out where there is none."""
    default: Any = read_default("rules.toml")
    table: Any = raw
    for depth, name in enumerate(place):
        default = default.get(name) if isinstance(default, dict) else None
        is_last = depth == len(place) - 1 or not isinstance(table.get(name), dict)
        if is_last:
            table.pop(name, None)
            if default is not None:
                table[name] = default
            return
        table = table[name]


def keys() -> Iterator[str]:
    """List the path of every key that the file may hold, in its order."""
    return (path for path, _ in _declared(Settings, ""))


def secret_keys() -> Iterator[str]:
    """List the path of every key that is declared as secret, in the order of the file."""
    return (path for path, kind in _declared(Settings, "") if kind is SecretStr)


def _of_webhooks() -> Iterator[str]:
    """List the path of every key of a webhook's table."""
    return (f"webhooks.*.{name}" for name in WebhookTable.model_fields if name != "headers")


def _secret_webhooks(tables: Mapping[str, Any]) -> Iterator[str]:
    """List the paths of what is secret in the webhooks of one file."""
    webhooks = tables.get("webhooks")
    for name, table in webhooks.items() if isinstance(webhooks, dict) else ():
        if isinstance(table, dict):
            # A template in the configuration may be as open as its text: that is not told.
            yield from (f"webhooks.{name}.{key}" for key in ("url", "secret"))
            headers = table.get("headers")
            for header in headers if isinstance(headers, dict) else ():
                yield f"webhooks.{name}.headers.{header}"


def _declared(model: type[BaseModel], place: str) -> Iterator[tuple[str, Any]]:
    for name, field in model.model_fields.items():
        path = f"{place}.{name}" if place else name
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _declared(inner, path)
        else:
            yield path, inner
