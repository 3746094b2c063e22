"""Training the model: what it learns from a few sentences, the same each time."""

from collections.abc import Sequence

import pytest

from domain.words.model import Model, likelihoods, pack, unpack
from domain.words.trainer import Task, train

SAID = {
    "lamp": ["路灯坏了", "灯不亮", "楼道的灯坏了", "路灯不亮了", "灯一闪一闪"],
    "water": ["水管漏水", "停水了", "水龙头漏水", "家里停水", "水管爆了"],
    "noise": ["半夜太吵", "吵得睡不着", "楼上太吵", "装修太吵了", "吵死了"],
}
SENTENCES = [sentence for listed in SAID.values() for sentence in listed]
LABELS = [name for name, listed in SAID.items() for _ in listed]


def learnt(
    sentences: Sequence[str] = SENTENCES,
    wanted: Sequence[str | None] = LABELS,
    **more: object,
) -> Model:
    task = Task("topic", tuple(SAID), wanted, **more)  # type: ignore[arg-type]
    return train(sentences, [task])


def topic(model: Model, sentence: str) -> str:
    shares = likelihoods(model.scores(sentence)["topic"])
    return max(shares, key=lambda name: shares[name])


@pytest.mark.parametrize(
    ("sentence", "name"),
    [("灯坏了两盏", "lamp"), ("厨房漏水", "water"), ("隔壁太吵", "noise"), ("吵", "noise")],
)
def test_what_was_not_among_the_sentences_is_told_apart_too(sentence: str, name: str) -> None:
    assert topic(learnt(), sentence) == name


def test_the_sentences_themselves_are_told_apart() -> None:
    model = learnt()

    assert [topic(model, sentence) for sentence in SENTENCES] == LABELS


def test_the_same_sentences_give_the_same_bytes() -> None:
    assert pack(learnt()) == pack(learnt())


def test_what_is_trained_is_what_is_read_from_the_file() -> None:
    model = learnt()
    again = unpack(pack(model))

    assert again == model
    assert again.scores("路灯坏了") == model.scores("路灯坏了")


def test_a_sentence_without_a_label_teaches_a_head_nothing() -> None:
    unlabelled = [*SENTENCES, "吵吵吵漏水", "吵吵吵漏水吗"]

    model = learnt(unlabelled, [*LABELS, None, None])

    assert topic(model, "隔壁太吵") == "noise"
    # the pieces' rarity counts every sentence, the weights only those that are labelled
    assert model.heads[0].biases == pytest.approx(learnt().heads[0].biases, abs=0.1)


def test_several_heads_are_trained_each_by_itself() -> None:
    asks = ["yes" if place % 2 else "no" for place in range(len(SENTENCES))]
    sentences = [
        one + ("吗" if ask == "yes" else "") for one, ask in zip(SENTENCES, asks, strict=True)
    ]

    model = train(
        sentences, [Task("topic", tuple(SAID), LABELS), Task("asks", ("no", "yes"), asks)]
    )

    scores = model.scores("路灯坏了吗")
    assert max(scores["asks"], key=lambda name: scores["asks"][name]) == "yes"
    assert max(scores["topic"], key=lambda name: scores["topic"][name]) == "lamp"


def test_a_sentence_counts_as_much_as_its_weight() -> None:
    sentences = [*SENTENCES, "奇怪的响", "奇怪的响"]
    both = [*LABELS, "noise", "water"]

    noise = learnt(sentences, both, weights=[1.0] * len(SENTENCES) + [5.0, 1.0])
    water = learnt(sentences, both, weights=[1.0] * len(SENTENCES) + [1.0, 5.0])

    assert topic(noise, "奇怪的响") == "noise"
    assert topic(water, "奇怪的响") == "water"


def test_weights_grow_with_the_strength() -> None:
    weak, strong = (learnt(strength=strength) for strength in (0.1, 10.0))

    def share(model: Model) -> float:
        return likelihoods(model.scores("路灯坏了")["topic"])["lamp"]

    assert 1 / 3 < share(weak) < share(strong) < 1


def test_a_class_that_nobody_names_is_the_least_likely() -> None:
    model = train(SENTENCES, [Task("topic", (*SAID, "other"), LABELS)])

    scores = model.scores("路灯坏了")["topic"]
    assert min(scores, key=lambda name: scores[name]) == "other"


def test_a_piece_of_one_sentence_alone_is_not_remembered() -> None:
    assert "闪" in learnt([*SENTENCES, "闪光"], [*LABELS, "lamp"]).pieces
    assert "龙" not in learnt().pieces


def test_no_more_pieces_are_remembered_than_allowed_and_those_that_say_most_stay() -> None:
    few = train(SENTENCES, [Task("topic", tuple(SAID), LABELS)], most_pieces=6)

    assert len(few.pieces) == 6
    assert {"灯", "吵"} <= set(few.pieces)
    assert topic(few, "灯坏了两盏") == "lamp"


def test_the_order_of_the_sentences_changes_no_answer() -> None:
    turned = learnt(SENTENCES[::-1], LABELS[::-1])

    assert set(turned.pieces) == set(learnt().pieces)
    assert [topic(turned, sentence) for sentence in SENTENCES] == LABELS


def test_a_sentence_of_no_known_piece_hurts_nothing() -> None:
    model = learnt(["", "龘", *SENTENCES], ["lamp", "water", *LABELS])

    assert topic(model, "停水") == "water"
