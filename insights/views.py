"""The step Report, and the list of reports."""

import csv
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from campaigns.models import Campaign, CampaignState, Variant
from campaigns.services import costs
from insights import services
from insights.statistics import Interval
from insights.types import Count, Results, VariantResult
from profiles.services.word_counts import count_opinions
from tenants.access import action

PAGE_SIZE = 12
TONES = {
    Variant.REASON: "primary",
    Variant.PRODUCT: "series2",
    Variant.QUESTION: "series3",
    Variant.BENEFIT: "series4",
    Variant.BASE: "control",
}
REPORTED = (
    CampaignState.SENDING,
    CampaignState.SENT,
    CampaignState.PAUSED,
    CampaignState.CANCELLED,
)


@action("reports.view")
@require_safe
def report_list(request: HttpRequest, workspace: str) -> HttpResponse:
    """Every campaign that was launched, newest first, each with its verdict."""
    campaigns = Campaign.objects.filter(state__in=REPORTED, launched_at__isnull=False)
    page = Paginator(campaigns.order_by("-launched_at", "-id"), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    lines = [(campaign, services.campaign_results(campaign)) for campaign in page]
    context = {"page": page, "lines": lines, "opinions": count_opinions(), "nav": "reports"}
    return render(request, "insights/report_list.html", context)


@action("reports.view")
@require_safe
def campaign_report(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    campaign = get_object_or_404(Campaign, public_id=public_id)
    results = services.campaign_results(campaign)
    context = {
        "campaign": campaign,
        "results": results,
        "counted": "hits" if request.GET.get("count") == "hits" else "people",
        "funnel": _funnel(results, hits=request.GET.get("count") == "hits"),
        "variants": _variant_lines(results),
        "axis": _axis(results),
        "effect": _effect(results),
        "chart": _chart(results),
        "clicks": [(_hours(band.start, band.end), band) for band in results.clicks],
        "clicks_total": (
            sum(band.people for band in results.clicks),
            sum(band.machines for band in results.clicks),
        ),
        "costs": costs.spent(campaign),
        "nav": "campaigns",
    }
    return render(request, "insights/campaign_report.html", context)


@action("reports.view")
@require_safe
def campaign_report_export(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    """The figures of the report as CSV. Counts only: no customer is named."""
    campaign = get_object_or_404(Campaign, public_id=public_id)
    results = services.campaign_results(campaign)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="report-{campaign.public_id}.csv"'
    response.write("\ufeff")  # so that spreadsheets read it as UTF-8
    writer = csv.writer(response)
    for row in _rows(campaign, results):
        writer.writerow([safe_cell(value) for value in row])
    return response


def safe_cell(value: Any) -> Any:
    """Return text that no spreadsheet takes for a formula. Numbers stay numbers."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value


def _rows(campaign: Campaign, results: Results) -> list[list[Any]]:
    names = [
        "people", "sent", "delivered", "bounced", "complained", "clicked", "machine_only",
        "unsubscribed", "ordered", "orders", "revenue",
    ]  # fmt: skip
    rows: list[list[Any]] = [
        ["campaign", campaign.name],
        ["verdict", results.verdict.headline],
        ["measured until", results.measured_until.isoformat() if results.measured_until else ""],
        ["currency", results.currency],
        [],
        ["group", *names, "rate", "rate low", "rate high", "difference low", "difference high"],
    ]
    rows += [_csv_line(result.label, result.count, names, result) for result in results.variants]
    rows += [
        _csv_line(_("Not compared"), results.not_compared, names),
        _csv_line(_("All recipients"), results.recipients, names),
        _csv_line(_("Held out"), results.holdout, names),
        [],
        ["hours after sending", "people", "machines"],
    ]
    return rows + [
        [_hours(band.start, band.end), band.people, band.machines] for band in results.clicks
    ]


def _csv_line(
    label: str, count: Count, names: list[str], result: VariantResult | None = None
) -> list[Any]:
    line: list[Any] = [label, *(getattr(count, name) for name in names)]
    if result:
        line += [result.rate.value, result.rate.low, result.rate.high]
        if result.difference:
            line += [result.difference.low, result.difference.high]
    return line


def _hours(start: int, end: int | None) -> str:
    if end is None:
        return _("%(start)s and later") % {"start": start}
    return _("%(start)s to %(end)s") % {"start": start, "end": end}


def _funnel(results: Results, *, hits: bool) -> list[dict[str, Any]]:
    """Return the bars from sent to ordered; shares are of what was sent."""
    count = results.recipients
    held = _("%(count)s more held out") % {"count": f"{results.holdout.people:,}"}
    machines = _("%(count)s by machines left out") % {"count": f"{count.machine_only:,}"}
    clicked, by_machine = count.clicked, count.machine_only
    if hits:
        clicked, by_machine = count.hits, count.machine_hits
        machines = _("%(count)s more by machines") % {"count": f"{count.machine_hits:,}"}
    top = max(count.sent, clicked + by_machine, 1)
    rows = [
        (_("Sent"), held if results.holdout.people else "", count.sent, 0, "sent"),
        (
            _("Not come back"),
            _("%(count)s bounced") % {"count": f"{count.bounced:,}"},
            count.delivered,
            0,
            "delivered",
        ),
        (
            _("All clicks") if hits else _("Clicked by people"),
            machines,
            clicked,
            by_machine,
            "clicked",
        ),
        (
            _("Ordered"),
            _("within %(days)s days") % {"days": results.attribution_days},
            count.ordered_sent,
            0,
            "ordered",
        ),
    ]
    return [
        {
            "label": label,
            "note": note,
            "value": value,
            "width": value / top,
            "hatched": (value + extra) / top,
            "share": percent(value / count.sent)
            if count.sent and key != "sent" and not (hits and key == "clicked")
            else "",
        }
        for label, note, value, extra, key in rows
    ]


def percent(rate: float) -> str:
    """Return a rate as people write it: two digits that say something, no more."""
    digits = 0 if rate >= 0.995 else 1 if rate >= 0.02 else 2
    return f"{rate:.{digits}%}"


def points(rate: float) -> str:
    """Return a difference of rates in percentage points, with its sign."""
    return f"{rate * 100:+.2f}".replace("-", "−")


def _axis(results: Results) -> dict[str, Any]:
    """Return the shared axis of the variants: from, to, and the marks to label."""
    intervals = [result.rate for result in results.variants]
    return _scale(intervals)


def _scale(intervals: list[Interval]) -> dict[str, Any]:
    if not intervals:
        return {"start": 0.0, "end": 1.0, "marks": []}
    low = min(interval.low for interval in intervals)
    high = max(interval.high for interval in intervals)
    room = (high - low) * 0.08 or 0.01
    start, end = low - room if low < 0 else max(0.0, low - room), high + room
    step = (end - start) / 3
    digits = 1 if step >= 0.005 else 2
    return {
        "start": start,
        "end": end,
        "marks": [f"{start + step * index:.{digits}%}" for index in range(4)],
    }


def _variant_lines(results: Results) -> list[dict[str, Any]]:
    badges = {
        "better": ("success", _("Better")),
        "worse": ("error", _("Worse")),
        "open": ("outline", _("Not told apart")),
        "early": ("outline", _("Too early")),
        "control": ("neutral", _("Control")),
    }
    base = next((r for r in results.variants if r.variant == Variant.BASE), None)
    return [
        {
            "result": result,
            "tone": TONES[Variant(result.variant)],
            "rate": percent(result.rate.value),
            "interval": _("%(low)s to %(high)s")
            % {"low": percent(result.rate.low), "high": percent(result.rate.high)},
            "reference": base.rate.value if base else "",
            "against": points(result.difference.value) if result.difference else "",
            "against_range": _("%(low)s to %(high)s")
            % {"low": points(result.difference.low), "high": points(result.difference.high)}
            if result.difference
            else "",
            "badge_tone": badges[result.verdict][0],
            "badge": badges[result.verdict][1],
        }
        for result in results.variants
    ]


def _effect(results: Results) -> dict[str, Any] | None:
    effect = results.effect
    if effect is None:
        return None
    rates = _scale([effect.reached, effect.held_out])
    difference = effect.difference
    low, high = min(0.0, difference.low), max(0.0, difference.high)
    room = (high - low) * 0.08 or 0.01
    return {
        "effect": effect,
        "rates": rates,
        "lines": [
            (_("Got a message"), effect.reached, "primary", percent(effect.reached.value)),
            (_("Held out"), effect.held_out, "control", percent(effect.held_out.value)),
        ],
        "start": low - room,
        "end": high + room,
        "points": points(difference.value),
        "points_low": points(difference.low),
        "points_high": points(difference.high),
        "caused": f"{round(effect.caused.value):,}".replace("-", "−"),
        "caused_range": _("%(low)s to %(high)s")
        % {
            "low": f"{round(effect.caused.low):,}".replace("-", "−"),
            "high": f"{round(effect.caused.high):,}".replace("-", "−"),
        },
        "revenue_range": _("%(low)s to %(high)s")
        % {
            "low": f"{round(effect.revenue_caused.low):,}".replace("-", "−"),
            "high": f"{round(effect.revenue_caused.high):,}".replace("-", "−"),
        },
    }


def _chart(results: Results) -> dict[str, Any]:
    return {
        "type": "bar",
        "labels": [_("%(hour)s h") % {"hour": hour.start} for hour in results.hours],
        "unit": "",
        "series": [
            {"label": _("People"), "values": [h.people for h in results.hours], "tone": "primary"},
            {
                "label": _("Machines"),
                "values": [h.machines for h in results.hours],
                "tone": "control",
            },
        ],
    }
