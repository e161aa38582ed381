"""Pages of the catalogue: products, offers, brand voices."""

from datetime import datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from catalogue import pictures, services
from catalogue.forms import OfferForm, ProductForm, VoiceForm, show_refusal
from catalogue.models import BrandVoice, Offer, Product
from tenants.access import action
from tenants.errors import DomainError
from tenants.permissions import allows

PAGE = 50
CATEGORIES_SHOWN = 12


def _may_edit(request: HttpRequest) -> bool:
    return allows(request.role, "catalogue.edit")


@action("catalogue.view")
@require_safe
def product_list(request: HttpRequest, workspace: str) -> HttpResponse:
    query, category = request.GET.get("q", "").strip(), request.GET.get("category", "")
    products = Product.objects.order_by("title", "id")
    if query:
        products = products.filter(Q(title__icontains=query) | Q(external_id__iexact=query))
    if category:
        products = products.filter(category=category)
    found = Product.objects.exclude(category="").values_list("category").annotate(n=Count("id"))
    context = {
        "nav": "catalogue",
        "tab": "products",
        "page": Paginator(products, PAGE).get_page(request.GET.get("page")),
        "categories": found.order_by("-n", "category")[:CATEGORIES_SHOWN],
        "category": category,
        "query": query,
    }
    return render(request, "catalogue/product_list.html", context)


@action("catalogue.view", write="catalogue.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def product_detail(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    product = get_object_or_404(Product, public_id=public_id)
    form = ProductForm(request.POST or None, product=product)
    if request.method == "POST" and form.is_valid():
        services.save_product(product, **form.facts)
        messages.success(request, _("Saved. Texts written from now on cite these facts."))
        return redirect("catalogue:product-detail", workspace, product.public_id)
    context = {
        "nav": "catalogue",
        "product": product,
        "variants": product.variants.order_by("title"),
        "form": form,
        "may_edit": _may_edit(request),
    }
    return render(request, "catalogue/product_detail.html", context)


@action("catalogue.view")
@require_safe
def product_picture(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    """The copy of the picture, fetched from the feed's link; until then, the link itself."""
    product = get_object_or_404(Product, public_id=public_id)
    picture = pictures.read(product)
    if picture is not None:
        return HttpResponse(picture.content, content_type=picture.content_type)
    if not product.image_url:
        raise Http404
    return redirect(product.image_url)


@action("catalogue.view")
@require_safe
def offer_list(request: HttpRequest, workspace: str) -> HttpResponse:
    now, language = timezone.now(), translation.get_language()
    offers = Offer.objects.order_by("-id")
    page = Paginator(offers, PAGE).get_page(request.GET.get("page"))
    rows = [(offer, services.offer_phrase(offer, language), _state(offer, now)) for offer in page]
    context = {"nav": "catalogue", "tab": "offers", "page": page, "rows": rows}
    return render(request, "catalogue/offer_list.html", context)


def _state(offer: Offer, now: datetime) -> str:
    """Return running, ended, to_come or off."""
    if not offer.is_active:
        return "off"
    if offer.ends_at and offer.ends_at <= now:
        return "ended"
    return "to_come" if offer.starts_at and offer.starts_at > now else "running"


@action("catalogue.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def offer_create(request: HttpRequest, workspace: str) -> HttpResponse:
    return _edit_offer(request, None)


@action("catalogue.view", write="catalogue.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def offer_detail(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    return _edit_offer(request, get_object_or_404(Offer, public_id=public_id))


def _edit_offer(request: HttpRequest, offer: Offer | None) -> HttpResponse:
    form = OfferForm(request.POST or None, offer=offer)
    if request.method == "POST" and form.is_valid():
        try:
            saved = services.create_offer(**form.facts) if offer is None else offer
            services.update_offer(saved, **form.facts, is_active=form.cleaned_data["is_active"])
        except DomainError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("catalogue:offer-list", request.tenant.slug)
    if offer is not None:
        offer.refresh_from_db()  # a refused change is not what is stored
    context = {
        "nav": "catalogue",
        "offer": offer,
        "form": form,
        "may_edit": _may_edit(request),
        "phrases": _phrases(offer) if offer else [],
    }
    return render(request, "catalogue/offer_edit.html", context)


def _phrases(offer: Offer) -> list[tuple[str, str]]:
    """How the offer reads in each language that texts are written in."""
    return [(code, services.offer_phrase(offer, code)) for code in ("en", "zh-hans")]


@action("catalogue.view", write="catalogue.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def voice_detail(request: HttpRequest, workspace: str, public_id: str = "") -> HttpResponse:
    """Edit a brand voice: the default one unless the address names another."""
    if not public_id:
        return _edit_voice(request, services.default_voice())
    return _edit_voice(request, get_object_or_404(BrandVoice, public_id=public_id))


@action("catalogue.edit")
@require_http_methods(["GET", "HEAD", "POST"])
def voice_create(request: HttpRequest, workspace: str) -> HttpResponse:
    return _edit_voice(request, None)


def _edit_voice(request: HttpRequest, voice: BrandVoice | None) -> HttpResponse:
    form = VoiceForm(request.POST or None, voice=voice)
    if request.method == "POST" and form.is_valid():
        try:
            saved = services.save_voice(voice, **form.cleaned_data)
        except DomainError as error:
            show_refusal(form, error)
        else:
            messages.success(request, _("Saved. New texts follow this voice."))
            return redirect("catalogue:voice-detail", request.tenant.slug, saved.public_id)
    context = {
        "nav": "voice",
        "voice": voice,
        "voices": BrandVoice.objects.order_by("-is_default", "name"),
        "form": form,
        "may_edit": _may_edit(request),
        "action": reverse("catalogue:voice-create", args=[request.tenant.slug])
        if voice is None
        else reverse("catalogue:voice-detail", args=[request.tenant.slug, voice.public_id]),
    }
    return render(request, "catalogue/voice_detail.html", context)
