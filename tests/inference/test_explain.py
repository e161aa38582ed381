"""Why a text reads as it does: facts swapped and removed, the same words scored again."""

from dataclasses import replace

import pytest

from inference import explaining
from inference.engine.explain_starter import explain_starter
from inference.engine.facts import clauses_of, facts_of
from inference.errors import NotExplainable
from inference.services import write
from inference.types import (
    Channel,
    Explanation,
    Goal,
    Language,
    Motive,
    Slot,
    Stage,
    Tone,
    WritingRequest,
)

LAPSED = WritingRequest(
    language=Language.ENGLISH,
    channel=Channel.EMAIL,
    goal=Goal.DISCOUNT,
    tone=Tone.WARM,
    motive=Motive.PRICE,
    stage=Stage.LAPSED,
    slots=frozenset({Slot.FIRST_NAME, Slot.OFFER, Slot.CODE, Slot.PRICE, Slot.BENEFIT}),
    seed=4,
)


@pytest.fixture(scope="module")
def explanation() -> Explanation:
    return explain_starter(LAPSED, write([LAPSED])[0].parts)


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("It has been a while, and we missed you.", ["It has been a while,", "and we missed you."]),
        ("Now {{ offer.phrase }}. Look.", ["Now {{ offer.phrase }}. Look."]),
        ("Hello,\n\nyes.\nBye", ["Hello,", "yes.", "Bye"]),
        ("愿您安好，再来逛逛吧。谢谢", ["愿您安好，", "再来逛逛吧。谢谢"]),
        ("One, two", ["One, two"]),
        ("Hi", ["Hi"]),
    ],
)
def test_a_text_falls_into_clauses(text: str, clauses: list[str]) -> None:
    spans = clauses_of(text)
    assert [text[start:end].strip() for start, end in spans] == clauses
    assert "".join(text[start:end] for start, end in spans) == text


def test_each_fact_is_changed_alone() -> None:
    for fact in facts_of(LAPSED):
        for other in fact.instead:
            differing = {
                name
                for name in ("goal", "tone", "lead", "motive", "stage", "slots")
                if getattr(other, name) != getattr(LAPSED, name)
            }
            assert differing == {fact.name if fact.value else "slots"}


def test_the_code_goes_with_the_offer() -> None:
    [offer] = [fact for fact in facts_of(LAPSED) if fact.name == "offer.phrase"]
    assert offer.base.slots == {Slot.FIRST_NAME, Slot.PRICE, Slot.BENEFIT, Slot.OFFER}
    assert offer.instead[0].slots == {Slot.FIRST_NAME, Slot.PRICE, Slot.BENEFIT}


def test_the_occasion_of_a_seasonal_text_cannot_be_removed() -> None:
    seasonal = replace(LAPSED, goal=Goal.SEASONAL, slots=LAPSED.slots | {Slot.OCCASION})
    assert "brief.occasion" not in {fact.name for fact in facts_of(seasonal)}


def test_words_that_cite_a_fact_are_likelier_with_it(explanation: Explanation) -> None:
    slots = [one for one in explanation.influences if not one.value]
    assert {one.fact for one in slots} == {str(slot) for slot in LAPSED.slots}
    for influence in slots:
        citing = [
            effect
            for clause, effect in zip(explanation.clauses, influence.by_clause, strict=True)
            if influence.fact in clause.text
        ]
        assert citing, "an email cites every fact it has"
        assert max(citing) > 1
        assert influence.effect > 1


def test_effects_add_up_over_the_clauses(explanation: Explanation) -> None:
    effects = [influence.effect for influence in explanation.influences]
    assert effects == sorted(effects, reverse=True)
    for influence in explanation.influences:
        assert len(influence.by_clause) == len(explanation.clauses)
        assert sum(influence.by_clause) == pytest.approx(influence.effect, abs=0.01)


def test_an_explanation_can_be_computed_again_bit_for_bit(explanation: Explanation) -> None:
    again = explain_starter(LAPSED, write([LAPSED])[0].parts)
    assert replace(again, seconds=0) == replace(explanation, seconds=0)


def test_attention_looks_back_and_adds_up_to_one(explanation: Explanation) -> None:
    attention = explanation.attention
    assert attention is not None
    size = len(attention.tokens)
    assert len(attention.weights) == attention.layers * attention.heads * size * size
    row = attention.weights[5 * size : 6 * size]  # the sixth token in the first head
    assert sum(row[6:]) == 0
    assert sum(row) == pytest.approx(255, abs=3)


def test_a_text_that_is_too_long_is_refused_with_a_sentence() -> None:
    with pytest.raises(NotExplainable, match="reads at most"):
        explain_starter(LAPSED, {"body": "word and word. " * 400})
    with pytest.raises(NotExplainable, match="empty"):
        explain_starter(LAPSED, {})


def test_a_model_without_probabilities_says_so() -> None:
    with pytest.raises(NotExplainable, match="no probabilities"):
        explaining.explain_writing(LAPSED, {"body": "Hello."}, model="fake")
