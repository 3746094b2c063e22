"""What things are called."""

from domain.categories import Category, Kind
from domain.messages import text
from domain.names import category_name, happening_name, kind_name, named, role_name
from domain.organisation import Role, Stream

LIGHTING = Category(
    code="lighting",
    kind=Kind.SERVICE,
    name_zh="路灯照明",
    name_en="Street lighting",
    stream=Stream.RESIDENTS,
    importance=1,
    urgency=1,
)


def test_a_name_without_an_english_one_is_shown_as_it_is() -> None:
    assert named("东园社区", "East Garden") == text("names.either", zh="东园社区", en="East Garden")
    assert named("东园社区") == text("names.either", zh="东园社区", en="东园社区")


def test_a_category_is_called_by_both_names_and_one_that_is_gone_by_its_code() -> None:
    assert category_name(LIGHTING, "lighting") == named("路灯照明", "Street lighting")
    assert category_name(None, "lighting") == named("lighting")


def test_kinds_and_roles_have_a_wording_each() -> None:
    assert len({kind_name(kind).key for kind in Kind}) == len(Kind)
    assert len({role_name(role).key for role in Role}) == len(Role)


def test_what_happened_is_named_by_the_feature_whose_file_it_stands_in() -> None:
    assert happening_name("accepted") == text("names.happening_accepted")
    assert happening_name("visits.begun") == text("visits.happening_begun")
