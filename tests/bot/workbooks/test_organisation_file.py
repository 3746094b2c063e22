"""The Excel file of an office: what a sound one gives, and what is said about a broken one."""

import json
import zipfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell

from bot.configuration.law_data import default_categories
from bot.words.wording import wording_for
from bot.workbooks import reading
from bot.workbooks.organisation_file import OrganisationFile, StaffMember, read_workbook
from bot.workbooks.organisation_sheets import ROLES, SHEETS
from bot.workbooks.organisation_template import template, write_workbook
from bot.workbooks.reading import WorkbookError
from domain.categories import Kind
from domain.organisation import Role, Stream, UnitKind
from domain.people import Language
from domain.places.points import Datum, from_wgs84, to_wgs84

CHINESE = wording_for(Language.CHINESE, strict=True)
ENGLISH = wording_for(Language.ENGLISH, strict=True)

Rows = list[list[Any]]
Sheets = dict[str, Rows]


def square(west: float, south: float = 34.6, side: float = 0.01) -> str:
    """A square boundary as GeoJSON text."""
    east, north = west + side, south + side
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return json.dumps({"type": "Polygon", "coordinates": [ring]})


def sound() -> Sheets:
    """A street of one community and two grids, with everything filled."""
    return {
        "街道": [
            ["编码*", "名称*", "英文名", "电话", "地址", "党组织", "示范点"],
            ["S", "云栖街道", "Yunqi", "0371-1234567", "一号", "大党工委", "是"],
        ],
        "社区": [
            ["编码", "名称", "电话", "党组织", "启用"],
            ["C1", "清风社区", 12345678, "社区大党委", "是"],
        ],
        "网格": [
            ["所属社区", "编码", "名称", "坐标系", "边界"],
            ["C1", "C1-G1", "第一网格", "WGS-84（GPS）", square(112.0)],
            ["C1", "C1-G2", "第二网格", "wgs84", square(112.01)],
        ],
        "岗位": [
            ["单位编码", "岗位", "姓名", "电话"],
            ["S", "街道领导", "甲一", "101"],
            ["C1", "分包社区领导", "甲一", "101"],
            ["C1", "community_secretary", "乙二", None],
            ["C1-G1", "网格长", "丙三", "103"],
            ["C1-G1", "网格员", "丁四", "104"],
            ["C1-G2", "网格书记", None, None],
        ],
        "值班": [
            ["姓名", "开始", "结束"],
            ["丁四", datetime(2026, 12, 1, 18), "2026/12/02 08:00"],  # noqa: DTZ001  # Excel's
        ],
        "目录": [
            ["编码", "类别", "名称", "英文名", "条线", "重要程度", "紧急程度", "关键词", "停用"],
            ["lighting", "办事", "路灯", None, None, 3, None, None, None],
            ["kites", "办事", "风筝", "Kites", "居务", 1, 1, "风筝，放风筝", None],
            ["party_affairs", "办事", None, None, None, None, None, None, "是"],
        ],
    }


@pytest.fixture
def save(tmp_path: Path) -> Callable[[Sheets], Path]:
    def save(sheets: Sheets) -> Path:
        workbook = Workbook()
        workbook.remove(workbook.worksheets[0])
        for name, rows in sheets.items():
            worksheet = workbook.create_sheet(name)
            for row in rows:
                worksheet.append(row)
        path = tmp_path / "office.xlsx"
        workbook.save(path)
        return path

    return save


def told(path: Path) -> list[tuple[str, str | None, str]]:
    """Read what must be refused and give (sheet, cell, key of the wording), in order."""
    with pytest.raises(WorkbookError) as caught:
        read_workbook(path)
    for problem in caught.value.problems:
        assert CHINESE.text(problem.said)
        assert problem.sentence(ENGLISH).startswith(problem.sheet)
    return [
        (problem.sheet, problem.cell, problem.said.key.removeprefix("workbook."))
        for problem in caught.value.problems
    ]


# --- a sound file ---------------------------------------------------------------------------------


