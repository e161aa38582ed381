"""A small model computes on one thread; a larger one on every core, unless a number is set."""

from dataclasses import replace

import pytest
import torch

from inference.engine import loader
from inference.engine.loader import EVERY_CORE, load, use_threads
from inference.engine.starter import FOLDER


@pytest.fixture(autouse=True)
def threads_as_before():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_the_starter_computes_on_one_thread_also_after_a_larger_model():
    use_threads(0)
    assert torch.get_num_threads() == EVERY_CORE
    shape = load(FOLDER, device="cpu").llama.shape
    assert torch.get_num_threads() == 1
    use_threads(0, replace(shape, width=loader.SMALL_WIDTH))
    assert torch.get_num_threads() == EVERY_CORE


def test_the_operator_s_number_counts_for_every_model():
    load(FOLDER, device="cpu", threads=2)
    assert torch.get_num_threads() == 2
