"""The starter's tokenizer: byte-level BPE that sees English by word and Chinese by run.

Line breaks and slots are one token each. A token holds at most `LONGEST` bytes (five Chinese
characters), so that the model writes phrases, not memorised sentences.
"""

from collections.abc import Iterable

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from inference.errors import ModelRefused
from inference.starter.prompt import special_tokens, text_tokens

VOCABULARY = 4096
LONGEST = 16
PIECES = Regex(r" ?[A-Za-z']+|[\u3400-\u9fff]+| ?[^\sA-Za-z\u3400-\u9fff]+|\s+")


def token_id(tokenizer: Tokenizer, token: str) -> int:
    """Return the id of a token that must be there. Raises ModelRefused when it is not."""
    found: int | None = tokenizer.token_to_id(token)
    if found is None:
        raise ModelRefused(
            f"The tokenizer does not know {token}, so it is not the starter's. "
            "Run `make starter`, or check out its files again."
        )
    return found


def train_tokenizer(texts: Iterable[str]) -> Tokenizer:
    """Return a tokenizer trained on `texts` (parts of texts, slots unfilled)."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(PIECES, "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    fixed = text_tokens()
    tokenizer.add_special_tokens(special_tokens())
    tokenizer.add_tokens([AddedToken(text, normalized=False) for text in fixed])
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[*special_tokens(), *fixed],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        max_token_length=LONGEST,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer
