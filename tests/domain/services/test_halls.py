"""Halls: in which order they are shown, what is asked of them, and what is answered."""

import pytest

from domain.messages import text
from domain.places.points import Point
from domain.services.centre_questions import asks_of_centres, wants_to_book
from domain.services.centres import CENTRES
from domain.services.hall_questions import (
    Asked,
    access_asked,
    access_words,
    asked_of,
    desks_asked,
    village_turned_asked,
)
from domain.services.halls import community_lines, in_order, middle_of
from domain.words.plaintext import plain_text
from tests.domain.street import organisation
from tests.services import community, desk, hall
from tests.street import EAST, STREET, WEST, square

HERE = Point(latitude=34.005, longitude=113.005)


def order(home: str | None, around: Point | None) -> list[str]:
    halls = [
        hall("street", STREET, point={"lat": 34.02, "lon": 113.005}),
        hall("near", WEST, point={"lat": 34.006, "lon": 113.005}),
        hall("own", EAST, point={"lat": 34.5, "lon": 113.5}),
        hall("unknown", WEST, name="另一个", point=None),
    ]
    return [one.id for one in in_order(halls, organisation(), home, around)]


def test_the_own_communitys_hall_comes_first_and_then_the_nearest() -> None:
    assert order("E1", HERE) == ["own", "near", "street", "unknown"]


def test_who_lives_nowhere_known_sees_the_streets_hall_first() -> None:
    assert order(None, None)[0] == "street"
    assert order("nowhere", None)[0] == "street"


def test_the_middle_of_a_grid_is_found_and_of_nothing_there_is_none() -> None:
    point = middle_of(square(113.0, 34.0))

    assert point is not None
    assert (round(point.latitude, 6), round(point.longitude, 6)) == (34.005, 113.005)
    assert middle_of(None) is None
    assert middle_of({"coordinates": []}) is None


# --- questions -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("便民大厅在哪儿啊", {Asked.ADDRESS}),
        ("办事大厅搁啥地方", {Asked.ADDRESS}),
        ("去便民服务中心咋走", {Asked.ADDRESS}),
        ("政务大厅地址发我一下", {Asked.ADDRESS}),
        ("咱社区服务中心礼拜六开门吗", {Asked.HOURS}),
        ("便民站中午休息不", {Asked.HOURS}),
        ("便民大厅现在开着没", {Asked.HOURS}),
        ("大厅的联系方式是什么", {Asked.PHONE}),
        ("便民大厅能办啥", {Asked.SERVICES}),
        ("大厅有无障碍卫生间吗", {Asked.ACCESS}),
        ("你们门口有坡道吗", {Asked.ACCESS}),
        ("我妈腿脚不方便，你们大厅有电梯吗", {Asked.ACCESS}),
        ("有没有手语服务", {Asked.ACCESS}),
        ("东园新址几点开门", {Asked.HOURS}),
    ],
)
def test_what_is_asked_of_a_hall_is_understood(said: str, asked: set[Asked]) -> None:
    assert asked <= set(asked_of(plain_text(said), ["东园新址"]))


@pytest.mark.parametrize(
    "said",
    [
        "我家小区有没有电梯坏了没人修",
        "门口的坡道坏了",
        "养老服务中心在哪",
        "人民医院大厅在哪",
        "电梯坏了",
        "小区门口想修个轮椅坡道",
        "图书馆几点开门",
        "路灯坏了",
        "我想办居住证",
    ],
)
def test_what_is_asked_of_nothing_here_is_left_alone(said: str) -> None:
    assert asked_of(plain_text(said), ["东园新址"]) == ()


@pytest.mark.parametrize(
    ("said", "facilities"),
    [
        ("有没有轮椅坡道", ["ramp"]),
        ("有轮椅借吗", ["wheelchair"]),
        ("有轮椅坡道和轮椅吗", ["ramp", "wheelchair"]),
        ("有无障碍厕所吗", ["toilet"]),
        ("方便老人进去吗", []),
    ],
)
def test_the_facilities_that_are_named_are_meant(said: str, facilities: list[str]) -> None:
    assert [one.value for one in access_asked(plain_text(said))] == facilities


def test_access_is_never_guessed() -> None:
    wanted = access_asked("有轮椅坡道和电梯吗")
    name = "东园便民服务中心"
    ramp, lift = text("halls.access_ramp"), text("halls.access_lift")

    said = [
        access_words(hall(access=access), wanted)
        for access in (None, ["ramp"], ["ramp", "lift"], ["sign"])
    ]

    assert said == [
        text("halls.access_unknown", name=name),
        text("halls.access_part", name=name, has=(ramp,), missing=(lift,)),
        text("halls.access_has", name=name, has=(ramp, lift)),
        text("halls.access_lacks", name=name, missing=(ramp, lift)),
    ]


def test_a_service_is_found_by_its_whole_name() -> None:
    desks = [desk("a", service="老年优待证"), desk("b", service="养老金资格认证")]

    assert [one.id for one in desks_asked("养老金 资格认证在几号窗口", desks)] == ["b"]
    assert desks_asked("认证在几号窗口", desks) == []


# --- communities and centres ---------------------------------------------------------------------


def test_what_was_not_given_of_a_community_is_said_to_be_so() -> None:
    lines = community_lines(community("c", EAST), None)

    assert [line.value for line in lines][1:4] == [
        text("halls.no_centre"),
        text("halls.not_given"),
        text("halls.not_given"),
    ]
    given = community_lines(community("c", EAST, investment="128.5"), None)
    assert text("halls.ten_thousand", value="128.5") in [line.value for line in given]


def test_village_turned_is_asked_for_by_its_name() -> None:
    assert village_turned_asked("哪些社区是村改居")
    assert not village_turned_asked("我们村改居了以后路没人修了真的很难走")


@pytest.mark.parametrize(
    ("said", "asks", "books"),
    [
        ("养老服务中心开门了没", True, False),
        ("社区日间照料中心怎么报名", True, True),
        ("养老院能不能住进去", True, True),
        ("养老金怎么领", False, False),
        ("医院的日间照料在哪", False, False),
    ],
)
def test_what_is_asked_of_centres_is_understood(said: str, asks: bool, books: bool) -> None:
    assert asks_of_centres(plain_text(said)) is asks
    assert wants_to_book(plain_text(said)) is books


def test_a_centre_that_runs_has_to_tell_how_to_get_there() -> None:
    assert CENTRES.check({"state": "under_way"}) == ()
    (lacks,) = CENTRES.check({"state": "running", "operator": "x", "services": "y"})
    assert lacks.fields["fields"] == (
        text("centres.address"),
        text("centres.hours"),
        text("centres.phone"),
    )
