"""Files as the world writes them: told by content, or refused with a sentence."""

import gzip
import io
import itertools
import tracemalloc
from collections.abc import Iterable
from pathlib import Path

import pytest

from profiles.importers import lines, reading, values
from profiles.importers.columns import from_cells
from profiles.importers.lines import Rows
from profiles.importers.reading import Fault, Shape, inspect_file, read_rows
from tenants.errors import BadInput

TEXT = "name,city\nZoë,Köln\nAnn,Rome\n"


@pytest.fixture
def look(tmp_path: Path):
    def inspect(content: bytes) -> Shape:
        path = tmp_path / "file.csv"
        path.write_bytes(content)
        return inspect_file(path)

    return inspect


def rows_of(content: bytes, shape: Shape) -> list:
    return flat(read_rows(io.BytesIO(content), shape))


def flat(pieces: Iterable[Rows | Fault]) -> list:
    """(line, cells) of each row, and the faults between them."""
    found: list = []
    for piece in pieces:
        if isinstance(piece, Fault):
            found.append(piece)
        else:
            columns = [column.to_pylist() for column in piece.columns]
            cells = map(list, zip(*columns, strict=True))
            found += zip(piece.lines, cells, strict=True)
    return found


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
    ],
)
def test_the_encoding_is_told_by_content(look, encoding: str, told: str) -> None:
    content = TEXT.encode(encoding)
    shape = look(content)
    assert (shape.encoding, shape.columns) == (told, ["name", "city"])
    assert rows_of(content, shape) == [(2, ["Zoë", "Köln"]), (3, ["Ann", "Rome"])]


def test_chinese_in_gb18030_is_read(look) -> None:
    content = "姓名,城市\n王芳,北京\n".encode("gb18030")
    shape = look(content)
    assert shape.encoding == "gb18030"
    assert rows_of(content, shape) == [(2, ["王芳", "北京"])]


def test_a_western_encoding_is_refused_instead_of_read_as_rare_chinese(look) -> None:
    with pytest.raises(BadInput, match="neither UTF-8, UTF-16 nor GB 18030"):
        look("name,city\nJosé,Málaga\nMüller,Zürich\n".encode("latin-1"))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_told_by_content(look, delimiter: str) -> None:
    content = f"name{delimiter}note\nAnn{delimiter}a. b\nBob{delimiter}c\n".encode()
    shape = look(content)
    assert (shape.delimiter, shape.columns) == (delimiter, ["name", "note"])


def test_commas_inside_quotes_do_not_hide_semicolons(look) -> None:
    shape = look(b'a;b\n"1,2,3";x\n"4,5,6";y\n')
    assert (shape.delimiter, shape.columns) == (";", ["a", "b"])


def test_columns_parted_by_blanks_without_a_header_are_named_by_place(look) -> None:
    content = b" 00004 0001 19970101  2   29.33\r\n 00004 0001 19970118  2   29.73\r\n"
    shape = look(content)
    assert shape.columns == [f"column {place}" for place in range(1, 6)]
    assert rows_of(content, shape)[0] == (1, ["00004", "0001", "19970101", "2", "29.33"])


def test_a_column_name_that_stands_twice_gets_a_number(look) -> None:
    assert look(b"price,price,,price\n1,2,3,x\n").columns == [
        "price",
        "price (2)",
        "column 3",
        "price (3)",
    ]


