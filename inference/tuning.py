"""From approved texts to an adapter in a folder. Workers only: imports torch and peft."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from transformers import AutoTokenizer

from inference.engine import starter
from inference.engine.chat import messages_of
from inference.engine.instruct_files import find_folder
from inference.engine.local import is_of_starter_family
from inference.engine.lora import Plan, Tuned, fine_tune
from inference.engine.train import Example, Report
from inference.errors import ModelRefused
from inference.starter.train import encode
from inference.training_data import ApprovedText, Prepared
from inference.types import WriterRef

Stop = Callable[[], bool]


def tune(
    base: WriterRef,
    prepared: Prepared,
    out: Path,
    *,
    minutes: float,
    device: str,
    checkpoint: Path,
    card: dict[str, Any],
    report: Report,
    should_stop: Stop,
) -> Tuned:
    """Fine-tune `base` on prepared texts, write the adapter to `out`.

    A run that was cut off or stopped goes on from `checkpoint`, which is the caller's to delete.
    Raises ModelMissing, ModelRefused.
    """
    folder = folder_of(base)
    is_starter = base.engine == "starter" or is_of_starter_family(base)
    encode_texts = starter_examples if is_starter else chat_examples
    return fine_tune(
        folder,
        out,
        encode_texts(prepared.learn, folder),
        encode_texts(prepared.held_out, folder),
        Plan(minutes=minutes),
        card=card,
        device=device,
        checkpoint=checkpoint,
        report=report,
        should_stop=should_stop,
    )


def folder_of(base: WriterRef) -> Path:
    """Return the base's folder. Raises ModelRefused for a base that has none or is an adapter."""
    if base.engine == "openai":
        raise ModelRefused(
            f"“{base.name}” runs on a server, which trains nothing for us. Choose a base model "
            "that runs on our own workers."
        )
    if base.adapter:
        raise ModelRefused(
            f"“{base.name}” is an adapter itself. Choose the base model that it stands on."
        )
    if base.folder:
        return Path(base.folder)
    if base.source in ("", "starter"):
        return starter.FOLDER
    return find_folder(base)


def starter_examples(texts: Sequence[ApprovedText], folder: Path) -> list[Example]:
    """Control tokens, then the parts: what the starter model reads and writes."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    return encode([(text.request, dict(text.parts)) for text in texts], tokenizer)


def chat_examples(texts: Sequence[ApprovedText], folder: Path) -> list[Example]:
    """The messages that an instruct model gets, then the parts as JSON and its end token."""
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    if not tokenizer.chat_template:
        raise ModelRefused(
            f"The tokenizer of {folder.name} has no chat template, so it is not known how the "
            "model wants to be asked. Choose an instruct model."
        )
    examples = []
    for text in texts:
        prompt = tokenizer.apply_chat_template(
            messages_of(text.request), add_generation_prompt=True, tokenize=True, return_dict=True
        )["input_ids"]
        answer = json.dumps(dict(text.parts), ensure_ascii=False)
        ids = tokenizer(answer, add_special_tokens=False)["input_ids"]
        examples.append((list(prompt), [*ids, tokenizer.eos_token_id]))
    return examples
