"""The configuration: its defaults, where it is read from, and what is said about a wrong one."""

import json
import re
import shutil
import tomllib
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import make_mocked_request

from bot.configuration.checks import database_problem, unknown_units
from bot.configuration.law_data import default_categories, policies, rule_book, work_calendar
from bot.configuration.loading import keys, load
from bot.configuration.problems import ConfigurationError, Problem
from bot.configuration.rules.book import RuleChange
from bot.configuration.tables import Weekday
from bot.operations.from_settings import doors_of
from domain.categories import Kind
from domain.laws import MEDIATION_15, PIPL_13, PIPL_28, PIPL_51, PIPL_56
from domain.matters.rules import ClockRules
from domain.working_time import Allowance

EXAMPLE = Path(__file__).parents[3] / "config.toml"
OFFICE = {
    "LINLI_DEMO": "false",
    "LINLI_WEB__PUBLIC_URL": "https://linli.example.org",
    "LINLI_SECRETS__KEY_FILE": "/etc/linli/key",
}


def problems(environ: dict[str, str], cwd: Path) -> dict[str, str]:
    """Load what must be refused and give what is said, by key."""
    with pytest.raises(ConfigurationError) as caught:
        load(environ, cwd)
    return {problem.key: problem.message for problem in caught.value.problems}


def write(cwd: Path, text: str) -> None:
    (cwd / "config.toml").write_text(text, encoding="utf-8")


# --- defaults -------------------------------------------------------------------------------------


def test_without_anything_the_demonstration_runs_on_this_machine(tmp_path: Path) -> None:
    settings = load({}, tmp_path)

    assert settings.demo
    assert settings.public_url == "http://127.0.0.1:8080"
    assert settings.database_url == f"sqlite+aiosqlite:///{tmp_path}/data/demo.db"
    assert settings.key_path == tmp_path / "data" / "demo.key"
    assert (settings.telegram.residents.driver, settings.telegram.staff.driver) == (
        "aiogram",
        "python-telegram-bot",
    )


def test_the_example_file_holds_the_defaults(tmp_path: Path) -> None:
    without_file = load({}, tmp_path)
    shutil.copy(EXAMPLE, tmp_path)

    assert load({}, tmp_path) == without_file


def test_the_example_file_explains_every_key() -> None:
    explained = _explained_keys(EXAMPLE.read_text(encoding="utf-8"))

    # The key of a free table, such as limits, is explained by the keys in it.
    missing = [
        key for key in keys() if not any(f"{seen}.".startswith(f"{key}.") for seen in explained)
    ]

    assert missing == []


def test_the_example_file_names_no_key_twice_and_none_that_is_unknown() -> None:
    given = set(_paths(tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))))

    unknown = [
        path for path in given if not any(f"{path}.".startswith(f"{key}.") for key in keys())
    ]

    assert unknown == []


def _explained_keys(text: str) -> set[str]:
    """Collect keys with a comment over their block; a commented key counts as explained."""
    explained: set[str] = set()
    table, commented = "", False
    for line in text.splitlines():
        if header := re.fullmatch(r"#? ?\[\[?([a-z_0-9.]+)\]\]?", line):
            table, commented = header[1], line.startswith("#")
            explained |= {table} if line.startswith("# [") else set()
        elif line.startswith("#"):
            commented = True
        elif not line.strip():
            commented = False
        elif commented and (key := re.match(r"([a-z_0-9]+) = ", line)):
            explained.add(f"{table}.{key[1]}" if table else key[1])
    return explained


def _paths(tables: dict[str, Any], place: str = "") -> list[str]:
    found = []
    for key, value in tables.items():
        path = f"{place}.{key}" if place else key
        found += _paths(value, path) if isinstance(value, dict) else [path]
    return found


# --- where values come from -----------------------------------------------------------------------


def test_the_environment_goes_over_the_file_which_goes_over_the_defaults(tmp_path: Path) -> None:
    write(tmp_path, "[web]\nport = 8001\n[intake]\nbatch_max = 7\n")

    settings = load({"LINLI_WEB__PORT": "8002"}, tmp_path)

    assert settings.web.port == 8002
    assert settings.intake.batch_max == 7
    assert settings.web.host == "127.0.0.1"


