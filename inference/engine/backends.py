"""The models that `serving` can serve: the starter's family and instruct models."""

import json
from collections.abc import Sequence
from pathlib import Path

from inference.engine import instruct, starter
from inference.engine.asked import Prompt
from inference.engine.chat import request_of
from inference.engine.explain import log_probabilities
from inference.engine.instruct import Instruct
from inference.engine.loader import load, use_threads
from inference.engine.serving import Answer, Question, Refused
from inference.types import Writing, WritingRequest
from tenants.errors import DomainError


class StarterBackend:
    """The starter model. It answers with the parts as a JSON object.

    device, threads, dtype: as `loader.load` takes them.
    """

    def __init__(
        self,
        folder: Path = starter.FOLDER,
        *,
        device: str = "auto",
        threads: int = 1,
        dtype: str = "auto",
    ) -> None:
        loaded = load(folder, device=device, threads=threads, dtype=dtype)
        self.folder, self.device, self.threads, self.dtype = folder, device, threads, dtype
        self.name, self.revision = str(loaded.card["name"]), loaded.revision

    def answer(self, questions: Sequence[Question]) -> Sequence[Answer | Refused]:
        read = [_read(question) for question in questions]
        requests = [request for request in read if isinstance(request, WritingRequest)]
        writings = iter(_write(self, requests))
        return [
            _answer_of(next(writings)) if isinstance(request, WritingRequest) else request
            for request in read
        ]


class InstructBackend:
    """A local model with a chat template. threads: see `loader.use_threads`."""

    def __init__(self, model: Instruct, name: str, *, threads: int = 0) -> None:
        self.model, self.name, self.threads = model, name, threads
        self.revision = model.revision[:12] + model.numbers

    def answer(self, questions: Sequence[Question]) -> Sequence[Answer | Refused]:
        use_threads(self.threads, self.model.llama.shape if self.model.llama else None)
        results: list[Answer | Refused] = [
            self._score(question) if question.scores else Refused(500, "Not answered.")
            for question in questions
        ]
        written = [question for question in questions if not question.scores]
        for temperature in {question.temperature for question in written}:
            some = [
                i
                for i, each in enumerate(questions)
                if each.temperature == temperature and not each.scores
            ]
            for index, result in zip(
                some, self._continue([questions[i] for i in some], temperature), strict=True
            ):
                results[index] = result
        return results

    def _score(self, question: Question) -> Answer | Refused:
        """Say what the model gives each token of the last message, after those before it."""
        *before, last = question.messages
        if self.model.llama is None or last["role"] != "assistant" or not before:
            return Refused(400, "prompt_logprobs needs an answer to score, as the last message.")
        try:
            prompt = self.model.encode(before)
        except DomainError as error:
            return Refused(400, error.message)
        encoded = self.model.tokenizer.encode(last["content"], add_special_tokens=False)
        if not 0 < len(prompt) + len(encoded.ids) <= self.model.longest or not encoded.ids:
            return Refused(400, f"At most {self.model.longest} tokens can be scored.")
        nats = log_probabilities(self.model.llama, [prompt], encoded.ids, rows=1)[0].tolist()
        words = _spelt(last["content"], encoded.offsets)
        said = [
            {str(token): {"logprob": value, "decoded_token": word}}
            for token, value, word in zip(encoded.ids, nats, words, strict=True)
        ]
        size = len(prompt) + len(said)
        return Answer(
            text="", finish_reason="stop", prompt_tokens=size, new_tokens=0,
            prompt_logprobs=[*([None] * len(prompt)), *said],
        )  # fmt: skip

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


def _spelt(text: str, offsets: Sequence[tuple[int, int]]) -> list[str]:
    """Return the words of each token; what is a part of a sign alone is no sign."""
    return ["\ufffd" if offsets.count(span) > 1 else text[span[0] : span[1]] for span in offsets]


def _write(backend: StarterBackend, requests: list[WritingRequest]) -> list[Writing]:
    if not requests:
        return []
    return starter.write(
        requests,
        device=backend.device,
        threads=backend.threads,
        dtype=backend.dtype,
        folder=backend.folder,
    )


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
