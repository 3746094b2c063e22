"""Places: points in WGS-84, the shifted datums of Chinese maps, grid borders, street-level names.

Linli stores WGS-84 only. Amap and Tencent draw in GCJ-02, Baidu in BD-09; both lie hundreds of
metres off, so every coordinate is converted where it comes in or goes out, and a `Point` is always
WGS-84. Shapely is heavy to import and therefore imported on use.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import asin, atan2, cos, hypot, inf, isfinite, pi, radians, sin, sqrt
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from domain.words.plaintext import normal

if TYPE_CHECKING:
    from shapely import MultiPolygon
    from shapely.geometry.base import BaseGeometry

#: Mean radius of the Earth in metres. Source: IUGG.
_EARTH_RADIUS = 6_371_008.8
_METRES_PER_DEGREE = _EARTH_RADIUS * pi / 180

#: Latitude and longitude, in this order, in whatever datum the context names.
Coordinates = tuple[float, float]


class Datum(StrEnum):
    """What a pair of coordinates is measured against."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


class MapService(StrEnum):
    """A map that a link can open."""

    AMAP = "amap"
    BAIDU = "baidu"
    TENCENT = "tencent"
    OPENSTREETMAP = "openstreetmap"
    GEO = "geo"


@dataclass(frozen=True, kw_only=True, slots=True)
class Point:
    """A place on Earth, in degrees, always WGS-84.

    Raises:
        ValueError: a coordinate is no number, or lies outside ±90 or ±180 degrees.
    """

    latitude: float
    longitude: float

    def __post_init__(self) -> None:
        if not _is_on_earth(self.latitude, self.longitude):
            raise ValueError(f"there is no place at {self.latitude}, {self.longitude}")


def to_wgs84(latitude: float, longitude: float, datum: Datum) -> Point:
    """Convert coordinates to a point; exact to a few centimetres within China.

    Within some hundred metres of the rectangle that the datum shifts, the inverse is ambiguous; no
    part of China lies there.

    Raises:
        ValueError: the coordinates are not on Earth.
    """
    given = Point(latitude=latitude, longitude=longitude)
    if datum is Datum.WGS84 or not _is_shifted(latitude, longitude, margin=0.1):
        return given
    shifted = (latitude, longitude)
    if datum is Datum.BD09:
        shifted = _inverse(_bd09_from_gcj02, shifted)
    found = _inverse(_gcj02_from_wgs84, shifted)
    return Point(latitude=found[0], longitude=found[1]) if _is_shifted(*found) else given


def from_wgs84(point: Point, datum: Datum) -> Coordinates:
    """Give a point's latitude and longitude in a datum; outside China nothing is shifted."""
    plain = (point.latitude, point.longitude)
    if datum is Datum.WGS84 or not _is_shifted(*plain):
        return plain
    shifted = _gcj02_from_wgs84(*plain)
    return shifted if datum is Datum.GCJ02 else _bd09_from_gcj02(*shifted)


def distance_metres(a: Point, b: Point) -> float:
    """Measure the great-circle distance of two points."""
    phi_a, phi_b = radians(a.latitude), radians(b.latitude)
    half_chord = (
        sin((phi_b - phi_a) / 2) ** 2
        + cos(phi_a) * cos(phi_b) * sin(radians(b.longitude - a.longitude) / 2) ** 2
    )
    return 2 * _EARTH_RADIUS * asin(min(1.0, sqrt(half_chord)))


