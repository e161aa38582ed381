"""What can be done with products, offers and brand voices. The only door of this room."""

from catalogue.feeds import build_product, staged_row, strip_html
from catalogue.intake import upsert_products
from catalogue.merging import STAGED, merge_products
from catalogue.offers import check_offer, create_offer, offer_phrase, update_offer
from catalogue.products import save_product
from catalogue.snapshots import is_current, snapshot_slots, take_snapshot, texts_of
from catalogue.voices import default_voice, save_voice
from catalogue.words import format_date, format_money

__all__ = [
    "STAGED",
    "build_product",
    "check_offer",
    "create_offer",
    "default_voice",
    "format_date",
    "format_money",
    "is_current",
    "merge_products",
    "offer_phrase",
    "save_product",
    "save_voice",
    "snapshot_slots",
    "staged_row",
    "strip_html",
    "take_snapshot",
    "texts_of",
    "update_offer",
    "upsert_products",
]
