"""``linli registers``: the office's lists, written as Excel files and taken over from them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.console import (
    MISUSED,
    console_language,
    counted,
    ensure_new,
    ensure_street,
    load_settings,
    moment_in,
    open_database,
    perform,
    refuse,
    say,
)
from bot.configuration.settings import Settings
from bot.words.wording import wording_for
from domain.messages import text

if TYPE_CHECKING:
    from bot.workbooks.register_import import Takeover
    from domain.registers import Register

commands = typer.Typer(
    name="registers", help="The lists that the office keeps.", no_args_is_help=True
)

_Name = Annotated[
    str, typer.Argument(help="The register or book, such as halls or guide; see `registers list`.")
]


def _named(name: str) -> "Sequence[Register]":
    """Find a register or a book of several by its name, with or without the feature before it."""
    from domain.registry import BOOKS, REGISTERS

    known: dict[str, Sequence[Register]] = {key: (one,) for key, one in REGISTERS.items()}
    known |= {key: one.registers for key, one in BOOKS.items()}
    found = [some for key, some in known.items() if name in (key, key.partition(".")[2])]
    if len(found) != 1:
        names = (f"  {key}" for key in known)
        refuse(f"there is no register {name}; these are the registers:", *names, code=MISUSED)
    return found[0]


@commands.command("list")
def list_registers() -> None:
    """List the registers, each with how many entries it has, and the books of several."""
    for line in perform(_counts(load_settings())):
        say(line)


async def _counts(settings: Settings) -> list[str]:
    from domain.registry import BOOKS, REGISTERS
    from storage import organisation
    from storage.registers import count_entries

    wording = wording_for(console_language())
    async with open_database(settings) as database, database.read() as tx:
        units = (await organisation.load(tx)).units
        counts = await count_entries(tx, units)

    def line(name: str, label: str, count: int) -> str:
        return f"{name:<22} {count:>6}  {wording.text(text(label))}"

    singles = [line(name, one.label, counts.get(name, 0)) for name, one in REGISTERS.items()]
    books = [
        line(name, one.label, sum(counts.get(each.name, 0) for each in one.registers))
        for name, one in BOOKS.items()
    ]
    return [*singles, *books]


@commands.command()
def export(
    register: _Name,
    file: Annotated[Path, typer.Argument(help="The Excel file to write.")],
    template: Annotated[
        bool, typer.Option("--template", help="Write an empty file to fill in.")
    ] = False,
) -> None:
    """Write a register, or a book of several, as an Excel file that can be imported again."""
    found = _named(register)
    ensure_new(file)
    count = perform(_export(load_settings(), found, file, template=template))
    say(f"{file}" if template else f"{file}: {counted(count, 'entry', 'entries')}")


async def _export(
    settings: Settings, registers: "Sequence[Register]", file: Path, *, template: bool
) -> int:
    from bot.configuration.street_source import StreetSource
    from bot.workbooks.register_sheets import export_registers, write_template

    wording = wording_for(console_language())
    async with open_database(settings) as database, database.read() as tx:
        now = await moment_in(tx)
        street = await StreetSource(settings).current(tx, now)
        ensure_street(street.organisation)
        if template:
            write_template(file, street, registers, wording, now)
            return 0
        return await export_registers(tx, street, registers, file, wording, now)


@commands.command("import")
def import_register(
    register: _Name,
    file: Annotated[Path, typer.Argument(help="The Excel file, as `registers export` wrote it.")],
    check: Annotated[bool, typer.Option("--check", help="Only look, change nothing.")] = False,
) -> None:
    """Take an Excel file over: all of it, or nothing where a row is wrong."""
    from bot.workbooks.reading import WorkbookError

    found = _named(register)
    try:
        done = perform(_import(load_settings(), found, file, check=check))
    except WorkbookError as error:
        wording = wording_for(console_language())
        lines = [problem.sentence(wording) for problem in error.problems]
        refuse(*lines, f"{file}: {counted(len(lines), 'mistake')}; nothing was changed")
    _report(done, check=check)


async def _import(
    settings: Settings, registers: "Sequence[Register]", file: Path, *, check: bool
) -> "Takeover":
    import secrets

    from bot.configuration.street_source import StreetSource
    from bot.workbooks.register_import import take_over
    from domain.chain import Act
    from domain.organisation import Role
    from storage.changes import apply
    from storage.work import CLOCK

    async with open_database(settings) as database, database.write() as tx:
        now = await moment_in(tx)
        street = await StreetSource(settings).current(tx, now)
        ensure_street(street.organisation)
        act = Act(CLOCK, Role.ADMINISTRATOR, now, secrets.token_bytes(32))
        done = await take_over(tx, street, registers, file, act)
        if not check:
            await apply(tx, [done.changes])
    return done


def _report(done: "Takeover", *, check: bool) -> None:
    from bot.workbooks.register_import import Done
    from domain.registry import REGISTERS

    wording = wording_for(console_language())
    named = list(dict.fromkeys(one.register for one in done.rows))
    for name in named:
        if len(named) > 1:
            say(f"{wording.text(text(REGISTERS[name].label))}")
        for one in done.rows:
            if one.register == name:
                say(wording.text(one.words))
    for lost in done.hidden:
        say(wording.text(lost))
    counts = ", ".join(f"{one.value}: {done.count(one)}" for one in Done)
    say(f"{counts}; not in the file, left as they are: {done.unnamed}")
    if check:
        say("Nothing was changed: this was a look")
