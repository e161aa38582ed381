"""What the bulk endpoints share: read a batch quickly, answer per record."""

from dataclasses import asdict
from typing import Any

import msgspec
from django.core.exceptions import RequestDataTooBig
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from profiles.importers.records import Result
from tenants.errors import BadInput

MOST = 1000
"""Records in one request."""


@extend_schema_serializer(component_name="Refusal")
class RefusalSerializer(serializers.Serializer[Any]):
    index = serializers.IntegerField(help_text="Place of the record in the request, from 0.")
    field = serializers.CharField(help_text="The field that is wrong.")
    value = serializers.CharField()
    code = serializers.CharField(help_text="Stable; for programs.")
    message = serializers.CharField(help_text="For people: what to do.")


@extend_schema_serializer(component_name="BulkResult")
class ResultSerializer(serializers.Serializer[Any]):
    """records = created + updated + unchanged + rejected."""

    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    rejected = RefusalSerializer(many=True)


def read_batch(request: Request, key: str) -> list[Any]:
    """Return the records of `{key: […]}` or of a bare list, at most MOST.

    Decoded with msgspec: event intake is the busiest route. Raises BadInput.
    """
    try:
        body = msgspec.json.decode(request._request.body)
    except RequestDataTooBig:
        raise BadInput(_("The request is too big. Send fewer records at once.")) from None
    except msgspec.DecodeError as error:
        raise BadInput(_("The body is not JSON: %(why)s") % {"why": error}) from error
    records = body.get(key) if isinstance(body, dict) else body
    if not isinstance(records, list):
        raise BadInput(
            _("Send an object with a list under “%(key)s”.") % {"key": key}, fields={key: "list"}
        )
    if len(records) > MOST:
        raise BadInput(
            _("Send at most %(most)s records at once, not %(count)s.")
            % {"most": MOST, "count": len(records)},
            code="too_many",
        )
    return records


def answer(result: Result, *, status: int = 200) -> Response:
    return Response(asdict(result), status=status)
