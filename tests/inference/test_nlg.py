"""Sentences about slots: any notation, copied values exact, facts checked."""

from collections import Counter

import pytest

from inference.nlg.cues import Cues
from inference.nlg.meaning import parse
from inference.nlg.slots import count_faults, delexicalise, learn_schema, relexicalise
from inference.nlg.writer import choose, consensus


@pytest.mark.parametrize(
    ("text", "act", "slots"),
    [
        (
            "name[The Vaults], area[city centre]",
            "",
            [("name", "The Vaults"), ("area", "city centre")],
        ),
        (
            "inform(name[Dirt: Showdown], esrb[E 10+ (for Everyone)], genres[a, b])",
            "inform",
            [
                ("name", "Dirt: Showdown"),
                ("esrb", "E 10+ (for Everyone)"),
                ("genres", "a, b"),
            ],
        ),
        ("request_attribute(esrb[])", "request_attribute", [("esrb", "")]),
        (
            "?compare(name=a 1;price=9 dollars;name=b 2)",
            "?compare",
            [("name", "a 1"), ("price", "9 dollars"), ("name", "b 2")],
        ),
        (
            "inform(name='red door';food=\"thai\")",
            "inform",
            [("name", "red door"), ("food", "thai")],
        ),
        ("hello()&?request(food)", "hello&?request", [("food", "")]),
        ('{"name": "X", "tags": ["a", "b"]}', "", [("name", "X"), ("tags", "a"), ("tags", "b")]),
        ("类型#裙*风格#简约", "", [("类型", "裙"), ("风格", "简约")]),
        ("plain words", "", [("plain words", "")]),
        ("", "", [("text", "")]),
        ("broken(name[never closed", "broken", [("name", "never closed")]),
    ],
)
def test_every_notation_is_read(text: str, act: str, slots: list[tuple[str, str]]) -> None:
    meaning = parse(text)
    assert (meaning.act, list(meaning.slots)) == (act, slots)


ROWS = [(f"name[Shop {n}], open[{'yes' if n % 2 else 'no'}]", n) for n in range(20)]
TEXTS = [f"Shop {n} is {'open' if n % 2 else 'closed'}." for _, n in ROWS]


def test_what_is_copied_leaves_the_text_and_comes_back() -> None:
    schema = learn_schema([parse(row) for row, _ in ROWS], TEXTS)
    facts = schema.facts(parse("name[Never Seen-Before], open[no]"))
    assert [(fact.name, fact.is_copied) for fact in facts] == [("name", True), ("open", False)]
    plain = delexicalise(facts, "never seen before is closed.")
    assert plain == "<name#1> is closed."
    assert relexicalise(facts, plain) == "Never Seen-Before is closed."


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("<name#1> is closed.", 0),
        ("It is closed.", 1),
        ("<name#1>, <name#1>.", 1),
        ("<name#1> <x#1>", 1),
    ],
)
def test_missing_doubled_and_foreign_facts_are_faults(text: str, faults: int) -> None:
    schema = learn_schema([parse(row) for row, _ in ROWS], TEXTS)
    facts = schema.facts(parse("name[A B], open[no]"))
    assert count_faults(facts, text) == (faults, 1)


def test_the_draft_with_its_facts_and_most_agreement_wins() -> None:
    schema = learn_schema([parse(row) for row, _ in ROWS], TEXTS)
    facts = schema.facts(parse("name[A B], open[no]"))
    drafts = ["it is closed."] * 5 + ["<name#1> is closed."] * 2 + ["<name#1> shut shop."]
    assert choose(Cues(None, {}, frozenset()), facts, drafts) == "<name#1> is closed."
    assert consensus(Counter(drafts))["it is closed."] > 0
