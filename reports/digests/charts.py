"""Charts as pictures: whoever wants one draws it in another process, for matplotlib is large.

The wording comes in; nothing here knows a language. Colours are those of Okabe and Ito, which
people with any colour vision can tell apart; printed in grey they differ in lightness.
"""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

#: Source: Okabe and Ito, "Color Universal Design", 2008.
_FILED, _SOLVED, _BEFORE = "#0072B2", "#E69F00", "#000000"
_INK = "#222222"
#: The width of the picture: three pixels for one of a phone that is 360 wide.
_WIDTH_PX = 1080
_DPI = 160
_WIDTH = _WIDTH_PX / _DPI
#: The smallest letters, in points: 12.6 pixels on such a phone, 11 where a bubble takes its share.
_SMALL, _LARGE = 17.0, 21.0
#: Inches of a line of small and of large letters, of a bar, between rows, and around everything.
_LINE, _TITLE_LINE, _BAR, _GAP, _EDGE = 0.33, 0.41, 0.3, 0.26, 0.27
#: Inches kept free for a bar's number.
_FIGURES = 0.75
#: Rows of a chart; what is less frequent is summed up in the last one by whoever makes the chart.
MOST_ROWS = 8
#: So many lines at most of a title and of what stands below it; the rest is cut off.
_MOST_LINES = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One category's week."""

    name: str
    filed: int
    solved: int
    before: float | None
    """Filed per week in the weeks before; None without any week to compare with."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WeekChart:
    """Filed and solved by category, against the weeks before; with every word that stands on it."""

    title: str
    subtitle: str
    """Says the n of what is shown."""
    filed: str
    solved: str
    before: str | None
    """The legend's entry for the weeks before; None where there are none."""
    rows: tuple[Row, ...]
    """Never none: a week of nothing is said in a sentence."""
    language: str
    """As BCP 47: the font has one form of a character for each of its languages."""


def draw_all(charts: Sequence[WeekChart]) -> list[bytes]:
    """Draw charts as PNG files; blocks, and imports matplotlib."""
    return [draw(chart) for chart in charts]


def draw(chart: WeekChart) -> bytes:
    """Draw one chart as a PNG file; blocks, and imports matplotlib."""
    picture = io.BytesIO()
    with _looks(chart):
        figure_of(chart).savefig(picture, format="png", metadata={"Software": None})
    return picture.getvalue()


def figure_of(chart: WeekChart) -> Any:
    """Lay a chart out from top to bottom, as a matplotlib figure; a name stands over its bars.

    Beside the bars there is no room on a phone for letters that can be read.
    """
    from matplotlib.figure import Figure

    title = _lines(chart.title, _LARGE)
    subtitle = _lines(chart.subtitle, _SMALL)
    legend = _legend_rows(chart)
    per_row = _LINE + 2 * _BAR + _GAP
    head = _EDGE + len(title) * _TITLE_LINE + (len(subtitle) + len(legend)) * _LINE + 0.5 * _GAP
    height = head + per_row * len(chart.rows) + _EDGE
    with _looks(chart):
        figure = Figure(figsize=(_WIDTH, height), dpi=_DPI)
        page = figure.add_axes((0, 0, 1, 1))
        page.set(xlim=(0, _WIDTH), ylim=(height, 0))
        page.set_axis_off()
        down = _EDGE
        for lines, size, step in ((title, _LARGE, _TITLE_LINE), (subtitle, _SMALL, _LINE)):
            for line in lines:
                page.text(_EDGE, down + step / 2, line, fontsize=size, va="center")
                down += step
        for entries in legend:
            _legend(page, entries, down + _LINE / 2)
            down += _LINE
        inch = _inch_of(chart.rows)
        for number, row in enumerate(chart.rows):
            _row(page, row, head + number * per_row, inch)
    return figure


def _looks(chart: WeekChart) -> Any:
    """Set the font and its form of characters while something is laid out or drawn."""
    import matplotlib as mpl

    mpl.use("agg")
    import notojp_matplotlib  # noqa: F401  # registers the font

    return mpl.rc_context({"text.language": chart.language, "text.color": _INK})


def _ems(said: str) -> float:
    """Estimate how wide a line is, in letters of full width."""
    return sum(0.6 if letter.isascii() else 1 for letter in said)