def test_units_are_read_with_their_parents(save: Callable[[Sheets], Path]) -> None:
    file = read_workbook(save(sound()))

    assert [(unit.kind, unit.code, unit.parent) for unit in file.units] == [
        (UnitKind.STREET, "S", None),
        (UnitKind.COMMUNITY, "C1", "S"),
        (UnitKind.GRID, "C1-G1", "C1"),
        (UnitKind.GRID, "C1-G2", "C1"),
    ]
    street, community, *_ = file.units
    assert (street.name, street.name_en, street.demonstration_site) == ("云栖街道", "Yunqi", True)
    assert (community.phone, community.party_body) == ("12345678", "社区大党委")


def test_hidden_rows_and_sheets_are_read_and_told_of(save: Callable[[Sheets], Path]) -> None:
    path = save(sound())
    book = load_workbook(path)
    book["岗位"].row_dimensions[5].hidden = True
    book["岗位"].row_dimensions[40].hidden = True  # nothing stands there
    book["值班"].sheet_state = "hidden"
    book.save(path)

    file = read_workbook(path)

    assert len(file.appointments) == len(read_workbook(save(sound())).appointments)
    assert [one.sentence(CHINESE) for one in file.hidden] == [
        "岗位：隐藏的行也读进来了：第 5 行；不要的话请删除这些行再导入。",
        "值班：这张工作表是隐藏的，里面 1 行也读进来了；不要的话请删除内容再导入。",
    ]


def test_of_a_file_that_hides_nothing_nothing_is_told(save: Callable[[Sheets], Path]) -> None:
    assert read_workbook(save(sound())).hidden == ()


def test_posts_are_read_in_chinese_and_english_and_a_vacant_one_has_no_holder(
    save: Callable[[Sheets], Path],
) -> None:
    file = read_workbook(save(sound()))

    assert [(one.unit, one.role, one.member.name) for one in file.appointments] == [
        ("S", Role.STREET_LEADER, "甲一"),
        ("C1", Role.ASSIGNED_LEADER, "甲一"),
        ("C1", Role.COMMUNITY_SECRETARY, "乙二"),
        ("C1-G1", Role.GRID_SECRETARY, "丙三"),
        ("C1-G1", Role.GRID_WORKER, "丁四"),
    ]
    assert len(file.staff) == 4


def test_duty_is_in_local_time(save: Callable[[Sheets], Path]) -> None:
    (shift,) = read_workbook(save(sound())).duty

    assert shift.member == StaffMember("丁四", "104")
    assert shift.starts_at == datetime(2026, 12, 1, 10, tzinfo=UTC)
    assert shift.ends_at == datetime(2026, 12, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "given",
    [
        "2026-12-01 18:00",
        "2026/12/1 18:00",
        "2026-12-1 18:00",
        "2026年12月1日 18:00",
        "2026年12月1日18时",
        "2026-12-01 18：00",
        "2026.12.1 18:00:00",
        "2026-12-01T18:00",
    ],
)
def test_a_moment_is_read_as_people_and_excel_write_it(
    save: Callable[[Sheets], Path], given: str
) -> None:
    sheets = sound()
    column = sheets["值班"][0].index("开始")
    sheets["值班"][1][column] = given

    shift = read_workbook(save(sheets)).duty[0]

    assert shift.starts_at == datetime(2026, 12, 1, 10, tzinfo=UTC)


def test_ticks_and_wide_figures_are_read(save: Callable[[Sheets], Path]) -> None:
    sheets = sound()
    sheets["街道"][1][6] = "✓"

    assert read_workbook(save(sheets)).units[0].demonstration_site


def test_two_names_in_one_cell_are_not_one_person(save: Callable[[Sheets], Path]) -> None:
    sheets = sound()
    sheets["岗位"][5][2] = "王伟、李娜"

    with pytest.raises(WorkbookError) as caught:
        read_workbook(save(sheets))

    problem = caught.value.problems[0]
    assert (problem.cell, "一格只写一个人" in problem.sentence(CHINESE)) == ("C6", True)


