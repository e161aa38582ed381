"""What a text must be, decided token by token: JSON, a pattern, parts of limited width.

A constraint says before each token which tokens may follow; the engine lets the model choose
among those alone. So every text that ends has the form that was asked for, whatever the model.
JSON and patterns are followed by llguidance over the bytes of the tokens. The width of a text is
what advertising platforms count: 2 for a Chinese, Japanese or Korean character, 1 for others.

Not covered: patterns with look-around or back-references.
"""

import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from llguidance import LLMatcher, LLTokenizer
from tokenizers import Tokenizer

from tenants.errors import BadInput

Allowed = npt.NDArray[np.bool_]
LAST_WIDE = 0x110000  # unicodedata calls signs of the unassigned planes wide


class Follower(Protocol):
    """Follows one text. `least`: a token must be at least that likely to the model to be taken; a
    text that has none such ends as an error instead of in the middle of a phrase."""

    @property
    def least(self) -> float: ...

    def allowed(self) -> Allowed:
        """Return V: which tokens may come next. All False when none can."""

    def take(self, token: int) -> None:
        """Go on with a token that was allowed."""


class Constraint(Protocol):
    """What many texts must be."""

    def follow(self) -> Follower: ...


class Vocabulary:
    """The tokens of a model, ready to be constrained. Make one per model: it takes a second."""

    def __init__(self, tokenizer: Tokenizer, ends: Sequence[int], size: int = 0) -> None:
        """`ends` are the tokens that end a text. `size`: how many logits the model has, 0 = as
        many as the tokenizer has tokens."""
        self.size = size or tokenizer.get_vocab_size()
        self.matching = LLTokenizer(tokenizer.to_str(), n_vocab=self.size, eos_token=list(ends))

    def json(self, schema: Mapping[str, Any]) -> "Grammar":
        """Hold texts to a JSON schema. Raises BadInput for a schema that cannot be held to."""
        rules = LLMatcher.grammar_from_json_schema(
            json.dumps(schema), overrides={"whitespace_flexible": False}
        )
        return self._grammar(rules, "JSON schema")

    def regex(self, pattern: str) -> "Grammar":
        """Hold texts to a regular expression, whole. Raises BadInput for one that it is not."""
        return self._grammar(LLMatcher.grammar_from_regex(pattern), "regular expression")

    def parts(self, limits: Mapping[str, int | None]) -> "Grammar":
        """Hold texts to one JSON object with these strings in this order.

        limits: the most columns of each string, 1 or more; None for a text of many lines that
        has no limit. Raises BadInput for a limit that is none.
        """
        if not limits or any(limit is not None and limit < 1 for limit in limits.values()):
            raise BadInput("Give one part or more, each with a limit of 1 or more columns or none.")
        return self._grammar(LLMatcher.grammar_from_lark(parts_grammar(limits)), "list of parts")

    def _grammar(self, rules: str, what: str) -> "Grammar":
        matcher = LLMatcher(self.matching, rules, log_level=0)
        if matcher.is_error():
            reason = matcher.get_error().splitlines()[0][:200]
            raise BadInput(f"No text can be held to this {what}: {reason}")
        return Grammar(matcher, self.size)


class Grammar:
    """A constraint that llguidance follows."""

    def __init__(self, matcher: LLMatcher, size: int) -> None:
        self.matcher, self.size = matcher, size

    def follow(self) -> "GrammarFollower":
        return GrammarFollower(self.matcher.deep_copy(), self.size)


class GrammarFollower:
    """One text within a grammar. Any token that is allowed may be taken, however unlikely."""

    least = 0.0

    def __init__(self, matcher: LLMatcher, size: int) -> None:
        self.matcher, self.size = matcher, size

    def allowed(self) -> Allowed:
        bits = np.frombuffer(self.matcher.compute_bitmask(), dtype=np.uint8)
        return np.unpackbits(bits, bitorder="little")[: self.size].view(np.bool_)

    def take(self, token: int) -> None:
        self.matcher.consume_token(token)


@dataclass(frozen=True, kw_only=True)
class Widths:
    """Parts of limited width, for models that write parts with a token between.

    widths: V, the columns of each token; limits: the most columns of each part in turn, the last
    for all that follow; `part` and `end` are the tokens that end a part and the text.
    """

    widths: npt.NDArray[np.int64]
    limits: tuple[int, ...]
    part: int
    end: int
    least: float = 1e-3

    def follow(self) -> "WidthFollower":
        return WidthFollower(self)


class WidthFollower:
    """One text within its widths."""

    def __init__(self, rules: Widths) -> None:
        self.rules, self.at, self.room = rules, 0, rules.limits[0]
        self.least = rules.least

    def allowed(self) -> Allowed:
        may: Allowed = self.rules.widths <= self.room
        may[[self.rules.part, self.rules.end]] = True
        return may

    def take(self, token: int) -> None:
        if token == self.rules.part:
            self.at = min(self.at + 1, len(self.rules.limits) - 1)
            self.room = self.rules.limits[self.at]
        else:
            self.room -= int(self.rules.widths[token])


def parts_grammar(limits: Mapping[str, int | None]) -> str:
    """Return the grammar of an object of strings, each at most so wide, in Lark's notation.

    L7, a text of at most 7 columns, is a narrow sign and L6, or a wide one and L5, or nothing.
    Signs that take no column of their own are counted as narrow, so a limit holds always.
    """
    wide = wide_signs()
    rules = [
        f"WIDE: /[{wide}]/",
        rf'NARROW: /[^"\\\x00-\x1f\x7f-\x9f\x{{2028}}\x{{2029}}{wide}]/ | "\\\"" | "\\\\"',
        r'FREE: /([^"\\\x00-\x1f\x7f]|\\["\\n])*/',
        'L0: ""',
        "L1: NARROW?",
    ]
    widest = max(limit or 0 for limit in limits.values())
    rules += [f"L{n}: (NARROW L{n - 1} | WIDE L{n - 2})?" for n in range(2, widest + 1)]
    rules += [
        rf'PART{at}: "\"" {"FREE" if limit is None else f"L{limit}"} "\""'
        for at, limit in enumerate(limits.values())
    ]
    members = [f"{json.dumps(json.dumps(name) + ':')} PART{at}" for at, name in enumerate(limits)]
    return "\n".join([*rules, 'start: "{" ' + ' "," '.join(members) + ' "}"'])


@cache
def wide_signs() -> str:
    """Return the signs that take two columns as ranges of a regular expression."""
    ranges: list[list[int]] = []
    for code in range(LAST_WIDE):
        if unicodedata.east_asian_width(chr(code)) in "WF":
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return "".join(rf"\x{{{first:x}}}-\x{{{last:x}}}" for first, last in ranges)
