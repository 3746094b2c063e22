"""Documents as a PDF whose font is embedded: it looks the same on a machine without Chinese fonts.

matplotlib, which draws the charts and posters, sets the lines; `notojp-matplotlib` brings the font,
with the mainland's forms. Words stay text: they can be searched and copied.
"""

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from reports.papers import Fields, Sheet, paragraphs

MEDIA_TYPE = "application/pdf"
#: A4 and its margins, in inches. Source: ISO 216.
_A4, _MARGIN = (8.27, 11.69), 0.9
_WIDTH = _A4[0] - 2 * _MARGIN
_INK, _PALE = "#111111", "#555555"
_POINTS = 72
#: How wide a Latin letter is beside a Chinese character, on average.
_NARROW = 0.56
#: The space between lines, in times their height.
_LEADING = 1.65
_BODY, _SMALL = 11.5, 9.0
#: Room between the border of a cell and its words, in inches.
_PAD = 0.07


def draw_papers(sheets: Sequence[Sheet], form: str = "pdf") -> list[bytes]:
    """Draw documents: one PDF of all, or a picture of each page to look at; blocks.

    Args:
        form: ``pdf`` or ``png``.
    """
    import matplotlib as mpl

    mpl.use("agg")
    import notojp_matplotlib  # noqa: F401  # registers the font
    from matplotlib.backends.backend_pdf import PdfPages
    from matplotlib.figure import Figure

    # A font of type 42 stays text in a PDF: it can be searched and copied.
    with mpl.rc_context({"text.language": "zh-Hans", "text.color": _INK, "pdf.fonttype": 42}):
        pages = [
            page for sheet in sheets for page in _Setter(lambda: Figure(figsize=_A4)).pages(sheet)
        ]
        if form != "pdf":
            return [_picture(page) for page in pages]
        file = io.BytesIO()
        # No date: the same document is the same file.
        with PdfPages(file, metadata={"CreationDate": None}) as book:
            for page in pages:
                book.savefig(page)
    return [file.getvalue()]


def _picture(page: Any) -> bytes:
    file = io.BytesIO()
    page.savefig(file, format="png", dpi=80, metadata={"Software": None})
    return file.getvalue()


def wrapped(words: str, width: float, size: float) -> Iterator[str]:
    """Break words into lines of at most a width in inches; a Latin word stays whole."""
    most = width * _POINTS / size
    for paragraph in paragraphs(words):
        line, room = "", most
        for piece in _pieces(paragraph, most):
            needed = _ems(piece)
            if needed > room and line:
                yield line.rstrip()
                line, room = "", most
                piece = piece.lstrip()
                needed = _ems(piece)
            line, room = line + piece, room - needed
        yield line.rstrip()


def _pieces(words: str, most: float) -> Iterator[str]:
    """Give what is not broken: a Chinese character, a Latin word, each with the stop behind it."""
    piece = ""
    for sign in words:
        joins = piece and (sign in _STOPS or (_is_latin(piece[-1]) and _is_latin(sign)))
        if piece and not (joins and _ems(piece + sign) <= most):
            yield piece
            piece = ""
        piece += sign
    if piece:
        yield piece


#: Never at the beginning of a line.
_STOPS = "，。；：！？、）》”’,.;:!?)]"


def _is_latin(sign: str) -> bool:
    return sign.isascii() and not sign.isspace()


def _ems(words: str) -> float:
    return sum(_NARROW if sign.isascii() else 1 for sign in words)


@dataclass
class _Setter:
    """Sets one document on as many pages as it takes."""

    new_page: Callable[[], Any]
    down: float = 0.0

    def pages(self, sheet: Sheet) -> list[Any]:
        self._pages = [self.new_page()]
        self.down = _MARGIN
        self._centre(sheet.title, 18)
        if sheet.number:
            self._words(sheet.number, _SMALL, right=True)
        self.down += 0.1
        for part in sheet.parts:
            if isinstance(part, str):
                for words in paragraphs(part):
                    self._words("　　" + words, _BODY)
            elif isinstance(part, Fields):
                self._rows([(3, 7)] * len(part.pairs), part.pairs)
            else:
                widths = _shares(part.head, part.rows)
                self._rows([widths] * (len(part.rows) + 1), (part.head, *part.rows))
            self.down += 0.1
        for label, how in sheet.signs:
            self.down += 0.15
            self._words(f"{label}：{how or '＿' * 12}", _BODY)
        self.down += 0.2
        self._words(sheet.foot, _SMALL, right=True, colour=_PALE)
        return self._pages

    def _room(self, height: float) -> None:
        if self.down + height > _A4[1] - _MARGIN:
            self._pages.append(self.new_page())
            self.down = _MARGIN

    def _put(self, words: str, x: float, size: float, **looks: Any) -> None:
        self._pages[-1].text(
            x / _A4[0], 1 - self.down / _A4[1], words, fontsize=size, va="top", **looks
        )

    def _centre(self, words: str, size: float) -> None:
        for line in wrapped(words, _WIDTH, size):
            self._room(size / _POINTS)
            self._put(line, _A4[0] / 2, size, ha="center")
            self.down += size * _LEADING / _POINTS

    def _words(self, words: str, size: float, *, right: bool = False, colour: str = _INK) -> None:
        for line in wrapped(words, _WIDTH, size):
            self._room(size * _LEADING / _POINTS)
            x = _A4[0] - _MARGIN if right else _MARGIN
            self._put(line, x, size, ha="right" if right else "left", color=colour)
            self.down += size * _LEADING / _POINTS

    def _rows(self, shares: Sequence[Sequence[int]], rows: Sequence[Sequence[str]]) -> None:
        for share, row in zip(shares, rows, strict=True):
            self._row([_WIDTH * one / sum(share) for one in share], row)

    def _row(self, widths: Sequence[float], cells: Sequence[str]) -> None:
        size = _BODY - 1.5
        height_of = size * 1.5 / _POINTS
        lines = [
            list(wrapped(cell, width - 2 * _PAD, size)) or [""]
            for cell, width in zip(cells, widths, strict=True)
        ]
        height = max(len(one) for one in lines) * height_of + 2 * _PAD
        self._room(height)
        x, top = _MARGIN, self.down
        for width, cell in zip(widths, lines, strict=True):
            self._box(x, top, width, height)
            for place, line in enumerate(cell):
                self.down = top + _PAD + place * height_of
                self._put(line, x + _PAD, size, ha="left")
            x += width
        self.down = top + height

    def _box(self, x: float, top: float, width: float, height: float) -> None:
        from matplotlib.patches import Rectangle

        page = self._pages[-1]
        page.add_artist(
            Rectangle(
                (x / _A4[0], 1 - (top + height) / _A4[1]),
                width / _A4[0],
                height / _A4[1],
                transform=page.transFigure,
                fill=False,
                edgecolor="#888888",
                linewidth=0.6,
            )
        )


def _shares(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    """Share the width of a table by what is longest in each column."""
    columns = list(zip(head, *rows, strict=True))
    return [max(4, min(24, max(len(cell) for cell in column))) for column in columns]
