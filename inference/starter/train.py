"""Train the starter model from its corpus: `make starter`, or this module with options.

Writes `weights/`: model.safetensors (half precision), config.json, tokenizer.json and card.json
with their SHA-256. A run that was cut off goes on from its checkpoint under var/. The same seed,
corpus and minutes give a model of the same figures, not the same bits: the clock decides how many
steps fit.
"""

import argparse
import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import ceil
from pathlib import Path
from random import Random

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from transformers import LlamaForCausalLM

from inference.engine.llama import Llama
from inference.engine.loader import Loaded, shape_of
from inference.engine.starter import write_tokens
from inference.engine.train import Example, Progress, Recipe, perplexity, small_llama, train
from inference.errors import ModelRefused
from inference.starter.corpus.briefs import draw_request
from inference.starter.corpus.compose import compose
from inference.starter.prompt import (
    BEGIN,
    END,
    PAD,
    PART,
    PROMPT_VERSION,
    WRITE,
    join_parts,
    prompt_tokens,
    special_tokens,
)
from inference.starter.tokenizer import token_id, train_tokenizer
from inference.types import Channel, Language, WritingRequest

FOLDER = Path(__file__).parent / "weights"
CHECKPOINT = Path("var/starter/checkpoint.safetensors")
TEXTS = 60_000
"""Texts of the training corpus: the default time passes over them two or three times."""
RECALL = 8.0
"""Weight of the question about the prompt: at 1 it took twice as long to learn what to say."""
TURNS = (*".?!;:–。？！；：", "\n")
"""What a text pauses at: what comes next is decided there."""
HELD_OUT_SEED = 1_000_003
"""Seed of the briefs that are never trained on; `evaluate copy` draws from it onwards."""

# Big tensors are freed and taken again every step; without this the kernel clears them each time,
# page by small page.
MALLOC = {
    "MALLOC_MMAP_THRESHOLD_": str(2**31 - 1),
    "MALLOC_TRIM_THRESHOLD_": str(2**32 - 1),
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}

Text = tuple[WritingRequest, dict[str, str]]


def main(words: Sequence[str] | None = None) -> None:
    options = _parser().parse_args(words)
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    texts = list(corpus(options.texts, options.seed))
    _say(f"{len(texts):,} texts in the corpus")
    tokenizer = train_tokenizer(text for _, parts in texts for text in parts.values())
    full = Recipe(
        minutes=options.minutes,
        seed=options.seed,
        recall=RECALL,
        recall_tokens=len(special_tokens()),
        turns=turns_of(tokenizer),
    )
    recipe = replace(
        full,
        muon_rate=full.muon_rate * options.rate,
        adam_rate=full.adam_rate * options.rate,
        seed=options.order if options.order is not None else options.seed,
    )
    model = small_llama(tokenizer.get_vocab_size(), **_marks(tokenizer))
    if options.start:
        _start_from(model, tokenizer, options.start)
    progress = train(
        model, encode(texts, tokenizer), recipe, checkpoint=options.checkpoint, log=_say
    )
    held_out = list(corpus(500, HELD_OUT_SEED, training=False))
    figures = {"perplexity": round(perplexity(model, encode(held_out, tokenizer)), 4)}
    card = _card(model, options, progress, figures)
    card["seconds_per_text"] = _seconds_per_text(model, tokenizer, held_out[:128])
    save(model, tokenizer, options.out, card)
    options.checkpoint.unlink(missing_ok=True)
    _say(f"written to {options.out}: {json.dumps(figures)}")


def corpus(texts: int, seed: int, *, training: bool = True) -> Iterator[Text]:
    """Yield (request, parts), the same for the same seed; `training` avoids held-out sentences."""
    random = Random(seed)
    for _ in range(texts):
        request = draw_request(random, training=training)
        yield request, compose(request, random, training=training)


def turns_of(tokenizer: Tokenizer) -> frozenset[int]:
    """Return the tokens that end a sentence, a clause, a part, a paragraph or the prompt."""
    words = {
        id: tokenizer.decode([id], skip_special_tokens=False)
        for id in tokenizer.get_vocab().values()
    }
    ends = {id for id, word in words.items() if word.rstrip(" ").endswith(TURNS)}
    return frozenset(ends | {token_id(tokenizer, mark) for mark in (PART, WRITE)})


