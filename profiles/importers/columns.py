"""Columns of texts as Arrow arrays: nothing here makes a Python object of each cell.

A `Column` is a `pyarrow.StringArray`. A million rows of ten cells are split, looked at and put
together again in a second; as Python texts that takes four.
"""

import array
import functools
from collections.abc import Iterable, Sequence
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

pa.set_memory_pool(pa.system_memory_pool())  # Arrow's own keeps 20 MB for later

Column: TypeAlias = pa.StringArray

TEXT = pa.string()
BLANKS = "".join(filter(str.isspace, map(chr, range(0x3001))))
"""What `str.strip` takes off."""
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def from_cells(cells: Iterable[str | None]) -> Column:
    return pa.array(cells, TEXT)


def from_values(values: Iterable[object]) -> Column:
    """The text of each value; None stays None."""
    return from_cells([None if value is None else str(value) for value in values])


def from_numbers(numbers: Sequence[int]) -> Column:
    return pa.array(numbers, pa.int64()).cast(TEXT)


def of_width(text: str, width: int) -> Column:
    """An ASCII text cut into cells of so many characters each."""
    ends = array.array("i", range(0, len(text) + 1, width))
    return pa.StringArray.from_buffers(
        len(ends) - 1, pa.py_buffer(ends), pa.py_buffer(text.encode())
    )


def nothing(size: int) -> Column:
    """A column that says nothing in every row."""
    return pa.nulls(size, TEXT)


def split(text: bytes, delimiter: str, width: int) -> list[Column] | None:
    """The columns of lines of UTF-8 without quotes. None unless each line has `width` cells."""
    if text.startswith(BYTE_ORDER_MARK):  # which Arrow would drop
        return None
    if b"\n\n" in b"\n%b\n" % text:  # which Arrow would take for a row of empty cells
        return None
    names = list(map(str, range(width)))
    try:
        table = csv.read_csv(
            pa.BufferReader(text),
            csv.ReadOptions(use_threads=False, block_size=len(text) + 1, column_names=names),
            csv.ParseOptions(delimiter=delimiter, quote_char=False, ignore_empty_lines=False),
            csv.ConvertOptions(column_types=dict.fromkeys(names, TEXT), check_utf8=False),
        )
    except pa.ArrowInvalid:  # a line with more or fewer cells
        return None
    return [one for column in table.columns for one in column.chunks]


def take(column: Column, rows: Sequence[int]) -> Column:
    """The cells of these rows."""
    return column.take(pa.array(rows, pa.int64()))


def put_together(parts: Sequence[Column]) -> Column:
    return pa.concat_arrays(parts)


def are_all(column: Column, pattern: str) -> bool:
    """Whether a regular expression (RE2) is found in every cell."""
    return pc.all(pc.match_substring_regex(column, pattern)).as_py() is not False


def is_any(column: Column, pattern: str) -> bool:
    """Whether a regular expression (RE2) is found in a cell."""
    return pc.any(pc.match_substring_regex(column, pattern)).as_py() is True


def in_utf8(column: Column) -> bytes:
    """All cells behind each other."""
    if not len(column) or column.buffers()[2] is None:
        return b""
    ends = memoryview(column.buffers()[1]).cast("i")
    start, end = ends[column.offset], ends[column.offset + len(column)]
    return column.buffers()[2].slice(start, end - start).to_pybytes()


def places_of(column: Column, sign: str) -> list[int]:
    """The rows in whose cells a text stands."""
    return pc.indices_nonzero(pc.match_substring(column, sign)).to_pylist()


def longest(column: Column) -> int:
    """The characters of the longest cell."""
    return pc.max(pc.utf8_length(column)).as_py() or 0


def strip(column: Column) -> Column:
    """Each cell as `str.strip` leaves it."""
    return pc.utf8_trim(column, BLANKS)


def lower_ascii(column: Column) -> Column:
    return pc.ascii_lower(column)


def replace(column: Column, pattern: str, by: str) -> Column:
    """Replace what a regular expression (RE2) finds."""
    return pc.replace_substring_regex(column, pattern, by)


def replace_text(column: Column, text: str, by: str) -> Column:
    return pc.replace_substring(column, text, by)


def none_for_blank(column: Column) -> Column:
    """Nothing for each empty cell."""
    blank = pc.equal(column, "")
    return pc.if_else(blank, None, column) if pc.any(blank).as_py() else column


def join(columns: Sequence[Column | str], separator: str) -> Column:
    """The cells of each row as one text. Nothing counts as an empty cell."""
    return pc.binary_join_element_wise(
        *columns, separator, null_handling="replace", null_replacement=""
    )


def rows_without(columns: Sequence[Column]) -> list[int]:
    """The rows in which none of these columns says anything."""
    if not all(column.null_count for column in columns):
        return []
    silent = functools.reduce(pc.and_, map(pc.is_null, columns))
    return pc.indices_nonzero(silent).to_pylist()


def without_first(column: Column) -> Column:
    """Each cell without its first character."""
    return pc.utf8_slice_codeunits(column, 1)


def to_lines(column: Column) -> bytes:
    """All cells in UTF-8, an end of line behind each."""
    return in_utf8(join([column, ""], "\n"))
