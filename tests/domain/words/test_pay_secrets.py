"""What gives access to money is masked in every spelling, and nothing that only looks like it."""

import random

import pytest

from domain.words.pay_secrets import PaySecret, mask
from tests.pay_secrets import card, digits_of, spelt, with_check_digit

CARD = with_check_digit("622202020011223")


@pytest.mark.parametrize("seed", range(8))
def test_no_spelling_of_a_cards_number_stays(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(400):
        number = card(chance)
        said = f"帮我交电费，卡号{spelt(number, chance)}，谢谢"

        masked = mask(said)

        assert number not in digits_of(masked.words), said
        assert masked.words.startswith("帮我交电费")
        assert masked.words.endswith("，谢谢")
        assert masked.found == {PaySecret.CARD}


@pytest.mark.parametrize(
    "beside",
    ["1. {}", "{} 3", "我的{} 8月到期", "{}，尾号1122", "2026-11-30 {}", "{}\n13800138000"],
)
def test_what_stands_beside_a_card_does_not_hide_it(beside: str) -> None:
    masked = mask(beside.format(CARD))

    assert CARD not in digits_of(masked.words)
    assert PaySecret.CARD in masked.found


@pytest.mark.parametrize(
    ("said", "secret"),
    [
        ("密码是123456", "123456"),
        ("密码：Linli@2026!", "Linli@2026!"),
        ("我银行卡密码就是 abc123", "abc123"),
        ("密码我设的是654321，帮我看看", "654321"),
        ("密 码 ＝ ６５４３２１", "６５４３２１"),
        ("密\u200b码一二三四五六", "一二三四五六"),
        ("密碼是 778899", "778899"),
        ("验证码 483920", "483920"),
        ("【银行】您的验证码为：483-920，请勿告诉他人", "483-920"),
        ("483920是我的验证码", "483920"),
        ("483920（动态验证码）", "483920"),
        ("cvv 123", "123"),
        ("CVV2：１２３", "１２３"),
        ("安全码是321", "321"),
        ("PIN: 4821", "4821"),
        ("my pin code is 4 8 2 1", "4 8 2 1"),
        ("The password is hunter2.", "hunter2"),
        ("password=correcthorse", "correcthorse"),
        ("Your verification code is 483920", "483920"),
        ("483920 is your security code", "483920"),
        ("OTP 992211", "992211"),
    ],
)
def test_what_a_word_labels_is_masked(said: str, secret: str) -> None:
    masked = mask(said)

    assert secret not in masked.words
    assert PaySecret.WORD in masked.found


@pytest.mark.parametrize(
    "said",
    [
        "社保卡密码忘了怎么重置",
        "密码忘了，请打63912345",
        "密码锁没电了，501室",
        "密码是妹妹生日",
        "存折密码写在桌上了",
        "验证码120秒还收不到",
        "我的密码是什么",
        "my password is wrong",
        "The PIN is blocked, what now",
        "spinning 12345",
        "停水的有101、102、103、201、202、301",
        "1 2 3 4 5 6 7 8 9 10 11 12 13 14",
        "我的事2026-00017和2026-00018",
        "2026-11-30 14:20:30 到 15:30",
        "电话13800138000，13900139000",
        "138 0013 8000",
        "座机0379-63912345",
        "户号1234567890",
        "身份证410305199001011237",
        "身份证 410305 19900101 123X",
        "身份证" + with_check_digit("4103051999010112") + "X",
        "订单号" + "1234567890" * 3,
        CARD[:-1] + str((int(CARD[-1]) + 1) % 10),
    ],
)
def test_what_only_looks_like_it_stays(said: str) -> None:
    masked = mask(said)

    assert masked.words == said
    assert not masked.found


def test_the_number_of_an_account_that_was_asked_for_stays() -> None:
    account = with_check_digit("412345678901")

    assert mask(account, account=True).words == account
    assert mask(f" {account[:4]} {account[4:]} ", account=True).found == frozenset()
    assert mask(account).found == {PaySecret.CARD}
    assert mask(f"户号{account}", account=True).found == {PaySecret.CARD}


def test_a_number_longer_than_any_account_is_masked_where_an_account_was_asked_for() -> None:
    assert mask(CARD, account=True).found == {PaySecret.CARD}


def test_it_is_known_whether_anything_else_was_said() -> None:
    assert not mask(f"我的银行卡号是 {CARD}，密码 123456。").says_more
    assert mask(f"{CARD} 路灯坏了").says_more
    assert not mask("my card number is 4111 1111 1111 1111, pin 1234").says_more
