"""A classifier learns names from examples, says how sure it is, and when it should ask."""

import json
import random

import numpy as np
import pytest

from inference.engine import classify_fit
from inference.engine.classify import Member, TextClassifier
from inference.engine.classify_fit import SPACED, choose_members, fit, fit_pool
from inference.errors import ModelRefused
from inference.label_evaluations import (
    evaluate_intents,
    evaluate_sentiment,
    expected_calibration_error,
)
from tenants.errors import BadInput

TOPICS = {
    "delivery": "parcel courier arrive tracking late shipped delivery address waiting post",
    "refund": "refund money back return cancel charge paid amount bank reimburse",
    "size": "size small large fit tight loose waist length shoulder petite",
}
OPINIONS = {
    "1": "很好 喜欢 满意 舒服 干净 方便 推荐 不错 热情 实惠",
    "0": "很差 失望 太脏 吵闹 退货 破损 后悔 难用 太贵 骗人",
}
COMMON = "the my is it when please order can you about i have a with for this"


def _sentences(topics, count, seed, common=COMMON, gap=" "):
    """Sentences of mostly common words, so that some are hard, with the topic of each."""
    draw = random.Random(seed)  # noqa: S311 - sample texts
    texts, labels = [], []
    for _ in range(count):
        topic = draw.choice(sorted(topics))
        words = draw.choices(topics[topic].split(), k=2) + draw.choices(common.split(), k=4)
        if draw.random() < 0.15:  # an example that speaks of something else
            words[0] = words[1] = draw.choice(topics[draw.choice(sorted(topics))].split())
        draw.shuffle(words)
        texts.append(gap.join(words))
        labels.append(topic)
    return texts, labels


@pytest.fixture(scope="module")
def classifier():
    return fit(*_sentences(TOPICS, 400, seed=1), members=SPACED)


@pytest.fixture(scope="module")
def unseen():
    return _sentences(TOPICS, 300, seed=2)


@pytest.fixture
def without_encoder(monkeypatch):
    monkeypatch.setattr(classify_fit, "can_embed", lambda: False)


def test_it_names_texts_that_it_has_not_seen(classifier, unseen):
    texts, labels = unseen
    named = [label.name for label in classifier.predict(texts)]
    assert np.mean([name == label for name, label in zip(named, labels, strict=True)]) > 0.8
    assert classifier.facts["unseen_accuracy"] > 0.8


def test_pooling_calibrates(classifier, unseen):
    texts, labels = unseen
    truth = np.array([classifier.classes.index(label) for label in labels])
    calibrated, _scope = classifier.judge(texts)
    plain = TextClassifier(**{**vars(classifier), "pool": np.ones(1, np.float32)})
    before = expected_calibration_error(plain.judge(texts)[0], truth)
    assert expected_calibration_error(calibrated, truth) < 0.5 * before


def test_calibration_error_is_the_gap_between_confidence_and_accuracy():
    probabilities = np.array([[0.9, 0.1]] * 10)
    truth = np.array([0] * 6 + [1] * 4)
    assert expected_calibration_error(probabilities, truth) == pytest.approx(0.3)
    assert expected_calibration_error(np.array([[1.0, 0.0]]), np.array([0])) == 0


def test_abstention_keeps_about_95_percent_and_refuses_foreign_texts(classifier, unseen):
    kept = np.mean([label.in_scope for label in classifier.predict(unseen[0])])
    assert 0.9 <= kept <= 0.985
    foreign = ["qué tiempo hace hoy", "wer gewinnt das Spiel morgen", "zzz", ""]
    assert not any(label.in_scope for label in classifier.predict(foreign))


def test_one_text_gets_the_answer_it_gets_in_a_batch(classifier, unseen):
    texts = unseen[0][:20]
    together = classifier.predict(texts)
    assert [classifier.predict([text])[0] for text in texts] == together
    assert classifier.predict([]) == []


def test_a_text_that_says_nothing_gets_the_shares_of_training(classifier):
    labels = _sentences(TOPICS, 400, seed=1)[1]
    shares = [labels.count(name) / len(labels) for name in classifier.classes]
    for text in ("", " \n", "您好"):
        probabilities, scope = classifier.judge([text, "my parcel is late"])
        assert probabilities[0] == pytest.approx(shares)
        assert probabilities[1].sum() == pytest.approx(1)
        assert scope[0] < classifier.threshold < scope[1]


def test_fitting_again_gives_the_same(classifier, unseen):
    again = fit(*_sentences(TOPICS, 400, seed=1), members=SPACED)
    assert again.predict(unseen[0][:50]) == classifier.predict(unseen[0][:50])


