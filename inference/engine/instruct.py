"""Writing by any causal language model of Hugging Face that has a chat template.

A model is a folder as `save_pretrained` leaves it, or a repository pinned to a commit; see
`instruct_files` for what is refused. A prompt over the context length, or logits that are no
numbers, end that one text.

Architectures that `llama` computes run on the batched engine, with the prompt that a campaign
shares read once and the answer held to its JSON form. All others run through transformers, a few
at a time and without that hold (`plain`). Code that a repository brings is never run.
"""

import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from os.path import commonprefix
from pathlib import Path
from typing import Any

import torch
from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from safetensors import SafetensorError
from safetensors.torch import load_file
from tokenizers import Tokenizer

from inference.engine import plain
from inference.engine.asked import Generated, Options, Prompt
from inference.engine.chat import load_prompt, messages_of, parts_of
from inference.engine.constrain import Constraint, Vocabulary
from inference.engine.generate import generate
from inference.engine.instruct_files import (
    check_folder,
    check_hash,
    find_folder,
    find_template,
    read_json,
    read_tokenizer,
    sha256_of,
    weight_files,
)
from inference.engine.llama import Llama
from inference.engine.loader import KNOWN, device_for, numbers_for, shape_of, use_threads
from inference.engine.lora_files import deltas
from inference.errors import ModelRefused
from inference.types import FIELDS, LIMITS, Channel, WriterRef, Writing, WritingRequest

MOST_TOKENS = {Channel.EMAIL: 700, Channel.ARTICLE: 1000, Channel.AD: 160}
TEMPERATURE = 0.7
ROWS = 32
LONGEST_BODY = 2_000


@dataclass(frozen=True)
class Instruct:
    """A model that follows instructions, ready to write. `llama` None: run it by `plain`."""

    folder: Path
    llama: Llama | None
    tokenizer: Tokenizer
    template: str
    specials: Mapping[str, str]  # bos_token and eos_token, for the template
    ends: tuple[int, ...]
    revision: str
    longest: int
    device: str

    @cached_property
    def vocabulary(self) -> Vocabulary:
        size = self.llama.shape.vocabulary if self.llama else 0
        return Vocabulary(self.tokenizer, self.ends, size)

    @property
    def numbers(self) -> str:
        """What a revision ends in where the model computes with numbers other than its own."""
        return "-int8" if self.llama and self.llama.int8 else ""

    def label(self, writer: WriterRef) -> str:
        """Return what a text says of its model: name, revision, numbers other than its own."""
        revision = (writer.revision or self.revision)[:12]
        return writer.label(f"{writer.name[:80]}@{revision}{self.numbers}")

    def encode(self, messages: Sequence[Mapping[str, str]]) -> tuple[int, ...]:
        """Return the conversation as tokens, up to where the answer begins. Raises ModelRefused."""
        text = render(self.template, messages, self.specials)
        return tuple(self.tokenizer.encode(text, add_special_tokens=False).ids)

    def decode(self, ids: Sequence[int]) -> str:
        return str(self.tokenizer.decode(list(ids), skip_special_tokens=True))


def write(
    requests: Sequence[WritingRequest],
    *,
    writer: WriterRef,
    on_progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    device: str = "auto",
    threads: int = 0,
    dtype: str = "auto",
) -> list[Writing]:
    """Return one writing per request, in order. See `inference.services.write`."""
    model = load(find_folder(writer), sha256_of(writer), writer.adapter, device=device, dtype=dtype)
    use_threads(threads, model.llama.shape if model.llama else None)
    prompts = [_prompt(model, request, writer) for request in requests]
    results, seconds = run(model, _shared(prompts), on_progress, should_stop)
    return [
        _writing(model, writer, request, prompt, result, seconds)
        for request, prompt, result in zip(requests, prompts, results, strict=True)
    ]


