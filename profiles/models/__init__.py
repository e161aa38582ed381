"""Customers, what they did, what they agreed to, and what follows from it.

Django finds models here; each lies in the file of its noun.
"""

from profiles.models.behaviour import Event, Order, OrderLine, OrderStatus
from profiles.models.forecasts import (
    ForecastKind,
    ForecastReport,
    Prediction,
    Recommendation,
    RecommendationPolicy,
)
from profiles.models.imports import Import, ImportKind, ImportState, RejectedRow
from profiles.models.people import (
    CONSENT_COLUMNS,
    AttributeDefinition,
    AttributeType,
    AttributeValue,
    Consent,
    Customer,
    CustomerManager,
    DataPolicy,
    DuplicatePair,
    ErasedKey,
    Merge,
    PairState,
    Purpose,
)
from profiles.models.segments import (
    CustomerList,
    ListMember,
    Segment,
    SegmentChange,
    SegmentMember,
    TouchedCustomer,
)
from profiles.models.traits import (
    Level,
    MotiveChoice,
    SeasonChoice,
    StageChoice,
    Topic,
    TraitSet,
    WordTrait,
    WordTraitKind,
)
from profiles.models.wishes import RuleWish, WishState

__all__ = [
    "AttributeDefinition",
    "AttributeType",
    "AttributeValue",
    "CONSENT_COLUMNS",
    "Consent",
    "Customer",
    "CustomerList",
    "CustomerManager",
    "DataPolicy",
    "DuplicatePair",
    "ErasedKey",
    "Event",
    "ForecastKind",
    "ForecastReport",
    "Import",
    "ImportKind",
    "ImportState",
    "Level",
    "ListMember",
    "Merge",
    "MotiveChoice",
    "Order",
    "OrderLine",
    "OrderStatus",
    "PairState",
    "Prediction",
    "Purpose",
    "Recommendation",
    "RecommendationPolicy",
    "RejectedRow",
    "SeasonChoice",
    "RuleWish",
    "Segment",
    "SegmentChange",
    "SegmentMember",
    "StageChoice",
    "Topic",
    "TouchedCustomer",
    "TraitSet",
    "WishState",
    "WordTrait",
    "WordTraitKind",
]
