"""Google Merchant feeds in XML (RSS 2.0 or Atom), turned into the table that TSV feeds are.

The file is read element by element and forgotten, so a feed of any size fits into memory. A
document type is refused before anything is parsed: entities are how an XML file of a kilobyte
becomes a gigabyte, or reads another file.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

from django.utils.translation import gettext as _

from tenants.errors import BadInput

HEAD = 4096
COLUMNS = (
    "id", "title", "description", "link", "image_link", "availability", "price", "sale_price",
    "brand", "product_type", "google_product_category", "gtin", "condition", "item_group_id",
    "color", "size",
)  # fmt: skip
ITEMS = ("item", "entry")


def is_xml(head: bytes) -> bool:
    """Whether the first bytes of a file are XML, told by content."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return text.startswith((b"<?xml", b"<rss", b"<feed"))


def to_table(source: IO[bytes], path: Path) -> int:
    """Write the products of a feed as tab-separated text. Return how many. Raises BadInput."""
    head = source.read(HEAD)
    if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
        raise BadInput(_("The feed declares a document type, which no feed needs. Remove it."))
    source.seek(0)
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(COLUMNS)
        try:
            for values in _items(source):
                writer.writerow([values.get(name, "") for name in COLUMNS])
                count += 1
        except ElementTree.ParseError as error:
            raise BadInput(
                _("The feed is damaged XML: %(why)s. Export it again.") % {"why": error}
            ) from error
    if not count:
        raise BadInput(_("The feed holds no products: no “item” and no “entry” in it."))
    return count


def _items(source: IO[bytes]) -> Iterator[dict[str, str]]:
    root = None
    events = ElementTree.iterparse(source, events=("start", "end"))  # noqa: S314 - no DOCTYPE
    for event, element in events:
        if root is None:
            root = element
        if event == "end" and _plain(element.tag) in ITEMS:
            yield _values(element)
            element.clear()
            root.clear()


def _values(item: ElementTree.Element) -> dict[str, str]:
    values: dict[str, str] = {}
    for child in item:
        name = _plain(child.tag)
        text = (child.text or child.get("href") or "").strip()
        values.setdefault(name, " ".join(text.split()) if name != "description" else text)
    return values


def _plain(tag: str) -> str:
    """`{http://base.google.com/ns/1.0}image_link` is image_link."""
    return tag.rpartition("}")[2].lower()
