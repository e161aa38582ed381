"""What a file may tell of each kind of thing, and by which column names we know it."""

import json
import re
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
    """One thing that a column may hold. `names` are usual headers, English and Chinese."""

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
)  # fmt: skip
EMAIL_NAMES = (
    "email", "e-mail", "mail", "email address", "customer email", "contact_email", "邮箱",
    "电子邮件", "电子邮箱", "邮件",
)  # fmt: skip
SKU_NAMES = (
    "sku", "stockcode", "stock code", "product_id", "item_id", "lineitem sku", "product sku",
    "variant sku", "productsku", "商品编号", "商品编码", "货号",
)  # fmt: skip

CUSTOMER_FIELDS = (
    Field("external_id", _("Customer number"), values.identifier,
          (*CUSTOMER_NUMBER, "id", "编号"), one_of="key"),
    Field("email", _("Email"), values.email, EMAIL_NAMES, one_of="key"),
    Field("first_name", _("First name"), values.text(100),
          ("first_name", "firstname", "given name", "名", "名字")),
    Field("last_name", _("Last name"), values.text(100),
          ("last_name", "lastname", "surname", "family name", "姓", "姓氏")),
    Field("name", _("Full name"), values.text(200),
          ("name", "full name", "customer name", "姓名", "客户姓名", "称呼")),
    Field("phone", _("Phone"), values.text(40),
          ("phone", "mobile", "telephone", "phone number", "手机", "手机号", "电话")),
    Field("language", _("Language"), values.language, ("language", "lang", "locale", "语言")),
    Field("country", _("Country"), values.text(80),
          ("country", "country code", "default address country code", "国家", "国家地区")),
    Field("city", _("City"), values.text(120),
          ("city", "town", "default address city", "城市", "所在城市")),
    Field("timezone", _("Time zone"), values.timezone, ("timezone", "time zone", "tz", "时区")),
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
          ("order_id", "order number", "order", "invoiceno", "invoice", "invoice number", "name",
           "transaction_id", "订单号", "订单编号")),
    Field("placed_at", _("Date of the order"), DATE,
          ("placed_at", "order date", "invoicedate", "date", "created at", "ordered at",
           "purchase date", "paid at", "下单时间", "订单时间", "订单日期", "日期"), required=True),
    Field("external_id", _("Customer number"), values.identifier, CUSTOMER_NUMBER, one_of="key"),
    Field("email", _("Customer's email"), values.email, EMAIL_NAMES, one_of="key"),
    Field("sku", _("SKU of the item"), values.identifier, SKU_NAMES, one_of="content"),
    Field("title", _("Name of the item"), values.text(300),
          ("title", "description", "item", "product", "product name", "lineitem name",
           "itemdescription", "商品名称", "商品", "名称"), one_of="content"),
    Field("quantity", _("Quantity"), values.integer,
          ("quantity", "qty", "lineitem quantity", "数量")),
    Field("unit_price", _("Price each"), values.price,
          ("unit_price", "unitprice", "price", "lineitem price", "单价", "价格")),
    Field("line_discount", _("Discount on the item"), values.price,
          ("line_discount", "lineitem discount", "商品优惠")),
    Field("line_id", _("Number of the line"), values.identifier,
          ("line_id", "line item id", "order line id", "明细编号")),
    Field("total", _("Total of the order"), values.money,
          ("total", "amount", "order total", "grand total", "revenue", "金额", "总金额",
           "实付金额"),
          one_of="content"),
    Field("discount", _("Discount on the order"), values.price,
          ("discount", "discount amount", "优惠", "优惠金额")),
    Field("currency", _("Currency"), values.currency, ("currency", "currency code", "币种")),
    Field("status", _("Status"), values.text(40),
          ("status", "order status", "financial status", "状态", "订单状态")),
    Field("code", _("Offer code"), values.text(40),
          ("code", "discount code", "coupon", "优惠码", "优惠券")),
    Field("channel", _("Channel"), values.text(40), ("channel", "source", "渠道", "来源")),
    Field("country", _("Customer's country"), values.text(80),
          ("country", "shipping country", "billing country", "国家")),
)  # fmt: skip

EVENT_FIELDS = (
    Field("name", _("Event"), values.text(100),
          ("name", "event", "event name", "event_type", "action", "type", "事件", "事件名"),
          required=True),
    Field("at", _("When"), DATE,
          ("at", "timestamp", "time", "date", "created at", "occurred at", "时间", "发生时间"),
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
           "评价内容"), required=True),
    Field("at", _("When"), DATE,
          ("at", "date", "created at", "timestamp", "time", "时间", "日期"), required=True),
    Field("kind", _("Kind: review, post or chat"), values.text(40), ("kind", "type", "类型")),
    Field("title", _("Title"), values.text(300), ("title", "subject", "headline", "标题")),
    Field("rating", _("Rating"), values.decimal, ("rating", "stars", "score", "评分", "星级")),
    Field("language", _("Language"), values.language, ("language", "lang", "locale", "语言")),
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
          ("external_id", "id", "handle", "sku", "product_id", "stockcode", "商品编号", "货号"),
          required=True),
    Field("title", _("Title"), values.text(300),
          ("title", "name", "product name", "商品名称", "名称", "标题"), required=True),
    Field("description", _("Description"), values.text(100_000),
          ("description", "body (html)", "body", "描述", "商品描述")),
    Field("category", _("Category"), values.text(200),
          ("category", "type", "product type", "product category", "类目", "分类", "类别")),
    Field("brand", _("Brand"), values.text(200), ("brand", "vendor", "品牌")),
    Field("tags", _("Tags"), values.text(5000), ("tags", "keywords", "标签")),
    Field("language", _("Language of the texts"), values.language, ("language", "语言")),
    Field("features", _("Features"), values.text(2000), ("features", "特点", "卖点")),
    Field("benefits", _("Benefits"), values.text(2000), ("benefits", "好处")),
    Field("url", _("Link"), values.url, ("url", "link", "product_url", "链接")),
    Field("image_url", _("Picture"), values.url,
          ("image_url", "image", "image src", "picture", "image link", "product_picture", "图片")),
    Field("price", _("Price"), values.price,
          ("price", "variant price", "sale price", "价格", "售价", "单价")),
    Field("compare_at_price", _("Price before"), values.price,
          ("compare_at_price", "variant compare at price", "retail_price", "list price", "原价")),
    Field("currency", _("Currency"), values.currency,
          ("currency", "currency code", "currency_buyer", "币种")),
    Field("stock", _("Stock"), values.integer,
          ("stock", "variant inventory qty", "stocklevel", "inventory", "inventory_total", "库存")),
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
    field, the one that is declared first. Nothing is guessed for other columns.
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
    return re.sub(r"[\W_]+", "", name.lower())


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
