"""How many creatives a reviewer must read to vouch for all of them.

Sampling without replacement, so the count of bad texts in the sample is hypergeometric. After
reading `n` of `N` with `r` rejected, the claim "fewer than `limit` of all are bad" holds with 95 %
confidence if seeing so few would be rare (at most 5 %) were the claim wrong.
Source: Neyman, discovery sampling; see Cochran, Sampling Techniques, 3rd ed., 3.6.
"""

from math import comb, floor

CONFIDENCE = 0.95
LIMIT = 0.012


def chance_of_few(total: int, bad: int, sample: int, few: int) -> float:
    """Return P(at most `few` bad in a sample of `sample` from `total` of which `bad` are bad)."""
    ways = comb(total, sample)
    top = min(few, bad, sample)
    return sum(comb(bad, k) * comb(total - bad, sample - k) for k in range(top + 1)) / ways


def sample_size(total: int, rejected: int = 0, limit: float = LIMIT) -> int:
    """Return the smallest sample that supports the claim with so many rejected in it.

    Args: `total` ≥ 0 creatives; `rejected` found so far in the sample. Returns `total` if no
    smaller sample would do.
    """
    bad = floor(limit * total) + 1 + rejected
    if bad > total:
        return total
    low, high = 0, total
    while low < high:
        middle = (low + high) // 2
        if chance_of_few(total, bad, middle, rejected) <= 1 - CONFIDENCE:
            high = middle
        else:
            low = middle + 1
    return low
