"""From a request to the messages that an instruct model reads, and from its answer to the parts.

The wording stands in `inference/prompts/<channel>.<language>.<version>.txt`, read by
`load_prompt`. What others typed (brief, voice, catalogue, approved texts) is spotlighted: it
stands between ⟦ and ⟧ with its words joined by ˆ, so that the model can tell data from orders.
Source: datamarking, Hines et al. 2024, "Defending against indirect prompt injection attacks with
spotlighting" (arXiv:2403.14720). It lowers the odds; what protects people is the checks.

The task is a block of `key: value` lines, the same in every language, so that the starter model
behind a server can read it too (`request_of`).
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

from inference.errors import ModelMissing, ModelRefused
from inference.types import (
    ALWAYS_AVAILABLE,
    FIELDS,
    Channel,
    Goal,
    Language,
    Lead,
    Motive,
    Slot,
    Stage,
    Tone,
    WritingContext,
    WritingRequest,
)

FOLDER = Path(__file__).parent.parent / "prompts"
NEWEST = "v1"
MARK, OPEN, CLOSE = "ˆ", "⟦", "⟧"
LONGEST_MATERIAL, LONGEST_MESSAGE = 600, 2_000
MOST_ITEMS = 12
SECTION = re.compile(r"^\[(system|user|example|nothing)\]\n", re.MULTILINE)
HAN = re.compile(r"([\u3400-\u9fff]{4})(?=[\u3400-\u9fff])")
THOUGHT = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)
FENCE = re.compile(r"\A\s*```[a-z]*\s*(.*?)\s*```\s*\Z", re.DOTALL)
TASK = re.compile(r"^([a-z]{2,10}): *([^\n]{0,400})$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class PromptFile:
    """The wording of one channel and language in one version."""

    name: str
    system: Template
    user: Template
    example: Template
    nothing: str


@cache
def load_prompt(channel: str, language: str, version: str = "") -> PromptFile:
    """Return the prompt file; "" means the newest version. Raises ModelMissing."""
    name = f"{channel}.{language}.{version or NEWEST}"
    if not re.fullmatch(r"[a-z0-9.-]+", name):
        raise ModelRefused(f"“{name[:60]}” is no name of a prompt.")
    try:
        text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ModelMissing(f"There is no prompt {name}. Choose another prompt version.") from error
    pieces = SECTION.split(text)[1:]
    parts = {key: body.strip() for key, body in zip(pieces[::2], pieces[1::2], strict=True)}
    return PromptFile(
        name=name,
        system=Template(parts["system"]),
        user=Template(parts["user"]),
        example=Template(parts["example"]),
        nothing=parts["nothing"],
    )


def messages_of(request: WritingRequest, version: str = "") -> list[dict[str, str]]:
    """Return the messages of a request. The first is the same for a whole campaign's channel."""
    prompt = load_prompt(request.channel, request.language, version)
    context = request.context or WritingContext()
    values = {
        "tone": request.tone.value,
        "do_words": _listed(context.do_words, prompt),
        "dont_words": _listed(context.dont_words, prompt),
        "samples": _listed(context.samples, prompt),
        "message": spotlight(context.message, LONGEST_MESSAGE) or prompt.nothing,
        "never_say": _listed(context.never_say, prompt),
        "facts": _facts(context, prompt),
        "examples": "\n\n".join(_example(parts, prompt) for parts in context.examples),
    }
    return [
        {"role": "system", "content": prompt.system.substitute(values).strip()},
        {"role": "user", "content": prompt.user.substitute(task=task_of(request))},
    ]


def task_of(request: WritingRequest) -> str:
    """Return the request as `key: value` lines, what the micro-segment shares last."""
    slots = ", ".join(slot.tag for slot in Slot if slot in request.allowed)
    lines = {
        "language": request.language,
        "channel": request.channel,
        "goal": request.goal,
        "tone": request.tone,
        "lead": request.lead,
        "motive": request.motive,
        "stage": request.stage,
        "slots": slots,
    }
    return "\n".join(f"{key}: {value}" for key, value in lines.items())


