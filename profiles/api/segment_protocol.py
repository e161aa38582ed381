"""REST: the Segment protocol, so that client libraries which exist send here unchanged.

A library is given `https://…/api` as its host and an API key as its write key. `track`, `page` and
`screen` become events, `identify` fills the customer's record, `alias` and an `identify` with both
numbers say who a visitor is. `group` tells nothing that is kept here. Calls are taken in the order
in which they stand; events of one request are stored together, each `messageId` once.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from profiles.api.bulk import RefusalSerializer, read_batch
from profiles.importers.records import Refusal
from profiles.services import customers, events, identity
from tenants.errors import BadInput, DomainError

TYPES = ("track", "page", "screen", "identify", "alias", "group")
TRAITS = {
    "email": "email", "firstName": "first_name", "first_name": "first_name",
    "lastName": "last_name", "last_name": "last_name", "name": "name", "phone": "phone",
    "language": "language", "locale": "language", "timezone": "timezone",
}  # fmt: skip
PLACES = {"country": "country", "city": "city"}
SKUS = ("sku", "product_id", "productId", "id")
VIEWS = {"page": "page_viewed", "screen": "screen_viewed"}


class CallSerializer(serializers.Serializer[Any]):
    """One call of the protocol. `userId` or `anonymousId` names the person."""

    type = serializers.ChoiceField(choices=TYPES)
    userId = serializers.CharField(required=False)  # noqa: N815 - the protocol's names
    anonymousId = serializers.CharField(required=False)  # noqa: N815
    previousId = serializers.CharField(required=False)  # noqa: N815
    messageId = serializers.CharField(required=False)  # noqa: N815
    event = serializers.CharField(required=False)
    timestamp = serializers.DateTimeField(required=False)
    properties = serializers.DictField(required=False)
    traits = serializers.DictField(required=False)


class CallsSerializer(serializers.Serializer[Any]):
    batch = CallSerializer(many=True)


class CallsResultSerializer(serializers.Serializer[Any]):
    success = serializers.BooleanField()
    rejected = RefusalSerializer(many=True)


class SegmentProtocolViewSet(viewsets.GenericViewSet[Any]):
    permission = "customers:read"
    write_permission = "customers:write"
    serializer_class = CallsSerializer

    @extend_schema(
        summary="Take up to 1,000 calls of the Segment protocol",
        description="The API key is the write key, as Bearer token or as name of Basic.",
        tags=["Events"],
        request=CallsSerializer,
        responses={200: CallsResultSerializer},
    )
    def create(self, request: Request) -> Response:
        refused = take_calls(read_batch(request, "batch"))
        rejected = [
            {"index": one.index, "field": one.field, "value": one.value, "code": one.code,
             "message": one.message}
            for one in refused
        ]  # fmt: skip
        return Response({"success": not rejected, "rejected": rejected})


def take_calls(calls: Sequence[Any]) -> list[Refusal]:
    """Store what the calls say; return those that were refused, by their place in the batch.

    Who people are is settled before what they did is stored, so that an event of a visitor who
    signs in within the same batch is the customer's at once.
    """
    refused: list[Refusal] = []
    happened: list[tuple[int, dict[str, Any]]] = []
    for index, call in enumerate(calls):
        kind = call.get("type") if isinstance(call, Mapping) else None
        if kind not in TYPES:
            refused.append(_refusal(index, "type", str(kind), _unknown()))
        elif kind == "track" or kind in VIEWS:
            happened.append((index, _event_of(call)))
        elif kind != "group":
            refused += _settle(index, call)
    if happened:
        result = events.record_events([row for _index, row in happened])
        refused += [
            Refusal(index=happened[one.index][0], field=one.field, value=one.value, code=one.code,
                    message=one.message)
            for one in result.rejected
        ]  # fmt: skip
    return sorted(refused, key=lambda one: one.index)


def _unknown() -> str:
    return _("Send one of: %(known)s.") % {"known": ", ".join(TYPES)}


def _refusal(index: int, field: str, value: str, message: str, code: str = "bad_input") -> Refusal:
    return Refusal(index=index, field=field, value=value[:200], code=code, message=message)


def _event_of(call: Mapping[str, Any]) -> dict[str, Any]:
    said = call.get("properties") if isinstance(call.get("properties"), Mapping) else {}
    properties = dict(said or {})
    name = call.get("event") if call["type"] == "track" else VIEWS[call["type"]]
    if call["type"] in VIEWS and call.get("name"):
        properties.setdefault("name", call["name"])
    row = {
        "name": name,
        "at": call.get("timestamp") or call.get("originalTimestamp") or timezone.now(),
        "external_id": call.get("userId"),
        "anonymous_id": call.get("anonymousId"),
        "event_id": call.get("messageId"),
        "sku": next((properties[key] for key in SKUS if properties.get(key)), None),
        "properties": properties,
    }
    return {key: value for key, value in row.items() if value not in (None, "", {})}


def _settle(index: int, call: Mapping[str, Any]) -> list[Refusal]:
    """Take an `identify` or an `alias`: the customer's record, and whose visits were whose."""
    person = str(call.get("userId") or "")
    visitor = str((call.get("previousId") if call["type"] == "alias" else None)
                  or call.get("anonymousId") or "")  # fmt: skip
    row = _record_of(call)
    if not (row.get("external_id") or row.get("email")):
        if call["type"] == "identify" and visitor:
            return []  # traits of somebody who has not said who they are: nothing to keep them by
        message = _("Name the customer by userId or by traits.email.")
        return [_refusal(index, "userId", person, message, "no_key")]
    try:
        result = customers.upsert_customers([row], source="api")
        if visitor and not result.rejected:
            identity.identify(
                anonymous_id=visitor, external_id=person, email=str(row.get("email") or "")
            )
    except (BadInput, DomainError) as error:
        return [_refusal(index, "userId", person, error.message)]
    return [_refusal(index, one.field, one.value, one.message, one.code) for one in result.rejected]


def _record_of(call: Mapping[str, Any]) -> dict[str, Any]:
    """The customer as our own intake knows it; traits without a field of ours are attributes."""
    traits = dict(call["traits"]) if isinstance(call.get("traits"), Mapping) else {}
    row: dict[str, Any] = {"external_id": call.get("userId")}
    for theirs, ours in TRAITS.items():
        if traits.get(theirs) and ours not in row:
            row[ours] = traits.pop(theirs)
    if full := row.pop("name", None):
        first, _blank, last = str(full).rpartition(" ")
        row.setdefault("first_name", first or last)
        row.setdefault("last_name", last if first else "")
    address = traits.pop("address", None)
    for theirs, ours in PLACES.items():
        if isinstance(address, Mapping) and address.get(theirs):
            row[ours] = address[theirs]
        elif traits.get(theirs):
            row[ours] = traits.pop(theirs)
    plain = {key: value for key, value in traits.items() if not isinstance(value, Mapping | list)}
    row["attributes"] = {key: value for key, value in plain.items() if value is not None} or None
    return {key: value for key, value in row.items() if value not in (None, "")}
