"""The grids as areas on a map: which grid a point lies in, and what is wrong with a boundary.

Shapely is heavy to import and therefore imported on use.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import cos, inf, radians
from typing import TYPE_CHECKING, Any, Self

from domain.places.points import (
    METRES_PER_DEGREE,
    Datum,
    Point,
    distance_metres,
    is_on_earth,
    to_wgs84,
)

if TYPE_CHECKING:
    from shapely import MultiPolygon
    from shapely.geometry.base import BaseGeometry


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
        stretch = cos(radians(self.latitude)) * METRES_PER_DEGREE
        return (
            (longitude - self.longitude) * stretch,
            (latitude - self.latitude) * METRES_PER_DEGREE,
        )

    def unproject(self, x: float, y: float) -> Point:
        stretch = cos(radians(self.latitude)) * METRES_PER_DEGREE
        return Point(
            latitude=self.latitude + y / METRES_PER_DEGREE,
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
        case [int() | float() as longitude, int() | float() as latitude, *_] if is_on_earth(
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