def request_of(text: str, *, seed: int = 0) -> WritingRequest:
    """Read a task back. What is not said has a default. Raises ValueError with a sentence."""
    said = {key: value.strip() for key, value in TASK.findall(text)}
    kinds: dict[str, Any] = {
        "language": Language,
        "channel": Channel,
        "goal": Goal,
        "tone": Tone,
        "lead": Lead,
        "motive": Motive,
        "stage": Stage,
    }
    values: dict[str, Any] = {"language": "en", "channel": "email", "goal": "launch"}
    values |= {"tone": "plain"} | {key: said[key] for key in kinds if key in said}
    chosen = {key: _one_of(kinds[key], key, value) for key, value in values.items()}
    paths = re.findall(r"[a-z_0-9]+\.[a-z_0-9]+", said.get("slots", ""))
    slots = frozenset(_one_of(Slot, "slots", path) for path in paths)
    return WritingRequest(**chosen, slots=slots - ALWAYS_AVAILABLE, seed=seed)


def schema_of(channel: Channel) -> dict[str, Any]:
    """Return the JSON schema of the parts: all there, all strings, nothing else."""
    names = FIELDS[channel]
    return {
        "type": "object",
        "properties": {name: {"type": "string"} for name in names},
        "required": list(names),
        "additionalProperties": False,
    }


def parts_of(text: str) -> dict[str, str]:
    """Return the parts that an answer says, strings only. Raises ValueError with a sentence.

    A thought before the answer and a code fence around it are taken off. Names are kept as they
    are: the checks refuse one that the channel does not have.
    """
    bare = THOUGHT.sub("", text)
    fenced = FENCE.match(bare)
    bare = fenced.group(1) if fenced else bare
    start = bare.find("{")
    try:
        found, _end = json.JSONDecoder().raw_decode(bare[start:]) if start >= 0 else (None, 0)
    except (ValueError, RecursionError) as error:
        raise ValueError("The answer is not the JSON object that was asked for.") from error
    if not isinstance(found, dict) or not all(isinstance(part, str) for part in found.values()):
        raise ValueError("The answer is not a JSON object of texts.")
    return {str(name): part.strip() for name, part in found.items()}


def spotlight(text: str, longest: int = LONGEST_MATERIAL) -> str:
    """Return untrusted text marked as data, cut to `longest` characters; "" for nothing."""
    plain = "".join(char for char in text if char not in (MARK, OPEN, CLOSE))
    words = plain.split()
    if not words:
        return ""
    joined = HAN.sub(rf"\1{MARK}", MARK.join(words)[:longest])
    return f"{OPEN}{joined}{CLOSE}"


def _listed(words: Iterable[str], prompt: PromptFile) -> str:
    marked = [spotlight(word) for word in list(words)[:MOST_ITEMS]]
    return ", ".join(filter(None, marked)) or prompt.nothing


def _facts(context: WritingContext, prompt: PromptFile) -> str:
    known = [(Slot(path).tag, spotlight(text)) for path, text in context.facts[:MOST_ITEMS]]
    return "; ".join(f"{tag} = {text}" for tag, text in known if text) or prompt.nothing


def _example(parts: Iterable[tuple[str, str]], prompt: PromptFile) -> str:
    """An approved text passed the checks and a person, so it is shown as it must be written."""
    text = json.dumps(dict(parts), ensure_ascii=False)
    plain = "".join(char for char in text if char not in (MARK, OPEN, CLOSE))
    return prompt.example.substitute(text=plain)


def _one_of(kind: Any, key: str, value: str) -> Any:
    try:
        return kind(value)
    except ValueError as error:
        known = ", ".join(item.value for item in kind)
        raise ValueError(f"“{value[:40]}” is no {key}. Choose one of: {known}.") from error
