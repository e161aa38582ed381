"""The labels that a person's own words can get, the words that show them, and what is off limits.

English and Chinese; what is off limits in German, French and Spanish too. A closed vocabulary:
nothing here says anything about ethnicity, health, religion, politics or sexuality, and
`is_protected` refuses such labels where a workspace names topics of its own. The
words were written for this project; no text of anybody was learnt from.
"""

# ruff: noqa: E501, SIM905 - rows of words, which are read more easily so

import re
import unicodedata
from collections.abc import Mapping

# Aspects: what an opinion is about.
ASPECTS: Mapping[str, tuple[str, ...]] = {
    "delivery": (
        "deliver(?:y|ed|s|ing)?", "shipp(?:ing|ed)", "courier", "arriv(?:ed|al|es)", "postage",
        "快递", "物流", "发货", "送货", "配送", "到货",
    ),
    "price": (
        "price[sd]?", "pric(?:ey|ing)", "cost(?:s|ly)?", "expensive", "cheap(?:er|ly)?", "value",
        "bargain", "overpriced", "affordable", "价格", "价钱", "性价比", "便宜", "太贵", "实惠", "划算",
    ),
    "quality": (
        "quality", "well[- ]made", "badly made", "poorly made", "workmanship", "craftsmanship",
        "flimsy", "sturdy", "defective", "质量", "做工", "品质", "用料", "材质",
    ),
    "fit": (
        "fits?", "fitted", "fitting", "siz(?:e|es|ing)", "too (?:small|large|big|tight|loose|short|"
        "long)", "runs (?:small|large)", "true to size", "尺码", "尺寸", "合身", "偏大", "偏小", "大小",
    ),
    "design": (
        "designs?", "looks?", "colou?rs?", "style", "stylish", "pattern", "beautiful", "pretty",
        "ugly", "款式", "颜色", "外观", "样式", "好看", "难看", "设计",
    ),
    "comfort": (
        "comfort(?:able|y)?", "uncomfortable", "soft(?:ness)?", "itchy", "scratchy", "cosy", "cozy",
        "舒服", "舒适", "柔软", "扎人", "不舒服",
    ),
    "durability": (
        "durab(?:le|ility)", "lasts?", "lasted", "broke(?:n)?", "wore out", "worn out", "fell apart",
        "tore", "faded", "耐用", "结实", "坏了", "掉色", "起球", "开裂",
    ),
    "service": (
        "customer (?:service|support|care)", "support", "staff", "helpful", "rude", "replied",
        "客服", "售后", "服务", "态度",
    ),
    "packaging": ("packag(?:ing|ed)", "wrapped", "the box", "包装", "盒子"),
    "taste": ("tast(?:e|es|ed|y)", "flavou?rs?", "delicious", "aroma", "味道", "口感", "好喝", "好吃"),
    "ease": (
        "easy to", "hard to (?:use|assemble|clean)", "instructions?", "set ?up", "assembl(?:y|e|ed)",
        "confusing", "intuitive", "好用", "方便", "操作", "说明书", "安装", "难用",
    ),
}  # fmt: skip

# Topics: what a text is about besides the product itself.
TOPICS: Mapping[str, tuple[str, ...]] = {
    "gift": (
        "gifts?", "presents?", "birthday", "christmas", "anniversary", "礼物", "送人", "生日", "送礼",
        "送给",
    ),
    "family": (
        "my (?:kids?|son|daughter|children|baby|husband|wife|mum|mom|dad|mother|father|parents)",
        "孩子", "儿子", "女儿", "宝宝", "爸妈", "妈妈", "爸爸", "老公", "老婆",
    ),
    "pets": ("dogs?", "cats?", "pupp(?:y|ies)", "kittens?", "pets?", "狗狗", "猫咪", "宠物", "小狗", "小猫"),
    "travel": ("travel(?:s|led|ling)?", "trips?", "holidays?", "vacation", "flights?", "旅行", "旅游", "出差"),
    "outdoors": ("hik(?:e|es|ing)", "trails?", "camp(?:ing)?", "mountains?", "徒步", "露营", "登山", "户外"),
    "sport": (
        "runn(?:ing|er)", "gym", "workouts?", "training", "yoga", "cycling", "marathon", "跑步", "健身",
        "瑜伽", "骑行", "训练",
    ),
    "work": ("office", "at work", "for work", "meetings?", "上班", "办公室", "工作"),
    "home": ("kitchen", "living room", "bedroom", "sofa", "new flat", "new house", "厨房", "客厅", "卧室", "新家"),
    "garden": ("garden(?:ing)?", "balcony", "plants?", "花园", "阳台", "种植"),
    "cooking": ("cook(?:ing|ed)?", "bak(?:e|ing|ed)", "recipes?", "烹饪", "做饭", "烘焙", "下厨"),
    "sustainability": (
        "sustainab(?:le|ility)", "recycl(?:ed|able|ing)", "eco[- ]friendly", "plastic[- ]free",
        "环保", "可回收", "可持续",
    ),
}  # fmt: skip

