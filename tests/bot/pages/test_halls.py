"""便民大厅: everybody reads where the halls are, without a chat."""

from dataclasses import replace
from datetime import timedelta

from tests.bot.pages.conftest import Reader
from tests.services import desk, hall, keep
from tests.street import MORNING, STREET, WEST


async def test_everybody_reads_where_a_hall_is_and_where_and_when_each_service_is(
    reader: Reader,
) -> None:
    await keep(
        reader.office,
        hall(access_note="坡道在西门。找小王 13800001234。"),
        hall("street-hall", STREET, name="梧桐街道便民服务大厅"),
        desk(service="老年优待证", where="2号窗口"),
    )

    html = await reader.shows("/halls")

    assert html.index("梧桐街道便民服务大厅") < html.index("东园便民服务中心")
    for said in ("东园路1号一楼", "0371-11111111", "轮椅坡道、低位服务台"):
        assert said in html
    assert "2号窗口；周一至周五 8:30–18:00" in html
    # What somebody wrote into a note shows no private number.
    assert "坡道在西门" in html
    assert "13800001234" not in html
    assert "<script" not in html


async def test_it_reads_in_english_too(reader: Reader) -> None:
    await keep(reader.office, hall())

    html = await reader.shows("/halls?lang=en")

    assert "ramp, low counter" in html
    assert "East Garden" in html


async def test_without_a_hall_it_says_what_to_do(reader: Reader) -> None:
    assert "请先打电话问" in await reader.shows("/halls")


async def test_only_what_holds_now_stands_there(reader: Reader) -> None:
    over = replace(hall("over", WEST, name="旧大厅"), valid_until=MORNING + timedelta(hours=1))
    await keep(reader.office, over)
    assert "旧大厅" in await reader.shows("/halls")

    reader.office.later(hours=2)
    reader.seconds += 3600

    assert "旧大厅" not in await reader.shows("/halls")