def test_another_file_can_be_named_and_its_paths_begin_beside_it(tmp_path: Path) -> None:
    office = tmp_path / "office"
    office.mkdir()
    write(
        office, 'demo = false\n[web]\npublic_url = "https://a.example"\n[secrets]\nkey_file = "k"'
    )

    settings = load({"LINLI_CONFIG": "office/config.toml"}, tmp_path)

    assert settings.key_path == office / "k"
    assert settings.data_dir == office / "data"


def test_a_path_in_the_environment_begins_at_the_working_directory(tmp_path: Path) -> None:
    (tmp_path / "office").mkdir()
    write(tmp_path / "office", 'data_dir = "d"')

    settings = load({"LINLI_CONFIG": "office/config.toml", "LINLI_DATA_DIR": "elsewhere"}, tmp_path)

    assert settings.data_dir == tmp_path / "elsewhere"


@pytest.mark.parametrize(
    ("variable", "value", "path"),
    [
        ("LINLI_DATABASE__URL", "postgresql+asyncpg://u:p@h/linli", "database_url"),
        ("LINLI_WEB__HOST", "::1", "web.host"),
        ("LINLI_TELEGRAM__API_BASE", "http://127.0.0.1:8081", "telegram.api_base"),
        ("LINLI_TELEGRAM__RESIDENTS__DRIVER", "python-telegram-bot", "telegram.residents.driver"),
        ("LINLI_TELEGRAM__STAFF__DRIVER", "aiogram", "telegram.staff.driver"),
        ("LINLI_TELEGRAM__PERSONAL_DATA", "minimal", "telegram.personal_data"),
        ("LINLI_DIGESTS__STAFF__WEEKDAY", "friday", "digests.staff.weekday"),
    ],
)
def test_any_key_can_be_set_by_environment(
    tmp_path: Path, variable: str, value: str, path: str
) -> None:
    settings: Any = load({variable: value}, tmp_path)

    for name in path.split("."):
        settings = getattr(settings, name)
    assert settings == value


def test_lists_and_tables_are_json_in_the_environment(tmp_path: Path) -> None:
    environ = {
        "LINLI_WORK__HOURS": '["09:00-12:00", "13:00-24:00"]',
        "LINLI_RULES__RETURNS": '{"max_returns": 3}',
    }

    settings = load(environ, tmp_path)

    assert settings.work.hours == ((time(9), time(12)), (time(13), time(0)))
    assert settings.rules.returns.max_returns == 3


def test_a_token_reaches_its_bot_and_does_not_show(tmp_path: Path) -> None:
    settings = load(
        {
            "LINLI_TELEGRAM__RESIDENTS__TOKEN": "123:first-secret",
            "LINLI_DATABASE__URL": "postgresql+asyncpg://u:second-secret@h/db",
        },
        tmp_path,
    )

    assert settings.telegram.residents.token.get_secret_value() == "123:first-secret"
    assert settings.telegram.residents.driver == "aiogram"
    assert "secret@" not in repr(settings)
    assert "first-secret" not in repr(settings)


def test_a_bot_with_a_token_keeps_its_own_driver(tmp_path: Path) -> None:
    settings = load({"LINLI_TELEGRAM__STAFF__TOKEN": "123:a"}, tmp_path)

    assert settings.telegram.staff.driver == "python-telegram-bot"


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    settings = load({}, tmp_path)

    with pytest.raises(ValueError, match="frozen"):
        settings.web.port = 1


def test_variables_of_the_test_run_are_no_settings(tmp_path: Path) -> None:
    assert load({"LINLI_TEST_FULL": "1", "HOME": "/x"}, tmp_path).demo


# --- refusals -------------------------------------------------------------------------------------


