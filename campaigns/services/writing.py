"""Having the texts written: start, stop, go on, and how far it is.

Starting makes one row for each text. The workers find them there (`batches`).
"""

from django.db import connection, transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from campaigns import base_texts, checks, findings, writer
from campaigns.errors import BriefIncomplete, NotEditable
from campaigns.models import (
    Campaign,
    CampaignState,
    ChannelChoice,
    Creative,
    CreativeState,
    Variant,
)
from campaigns.services import audience, batches, briefs
from campaigns.services.batches import finish_if_done, write_batch
from campaigns.tasks import write_texts
from campaigns.types import WritingProgress
from catalogue import services as catalogue
from catalogue.models import FactSnapshot, Product
from inference import services as inference
from tenants.context import current_tenant_id

__all__ = [
    "finish_if_done",
    "go_on_writing",
    "may_go_on",
    "progress",
    "start_writing",
    "stop_writing",
    "what_blocks_writing",
    "write_batch",
]

OPEN = (CreativeState.WAITING, CreativeState.WRITING)


# ---- Start and stop ----------------------------------------------------------------------------


def start_writing(campaign: Campaign) -> None:
    """Group the audience, take the facts, make a row for each text, and ring the writers.

    Raises BriefIncomplete with what is missing, NotEditable, QuotaUsedUp. Nothing is changed then.
    """
    require_startable(campaign)
    with transaction.atomic():
        briefs.change(campaign, {}, "campaign.writing_started", beside=[])
        campaign.creatives.all().delete()
        snapshots = _Snapshots(campaign)
        if ChannelChoice.EMAIL in campaign.channels:
            audience.group(campaign)
            _must_reach_somebody(campaign)
            _give_snapshots(campaign, snapshots)
            _make_base_texts(campaign, snapshots)
            _make_email_rows(campaign)
        _make_rows_for_everybody(campaign, snapshots)
        campaign.state = CampaignState.GENERATING
        campaign.save(update_fields=["state", "updated_at"])
        ring(campaign)


def require_startable(campaign: Campaign) -> None:
    """Raises BriefIncomplete with what is missing, NotEditable, QuotaUsedUp."""
    lacks = what_blocks_writing(campaign)
    if lacks:
        raise BriefIncomplete(lacks[0], fields={str(i): lack for i, lack in enumerate(lacks)})
    briefs.must_be_editable(campaign)
    inference.require_quota()


def stop_writing(campaign: Campaign) -> None:
    """Stop after the texts in hand. What is written stays; the rest waits for `go_on_writing`."""
    batches.move(
        campaign,
        CampaignState.GENERATING,
        CampaignState.DRAFT,
        _("Writing was stopped."),
        "campaign.writing_stopped",
    )


def go_on_writing(campaign: Campaign) -> None:
    """Write what a stop left unwritten. Raises NotEditable if the brief was changed since."""
    if not may_go_on(campaign):
        raise NotEditable(_("There is nothing to go on with. Start the writing anew."))
    batches.move(
        campaign,
        campaign.state,
        CampaignState.GENERATING,
        "",
        "campaign.writing_continued",
    )
    ring(campaign)


def may_go_on(campaign: Campaign) -> bool:
    """Whether writing stopped half-way, by hand or by a fault, and nothing was changed since."""
    stopped = campaign.state == CampaignState.FAILED or (
        campaign.state == CampaignState.DRAFT and bool(campaign.state_reason)
    )
    return stopped and campaign.creatives.filter(state__in=OPEN).exists()


def what_blocks_writing(campaign: Campaign) -> list[str]:
    """Return what is missing at the steps Brief and Audience, as sentences."""
    lacks = briefs.check_brief(campaign)
    if campaign.segment is None and ChannelChoice.EMAIL in campaign.channels:
        lacks.append(_("No segment is chosen. Choose who the campaign is for."))
    return lacks


def ring(campaign: Campaign) -> None:
    """Tell the writers, once the rows are committed. A lost bell is rung again by the sweeper."""
    write_texts.delay_on_commit()


# ---- The rows ----------------------------------------------------------------------------------


class _Snapshots:
    """The facts of each language and product of a campaign, taken once."""

    def __init__(self, campaign: Campaign) -> None:
        if campaign.voice is None:
            raise BriefIncomplete(_("No brand voice is chosen."))
        self.campaign, self.voice = campaign, campaign.voice
        self.products = briefs.products_of(campaign)
        self._taken: dict[tuple[str, int | None], FactSnapshot] = {}

    def of(self, language: str, product: Product | None) -> FactSnapshot:
        """Return the facts about the product, or about the campaign's first one."""
        product = product or next(iter(self.products), None)
        key = (language, product.pk if product else None)
        if key not in self._taken:
            self._taken[key] = catalogue.take_snapshot(
                product=product,
                offer=self.campaign.offer,
                voice=self.voice,
                language=language,
                occasion=self.campaign.occasion.get(language, ""),
            )
        return self._taken[key]


