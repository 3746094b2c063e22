"""Registers as Excel files: written, filled in, taken over whole or not at all."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from bot.words.wording import wording_for
from bot.workbooks.reading import WorkbookError
from bot.workbooks.register_import import Done, Takeover, take_over
from bot.workbooks.register_sheets import export_registers, sheet_of, write_template
from domain.chain import verify
from domain.organisation import Role
from domain.people import Language
from domain.registers import Entry, EntryState, Register
from domain.registry import REGISTERS
from storage.chain import get_chains, list_events
from storage.changes import apply
from storage.database import Database
from storage.registers import list_entries
from storage.work import CLOCK
from tests.domain.street import act
from tests.handlers.chats import Office, opened
from tests.street import EAST, MORNING, STREET, WEST

CHINESE = wording_for(Language.CHINESE, strict=True)
HALLS = "services.halls"
EAST_HALL = {
    "所属单位": "东园社区",
    "名称": "东园便民服务中心",
    "地址": "东园路1号一楼",
    "开放时间": "周一至周五 8:30–18:00",
    "电话": "0371-12345678",
    "无障碍设施": "轮椅坡道、电梯",
}
WEST_HALL = {**EAST_HALL, "所属单位": "W", "名称": "西园便民服务中心"}


@pytest.fixture
async def office(database: Database, tmp_path: Path) -> Office:
    return await opened(database, tmp_path)


async def exported(office: Office, path: Path, register: str = HALLS) -> int:
    async with office.database.read() as tx:
        street = await office.source.current(tx, office.now)
        return await export_registers(tx, street, (REGISTERS[register],), path, CHINESE, office.now)


async def file_of(
    office: Office, path: Path, *rows: Mapping[str, Any], register: str = HALLS
) -> Path:
    """Fill an empty template with rows."""
    write_template(path, await office.street(), (REGISTERS[register],), CHINESE, office.now)
    return fill(path, rows)


def fill(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    """Add rows to a file, or change those that are there already, by their headings."""
    book = load_workbook(path)
    sheet = book.worksheets[-1]
    headings = {
        str(cell.value).split(" (")[0].rstrip("*"): cell.column for cell in next(sheet.rows)
    }
    for number, row in enumerate(rows, 2):
        for heading, value in row.items():
            cell = sheet.cell(number, headings[heading], value)
            cell.data_type = "s" if isinstance(value, str) else cell.data_type
    book.save(path)
    return path


async def taken(office: Office, path: Path, register: str = HALLS) -> Takeover:
    async with office.database.write() as tx:
        street = await office.source.current(tx, office.now)
        done = await take_over(
            tx, street, (REGISTERS[register],), path, act(CLOCK, Role.ADMINISTRATOR)
        )
        await apply(tx, [done.changes])
    return done


async def refused(office: Office, path: Path, register: str = HALLS) -> list[str]:
    """Give what is wrong with a file, in sentences."""
    with pytest.raises(WorkbookError) as error:
        await taken(office, path, register)
    return [one.sentence(CHINESE) for one in error.value.problems]


async def entries(office: Office, register: str = HALLS) -> list[Entry]:
    async with office.database.read() as tx:
        found = await list_entries(tx, register, ended=True)
        for one in found:
            events = await list_events(tx, one.subject)
            assert verify(events, (await get_chains(tx, [one.subject]))[one.subject].head) == []
            assert events
    return found


# --- taken over ----------------------------------------------------------------------------------


async def test_a_filled_template_is_taken_over_and_told_row_by_row(
    office: Office, tmp_path: Path
) -> None:
    path = await file_of(office, tmp_path / "halls.xlsx", EAST_HALL, WEST_HALL)

    done = await taken(office, path)

    assert [CHINESE.text(one.words) for one in done.rows] == [
        "第 2 行 东园便民服务中心：新增",
        "第 3 行 西园便民服务中心：新增",
    ]
    east, west = await entries(office)
    assert (east.unit, west.unit) == (EAST, WEST)
    assert east.get("access") == ["ramp", "lift"]
    assert east.state is EntryState.PUBLISHED
    told = await office.does("community", f"registers.history:{east.id}")
    assert "街道导入" in told


async def test_taken_over_twice_nothing_changes(office: Office, tmp_path: Path) -> None:
    path = await file_of(office, tmp_path / "halls.xlsx", EAST_HALL)
    await taken(office, path)

    done = await taken(office, path)

    assert (done.count(Done.SAME), done.count(Done.NEW)) == (1, 0)
    assert [one.version for one in await entries(office)] == [1]


async def test_a_row_changes_the_entry_of_its_name_and_leaves_the_others(
    office: Office, tmp_path: Path
) -> None:
    await taken(office, await file_of(office, tmp_path / "a.xlsx", EAST_HALL, WEST_HALL))
    path = await file_of(office, tmp_path / "b.xlsx", {**EAST_HALL, "地址": "东园路2号"})

    done = await taken(office, path)

    assert [CHINESE.text(one.words) for one in done.rows] == ["第 2 行 东园便民服务中心：修改 地址"]
    assert done.unnamed == 1
    east, west = await entries(office)
    assert (east.get("address"), east.version, west.version) == ("东园路2号", 2, 1)


async def test_an_export_is_edited_and_taken_over_again(office: Office, tmp_path: Path) -> None:
    await taken(office, await file_of(office, tmp_path / "a.xlsx", EAST_HALL, WEST_HALL))
    path = tmp_path / "export.xlsx"

    assert await exported(office, path) == 2
    assert (await taken(office, path)).count(Done.SAME) == 2

    fill(path, [{"名称": "东园新大厅"}, {"发布状态": "停用"}])
    done = await taken(office, path)

    assert (done.count(Done.CHANGED), done.count(Done.ENDED)) == (1, 1)
    east, west = await entries(office)
    assert (east.get("name"), east.version) == ("东园新大厅", 2)
    assert west.state is EntryState.ENDED
    assert await exported(office, path) == 1


async def test_every_sort_of_value_goes_out_and_comes_back(office: Office, tmp_path: Path) -> None:
    await taken(office, await file_of(office, tmp_path / "halls.xlsx", EAST_HALL))
    community = {
        "所属单位": "东园社区",
        "类型": "村改居",
        "便民服务中心": "东园便民服务中心",
        "投资": 128.5,
        "建成时间": "2024年6月",
        "从哪天起": "2026/12/1",
        "到哪天为止": "2027年1月31日",
    }
    name = "services.communities"
    path = await file_of(office, tmp_path / "c.xlsx", community, register=name)
    await taken(office, path, name)
    (before,) = await entries(office, name)
    assert before.get("investment") == "128.5"
    assert before.get("type") == "village_turned"
    assert before.valid_until is not None
    assert f"{before.valid_until:%Y-%m-%d %H:%M}" == "2027-01-31 16:00"

    await exported(office, tmp_path / "export.xlsx", name)
    done = await taken(office, tmp_path / "export.xlsx", name)

    assert done.count(Done.SAME) == 1


async def test_a_member_of_staff_is_named_and_found(office: Office, tmp_path: Path) -> None:
    name = "services.skills"
    row = {
        "所属单位": "东园社区",
        "人员": "周窗口",
        "主专长": "证明和证件",
        "其他能办": "补贴和救助、养老照料",
    }
    path = await file_of(office, tmp_path / "skills.xlsx", row, register=name)

    await taken(office, path, name)

    (entry,) = await entries(office, name)
    assert (entry.person, entry.get("main")) == ("clerk", "certificates")
    assert entry.get("others") == ["elder_care", "allowances"]
    wrong = await file_of(office, tmp_path / "w.xlsx", {**row, "人员": "冯书记"}, register=name)
    assert "没有在岗的“冯书记”" in (await refused(office, wrong, name))[0]


@pytest.mark.parametrize("register", REGISTERS.values(), ids=REGISTERS)
def test_no_two_columns_of_a_register_are_called_the_same(register: Register) -> None:
    columns = sheet_of(register, MORNING.date()).columns

    for names in ([one.zh for one in columns], [one.en for one in columns]):
        assert len(set(names)) == len(names)


# --- refused -------------------------------------------------------------------------------------


async def test_of_a_half_wrong_file_nothing_is_taken_and_every_row_is_named(
    office: Office, tmp_path: Path
) -> None:
    path = await file_of(
        office,
        tmp_path / "halls.xlsx",
        EAST_HALL,
        {**EAST_HALL, "名称": "二", "电话": "不清楚"},
        {**EAST_HALL, "名称": "三", "所属单位": "北园社区"},
        {**EAST_HALL, "名称": "四", "无障碍设施": "滑梯"},
        {**EAST_HALL, "名称": "五", "所属单位": "第一网格"},
        {**EAST_HALL, "名称": "六", "地址": ""},
        WEST_HALL,
    )

    problems = await refused(office, path)

    assert len(problems) == 5
    assert [one.partition("：")[0] for one in problems] == [
        "便民大厅和服务网点 E3 电话",
        "便民大厅和服务网点 A4 所属单位",
        "便民大厅和服务网点 F5 无障碍设施",
        "便民大厅和服务网点 A6 所属单位",
        "便民大厅和服务网点 第7行",
    ]
    said = ("电话号码", "北园社区", "轮椅坡道、电梯", "换一个", "还缺：地址")
    assert [word in one for word, one in zip(said, problems, strict=True)] == [True] * 5
    assert await entries(office) == []


async def test_what_lacks_something_may_come_as_a_draft_and_not_as_published(
    office: Office, tmp_path: Path
) -> None:
    name = "services.centres"
    row = {"所属单位": "东园社区", "名称": "东园养老服务中心", "状态": "正常运行"}
    path = await file_of(office, tmp_path / "centres.xlsx", row, register=name)

    problems = await refused(office, path, name)

    assert "运营单位、服务、地址、开放时间、电话" in problems[0]
    fill(path, [{"发布状态": "草稿"}])
    await taken(office, path, name)
    (centre,) = await entries(office, name)
    assert centre.state is EntryState.DRAFT


async def test_two_rows_of_one_entry_are_refused(office: Office, tmp_path: Path) -> None:
    path = await file_of(
        office, tmp_path / "halls.xlsx", EAST_HALL, {**EAST_HALL, "名称": "东园 便民服务中心"}
    )

    problems = await refused(office, path)

    assert len(problems) == 2
    assert all("同一条" in one for one in problems)


async def test_what_was_changed_since_the_export_is_not_written_over(
    office: Office, tmp_path: Path
) -> None:
    await taken(office, await file_of(office, tmp_path / "a.xlsx", EAST_HALL))
    path = tmp_path / "export.xlsx"
    await exported(office, path)
    (hall,) = await entries(office)
    await office.does("community", f"registers.edit:{hall.id}")
    await office.presses("community", "地址")
    await office.says("community", "东园路9号")
    await office.presses("community", "提交")

    fill(path, [{"电话": "0371-99999999"}])
    problems = await refused(office, path)

    assert "导出以后有人在邻里里改过" in problems[0]
    (hall,) = await entries(office)
    assert (hall.get("address"), hall.get("phone")) == ("东园路9号", "0371-12345678")


async def test_ids_that_are_not_there_are_refused(office: Office, tmp_path: Path) -> None:
    path = await file_of(office, tmp_path / "halls.xlsx", {**EAST_HALL, "编号": "nothing"})
    assert "没有这个编号" in (await refused(office, path))[0]

    path = await file_of(office, tmp_path / "halls.xlsx", {**EAST_HALL, "版本": "一"})
    assert "数字" in (await refused(office, path))[0]


async def test_an_entry_that_a_cell_names_has_to_be_one(office: Office, tmp_path: Path) -> None:
    name = "services.desks"
    row = {
        "所属单位": "东园社区",
        "业务": "退休认证",
        "大厅": "东园便民服务中心",
        "在哪里办": "3号窗口",
    }
    path = await file_of(office, tmp_path / "desks.xlsx", row, register=name)
    assert "没有叫“东园便民服务中心”的" in (await refused(office, path, name))[0]

    twins = (EAST_HALL, {**EAST_HALL, "所属单位": "W"})
    await taken(office, await file_of(office, tmp_path / "halls.xlsx", *twins))
    await taken(office, path, name)  # Of two of one name the one of the same unit is meant.
    street = await file_of(
        office, tmp_path / "street.xlsx", {**row, "所属单位": "梧桐街道"}, register=name
    )
    assert "有几个都叫" in (await refused(office, street, name))[0]
    (desk,) = await entries(office, name)
    hall = next(one for one in await entries(office) if one.unit == EAST)
    assert desk.get("hall") == hall.id


async def test_a_file_of_another_register_is_refused(office: Office, tmp_path: Path) -> None:
    path = await file_of(office, tmp_path / "halls.xlsx", EAST_HALL)

    problems = await refused(office, path, "services.partners")

    assert any("合作机构" in one for one in problems)


async def test_a_new_street_without_entries_gives_an_empty_export(
    office: Office, tmp_path: Path
) -> None:
    assert await exported(office, tmp_path / "empty.xlsx") == 0
    assert (await taken(office, tmp_path / "empty.xlsx")).rows == []
    assert STREET in (await office.street()).organisation.units
    assert office.now == MORNING