def test_everything_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    write(
        tmp_path,
        'demo = false\nfoo = 1\n[web]\nport = "many"\nhots = "x"\n[quiet]\nstart = 21\n'
        "[rules.urgency_1]\ncontact_hours = -1.0\n[telegram]\nmode = 'carrier pigeon'\n",
    )

    said = problems({"LINLI_BAR": "1", "LINLI_INTAKE__BATCH_MAX": "0"}, tmp_path)

    assert said == {
        "LINLI_BAR": "is not a setting: remove it",
        "foo": "is not a setting: remove it",
        "intake.batch_max": "must be 1 or more",
        "quiet.start": 'must be a time of day in quotes, such as "08:30"',
        "rules.urgency_1.contact_hours": "must be more than 0",
        "secrets.key_file": "is needed: run `linli init`, which makes one",
        "telegram.mode": 'must be "polling" or "webhook"',
        "web.hots": "is not a setting; did you mean host?",
        "web.port": "must be a whole number",
        "web.public_url": "is needed: the https address at which residents come in",
    }


@pytest.mark.parametrize(
    ("text", "key", "message"),
    [
        ("web = 3", "web", "must be a table of keys"),
        ("[web]\nport = true", "web.port", "must be a number"),
        ("[web]\nport = 70000", "web.port", "must be 65535 or less"),
        ("[web]\nhost = 1", "web.host", "must be text in quotes"),
        ("[intake]\nbatch_max = 1.5", "intake.batch_max", "must be a whole number"),
        ("demo = 'perhaps'", "demo", "must be true or false"),
        ("data_dir = 5", "data_dir", "must be a path in quotes"),
        ("[work]\nhours = '8-12'", "work.hours", "must be a list in square brackets"),
        (
            "[work]\nhours = ['8 to 12']",
            "work.hours[1]",
            'must be a span of time in quotes, such as "08:00-12:00"',
        ),
        ("[work]\nhours = []", "work.hours", "hours: at least one span is needed"),
        ("[quiet]\nend = '21:00'", "quiet.end", "must differ from quiet.start"),
        (
            "[digests.staff]\nweekday = 'someday'\ntime = '08:30'",
            "digests.staff.weekday",
            'must be "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"'
            ' or "sunday"',
        ),
        (
            "[[rule_changes]]\nsource = 'x'\nrules = {}",
            "rule_changes[1].in_force_from",
            "is missing: add it",
        ),
        (
            "[contacts]\noffice_phone = 'call us'",
            "contacts.office_phone",
            'must be a telephone number in quotes, such as "0371-1234567"',
        ),
        (
            "[contacts]\npublic_phones = ['12345', 'waterworks']",
            "contacts.public_phones[2]",
            'must be a telephone number in quotes, such as "0371-1234567"',
        ),
        (
            "[contacts]\ntool_phone = 'me'",
            "contacts.tool_phone",
            'must be a telephone number in quotes, such as "0371-1234567"',
        ),
        *(
            (
                f"[contacts]\ntool_email = '{mailbox}'",
                "contacts.tool_email",
                "must be an e-mail address, such as linli@example.org",
            )
            for mailbox in ("linli", "a@b", "a b@example.org", "a@example.org?subject=x", "@x.org")
        ),
        *(
            (
                f"[contacts]\ntool_url = '{address}'",
                "contacts.tool_url",
                "must be an absolute address, such as https://linli.example.org",
            )
            for address in ("example.org", "javascript:alert(1)", "//example.org")
        ),
        ("[rules.notices]\nkeep_days = 14", "rules.notices.keep_days", "must be 15 or more"),
        (
            "[database]\nurl = 'mysql://x'",
            "database.url",
            "must begin with sqlite+aiosqlite:// or postgresql+asyncpg://",
        ),
        (
            "[telegram.staff]\ntoken = 'no token'",
            "telegram.staff.token",
            "must be the bot's token as BotFather gave it: digits, a colon, letters",
        ),
        (
            "[telegram.residents]\ntoken = '1:a'\n[telegram.staff]\ntoken = '1:a'",
            "telegram.staff.token",
            "must be another bot than telegram.residents.token",
        ),
        (
            "[telegram]\napi_base = 'http://api.example.org'",
            "telegram.api_base",
            "must begin with https:// outside your own network, because tokens travel in it",
        ),
        *(
            (
                f"[telegram]\nproxy = '{proxy}'",
                "telegram.proxy",
                "must be http://HOST:PORT or socks5://HOST:PORT, with USER:PASSWORD@ where needed",
            )
            for proxy in ("https://h:1", "socks4://h:1", "h:1080", "http://h", "http://h:1/x")
        ),
        (
            "[telegram]\nca_file = 'none.pem'",
            "telegram.ca_file",
            "must be a file of certificates in PEM form",
        ),
        (
            "[telegram]\nfiles_dir = 'none'",
            "telegram.files_dir",
            "must be the folder in which a Bot API server on this machine keeps its files",
        ),
        (
            "[telegram]\nwebhook_secret = 'short'",
            "telegram.webhook_secret",
            "must be 16 to 256 of A-Z, a-z, 0-9, _ and -",
        ),
        (
            "[web]\npublic_url = 'linli.example.org'",
            "web.public_url",
            "must be an absolute address, such as https://linli.example.org",
        ),
        (
            "[rules.urgency_2]\ncontact_hours = 48",
            "rules.urgency_2",
            "contact_hours must not be longer than resolve_hours",
        ),
        (
            "[rules.verdicts]\nremind_hours = 56",
            "rules.verdicts",
            "unseen_hours and remind_hours must be shorter than window_hours",
        ),
        (
            "[rules.recheck]\nin_force_from = 3.5",
            "rules.recheck.in_force_from",
            "must be a day, such as 2026-01-31",
        ),
    ],
)
def test_a_wrong_value_is_refused_with_what_to_do(
    tmp_path: Path, text: str, key: str, message: str
) -> None:
    write(tmp_path, text)

    assert problems({}, tmp_path) == {key: message}