def test_a_wrong_code_is_told_once_and_not_again_by_what_refers_to_it(
    save: Callable[[Sheets], Path],
) -> None:
    sheets = sound()
    sheets["网格"][1][1] = "一网格！"

    with pytest.raises(WorkbookError) as caught:
        read_workbook(save(sheets))

    assert [problem.sheet for problem in caught.value.problems] == ["网格"]


def test_the_catalogue_is_changed_and_the_rest_of_it_stays(
    save: Callable[[Sheets], Path],
) -> None:
    categories = read_workbook(save(sound())).categories

    lighting, before = categories.by_code["lighting"], default_categories().by_code["lighting"]
    assert (lighting.name_zh, lighting.importance) == ("路灯", 3)
    assert (lighting.name_en, lighting.keywords) == (before.name_en, before.keywords)
    kites = categories.by_code["kites"]
    assert (kites.stream, kites.keywords) == (Stream.RESIDENTS, ("风筝", "放风筝"))
    assert categories.find("party_affairs") is None
    assert categories.of_kind(Kind.SERVICE)[-1].code == "service_other"


def test_a_file_without_a_catalogue_keeps_the_default_one(
    save: Callable[[Sheets], Path],
) -> None:
    sheets = sound()
    del sheets["目录"], sheets["值班"]

    assert read_workbook(save(sheets)).categories == default_categories()


def test_boundaries_are_converted_from_the_datum_that_is_named(
    save: Callable[[Sheets], Path],
) -> None:
    sheets = sound()
    sheets["网格"][1][3] = "GCJ-02（高德、腾讯）"
    sheets["网格"][2][4] = None

    grid = read_workbook(save(sheets)).units[2]

    assert grid.boundary is not None
    longitude, latitude = grid.boundary["coordinates"][0][0]  # type: ignore[index]
    assert (latitude, longitude) != (34.6, 112.0)
    shifted = from_wgs84(to_wgs84(34.6, 112.0, Datum.GCJ02), Datum.GCJ02)
    assert shifted == pytest.approx((34.6, 112.0), abs=1e-6)
    assert (latitude, longitude) == pytest.approx((34.6, 112.0), abs=0.01)


def test_boundaries_may_stand_in_a_file_beside_it(save: Callable[[Sheets], Path]) -> None:
    sheets = sound()
    for row in sheets["网格"][1:]:
        row[4] = None
    path = save(sheets)
    feature = {
        "type": "Feature",
        "properties": {"code": "C1-G2"},
        "geometry": json.loads(square(112.01)),
    }
    collection = {"type": "FeatureCollection", "features": [feature]}
    path.with_name("boundaries.geojson").write_text(json.dumps(collection), encoding="utf-8")

    *_, first, second = read_workbook(path).units

    assert first.boundary is None
    assert second.boundary == json.loads(square(112.01))


def test_examples_notes_blank_rows_and_the_order_of_columns_do_not_matter(
    save: Callable[[Sheets], Path],
) -> None:
    plain = read_workbook(save(sound()))
    sheets = sound()
    sheets["街道"].insert(1, ["示例S01", "某某街道"])
    sheets["社区"][1:1] = [[], ["# a note"], [None, " "]]
    sheets["网格"] = [row[::-1] for row in sheets["网格"]]
    sheets["说明"] = [["anything"]]

    assert read_workbook(save(sheets)) == plain


def test_english_sheet_and_column_names_are_read(save: Callable[[Sheets], Path]) -> None:
    sheets = sound()
    sheets["street"] = [["Code", "NAME"], ["S", "云栖街道"]]
    del sheets["街道"]

    assert read_workbook(save(sheets)).units[0].name == "云栖街道"


# --- writing --------------------------------------------------------------------------------------


def test_what_is_written_is_read_back_unchanged(
    save: Callable[[Sheets], Path], tmp_path: Path
) -> None:
    file = read_workbook(save(sound()))

    write_workbook(tmp_path / "again.xlsx", file, CHINESE)

    assert read_workbook(tmp_path / "again.xlsx") == file


