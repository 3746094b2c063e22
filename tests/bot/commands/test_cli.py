"""The command line: setting up an office, taking it over, inviting, looking it over."""

import asyncio
import csv
import json
import os
import shutil
import socket
import stat
import threading
import tomllib
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner, Result

from bot.commands.cli import app
from bot.configuration.law_data import default_categories, rule_book, work_calendar
from bot.configuration.loading import load
from bot.configuration.settings import FILE
from bot.operations.databases import opened
from bot.operations.file_lock import file_lock_of
from bot.workbooks.organisation_file import (
    Appointment,
    DutyShift,
    OrganisationFile,
    StaffMember,
    read_workbook,
)
from bot.workbooks.organisation_import import Invited, invite, take_over
from domain.broadcasts.broadcast import Broadcast, BroadcastState
from domain.matters.clock import clocks
from domain.matters.rules import ClockRules
from domain.messages import Lane, Message, Side
from domain.organisation import Post, Role, Seat, Unit, UnitKind
from domain.people import Person
from storage import inbox, organisation
from storage.broadcasts.broadcasts import Ended
from storage.changes import Changes, apply
from storage.codes import find_invitation
from storage.database import Database, Tx
from storage.inbox import Arrival
from storage.matters.matters import find_matter
from storage.outbox import Notice
from storage.posts.waiting_shifts import list_waiting_shifts
from tests.bot_api.server import BotApi
from tests.domain.street import filed
from tests.receiver import Answer, Receiver

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 11, 24, 1, tzinfo=UTC)
ADDRESS = "https://linli.example.org"

Linli = Callable[..., Result]


