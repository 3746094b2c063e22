"""The boundaries of grids in an office's file, or beside it."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.workbooks.organisation_sheets import (
    GRIDS,
)
from bot.workbooks.reading import MOST_BYTES, Reading, Row, Tables
from domain.organisation import Unit
from domain.places.grid_map import PolygonProblem, ProblemKind, geometry_to_wgs84, polygon_problems
from domain.places.points import Datum

BOUNDARIES_FILE = "boundaries.geojson"


def with_boundaries(reading: Reading, tables: Tables, units: dict[str, Unit]) -> dict[str, Unit]:
    """Give the units their boundaries, those of the sheet or of the file beside it."""
    beside = _boundaries_beside(reading)
    rows = {row.get("code"): row for row in tables[GRIDS.key] if row.get("code")}
    for code in beside.keys() - rows.keys():
        reading.report_sheet(BOUNDARIES_FILE, "boundary_of_nothing", code=code)
    converted: dict[str, dict[str, Any]] = {}
    for code, row in rows.items():
        given = row.get("boundary", None)
        if given is not None and code in beside:
            reading.report(row, "boundary", "boundary_twice", file=BOUNDARIES_FILE)
        given = given or beside.get(code)
        datum = row.get("datum", None)
        if given is None:
            continue
        if datum is None:
            if "datum" not in row.wrong:
                reading.report(row, "datum", "datum_missing")
            continue
        geometry = _converted(reading, row, code, given, datum)
        if geometry is not None:
            converted[code] = geometry
    for problem in polygon_problems(converted, datum=Datum.WGS84):
        _report_polygon(reading, rows[problem.code], problem)
    return {
        code: replace(unit, boundary=converted.get(code)) if code in converted else unit
        for code, unit in units.items()
    }


def _converted(
    reading: Reading, row: Row, code: str, given: Mapping[str, Any], datum: Datum
) -> dict[str, Any] | None:
    try:
        # As it will come back from the database: lists, no tuples.
        geometry: dict[str, Any] = json.loads(json.dumps(geometry_to_wgs84(given, datum)))
        return geometry
    except ValueError:
        for problem in polygon_problems({code: given}, datum=datum):
            _report_polygon(reading, row, problem)
        return None


def _report_polygon(reading: Reading, row: Row, problem: PolygonProblem) -> None:
    spot = f"{problem.at.latitude:.6f}, {problem.at.longitude:.6f}" if problem.at else ""
    key = f"polygon_{problem.kind.value}"
    if problem.kind is ProblemKind.OVERLAP:
        reading.report(row, "boundary", key, other=problem.other, spot=spot)
    elif problem.kind is ProblemKind.SELF_INTERSECTION:
        reading.report(row, "boundary", key, spot=spot)
    else:
        reading.report(row, "boundary", key)


def _boundaries_beside(reading: Reading) -> dict[str, dict[str, Any]]:
    """Read the file of boundaries, if there is one, by grid code."""
    path = reading.path.with_name(BOUNDARIES_FILE)
    if not path.exists():
        return {}
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError("too large")
        features = json.loads(path.read_text(encoding="utf-8-sig"))["features"]
        return {str(one["properties"]["code"]): one["geometry"] for one in features}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        reading.report_sheet(BOUNDARIES_FILE, "boundaries_file")
        return {}
