"""How a request reads to the starter model, and how its tokens read back as a text.

A prompt is one special token per control, always all of them, in one order: first what the whole
campaign shares, then what differs between micro-segments. A text is its parts in the order of
`FIELDS`, with `PART` between and `END` after.
"""

from collections.abc import Mapping, Sequence

from inference.types import (
    FIELDS,
    Channel,
    Goal,
    Language,
    Lead,
    Motive,
    Slot,
    Stage,
    Tone,
    WritingRequest,
)

PROMPT_VERSION = "starter-2"

PAD, BEGIN, END, PART, WRITE = "<|pad|>", "<|bos|>", "<|eos|>", "<|part|>", "<|write|>"

CAMPAIGN_SLOTS = (
    Slot.OFFER,
    Slot.CODE,
    Slot.ENDS,
    Slot.PRICE,
    Slot.CATEGORY,
    Slot.FEATURE,
    Slot.BENEFIT,
    Slot.SECOND_PRODUCT,
    Slot.OCCASION,
)
PERSON_SLOTS = (Slot.FIRST_NAME, Slot.LAST_PRODUCT, Slot.INTEREST)


def campaign_tokens(request: WritingRequest) -> list[str]:
    """Return the tokens that all requests of a campaign in one language and channel share."""
    return [
        BEGIN,
        f"<|language={request.language}|>",
        f"<|channel={request.channel}|>",
        f"<|goal={request.goal}|>",
        f"<|tone={request.tone}|>",
        f"<|tight={int(request.tight)}|>",
        *(_slot_token(slot, slot in request.slots) for slot in CAMPAIGN_SLOTS),
    ]


def prompt_tokens(request: WritingRequest) -> list[str]:
    """Return the whole prompt: the campaign's tokens, then the micro-segment's."""
    return [
        *campaign_tokens(request),
        f"<|lead={request.lead}|>",
        f"<|motive={request.motive}|>",
        f"<|stage={request.stage}|>",
        *(_slot_token(slot, slot in request.slots) for slot in PERSON_SLOTS),
        WRITE,
    ]


def special_tokens() -> list[str]:
    """Return every token of a prompt's alphabet, in the order of their ids."""
    values = {
        "language": Language,
        "channel": Channel,
        "goal": Goal,
        "tone": Tone,
        "lead": Lead,
        "motive": Motive,
        "stage": Stage,
    }
    controls = [f"<|{key}={value}|>" for key, kind in values.items() for value in kind]
    slots = [
        _slot_token(slot, known)
        for slot in CAMPAIGN_SLOTS + PERSON_SLOTS
        for known in (False, True)
    ]
    rooms = [f"<|tight={int(tight)}|>" for tight in (False, True)]
    return [PAD, BEGIN, END, PART, WRITE, *controls, *rooms, *slots]


def text_tokens() -> list[str]:
    """Return the pieces of a text that are one token each: line breaks and slots."""
    return ["\n\n", "\n", *(lead + slot.tag for slot in Slot for lead in (" ", ""))]


def join_parts(channel: Channel, parts: Mapping[str, str]) -> list[str]:
    """Return the parts in the order in which they are written."""
    return [parts[name] for name in FIELDS[channel]]


def split_parts(channel: Channel, texts: Sequence[str]) -> dict[str, str]:
    """Name the texts that a model wrote; those beyond the channel's parts are dropped."""
    return dict(zip(FIELDS[channel], (text.strip() for text in texts), strict=False))


def _slot_token(slot: Slot, known: bool) -> str:
    return f"<|{slot}={int(known)}|>"
