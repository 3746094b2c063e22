"""What leads to a private person is found by its shape, and what belongs to the office stays."""

import pytest

from domain.words.personal_data import PersonalSort, screened


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("联系 13800001234", "联系 ***"),
        ("138-0000-1234 或 +86 138 0000 1234", "*** 或 ***"),
        ("１３８００００１２３４", "***"),
        ("1\u200b3800001234", "***"),
        ("热线 010-12345678", "热线 ***"),
        ("(0379)6555 1234", "***"),
        ("电话：65551234", "电话：***"),
        ("call 6555-1234", "call ***"),
    ],
)
def test_a_telephone_number_is_hidden(words: str, shown: str) -> None:
    told = screened(words)

    assert (told.words, told.found) == (shown, {PersonalSort.PHONE})
    assert not told.refused


@pytest.mark.parametrize(
    "words",
    [
        "110101199003070011",
        "身份证11010119900307001X。",
        "110101 19900307 0011",
        "110101900307001",
        "１１０１０１１９９００３０７００１１",
    ],
)
def test_an_identity_number_refuses_the_text(words: str) -> None:
    assert screened(words).refused == {PersonalSort.IDENTITY}
    assert "0307" not in screened(words).words


@pytest.mark.parametrize(
    "words", ["6222021234567890123", "卡号 6222 0212 3456 7890", "6222-0212-3456-7890-123"]
)
def test_a_bank_card_refuses_the_text(words: str) -> None:
    assert screened(words).refused == {PersonalSort.BANK_CARD}
    assert "6222" not in screened(words).words


@pytest.mark.parametrize(
    "words",
    [
        "3号楼2单元501室",
        "3号楼2单元1301",
        "3号楼501",
        "12栋1204室",
        "二单元四楼东户",
        "3号楼1单元四楼东户",
        "3-2-501",
        "201室的李女士",
    ],
)
def test_the_door_of_a_home_is_hidden(words: str) -> None:
    told = screened(f"请到{words}开会")

    assert told.found == {PersonalSort.DOOR}
    assert "***" in told.words


@pytest.mark.parametrize(
    ("words", "sort"),
    [
        ("豫C·D8888F 请挪车", PersonalSort.PLATE),
        ("豫A12345", PersonalSort.PLATE),
        ("请写信给 a.b@example.org", PersonalSort.CONTACT),
        ("加微信：abc_123", PersonalSort.CONTACT),
        ("QQ 12345678", PersonalSort.CONTACT),
    ],
)
def test_plates_and_accounts_are_hidden(words: str, sort: PersonalSort) -> None:
    assert screened(words).found == {sort}


@pytest.mark.parametrize(
    "words",
    [
        "11月26日9:00至11:00停水",
        "2026-11-24 至 2026-11-30",
        "2026-11-24 09:00-11:00",
        "12-1-2026",
        "12345 热线，急事拨打110",
        "编号 2026-00017",
        "共 1380000 元，501人，3号楼200户，3栋1200元",
        "3号楼停水，3号楼2单元停电",
        "地点：社区服务中心二楼201室",
        "豫政〔2026〕12号",
        "和平路18号院",
    ],
)
def test_dates_sums_hotlines_and_whole_buildings_stay(words: str) -> None:
    told = screened(words)

    assert (told.words, told.found) == (words, frozenset())


def test_what_is_the_offices_own_stays_however_it_is_spaced() -> None:
    public = ("0379-65551234", "000-0100", "12345")

    told = screened("电话：0379 6555 1234，或 000-0100；小李 0379-65551235", public)

    assert told.words == "电话：0379 6555 1234，或 000-0100；小李 ***"


def test_a_number_that_only_begins_like_the_offices_is_hidden() -> None:
    assert screened("12345 13800001234", ("12345", "1380000")).words == "12345 ***"


def test_what_was_hidden_once_stays_as_it_is() -> None:
    once = screened("张某 13800001234，3号楼2单元501室").words

    assert screened(once).words == once


def test_letters_without_end_are_read_in_no_time() -> None:
    assert screened("a" * 20_000 + "1" * 20_000 + "栋" * 5_000).words