def _lines(said: str, size: float) -> list[str]:
    """Break a text into lines that fit into the picture; what is longer is cut off."""
    most = (_WIDTH - 2 * _EDGE) * 72 / size
    lines = [""]
    for word in _words(said):
        for piece in _pieces(word, most):
            if lines[-1] and _ems(lines[-1] + piece.rstrip()) > most:
                lines.append("")
            lines[-1] += piece if lines[-1] else piece.lstrip()
    lines = [line.rstrip() for line in lines]
    return lines if len(lines) <= _MOST_LINES else [*lines[: _MOST_LINES - 1], _cut(lines, most)]


def _cut(lines: Sequence[str], most: float) -> str:
    last = lines[_MOST_LINES - 1]
    while _ems(f"{last}…") > most:
        last = last[:-1]
    return f"{last}…"


def _words(said: str) -> list[str]:
    """Give what a line may be broken between: words with their space, and single characters.

    A closing mark is not left to begin a line.
    """
    return re.findall(r"[!-~]+ *| +|[^\x00-\x7f][，。、；：）”》·…]* *", said)


def _pieces(word: str, most: float) -> list[str]:
    """Break a word that is longer than a line."""
    step = max(int(most / 0.6), 1)
    return (
        [word] if _ems(word) <= most else [word[at : at + step] for at in range(0, len(word), step)]
    )


def _legend_rows(chart: WeekChart) -> list[list[tuple[str, str]]]:
    """Lay the legend out: entries of (label, sort) side by side as far as they fit."""
    entries = [(chart.filed, "filed"), (chart.solved, "solved")]
    if chart.before is not None:
        entries.append((chart.before, "before"))
    rows: list[list[tuple[str, str]]] = [[]]
    for entry in entries:
        if rows[-1] and _legend_width([*rows[-1], entry]) > _WIDTH - 2 * _EDGE:
            rows.append([])
        rows[-1].append(entry)
    return rows


def _legend_width(entries: Sequence[tuple[str, str]]) -> float:
    return sum(_entry_width(label) for label, _ in entries)


def _entry_width(label: str) -> float:
    return 0.32 + _ems(label) * _SMALL / 72 + 0.2


def _legend(page: Any, entries: Sequence[tuple[str, str]], down: float) -> None:
    at = _EDGE
    for label, sort in entries:
        if sort == "before":
            _mark(page, at + 0.11, down)
        else:
            colour = _FILED if sort == "filed" else _SOLVED
            page.barh([down], [0.22], left=at, height=0.2, color=colour)
        page.text(at + 0.32, down, label, fontsize=_SMALL, va="center")
        at += _entry_width(label)


def _row(page: Any, row: Row, top: float, inch: float) -> None:
    """Draw one category: its name, what was filed with the mark of before, what was solved."""
    (name, *rest) = _lines(row.name, _SMALL)
    if rest:
        most = (_WIDTH - 2 * _EDGE) * 72 / _SMALL
        while _ems(f"{name}…") > most:
            name = name[:-1]
        name = f"{name}…"
    page.text(_EDGE, top + _LINE / 2, name, fontsize=_SMALL, va="center")
    for place, (value, colour) in enumerate(((row.filed, _FILED), (row.solved, _SOLVED))):
        down = top + _LINE + (place + 0.5) * _BAR
        page.barh([down], [value * inch], left=_EDGE, height=_BAR * 0.86, color=colour)
        beside = value * inch
        if not place and row.before is not None:
            _mark(page, _EDGE + row.before * inch, down)
            # Clear of the mark.
            if row.before * inch + 0.15 > beside and row.before * inch - beside < _FIGURES:
                beside = max(beside, row.before * inch + 0.12)
        page.text(_EDGE + beside + 0.08, down, str(value), fontsize=_SMALL, va="center")


def _mark(page: Any, across: float, down: float) -> None:
    """Draw the mark of the weeks before: a white diamond with a dark edge."""
    page.plot(
        [across],
        [down],
        linestyle="none",
        marker="D",
        markersize=9,
        markerfacecolor="white",
        markeredgecolor=_BEFORE,
        markeredgewidth=2,
        zorder=3,
    )


def _inch_of(rows: Sequence[Row]) -> float:
    """Give how many inches one case takes, so that the widest bar and its number fit."""
    most = max(max(row.filed, row.solved, row.before or 0) for row in rows) or 1
    digits = max(len(str(max(row.filed, row.solved))) for row in rows)
    room = max(_FIGURES, 0.3 + digits * 0.6 * _SMALL / 72)
    return (_WIDTH - 2 * _EDGE - room) / most
