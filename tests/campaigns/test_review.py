"""What a reviewer must read, in which order, and what their verdicts do."""

from collections import Counter
from math import comb

import pytest

from campaigns import sampling
from campaigns.errors import NotEditable
from campaigns.models import CampaignState, CreativeState
from campaigns.services import review
from tenants.audit import Actor, acting
from tenants.errors import BadInput


@pytest.mark.parametrize(("creatives", "sample"), [(636, 198), (3848, 237)])
def test_the_sample_is_the_smallest_that_proves_the_claim(creatives, sample):
    bad = int(0.012 * creatives) + 1

    def chance_of_none(size):
        return comb(creatives - bad, size) / comb(creatives, size)

    assert sampling.sample_size(creatives) == sample
    assert chance_of_none(sample) <= 0.05 < chance_of_none(sample - 1)


def test_a_rejection_makes_the_sample_grow_until_everything_is_read():
    sizes = [sampling.sample_size(636, rejected) for rejected in range(4)]

    assert sizes == sorted(set(sizes))
    assert sampling.sample_size(636, 630) == 636
    assert sampling.sample_size(0) == 0
    assert sampling.sample_size(5) == 5


def test_the_sentence_says_what_is_proved_and_what_is_not_yet():
    assert "Once it is read" in sampling.say_claim(636, 198, 197, 0)
    assert sampling.say_claim(636, 198, 198, 0) == (
        "With 95% confidence, fewer than 1.2% of the 636 creatives would be rejected."
    )
    assert "1 text was rejected or edited, so the sample grew to 273" in sampling.say_claim(
        636, 273, 10, 1
    )
    assert "all read" in sampling.say_claim(12, 12, 0, 0)


def test_base_texts_come_first_and_everybody_sees_the_same_sample(written):
    queue = review.creatives_to_review(written)
    again = review.creatives_to_review(written)

    assert {text.language for text in queue.must_read} == {"en", "zh-hans"}
    assert all(text.micro_segment_id is None for text in queue.must_read)
    assert [text.pk for text in queue.sample] == [text.pk for text in again.sample]
    assert queue.population + len(queue.must_read) == written.creatives.count()
    assert review.count_waiting(written) == len(queue.order)
    assert not queue.is_done


def test_a_finding_to_look_at_makes_a_text_be_read(written):
    text = review.creatives_to_review(written).sample[0]
    text.findings = [{"code": "superlative", "level": "look", "part": "body", "quote": "best"}]
    text.save(update_fields=["findings"])

    assert text.pk in {found.pk for found in review.creatives_to_review(written).must_read}


def test_approving_and_undoing_is_counted_and_remembered_with_its_person(written, olga):
    text = review.creatives_to_review(written).sample[0]

    with acting(Actor("Olga", olga)):
        review.approve_creative(text)
    assert review.creatives_to_review(written).read == 1
    assert text.reviewed_by == olga

    review.undo_verdict(text)
    queue = review.creatives_to_review(written)
    assert (queue.read, text.verdict, text.reviewed_by) == (0, "", None)


def test_a_rejected_text_goes_to_nobody_and_its_people_get_the_base_text(written):
    text = review.creatives_to_review(written).sample[0]
    base = written.creatives.get(variant="base", language=text.language)
    before = Counter(review.contents.people_by_creative(written))

    review.reject_creative(text, "Not our tone")

    after = Counter(review.contents.people_by_creative(written))
    assert text.state == CreativeState.REJECTED
    assert before[text.pk] > 0 == after[text.pk]
    assert after[base.pk] == before[base.pk] + before[text.pk]
    assert review.creatives_to_review(written).rejected == 1


def test_an_edited_text_is_checked_anew_and_read_again(written):
    text = review.creatives_to_review(written).sample[0]
    review.approve_creative(text)
    words = text.parts["body"]

    review.edit_creative(text, text.parts | {"body": words + " See you."}, "hard_to_read")

    text.refresh_from_db()
    assert text.parts["body"].endswith("See you.")
    assert (text.written_parts["body"], text.edit_reason, text.verdict) == (
        words,
        "hard_to_read",
        "",
    )
    assert not review.is_blocked(text)


def test_an_edit_that_invents_a_price_is_saved_and_cannot_be_approved(written):
    text = review.creatives_to_review(written).sample[0]

    review.edit_creative(text, text.parts | {"body": "Only $5 today."}, "other")

    assert review.is_blocked(text)
    with pytest.raises(NotEditable, match="A check blocks this text"):
        review.approve_creative(text)
    assert text.verdict == ""


def test_an_edit_cannot_add_parts(written):
    text = review.creatives_to_review(written).sample[0]

    with pytest.raises(BadInput):
        review.edit_creative(text, text.parts | {"footer": "x"})
    text.refresh_from_db()
    assert "footer" not in text.parts


def test_texts_are_only_decided_while_in_review(written):
    text = review.creatives_to_review(written).sample[0]
    written.state = CampaignState.SENT
    written.save(update_fields=["state"])

    for decide in (review.approve_creative, review.reject_creative, review.undo_verdict):
        with pytest.raises(NotEditable):
            decide(text)
    text.refresh_from_db()
    assert text.verdict == ""


def test_a_preview_shows_real_values_only_for_the_customer_asked_for(written):
    from profiles.models import Customer

    text = next(
        text
        for text in written.creatives.filter(language="en").exclude(variant="base")
        if "first_name" in text.parts["body"]
    )
    person = Customer.objects.filter(language="en").exclude(first_name="").first()

    assert person.first_name in review.preview_as(text, person).html
    assert person.first_name not in review.preview_as(text, None).html
