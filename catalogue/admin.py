"""Administration of products, offers, brand voices and fact snapshots."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from catalogue import services
from catalogue.models import BrandVoice, FactSnapshot, Offer, Product, ProductVariant
from tenants.read_only_admin import ReadOnlyAdmin, ReadOnlyInline


class VariantInline(ReadOnlyInline):
    model = ProductVariant


@admin.register(Product)
class ProductAdmin(ReadOnlyAdmin):
    list_display = ("title", "external_id", "category", "price", "currency", "stock", "is_active")
    list_filter = ("is_active", "language")
    search_fields = ("title", "external_id")
    inlines = (VariantInline,)
    actions = ("take_off_sale", "put_on_sale")

    @admin.action(description=gettext_lazy("Take off sale"))
    def take_off_sale(self, request: HttpRequest, queryset: QuerySet[Product]) -> None:
        for product in queryset:
            services.save_product(product, is_active=False)

    @admin.action(description=gettext_lazy("Put on sale"))
    def put_on_sale(self, request: HttpRequest, queryset: QuerySet[Product]) -> None:
        for product in queryset:
            services.save_product(product, is_active=True)


@admin.register(ProductVariant)
class ProductVariantAdmin(ReadOnlyAdmin):
    list_display = ("title", "product", "sku", "price", "stock")
    list_select_related = ("product",)
    search_fields = ("sku__exact",)


@admin.register(Offer)
class OfferAdmin(ReadOnlyAdmin):
    list_display = ("name", "kind", "value", "code", "starts_at", "ends_at", "is_active")
    list_filter = ("kind", "is_active")
    search_fields = ("name", "code")
    actions = ("switch_off",)

    @admin.action(description=gettext_lazy("Switch off"))
    def switch_off(self, request: HttpRequest, queryset: QuerySet[Offer]) -> None:
        for offer in queryset:
            services.update_offer(offer, is_active=False)


@admin.register(BrandVoice)
class BrandVoiceAdmin(ReadOnlyAdmin):
    list_display = ("name", "brand_name", "tone", "is_default")
    search_fields = ("name",)
    actions = ("make_default",)

    @admin.action(description=gettext_lazy("Use unless a campaign says otherwise"))
    def make_default(self, request: HttpRequest, queryset: QuerySet[BrandVoice]) -> None:
        for voice in queryset[:1]:
            services.save_voice(voice, is_default=True)


@admin.register(FactSnapshot)
class FactSnapshotAdmin(ReadOnlyAdmin):
    list_display = ("content_hash", "language", "product", "offer", "taken_at")
    list_filter = ("language",)
    list_select_related = ("product", "offer")