def test_what_is_saved_is_what_is_loaded(classifier, unseen, tmp_path):
    classifier.save(tmp_path / "topics")
    loaded = TextClassifier.load(tmp_path / "topics")
    assert loaded.predict(unseen[0]) == classifier.predict(unseen[0])
    assert loaded.facts == classifier.facts
    assert {path.name for path in (tmp_path / "topics").iterdir()} == {
        "arrays.npz",
        "classifier.json",
    }


def test_a_folder_that_holds_something_else_is_refused(classifier, tmp_path):
    with pytest.raises(ModelRefused, match="holds no classifier"):
        TextClassifier.load(tmp_path)
    classifier.save(tmp_path)
    np.savez(tmp_path / "arrays.npz", pool=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ModelRefused):
        TextClassifier.load(tmp_path)
    classifier.save(tmp_path)
    whole = (tmp_path / "arrays.npz").read_bytes()
    for broken in (whole[:-9], b"PK\x03\x04", whole[:900] + b"\0" * 40 + whole[940:], b""):
        (tmp_path / "arrays.npz").write_bytes(broken)
        with pytest.raises(ModelRefused, match="Train it again"):
            TextClassifier.load(tmp_path)
    (tmp_path / "classifier.json").write_text(json.dumps({"format": "other"}))
    with pytest.raises(ModelRefused):
        TextClassifier.load(tmp_path)


def test_chinese_opinions_are_learnt_from_characters(tmp_path):
    classifier = fit(*_sentences(OPINIONS, 300, seed=3, common="的 了 我 在 是 就", gap=""))
    assert {name for member in classifier.members for name in member.spaces} == {
        "characters",
        "phrases",
    }
    named = classifier.predict(["房间太脏，很失望", "服务热情，非常满意"])
    assert [label.name for label in named] == ["0", "1"]
    classifier.save(tmp_path)
    assert TextClassifier.load(tmp_path).predict(["很舒服"]) == classifier.predict(["很舒服"])


def test_members_are_chosen_by_language_and_number_of_classes(monkeypatch):
    def spaces(texts, classes):
        return [(member.spaces, member.ratios) for member in choose_members(texts, classes)]

    everything = ("words", "pieces", "meaning")
    english = ["where is my parcel", "I want my money back"]
    assert spaces(english, 3) == [(("meaning",), False), (everything, False)]
    assert spaces(["Où est mon colis livré à l’hôtel ?"], 2) == [
        (("words", "pieces"), False),
        (("words",), True),
    ]
    assert spaces(["我的包裹在哪里 iPhone"], 3) == [(("phrases",), False)]
    both = [(("words", "pieces", "phrases"), False), (("words", "phrases"), True)]
    assert spaces([*english, "我的包裹在哪里"], 2) == both
    assert spaces([*english, "我的包裹在哪裡"], 3) == both[:1]
    monkeypatch.setattr(classify_fit, "can_embed", lambda: False)
    assert spaces(english, 3) == [(("words", "pieces"), False)]


def test_chinese_and_english_in_one_file_are_both_learnt(without_encoder):
    english = {"1": "lovely soft happy perfect great", "0": "awful broken poor sad torn"}
    texts, labels = _sentences(english, 300, seed=7)
    more = _sentences(OPINIONS, 300, seed=8, common="的 了 我 在 是 就", gap="")
    classifier = fit([*texts, *more[0]], [*labels, *more[1]])
    asked = ["房间太脏，很失望", "it is broken, so poor", "服务热情，非常满意", "lovely and soft"]
    assert [label.name for label in classifier.predict(asked)] == ["0", "0", "1", "1"]


def test_where_there_is_much_to_learn_one_fold_is_answered(monkeypatch, unseen):
    monkeypatch.setattr(classify_fit, "ALL_FOLDS_UP_TO", 300)
    told = []
    texts, labels = _sentences(TOPICS, 400, seed=1)
    classifier = fit(texts, labels, members=SPACED, on_progress=lambda *now: told.append(now))
    assert classifier.facts["examples"] == 400
    assert told[-1] == (800, 800)
    named = [label.name for label in classifier.predict(unseen[0])]
    assert np.mean([name == label for name, label in zip(named, unseen[1], strict=True)]) > 0.8
    assert (
        expected_calibration_error(
            classifier.judge(unseen[0])[0],
            np.array([classifier.classes.index(label) for label in unseen[1]]),
        )
        < 0.1
    )


