"""The bench of large models runs on a tiny one here, and says so where there is no GPU."""

import pytest
import torch

from inference.benches import bench_generation
from inference.errors import NoDevice
from inference.roofline import Case, bench_roofline
from tenants.errors import BadInput

pytestmark = pytest.mark.usefixtures("one_thread")

TINY = Case(
    shape={
        "vocab_size": 120,
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 64,
        "tie_word_embeddings": False,
    },
    shared=12,
    own=6,
    new=5,
    rows=4,
    static_rows=2,
    matrix=64,
    copied=1000,
)


def test_messages_are_compared_with_the_roofline_and_with_a_static_batch():
    found = bench_roofline(lambda done, total: None, messages=6, device="cpu", case=TINY, rounds=1)
    assert found["figures"]["messages_per_s"] > 0
    assert found["figures"]["of_static_batch"] > 0
    assert found["reference"]["messages_per_s"] > 0


@pytest.mark.skipif(torch.cuda.is_available(), reason="for machines without a GPU")
def test_a_machine_without_a_gpu_says_so():
    with pytest.raises(NoDevice, match="no CUDA device"):
        bench_generation(lambda done, total: None, shape="7b", device="cuda")


def test_the_small_shapes_are_measured_on_the_cpu():
    with pytest.raises(BadInput, match="--shape 7b"):
        bench_generation(lambda done, total: None, device="cuda")
