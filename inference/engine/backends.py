"""The models that `serving` can serve: the starter's family and instruct models."""

import json
from collections.abc import Sequence
from pathlib import Path

from inference.engine import instruct, starter
from inference.engine.chat import request_of
from inference.engine.generate import Prompt
from inference.engine.instruct import Instruct
from inference.engine.loader import check_files
from inference.engine.serving import Answer, Question, Refused
from inference.types import Writing, WritingRequest
from tenants.errors import DomainError


class StarterBackend:
    """The starter model. It answers with the parts as a JSON object."""

    def __init__(self, folder: Path = starter.FOLDER, *, threads: int = 1) -> None:
        card = check_files(folder)
        self.folder, self.threads = folder, threads
        self.name = str(card["name"])
        self.revision = str(card["sha256"]["model.safetensors"])[:12]

    def answer(self, questions: Sequence[Question]) -> Sequence[Answer | Refused]:
        read = [_read(question) for question in questions]
        requests = [request for request in read if isinstance(request, WritingRequest)]
        writings = iter(_write(self, requests))
        return [
            _answer_of(next(writings)) if isinstance(request, WritingRequest) else request
            for request in read
        ]


class InstructBackend:
    """A local model with a chat template."""

    def __init__(self, model: Instruct, name: str) -> None:
        self.model, self.name, self.revision = model, name, model.revision[:12]

    def answer(self, questions: Sequence[Question]) -> Sequence[Answer | Refused]:
        results: list[Answer | Refused] = [Refused(500, "Not answered.") for _ in questions]
        for temperature in {question.temperature for question in questions}:
            some = [i for i, each in enumerate(questions) if each.temperature == temperature]
            for index, result in zip(
                some, self._continue([questions[i] for i in some], temperature), strict=True
            ):
                results[index] = result
        return results

    def _continue(self, questions: list[Question], temperature: float) -> list[Answer | Refused]:
        prompts = [self._prompt(question) for question in questions]
        fine = [prompt for prompt in prompts if isinstance(prompt, Prompt)]
        generated = iter(instruct.run(self.model, fine, temperature=temperature)[0] if fine else [])
        results: list[Answer | Refused] = []
        for prompt in prompts:
            if isinstance(prompt, Refused):
                results.append(prompt)
                continue
            written = next(generated)
            if written.finish_reason not in ("stop", "length"):
                results.append(Refused(400, written.error or "The writing was stopped."))
                continue
            results.append(
                Answer(
                    text=self.model.decode(written.ids),
                    finish_reason=written.finish_reason,
                    prompt_tokens=len(prompt.ids),
                    new_tokens=len(written.ids),
                )
            )
        return results

    def _prompt(self, question: Question) -> Prompt | Refused:
        try:
            held = question.schema and self.model.llama
            return Prompt(
                ids=self._ids(question),
                seed=question.seed,
                most=question.most,
                constraint=self.model.vocabulary.json(question.schema or {}) if held else None,
            )
        except DomainError as error:
            return Refused(400, error.message)

    def _ids(self, question: Question) -> tuple[int, ...]:
        if question.messages:
            return self.model.encode(question.messages)
        return tuple(self.model.tokenizer.encode(question.prompt).ids)


def _write(backend: StarterBackend, requests: list[WritingRequest]) -> list[Writing]:
    if not requests:
        return []
    return starter.write(requests, folder=backend.folder, threads=backend.threads)


def _read(question: Question) -> WritingRequest | Refused:
    text = "\n".join(message["content"] for message in question.messages) or question.prompt
    try:
        return request_of(text, seed=question.seed)
    except ValueError as error:
        return Refused(400, str(error))


def _answer_of(writing: Writing) -> Answer | Refused:
    if writing.finish_reason == "error":
        return Refused(500, writing.error)
    return Answer(
        text=json.dumps(dict(writing.parts), ensure_ascii=False),
        finish_reason=writing.finish_reason,
        prompt_tokens=writing.prompt_tokens,
        new_tokens=writing.new_tokens,
    )
