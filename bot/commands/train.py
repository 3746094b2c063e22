"""``linli train``: learn from the office's own corrections and its categories' examples."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands.console import (
    MISUSED,
    counted,
    load_settings,
    moment_in,
    open_database,
    perform,
    refuse,
    say,
)
from bot.configuration.settings import Settings

if TYPE_CHECKING:
    from bot.operations.teaching import Taught
    from domain.words.trial import Figures, Trial

commands = typer.Typer()


@commands.command()
def train(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what came of it, change nothing.")
    ] = False,
    forget: Annotated[
        bool, typer.Option("--forget", help="Go back to what Linli brings along.")
    ] = False,
) -> None:
    """Learn from the office's corrections and examples, and take it where nothing is worse.

    Danger and complaints about a person are told as before: nothing of that is ever learnt here.
    """
    if dry_run and forget:
        refuse("give either --dry-run or --forget", code=MISUSED)
    settings = load_settings()
    if forget:
        perform(_forget(settings))
        return
    perform(_train(settings, dry=dry_run))


async def _forget(settings: Settings) -> None:
    from storage.supplements import drop_supplement

    async with open_database(settings) as database, database.write() as tx:
        dropped = await drop_supplement(tx)
    if dropped:
        say("Back to what Linli brings along; what was kept to learn from stays")
    else:
        say("Nothing was learnt here: Linli reads as it came")


async def _train(settings: Settings, *, dry: bool) -> None:
    from bot.configuration.street_source import StreetSource
    from bot.operations.teaching import teach

    async with open_database(settings) as database:
        async with database.read() as tx:
            now = await moment_in(tx)
            street = await StreetSource(settings).current(tx, now)
        taught = await teach(database, StreetSource(settings), now, dry=dry)
    for line in _lines(taught, dry=dry):
        say(line)
    if taught.trial.is_empty and "learning" in street.switches.ever_off:
        opened = [
            one for one in street.organisation.communities if street.is_on("learning", one.code)
        ]
        if not opened:
            say("Learning from corrections is open in no community: see [features.learning]")


def _lines(taught: "Taught", *, dry: bool) -> Iterator[str]:
    trial = taught.trial
    if taught.refused:
        yield f"What was learnt before is not used: {taught.refused}"
    corrections = counted(trial.corrections, "correction")
    people = counted(trial.persons, "person", "people")
    yield f"{corrections} of {people}; {trial.used} hold something that enough people said"
    for code, (now, whole, before) in trial.examples.items():
        yield f"{code}: {now} of {whole} examples told by the others (before: {before})"
    for code, count in trial.few_examples.items():
        yield f"{code}: {_few(count)}"
    if trial.is_empty:
        yield "There is nothing to learn from yet"
    else:
        yield from _table(trial)
        yield "Danger and complaints about a person are told as before, without what is learnt"
    yield _ending(taught, dry=dry)


def _few(count: int) -> str:
    from domain.words.supplement import LEAST_EXAMPLES

    return f"{counted(count, 'example')}, {LEAST_EXAMPLES} are needed before it is learnt"


def _table(trial: "Trial") -> Iterator[str]:
    yield f"{'':<34}{'in use':>14}{'new':>14}"
    yield from _rows("shipped sentences, held back", trial.shipped)
    if trial.unseen:
        yield from _rows("corrections, new to both", trial.own)


def _rows(about: str, figures: "tuple[Figures, Figures]") -> Iterator[str]:
    yield about
    for name, said in (
        ("readings", "reading right"),
        ("wrong_though_sure", "sure, and wrong then"),
        ("category_first", "category first"),
        ("category_in_three", "category among three"),
    ):
        before, after = ("/".join(map(str, getattr(one, name))) for one in figures)
        yield f"  {said:<32}{before:>14}{after:>14}"


def _ending(taught: "Taught", *, dry: bool) -> str:
    if taught.taken:
        return "Taken: every process reads with it from the next message on"
    if dry and not taught.trial.is_empty:
        would = "would be taken" if taught.trial.supplement else "would not be taken"
        return f"Nothing was changed; it {would}"
    if taught.dropped:
        return f"Back to what Linli brings along: {taught.dropped}"
    if taught.trial.is_empty:
        return "Nothing was changed"
    return "Not taken, it is worse somewhere: what is in use stays"
