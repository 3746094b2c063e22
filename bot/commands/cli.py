"""The command ``linli``: run, set up, import, invite, and look after an installation.

What a command needs is imported when it runs, so that each of them starts fast.
"""

import os

import typer

from bot.commands import (
    backups,
    broadcasts,
    doctor,
    exports,
    holidays,
    installation,
    organisation,
    quarantine,
    registers,
    rules,
    running,
    train,
    understand,
    visits,
)
from bot.commands.spoken_help import SpokenGroup

#: In the order in which ``linli --help`` lists them.
COMMANDS = (
    running,
    installation,
    organisation,
    exports,
    registers,
    visits,
    backups,
    quarantine,
    broadcasts,
    rules,
    holidays,
    understand,
    train,
    doctor,
)

app = typer.Typer(
    name="linli",
    cls=SpokenGroup,
    help="Linli (邻里): the chat front end of a sub-district office.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for _part in COMMANDS:
    app.add_typer(_part.commands)


def main() -> None:
    """Run the command line; what it writes is readable by its user alone."""
    os.umask(0o077)
    app()
