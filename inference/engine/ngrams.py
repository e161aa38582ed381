"""Count words and characters: texts as sparse rows of weighted n-grams (TF-IDF)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

WORD = r"(?u)\b\w+(?:'\w+)?\b|[!?]"
"""A word with its apostrophe ("don't" is one word), or a mark that carries feeling."""

KINDS: dict[str, dict[str, Any]] = {
    "words": {"analyzer": "word", "ngram_range": (1, 2), "token_pattern": WORD},
    "pieces": {"analyzer": "char_wb", "ngram_range": (2, 5)},
    "characters": {"analyzer": "char", "ngram_range": (1, 2)},
    "phrases": {"analyzer": "char", "ngram_range": (1, 4)},
}
"""Words and pieces of words for languages with spaces; characters and runs of them for Chinese."""

RARE_FROM_TEXTS = 5000
"""From this many texts on, an n-gram that stands in one text only is dropped."""


@dataclass
class Ngrams:
    """One kind of n-grams with the vocabulary and weights learnt from training texts."""

    kind: str
    vectorizer: Any

    @classmethod
    def learn(cls, kind: str, texts: Sequence[str]) -> "Ngrams":
        """Learn the n-grams of `texts` (at least one n-gram must be there) and their weights."""
        min_df = 2 if len(texts) >= RARE_FROM_TEXTS else 1
        return cls(kind, _vectorizer(kind, min_df=min_df).fit(texts))

    def rows(self, texts: Sequence[str]) -> csr_matrix:
        """Return B × V, each row of length one (or empty when no n-gram is known)."""
        return csr_matrix(self.vectorizer.transform(texts))

    def terms(self) -> list[str]:
        """The vocabulary in the order of the columns."""
        return [str(term) for term in self.vectorizer.get_feature_names_out()]

    def weights(self) -> npt.NDArray[np.float32]:
        """The inverse document frequency of each column."""
        return np.asarray(self.vectorizer.idf_, dtype=np.float32)

    @classmethod
    def restore(cls, kind: str, terms: list[str], weights: npt.NDArray[np.float32]) -> "Ngrams":
        """Build what `terms` and `weights` describe."""
        vectorizer = _vectorizer(kind, vocabulary={term: at for at, term in enumerate(terms)})
        vectorizer.idf_ = weights
        return cls(kind, vectorizer)


def _vectorizer(kind: str, **options: Any) -> Any:
    return TfidfVectorizer(sublinear_tf=True, dtype=np.float32, **KINDS[kind], **options)
