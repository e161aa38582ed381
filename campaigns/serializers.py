"""What the REST API says of campaigns and takes for them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from campaigns import findings
from campaigns.models import Campaign, ChannelChoice, Creative, Detail, MicroSegment, Place
from campaigns.services import briefs
from catalogue.models import BrandVoice, Offer, Product, TextLanguage
from profiles.models import Segment


def by_public_id(model: Any, **options: Any) -> serializers.SlugRelatedField[Any]:
    """Name a row of the workspace by its public id."""
    return serializers.SlugRelatedField(
        slug_field="public_id", queryset=model.objects, **{"required": False, **options}
    )


class BriefSerializer(serializers.ModelSerializer[Campaign]):
    """The brief of a campaign. What is left out on creation follows from the brand voice."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    products = serializers.ListField(
        child=serializers.UUIDField(), required=False, write_only=True, max_length=50
    )
    product_ids = serializers.SerializerMethodField()
    offer = by_public_id(Offer, allow_null=True)
    voice = by_public_id(BrandVoice, allow_null=True)
    languages = serializers.ListField(
        child=serializers.ChoiceField(choices=TextLanguage.choices),
        required=False,
        allow_empty=False,
    )
    channels = serializers.ListField(
        child=serializers.ChoiceField(choices=ChannelChoice.choices),
        required=False,
        allow_empty=False,
    )
    never_say = serializers.ListField(
        child=serializers.CharField(max_length=80), required=False, max_length=100
    )
    occasion = serializers.DictField(
        child=serializers.CharField(max_length=40),
        required=False,
        help_text='The occasion in each language: {"en": "Mother’s Day"}.',
    )
    segment: serializers.SlugRelatedField[Segment] = serializers.SlugRelatedField(
        slug_field="public_id", read_only=True
    )

    class Meta:
        model = Campaign
        fields = (
            "id",
            "name",
            "state",
            "state_reason",
            "goal",
            "message",
            "never_say",
            "occasion",
            "offer",
            "voice",
            "tone",
            "languages",
            "channels",
            "products",
            "product_ids",
            "segment",
            "detail",
            "smallest_group",
            "holdout_percent",
            "base_percent",
            "variants",
            "attribution_days",
            "send_at",
            "created_at",
            "updated_at",
        )
        read_only_fields = (
            "state",
            "state_reason",
            "detail",
            "smallest_group",
            "holdout_percent",
            "base_percent",
            "variants",
            "created_at",
            "updated_at",
        )

    @extend_schema_field({"type": "array", "items": {"type": "string", "format": "uuid"}})
    def get_product_ids(self, campaign: Campaign) -> list[str]:
        return [str(product.public_id) for product in briefs.products_of(campaign)]

    def validate_products(self, keys: list[Any]) -> list[Product]:
        found = {row.public_id: row for row in Product.objects.filter(public_id__in=keys)}
        missing = [str(key) for key in keys if key not in found]
        if missing:
            raise serializers.ValidationError(f"No such product: {', '.join(missing)}.")
        return [found[key] for key in keys]

    def create(self, values: dict[str, Any]) -> Campaign:
        return briefs.create_campaign(**values)

    def update(self, campaign: Campaign, values: dict[str, Any]) -> Campaign:
        return briefs.save_brief(campaign, **values)


class AudienceSerializer(serializers.Serializer[Any]):
    """Who gets it, and how finely they are told apart."""

    segment: serializers.SlugRelatedField[Segment] = serializers.SlugRelatedField(
        slug_field="public_id", queryset=Segment.objects
    )
    detail = serializers.ChoiceField(
        choices=Detail.choices, required=False, help_text="1 coarse … 5 one text for each person."
    )
    smallest_group = serializers.IntegerField(min_value=1, max_value=10_000, required=False)
    holdout_percent = serializers.IntegerField(min_value=0, max_value=50, required=False)
    base_percent = serializers.IntegerField(min_value=0, max_value=100, required=False)
    variants = serializers.IntegerField(
        min_value=1, max_value=4, required=False, help_text="Texts for each micro-segment."
    )