def test_a_boundary_too_long_for_a_cell_goes_beside_the_file(
    save: Callable[[Sheets], Path], tmp_path: Path
) -> None:
    sheets = sound()
    points = [[112.0 + step / 500_000, 34.61] for step in range(5000, -1, -1)]
    ring = [[112.0, 34.6], [112.01, 34.6], *points, [112.0, 34.6]]
    sheets["网格"][1][4] = None
    path = save(sheets)
    geometry = {"type": "Polygon", "coordinates": [ring]}
    feature = {"type": "Feature", "properties": {"code": "C1-G1"}, "geometry": geometry}
    beside = path.with_name("boundaries.geojson")
    beside.write_text(json.dumps({"features": [feature]}), encoding="utf-8")
    file = read_workbook(path)
    (tmp_path / "out").mkdir()

    write_workbook(tmp_path / "out" / "again.xlsx", file, CHINESE)

    assert (tmp_path / "out" / "boundaries.geojson").exists()
    assert read_workbook(tmp_path / "out" / "again.xlsx") == file


def test_a_name_that_looks_like_a_formula_is_written_as_text(
    save: Callable[[Sheets], Path], tmp_path: Path
) -> None:
    sheets = sound()
    sheets["街道"][1][1] = "待定"
    file = read_workbook(save(sheets))
    street, *others = file.units
    hostile = replace(file, units=(replace(street, name="=1+1"), *others))

    write_workbook(tmp_path / "again.xlsx", hostile, CHINESE)

    cell = load_workbook(tmp_path / "again.xlsx")["街道"]["B2"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")
    assert read_workbook(tmp_path / "again.xlsx") == hostile


@pytest.mark.parametrize("wording", [CHINESE, ENGLISH])
def test_the_template_explains_itself_and_imports_nothing(tmp_path: Path, wording: Any) -> None:
    template(tmp_path / "template.xlsx", wording)

    assert told(tmp_path / "template.xlsx") == [
        ("街道", None, "no_rows"),
        ("社区", None, "no_rows"),
        ("网格", None, "no_rows"),
    ]
    workbook = load_workbook(tmp_path / "template.xlsx")
    assert workbook.sheetnames[:-1] == ["说明", *(sheet.name for sheet in SHEETS)]
    assert workbook["选项"].sheet_state == "hidden"
    assert len(workbook["岗位"].data_validations.dataValidation) == 1
    assert workbook["岗位"]["B1"].comment is not None
    assert "*" in str(workbook["岗位"]["B1"].value)


def test_the_template_offers_every_role_once(tmp_path: Path) -> None:
    template(tmp_path / "template.xlsx", CHINESE)

    workbook = load_workbook(tmp_path / "template.xlsx")
    (validation,) = workbook["岗位"].data_validations.dataValidation
    area = validation.formula1.split("!")[1].replace("$", "")
    offered = [cell.value for (cell,) in workbook["选项"][area]]
    assert [ROLES[name] for name in offered] == [role for role in Role if role != Role.RESIDENT]


def test_a_filled_template_is_imported(save: Callable[[Sheets], Path], tmp_path: Path) -> None:
    path = tmp_path / "template.xlsx"
    template(path, CHINESE)
    workbook = load_workbook(path)
    for name, rows in sound().items():
        headings = {
            str(cell.value).split(" (")[0]: cell.column for cell in next(workbook[name].rows)
        }
        for number, row in enumerate(rows[1:], 3):
            for heading, value in zip(rows[0], row, strict=True):
                place = headings[str(heading).rstrip("*")]
                workbook[name].cell(number, place, value)
    workbook.save(path)

    assert read_workbook(path) == read_workbook(save(sound()))


# --- a broken file --------------------------------------------------------------------------------


def test_everything_that_is_wrong_is_told_at_once_in_the_order_of_the_file(
    save: Callable[[Sheets], Path],
) -> None:
    sheets = sound()
    sheets["街道"].append(["S2", "另一街道"])
    sheets["社区"].append(["c1", "重复社区"])
    sheets["网格"][1][0] = "C9"
    sheets["网格"].append(["C1", "C1 G3", None, "火星", "not json"])
    sheets["岗位"].append(["C1", "皇帝", "戊五", "many"])
    sheets["值班"].append(["无名", "tomorrow", "2026-12-02"])
    sheets["目录"].append(["X", "礼物", "名", None, None, 4, None, "灯", "或许"])

    assert told(save(sheets)) == [
        ("街道", "A3", "second_street"),
        ("社区", "A3", "code_twice"),
        ("社区", "A3", "community_without_grids"),
        ("社区", "A3", "no_assigned_leader"),
        ("网格", "A2", "unknown_community"),
        ("网格", "B4", "unit_code"),
        ("网格", "C4", "missing"),
        ("网格", "D4", "one_of"),
        ("网格", "E4", "no_geojson"),
        ("岗位", "B8", "one_of"),
        ("岗位", "D8", "phone"),
        ("值班", "B3", "moment"),
        ("值班", "A3", "unknown_member"),
        ("目录", "A5", "category_code"),
        ("目录", "B5", "one_of"),
        ("目录", "F5", "one_of"),
        ("目录", "H5", "short_keyword"),
        ("目录", "I5", "one_of"),
    ]


def test_a_problem_says_where_it_is_and_what_to_do(save: Callable[[Sheets], Path]) -> None:
    sheets = sound()
    sheets["网格"][2][0] = "C9"

    with pytest.raises(WorkbookError) as caught:
        read_workbook(save(sheets))

    (problem,) = caught.value.problems
    assert (problem.sheet, problem.row, problem.column) == ("网格", 3, "所属社区")
    assert problem.sentence(CHINESE) == (
        "网格 A3 所属社区：“社区”表里没有编码 C9，请更正或在“社区”表里补一行。"
    )


def changed(sheet: str, row: int, column: int, value: Any) -> Callable[[Sheets], None]:
    def change(sheets: Sheets) -> None:
        sheets[sheet][row][column] = value

    return change


def added(sheet: str, *rows: list[Any]) -> Callable[[Sheets], None]:
    def change(sheets: Sheets) -> None:
        sheets[sheet].extend(rows)

    return change


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (changed("街道", 1, 1, "=A1"), [("街道", "B2", "formula")]),
        (changed("街道", 1, 1, "名" * 41), [("街道", "B2", "too_long")]),
        (changed("街道", 1, 1, True), [("街道", "B2", "text_needed")]),
        (changed("街道", 1, 6, "大概"), [("街道", "G2", "one_of")]),
        (
            changed("街道", 1, 0, "a:b"),
            [("街道", "A2", "unit_code"), ("岗位", "A2", "unknown_unit")],
        ),
        (
            changed("街道", 0, 2, "英文"),
            [("街道", "C1", "strange_column"), ("街道", "C2", "no_heading")],
        ),
        (
            changed("街道", 0, 2, "名称"),
            [("街道", "C1", "column_twice"), ("街道", "C2", "no_heading")],
        ),
        (
            changed("街道", 0, 1, None),
            [("街道", None, "missing_column"), ("街道", "B2", "no_heading")],
        ),
        (
            changed("社区", 1, 0, "C1-G1"),
            [
                ("社区", "A2", "community_without_grids"),
                ("社区", "A2", "no_assigned_leader"),
                ("网格", "B2", "code_twice"),
                ("网格", "A2", "unknown_community"),
                ("网格", "A3", "unknown_community"),
                ("岗位", "A3", "unknown_unit"),
                ("岗位", "A4", "unknown_unit"),
                ("岗位", "A5", "wrong_level"),
                ("岗位", "A6", "wrong_level"),
            ],
        ),
        (changed("网格", 1, 3, None), [("网格", "D2", "datum_missing")]),
        (changed("网格", 1, 4, "[]"), [("网格", "E2", "no_geojson")]),
        (changed("网格", 1, 4, '{"type": "Point"}'), [("网格", "E2", "polygon_not_a_polygon")]),
        (
            changed("网格", 1, 4, '{"type": "Polygon", "coordinates": []}'),
            [("网格", "E2", "polygon_empty")],
        ),
        (
            changed("网格", 1, 4, square(112.0).replace("112.0", "912.0")),
            [("网格", "E2", "polygon_bad_coordinate")],
        ),
        (
            changed("网格", 1, 4, square(112.0).replace(", [112.0, 34.6]]", "]")),
            [("网格", "E2", "polygon_open_ring")],
        ),
        (
            changed(
                "网格",
                1,
                4,
                '{"type": "Polygon", "coordinates": '
                "[[[112.0, 34.6], [112.009, 34.609], [112.009, 34.6], [112.0, 34.609], "
                "[112.0, 34.6]]]}",
            ),
            [("网格", "E2", "polygon_self_intersection")],
        ),
        (changed("网格", 1, 4, square(112.005)), [("网格", "E2", "polygon_overlap")]),
        (changed("岗位", 1, 0, "C1"), [("岗位", "A2", "wrong_level")]),
        (changed("岗位", 1, 0, "S7"), [("岗位", "A2", "unknown_unit")]),
        (changed("岗位", 2, 2, None), [("社区", "A2", "no_assigned_leader")]),
        (changed("岗位", 2, 3, None), [("岗位", "D3", "namesake")]),
        (added("岗位", ["C1", "社区书记", "戊五"]), [("岗位", "B8", "held_twice")]),
        (added("岗位", ["C1-G1", "网格员", "丁四", "104"]), [("岗位", "C8", "appointed_twice")]),
        (changed("值班", 1, 2, "2026-12-01 17:00"), [("值班", "C2", "shift_length")]),
        (changed("值班", 1, 2, "2026-12-20 17:00"), [("值班", "C2", "shift_length")]),
        (added("目录", ["kites", "办事"]), [("目录", "A5", "category_twice")]),
        (changed("目录", 2, 3, None), [("目录", "D3", "missing_of_new")]),
        (changed("目录", 1, 1, "报纠纷"), [("目录", "B2", "other_kind")]),
        (changed("目录", 3, 0, "nothing"), [("目录", "A4", "unknown_category")]),
        (changed("目录", 3, 0, "service_other"), [("目录", "I4", "other_stays")]),
        (changed("目录", 2, 7, "停水"), [("目录", "H3", "keyword_taken")]),
        (changed("目录", 1, 7, "停水"), [("目录", "H2", "keyword_taken")]),
    ],
)
def test_a_wrong_cell_is_told_where_it_is(
    save: Callable[[Sheets], Path],
    change: Callable[[Sheets], None],
    expected: list[tuple[str, str | None, str]],
) -> None:
    sheets = sound()
    change(sheets)

    assert told(save(sheets)) == expected


