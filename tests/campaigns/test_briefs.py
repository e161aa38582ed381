"""What a brief lacks is said in a sentence, before a word is written."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from campaigns import base_texts
from campaigns.errors import BriefIncomplete, NotEditable
from campaigns.models import Campaign, CampaignState, Creative, CreativeState, Variant
from campaigns.services import briefs, writing
from catalogue.models import Offer, Product
from tenants.errors import BadInput
from tests.campaigns.conftest import write_all

pytestmark = pytest.mark.django_db


def test_a_complete_brief_lacks_nothing(campaign: Campaign) -> None:
    assert briefs.check_brief(campaign) == []
    assert (campaign.languages, campaign.channels) == (["en", "zh-hans"], ["email"])
    assert campaign.sender is not None


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"products": []}, "No product is chosen"),
        ({"voice": None}, "No brand voice is chosen"),
        ({"goal": "discount", "offer": None}, "Choose the offer"),
        ({"goal": "seasonal", "occasion": {"en": "Mother’s Day"}}, "Say the occasion in Chinese"),
        ({"languages": []}, "No language is chosen"),
        ({"channels": []}, "No channel is chosen"),
    ],
)
def test_what_is_missing_is_said(campaign: Campaign, fields: dict, sentence: str) -> None:
    briefs.save_brief(campaign, **fields)
    assert any(sentence in lack for lack in briefs.check_brief(campaign))
    with pytest.raises(BriefIncomplete):
        writing.start_writing(campaign)
    assert Creative.objects.count() == 0
    campaign.refresh_from_db()
    assert campaign.state == CampaignState.DRAFT


def test_an_offer_that_has_ended_is_said(campaign: Campaign, offer: Offer) -> None:
    Offer.objects.filter(pk=offer.pk).update(ends_at=timezone.now() - timedelta(hours=1))
    campaign = Campaign.objects.get(pk=campaign.pk)
    assert any("ended" in lack for lack in briefs.check_brief(campaign))


def test_a_product_that_is_not_on_sale_is_said(campaign: Campaign, shoe: Product) -> None:
    Product.objects.filter(pk=shoe.pk).update(is_active=False)
    assert briefs.check_brief(campaign) == ["Cascade 4 is not on sale any more. Take it out."]


def test_a_language_that_the_model_lacks_is_said(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "campaigns.services.briefs.writer.supports",
        lambda language, channel: language == "en",
    )
    assert briefs.check_brief(campaign) == ["The model fake does not write Email texts in Chinese."]


def test_unknown_fields_and_values_change_nothing(campaign: Campaign) -> None:
    for fields in ({"state": "sent"}, {"goal": "spam"}, {"name": " "}, {"languages": ["fr"]}):
        with pytest.raises(BadInput):
            briefs.save_brief(campaign, **fields)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.goal, campaign.languages) == (
        CampaignState.DRAFT,
        "winback",
        ["en", "zh-hans"],
    )


def test_a_sent_campaign_is_not_changed(written: Campaign) -> None:
    Campaign.objects.filter(pk=written.pk).update(state=CampaignState.SENT)
    with pytest.raises(NotEditable):
        briefs.save_brief(written, name="Other")
    with pytest.raises(NotEditable):
        briefs.cancel(written)
    assert Campaign.objects.get().name == "Come back for winter running"


# ---- The base text -----------------------------------------------------------------------------


def base_of(campaign: Campaign, language: str) -> dict[str, str]:
    writing.start_writing(campaign)
    return campaign.creatives.get(variant=Variant.BASE, language=language).parts


def test_the_marketers_words_become_the_base_text_of_their_language(campaign: Campaign) -> None:
    message = "Wet trails are back\n\nThe {{ product.name }} holds where others slip."
    briefs.save_brief(campaign, message=message)
    english = base_of(campaign, "en")
    assert english["subject"] == "Wet trails are back"
    assert "The {{ product.name }} holds where others slip." in english["body"]
    assert "Your offer: {{ offer.phrase }}" in english["body"]
    chinese = campaign.creatives.get(variant=Variant.BASE, language="zh-hans").parts
    assert "好久不见" in chinese["body"]


def test_a_figure_of_the_marketer_may_be_one_that_is_true(campaign: Campaign) -> None:
    briefs.save_brief(campaign, message="Now 20% off everything with the code WINTER20.")
    assert "20% off" in base_of(campaign, "en")["body"]


@pytest.mark.parametrize(
    "words",
    [
        "Now 30% off.",
        "Only $5 today.",
        "See https://elsewhere.example for more.",
        "Hello {{ customer.first_name }}.",
        "It is cheap.",
        "Use the code OTHER99.",
        "<b>Look</b>",
    ],
)
def test_a_base_text_that_cannot_be_sent_starts_nothing(campaign: Campaign, words: str) -> None:
    briefs.save_brief(campaign, message=words)
    with pytest.raises(BriefIncomplete, match="The base text cannot be sent as it is"):
        writing.start_writing(campaign)
    assert Creative.objects.count() == 0


@pytest.mark.parametrize("goal", [goal.value for goal in base_texts.ENGLISH])
def test_the_template_of_each_goal_passes_the_checks(campaign: Campaign, goal: str) -> None:
    occasion = {"en": "the first snow", "zh-hans": "初雪"}
    briefs.save_brief(campaign, goal=goal, occasion=occasion)
    writing.start_writing(campaign)
    assert campaign.creatives.filter(variant=Variant.BASE).count() == 2


# ---- Ads and articles --------------------------------------------------------------------------


def test_ads_and_articles_are_written_for_each_language_and_product(campaign: Campaign) -> None:
    briefs.save_brief(campaign, channels=["email", "ad", "article"])
    writing.start_writing(campaign)
    write_all(campaign)
    for channel in ("ad", "article"):
        texts = campaign.creatives.filter(channel=channel)
        assert texts.count() == 2 * 2 * 2  # languages, products, variants
        assert {row.state for row in texts} == {CreativeState.WRITTEN}
        assert {row.micro_segment_id for row in texts} == {None}


def test_a_product_without_a_price_is_never_named_with_one(
    campaign: Campaign, shoe: Product
) -> None:
    Product.objects.update(price=None)
    writing.start_writing(campaign)
    write_all(campaign)
    assert not any("product.price" in str(row.parts) for row in campaign.creatives.all())
    assert not any("product.price" in row.snapshot.facts for row in campaign.creatives.all())


def test_a_price_follows_the_offer(campaign: Campaign, shoe: Product) -> None:
    writing.start_writing(campaign)
    facts = campaign.creatives.get(variant=Variant.BASE, language="en").snapshot.facts
    assert facts["product.price"] == "$96.00"
    assert shoe.price == Decimal("120.00")