def map_link(point: Point, service: MapService, label: str) -> str:
    """Write the URI that shows a point with a label on a map, in the datum of that map.

    Sources: Amap URI API (``marker``), Baidu Maps URI API (``marker``, ``bd09ll``), Tencent
    Location Service URI API (``uri/v1/marker``), RFC 5870 with the label that Android reads.
    """
    latitude, longitude = (f"{degrees:.6f}" for degrees in from_wgs84(point, _DATUM_OF[service]))
    # Tencent splits the marker at these signs after decoding, so no encoding can save them.
    name = quote(re.sub(r"[;:,]", " ", label) if service is MapService.TENCENT else label, safe="")
    match service:
        case MapService.AMAP:
            return (
                f"https://uri.amap.com/marker?position={longitude},{latitude}&name={name}"
                "&coordinate=gaode&callnative=1&src=linli"
            )
        case MapService.BAIDU:
            return (
                f"https://api.map.baidu.com/marker?location={latitude},{longitude}&title={name}"
                f"&content={name}&coord_type=bd09ll&output=html&src=webapp.linli.linli"
            )
        case MapService.TENCENT:
            return (
                f"https://apis.map.qq.com/uri/v1/marker?marker=coord:{latitude},{longitude}"
                f";title:{name};addr:{name}&referer=linli"
            )
        case MapService.OPENSTREETMAP:
            return (
                f"https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}"
                f"#map=18/{latitude}/{longitude}"
            )
        case MapService.GEO:
            return f"geo:{latitude},{longitude}?q={latitude},{longitude}({name})"


_DATUM_OF: Mapping[MapService, Datum] = {
    MapService.AMAP: Datum.GCJ02,
    MapService.BAIDU: Datum.BD09,
    MapService.TENCENT: Datum.GCJ02,
    MapService.OPENSTREETMAP: Datum.WGS84,
    MapService.GEO: Datum.WGS84,
}


# --- Datums -----------------------------------------------------------------------------------

# GCJ-02 as published in many open implementations (first: "EvilTransform", 2010): the Krasovsky
# 1940 ellipsoid and a sum of sines. BD-09 adds a turn and an offset on top.
_SEMI_MAJOR_AXIS = 6_378_245.0
_ECCENTRICITY_SQUARED = 0.00669342162296594323
_BD09_TURN = pi * 3000 / 180


def _is_on_earth(latitude: float, longitude: float) -> bool:
    if not (isfinite(latitude) and isfinite(longitude)):
        return False
    return abs(latitude) <= 90 and abs(longitude) <= 180


def _is_shifted(latitude: float, longitude: float, *, margin: float = 0.0) -> bool:
    """Tell whether the published algorithm shifts a place: a rectangle around China."""
    return (
        0.8293 - margin <= latitude <= 55.8271 + margin
        and 72.004 - margin <= longitude <= 137.8347 + margin
    )


