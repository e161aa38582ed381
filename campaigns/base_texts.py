"""The base text: the marketer's own words, or a plain text of the goal.

It is the control that the written variants are compared with, and what people get whose text
was blocked, rejected or never written. It is the same for everybody of one language, so it
cites no fact about the customer.
"""

import re

from inference.types import LIMITS, Goal, Language, Slot, WritingRequest

ENGLISH: dict[Goal, tuple[str, str, str]] = {
    Goal.WELCOME: ("Welcome to {brand}", "Good to have you with us. A first idea: {name}.", "Look"),
    Goal.WINBACK: (
        "News from {brand}",
        "It has been a while. We would like to show you {name}.",
        "See what is new",
    ),
    Goal.LAUNCH: ("New at {brand}", "{name} is here. See whether it suits you.", "See it"),
    Goal.DISCOUNT: ("From {brand}", "This one is for you: {name}.", "See it"),
    Goal.CART: (
        "Still interested?",
        "{name} is waiting in your cart. You can go on where you stopped.",
        "Back to the cart",
    ),
    Goal.REPLENISHMENT: (
        "Time for more?",
        "You may be running low on {name}. Here it is again.",
        "Order again",
    ),
    Goal.REVIEW: (
        "How do you like it?",
        "You know {name} by now. Tell others what you think of it.",
        "Write a review",
    ),
    Goal.LOYALTY: (
        "Thank you from {brand}",
        "Thank you for coming back to us. We thought of {name} for you.",
        "Take a look",
    ),
    Goal.SEASONAL: (
        "{occasion} at {brand}",
        "An idea for {occasion}: {name}.",
        "See it",
    ),
}
CHINESE: dict[Goal, tuple[str, str, str]] = {
    Goal.WELCOME: ("欢迎来到{brand}", "很高兴认识您。先为您介绍{name}。", "看一看"),
    Goal.WINBACK: ("{brand}的近况", "好久不见。想为您介绍{name}。", "看看新品"),
    Goal.LAUNCH: ("{brand}上新", "{name}到了，看看是否适合您。", "查看"),
    Goal.DISCOUNT: ("来自{brand}", "为您介绍{name}。", "查看"),
    Goal.CART: ("还在考虑吗", "{name}还在您的购物车里，您可以继续下单。", "回到购物车"),
    Goal.REPLENISHMENT: ("需要补货吗", "您的{name}可能快用完了，这里可以再次下单。", "再次购买"),
    Goal.REVIEW: ("用得如何", "您已经了解{name}了，欢迎告诉大家您的看法。", "写评价"),
    Goal.LOYALTY: ("{brand}感谢您", "感谢您一直以来的信任。为您介绍{name}。", "看一看"),
    Goal.SEASONAL: ("{brand}的{occasion}", "{occasion}的一个选择：{name}。", "查看"),
}
TEMPLATES = {Language.ENGLISH: ENGLISH, Language.CHINESE: CHINESE}
GREETING = {Language.ENGLISH: "Hello,", Language.CHINESE: "您好："}
PREHEADER = {Language.ENGLISH: "A note from {brand}", Language.CHINESE: "来自{brand}的一封信"}
OFFER = {Language.ENGLISH: "Your offer: {phrase}", Language.CHINESE: "您的优惠：{phrase}"}
CODE = {Language.ENGLISH: "with the code {code}", Language.CHINESE: "，优惠码{code}"}
ENDS = {Language.ENGLISH: "until {ends}", Language.CHINESE: "，有效期至{ends}"}
FULL_STOP = {Language.ENGLISH: ".", Language.CHINESE: "。"}
HAN = re.compile("[\u3400-\u9fff]")


def build(request: WritingRequest, message: str = "") -> dict[str, str]:
    """Return the base text as an email.

    `message` is used where it is in the language of the request: as the body, and its first
    line as the subject if a blank line follows it. Slots in it are left as they are.
    """
    subject, body, button = TEMPLATES[request.language][request.goal]
    language = request.language
    words = message.strip() if is_in(message, language) else ""
    subject, body = _own_words(words, subject, body)
    if Slot.OFFER in request.slots and "offer." not in body:
        body = f"{body}\n\n{_offer_sentence(request)}"
    parts = {
        "subject": subject,
        "preheader": PREHEADER[language],
        "body": f"{GREETING[language]}\n\n{body}",
        "call_to_action": button,
    }
    return {name: _with_slots(text) for name, text in parts.items()}


def is_in(message: str, language: str) -> bool:
    """Whether the marketer's message is written in this language, judged by its script."""
    letters = [sign for sign in message if sign.isalpha()]
    if not letters:
        return False
    han = sum(bool(HAN.match(sign)) for sign in letters) > 0.3 * len(letters)
    return han == (language == Language.CHINESE)


def _own_words(words: str, subject: str, body: str) -> tuple[str, str]:
    if not words:
        return subject, body
    first, blank, rest = words.partition("\n\n")
    if blank and "\n" not in first and len(first) <= LIMITS["subject"]:
        return first.strip(), rest.strip()
    return subject, words


def _offer_sentence(request: WritingRequest) -> str:
    language = request.language
    sentence = OFFER[language]
    for slot, words in ((Slot.ENDS, ENDS), (Slot.CODE, CODE)):
        if slot in request.slots:
            gap = " " if language == Language.ENGLISH else ""
            sentence += gap + words[language]
    return sentence + FULL_STOP[language]


def _with_slots(text: str) -> str:
    """Put the slots in place of the short names that the templates use."""
    names = {
        "name": Slot.PRODUCT,
        "brand": Slot.BRAND,
        "phrase": Slot.OFFER,
        "code": Slot.CODE,
        "ends": Slot.ENDS,
        "occasion": Slot.OCCASION,
    }
    for short, slot in names.items():
        text = re.sub(rf"(?<!\{{)\{{{short}\}}(?!\}})", slot.tag, text)
    return text
