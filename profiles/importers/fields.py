"""What a file may tell of each kind of thing, and by which column names we know it."""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from profiles.importers import dates, values
from profiles.models import ImportKind
from profiles.services.attributes import read_value

ATTRIBUTE = "attributes."
"""A column mapped to `attributes.KEY` is kept under KEY beside the known fields."""
REJECTED_COLUMNS = ("rejected_line", "rejected_column", "rejected_reason")
"""What the download of rejected rows adds. Left out when the corrected file comes in."""
KINDS_WITH_ATTRIBUTES = frozenset({ImportKind.CUSTOMERS, ImportKind.EVENTS})


@dataclass(frozen=True)
class Field:
    """One thing that a column may hold.

    `names` are usual headers in English, Chinese, German, French and Spanish. Words that may mean
    either of two things are left out ("Kunde", "référence", "estado"), and those of consent, where
    a wrong guess would do harm.
    """

    name: str
    label: str | Promise
    parse: values.Parser | str
    names: tuple[str, ...]
    required: bool = False
    one_of: str = ""
    """Fields with the same `one_of`: at least one must be mapped."""

    @property
    def is_needed(self) -> bool:
        return self.required or bool(self.one_of)


DATE = "date"
CUSTOMER_NUMBER = (
    "external_id", "customer_id", "customer", "customer number", "member_number", "member id",
    "user_id", "client_id", "客户编号", "会员号", "会员编号", "用户id", "客户id",
    "kundennummer", "kundennr", "kunden-id", "mitgliedsnummer", "numéro client",
    "numéro de client", "n° client", "nº client", "id client", "code client", "número de cliente",
    "nº de cliente", "n° de cliente", "nº cliente", "id cliente", "id de cliente",
    "código de cliente",
)  # fmt: skip
EMAIL_NAMES = (
    "email", "e-mail", "mail", "email address", "customer email", "contact_email", "邮箱",
    "电子邮件", "电子邮箱", "邮件", "e-mail-adresse", "mailadresse", "adresse e-mail",
    "adresse mail", "courriel", "correo electrónico", "correo", "dirección de correo",
    "dirección de correo electrónico",
)  # fmt: skip
ARTICLE_NUMBER = (
    "artikelnummer", "artikelnr", "artikel-id", "art.-nr.", "produktnummer", "produkt-id",
    "référence produit", "réf produit", "référence article", "code article", "code produit",
    "id produit", "referencia del producto", "código de producto", "código del producto",
    "código de artículo", "id producto",
)  # fmt: skip
LANGUAGE_NAMES = ("language", "lang", "locale", "语言", "sprache", "langue", "idioma")
COUNTRY_NAMES = ("国家", "land", "pays", "país")
CURRENCY_NAMES = ("币种", "währung", "waehrung", "devise", "moneda", "divisa")
SKU_NAMES = (
    "sku", "stockcode", "stock code", "product_id", "item_id", "lineitem sku", "product sku",
    "variant sku", "productsku", "商品编号", "商品编码", "货号",
    *ARTICLE_NUMBER,
)  # fmt: skip