def test_a_wrong_secret_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load({"LINLI_TELEGRAM__STAFF__TOKEN": "hunter2"}, tmp_path)

    assert "hunter2" not in str(caught.value)


def test_a_named_file_that_is_missing_is_told(tmp_path: Path) -> None:
    said = problems({"LINLI_CONFIG": "gone.toml"}, tmp_path)

    assert said == {
        "LINLI_CONFIG": f"{tmp_path}/gone.toml cannot be read: No such file or directory"
    }


@pytest.mark.parametrize("content", [b"demo = ", b"\xff\xfe"])
def test_a_file_that_cannot_be_understood_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "config.toml").write_bytes(content)

    assert list(problems({}, tmp_path)) == [str(tmp_path / "config.toml")]


# --- an office, a demonstration, Telegram ---------------------------------------------------------


def test_an_office_with_its_three_settings_may_start(tmp_path: Path) -> None:
    settings = load(OFFICE, tmp_path)

    assert settings.public_url == "https://linli.example.org"
    assert settings.database_url.endswith("/data/linli.db")


@pytest.mark.parametrize(
    ("url", "accepted"),
    [
        ("https://linli.example.org/", True),
        ("http://127.0.0.1:8080", True),
        ("http://localhost:8080", True),
        ("http://linli.example.org", False),
        ("http://127.0.0.1.example.org", False),
    ],
)
def test_an_office_is_reached_by_https_or_from_its_own_machine(
    tmp_path: Path, url: str, accepted: bool
) -> None:
    environ = OFFICE | {"LINLI_WEB__PUBLIC_URL": url}

    if accepted:
        assert load(environ, tmp_path).public_url == url.rstrip("/")
    else:
        assert "https://" in problems(environ, tmp_path)["web.public_url"]


def test_the_key_must_not_lie_with_what_it_opens(tmp_path: Path) -> None:
    environ = OFFICE | {"LINLI_DATA_DIR": "d", "LINLI_SECRETS__KEY_FILE": "d/../d/key"}

    assert "outside data_dir" in problems(environ, tmp_path)["secrets.key_file"]


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "linli.example.org"])  # noqa: S104
def test_a_demonstration_listens_to_its_own_machine_alone(tmp_path: Path, host: str) -> None:
    assert "demonstration" in problems({"LINLI_WEB__HOST": host}, tmp_path)["web.host"]
    assert load(OFFICE | {"LINLI_WEB__HOST": host}, tmp_path).web.host == host


