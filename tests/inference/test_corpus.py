"""The corpus: every text it writes is sound, says what it was asked, and seldom repeats."""

from itertools import product
from random import Random

import pytest

from inference.checks import check_text
from inference.starter.corpus import chinese, english
from inference.starter.corpus.briefs import draw_request
from inference.starter.corpus.compose import (
    capitalise,
    compose,
    is_held_out,
    sentences_of,
    speaks_of_stage,
)
from inference.starter.corpus.grammar import count, draw, parse, pattern
from inference.starter.corpus.recognise import CONTROLS, expected, is_faithful
from inference.starter.prompt import campaign_tokens, prompt_tokens, special_tokens
from inference.starter.train import corpus
from inference.types import Channel, Goal, Language, Lead, Motive, Slot, Stage, Tone, WritingRequest


def test_a_template_can_be_drawn_counted_and_recognised():
    choice = parse("{a|b{1|2|}} [P]{.|!}")
    assert count(choice) == 8
    assert draw(choice, Random(1)).startswith(("a ", "b"))
    assert "{{ product.name }}" in draw(choice, Random(1))
    assert pattern(choice).startswith("(?:a|b(?:1|2|))")
    for wrong in ("{a", "a}", "[Z]"):
        with pytest.raises((ValueError, KeyError)):
            parse(wrong)


def test_capitals_stand_where_sentences_begin():
    assert capitalise("hello,\n\nit is. is it? [x]") == "Hello,\n\nIt is. Is it? [x]"


def test_sentences_are_split_at_their_marks_and_never_inside_a_slot():
    assert sentences_of("See {{ product.name }}. Good? Yes!") == [
        "See {{ product.name }}.",
        "Good?",
        "Yes!",
    ]
    assert sentences_of("您好。看{{ product.name }}吗？") == ["您好。", "看{{ product.name }}吗？"]


@pytest.mark.parametrize("training", [True, False])
def test_every_text_passes_every_check_and_shows_its_controls(training):
    random = Random(5)
    kept = []
    for _ in range(400):
        request = draw_request(random)
        parts = compose(request, random, training=training)
        wrong = [f for f in check_text(request, parts) if f.level != "passed"]
        assert not wrong, (request, parts)
        kept += [is_faithful(request, parts, control) for control in expected(request)]
    assert sum(kept) / len(kept) > 0.99


def test_every_cell_of_tone_and_goal_can_be_written_in_both_languages():
    random = Random(6)
    for language, channel, goal, tone, lead in product(Language, Channel, Goal, Tone, Lead):
        slots = frozenset({Slot.OCCASION} if goal == Goal.SEASONAL else set())
        request = WritingRequest(
            language=language, channel=channel, goal=goal, tone=tone, lead=lead, slots=slots
        )
        assert not [
            finding
            for finding in check_text(request, compose(request, random))
            if finding.level != "passed"
        ]


def test_both_languages_have_the_same_tables():
    assert {name for name in vars(english) if name.isupper()} == {
        name for name in vars(chinese) if name.isupper()
    }
    for name in ("OPENING", "SUBJECT_GOAL", "AD_GOAL", "HEADLINE_GOAL"):
        assert set(getattr(english, name)) == set(getattr(chinese, name)) == set(Goal)


def test_texts_hardly_ever_repeat_and_training_avoids_what_is_held_out():
    pairs = list(corpus(1_500, 1))
    texts = [tuple(parts.values()) for _, parts in pairs]
    assert len(set(texts)) > 0.97 * len(texts)
    emails = [parts for request, parts in pairs if request.channel == Channel.EMAIL]
    assert len({tuple(parts.values()) for parts in emails}) == len(emails)
    sentences = [s for parts in emails for s in sentences_of(parts["body"]) if len(s) > 60]
    assert sum(map(is_held_out, sentences)) < 0.02 * len(sentences)


def test_the_corpus_is_the_same_for_the_same_seed():
    assert list(corpus(50, 3)) == list(corpus(50, 3))
    assert list(corpus(50, 3)) != list(corpus(50, 4))


def test_a_prompt_has_every_control_once_in_one_order(ask):
    full = prompt_tokens(ask(slots=frozenset(Slot)))
    bare = prompt_tokens(ask(slots=frozenset()))
    assert len(full) == len(bare) == len(set(full))
    assert set(full) | set(bare) <= set(special_tokens())
    shared = campaign_tokens(ask())
    others = [ask(motive=Motive.GIFT), ask(stage=Stage.LOYAL), ask(lead=Lead.PRODUCT)]
    assert all(prompt_tokens(other)[: len(shared)] == shared for other in others)


def test_a_welcome_never_speaks_to_somebody_lapsed(ask):
    assert not speaks_of_stage(ask(goal=Goal.WELCOME, stage=Stage.LAPSED))
    assert speaks_of_stage(ask(goal=Goal.WELCOME, stage=Stage.PROSPECT))
    assert set(CONTROLS) >= set(expected(ask()))
