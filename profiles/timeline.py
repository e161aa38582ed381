"""What a customer did, newest first, in pages that cost the same at any depth."""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from profiles.models import Customer, OrderStatus
from tenants.context import current_tenant_id

PAGE = 30
ORDERS = """
    SELECT o.placed_at AS at, 1 AS kind, o.id, o.external_id AS name, '' AS title,
           o.status, o.total, o.currency, o.discount, o.code,
           (SELECT string_agg(coalesce(nullif(p.title, ''), nullif(l.title, ''), l.sku), ', '
                              ORDER BY l.unit_price DESC, l.id)
            FROM profiles_orderline l
            LEFT JOIN catalogue_product p ON p.tenant_id = l.tenant_id AND p.id = l.product_id
            WHERE l.tenant_id = o.tenant_id AND l.order_id = o.id) AS details
    FROM profiles_order o
    WHERE o.tenant_id = %(tenant)s AND o.customer_id = %(customer)s
      AND o.placed_at <= %(at)s AND (o.placed_at, 1, o.id) < (%(at)s, %(kind)s, %(id)s)
    ORDER BY o.placed_at DESC, o.id DESC LIMIT %(limit)s
"""
EVENTS = """
    SELECT e.at, 0 AS kind, e.id, e.name, coalesce(p.title, '') AS title,
           '' AS status, NULL::numeric AS total, '' AS currency, NULL::numeric AS discount,
           '' AS code, e.properties ->> 'text' AS details
    FROM (SELECT * FROM profiles_event e
          WHERE e.tenant_id = %(tenant)s AND e.customer_id = %(customer)s
            AND e.at <= %(at)s AND (e.at, 0, e.id) < (%(at)s, %(kind)s, %(id)s)
          ORDER BY e.at DESC, e.id DESC LIMIT %(limit)s) e
    LEFT JOIN catalogue_product p ON p.tenant_id = %(tenant)s AND p.id = e.product_id
"""
SOURCES = {"": (ORDERS, EVENTS), "orders": (ORDERS,), "events": (EVENTS,)}
Cursor = tuple[datetime, int, int]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line: when, an icon, what happened, and a detail. `total` is an order's."""

    at: datetime
    icon: str
    what: str
    detail: str = ""
    total: Decimal | None = None
    currency: str = ""
    is_order: bool = False
    status: str = ""


@dataclass(frozen=True, kw_only=True)
class Timeline:
    entries: list[Entry]
    next: str = ""


def read_timeline(customer: Customer, *, show: str = "", cursor: str = "") -> Timeline:
    """Return a page of what the customer did. `show` is "orders", "events" or "" for both.

    A cursor that cannot be read gives the first page.
    """
    at, kind, row = _read_cursor(cursor) or (None, 2, 0)
    values = {
        "tenant": current_tenant_id(),
        "customer": customer.pk,
        "at": at or "infinity",
        "kind": kind,
        "id": row,
        "limit": PAGE + 1,
    }
    sources = SOURCES.get(show, SOURCES[""])
    union = " UNION ALL ".join(f"({source})" for source in sources)
    sql = f"SELECT * FROM ({union}) t ORDER BY at DESC, kind DESC, id DESC LIMIT %(limit)s"
    with connection.cursor() as database:
        database.execute(sql, values)
        names = [column[0] for column in database.description]
        rows = [dict(zip(names, values, strict=True)) for values in database.fetchall()]
    shown = rows[:PAGE]
    more = _write_cursor(shown[-1]) if len(rows) > PAGE else ""
    return Timeline(entries=[_entry(row) for row in shown], next=more)


def _write_cursor(row: Mapping[str, Any]) -> str:
    text = f"{row['at'].isoformat()}|{row['kind']}|{row['id']}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> Cursor | None:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        at, kind, row = base64.urlsafe_b64decode(padded).decode().split("|")
        moment = parse_datetime(at)
        if moment is None or moment.tzinfo is None or not 0 <= int(row) < 2**63:
            return None
        return moment, int(kind) % 3, int(row)
    except (ValueError, binascii.Error):
        return None


@dataclass(frozen=True, kw_only=True)
class Look:
    """How an event of a known name is shown. `words` takes the product's title or ""."""

    icon: str
    words: Callable[[str], str]


def _of_product(text: Callable[[], str]) -> Callable[[str], str]:
    return lambda title: text() % {"title": title or _("a product")}


EVENTS_SHOWN: Mapping[str, Look] = {
    "product_viewed": Look(
        icon="mouse-pointer-click", words=_of_product(lambda: _("Viewed %(title)s"))
    ),
    "product_added": Look(
        icon="shopping-cart", words=_of_product(lambda: _("Put %(title)s in the cart"))
    ),
    "cart_updated": Look(icon="shopping-cart", words=lambda title: _("Changed the cart")),
    "email_opened": Look(icon="mail-open", words=lambda title: _("Opened an email")),
    "email_clicked": Look(icon="mail-check", words=lambda title: _("Clicked in an email")),
    "review_written": Look(icon="star", words=_of_product(lambda: _("Reviewed %(title)s"))),
    "signed_up": Look(icon="user-plus", words=lambda title: _("Signed up")),
}


def _entry(row: Mapping[str, Any]) -> Entry:
    if row["kind"] == 1:
        return _order_entry(row)
    detail = row["details"] or ""
    if look := EVENTS_SHOWN.get(row["name"]):
        what = look.words(row["title"])
        return Entry(at=row["at"], icon=look.icon, what=what, detail=detail)
    what = _plain(row["name"], row["title"])
    return Entry(at=row["at"], icon="activity", what=what, detail=detail)


def _plain(name: str, title: str) -> str:
    text = name.replace("_", " ").capitalize()
    return f"{text}: {title}" if title else text


def _order_entry(row: Mapping[str, Any]) -> Entry:
    is_refund = row["status"] == OrderStatus.RETURNED and row["total"] < 0
    text = _("Returned %(what)s") if is_refund else _("Ordered %(what)s")
    number = _("Order %(number)s") % {"number": row["name"]}
    code = _("code %(code)s") % {"code": row["code"]} if row["code"] else ""
    return Entry(
        at=row["at"],
        icon="shopping-bag",
        what=text % {"what": row["details"] or number},
        detail=" · ".join(part for part in (number if row["details"] else "", code) if part),
        total=row["total"],
        currency=row["currency"],
        is_order=True,
        status="" if is_refund else row["status"],
    )
