"""Charts as pictures: whoever wants one draws it in another process, for matplotlib is large.

The wording comes in; nothing here knows a language. Colours are those of Okabe and Ito, which
people with any colour vision can tell apart; printed in grey they differ in lightness.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import shorten
from typing import Any

#: Source: Okabe and Ito, "Color Universal Design", 2008.
_FILED, _SOLVED, _BEFORE = "#0072B2", "#E69F00", "#000000"
_INK, _PALE = "#222222", "#DDDDDD"
#: The width of a phone's picture, in pixels.
_WIDTH_PX = 1080
_DPI = 160
#: Inches above the bars, below them, and for each category.
_HEAD, _FOOT, _PER_ROW = 1.7, 0.45, 0.85
#: Rows of a chart; what is less frequent is summed up in the last one by whoever makes the chart.
MOST_ROWS = 8
#: Longer names are cut: more would leave no room for bars.
_LONGEST_NAME = 16


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
    import matplotlib as mpl

    mpl.use("agg")
    import notojp_matplotlib  # noqa: F401  # registers the font
    from matplotlib.figure import Figure

    with mpl.rc_context({"text.language": chart.language, "font.size": 12, "text.color": _INK}):
        height = _HEAD + _FOOT + _PER_ROW * len(chart.rows)
        figure = Figure(figsize=(_WIDTH_PX / _DPI, height), dpi=_DPI)
        for said, size, down in ((chart.title, 17, 0.42), (chart.subtitle, 11.5, 0.85)):
            size = _fitting(said, size)
            figure.text(0.04, 1 - down / height, said, fontsize=size, va="center")
        _bars(figure, chart, height)
        picture = io.BytesIO()
        figure.savefig(picture, format="png", metadata={"Software": None})
    return picture.getvalue()


def _fitting(said: str, size: float) -> float:
    """Give the font size, at most the wished one, at which a line fits into the picture."""
    ems = sum(0.56 if letter.isascii() else 1 for letter in said)
    return min(size, 0.92 * _WIDTH_PX / _DPI * 72 / max(ems, 1))


def _bars(figure: Any, chart: WeekChart, height: float) -> None:
    left, top, bottom = 0.31, _HEAD / height, _FOOT / height
    axes = figure.add_axes((left, bottom, 0.96 - left, 1 - top - bottom))
    rows = chart.rows
    places = range(len(rows))
    thickness = 0.36
    axes.barh(
        [place - thickness / 2 for place in places],
        [row.filed for row in rows],
        height=thickness,
        color=_FILED,
        label=chart.filed,
    )
    axes.barh(
        [place + thickness / 2 for place in places],
        [row.solved for row in rows],
        height=thickness,
        color=_SOLVED,
        label=chart.solved,
    )
    if chart.before is not None:
        axes.plot(
            [row.before or 0 for row in rows],
            [place - thickness / 2 for place in places],
            linestyle="none",
            marker="D",
            markersize=7,
            markerfacecolor="white",
            markeredgecolor=_BEFORE,
            markeredgewidth=1.6,
            label=chart.before,
            clip_on=False,
            zorder=3,
        )
    _numbers(axes, rows, thickness)
    _frame(axes, rows)
    handles = [*axes.containers, *axes.lines]
    figure.legend(
        handles,
        [handle.get_label() for handle in handles],
        loc="upper left",
        bbox_to_anchor=(0.02, 1 - 1.05 / height),
        ncols=3,
        frameon=False,
        fontsize=11.5,
        handlelength=1.2,
        columnspacing=1.4,
    )


def _numbers(axes: Any, rows: Sequence[Row], thickness: float) -> None:
    """Write each bar's number behind it, clear of the mark of the weeks before."""
    widest = _widest(rows)
    for place, row in enumerate(rows):
        for value, offset in ((row.filed, -thickness / 2), (row.solved, thickness / 2)):
            beside = float(value)
            if offset < 0 and row.before is not None and abs(row.before - value) < widest * 0.09:
                beside = max(beside, row.before)
                beside += widest * 0.02
            axes.text(beside + widest * 0.015, place + offset, str(value), va="center", fontsize=12)


def _frame(axes: Any, rows: Sequence[Row]) -> None:
    axes.set_yticks(range(len(rows)), [_short(row.name) for row in rows], fontsize=12.5)
    axes.set_ylim(len(rows) - 0.45, -0.55)
    axes.set_xlim(0, _widest(rows) * 1.12)
    axes.xaxis.get_major_locator().set_params(integer=True, nbins=5)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", length=0, labelsize=10.5)
    axes.grid(axis="x", color=_PALE, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "bottom"):
        axes.spines[side].set_visible(False)


def _widest(rows: Sequence[Row]) -> float:
    return max(max(row.filed, row.solved, row.before or 0) for row in rows) or 1


def _short(name: str) -> str:
    """Break a long name into two lines and cut what is longer than that."""
    if len(name) <= 9 and not name.isascii():
        return name
    if name.isascii():
        words = shorten(name, 34, placeholder="…")
        half = words.rfind(" ", 0, 18)
        return words if len(words) <= 18 or half < 0 else f"{words[:half]}\n{words[half + 1 :]}"
    cut = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
    return f"{cut[:8]}\n{cut[8:]}"