def test_examples_are_read_a_line_each(save: Callable[[Sheets], Path]) -> None:
    sheets = sound()
    sheets["目录"] = [
        ["编码", "类别", "名称", "英文名", "条线", "重要程度", "紧急程度", "例句"],
        [
            "charging",
            "办事",
            "充电",
            "Charging",
            "居务",
            1,
            1,
            "没地方充电\n充电桩坏了；想装充电桩。",
        ],
        ["lighting", "办事", None, None, None, None, None, "灯不亮了\n\n灯不亮了"],
    ]

    categories = read_workbook(save(sheets)).categories

    assert categories.by_code["charging"].examples == ("没地方充电", "充电桩坏了", "想装充电桩")
    assert categories.by_code["lighting"].examples == ("灯不亮了",)
    assert categories.by_code["water"].examples == ()


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("灯", "example_length"),
        ("灯" * 101, "example_length"),
        ("灯坏了，打13812345678", "example_personal"),
        ("3号楼2单元501室灯坏了", "example_personal"),
        ("\n".join(f"第{place}盏灯坏了" for place in range(61)), "many_examples"),
    ],
    ids=["short", "long", "telephone", "door", "many"],
)
def test_examples_that_cannot_be_used_are_told(
    save: Callable[[Sheets], Path], said: str, key: str
) -> None:
    sheets = sound()
    sheets["目录"] = [["编码", "类别", "例句"], ["lighting", "办事", said]]

    assert told(save(sheets)) == [("目录", "C2", key)]


