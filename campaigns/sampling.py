"""How many creatives a reviewer must read to vouch for all of them.

Sampling without replacement, so the count of bad texts in the sample is hypergeometric. After
reading `n` of `N` with `r` rejected, the claim "fewer than `limit` of all are bad" holds with 95 %
confidence if seeing so few would be rare (at most 5 %) were the claim wrong.
Source: Neyman, discovery sampling; see Cochran, Sampling Techniques, 3rd ed., 3.6.
"""

from math import comb, floor

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

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


def say_claim(population: int, size: int, read: int, faults: int) -> str:
    """Return the sentence about the sample: what it proves, or will prove."""
    if population == 0:
        return _("There is nothing to sample: every text is read one by one.")
    if size >= population:
        return _("So few creatives are all read: a sample would prove nothing about the rest.")
    bad = floor(LIMIT * population)
    values = {
        "sure": f"{CONFIDENCE:.0%}",
        "limit": f"{LIMIT * 100:g}%",
        "all": f"{population:,}",
        "rest": f"{population - size:,}",
    }
    if faults:
        grown = ngettext(
            "%(count)s text was rejected or edited, so the sample grew to %(size)s.",
            "%(count)s texts were rejected or edited, so the sample grew to %(size)s.",
            faults,
        ) % {"count": f"{faults:,}", "size": f"{size:,}"}
        return f"{grown} {_claim(bad, read >= size) % values}"
    return _claim(bad, read >= size) % values


def _claim(bad: int, is_proved: bool) -> str:
    if bad == 0 and is_proved:
        return _(
            "With %(sure)s confidence, none of the other %(rest)s creatives is to be rejected."
        )
    if bad == 0:
        return _(
            "Read without a rejection, the sample shows with %(sure)s confidence that none of the "
            "other %(rest)s creatives is to be rejected."
        )
    if is_proved:
        return _(
            "With %(sure)s confidence, fewer than %(limit)s of the %(all)s creatives would be "
            "rejected."
        )
    return _(
        "Once it is read without another rejection: with %(sure)s confidence, fewer than "
        "%(limit)s of the %(all)s creatives would be rejected."
    )
