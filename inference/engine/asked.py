"""What the engine is asked, and what it answers: prompts and options, tokens and counts."""

from dataclasses import dataclass, field

from inference.engine.constrain import Constraint
from inference.engine.drafts import LONGEST
from inference.engine.llama import SLACK


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """What to continue. `shared` is how many of the first tokens other prompts may share."""

    ids: tuple[int, ...]
    shared: int = 0
    seed: int = 0
    expected: int = 0  # tokens, a guess that orders the work; 0 = no idea
    most: int = 0  # new tokens of this text, 0 = as many as the options give
    constraint: Constraint | None = None  # what the text must be


@dataclass(frozen=True, kw_only=True)
class Options:
    """How to write. temperature 0 takes the likeliest token each time. `end` is the token that
    ends a text, or several of which each does."""

    end: int | tuple[int, ...]
    max_new_tokens: int
    temperature: float = 0.8
    top_p: float = 0.95
    rows: int = 128
    guesses: int = LONGEST  # most tokens guessed ahead in a step, 0 = none; see `drafts`

    def __post_init__(self) -> None:
        if self.temperature < 0:
            raise ValueError(f"temperature must be 0 or more, not {self.temperature}.")
        if not 0 < self.top_p <= 1:
            raise ValueError(f"top_p must be in (0, 1], not {self.top_p}.")
        if self.rows < 1 or self.max_new_tokens < 1:
            raise ValueError("rows and max_new_tokens must be 1 or more.")
        if not 0 <= self.guesses < SLACK:
            raise ValueError(f"guesses must be between 0 and {SLACK - 1}, not {self.guesses}.")

    @property
    def ends(self) -> tuple[int, ...]:
        return (self.end,) if isinstance(self.end, int) else self.end


@dataclass
class Generated:
    """The new tokens of one prompt, the end token left out.

    finish_reason: "stop" (the end token), "length", "error" (see `error`), "cancelled".
    """

    ids: list[int] = field(default_factory=list)
    finish_reason: str = "cancelled"
    error: str = ""


@dataclass
class Statistics:
    """What a run did: new tokens include the end tokens."""

    new_tokens: int = 0
    prompt_tokens: int = 0
    steps: int = 0
    seconds: float = 0.0
    rows: int = 0  # the batch that fitted in the end

    @property
    def tokens_per_second(self) -> float:
        return self.new_tokens / self.seconds if self.seconds else 0.0