class StopSerializer(serializers.Serializer[Any]):
    """What one stop of the dial would give."""

    detail = serializers.IntegerField()
    micro_segments = serializers.IntegerField()
    creatives = serializers.IntegerField()
    smallest = serializers.IntegerField()
    merged = serializers.IntegerField(
        help_text="Groups that became part of another, because only slots would differ."
    )
    recipients = serializers.IntegerField()


class AudiencePreviewSerializer(serializers.Serializer[Any]):
    """`places` adds up to `matched`."""

    matched = serializers.IntegerField()
    recipients = serializers.IntegerField()
    places = serializers.DictField(
        child=serializers.IntegerField(), help_text=f"Keys: {', '.join(Place.values)}."
    )
    stops = StopSerializer(many=True, source="groupings")


class CostSerializer(serializers.Serializer[Any]):
    """What one model takes, or took, for a campaign."""

    model = serializers.CharField()
    texts = serializers.IntegerField()
    prompt_tokens = serializers.IntegerField()
    new_tokens = serializers.IntegerField()
    seconds = serializers.FloatField(help_text="Of one worker.")
    money = serializers.FloatField(
        allow_null=True, help_text="By the price list of a model server; null where there is none."
    )
    currency = serializers.CharField()
    watt_hours = serializers.FloatField(
        allow_null=True, help_text="An estimate for the operator’s own machine, else null."
    )


class ForecastSerializer(serializers.Serializer[Any]):
    """What the next call of `generate` takes."""

    texts = serializers.IntegerField()
    costs = CostSerializer(many=True)
    quota_left = serializers.IntegerField(
        source="left", allow_null=True, help_text="Texts that the quota leaves, null without one."
    )
    is_short = serializers.BooleanField(help_text="Whether writing would stop half-way.")
    refusal = serializers.CharField(help_text="Why nothing can be written now, else empty.")


class CampaignCostSerializer(serializers.Serializer[Any]):
    """`foretold` is an estimate; `spent` was counted, rewriting included."""

    foretold = ForecastSerializer()
    spent = CostSerializer(many=True)


class ProgressSerializer(serializers.Serializer[Any]):
    """total = written + what waits; written = passed + look + fallback."""

    state = serializers.CharField()
    pending = serializers.CharField(help_text="What a worker prepares: writing, approval or empty.")
    total = serializers.IntegerField()
    written = serializers.IntegerField()
    passed = serializers.IntegerField()
    look = serializers.IntegerField()
    blocked = serializers.IntegerField()
    fallback = serializers.IntegerField()
    seconds_left = serializers.FloatField()


class FindingSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    level = serializers.ChoiceField(choices=["blocked", "look", "passed"])
    part = serializers.CharField(allow_blank=True)
    message = serializers.SerializerMethodField()

    def get_message(self, row: dict[str, Any]) -> str:
        return findings.describe(findings.from_json(row))


class MicroSegmentSerializer(serializers.ModelSerializer[MicroSegment]):
    id = serializers.UUIDField(source="public_id", read_only=True)

    class Meta:
        model = MicroSegment
        fields = ("id", "facts", "detail", "language", "size")


class CreativeSerializer(serializers.ModelSerializer[Creative]):
    """One text. `parts` has its slots unfilled; `facts` are what fills them."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    micro_segment = MicroSegmentSerializer(read_only=True)
    facts = serializers.SerializerMethodField()
    findings = FindingSerializer(many=True, read_only=True)

    class Meta:
        model = Creative
        fields = (
            "id",
            "micro_segment",
            "variant",
            "channel",
            "language",
            "state",
            "parts",
            "facts",
            "findings",
            "must_read",
            "verdict",
            "attempts",
            "engine",
            "model",
            "prompt_version",
            "written_at",
        )

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}})
    def get_facts(self, creative: Creative) -> dict[str, str]:
        return creative.snapshot.facts if creative.snapshot else {}
