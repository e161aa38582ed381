"""Template tags that write prices and last days as texts do."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.utils import formats, timezone, translation

from catalogue.services import format_money

register = template.Library()


@register.simple_tag(takes_context=True)
def money(context: dict[str, Any], amount: Decimal, currency: str = "") -> str:
    """Write an amount in its currency, else in the workspace's."""
    tenant = context["request"].tenant
    language = translation.get_language() or tenant.language
    return format_money(amount, currency or tenant.currency, language)


@register.simple_tag
def last_day(ends_at: datetime) -> str:
    """Write the last day before a moment at which something ends."""
    local = timezone.localtime(ends_at - timedelta(microseconds=1))
    return str(formats.date_format(local, "SHORT_DATE_FORMAT"))
