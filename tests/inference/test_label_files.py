"""Labelled texts are read from whatever kind of file they come in."""

import gzip
import json

import pytest

from inference.label_files import Labelled, read_labelled
from tenants.errors import BadInput

ROWS = Labelled(['A "good" one', "First line\nsecond line", "x, y; z"], ["yes", "no", "yes"])
QUOTED = 'text{0}label\n"A ""good"" one"{0}yes\n"First line\nsecond line"{0}no\n"x, y; z"{0}yes\n'


def _write(tmp_path, content, name="reviews.any"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def _read(path, split="train", text="text", label="label"):
    return read_labelled(path, text=text, label=label, split=split)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_quoted_tables_may_hold_line_ends_and_delimiters(tmp_path, delimiter):
    assert _read(_write(tmp_path, QUOTED.format(delimiter))) == ROWS


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: gzip.compress(text.encode()),
        lambda text: text.encode("utf-16"),
    ],
    ids=["mark", "crlf", "gzip", "utf-16"],
)
def test_bytes_are_told_by_content(tmp_path, encode):
    assert _read(_write(tmp_path, encode(QUOTED.format(",")))).labels == ROWS.labels


def test_tabs_without_quoting_keep_their_quotes(tmp_path):
    path = _write(tmp_path, 'label\ttext\n1\t"很好" 房间大\n0\t"没关上的引号\n')
    assert _read(path) == Labelled(['"很好" 房间大', '"没关上的引号'], ["1", "0"])


def test_chinese_in_gb18030_is_read(tmp_path):
    path = _write(tmp_path, "text,label\n房间很大,好\n".encode("gb18030"))
    assert _read(path).texts == ["房间很大"]


def test_traditional_chinese_in_big5_and_western_letters_are_told_apart(tmp_path):
    chinese = "text,label\n房間很乾淨，服務也很好，我們會再來的,1\n這個東西不好用，退錢很慢,0\n"
    assert _read(_write(tmp_path, chinese.encode("big5"))).texts[0].startswith("房間很乾淨")
    western = "text,label\n¡información útil y rápida!,1\nno llegó el envío,0\n"
    assert _read(_write(tmp_path, western.encode("cp1252"))).texts[1] == "no llegó el envío"


def test_one_broken_sign_does_not_turn_a_file_into_another_encoding(tmp_path):
    whole = "text,label\n" + "房间很好，下次还来,1\n" * 500
    texts = _read(_write(tmp_path, whole.encode() + "吵,".encode()[1:] + b"0\n")).texts
    assert texts[:500] == ["房间很好，下次还来"] * 500
    assert _read(_write(tmp_path, "text,label\ngood,1\n".encode("utf-16-le"))).texts == ["good"]


def test_json_as_a_list_and_by_the_line(tmp_path):
    rows = [{"text": "Hello", "label": 1}, {"text": None, "label": 0}]
    lines = "\n".join(map(json.dumps, rows))
    expected = Labelled(["Hello", ""], ["1", "0"])
    assert _read(_write(tmp_path, json.dumps(rows))) == expected
    assert _read(_write(tmp_path, lines)) == expected


def test_a_file_with_splits_gives_the_part_asked_for(tmp_path):
    splits = {
        "train": [["pay my bill", "pay"]],
        "oos_train": [["who are you", "oos"]],
        "val": [["never read", "pay"]],
        "test": [["settle it", "pay"]],
        "oos_test": [["sing", "oos"]],
    }
    path = _write(tmp_path, json.dumps(splits))
    assert _read(path) == Labelled(["pay my bill", "who are you"], ["pay", "oos"])
    assert _read(path, "test").without("oos").texts == ["settle it"]
    assert _read(path, "test").only("oos").texts == ["sing"]


def test_rows_without_text_or_label_are_named_by_their_lines(tmp_path):
    content = 'text,label\n"two\nlines",a\n" ",a\nword,\n,b\nfine,b\n'
    read = _read(_write(tmp_path, content))
    assert read.texts == ["two\nlines", " ", "", "fine"]
    assert read.notes == (
        "reviews.any, rows without a label or with more cells than columns, left out: 1 (line 5).",
        "reviews.any, rows with a label but no text: 2 (line 4, 6).",
    )


def test_a_row_with_more_cells_than_columns_is_left_out_and_named(tmp_path):
    """A comma without quotes would make the end of a text its label."""
    read = _read(_write(tmp_path, "text,label\nfine,a\nsorry, too late,a\nlate,b,\n"))
    assert (read.texts, read.labels) == (["fine", "late"], ["a", "b"])
    assert read.notes == (
        "reviews.any, rows without a label or with more cells than columns, left out: 1 (line 3).",
    )


def test_numbers_and_gaps_of_json_are_labels_or_nothing(tmp_path):
    rows = '[{"text": "a", "label": 1.0}, {"text": "b", "label": NaN}, {"label": 3, "text": "c"}]'
    assert _read(_write(tmp_path, rows)) == Labelled(["a", "c"], ["1", "3"])


def test_rows_without_a_label_are_left_out(tmp_path):
    assert _read(_write(tmp_path, "text,label\none,\ntwo,b\nthree\n")).texts == ["two"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "The file reviews.any is empty."),
        ("\n \n", "The file reviews.any is empty."),
        ("text,label\n", "The file reviews.any has no row with a label."),
        ("words,label\na,b\n", "has no column “text”. It has: words, label."),
        ("text,kind\na,b\n", "has no column “label”. It has: text, kind."),
        ('{"test": [["a", "b"]]}', "has no part “train”"),
        (bytes(range(256)) * 40, "is not text"),
        (gzip.compress(b"text,label\na,b\n")[:-9], "cannot be read"),
    ],
)
def test_a_file_that_cannot_serve_is_refused_with_a_sentence(tmp_path, content, sentence):
    with pytest.raises(BadInput) as refusal:
        _read(_write(tmp_path, content))
    assert sentence in refusal.value.message


def test_a_missing_file_is_named():
    with pytest.raises(BadInput, match=r"nowhere\.csv cannot be read"):
        _read("nowhere.csv")
