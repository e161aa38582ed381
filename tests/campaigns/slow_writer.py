"""A worker to be killed: `python -m tests.campaigns.slow_writer TENANT_ID CAMPAIGN_ID [POISON]`.

Writes slowly, in small batches with short leases. `POISON` is the seed of the text at which the
process dies, as a worker does whose GPU driver crashes.
"""

import os
import signal
import sys
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from inference.types import WritingRequest

POISON = int(sys.argv[3]) if __name__ == "__main__" and len(sys.argv) > 3 else -1


def text_of(request: "WritingRequest") -> Mapping[str, str]:
    """A text that differs with the seed; the first draw of every fourth is blocked."""
    from inference.engine import fake

    parts = fake.compose(request)
    word = "abcdefghij"[request.seed % 10] * 3
    evil = " https://evil.example" if request.seed % 4 == 0 and request.attempt == 0 else ""
    return parts | {"body": f"{parts['body']} {word}.{evil}"}


def slowly(request: "WritingRequest") -> Mapping[str, str]:
    if request.seed == POISON:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.02)
    return text_of(request)


def work(tenant_id: int, campaign_id: int) -> None:
    from campaigns.services import batches
    from inference.engine import fake

    batches.LEASE_SECONDS = 1
    batches.RENEW_SECONDS = 0
    batches.BATCH_AFTER_STARTS = (8, 4, 1)
    with fake.scripted(slowly):
        while batches.write_batch(tenant_id, campaign_id):
            pass


if __name__ == "__main__":
    django.setup()
    work(int(sys.argv[1]), int(sys.argv[2]))
