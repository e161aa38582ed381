"""The briefs of a gate: made for a workspace until it keeps its own, written as in real life."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.models import Campaign, GateBrief
from campaigns.services import gate_briefs
from catalogue.models import BrandVoice, Product
from inference.types import Channel, Language
from tenants.models import Tenant

FORM: dict[str, Any] = {
    "language": "en", "channel": "email", "goal": "launch", "tone": "warm", "lead": "reason",
    "motive": "none", "stage": "active", "message": "Our new colours are here.", "occasion": "",
    "product": "", "offer": "", "voice": "",
}  # fmt: skip


def test_briefs_are_made_alike_for_every_language_and_channel(written: Campaign) -> None:
    requests = gate_briefs.requests()
    kinds = [(request.language, request.channel) for request in requests]
    assert {kinds.count((a, b)) for a in Language for b in Channel} == {gate_briefs.EACH}
    assert len(set(requests)) == len(requests)
    assert not GateBrief.objects.exists()


def test_a_model_is_told_the_voice_and_the_facts_as_in_real_writing(
    voice: BrandVoice, shoe: Product
) -> None:
    contexts = [request.context for request in gate_briefs.requests()]
    assert all(context and context.dont_words == ("cheap",) for context in contexts)
    assert any(("product.name", shoe.title) in context.facts for context in contexts if context)


def test_an_owner_makes_them_their_own_and_changes_one(
    as_olga: Client, acme: Tenant, voice: BrandVoice, shoe: Product
) -> None:
    made = len(gate_briefs.briefs())
    as_olga.post(reverse("campaigns:brief-keep", args=[acme.slug]))
    assert GateBrief.objects.count() == made
    brief = GateBrief.objects.earliest("pk")
    url = reverse("campaigns:brief-detail", args=[acme.slug, brief.public_id])
    form = FORM | {"product": str(shoe.public_id), "voice": str(voice.public_id)}
    as_olga.post(url, form)
    brief.refresh_from_db()
    assert (brief.message, brief.product) == ("Our new colours are here.", shoe)
    assert "Our new colours are here." in [
        request.context.message for request in gate_briefs.requests() if request.context
    ]
    page = as_olga.get(reverse("campaigns:brief-list", args=[acme.slug])).content.decode()
    assert "Introduce a product" in page


def test_lines_end_as_those_of_a_campaign_do_whatever_a_browser_sends(
    as_olga: Client, acme: Tenant, in_acme: Tenant
) -> None:
    message = "Our new colours are here.\r\n\r\nCome and see."
    as_olga.post(reverse("campaigns:brief-create", args=[acme.slug]), FORM | {"message": message})
    assert GateBrief.objects.latest("pk").message == "Our new colours are here.\n\nCome and see."


def test_the_page_says_which_kinds_have_too_few(
    as_olga: Client, acme: Tenant, in_acme: Tenant
) -> None:
    gate_briefs.save_brief(None, **(FORM | dict.fromkeys(("product", "offer", "voice"))
                                    | {"with_name": False}))  # fmt: skip
    url = reverse("campaigns:brief-list", args=[acme.slug])
    assert "too few briefs" not in as_olga.get(url).content.decode()
    GateBrief.objects.filter(language="zh-hans", channel="ad").delete()
    assert gate_briefs.too_few() == [("zh-hans", "ad")]
    assert "too few briefs" in as_olga.get(url).content.decode()


def test_a_seasonal_brief_without_its_occasion_is_refused(
    as_olga: Client, acme: Tenant, in_acme: Tenant
) -> None:
    url = reverse("campaigns:brief-create", args=[acme.slug])
    page = as_olga.post(url, FORM | {"goal": "seasonal"}).content.decode()
    assert "Such as" in page
    assert not GateBrief.objects.exists()


@pytest.mark.usefixtures("in_acme")
def test_giving_them_up_has_them_made_again(as_olga: Client, acme: Tenant) -> None:
    gate_briefs.keep_made()
    as_olga.post(reverse("campaigns:brief-keep", args=[acme.slug]), {"anew": "1"})
    assert not GateBrief.objects.exists()
    assert gate_briefs.briefs()
