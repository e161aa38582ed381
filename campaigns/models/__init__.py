"""Campaigns: what is said to whom, in which words, and who approved it."""

from campaigns.models.audience import AudienceMember, MicroSegment, Place
from campaigns.models.campaigns import (
    WRITTEN_VARIANTS,
    Campaign,
    CampaignProduct,
    CampaignState,
    ChannelChoice,
    Detail,
    GoalChoice,
    Pending,
    Variant,
)
from campaigns.models.creatives import (
    Approval,
    Creative,
    CreativeState,
    ExplanationState,
    TextExplanation,
)
from campaigns.models.gate import GateBrief

__all__ = [
    "Approval",
    "AudienceMember",
    "Campaign",
    "CampaignProduct",
    "CampaignState",
    "ChannelChoice",
    "Creative",
    "CreativeState",
    "Detail",
    "ExplanationState",
    "GateBrief",
    "GoalChoice",
    "MicroSegment",
    "Pending",
    "Place",
    "TextExplanation",
    "Variant",
    "WRITTEN_VARIANTS",
]