@pytest.mark.parametrize(
    ("url", "accepted"),
    [
        ("https://a.example", True),
        ("https://a.example:8443", True),
        ("https://a.example:8444", False),
    ],
)
def test_a_webhook_needs_a_secret_and_an_address_that_telegram_calls(
    tmp_path: Path, url: str, accepted: bool
) -> None:
    environ = OFFICE | {
        "LINLI_WEB__PUBLIC_URL": url,
        "LINLI_TELEGRAM__MODE": "webhook",
        "LINLI_TELEGRAM__STAFF__TOKEN": "1:a",
    }

    assert "telegram.webhook_secret" in problems(environ, tmp_path)
    environ["LINLI_TELEGRAM__WEBHOOK_SECRET"] = "0123456789abcdef"
    if accepted:
        assert load(environ, tmp_path).telegram.mode == "webhook"
    else:
        assert "8443" in problems(environ, tmp_path)["web.public_url"]


@pytest.mark.parametrize(
    ("demo", "marked", "empty", "refused"),
    [
        (True, True, False, None),
        (False, False, False, None),
        (True, False, True, None),
        (False, False, True, None),
        (False, True, True, "demo"),
        (True, False, False, "database.url"),
        (False, True, False, "demo"),
    ],
)
def test_fictional_and_real_cases_never_share_a_database(
    demo: bool, marked: bool, empty: bool, refused: str | None
) -> None:
    found = database_problem(demo=demo, marked=marked, empty=empty)

    assert (found.key if found else None) == refused


# --- rules ----------------------------------------------------------------------------------------


def test_the_default_rules_become_the_spans_of_the_clocks(tmp_path: Path) -> None:
    rules = rule_book(load({}, tmp_path)).given(date(2026, 11, 24))[ClockRules]
    assert isinstance(rules, ClockRules)

    assert rules.by_urgency[1].resolve == Allowance(hours=56.0)
    assert rules.by_urgency[3].contact == Allowance(hours=1.0, calendar=True)
    assert rules.acknowledge == timedelta(minutes=15)
    assert rules.recheck == timedelta(days=30)
    assert (rules.soon_share, rules.max_returns) == (0.75, 2)


def test_every_default_rule_names_its_source_and_its_day(tmp_path: Path) -> None:
    for name, rules in load({}, tmp_path).rules.sections():
        assert rules.source, name
        assert rules.in_force_from == date(2026, 1, 1)


def test_a_rule_that_the_office_changed_does_not_keep_the_source_of_the_default(
    tmp_path: Path,
) -> None:
    settings = load({"LINLI_RULES__URGENCY_3__CONTACT_HOURS": "0.5"}, tmp_path)

    assert settings.rules.urgency_3.contact_hours == 0.5
    assert settings.rules.urgency_3.source == ""
    assert settings.rules.urgency_2.source != ""


def change(day: str, hours: float, *communities: str) -> dict[str, Any]:
    return {
        "in_force_from": day,
        "source": f"decision of {day}",
        "communities": communities,
        "rules": {"urgency_1": {"contact_hours": hours}},
    }


def with_changes(*changes: dict[str, Any]) -> dict[str, str]:
    return {"LINLI_RULE_CHANGES": json.dumps(changes)}


@pytest.mark.parametrize(
    ("day", "hours", "source"),
    [
        (date(2027, 2, 28), 8.0, "F-44"),
        (date(2027, 3, 1), 6.0, "decision of 2027-03-01"),
        (date(2027, 5, 31), 6.0, "decision of 2027-03-01"),
        (date(2027, 6, 1), 2.0, "decision of 2027-06-01"),
    ],
)
def test_a_rule_holds_from_its_day_on_and_names_its_source(
    tmp_path: Path, day: date, hours: float, source: str
) -> None:
    environ = with_changes(change("2027-06-01", 2), change("2027-03-01", 6))

    rules = rule_book(load(environ, tmp_path)).on(day).urgency_1

    assert rules.contact_hours == hours
    assert rules.source.startswith(source)


