"""The whole guide as one Excel file: written, filled in, taken over whole or not at all."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from bot.words.wording import wording_for
from bot.workbooks.reading import WorkbookError
from bot.workbooks.register_import import Done, Takeover, take_over
from bot.workbooks.register_sheets import export_registers, write_template
from domain.messages import text
from domain.organisation import Role
from domain.people import Language
from domain.registers import EntryState, Register
from domain.registry import BOOKS
from domain.services.guide import ITEMS
from storage.changes import apply
from storage.database import Database
from storage.work import CLOCK
from tests.domain.street import act
from tests.guide import ASKED, DESK, ELDER_CARD, HALL, IDENTITY, kept, with_guide
from tests.handlers.chats import Office, opened
from tests.street import STREET

CHINESE = wording_for(Language.CHINESE, strict=True)
BOOK = BOOKS["services.guide"].registers
HALLS, ITEMS_SHEET, DESKS, DOCUMENTS, QUESTIONS = (
    "便民大厅和服务网点",
    "办事指南",
    "大厅窗口业务",
    "事项材料",
    "常见问题",
)
Rows = Mapping[str, Sequence[Mapping[str, Any]]]


@pytest.fixture
async def office(database: Database, tmp_path: Path) -> Office:
    return await opened(database, tmp_path)


def row_of(register: Register, fields: Mapping[str, Any], **changed: Any) -> dict[str, Any]:
    """Write an entry as people would, by heading; entries are named."""
    cells: dict[str, Any] = {"所属单位": "梧桐街道"}
    for field in register.fields:
        value = fields.get(field.name)
        option = field.option(value)
        cells[CHINESE.text(text(field.label))] = option.words[0] if option else value
    return {**cells, **changed}


def rows(**changed: Sequence[Mapping[str, Any]]) -> dict[str, Sequence[Mapping[str, Any]]]:
    halls, items, desks, documents, questions = BOOK
    item = str(ELDER_CARD["name"])
    return {
        HALLS: [row_of(halls, HALL)],
        ITEMS_SHEET: [row_of(items, ELDER_CARD)],
        DESKS: [row_of(desks, DESK, 大厅=HALL["name"])],
        DOCUMENTS: [row_of(documents, IDENTITY, 办事事项=item)],
        QUESTIONS: [row_of(questions, ASKED, 办事事项=item)],
        **changed,
    }


def fill(path: Path, given: Rows) -> Path:
    """Write rows below the headings of sheets, or into those that are there already."""
    book = load_workbook(path)
    for name, lines in given.items():
        sheet = book[name]
        places = {
            str(cell.value).split(" (")[0].rstrip("*"): cell.column for cell in next(sheet.rows)
        }
        for number, line in enumerate(lines, 2):
            for heading, value in line.items():
                cell = sheet.cell(number, places[heading])
                cell.value = value
                cell.data_type = "s" if isinstance(value, str) else cell.data_type
    book.save(path)
    return path


async def template(office: Office, path: Path) -> Path:
    write_template(path, await office.street(), BOOK, CHINESE, office.now)
    return path


async def taken(office: Office, path: Path) -> Takeover:
    async with office.database.write() as tx:
        street = await office.source.current(tx, office.now)
        done = await take_over(tx, street, BOOK, path, act(CLOCK, Role.ADMINISTRATOR))
        await apply(tx, [done.changes])
    return done


async def exported(office: Office, path: Path) -> Path:
    async with office.database.read() as tx:
        street = await office.source.current(tx, office.now)
        await export_registers(tx, street, BOOK, path, CHINESE, office.now)
    return path


async def refused(office: Office, path: Path) -> list[str]:
    """Give what is wrong with a file, in sentences; nothing of it was taken."""
    before = [len(await kept(office, one.name)) for one in BOOK]
    with pytest.raises(WorkbookError) as error:
        await taken(office, path)
    assert [len(await kept(office, one.name)) for one in BOOK] == before
    return [one.sentence(CHINESE) for one in error.value.problems]


# --- written -------------------------------------------------------------------------------------


async def test_a_template_has_a_sheet_of_each_and_offers_what_may_be_chosen(
    office: Office, tmp_path: Path
) -> None:
    book = load_workbook(await template(office, tmp_path / "guide.xlsx"))

    assert book.sheetnames[2:] == [HALLS, ITEMS_SHEET, DESKS, DOCUMENTS, QUESTIONS]
    headings = [str(cell.value) for cell in next(book[ITEMS_SHEET].rows)]
    assert [one.split(" (")[0] for one in headings][:3] == ["所属单位", "事项名称", "俗称"]
    offered = {
        str(one.sqref).split(":")[0]: one.formula1
        for one in book[DOCUMENTS].data_validations.dataValidation
    }
    assert offered["C2"] == f"'{ITEMS_SHEET}'!$B$2:$B$500"
    desk = {
        str(one.sqref).split(":")[0]: one.formula1
        for one in book[DESKS].data_validations.dataValidation
    }
    assert desk["B2"] == f"'{ITEMS_SHEET}'!$B$2:$B$500"
    assert desk["C2"] == f"'{HALLS}'!$B$2:$B$500"
    choices = [cell.value for row in book.worksheets[1].rows for cell in row]
    assert {"梧桐街道", "东园社区", "工作日", "限时办结", "是", "否", "草稿"} <= set(choices)


# --- taken over ----------------------------------------------------------------------------------


@pytest.mark.requirement("S-17")
async def test_a_filled_template_makes_the_guide_that_residents_read(
    office: Office, tmp_path: Path
) -> None:
    await office.starts("anna", "g-E1")

    done = await taken(office, fill(await template(office, tmp_path / "g.xlsx"), rows()))

    assert (done.count(Done.NEW), done.hidden) == (5, [])
    told = await office.says("anna", "老年证怎么办")
    for said in (
        "年满六十周岁",
        "本人居民身份证（1 份）",
        "3号窗口",
        "3 个工作日内",
        "0371-000101",
    ):
        assert said in told
    assert "能，居住满一个月就行" in await office.presses("anna", "外地户口能办吗")


async def test_an_export_is_taken_over_again_without_a_change(
    office: Office, tmp_path: Path
) -> None:
    await with_guide(office)
    path = await exported(office, tmp_path / "g.xlsx")

    done = await taken(office, path)

    assert (done.count(Done.SAME), len(done.rows)) == (5, 5)


async def test_an_item_gets_a_new_name_together_with_all_that_names_it(
    office: Office, tmp_path: Path
) -> None:
    await with_guide(office)
    path = await exported(office, tmp_path / "g.xlsx")
    new = "敬老优待证申领"

    done = await taken(
        office, fill(path, {ITEMS_SHEET: [{"事项名称": new}], DESKS: [{"业务": new}]})
    )

    assert (done.count(Done.CHANGED), done.count(Done.SAME)) == (2, 3)
    assert [one.get("name") for one in await kept(office, ITEMS.name)] == [new]


async def test_a_hall_and_its_desk_end_together_where_another_one_has_the_item(
    office: Office, tmp_path: Path
) -> None:
    await with_guide(office)
    path = await exported(office, tmp_path / "g.xlsx")
    halls, _, desks, _, _ = BOOK
    second = {**HALL, "name": "东园中心"}

    done = await taken(
        office,
        fill(
            path,
            {
                HALLS: [{"发布状态": "停用"}, row_of(halls, second)],
                DESKS: [{"发布状态": "停用"}, row_of(desks, DESK, 大厅="东园中心")],
            },
        ),
    )

    assert (done.count(Done.ENDED), done.count(Done.NEW)) == (2, 2)
    await office.starts("anna", "g-E1")
    assert "东园中心" in await office.says("anna", "老年证怎么办")


async def test_what_was_taken_over_is_edited_in_chat(office: Office, tmp_path: Path) -> None:
    await taken(office, fill(await template(office, tmp_path / "g.xlsx"), rows()))
    (item,) = await kept(office, ITEMS.name)
    await office.starts("anna", "g-E1")
    await office.does("street_leader", f"registers.edit:{item.id}")
    await office.presses("street_leader", "受理条件")
    await office.says("street_leader", "年满六十五周岁")

    assert "已保存" in await office.presses("street_leader", "提交")
    assert "办理条件：年满六十五周岁" in await office.says("anna", "老年证怎么办")


# --- refused -------------------------------------------------------------------------------------


@pytest.mark.requirement("S-17")
@pytest.mark.parametrize(
    ("sheet", "said"),
    [
        (DOCUMENTS, "没有写要交什么材料"),
        (DESKS, "没有写在哪个大厅的哪个窗口办"),
    ],
)
async def test_an_item_without_what_belongs_to_it_is_refused_with_its_row(
    office: Office, tmp_path: Path, sheet: str, said: str
) -> None:
    path = fill(await template(office, tmp_path / "g.xlsx"), rows(**{sheet: []}))

    (problem,) = await refused(office, path)

    assert problem.startswith(f"{ITEMS_SHEET} 第2行")
    assert said in problem


@pytest.mark.requirement("S-17")
@pytest.mark.parametrize("field", [one for one in ITEMS.fields if one.required])
async def test_an_item_without_a_required_field_is_refused_with_its_row(
    office: Office, tmp_path: Path, field: Any
) -> None:
    heading = CHINESE.text(text(field.label))
    items = [{**row_of(BOOK[1], ELDER_CARD), heading: None}]
    path = fill(await template(office, tmp_path / "g.xlsx"), rows(**{ITEMS_SHEET: items}))

    problems = await refused(office, path)

    assert any(one.startswith(f"{ITEMS_SHEET} 第2行") and heading in one for one in problems)


async def test_of_a_half_wrong_file_every_row_is_named_once_and_nothing_is_taken(
    office: Office, tmp_path: Path
) -> None:
    given = rows()
    second = {**given[ITEMS_SHEET][0], "事项名称": "敬老院入住", "俗称": None, "咨询方式": "问窗口"}
    path = fill(
        await template(office, tmp_path / "g.xlsx"),
        {
            **given,
            HALLS: [{**given[HALLS][0], "电话": "没有"}],
            ITEMS_SHEET: [*given[ITEMS_SHEET], second],
            DOCUMENTS: [
                *given[DOCUMENTS],
                {**given[DOCUMENTS][0], "材料名称": "其他材料"},
                {**given[DOCUMENTS][0], "办事事项": "敬老院入住"},
                {**given[DOCUMENTS][0], "办事事项": "护照"},
                {**given[DOCUMENTS][0], "材料名称": "照片", "份数": "几份"},
            ],
            QUESTIONS: [{**given[QUESTIONS][0], "回答": None}],
        },
    )

    problems = await refused(office, path)

    assert [one.partition("：")[0] for one in problems] == [
        f"{HALLS} E2 电话",
        f"{ITEMS_SHEET} L3 咨询方式",
        f"{DOCUMENTS} 第3行",
        f"{DOCUMENTS} C5 办事事项",
        f"{DOCUMENTS} G6 份数",
        f"{QUESTIONS} 第2行",
    ]


async def test_a_document_that_is_a_draft_keeps_its_item_from_being_published(
    office: Office, tmp_path: Path
) -> None:
    given = rows()
    draft = {**given[DOCUMENTS][0], "材料名称": "照片", "受理标准": None, "发布状态": "草稿"}
    path = fill(
        await template(office, tmp_path / "g.xlsx"),
        {**given, DOCUMENTS: [*given[DOCUMENTS], draft]},
    )

    (problem,) = await refused(office, path)

    assert "“照片”还是草稿" in problem
    fill(path, {ITEMS_SHEET: [{"发布状态": "草稿"}]})
    await taken(office, path)
    (item,) = await kept(office, ITEMS.name)
    assert item.state is EntryState.DRAFT


async def test_whoever_ends_a_document_by_a_file_has_to_deal_with_its_item(
    office: Office, tmp_path: Path
) -> None:
    await with_guide(office)
    path = await exported(office, tmp_path / "g.xlsx")

    (problem,) = await refused(office, fill(path, {DOCUMENTS: [{"发布状态": "停用"}]}))

    assert "没有写要交什么材料" in problem


async def test_a_file_of_documents_alone_tells_which_items_are_shown_no_more(
    office: Office, tmp_path: Path
) -> None:
    await with_guide(office)
    path = tmp_path / "documents.xlsx"
    documents = (BOOK[3],)
    async with office.database.read() as tx:
        street = await office.source.current(tx, office.now)
        await export_registers(tx, street, documents, path, CHINESE, office.now)
    fill(path, {DOCUMENTS: [{"发布状态": "停用"}]})

    async with office.database.read() as tx:
        done = await take_over(tx, street, documents, path, act(CLOCK, Role.ADMINISTRATOR))

    assert [CHINESE.text(one) for one in done.hidden] == [
        "⚠️ “老年人优待证办理”居民看不到了：没有写要交什么材料；什么都不用交的，请写明“不需要材料”。"
    ]
    assert street.organisation.street.code == STREET
