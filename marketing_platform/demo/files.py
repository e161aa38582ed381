"""The year of a shop as the CSV files that its owner would export, a few faulty rows included.

The English shop writes UTF-8 with commas; the Chinese one GB18030 with its own headers, as many
exports there do.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from marketing_platform.demo.behaviour import Year
from marketing_platform.demo.shop import Shop
from marketing_platform.demo.writings import draw_writings

TIME = "%Y-%m-%d %H:%M:%S"
CONSENTS = ("email", "profiling", "writing", "tracking")


@dataclass(frozen=True)
class Dialect:
    """How a shop's system writes: encoding, headers of each file, yes and no."""

    encoding: str
    headers: Mapping[str, Sequence[str]]
    answers: Mapping[bool | None, str]
    statuses: Mapping[str, str]


ENGLISH = Dialect(
    encoding="utf-8",
    headers={
        "customers": (
            "Customer number", "Email", "First name", "Last name", "Language", "Country", "City",
            "Newsletter", "Profiling consent", "Writing consent", "Tracking consent", "Joined",
        ),
        "products": (
            "Handle", "Title", "Category", "Price", "List price", "Features", "Benefits", "Link",
            "Language",
        ),
        "orders": (
            "Order number", "Order date", "Customer number", "SKU", "Item", "Quantity", "Price",
            "Currency", "Status", "Discount code",
        ),
        "events": ("Event", "Time", "Customer number", "Event id", "SKU"),
        "texts": (
            "Review id", "Type", "Date", "Customer number", "SKU", "Title", "Text", "Rating",
            "Language", "Source", "Consent",
        ),
    },
    answers={True: "yes", False: "no", None: ""},
    statuses={"placed": "placed", "cancelled": "cancelled", "returned": "returned"},
)  # fmt: skip
CHINESE = Dialect(
    encoding="gb18030",
    headers={
        "customers": (
            "会员号", "邮箱", "名", "姓", "语言", "国家", "城市",
            "邮件订阅", "同意画像", "同意个性化内容", "同意点击统计", "入会日期",
        ),
        "products": (
            "货号", "商品名称", "类目", "价格", "原价", "特点", "好处", "链接", "语言",
        ),
        "orders": (
            "订单号", "下单时间", "会员号", "货号", "商品名称", "数量", "单价",
            "币种", "状态", "优惠码",
        ),
        "events": ("事件", "时间", "会员号", "事件编号", "货号"),
        "texts": (
            "评论编号", "类型", "日期", "会员号", "货号", "标题", "内容", "评分",
            "语言", "来源", "同意",
        ),
    },
    answers={True: "是", False: "否", None: ""},
    statuses={"placed": "placed", "cancelled": "cancelled", "returned": "returned"},
)  # fmt: skip


def dialect_of(shop: Shop) -> Dialect:
    return ENGLISH if shop.language == "en" else CHINESE


def write_files(shop: Shop, year: Year, folder: Path) -> dict[str, Path]:
    """Write the five files in the order in which they are to be read. Returns kind → path."""
    dialect = dialect_of(shop)
    rows = {
        "products": [*_products(shop), *_faulty("products")],
        "customers": [*_customers(year, dialect), *_faulty("customers")],
        "orders": [*_orders(shop, year, dialect), *_faulty("orders")],
        "events": [*_events(shop, year), *_faulty("events")],
        "texts": _texts(shop, year, dialect),
    }
    folder.mkdir(parents=True, exist_ok=True)
    return {kind: _write(folder, kind, dialect, lines) for kind, lines in rows.items()}


def _write(folder: Path, kind: str, dialect: Dialect, rows: Iterable[Sequence[str]]) -> Path:
    path = folder / f"{kind}.csv"
    with path.open("w", encoding=dialect.encoding, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(dialect.headers[kind])
        writer.writerows(rows)
    return path


def _products(shop: Shop) -> Iterable[list[str]]:
    for item in shop.items:
        before = str(item.price_before or "")
        yield [
            item.handle, item.title, item.category, str(item.price), before, item.features,
            item.benefits, f"{shop.website}/p/{item.handle}", shop.language,
        ]  # fmt: skip


def _customers(year: Year, dialect: Dialect) -> Iterable[list[str]]:
    for one in year.customers:
        answers = [dialect.answers[one.consents[purpose]] for purpose in CONSENTS]
        yield [
            one.number, one.email, one.first_name, one.last_name, one.language, one.country,
            one.city, *answers, f"{one.joined:%Y-%m-%d}",
        ]  # fmt: skip


def _orders(shop: Shop, year: Year, dialect: Dialect) -> Iterable[list[str]]:
    zone = ZoneInfo(shop.timezone)
    for line in year.lines:
        yield [
            line.order, line.at.astimezone(zone).strftime(TIME), line.customer.number,
            line.item.handle, line.item.title, str(line.quantity), str(line.unit_price),
            shop.currency, dialect.statuses[line.status], line.code,
        ]  # fmt: skip


def _events(shop: Shop, year: Year) -> Iterable[list[str]]:
    zone = ZoneInfo(shop.timezone)
    for event in year.events:
        handle = event.item.handle if event.item else ""
        moment = event.at.astimezone(zone).strftime(TIME)
        yield [event.name, moment, event.customer.number, event.id, handle]


def _texts(shop: Shop, year: Year, dialect: Dialect) -> Iterable[list[str]]:
    zone = ZoneInfo(shop.timezone)
    for one in draw_writings(year):
        yield [
            one.id, one.kind, one.at.astimezone(zone).strftime(TIME), one.customer.number,
            one.item.handle, one.title, one.text, str(one.rating or ""), shop.language,
            one.source, dialect.answers[one.consent],
        ]  # fmt: skip


def _faulty(kind: str) -> list[list[str]]:
    """Rows as they happen to stand in real files, so that the page of rejected rows has some."""
    return {
        "products": [["", "?", "", "abc", "", "", "", "", ""]],
        "customers": [
            ["C90001", "no-at-sign.example.com", "Ann", "", "en", "", "", "", "", "", "", ""],
            ["C90002", "two@@example.com", "Bo", "", "en", "", "", "", "", "", "", ""],
            ["", "", "Nobody", "", "", "", "", "", "", "", "", ""],
            ["C90003", "cy@example.com", "Cy", "", "en", "", "", "perhaps", "", "", "", ""],
        ],
        "orders": [
            ["X-1", "2026-02-31 10:00:00", "C00001", "", "?", "1", "10.00", "", "placed", ""],
            ["X-2", "2026-03-01 10:00:00", "C00001", "", "?", "two", "10.00", "", "placed", ""],
            ["X-3", "2026-03-01 10:00:00", "", "", "?", "1", "10.00", "", "placed", ""],
        ],
        "events": [
            ["product_viewed", "yesterday", "C00001", "X-1", ""],
            ["", "2026-03-01 10:00:00", "C00001", "X-2", ""],
        ],
    }[kind]
