"""How items follow each other: sparse matrices, item × item, larger is likelier.

Sequence-kNN as in session-rec (Ludewig et al. 2018: weights fall with distance), normed by
powers of row and column sums; walks of two and three steps and a low-rank smoothing for items
that hardly meet; what an item adds beside all others (EASE, Steck 2019); what items have in common
by their attributes.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.linalg.lapack import spotrf, spotri
from scipy.sparse.linalg import svds

from profiles.recommending.histories import Histories, Matrix

DECAY, WINDOW = 0.9, 50
NEIGHBOURS = 200  # kept in each row of a walk
RANK = 256
LARGEST_LOW_RANK = 30_000  # items; more would take minutes and gigabytes
LARGEST_EASE = 15_000  # items: a dense inverse, 30 s and 0.6 GB for 12,000, growing with the cube
RIDGE = 300.0  # the best of 20, 100 and 300 on LastFM, as good as 100 on Yoochoose
BLOCK = 1_000  # rows that are dense at a time
About = Mapping[str, Matrix]


def build_similarities(
    histories: Histories, about: About | None = None, *, repeats: bool = False
) -> dict[str, Matrix]:
    """Return the matrices by name. `repeats` keeps an item's own follow-up (sessions).

    `about`: likenesses that no history is needed for, by name.
    """
    forward = _transitions(histories, DECAY, WINDOW, repeats=repeats)
    both = (forward + 0.5 * forward.T).tocsr()
    walk = _norm(both, 0.5, 0.5)
    found = {
        "next": _norm(_transitions(histories, 1.0, 1, repeats=repeats), 0.5, 0.3),
        "after": _norm(forward, 0.5, 0.3),
        "before": _norm(forward.T.tocsr(), 0.5, 0.3),
        "shared": _norm(both, 1.0, 0.0),
        "rare": _norm(both, 0.3, 0.7),
        **_walks(walk),
    }
    if RANK * 4 < histories.items <= LARGEST_LOW_RANK:
        found["smooth"] = _low_rank(walk)
    if 1 < histories.items <= LARGEST_EASE:
        found["beside"] = _ease(histories)
    return found | dict(about or {})


def build_plain(histories: Histories, *, repeats: bool = False) -> tuple[Matrix, Matrix]:
    """Return what the blend is measured against: first-order Markov and sequence-kNN."""
    markov = _transitions(histories, 1.0, 1, repeats=repeats)
    forward = _transitions(histories, DECAY, WINDOW, repeats=repeats)
    return markov, _norm((forward + 0.5 * forward.T).tocsr(), 0.5, 0.3)


def parts_of(title: str) -> list[str]:
    """Return a text in parts of three signs, which serve Chinese and English alike."""
    spaced = f" {' '.join(title.lower().split())} "
    return [spaced[place : place + 3] for place in range(len(spaced) - 2)]


def attribute_matrix(attributes: Mapping[int, Sequence[str]], items: int) -> Matrix:
    """Return items × attributes, 1 where the item has it; items without any have an empty row."""
    numbers: dict[str, int] = {}
    rows, columns = [], []
    for item, names in attributes.items():
        for name in set(names):
            rows.append(item)
            columns.append(numbers.setdefault(name, len(numbers)))
    ones = np.ones(len(rows), np.float32)
    return sp.csr_matrix((ones, (rows, columns)), shape=(items, max(1, len(numbers))))


def keep_largest(matrix: Matrix, count: int) -> Matrix:
    """Return the matrix with the `count` largest entries of each row."""
    kept = matrix.tocsr().copy()
    for start, end in zip(kept.indptr, kept.indptr[1:], strict=False):
        if end - start > count:
            row = kept.data[start:end]
            row[row < np.partition(row, -count)[-count]] = 0
    kept.eliminate_zeros()
    return kept


def _transitions(
    histories: Histories, decay: float, window: int, *, repeats: bool = False
) -> Matrix:
    """Count how often an item came after another, `decay` for each step between them."""
    shape = (histories.items, histories.items)
    found = sp.csr_matrix(shape, dtype=np.float32)
    flat, owners = histories.flat, histories.owners
    longest = int(histories.lengths.max(initial=0))
    for step in range(1, min(window + 1, longest)):
        same = owners[:-step] == owners[step:]
        earlier, later = flat[:-step][same], flat[step:][same]
        weights = np.full(len(earlier), decay ** (step - 1), np.float32)
        found = found + sp.csr_matrix((weights, (earlier, later)), shape=shape)
    return found.tocsr() if repeats else _without_diagonal(found)


def _without_diagonal(matrix: Matrix) -> Matrix:
    rest = (matrix - sp.diags(matrix.diagonal())).tocsr().astype(np.float32)
    rest.eliminate_zeros()
    return rest


def _norm(matrix: Matrix, row_power: float, column_power: float) -> Matrix:
    rows = _power(np.asarray(matrix.sum(1)).ravel(), row_power)
    columns = _power(np.asarray(matrix.sum(0)).ravel(), column_power)
    return (sp.diags(rows) @ matrix @ sp.diags(columns)).tocsr().astype(np.float32)


def _power(sums: NDArray[np.float32], power: float) -> NDArray[np.float32]:
    return np.where(sums > 0, np.maximum(sums, 1e-9) ** -power, 0)


def _walks(step: Matrix) -> dict[str, Matrix]:
    """Two and three steps. The step is thinned first: hubs would fill the matrix."""
    thin = keep_largest(step, NEIGHBOURS)
    two = (thin @ thin).tocsr()
    three = (keep_largest(two, NEIGHBOURS // 2) @ thin).tocsr()
    return {
        "two steps": keep_largest(_without_diagonal(two), NEIGHBOURS),
        "three steps": keep_largest(three, NEIGHBOURS),
    }


def _low_rank(step: Matrix) -> Matrix:
    """The step seen through its `RANK` strongest directions (truncated SVD)."""
    start = np.ones(min(step.shape), np.float32)
    left, strengths, right = svds(step, k=RANK, v0=start)
    return _largest_of_product((left * strengths).astype(np.float32), right.astype(np.float32))


def _largest_of_product(left: NDArray[np.float32], right: NDArray[np.float32]) -> Matrix:
    blocks = []
    for start in range(0, len(left), BLOCK):
        dense = left[start : start + BLOCK] @ right
        own = np.arange(len(dense))
        dense[own, start + own] = 0
        least = np.partition(dense, -NEIGHBOURS, axis=1)[:, -NEIGHBOURS][:, None]
        dense[dense < np.maximum(least, 1e-9)] = 0
        blocks.append(sp.csr_matrix(dense))
    return sp.vstack(blocks).tocsr()


def _ease(histories: Histories) -> Matrix:
    """Return what each item says of another beside all the others: ridge regression, in one step.

    Steck 2019, "Embarrassingly shallow autoencoders for sparse data". What speaks against an item
    is left out, so that a score stays a sum of reasons for it.
    """
    people = histories.matrix(np.inf)
    together = (people.T @ people).toarray()
    together[np.diag_indices_from(together)] += RIDGE
    root, _failed = spotrf(together.T, overwrite_a=True)  # in place; the ridge makes it definite
    upper, _failed = spotri(root, overwrite_c=True)
    blocks = []
    for start in range(0, len(upper), BLOCK):
        part = np.maximum(-_symmetric_rows(upper, start) / upper.diagonal(), 0)
        blocks.append(keep_largest(sp.csr_matrix(part), NEIGHBOURS))
    return _without_diagonal(sp.vstack(blocks).tocsr())


def _symmetric_rows(upper: NDArray[np.float32], start: int) -> NDArray[np.float32]:
    """Return `BLOCK` rows of a symmetric matrix of which only the upper triangle is true."""
    rows = slice(start, start + BLOCK)
    own = np.triu(upper[rows, rows])
    right = upper[rows, start + BLOCK :]
    return np.hstack([upper[:start, rows].T, own + np.triu(own, 1).T, right])


def alike(attributes: Matrix) -> Matrix:
    """Cosine of the attributes, rare ones weighing more; the nearest of each item."""
    used = np.asarray(attributes.sum(0)).ravel()
    weighed = attributes @ sp.diags(_power(used, 0.5) / np.log(2 + used))
    lengths = np.sqrt(np.asarray(weighed.multiply(weighed).sum(1)).ravel())
    return _nearest((sp.diags(_power(lengths, 1.0)) @ weighed).tocsr())


def near(vectors: NDArray[np.float32]) -> Matrix:
    """Cosine of vectors of length one that exceeds that of the usual pair; the nearest of each."""
    usual = vectors.mean(axis=0)
    rest = vectors - usual
    unit = rest / np.maximum(np.linalg.norm(rest, axis=1, keepdims=True), 1e-9)
    return _nearest(unit.astype(np.float32))


def _nearest(unit: Matrix | NDArray[np.float32]) -> Matrix:
    blocks = [
        keep_largest(sp.csr_matrix(unit[start : start + BLOCK] @ unit.T), NEIGHBOURS + 1)
        for start in range(0, unit.shape[0], BLOCK)
    ]
    none = sp.csr_matrix((0, unit.shape[0]), dtype=np.float32)
    return _without_diagonal(sp.vstack([none, *blocks]).tocsr().maximum(0))
