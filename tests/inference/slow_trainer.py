"""A worker to be killed: `python -m tests.inference.slow_trainer TENANT_ID RUN_ID`.

Trains on texts of its own with short leases, and saves what it has learnt often.
"""

import sys
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import django

if TYPE_CHECKING:
    from inference import services as inference

WORDS = (
    ["today", "again", "now", "then", "there", "here"]
    + ["soon", "well", "indeed", "always", "once", "twice"]
)  # fmt: skip


def material(run: Any = None) -> "inference.Material":
    """Texts that differ by a word, and two briefs for the gate."""
    from inference import services as inference
    from inference.types import Channel, Goal, Language, Tone, WritingRequest

    request = WritingRequest(
        language=Language.ENGLISH, channel=Channel.AD, goal=Goal.WINBACK, tone=Tone.WARM
    )
    texts = [
        inference.ApprovedText(
            request,
            {"headline": headline, "description": f"Look at {{{{ product.name }}}}, {word}."},
        )
        for word in WORDS
        for headline in ("Good morning", "See this")
    ]
    briefs = [replace(request, goal=goal) for goal in (Goal.LAUNCH, Goal.WELCOME)]
    return inference.Material(texts=texts, briefs=briefs)


def work(tenant_id: int, run_id: int) -> None:
    import torch

    from inference import runs, tuning
    from inference import services as inference
    from inference.engine import lora

    torch.set_num_threads(1)
    runs.LEASE, runs.TOLD_SECONDS = timedelta(seconds=1), 0
    lora.EVERY_STEPS = 1
    tuning.Plan = partial(tuning.Plan, epochs=100_000)  # until it is killed
    inference.work_on(tenant_id, run_id, material, write=inference.write)


if __name__ == "__main__":
    django.setup()
    work(int(sys.argv[1]), int(sys.argv[2]))
