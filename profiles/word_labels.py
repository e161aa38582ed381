"""What a trait from words is called: its code in rules and rows, its label for a person."""

from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import pgettext


def label_of(name: str) -> str:
    """Return a label as a person reads it; a topic of the workspace's own is its name."""
    found = LABELS.get(name)
    return found() if found else name


def word_labels() -> dict[str, str]:
    """Return every code with its label in the language that is active."""
    return {name: label() for name, label in LABELS.items()}


LABELS: Mapping[str, Callable[[], str]] = {
    "delivery": lambda: pgettext("what an opinion is about", "Delivery"),
    "price": lambda: _("Price"),
    "quality": lambda: _("Quality"),
    "fit": lambda: _("Fit and size"),
    "design": lambda: _("Design"),
    "comfort": lambda: _("Comfort"),
    "durability": lambda: _("Durability"),
    "service": lambda: _("Service"),
    "packaging": lambda: _("Packaging"),
    "taste": lambda: _("Taste"),
    "ease": lambda: _("Ease of use"),
    "gift": lambda: _("Gifts"),
    "family": lambda: _("Family"),
    "pets": lambda: _("Pets"),
    "travel": lambda: _("Travel"),
    "outdoors": lambda: _("Outdoors"),
    "sport": lambda: _("Sport"),
    "work": lambda: _("Work"),
    "home": lambda: _("Home"),
    "garden": lambda: _("Garden"),
    "cooking": lambda: _("Cooking"),
    "sustainability": lambda: _("Sustainability"),
    "larger_size": lambda: _("A larger size"),
    "smaller_size": lambda: _("A smaller size"),
    "more_choice": lambda: _("More choice"),
    "lower_price": lambda: _("A lower price"),
    "faster_delivery": lambda: _("Faster delivery"),
    "refill": lambda: _("A refill"),
    "guidance": lambda: _("Guidance"),
    "durable_goods": lambda: _("Goods that last"),
    "buy_again": lambda: _("Buy again"),
    "recommend": lambda: _("Recommend to others"),
    "return": lambda: _("Return something"),
    "leave": lambda: _("Not buy any more"),
    "complain": lambda: _("Complain"),
    "ask": lambda: _("Ask something"),
    "compare": lambda: _("Compare"),
}
