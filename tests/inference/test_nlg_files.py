"""Any file of meanings and texts: read as it comes, learnt from, scored, or refused in words."""

import gzip
from pathlib import Path

import pytest

from inference.nlg.meaning import parse
from inference.nlg.pairs import hold_out, read_pairs
from inference.nlg.slots import learn_schema
from inference.nlg.writer import Pair
from inference.nlg_evaluations import evaluate_nlg
from marketing_platform.management.commands.evaluate import Command as Evaluate

TABLE = 'mr{0}ref\n"name[Café A], food[thai]"{0}"Café A\nserves  Thai."\n"name[B]"{0}B.\n'
PAIRS = [Pair("name[Café A], food[thai]", "Café A serves Thai."), Pair("name[B]", "B.")]


def _file(folder: Path, content: str | bytes, name: str = "rows.any") -> str:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def _refusal(capsys: pytest.CaptureFixture[str], *options: str) -> str:
    """Run the command as a terminal does; return what it says when it fails."""
    with pytest.raises(SystemExit) as end:
        Evaluate().run_from_argv(["manage.py", "evaluate", "nlg", *options])
    assert end.value.code == 1
    return capsys.readouterr().err


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize(
    "encode",
    [
        str.encode,
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: gzip.compress(text.encode()),
        lambda text: text.encode("utf-16"),
    ],
    ids=["plain", "mark", "crlf", "gzip", "utf-16"],
)
def test_tables_of_any_kind_give_the_same_pairs(tmp_path, delimiter, encode):
    assert read_pairs(_file(tmp_path, encode(TABLE.format(delimiter))), "mr", "ref") == (PAIRS, [])


def test_chinese_in_gb18030_is_read(tmp_path):
    path = _file(tmp_path, "mr,ref\n类型#裙*风格#简约,这裙子很好。\n".encode("gb18030"))
    assert read_pairs(path, "mr", "ref").pairs == [Pair("类型#裙*风格#简约", "这裙子很好。")]


def test_columns_may_have_other_names(tmp_path):
    path = _file(tmp_path, "Text,Meaning,more,more\nHello B.,name[B],1,2\n")
    assert read_pairs(path, "meaning", "text").pairs == [Pair("name[B]", "Hello B.")]


def test_rows_that_cannot_serve_are_told_by_line_and_the_rest_goes_on(tmp_path):
    rows = 'mr,ref\nname[A],"A\nA."\nname[B],\n,C.\nname[D],D.\n???,E.\n'
    pairs, notes = read_pairs(_file(tmp_path, rows), "mr", "ref")
    assert [pair.text for pair in pairs] == ["A A.", "D.", "E."]
    assert notes == [
        "rows.any, rows without meaning or text, left out: 2 (line 4, 5).",
        "rows.any, meanings in no known notation, taken as one piece: 1 (line 7).",
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "The file rows.any is empty."),
        ("mr,ref\n", "The file rows.any has no row with both a meaning and a text."),
        ("mr,ref\nname[A],\n,b\n", "has no row with both a meaning and a text."),
        ("meaning,ref\nname[A],b\n", "has no column “mr”. It has: meaning, ref."),
        ("mr,ref,ref\nname[A],b,c\n", "has more than one column “ref”. Rename all but one."),
        ("mr,ref\nplain words,b\n", "No meaning in the file rows.any is understood; the first, in"),
    ],
)
def test_a_file_that_cannot_serve_is_refused_and_the_command_fails(
    tmp_path, capsys, content, sentence
):
    path = _file(tmp_path, content)
    assert sentence in _refusal(capsys, "--train", path, "--test", path)


@pytest.mark.parametrize(
    ("minutes", "sentence"), [("0", "a number above 0"), ("ten", "takes a number, not “ten”")]
)
def test_minutes_that_are_none_are_refused(tmp_path, capsys, minutes, sentence):
    path = _file(tmp_path, TABLE.format(","))
    told = _refusal(capsys, "--train", path, "--test", path, "--minutes", minutes)
    assert sentence in told


def test_one_meaning_in_twenty_is_held_out_whole():
    pairs = [Pair(f"name[{number // 3}]", str(number)) for number in range(900)]
    kept, held = hold_out(pairs)
    assert len(kept) + len(held) == 900
    assert 20 < len(held) < 90
    assert not {pair.meaning for pair in kept} & {pair.meaning for pair in held}
    assert hold_out(pairs[:1]) in [(pairs[:1], []), (pairs[:1], pairs[:1])]


def test_the_order_of_slots_is_kept_only_where_it_varies():
    one = [parse(f"b[{n}], a[{n}]") for n in range(20)]
    turned = [parse(f"a[{n}], b[{n}]") for n in range(5)]
    texts = ["words"] * 25
    told = parse("b[1], a[2]")
    assert [f.name for f in learn_schema(one, texts[:20]).facts(told)] == ["a", "b"]
    assert [f.name for f in learn_schema(one + turned, texts).facts(told)] == ["b", "a"]


def test_unseen_slots_acts_and_values_one_row_and_no_dev_are_survived(tmp_path):
    train = _file(tmp_path, "mr\tref\nname[Shop A], open[yes]\tShop A is open.\n", "train.tsv")
    rows = "mr,ref,baseline\n\"inform(name='New Name';fee=none)\",New Name is free.,New Name\n"
    result = evaluate_nlg(
        lambda done, total: None,
        train=train,
        test=_file(tmp_path, rows, "test.csv"),
        minutes=0.01,
    )
    assert result["figures"].keys() == {"bleu", "bleu_of_kinds", "slot_error_rate", "perplexity"}
    assert result["reference"]["baseline"]["bleu"] < 100
    assert result["details"]["cpu_minutes"] < result["cpu_minutes"]
