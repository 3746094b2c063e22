"""The page of notices: what a community tells everybody, in both languages, kept by nobody long."""

import re
from datetime import timedelta
from pathlib import Path

from sqlalchemy.schema import DropTable

from storage.broadcasts.public_notices import TakenDown, public_notices
from storage.database import Database
from tests.bot.pages.conftest import Reader
from tests.handlers.broadcasts.test_publishing import published
from tests.handlers.chats import Office
from tests.street import EAST, EAST_1, STREET, WEST


async def test_a_notice_that_was_written_in_chat_stands_on_the_page(reader: Reader) -> None:
    await published(reader.office, words="周三9:00停水，\n请提前储水。", title="停水通知")
    await reader.office.presses("community", "提交")

    html = await reader.shows("/notices")

    assert "停水通知</h2>" in html
    assert "周三9:00停水，\n请提前储水。" in html
    assert "东园社区</span>" in html
    assert '<time datetime="2026-11-24T09:00+08:00">2026年11月24日 周二</time>' in html
    assert "公开到 2027年2月22日" in html


async def test_a_community_shows_its_own_and_the_streets_and_no_others(reader: Reader) -> None:
    await reader.publishes("东园的")
    await reader.publishes("西园的", unit=WEST)
    await reader.publishes("街道的", unit=STREET)

    # A poster knows its grid: the notices of its community are meant.
    for address in (f"/notices/{EAST}", f"/notices/{EAST_1}"):
        html = await reader.shows(address)
        assert ("东园的" in html, "街道的" in html, "西园的" in html) == (True, True, False)
    of_street = await reader.shows(f"/notices/{STREET}")
    every = await reader.shows("/notices")

    assert ("东园的" in of_street, "街道的" in of_street) == (False, True)
    assert all(one in every for one in ("东园的", "街道的", "西园的"))


async def test_what_was_taken_down_is_gone_with_the_next_look(reader: Reader) -> None:
    notice = await reader.publishes("停水通知")
    response, before = await reader.get("/notices")
    await reader.office.change(TakenDown(notice.id, "community", reader.office.now))
    reader.seconds += 1

    after, html = await reader.get("/notices", If_None_Match=response.headers["ETag"])

    assert "停水通知" in before
    assert after.status == 200
    assert "停水通知" not in html


async def test_what_has_ended_is_not_shown(reader: Reader) -> None:
    await reader.publishes("旧通知", until=reader.office.now + timedelta(days=15))
    assert "旧通知" in await reader.shows("/notices")

    reader.later(days=15)

    assert "旧通知" not in await reader.shows("/notices")


async def test_a_page_that_did_not_change_is_not_sent_again(reader: Reader) -> None:
    await reader.publishes("停水通知")
    first, _ = await reader.get("/notices")

    again, body = await reader.get("/notices", If_None_Match=first.headers["ETag"])
    other, _ = await reader.get("/notices?lang=en", If_None_Match=first.headers["ETag"])

    assert (again.status, body) == (304, "")
    assert again.headers["Cache-Control"] == "public, no-cache"
    assert other.status == 200
    assert "Accept-Language" in first.headers["Vary"]


async def test_many_readers_cost_what_one_does(reader: Reader) -> None:
    await reader.publishes("停水通知")
    await reader.shows("/notices")
    await reader.office.change(TakenDown("notice-停水通知", "community", reader.office.now))

    within_the_second = await reader.shows("/notices")
    reader.seconds += 1

    assert "停水通知" in within_the_second
    assert "停水通知" not in await reader.shows("/notices")


async def test_without_notices_the_page_says_so(reader: Reader) -> None:
    html = await reader.shows("/notices")

    assert "现在没有通知" in html
    assert "在聊天里告诉本人" in html


async def test_an_office_without_units_has_an_empty_page(
    database: Database, tmp_path: Path
) -> None:
    new = Reader(office=Office(database=database, folder=tmp_path), folder=tmp_path)
    async with new.reading() as reader:
        assert "现在没有通知" in await reader.shows("/notices")


async def test_the_language_is_the_browsers_or_the_one_that_was_chosen(reader: Reader) -> None:
    await reader.publishes("停水通知")

    chinese = await reader.shows("/notices")
    browsers = await reader.shows("/notices", Accept_Language="en-GB,en;q=0.9")
    chosen = await reader.shows("/notices?lang=en", Accept_Language="zh-CN")
    back = await reader.shows("/notices?lang=zh", Accept_Language="en")

    assert '<html lang="zh-CN">' in chinese
    assert '<html lang="en">' in browsers
    assert "East Garden" in browsers
    assert 'href="/lookup"' in browsers
    assert '<html lang="en">' in chosen
    # What was chosen goes on; what the office wrote is read in its own language.
    assert 'href="/lookup?lang=en"' in chosen
    assert '<h2 id="n-notice-停水通知-title" lang="zh-CN">停水通知</h2>' in chosen
    assert '<html lang="zh-CN">' in back
    assert 'href="?lang=en" lang="en"' in chinese
    assert 'href="?lang=zh" lang="zh-CN"' in chosen


