"""A poster per grid: the grid's name, a QR code that opens the chat, and how to use it.

A sheet of A4, as PDF for printing or PNG for looking at. The wording comes in.
"""

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

from domain.messages import Text, text
from domain.names import named
from domain.organisation import Unit
from domain.people import Language
from domain.street import Street

#: A4, in inches. Source: ISO 216.
_A4 = (8.27, 11.69)
_INK, _PALE, _ACCENT = "#222222", "#666666", "#0072B2"
_WARNING = "#C62828"
#: What may follow ``?start=`` in a link to a Telegram bot. Source: Bot API, deep linking.
_START = re.compile(r"[A-Za-z0-9_-]{1,64}")
#: A picture's dots per inch; a PDF has none.
_DPI = 150


@dataclass(frozen=True, slots=True)
class Code:
    """One QR code with what stands under it."""

    link: str
    label: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Poster:
    """Everything that stands on one poster; Chinese first, English after it."""

    above: str
    name: str
    name_en: str
    call: str
    call_en: str
    codes: tuple[Code, ...]
    steps: tuple[str, ...]
    steps_en: tuple[str, ...]
    foot: str
    sample: str = ""
    """Stands across the sheet where its code leads nowhere for anybody else."""


def web_link(public_url: str, grid: str) -> str:
    """Give the address that opens the page in a grid."""
    return f"{public_url}/?g={quote(grid, safe='')}"


def telegram_link(bot: str, grid: str) -> str | None:
    """Give the address that opens the Telegram bot in a grid; None where its code does not fit."""
    payload = f"g-{grid}"
    return f"https://t.me/{bot}?start={payload}" if _START.fullmatch(payload) else None


def poster_of(
    street: Street,
    grid: Unit,
    public_url: str,
    say: Callable[[Text, Language], str],
    *,
    telegram_bot: str = "",
    sample: bool = False,
) -> Poster:
    """Put together the poster of a grid.

    Args:
        sample: the address is none that a scanner's phone could open.
        public_url: the address of the web chat, without a slash at its end.
        telegram_bot: the residents' bot's user name; empty where it is not known.
    """
    community = street.organisation.community_of(grid.code)
    above = [street.organisation.street.name, community.name if community else ""]
    telegram = telegram_link(telegram_bot, grid.code) if telegram_bot else None

    def zh(key: str, **fields: str) -> str:
        return say(text(key, **fields), Language.CHINESE)

    def en(key: str, **fields: str) -> str:
        return say(text(key, **fields), Language.ENGLISH)

    codes = [Code(web_link(public_url, grid.code), zh("reports.poster_scan"))]
    if telegram:
        codes.append(Code(telegram, "Telegram"))
    phone = street.office.phone
    foot = [zh("reports.poster_phone", phone=phone), en("reports.poster_phone", phone=phone)]
    return Poster(
        above=" · ".join(name for name in above if name),
        name=grid.name,
        name_en=say(named(grid.name, grid.name_en), Language.ENGLISH) if grid.name_en else "",
        call=zh("reports.poster_call"),
        call_en=en("reports.poster_call"),
        codes=tuple(codes),
        steps=tuple(zh(f"reports.poster_step_{step}") for step in (1, 2, 3)),
        steps_en=tuple(en(f"reports.poster_step_{step}") for step in (1, 2, 3)),
        foot="    ".join(foot) if phone else "",
        sample=f"{zh('reports.poster_sample')}  {en('reports.poster_sample')}" if sample else "",
    )


def draw_posters(posters: Sequence[Poster], form: Literal["pdf", "png"]) -> list[bytes]:
    """Draw posters, one file each; blocks, and imports matplotlib."""
    return [draw_poster(poster, form) for poster in posters]


def draw_poster(poster: Poster, form: Literal["pdf", "png"]) -> bytes:
    """Draw one poster; blocks, and imports matplotlib."""
    import matplotlib as mpl

    mpl.use("agg")
    import notojp_matplotlib  # noqa: F401  # registers the font
    from matplotlib.figure import Figure

    # A font of type 42 stays text in a PDF: it can be searched and copied.
    with mpl.rc_context({"text.language": "zh-Hans", "text.color": _INK, "pdf.fonttype": 42}):
        figure = Figure(figsize=_A4, dpi=_DPI)
        _head(figure, poster)
        for place, code in enumerate(poster.codes):
            _code(figure, code, place, len(poster.codes))
        _steps(figure, poster)
        if poster.sample:
            figure.text(
                0.5,
                0.47,
                poster.sample,
                fontsize=66,
                color=_WARNING,
                alpha=0.75,
                rotation=35,
                ha="center",
                va="center",
            )
        file = io.BytesIO()
        # No date: the same poster is the same file.
        nameless = {"Software": None} if form == "png" else {"CreationDate": None}
        figure.savefig(file, format=form, metadata=nameless)
    return file.getvalue()


def _line(figure: Any, down: float, said: str, size: float, **looks: Any) -> None:
    """Write a centred line, smaller where it would not fit on the sheet."""
    ems = sum(0.56 if letter.isascii() else 1 for letter in said)
    fitting = min(size, 0.9 * _A4[0] * 72 / max(ems, 1))
    figure.text(0.5, 1 - down / _A4[1], said, fontsize=fitting, ha="center", va="center", **looks)


def _head(figure: Any, poster: Poster) -> None:
    _line(figure, 0.75, poster.above, 20, color=_PALE)
    _line(figure, 1.55, poster.name, 46)
    _line(figure, 2.2, poster.name_en, 18, color=_PALE)
    _line(figure, 2.95, poster.call, 24, color=_ACCENT)
    _line(figure, 3.4, poster.call_en, 13, color=_ACCENT)


def _code(figure: Any, code: Code, place: int, count: int) -> None:
    """Draw a QR code with its quiet zone; the label stands under it."""
    import segno

    # Level Q survives a quarter of the code being dirty or torn. Source: ISO/IEC 18004.
    made = segno.make(code.link, error="q", micro=False)
    side = 3.9 if count == 1 else 3.2
    middle = _A4[0] * (place + 1) / (count + 1) if count == 1 else _A4[0] * (0.27 + 0.46 * place)
    top = 3.75
    frame = (
        (middle - side / 2) / _A4[0],
        1 - (top + side) / _A4[1],
        side / _A4[0],
        side / _A4[1],
    )
    axes = figure.add_axes(frame)
    axes.set_axis_off()
    rows = [list(row) for row in made.matrix_iter(scale=1, border=4)]
    axes.imshow(rows, cmap="binary", interpolation="none", vmin=0, vmax=1)
    # Nothing may stand in the quiet zone, which is part of the code.
    down = 1 - (top + side + 0.15) / _A4[1]
    figure.text(middle / _A4[0], down, code.label, fontsize=14, ha="center", va="center")


def _steps(figure: Any, poster: Poster) -> None:
    down = 8.6
    for number, (step, step_en) in enumerate(
        zip(poster.steps, poster.steps_en, strict=True), start=1
    ):
        height = 1 - down / _A4[1]
        figure.text(0.12, height, str(number), fontsize=26, color=_ACCENT, va="center")
        for said, size, lower, color in ((step, 16, -0.13, _INK), (step_en, 10.5, 0.16, _PALE)):
            ems = sum(0.56 if letter.isascii() else 1 for letter in said)
            fitting = min(size, 0.7 * _A4[0] * 72 / max(ems, 1))
            at = 1 - (down + lower) / _A4[1]
            figure.text(0.19, at, said, fontsize=fitting, color=color, va="center")
        down += 0.76
    _line(figure, 11.0, poster.foot, 12, color=_PALE)
