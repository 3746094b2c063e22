"""``--help`` in the language of the terminal."""

from typing import Any

from typer.core import TyperGroup

from bot.commands.console import worded
from domain.messages import text


class SpokenGroup(TyperGroup):
    """The command with all that belong to it, their help worded when somebody calls it."""

    def make_context(self, *given: Any, **more: Any) -> Any:
        """Word the help of every command and of its options first."""
        self.help = _word("linli")
        _word_all(self, ())
        return super().make_context(*given, **more)


def _word_all(group: Any, above: tuple[str, ...]) -> None:
    for name, command in group.commands.items():
        path = (*above, name.replace("-", "_"))
        command.help = _word("_".join(path))
        if hasattr(command, "commands"):
            _word_all(command, path)
            continue
        for parameter in command.params:
            if getattr(parameter, "help", None):
                parameter.help = _word("_".join((*path, parameter.name)))


def _word(name: str) -> str:
    return worded(text(f"console.help_{name}"))