# Needs: what a person says they lack.
NEEDS: Mapping[str, tuple[str, ...]] = {
    "larger_size": ("too (?:small|tight|short)", "runs small", "size up", "偏小", "太小", "太紧"),
    "smaller_size": ("too (?:big|large|loose|long)", "runs large", "size down", "偏大", "太大", "太松"),
    "more_choice": (
        "wish (?:it|they) (?:came|had|made)", "more colou?rs", "other colou?rs", "out of stock",
        "sold out", "没有货", "缺货", "颜色太少", "没有别的颜色", "断货",
    ),
    "lower_price": (
        "too expensive", "too pricey", "overpriced", "can'?t afford", "cheaper elsewhere", "太贵",
        "贵了", "能不能便宜", "更便宜",
    ),
    "faster_delivery": (
        "still waiting", "took (?:ages|forever|weeks|too long)", "arrived late", "not arrived",
        "太慢", "还没到", "还没收到", "等了很久", "迟迟",
    ),
    "refill": ("run(?:ning)? out", "nearly empty", "refills?", "used (?:it )?up", "快用完", "用完了", "补货", "回购"),
    "guidance": (
        "how (?:do|does|can|should) (?:i|it|you)", "instructions? (?:are|were) (?:missing|unclear)",
        "which (?:one|size) should", "怎么用", "怎么选", "如何使用", "看不懂",
    ),
    "durable_goods": ("broke after", "fell apart", "wore out", "didn'?t last", "坏了", "不耐用", "用了没多久"),
}  # fmt: skip

# Needs that are an opinion of an aspect even where no word shows a feeling.
SHORTCOMINGS: Mapping[str, str] = {
    "larger_size": "fit",
    "smaller_size": "fit",
    "durable_goods": "durability",
}

# Intents: what a person means to do.
INTENTS: Mapping[str, tuple[str, ...]] = {
    "buy_again": (
        "(?:will|would|going to|i'?ll|i'?d) (?:definitely |certainly )?(?:buy|order|purchase)(?: it| "
        "them| this| more)?(?: here)? again", "will be back", "buy(?:ing)? more", "second pair",
        "还会再买", "会再来", "会回购", "下次还", "再次购买",
    ),
    "recommend": (
        "(?:would|will|highly|definitely|can) recommend", "recommended (?:it|this) to", "强烈推荐",
        "推荐给", "值得推荐", "值得购买",
    ),
    "return": (
        "(?:want|like|going|need|how|have) to (?:return|send (?:it|them) back)", "refund",
        "sent (?:it|them) back", "退货", "退款", "想退", "要退",
    ),
    "leave": (
        "never (?:buy|order|shop)(?:ing)?(?: (?:here|from (?:you|them)))?(?: again)?", "last time i",
        "won'?t (?:buy|order)", "will not (?:buy|order)", "不会再买", "再也不", "不会再来",
    ),
    "complain": ("complain(?:t|ed|ing)?", "disappointed", "unacceptable", "投诉", "差评", "失望"),
    "ask": ("\\?\\s*$", "do you (?:have|sell|ship)", "is (?:this|it) available", "？\\s*$", "有没有", "请问"),
    "compare": ("compared (?:to|with)", "better than", "instead of the", "versus", "(?<!价)比.{0,8}好", "对比", "相比"),
}  # fmt: skip