CUSTOMER_FIELDS = (
    Field("external_id", _("Customer number"), values.identifier,
          (*CUSTOMER_NUMBER, "id", "编号"), one_of="key"),
    Field("email", _("Email"), values.email, EMAIL_NAMES, one_of="key"),
    Field("first_name", _("First name"), values.text(100),
          ("first_name", "firstname", "given name", "名", "名字",
           "vorname", "prénom", "nombre de pila")),
    Field("last_name", _("Last name"), values.text(100),
          ("last_name", "lastname", "surname", "family name", "姓", "姓氏",
           "nachname", "familienname", "nom de famille", "apellido", "apellidos")),
    Field("name", _("Full name"), values.text(200),
          ("name", "full name", "customer name", "姓名", "客户姓名", "称呼",
           "vollständiger name", "kundenname", "nom complet", "nom du client", "nombre completo",
           "nombre y apellidos", "nombre del cliente", "nom", "nombre")),
    Field("phone", _("Phone"), values.text(40),
          ("phone", "mobile", "telephone", "phone number", "手机", "手机号", "电话",
           "telefon", "telefonnummer", "handy", "handynummer", "mobilnummer", "téléphone",
           "numéro de téléphone", "téléphone portable", "teléfono", "número de teléfono",
           "móvil")),
    Field("language", _("Language"), values.language, LANGUAGE_NAMES),
    Field("country", _("Country"), values.text(80),
          ("country", "country code", "default address country code", *COUNTRY_NAMES,
           "国家地区")),
    Field("city", _("City"), values.text(120),
          ("city", "town", "default address city", "城市", "所在城市", "stadt",
           "ort", "wohnort", "ville", "ciudad")),
    Field("timezone", _("Time zone"), values.timezone,
          ("timezone", "time zone", "tz", "时区", "zeitzone", "fuseau horaire", "zona horaria")),
    Field("may_email", _("Consent: email"), values.boolean,
          ("may_email", "newsletter", "accepts marketing", "accepts email marketing", "opt in",
           "email consent", "subscribed", "marketing consent", "同意接收邮件", "邮件订阅", "订阅")),
    Field("may_profile", _("Consent: profile"), values.boolean,
          ("may_profile", "profiling consent", "同意画像")),
    Field("may_write", _("Consent: texts written for them"), values.boolean,
          ("may_write", "writing consent", "同意个性化内容")),
    Field("may_track", _("Consent: measuring clicks"), values.boolean,
          ("may_track", "tracking consent", "同意点击统计")),
)  # fmt: skip

ORDER_FIELDS = (
    Field("order_id", _("Order number"), values.identifier,
          ("order_id", "order number", "order", "invoiceno", "invoice", "invoice number",
           "bestellnummer", "bestellnr", "bestell-id", "auftragsnummer", "auftragsnr",
           "numéro de commande", "n° de commande", "n° commande", "nº de commande", "id commande",
           "número de pedido", "nº de pedido", "n° de pedido", "nº pedido", "id pedido",
           "rechnungsnummer", "rechnungsnr", "numéro de facture", "número de factura", "name",
           "transaction_id", "订单号", "订单编号")),
    Field("placed_at", _("Date of the order"), DATE,
          ("placed_at", "order date", "invoicedate", "date", "created at", "ordered at",
           "purchase date", "paid at", "下单时间", "订单时间", "订单日期", "日期",
           "bestelldatum", "bestellt am", "auftragsdatum", "kaufdatum", "date de commande",
           "date de la commande", "date commande", "date d'achat", "fecha de pedido",
           "fecha del pedido", "fecha de compra", "datum", "fecha", "rechnungsdatum",
           "date de facture", "fecha de factura"), required=True),
    Field("external_id", _("Customer number"), values.identifier, CUSTOMER_NUMBER, one_of="key"),
    Field("email", _("Customer's email"), values.email, EMAIL_NAMES, one_of="key"),
    Field("sku", _("SKU of the item"), values.identifier, SKU_NAMES, one_of="content"),
    Field("title", _("Name of the item"), values.text(300),
          ("title", "description", "item", "product", "product name", "lineitem name",
           "itemdescription", "商品名称", "商品", "名称", "artikelbezeichnung",
           "artikelname", "produktname", "bezeichnung", "produkt", "nom du produit", "désignation",
           "produit", "nombre del producto", "producto"), one_of="content"),
    Field("quantity", _("Quantity"), values.integer,
          ("quantity", "qty", "lineitem quantity", "数量", "menge", "anzahl", "stückzahl",
           "stueckzahl", "quantité", "cantidad")),
    Field("unit_price", _("Price each"), values.price,
          ("unit_price", "unitprice", "price", "lineitem price", "单价", "价格", "einzelpreis",
           "stückpreis", "stueckpreis", "preis", "prix unitaire", "prix", "precio unitario",
           "precio")),
    Field("line_discount", _("Discount on the item"), values.price,
          ("line_discount", "lineitem discount", "商品优惠")),
    Field("line_id", _("Number of the line"), values.identifier,
          ("line_id", "line item id", "order line id", "明细编号")),
    Field("total", _("Total of the order"), values.money,
          ("total", "amount", "order total", "grand total", "revenue", "金额", "总金额",
           "实付金额", "gesamtbetrag", "gesamtsumme", "bestellsumme", "bestellwert",
           "rechnungsbetrag", "montant total", "total commande", "total de la commande",
           "total ttc", "importe total", "total del pedido"),
          one_of="content"),
    Field("discount", _("Discount on the order"), values.price,
          ("discount", "discount amount", "优惠", "优惠金额")),
    Field("currency", _("Currency"), values.currency,
          ("currency", "currency code", *CURRENCY_NAMES)),
    Field("status", _("Status"), values.text(40),
          ("status", "order status", "financial status", "状态", "订单状态", "bestellstatus",
           "auftragsstatus", "statut", "statut de la commande", "estado del pedido")),
    Field("code", _("Offer code"), values.text(40),
          ("code", "discount code", "coupon", "优惠码", "优惠券", "gutscheincode",
           "rabattcode", "code promo", "code de réduction", "código promocional",
           "código de descuento", "cupón")),
    Field("channel", _("Channel"), values.text(40),
          ("channel", "source", "渠道", "来源", "kanal", "canal")),
    Field("country", _("Customer's country"), values.text(80),
          ("country", "shipping country", "billing country", *COUNTRY_NAMES, "lieferland",
           "rechnungsland", "pays de livraison", "pays de facturation", "país de envío",
           "país de facturación")),
)  # fmt: skip

