"""Wordings are said as meant, and none is missing.

The last part reads the source: whoever names a wording there finds out here what its catalogues
lack. The message lists key, place and language.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.pofile import read_po
from structlog.testing import capture_logs

from bot.words.wording import LOCALES, MissingWordingError, Wording, wording_for
from domain.messages import Card, Line, Message, Text, Value, text
from domain.people import Language

ROOT = Path(__file__).resolve().parents[3]
#: These show the one of two spellings that fits the language, so their placeholders differ.
BILINGUAL = {"names.either"}
LAYERS = ("domain", "storage", "reports", "scheduler", "handlers", "bot")
NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)  # a Tuesday, 12:00 in Shanghai


@pytest.fixture(params=list(Language))
def strict(request: pytest.FixtureRequest) -> Wording:
    return wording_for(request.param, strict=True)


@pytest.fixture
def catalogues(tmp_path: Path) -> Path:
    """Two small catalogues of the domain ``tea``; English lacks one wording."""
    write(
        tmp_path,
        Language.CHINESE,
        'msgid "offered"\nmsgstr "请{name}喝茶"\n\nmsgid "only_here"\nmsgstr "{cup}杯茶"\n',
    )
    write(
        tmp_path,
        Language.ENGLISH,
        'msgid "offered"\nmsgstr "Tea for {name}"\n\n'
        'msgid "cups"\nmsgid_plural "cups"\nmsgstr[0] "one cup"\nmsgstr[1] "{count} cups"\n',
    )
    return tmp_path


def write(locales: Path, language: Language, body: str) -> None:
    path = locales / language / "LC_MESSAGES" / "tea.po"
    path.parent.mkdir(parents=True)
    forms = "nplurals=2; plural=(n != 1);" if language is Language.ENGLISH else "nplurals=1;"
    head = (
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
        f'"Plural-Forms: {forms}\\n"\n\n'
    )
    path.write_text(head + body, encoding="utf-8")


# --- how things are said -------------------------------------------------------------------------


def test_a_text_is_said_with_its_fields(catalogues: Path) -> None:
    english = Wording(Language.ENGLISH, catalogues)

    assert english.text(text("tea.offered", name="李")) == "Tea for 李"


def test_a_plain_string_is_said_as_it_is(catalogues: Path) -> None:
    english = Wording(Language.ENGLISH, catalogues)

    assert english.text(text("tea.offered", name="{name}<b>{0}%s")) == "Tea for {name}<b>{0}%s"


def test_a_text_in_a_text_is_said_too(catalogues: Path) -> None:
    chinese = Wording(Language.CHINESE, catalogues)

    assert chinese.text(text("tea.offered", name=text("tea.offered", name="王"))) == (
        "请请王喝茶喝茶"
    )


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 cups"), (1, "one cup"), (2, "2 cups"), (None, " cups")]
)
def test_the_field_count_chooses_the_plural(catalogues: Path, count: Value, said: str) -> None:
    english = Wording(Language.ENGLISH, catalogues)

    assert english.text(text("tea.cups", count=count)) == said


@pytest.mark.parametrize(
    ("value", "chinese", "english"),
    [
        ("as it is", "as it is", "as it is"),
        (None, "", ""),
        (7, "7", "7"),
        (0.5, "0.5", "0.5"),
        (4.0, "4", "4"),
        (2 / 3, "0.67", "0.67"),
        (1_234_567.0, "1234567", "1234567"),
        (True, "是", "yes"),
        (False, "否", "no"),
        (NOON, "11月24日 周二 12:00", "Tue 24 Nov, 12:00"),
        (datetime(2026, 11, 23, 17, 5, tzinfo=UTC), "11月24日 周二 01:05", "Tue 24 Nov, 01:05"),
        (date(2026, 3, 1), "3月1日 周日", "Sun 1 Mar"),
        (timedelta(hours=2, minutes=30), "2小时30分", "2 h 30 min"),
        (timedelta(hours=2), "2小时", "2 hours"),
        (timedelta(days=1), "1天", "1 day"),
        (timedelta(days=365), "1年", "1 year"),
        (timedelta(days=3 * 365), "3年", "3 years"),
        (timedelta(days=366), "366天", "366 days"),
        (timedelta(days=3, hours=1, minutes=59), "3天1小时", "3 days 1 hour"),
        (timedelta(minutes=59, seconds=59), "59分钟", "59 minutes"),
        (timedelta(minutes=-1), "1分钟", "1 minute"),
        (timedelta(seconds=59), "不到1分钟", "less than a minute"),
        (("a", None, 1, ""), "a、1", "a, 1"),
        ((), "", ""),
    ],
)
def test_values_are_shown_in_the_readers_way(value: Value, chinese: str, english: str) -> None:
    shown = [wording_for(language, strict=True).value(value) for language in Language]

    assert shown == [chinese, english]


@pytest.mark.parametrize(
    ("value", "chinese", "english"),
    [
        (NOON, "今天（11月24日）12:00", "today (24 Nov) 12:00"),
        (NOON + timedelta(hours=12), "明天（11月25日）00:00", "tomorrow (25 Nov) 00:00"),
        (NOON + timedelta(hours=12, minutes=-1), "今天（11月24日）23:59", "today (24 Nov) 23:59"),
        (NOON - timedelta(days=1), "昨天（11月23日）12:00", "yesterday (23 Nov) 12:00"),
        (NOON + timedelta(days=2), "11月26日 周四 12:00", "Thu 26 Nov, 12:00"),
        (date(2026, 11, 24), "今天（11月24日）", "today (24 Nov)"),
        (date(2027, 1, 4), "2027年1月4日 周一", "Mon 4 Jan 2027"),
        (datetime(2025, 9, 3, tzinfo=UTC), "2025年9月3日 周三 08:00", "Wed 3 Sep 2025, 08:00"),
        ((NOON, text("channels.yes")), "今天（11月24日）12:00、是", "today (24 Nov) 12:00, yes"),
    ],
)
def test_days_close_to_now_are_called_so_beside_their_date(
    value: Value, chinese: str, english: str
) -> None:
    shown = [wording_for(language, strict=True).value(value, NOON) for language in Language]

    assert shown == [chinese, english]


def test_a_closing_bracket_of_full_width_is_followed_by_no_space() -> None:
    post = text("names.post", unit="第一网格（晨光里小区）", role="网格书记")

    assert wording_for(Language.CHINESE).text(post) == "第一网格（晨光里小区）网格书记"
    assert wording_for(Language.ENGLISH).text(post) == "网格书记, 第一网格（晨光里小区）"


def test_a_moment_without_a_zone_is_refused(strict: Wording) -> None:
    with pytest.raises(ValueError, match="time zone"):
        strict.value(NOON.replace(tzinfo=None))


def test_a_message_is_said_as_plain_text(catalogues: Path) -> None:
    (catalogues / "zh_CN" / "LC_MESSAGES" / "channels.po").write_bytes(
        (LOCALES / "zh_CN" / "LC_MESSAGES" / "channels.po").read_bytes()
    )
    chinese = Wording(Language.CHINESE, catalogues, strict=True)
    offered = text("tea.offered", name="王")
    card = Card(title=offered, lines=(Line(text("channels.yes"), 3), Line(offered, None)))

    said = chinese.plain(Message(blocks=(offered, card)))

    assert said == "请王喝茶\n\n请王喝茶\n是：3\n请王喝茶："


# --- what is missing -----------------------------------------------------------------------------


def test_a_wording_that_english_lacks_is_said_in_chinese_and_logged_once(catalogues: Path) -> None:
    english = Wording(Language.ENGLISH, catalogues)

    with capture_logs() as logs:
        said = [english.text(text("tea.only_here", cup=1)) for _ in range(2)]

    assert said == ["1杯茶", "1杯茶"]
    assert [(entry["event"], entry["key"]) for entry in logs] == [
        ("wording.missing", "tea.only_here")
    ]


@pytest.mark.parametrize("key", ["tea.nothing", "nothing.at_all", "nothing", ""])
def test_a_wording_that_nobody_has_becomes_a_neutral_sentence(key: str) -> None:
    with capture_logs() as logs:
        said = Wording(Language.ENGLISH).text(text(key))

    assert said == Wording(Language.ENGLISH).text(text("channels.missing"))
    assert [entry["key"] for entry in logs] == [key]


def test_without_any_catalogue_there_is_still_an_answer(tmp_path: Path) -> None:
    with capture_logs():
        assert Wording(Language.CHINESE, tmp_path).text(text("tea.offered", name="王")) == "…"


def test_a_missing_field_leaves_the_rest_of_the_sentence(catalogues: Path) -> None:
    with capture_logs() as logs:
        said = Wording(Language.ENGLISH, catalogues).text(text("tea.offered"))

    assert said == "Tea for …"
    assert [(entry["key"], entry["field"]) for entry in logs] == [("tea.offered", "name")]


def test_a_strict_wording_raises_instead(catalogues: Path) -> None:
    english = Wording(Language.ENGLISH, catalogues, strict=True)

    with pytest.raises(MissingWordingError, match="only_here"):
        english.text(text("tea.only_here", cup=1))
    with pytest.raises(MissingWordingError, match="name"):
        english.text(text("tea.offered"))


@pytest.mark.parametrize("broken", ["{name", "{0}", "{name!r}", "{name.secret}", "{name:>9}"])
def test_a_wording_that_cannot_be_filled_is_refused(tmp_path: Path, broken: str) -> None:
    write(tmp_path, Language.CHINESE, f'msgid "offered"\nmsgstr "{broken}"\n')

    with pytest.raises(ValueError, match=r"placeholder|expected"):
        Wording(Language.CHINESE, tmp_path).text(text("tea.offered", name="王"))


# --- the catalogues and the source ---------------------------------------------------------------

Placeholders = frozenset[str]


@dataclass(frozen=True)
class Entry:
    """One wording of one catalogue."""

    forms: tuple[str, ...]

    @property
    def placeholders(self) -> Placeholders:
        return frozenset(
            name for form in self.forms for _, name, _, _ in Formatter().parse(form) if name
        )


@dataclass(frozen=True)
class Mention:
    """A wording that the source names."""

    key: str
    """A literal key, or a pattern where parts of it are computed."""
    place: str
    fields: Placeholders | None = None
    """The fields given there; None where they cannot be read off."""
    is_pattern: bool = False

    def __str__(self) -> str:
        return f"{self.key} ({self.place})"


def read_entries(language: Language) -> dict[str, Entry]:
    entries = {}
    for path in sorted((LOCALES / language / "LC_MESSAGES").glob("*.po")):
        with path.open("rb") as file:
            catalogue = read_po(file, locale=language, abort_invalid=True)
        for message in catalogue:
            name = message.id if isinstance(message.id, str) else message.id[0]
            said = message.string if isinstance(message.string, tuple) else (message.string,)
            if name:
                entries[f"{path.stem}.{name}"] = Entry(tuple(form or "" for form in said))
    return entries


ENTRIES = {language: read_entries(language) for language in Language}


class Mentions(ast.NodeVisitor):
    """Finds what one file says: calls of text, Text and say, keys of errors, reasons of Refused."""

    def __init__(self, path: Path) -> None:
        self._place = path.relative_to(ROOT)
        self._speakers: dict[str, str] = {}
        self._modules: set[str] = set()
        self.found: list[Mention] = []

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for name in node.names:
            if node.module == "domain.messages" and name.name in ("text", "Text", "say"):
                self._speakers[name.asname or name.name] = name.name
            if node.module == "domain" and name.name == "messages":
                self._modules.add(name.asname or name.name)

    def visit_Call(self, node: ast.Call) -> None:
        called = self._called(node.func)
        if called in ("text", "Text", "say"):
            first = node.args[0] if node.args else keyword(node, "key")
            if first is not None:
                self._mention(first, "", self._fields(called, node))
        elif called == "Refused":
            first = node.args[0] if node.args else keyword(node, "reason")
            if first is not None:
                self._mention(first, "errors.", keywords(node, {"reason", "rule"}))
        self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for statement in node.body:
            target = statement.targets[0] if isinstance(statement, ast.Assign) else None
            if isinstance(statement, ast.AnnAssign):
                target = statement.target
            if isinstance(target, ast.Name) and target.id == "key":
                value = statement.value  # type: ignore[attr-defined]
                if isinstance(value, ast.Constant) and str(value.value).startswith("errors."):
                    self._mention(value, "", None)
        self.generic_visit(node)

    def _called(self, called: ast.expr) -> str | None:
        if isinstance(called, ast.Name):
            return "Refused" if called.id == "Refused" else self._speakers.get(called.id)
        if not isinstance(called, ast.Attribute) or not isinstance(called.value, ast.Name):
            return None
        known = called.value.id in self._modules or called.attr == "Refused"
        return called.attr if known else None

    def _fields(self, called: str, node: ast.Call) -> Placeholders | None:
        if called != "Text":
            return keywords(node, {"key"})
        given = node.args[1] if len(node.args) > 1 else keyword(node, "fields")
        if given is None:
            return frozenset()
        if isinstance(given, ast.Dict) and all(isinstance(key, ast.Constant) for key in given.keys):
            return frozenset(key.value for key in given.keys)  # type: ignore[union-attr,misc]
        return None

    def _mention(self, node: ast.expr, prefix: str, fields: Placeholders | None) -> None:
        place = f"{self._place}:{node.lineno}"
        if isinstance(node, ast.IfExp):
            self._mention(node.body, prefix, fields)
            self._mention(node.orelse, prefix, fields)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            # A reason with a dot names its own catalogue.
            key = node.value if prefix and "." in node.value else prefix + node.value
            self.found.append(Mention(key, place, fields))
        elif isinstance(node, ast.JoinedStr):
            pattern = "".join(
                re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"[\w.]+"
                for part in node.values
            )
            self.found.append(Mention(re.escape(prefix) + pattern, place, fields, is_pattern=True))


def keyword(node: ast.Call, name: str) -> ast.expr | None:
    return next((given.value for given in node.keywords if given.arg == name), None)


def keywords(node: ast.Call, without: set[str]) -> Placeholders | None:
    if any(given.arg is None for given in node.keywords):
        return None
    return frozenset(given.arg for given in node.keywords if given.arg not in without)  # type: ignore[misc]


def mentions(source: str, path: Path) -> list[Mention]:
    reader = Mentions(path)
    reader.visit(ast.parse(source))
    return reader.found


def source_mentions() -> Iterator[Mention]:
    for layer in LAYERS:
        for path in sorted((ROOT / layer).rglob("*.py")):
            yield from mentions(path.read_text(encoding="utf-8"), path)


def report(problems: dict[str, list[str]]) -> str:
    return "\n".join(line for what, ones in problems.items() for line in (f"{what}:", *ones))


def test_every_wording_is_there_in_every_language() -> None:
    everything = set().union(*ENTRIES.values())

    problems = defaultdict(list)
    for language, entries in ENTRIES.items():
        if missing := sorted(everything - entries.keys()):
            problems[f"missing in {language}"] = missing
        if empty := sorted(key for key, entry in entries.items() if not all(entry.forms)):
            problems[f"empty in {language}"] = empty

    assert not problems, report(problems)


def test_a_wording_has_the_same_placeholders_in_every_language() -> None:
    problems = defaultdict(list)
    chinese, english = ENTRIES[Language.CHINESE], ENTRIES[Language.ENGLISH]

    for key in sorted((chinese.keys() & english.keys()) - BILINGUAL):
        if chinese[key].placeholders != english[key].placeholders:
            problems["placeholders differ"].append(
                f"{key}: {sorted(chinese[key].placeholders)} / {sorted(english[key].placeholders)}"
            )

    assert not problems, report(problems)


def test_every_catalogue_can_be_said() -> None:
    for language, entries in ENTRIES.items():
        wording = wording_for(language, strict=True)
        for key, entry in entries.items():
            assert wording.text(Text(key, dict.fromkeys(entry.placeholders, 1)))


def test_everything_that_the_source_says_has_its_words() -> None:
    problems = defaultdict(list)

    for mention in source_mentions():
        for language, entries in ENTRIES.items():
            if mention.is_pattern:
                is_there = any(re.fullmatch(mention.key, key) for key in entries)
            else:
                is_there = mention.key in entries
            if not is_there:
                problems[f"missing in {language}"].append(str(mention))

    assert not problems, report(problems)


def test_every_placeholder_is_given_where_the_wording_is_said() -> None:
    problems = defaultdict(list)

    for mention in source_mentions():
        entry = ENTRIES[Language.CHINESE].get(mention.key)
        if entry is None or mention.fields is None:
            continue
        if lacking := entry.placeholders - mention.fields:
            problems["said without a field"].append(f"{mention}: {', '.join(sorted(lacking))}")

    assert not problems, report(problems)


def test_no_wording_holds_markup() -> None:
    marked = [
        f"{key} ({language})"
        for language, entries in ENTRIES.items()
        for key, entry in entries.items()
        if any(re.search(r"</?[a-z]+>|&[a-z]+;|\*\*", form) for form in entry.forms)
    ]

    assert not marked, report({"markup in": marked})
