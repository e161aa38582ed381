"""A writer of sentences about slots: our architecture, trained from scratch by our training code.

Learn: values that are copied leave the texts (`slots`), a byte-level BPE tokenizer is trained on
what is left, and a small Llama learns text after meaning. Write: `SAMPLES` drafts of each
meaning; those with the fewest wrong facts stay, and among them the one that agrees most with all
drafts wins (consensus by n-gram overlap: Kumar & Byrne 2004, minimum Bayes risk).
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import exp, log
from zlib import crc32

import torch
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaForCausalLM

from inference.engine.asked import Options, Prompt
from inference.engine.generate import generate
from inference.engine.llama import Llama
from inference.engine.loader import shape_of
from inference.engine.train import Example, Recipe, perplexity, small_llama, train
from inference.nlg.cues import Cues, learn_cues
from inference.nlg.meaning import Meaning, parse
from inference.nlg.slots import (
    Fact,
    Schema,
    count_faults,
    delexicalise,
    learn_schema,
    relexicalise,
)
from inference.starter.tokenizer import token_id

VOCABULARY = 2048
"""Tokens of text, bytes included; those of prompts and placeholders come on top."""
PIECES = Regex(r" ?[A-Za-z']+|[\u3400-\u9fff]{1,3}| ?[^\sA-Za-z\u3400-\u9fff]+|\s+")
PAD, BEGIN, END, SAY = "<|pad|>", "<|begin|>", "<|end|>", "<|say|>"
SHOWN = 3
"""Least rows of a value that is one token of the prompt; rarer ones are spelt."""
SAMPLES = 24
TEMPERATURE = 0.6
LONGEST = 160
EPOCHS = 12
LEAST_STEPS = 600
"""A model that has seen fewer batches than this cannot write, however few the examples."""
TOKEN = re.compile(r"<[^<>]+#\d+>|\w+|[^\w\s]")

Progress = Callable[[int, int], None]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Pair:
    """A meaning as its file spells it, and one text about it."""

    meaning: str
    text: str


@dataclass
class Writer:
    """What training leaves."""

    schema: Schema
    tokenizer: Tokenizer
    model: LlamaForCausalLM
    cues: Cues
    casing: dict[str, str]
    facts: dict[str, int | float]
    known: dict[str, tuple[Meaning, list[Fact]]] = field(default_factory=dict)

    def read(self, meaning: str) -> tuple[Meaning, list[Fact]]:
        if meaning not in self.known:
            parsed = parse(meaning)
            self.known[meaning] = parsed, self.schema.facts(parsed)
        return self.known[meaning]

    def prompt(self, meaning: str) -> list[int]:
        parsed, facts = self.read(meaning)
        return _prompt_ids(self.tokenizer, parsed, facts)

    def plain(self, pair: Pair) -> str:
        """The text as the model knows it: without copied values, in small letters."""
        return delexicalise(self.read(pair.meaning)[1], pair.text).lower()

    def perplexity(self, pairs: Sequence[Pair]) -> float:
        """Per token of the texts, copied values being one token each."""
        return perplexity(self.model, _examples(self, pairs))

    def faults(self, meaning: str, text: str) -> tuple[int, int]:
        """Return (facts that are missing, doubled or foreign; facts that can be checked).

        Copied facts are looked for in the text itself; of the others those whose wording is
        recognised reliably.
        """
        facts = self.read(meaning)[1]
        plain = delexicalise(facts, text).lower()
        wrong, known = count_faults(facts, plain)
        more, checked = self.cues.faults(facts, [plain])
        return wrong + more[0], known + checked


def learn(
    pairs: Sequence[Pair], dev: Sequence[Pair], *, minutes: float, seed: int = 0, say: Say
) -> Writer:
    """Train a writer on `pairs`; `dev` decides which checks of facts can be relied on."""
    meanings = [parse(pair.meaning) for pair in pairs]
    schema = learn_schema(meanings, [pair.text for pair in pairs])
    facts = [schema.facts(meaning) for meaning in meanings]
    plain = [delexicalise(each, pair.text).lower() for each, pair in zip(facts, pairs, strict=True)]
    tokenizer = _train_tokenizer(meanings, facts, plain)
    dev_facts = [schema.facts(parse(pair.meaning)) for pair in dev]
    dev_plain = [
        delexicalise(each, pair.text).lower() for each, pair in zip(dev_facts, dev, strict=True)
    ]
    cues = learn_cues(plain, facts, dev_plain, dev_facts)
    say(f"{len(cues.reliable)} of {len(cues.models)} values are recognised in other words")
    torch.manual_seed(seed)
    model = small_llama(
        tokenizer.get_vocab_size(),
        pad=token_id(tokenizer, PAD),
        begin=token_id(tokenizer, BEGIN),
        end=token_id(tokenizer, END),
    )
    writer = Writer(schema, tokenizer, model, cues, _learn_casing(pair.text for pair in pairs), {})
    examples = _examples(writer, pairs)
    recipe = _recipe(examples, tokenizer, minutes, seed)
    progress = train(model, examples, recipe, log=say, every_steps=50)
    writer.facts = {
        "parameters": sum(value.numel() for value in model.parameters()),
        "cpu_minutes": round(progress.cpu_seconds / 60, 2),
        "steps": progress.step,
        "tokens": progress.tokens,
        "reliable_cues": len(cues.reliable),
    }
    return writer


def write(
    writer: Writer,
    meanings: Sequence[str],
    *,
    samples: int = SAMPLES,
    temperature: float = TEMPERATURE,
    progress: Progress | None = None,
) -> list[str]:
    """Return one text for each meaning; meanings with the same prompt share their drafts."""
    prompts = {meaning: tuple(writer.prompt(meaning)) for meaning in dict.fromkeys(meanings)}
    wanted = list(dict.fromkeys(prompts.values()))
    drafts = _draw(writer, wanted, samples, temperature, progress)
    texts = {}
    for meaning, prompt in prompts.items():
        facts = writer.read(meaning)[1]
        best = choose(writer.cues, facts, drafts[prompt])
        texts[meaning] = restore_case(writer.casing, relexicalise(facts, best))
    return [texts[meaning] for meaning in meanings]


def choose(cues: Cues, facts: Sequence[Fact], drafts: Sequence[str]) -> str:
    """Return the draft with the fewest wrong facts that agrees most with all drafts."""
    counts = Counter(drafts)
    texts = list(counts)
    wrong = [count_faults(facts, text)[0] for text in texts]
    unsure, _ = cues.faults(facts, texts)
    total = [a + b for a, b in zip(wrong, unsure, strict=True)]
    least = min(total)
    agreement = consensus(counts)
    return max(
        (text for text, faults in zip(texts, total, strict=True) if faults == least),
        key=lambda text: agreement[text],
    )


def consensus(counts: Counter[str]) -> dict[str, float]:
    """Return the expected BLEU of each text against the others, each counted as often as drawn."""
    grams = {text: _grams(TOKEN.findall(text)) for text in counts}
    return {
        text: sum(
            many * _bleu(grams[text], grams[other])
            for other, many in counts.items()
            if other != text or many > 1
        )
        for text in counts
    }


def restore_case(casing: dict[str, str], text: str) -> str:
    """Write words as the training texts mostly do, and begin sentences as they do."""
    words = re.sub(r"\w+", lambda match: casing.get(match.group(), match.group()), text)
    words = re.sub(r"\s+", " ", words).strip()
    if casing.get("") != "capital":
        return words
    return re.sub(r"(^|[.!?] )(\w)", lambda match: match.group(1) + match.group(2).upper(), words)


# Tokens


def _prompt_tokens(meaning: Meaning, facts: Sequence[Fact]) -> list[str]:
    """The act and its facts. A value that is not shown leaves its slot alone."""
    tokens = [BEGIN, f"<act:{meaning.act}>"]
    for fact in facts:
        tokens.append(fact.mark.lower() if fact.is_copied else f"<{fact.name}>")
        if fact.is_shown:
            tokens.append(f"<{fact.name}={fact.value.lower()}>")
    return [*tokens, SAY]


def _prompt_ids(tokenizer: Tokenizer, meaning: Meaning, facts: Sequence[Fact]) -> list[int]:
    ids: list[int] = []
    for token in _prompt_tokens(meaning, facts):
        known = tokenizer.token_to_id(token)
        if known is not None:
            ids.append(known)
        elif "=" in token:
            ids += tokenizer.encode(" " + token[1:-1].partition("=")[2]).ids
    return ids


def _train_tokenizer(
    meanings: Sequence[Meaning], facts: Sequence[Sequence[Fact]], plain: Sequence[str]
) -> Tokenizer:
    used = Counter(
        token
        for meaning, each in zip(meanings, facts, strict=True)
        for token in _prompt_tokens(meaning, each)
    )
    fixed = [PAD, BEGIN, END, SAY]
    fixed += sorted(token for token, count in used.items() if count >= SHOWN and token not in fixed)
    marks = sorted({fact.mark.lower() for each in facts for fact in each} - set(fixed))
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(PIECES, "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokens = [AddedToken(token, normalized=False, special=False) for token in fixed + marks]
    tokenizer.add_tokens(tokens)
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY + len(fixed + marks),
        min_frequency=2,
        special_tokens=fixed + marks,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(plain, trainer)
    return tokenizer


def _examples(writer: Writer, pairs: Sequence[Pair]) -> list[Example]:
    end = token_id(writer.tokenizer, END)
    texts = writer.tokenizer.encode_batch([writer.plain(pair) for pair in pairs])
    return [
        (writer.prompt(pair.meaning), [*text.ids, end])
        for pair, text in zip(pairs, texts, strict=True)
    ]


def _recipe(examples: Sequence[Example], tokenizer: Tokenizer, minutes: float, seed: int) -> Recipe:
    """Stop after `EPOCHS`: what is small is learnt by heart otherwise."""
    tokens = sum(len(prompt) + len(target) for prompt, target in examples)
    steps = max(LEAST_STEPS, round(EPOCHS * tokens / 2048))
    asked = max((max(prompt) for prompt, _ in examples), default=0) + 1
    return Recipe(minutes=minutes, steps=steps, seed=seed, recall_tokens=min(asked, 512))


# Drafts


def _draw(
    writer: Writer,
    prompts: Sequence[tuple[int, ...]],
    samples: int,
    temperature: float,
    progress: Progress | None,
) -> dict[tuple[int, ...], list[str]]:
    weights = {k: v for k, v in writer.model.state_dict().items() if k != "lm_head.weight"}
    llama = Llama(shape_of(writer.model.config.to_dict()), weights)
    options = Options(
        end=token_id(writer.tokenizer, END),
        max_new_tokens=LONGEST,
        temperature=temperature,
        top_p=0.95,
    )
    asked = [
        Prompt(ids=prompt, shared=len(prompt) - 1, seed=crc32(repr((prompt, draw)).encode()))
        for prompt in prompts
        for draw in range(samples)
    ]
    results, _ = generate(llama, asked, options, on_progress=progress)
    drafts: dict[tuple[int, ...], list[str]] = {prompt: [] for prompt in prompts}
    for prompt, result in zip(asked, results, strict=True):
        text = writer.tokenizer.decode(result.ids, skip_special_tokens=False)
        drafts[prompt.ids].append(text.strip())
    return drafts


def _grams(words: Sequence[str]) -> list[Counter[tuple[str, ...]]]:
    return [
        Counter(zip(*(words[at:] for at in range(length)), strict=False)) for length in range(1, 5)
    ]


def _bleu(mine: list[Counter[tuple[str, ...]]], other: list[Counter[tuple[str, ...]]]) -> float:
    """Smoothed BLEU of one text against one other (add one from pairs on)."""
    score = 0.0
    for length, (own, theirs) in enumerate(zip(mine, other, strict=True)):
        same = sum(min(count, theirs[gram]) for gram, count in own.items() if gram in theirs)
        add = 1 if length else 1e-9
        score += log((same + add) / (sum(own.values()) + add + 1e-12)) / 4
    short = sum(other[0].values()) / max(1, sum(mine[0].values()))
    return exp(score + min(0.0, 1 - short))


def _learn_casing(texts: Iterable[str]) -> dict[str, str]:
    """The commonest form of each word away from sentence starts; "" tells how sentences begin."""
    forms: dict[str, Counter[str]] = {}
    starts = Counter[bool]()
    for text in texts:
        starts[text[:1].isupper()] += 1
        for match in re.finditer(r"(?<=[\w,;] )\w+", text):
            forms.setdefault(match.group().lower(), Counter())[match.group()] += 1
    casing = {word: common.most_common(1)[0][0] for word, common in forms.items()}
    found = {word: form for word, form in casing.items() if form != word}
    return found | ({"": "capital"} if starts[True] > starts[False] else {})
