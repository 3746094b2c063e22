"""Points in WGS-84, and the shifted datums of Chinese maps.

Linli stores WGS-84 only. Amap and Tencent draw in GCJ-02, Baidu in BD-09; both lie hundreds of
metres off, so every coordinate is converted where it comes in or goes out, and a `Point` is always
WGS-84.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import asin, atan2, cos, hypot, isfinite, pi, radians, sin, sqrt
from urllib.parse import quote

#: Mean radius of the Earth in metres. Source: IUGG.
_EARTH_RADIUS = 6_371_008.8
METRES_PER_DEGREE = _EARTH_RADIUS * pi / 180
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
        if not is_on_earth(self.latitude, self.longitude):
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
# GCJ-02 as published in many open implementations (first: "EvilTransform", 2010): the Krasovsky
# 1940 ellipsoid and a sum of sines. BD-09 adds a turn and an offset on top.
_SEMI_MAJOR_AXIS = 6_378_245.0
_ECCENTRICITY_SQUARED = 0.00669342162296594323
_BD09_TURN = pi * 3000 / 180


def is_on_earth(latitude: float, longitude: float) -> bool:
    """Tell whether two numbers of degrees name a place."""
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
