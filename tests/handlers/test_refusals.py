"""A refusal that rests on a law or on a rule of the office names it, in the reader's language."""

from tests.handlers.chats import Office


async def test_a_rule_of_the_office_is_named_below_the_refusal(office: Office) -> None:
    told = await office.does("community", "posts.end:community")

    assert "不能结束自己的岗位" in told
    assert "依据：本街道规则（岗位由上一级任免）" in told


async def test_it_is_named_in_english_too(office: Office) -> None:
    await office.does("community", "menu.language:en")

    told = await office.does("community", "posts.end:community")

    assert "Basis: this street's own rule (posts are filled and ended by the level above)" in told


async def test_a_law_is_named_by_its_article(office: Office) -> None:
    await office.starts("anna", "g-E1")
    await office.says("anna", "楼上邻居半夜吵闹")
    await office.presses("anna", "要不要匿名")
    await office.presses("anna", "要匿名")
    await office.presses("anna", "提交")
    await office.does("anna", "matters.service")
    await office.says("anna", "3号楼路灯坏了")
    await office.presses("anna", "跳过")
    shown = await office.presses("anna", "提交")
    number = shown.partition("编号 ")[2][:10]

    told = await office.does("secretary", f"posts.ask_relink:{number}")

    assert "社区书记" in told
    assert "依据：《中华人民共和国个人信息保护法》第五十一条" in told


async def test_above_a_fresh_card_the_rule_is_named_as_well(office: Office) -> None:
    number = await office.filed()
    other = await office.filed(by="bert")
    await office.starts("rival", "g-E1")
    await office.says("rival", "楼上邻居半夜吵闹")
    shown = await office.presses("rival", "提交")
    dispute = shown.partition("编号 ")[2][:10]

    told = await office.does("community", f"matters.confirm_merge:{dispute}:{number}")
    fine = await office.does("community", f"matters.confirm_merge:{number}:{other}")

    assert "保密的和不保密的不能合并" in told
    assert "依据：《中华人民共和国人民调解法》第十五条" in told
    assert "状态：" in told
    assert "依据" not in fine


async def test_what_rests_on_no_rule_cites_none(office: Office) -> None:
    number = await office.filed()

    told = await office.does("community", f"matters.unseal:{number}")

    assert "依据" not in told
