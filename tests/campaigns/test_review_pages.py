"""The review page: who may use it, what it shows, and that a key press moves the work on."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.models import CampaignState
from campaigns.services import review
from profiles.models import Customer
from tenants.context import scope
from tests.campaigns.test_approval import read_all

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
HTMX = {"HX-Request": "true"}


def url(name, row):
    return reverse(f"campaigns:{name}", args=["acme", row.public_id])


def sign_in(user):
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture
def as_rita(rita):
    return sign_in(rita)


def test_the_page_begins_with_what_must_be_read(as_olga, written):
    page = as_olga.get(url("campaign-review", written)).content.decode()

    assert "Must be read by a person" in page
    assert page.index("Must be read by a person") < page.index("Random sample")
    assert "Facts and where they come from" in page
    assert "0 of" in page
    assert 'sandbox src="/w/acme/creatives/' in page


def test_the_page_works_before_anything_is_written(as_olga, campaign):
    page = as_olga.get(url("campaign-review", campaign)).content.decode()

    assert "Nothing to read yet" in page
    assert as_olga.get(reverse("campaigns:review-list", args=["acme"])).status_code == 200


def test_after_a_verdict_the_next_text_is_there(as_rita, rita, written):
    first, second = review.creatives_to_review(written).order[:2]

    answer = as_rita.post(url("creative-verdict", first), {"verdict": "approve"}, headers=HTMX)

    page = answer.content.decode()
    assert "<html" not in page
    assert f"/creatives/{second.public_id}/preview/" in page
    assert "Undo" in page
    assert str(second.public_id) in answer["HX-Replace-Url"]
    first.refresh_from_db()
    assert (first.verdict, first.reviewed_by) == ("approved", rita)

    as_rita.post(url("creative-verdict", first), {"verdict": "undo"}, headers=HTMX)
    first.refresh_from_db()
    assert first.verdict == ""


def test_words_that_were_changed_meanwhile_are_not_approved_unseen(as_rita, acme, written):
    text = review.creatives_to_review(written).order[0]
    page = as_rita.get(url("campaign-review", written)).content.decode()
    seen = page.partition('name="seen" value="')[2].partition('"')[0]
    with scope(acme.pk):
        review.edit_creative(text, text.parts | {"subject": "Something else"})

    form = {"verdict": "approve", "seen": seen}
    answer = as_rita.post(url("creative-verdict", text), form, headers=HTMX)

    assert "Somebody has changed this text" in answer.content.decode()
    text.refresh_from_db()
    assert text.verdict == ""


def test_an_id_that_is_none_is_not_found_and_no_crash(as_rita, written):
    text = review.creatives_to_review(written).order[0]
    assert as_rita.get(url("campaign-review", written) + f"?creative={'z' * 36}").status_code == 200
    assert as_rita.get(url("creative-preview", text) + f"?as={'z' * 36}").status_code == 200


def test_without_a_script_a_verdict_leads_to_the_next_page(as_olga, written):
    first, second = review.creatives_to_review(written).order[:2]

    answer = as_olga.post(
        url("creative-verdict", first), {"verdict": "reject", "reason": "not_our_tone"}
    )

    assert answer.status_code == 302
    assert str(second.public_id) in answer["Location"]
    first.refresh_from_db()
    assert (first.verdict, first.verdict_reason) == ("rejected", "not_our_tone")


def test_when_all_is_read_the_one_button_approves_the_campaign(as_olga, written):
    read_all(written)
    count = written.audience.filter(place="recipient").count()

    assert (
        f"Approve for {count} people"
        in as_olga.get(url("campaign-review", written)).content.decode()
    )

    answer = as_olga.post(url("campaign-approve", written))
    written.refresh_from_db()
    assert answer["Location"] == url("campaign-send", written)
    assert written.state == CampaignState.APPROVED
    assert review.live_approval(written).approved_by.name == "Olga"


def test_an_unread_campaign_stays_unapproved(as_olga, written):
    as_olga.post(url("campaign-approve", written))

    written.refresh_from_db()
    assert written.state == CampaignState.IN_REVIEW
    assert not written.approvals.exists()


def test_the_preview_is_shut_in_and_marks_facts_and_slots(as_olga, written):
    text = next(t for t in written.creatives.all() if "first_name" in t.parts.get("body", ""))

    answer = as_olga.get(url("creative-preview", text))

    page = answer.content.decode()
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert 'id="fact-1"' in page
    assert '<span class="slot">first_name</span>' in page
    assert "⟦" not in page
    assert len(re.findall("<mark", page)) == len(re.findall("</mark>", page))
    assert "{{" not in page
    plain = as_olga.get(url("creative-preview", text), {"facts": "0"}).content.decode()
    assert "<mark" not in plain


def test_a_text_cannot_forge_marks_or_markup(as_olga, written):
    text = written.creatives.exclude(variant="base").first()
    body = "⟦abc1⟧</mark><script>x</script> {{ product.name }}"
    type(text).objects.filter(pk=text.pk).update(parts=text.parts | {"body": body})

    page = as_olga.get(url("creative-preview", text)).content.decode()

    assert "<script" not in page
    assert len(re.findall("<mark", page)) == len(re.findall("</mark>", page))


def test_a_real_name_appears_in_the_preview_as_that_customer_only(as_olga, written):
    text = next(t for t in written.creatives.all() if "first_name" in t.parts.get("body", ""))
    person = Customer.objects.exclude(first_name="").first()

    shown = as_olga.get(url("creative-preview", text), {"as": person.public_id})

    assert person.first_name in shown.content.decode()
    assert shown["Cache-Control"] == "no-store"
    page = as_olga.get(url("campaign-review", written)).content.decode()
    assert person.first_name not in page
    assert person.email not in page


def test_editing_saves_the_words_and_says_what_changed(as_olga, written):
    text = review.creatives_to_review(written).sample[0]
    assert "Why did you change it?" in as_olga.get(url("creative-edit", text)).content.decode()
    words = text.parts | {"body": text.parts["body"] + " See you soon."}

    judged = as_olga.post(url("creative-edit-check", text), words).content.decode()
    assert '<ins class="diff"> See you soon.</ins>' in judged
    text.refresh_from_db()
    assert "See you soon" not in text.parts["body"]

    as_olga.post(url("creative-edit", text), words | {"reason": "hard_to_read"})
    text.refresh_from_db()
    assert text.parts["body"].endswith("See you soon.")
    assert (text.edit_reason, text.edited_by.name) == ("hard_to_read", "Olga")


def test_who_may_only_look_decides_nothing(vic, written):
    text = review.creatives_to_review(written).sample[0]
    client = sign_in(vic)

    assert client.get(url("campaign-review", written)).status_code == 200
    for name, row in (
        ("creative-verdict", text),
        ("creative-edit", text),
        ("campaign-approve", written),
    ):
        assert client.post(url(name, row), {"verdict": "approve"}).status_code == 403
    text.refresh_from_db()
    assert text.verdict == ""


def test_eve_finds_nothing(eve, written):
    text = written.creatives.first()
    client = sign_in(eve)

    for name, row in (("campaign-review", written), ("creative-preview", text)):
        assert client.get(url(name, row)).status_code == 404
        foreign = reverse(f"campaigns:{name}", args=["globex", row.public_id])
        assert client.get(foreign).status_code == 404


def test_the_page_asks_the_database_a_fixed_number_of_times(
    as_olga, written, django_assert_max_num_queries
):
    with django_assert_max_num_queries(45):
        as_olga.get(url("campaign-review", written))


def test_texts_that_did_not_pass_are_counted_not_hidden(as_olga, written):
    text = written.creatives.exclude(variant="base").first()
    type(text).objects.filter(pk=text.pk).update(state="fallback")

    page = as_olga.get(url("campaign-review", written)).content.decode()

    assert "1 text did not pass the checks. Its people get the base text." in page


def test_an_ad_is_read_as_its_parts(as_olga, written):
    base = written.creatives.filter(variant="base", language="en").first()
    ad = written.creatives.create(
        variant="reason",
        channel="ad",
        language="en",
        state="written",
        snapshot=base.snapshot,
        parts={"headline": "Meet {{ product.name }}", "description": "<b>Now</b>"},
    )

    page = as_olga.get(url("creative-preview", ad)).content.decode()

    assert "Meet Cascade 4" in page
    assert "&lt;b&gt;Now&lt;/b&gt;" in page
    review_page = as_olga.get(url("campaign-review", written), {"creative": ad.public_id})
    assert review_page.status_code == 200


def test_a_long_queue_shows_what_is_around_the_text_and_leads_on(as_olga, written, monkeypatch):
    monkeypatch.setattr("campaigns.views.review.LISTED", 4)
    order = review.creatives_to_review(written).order
    assert len(order) > 10

    page = as_olga.get(url("campaign-review", written)).content.decode()
    assert page.count('class="review-line"') == 4
    assert f"{len(order) - 4} texts after these" in page

    last = as_olga.get(url("campaign-review", written), {"creative": str(order[-1].public_id)})
    page = last.content.decode()
    assert page.count('class="review-line"') == 4
    assert f"{len(order) - 4} texts before these" in page
    middle = as_olga.get(url("campaign-review", written), {"creative": str(order[6].public_id)})
    assert f"creative={order[7].public_id}" in middle.content.decode()