@pytest.mark.requirement("R-04")
def test_a_community_keeps_its_own_rule_when_the_street_changes_its_rule(tmp_path: Path) -> None:
    environ = with_changes(change("2027-01-01", 2, "C01"), change("2027-06-01", 6))
    book = rule_book(load(environ, tmp_path))
    day = date(2027, 7, 1)

    assert book.on(day, "C01").urgency_1.contact_hours == 2
    assert book.on(day, "C02").urgency_1.contact_hours == 6
    assert book.on(day).urgency_1.contact_hours == 6


@pytest.mark.requirement("R-04")
def test_a_community_stays_within_the_limits_of_the_street(tmp_path: Path) -> None:
    beyond = change("2027-01-01", 17, "C01")
    not_listed = change("2027-01-01", 2, "C01") | {"rules": {"urgency_1": {"clock": "calendar"}}}

    said = problems(with_changes(beyond, not_listed), tmp_path)

    assert said == {
        "rule_changes[1].rules.urgency_1.contact_hours": (
            "must lie within the street's limits, 1 to 16"
        ),
        "rule_changes[2].rules.urgency_1.clock": (
            "is for the street to decide, not for a community: remove it"
        ),
    }


@pytest.mark.requirement("R-04")
@pytest.mark.parametrize("hours", [0.9, 16.1])
def test_neither_below_nor_above_the_limits_is_taken(tmp_path: Path, hours: float) -> None:
    said = problems(with_changes(change("2027-01-01", hours, "C01")), tmp_path)

    assert said == {
        "rule_changes[1].rules.urgency_1.contact_hours": (
            "must lie within the street's limits, 1 to 16"
        )
    }


@pytest.mark.requirement("R-04")
@pytest.mark.parametrize("hours", [1, 16])
def test_the_limits_themselves_are_taken(tmp_path: Path, hours: float) -> None:
    book = rule_book(load(with_changes(change("2027-01-01", hours, "C01")), tmp_path))

    assert book.on(date(2027, 1, 1), "C01").urgency_1.contact_hours == hours


def test_changes_that_do_not_fit_together_are_refused(tmp_path: Path) -> None:
    shorter = change("2027-01-01", 1) | {"rules": {"urgency_1": {"resolve_hours": 9.0}}}
    own = change("2027-02-01", 10, "C01")

    said = problems(with_changes(shorter, own), tmp_path)

    assert said == {
        "rule_changes[2].rules.urgency_1": "contact_hours must not be longer than resolve_hours"
    }


def test_a_change_of_a_rule_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    wrong = change("2027-01-01", 1) | {"rules": {"urgency_1": {"contct_hours": 9.0}}}

    said = problems(with_changes(wrong), tmp_path)

    assert said == {
        "rule_changes[1].rules.urgency_1.contct_hours": (
            "is not a setting; did you mean contact_hours?"
        )
    }


def test_a_change_needs_a_source(tmp_path: Path) -> None:
    said = problems(with_changes(change("2027-01-01", 1) | {"source": ""}), tmp_path)

    assert said == {"rule_changes[1].source": "must not be empty"}


def test_a_limit_of_a_rule_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "[limits]\nrecheck = { days = [1, 2] }\nreturns = { max_returns = [3, 1] }")

    said = problems({}, tmp_path)

    assert said == {
        "limits.recheck.days": "there is no rule recheck.days: remove it",
        "limits.returns.max_returns": "must be [lowest, highest]",
    }


def test_a_change_is_frozen(tmp_path: Path) -> None:
    (one,) = load(with_changes(change("2027-01-01", 1)), tmp_path).rule_changes

    assert isinstance(one, RuleChange)
    with pytest.raises(ValueError, match="frozen"):
        one.source = "x"


# --- what the domain needs ------------------------------------------------------------------------


def test_the_calendar_knows_holidays_and_office_hours(tmp_path: Path) -> None:
    calendar = work_calendar(load({}, tmp_path))

    assert not calendar.is_workday(date(2026, 10, 1))
    assert calendar.day_length == timedelta(hours=8)
    assert calendar.is_open(datetime(2026, 11, 24, 2, tzinfo=UTC))


