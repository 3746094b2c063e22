"""``linli understand``: what Linli makes of sentences, for whoever judges or tends it."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.commands.console import MISUSED, load_settings, open_database, perform, refuse, say
from bot.configuration.settings import Settings

if TYPE_CHECKING:
    from domain.categories import Kind
    from domain.street import Street
    from domain.words.lexicon import Guess
    from domain.words.understanding import Understanding

commands = typer.Typer()

#: A longer text than any channel takes is not a sentence.
_LONGEST = 16_000


@commands.command()
def understand(
    sentence: Annotated[str, typer.Argument(help="What somebody says; or give --file.")] = "",
    file: Annotated[
        Path | None, typer.Option(help="A text in UTF-8 with a sentence on each line; - reads it.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print a JSON object a sentence.")] = False,
    why: Annotated[
        bool, typer.Option(help="Also say which pieces of it spoke for that most.")
    ] = False,
) -> None:
    """Say what sentences are understood as: reading, category, danger and place.

    Nothing is kept, and nothing is written into the log.
    """
    if bool(sentence) == (file is not None):
        refuse("give either a sentence or --file FILE", code=MISUSED)
    if len(sentence) > _LONGEST:
        refuse(_too_long("the sentence"), code=MISUSED)
    street = perform(_street(load_settings()))
    for said in _lines(file) if file is not None else (sentence,):
        answer = understood_as(said, street, why=why)
        say(_json(answer) if json else _in_words(answer))


def _lines(file: Path) -> Iterator[str]:
    """Read line by line, so that neither a large file nor an endless one fills the memory."""
    try:
        with sys.stdin if str(file) == "-" else file.open(encoding="utf-8-sig") as lines:
            number = 0
            while line := lines.readline(_LONGEST + 2):
                number += 1
                said = line.rstrip("\r\n")
                if len(said) > _LONGEST:
                    refuse(_too_long(f"line {number}"), code=MISUSED)
                if said.strip():
                    yield said
    except UnicodeDecodeError:
        refuse(f"{file} is no text in UTF-8: save it as such", code=MISUSED)
    except OSError as error:
        refuse(f"{file} cannot be read: {error.strerror}", code=MISUSED)


def _too_long(what: str) -> str:
    return f"{what} is longer than {_LONGEST} characters: give it in parts"


async def _street(settings: Settings) -> "Street":
    """Give the street of the database; where there is none yet, the demonstration's."""
    from datetime import UTC, datetime

    from bot.configuration.street_source import StreetSource
    from bot.demonstration.demo_street import street_of
    from domain.street import Street

    source = StreetSource(settings)
    if settings.key_path.exists():  # else nothing was set up here, and nothing shall be made
        async with open_database(settings) as database, database.read() as tx:
            found = await source.current(tx, datetime.now(UTC))
            if found.organisation.units:
                return found
    now = datetime.now(UTC)
    organisation = street_of(now).organisation
    return Street(source.office(organisation, now), organisation)


def understood_as(said: str, street: "Street", *, why: bool = False) -> dict[str, Any]:
    """Tell what a sentence is understood as, in the names that `docs/understanding.md` explains."""
    from domain.categories import Kind
    from domain.emergencies import EMERGENCY_NUMBERS
    from domain.words.lexicon import Guess
    from domain.words.understanding import understand as read

    found = read(said, street.knowledge)
    kinds = (found.guess.kind, *(one.kind for one in found.alternatives), Kind.SERVICE)
    kind = next(one for one in kinds if one is not None)
    numbers = found.numbers or (EMERGENCY_NUMBERS if found.may_be_danger else ())
    answer: dict[str, Any] = {
        "said": said,
        "reading": found.guess.value,
        "sure": found.sure,
        "offered": [one.value for one in found.alternatives],
        "categories": list(found.likely[kind]),
        "dangers": [one.value for one in found.dangers],
        "numbers_shown": list(numbers),
        "place": found.place.words,
        "unit": found.place.units[0] if len(found.place.units) == 1 else "",
    }
    if why:
        model = street.knowledge.model
        reading = found.guess if found.guess is not Guess.UNSURE else Guess.SERVICE
        answer["why"] = {
            "reading": _pieces(model.why(found.plain, "reading", reading.value)),
            "danger": _pieces(model.why(found.plain, "danger", "danger")),
            **_learnt_here(found, street, reading, kind),
        }
    return answer


def _learnt_here(
    found: "Understanding", street: "Street", reading: "Guess", kind: "Kind"
) -> dict[str, dict[str, float]]:
    """Tell what the office's own corrections and examples spoke for, where there is any."""
    supplement = street.knowledge.supplement
    said = {}
    wanted = {"reading": reading.value, kind.value: found.likely[kind][0]}
    for head in supplement.heads if supplement is not None else ():
        name = wanted.get(head.name)
        if supplement is not None and name in head.classes:
            pieces = _pieces(supplement.why(found.plain, head.name, name))
            if pieces:
                said[f"learnt here, {head.name} {name}"] = pieces
    return said


def _pieces(said: Iterable[tuple[str, float]]) -> dict[str, float]:
    return {piece: round(worth, 2) for piece, worth in said}


def _json(answer: dict[str, Any]) -> str:
    import json

    return json.dumps(answer, ensure_ascii=False)


def _in_words(answer: dict[str, Any]) -> str:
    lines = [answer["said"]]
    for name, value in answer.items():
        if name == "said" or value in ("", []):
            continue
        shown = value
        if isinstance(value, list):
            shown = ", ".join(value)
        elif isinstance(value, dict):
            shown = "; ".join(
                f"{head}: " + " ".join(f"{piece!r} {worth:+}" for piece, worth in pieces.items())
                for head, pieces in value.items()
            )
        elif isinstance(value, bool):
            shown = "yes" if value else "no"
        lines.append(f"  {name}: {shown}")
    return "\n".join(lines)
