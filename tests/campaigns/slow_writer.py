"""A worker to be killed: `python -m tests.campaigns.slow_writer TENANT_ID CAMPAIGN_ID …`

Writes slowly, in batches of eight with short leases. With `--held-after N` it says so after N
texts and then waits to be killed; with `--poison SEED` it dies at the text of this seed, as a
worker does whose GPU driver crashes.
"""

import argparse
import os
import signal
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from inference.types import WritingRequest


def text_of(request: "WritingRequest") -> Mapping[str, str]:
    """A text that differs with the seed; the first draw of every fourth is blocked."""
    from inference.engine import fake

    parts = fake.compose(request)
    word = "abcdefghij"[request.seed % 10] * 3
    evil = " https://evil.example" if request.seed % 4 == 0 and request.attempt == 0 else ""
    return parts | {"body": f"{parts['body']} {word}.{evil}"}


def writer(options: argparse.Namespace) -> Callable[["WritingRequest"], Mapping[str, str]]:
    left = options.held_after

    def slowly(request: "WritingRequest") -> Mapping[str, str]:
        nonlocal left
        if request.seed == options.poison:
            os.kill(os.getpid(), signal.SIGKILL)
        if left == 0:
            print("held", flush=True)  # noqa: T201 - to who is to kill us
            signal.pause()
        left -= 1
        time.sleep(0.02)
        return text_of(request)

    return slowly


def work(options: argparse.Namespace) -> None:
    from campaigns.services import batches
    from inference.engine import fake

    batches.LEASE_SECONDS = 1
    batches.RENEW_SECONDS = 0
    batches.BATCH_AFTER_STARTS = (8, 4, 1)
    with fake.scripted(writer(options)):
        while batches.write_batch(options.tenant, options.campaign):
            pass


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("tenant", type=int)
    parser.add_argument("campaign", type=int)
    parser.add_argument("--held-after", type=int, default=-1)
    parser.add_argument("--poison", type=int)
    django.setup()
    work(parser.parse_args())