def test_an_office_can_complete_the_holidays(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(
        '[2027]\nsource = "notice"\nholidays = [2027-01-01]\nmakeup_workdays = []',
        encoding="utf-8",
    )
    write(tmp_path, '[work]\nholidays_file = "own.toml"')

    calendar = work_calendar(load({}, tmp_path))

    assert calendar.knows(date(2027, 5, 1))
    assert not calendar.is_workday(date(2027, 1, 1))
    assert calendar.knows(date(2026, 5, 1))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[2027]\nholidays = 3\nmakeup_workdays = []", "2027.source"),
        ("[2027", "is no TOML"),
        (None, "cannot be read"),
    ],
)
def test_holidays_that_cannot_be_used_are_told_at_start(
    tmp_path: Path, content: str | None, said: str
) -> None:
    if content is not None:
        (tmp_path / "own.toml").write_text(content, encoding="utf-8")

    with pytest.raises(ConfigurationError) as caught:
        load({"LINLI_WORK__HOLIDAYS_FILE": "own.toml"}, tmp_path)

    assert {problem.key for problem in caught.value.problems} == {"work.holidays_file"}
    assert said in str(caught.value)


def test_the_default_catalogue_serves_all_kinds() -> None:
    categories = default_categories()

    assert all(categories.of_kind(kind) for kind in Kind)


def test_weekdays_count_from_monday() -> None:
    assert [day.number for day in Weekday] == list(range(7))


def test_problems_are_sorted_and_told_once() -> None:
    error = ConfigurationError([Problem("b", "x"), Problem("a", "y"), Problem("b", "x")])

    assert str(error) == "a: y\nb: x"


def test_the_settings_are_named_as_the_design_fixes_them() -> None:
    fixed = {
        "database.url",
        "data_dir",
        "web.host",
        "web.port",
        "web.public_url",
        "secrets.key_file",
        "telegram.api_base",
        "telegram.residents.token",
        "telegram.residents.driver",
        "telegram.staff.token",
        "telegram.staff.driver",
        "demo",
    }

    assert fixed <= set(keys())


def test_every_setting_has_an_effect() -> None:
    """A key that nobody reads would be a promise that is not kept."""
    files = (Path(__file__).parents[3] / "bot").rglob("*.py")
    code = "\n".join(
        text.split("class Settings")[-1] if path.name == "config.py" else text
        for path in files
        for text in [path.read_text(encoding="utf-8")]
    )

    unread = [key for key in keys() if not re.search(rf"\.{key.split('.')[-1]}\b", code)]

    assert unread == []


@pytest.mark.parametrize(
    ("proxies", "peer", "believed"),
    [
        ("", "127.0.0.1", True),
        ("", "10.0.0.2", False),
        ('["10.0.0.2"]', "10.0.0.2", True),
        ('["10.0.0.2"]', "127.0.0.1", False),
        ("[]", "127.0.0.1", False),
    ],
)
def test_only_the_servers_in_front_are_believed_about_who_asks(
    tmp_path: Path, proxies: str, peer: str, believed: bool
) -> None:
    given = {"LINLI_WEB__PROXIES": proxies} if proxies else {}
    doors = doors_of(load(given, tmp_path), demo=False)
    request = make_mocked_request(
        "POST", "/chat/session", headers={"X-Forwarded-For": "1.1.1.1, 192.0.2.7"}
    ).clone(remote=peer)

    assert doors.address(request) == ("192.0.2.7" if believed else peer)


