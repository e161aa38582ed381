"""Downloads of customers, orders and segments."""

from collections.abc import Iterator

from django.http import HttpRequest, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from profiles.models import Segment
from profiles.services import exports
from tenants.access import action


@action("customers.export")
@require_POST
def customer_export(request: HttpRequest, workspace: str) -> StreamingHttpResponse:
    return _download(exports.export_customers(), _("customers"))


@action("customers.export")
@require_POST
def order_export(request: HttpRequest, workspace: str) -> StreamingHttpResponse:
    return _download(exports.export_orders(), _("orders"))


@action("customers.export")
@require_POST
def segment_export(request: HttpRequest, workspace: str, public_id: str) -> StreamingHttpResponse:
    segment = get_object_or_404(Segment, public_id=public_id)
    return _download(exports.export_segment(segment), segment.name)


def _download(parts: Iterator[bytes], name: str) -> StreamingHttpResponse:
    """A POST, since it is written down who took the data and nobody should be led to it."""
    response = StreamingHttpResponse(parts, content_type="text/csv; charset=utf-8")
    plain = "".join(c if c.isalnum() or c in " -_" else "-" for c in name)[:80]
    response.headers["Content-Disposition"] = content_disposition_header(True, f"{plain}.csv")
    return response
