"""The REST API of results."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from campaigns.models import Campaign
from insights import services
from insights.types import Results

ID = OpenApiParameter("public_id", str, OpenApiParameter.PATH, description="The campaign’s id.")


class IntervalSerializer(serializers.Serializer[Any]):
    """An estimate with its 95% interval."""

    value = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class PeopleCountSerializer(serializers.Serializer[Any]):
    """People, each counted once; `hits`, `machine_hits` and `orders` count every one."""

    people = serializers.IntegerField()
    sent = serializers.IntegerField()
    delivered = serializers.IntegerField()
    bounced = serializers.IntegerField()
    complained = serializers.IntegerField()
    clicked = serializers.IntegerField()
    machine_only = serializers.IntegerField()
    hits = serializers.IntegerField()
    machine_hits = serializers.IntegerField()
    unsubscribed = serializers.IntegerField()
    ordered = serializers.IntegerField()
    orders = serializers.IntegerField()
    revenue = serializers.DecimalField(max_digits=16, decimal_places=2)


class VariantResultSerializer(serializers.Serializer[Any]):
    variant = serializers.CharField()
    count = PeopleCountSerializer()
    rate = IntervalSerializer()
    difference = IntervalSerializer(allow_null=True)
    verdict = serializers.CharField(help_text="better, worse, open, early or control")


class EffectSerializer(serializers.Serializer[Any]):
    """What the campaign caused, against the people who were held out."""

    reached = IntervalSerializer()
    held_out = IntervalSerializer()
    difference = IntervalSerializer()
    caused = IntervalSerializer()
    revenue_caused = IntervalSerializer()
    is_clear = serializers.BooleanField()


class ConclusionSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text="clear, open, early, doubt or none")
    headline = serializers.CharField()
    detail = serializers.CharField()


class ClicksSerializer(serializers.Serializer[Any]):
    start = serializers.IntegerField(help_text="Hours after the message left.")
    end = serializers.IntegerField(allow_null=True)
    people = serializers.IntegerField()
    machines = serializers.IntegerField()


class ResultsSerializer(serializers.Serializer[Results]):
    """What a campaign did. `effect` and differences are given once `is_final` is true."""

    campaign = serializers.UUIDField()
    state = serializers.CharField()
    is_final = serializers.BooleanField()
    started_at = serializers.DateTimeField(allow_null=True)
    measured_until = serializers.DateTimeField(allow_null=True)
    attribution_days = serializers.IntegerField()
    currency = serializers.CharField()
    verdict = ConclusionSerializer()
    recipients = PeopleCountSerializer()
    holdout = PeopleCountSerializer()
    not_compared = PeopleCountSerializer()
    variants = VariantResultSerializer(many=True)
    effect = serializers.SerializerMethodField()
    clicks = ClicksSerializer(many=True)

    @extend_schema_field(EffectSerializer(allow_null=True))
    def get_effect(self, results: Results) -> dict[str, Any] | None:
        if results.effect is None or not results.is_final:
            return None
        return dict(EffectSerializer(results.effect).data)


class CampaignResultsView(APIView):
    permission = "campaigns:read"
    write_permission = "campaigns:read"

    @extend_schema(
        summary="Read what a campaign did",
        tags=["Campaigns"],
        parameters=[ID],
        responses=ResultsSerializer,
    )
    def get(self, request: Request, public_id: str) -> Response:
        campaign = get_object_or_404(Campaign, public_id=public_id)
        return Response(ResultsSerializer(services.campaign_results(campaign)).data)