def run(
    model: Instruct,
    prompts: Sequence[Prompt],
    on_progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    temperature: float = TEMPERATURE,
) -> tuple[list[Generated], float]:
    """Continue the prompts; return what was written and the seconds it took."""
    most = max(prompt.most for prompt in prompts)
    if model.llama is None:
        results, seconds = plain.generate(
            model.folder, prompts, ends=model.ends, temperature=temperature, device=model.device,
            longest=model.longest, on_progress=on_progress, should_stop=should_stop,
        )  # fmt: skip
        return results, seconds
    options = Options(end=model.ends, max_new_tokens=most, temperature=temperature, rows=ROWS)
    results, statistics = generate(
        model.llama, prompts, options, on_progress=on_progress, should_stop=should_stop
    )
    return results, statistics.seconds


# Loading


@cache
def load(
    folder: Path,
    sha256: str = "",
    adapter: str = "",
    *,
    device: str = "auto",
    dtype: str = "auto",
) -> Instruct:
    """Load the model in the folder, once per process. Raises ModelMissing, ModelRefused.

    dtype: see `loader.load`; a model that transformers runs takes no int8.
    """
    config = check_folder(folder)
    settings = read_json(folder / "tokenizer_config.json", {})
    template = find_template(folder, settings)
    revision = check_hash(folder, sha256)
    place = device_for(device)
    tokenizer = read_tokenizer(folder / "tokenizer.json")
    specials = {name: _token(settings.get(name)) for name in ("bos_token", "eos_token")}
    return Instruct(
        folder=folder,
        llama=_llama(folder, config, adapter, place, dtype) if is_batched(config) else None,
        tokenizer=tokenizer,
        template=template,
        specials=specials,
        ends=_ends(folder, config, tokenizer, specials["eos_token"]),
        revision=revision,
        longest=int(config.get("max_position_embeddings") or 2048),
        device=place,
    )


def render(
    template: str, messages: Sequence[Mapping[str, str]], specials: Mapping[str, str]
) -> str:
    """Return the conversation in the model's own form, in a sandbox. Raises ModelRefused.

    A template that has no place for a system message gets it in front of the first question.
    """
    try:
        return _render(template, messages, specials)
    except (TemplateError, TypeError, ValueError, OverflowError):
        first, *rest = messages
        merged = [{"role": "user", "content": f"{first['content']}\n\n{rest[0]['content']}"}]
        try:
            return _render(template, [*merged, *rest[1:]], specials)
        except (TemplateError, TypeError, ValueError, OverflowError) as error:
            raise ModelRefused(
                f"The model's chat template does not work ({type(error).__name__})."
            ) from error


def _render(
    template: str, messages: Sequence[Mapping[str, str]], specials: Mapping[str, str]
) -> str:
    def refuse(words: str) -> None:
        raise TemplateError(words)

    room = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, autoescape=False)  # noqa: S701
    room.globals |= {"raise_exception": refuse, "strftime_now": lambda _form: ""}
    room.filters["tojson"] = lambda value, **_options: json.dumps(value, ensure_ascii=False)
    return room.from_string(template).render(
        messages=list(messages), add_generation_prompt=True, enable_thinking=False, **specials
    )


def is_batched(config: Mapping[str, Any]) -> bool:
    """Whether `llama` computes this model: its kind, plain rotation, no sliding window."""
    rotary = config.get("rope_parameters") or config.get("rope_scaling") or {}
    kind = (config.get("architectures") or [""])[0]
    is_plain = rotary.get("rope_type", rotary.get("type", "default")) == "default"
    return kind in KNOWN and is_plain and not config.get("use_sliding_window")


