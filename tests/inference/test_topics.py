"""Topics without examples: a text gets one by its sense, and none where that is not clear."""

import pytest

from inference.engine.embed import can_embed
from inference.services import find_topics

OWN = {
    "Hiking": ["Walking and hiking in the mountains."],
    "Battery": ["How long the battery of a device lasts.", "电池续航时间和充电。"],
}


@pytest.mark.skipif(not can_embed(), reason="The weights of MiniLM are not installed.")
def test_english_is_compared_by_sense_and_the_unclear_is_left_unsaid(one_thread) -> None:
    texts = [
        "We wore them on a long walk up the hills.",
        "The battery is empty by noon.",
        "Delivery took ages.",
        "Fine.",
        "",
    ]
    found = {(one.index, one.topic) for one in find_topics(texts, OWN)}
    assert found == {(0, "Hiking"), (1, "Battery")}


def test_chinese_is_compared_by_its_signs(one_thread) -> None:
    texts = ["电池续航时间太短，充电很慢", "快递很快，包装完好", "好"]
    found = find_topics(texts, OWN)
    assert [(one.index, one.topic) for one in found] == [(0, "Battery")]
    assert all(one.chance > 0.5 for one in found)


def test_nothing_is_found_where_nothing_is_named() -> None:
    assert find_topics(["We hiked."], {}) == []
    assert find_topics([], OWN) == []