def _gcj02_from_wgs84(latitude: float, longitude: float) -> Coordinates:
    x, y = longitude - 105.0, latitude - 35.0
    waves = 20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    north += (waves + 20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3
    north += (160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    east += (waves + 20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3
    east += (150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    phi = radians(latitude)
    flattening = 1 - _ECCENTRICITY_SQUARED * sin(phi) ** 2
    meridian = _SEMI_MAJOR_AXIS * (1 - _ECCENTRICITY_SQUARED) / flattening**1.5
    parallel = _SEMI_MAJOR_AXIS / sqrt(flattening) * cos(phi)
    return latitude + north / (meridian * pi / 180), longitude + east / (parallel * pi / 180)


def _bd09_from_gcj02(latitude: float, longitude: float) -> Coordinates:
    radius = hypot(longitude, latitude) + 0.00002 * sin(latitude * _BD09_TURN)
    angle = atan2(latitude, longitude) + 0.000003 * cos(longitude * _BD09_TURN)
    return radius * sin(angle) + 0.006, radius * cos(angle) + 0.0065


def _inverse(shift: Callable[[float, float], Coordinates], target: Coordinates) -> Coordinates:
    """Find what a shift moves to a target, to about a millimetre.

    The shift changes slowly, so each round leaves a hundredth of the error; four are enough.
    """
    latitude, longitude = target
    for _ in range(8):
        reached = shift(latitude, longitude)
        missing = (target[0] - reached[0], target[1] - reached[1])
        latitude, longitude = latitude + missing[0], longitude + missing[1]
        if max(abs(missing[0]), abs(missing[1])) < 1e-9:
            break
    return latitude, longitude


# --- Grid polygons ----------------------------------------------------------------------------


class ProblemKind(StrEnum):
    """What is wrong with a grid's boundary."""

    NOT_A_POLYGON = "not_a_polygon"
    EMPTY = "empty"
    BAD_COORDINATE = "bad_coordinate"
    OPEN_RING = "open_ring"
    SELF_INTERSECTION = "self_intersection"
    BROKEN = "broken"
    OVERLAP = "overlap"


@dataclass(frozen=True, kw_only=True, slots=True)
class PolygonProblem:
    """One thing to correct in the boundary of a grid; as text, a sentence for the importer."""

    code: str
    kind: ProblemKind
    detail: str
    other: str | None = None
    """The grid that this one overlaps."""
    at: Point | None = None
    """A place to look at on a map."""

    def __str__(self) -> str:
        place = f" near {self.at.latitude:.6f}, {self.at.longitude:.6f}" if self.at else ""
        return f"{self.code}: {self.detail}{place}"


class GridMapError(ValueError):
    """Raised when boundaries cannot be used; ``problems`` names all of them at once."""

    def __init__(self, problems: Sequence[PolygonProblem]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = tuple(problems)


@dataclass(frozen=True, kw_only=True, slots=True)
class Located:
    """Where a point lies: surely in one grid, near a border so that one must ask, or outside."""

    code: str | None = None
    """The grid, if there is no doubt."""
    candidates: tuple[str, ...] = ()
    """The grids to choose from, the nearest first; one alone if the point is just outside it."""
    nearest: str | None = None
    """The grid that is nearest; None only for a map without grids."""
    distance_metres: float = inf
    """The way to the nearest grid; 0 inside."""

    @property
    def is_outside(self) -> bool:
        """Tell whether the point is in no grid and near none: another street or another city."""
        return self.code is None and not self.candidates


class GridMap:
    """The grids of a street as areas, to find whose a place is.

    Args:
        polygons: GeoJSON geometry per grid code: a Polygon or MultiPolygon (with holes), positions
            as longitude and latitude; a Feature around it is looked through.
        datum: what the polygons are measured against.
        near_border_metres: how near another grid's border one has to ask; phones err by so much.

    Raises:
        GridMapError: a boundary that is no area. Grids that overlap are taken: there one asks.
    """

    def __init__(
        self,
        polygons: Mapping[str, Mapping[str, Any]],
        *,
        datum: Datum,
        near_border_metres: float = 30.0,
    ) -> None:
        from shapely import STRtree

        self.near_border_metres = near_border_metres
        plane, areas, problems = _read(polygons, datum)
        if problems:
            raise GridMapError(problems)
        self._plane = plane
        self._codes = tuple(areas)
        self._areas = tuple(areas.values())
        self._tree = STRtree(self._areas)

    def __len__(self) -> int:
        return len(self._codes)

    def locate(self, point: Point) -> Located:
        """Find the grid of a point, or the grids to ask about, or how far away the nearest is."""
        from shapely import Point as Spot

        if not self._codes:
            return Located()
        spot = Spot(self._plane.project(point.latitude, point.longitude))
        within = self._tree.query(spot, predicate="dwithin", distance=self.near_border_metres)
        near = sorted((self._areas[place].distance(spot), self._codes[place]) for place in within)
        if not near:
            return self._far_from(spot, point)
        distance, nearest = near[0]
        if len(near) == 1 and distance == 0:
            return Located(code=nearest, nearest=nearest, distance_metres=0.0)
        candidates = tuple(code for _, code in near)
        return Located(candidates=candidates, nearest=nearest, distance_metres=distance)

    def _far_from(self, spot: "BaseGeometry", point: Point) -> Located:
        from shapely.ops import nearest_points

        place = int(self._tree.nearest(spot))
        border, _ = nearest_points(self._areas[place], spot)
        # The plane is true near the street only; another city may be a thousand kilometres away.
        distance = distance_metres(self._plane.unproject(border.x, border.y), point)
        return Located(nearest=self._codes[place], distance_metres=distance)


def polygon_problems(
    polygons: Mapping[str, Mapping[str, Any]],
    *,
    datum: Datum,
    overlap_tolerance_square_metres: float = 100.0,
) -> list[PolygonProblem]:
    """List everything that is wrong with a street's boundaries, sorted by grid code.

    Args:
        polygons: as for `GridMap`.
        overlap_tolerance_square_metres: a common area of two grids up to this size is taken for
            imprecise drawing.
    """
    plane, areas, problems = _read(polygons, datum)
    problems += _overlaps(areas, plane, overlap_tolerance_square_metres)
    return sorted(problems, key=lambda problem: (problem.code, problem.kind, problem.other or ""))


def geometry_to_wgs84(geometry: Mapping[str, Any], datum: Datum) -> dict[str, Any]:
    """Convert a GeoJSON Polygon or MultiPolygon to WGS-84, positions as longitude and latitude.

    Raises:
        ValueError: it is no such geometry; `polygon_problems` says more.
    """
    shells = _shells(geometry)
    parts = [[_ring_to_wgs84(ring, datum) for ring in rings] for rings in shells]
    if len(parts) == 1:
        return {"type": "Polygon", "coordinates": parts[0]}
    return {"type": "MultiPolygon", "coordinates": parts}


@dataclass(frozen=True, slots=True)
class _Plane:
    """A flat map in metres around a point; true to a few parts in ten thousand over a town."""

    latitude: float
    longitude: float

    def project(self, latitude: float, longitude: float) -> tuple[float, float]:
        stretch = cos(radians(self.latitude)) * _METRES_PER_DEGREE
        return (
            (longitude - self.longitude) * stretch,
            (latitude - self.latitude) * _METRES_PER_DEGREE,
        )

    def unproject(self, x: float, y: float) -> Point:
        stretch = cos(radians(self.latitude)) * _METRES_PER_DEGREE
        return Point(
            latitude=self.latitude + y / _METRES_PER_DEGREE,
            longitude=self.longitude + x / stretch,
        )

    @classmethod
    def around(cls, positions: Iterator[tuple[float, float]]) -> Self:
        """Centre a plane on the box around positions of longitude and latitude."""
        longitudes, latitudes = zip(*positions, strict=True)
        return cls((min(latitudes) + max(latitudes)) / 2, (min(longitudes) + max(longitudes)) / 2)


#: A ring of longitude and latitude, closed; the first of a shell is its outline, others are holes.
_Ring = list[tuple[float, float]]


class _UnreadableError(ValueError):
    """Raised while a geometry is read: what is wrong, in the terms of `ProblemKind`."""

    def __init__(self, kind: ProblemKind, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail


def _read(
    polygons: Mapping[str, Mapping[str, Any]], datum: Datum
) -> tuple[_Plane, "dict[str, MultiPolygon]", list[PolygonProblem]]:
    """Turn geometries into areas on a common plane; those with problems are left out."""
    readable: dict[str, list[list[_Ring]]] = {}
    problems = []
    for code, geometry in polygons.items():
        try:
            readable[code] = [
                [_ring_to_wgs84(ring, datum) for ring in rings] for rings in _shells(geometry)
            ]
        except _UnreadableError as error:
            problems.append(PolygonProblem(code=code, kind=error.kind, detail=error.detail))
    if not readable:
        return _Plane(0.0, 0.0), {}, problems
    positions = (
        position
        for shells in readable.values()
        for rings in shells
        for ring in rings
        for position in ring
    )
    plane = _Plane.around(positions)
    areas = {}
    for code, shells in readable.items():
        area = _area(shells, plane)
        problem = _problem_of_area(code, area, plane)
        if problem is None:
            areas[code] = area
        else:
            problems.append(problem)
    return plane, areas, problems


def _area(shells: list[list[_Ring]], plane: _Plane) -> "MultiPolygon":
    from shapely import MultiPolygon, Polygon

    parts = []
    for rings in shells:
        outline, *holes = (
            [plane.project(latitude, longitude) for longitude, latitude in ring] for ring in rings
        )
        parts.append(Polygon(outline, holes))
    return MultiPolygon(parts)


def _problem_of_area(code: str, area: "MultiPolygon", plane: _Plane) -> PolygonProblem | None:
    from shapely import is_valid_reason

    if any(part.convex_hull.area < 1 for part in area.geoms):
        return PolygonProblem(
            code=code, kind=ProblemKind.EMPTY, detail="the boundary encloses nothing"
        )
    if area.is_valid:
        return None
    reason = str(is_valid_reason(area))
    words, _, spot = reason.partition("[")
    place = [float(number) for number in spot.rstrip("]").split()]
    at = plane.unproject(*place) if len(place) == 2 else None
    if "self-intersection" in words.lower():
        kind, detail = ProblemKind.SELF_INTERSECTION, "the boundary crosses or touches itself"
    else:
        kind, detail = ProblemKind.BROKEN, f"the boundary is no area ({words.lower()})"
    return PolygonProblem(code=code, kind=kind, detail=detail, at=at)


def _overlaps(
    areas: "Mapping[str, MultiPolygon]", plane: _Plane, tolerance: float
) -> Iterator[PolygonProblem]:
    from shapely import STRtree

    codes = sorted(areas)
    shapes = [areas[code] for code in codes]
    tree = STRtree(shapes)
    for first, shape in enumerate(shapes):
        for second in sorted(int(place) for place in tree.query(shape, predicate="intersects")):
            if second <= first:
                continue
            common = shape.intersection(shapes[second])
            if common.area > tolerance:
                spot = common.representative_point()
                yield PolygonProblem(
                    code=codes[first],
                    kind=ProblemKind.OVERLAP,
                    detail=f"{common.area:.0f} square metres are also in {codes[second]}",
                    other=codes[second],
                    at=plane.unproject(spot.x, spot.y),
                )


def _ring_to_wgs84(ring: _Ring, datum: Datum) -> _Ring:
    converted = (to_wgs84(latitude, longitude, datum) for longitude, latitude in ring)
    return [(point.longitude, point.latitude) for point in converted]


def _shells(geometry: object) -> list[list[_Ring]]:
    """Read a GeoJSON geometry as shells of rings; refuses what is not one."""
    if isinstance(geometry, Mapping) and geometry.get("type") == "Feature":
        geometry = geometry.get("geometry")
    if not isinstance(geometry, Mapping) or geometry.get("type") not in _POLYGON_TYPES:
        raise _UnreadableError(ProblemKind.NOT_A_POLYGON, "a Polygon or a MultiPolygon is needed")
    coordinates = _items(geometry.get("coordinates"))
    shells = [coordinates] if geometry["type"] == "Polygon" else [_items(s) for s in coordinates]
    if not shells or not all(shells):
        raise _UnreadableError(ProblemKind.EMPTY, "the boundary has no positions")
    return [[_ring(ring) for ring in rings] for rings in shells]


_POLYGON_TYPES = frozenset({"Polygon", "MultiPolygon"})


def _ring(given: object) -> _Ring:
    ring = [_position(position) for position in _items(given)]
    if not ring:
        raise _UnreadableError(ProblemKind.EMPTY, "the boundary has no positions")
    if len(ring) < 4 or ring[0] != ring[-1]:
        raise _UnreadableError(
            ProblemKind.OPEN_RING, "a ring has four positions or more, the last like the first"
        )
    return ring


def _position(given: object) -> tuple[float, float]:
    match given:
        case [int() | float() as longitude, int() | float() as latitude, *_] if _is_on_earth(
            latitude, longitude
        ):
            return float(longitude), float(latitude)
    raise _UnreadableError(
        ProblemKind.BAD_COORDINATE,
        f"{given!r:.60} is no position; write longitude, then latitude, in degrees",
    )


def _items(given: object) -> Sequence[Any]:
    if isinstance(given, list | tuple):
        return given
    raise _UnreadableError(ProblemKind.NOT_A_POLYGON, "the coordinates are not nested lists")


# --- Street-level names -----------------------------------------------------------------------

_HAN = "\u3400-\u9fff"
_NUMERALS = "〇零一二三四五六七八九十百两甲乙丙丁"
_BUILDING_WORDS = "网格|号楼|号院|单元|号|栋|幢|座|楼|层|室|户|弄|期|门"
#: Endings that make a name a road; the guards keep 路灯, 街道 and the like from being one.
_ROAD_ENDINGS = "大街|大道|胡同|路(?![灯面由线过费政牌障])|街(?![道坊边面])|巷(?![子道])"
#: Endings that make a name a compound or another place that everybody may enter or knows.
_COMPOUND_ENDINGS = (
    "小区|花园|新村|家园|嘉园|花苑|雅苑|公寓|家属院|大院|新城|广场|公园|菜市场|农贸市场|市场|苑"
)
#: In a name these mean that the sentence, a person or a flat has slipped in: nothing is taken.
_SUSPICIOUS = re.compile(
    "号|栋|幢|单元|室|户|层|门口|楼[上下道里]|没|有|条|整|坏|找|叫|姓|租|网格|..家|家."
    "|人家|老人|病人|女人|男人|先生|女士|小姐|老师|师傅|老板|医生|阿姨|叔|伯|婶|爷|奶|爸|妈|哥|姐"
    "|嫂|弟|妹|儿子|女儿"
)
#: A sentence goes on after these; what stands before them is no part of a name.
_SPLITTERS = re.compile("[在住的了是我你他她它们这那从往去到离靠]")
#: The hundred or so most frequent family names.
_FAMILY_NAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许邓冯韩曹曾彭肖萧蔡潘田董袁于余叶蒋杜苏魏"
    "程吕丁沈任姚卢傅付钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎闫薛尹段雷黎史龙陶贺顾毛郝"
    "龚邵万钱严赖覃洪武莫孔"
)
_DIRECTIONS = frozenset("东西南北中")
_NO_NAMES = frozenset({"十字路", "丁字路", "人行路", "一条街"})
_LONGEST_HEAD = 4
_MOST_NAMES = 2

_ADMINISTRATIVE = re.compile(
    f"(?:[{_HAN}]{{2,6}}?(?:街道办事处|街道|居委会|社区)"
    f"|[^\\W路街巷园苑村]{{2,7}}?(?:特别行政区|自治区|省|市(?!场)|(?<!小)区|县|镇|乡))+"
)
_BUILDING = re.compile(f"(?:[{_NUMERALS}]*(?:{_BUILDING_WORDS}))+")
_NAME = re.compile(
    f"(?P<head>[^\\W路街巷]{{2,{_LONGEST_HEAD}}}?)(?:{_ROAD_ENDINGS}|{_COMPOUND_ENDINGS})"
)


def redact_place(text: str) -> str:
    """Reduce a free-text place to the names of its roads and compounds, at most two.

    For lists that show a case to strangers. House, building, unit and room numbers, people and
    whatever is not surely a name are dropped; an empty string means that nothing is left. Without a
    register of street names this goes by their endings, and rather loses a name than keeps a
    person's. "和平路3号楼2单元501" becomes "和平路"; words such as "near" are the wording's.
    """
    names: list[str] = []
    plain = normal(text)
    for run in re.finditer(f"[{_HAN}]+", plain):
        after_number = run.start() > 0 and plain[run.start() - 1].isalnum()
        for piece in _SPLITTERS.split(run.group()):
            names += _names_in(piece, after_number)
            after_number = False
    return "".join(list(dict.fromkeys(names))[:_MOST_NAMES])


def _names_in(piece: str, after_number: bool) -> Iterator[str]:
    """Read the names that a piece of Chinese text starts with, one directly after the other."""
    start = 0
    if after_number and (building := _BUILDING.match(piece)):
        start = building.end()
    if district := _ADMINISTRATIVE.match(piece, start):
        start = district.end()
    while found := _NAME.match(piece, start):
        name = found.group()
        if not _is_public_name(found["head"], name):
            return
        yield name
        start = found.end()
        if piece[start : start + 1] in tuple("与和跟及") and _NAME.match(piece, start + 1):
            start += 1


def _is_public_name(head: str, name: str) -> bool:
    """Tell whether a name is surely a place's: nobody's name stands before or in it."""
    if _SUSPICIOUS.search(head) or name in _NO_NAMES:
        return False
    if head[0] in "老小" and head[1] in _FAMILY_NAMES:
        return False
    if head[-1] == "家" and name[-1] not in "路街巷":
        return False  # A family's house or yard, while 张家巷 is a lane.
    # A family name, a given name and a road ("李明文化路") look like a long name of a road. With
    # two characters (黄河路) or a direction at the end (黄河中路) it is nearly always just a road.
    if head[0] in _FAMILY_NAMES and len(head) > 2:
        return len(head) == 3 and head[2] in _DIRECTIONS
    return True
