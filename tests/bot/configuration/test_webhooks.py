"""Webhooks in the configuration: from which files, and everything wrong with them at once."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.configuration.loading import load, secret_places
from bot.configuration.problems import ConfigurationError
from bot.configuration.webhooks import unknown_hook_units
from domain.organisation import Role

URL = "https://qyapi.example.org/cgi-bin/webhook/send?key=0123"


def problems(folder: Path, **tables: Any) -> dict[str, str]:
    with pytest.raises(ConfigurationError) as caught:
        load({"LINLI_WEBHOOKS": json.dumps(tables)}, folder)
    return {one.key: one.message for one in caught.value.problems}


def write_secrets(folder: Path, words: str) -> None:
    path = folder / "secrets.toml"
    path.write_text(words, encoding="utf-8")
    path.chmod(0o600)


def test_there_is_none_by_default(tmp_path: Path) -> None:
    assert load({}, tmp_path).webhooks == {}


def test_what_is_secret_of_one_stands_in_the_file_for_secrets(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[webhooks.duty]\nkind = "wecom"\nroles = ["grid_worker"]\nunits = ["E"]\n',
        encoding="utf-8",
    )
    write_secrets(
        tmp_path,
        f'[webhooks.duty]\nurl = "{URL}"\n[webhooks.duty.headers]\nAuthorization = "Bearer x"\n',
    )

    settings = load({}, tmp_path)

    table = settings.webhooks["duty"]
    assert table.target("duty").url == URL
    assert table.target("duty").headers == {"Authorization": "Bearer x"}
    assert table.webhook("duty").roles == {Role.GRID_WORKER}
    assert "0123" not in repr(settings)
    assert "0123" not in repr(table.target("duty"))


def test_what_is_not_secret_does_not_stand_there(tmp_path: Path) -> None:
    write_secrets(tmp_path, f'[webhooks.duty]\nurl = "{URL}"\nkind = "wecom"\n')

    with pytest.raises(ConfigurationError) as caught:
        load({}, tmp_path)

    assert [one.key for one in caught.value.problems] == ["webhooks.duty.kind"]


def test_doctor_is_told_where_an_address_stands_in_the_open(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        f'[webhooks.duty]\nkind = "wecom"\nurl = "{URL}"\n', encoding="utf-8"
    )

    assert "webhooks.duty.url" in secret_places({}, tmp_path).in_config


def test_one_key_comes_from_the_environment(tmp_path: Path) -> None:
    given = {"LINLI_WEBHOOKS__DUTY__KIND": "json", "LINLI_WEBHOOKS__DUTY__URL": URL}

    assert load(given, tmp_path).webhooks["duty"].target("duty").url == URL


def test_everything_that_is_wrong_is_told_at_once_and_no_value_is_repeated(
    tmp_path: Path,
) -> None:
    said = problems(
        tmp_path,
        duty={"kind": "wecom", "url": "ftp://x/secret-word", "secret": "secret-word"},
        mail={"kind": "post", "url": URL},
        own={"url": "https://u:secret-word@x.example/", "secret": "short", "colour": "red"},
        sms={
            "kind": "template",
            "url": URL,
            "body": "{whom}: {phone}",
            "roles": ["resident"],
            "content": "full_text",
        },
    )

    assert said.keys() == {
        "webhooks.duty.url",
        "webhooks.duty.secret",
        "webhooks.mail.kind",
        "webhooks.own.url",
        "webhooks.own.secret",
        "webhooks.own.colour",
        "webhooks.sms.body",
        "webhooks.sms.texts",
        "webhooks.sms.roles",
    }
    assert "secret-word" not in str(said)


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ({}, "url"),
        ({"url": "https://"}, "url"),
        ({"url": "https://x.example/a b"}, "url"),
        ({"url": "https://x.example:99999/"}, "url"),
        ({"url": "https://x.example/#a"}, "url"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"url": "file:///etc/passwd"}, "url"),
        ({"url": "https://{phone}.example/"}, "url"),
        ({"url": URL, "headers": {"Host": "x"}}, "headers.Host"),
        ({"url": URL, "headers": {"X-A": "b\r\nX-C: d"}}, "headers.X-A"),
        ({"url": URL, "headers": {"X A": "b"}}, "headers.X A"),
        ({"url": URL, "body": "x"}, "body"),
        ({"url": URL, "texts": True}, "texts"),
        ({"url": URL, "method": "GET"}, "method"),
        ({"url": URL, "events": "some"}, "events"),
        ({"url": URL, "per_minute": -1}, "per_minute"),
        ({"url": URL, "roles": ["mayor"]}, "roles[1]"),
        ({"kind": "template", "url": URL}, "body"),
        ({"kind": "template", "url": URL, "body": '{"a": {text}}'}, "body"),
        ({"kind": "template", "url": URL, "body": '{"a": "b"}'}, "body"),
        ({"kind": "template", "url": URL, "body": '{"a": "{secret}{text}"}'}, "secret"),
        ({"kind": "template", "url": URL, "body": '{"a": "{text}"}', "texts": True}, "body"),
        ({"kind": "template", "url": "https://x.example/{number}", "body": '"{text}"'}, "url"),
        ({"kind": "template", "url": f"{URL}&n={{text}}", "method": "GET", "body": "x"}, "body"),
        ({"kind": "dingtalk", "url": URL, "answer_contains": "ok"}, "answer_contains"),
    ],
)
def test_what_could_not_work_is_refused_with_its_key(
    tmp_path: Path, table: dict[str, Any], key: str
) -> None:
    assert f"webhooks.duty.{key}" in problems(tmp_path, duty=table)


@pytest.mark.parametrize("name", ["Duty", "d-1", "", "a" * 25, "报警"])
def test_a_name_is_a_short_word(tmp_path: Path, name: str) -> None:
    assert problems(tmp_path, **{name: {"url": URL}})


def test_loopback_and_private_addresses_are_the_operators_to_choose(tmp_path: Path) -> None:
    given = {"a": {"url": "http://127.0.0.1:9000/x"}, "b": {"url": "http://10.1.2.3/x"}}

    assert load({"LINLI_WEBHOOKS": json.dumps(given)}, tmp_path).webhooks.keys() == {"a", "b"}


def test_units_that_the_street_does_not_have_are_named(tmp_path: Path) -> None:
    given = {"a": {"url": URL, "units": ["E", "Q"]}}
    tables = load({"LINLI_WEBHOOKS": json.dumps(given)}, tmp_path).webhooks

    assert [one.key for one in unknown_hook_units(tables, ["E", "W"])] == ["webhooks.a.units"]