@pytest.fixture
def linli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Linli:
    """Run the command in an empty directory, with an English terminal and no settings."""
    for name in list(os.environ):
        if name.startswith("LINLI_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, code: int = 0) -> Result:
        result = CliRunner().invoke(app, arguments, catch_exceptions=False)
        assert result.exit_code == code, result.output
        return result

    return run


@pytest.fixture
def office(linli: Linli) -> Linli:
    """An office that was set up and has no street yet."""
    linli("init", "--public-url", ADDRESS)
    return linli


@pytest.fixture
def workbook(linli: Linli, tmp_path: Path) -> Path:
    """The filled template of a small street."""
    path = tmp_path / "office.xlsx"
    linli("import", str(path), "--template")
    book = load_workbook(path)
    rows: dict[str, list[dict[str, str]]] = {
        "街道": [{"编码": "S", "名称": "云栖街道"}],
        "社区": [{"编码": "C1", "名称": "清风社区"}],
        "网格": [{"编码": "C1-G1", "名称": "第一网格", "所属社区": "C1"}],
        "岗位": [
            {"单位编码": "S", "岗位": "街道领导", "姓名": "甲一", "电话": "101"},
            {"单位编码": "C1", "岗位": "分包社区领导", "姓名": "甲一", "电话": "101"},
            {"单位编码": "C1-G1", "岗位": "网格员", "姓名": "=丁四", "电话": "104"},
        ],
        "值班": [{"姓名": "甲一", "开始": "2026-12-01 18:00", "结束": "2026-12-02 08:00"}],
    }
    for name, given in rows.items():
        headings = {str(c.value).split(" (")[0]: c.column for c in next(book[name].rows)}
        for number, row in enumerate(given, 3):
            for heading, value in row.items():
                cell = book[name].cell(number, headings[heading], value)
                cell.data_type = "s"
    book.save(path)
    return path


def in_database(work: Callable[[Tx], Coroutine[Any, Any, Any]]) -> Any:
    """Do something in the database of the configuration that is in force here."""

    async def do() -> Any:
        async with opened(load(os.environ, Path.cwd())) as database, database.write() as tx:
            return await work(tx)

    return asyncio.run(do())


# --- the demonstration ----------------------------------------------------------------------------


def test_the_units_of_the_demonstration_are_listed_without_any_configuration(
    linli: Linli,
) -> None:
    lines = linli("units").output.splitlines()

    assert len(lines) == 13
    assert lines[0].split() == ["S", "street", "云溪演示街道（虚构）"]
    assert [line.split()[0] for line in lines[1:5]] == ["C1", "C1-G1", "C1-G2", "C1-G3"]


def test_the_units_are_told_to_programs_as_json(linli: Linli) -> None:
    units = json.loads(linli("units", "--json").output)

    assert units[2] == {
        "code": "C1-G1",
        "kind": "grid",
        "parent": "C1",
        "name": "第一网格（晨光里小区）",
        "name_en": "Grid 1 (Chenguangli)",
        "active": True,
    }


@pytest.mark.parametrize("role", ["grid_worker", "网格员", "Grid Worker"])
def test_an_invitation_stands_alone_on_the_last_line(linli: Linli, role: str) -> None:
    output = linli("invite", "--role", role, "--unit", "C1-G1", "--name", "新人").output

    code = output.splitlines()[-1]
    assert len(code) == 12
    assert code.isdecimal()
    assert f"/staff?i={code}" in output
    assert "bot" not in output  # there is none to send it to
    invitation = in_database(lambda tx: find_invitation(tx, code))
    assert invitation is not None
    assert (invitation.unit, invitation.role, invitation.name) == ("C1-G1", "grid_worker", "新人")
    assert timedelta(days=6) < invitation.expires_at - datetime.now(UTC) <= timedelta(days=7)


@pytest.mark.parametrize(
    ("role", "unit", "said"),
    [
        ("emperor", "C1", "there is no post emperor"),
        ("resident", "C1", "there is no post resident"),
        ("grid_worker", "C9", "there is no unit C9"),
        ("grid_worker", "C1", "grid_worker is a post of a grid, and C1 is a community"),
    ],
)
def test_an_invitation_to_nothing_is_refused(linli: Linli, role: str, unit: str, said: str) -> None:
    result = linli("invite", "--role", role, "--unit", unit, code=2)

    assert said in result.output


def test_the_demonstration_does_not_take_a_real_street(linli: Linli, workbook: Path) -> None:
    result = linli("import", str(workbook), code=2)

    assert "linli init" in result.output


# --- configuration --------------------------------------------------------------------------------


def test_what_is_configured_wrongly_is_told_at_once(linli: Linli, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("prot = 1\n[web]\nport = 0\n", encoding="utf-8")

    for command in (["run"], ["units"], ["doctor"]):
        result = linli(*command, code=2)

        assert "prot: is not a setting" in result.output
        assert "web.port: must be 1 or more" in result.output


def test_an_office_is_set_up_with_configuration_key_and_database(
    linli: Linli, tmp_path: Path
) -> None:
    output = linli("init", "--public-url", ADDRESS).output

    settings = load({}, tmp_path)
    assert not settings.demo
    assert settings.public_url == ADDRESS
    assert settings.key_path == tmp_path / "linli.key"
    assert stat.S_IMODE(settings.key_path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert (tmp_path / "data" / "linli.db").exists()
    assert "Keep a copy" in output
    assert "# The configuration of Linli" in (tmp_path / FILE).read_text(encoding="utf-8")


def test_a_new_configuration_differs_from_the_example_in_what_was_given_alone(
    linli: Linli, tmp_path: Path
) -> None:
    linli("init", "--public-url", ADDRESS, "--key-file", "../key", "--data-dir", "d")

    example = tomllib.loads((ROOT / FILE).read_text(encoding="utf-8"))
    given = tomllib.loads((tmp_path / FILE).read_text(encoding="utf-8"))
    example |= {"demo": False, "data_dir": "d"}
    example["web"]["public_url"] = ADDRESS
    example["secrets"]["key_file"] = "../key"
    assert given == example


def test_a_configuration_that_somebody_made_is_not_written_over(
    office: Linli, tmp_path: Path
) -> None:
    before = (tmp_path / FILE).read_bytes()

    result = office("init", "--public-url", "https://other.example.org", code=2)

    assert "holds a configuration already" in result.output
    assert (tmp_path / FILE).read_bytes() == before


def test_the_untouched_example_is_written_over(linli: Linli, tmp_path: Path) -> None:
    shutil.copy(ROOT / FILE, tmp_path / FILE)

    linli("init", "--public-url", ADDRESS)

    assert load({}, tmp_path).public_url == ADDRESS


def test_an_office_without_https_is_not_set_up(linli: Linli, tmp_path: Path) -> None:
    result = linli("init", "--public-url", "http://linli.example.org", code=2)

    assert "web.public_url: must begin with https://" in result.output
    assert list(tmp_path.iterdir()) == []


def test_the_address_is_asked_for_where_nobody_can_answer(linli: Linli) -> None:
    assert "--public-url is needed" in linli("init", code=2).output


def test_what_the_environment_says_is_where_an_office_is_set_up(
    linli: Linli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets, kept = tmp_path / "etc", tmp_path / "var"
    monkeypatch.setenv("LINLI_CONFIG", str(secrets / FILE))
    monkeypatch.setenv("LINLI_SECRETS__KEY_FILE", str(secrets / "linli.key"))
    monkeypatch.setenv("LINLI_DATA_DIR", str(kept))
    monkeypatch.setenv("LINLI_WEB__PUBLIC_URL", ADDRESS)

    linli("init")

    assert (secrets / "linli.key").exists()
    assert (kept / "linli.db").exists()
    assert not (tmp_path / "linli.key").exists()
    assert stat.S_IMODE((secrets / FILE).stat().st_mode) == 0o600
    doctor = linli("doctor", code=1).output  # there is no street yet
    assert f"ok    key file: {secrets / 'linli.key'}" in doctor
    # Without the variables it is the same office.
    for name in ("LINLI_SECRETS__KEY_FILE", "LINLI_DATA_DIR", "LINLI_WEB__PUBLIC_URL"):
        monkeypatch.delenv(name)
    settings = load({"LINLI_CONFIG": str(secrets / FILE)}, tmp_path)
    assert settings.key_path == secrets / "linli.key"
    assert settings.data_dir == kept
    assert settings.public_url == ADDRESS


def test_a_relative_key_file_of_the_environment_is_one_file_for_every_start(
    linli: Linli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINLI_SECRETS__KEY_FILE", "secret.key")

    linli("init", "--public-url", ADDRESS, "--config", str(tmp_path / "etc" / FILE))

    assert (tmp_path / "secret.key").exists()
    settings = load({"LINLI_CONFIG": str(tmp_path / "etc" / FILE)}, tmp_path)
    assert settings.key_path == tmp_path / "secret.key"


@pytest.mark.parametrize(
    ("name", "value", "option"),
    [
        ("LINLI_SECRETS__KEY_FILE", "/elsewhere/linli.key", ("--key-file", "linli.key")),
        ("LINLI_DATA_DIR", "/elsewhere", ("--data-dir", "data")),
        ("LINLI_DATABASE__URL", "postgresql+asyncpg://one/x", ("--database-url", "")),
        ("LINLI_WEB__PUBLIC_URL", "https://other.example.org", ("--public-url", ADDRESS)),
    ],
)
def test_an_option_that_the_environment_overrides_is_refused(
    linli: Linli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
    option: tuple[str, str],
) -> None:
    monkeypatch.setenv(name, value)

    result = linli("init", "--public-url", ADDRESS, *option, code=2)

    assert f"{name} in the environment says otherwise than {option[0]}" in result.output
    assert list(tmp_path.iterdir()) == []


def test_no_office_is_set_up_where_the_environment_asks_for_the_demonstration(
    linli: Linli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINLI_DEMO", "true")

    result = linli("init", "--public-url", ADDRESS, code=2)

    assert "LINLI_DEMO" in result.output
    assert list(tmp_path.iterdir()) == []


def test_the_password_of_a_database_stays_in_the_environment(
    linli: Linli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINLI_DATABASE__URL", f"sqlite+aiosqlite:///{tmp_path}/secret-word.db")

    linli("init", "--public-url", ADDRESS)

    assert "secret-word" not in (tmp_path / FILE).read_text(encoding="utf-8")
    assert (tmp_path / "secret-word.db").exists()


def test_a_key_that_is_there_is_kept(linli: Linli, tmp_path: Path) -> None:
    linli("init", "--public-url", ADDRESS)
    key = (tmp_path / "linli.key").read_bytes()
    (tmp_path / FILE).unlink()

    output = linli("init", "--public-url", ADDRESS).output

    assert (tmp_path / "linli.key").read_bytes() == key
    assert "is kept" in output


def test_a_demonstration_does_not_open_the_database_of_an_office(
    office: Linli, workbook: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    office("import", str(workbook))
    monkeypatch.setenv("LINLI_DEMO", "true")
    monkeypatch.setenv("LINLI_DATABASE__URL", f"sqlite+aiosqlite:///{tmp_path}/data/linli.db")

    assert "database.url: holds real cases" in office("units", code=2).output


def test_a_second_server_on_one_database_is_refused(linli: Linli, tmp_path: Path) -> None:
    linli("units")
    (database,) = (tmp_path / "data").glob("*.db")

    with file_lock_of(database):
        output = linli("run", code=2).output

    assert "data_dir: Linli serves from" in output


def test_a_port_that_is_taken_is_told(linli: Linli, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("LINLI_WEB__PORT", str(taken.getsockname()[1]))

        result = linli("run", code=2)

    assert "web.port: 127.0.0.1:" in result.output


# --- importing ------------------------------------------------------------------------------------


def test_a_file_is_checked_without_touching_anything(
    linli: Linli, workbook: Path, tmp_path: Path
) -> None:
    output = linli("import", str(workbook), "--check").output

    assert output.startswith("云栖街道: 1 community, 1 grid, 3 posts, 1 shift")
    assert [path.name for path in tmp_path.iterdir()] == ["office.xlsx"]


def test_a_broken_file_is_told_in_the_language_of_the_terminal(
    office: Linli, workbook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = load_workbook(workbook)
    book["网格"]["D3"] = "C9"
    book.save(workbook)

    english = office("import", str(workbook), code=1).output
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    chinese = office("import", str(workbook), "--check", code=1).output

    assert "there is no C9 in the sheet of communities" in english
    assert "“社区”表里没有编码 C9" in chinese
    assert office("units", code=1).output.startswith("There is no street yet")


def test_an_imported_street_is_listed_and_its_posts_wait_for_their_holders(
    office: Linli, workbook: Path
) -> None:
    output = office("import", str(workbook)).output

    assert "New: S, C1, C1-G1" in output
    assert "Without a holder: 3 posts" in output
    assert "have not joined: 1 shift" in output
    assert [line.split()[0] for line in office("units").output.splitlines()] == ["S", "C1", "C1-G1"]


def test_importing_again_changes_nothing(office: Linli, workbook: Path) -> None:
    office("import", str(workbook))

    assert "New: none; changed: none" in office("import", str(workbook)).output


def test_a_changed_unit_is_changed_and_one_that_is_not_named_stays(
    office: Linli, workbook: Path
) -> None:
    office("import", str(workbook))
    book = load_workbook(workbook)
    book["网格"]["A3"], book["网格"]["B3"] = "C1-G2", "第二网格"
    book["社区"]["B3"] = "明月社区"
    book["岗位"].delete_rows(5)
    book.save(workbook)

    output = office("import", str(workbook)).output

    assert "New: C1-G2; changed: C1" in output
    assert "left as they are: C1-G1" in output


def test_a_switched_off_grid_with_open_cases_says_where_they_go(
    office: Linli, workbook: Path
) -> None:
    office("import", str(workbook))
    number = in_database(_file_a_case)
    book = load_workbook(workbook)
    sheet = book["网格"]
    headings = [str(cell.value) for cell in sheet[1]]
    column = next(place for place, said in enumerate(headings, 1) if said.startswith("启用"))
    rows = [row for row in range(2, 9) if sheet.cell(row, 1).value == "C1-G1"]
    sheet.cell(rows[0], column).value = "否"
    book.save(workbook)

    said = office("import", str(workbook)).output
    again = office("import", str(workbook)).output

    assert "C1-G1 is switched off; its 1 open case: 1 went to 清风社区 分包社区领导" in said
    assert "C1-G1 is switched off; its 1 open case stay with" in again
    assert in_database(lambda tx: find_matter(tx, number)).seat.unit == "C1"


async def _file_a_case(tx: Tx) -> str:
    changes = Changes()
    changes.save(
        Person(id="p1", side=Side.STAFF, name="甲一", created_at=NOW),
        Post(id="post-1", unit="C1", role=Role.ASSIGNED_LEADER, person="p1", since=NOW),
        Post(id="post-2", unit="C1-G1", role=Role.GRID_SECRETARY, person="p2", since=NOW),
        Person(id="p2", side=Side.STAFF, name="丁四", created_at=NOW),
        filed(community="C1", grid="C1-G1", seat=Seat("C1-G1", Role.GRID_SECRETARY), owner="p2"),
    )
    await apply(tx, [changes])
    return filed().number


def test_a_file_of_another_street_is_refused(office: Linli, workbook: Path) -> None:
    office("import", str(workbook))
    book = load_workbook(workbook)
    book["街道"]["A3"] = "S2"
    book["岗位"]["A3"] = "S2"
    book.save(workbook)

    output = office("import", str(workbook), code=1).output

    assert "the database has the street S already" in output


def test_invitations_are_written_for_every_post_that_waits(
    office: Linli, workbook: Path, tmp_path: Path
) -> None:
    path = tmp_path / "invitations.csv"
    office("import", str(workbook), "--invitations", str(path))

    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [(row["name"], row["unit"], row["role"]) for row in rows] == [
        ("甲一", "S", "street_leader"),
        ("甲一", "C1", "assigned_leader"),
        ("'=丁四", "C1-G1", "grid_worker"),
    ]
    found = in_database(lambda tx: find_invitation(tx, rows[2]["code"]))
    assert found is not None
    assert found.name == "=丁四"
    assert rows[0]["link"] == f"{ADDRESS}/staff?i={rows[0]['code']}"


async def test_who_has_joined_is_not_invited_again_and_gets_the_shifts(
    database: Database, workbook: Path
) -> None:
    now = datetime(2026, 11, 24, 2, tzinfo=UTC)
    file = read_workbook(workbook)
    person = Person(id="p1", side=Side.STAFF, name="甲一", created_at=now)
    post = Post(id="q1", unit="S", role=Role.STREET_LEADER, person="p1", since=now)
    async with database.write() as tx:
        await take_over(tx, file, now)
        changes = Changes()
        changes.save(person, post)
        await apply(tx, [changes])

    async with database.write() as tx:
        done = await take_over(tx, file, now)
        again = await take_over(tx, file, now)

    assert [Seat(one.unit, one.role) for one in done.to_join] == [
        Seat("C1", Role.ASSIGNED_LEADER),
        Seat("C1-G1", Role.GRID_WORKER),
    ]
    assert (done.shifts, done.waiting_shifts) == (1, 0)
    assert again == done
    async with database.read() as tx:
        evening = datetime(2026, 12, 1, 12, tzinfo=UTC)
        assert await organisation.on_duty(tx, evening) == ["p1"]


TWO_OF_A_NAME = (StaffMember("王伟", "13800000007"), StaffMember("王伟", "13800000017"))


def two_of_a_name() -> OrganisationFile:
    """One name twice on one seat; the second has a shift."""
    return OrganisationFile(
        units=(
            Unit(code="S", kind=UnitKind.STREET, parent=None, name="云栖街道"),
            Unit(code="C1", kind=UnitKind.COMMUNITY, parent="S", name="清风社区"),
            Unit(code="C1-G1", kind=UnitKind.GRID, parent="C1", name="第一网格"),
        ),
        appointments=tuple(
            Appointment(unit="C1-G1", role=Role.GRID_WORKER, member=one) for one in TWO_OF_A_NAME
        ),
        duty=(DutyShift(member=TWO_OF_A_NAME[1], starts_at=NOW, ends_at=NOW + timedelta(days=1)),),
        categories=default_categories(),
    )


@pytest.mark.parametrize("phone", ["13800000007", "+86 138 0000 0007", ""])
async def test_two_of_one_name_are_two(database: Database, phone: str) -> None:
    file = two_of_a_name()
    person = Person(id="p1", side=Side.STAFF, name="王伟", phone=phone, created_at=NOW)
    post = Post(id="q1", unit="C1-G1", role=Role.GRID_WORKER, person="p1", since=NOW)
    changes = Changes()
    changes.save(person, post)

    async with database.write() as tx:
        await apply(tx, [changes])
        done = await take_over(tx, file, NOW)

    assert [one.member for one in done.to_join] == [TWO_OF_A_NAME[1]]
    assert (done.shifts, done.waiting_shifts) == (0, 1)
    async with database.read() as tx:
        (waits,) = await list_waiting_shifts(tx, NOW)
    assert (waits.name, waits.phone, waits.is_only_one) == ("王伟", "13800000017", False)


async def test_a_shift_waits_once_and_no_more_when_its_person_has_joined(
    database: Database,
) -> None:
    file = two_of_a_name()
    person = Person(id="p2", side=Side.STAFF, name="王伟", phone="13800000017", created_at=NOW)
    post = Post(id="q1", unit="C1-G1", role=Role.GRID_WORKER, person="p2", since=NOW)
    changes = Changes()
    changes.save(person, post)

    async with database.write() as tx:
        await take_over(tx, file, NOW)
        await take_over(tx, file, NOW)
        before = await list_waiting_shifts(tx, NOW)
        await apply(tx, [changes])
        await take_over(tx, file, NOW)
        after = await list_waiting_shifts(tx, NOW)

    assert (len(before), after) == (1, [])


async def test_who_joined_second_has_the_own_duty(database: Database) -> None:
    file = two_of_a_name()
    person = Person(id="p2", side=Side.STAFF, name="王伟", phone="13800000017", created_at=NOW)
    post = Post(id="q1", unit="C1-G1", role=Role.GRID_WORKER, person="p2", since=NOW)
    changes = Changes()
    changes.save(person, post)

    async with database.write() as tx:
        await apply(tx, [changes])
        done = await take_over(tx, file, NOW)

    assert [one.member for one in done.to_join] == [TWO_OF_A_NAME[0]]
    assert (done.shifts, done.waiting_shifts) == (1, 0)
    async with database.read() as tx:
        assert await organisation.on_duty(tx, NOW) == ["p2"]


async def test_an_invitation_brings_the_phone_along_that_tells_two_apart(
    database: Database,
) -> None:
    seat = Seat("C1-G1", Role.GRID_WORKER)

    async with database.write() as tx:
        (code,) = await invite(tx, [Invited(seat, "王伟", "13800000017")], NOW)
        (again,) = await invite(tx, [Invited(seat, "王伟", "13800000017")], NOW)
        (other,) = await invite(tx, [Invited(seat, "王伟", "13800000007")], NOW)

    async with database.read() as tx:
        first, second, third = [
            await find_invitation(tx, one) for one in (code, f"{again[:4]} {again[4:]}", other)
        ]
    assert first is not None
    assert second is not None
    assert third is not None
    assert first.expires_at == NOW
    assert (second.phone, third.phone) == ("13800000017", "13800000007")
    assert second.expires_at > NOW
    assert third.expires_at > NOW


def test_a_list_for_a_chinese_terminal_can_be_forwarded_as_it_is(
    office: Linli, workbook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    path = tmp_path / "invitations.csv"

    office("import", str(workbook), "--invitations", str(path))

    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0])[:4] == ["姓名", "单位", "岗位", "电话"]
    assert (rows[1]["单位"], rows[1]["岗位"]) == ("清风社区", "分包社区领导")
    assert rows[0]["邀请码"] in rows[0]["转发给本人"]
    # Twelve bare digits would lose their first zeros and their end in Excel.
    assert not rows[0]["邀请码"].isdecimal()
    assert in_database(lambda tx: find_invitation(tx, rows[0]["邀请码"])) is not None


# --- looking after it -----------------------------------------------------------------------------


def test_what_linli_knows_is_written_as_a_file_that_can_be_imported(
    linli: Linli, tmp_path: Path
) -> None:
    linli("export", "organisation", str(tmp_path / "street.xlsx"))

    file = read_workbook(tmp_path / "street.xlsx")
    assert len(file.units) == 13
    assert len(file.appointments) == 42
    assert (
        "is there already"
        in linli("export", "organisation", str(tmp_path / "street.xlsx"), code=2).output
    )


def test_the_doctor_finds_nothing_wrong_with_a_fresh_demonstration(linli: Linli) -> None:
    linli("units")

    output = linli("doctor").output

    assert "BAD" not in output
    assert "the newest 155 chains verify" in output
    assert "nobody holds grid_secretary of C3-G3" in output
    assert "somebody is on duty" in output
    assert output.splitlines()[-1].startswith("Nothing to mend; ")


def test_the_doctor_makes_nothing_where_there_is_nothing(linli: Linli, tmp_path: Path) -> None:
    output = linli("doctor").output

    assert "linli init sets up an office" in output
    assert list(tmp_path.iterdir()) == []


def test_the_doctor_says_what_is_bad_first_and_groups_the_empty_posts(
    office: Linli, workbook: Path
) -> None:
    office("import", str(workbook))

    lines = office("doctor", code=1).output.splitlines()

    grades = [line[:4] for line in lines[:-1]]
    assert grades == sorted(grades, key=["BAD ", "note", "ok  "].index)
    assert lines[-1].startswith("1 fault to mend, above")
    assert len([line for line in lines if "nobody holds grid_secretary of" in line]) == 1
    assert any("contacts.office_phone is still 12345" in line for line in lines)


def test_the_doctor_says_what_keeps_an_office_from_serving(
    office: Linli, workbook: Path, tmp_path: Path
) -> None:
    (tmp_path / "linli.key").chmod(0o644)

    empty = office("doctor", code=1).output
    office("import", str(workbook))
    unheld = office("doctor", code=1).output

    assert "others may read" in empty
    assert "there is no street yet" in empty
    assert "nobody has joined" in unheld
    assert "2 faults to mend" in unheld


async def test_the_doctor_looks_whether_webhooks_are_there_and_says_something_only_when_asked(
    linli: Linli, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Receiver(Answer(403)) as receiver:
        for name in ("duty", "sms"):
            monkeypatch.setenv(f"LINLI_WEBHOOKS__{name}__URL", f"{receiver.base}/{name}?key=s3cr3t")
        monkeypatch.setenv("LINLI_WEBHOOKS__sms__KIND", "template")
        monkeypatch.setenv("LINLI_WEBHOOKS__sms__BODY", '"{phone} {text}"')
        monkeypatch.setenv("LINLI_WEBHOOKS__sms__TEXTS", "true")
        monkeypatch.setenv("LINLI_WEBHOOKS__away__URL", "http://127.0.0.1:1/")

        await asyncio.to_thread(linli, "units")
        looked = (await asyncio.to_thread(linli, "doctor")).output
        assert receiver.heard == []
        tried = (await asyncio.to_thread(linli, "doctor", "--try-webhooks", code=1)).output
        heard = len(receiver.heard)
        receiver.always = Answer(200)
        texted = await asyncio.to_thread(
            linli, "doctor", "--try-webhooks", "--phone", "13812345678", code=1
        )

    assert "ok    webhook duty: 127.0.0.1 answers the door; nothing was said to it" in looked
    assert "note  webhook away: 127.0.0.1 was not reached" in looked
    assert "BAD   webhook duty: did not take the test: Rejected, HTTP 403" in tried
    assert "webhook sms: sends text messages: name a number" in tried
    assert heard == 1
    assert "ok    webhook sms: took the test message" in texted.output
    assert b"13812345678" in receiver.heard[-1].body
    assert "s3cr3t" not in looked + tried + texted.output


def test_the_doctor_says_what_the_law_asks_where_telegram_is_used(
    office: Linli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINLI_TELEGRAM__RESIDENTS__TOKEN", "1:a")
    monkeypatch.setenv("LINLI_TELEGRAM__API_BASE", "http://127.0.0.1:1")

    full = office("doctor", code=1).output
    monkeypatch.setenv("LINLI_TELEGRAM__PERSONAL_DATA", "minimal")
    minimal = office("doctor", code=1).output

    assert "docs/filing.md is the fact sheet" in full
    assert "contacts.tool_phone" in full
    assert "PIPL 36" in full
    assert "PIPL 36" not in minimal
    assert "PIPL 55" in minimal
    assert "was not reached" in full


async def test_the_doctor_asks_telegram_about_each_token(
    office: Linli, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with BotApi() as api:
        api.bot("1:good", username="linli_bot")
        monkeypatch.setenv("LINLI_TELEGRAM__API_BASE", api.base)
        monkeypatch.setenv("LINLI_TELEGRAM__RESIDENTS__TOKEN", "1:good")
        monkeypatch.setenv("LINLI_TELEGRAM__STAFF__TOKEN", "2:bad")

        output = (await asyncio.to_thread(office, "doctor", code=1)).output

    assert "residents bot: Telegram knows the token of @linli_bot" in output
    assert "BAD   staff bot: Telegram does not know the token" in output
    assert "1:good" not in output
    assert "2:bad" not in output


def test_the_doctor_notices_a_clock_that_was_set_back(office: Linli, workbook: Path) -> None:
    office("import", str(workbook))

    async def say_tomorrow(tx: Tx) -> None:
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        changes = Changes()
        changes.save(
            Notice(
                person="somebody",
                message=Message(),
                lane=Lane.NOTICE,
                at=tomorrow,
                not_before=tomorrow,
            )
        )
        await apply(tx, [changes])

    in_database(say_tomorrow)

    assert "behind what was said last: switch NTP on" in office("doctor", code=1).output


def test_the_doctor_finds_a_key_that_does_not_open_the_database(
    office: Linli, tmp_path: Path
) -> None:
    from storage.keyring import MasterKeys

    (tmp_path / "linli.key").unlink()
    MasterKeys.create(tmp_path / "linli.key")

    assert "does not open this database" in office("doctor", code=1).output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nothing", "--as-of", "2026-11-30"), "there is no job nothing"),
        (("digests", "--as-of", "some day"), "--as-of must be a moment"),
    ],
)
def test_a_job_that_does_not_exist_is_refused(
    linli: Linli, arguments: tuple[str, ...], said: str
) -> None:
    assert said in linli("job", *arguments, code=2).output


def test_a_job_runs_once_and_again_when_it_is_asked_to(linli: Linli) -> None:
    run = ("job", "housekeeping", "--as-of", "2026-11-30T12:00")

    first = linli(*run).output
    second = linli(*run).output
    third = linli(*run, "--again").output

    assert first.startswith("2026-11-30")
    assert second.startswith("Nothing was left to do")
    assert third == first


def test_a_day_means_the_whole_day_and_a_week_is_told_with_its_days(linli: Linli) -> None:
    said = linli("job", "digests", "--as-of", "2026-11-30").output

    assert said.startswith("2026-W48")
    assert "(2026-11-23 to 2026-11-29)" in said


def test_a_span_that_ends_before_it_begins_is_refused(linli: Linli, tmp_path: Path) -> None:
    path = tmp_path / "ledger.xlsx"
    span = ("--since", "2027-01-02", "--until", "2027-01-01")

    said = linli("export", "ledger", str(path), *span, code=2).output

    assert "lies before" in said
    assert not path.exists()


# --- what is printed and filed --------------------------------------------------------------------


def test_a_poster_is_drawn_for_each_grid_of_a_unit(linli: Linli, tmp_path: Path) -> None:
    told = linli("posters", "sheets", "--unit", "C1", "--form", "png").output.splitlines()
    linli("posters", "one", "--unit", "C2-G1", "--telegram-bot", "@linli_bot")

    sheets = sorted((tmp_path / "sheets").iterdir())
    assert [path.name for path in sheets] == ["C1-G1.png", "C1-G2.png", "C1-G3.png"]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in sheets)
    assert told[:3] == [f"sheets/{path.name}" for path in sheets]
    assert "These are samples" in told[3]
    (single,) = (tmp_path / "one").iterdir()
    assert single.read_bytes().startswith(b"%PDF")


def test_a_poster_that_everybody_can_scan_is_no_sample(office: Linli, workbook: Path) -> None:
    office("import", str(workbook))

    assert "samples" not in office("posters").output


def test_a_poster_of_nothing_is_refused(office: Linli) -> None:
    assert "no street yet" in office("posters", code=1).output


def test_a_poster_of_an_unknown_unit_is_refused(linli: Linli) -> None:
    assert "there is no unit X" in linli("posters", "--unit", "X", code=2).output


def test_the_ledger_of_a_span_is_written_once(linli: Linli, tmp_path: Path) -> None:
    told = linli("export", "ledger", "work.xlsx", "--unit", "C1").output
    whole = linli("export", "ledger", "all.xlsx").output
    again = linli("export", "ledger", "work.xlsx", code=2).output
    odd = linli("export", "ledger", "other.xlsx", "--since", "yesterday", code=2).output

    of_one, of_all = (int(said.split(": ")[1].split()[0]) for said in (told, whole))
    assert 0 < of_one < of_all
    assert len(load_workbook(tmp_path / "all.xlsx").sheetnames) == 3
    assert "is there already" in again
    assert "yesterday is no day" in odd


def test_an_unknown_post_is_answered_with_those_that_there_are(linli: Linli) -> None:
    told = linli("invite", "--role", "王子", "--unit", "S", code=2).output

    assert "there is no post 王子" in told
    assert "grid_secretary" in told
    assert "网格书记" in told


# --- what is stuck, and what is under way ---------------------------------------------------------


async def _quarantine(tx: Tx) -> None:
    await inbox.store(
        tx, "telegram.residents", [Arrival(update_id="1", address="7", raw={"said": "私事"})], NOW
    )
    await _fail_again(tx)


def test_what_could_not_be_handled_is_listed_tried_again_or_erased(office: Linli) -> None:
    assert "Nothing is quarantined" in office("quarantine", "list").output
    in_database(_quarantine)

    listed = office("quarantine", "list").output
    told = office("doctor", code=1).output
    replayed = office("quarantine", "replay").output

    assert "1  telegram.residents" in listed
    assert "ValueError 1a2b" in listed
    assert "私事" not in listed + told
    assert "1 messages could not be handled" in told
    assert "1: telegram.residents" in told
    assert "1 messages will be handled again" in replayed
    assert "0 messages" in office("quarantine", "drop", "1").output
    in_database(_fail_again)
    assert "1 messages were erased" in office("quarantine", "drop", "1").output
    assert "Nothing is quarantined" in office("quarantine", "list").output
    assert "0 messages" in office("quarantine", "replay", "1").output


async def _fail_again(tx: Tx) -> None:
    (one,) = await inbox.waiting(tx, 1)
    await inbox.fail(tx, one, "ValueError 1a2b", now=True)


async def _broadcast(tx: Tx) -> None:
    changes = Changes()
    changes.save(
        Broadcast(
            id="abcdef0123456789",
            by="leader",
            unit="C1",
            words="停水",
            expected=7,
            created_at=NOW,
            shown_at=NOW,
        )
    )
    await apply(tx, [changes])


def test_notices_under_way_are_listed_and_stopped(office: Linli) -> None:
    assert "No notice was sent yet" in office("broadcasts").output
    in_database(_broadcast)

    listed = office("broadcasts").output
    office("broadcasts", "--stop", "xyz", code=1)
    stopped = office("broadcasts", "--stop", "abc").output

    assert "abcdef01" in listed
    assert "making" in listed
    assert "of 7" in listed
    assert "stopped abcdef0123456789" in stopped
    assert "stopped" in office("broadcasts").output
    assert "already" in office("broadcasts", "--stop", "abc", code=1).output
    assert "No notice is under way" in office("broadcasts", "--watch").output


async def _end(tx: Tx) -> None:
    changes = Changes()
    changes.save(Ended("abcdef0123456789", BroadcastState.DONE, NOW))
    await apply(tx, [changes])


def test_the_bar_ends_with_the_notice(office: Linli) -> None:
    in_database(_broadcast)
    ending = threading.Timer(0.5, in_database, (_end,))
    ending.start()

    shown = office("broadcasts", "--watch").output

    ending.join()
    assert "abcdef01 C1" in shown


# --- keys and erasures ----------------------------------------------------------------------------


def test_a_new_key_is_put_first_and_everything_stays_readable(
    office: Linli, workbook: Path, tmp_path: Path
) -> None:
    office("import", str(workbook))
    before = office("units", "--json").output
    key = load(os.environ, Path.cwd()).key_path
    (first,) = key.read_text().split()

    said = office("rotate-key").output

    newest, older = key.read_text().split()
    assert older == first
    assert "older lines open older backups" in " ".join(said.split())
    key.write_text(newest)
    assert office("units", "--json").output == before
    assert "ok    key file" in office("doctor", code=1).output


def test_no_key_is_rotated_while_linli_serves(office: Linli) -> None:
    settings = load(os.environ, Path.cwd())
    before = settings.key_path.read_text()

    with file_lock_of(settings.data_dir / "linli.db"):
        said = office("rotate-key", code=2).output

    assert "Stop every process of Linli first" in said
    assert settings.key_path.read_text() == before


@pytest.mark.parametrize("name", ["ended", "erasures"])
def test_what_was_exported_ends_again(linli: Linli, tmp_path: Path, name: str) -> None:
    listed = tmp_path / "ended.json"
    linli("units")
    told = linli("export", name, str(listed)).output

    said = linli("erase-again", str(listed)).output

    assert "0 erasures; 0 posts ended, 42 held" in told
    assert "0 persons were erased again" in said
    assert "0 posts ended again, which left 0 persons without one" in said
    assert "anew" not in said
    listed.write_text("{}")
    assert "not what" in linli("erase-again", str(listed), code=2).output


def test_a_restore_tells_which_posts_ended_again_and_which_are_to_be_given_anew(
    linli: Linli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINLI_WEB__PORT", "1")
    linli("units")
    linli("backup", "old.backup")
    in_database(_replace_a_secretary)
    linli("export", "ended", "ended.json")

    said = linli("restore", "old.backup").output
    told = linli("doctor").output
    for file in Path("data").glob("demo.db*"):
        file.unlink()
    with_list = linli("restore", "old.backup", "--ended", "ended.json").output
    for file in Path("data").glob("demo.db*"):
        file.unlink()
    Path("earlier.json").write_text("[]")
    with_none = linli("restore", "old.backup", "--erasures", "earlier.json").output

    for output in (said, with_list):
        assert "1 post ended again, which left 1 person without one" in output
        assert "to be given anew (linli invite): grid_secretary of C1-G1" in output
    assert "nobody holds grid_secretary of C1-G1" in " ".join(told.split())
    assert "0 posts ended again" in with_none


async def _replace_a_secretary(tx: Tx) -> None:
    street = await organisation.load(tx)
    (before,) = street.holders(Seat("C1-G1", Role.GRID_SECRETARY), datetime.now(UTC))
    now = datetime.now(UTC)
    await organisation.write_posts(
        tx,
        [replace(before, until=now), replace(before, id="new", person="somebody", since=now)],
    )


# --- holidays ------------------------------------------------------------------------------------

NOTICE = """
[2027]
source = "国务院办公厅关于2027年部分节假日安排的通知"
published = 2026-11-30
holidays = [2027-01-01, 2027-01-02, 2027-01-03, 2027-01-04]
makeup_workdays = [2027-01-09]
"""


def test_a_notice_is_taken_in_and_moves_what_is_open(
    office: Linli, workbook: Path, tmp_path: Path
) -> None:
    office("import", str(workbook))
    number = in_database(_file_in_december)
    before = in_database(lambda tx: find_matter(tx, number)).resolve_by
    file = tmp_path / "2027.toml"
    file.write_text(NOTICE, encoding="utf-8")

    assert "2027: provisional" in office("holidays").output
    checked = office("holidays", str(file), "--check").output
    assert in_database(lambda tx: find_matter(tx, number)).resolve_by == before
    taken = office("holidays", str(file)).output
    again = office("holidays", str(file)).output

    assert "2027: 4 days off, 1 make-up workday" in checked
    assert "Deadlines moved: 1 open case" in taken
    assert "Deadlines moved: 0 open cases" in again
    assert in_database(lambda tx: find_matter(tx, number)).resolve_by > before
    assert "2027: known" in office("holidays").output
    assert "the holiday notice of 2027" not in CliRunner().invoke(app, ["doctor"]).output


async def _file_in_december(tx: Tx) -> str:
    changes = Changes()
    at = datetime(2026, 12, 31, 1, tzinfo=UTC)
    rules = rule_book(load(os.environ, Path.cwd())).given(at.date())[ClockRules]
    assert isinstance(rules, ClockRules)
    calendar = work_calendar(load(os.environ, Path.cwd()))
    contact_by, resolve_by = clocks(1, at, rules, calendar)
    matter = filed(community="C1", grid="C1-G1", owner=None, at=at)
    changes.save(replace(matter, contact_by=contact_by, resolve_by=resolve_by))
    await apply(tx, [changes])
    return matter.number


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("[2027]\nholidays = []\nmakeup_workdays = []", "2027.source"),
        ('[2027]\nsource = "x"\nholidays = ["1月1日"]\nmakeup_workdays = []', "is not a date"),
        ('[2027]\nsource = "x"\nholidays = [2027-01-02]\nmakeup_workdays = [2027-01-02]', "both"),
        ('[2027]\nsource = "x"\nholidays = [2031-01-04]\nmakeup_workdays = []', "not in 2027"),
        ("2027 = 5", "not a table"),
        ("", "names no year"),
        ("[2027", "no TOML"),
    ],
)
def test_a_file_that_is_no_notice_changes_nothing(
    office: Linli, tmp_path: Path, words: str, said: str
) -> None:
    file = tmp_path / "2027.toml"
    file.write_text(words, encoding="utf-8")

    assert said in office("holidays", str(file), code=2).output
    assert "2027: provisional" in office("holidays").output


def test_a_notice_that_is_not_there_is_told(office: Linli) -> None:
    assert "there is no file nothing.toml" in office("holidays", "nothing.toml", code=2).output


# --- registers -----------------------------------------------------------------------------------


def test_a_register_is_written_filled_in_and_taken_over(
    office: Linli, workbook: Path, tmp_path: Path
) -> None:
    office("import", str(workbook))
    path = tmp_path / "halls.xlsx"
    office("registers", "export", "halls", str(path), "--template")
    book = load_workbook(path)
    sheet = book.worksheets[-1]
    filled = ("C1", "清风便民服务中心", "清风路1号", "每天", "0371-1")
    for place, value in enumerate(filled, 1):
        sheet.cell(2, place, value)
    book.save(path)

    looked = office("registers", "import", "halls", str(path), "--check")
    assert "Row 2, 清风便民服务中心: new" in looked.output
    assert "Nothing was changed" in looked.output
    assert "services.halls              0" in office("registers", "list").output

    assert "new: 1, changed: 0" in office("registers", "import", "halls", str(path)).output
    assert "services.halls              1" in office("registers", "list").output
    assert "same: 1" in office("registers", "import", "services.halls", str(path)).output
    again = tmp_path / "again.xlsx"
    assert "1 entry" in office("registers", "export", "halls", str(again)).output
    office("registers", "export", "halls", str(again), code=2)


def test_a_wrong_register_file_is_refused_with_its_rows_and_nothing_changes(
    office: Linli, workbook: Path, tmp_path: Path
) -> None:
    office("import", str(workbook))
    path = tmp_path / "halls.xlsx"
    office("registers", "export", "halls", str(path), "--template")
    book = load_workbook(path)
    sheet = book.worksheets[-1]
    for place, value in enumerate(("C1", "一", "二", "三", "x"), 1):
        sheet.cell(2, place, value)
    book.save(path)

    refused = office("registers", "import", "halls", str(path), code=1)

    assert "1 mistake; nothing was changed" in refused.output
    assert "E2" in refused.output
    assert "services.halls              0" in office("registers", "list").output
    assert (
        "there is no register moon"
        in office("registers", "import", "moon", str(path), code=2).output
    )
