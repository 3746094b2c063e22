"""What things are called: names that the office gave, roles, kinds and categories."""

from domain.categories import Category, Kind
from domain.messages import Text, text
from domain.organisation import Organisation, Unit


def named(zh: str, en: str = "") -> Text:
    """Show a name that the office gave in two languages; the English one may be missing."""
    return text("names.either", zh=zh, en=en or zh)


def unit_name(unit: Unit) -> Text:
    """Name a unit."""
    return named(unit.name, unit.name_en)


def unit_called(code: str, organisation: Organisation) -> Text:
    """Name a unit, also one that is no more."""
    unit = organisation.units.get(code)
    return unit_name(unit) if unit else named(code)


def category_name(category: Category | None, code: str) -> Text:
    """Name a category; one that there is no more is named by its code."""
    return named(category.name_zh, category.name_en) if category else named(code)


def kind_name(kind: Kind) -> Text:
    """Name a kind of matter."""
    return text(f"names.kind_{kind}")


def role_name(role: str) -> Text:
    """Name a role."""
    return text(f"names.role_{role}")


def happening_name(happening: str) -> Text:
    """Name what happened in a file; a feature's own word, ``visits.begun``, is in its catalogue."""
    feature, dot, word = happening.partition(".")
    return text(f"{feature}.happening_{word}" if dot else f"names.happening_{happening}")
