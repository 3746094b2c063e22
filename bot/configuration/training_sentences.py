"""The labelled sentences that Linli brings along, and the model that is trained from them.

``make model`` runs this module: it trains the model anew and writes it where it is shipped.
"""

import sys
import time
import tomllib
from importlib import resources
from pathlib import Path

from bot.configuration.law_data import MODEL_FILE, default_categories, default_lexicon
from domain.words.learning import FITTED, Sentence, learn, sentences_from
from domain.words.model import pack

#: Files whose sentences the lexicon's rules were written after, and those that were written where
#: a model was wrong: they are not as people speak on the whole, and weigh neither.
_FITTED_FILES = frozenset({"answers.toml", "danger.toml", "everyday.toml", "mended.toml"})


def default_sentences() -> list[Sentence]:
    """Read the sentences.

    Raises:
        ValueError: with every problem in them, one a line.
    """
    folder = resources.files("bot.configuration").joinpath("defaults", "training")
    found: list[Sentence] = []
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if file.name.endswith(".toml"):
            source = FITTED if file.name in _FITTED_FILES else file.name
            found += sentences_from(tomllib.loads(file.read_text(encoding="utf-8")), source)
    return found


def main() -> None:
    """Train the model that Linli brings along, and write it beside the lexicon."""
    begun = time.monotonic()
    sentences = default_sentences()
    content = pack(learn(sentences, default_lexicon(), default_categories()))
    Path(__file__).with_name("defaults").joinpath(MODEL_FILE).write_bytes(content)
    sys.stdout.write(
        f"{len(sentences)} sentences, {len(content):,} bytes, {time.monotonic() - begun:.0f} s\n"
    )


if __name__ == "__main__":
    main()
