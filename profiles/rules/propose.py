"""Rules from a sentence: “bought tea twice in 90 days and has not clicked since”. English, Chinese.

A small reader of the product's own words, without a model: it knows the workspace's categories,
products, countries, lists and segments, and says which parts of the sentence it did not
understand. What it proposes is shown as rules, to be looked at and saved by a person.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Rules = dict[str, Any]
LONGEST = 1000
NUMBERS = {
    "a": 1, "an": 1, "one": 1, "once": 1, "two": 2, "twice": 2, "three": 3, "four": 4, "five": 5,
    "six": 6, "ten": 10, "twelve": 12, "一": 1, "两": 2, "二": 2, "三": 3, "四": 4, "五": 5,
    "六": 6, "十": 10,
}  # fmt: skip
UNITS = {
    "day": 1, "week": 7, "month": 30, "quarter": 90, "year": 365, "天": 1, "日": 1, "周": 7,
    "星期": 7, "个月": 30, "月": 30, "季度": 90, "年": 365,
}  # fmt: skip
SPLIT = re.compile(
    r"\s*(?:[;，；、。]|(?<!\d)[,.]|[,.](?!\d)|\band\b|\bbut\b|\bwho\b|\bthat\b|并且|而且|同时|但是|但|且|以及|和)\s*",
    re.IGNORECASE,
)
NUMBER = r"(\d+|once|twice|one|two|three|four|five|six|ten|twelve|an?|[一两二三四五六十])"
SPAN = re.compile(
    rf"{NUMBER}\s*(day|week|month|quarter|year)s?\b|{NUMBER}\s*(个月|星期|季度|天|日|周|月|年)"
    r"|(?:last|past)\s+(day|week|month|quarter|year)\b",
    re.IGNORECASE,
)
TIMES = re.compile(rf"{NUMBER}\s*(?:times|次)|\b(once|twice)\b", re.IGNORECASE)
AMOUNT = re.compile(r"(?:[$€£¥]\s*)?(\d[\d,]*(?:\.\d+)?)")
COUNTED = re.compile(
    r"(?<![a-z])(two|three|four|five|six|ten|twelve|[一两二三四五六十])(?![a-z])", re.IGNORECASE
)
LEAST = re.compile(r"\b(?:not|no) (?:less|fewer) than\b|不少于|不低于", re.IGNORECASE)
MOST = re.compile(
    r"\b(?:less|fewer|under|below|at most|up to)\b|不到|低于|少于|最多|不超过", re.IGNORECASE
)
NOT = re.compile(r"\b(?:not|no|never|n't|without)\b|n't\b|没有|没|未|从不|从未|不", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the workspace has, by name in lower case. Values are what rules hold."""

    categories: Mapping[str, str] = field(default_factory=dict)
    products: Mapping[str, str] = field(default_factory=dict)
    brands: Mapping[str, str] = field(default_factory=dict)
    countries: Mapping[str, str] = field(default_factory=dict)
    segments: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """Rules that a sentence asks for, and its parts that were not understood."""

    rules: Rules
    unread: list[str]


def propose(text: str, known: Known) -> Proposal:
    """Return rules for a sentence. Nothing is guessed: what is not understood is in `unread`."""
    found: list[Rules] = []
    unread: list[str] = []
    for clause in _clauses(text[:LONGEST]):
        if _adds_not_since(clause, found):
            continue
        rule = _rule(clause, known)
        if rule is None:
            unread.append(clause)
        else:
            found.append(rule)
    return Proposal(rules={"all": found} if found else {}, unread=unread)


def _clauses(text: str) -> Iterator[str]:
    for clause in SPLIT.split(text):
        if clause and clause.strip():
            yield clause.strip()


def _adds_not_since(clause: str, found: list[Rules]) -> bool:
    """“not clicked since” belongs to what was done before it."""
    if not NOT.search(clause) or not re.search(
        r"\bsince\b|之后|以后|此后|再", clause, re.IGNORECASE
    ):
        return False
    event = _event(clause)
    last = found[-1] if found else {}
    if event is None or last.get("op") != "at_least" or "times" not in last:
        return False
    last["not_since"] = [event]
    return True


def _rule(clause: str, known: Known) -> Rules | None:
    for read in READERS:
        rule = read(clause, known)
        if rule is not None:
            return rule
    return None


def _days(clause: str) -> int | None:
    hit = SPAN.search(clause)
    if hit is None:
        return None
    if hit[5]:
        return UNITS[hit[5].lower()]
    number, unit = (hit[1], hit[2]) if hit[1] else (hit[3], hit[4])
    return _count(number) * UNITS[unit.lower()]


