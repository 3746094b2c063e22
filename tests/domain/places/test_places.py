"""Datums, links and grid borders."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from math import cos, inf, nan, radians
from pathlib import Path
from time import process_time
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.places.grid_map import (
    GridMap,
    GridMapError,
    Located,
    ProblemKind,
    geometry_to_wgs84,
    polygon_problems,
)
from domain.places.points import (
    Coordinates,
    Datum,
    MapService,
    Point,
    distance_metres,
    from_wgs84,
    map_link,
    to_wgs84,
)


def at(latitude: float, longitude: float) -> Point:
    return Point(latitude=latitude, longitude=longitude)


TIANANMEN = at(39.90734, 116.39089)

#: Well inside China, and well outside the rectangle that is shifted.
in_china = st.builds(Point, latitude=st.floats(18, 53.6), longitude=st.floats(73.5, 135.1))
abroad = st.builds(
    Point, latitude=st.floats(-90, 90), longitude=st.floats(-180, 71.8) | st.floats(138, 180)
)
shifting = st.sampled_from([Datum.GCJ02, Datum.BD09])


# --- Points and datums ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [(90.1, 0), (-90.1, 0), (0, 180.1), (0, -180.1), (nan, 0), (0, inf), (116.39, 39.9)],
)
def test_a_place_that_is_not_on_earth_is_refused(latitude: float, longitude: float) -> None:
    with pytest.raises(ValueError, match="there is no place"):
        at(latitude, longitude)
    with pytest.raises(ValueError, match="there is no place"):
        to_wgs84(latitude, longitude, Datum.GCJ02)


@pytest.mark.parametrize(
    ("wgs84", "gcj02"),
    [
        # Tiananmen; then the pairs with which the open implementations test themselves:
        # googollee/eviltransform (Shanghai, Shenzhen, Beijing) and wandergis/coordtransform.
        ((39.90734, 116.39089), (39.90874, 116.39713)),
        ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
        ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
        ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),
        ((39.915, 116.404), (39.91640428150164, 116.41024449916938)),
    ],
)
def test_gcj02_agrees_with_the_published_pairs(wgs84: Coordinates, gcj02: Coordinates) -> None:
    assert from_wgs84(at(*wgs84), Datum.GCJ02) == pytest.approx(gcj02, abs=1e-5)
    assert distance_metres(to_wgs84(*gcj02, Datum.GCJ02), at(*wgs84)) < 1


@pytest.mark.parametrize(
    ("gcj02", "bd09"),
    [
        ((39.915, 116.404), (39.92133699351021, 116.41036949371029)),  # coordtransform
        ((39.90865673957631, 116.39762729119315), (39.915, 116.404)),
    ],
)
def test_bd09_agrees_with_the_published_pairs(gcj02: Coordinates, bd09: Coordinates) -> None:
    place = to_wgs84(*gcj02, Datum.GCJ02)

    assert from_wgs84(place, Datum.BD09) == pytest.approx(bd09, abs=1e-5)
    assert distance_metres(to_wgs84(*bd09, Datum.BD09), place) < 1


@given(place=in_china, datum=shifting)
def test_there_and_back_is_the_same_place(place: Point, datum: Datum) -> None:
    shifted = from_wgs84(place, datum)

    assert distance_metres(to_wgs84(*shifted, datum), place) < 0.01


@pytest.mark.parametrize("datum", [Datum.GCJ02, Datum.BD09])
@pytest.mark.parametrize(
    "city", [(39.9, 116.4), (31.2, 121.5), (34.75, 113.6), (30.7, 104.1), (23.1, 113.3)]
)
def test_in_cities_the_datums_lie_apart_by_hundreds_of_metres(
    city: tuple[float, float], datum: Datum
) -> None:
    place = at(*city)

    assert 200 < distance_metres(at(*from_wgs84(place, datum)), place) < 2000


@given(place=in_china)
def test_no_datum_lies_further_off_than_two_kilometres(place: Point) -> None:
    for datum in (Datum.GCJ02, Datum.BD09):
        assert distance_metres(at(*from_wgs84(place, datum)), place) < 2000
    assert from_wgs84(place, Datum.WGS84) == (place.latitude, place.longitude)


@given(place=abroad, datum=st.sampled_from(Datum))
def test_nothing_is_shifted_abroad(place: Point, datum: Datum) -> None:
    plain = (place.latitude, place.longitude)

    assert from_wgs84(place, datum) == plain
    assert to_wgs84(*plain, datum) == place


def test_distances_are_those_of_the_globe() -> None:
    shanghai = at(31.2304, 121.4737)

    assert distance_metres(TIANANMEN, TIANANMEN) == 0
    # One degree of a meridian, and Beijing to Shanghai as atlases give it (about 1,070 km).
    assert distance_metres(at(30, 110), at(31, 110)) == pytest.approx(111_195, abs=1)
    assert distance_metres(TIANANMEN, shanghai) == pytest.approx(1_067_000, rel=0.005)
    assert distance_metres(at(0, -179.9), at(0, 179.9)) == pytest.approx(22_239, abs=1)
    assert distance_metres(at(90, 0), at(-90, 77)) == pytest.approx(20_015_115, abs=1)


# --- Links ------------------------------------------------------------------------------------

LABEL = "3号楼;路灯:坏了,请 看 (A&B)#1"


def _query(link: str) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(link).query).items()}


def test_amap_is_given_gcj02_with_the_longitude_first() -> None:
    link = map_link(TIANANMEN, MapService.AMAP, LABEL)

    assert link.startswith("https://uri.amap.com/marker?")
    assert _query(link)["position"] == "116.397131,39.908741"
    assert _query(link)["coordinate"] == "gaode"
    assert _query(link)["name"] == LABEL


def test_baidu_is_given_bd09_with_the_latitude_first() -> None:
    link = map_link(TIANANMEN, MapService.BAIDU, LABEL)

    assert link.startswith("https://api.map.baidu.com/marker?")
    assert _query(link)["location"] == "39.915083,116.403504"
    assert _query(link)["coord_type"] == "bd09ll"
    assert _query(link)["title"] == LABEL


def test_tencent_is_given_gcj02_and_no_sign_that_splits_its_marker() -> None:
    link = map_link(TIANANMEN, MapService.TENCENT, LABEL)

    marker = dict(part.split(":") for part in _query(link)["marker"].split(";"))

    assert link.startswith("https://apis.map.qq.com/uri/v1/marker?")
    assert marker["coord"] == "39.908741,116.397131"
    assert marker["title"] == "3号楼 路灯 坏了 请 看 (A&B)#1"


def test_other_maps_are_given_wgs84() -> None:
    openstreetmap = map_link(TIANANMEN, MapService.OPENSTREETMAP, LABEL)
    geo = map_link(TIANANMEN, MapService.GEO, LABEL)

    assert _query(openstreetmap) == {"mlat": "39.907340", "mlon": "116.390890"}
    assert geo.startswith("geo:39.907340,116.390890?q=39.907340,116.390890(")
    assert unquote(geo).endswith(f"({LABEL})")


@given(place=in_china | abroad, service=st.sampled_from(MapService), label=st.text(max_size=40))
def test_no_label_breaks_a_link(place: Point, service: MapService, label: str) -> None:
    label = label.encode("utf-8", "ignore").decode()

    link = map_link(place, service, label)

    assert re.fullmatch(r"[!-~]+", link)
    assert len(urlsplit(link).fragment) == 0 or service is MapService.OPENSTREETMAP
    assert ("callnative" in _query(link)) is (service is MapService.AMAP)


# --- Grids ------------------------------------------------------------------------------------

ORIGIN = at(30.5, 114.3)
_METRES = 111_195.0


def shifted(east: float, north: float) -> Point:
    """The place so many metres east and north of the origin of the test street."""
    return at(
        ORIGIN.latitude + north / _METRES,
        ORIGIN.longitude + east / (_METRES * cos(radians(ORIGIN.latitude))),
    )


def ring(*corners: tuple[float, float], datum: Datum = Datum.WGS84) -> list[list[float]]:
    """A closed ring of corners in metres, as GeoJSON positions."""
    points = [shifted(*corner) for corner in (*corners, corners[0])]
    return [list(reversed(from_wgs84(point, datum))) for point in points]


def box(west: float, south: float, size: float = 200) -> list[tuple[float, float]]:
    return [(west, south), (west + size, south), (west + size, south + size), (west, south + size)]


def polygon(*rings: list[list[float]]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def chessboard(datum: Datum) -> dict[str, dict[str, Any]]:
    """Nine grids of 200 by 200 metres, three by three; the code is column, then row."""
    return {
        f"{column}{row}": polygon(ring(*box(column * 200, row * 200), datum=datum))
        for column in range(3)
        for row in range(3)
    }


BOARD = GridMap(chessboard(Datum.WGS84), datum=Datum.WGS84)


def test_a_place_well_inside_a_grid_is_in_it() -> None:
    found = BOARD.locate(shifted(100, 300))

    assert found == Located(code="01", nearest="01", distance_metres=0.0)
    assert not found.is_outside


def test_near_a_border_one_asks_with_the_nearest_grid_first() -> None:
    found = BOARD.locate(shifted(180, 100))

    assert found.code is None
    assert found.candidates == ("00", "10")
    assert found.nearest == "00"
    assert not found.is_outside


def test_near_a_corner_one_asks_about_all_that_meet_there() -> None:
    assert set(BOARD.locate(shifted(199, 201)).candidates) == {"00", "01", "10", "11"}


def test_just_outside_one_asks_about_the_grid_next_to_it() -> None:
    found = BOARD.locate(shifted(-20, 100))

    assert found.candidates == ("00",)
    assert found.distance_metres == pytest.approx(20, abs=0.1)


def test_outside_one_learns_how_far_the_nearest_grid_is() -> None:
    found = BOARD.locate(shifted(-250, 100))

    assert found.is_outside
    assert found.nearest == "00"
    assert found.distance_metres == pytest.approx(250, abs=0.5)


def test_another_city_is_outside_and_far_away() -> None:
    found = BOARD.locate(at(31.2304, 121.4737))  # Shanghai, seen from Wuhan

    assert found.is_outside
    assert found.distance_metres == pytest.approx(
        distance_metres(shifted(600, 600), at(31.2304, 121.4737)), rel=0.001
    )


@pytest.mark.parametrize(
    ("east", "candidates"), [(169.5, ()), (170.5, ("00", "10")), (229.5, ("10", "00"))]
)
def test_one_asks_from_thirty_metres_before_a_border(
    east: float, candidates: tuple[str, ...]
) -> None:
    assert BOARD.locate(shifted(east, 100)).candidates == candidates


def test_how_near_a_border_is_can_be_chosen() -> None:
    exact = GridMap(chessboard(Datum.WGS84), datum=Datum.WGS84, near_border_metres=0.5)

    assert exact.locate(shifted(199, 100)).code == "00"


spots = st.tuples(st.floats(-100, 700), st.floats(-100, 700))


@given(spot=spots, datum=st.sampled_from(Datum))
def test_every_spot_of_the_board_is_found_where_arithmetic_puts_it(
    spot: tuple[float, float], datum: Datum
) -> None:
    board = GridMap(chessboard(datum), datum=datum)

    found = board.locate(shifted(*spot))

    for code in chessboard(datum):
        west, south = int(code[0]) * 200, int(code[1]) * 200
        away = (
            max(west - spot[0], spot[0] - west - 200, 0),
            max(south - spot[1], spot[1] - south - 200, 0),
        )
        distance = (away[0] ** 2 + away[1] ** 2) ** 0.5
        if distance < 29.5:
            assert code in (found.code, *found.candidates)
        if distance > 30.5:
            assert code not in (found.code, *found.candidates)


def test_a_map_drawn_in_gcj02_is_read_as_gcj02() -> None:
    drawn = chessboard(Datum.GCJ02)

    right = GridMap(drawn, datum=Datum.GCJ02).locate(shifted(300, 300))
    wrong = GridMap(drawn, datum=Datum.WGS84).locate(shifted(300, 300))

    assert right.code == "11"
    assert wrong.code != "11"


def test_a_hole_belongs_to_the_grid_that_fills_it_or_to_none() -> None:
    ringed = polygon(ring(*box(0, 0, 600)), ring(*box(200, 200)))
    empty = GridMap({"around": ringed}, datum=Datum.WGS84)
    filled = GridMap({"around": ringed, "inside": polygon(ring(*box(200, 200)))}, datum=Datum.WGS84)

    assert empty.locate(shifted(300, 300)).is_outside
    assert empty.locate(shifted(300, 300)).distance_metres == pytest.approx(100, abs=0.5)
    assert empty.locate(shifted(100, 100)).code == "around"
    assert filled.locate(shifted(300, 300)).code == "inside"
    assert filled.locate(shifted(205, 300)).candidates == ("inside", "around")


def test_a_grid_may_lie_in_two_parts() -> None:
    parts = {
        "type": "MultiPolygon",
        "coordinates": [[ring(*box(0, 0))], [ring(*box(1000, 0))]],
    }
    both = GridMap({"split": {"type": "Feature", "geometry": parts}}, datum=Datum.WGS84)

    assert both.locate(shifted(100, 100)).code == "split"
    assert both.locate(shifted(1100, 100)).code == "split"
    assert both.locate(shifted(600, 100)).is_outside


def test_a_street_without_boundaries_has_everybody_outside() -> None:
    nowhere = GridMap({}, datum=Datum.WGS84)

    assert len(nowhere) == 0
    assert nowhere.locate(ORIGIN) == Located()
    assert nowhere.locate(ORIGIN).is_outside


def test_a_street_of_many_grids_answers_as_a_street_of_few_does() -> None:
    """A point is compared with what lies near it, not with every grid of the street."""

    def cost(side: int) -> float:
        board = GridMap(
            {
                f"{column}-{row}": polygon(ring(*box(column * 200, row * 200)))
                for column in range(side)
                for row in range(side)
            },
            datum=Datum.WGS84,
        )
        began = process_time()
        for step in range(200):
            board.locate(shifted(step % side * 200 + 50, step % side * 200 + 50))
        return process_time() - began

    few, many = (min(cost(side) for _ in range(5)) for side in (3, 12))

    assert many < 4 * few


def test_two_grids_that_overlap_are_both_offered() -> None:
    board = GridMap(
        {"a": polygon(ring(*box(0, 0))), "b": polygon(ring(*box(100, 0)))}, datum=Datum.WGS84
    )

    assert board.locate(shifted(150, 100)).candidates == ("a", "b")


# --- What can be wrong with a boundary --------------------------------------------------------


def test_a_good_street_has_no_problems() -> None:
    assert polygon_problems(chessboard(Datum.BD09), datum=Datum.BD09) == []
    assert polygon_problems({}, datum=Datum.WGS84) == []


def test_all_problems_of_a_street_are_listed_at_once() -> None:
    square = ring(*box(0, 0))
    grids: Mapping[str, Mapping[str, Any]] = {
        "a-good": polygon(square),
        "b-overlaps": polygon(ring(*box(150, 0))),
        "c-touches": polygon(ring(*box(-200, 0))),
        "d-bow-tie": polygon(ring((1000, 0), (1200, 200), (1200, 0), (1000, 200))),
        "e-line": polygon(ring((2000, 0), (2100, 0), (2200, 0))),
        "f-nothing": polygon(),
        "g-point": {"type": "Point", "coordinates": [114.3, 30.5]},
        "h-open": polygon(square[:-1]),
        "i-swapped": polygon([list(reversed(position)) for position in square]),
        "j-text": polygon([["114", "30"]] * 4),
        "k-hole-outside": polygon(ring(*box(3000, 0)), ring(*box(4000, 0, 50))),
        "l-flat": {"type": "Polygon", "coordinates": square},
        "m-none": {"type": "Feature", "geometry": None},
        "n-empty-part": {"type": "MultiPolygon", "coordinates": [[]]},
        "o-empty-ring": polygon([]),
    }

    problems = polygon_problems(grids, datum=Datum.WGS84)

    assert [(problem.code, problem.kind) for problem in problems] == [
        ("a-good", ProblemKind.OVERLAP),
        ("d-bow-tie", ProblemKind.SELF_INTERSECTION),
        ("e-line", ProblemKind.EMPTY),
        ("f-nothing", ProblemKind.EMPTY),
        ("g-point", ProblemKind.NOT_A_POLYGON),
        ("h-open", ProblemKind.OPEN_RING),
        ("i-swapped", ProblemKind.BAD_COORDINATE),
        ("j-text", ProblemKind.BAD_COORDINATE),
        ("k-hole-outside", ProblemKind.BROKEN),
        ("l-flat", ProblemKind.BAD_COORDINATE),
        ("m-none", ProblemKind.NOT_A_POLYGON),
        ("n-empty-part", ProblemKind.EMPTY),
        ("o-empty-ring", ProblemKind.EMPTY),
    ]
    assert problems[0].other == "b-overlaps"


def test_a_problem_says_where_to_look() -> None:
    grids = {
        "a": polygon(ring(*box(0, 0))),
        "b": polygon(ring(*box(150, 0))),
        "bow": polygon(ring((1000, 0), (1200, 200), (1200, 0), (1000, 200))),
    }

    overlap, crossing = polygon_problems(grids, datum=Datum.WGS84)

    assert overlap.at is not None
    assert distance_metres(overlap.at, shifted(175, 100)) < 1
    assert "10000 square metres are also in b near 30.5" in str(overlap)
    assert crossing.at is not None
    assert distance_metres(crossing.at, shifted(1100, 100)) < 1


def test_an_overlap_up_to_the_tolerance_is_taken_for_imprecise_drawing() -> None:
    grids = {"a": polygon(ring(*box(0, 0))), "b": polygon(ring(*box(199, 0)))}

    tolerated = polygon_problems(grids, datum=Datum.WGS84, overlap_tolerance_square_metres=201)
    refused = polygon_problems(grids, datum=Datum.WGS84, overlap_tolerance_square_metres=199)

    assert tolerated == []
    assert [problem.kind for problem in refused] == [ProblemKind.OVERLAP]


def test_a_map_refuses_boundaries_that_are_no_areas_all_at_once() -> None:
    grids = {
        "bow": polygon(ring((0, 0), (200, 200), (200, 0), (0, 200))),
        "good": polygon(ring(*box(500, 0))),
        "open": polygon(ring(*box(0, 0))[:-1]),
    }

    with pytest.raises(GridMapError) as refusal:
        GridMap(grids, datum=Datum.WGS84)

    assert {problem.code for problem in refusal.value.problems} == {"bow", "open"}
    assert "bow: the boundary crosses" in str(refusal.value)


@pytest.mark.parametrize("datum", list(Datum))
def test_a_boundary_is_converted_on_import(datum: Datum) -> None:
    drawn = {"type": "MultiPolygon", "coordinates": [[ring(*box(0, 0), datum=datum)]] * 2}

    converted = geometry_to_wgs84(drawn, datum)

    assert converted["type"] == "MultiPolygon"
    for part in converted["coordinates"]:
        for position, expected in zip(part[0], ring(*box(0, 0)), strict=True):
            assert position == pytest.approx(tuple(expected), abs=1e-8)
    assert geometry_to_wgs84(polygon(ring(*box(0, 0))), datum)["type"] == "Polygon"


def test_a_boundary_in_wgs84_stays_where_it_is_with_its_corners() -> None:
    ring = [[113.0, 34.0], [113.01, 34.0], [113.01, 34.01], [113.0, 34.0]]
    one = {"type": "Polygon", "coordinates": [ring]}
    two = {"type": "MultiPolygon", "coordinates": [[ring], [ring]]}

    for boundary in (one, two):
        kept = json.loads(json.dumps(geometry_to_wgs84(boundary, Datum.WGS84)))
        assert kept == boundary


def test_a_boundary_that_is_none_cannot_be_converted() -> None:
    with pytest.raises(ValueError, match="a Polygon or a MultiPolygon is needed"):
        geometry_to_wgs84({"type": "LineString", "coordinates": []}, Datum.GCJ02)


def test_shapely_is_imported_on_use_only() -> None:
    code = (
        "import sys; from domain.places.points import Point, map_link, MapService;"
        "map_link(Point(latitude=30, longitude=114), MapService.AMAP, 'x');"
        "sys.exit('shapely' in sys.modules)"
    )

    finished = subprocess.run(
        [sys.executable, "-c", code], check=False, cwd=Path(__file__).parents[3]
    )

    assert finished.returncode == 0
