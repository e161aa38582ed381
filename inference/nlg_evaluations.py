"""`evaluate nlg`: sentences about slots, learnt from scratch, in figures.

Fits on `--train` alone; `--dev`, or meanings held out of `--train` where it is not given, decides
which checks of facts are reliable; the meanings of `--test` are written, and only then are its
texts looked at. Rows with the same meaning are
references of one input, as in the published results.
"""

import sys
from collections.abc import Callable, Sequence
from time import process_time
from typing import Any

from django.utils.translation import gettext as _
from sacrebleu.metrics import BLEU

from inference.engine.threads import one_thread
from inference.label_files import read_rows
from inference.nlg.pairs import Rows, hold_out, read_pairs
from inference.nlg.slots import relexicalise
from inference.nlg.writer import Pair, Writer, learn, write
from tenants.errors import BadInput

Progress = Callable[[int, int], None]
Kind = tuple[str, tuple[tuple[str, str], ...]]

PUBLISHED = {
    "e2e": {"tgen": {"bleu": 65.93}, "gpt2_lora": {"bleu": 70.4}},
    "rnnlg_laptop": {"sc_lstm": {"bleu_of_kinds": 51.16, "slot_error_rate": 0.0079}},
}
"""For these data sets on their published splits; a run on other files has no published figure."""
TEMPLATES = "baseline"


def evaluate_nlg(
    progress: Progress,
    *,
    train: str,
    test: str,
    dev: str = "",
    mr: str = "mr",
    ref: str = "ref",
    minutes: float = 10,
    seed: int = 0,
) -> dict[str, Any]:
    """Train on `train` for at most `minutes` CPU minutes, write the meanings of `test`.

    Figures: bleu (sacrebleu 13a, lower-cased, all references of a meaning), bleu_of_kinds (as the
    RNNLG papers count), slot_error_rate (missing, doubled and foreign facts over facts that can be
    checked), perplexity per token of the references of `test`. `cpu_minutes`: training and
    writing, on one thread.
    """
    if not minutes > 0:
        raise BadInput(_("Training takes some minutes: give --minutes a number above 0."))
    learnt, notes = read_pairs(train, mr, ref)
    asked, more = read_pairs(test, mr, ref)
    held_out, even_more = read_pairs(dev, mr, ref) if dev else Rows([], [])
    if not dev:
        learnt, held_out = hold_out(learnt)
    notes += even_more + more
    for note in notes:
        _say(note)
    meanings = list(dict.fromkeys(pair.meaning for pair in asked))
    start = process_time()
    with one_thread():
        writer = learn(learnt, held_out, minutes=minutes, seed=seed, say=_say)
        texts = write(writer, meanings, progress=progress)
    spent = round((process_time() - start) / 60, 2)
    return {
        "figures": score(writer, meanings, texts, asked)
        | {"perplexity": round(writer.perplexity(asked), 4)},
        "cpu_minutes": spent,
        "reference": {
            "references": {"slot_error_rate": _slot_errors(writer, asked)},
            "published": PUBLISHED,
            **_templates(writer, test, mr, asked),
        },
        "ratio": None,
        "details": {
            "meanings": len(meanings),
            "references": len(asked),
            **writer.facts,
            "notes": notes,
            "examples": dict(zip(meanings[:3], texts[:3], strict=True)),
        },
    }


def score(
    writer: Writer, meanings: Sequence[str], texts: Sequence[str], asked: Sequence[Pair]
) -> dict[str, float]:
    """Return bleu, bleu_of_kinds and slot_error_rate of texts, one for each meaning."""
    references: dict[str, list[str]] = {meaning: [] for meaning in meanings}
    for pair in asked:
        references[pair.meaning].append(pair.text)
    written = [Pair(meaning, text) for meaning, text in zip(meanings, texts, strict=True)]
    return {
        "bleu": _bleu(texts, [references[meaning] for meaning in meanings]),
        "bleu_of_kinds": bleu_of_kinds(writer, meanings, texts, asked),
        "slot_error_rate": _slot_errors(writer, written),
    }


def bleu_of_kinds(
    writer: Writer, meanings: Sequence[str], texts: Sequence[str], asked: Sequence[Pair]
) -> float:
    """Return BLEU against the texts of all meanings that differ in copied values alone.

    So the RNNLG papers score, where nearly every meaning has one text of its own: the texts of
    the same act and slots are references, each with the values of the meaning in question. Their
    handcrafted sentences for laptops get 37.7 so, and .376 in their table.
    """
    kinds: dict[Kind, list[str]] = {}
    for pair in asked:
        kinds.setdefault(_kind(writer, pair.meaning), []).append(writer.plain(pair))
    references = [
        [
            relexicalise(writer.read(meaning)[1], plain)
            for plain in dict.fromkeys(kinds[_kind(writer, meaning)])
        ]
        for meaning in meanings
    ]
    return _bleu(texts, references)


def _kind(writer: Writer, meaning: str) -> Kind:
    """The act and slots, whatever their order, with the values that are not copied."""
    parsed, facts = writer.read(meaning)
    return parsed.act, tuple(sorted((f.name, "" if f.is_copied else f.value) for f in facts))


def _templates(writer: Writer, test: str, mr: str, asked: Sequence[Pair]) -> dict[str, Any]:
    """Score the sentences that some sets carry in a column “baseline” (RNNLG), as ours are."""
    try:
        rows = read_rows(test, text=mr, label=TEMPLATES, split="test")
    except BadInput:
        return {}
    texts = {words.strip(): text for _line, words, text in rows}
    meanings = list(dict.fromkeys(pair.meaning for pair in asked))
    written = [texts[meaning] for meaning in meanings]
    return {TEMPLATES: score(writer, meanings, written, asked)}


def _bleu(texts: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    most = max(map(len, references))
    streams = [[own[at] if at < len(own) else None for own in references] for at in range(most)]
    tokenize = "zh" if _is_chinese(texts) else "13a"
    bleu = BLEU(tokenize=tokenize, lowercase=True).corpus_score(list(texts), streams)
    return round(bleu.score, 2)


def _slot_errors(writer: Writer, pairs: Sequence[Pair]) -> float:
    found = [writer.faults(pair.meaning, pair.text) for pair in pairs]
    wrong, known = sum(count for count, _of in found), sum(of for _count, of in found)
    return round(wrong / max(1, known), 5)


def _is_chinese(texts: Sequence[str]) -> bool:
    signs = "".join(texts[:200])
    return sum("\u3400" <= sign <= "\u9fff" for sign in signs) > len(signs) / 4


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
