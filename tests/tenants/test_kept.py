"""The name of a shape: the same as long as what is kept can be read."""

from dataclasses import make_dataclass
from typing import Any

from tenants.kept import shape_of


def kind(name: str, **fields: Any) -> type:
    return make_dataclass(name, fields.items())


def test_the_name_of_a_shape_changes_with_all_that_is_within_it() -> None:
    def whole(**inner: Any) -> type:
        return kind("Whole", parts=list[kind("Part", **inner)], total=int)

    shapes = [
        whole(size=int),
        whole(size=int, colour=str),
        whole(size=float),
        kind("Whole", parts=list[int], total=int),
        kind("Other", parts=list[int], total=int),
        kind("Whole", parts=list[int], total=int | None),
    ]
    assert len({shape_of(shape) for shape in shapes}) == len(shapes)
    assert shape_of(whole(size=int)) == shape_of(whole(size=int))
