"""Computing on one thread, whatever the process does otherwise."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute on one thread.

    Small models gain nothing from more, which wait for each other; and with another number of
    threads sums are made in another order, and so come out otherwise.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
