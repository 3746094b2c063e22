"""The look-up page: number and code tell the stage, nothing else, and nobody learns by asking."""

import re
from datetime import timedelta

import pytest

from bot.pages.lookup import BEAT_SECONDS
from bot.pages.slowdown import FREE, STEP_SECONDS
from domain.chain import Act
from domain.matters.life import erase, restrict, withdraw
from domain.organisation import Role
from domain.subjects import case
from storage.matters.lookup_codes import LookupCode, write_lookup_codes
from storage.outbox_housekeeping import newest
from storage.subjects import SubjectsGone
from storage.work import CLOCK
from tests.bot.pages.conftest import Reader
from tests.handlers.matters.test_lookups import NUMBER, taken_along

WRONG = "1234 5678 9012 3456"
NOTHING = "没有查到"


async def test_number_and_code_tell_stage_and_how_long_and_nothing_personal(
    reader: Reader,
) -> None:
    code = await taken_along(reader.office)
    await reader.office.does("secretary", f"matters.accept:{NUMBER}")
    reader.later(hours=26)

    html = await reader.looks_up(NUMBER, code)

    assert f"事项 {NUMBER}" in html
    assert "正在办理" in html
    assert "1天2小时" in html
    assert "最晚办结" in html
    for private in ("陈阿姨", "13800001234", "路灯", "3号楼", "张书记", "第一网格", code):
        assert private not in html


async def test_they_may_be_typed_as_people_type(reader: Reader) -> None:
    code = await taken_along(reader.office)
    plain, dashed = code.replace(" ", ""), code.replace(" ", "-")

    for number, typed in (
        (NUMBER, plain),
        ("２０２６－００００１", code),
        (" 2026 00001 ", dashed),
        ("2026—00001", f" {plain} "),
    ):
        assert f"事项 {NUMBER}" in await reader.looks_up(number, typed), (number, typed)


async def test_in_english_too(reader: Reader) -> None:
    code = await taken_along(reader.office)

    _, html = await reader.posts("/lookup?lang=en", {"number": NUMBER, "code": code})

    assert f"Case {NUMBER}" in html
    assert 'href="/lookup?lang=en"' in html


async def test_wrong_foreign_erased_and_sealed_are_answered_alike_after_the_same_time(
    reader: Reader,
) -> None:
    office = reader.office
    code = await taken_along(office)
    await office.filed(by="neighbour")
    answers, beats = [], []

    async def ask(number: str, given: str) -> None:
        before = len(reader.waited)
        html = await reader.looks_up(number, given)
        answers.append(html.replace(number, NUMBER))
        beats.append(reader.waited[before:])

    await ask(NUMBER, WRONG)
    await ask("2026-00002", code)
    await ask("2026-99999", code)
    act = Act(CLOCK, Role.ADMINISTRATOR, office.now, b"")
    until = office.now + timedelta(days=90)
    ended = withdraw(await office.matter(NUMBER), act)
    await office.change(restrict(ended, act, until=until, law="a law, article 1"))
    await ask(NUMBER, code)
    async with office.database.read() as tx:
        upto = await newest(tx)
    gone = erase(await office.matter(NUMBER), act)
    await office.change(gone, SubjectsGone(subjects=(case(NUMBER),), upto=upto))
    await ask(NUMBER, code)

    assert NOTHING in answers[0]
    assert set(answers) == {answers[0]}
    assert beats == [[BEAT_SECONDS]] * 5


async def test_nobody_keeps_the_answer_and_no_address_holds_it(reader: Reader) -> None:
    code = await taken_along(reader.office)

    asked, form = await reader.get("/lookup")
    found, html = await reader.posts("/lookup", {"number": NUMBER, "code": code})
    by_address = await reader.shows(f"/lookup?number={NUMBER}&code={code.replace(' ', '')}")

    assert {one.headers["Cache-Control"] for one in (asked, found)} == {"no-store"}
    assert "ETag" not in found.headers
    assert found.url.query_string == ""
    assert found.headers["Referrer-Policy"] == "same-origin"
    assert 'method="post" action="/lookup" autocomplete="off"' in form
    assert code not in html
    assert f"事项 {NUMBER}" not in by_address


async def test_a_code_that_was_given_out_anew_ends_the_one_before(reader: Reader) -> None:
    first = await taken_along(reader.office)
    async with reader.office.database.write() as tx:
        new = tx.keyring.hash_code("1" * 16)
        await write_lookup_codes(
            tx, [LookupCode(code_hash=new, number=NUMBER, created_at=reader.office.now)]
        )

    assert NOTHING in await reader.looks_up(NUMBER, first)
    assert f"事项 {NUMBER}" in await reader.looks_up(NUMBER, "1" * 16)


HOSTILE = (
    ("17", WRONG, ["编号要写成"]),
    (NUMBER, "123", ["查询码是16位数字"]),
    ("", "", ["编号要写成", "查询码是16位数字"]),
    ("2026-00001\0", WRONG, ["编号要写成"]),
    (NUMBER, "1234567890123456\0", ["查询码是16位数字"]),
    ("2026-00001 OR 1=1", WRONG, ["编号要写成"]),
    ("٢٠٢٦-٠٠٠٠١", WRONG, ["编号要写成"]),
    ('"><script>alert(1)</script>', WRONG, ["编号要写成"]),
    ("长" * 100, "9" * 300, ["编号要写成", "查询码是16位数字"]),
)


