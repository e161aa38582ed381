"""Template tags of the interface."""

from typing import Any

from babel import Locale, UnknownLocaleError
from django import template
from django.template.context import Context
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from campaigns.models import CampaignState
from marketing_platform import navigation as places
from tenants.sentences import join_sentences

register = template.Library()
register.filter("sentences", join_sentences)


@register.simple_tag
def icon(name: str, size: int = 16, css: str = "") -> SafeString:
    """An icon beside words: decorative, so hidden from screen readers."""
    return format_html(
        '<svg class="icon {}" width="{}" height="{}" aria-hidden="true"><use href="{}#{}"/></svg>',
        css,
        size,
        size,
        static("dist/icons.svg"),
        name,
    )


@register.filter
def language_name(code: str) -> str:
    """Return the name of a language in the reader's own: “zh-hans” as “Chinese”, “中文”."""
    base = code.replace("_", "-").split("-")[0].lower()
    try:
        shown = Locale.parse(get_language() or "en", sep="-")
    except UnknownLocaleError:
        shown = Locale("en")
    return str(shown.languages.get(base, code))


@register.simple_tag(takes_context=True)
def navigation(context: Context) -> list[places.Group]:
    """Return the groups of the sidebar that this person may see."""
    request = context.get("request")
    return places.groups(request) if request else []


@register.simple_tag
def campaign_state(state: str) -> dict[str, Any]:
    """Return tone, icon and word of a campaign's state."""
    look = places.LOOKS[state]
    return {"tone": look.tone, "icon": look.icon, "label": CampaignState(state).label}


@register.simple_tag
def percent(done: Any, total: Any) -> str:
    """Return 0…100 with one decimal, for a width in CSS (always with a point)."""
    share = _number(done) / _number(total) if _number(total) else 0.0
    return _css(100 * share)


@register.simple_tag
def position(value: Any, start: Any, end: Any) -> str:
    """Return where `value` lies between `start` and `end`, as 0…100 for CSS."""
    low, high = _number(start), _number(end)
    return _css(100 * (_number(value) - low) / (high - low) if high > low else 0.0)


@register.simple_tag
def span(low: Any, high: Any, start: Any, end: Any) -> str:
    """Return how much of the axis the interval takes, as 0…100 for CSS."""
    return _css(float(position(high, start, end)) - float(position(low, start, end)))


@register.simple_tag(takes_context=True)
def query_with(context: Context, **changes: Any) -> str:
    """Return the query string of this page with some parameters changed."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            query.pop(name, None)
        else:
            query[name] = str(value)
    return "?" + query.urlencode()


def _number(value: Any) -> float:
    return float(value) if value not in (None, "") else 0.0


def _css(share: float) -> str:
    return f"{min(100.0, max(0.0, share)):.1f}"
