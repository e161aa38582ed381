"""Files that shops and mail programs export are known by their header and read at once."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from catalogue.models import Product
from profiles.models import Customer, Import, ImportState, Order
from profiles.services import imports
from tenants.context import scope
from tenants.errors import BadInput
from tenants.models import Tenant
from tests.profiles.files import counts

pytestmark = pytest.mark.django_db

FILES = {
    ("Shopify", "orders"): (
        "Name,Email,Financial Status,Paid at,Currency,Subtotal,Discount Code,Created at,"
        "Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Shipping Country\n"
        "#1001,ann@example.com,paid,2026-05-01 10:00:00 +0200,EUR,30,,2026-05-01 09:59:00 +0200,"
        "2,Trail shoe,15.00,TS-1,NO\n"
    ),
    ("Shopify", "customers"): (
        "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address City,"
        "Default Address Country Code,Phone,Total Spent,Tags\n"
        "7001,Ann,Lee,ann@example.com,yes,Bergen,NO,,30.00,vip\n"
    ),
    ("Shopify", "products"): (
        "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Variant SKU,Variant Price,Image Src\n"
        "trail-shoe,Trail shoe,,Tarnfield,Shoes,,true,TS-1,15.00,https://example.com/a.jpg\n"
    ),
    ("WooCommerce", "products"): (
        "ID,Type,SKU,Name,Published,Description,Stock,Sale price,Regular price,Categories,Images\n"
        '12,simple,TS-1,Trail shoe,1,,5,,15.00,Shoes,"https://example.com/a.jpg, '
        'https://example.com/b.jpg"\n'
    ),
    ("WooCommerce", "orders"): (
        "Order Number,Order Status,Order Date,Email (Billing),SKU,Item Name,Quantity,Item Cost\n"
        "501,Completed,2026-05-01 10:00,ann@example.com,TS-1,Trail shoe,2,15.00\n"
    ),
    ("WooCommerce", "customers"): (
        "Name,Username,Last Active,Sign Up,Email,Orders,Total Spend,AOV,Country / Region,City\n"
        "Ann Lee,ann,2026-05-01,2025-01-01,ann@example.com,1,30.00,30.00,NO,Bergen\n"
    ),
    ("Mailchimp", "customers"): (
        "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,TIMEZONE,CC,LEID,EUID,TAGS\n"
        "ann@example.com,Ann,Lee,4,2025-01-01 10:00:00,Europe/Oslo,NO,123,abc,vip\n"
    ),
    ("Klaviyo", "customers"): (
        "Email,Klaviyo ID,First Name,Last Name,Phone Number,Email Marketing Consent,City,Country\n"
        "ann@example.com,01H,Ann,Lee,,NEVER_SUBSCRIBED,Bergen,Norway\n"
    ),
    ("Google Merchant", "products"): (
        "id\ttitle\tdescription\tlink\timage_link\tavailability\tprice\tbrand\tproduct_type\n"
        "TS-1\tTrail shoe\tGrip.\thttps://example.com/ts\thttps://example.com/a.jpg\tin stock\t"
        "15.00 EUR\tTarnfield\tShoes\n"
    ),
}  # fmt: skip
RSS = """<?xml version="1.0"?><rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel>
<title>Shop</title><item><g:id>TS-1</g:id><title>Trail shoe</title><link>https://example.com/ts
</link><g:price>15.00 EUR</g:price><g:availability>in stock</g:availability>
<g:image_link>https://example.com/a.jpg</g:image_link></item></channel></rss>"""


@pytest.mark.usefixtures("in_acme")
@pytest.mark.parametrize(("source", "kind"), FILES)
def test_an_export_is_known_and_read_without_a_question(source: str, kind: str) -> None:
    import_ = imports.start_import(
        kind="events", file=io.BytesIO(FILES[source, kind].encode()), file_name="export.csv",
        trust_header=True,
    )  # fmt: skip
    assert (import_.options["known"], import_.kind) == (source, kind)
    imports.confirm_mapping(import_, import_.mapping, enqueue=False)
    assert counts(imports.run_import(import_.pk)) == (1, 0, 0, 0)
    if kind == "customers":
        ann = Customer.objects.get()
        assert (ann.email, ann.first_name, ann.last_name) == ("ann@example.com", "Ann", "Lee")
        assert ann.may_email is (True if source == "Shopify" else None)
    elif kind == "orders":
        order = Order.objects.get()
        assert (order.total, order.lines.get().sku) == (30, "TS-1")
    else:
        assert Product.objects.get().price == 15


@pytest.mark.usefixtures("in_acme")
def test_a_merchant_feed_in_xml_is_read_like_a_table() -> None:
    import_ = imports.start_import(
        kind="products", file=io.BytesIO(RSS.encode()), file_name="feed.xml"
    )
    imports.confirm_mapping(import_, import_.mapping, enqueue=False)
    assert counts(imports.run_import(import_.pk)) == (1, 0, 0, 0)
    shoe = Product.objects.get()
    assert (shoe.external_id, shoe.title, shoe.price) == ("TS-1", "Trail shoe", 15)
    assert (shoe.url, shoe.image_url) == ("https://example.com/ts", "https://example.com/a.jpg")


@pytest.mark.usefixtures("in_acme")
@pytest.mark.parametrize(
    ("feed", "words"),
    [
        (RSS[:-20], "damaged XML"),
        ("<rss><channel></channel></rss>", "no products"),
        ('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><rss>&b;</rss>', "document type"),
    ],
)
def test_a_bad_feed_is_refused_with_a_sentence_and_nothing_is_kept(feed: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        imports.start_import(kind="products", file=io.BytesIO(feed.encode()), file_name="feed.xml")
    assert not Import.objects.exists()


def test_a_person_uploads_a_shopify_export_and_is_asked_nothing(
    as_olga: Client, acme: Tenant
) -> None:
    file = SimpleUploadedFile("orders.csv", FILES["Shopify", "orders"].encode())
    answer = as_olga.post("/w/acme/imports/new/", {"kind": "customers", "file": file}, follow=True)
    assert "an export of Shopify" in answer.content.decode()
    with scope(acme.pk):
        assert Import.objects.get().state != ImportState.UPLOADED


def test_the_choices_of_the_last_file_are_filled_in_for_the_next(
    as_olga: Client, acme: Tenant
) -> None:
    def upload(row: str) -> Any:
        file = SimpleUploadedFile("people.csv", f"Who,Mail\n{row}\n".encode())
        return as_olga.post("/w/acme/imports/new/", {"kind": "customers", "file": file})

    with scope(acme.pk):
        first = imports.start_import(
            kind="customers", file=io.BytesIO(b"Who,Mail\nAnn,ann@example.com\n"), file_name="a.csv"
        )
        imports.confirm_mapping(first, {"first_name": "Who", "email": "Mail"}, enqueue=False)
        imports.run_import(first.pk)
    page = as_olga.get(upload("Ben,ben@example.com").url).content.decode()
    assert "Read as the last time." in page
    with scope(acme.pk):
        assert Import.objects.latest("pk").mapping == {"first_name": "Who", "email": "Mail"}