EVENT_FIELDS = (
    Field("name", _("Event"), values.text(100),
          ("ereignis", "événement", "evento", "name", "event", "event name", "event_type",
           "action", "type", "事件", "事件名"),
          required=True),
    Field("at", _("When"), DATE,
          ("at", "timestamp", "time", "date", "created at", "occurred at", "时间", "发生时间",
           "zeitpunkt", "zeitstempel", "datum", "horodatage", "fecha y hora", "fecha"),
          required=True),
    Field("external_id", _("Customer number"), values.identifier, CUSTOMER_NUMBER, one_of="key"),
    Field("email", _("Customer's email"), values.email, EMAIL_NAMES, one_of="key"),
    Field("anonymous_id", _("Visitor number"), values.identifier,
          ("anonymous_id", "anonymousid", "visitor_id", "cookie_id", "访客编号"), one_of="key"),
    Field("event_id", _("Number of the event"), values.identifier,
          ("event_id", "message_id", "messageid", "uuid", "事件id", "事件编号")),
    Field("sku", _("SKU of the product"), values.identifier, SKU_NAMES),
)  # fmt: skip

TEXT_FIELDS = (
    Field("text", _("Text"), values.text(20_000),
          ("text", "review", "review text", "body", "content", "comment", "message", "内容", "评论",
           "评价内容", "bewertungstext", "kommentar", "nachricht", "texte", "commentaire",
           "texte de l'avis", "texto", "comentario", "reseña", "mensaje"), required=True),
    Field("at", _("When"), DATE,
          ("at", "date", "created at", "timestamp", "time", "时间", "日期",
           "datum", "zeitpunkt", "date de création", "fecha"), required=True),
    Field("kind", _("Kind: review, post or chat"), values.text(40), ("kind", "type", "类型")),
    Field("title", _("Title"), values.text(300), ("title", "subject", "headline", "标题",
           "titel", "überschrift", "betreff", "titre", "título", "asunto")),
    Field("rating", _("Rating"), values.decimal,
          ("rating", "stars", "score", "评分", "星级", "sterne", "étoiles", "nombre d'étoiles",
           "estrellas", "puntuación")),
    Field("language", _("Language"), values.language, LANGUAGE_NAMES),
    Field("source", _("Where it was written"), values.text(100),
          ("source", "channel", "platform", "site", "来源", "平台")),
    Field("consent", _("Author agreed that it is read"), values.boolean, ("consent", "同意")),
    Field("external_id", _("Customer number"), values.identifier, CUSTOMER_NUMBER, one_of="key"),
    Field("email", _("Customer's email"), values.email, EMAIL_NAMES, one_of="key"),
    Field("anonymous_id", _("Visitor number"), values.identifier,
          ("anonymous_id", "anonymousid", "visitor_id", "访客编号"), one_of="key"),
    Field("event_id", _("Number of the text"), values.identifier,
          ("event_id", "review_id", "post_id", "message_id", "id", "评论编号")),
    Field("sku", _("SKU of the product"), values.identifier, SKU_NAMES),
)  # fmt: skip

