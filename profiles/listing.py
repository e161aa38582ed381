"""Finding customers: by words, by filters, page by page, at any number of rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db.models import Model, Q, QuerySet
from django.db.models.functions import Concat

from profiles.models import Customer, TraitSet

M = TypeVar("M", bound=Model)
LAST_LETTER = "\U0010ffff"
CONSENTS = {"yes": True, "no": False, "unknown": None}


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What the list is narrowed to; "" leaves a filter open. `consent` is a key of CONSENTS."""

    query: str = ""
    stage: str = ""
    language: str = ""
    consent: str = ""
    category: str = ""


@dataclass(frozen=True, kw_only=True)
class KeysetPage(Generic[M]):
    """Rows, and the public ids from which the pages after and before them start, or ""."""

    rows: Sequence[M]
    next: str = ""
    previous: str = ""


def find_customers(filters: Filters) -> QuerySet[Customer]:
    """Return the customers who match, in no order."""
    found = _by_words(filters.query.strip()) if filters.query.strip() else Customer.objects.all()
    if filters.language:
        found = found.filter(_speaks(filters.language))
    if filters.consent in CONSENTS:
        found = found.filter(may_email=CONSENTS[filters.consent])
    traits = {"stage": filters.stage, "top_category": filters.category}
    if known := {name: value for name, value in traits.items() if value}:
        matching = TraitSet.objects.filter(**known).values("customer_id")
        found = found.filter(pk__in=matching).exclude(may_profile=False)
    return found


def _by_words(query: str) -> QuerySet[Customer]:
    """A number or the beginning of an address comes from an index; else names are read."""
    email = query.lower()
    starts = Q(email__gte=email, email__lt=email + LAST_LETTER, email__startswith=email)
    keyed = Customer.objects.filter(Q(external_id=query) | starts)
    if "@" in query or keyed.exists():
        return keyed
    first, _space, last = query.partition(" ")
    if last:
        both = Q(first_name__istartswith=first, last_name__istartswith=last)
        return Customer.objects.filter(both | Q(first_name__istartswith=query))
    named = Customer.objects.filter(
        Q(first_name__istartswith=query) | Q(last_name__istartswith=query)
    )
    if query.isascii():
        return named
    chinese = Concat("last_name", "first_name")
    return Customer.objects.annotate(written=chinese).filter(
        Q(written__startswith=query) | Q(first_name__startswith=query)
    )


def _speaks(language: str) -> Q:
    if language == "zh-hans":
        return Q(language__istartswith="zh")
    return Q(language__iexact=language) | Q(language__istartswith=f"{language}-")


def keyset_page(
    rows: QuerySet[M], *, after: str = "", before: str = "", size: int = 50
) -> KeysetPage[M]:
    """Return one page, newest first. `after` and `before` are public ids of rows of the list.

    An id that does not exist any more gives the first page.
    """
    pivot = _position(rows, after or before)
    if before and pivot is not None:
        found = list(rows.filter(pk__gt=pivot).order_by("pk")[: size + 1])
        more, shown = len(found) > size, found[:size][::-1]
        return _page(shown, has_next=True, has_previous=more)
    narrowed = rows.filter(pk__lt=pivot) if pivot is not None else rows
    found = list(narrowed.order_by("-pk")[: size + 1])
    return _page(found[:size], has_next=len(found) > size, has_previous=pivot is not None)


def _position(rows: QuerySet[M], public_id: str) -> int | None:
    if not public_id:
        return None
    try:
        return rows.model._default_manager.values_list("pk", flat=True).get(public_id=public_id)
    except (ObjectDoesNotExist, ValidationError):
        return None


def _page(shown: list[M], *, has_next: bool, has_previous: bool) -> KeysetPage[M]:
    if not shown:
        return KeysetPage(rows=[])
    first, last = (str(getattr(row, "public_id", "")) for row in (shown[0], shown[-1]))
    return KeysetPage(
        rows=shown, next=last if has_next else "", previous=first if has_previous else ""
    )