def _count(word: str) -> int:
    return int(word) if word.isdigit() else NUMBERS[word.lower()]


def _times(clause: str) -> int:
    hit = TIMES.search(clause)
    return _count(hit[1] or hit[2]) if hit else 1


def _named(clause: str, names: Mapping[str, str]) -> str | None:
    """The longest known name that stands in the clause."""
    lowered = clause.lower()
    for name in sorted(names, key=len, reverse=True):
        edge = r"(?<![a-z0-9])" if name.isascii() else ""
        end = r"(?:s|es)?(?![a-z0-9])" if name.isascii() else ""
        if name and re.search(f"{edge}{re.escape(name)}{end}", lowered):
            return names[name]
    return None


def _says(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern, re.IGNORECASE)
    return lambda clause: bool(compiled.search(clause))


_bought = _says(r"\b(?:bought|buy|buys|ordered|orders?|purchased|purchases?)\b|买|购|下单|订单")
_viewed = _says(r"\b(?:viewed|views?|looked at|browsed|visited)\b|浏览|看过")
_averages = _says(r"\b(?:average|mean)\b|平均|客单价")
_spent = _says(r"\b(?:spent|spend|spends|paid)\b|消费|花了|花费")


def _event(clause: str) -> str | None:
    for pattern, name in (
        (r"click|点击|点过", "email_clicked"),
        (r"\bopen(?:ed|s)?\b|打开", "email_opened"),
        (r"\bcart\b|购物车|加购", "product_added"),
        (r"\breview|评价|评论", "review_written"),
        (r"\bsigned up\b|注册", "signed_up"),
    ):
        if re.search(pattern, clause, re.IGNORECASE):
            return name
    return None


def _did(field_name: str, value: str, clause: str) -> Rules:
    rule: Rules = {"field": field_name, "op": "at_least", "value": [value], "times": _times(clause)}
    if NOT.search(clause):
        rule["op"], rule["times"] = "never", 1
    if (days := _days(clause)) is not None:
        rule["days_ago"] = [0, days]
    return rule


def _read_membership(clause: str, known: Known) -> Rules | None:
    op = "is_not" if NOT.search(clause) else "is"
    for word, field_name, names in (
        (r"\blist\b|名单|列表", "list.in", known.lists),
        (r"\bsegment\b|分群", "segment.in", known.segments),
    ):
        if re.search(word, clause, re.IGNORECASE) and (found := _named(clause, names)):
            return {"field": field_name, "op": op, "value": [found]}
    return None


def _read_consent(clause: str, known: Known) -> Rules | None:
    if re.search(
        r"\b(?:may|can|agreed|accepts?|consent|subscribed|opted)\b.*\b(?:e-?mails?|newsletter)"
        r"|可以?(?:收|发)邮件|同意.*邮件|订阅",
        clause,
        re.IGNORECASE,
    ):
        return {"field": "customer.may_email", "op": "is", "value": not NOT.search(clause)}
    return None


def _read_spent(clause: str, known: Known) -> Rules | None:
    if not _spent(clause) or _averages(clause):
        return None
    return _figure("order.spent", clause, known)


def _read_average(clause: str, known: Known) -> Rules | None:
    return _figure("order.average", clause, known) if _averages(clause) else None


def _read_amounts(clause: str, known: Known) -> Rules | None:
    """“Bought 3 different products”, “bought 5 items of tea”."""
    if not _bought(clause) or NOT.search(MOST.sub("", LEAST.sub("", clause.replace("不同", "")))):
        return None
    for pattern, name in (
        (r"\bdifferent\b|\bdistinct\b|种(?:不同)?", "order.products"),
        (r"\b(?:items?|pieces?)\b|件", "order.items"),
    ):
        if re.search(pattern, clause, re.IGNORECASE):
            return _figure(name, clause, known)
    return None


def _figure(name: str, clause: str, known: Known) -> Rules | None:
    """A figure of orders with the first number that is no span, narrowed to a category."""
    hit = AMOUNT.search(SPAN.sub("", clause)) or COUNTED.search(SPAN.sub("", clause))
    if hit is None:
        return None
    number = float(NUMBERS.get(hit[1].lower(), hit[1].replace(",", "")))
    rule: Rules = {
        "field": name,
        "op": "at_most" if MOST.search(LEAST.sub("", clause)) else "at_least",
        "value": int(number) if number.is_integer() else number,
    }
    if category := _named(clause, known.categories):
        rule["of"] = category
    if (span := _days(clause)) is not None:
        rule["days_ago"] = [0, span]
    return rule


