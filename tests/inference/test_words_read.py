"""What traits read from words: denied intents are none, and a size that fails is an opinion."""

import pytest

from inference.word_evaluations import evaluate_words, read


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        ("I can recommend it.", {"intent:recommend"}),
        ("I can not really recommend it.", set()),
        ("I don't want to return it.", set()),
        ("强烈推荐给朋友。", {"intent:recommend"}),
        ("不推荐给朋友。", set()),
        ("质量不好，要退货。", {"-quality", "intent:return"}),
        ("没有什么可投诉的。", set()),
        ("Never buying here again.", {"intent:leave"}),
        ("再也不买了。", {"intent:leave"}),
        ("The jacket runs small.", {"-fit", "need:larger_size"}),
        ("鞋子太紧。", {"-fit", "need:larger_size"}),
        ("The size is 12.", set()),
    ],
)
def test_a_sentence_gives_what_it_says(text, findings):
    assert set(read(text)) == findings


def test_what_is_said_of_people_is_true_nineteen_times_in_twenty():
    figures = evaluate_words(lambda done, total: None)["figures"]
    assert min(figures["english_precision"], figures["chinese_precision"]) >= 0.95
    assert min(figures["english_recall"], figures["chinese_recall"]) >= 0.9
