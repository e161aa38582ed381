"""Products from files: a plain CSV and a Shopify export."""

from decimal import Decimal

import pytest

from catalogue.models import Product
from profiles.importers import batches
from tenants.models import Tenant
from tests.profiles.files import bring, counts, reasons

pytestmark = pytest.mark.django_db

SHOPIFY = (
    "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,"
    "Variant Inventory Qty,Variant Price,Variant Compare At Price,Image Src\n"
    'chain,"Chain, silver","<p>Fine &amp; light.</p><script>x()</script><p>Made by hand.</p>",Co,'
    'Bracelet,"Beads, gift",true,Color,Blue,C-1,1,42.99,44.99,https://x.example/1.jpg\n'
    "chain,,,,,,,,Black,C-2,2,39.99,39.99,https://x.example/2.jpg\n"
    "chain,,,,,,,,,,,,,https://x.example/3.jpg\n"
    "ring,Ring,,Co,Ring,,true,Title,Default Title,,4,10,,\n"
    "lost,,,,,,,,,,,,,https://x.example/4.jpg\n"
    "free,Gift card,,Co,Card,,true,Title,Default Title,,,,,javascript:alert(1)\n"
    "card,Card,,Co,Card,,false,Title,Default Title,,,,,\n"
)


@pytest.mark.parametrize("rows", [8_000, 2])
def test_a_shopify_export_gives_products_with_variants(
    in_acme: Tenant, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr(batches, "ROWS", rows)
    import_ = bring("products", SHOPIFY)
    assert counts(import_) == (3, 0, 0, 2)
    assert reasons(import_) == [
        (6, "Title", "", "no_title"),
        (7, "Image Src", "javascript:alert(1)", "url_invalid"),
    ]
    assert import_.checkpoint["notices"] == {"file_rows": 7, "without_price": 1}
    chain = Product.objects.get(external_id="chain")
    assert chain.title == "Chain, silver"
    assert chain.description == "Fine & light.\nMade by hand."
    assert (chain.category, chain.brand, chain.tags) == ("Bracelet", "Co", ["Beads", "gift"])
    assert (chain.price, chain.compare_at_price, chain.stock) == (Decimal("39.99"), None, 3)
    assert chain.image_url == "https://x.example/1.jpg"
    assert len(chain.attributes["images"]) == 3
    variants = chain.variants.order_by("title").values_list("title", "sku", "options", "price")
    assert list(variants) == [
        ("Black", "C-2", {"Color": "Black"}, Decimal("39.99")),
        ("Blue", "C-1", {"Color": "Blue"}, Decimal("42.99")),
    ]
    ring = Product.objects.get(external_id="ring")
    assert (ring.price, ring.variants.count(), ring.stock) == (Decimal("10.00"), 0, 4)
    card = Product.objects.get(external_id="card")
    assert (card.price, card.is_active) == (None, False)


def test_the_same_export_twice_changes_nothing(in_acme: Tenant) -> None:
    bring("products", SHOPIFY)
    before = list(Product.objects.order_by("pk").values())
    assert counts(bring("products", SHOPIFY)) == (0, 0, 3, 2)
    assert list(Product.objects.order_by("pk").values()) == before


def test_a_plain_file_with_chinese_headers(in_acme: Tenant) -> None:
    import_ = bring(
        "products",
        "商品编号;商品名称;类目;售价;原价;特点;库存;链接\n"
        "T1;明前龙井;绿茶;¥198.00;238;豆香;7;https://tea.example/t1\n"
        "T2;九曲红梅;红茶;;;果香|蜜香;;\n",
    )
    assert counts(import_) == (2, 0, 0, 0)
    green, red = Product.objects.order_by("external_id")
    assert (green.price, green.compare_at_price) == (Decimal("198.00"), Decimal("238.00"))
    assert (green.language, green.stock, green.features) == ("zh-hans", 7, ["豆香"])
    assert (red.price, red.features) == (None, ["果香", "蜜香"])
    assert import_.checkpoint["notices"]["without_price"] == 1


def test_a_product_that_comes_again_is_rejected_unless_it_says_the_same(in_acme: Tenant) -> None:
    import_ = bring("products", "id,title,price\n1,Tent,9\n2,Rope,5\n1,Tent,9\n2,Rope,6\n")
    assert counts(import_) == (2, 0, 1, 1)
    assert reasons(import_) == [(5, "id", "2", "duplicate")]
    assert Product.objects.get(external_id="2").price == 5


def test_a_price_below_zero_is_rejected(in_acme: Tenant) -> None:
    import_ = bring("products", "id,title,price\n1,Tent,-9\n")
    assert reasons(import_) == [(2, "price", "-9", "price_negative")]
    assert not Product.objects.exists()