def _read_bought(clause: str, known: Known) -> Rules | None:
    if not _bought(clause):
        return None
    if category := _named(clause, known.categories):
        return _did("order.bought_category", category, clause)
    if product := _named(clause, known.products):
        return _did("order.bought_product", product, clause)
    if brand := _named(clause, known.brands):
        op = "is_not" if NOT.search(clause) else "is"
        return {"field": "trait.top_brand", "op": op, "value": [brand]}
    return _any_order(clause)


def _any_order(clause: str) -> Rules | None:
    """An order of anything. A thing that we do not know the name of is not understood."""
    plain = re.search(
        r"\b(?:bought|ordered|purchased|buy|order|purchase)s?\b(?:\s+(?:anything|something|again|at|"
        r"in|for|within|over|more|least|once|twice|\d+|the|$))?(?:\W|$)",
        clause,
        re.IGNORECASE,
    )
    days = _days(clause)
    if NOT.search(clause):
        if days is None:
            return {"field": "order.last_at", "op": "never"}
        return {"field": "order.last_at", "op": "more_than_days_ago", "value": days}
    if re.search(
        r"\b(?:bought|ordered|purchased)\s+(?!anything|something|again|at|in|for|within|over|"
        r"more|once|twice|\d|two|three|four|five)\w+",
        clause,
        re.IGNORECASE,
    ):
        return None
    if plain is None and clause.isascii():
        return None
    rule: Rules = {"field": "order.count", "op": "at_least", "value": _times(clause)}
    if days is not None:
        rule["days_ago"] = [0, days]
    return rule


def _read_viewed(clause: str, known: Known) -> Rules | None:
    if not _viewed(clause):
        return None
    if category := _named(clause, known.categories):
        return _did("event.viewed_category", category, clause)
    if product := _named(clause, known.products):
        return _did("event.viewed_product", product, clause)
    return None


def _read_event(clause: str, known: Known) -> Rules | None:
    event = _event(clause)
    return None if event is None else _did("event.performed", event, clause)


STAGES = (
    (r"\blapsed\b|\blost\b|\binactive\b|流失|沉睡", "lapsed"),
    (r"\bloyal\b|忠诚|老客户|忠实", "loyal"),
    (r"\bactive\b|活跃", "active"),
    (r"\bprospects?\b|潜在", "prospect"),
    (r"\bnew customers?\b|\bfirst[- ]time\b|新客", "first"),
)


def _read_stage(clause: str, known: Known) -> Rules | None:
    for pattern, stage in STAGES:
        if re.search(pattern, clause, re.IGNORECASE):
            op = "is_not" if NOT.search(clause) else "is"
            return {"field": "trait.stage", "op": op, "value": [stage]}
    return None


def _read_offers(clause: str, known: Known) -> Rules | None:
    if re.search(
        r"on offer|discount|bargain|price[- ]sensitive|打折|优惠|价格敏感", clause, re.IGNORECASE
    ):
        return {"field": "trait.discount_affinity", "op": "is", "value": ["high"]}
    return None


def _read_language(clause: str, known: Known) -> Rules | None:
    for pattern, code in ((r"\benglish\b|英语|英文", "en"), (r"\bchinese\b|中文|汉语", "zh-hans")):
        if re.search(pattern, clause, re.IGNORECASE):
            op = "is_not" if NOT.search(clause) else "is"
            return {"field": "customer.language", "op": op, "value": [code]}
    return None


def _read_country(clause: str, known: Known) -> Rules | None:
    found = _named(clause, known.countries)
    if found is None:
        return None
    op = "is_not" if NOT.search(clause) else "is"
    return {"field": "customer.country", "op": op, "value": [found]}


READERS = (
    _read_membership,
    _read_consent,
    _read_average,
    _read_spent,
    _read_amounts,
    _read_bought,
    _read_viewed,
    _read_event,
    _read_stage,
    _read_offers,
    _read_language,
    _read_country,
)

COUNTRY_NAMES = {
    "US": ("united states", "usa", "america", "美国"),
    "GB": ("united kingdom", "uk", "britain", "england", "英国"),
    "DE": ("germany", "德国"),
    "FR": ("france", "法国"),
    "NO": ("norway", "挪威"),
    "SE": ("sweden", "瑞典"),
    "CN": ("china", "中国"),
    "JP": ("japan", "日本"),
    "CA": ("canada", "加拿大"),
    "ES": ("spain", "西班牙"),
    "IT": ("italy", "意大利"),
    "NL": ("netherlands", "holland", "荷兰"),
    "AU": ("australia", "澳大利亚"),
}
