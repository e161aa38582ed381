"""What items have in common, read from the files in which shops and data sets say it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from inference import services as inference
from profiles.recommending.histories import Matrix
from profiles.recommending.similarities import alike, attribute_matrix, near, parts_of
from profiles.tables import SEPARATORS, read_rows, read_text
from tenants.errors import BadInput

IDS = ("item", "itemid", "item_id", "id", "sku", "asin", "product", "product_id")


def read_about(path: str, names: Sequence[str]) -> dict[str, Matrix]:
    """Return item × item likenesses by name: of attributes, and of texts where there are any.

    A JSON object of items with their attributes (numbers, a text, a list, an object), a list or
    lines of objects with an id, a table with a header, or lines of an item and its attributes.
    Texts count by their parts, so that products with like titles are alike. Raises BadInput.
    """
    text = read_text(path).strip()
    found = _parse(text, path) if text[0] in "{[" else _table(text)
    numbers = {name: number for number, name in enumerate(names)}
    given = {numbers[item]: said for item, said in found.items() if item in numbers}
    named = {number: _named(said) for number, said in given.items()}
    about = {"alike": alike(attribute_matrix(named, len(names)))}
    texts = [" ".join(_texts(given.get(number))) for number in range(len(names))]
    if (vectors := inference.vectors(texts)) is not None:
        about["meaning"] = near(vectors)
    return about


def _parse(text: str, path: str) -> Mapping[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        value = _parse_lines(text)
    if isinstance(value, list) and all(isinstance(row, dict) for row in value):
        return {str(row[_id_of(row)]): row for row in value if row}
    if isinstance(value, dict):
        return {str(key): given for key, given in value.items()}
    message = _("The file %(name)s is no JSON object of items with their attributes.")
    raise BadInput(message % {"name": path})


def _parse_lines(text: str) -> list[Any] | None:
    try:
        return [json.loads(line) for line in text.split("\n") if line.strip()]
    except ValueError:
        return None


def _id_of(row: Mapping[str, Any]) -> str:
    return next((key for key in row if key.lower() in IDS), next(iter(row)))


def _table(text: str) -> dict[str, Any]:
    """A table if its first line names an id, lines of an item and its attributes otherwise."""
    rows = list(read_rows(text))
    header = rows[0]
    if not any(name.strip().lower() in IDS for name in header):
        lines = [SEPARATORS.split(line.strip()) for line in text.split("\n") if line.strip()]
        return {line[0]: line[1:] for line in lines}
    items = [dict(zip(header, row, strict=False)) for row in rows[1:]]
    return {row[_id_of(row)]: row for row in items}


def _texts(given: Any) -> list[str]:
    """Return what is said in more than a word."""
    if isinstance(given, dict | list):
        parts = given.values() if isinstance(given, dict) else given
        return [text for one in parts for text in _texts(one)]
    return [given] if isinstance(given, str) and " " in given.strip() else []


def _named(given: Any, name: str = "") -> list[str]:
    """Return attributes: numbers and single words by their name, texts by their parts."""
    if isinstance(given, dict):
        pairs = [(key, one) for key, one in given.items() if key.lower() not in IDS]
        return [word for key, one in pairs for word in _named(one, key)]
    if isinstance(given, list):
        return [word for one in given for word in _named(one, name)]
    if given is None or given == "":
        return []
    text = str(given).strip()
    return parts_of(text) if " " in text or not text.isascii() else [f"{name}:{text}"]