def test_a_server_in_front_is_named_by_its_address(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load({"LINLI_WEB__PROXIES": '["nginx"]'}, tmp_path)

    assert [problem.key for problem in refused.value.problems] == ["web.proxies[1]"]


# --- what is open where ---------------------------------------------------------------------------


def test_what_cannot_be_opened_and_closed_is_refused_with_its_key(tmp_path: Path) -> None:
    write(tmp_path, "[features.broadcast]\non = false\n[features.matters]\non = false")

    said = problems({}, tmp_path)

    assert said == {
        "features.broadcast": "is not a setting; did you mean broadcasts?",
        "features.matters": "is not a setting: remove it",
    }


def test_a_wrong_value_of_a_switch_is_refused_with_its_key(tmp_path: Path) -> None:
    write(tmp_path, "[features.broadcasts]\non = 3\nexcept_in = 'C01'\nexcept = []")

    said = problems({}, tmp_path)

    assert said.keys() == {
        "features.broadcasts.on",
        "features.broadcasts.except_in",
        "features.broadcasts.except",
    }


def test_a_switch_of_a_community_that_is_not_there_is_refused_with_its_key(
    tmp_path: Path,
) -> None:
    write(tmp_path, "[features.broadcasts]\nexcept_in = ['C01', 'C09']")
    settings = load({}, tmp_path)

    assert [str(one) for one in unknown_units(settings, ["C01", "C02"])] == [
        "features.broadcasts.except_in: there is no community C09: `linli units` lists them"
    ]
    assert list(unknown_units(settings, ["C01", "C09"])) == []
    # Before a street was imported nothing can be said.
    assert list(unknown_units(settings, [])) == []


# --- documents ------------------------------------------------------------------------------------


PAPER = """[[policies]]
id = "street_paper"
title = "梧桐街道办件时限规定"
issuer = "梧桐街道办事处"
version = "1"
in_force_from = 2026-11-01
"""


def test_a_document_that_a_rule_cites_and_nobody_described_is_refused_with_its_key(
    tmp_path: Path,
) -> None:
    write(
        tmp_path,
        '[rules.notices]\nkeep_days = 30\ndocuments = [{ id = "pipl" }, { id = "street_paper" }]\n'
        "[[rule_changes]]\nin_force_from = 2027-01-01\nsource = 'x'\n"
        "documents = [{ id = 'gone' }]\nrules = {}",
    )

    said = problems({}, tmp_path)

    assert said == {
        "rules.notices.documents[2].id": (
            "there is no document street_paper: describe it in [[policies]]"
        ),
        "rule_changes[1].documents[1].id": (
            "there is no document gone: describe it in [[policies]]"
        ),
    }


def test_an_office_adds_documents_and_later_versions_of_those_that_are_there(
    tmp_path: Path,
) -> None:
    later = PAPER.replace("street_paper", "pipl").replace('"1"', '"2026"')
    write(tmp_path, PAPER + later)

    register = policies(load({}, tmp_path))

    assert [one.version for one in register.versions("street_paper")] == ["1"]
    assert [one.version for one in register.versions("pipl")] == ["2021-08-20", "2026"]
    assert [
        one.version
        for day in (date(2026, 10, 31), date(2026, 11, 1))
        if (one := register.in_force("pipl", day)) is not None
    ] == ["2021-08-20", "2026"]


def test_the_same_version_twice_is_refused_with_its_key(tmp_path: Path) -> None:
    write(tmp_path, PAPER + PAPER)

    assert problems({}, tmp_path) == {
        "policies[2].version": ("street_paper is there already in the version 1: give another one")
    }


@pytest.mark.parametrize(
    ("line", "key", "said"),
    [
        ("number = 3", "policies[1].number", "must be text in quotes"),
        ("nummer = 'x'", "policies[1].nummer", "is not a setting; did you mean number?"),
        ("dated = 'long ago'", "policies[1].dated", "must be a day, such as 2026-01-31"),
        ("until = 2026-10-31", "policies[1]", "until must not lie before in_force_from"),
    ],
)
def test_a_wrong_value_of_a_document_is_refused_with_its_key(
    tmp_path: Path, line: str, key: str, said: str
) -> None:
    write(tmp_path, PAPER + line)

    assert problems({}, tmp_path) == {key: said}


def test_a_rule_that_the_office_changed_does_not_keep_the_documents_of_the_default(
    tmp_path: Path,
) -> None:
    settings = load({"LINLI_RULES__NOTICES__KEEP_DAYS": "30"}, tmp_path)

    assert settings.rules.notices.documents == ()
    assert settings.rules.topics.documents != ()


def test_every_document_that_is_brought_along_names_its_issuer_and_version(
    tmp_path: Path,
) -> None:
    register = policies(load({}, tmp_path))

    for one in register.documents:
        assert one.title
        assert one.issuer
        assert one.version
    for law in (PIPL_13, PIPL_28, PIPL_51, PIPL_56, MEDIATION_15):
        assert register.in_force(law.document, date(2026, 11, 29)) is not None