def _must_reach_somebody(campaign: Campaign) -> None:
    if not campaign.micro_segments.exists():
        raise BriefIncomplete(
            _("Nobody would get this campaign. Look at the step Audience, which says why.")
        )


def _give_snapshots(campaign: Campaign, snapshots: _Snapshots) -> None:
    pairs = campaign.micro_segments.order_by().values_list("language", "product").distinct()
    products = Product.objects.in_bulk({product for _language, product in pairs if product})
    for language, product_id in pairs:
        snapshot = snapshots.of(language, products.get(product_id))
        groups = campaign.micro_segments.filter(language=language, product=product_id)
        groups.update(snapshot=snapshot)


def _make_base_texts(campaign: Campaign, snapshots: _Snapshots) -> None:
    """Write the base text of each language. Raises BriefIncomplete if one cannot be sent."""
    for language in campaign.languages:
        creative = Creative(
            campaign=campaign,
            variant=Variant.BASE,
            channel=ChannelChoice.EMAIL,
            language=language,
            snapshot=snapshots.of(language, None),
            state=CreativeState.WRITTEN,
            must_read="base_text",
        )
        creative.parts = base_texts.build(checks.request_of(creative), campaign.message)
        found = checks.check_creative(creative)
        if inference.is_blocked(found):
            raise BriefIncomplete(
                _("The base text cannot be sent as it is. %(why)s")
                % {"why": findings.describe(found[0])},
                fields={"message": findings.describe(found[0])},
            )
        creative.findings = [findings.to_json(finding) for finding in found]
        creative.written_at = timezone.now()
        creative.save()


COLUMNS = """tenant_id, campaign_id, micro_segment_id, variant, channel, language, snapshot_id,
    state, parts, content_hash, findings, must_read, attempts, starts, engine, model,
    prompt_version, prompt_hash, prompt_tokens, new_tokens, seconds, edit_reason, verdict,
    verdict_reason"""
EMPTY = "'waiting', '{}', '', '[]', '', 0, 0, '', '', '', '', 0, 0, 0, '', '', ''"


def _make_email_rows(campaign: Campaign) -> None:
    """One row for each micro-segment and variant that somebody will get."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO campaigns_creative ({COLUMNS})
            SELECT m.tenant_id, m.campaign_id, m.id, a.variant, 'email', m.language, m.snapshot_id,
                   {EMPTY}
            FROM campaigns_microsegment m
            JOIN (SELECT DISTINCT micro_segment_id, variant FROM campaigns_audiencemember
                  WHERE tenant_id = %(tenant)s AND campaign_id = %(campaign)s
                    AND place = 'recipient' AND variant <> 'base') a ON a.micro_segment_id = m.id
            WHERE m.tenant_id = %(tenant)s AND m.campaign_id = %(campaign)s
            ORDER BY m.size DESC, m.id, a.variant
            """,
            {"tenant": current_tenant_id(), "campaign": campaign.pk},
        )


def _make_rows_for_everybody(campaign: Campaign, snapshots: _Snapshots) -> None:
    """Ads or articles for each language, product and variant: reviewed, exported, not sent."""
    Creative.objects.bulk_create(
        [
            Creative(
                campaign=campaign,
                variant=variant,
                channel=channel,
                language=language,
                snapshot=snapshots.of(language, product),
            )
            for channel in campaign.channels
            if channel != ChannelChoice.EMAIL
            for language in campaign.languages
            for product in snapshots.products
            for variant in campaign.written_variants
        ],
        ignore_conflicts=True,  # two products with the very same facts share their texts
    )


# ---- Progress ----------------------------------------------------------------------------------


def progress(campaign: Campaign) -> WritingProgress:
    """Return how far the writing is, from the rows."""
    waiting = Q(state__in=OPEN)
    passed = Q(state__in=(CreativeState.WRITTEN, CreativeState.REJECTED))
    counts = campaign.creatives.aggregate(
        total=Count("pk"),
        waiting=Count("pk", filter=waiting),
        look=Count("pk", filter=passed & ~Q(must_read="")),
        passed=Count("pk", filter=passed & Q(must_read="")),
        blocked=Count("pk", filter=waiting & Q(attempts__gt=0)),
        fallback=Count("pk", filter=Q(state=CreativeState.FALLBACK)),
    )
    waits = counts.pop("waiting")
    return WritingProgress(
        written=counts["total"] - waits, seconds_left=writer.seconds_for(waits), **counts
    )
