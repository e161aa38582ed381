"""Requests to write, and a tiny untrained model in a folder of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from inference.types import Channel, Goal, Language, Slot, Tone, WritingRequest

Ask = Callable[..., WritingRequest]


@pytest.fixture(scope="session")
def one_thread() -> Iterator[None]:
    """Models of a few thousand weights are quickest on one core."""
    from inference.benches import one_thread

    with one_thread():
        yield


@pytest.fixture
def ask() -> Ask:
    """Make a request; every field may be given."""

    def make(**fields: object) -> WritingRequest:
        plain = {
            "language": Language.ENGLISH,
            "channel": Channel.EMAIL,
            "goal": Goal.WINBACK,
            "tone": Tone.WARM,
            "slots": frozenset({Slot.FIRST_NAME}),
        }
        return WritingRequest(**(plain | fields))  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory, one_thread: None) -> Path:
    """A model of the starter's kind that has learnt nothing, saved as training saves it."""
    from inference.engine.train import Progress, small_llama
    from inference.starter import train

    folder = tmp_path_factory.mktemp("tiny")
    options = train._parser().parse_args(["--texts", "200"])
    texts = list(train.corpus(options.texts, options.seed))
    tokenizer = train.train_tokenizer(text for _, parts in texts for text in parts.values())
    model = small_llama(
        tokenizer.get_vocab_size(),
        **train._marks(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
    )
    train.save(model, tokenizer, folder, train._card(model, options, Progress(loss=9.0), {}))
    return folder