VOCABULARY: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "aspect": ASPECTS,
    "topic": TOPICS,
    "need": NEEDS,
    "intent": INTENTS,
}

POSITIVE = (
    "good great excellent amazing wonderful perfect lovely nice best love loved loves like liked "
    "happy pleased satisfied comfortable comfy soft beautiful pretty stylish sturdy durable easy "
    "fast quick quickly helpful friendly delicious tasty affordable bargain recommend recommended "
    "fantastic superb flattering pleasant reliable solid fresh enjoy enjoyed impressed gorgeous "
    "awesome brilliant cosy cozy cute fun thanks smooth worth favorite favourite well perfectly beautifully nicely"
).split()
NEGATIVE = (
    "bad poor terrible awful horrible worst hate hated disappointed disappointing broken broke "
    "broken cheaply flimsy uncomfortable itchy scratchy ugly rude slow late expensive pricey "
    "overpriced defective faulty useless waste wasted tore torn faded shrunk ripped confusing "
    "annoying wrong missing damaged dirty stale bland refund return returned returning unhappy "
    "unfortunately problem problems issue issues tight stiff thin cheap-looking regret difficult "
    "boring sadly unflattering worse fell misleading noisy poorly badly"
).split()
POSITIVE_ZH = (
    "好看 好用 好吃 好喝 不错 很好 非常好 满意 喜欢 舒服 舒适 漂亮 完美 推荐 便宜 实惠 划算 快速 很快 热情 耐心 干净 方便 "
    "值得 结实 耐用 柔软 合身 惊喜 赞 棒 优秀 周到 温馨 安静 新鲜 清晰 流畅 精彩 经典 感动 超值 物美价廉 好评 开心 "
    "贴心 放心 一流 爱不释手 受益"
).split()
NEGATIVE_ZH = (
    "太差 很差 差评 差劲 失望 难看 难用 难吃 难喝 糟糕 太贵 太慢 坏了 破损 掉色 起球 开裂 异味 假货 后悔 垃圾 退货 退款 "
    "投诉 不值 不舒服 不好 不满意 不行 无语 郁闷 恶劣 敷衍 粗糙 吵 脏 旧 冷淡 骗 浪费 枯燥 无聊 缺点 死机 发热 "
    "扎人 噪音 较差 破旧 一般 遗憾 上当 太小 陈旧 麻烦 问题 可惜 失败"
).split()
NEGATIONS = (
    "not no never isn't wasn't aren't don't doesn't didn't won't can't cannot couldn't wouldn't "
    "without hardly barely neither nor"
).split()
NEGATIONS_ZH = ("不是", "没有", "并不", "不太", "不够", "不", "没", "无", "别")

# What nobody may be labelled with: English by beginnings of words, Chinese by characters.
PROTECTED = re.compile(
    r"\b(?:ethnic|racial|race\b|racis|black people|white people|asian|african|arab|latin[oax]|"
    r"hispanic|jew|indigenous|gypsy|roma\b|sinti|nationalit|immigra|migrant|refugee|caste|skin "
    r"?colou?r|health|disease|illness|sick|cancer|diabet|depress|anxi|hiv|aids\b|disab|pregnan|"
    r"fertil|medic|mental|therap|addict|alcoholi|obes|diagnos|patient|symptom|autis|adhd|"
    r"religio|christian|muslim|islam|hindu|buddhis|sikh|atheis|catholic|protestant|church|mosque|"
    r"synagogue|temple|faith|politic|democrat|republican|conservativ|liberal|socialis|communis|"
    r"fascis|party member|election|vote|voter|trade union|union member|activis|sexual|gay|lesbian|"
    r"homosex|bisex|transgender|transsex|trans (?:people|wom[ae]n|m[ae]n)\b|queer|lgbt|intersex|"
    r"genetic|biometric|bipolar|schizophren|deaf\b|blind (?:people|person))"
    r"|种族|民族|族裔|肤色|黑人|白人|汉族|藏族|维吾尔|[回壮苗彝]族|移民|难民|健康|疾病|癌|糖尿|抑郁|忧郁|焦虑症|双相|残疾|残障|盲人|聋人|怀孕|孕妇|备孕|"
    r"不孕|艾滋|患者|病人|病史|精神|药物|成瘾|肥胖|自闭|宗教|信仰|基督|天主教|穆斯林|伊斯兰|佛教|道教|教徒|教会|清真|"
    r"政治|政党|党员|选举|投票|左派|右派|工会|性取向|性倾向|性向|同性恋|双性恋|跨性别|同志|基因|生物识别",
    re.IGNORECASE,
)