def test_an_example_belongs_to_one_category(save: Callable[[Sheets], Path]) -> None:
    sheets = sound()
    sheets["目录"] = [
        ["编码", "类别", "例句"],
        ["lighting", "办事", "楼道里的灯不亮了"],
        ["power", "办事", "楼道里的灯不亮了"],
    ]

    assert told(save(sheets)) == [("目录", "C3", "example_taken")]


def test_a_category_keeps_the_promises_of_its_kind(save: Callable[[Sheets], Path]) -> None:
    sheets = sound()
    sheets["目录"] = [
        ["编码", "类别", "公共空间", "居民确认"],
        ["family", "报纠纷", "是", "否"],
        ["hygiene", "提意见", "否", "是"],
    ]

    assert told(save(sheets)) == [
        ("目录", "C2", "public_dispute"),
        ("目录", "D3", "confirmed_service"),
    ]


@pytest.mark.requirement("G-06")
def test_a_community_without_an_assigned_leader_is_not_activated(
    save: Callable[[Sheets], Path],
) -> None:
    sheets = sound()
    del sheets["岗位"][2]

    assert told(save(sheets)) == [("社区", "A2", "no_assigned_leader")]
    sheets["社区"][1][4] = "否"
    assert not read_workbook(save(sheets)).units[1].active


