"""A writer without a model, for tests: repeatable, instant, and as good or as evil as told.

Left alone it composes a plain, valid text in either language that cites every slot of the
request. `scripted` makes it say something else instead: what an attacker would have it say, or
nothing at all.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from inference.types import FIELDS, Channel, Language, Lead, Slot, Writing, WritingRequest

Parts = Mapping[str, str]
Script = Callable[[WritingRequest], Parts]
PROMPT_VERSION = "fake-1"

_scripts: list[Script] = []


@contextmanager
def scripted(script: Script | Sequence[Parts]) -> Iterator[None]:
    """Inside this block every text comes from `script`: a function, or texts in their order.

    A function that raises makes that one request fail. A sequence that runs out falls back to
    the composed text.
    """
    _scripts.append(script if callable(script) else _from_queue(script))
    try:
        yield
    finally:
        _scripts.pop()


def write(
    requests: Sequence[WritingRequest],
    *,
    on_progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    device: str = "auto",
    threads: int = 0,
    dtype: str = "auto",
) -> list[Writing]:
    """Return one writing per request, in order, as the engines with a model do."""
    writings: list[Writing] = []
    for request in requests:
        if should_stop and should_stop():
            writings.append(_writing({}, "The writing was stopped."))
        else:
            writings.append(_write_one(request))
        if on_progress:
            on_progress(len(writings), len(requests))
    return writings


def compose(request: WritingRequest) -> dict[str, str]:
    """Return a valid text of `request` that cites every slot it has."""
    chinese = request.language == Language.CHINESE
    body = (_chinese_body if chinese else _english_body)(request)
    short = {
        "subject": "为您介绍" + Slot.PRODUCT.tag if chinese else "News about " + Slot.PRODUCT.tag,
        "preheader": "来自" + Slot.BRAND.tag if chinese else "A note from " + Slot.BRAND.tag,
        "call_to_action": "去看看" if chinese else "Take a look",
        "headline": "为您挑选" if chinese else "Picked for you",
        "description": ("来看看" if chinese else "Meet ") + Slot.PRODUCT.tag,
        "title": "认识" + Slot.PRODUCT.tag if chinese else "About " + Slot.PRODUCT.tag,
    }
    return {name: short.get(name, body) for name in FIELDS[request.channel]}


ENGLISH = {
    Slot.LAST_PRODUCT: "You chose {} last time.",
    Slot.INTEREST: "It suits {}.",
    Slot.CATEGORY: "You find it among {}.",
    Slot.FEATURE: "It has {}.",
    Slot.BENEFIT: "It helps you {}.",
    Slot.PRICE: "Price: {}.",
    Slot.SECOND_PRODUCT: "It goes well with {}.",
    Slot.OFFER: "Your offer: {}.",
    Slot.CODE: "Code: {}.",
    Slot.ENDS: "Until {}.",
    Slot.OCCASION: "Good for {}.",
}
CHINESE = {
    Slot.LAST_PRODUCT: "您上次选择了{}。",
    Slot.INTEREST: "适合{}。",
    Slot.CATEGORY: "它属于{}。",
    Slot.FEATURE: "它有{}。",
    Slot.BENEFIT: "它让您{}。",
    Slot.PRICE: "售价{}。",
    Slot.SECOND_PRODUCT: "可与{}搭配。",
    Slot.OFFER: "您的优惠：{}。",
    Slot.CODE: "优惠码：{}。",
    Slot.ENDS: "有效期至{}。",
    Slot.OCCASION: "适合{}。",
}


def _english_body(request: WritingRequest) -> str:
    name = Slot.FIRST_NAME.tag
    greeting = f"Hello {name}," if Slot.FIRST_NAME in request.slots else "Hello,"
    opening = f"{Slot.BRAND.tag} thought of you."
    lines = [f"Here is {Slot.PRODUCT.tag}.", *_lines(request, ENGLISH)]
    if request.lead == Lead.REASON:
        lines.insert(0, opening)
    text = " ".join(lines)
    return text if request.channel == Channel.ARTICLE else f"{greeting}\n\n{text}"


def _chinese_body(request: WritingRequest) -> str:
    name = Slot.FIRST_NAME.tag
    greeting = f"{name}，您好：" if Slot.FIRST_NAME in request.slots else "您好："
    opening = f"{Slot.BRAND.tag}想起了您。"
    lines = [f"为您带来{Slot.PRODUCT.tag}。", *_lines(request, CHINESE)]
    if request.lead == Lead.REASON:
        lines.insert(0, opening)
    text = "".join(lines)
    return text if request.channel == Channel.ARTICLE else f"{greeting}\n\n{text}"


def _lines(request: WritingRequest, sentences: Mapping[Slot, str]) -> list[str]:
    lines = [sentences[slot].format(slot.tag) for slot in sentences if slot in request.slots]
    if request.channel == Channel.ARTICLE and Slot.FIRST_NAME in request.slots:
        greeting = {Language.CHINESE: "{}，这是给您的。"}.get(request.language, "For you, {}.")
        lines.append(greeting.format(Slot.FIRST_NAME.tag))
    return lines


def _write_one(request: WritingRequest) -> Writing:
    try:
        return _writing(dict(_scripts[-1](request)) if _scripts else compose(request))
    except Exception as error:  # noqa: BLE001 - a script's fault is the request's, as a model's is
        return _writing({}, f"The script failed: {error}")


def _writing(parts: dict[str, str], error: str = "") -> Writing:
    return Writing(
        parts=parts,
        engine="fake",
        model="fake",
        prompt_version=PROMPT_VERSION,
        finish_reason="error" if error else "stop",
        prompt_tokens=0,
        new_tokens=sum(len(text) for text in parts.values()),
        error=error,
    )


def _from_queue(texts: Sequence[Parts]) -> Script:
    waiting = deque(texts)
    return lambda request: waiting.popleft() if waiting else compose(request)
