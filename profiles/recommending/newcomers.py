"""A place for products that hardly anybody bought yet: by what is said of them.

What people bought says nothing of them, so that they would never be shown, and never be bought.
They stand beside what a customer bought only where the likeness is as strong as that of things
of one kind in this shop.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from profiles.recommending.histories import Matrix
from profiles.recommending.recommender import Recommender
from profiles.recommending.similarities import About

YOUNG_DAYS = 60  # after which a product has had its time
FIRST_DAY = timedelta(days=1)  # what came with the catalogue itself is not new
FEW = 5  # orders, from which on what people buy speaks for it
HALF_LIFE = 4.0
NEIGHBOUR = 3  # things of one kind: a product and its third nearest
STRONG = 0.7  # of that likeness; what is new is described in words of its own
LEAST = 0.15  # of a likeness, where a shop has nothing alike


def find_young(
    created: Sequence[datetime], bought: NDArray[np.float32], now: datetime
) -> NDArray[np.bool_]:
    """Say which products came in the last `YOUNG_DAYS`, after the catalogue, and sold little."""
    if not created:
        return np.zeros(0, bool)
    start = max(min(created) + FIRST_DAY, now - timedelta(days=YOUNG_DAYS))
    return np.array([at >= start for at in created], bool) & (bought < FEW)


def link_newcomers(about: About, is_young: NDArray[np.bool_]) -> Recommender | None:
    """Return links from every product to the young ones that are much like it; None without."""
    if not is_young.any() or not about:
        return None
    likeness = (sum(about.values()) * np.float32(1 / len(about))).tocsr()
    least = max(LEAST, STRONG * usual_likeness(likeness))
    likeness.data[likeness.data < least] = 0
    young = (likeness @ sp.diags(is_young.astype(np.float32))).tocsr()
    young.eliminate_zeros()
    return Recommender({HALF_LIFE: young}, np.zeros(len(is_young), np.float32), {})


def usual_likeness(likeness: Matrix) -> float:
    """Return the median likeness of a product and its `NEIGHBOUR`-th nearest."""
    spans = zip(likeness.indptr, likeness.indptr[1:], strict=False)
    rows = [likeness.data[start:end] for start, end in spans]
    found = [np.partition(row, -NEIGHBOUR)[-NEIGHBOUR] for row in rows if len(row) >= NEIGHBOUR]
    return float(np.median(found)) if found else 0.0
