"""What a classifier learns from: labelled texts checked, and a fifth of them set aside.

Without numpy, so that a page can say what is wrong with a file before anything is trained.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import compress

from django.utils.translation import gettext as _

from inference.label_columns import MOST_LABELS
from inference.label_files import Labelled
from inference.labels import VOCABULARY, is_protected
from tenants.errors import BadInput

ONE_IN = 5
LEAST_HELD_OUT = 20
LEAST_TEXTS = ONE_IN * LEAST_HELD_OUT
"""Texts of which one in `ONE_IN` is just about `LEAST_HELD_OUT`."""
LONGEST_LABEL = 60


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """The texts learnt from, those held out, those that should get no label, and all of them."""

    learnt: Labelled
    held: Labelled
    foreign: Labelled
    whole: Labelled


def prepare(known: Labelled, *, name: str, taken: Collection[str], oos: str = "") -> Prepared:
    """Set aside the same fifth of the same texts, whoever asks.

    `taken`: names that no label may have, beside those of the topics that everybody has. `oos`:
    the label of texts that should get none. Raises BadInput: too few texts, labels that nobody
    may get.
    """
    whole = _chosen(known, [bool(text.strip()) for text in known.texts])
    foreign = whole.only(oos) if oos else Labelled([], [])
    taught = whole.without(oos) if oos else whole
    labels = sorted(set(taught.labels))
    _check_labels([name, *labels])
    _must_be_free(labels, taken)
    aside = [is_held_out(text) for text in taught.texts]
    learnt, held = _chosen(taught, [not one for one in aside]), _chosen(taught, aside)
    if len(held.texts) < LEAST_HELD_OUT:
        raise BadInput(
            _(
                "One text in five is held out to measure; that gives %(count)s here, and at least "
                "%(least)s are needed. Label more texts, then train again."
            )
            % {"count": len(held.texts), "least": LEAST_HELD_OUT}
        )
    _need_two(learnt)
    return Prepared(learnt=learnt, held=held, foreign=foreign, whole=whole)


def is_held_out(text: str) -> bool:
    """Whether a text is never learnt from; case and blanks do not matter."""
    spelt = " ".join(text.split()).casefold().encode()
    return int(hashlib.sha256(spelt).hexdigest()[:8], 16) % ONE_IN == 0


def _check_labels(names: Sequence[str]) -> None:
    """Refuse names that no person may or should be shown with."""
    if wrong := next((name for name in names if is_protected(name)), None):
        text = _(
            "“%(word)s” is about ethnicity, health, religion, politics or sexuality. "
            "People are never labelled by these. Leave it out."
        )
        raise BadInput(text % {"word": wrong}, code="protected_label")
    if len(names) - 1 > MOST_LABELS:
        raise BadInput(_("A classifier has at most %s labels.") % MOST_LABELS)
    for name in names:
        if len(name) > LONGEST_LABEL or not any(sign.isalpha() for sign in name):
            raise BadInput(
                _("“%(name)s” is shown to people: write words of at most %(most)s characters.")
                % {"name": name[:80], "most": LONGEST_LABEL}
            )


def _must_be_free(labels: Sequence[str], taken: Collection[str]) -> None:
    """A label stands among the topics, so it must not have the name of one."""
    if wrong := next((one for one in labels if one in {*VOCABULARY["topic"], *taken}), None):
        text = _("There is a topic named %(name)s already. Name the label otherwise.")
        raise BadInput(text % {"name": wrong})


def _need_two(learnt: Labelled) -> None:
    """Two labels need two different texts each, or there is nothing to tell apart."""
    texts: dict[str, set[str]] = {}
    for text, label in zip(learnt.texts, learnt.labels, strict=True):
        texts.setdefault(label, set()).add(text)
    if sum(len(some) > 1 for some in texts.values()) < 2:
        raise BadInput(
            _(
                "A classifier tells labels apart, so it needs at least two, each with different "
                "texts. Choose another column, or label texts otherwise."
            )
        )


def _chosen(known: Labelled, which: Sequence[bool]) -> Labelled:
    """Return the rows whose flag is set."""
    return Labelled([*compress(known.texts, which)], [*compress(known.labels, which)])
