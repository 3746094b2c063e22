"""The week's chart: a picture for a phone, whatever the week was like."""

import io
from dataclasses import replace

import pytest
from PIL import Image, ImageChops

from reports.digests.charts import Row, WeekChart, draw, draw_all
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
BLUE, ORANGE, WHITE = (0, 114, 178), (230, 159, 0), (255, 255, 255)


def picture(chart: WeekChart) -> Image.Image:
    with Image.open(io.BytesIO(draw(chart))) as drawn:
        return drawn.convert("RGB")


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

    assert many.height - few.height == pytest.approx(6 * 0.85 * 160, abs=2)
    assert leaves_its_edges_blank(many)


async def test_charts_are_drawn_in_a_process_of_their_own() -> None:
    (drawn,) = await in_subprocess(draw_all, [PLAIN])

    assert drawn.startswith(b"\x89PNG")


async def test_what_fails_in_the_other_process_fails_here() -> None:
    with pytest.raises(ZeroDivisionError):
        await in_subprocess(divmod, 1, 0)