def encode(texts: Iterator[Text] | list[Text], tokenizer: Tokenizer) -> list[Example]:
    """Return prompt and target ids of each text: parts with PART between and END after."""
    part, end = token_id(tokenizer, PART), token_id(tokenizer, END)
    examples = []
    for request, parts in texts:
        prompt = [token_id(tokenizer, token) for token in prompt_tokens(request)]
        pieces = tokenizer.encode_batch(join_parts(request.channel, parts))
        target = [token for piece in pieces for token in (*piece.ids, part)]
        examples.append((prompt, [*target[:-1], end]))
    return examples


def save(
    model: LlamaForCausalLM, tokenizer: Tokenizer, folder: Path, card: dict[str, object]
) -> None:
    """Write the model as a checkpoint that `AutoModelForCausalLM.from_pretrained` loads."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {
        name: value.to(torch.float16).contiguous()
        for name, value in model.state_dict().items()
        if name != "lm_head.weight"  # tied to the embeddings
    }
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    model.config.architectures = ["LlamaForCausalLM"]
    model.config.dtype = "float16"
    model.config.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    files = ("model.safetensors", "tokenizer.json", "config.json")
    hashes = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in files}
    text = json.dumps(card | {"sha256": hashes}, ensure_ascii=False, indent=1)
    (folder / "card.json").write_text(text + "\n", encoding="utf-8")


def _card(
    model: LlamaForCausalLM,
    options: argparse.Namespace,
    progress: Progress,
    figures: dict[str, float],
) -> dict[str, object]:
    return {
        "name": "starter",
        "title": "Starter model",
        "languages": list(Language),
        "channels": list(Channel),
        "parameters": sum(value.numel() for value in model.parameters()),
        "prompt_version": PROMPT_VERSION,
        "trained_on": f"{options.texts:,} texts written by inference/starter/corpus, nothing else",
        "seconds_per_text": 0.02,  # replaced by what is measured
        "training": {
            "texts": options.texts,
            "seed": options.seed,
            "command": f"python -m inference.starter.train --minutes {options.minutes:g} "
            f"--threads {options.threads} --seed {options.seed} --texts {options.texts}"
            + (f" --rate {options.rate:g} --order {options.order}" if options.start else ""),
            "earlier": _training_of(options.start),
            "cpu_minutes": round(progress.cpu_seconds / 60, 1),
            "steps": progress.step,
            "tokens": progress.tokens,
            "last_loss": round(progress.loss, 4),
        },
        "figures": figures,
    }


def _start_from(model: LlamaForCausalLM, tokenizer: Tokenizer, folder: Path) -> None:
    """Take over the weights of an earlier run on the same corpus."""
    if Tokenizer.from_file(str(folder / "tokenizer.json")).to_str() != tokenizer.to_str():
        raise ModelRefused(f"{folder} was trained on another corpus: its tokenizer differs.")
    model.load_state_dict(load_file(folder / "model.safetensors"), strict=False)  # the head is tied


def _seconds_per_text(
    model: LlamaForCausalLM, tokenizer: Tokenizer, texts: Sequence[Text]
) -> float:
    """Write the briefs of `texts` with the engine; return CPU seconds for each, rounded up."""
    weights = {k: v for k, v in model.state_dict().items() if k != "lm_head.weight"}
    llama = Llama(shape_of(model.config.to_dict()), weights)
    loaded = Loaded(llama=llama, tokenizer=tokenizer, card={}, revision="")
    start = time.process_time()
    write_tokens(loaded, [request for request, _ in texts])
    return ceil((time.process_time() - start) / len(texts) * 1_000) / 1_000


def _training_of(folder: Path | None) -> object:
    """Return how the weights in `folder` were trained; None = there were none before."""
    if not folder:
        return None
    return json.loads((folder / "card.json").read_text(encoding="utf-8"))["training"]


def _marks(tokenizer: Tokenizer) -> dict[str, int]:
    return {
        "pad": token_id(tokenizer, PAD),
        "begin": token_id(tokenizer, BEGIN),
        "end": token_id(tokenizer, END),
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=57, help="CPU minutes to train for")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--texts", type=int, default=TEXTS, help="size of the corpus")
    parser.add_argument("--start", type=Path, help="folder of an earlier run to go on from")
    parser.add_argument("--rate", type=float, default=1.0, help="multiplies the learning rates")
    parser.add_argument("--order", type=int, help="seed of the order of texts, if another")
    parser.add_argument("--out", type=Path, default=FOLDER)
    parser.add_argument("--checkpoint", type=Path, default=CHECKPOINT)
    return parser


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    if not MALLOC.items() <= os.environ.items():
        again = [sys.executable, "-m", "inference.starter.train", *sys.argv[1:]]
        os.execve(sys.executable, again, os.environ | MALLOC)  # noqa: S606 - ourselves
    main()
