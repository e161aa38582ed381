"""What a text claims in figures: prices, percentages, dates, codes, amounts, links.

The scanner reads the *final* text, with the facts filled in, in English and in Chinese. A claim
is honest only if it lies inside a fact of the snapshot as a whole: "20%" inside "20% off" is,
"120%" that a stray 1 before the slot makes is not, and "$89" beside a price of $96.00 is not.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping

TAG = re.compile(r"\{\{ ?([a-z_0-9.]{1,60}) ?\}\}")
DIGITS = "0-9０-９¼½¾⅓⅔"
FIGURE = re.compile(
    rf"(?:(?:US|HK|CN|[ACS])?[$€£¥￥₹₩₽] ?|\b(?:USD|EUR|GBP|CNY|RMB|JPY) ?)?"
    rf"[{DIGITS}]+(?:[.,:/–-][{DIGITS}]+)*"
    r" ?(?:[%％‰折成元块倍€£¥￥]|(?:st|nd|rd|th|x|k|m)\b|个?[百千万])?"
)
WORDS = re.compile(
    r"\b(?:per ?cent|half[- ]price|half off|buy one,? get one|two for one|bogo|"
    r"(?:a|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|"
    r"forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand)[- ]"
    r"(?:per ?cent|dollars?|euros?|pounds?|cents|yuan|off|hours?|days?|weeks?|months?|years?|"
    r"times|items|pieces|left|third|quarter|half|hundred|thousand)|"
    r"(?:two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|thirty|forty|fifty|sixty|"
    r"seventy|eighty|ninety|hundred|thousand)|"
    r"(?:January|February|April|June|July|August|September|October|November|December)|"
    r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|tomorrow|tonight|midnight))\b"
    r"|[零一二两三四五六七八九十百千万半]{1,8} ?(?:折|成|元|块|美元|欧元|倍|小时|分钟|周|个月|"
    r"月|年|号)"
    # A lone 一 before these is an article: 添一份, 再看一次.
    r"|(?:[仅只]限?剩?|限时|最后)一 ?[天件份人次]"
    r"|(?:[零二两三四五六七八九十百千万半]|[一二三四五六七八九十百千万零半]{2,8}) ?[天件份人次]"
    r"|百分之|半价|买一送一|第二件|(?:周|星期|礼拜)[一二三四五六日天]|"
    r"[一二三四五六七八九十]{1,3}月|明天|后天|今晚|对折",
    re.IGNORECASE,
)
CODE = re.compile(
    r"(?:\b(?:code|coupon|voucher)|优惠码|折扣码|券码|口令)[:： ]{0,3}([A-Z0-9][A-Z0-9_-]{2,30})\b"
)
LINK = re.compile(
    r"[a-z][a-z0-9+.-]{1,20}://\S{0,60}|\bwww\.\S{1,60}|\b(?:mailto|javascript|data|tel):\S{0,60}|"
    r"[\w.+-]{1,60}@[\w-]{1,60}\.\w{2,}|"
    r"\b[a-z0-9-]{2,60}\.(?:com|net|org|io|cn|co|shop|store|info|biz|ru|xyz|top|ly|me|app|dev|"
    r"example|test)\b(?:/\S{0,60})?",
    re.IGNORECASE,
)
NOT_IN_WORDS = ("product.url", "product.image_url", "brand.website", "offer.ends_at")
"""Facts that the layout uses. They are no words, so a text that spells one out is wrong."""


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put the values in place of the slots. A slot without a value is left as it is."""
    return TAG.sub(lambda match: values.get(match.group(1), match.group()), text)


def figures_not_in(text: str, facts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield (kind, words) of every claim in the final text that no fact holds.

    `kind` is "figure", "code" or "link".
    """
    patterns = (("link", LINK), ("code", CODE), ("figure", FIGURE), ("figure", WORDS))
    claims = [(kind, match) for kind, pattern in patterns for match in pattern.finditer(text)]
    spans = list(_spans(text, facts)) if claims else []
    for kind, match in claims:
        said = match.group(1 if kind == "code" else 0)
        start = match.start(1 if kind == "code" else 0)
        end = start + len(said.rstrip())
        if not any(low <= start and end <= high for low, high in spans):
            yield kind, said.strip()


def _spans(text: str, facts: Mapping[str, str]) -> Iterator[tuple[int, int]]:
    """Yield where the final text holds a whole fact, word for word."""
    for key, value in facts.items():
        if value and key not in NOT_IN_WORDS:
            for match in re.finditer(re.escape(value), text, re.IGNORECASE):
                yield match.span()


def says(text: str, word: str) -> bool:
    """Whether the text has the word, whatever its case or width.

    A word of letters is found between word boundaries ("best" is not in "bestow"); a Chinese one
    anywhere.
    """
    text, word = _plain(text), _plain(word).strip()
    if not word:
        return False
    before = r"(?<![^\W\u3400-\u9fff])" if _is_latin(word[0]) else ""
    after = r"(?![^\W\u3400-\u9fff])" if _is_latin(word[-1]) else ""
    return re.search(before + re.escape(word) + after, text) is not None


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text).casefold())


def _is_latin(sign: str) -> bool:
    return sign.isalnum() and not "\u3400" <= sign <= "\u9fff"