def _llama(folder: Path, config: Mapping[str, Any], adapter: str, device: str, dtype: str) -> Llama:
    weights: dict[str, torch.Tensor] = {}
    try:
        for path in weight_files(folder):
            weights |= load_file(path)
    except SafetensorError as error:
        raise ModelRefused(f"The weights in {folder.name} are no safetensors file.") from error
    for name, delta in deltas(Path(adapter), folder).items() if adapter else ():
        if name not in weights:
            raise ModelRefused(f"The adapter changes {name}, which {folder.name} does not have.")
        weights[name] = weights[name].float() + delta
    try:
        return Llama(shape_of(config), weights, **numbers_for(device, dtype))
    except (KeyError, RuntimeError, TypeError, ValueError) as error:
        raise ModelRefused(
            f"The weights in {folder.name} do not fit its config.json ({error})."
        ) from error


def _ends(
    folder: Path, config: Mapping[str, Any], tokenizer: Tokenizer, named: str
) -> tuple[int, ...]:
    """Every token that ends an answer: of the generation config, the config, the tokenizer."""
    found: list[int] = []
    for source in (read_json(folder / "generation_config.json", {}), config):
        value = source.get("eos_token_id")
        found += value if isinstance(value, list) else [value] if isinstance(value, int) else []
    for token in (named, "<|im_end|>", "<|eot_id|>", "<|end|>"):
        number = tokenizer.token_to_id(token) if token else None
        found += [number] if number is not None else []
    if not found:
        raise ModelRefused(f"The model in {folder.name} names no token that ends a text.")
    return tuple(dict.fromkeys(found))


def _token(value: Any) -> str:
    return str(value.get("content", "")) if isinstance(value, dict) else str(value or "")


# Prompts and answers


def _prompt(model: Instruct, request: WritingRequest, writer: WriterRef) -> Prompt:
    return Prompt(
        ids=model.encode(messages_of(request, writer.prompt_version)),
        seed=zlib.crc32(f"{request.seed}/{request.attempt}".encode()),
        expected=MOST_TOKENS[request.channel] // 4,
        most=MOST_TOKENS[request.channel],
        constraint=form_of(model, request.channel) if model.llama else None,
    )


def form_of(model: Instruct, channel: Channel) -> Constraint:
    """Return what an answer must be: the parts as JSON, none of them endless.

    A part may be twice as wide as its place while its slots are unfilled: their names are longer
    than most facts. What does not fit once filled is found by the checks.
    """
    limits = {name: 2 * LIMITS.get(name, LONGEST_BODY // 2) for name in FIELDS[channel]}
    return model.vocabulary.parts(limits)


def _shared(prompts: Sequence[Prompt]) -> list[Prompt]:
    """Mark how far the prompts begin alike: with the next one in order, in tokens."""
    ordered = sorted(range(len(prompts)), key=lambda index: prompts[index].ids)
    alike = [0] * len(prompts)
    for one, other in zip(ordered, ordered[1:], strict=False):
        length = len(commonprefix([prompts[one].ids, prompts[other].ids]))
        if length > alike[one] // 2:
            alike[one] = alike[one] or length
            alike[other] = length
    return [
        Prompt(
            ids=prompt.ids, shared=length, seed=prompt.seed, expected=prompt.expected,
            most=prompt.most, constraint=prompt.constraint,
        )
        for prompt, length in zip(prompts, alike, strict=True)
    ]  # fmt: skip


def _writing(
    model: Instruct,
    writer: WriterRef,
    request: WritingRequest,
    prompt: Prompt,
    result: Generated,
    seconds: float,
) -> Writing:
    parts, failure = _read_answer(model, result)
    return Writing(
        parts=parts,
        engine="local",
        model=model.label(writer),
        prompt_version=load_prompt(request.channel, request.language, writer.prompt_version).name,
        finish_reason="error" if failure else result.finish_reason,
        prompt_tokens=len(prompt.ids),
        new_tokens=len(result.ids),
        seconds=round(seconds, 3),
        error=failure,
    )


def _read_answer(model: Instruct, result: Generated) -> tuple[dict[str, str], str]:
    if result.finish_reason == "cancelled":
        return {}, "The writing was stopped."
    if result.finish_reason == "error":
        return {}, result.error
    try:
        return parts_of(model.decode(result.ids)), ""
    except ValueError as error:
        return {}, str(error)
