"""Files that shops and mail programs export, known by their header and mapped without asking.

A file is known if it has all columns of a signature; the first signature that fits counts. The
names are those of the programs' own exports (Shopify admin; WooCommerce core, Analytics and
Advanced Order Export; Mailchimp audience; Klaviyo profiles; Google Merchant Center).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from profiles.models import ImportKind


@dataclass(frozen=True, kw_only=True)
class Connector:
    """How one program writes one kind of file. `mapping` is field → column, where there is one."""

    name: str
    kind: str
    signature: frozenset[str]
    mapping: Mapping[str, str]

    def fits(self, columns: Sequence[str]) -> bool:
        return self.signature <= {column.lower() for column in columns}

    def map(self, columns: Sequence[str]) -> dict[str, str]:
        """Field → column for the columns that are there, as the file spells them."""
        known = {column.lower(): column for column in columns}
        pairs = {name: known.get(column.lower()) for name, column in self.mapping.items()}
        return {name: column for name, column in pairs.items() if column}


def _words(*columns: str) -> frozenset[str]:
    return frozenset(column.lower() for column in columns)


CONNECTORS = (
    Connector(
        name="Shopify",
        kind=ImportKind.PRODUCTS,
        signature=_words("Handle", "Title", "Variant Price"),
        mapping={
            "external_id": "Handle", "title": "Title", "description": "Body (HTML)",
            "brand": "Vendor", "category": "Type", "tags": "Tags", "is_active": "Published",
            "price": "Variant Price", "compare_at_price": "Variant Compare At Price",
            "stock": "Variant Inventory Qty", "variant_sku": "Variant SKU",
            "image_url": "Image Src", "option1_name": "Option1 Name", "option1": "Option1 Value",
            "option2_name": "Option2 Name", "option2": "Option2 Value",
            "option3_name": "Option3 Name", "option3": "Option3 Value",
        },
    ),
    Connector(
        name="Shopify",
        kind=ImportKind.ORDERS,
        signature=_words("Name", "Email", "Financial Status", "Lineitem name"),
        mapping={
            "order_id": "Name", "email": "Email", "placed_at": "Created at",
            "status": "Financial Status", "currency": "Currency", "sku": "Lineitem sku",
            "title": "Lineitem name", "quantity": "Lineitem quantity",
            "unit_price": "Lineitem price", "line_discount": "Lineitem discount",
            "discount": "Discount Amount", "code": "Discount Code",
            "country": "Shipping Country", "channel": "Source",
        },
    ),
    Connector(
        name="Shopify",
        kind=ImportKind.CUSTOMERS,
        signature=_words("Email", "Accepts Email Marketing", "Total Spent"),
        mapping={
            "external_id": "Customer ID", "email": "Email", "first_name": "First Name",
            "last_name": "Last Name", "phone": "Phone", "city": "Default Address City",
            "country": "Default Address Country Code", "may_email": "Accepts Email Marketing",
        },
    ),
    Connector(
        name="WooCommerce",
        kind=ImportKind.PRODUCTS,
        signature=_words("ID", "SKU", "Name", "Regular price", "Categories"),
        mapping={
            "external_id": "ID", "title": "Name", "description": "Description",
            "category": "Categories", "tags": "Tags", "price": "Regular price", "stock": "Stock",
            "image_url": "Images", "variant_sku": "SKU", "is_active": "Published",
        },
    ),
    Connector(
        name="WooCommerce",
        kind=ImportKind.ORDERS,
        signature=_words("Order Number", "Order Date", "Email (Billing)"),
        mapping={
            "order_id": "Order Number", "placed_at": "Order Date", "email": "Email (Billing)",
            "status": "Order Status", "sku": "SKU", "title": "Item Name", "quantity": "Quantity",
            "unit_price": "Item Cost", "code": "Coupon Code", "total": "Order Total Amount",
            "country": "Country Code (Billing)",
        },
    ),
    Connector(
        name="WooCommerce",
        kind=ImportKind.CUSTOMERS,
        signature=_words("Name", "Email", "Sign Up", "Total Spend"),
        mapping={
            "email": "Email", "name": "Name", "city": "City", "country": "Country / Region",
        },
    ),
    Connector(
        name="Mailchimp",
        kind=ImportKind.CUSTOMERS,
        signature=_words("Email Address", "MEMBER_RATING", "LEID"),
        mapping={
            "email": "Email Address", "first_name": "First Name", "last_name": "Last Name",
            "phone": "Phone Number", "country": "CC", "timezone": "TIMEZONE",
        },
    ),
    Connector(
        name="Klaviyo",
        kind=ImportKind.CUSTOMERS,
        signature=_words("Email", "Klaviyo ID"),
        mapping={
            "email": "Email", "first_name": "First Name", "last_name": "Last Name",
            "phone": "Phone Number", "city": "City", "country": "Country",
            "may_email": "Email Marketing Consent", "language": "Locale",
        },
    ),
    Connector(
        name="Google Merchant",
        kind=ImportKind.PRODUCTS,
        signature=_words("id", "title", "link", "price", "availability"),
        mapping={
            "external_id": "id", "title": "title", "description": "description", "url": "link",
            "image_url": "image link", "price": "price", "brand": "brand",
            "category": "product type",
        },
    ),
)  # fmt: skip


def recognise(columns: Sequence[str]) -> Connector | None:
    """Return who wrote a file with these columns; None if nobody that we know.

    Merchant feeds write `image_link` or `image link`: both are known.
    """
    spaced = [column.replace("_", " ") for column in columns]
    for connector in CONNECTORS:
        if connector.fits(columns) or connector.fits(spaced):
            return connector
    return None


def map_columns(connector: Connector, columns: Sequence[str]) -> dict[str, str]:
    """Return field → column of a file that `recognise` knew."""
    found = connector.map(columns)
    spaced = {column.replace("_", " "): column for column in columns}
    for name, column in connector.map(list(spaced)).items():
        found.setdefault(name, spaced[column])
    return found
