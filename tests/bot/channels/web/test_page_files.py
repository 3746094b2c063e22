"""The page's files: no missing word, nothing too new for old phones, nothing from outside."""

import re

import pytest

from bot.channels.web.page_files import FOLDER, assets, colours, page_words
from bot.pages import layout
from bot.words.wording import LOCALES, read_catalogue
from domain.people import Language

SCRIPTS = sorted(FOLDER.glob("*.js"))
TEMPLATES = sorted(FOLDER.glob("*.html"))
#: What WebViews of some years ago (Chrome 61, iOS 11) stumble over, and what it is called.
TOO_NEW = {
    r"\?\.(?!\d)": "optional chaining",
    r"\?\?": "nullish coalescing",
    r"\.replaceAll\(": "replaceAll",
    r"\.at\(": "at",
    r"\.flat(Map)?\(": "flat",
    r"Object\.fromEntries": "fromEntries",
    r"\.allSettled\(": "allSettled",
    r"structuredClone": "structuredClone",
    r"\.matchAll\(": "matchAll",
    r"^\s*#\w+\s*[=;(]": "private members",
    r"\bstatic \w+ =": "static fields",
    r"\d_\d": "numeric separators",
    r"catch \{": "catch without a name",
    r"\.replaceChildren\(": "replaceChildren",
    r"\.toSorted\(": "toSorted",
    r"\bawait import\(": "dynamic import",
    r"<dialog": "dialog",
}
TOO_NEW_STYLE = {
    r"\binset\s*:": "inset",
    r"\bgap\s*:": "gap in flex boxes",
    r":has\(": "has",
    r":is\(": "is",
    r"aspect-ratio": "aspect-ratio",
    r"\d[ds]v[hw]\b": "dynamic viewport units",
    r"color-mix\(": "color-mix",
    r"@layer": "layers",
    r"@container": "containers",
    r"clamp\(": "clamp",
}
#: The server says these: errors of frames, notices, refusals.
SERVER = re.compile(r"error_|notice_|refused_")


@pytest.mark.parametrize("language", list(Language))
def test_every_word_the_page_asks_for_is_there(language):
    known = read_catalogue(LOCALES, language, "web")
    asked: set[str] = set()
    for path in (*SCRIPTS, *TEMPLATES):
        source = path.read_text(encoding="utf-8")
        asked |= set(re.findall(r'\bsay\(\s*"(\w+)"\s*[,)]', source))
        asked |= set(re.findall(r'data-w(?:-label|-placeholder)?="(\w+)"', source))
        asked |= set(re.findall(r"\bw\.(\w+)", source))

    assert len(asked) > 60
    assert asked - set(known) == set()


def test_no_word_is_kept_that_nobody_asks_for():
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (*SCRIPTS, *TEMPLATES))
    built = ("clock_", "try_", "weekday_", "tone_", "state_", "chosen_")

    unused = {
        name
        for name in page_words(Language.CHINESE)
        if not SERVER.match(name)
        and not name.startswith(built)
        and not re.search(rf"[\"'.]{name}\b", sources)
    }

    assert unused == set()


def test_both_languages_have_the_same_words_with_the_same_fields():
    chinese, english = (read_catalogue(LOCALES, one, "web") for one in Language)

    assert set(chinese) == set(english)
    assert {name for name in chinese if chinese[name].names != english[name].names} == set()


def test_every_code_the_server_sends_has_its_sentence():
    folder = FOLDER.parent / "channels" / "web"
    sources = "\n".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    wanted = {f"error_{code}" for code in re.findall(r'FrameError\("(\w+)"', sources)}
    wanted |= {f"notice_{code}" for code in re.findall(r'(?:refuse|_notice)\("(\w+)"', sources)}
    wanted |= {f"refused_{code}" for code in re.findall(r'Refusal\(\d+, "(\w+)"', sources)}

    known = read_catalogue(LOCALES, Language.CHINESE, "web")

    assert len(wanted) > 20
    assert wanted - set(known) == set()


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_speak_a_language_that_old_phones_know(path):
    source = re.sub(r"//.*|\"[^\"]*\"", "", path.read_text(encoding="utf-8"))

    found = [name for rule, name in TOO_NEW.items() if re.search(rule, source, re.MULTILINE)]

    assert found == []


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_is_longer_than_six_hundred_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 600


def test_styles_speak_a_language_that_old_phones_know():
    source = re.sub(r"/\*.*?\*/", "", assets()[1]["page.css"].content.decode(), flags=re.S)

    assert [name for rule, name in TOO_NEW_STYLE.items() if re.search(rule, source)] == []


def test_nothing_is_asked_of_another_server():
    for name, asset in assets()[1].items():
        addresses = re.findall(rb"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}[^\s\"']*", asset.content)
        assert [one for one in addresses if b"w3.org" not in one] == [], name


def test_the_assets_say_their_version_in_their_address():
    version, known = assets()

    assert len(version) == 12
    assert {"app.js", "page.css", "icon.svg", "demo.js"} <= set(known)


def test_every_page_has_the_same_colours_and_names_no_other():
    chat, pages = assets()[1]["page.css"].content, layout._style().content

    assert chat.startswith(colours())
    assert pages.startswith(colours())
    declared = set(re.findall(r"(--[a-z-]+):", colours().decode()))
    for sheet in (chat, pages):
        said = sheet.decode()
        own = set(re.findall(r"^\s+(--[a-z-]+):", said, re.MULTILINE))
        assert set(re.findall(r"var\((--[a-z-]+)\)", said)) <= declared | own


def test_what_has_a_colour_by_light_has_one_in_the_dark():
    light, dark = colours().decode().split("@media", 1)
    names = [set(re.findall(r"(--[a-z-]+):", part)) for part in (light, dark)]

    assert len(names[0]) > 30
    assert names[0] == names[1]