@pytest.mark.requirement("G-06")
def test_a_community_with_two_assigned_leaders_is_not_taken(
    save: Callable[[Sheets], Path],
) -> None:
    sheets = sound()
    sheets["岗位"].append(["C1", "分包社区领导", "戊五", "105"])

    assert told(save(sheets)) == [("岗位", "B8", "held_twice")]


def test_two_of_one_name_are_told_apart_by_phone(save: Callable[[Sheets], Path]) -> None:
    sheets = sound()
    sheets["岗位"].append(["C1-G2", "网格员", "丁四", "105"])

    assert told(save(sheets)) == [("值班", "A2", "two_of_a_name")]
    sheets["值班"] = [["姓名", "电话", "开始", "结束"], ["丁四", 105, *sheets["值班"][1][1:]]]
    (shift,) = read_workbook(save(sheets)).duty
    assert shift.member == StaffMember("丁四", "105")


def test_strange_and_missing_sheets_are_told(save: Callable[[Sheets], Path]) -> None:
    sheets = sound()
    sheets["岗 位"] = sheets.pop("岗位")
    sheets["值班"] = []

    assert told(save(sheets)) == [
        ("社区", "A2", "no_assigned_leader"),
        ("岗位", None, "missing_sheet"),
        ("值班", None, "empty_sheet"),
        ("岗 位", None, "strange_sheet"),
    ]


def test_boundaries_beside_the_file_are_checked(save: Callable[[Sheets], Path]) -> None:
    path = save(sound())
    features = [
        {"properties": {"code": code}, "geometry": json.loads(square(112.0))}
        for code in ("C1-G1", "C7")
    ]
    beside = path.with_name("boundaries.geojson")

    beside.write_text(json.dumps({"features": features}), encoding="utf-8")
    assert told(path) == [
        ("网格", "E2", "boundary_twice"),
        ("boundaries.geojson", None, "boundary_of_nothing"),
    ]
    beside.write_text("{}", encoding="utf-8")
    assert told(path) == [("boundaries.geojson", None, "boundaries_file")]


# --- a hostile file -------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nothing", b"code,name\nS,Street\n"])
def test_a_file_that_is_no_workbook_gets_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "office.xlsx"
    path.write_bytes(content)

    assert told(path) == [("office.xlsx", None, "not_a_workbook")]


def test_a_missing_file_gets_one_sentence(tmp_path: Path) -> None:
    assert told(tmp_path / "gone.xlsx") == [("gone.xlsx", None, "no_file")]


def test_a_zip_that_is_no_workbook_gets_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "office.xlsx"
    with zipfile.ZipFile(path, "w") as parts:
        parts.writestr("hello.txt", "hello")

    assert told(path) == [("office.xlsx", None, "not_a_workbook")]


