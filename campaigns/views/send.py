"""The step Send: what will happen, the one button, then how far it is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from campaigns import contents, sending_words, words
from campaigns.models import Approval, Campaign, CampaignState, Variant
from campaigns.services import costs, review, sending
from campaigns.types import Plan
from catalogue.models import TextLanguage
from delivery import services as delivery
from delivery.models import Mailing, Sender, SenderState
from tenants.access import action, opens_scopes
from tenants.context import scope
from tenants.errors import DomainError


class LaunchForm(forms.Form):
    when = forms.ChoiceField(
        choices=[("now", gettext_lazy("Now")), ("later", gettext_lazy("Later"))],
        widget=forms.RadioSelect,
        initial="now",
    )
    send_at = forms.DateTimeField(
        label=gettext_lazy("Day and time"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("when") == "now":
            data["send_at"] = None
        elif not data.get("send_at"):
            self.add_error("send_at", _("Choose a day and a time."))
        return data


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of what a launch needs: `state` is "ready", "look" or "missing"."""

    state: str
    title: str
    text: str
    link: str = ""
    link_label: str = ""


@action("campaigns.view")
@require_safe
def campaign_send(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    campaign = get_object_or_404(Campaign, public_id=public_id)
    mailing = delivery.find_mailing(campaign.public_id)
    if mailing is not None:
        context = _sending(campaign, mailing)
        context["costs"] = words.describe_costs(costs.spent(campaign))
        return render(request, "campaigns/campaign_sending.html", context)
    at = campaign.send_at if campaign.send_at and campaign.send_at > timezone.now() else None
    form = LaunchForm(initial={"when": "later" if at else "now", "send_at": at})
    return render(request, "campaigns/campaign_send.html", _before(request, campaign, form))


@action("campaigns.view")
@require_safe
def campaign_send_progress(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    """How far the sending is. The page asks every two seconds until nothing is left to leave."""
    campaign = get_object_or_404(Campaign, public_id=public_id)
    mailing = delivery.find_mailing(campaign.public_id)
    if mailing is None:
        return HttpResponse(status=204)
    context = _sending(campaign, mailing)
    response = render(request, "campaigns/_sending.html", context)
    if context["state"] != request.GET.get("state", context["state"]):
        response["HX-Refresh"] = "true"
    return response


@action("campaigns.send")
@require_POST
def campaign_launch(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    campaign = get_object_or_404(Campaign, public_id=public_id)
    form = LaunchForm(request.POST)
    if form.is_valid():
        try:
            sending.launch(campaign, send_at=form.cleaned_data["send_at"])
        except DomainError as error:
            form.add_error("send_at" if "send_at" in error.fields else None, error.message)
        else:
            scheduled = campaign.state == CampaignState.SCHEDULED
            messages.success(
                request,
                _("The campaign is scheduled.")
                if scheduled
                else _("Sending has started. You can leave this page."),
            )
            return redirect("campaigns:campaign-send", workspace, campaign.public_id)
    campaign.refresh_from_db()
    context = _before(request, campaign, form)
    return render(request, "campaigns/campaign_send.html", context, status=409)


@action("campaigns.send")
@require_POST
def campaign_sending_change(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    """Pause, resume, cancel the rest, or decide on messages that may have arrived."""
    campaign = get_object_or_404(Campaign, public_id=public_id)
    changes: dict[str, tuple[Callable[[], Any], str]] = {
        "pause": (lambda: sending.pause(campaign), _("Sending is paused.")),
        "resume": (lambda: sending.resume(campaign), _("Sending goes on.")),
        "cancel": (lambda: sending.cancel_sending(campaign), _("The rest will not be sent.")),
        "resend": (
            lambda: sending.resolve_doubt(campaign, resend=True),
            _("These messages are sent again."),
        ),
        "leave": (
            lambda: sending.resolve_doubt(campaign, resend=False),
            _("These messages are left as they are."),
        ),
    }
    change, done = changes.get(request.POST.get("change", ""), (None, ""))
    if change is not None:
        try:
            change()
        except DomainError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, done)
    return redirect("campaigns:campaign-send", workspace, campaign.public_id)


@opens_scopes
@action("campaigns.edit")
@require_POST
def campaign_test_mail(request: HttpRequest, workspace: str, public_id: str) -> HttpResponse:
    """Send the text that most people get to the person who asks."""
    with scope(request.tenant.pk):
        campaign = get_object_or_404(Campaign, public_id=public_id)
    try:
        sending.send_test(campaign, to=request.user.email)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("A test is on its way to %(to)s.") % {"to": request.user.email})
    return redirect("campaigns:campaign-send", workspace, campaign.public_id)


def _before(request: HttpRequest, campaign: Campaign, form: LaunchForm) -> dict[str, Any]:
    plan = sending.plan(campaign)
    approval = review.live_approval(campaign)
    sender = campaign.sender or delivery.default_sender()
    lines = [
        _people_line(plan),
        _approval_line(request, campaign, approval),
        _text_line(request, campaign, plan),
        _sender_line(request, sender),
        _exit_line(request),
    ]
    return {
        "campaign": campaign,
        "plan": plan,
        "variants": [
            (str(Variant(name).label), people, tone)
            for name, tone in sending_words.TONES.items()
            if (people := plan.variants.get(name, 0))
        ],
        "lines": lines,
        "missing": sum(line.state == "missing" for line in lines),
        "approval": approval,
        "sender": sender,
        "form": form,
        "planned": None if form.is_bound else form.initial.get("send_at"),
        "zone": sending_words.zone_name(),
        "minutes": sending_words.minutes(plan.people, sender),
        "costs": words.describe_costs(costs.spent(campaign)),
        "nav": "campaigns",
    }


def _people_line(plan: Plan) -> Line:
    title = ngettext(
        "%(count)s person will get it", "%(count)s people will get it", plan.people
    ) % {"count": f"{plan.people:,}"}
    names = dict(TextLanguage.choices)
    parts = [
        _("%(count)s in %(language)s") % {"count": f"{count:,}", "language": names[language]}
        for language, count in plan.languages.items()
    ]
    held = _("%(count)s held out to measure the effect") % {"count": f"{plan.holdout:,}"}
    text = " · ".join([_(", ").join(parts), held]) if parts else held
    return Line(state="ready" if plan.people else "missing", title=title, text=text)


def _approval_line(request: HttpRequest, campaign: Campaign, approval: Approval | None) -> Line:
    link = reverse("campaigns:campaign-review", args=[request.tenant.slug, campaign.public_id])
    if approval is None or campaign.state != CampaignState.APPROVED:
        return Line(
            state="missing",
            title=_("Not approved"),
            text=_("A person reads the texts and approves them at the step Review."),
            link=link,
            link_label=_("Go to Review"),
        )
    if not review.is_valid(approval):
        return Line(
            state="missing",
            title=_("Changed since it was approved"),
            text=_("Texts, facts, people or sender are not those that were approved."),
            link=link,
            link_label=_("Approve again"),
        )
    when = date_format(timezone.localtime(approval.created_at), "SHORT_DATETIME_FORMAT")
    return Line(
        state="ready",
        title=_("Approved by %(name)s, %(when)s")
        % {"name": approval.approved_by_name, "when": when},
        text=_("%(read)s of %(all)s creatives read")
        % {"read": f"{approval.read_count:,}", "all": f"{approval.creative_count:,}"},
        link=link,
        link_label=_("See the texts"),
    )


def _text_line(request: HttpRequest, campaign: Campaign, plan: Plan) -> Line:
    link = reverse("campaigns:campaign-review", args=[request.tenant.slug, campaign.public_id])
    title = ngettext(
        "%(count)s creative, every fact has a source",
        "%(count)s creatives, every fact has a source",
        plan.creatives,
    ) % {"count": f"{plan.creatives:,}"}
    stale = contents.changed_facts(campaign)
    if stale:
        return Line(
            state="missing",
            title=_("Facts have changed since the texts were written"),
            text=", ".join(stale),
            link=link,
            link_label=_("Take the new facts"),
        )
    return Line(
        state="ready" if plan.creatives else "missing",
        title=title,
        text=_("Prices and dates were compared with the catalogue just now"),
    )


def _sender_line(request: HttpRequest, sender: Sender | None) -> Line:
    link = reverse("delivery:sender-list", args=[request.tenant.slug])
    if sender is None:
        return Line(
            state="missing",
            title=_("No sender is set up"),
            text=_("An address and the server that takes its mail."),
            link=link,
            link_label=_("Add a sender"),
        )
    if sender.state == SenderState.PAUSED:
        return Line(
            state="look",
            title=_("The sender %(email)s is paused") % {"email": sender.email},
            text=delivery.describe_pause(sender),
            link=link,
            link_label=_("See sender"),
        )
    return Line(
        state="ready",
        title=_("From %(sender)s") % {"sender": str(sender)},
        text=_("At most %(count)s an hour") % {"count": f"{sender.per_hour:,}"},
        link=link,
        link_label=_("See sender"),
    )


def _exit_line(request: HttpRequest) -> Line:
    title = _("Unsubscribe works with one click")
    if request.tenant.postal_address:
        return Line(state="ready", title=title, text=_("Postal address in the footer"))
    return Line(
        state="look",
        title=title,
        text=_("The footer has no postal address. Most countries ask for one."),
        link=reverse("tenants:settings", args=[request.tenant.slug]),
        link_label=_("Add it"),
    )


def _sending(campaign: Campaign, mailing: Mailing) -> dict[str, Any]:
    """Return what the page shows of a mailing. Nothing is written: a task follows the state."""
    counts = sending.progress(mailing)
    state = sending.state_of(mailing)
    campaign.state = state
    sender = mailing.sender
    return {
        "campaign": campaign,
        "mailing": mailing,
        "why": delivery.describe_mailing(mailing),
        "progress": counts,
        "state": state,
        "can_pause": state in (CampaignState.SCHEDULED, CampaignState.SENDING),
        "is_paused": state == CampaignState.PAUSED,
        "left": counts.waiting + counts.missed,
        "asks_again": not counts.is_final or state == CampaignState.SCHEDULED,
        "missing": sending_words.describe_missing(sending.missing_people(mailing)),
        "doubtful": list(sending.doubtful_messages(mailing)),
        "doubts": delivery.open_doubts(mailing),
        "sender_trouble": delivery.describe_pause(sender)
        if sender.state == SenderState.PAUSED
        else "",
        "first_signs": sending.first_signs(mailing),
        "approval": review.live_approval(campaign),
        "zone": sending_words.zone_name(),
        "nav": "campaigns",
    }