async def test_more_notices_than_fit_stand_on_further_pages(reader: Reader) -> None:
    for number in range(45):
        at = reader.office.now - timedelta(hours=number)
        await reader.publishes(f"第{number}条", published_at=at)

    first = await reader.shows("/notices/E")
    second = await reader.shows("/notices/E?page=2&lang=en")
    third = await reader.shows("/notices/E?page=3")
    beyond = await reader.shows("/notices/E?page=9")

    assert first.count("<article") == 20
    assert "第0条" in first
    assert 'rel="next" href="/notices/E?page=2"' in first
    assert 'rel="prev"' not in first
    assert 'rel="next" href="/notices/E?page=3&amp;lang=en"' in second
    assert "第44条" in third
    assert 'rel="next"' not in third
    assert "这一页没有通知了" in beyond


async def test_a_page_that_is_no_number_is_the_first(reader: Reader) -> None:
    await reader.publishes("停水通知")

    for page in ("0", "-1", "x", "٣", "99999999999999999999", "%00", "1e3", ""):
        assert "停水通知" in await reader.shows(f"/notices?page={page}"), page


async def test_what_is_written_is_no_markup(reader: Reader) -> None:
    await reader.publishes("<b>标题</b>", '<script>alert(1)</script>"&')

    html = await reader.shows("/notices")

    assert "<script" not in html
    assert "&lt;b&gt;标题&lt;/b&gt;" in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


async def test_what_leads_to_a_person_is_hidden_whichever_way_it_came(reader: Reader) -> None:
    await reader.publishes(
        "寻找 13800001234",
        "身份证110101199003070011，3号楼2单元501室，卡6222021234567890123，打12345",
        id="one",
    )

    html = await reader.shows("/notices")

    for private in ("13800001234", "110101199003070011", "501室", "6222021234567890123"):
        assert private not in html
    assert "打12345" in html


async def test_what_is_not_there_is_a_clear_page(reader: Reader) -> None:
    rest = ("XX", "%00", "E/x", "长" * 40, "x" * 3000, "%F0%28", "' OR 1=1")
    for path in (f"/notices/{one}" for one in rest):
        response, html = await reader.get(path)

        assert response.status == 404, path
        assert "没有这一页" in html
        assert "报告本工具的问题" in html
        assert response.headers["Cache-Control"] == "no-store"


async def test_no_page_sets_a_cookie_runs_a_script_or_stands_in_a_frame(reader: Reader) -> None:
    for path in ("/notices", "/notices/E", "/lookup", "/report", "/notices/XX"):
        response, html = await reader.get(path)
        policy = response.headers["Content-Security-Policy"]

        assert "Set-Cookie" not in response.headers
        assert "<script" not in html
        assert "style=" not in html
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert "frame-ancestors 'none'" in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Permissions-Policy"].startswith("geolocation=()")


async def test_every_page_has_its_landmarks_one_heading_and_the_way_to_report(
    reader: Reader,
) -> None:
    await reader.publishes("停水通知")
    for path in ("/notices", "/notices/E", "/lookup", "/report", "/notices/XX"):
        _, html = await reader.get(path)

        for landmark in ("<header", "<nav aria-label=", '<main class="inner" id="main"', "<footer"):
            assert landmark in html, (path, landmark)
        assert len(re.findall("<h1", html)) == 1
        assert re.search(r"<title>[^<]+ · 梧桐街道办事处</title>", html)
        assert '<a href="/report">报告本工具的问题</a>' in html
        assert 'href="tel:0379-60000000"' in html


async def test_the_style_is_kept_under_its_contents_address(reader: Reader) -> None:
    html = await reader.shows("/notices")
    (address,) = re.findall(r"/pages/[0-9a-f]{12}/pages\.css", html)

    now, css = await reader.get(address)
    old, _ = await reader.get("/pages/000000000000/pages.css")

    assert "immutable" in now.headers["Cache-Control"]
    assert now.headers["Content-Type"].startswith("text/css")
    assert "Linli Han" in css
    assert old.headers["Cache-Control"] == "no-store"


async def test_the_demonstration_is_marked(reader: Reader) -> None:
    async with reader.reading(demo=True) as visitor:
        assert "虚构演示" in await visitor.shows("/report")
    assert "虚构演示" not in await reader.shows("/report")


async def test_where_the_notices_cannot_be_read_the_page_says_so(reader: Reader) -> None:
    async with reader.office.database.write() as tx:
        await tx.run(DropTable(public_notices))

    response, html = await reader.get("/notices")

    assert response.status == 503
    assert "暂时看不了" in html