PRODUCT_FIELDS = (
    Field("external_id", _("Number or handle"), values.identifier,
          ("external_id", "id", "handle", "sku", "product_id", "stockcode", "商品编号", "货号",
           *ARTICLE_NUMBER), required=True),
    Field("title", _("Title"), values.text(300),
          ("title", "name", "product name", "商品名称", "名称", "标题", "artikelbezeichnung",
           "artikelname", "produktname", "titel", "bezeichnung", "nom du produit", "titre", "nom",
           "désignation", "nombre del producto", "título", "nombre"), required=True),
    Field("description", _("Description"), values.text(100_000),
          ("description", "body (html)", "body", "描述", "商品描述", "beschreibung",
           "produktbeschreibung", "artikelbeschreibung", "description du produit",
           "descripción")),
    Field("category", _("Category"), values.text(200),
          ("category", "type", "product type", "product category", "类目", "分类", "类别",
           "kategorie", "produktkategorie", "warengruppe", "catégorie", "categoría")),
    Field("brand", _("Brand"), values.text(200),
          ("brand", "vendor", "品牌", "marke", "marque", "marca")),
    Field("tags", _("Tags"), values.text(5000),
          ("tags", "keywords", "标签", "schlagwörter", "schlagworte", "mots-clés", "etiquetas",
           "palabras clave")),
    Field("language", _("Language of the texts"), values.language,
          ("language", "语言", "sprache", "langue", "idioma")),
    Field("features", _("Features"), values.text(2000), ("features", "特点", "卖点")),
    Field("benefits", _("Benefits"), values.text(2000), ("benefits", "好处")),
    Field("url", _("Link"), values.url, ("url", "link", "product_url", "链接",
           "produktlink", "lien", "lien du produit", "enlace")),
    Field("image_url", _("Picture"), values.url,
          ("image_url", "image", "image src", "picture", "image link", "product_picture", "图片",
           "bild", "bild-url", "produktbild", "lien de l'image", "imagen")),
    Field("price", _("Price"), values.price,
          ("price", "variant price", "sale price", "价格", "售价", "单价", "verkaufspreis",
           "preis", "prix de vente", "prix", "precio de venta", "precio")),
    Field("compare_at_price", _("Price before"), values.price,
          ("compare_at_price", "variant compare at price", "retail_price", "list price", "原价",
           "streichpreis", "uvp", "prix barré", "precio anterior")),
    Field("currency", _("Currency"), values.currency,
          ("currency", "currency code", "currency_buyer", *CURRENCY_NAMES)),
    Field("stock", _("Stock"), values.integer,
          ("stock", "variant inventory qty", "stocklevel", "inventory", "inventory_total", "库存",
           "bestand", "lagerbestand", "quantité en stock", "existencias")),
    Field("is_active", _("On sale"), values.boolean,
          ("is_active", "active", "published", "上架")),
    Field("option1_name", _("Option 1: name"), values.text(100), ("option1 name",)),
    Field("option1", _("Option 1: value"), values.text(200), ("option1 value",)),
    Field("option2_name", _("Option 2: name"), values.text(100), ("option2 name",)),
    Field("option2", _("Option 2: value"), values.text(200), ("option2 value",)),
    Field("option3_name", _("Option 3: name"), values.text(100), ("option3 name",)),
    Field("option3", _("Option 3: value"), values.text(200), ("option3 value",)),
    Field("variant_sku", _("SKU of the variant"), values.identifier, ("variant sku",)),
)  # fmt: skip

BESIDE = (
    ("name", "vorname", "last_name"), ("nom", "prenom", "last_name"),
    ("nombre", "apellidos", "first_name"), ("nombre", "apellido", "first_name"),
)  # fmt: skip
"""A column that is the full name where it stands alone, the one that tells, what it is then."""

