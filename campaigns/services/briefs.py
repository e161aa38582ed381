"""What is said, to what end: making a campaign and changing its brief.

Every change of the brief or the audience makes the texts out of date: the campaign goes back to
draft, and an approval that it had is void.
"""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import writer
from campaigns.errors import NotEditable
from campaigns.models import Campaign, CampaignProduct, CampaignState, ChannelChoice, GoalChoice
from catalogue import services as catalogue
from catalogue.models import Product, TextLanguage
from delivery.models import Sender
from inference.types import Goal
from tenants.audit import record
from tenants.context import current_tenant_id
from tenants.errors import BadInput, DomainError
from tenants.models import Tenant, User

BRIEF_FIELDS = frozenset(
    {
        "name",
        "goal",
        "message",
        "never_say",
        "occasion",
        "offer",
        "voice",
        "tone",
        "languages",
        "channels",
        "sender",
        "send_at",
        "attribution_days",
    }
)
AUDIENCE_FIELDS = frozenset(
    {"segment", "detail", "smallest_group", "holdout_percent", "base_percent", "variants"}
)
MESSAGE_LIMIT = 2_000
PRODUCT_LIMIT = 50


def create_campaign(
    *,
    name: str,
    goal: str,
    by: User | None = None,
    products: Sequence[Product] = (),
    **brief: Any,
) -> Campaign:
    """Make a campaign in draft. What the brief leaves open follows from the brand voice.

    Args: `goal` a value of GoalChoice; `brief` fields of BRIEF_FIELDS. Raises BadInput.
    """
    defaults = _defaults()
    brief = {"name": name, "goal": goal, **brief}
    _check_fields(brief)
    with transaction.atomic():
        campaign = Campaign.objects.create(created_by=by, **(defaults | brief))
        set_products(campaign, products)
        record("campaign.created", campaign, goal=goal)
    return campaign


def save_brief(
    campaign: Campaign, *, products: Sequence[Product] | None = None, **fields: Any
) -> Campaign:
    """Change fields of the brief. Raises NotEditable or BadInput, and changes nothing then."""
    _check_fields(fields)
    others = products is not None and list(dict.fromkeys(products)) != products_of(campaign)
    with transaction.atomic():
        beside = ["products"] if others else None
        change(campaign, fields, "campaign.brief_changed", beside=beside)
        if others and products is not None:
            set_products(campaign, products)
    return campaign


def set_products(campaign: Campaign, products: Sequence[Product]) -> None:
    """Let the campaign talk about these products, in this order. The first one leads."""
    if len(products) > PRODUCT_LIMIT:
        raise BadInput(
            _("A campaign may talk about %(limit)s products at most.") % {"limit": PRODUCT_LIMIT},
            fields={"products": str(len(products))},
        )
    campaign.campaign_products.all().delete()
    CampaignProduct.objects.bulk_create(
        CampaignProduct(campaign=campaign, product=product, position=position)
        for position, product in enumerate(dict.fromkeys(products))
    )


def change(
    campaign: Campaign,
    fields: dict[str, Any],
    action: str,
    *,
    beside: Sequence[str] | None = None,
) -> None:
    """Write fields of the campaign; texts and approval are out of date from now on.

    Where every field is as it was nothing happens: who only goes on to the next step must not lose
    what was written and read. Unless the caller changes other rows `beside`, whose names are noted
    with those of the fields. Raises NotEditable.
    """
    with transaction.atomic():
        locked = Campaign.objects.select_for_update().get(pk=campaign.pk)
        must_be_editable(locked)
        changed = [key for key, value in fields.items() if getattr(locked, key) != value]
        if not changed and beside is None:
            return
        values = fields | {"state": CampaignState.DRAFT, "state_reason": ""}
        for key, value in values.items():
            setattr(campaign, key, value)
        campaign.save(update_fields=[*values, "updated_at"])
        void_approvals(campaign, _("The campaign was changed."))
        record(action, campaign, fields=sorted([*changed, *(beside or ())]))


def void_approvals(campaign: Campaign, reason: str) -> int:
    """Make every approval of the campaign void. Returns how many there were."""
    return campaign.approvals.filter(voided_at=None).update(
        voided_at=timezone.now(), void_reason=reason
    )


def duplicate(campaign: Campaign, by: User | None = None) -> Campaign:
    """Return a new draft with the same brief, audience and products, and no texts."""
    kept = (BRIEF_FIELDS | AUDIENCE_FIELDS) - {"name", "send_at"}
    fields = {key: getattr(campaign, key) for key in kept}
    with transaction.atomic():
        copy = Campaign.objects.create(
            name=_("Copy of %(name)s") % {"name": campaign.name[:100]}, created_by=by, **fields
        )
        set_products(copy, products_of(campaign))
        record("campaign.duplicated", copy, source=str(campaign.public_id))
    return copy


