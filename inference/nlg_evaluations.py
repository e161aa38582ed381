"""`evaluate nlg`: sentences about slots, learnt from scratch, in figures.

Fits on `--train` alone; `--dev` decides which checks of facts are reliable; `--test` is read, its
meanings are written, and only then are its texts looked at. Rows with the same meaning are
references of one input, as in the published results.
"""

import sys
from collections.abc import Callable, Sequence
from typing import Any

from sacrebleu.metrics import BLEU

from inference.label_files import read_labelled
from inference.nlg.slots import relexicalise
from inference.nlg.writer import Pair, Writer, learn, write

Progress = Callable[[int, int], None]

PUBLISHED = {
    "e2e": {"tgen": {"bleu": 65.93}, "gpt2_lora": {"bleu": 70.4}},
    "rnnlg_laptop": {"sc_lstm": {"bleu": 51.16, "slot_error_rate": 0.0079}},
}
"""For these data sets on their published splits; a run on other files has no published figure."""


def evaluate_nlg(
    progress: Progress,
    *,
    train: str,
    dev: str,
    test: str,
    mr: str = "mr",
    ref: str = "ref",
    minutes: int = 10,
    seed: int = 0,
) -> dict[str, Any]:
    """Train on `train` for at most `minutes` CPU minutes, write the meanings of `test`.

    Figures: bleu (sacrebleu 13a, lower-cased, all references of a meaning), slot_error_rate
    (missing, doubled and foreign facts over facts that can be checked), perplexity per token of
    the references of `test`.
    """
    learnt, held_out, asked = (_read(path, mr, ref) for path in (train, dev, test))
    writer = learn(learnt, held_out, minutes=minutes, seed=seed, say=_say)
    meanings = list(dict.fromkeys(pair.meaning for pair in asked))
    texts = write(writer, meanings, progress=progress)
    return {
        "figures": score(writer, meanings, texts, asked),
        "reference": {
            "references": {"slot_error_rate": _slot_errors(writer, asked)},
            "published": PUBLISHED,
        },
        "ratio": None,
        "details": {
            "meanings": len(meanings),
            "references": len(asked),
            "bleu_of_kinds": bleu_of_kinds(writer, meanings, texts, asked),
            **writer.facts,
            "examples": dict(zip(meanings[:3], texts[:3], strict=True)),
        },
    }


def score(
    writer: Writer, meanings: Sequence[str], texts: Sequence[str], asked: Sequence[Pair]
) -> dict[str, float]:
    """Return bleu, slot_error_rate and perplexity."""
    references: dict[str, list[str]] = {meaning: [] for meaning in meanings}
    for pair in asked:
        references[pair.meaning].append(pair.text)
    written = [Pair(meaning, text) for meaning, text in zip(meanings, texts, strict=True)]
    return {
        "bleu": _bleu(texts, [references[meaning] for meaning in meanings]),
        "slot_error_rate": _slot_errors(writer, written),
        "perplexity": round(writer.perplexity(asked), 4),
    }


def bleu_of_kinds(
    writer: Writer, meanings: Sequence[str], texts: Sequence[str], asked: Sequence[Pair]
) -> float:
    """Return BLEU against the texts of all meanings that differ in copied values alone.

    So the RNNLG papers score, where nearly every meaning has one text of its own: the texts of
    the same act and slots are references, each with the values of the meaning in question.
    """
    kinds: dict[tuple[int, ...], list[str]] = {}
    for pair in asked:
        kinds.setdefault(tuple(writer.prompt(pair.meaning)), []).append(writer.plain(pair))
    references = [
        [
            relexicalise(writer.read(meaning)[1], plain)
            for plain in dict.fromkeys(kinds[tuple(writer.prompt(meaning))])
        ]
        for meaning in meanings
    ]
    return _bleu(texts, references)


def _bleu(texts: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    most = max(map(len, references))
    streams = [[own[at] if at < len(own) else None for own in references] for at in range(most)]
    tokenize = "zh" if _is_chinese(texts) else "13a"
    bleu = BLEU(tokenize=tokenize, lowercase=True).corpus_score(list(texts), streams)
    return round(bleu.score, 2)


def _slot_errors(writer: Writer, pairs: Sequence[Pair]) -> float:
    found = [writer.faults(pair.meaning, pair.text) for pair in pairs]
    return round(sum(wrong for wrong, _ in found) / max(1, sum(known for _, known in found)), 5)


def _is_chinese(texts: Sequence[str]) -> bool:
    signs = "".join(texts[:200])
    return sum("\u3400" <= sign <= "\u9fff" for sign in signs) > len(signs) / 4


def _read(path: str, mr: str, ref: str) -> list[Pair]:
    rows = read_labelled(path, text=mr, label=ref, split="train")
    return [Pair(m.strip(), r) for m, r in zip(rows.texts, rows.labels, strict=True)]


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