def test_a_workbook_with_a_damaged_sheet_gets_one_sentence(
    save: Callable[[Sheets], Path], tmp_path: Path
) -> None:
    path = tmp_path / "damaged.xlsx"
    with zipfile.ZipFile(save(sound())) as given, zipfile.ZipFile(path, "w") as parts:
        for part in given.namelist():
            content = given.read(part)
            parts.writestr(part, content[: len(content) // 2] if "sheet3" in part else content)

    assert told(path) == [("damaged.xlsx", None, "not_a_workbook")]


@pytest.mark.parametrize("damage", ["cut", "garbage", "empty", "no XML", "other XML"])
def test_whatever_part_is_damaged_gets_a_sentence_and_no_traceback(
    save: Callable[[Sheets], Path], tmp_path: Path, damage: str
) -> None:
    with zipfile.ZipFile(save(sound())) as given:
        held = {name: given.read(name) for name in given.namelist()}
    damaged = {
        "cut": lambda content: content[: len(content) // 2],
        "garbage": lambda content: bytes(255 - one for one in content),
        "empty": lambda content: b"",
        "no XML": lambda content: b"hello",
        "other XML": lambda content: b"<a xmlns='urn:b'><styleSheet/></a>",
    }[damage]

    for part in held:
        path = tmp_path / "damaged.xlsx"
        with zipfile.ZipFile(path, "w") as parts:
            for name, content in held.items():
                parts.writestr(name, damaged(content) if name == part else content)
        with suppress(WorkbookError):  # what an office does not need may be damaged
            read_workbook(path)


def test_a_file_that_unpacks_to_too_much_is_not_unpacked(
    save: Callable[[Sheets], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_BYTES", 1000)

    assert told(save(sound())) == [("office.xlsx", None, "too_large")]


def blank_rows(count: int) -> Iterable[list[Any]]:
    return ([] for _ in range(count))


def test_a_sheet_with_a_million_blank_rows_is_refused_quickly(tmp_path: Path) -> None:
    path = tmp_path / "office.xlsx"
    workbook = Workbook(write_only=True)
    for name, rows in sound().items():
        worksheet = workbook.create_sheet(name)
        for row in rows:
            worksheet.append(row)
    workbook.save(path)
    padded = tmp_path / "padded.xlsx"
    blanks = b"".join(b'<row r="%d"></row>' % row for row in range(10, 1_000_010))
    with zipfile.ZipFile(path) as given, zipfile.ZipFile(padded, "w") as parts:
        for part in given.namelist():
            content = given.read(part)
            if part.endswith("sheet4.xml"):
                content = content.replace(b"</sheetData>", blanks + b"</sheetData>")
            parts.writestr(part, content)

    assert told(padded) == [("岗位", None, "too_many_rows")]


def test_some_thousand_blank_rows_do_no_harm(save: Callable[[Sheets], Path]) -> None:
    sheets = sound()
    sheets["岗位"] += [*blank_rows(5000), ["C1-G2", "网格员", "己六", "106"]]

    assert len(read_workbook(save(sheets)).appointments) == 6


def test_control_signs_and_line_breaks_do_not_get_into_names(
    save: Callable[[Sheets], Path],
) -> None:
    sheets = sound()
    sheets["街道"][1][1] = " 云栖\n街道\u202e "

    assert read_workbook(save(sheets)).units[0].name == "云栖 街道"


def test_an_error_value_of_excel_is_told(tmp_path: Path) -> None:
    path = tmp_path / "office.xlsx"
    workbook = Workbook(write_only=True)
    for name, rows in sound().items():
        worksheet = workbook.create_sheet(name)
        for row in rows:
            cells: list[Any] = [WriteOnlyCell(worksheet, value) for value in row]
            worksheet.append(cells)
            if name == "街道" and row[0] == "S":
                cells[1].value = "#REF!"
    workbook.save(path)
    broken = load_workbook(path)
    broken["街道"]["B2"] = "#REF!"
    broken.save(path)

    assert told(path) == [("街道", "B2", "excel_error")]


def test_the_result_is_frozen(save: Callable[[Sheets], Path]) -> None:
    file = read_workbook(save(sound()))

    assert isinstance(file, OrganisationFile)
    with pytest.raises(AttributeError):
        file.units = ()  # type: ignore[misc]