# The same in German, French and Spanish, whose accents are taken off before.
PROTECTED_ABROAD = re.compile(
    r"\b(?:ethni|etnic|rassis|hautfarbe|migrationshinter|fluchtling|refugi|couleur de peau|"
    r"color de piel|gitan|gesundheit|krank|krebs\b|behinder|schwerbehinder|schwanger|medizin|"
    r"suchtig|sante\b|malad|handicap|grossesse|femmes? enceinte|salud\b|enferm|discapaci|"
    r"minusval|embaraz|terap|christlich|chretien|cristian|musulm|moslem|juden?\b|judisch|juif|"
    r"juive|judios?\b|kirche|moschee|eglise|mosquee|iglesia|mezquita|konfession|politisch|politique(?! de)|"
    r"parteimitglied|gewerkschaft|syndica|sindicat|sexuel|schwul|transgenre)"
)

# Stems that mean nothing else inside a longer word: HASDIABETES, heartdisease, unhealthy.
PROTECTED_INSIDE = re.compile(
    "ethnic|hispanic|indigenous|nationalit|migrant|refugee|health|disease|cancer|diabet|depress|"
    "disabilit|disabled|pregnan|addict|alcoholi|diagnos|symptom|religio|christian|muslim|islam|"
    "hindu|buddhis|catholic|protestant|synagogue|politic|democrat|republican|sexual|homosex|bisex|"
    "lesbian|transgender|intersex|biometric"
)
SEAMS = re.compile(r"[_.-]|(?<=[a-z])(?=[A-Z])|(?<=\d)(?=[A-Za-z])")
"""Where words are joined in labels of files: skin_colour, HasDiabetes."""
APART = re.compile(r"\b[^\W\d_](?: +[^\W\d_]\b){2,}|[一-鿿](?:[ ·*]+[一-鿿])+")
"""Letters or characters set apart: d i a b e t e s, 同 性 恋."""
LOOKALIKES = str.maketrans(
    "аеорсухіјѕԁӏһкмтαοιερτυ"  # noqa: RUF001 - Cyrillic and Greek letters that look Latin
    "種膚漢維爾難憂鬱慮傾殘懷婦備愛藥癮閉蘭會黨員選舉戀雙別識",
    "aeopcyxijsdlhkmtaoieptu种肤汉维尔难忧郁虑倾残怀妇备艾药瘾闭兰会党员选举恋双别识",
)
"""Letters as what they pass for, and traditional characters as the simplified ones."""
DIGITS = str.maketrans("013457@$", "oieastas")
"""Digits that stand for letters: d1abetes."""


def is_protected(text: str) -> bool:
    """Whether a label speaks of ethnicity, health, religion, politics, sexuality or the like, in
    whatever way it is spelt: joined or set apart, with accents, signs that are not seen, letters
    that only look alike, digits for letters, or traditional characters."""
    return any(
        pattern.search(spelt)
        for spelt in _spellings(text)
        for pattern in (PROTECTED, PROTECTED_ABROAD, PROTECTED_INSIDE)
    )


def _spellings(text: str) -> tuple[str, ...]:
    """Return the text as it stands, and with its words parted, joined, and rid of digits."""
    seen = "".join(
        sign
        for sign in unicodedata.normalize("NFKD", text)
        if unicodedata.category(sign) not in ("Mn", "Cf")
    )
    plain = seen.casefold().translate(LOOKALIKES)
    parted = SEAMS.sub(" ", seen).casefold().translate(LOOKALIKES)
    joined = APART.sub(lambda found: re.sub(r"[ ·*]+", "", found[0]), parted)
    return plain, parted, joined, plain.translate(DIGITS)
