"""`evaluate copy`: how well the starter model writes, in figures.

Briefs are held out: their whole prompt never occurs in the training corpus. Every figure of the
model stands beside the same figure on the grammar's own texts for the same briefs, because a
metric that the references fail says nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import torch
from sacrebleu.metrics import BLEU
from transformers import LlamaForCausalLM

from inference.checks import check_text, misfits
from inference.engine.loader import Loaded, load
from inference.engine.starter import FOLDER, read_parts, write_tokens
from inference.engine.train import perplexity
from inference.explain_evaluations import evaluate_explain
from inference.label_evaluations import evaluate_intents, evaluate_sentiment
from inference.nlg_evaluations import evaluate_nlg
from inference.starter.corpus.briefs import draw_request
from inference.starter.corpus.compose import compose, sentences_of
from inference.starter.corpus.recognise import expected, is_faithful
from inference.starter.prompt import prompt_tokens
from inference.starter.train import HELD_OUT_SEED, corpus, encode
from inference.types import Channel, Language, WritingRequest
from inference.word_evaluations import evaluate_words

Progress = Callable[[int, int], None]
Parts = Mapping[str, str]

SLOT_FAULTS = {"slot_unknown", "slot_not_allowed", "slot_syntax", "slot_missing"}
FORMAT_FAULTS = {"part_missing", "part_unknown", "markup", "line_break", "control_character"}
PROMISE_FAULTS = {"promise", "offer_unknown", "stray_number", "stray_code"}
NAMES = {Language.ENGLISH: "en", Language.CHINESE: "zh"}
SELF_BLEU_TEXTS = 24
ATTEMPTS = 3
CELL_TEXTS = 20
CELL_FIDELITY = 0.95


@dataclass(frozen=True)
class Record:
    """One brief with the text that is judged."""

    request: WritingRequest
    parts: Parts
    faults: frozenset[str]  # codes of the checks, "passed" left out


@dataclass(frozen=True)
class Training:
    """What the model has seen, to tell new words from repeated ones."""

    prompts: frozenset[tuple[str, ...]]
    texts: frozenset[tuple[str, ...]]
    sentences: frozenset[str]


def evaluate_copy(
    progress: Progress, *, records: int = 600, seed: int = 0, dtype: str = "auto"
) -> dict[str, Any]:
    """Write `records` held-out briefs, half in each language, and judge them.

    dtype: "int8" judges what the starter writes in whole numbers; its perplexity stays float32's.
    """
    loaded = load(FOLDER, threads=torch.get_num_threads(), dtype=dtype)
    training = read_training(loaded.card)
    requests = held_out_requests(records, seed, training)
    drawn = _draw(loaded, requests, progress)
    random = Random(seed)
    references = [_record(request, compose(request, random)) for request in requests]
    after = _rewrite(loaded, drawn)
    figures = judge_all(drawn, training) | _after(after)
    for language, name in NAMES.items():
        figures[name] |= _after([record for record in after if record.request.language == language])
        figures[name]["perplexity"] = _perplexity(loaded, references, language)
    figures["perplexity"] = _perplexity(loaded, references, None)
    return {
        "figures": figures,
        "reference": judge_all(references, training),
        "ratio": None,
        "model": f"{loaded.card['name']}@{loaded.revision}",
    }


def read_training(card: Mapping[str, Any]) -> Training:
    """Write the training corpus again, from the seed and size on the card."""
    prompts, texts, sentences = set(), set(), set()
    for request, parts in corpus(card["training"]["texts"], card["training"]["seed"]):
        prompts.add(tuple(prompt_tokens(request)))
        texts.add(tuple(parts.values()))
        sentences.update(running_sentences(parts))
    return Training(frozenset(prompts), frozenset(texts), frozenset(sentences))


def held_out_requests(count: int, seed: int, training: Training) -> list[WritingRequest]:
    """Return requests whose prompt the model has never seen, the languages in turn."""
    random = Random(HELD_OUT_SEED + seed)
    found: list[WritingRequest] = []
    while len(found) < count:
        language = list(Language)[len(found) % 2]
        request = replace(draw_request(random), language=language)
        if tuple(prompt_tokens(request)) not in training.prompts:
            found.append(request)
    return found


def judge_all(records: Sequence[Record], training: Training) -> dict[str, Any]:
    """Return the figures of all records, and of each language under "en" and "zh"."""
    figures: dict[str, Any] = judge(records, training)
    for language, name in NAMES.items():
        own = [record for record in records if record.request.language == language]
        figures[name] = judge(own, training)
    return figures


def judge(records: Sequence[Record], training: Training) -> dict[str, Any]:
    """Return the shares of records with each fault or virtue, rounded to four digits."""
    verbatim = {
        f"verbatim_{channel}": _share(
            tuple(record.parts.values()) in training.texts
            for record in records
            if record.request.channel == channel
        )
        for channel in Channel
    }
    sentences = [s for record in records for s in running_sentences(record.parts)]
    return {
        "slot_error_rate": _share(bool(r.faults & SLOT_FAULTS) for r in records),
        "format_valid": _share(not r.faults & FORMAT_FAULTS for r in records),
        "length_valid": _share("too_long" not in r.faults for r in records),
        "language_right": _share("language_wrong" not in r.faults for r in records),
        "false_promises": _share(bool(r.faults & PROMISE_FAULTS) for r in records),
        "blocked": _share(bool(r.faults) for r in records),
        **_fidelity(records),
        **verbatim,
        "verbatim_sentences": _share(sentence in training.sentences for sentence in sentences),
        **_diversity(records),
    }


def running_sentences(parts: Parts) -> list[str]:
    """Return the sentences of a text that end in a mark: no greeting, signature, title, button."""
    found = [sentence for text in parts.values() for sentence in sentences_of(text)]
    return [sentence for sentence in found if sentence[-1] in ".?!。？！"]


def _fidelity(records: Sequence[Record]) -> dict[str, Any]:
    """Share of controls kept: over all, by control, and in the worst cell of tone and goal.

    A cell of few texts says little, so the worst is looked for among those of `CELL_TEXTS` or
    more, where there are any; `cells_below` counts those of them that keep less than 95 %.
    """
    kept: dict[str, list[bool]] = {}
    cells: dict[tuple[str, str], list[bool]] = {}
    texts: Counter[tuple[str, str]] = Counter((r.request.tone, r.request.goal) for r in records)
    for record in records:
        for control in expected(record.request):
            is_kept = is_faithful(record.request, record.parts, control)
            kept.setdefault(control, []).append(is_kept)
            cell = (record.request.tone, record.request.goal)
            cells.setdefault(cell, []).append(is_kept)
    large = {cell: flags for cell, flags in cells.items() if texts[cell] >= CELL_TEXTS} or cells
    worst = min(large, key=lambda cell: _share(large[cell]))
    return {
        "fidelity": _share(flag for flags in kept.values() for flag in flags),
        **{f"fidelity_{control}": _share(flags) for control, flags in sorted(kept.items())},
        "fidelity_worst_cell": _share(cells[worst]),
        "worst_cell": " × ".join(worst),
        "cells": len(large),
        "cells_below": sum(_share(flags) < CELL_FIDELITY for flags in large.values()),
    }


def _diversity(records: Sequence[Record]) -> dict[str, float]:
    """distinct-1 and -2 (English words, Chinese characters) and self-BLEU of emails."""
    emails = [r for r in records if r.request.channel == Channel.EMAIL]
    grams: tuple[list[tuple[str, ...]], list[tuple[str, ...]]] = ([], [])
    for record in emails:
        words = _words(record)
        grams[0].extend((word,) for word in words)
        grams[1].extend(zip(words, words[1:], strict=False))
    sample = [" ".join(_words(record)) for record in emails[:SELF_BLEU_TEXTS]]
    bleu = BLEU(tokenize="none", effective_order=True)
    scores = [
        bleu.sentence_score(text, sample[:index] + sample[index + 1 :]).score
        for index, text in enumerate(sample)
    ]
    return {
        "distinct_1": round(len(set(grams[0])) / max(1, len(grams[0])), 4),
        "distinct_2": round(len(set(grams[1])) / max(1, len(grams[1])), 4),
        "self_bleu": round(sum(scores) / max(1, len(scores)), 2),
    }


def _words(record: Record) -> list[str]:
    text = "\n".join(record.parts.values())
    if record.request.language == Language.ENGLISH:
        return text.split()
    return [sign for sign in text if not sign.isspace()]


def _draw(
    loaded: Loaded, requests: Sequence[WritingRequest], progress: Progress | None = None
) -> list[Record]:
    results, _ = write_tokens(loaded, requests, on_progress=progress)
    return [
        _record(request, read_parts(loaded, request, result.ids))
        for request, result in zip(requests, results, strict=True)
    ]


def _rewrite(loaded: Loaded, records: Sequence[Record]) -> list[Record]:
    """Draw again what a check found fault with, as campaigns do, `ATTEMPTS` draws in all."""
    after = list(records)
    for attempt in range(1, ATTEMPTS):
        wrong = [index for index, record in enumerate(after) if record.faults]
        again = [replace(after[index].request, attempt=attempt) for index in wrong]
        if again:
            for index, record in zip(wrong, _draw(loaded, again), strict=True):
                after[index] = record
    return after


def _after(records: Sequence[Record]) -> dict[str, float]:
    sound = [record for record in records if not record.faults]
    return {
        f"blocked_after_{ATTEMPTS}": _share(bool(record.faults) for record in records),
        "slot_errors_after_checks": _share(bool(r.faults & SLOT_FAULTS) for r in sound),
        "false_promises_after_checks": _share(bool(r.faults & PROMISE_FAULTS) for r in sound),
    }


def _record(request: WritingRequest, parts: Parts) -> Record:
    found = check_text(request, parts) + misfits(request, parts)
    faults = frozenset(f.code for f in found if f.level != "passed")
    return Record(request, parts, faults)


def _perplexity(loaded: Loaded, records: Sequence[Record], language: Language | None) -> float:
    """Per token of the references; None = both languages."""
    model = LlamaForCausalLM.from_pretrained(FOLDER, dtype=torch.float32)
    texts = [
        (record.request, dict(record.parts))
        for record in records
        if language in (None, record.request.language)
    ]
    value: float = perplexity(model, encode(texts, loaded.tokenizer))
    return round(value, 4)


def _share(flags: Iterable[bool]) -> float:
    found = list(flags)
    return round(sum(found) / len(found), 4) if found else 0.0


EVALUATIONS = {
    "copy": evaluate_copy,
    "explain": evaluate_explain,
    "intents": evaluate_intents,
    "nlg": evaluate_nlg,
    "sentiment": evaluate_sentiment,
    "words": evaluate_words,
}