FIELDS: Mapping[str, Mapping[str, Field]] = {
    ImportKind.CUSTOMERS.value: {field.name: field for field in CUSTOMER_FIELDS},
    ImportKind.ORDERS.value: {field.name: field for field in ORDER_FIELDS},
    ImportKind.EVENTS.value: {field.name: field for field in EVENT_FIELDS},
    ImportKind.TEXTS.value: {field.name: field for field in TEXT_FIELDS},
    ImportKind.PRODUCTS.value: {field.name: field for field in PRODUCT_FIELDS},
}


def guess_mapping(kind: str, columns: Sequence[str]) -> dict[str, str]:
    """Return field → column for the columns whose names say what they hold.

    A field takes the column with the name that stands earliest in its list; a column serves one
    field, the one that is declared first. Nothing is guessed for other columns. What a column
    "Nom" holds is told by the one beside it: see `BESIDE`.
    """
    by_name: dict[str, str] = {}
    for column in columns:
        by_name.setdefault(_plain(column), column)
    mapping: dict[str, str] = {}
    for field in FIELDS[kind].values():
        for name in field.names:
            known = by_name.get(_plain(name))
            if known and known not in mapping.values():
                mapping[field.name] = known
                break
    return _told_apart(mapping) if kind == ImportKind.CUSTOMERS else mapping


def _told_apart(mapping: dict[str, str]) -> dict[str, str]:
    """Take what was guessed a full name for the half of it that the other half's column says."""
    named = {field: _plain(column) for field, column in mapping.items() if "name" in field}
    for full, other, half in BESIDE:
        if named.get("name") == full and other in named.values() and half not in named:
            return {half if name == "name" else name: column for name, column in mapping.items()}
    return mapping


def attribute_mapping(
    kind: str, columns: Sequence[str], mapping: Mapping[str, str]
) -> dict[str, str]:
    """Return `attributes.KEY` → column for the columns that are not mapped yet."""
    if kind not in KINDS_WITH_ATTRIBUTES:
        return {}
    left_out = {*mapping.values(), *REJECTED_COLUMNS}
    kept: dict[str, str] = {}
    for column in columns:
        if column not in left_out:
            name = attribute_of(column)
            kept[f"{name}_{len(kept)}" if name in kept else name] = column
    return kept


def attribute_of(column: str) -> str:
    """Return the field that keeps a column as it is: `attributes.favourite_colour`."""
    return ATTRIBUTE + (re.sub(r"[^\w]+", "_", column.strip().lower()).strip("_")[:60] or "column")


def _plain(name: str) -> str:
    """Return the letters and digits of a name, small and without accents."""
    letters = unicodedata.normalize("NFKD", name.lower())
    bare = "".join(sign for sign in letters if not unicodedata.combining(sign))
    return re.sub(r"[\W_]+", "", bare)


def _typed(held: Sequence[str]) -> values.Parser:
    """The parser of an attribute whose type the workspace says."""

    def parse(cell: str) -> values.Parsed:
        if cell.strip().lower() in values.EMPTY:
            return None
        value = read_value(held, cell)
        return values.Problem("attribute_wrong") if value is None else value

    return parse


def _member(key: str, parse: values.Parser) -> values.Parser:
    """The parser of a column that becomes a member of a JSON object: `,"key":value`, or nothing."""
    start = "," + json.dumps(key, ensure_ascii=False) + ":"

    def parse_member(cell: str) -> values.Parsed:
        value = parse(cell)
        return start + value if isinstance(value, str) else value or ""

    return parse_member


def make_parser(
    field: str, kind: str, column: str, *, options: Mapping[str, Any], zone: ZoneInfo
) -> values.Parser:
    """Return the parser of a mapped column. `options["dates"]` says day or month first.

    That of an attribute returns a member of a JSON object, see `batches.merge_attributes`.
    """
    if field.startswith(ATTRIBUTE):
        key = field.removeprefix(ATTRIBUTE)
        held = options.get("attribute_types", {}).get(key)
        is_typed = held and kind == ImportKind.CUSTOMERS
        return _member(key, _typed(held) if is_typed else values.attribute)
    parse = FIELDS[kind][field].parse
    if parse == DATE:
        return dates.date(options.get("dates", {}).get(column, dates.DAY_FIRST), zone)
    assert callable(parse)  # noqa: S101 - the table above holds nothing else
    return parse
