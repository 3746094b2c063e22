"""What has the same name in a table and in a value is carried over; what is forgotten is told."""

from dataclasses import dataclass, field

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, select

from storage.rows import of_row, row_of

teas = Table(
    "teas",
    MetaData(),
    Column("name", String, primary_key=True),
    Column("cups", Integer),
    Column("sealed", String),
)


@dataclass(frozen=True, kw_only=True)
class Tea:
    name: str
    cups: int
    note: str
    tags: tuple[str, ...] = ()
    warm: bool = field(init=False, default=True)


@dataclass(frozen=True)
class Named:
    name: str


GREEN = Tea(name="龙井", cups=2, note="明前")


def kept(row: dict[str, object]) -> object:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        teas.create(connection)
        connection.execute(teas.insert(), row)
        return connection.execute(select(teas)).one()


def test_a_value_comes_back_from_its_row() -> None:
    row = kept(row_of(teas, GREEN, sealed=GREEN.note))

    assert of_row(Tea, row, note=row.sealed) == GREEN  # type: ignore[attr-defined, arg-type]
    assert of_row(Named, row) == Named("龙井")  # type: ignore[arg-type]


def test_what_is_named_goes_before_what_has_the_name() -> None:
    assert row_of(teas, GREEN, sealed="x", cups=3) == {"name": "龙井", "cups": 3, "sealed": "x"}


def test_a_column_without_a_field_is_told() -> None:
    with pytest.raises(AttributeError, match="sealed"):
        row_of(teas, GREEN)


def test_a_field_without_a_column_is_told() -> None:
    row = kept(row_of(teas, GREEN, sealed=""))

    with pytest.raises(TypeError, match="a row of Tea lacks note"):
        of_row(Tea, row)  # type: ignore[arg-type]
