"""Leaders read the rules in force: each with its source document, and what is a community's own."""

import json
from pathlib import Path

import pytest

from bot.configuration.street_source import StreetSource
from domain.rule_cards import tables_of
from tests.handlers.chats import Office
from tests.street import EAST, EAST_1, STREET, WEST, settings

PAPER = {
    "id": "street_paper",
    "title": "梧桐街道办件时限规定",
    "issuer": "梧桐街道办事处",
    "dated": "2026-10-08",
    "version": "第二版",
    "in_force_from": "2026-11-01",
}


def configured(office: Office, **environ: str) -> None:
    """Read the rules from an office's own configuration."""
    chosen = settings(office.folder, **environ)
    office.new_source = lambda: StreetSource(chosen)
    office.restart()


def with_paper(*communities: str, hours: float = 6) -> dict[str, str]:
    """Let the street, or some communities, decide by a paper of its own."""
    change = {
        "in_force_from": "2026-11-01",
        "source": "街道办公会决定",
        "documents": [{"id": "street_paper", "article": "7"}],
        "communities": communities,
        "rules": {"urgency_1": {"contact_hours": hours}},
    }
    return {
        "LINLI_POLICIES": json.dumps([PAPER]),
        "LINLI_RULE_CHANGES": json.dumps([change]),
    }


@pytest.mark.requirement("G-10")
async def test_every_rule_set_shows_its_source_document(office: Office) -> None:
    street = await office.street()
    tables = tables_of(street.rules_of())
    listed = await office.does("street_leader", "rules.list")
    offered = office.labels("street_leader")

    assert len(tables) >= 12
    for table in tables:
        shown = await office.does("street_leader", f"rules.show:{table}:{STREET}")
        assert "依据：《" in shown, table
        assert "发布：" in shown, table
        assert "版本：" in shown, table
        assert "自何日起：2026-01-01" in shown, table
    assert "现行的规则" in listed
    assert len(offered) > len(tables)


@pytest.mark.requirement("G-10")
async def test_a_rule_shows_the_article_the_version_and_the_date_of_its_document(
    office: Office,
) -> None:
    shown = await office.does("street_leader", "rules.show:notices")

    assert "保留：90 天" in shown
    assert (
        "《中华人民共和国城市居民委员会组织法》第三十四条（发布：全国人民代表大会常务委员会、"
        "日期：2025-10-28、版本：2025-10-28、施行：2026-01-01）"
    ) in shown


@pytest.mark.requirement("G-10")
async def test_a_rule_that_the_office_set_shows_the_offices_own_document(office: Office) -> None:
    configured(office, **with_paper())

    shown = await office.does("dispatcher", "rules.show:urgency_1")

    assert "首次联系居民：派单后 6 小时内" in shown
    assert (
        "《梧桐街道办件时限规定》第七条（发布：梧桐街道办事处、日期：2026-10-08、版本：第二版、"
        "施行：2026-11-01）"
    ) in shown
    assert "街道办公会决定" in shown
    # What the paper left as it was keeps its own basis.
    assert "DB11/T 2021—2022" in shown


async def test_what_a_community_sets_for_itself_is_marked_and_shown_there_alone(
    office: Office,
) -> None:
    configured(office, **with_paper(EAST))

    own = await office.does("community", "rules.show:urgency_1")
    street = await office.does("street_leader", "rules.show:urgency_1")
    there = await office.does("street_leader", f"rules.show:urgency_1:{EAST}")
    elsewhere = await office.does("street_leader", f"rules.show:urgency_1:{WEST}")

    for shown in (own, there):
        assert "首次联系居民（本社区自定）：派单后 6 小时内" in shown
    for shown in (street, elsewhere):
        assert "本社区自定" not in shown
        assert "首次联系居民：派单后 8 小时内" in shown


async def test_the_street_finds_the_communities_with_rules_of_their_own(office: Office) -> None:
    configured(office, **with_paper(EAST))

    await office.does("street_leader", "rules.list")
    await office.presses("street_leader", "东园社区的规则")
    shown = await office.presses("street_leader", "一般事项的时限")

    assert "本社区自定" in shown
    assert "西园社区" not in "".join(office.labels("street_leader"))


async def test_rules_are_read_in_english_too(office: Office) -> None:
    await office.does("dispatcher", "menu.language:en")

    shown = await office.does("dispatcher", "rules.show:reminders")

    assert "when 75 % of the time has passed" in shown
    assert "Linli's default rules" in shown


@pytest.mark.parametrize("press", ["rules.show:nothing", f"rules.show:notices:{EAST_1}"])
async def test_what_is_no_rule_and_no_community_is_no_button(office: Office, press: str) -> None:
    assert "按钮" in await office.does("street_leader", press)


async def test_a_community_does_not_read_what_holds_elsewhere(office: Office) -> None:
    for unit in (WEST, STREET):
        refused = await office.does("community", f"rules.show:notices:{unit}")
        assert "（rules.see/community_secretary）" in refused
    assert "（rules.see/grid_worker）" in await office.does("worker", "rules.list")


async def test_every_value_of_every_rule_has_words_in_both_languages(office: Office) -> None:
    tables = tables_of((await office.street()).rules_of())

    for language in ("zh", "en"):
        await office.does("street_leader", f"menu.language:{language}")
        for table, values in tables.items():
            shown = await office.does("street_leader", f"rules.show:{table}")
            assert shown.count("\n") >= len(values), (table, shown)


async def test_a_refusal_names_the_document_as_the_rules_do(office: Office, tmp_path: Path) -> None:
    later = {
        "id": "pipl",
        "title": "中华人民共和国个人信息保护法（新）",
        "issuer": "全国人民代表大会常务委员会",
        "version": "以后的版本",
        "in_force_from": "2026-11-01",
    }
    before = await office.does("secretary", "posts.ask_erase")
    configured(office, LINLI_POLICIES=json.dumps([later]))

    after = await office.does("secretary", "posts.ask_erase")

    assert "《中华人民共和国个人信息保护法》第十三条（履行法定职责" in before
    assert "《中华人民共和国个人信息保护法（新）》第十三条（履行法定职责" in after