def test_long_texts_many_labels_and_stars_are_learnt():
    stars = {str(n): f"mark{n} word{n} sign{n}" for n in range(1, 6)}
    texts, labels = _sentences(stars, 200, seed=9)
    texts[0] = " ".join([texts[0]] * 200)  # more than 5,000 characters
    many = [f"please do thing{n} for me {extra}" for n in range(320) for extra in ("now", "today")]
    words = (Member(spaces=("words",), head="svm", c=0.5),)
    classifier = fit(
        [*texts, *many], [*labels, *[f"do{n}" for n in range(320) for _ in (1, 2)]], members=words
    )
    assert len(classifier.classes) == 325
    asked = ["thing300 for me", "mark5 word5 sign5 " * 400]
    assert [label.name for label in classifier.predict(asked)] == ["do300", "5"]


def test_the_pool_leans_on_the_member_that_is_right():
    y = np.array([0, 1, 2] * 40)
    right = np.eye(3, dtype=np.float32)[y]
    right[::10] = np.roll(right[::10], 1, axis=1)
    noise = np.random.default_rng(0).normal(size=right.shape).astype(np.float32)
    pool, _bias = fit_pool([noise, right], y)
    assert pool[1] > 10 * pool[0] >= 0


def test_a_label_with_one_example_does_not_stop_the_rest():
    texts, labels = _sentences(TOPICS, 60, seed=4)
    classifier = fit([*texts, "gift card for a birthday"], [*labels, "gift"], members=SPACED)
    assert "gift" in classifier.classes
    assert classifier.predict(["gift card birthday"])[0].name == "gift"


@pytest.mark.parametrize(
    ("texts", "labels", "sentence"),
    [
        (["a b", "c d"], ["x"], "There are 2 texts but 1 labels."),
        (["a b", "c d"], ["x", "x"], "two different examples of each"),
        (["a b", "  "], ["x", "y"], "two different examples of each"),
        (["a b", "a b", "c d", "e f"], ["x", "x", "y", "y"], "two different examples of each"),
        ([], [], "two different examples of each"),
    ],
)
def test_examples_that_teach_nothing_are_refused(texts, labels, sentence):
    with pytest.raises(BadInput, match=sentence):
        fit(texts, labels)


def _csv(tmp_path, name, texts, labels):
    path = tmp_path / name
    lines = [f"{text},{label}" for text, label in zip(texts, labels, strict=True)]
    path.write_text("\n".join(["text,label", *lines]))
    return str(path)


def test_intents_are_scored_with_a_reference_and_foreign_texts(tmp_path, without_encoder):
    texts, labels = _sentences(TOPICS, 200, seed=5)
    train = _csv(tmp_path, "train.csv", [*texts, "sing me a song"], [*labels, "oos"])
    texts, labels = _sentences(TOPICS, 60, seed=6)
    test = _csv(tmp_path, "test.csv", [*texts, "qué tiempo hace"], [*labels, "oos"])
    result = evaluate_intents(
        lambda done, total: None, train=train, test=test, text="text", label="label", oos="oos"
    )
    assert set(result["figures"]) == {"accuracy", "macro_f1", "oos_recall", "ece", "auc"}
    assert result["figures"]["accuracy"] > 0.7
    assert result["figures"]["oos_recall"] == 1
    assert result["details"]["test"] == 60
    assert set(result["reference"]["tfidf_svm"]) == {"accuracy", "macro_f1"}


def test_texts_learnt_from_and_labels_never_taught_are_said(tmp_path, without_encoder):
    train, test = tmp_path / "train.csv", tmp_path / "test.csv"
    texts, labels = _sentences(TOPICS, 200, seed=5)
    rows = [f"{text},{label}\n" for text, label in zip(texts, labels, strict=True)]
    train.write_text("text,label\n" + "".join(rows), encoding="utf-8")
    more = "please say my name,greeting\n,refund\n"
    test.write_text("text,label\n" + "".join(rows[:20]) + more, encoding="utf-8")
    options = {"text": "text", "label": "label", "oos": "foreign"}
    result = evaluate_intents(lambda *_: None, train=str(train), test=str(test), **options)
    details = result["details"]
    assert details["test_also_learnt"] == 20
    assert details["accuracy_of_new"] < 1
    assert details["notes"] == [
        "test.csv, rows with a label but no text: 1 (line 23).",
        "No row to score has the label “foreign”, so refusals are not scored.",
        "Labels to score without an example to learn from: 1 (greeting).",
    ]


def test_a_test_label_that_was_never_taught_counts_as_an_error(tmp_path, without_encoder):
    texts, labels = _sentences(TOPICS, 100, seed=7)
    train = _csv(tmp_path, "train.csv", texts, labels)
    test = _csv(tmp_path, "test.csv", texts[:9] + ["a gift"], labels[:9] + ["gift"])
    result = evaluate_sentiment(
        lambda done, total: None, train=train, test=test, text="text", label="label"
    )
    assert result["figures"]["accuracy"] <= 0.9
    assert "oos_recall" not in result["figures"]
