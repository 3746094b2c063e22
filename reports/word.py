"""Documents as a Word file (Office Open XML): a few parts of plain XML, and no library.

Source: ECMA-376, part 1, WordprocessingML. What people wrote is escaped and never markup.
"""

import io
import zipfile
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from reports.papers import Fields, Part, Sheet, Table, paragraphs

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
#: What Windows, macOS and WPS call the fonts of ordinary papers.
_FONT, _LATIN = "SimSun", "Times New Roman"
#: A4 with margins, in twentieths of a point. Source: ISO 216; GB/T 9704 has similar margins.
_PAGE = (
    '<w:pgSz w:w="11906" w:h="16838"/>'
    '<w:pgMar w:top="1440" w:right="1304" w:bottom="1304" w:left="1304"'
    ' w:header="720" w:footer="720" w:gutter="0"/>'
)
#: The width between the margins.
_WIDTH = 11906 - 2 * 1304
#: A line to sign on.
_BLANK = "＿" * 12

_PARTS = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{MEDIA_TYPE}.main+xml"/>'
        '<Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-'
        'officedocument.wordprocessingml.styles+xml"/>'
        "</Types>"
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/>'
        "</Relationships>"
    ),
    "word/_rels/document.xml.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/styles" Target="styles.xml"/>'
        "</Relationships>"
    ),
    "word/styles.xml": (
        f'<w:styles xmlns:w="{_MAIN}"><w:docDefaults><w:rPrDefault><w:rPr>'
        f'<w:rFonts w:ascii="{_LATIN}" w:hAnsi="{_LATIN}" w:eastAsia="{_FONT}"/>'
        '<w:sz w:val="24"/><w:szCs w:val="24"/><w:lang w:val="en-US" w:eastAsia="zh-CN"/>'
        "</w:rPr></w:rPrDefault><w:pPrDefault><w:pPr>"
        '<w:spacing w:after="80" w:line="360" w:lineRule="auto"/>'
        "</w:pPr></w:pPrDefault></w:docDefaults>"
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/>'
        "</w:style></w:styles>"
    ),
}


def word(sheets: Sequence[Sheet]) -> bytes:
    """Write documents, each on a page of its own; the same ones give the same bytes."""
    body = "".join(
        part for place, sheet in enumerate(sheets) for part in _sheet(sheet, first=place == 0)
    )
    parts = {
        **_PARTS,
        "word/document.xml": (
            f'<w:document xmlns:w="{_MAIN}"><w:body>{body}'
            f"<w:sectPr>{_PAGE}</w:sectPr></w:body></w:document>"
        ),
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            # No date of today: what is the same is the same file.
            archive.writestr(zipfile.ZipInfo(name), _HEAD + content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def _sheet(sheet: Sheet, *, first: bool) -> Iterator[str]:
    above = "" if first else "<w:pageBreakBefore/>"
    yield _line(sheet.title, f'{above}<w:spacing w:after="200"/><w:jc w:val="center"/>', size=36)
    if sheet.number:
        yield _line(sheet.number, '<w:jc w:val="right"/>', size=21)
    for part in sheet.parts:
        yield from _part(part)
    for label, how in sheet.signs:
        yield _line(f"{label}：{how or _BLANK}", '<w:keepLines/><w:spacing w:before="240"/>')
    yield _line(sheet.foot, '<w:spacing w:before="360"/><w:jc w:val="right"/>', size=18)


def _part(part: Part) -> Iterator[str]:
    if isinstance(part, str):
        for words in paragraphs(part):
            yield _line(words, '<w:ind w:firstLineChars="200" w:firstLine="480"/>')
    elif isinstance(part, Fields):
        label = _WIDTH * 3 // 10
        rows = [
            _row([_cell(name, label, bold=True), _cell(it, _WIDTH - label)])
            for name, it in part.pairs
        ]
        yield _table([label, _WIDTH - label], rows)
    else:
        yield from _grid(part)


def _grid(table: Table) -> Iterator[str]:
    widths = _widths(table)
    head = _row(
        [_cell(one, width, bold=True) for one, width in zip(table.head, widths, strict=True)],
        head=True,
    )
    rows = [
        _row([_cell(one, width) for one, width in zip(row, widths, strict=True)])
        for row in table.rows
    ]
    yield _table(widths, [head, *rows])


def _widths(table: Table) -> list[int]:
    """Share the width by what is longest in each column."""
    columns = list(zip(table.head, *table.rows, strict=True))
    longest = [max(4, min(24, max(len(cell) for cell in column))) for column in columns]
    return [_WIDTH * one // sum(longest) for one in longest]


_PADDING = (
    '<w:tblCellMar><w:left w:w="100" w:type="dxa"/><w:right w:w="100" w:type="dxa"/></w:tblCellMar>'
)


def _table(widths: Sequence[int], rows: Sequence[str]) -> str:
    sides = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="808080"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        f'<w:tblBorders>{sides}</w:tblBorders><w:tblLayout w:type="fixed"/>{_PADDING}</w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
        '<w:p><w:pPr><w:spacing w:after="0" w:line="120" w:lineRule="auto"/></w:pPr></w:p>'
    )


def _row(cells: Sequence[str], *, head: bool = False) -> str:
    about = "<w:cantSplit/>" + ("<w:tblHeader/>" if head else "")
    return f"<w:tr><w:trPr>{about}</w:trPr>{''.join(cells)}</w:tr>"


def _cell(words: str, width: int, *, bold: bool = False) -> str:
    tight = '<w:spacing w:after="0" w:line="300" w:lineRule="auto"/>'
    lines = [_line(one, tight, size=22, bold=bold) for one in paragraphs(words)]
    inner = "".join(lines) or _line("", tight, size=22)
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{inner}</w:tc>'


def _line(words: str, about: str, *, size: int = 24, bold: bool = False) -> str:
    looks = f'<w:sz w:val="{size}"/><w:szCs w:val="{size}"/>'
    run = f"<w:rPr>{'<w:b/>' if bold or size > 30 else ''}{looks}</w:rPr>"
    said = f'<w:r>{run}<w:t xml:space="preserve">{_clean(words)}</w:t></w:r>' if words else ""
    return f"<w:p><w:pPr>{about}</w:pPr>{said}</w:p>"


def _clean(words: str) -> str:
    """Escape words, and leave out the signs that no XML may hold."""
    allowed = "".join(one for one in words if one in "\t" or one >= " ")
    return escape(allowed.translate(_NO_XML))


_NO_XML = dict.fromkeys((*range(0xD800, 0xE000), 0xFFFE, 0xFFFF))
