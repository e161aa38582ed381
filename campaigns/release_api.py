"""The REST API of review and sending: what is to be read, verdicts, approval, launch, pause."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.models import Approval, Campaign, Creative
from campaigns.services import pending, review, sending
from delivery.models import Mailing
from inference.types import FIELDS, Channel
from tenants.errors import BadInput

ID = OpenApiParameter("public_id", str, OpenApiParameter.PATH, description="The campaign’s id.")
CREATIVE_ID = OpenApiParameter(
    "public_id", str, OpenApiParameter.PATH, description="The creative’s id."
)
TAGS = ["Campaigns"]


class PendingSerializer(serializers.Serializer[Campaign]):
    """A campaign that a worker prepares."""

    state = serializers.CharField()
    pending = serializers.CharField()


class ReviewSerializer(serializers.Serializer[review.ReviewQueue]):
    """What a person has to read. `to_read` are ids of creatives without a verdict, in order."""

    must_read = serializers.IntegerField(help_text="Texts that are decided one by one.")
    population = serializers.IntegerField(help_text="All other texts.")
    sample_size = serializers.IntegerField(help_text="How many of them are read, by chance.")
    read = serializers.IntegerField()
    rejected = serializers.IntegerField(help_text="Rejected or edited in the sample.")
    sentence = serializers.CharField(help_text="What the reading proves.")
    is_done = serializers.BooleanField()
    to_read = serializers.ListField(child=serializers.UUIDField())


class DecisionSerializer(serializers.Serializer[Any]):
    verdict = serializers.ChoiceField(choices=["approve", "reject", "undo"])
    reason = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)


class EditSerializer(serializers.Serializer[Any]):
    """New words for parts of a text; parts that are left out stay."""

    parts = serializers.DictField(child=serializers.CharField(max_length=4000, allow_blank=True))
    reason = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)


class DecidedSerializer(serializers.ModelSerializer[Creative]):
    id = serializers.UUIDField(source="public_id", read_only=True)
    state = serializers.CharField(read_only=True, help_text="written or rejected")
    verdict = serializers.CharField(read_only=True, help_text="approved, rejected or empty")

    class Meta:
        model = Creative
        fields = ("id", "state", "verdict", "verdict_reason", "parts", "findings")
        read_only_fields = fields


class ApprovalSerializer(serializers.ModelSerializer[Approval]):
    id = serializers.UUIDField(source="public_id", read_only=True)

    class Meta:
        model = Approval
        fields = (
            "id",
            "content_hash",
            "audience_size",
            "creative_count",
            "read_count",
            "approved_by_name",
            "created_at",
        )
        read_only_fields = fields


class LaunchSerializer(serializers.Serializer[Any]):
    send_at = serializers.DateTimeField(
        required=False, allow_null=True, default=None, help_text="Left out or null: now."
    )


class SendingSerializer(serializers.Serializer[Any]):
    """Where the messages are. The counts from `sent` on, without `bounced`, add up to
    `audience`."""

    state = serializers.CharField()
    state_reason = serializers.CharField()
    due_at = serializers.DateTimeField()
    audience = serializers.IntegerField()
    sent = serializers.IntegerField()
    bounced = serializers.IntegerField(help_text="Of those sent.")
    waiting = serializers.IntegerField()
    leaving = serializers.IntegerField()
    failed = serializers.IntegerField()
    skipped = serializers.IntegerField()
    missed = serializers.IntegerField()
    cancelled = serializers.IntegerField()
    doubtful = serializers.IntegerField(help_text="May have arrived; wait for a person.")


class ReleaseViewSet(viewsets.GenericViewSet[Campaign]):
    """Review, approve, launch, pause and cancel one campaign."""

    permission = "campaigns:read"
    write_permission = "campaigns:send"
    action_permissions = {"approve": "campaigns:approve"}  # noqa: RUF012
    serializer_class = SendingSerializer
    lookup_field = "public_id"
    queryset = None

    def _campaign(self, public_id: str) -> Campaign:
        return get_object_or_404(Campaign, public_id=public_id)

    @extend_schema(
        summary="See what a person has to read", tags=TAGS, parameters=[ID],
        responses=ReviewSerializer,
    )  # fmt: skip
    @action(detail=True)
    def review(self, request: Request, public_id: str) -> Response:
        queue = review.creatives_to_review(self._campaign(public_id))
        values = {
            "must_read": len(queue.must_read),
            "population": queue.population,
            "sample_size": queue.sample_size,
            "read": queue.read,
            "rejected": queue.rejected,
            "sentence": queue.sentence,
            "is_done": queue.is_done,
            "to_read": [one.public_id for one in queue.order if not one.verdict],
        }
        return Response(ReviewSerializer(values).data)

    @extend_schema(
        summary="Approve exactly these texts, facts and people",
        description="409 with a code says what stands in the way: unread, blocked, facts_changed … "
        "A campaign of thousands of texts is approved by a worker: 202, and `progress` tells when.",
        tags=TAGS,
        parameters=[ID],
        request=None,
        responses={200: ApprovalSerializer, 202: PendingSerializer},
    )
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, public_id: str) -> Response:
        campaign = self._campaign(public_id)
        pending.ask_for_approval(campaign)
        if campaign.pending:
            return Response(PendingSerializer(campaign).data, status=status.HTTP_202_ACCEPTED)
        return Response(ApprovalSerializer(review.live_approval(campaign)).data)

    @extend_schema(
        summary="Send what was approved, now or later",
        description="Launching twice gives the same mailing.",
        tags=TAGS,
        parameters=[ID],
        request=LaunchSerializer,
        responses={202: SendingSerializer},
    )
    @action(detail=True, methods=["post"])
    def launch(self, request: Request, public_id: str) -> Response:
        campaign = self._campaign(public_id)
        wanted = LaunchSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        mailing = sending.launch(campaign, send_at=wanted.validated_data["send_at"])
        return Response(_sending(mailing), status=status.HTTP_202_ACCEPTED)

    @extend_schema(
        summary="See where the messages are", tags=TAGS, parameters=[ID],
        responses=SendingSerializer,
    )  # fmt: skip
    @action(detail=True)
    def sending(self, request: Request, public_id: str) -> Response:
        return Response(_sending(sending.find_mailing(self._campaign(public_id))))

    @extend_schema(
        summary="Hold back what has not left", tags=TAGS, parameters=[ID], request=None,
        responses=SendingSerializer,
    )  # fmt: skip
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, public_id: str) -> Response:
        campaign = self._campaign(public_id)
        sending.pause(campaign)
        return Response(_sending(sending.find_mailing(campaign)))

    @extend_schema(
        summary="Go on sending", tags=TAGS, parameters=[ID], request=None,
        responses=SendingSerializer,
    )  # fmt: skip
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, public_id: str) -> Response:
        campaign = self._campaign(public_id)
        sending.resume(campaign)
        return Response(_sending(sending.find_mailing(campaign)))

    @extend_schema(
        summary="Never send what has not left", tags=TAGS, parameters=[ID], request=None,
        responses=SendingSerializer,
    )  # fmt: skip
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, public_id: str) -> Response:
        campaign = self._campaign(public_id)
        sending.cancel_sending(campaign)
        return Response(_sending(sending.find_mailing(campaign)))


class VerdictViewSet(viewsets.GenericViewSet[Creative]):
    """Decide on one text."""

    permission = "campaigns:read"
    write_permission = "campaigns:approve"
    serializer_class = DecidedSerializer
    lookup_field = "public_id"
    queryset = None

    def _creative(self, public_id: str) -> Creative:
        rows = Creative.objects.select_related("campaign__voice", "micro_segment", "snapshot")
        return get_object_or_404(rows, public_id=public_id)

    @extend_schema(
        summary="Approve or reject a text, or take the verdict back",
        tags=TAGS,
        parameters=[CREATIVE_ID],
        request=DecisionSerializer,
        responses=DecidedSerializer,
    )
    @action(detail=True, methods=["post"])
    def verdict(self, request: Request, public_id: str) -> Response:
        creative = self._creative(public_id)
        wanted = DecisionSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        verdict, reason = wanted.validated_data["verdict"], wanted.validated_data["reason"]
        if verdict == "approve":
            review.approve_creative(creative)
        elif verdict == "reject":
            review.reject_creative(creative, reason)
        else:
            review.undo_verdict(creative)
        return Response(DecidedSerializer(creative).data)

    @extend_schema(
        summary="Edit a text; it is checked anew and read again",
        tags=TAGS,
        parameters=[CREATIVE_ID],
        request=EditSerializer,
        responses=DecidedSerializer,
    )
    @action(detail=True, methods=["post"])
    def edit(self, request: Request, public_id: str) -> Response:
        creative = self._creative(public_id)
        wanted = EditSerializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        parts = wanted.validated_data["parts"]
        if not set(parts) <= set(FIELDS[Channel(creative.channel)]):
            raise BadInput(
                _("A text of this channel has no such part."), fields={"parts": "unknown"}
            )
        review.edit_creative(creative, creative.parts | parts, wanted.validated_data["reason"])
        return Response(DecidedSerializer(creative).data)


def _sending(mailing: Mailing) -> dict[str, Any]:
    values = {
        "state": sending.state_of(mailing),
        "state_reason": mailing.state_reason,
        "due_at": mailing.due_at,
        **vars(sending.progress(mailing)),
    }
    return dict(SendingSerializer(values).data)
