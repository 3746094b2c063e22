"""The week's chart: a picture for a phone, whatever the week was like."""

import io
from dataclasses import replace
from itertools import combinations

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from PIL import Image, ImageChops

from reports.digests.charts import Row, WeekChart, draw, draw_all, figure_of
from scheduler.subprocesses import in_subprocess

PLAIN = WeekChart(
    title="东园社区：一周收到与解决",
    subtitle="2026-11-23 至 2026-11-29 · 收到 n=23，解决 n=18",
    filed="本周收到",
    solved="本周解决",
    before="前4周每周平均收到",
    rows=(
        Row(name="路灯损坏", filed=7, solved=5, before=3.25),
        Row(name="垃圾清运", filed=5, solved=4, before=5.5),
    ),
    language="zh-Hans",
)
NAMES = ("停车规划", "垃圾分类", "路灯照明", "邻里噪音", "下水道和污水", "电梯", "物业", "其余类别")
CHARTS = (
    replace(
        PLAIN,
        rows=tuple(
            Row(name=name, filed=9 - at, solved=(9 - at) // 2, before=(at * 3.4) % 9)
            for at, name in enumerate(NAMES)
        ),
    ),
    replace(PLAIN, before=None, rows=(Row(name="路灯照明", filed=1, solved=0, before=None),)),
    replace(
        PLAIN,
        title="Yunxi Demonstration Sub-district: filed and solved in a week",
        subtitle="Mon 23 Nov to Sun 29 Nov · 35 filed, 20 solved · 91 filed in the 4 weeks before",
        before="filed per week, 4 weeks before",
        rows=(
            Row(name="Parking and things left in public space", filed=12345, solved=2, before=1e4),
            Row(name="Lights", filed=0, solved=0, before=0.25),
        ),
        language="en",
    ),
    replace(PLAIN, title="云溪演示街道晨光社区" * 4, subtitle="收到一百二十三件，" * 9),
)
#: Eleven pixels of a phone that is 360 wide, in the picture.
SMALLEST_PX = 11 * 1080 / 360
BLUE, ORANGE, WHITE = (0, 114, 178), (230, 159, 0), (255, 255, 255)


def picture(chart: WeekChart) -> Image.Image:
    with Image.open(io.BytesIO(draw(chart))) as drawn:
        return drawn.convert("RGB")


def words_on(chart: WeekChart) -> list[Text]:
    return [one for one in figure_of(chart).findobj(Text) if one.get_text()]


def colours(drawn: Image.Image) -> dict[tuple[int, int, int], int]:
    counted = drawn.getcolors(maxcolors=drawn.width * drawn.height)
    assert counted is not None
    return {colour: count for count, colour in counted}  # type: ignore[misc]


def leaves_its_edges_blank(drawn: Image.Image) -> bool:
    """Tell whether nothing was cut off: what is too long would touch an edge."""
    blank = Image.new("RGB", drawn.size, WHITE)
    box = ImageChops.difference(drawn, blank).getbbox()
    assert box is not None
    left, top, right, bottom = box
    return left > 4 and top > 4 and right < drawn.width - 4 and bottom < drawn.height - 4


def test_bars_show_what_was_filed_and_what_was_solved() -> None:
    drawn = picture(PLAIN)

    counted = colours(drawn)
    assert drawn.width == 1080
    # The areas are as the figures: 12 filed, 9 solved; the mark and the edges take a little.
    assert counted[BLUE] / counted[ORANGE] == pytest.approx(12 / 9, rel=0.05)


def test_a_week_without_weeks_before_has_no_marks() -> None:
    rows = tuple(replace(row, before=None) for row in PLAIN.rows)

    with_marks, without = picture(PLAIN), picture(replace(PLAIN, rows=rows, before=None))

    assert ImageChops.difference(with_marks, without).getbbox() is not None


@pytest.mark.parametrize(
    ("name", "filed"),
    [
        ("占用公共空间停放车辆与堆放各种各样的杂物和废弃家具", 3),
        ("Parking and things left in public space by shops and builders", 3),
        ("Donaudampfschifffahrtsgesellschaftskapitän", 3),
        ("路灯", 123_456),
        ("路灯", 0),
    ],
)
def test_nothing_is_cut_off(name: str, filed: int) -> None:
    row = Row(name=name, filed=filed, solved=filed // 2, before=filed * 1.02)
    long = replace(
        PLAIN, title=PLAIN.title * 3, subtitle=PLAIN.subtitle * 2, rows=(row, *PLAIN.rows)
    )

    assert leaves_its_edges_blank(picture(long))


def test_every_row_gets_room_of_its_own() -> None:
    few, many = picture(PLAIN), picture(replace(PLAIN, rows=PLAIN.rows * 4))

    assert (many.height - few.height) / 6 > 3 * SMALLEST_PX
    assert leaves_its_edges_blank(many)


@pytest.mark.parametrize("chart", CHARTS, ids=["full", "small", "english", "long"])
def test_every_letter_can_be_read_on_a_phone(chart: WeekChart) -> None:
    for word in words_on(chart):
        height_px = word.get_fontsize() * 160 / 72
        assert height_px >= SMALLEST_PX, word.get_text()


@pytest.mark.parametrize("chart", CHARTS, ids=["full", "small", "english", "long"])
def test_no_words_run_into_each_other_or_out_of_the_picture(chart: WeekChart) -> None:
    figure = figure_of(chart)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    boxes = [
        (one.get_text(), one.get_window_extent(canvas.get_renderer()))
        for one in figure.findobj(Text)
        if one.get_text()
    ]

    for (one, box), (other, beside) in combinations(boxes, 2):
        across = min(box.x1, beside.x1) - max(box.x0, beside.x0)
        down = min(box.y1, beside.y1) - max(box.y0, beside.y0)
        # Lines of a text may touch by a stroke's width.
        assert across <= 0 or down <= 3, (one, other)
    assert all(box.x0 >= 0 and box.x1 <= 1080 for _, box in boxes)


def test_a_chart_of_many_categories_still_fits_a_phone() -> None:
    drawn = picture(CHARTS[0])

    assert drawn.height / drawn.width < 1.8


def test_a_title_of_any_length_takes_three_lines_at_most() -> None:
    said = [one.get_text() for one in words_on(replace(PLAIN, title="长" * 200))]

    title = [one for one in said if one.startswith("长")]
    assert len(title) == 3
    assert title[-1].endswith("…")


async def test_charts_are_drawn_in_a_process_of_their_own() -> None:
    (drawn,) = await in_subprocess(draw_all, [PLAIN])

    assert drawn.startswith(b"\x89PNG")


async def test_what_fails_in_the_other_process_fails_here() -> None:
    with pytest.raises(ZeroDivisionError):
        await in_subprocess(divmod, 1, 0)
