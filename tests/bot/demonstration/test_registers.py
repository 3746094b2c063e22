"""The registers of the demonstration: complete, fictional, and sound by the rules of the house."""

import random
from datetime import UTC, datetime
from pathlib import Path

from bot.configuration.loading import load
from bot.configuration.street_source import StreetSource
from bot.demonstration import demo_street, registers
from domain.chain import verify
from domain.places.points import Point
from domain.registers import FieldKind, given, problems, with_categories
from domain.registry import REGISTERS
from domain.street import Street

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
