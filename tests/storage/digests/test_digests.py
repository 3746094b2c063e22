"""What a week is counted from is found by index, however long the history is."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import event

from domain.digests.digest import Week
from domain.organisation import Unit, UnitKind
from storage.database import Database
from storage.digests.digests import list_cases, list_opinions

BEGINS = datetime(2026, 11, 15, 16, tzinfo=UTC)
WEEK = Week(key="2026-W47", begins=BEGINS, ends=BEGINS + timedelta(days=7))
COMMUNITIES = [f"C{number}" for number in range(20)]
GRID = Unit(code="G", kind=UnitKind.GRID, parent="C", name="网格", name_en="Grid")
STREET = Unit(code="S", kind=UnitKind.STREET, parent=None, name="街道", name_en="Street")


async def test_no_query_of_a_week_walks_through_the_history(database: Database) -> None:
    if not database.is_sqlite:
        return  # PostgreSQL plans by what it has counted
    asked: list[tuple[str, Any]] = []

    async with database.read() as tx:
        connection = tx.connection.sync_connection
        assert connection is not None

        def note(_c: Any, _cursor: Any, statement: str, values: Any, *_more: Any) -> None:
            asked.append((statement, values))

        event.listen(connection, "before_cursor_execute", note)
        for unit in (GRID, STREET):
            await list_cases(tx, unit, WEEK, COMMUNITIES)
            await list_opinions(tx, unit, BEGINS - timedelta(weeks=4), WEEK.ends, COMMUNITIES)
        event.remove(connection, "before_cursor_execute", note)
        plans = [
            row[3]
            for statement, values in asked
            for row in await tx.connection.exec_driver_sql(
                f"EXPLAIN QUERY PLAN {statement}", values
            )
            if "matters" in row[3]
        ]

    assert len(plans) == 6
    for plan in plans:
        assert "SEARCH" in plan
        assert any(
            f"{unit}_{column}" in plan
            for unit in ("grid", "community")
            for column in ("filed", "closed", "state")
        ), plan