def cancel(campaign: Campaign) -> None:
    """Give up a campaign that was not launched. Raises NotEditable once it was."""
    open_states = [
        CampaignState.DRAFT,
        CampaignState.GENERATING,
        CampaignState.IN_REVIEW,
        CampaignState.APPROVED,
        CampaignState.FAILED,
    ]
    if campaign.pending:
        raise NotEditable(_("A worker is preparing this campaign. Wait until that is done."))
    changed = Campaign.objects.filter(pk=campaign.pk, state__in=open_states).update(
        state=CampaignState.CANCELLED, updated_at=timezone.now()
    )
    if not changed:
        raise NotEditable(_("This campaign is being sent. Stop it at the step Send."))
    campaign.state = CampaignState.CANCELLED
    void_approvals(campaign, _("The campaign was cancelled."))
    record("campaign.cancelled", campaign)


def products_of(campaign: Campaign) -> list[Product]:
    """Return the campaign's products in their order."""
    rows = campaign.campaign_products.select_related("product").order_by("position", "id")
    return [row.product for row in rows]


def check_brief(campaign: Campaign) -> list[str]:
    """Return what the brief lacks before texts can be written, as sentences. [] means complete."""
    products = products_of(campaign)
    lacks = []
    if campaign.voice is None:
        lacks.append(_("No brand voice is chosen. Choose one, or make one at Brand voice."))
    if not products:
        lacks.append(_("No product is chosen. Choose at least one that the texts may talk about."))
    lacks += [
        _("%(product)s is not on sale any more. Take it out.") % {"product": product.title}
        for product in products
        if not product.is_active
    ]
    return lacks + _check_offer(campaign) + _check_languages(campaign) + _check_occasion(campaign)


def _check_offer(campaign: Campaign) -> list[str]:
    if campaign.offer is None:
        if campaign.goal == Goal.DISCOUNT:
            return [_("This goal tells about an offer. Choose the offer.")]
        return []
    try:
        catalogue.check_offer(campaign.offer, at=campaign.send_at or timezone.now())
    except DomainError as error:
        return [error.message]
    return []


def _check_languages(campaign: Campaign) -> list[str]:
    if not campaign.languages:
        return [_("No language is chosen.")]
    if not campaign.channels:
        return [_("No channel is chosen.")]
    if problem := writer.problem():
        return [problem]
    return [
        _("The model %(model)s does not write %(channel)s texts in %(language)s.")
        % {
            "model": writer.name(channel),
            "channel": ChannelChoice(channel).label,
            "language": dict(TextLanguage.choices).get(language, language),
        }
        for language in campaign.languages
        for channel in campaign.channels
        if not writer.supports(language, channel)
    ]


def _check_occasion(campaign: Campaign) -> list[str]:
    if campaign.goal != Goal.SEASONAL:
        return []
    return [
        _("Say the occasion in %(language)s.")
        % {"language": dict(TextLanguage.choices).get(language, language)}
        for language in campaign.languages
        if not campaign.occasion.get(language, "").strip()
    ]


def _defaults() -> dict[str, Any]:
    voice = catalogue.default_voice()
    language = Tenant.objects.get(pk=current_tenant_id()).language
    return {
        "voice": voice,
        "tone": voice.tone if voice else "plain",
        "languages": list(voice.languages) if voice and voice.languages else [language],
        "channels": ["email"],
        "sender": Sender.objects.filter(is_default=True).first(),
    }


def _check_fields(fields: dict[str, Any]) -> None:
    unknown = fields.keys() - BRIEF_FIELDS
    if unknown:
        raise BadInput(
            _("These are no fields of a brief: %(names)s.") % {"names": ", ".join(sorted(unknown))}
        )
    wrong = {}
    if "name" in fields and not str(fields["name"]).strip():
        wrong["name"] = _("Give the campaign a name.")
    if "goal" in fields and fields["goal"] not in GoalChoice.values:
        wrong["goal"] = _("Choose what the campaign is for.")
    if len(fields.get("message", "")) > MESSAGE_LIMIT:
        wrong["message"] = _("At most %(limit)s characters fit.") % {"limit": MESSAGE_LIMIT}
    if set(fields.get("languages", ())) - set(TextLanguage.values):
        wrong["languages"] = _("Texts are written in English and Chinese.")
    if set(fields.get("channels", ())) - set(ChannelChoice.values):
        wrong["channels"] = _("Choose email, ad or article.")
    if wrong:
        raise BadInput(next(iter(wrong.values())), fields=wrong)


def must_be_editable(campaign: Campaign) -> None:
    """Raises NotEditable if the texts are being made, or if it is being sent."""
    if campaign.pending:
        raise NotEditable(_("A worker is preparing this campaign. Wait until that is done."))
    if campaign.is_editable or campaign.state == CampaignState.FAILED:
        return
    if campaign.state == CampaignState.GENERATING:
        raise NotEditable(_("Texts are being written. Stop the writing before you change this."))
    raise NotEditable(_("This campaign can no longer be changed. Duplicate it."))