def test_a_packed_file_is_read_as_it_is(look) -> None:
    shape = look(gzip.compress(TEXT.encode()))
    assert shape.columns == ["name", "city"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty"),
        (b"\n\n", "holds no rows"),
        (b"name,email\n", "a header and no rows"),
        (b"PK\x03\x04rest", "spreadsheet or an archive"),
        (b"%PDF-1.7", "PDF"),
        (b"\x1f\x8bdamaged", "packed file is damaged"),
        (b",".join(b"c%d" % n for n in range(10_000)) + b"\n1\n", "at most 500"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_a_sentence(look, content, sentence) -> None:
    with pytest.raises(BadInput, match=sentence):
        look(content)


def test_quoted_line_breaks_carriage_returns_and_mixed_endings_are_read(look) -> None:
    content = b'name,note\r\nAnn,"one\ntwo"\rBob,"say ""hi"""\n\nCid,x\r\n'
    shape = look(content)
    assert rows_of(content, shape) == [
        (2, ["Ann", "one\ntwo"]),
        (4, ["Bob", 'say "hi"']),
        (6, ["Cid", "x"]),
    ]


def test_rows_with_too_many_or_too_few_cells_are_faults_with_their_line(look) -> None:
    content = b"a,b\n1,2\n1,2,3\n1\n1,2,\n"
    shape = look(content)
    assert rows_of(content, shape) == [
        (2, ["1", "2"]),
        Fault(3, "too_many_cells", ["1", "2", "3"]),
        Fault(4, "too_few_cells", ["1"]),
        (5, ["1", "2"]),
    ]


def test_a_quote_that_is_never_closed_costs_one_row(look) -> None:
    lines = [b"a,b", b'1,"open', *(b"%d,x" % n for n in range(2, 3000))]
    content = b"\n".join(lines) + b"\n"
    rows = rows_of(content, look(content))
    assert rows[0] == Fault(2, "quote_not_closed", ['1,"open'])
    assert rows[1:] == [(n + 1, [str(n), "x"]) for n in range(2, 3000)]


def test_a_quote_inside_a_cell_is_a_character(look) -> None:
    content = b'a,b\n5" pipe,x\n'
    assert rows_of(content, look(content)) == [(2, ['5" pipe', "x"])]


class Endless(io.RawIOBase):
    """A file whose second line is `size` bytes long, made while it is read."""

    def __init__(self, size: int) -> None:
        block = b"x" * lines.BLOCK
        self.parts = itertools.chain(
            [b"a,b\n"], itertools.repeat(block, size // len(block)), [b"\n1,2\n"]
        )

    def read(self, _size: int = -1) -> bytes:
        return next(self.parts, b"")


def test_a_line_of_two_gigabytes_is_cut_and_memory_stays_flat(look) -> None:
    shape = look(b"a,b\n1,2\n")
    tracemalloc.start()
    rows = flat(read_rows(Endless(2 * 1024**3), shape))  # type: ignore[arg-type]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert rows == [Fault(2, "row_too_long", []), (3, ["1", "2"])]
    assert peak < 16 * 1024**2


def test_a_packed_file_that_unpacks_without_end_is_refused(look, monkeypatch) -> None:
    monkeypatch.setattr(reading, "MAX_UNPACKED", 1024 * 1024)
    with pytest.raises(BadInput, match="unpacks to far more"):
        look(gzip.compress(b"email,name\n" + b"a" * 8 * 1024 * 1024))


def test_quotes_between_tabs_are_signs_where_each_line_is_a_row(look) -> None:
    """As in files that know no quoting; where a quoted cell goes on, the lines are no rows."""
    content = b'label\ttext\n1\t"Good\n0\tbad "room\n1\tfine\n0\t"so" so\n'
    found = rows_of(content, look(content))
    assert found == [
        (2, ["1", '"Good']),
        (3, ["0", 'bad "room']),
        (4, ["1", "fine"]),
        (5, ["0", "so so"]),
    ]
    content = b'label\ttext\n1\t"Good\nand big"\n0\tbad\n'
    assert rows_of(content, look(content)) == [(2, ["1", "Good\nand big"]), (4, ["0", "bad"])]


@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_what_stands_between_two_lone_quotes_keeps_its_place(
    look, delimiter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second one lies in a block behind; the lines up to it are read again, and first."""
    monkeypatch.setattr(lines, "BLOCK", 4_000)
    wanted: list = [(n + 2, [str(n), f"thing {n}"]) for n in range(3_000)]
    for n in (5, 600):
        wanted[n] = (n + 2, [str(n), f'"thing,{n}'])
    rows = [("id", "name"), *(cells for _line, cells in wanted)]
    content = "\n".join(map(delimiter.join, rows)).encode()
    if delimiter == ",":
        for n in (5, 600):
            wanted[n] = Fault(n + 2, "quote_not_closed", [f'{n},"thing,{n}'])
    assert rows_of(content, look(content)) == wanted


def test_blank_lines_before_the_header_are_no_header(look) -> None:
    content = b"\n\nemail,name\nann@example.com,Ann\n"
    assert rows_of(content, look(content)) == [(4, ["ann@example.com", "Ann"])]


@pytest.mark.parametrize("cell", ["Ann\n", "\nAnn", "\n", "a\nb", "Ann"])
def test_a_column_of_texts_is_read_as_each_of_its_cells(cell: str) -> None:
    parse = values.text(10)
    column = parse.column(from_cells(["Bob", cell]))
    assert column.to_pylist() == ["Bob", parse.cell(cell)]
