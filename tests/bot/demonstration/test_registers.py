"""The registers of the demonstration: complete, fictional, and sound by the rules of the house."""

import random
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.configuration.loading import load
from bot.configuration.street_source import StreetSource
from bot.demonstration import demo_street, registers
from domain.chain import verify
from domain.places.points import Point
from domain.registers import Entry, FieldKind, given, problems, with_categories
from domain.registry import REGISTERS
from domain.services.guide import ITEMS, item_of
from domain.services.guide_search import index_of
from domain.services.items import shortcomings
from domain.street import Street
from domain.wholes import Wholes

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)


def street(folder: Path) -> Street:
    organisation = demo_street.street_of(NOW).organisation
    return Street(StreetSource(load({}, folder)).office(organisation, NOW), organisation)


def test_every_register_is_shown_with_entries_that_could_be_published(tmp_path: Path) -> None:
    made = street(tmp_path)
    found = list(registers.entries(made, NOW, random.Random(1)))
    ids = {entry.id for entry, _ in found}

    assert {entry.register for entry, _ in found} >= {
        *("services.halls", "services.desks", "services.communities"),
        *("services.centres", "services.skills", "services.partners"),
        *("services.items", "services.documents", "services.questions"),
    }
    assert len({(one.register, one.unit, one.key) for one, _ in found}) == len(found) == len(ids)
    for entry, chain in found:
        register = with_categories(REGISTERS[entry.register], made.office.categories)
        assert problems(register, entry.fields) == (), entry.id
        assert set(entry.fields) <= {one.name for one in register.fields}, entry.id
        assert made.organisation.units[entry.unit].kind in register.units, entry.id
        assert verify(chain.fresh, chain.head) == []
        for field in register.fields:
            value = entry.get(field.name)
            if field.kind is FieldKind.ENTRY and given(entry.fields, field):
                assert value in ids, (entry.id, field.name)
            if field.options and given(entry.fields, field):
                chosen = value if isinstance(value, list) else [value]
                assert all(field.option(one) for one in chosen), (entry.id, field.name)


def test_the_halls_lie_in_the_grids_of_their_communities(tmp_path: Path) -> None:
    made = street(tmp_path)
    for entry, _ in registers.entries(made, NOW, random.Random(1)):
        point = entry.get("point")
        if point is not None and entry.unit != "S":
            grids = made.grids_at(Point(latitude=point["lat"], longitude=point["lon"]))
            assert grids, entry.id
            assert all(made.organisation.covers(entry.unit, grid) for grid in grids), entry.id


def guide_of(folder: Path) -> tuple[Wholes, Street]:
    made = street(folder)
    around: dict[str, list[Entry]] = {}
    for entry, _ in registers.entries(made, NOW, random.Random(1)):
        around.setdefault(entry.register, []).append(entry)
    return Wholes(ITEMS, REGISTERS, around, made.organisation), made


@pytest.mark.requirement("S-15")
@pytest.mark.requirement("S-17")
def test_every_item_of_the_guide_is_whole_and_says_which_steps_need_presence(
    tmp_path: Path,
) -> None:
    wholes, _ = guide_of(tmp_path)

    assert len(wholes.entries) >= 15
    for entry in wholes.entries:
        item = item_of(entry, wholes.parts(entry, NOW))
        assert shortcomings(item) == (), item.name
        assert bool(item.presence) == (item.given("visits") > 0), item.name
        assert item.questions, item.name


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("老年证怎么办", "老年人优待证办理"),
        ("社保卡丢了咋办", "社会保障卡补领换领"),
        ("我妈八十了，听说每个月有钱领？", "高龄津贴申领"),
        ("低保怎么申请", "最低生活保障申请"),
        ("残疾证在哪办", "残疾人证办理"),
        ("学校要住址证明，咋开", "居住证明开具"),
        ("养老金认证在手机上咋弄", "养老保险待遇资格认证"),
        ("新农合怎么交", "城乡居民基本医疗保险参保登记"),
        ("想申请公租房", "公共租赁住房保障资格申请"),
        ("准生证还办不办", "生育登记"),
        ("失业了去哪登记", "就业失业登记"),
        ("狗证多少钱", "养犬登记"),
        ("想给老人洗手间装扶手", "居家适老化改造申请"),
        ("居住证要啥材料", "居住证申领"),
        ("4050补贴咋领", "灵活就业社会保险补贴申领"),
        ("How do I get a senior card?", "老年人优待证办理"),
        ("I need a residence permit", "居住证申领"),
    ],
)
def test_a_question_finds_its_item_in_the_guide(tmp_path: Path, said: str, name: str) -> None:
    wholes, made = guide_of(tmp_path)
    items = [item_of(one, wholes.parts(one, NOW)) for one in wholes.entries]
    office = made.office

    found = index_of(items, office.sayings, office.model.rareness).search(said)

    assert [one.name for one in found.items[:1]] == [name]
    assert found.is_clear
