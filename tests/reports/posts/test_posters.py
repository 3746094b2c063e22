"""The posters: the code on the sheet opens the chat of that very grid."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
import segno
from PIL import Image

from bot.configuration.street_source import StreetSource
from bot.words.wording import wording_for
from domain.messages import Text
from domain.organisation import Organisation
from domain.people import Language
from domain.street import Street
from reports.posts.posters import draw_poster, draw_posters, poster_of, telegram_link, web_link
from tests.street import EAST_1, MORNING, UNITS, settings

URL = "https://linli.example.org"


def say(words: Text, language: Language) -> str:
    return wording_for(language, strict=True).text(words)


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Street:
    folder: Path = tmp_path_factory.mktemp("office")
    organisation = Organisation(units={unit.code: unit for unit in UNITS}, posts=())
    return Street(StreetSource(settings(folder)).office(organisation, MORNING), organisation)


def test_a_poster_names_its_grid_and_opens_it(street: Street) -> None:
    poster = poster_of(street, street.organisation.units[EAST_1], URL, say)

    assert (poster.above, poster.name, poster.name_en) == (
        "梧桐街道 · 东园社区",
        "第一网格",
        "Grid 1",
    )
    assert [code.link for code in poster.codes] == [f"{URL}/?g=E1"]
    assert "12345" in poster.foot


def test_a_known_bot_gets_a_code_of_its_own(street: Street) -> None:
    grid = street.organisation.units[EAST_1]

    poster = poster_of(street, grid, URL, say, telegram_bot="WutongBot")

    assert [code.link for code in poster.codes] == [
        f"{URL}/?g=E1",
        "https://t.me/WutongBot?start=g-E1",
    ]


@pytest.mark.parametrize("grid", ["东一", "a b", "x" * 63])
def test_a_code_that_telegram_does_not_take_gets_no_telegram_link(grid: str) -> None:
    assert telegram_link("WutongBot", grid) is None
    assert " " not in web_link(URL, grid)


def test_the_drawn_code_is_the_link_module_by_module(street: Street) -> None:
    poster = poster_of(street, street.organisation.units[EAST_1], URL, say)

    with Image.open(io.BytesIO(draw_poster(poster, "png"))) as drawn:
        grey = drawn.convert("L")
    modules = [list(row) for row in segno.make(f"{URL}/?g=E1", error="q").matrix_iter(border=4)]
    side = len(modules)
    left, top, width = (8.27 - 3.9) / 2 * 150, 3.75 * 150, 3.9 * 150
    seen = [
        [
            int(
                grey.getpixel(
                    (
                        int(left + (column + 0.5) * width / side),
                        int(top + (row + 0.5) * width / side),
                    )
                )
                < 128
            )
            for column in range(side)
        ]
        for row in range(side)
    ]
    assert seen == modules


def test_posters_can_be_printed(street: Street) -> None:
    grids = [unit for unit in UNITS if unit.code in ("E1", "E2", "W1")]

    files = draw_posters([poster_of(street, grid, URL, say) for grid in grids], "pdf")

    assert len(set(files)) == 3
    assert all(file.startswith(b"%PDF") for file in files)
    again = draw_posters([poster_of(street, grid, URL, say) for grid in grids], "pdf")
    assert files == again


def test_a_code_that_leads_nowhere_stands_on_a_sheet_that_says_so(street: Street) -> None:
    grid = street.organisation.units[EAST_1]

    sample = poster_of(street, grid, "http://127.0.0.1:8080", say, sample=True)
    real = poster_of(street, grid, URL, say)

    assert "样张" in sample.sample
    assert real.sample == ""
    plain = replace(sample, sample="")
    assert draw_poster(sample, "png") != draw_poster(plain, "png")