async def test_what_can_be_no_number_or_code_is_said_at_its_field(reader: Reader) -> None:
    for number, code, said in HOSTILE:
        response, html = await reader.posts("/lookup", {"number": number, "code": code})

        assert response.status == 200
        assert [one for one in ("编号要写成", "查询码是16位数字") if one in html] == said
        assert html.count('aria-invalid="true"') == len(said)
        assert "<script" not in html
        assert "\0" not in html
    # Nothing was looked up: nobody waits for it.
    assert reader.waited == []


BODIES: tuple[tuple[bytes, dict[str, str], int], ...] = (
    (b"number=" + b"1" * 5000, {}, 413),
    (b"\xff\xfe\xfd", {"Content_Type": "application/x-www-form-urlencoded"}, 400),
    (b"&".join(b"a=1" for _ in range(50)), {}, 400),
    (b'{"number": 1}', {"Content_Type": "application/json"}, 415),
    (b"--x", {"Content_Type": "multipart/form-data; boundary=x"}, 415),
)


async def test_a_body_that_is_no_such_form_is_a_clear_page(reader: Reader) -> None:
    for body, headers, status in BODIES:
        given = {"Content_Type": "application/x-www-form-urlencoded", **headers}

        response, html = await reader.posts("/lookup", body, **given)

        assert response.status == status
        assert "这一页打不开" in html
        assert response.headers["Cache-Control"] == "no-store"


async def test_wrong_methods_and_foreign_doors_are_clear_pages(reader: Reader) -> None:
    posted, at_notices = await reader.posts("/notices", {"a": "b"})
    foreign, from_elsewhere = await reader.posts(
        "/lookup", {"number": NUMBER, "code": WRONG}, origin="https://evil.example"
    )
    other, under_other_name = await reader.get("/lookup", Host="evil.example")
    async with reader.http.request("DELETE", reader.base + "/lookup") as response:
        deleted = response.status
    async with reader.http.head(reader.base + "/lookup") as response:
        looked = response.status, response.headers["Content-Type"], await response.text()

    assert (posted.status, "只能看，不能提交" in at_notices) == (405, True)
    assert (foreign.status, "不是从本页发出的" in from_elsewhere) == (403, True)
    assert (other.status, "请从公布的网址打开" in under_other_name) == (421, True)
    # Under a foreign name nothing leads into the house.
    assert "/notices" not in under_other_name
    assert "/report" not in under_other_name
    assert deleted == 403
    assert looked == (200, "text/html; charset=utf-8", "")


async def test_the_chats_own_refusals_stay_for_programs(reader: Reader) -> None:
    async with reader.http.get(reader.base + "/chat/session") as response:
        assert (await response.json())["error"] == "no_session"


async def test_behind_a_server_in_front_each_address_counts_for_itself(reader: Reader) -> None:
    code = await taken_along(reader.office)
    async with reader.reading(
        public_url="https://linli.example", proxies=frozenset({"127.0.0.1"})
    ) as visitor:

        async def ask(address: str, given: str) -> str:
            _, html = await visitor.posts(
                "/lookup",
                {"number": NUMBER, "code": given},
                origin="https://linli.example",
                Host="linli.example",
                X_Forwarded_For=address,
            )
            return html

        for guess in range(FREE.burst + 3):
            await ask("198.51.100.7", f"{guess:016}")
        slowed = visitor.waited.count(STEP_SECONDS)
        found = await ask("203.0.113.9", code)

    assert slowed == 3
    assert f"事项 {NUMBER}" in found
    assert visitor.waited.count(STEP_SECONDS) == 3


async def test_guessing_becomes_slow_and_who_knows_the_code_still_gets_through(
    reader: Reader,
) -> None:
    code = await taken_along(reader.office)
    for guess in range(FREE.burst + 5):
        assert NOTHING in await reader.looks_up(NUMBER, f"{guess:016}")

    slowed = reader.waited.count(STEP_SECONDS)
    honest = await reader.looks_up(NUMBER, code)

    assert slowed == 5
    assert f"事项 {NUMBER}" in honest


async def test_right_answers_cost_nothing(reader: Reader) -> None:
    code = await taken_along(reader.office)
    for _ in range(FREE.burst * 3):
        assert f"事项 {NUMBER}" in await reader.looks_up(NUMBER, code)

    assert STEP_SECONDS not in reader.waited


async def test_no_number_and_no_code_gets_into_the_log(
    reader: Reader, capsys: pytest.CaptureFixture[str]
) -> None:
    code = await taken_along(reader.office)
    capsys.readouterr()
    await reader.looks_up(NUMBER, code)
    await reader.looks_up(NUMBER, WRONG)
    told = capsys.readouterr()

    assert not re.search(rf"{NUMBER}|{code}|{WRONG}", told.out + told.err)


async def test_a_receipts_qr_code_leads_here_with_the_number_and_never_with_the_code(
    reader: Reader,
) -> None:
    code = await taken_along(reader.office)
    paper = reader.office.latest("clerk").message.paper
    assert paper == f"/lookup?number={NUMBER}"

    response, drawn = await reader.get(paper.replace("?", "/code.svg?"))
    html = await reader.shows(paper)

    assert response.status == 200
    assert response.content_type == "image/svg+xml"
    assert "<script" not in drawn
    assert f'value="{NUMBER}"' in html
    assert code.replace(" ", "") not in html


@pytest.mark.parametrize("number", ["", "1", "https://evil.example", "2026-00001<svg>"])
async def test_nothing_but_a_case_number_is_drawn(reader: Reader, number: str) -> None:
    response, _ = await reader.get(f"/lookup/code.svg?number={number}")
    html = await reader.shows(f"/lookup?number={number}")

    assert response.status == 404
    assert 'value=""' in html
