"""报告本工具的问题: on every page, and it leads to whom the office says."""

from bot.channels.web.ports import OfficeSign
from bot.pages.page import ToolContact
from tests.bot.pages.conftest import Reader


async def test_it_leads_to_whom_the_office_says(reader: Reader) -> None:
    tool = ToolContact(
        phone="0379 1234567", email="linli@example.org", url="https://example.org/report"
    )
    async with reader.reading(tool=tool) as visitor:
        html = await visitor.shows("/report")

    assert 'href="tel:03791234567"' in html
    assert 'href="mailto:linli@example.org"' in html
    assert 'href="https://example.org/report"' in html
    assert "请告诉梧桐街道办事处" not in html


async def test_where_nothing_is_named_it_is_the_offices_telephone(reader: Reader) -> None:
    html = await reader.shows("/report")

    assert "请告诉梧桐街道办事处，电话" in html
    assert 'href="tel:0379-60000000"' in html


async def test_without_a_telephone_it_is_the_window(reader: Reader) -> None:
    async with reader.reading(sign=OfficeSign(name="梧桐街道办事处")) as visitor:
        html = await visitor.shows("/report")

    assert "请告诉梧桐街道办事处的窗口" in html
    assert "tel:" not in html


async def test_it_asks_for_nothing_personal_and_says_where_matters_go(reader: Reader) -> None:
    html = await reader.shows("/report?lang=en")

    assert "No names, identity numbers or contents of cases" in html
    assert "About your home or neighbourhood" in html


async def test_chat_and_demonstration_lead_there_too(reader: Reader) -> None:
    for path in ("/?g=E1", "/staff"):
        assert 'href="/report"' in await reader.shows(path)
    assert 'href="/notices"' in await reader.shows("/?g=E1")
    assert 'href="/notices"' not in await reader.shows("/staff")


async def test_help_in_chat_leads_there(reader: Reader) -> None:
    await reader.office.starts("resident", "g-E1")
    await reader.office.commands("resident", "help")
    links = {one.link for said in reader.office.said for one in said.labels.values() if one.link}

    assert {"/report", "/notices", "/lookup"} <= links
