"""REST: files. Post one, follow it, read its rejected rows."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from profiles.api.serializers import (
    ImportInSerializer,
    ImportSerializer,
    RejectedRowSerializer,
)
from profiles.models import Import, ImportKind, RejectedRow
from profiles.services import imports
from tenants.api import CursorPages
from tenants.errors import NotAllowed

ID = OpenApiParameter("public_id", str, OpenApiParameter.PATH, description="The import’s id.")


class RejectedPages(CursorPages, CursorPagination):
    ordering = ("line", "id")


@extend_schema_view(
    list=extend_schema(summary="List imports, newest first", tags=["Imports"]),
    retrieve=extend_schema(summary="Follow an import", tags=["Imports"], parameters=[ID]),
)
class ImportViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Import]
):
    permission = "customers:read"
    write_permission = "customers:write"
    queryset = Import.objects.none()  # for the documentation; see get_queryset
    serializer_class = ImportSerializer
    parser_classes = (MultiPartParser,)
    lookup_field = "public_id"
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Import]:
        return Import.objects.all()

    @extend_schema(
        summary="Import a CSV file",
        description="The file is read by a worker; follow the import by its id.",
        tags=["Imports"],
        request={"multipart/form-data": ImportInSerializer},
        responses={201: ImportSerializer},
    )
    def create(self, request: Request) -> Response:
        form = ImportInSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        given: dict[str, Any] = form.validated_data
        if given["kind"] == ImportKind.PRODUCTS and "catalogue:write" not in request.auth.scopes:
            raise NotAllowed(_("This API key may not write products. Give it that scope."))
        file = given["file"]
        import_ = imports.start_import(
            kind=given["kind"], file=file, file_name=file.name, mapping=given.get("mapping")
        )
        import_ = imports.confirm_mapping(import_, import_.mapping)
        return Response(ImportSerializer(import_).data, status=201)

    @extend_schema(
        summary="List the rows that were rejected, in the order of the file",
        tags=["Imports"],
        parameters=[ID],
        responses={200: RejectedRowSerializer(many=True)},
    )
    @action(detail=True, pagination_class=RejectedPages)
    def rejected(self, request: Request, public_id: Any) -> Response:
        rows = RejectedRow.objects.filter(source=self.get_object())
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(RejectedRowSerializer(page, many=True).data)
