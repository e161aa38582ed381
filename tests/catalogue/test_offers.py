"""Offers are said in words that fit the language, and refused when they do not hold."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from catalogue.models import Offer
from catalogue.services import check_offer, create_offer, format_money, offer_phrase, update_offer
from catalogue.words import format_last_day
from tenants.audit import AuditEntry
from tenants.errors import BadInput, Conflict
from tenants.models import Tenant

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("kind", "value", "currency", "english", "chinese"),
    [
        ("percent", "20", "", "20% off", "八折"),
        ("percent", "15", "", "15% off", "八五折"),
        ("percent", "12.5", "", "12.5% off", "减 12.5%"),
        ("percent", "95", "", "95% off", "减 95%"),
        ("amount", "10", "USD", "$10 off", "立减 US$10"),
        ("amount", "10.50", "CNY", "CN¥10.50 off", "立减 ¥10.50"),
        ("amount", "50", "CNY", "CN¥50 off", "立减 ¥50"),
        ("free_delivery", None, "", "free delivery", "免运费"),
        ("gift", None, "", "a gift", "赠品"),
    ],
)
def test_an_offer_is_said_in_both_languages(
    kind: str, value: str | None, currency: str, english: str, chinese: str
) -> None:
    offer = Offer(kind=kind, value=Decimal(value) if value else None, currency=currency)
    assert (offer_phrase(offer, "en"), offer_phrase(offer, "zh-hans")) == (english, chinese)


def test_own_words_come_first() -> None:
    offer = Offer(kind="gift", phrases={"en": "a free pair of socks"})
    assert offer_phrase(offer, "en") == "a free pair of socks"
    assert offer_phrase(offer, "zh-hans") == "赠品"


def test_money_is_written_as_its_readers_write_it() -> None:
    assert format_money(Decimal("1284.5"), "USD", "en") == "$1,284.50"
    assert format_money(Decimal("1284.5"), "CNY", "zh-hans") == "¥1,284.50"


def test_an_offer_that_ends_at_midnight_holds_until_the_day_before(ends: datetime) -> None:
    assert format_last_day(ends, "en", "UTC") == "6 December"
    assert format_last_day(ends, "zh-hans", "UTC") == "12月6日"
    assert format_last_day(ends, "en", "Asia/Shanghai") == "7 December"


def test_an_offer_is_refused_before_after_and_when_off(in_acme: Tenant, ends: datetime) -> None:
    starts = ends - timedelta(days=7)
    offer = create_offer(name="Winter", kind="gift", starts_at=starts, ends_at=ends)
    check_offer(offer, at=starts)
    for at, code in ((ends, "offer_ended"), (starts - timedelta(1), "offer_not_started")):
        with pytest.raises(BadInput, match="Winter") as refused:
            check_offer(offer, at=at)
        assert refused.value.code == code
    update_offer(offer, is_active=False)
    with pytest.raises(BadInput, match="not active"):
        check_offer(offer, at=starts)


def test_an_amount_is_in_the_currency_of_the_workspace(in_acme: Tenant) -> None:
    assert create_offer(name="Ten", kind="amount", value=Decimal(10)).currency == "USD"
    assert AuditEntry.objects.filter(action="offer.created").count() == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "percent"},
        {"kind": "percent", "value": Decimal(120)},
        {"kind": "amount", "value": Decimal(-1)},
        {
            "kind": "gift",
            "starts_at": datetime(2026, 12, 7, tzinfo=UTC),
            "ends_at": datetime(2026, 12, 6, tzinfo=UTC),
        },
    ],
)
def test_an_offer_that_makes_no_sense_is_refused(in_acme: Tenant, fields: dict) -> None:
    with pytest.raises(BadInput):
        create_offer(name="Odd", **fields)
    assert not Offer.objects.exists()


def test_a_name_is_taken_once(in_acme: Tenant) -> None:
    create_offer(name="Winter", kind="gift")
    with pytest.raises(Conflict, match="Winter"):
        create_offer(name="Winter", kind="gift")
    assert Offer.objects.count() == 1
