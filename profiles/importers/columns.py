"""Columns of texts as Arrow arrays: nothing here makes a Python object of each cell.

Reading a file of customers costs 0.6 of what it did with lists of Python texts.
"""

import array
import functools
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

Column: TypeAlias = Any
"""A `pyarrow.StringArray`; the library has no types."""


class _Arrow:
    """Loaded by whoever has the first column: a web process starts without it."""

    @functools.cached_property
    def lib(self) -> Any:
        import pyarrow  # noqa: PLC0415 - see above

        pyarrow.set_memory_pool(pyarrow.system_memory_pool())  # its own keeps 20 MB for later
        return pyarrow

    @functools.cached_property
    def compute(self) -> Any:
        from pyarrow import compute  # noqa: PLC0415 - see above

        return compute

    @functools.cached_property
    def csv(self) -> Any:
        from pyarrow import csv  # noqa: PLC0415 - see above

        return csv

    @functools.cached_property
    def text(self) -> Any:
        return self.lib.string()


_arrow = _Arrow()
BLANKS = "".join(filter(str.isspace, map(chr, range(0x3001))))
"""What `str.strip` takes off."""
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def load() -> None:
    """Load what is needed, as for processes that share it."""
    _arrow.lib, _arrow.compute, _arrow.csv  # noqa: B018


def from_cells(cells: Iterable[str | None]) -> Column:
    return _arrow.lib.array(cells, _arrow.text)


def from_values(values: Iterable[object]) -> Column:
    """The text of each value; None stays None."""
    return from_cells([None if value is None else str(value) for value in values])


def from_numbers(numbers: Sequence[int]) -> Column:
    return _arrow.lib.array(numbers, _arrow.lib.int64()).cast(_arrow.text)


def of_width(text: str, width: int) -> Column:
    """An ASCII text cut into cells of so many characters each."""
    ends = array.array("i", range(0, len(text) + 1, width))
    return _arrow.lib.StringArray.from_buffers(
        len(ends) - 1, _arrow.lib.py_buffer(ends), _arrow.lib.py_buffer(text.encode())
    )


def nothing(size: int) -> Column:
    """A column that says nothing in every row."""
    return _arrow.lib.nulls(size, _arrow.text)


def split(text: bytes, delimiter: str, width: int) -> list[Column] | None:
    """The columns of lines of UTF-8 without quotes. None unless each line has `width` cells."""
    if text.startswith(BYTE_ORDER_MARK):  # which Arrow would drop
        return None
    if b"\n\n" in b"\n%b\n" % text:  # which Arrow would take for a row of empty cells
        return None
    names = list(map(str, range(width)))
    try:
        table = _arrow.csv.read_csv(
            _arrow.lib.BufferReader(text),
            _arrow.csv.ReadOptions(use_threads=False, block_size=len(text) + 1, column_names=names),
            _arrow.csv.ParseOptions(
                delimiter=delimiter, quote_char=False, ignore_empty_lines=False
            ),
            _arrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, _arrow.text), check_utf8=False
            ),
        )
    except _arrow.lib.ArrowInvalid:  # a line with more or fewer cells
        return None
    return [one for column in table.columns for one in column.chunks]


def take(column: Column, rows: Sequence[int]) -> Column:
    """The cells of these rows."""
    return column.take(_arrow.lib.array(rows, _arrow.lib.int64()))


def put_together(parts: Sequence[Column]) -> Column:
    return _arrow.lib.concat_arrays(parts)


def are_all(column: Column, pattern: str) -> bool:
    """Whether a regular expression (RE2) is found in every cell."""
    return (
        _arrow.compute.all(_arrow.compute.match_substring_regex(column, pattern)).as_py()
        is not False
    )


def is_any(column: Column, pattern: str) -> bool:
    """Whether a regular expression (RE2) is found in a cell."""
    return _arrow.compute.any(_arrow.compute.match_substring_regex(column, pattern)).as_py() is True


def in_utf8(column: Column) -> bytes:
    """All cells behind each other."""
    if not len(column) or column.buffers()[2] is None:
        return b""
    ends = memoryview(column.buffers()[1]).cast("i")
    start, end = ends[column.offset], ends[column.offset + len(column)]
    return column.buffers()[2].slice(start, end - start).to_pybytes()


def places_of(column: Column, sign: str) -> list[int]:
    """The rows in whose cells a text stands."""
    return _arrow.compute.indices_nonzero(_arrow.compute.match_substring(column, sign)).to_pylist()


def is_longer(column: Column, limit: int) -> bool:
    """Whether a cell has more characters. Bytes are counted first: that costs next to nothing."""
    for length in (_arrow.compute.binary_length, _arrow.compute.utf8_length):
        if (_arrow.compute.max(length(column)).as_py() or 0) <= limit:
            return False
    return True


def strip(column: Column) -> Column:
    """Each cell as `str.strip` leaves it."""
    return _arrow.compute.utf8_trim(column, BLANKS)


def lower_ascii(column: Column) -> Column:
    return _arrow.compute.ascii_lower(column)


def replace(column: Column, pattern: str, by: str) -> Column:
    """Replace what a regular expression (RE2) finds."""
    return _arrow.compute.replace_substring_regex(column, pattern, by)


def replace_text(column: Column, text: str, by: str) -> Column:
    return _arrow.compute.replace_substring(column, text, by)


def none_for_blank(column: Column) -> Column:
    """Nothing for each empty cell."""
    blank = _arrow.compute.equal(column, "")
    return (
        _arrow.compute.if_else(blank, None, column) if _arrow.compute.any(blank).as_py() else column
    )


def join(columns: Sequence[Column | str], separator: str) -> Column:
    """The cells of each row as one text. Nothing counts as an empty cell."""
    return _arrow.compute.binary_join_element_wise(
        *columns, separator, null_handling="replace", null_replacement=""
    )


def rows_without(columns: Sequence[Column]) -> list[int]:
    """The rows in which none of these columns says anything."""
    if not all(column.null_count for column in columns):
        return []
    silent = functools.reduce(_arrow.compute.and_, map(_arrow.compute.is_null, columns))
    return _arrow.compute.indices_nonzero(silent).to_pylist()


def without_first(column: Column) -> Column:
    """Each cell without its first character."""
    return _arrow.compute.utf8_slice_codeunits(column, 1)


def to_lines(column: Column) -> bytes:
    """All cells in UTF-8, an end of line behind each."""
    return in_utf8(join([column, ""], "\n"))
