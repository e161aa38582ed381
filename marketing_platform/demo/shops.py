"""The two shops of the demo: one sells outdoor gear in English, one sells tea in Chinese."""

from marketing_platform.demo.shop import Plan, Promise, Sale, Shop

LAPSED = {"all": [{"field": "order.last_at", "op": "between_days_ago", "value": [100, 340]}]}
RECENT = {"all": [{"field": "order.last_at", "op": "between_days_ago", "value": [24, 99]}]}

TARNFIELD = Shop(
    slug="tarnfield",
    name="Tarnfield",
    people=3_200,
    language="en",
    currency="GBP",
    timezone="Europe/London",
    country="GB",
    postal_address="Tarnfield Ltd, 4 Mill Lane, Keswick CA12 5NP, United Kingdom",
    website="https://tarnfield.example",
    colour="#215043",
    tone="warm",
    do_words=["fellside", "well made", "honest"],
    dont_words=["cheap", "conquer", "epic", "once in a lifetime"],
    samples=[
        "Your boots have seen a few winters. When they want company, we are here.",
        "We test everything on the fell behind the shop. If it leaks, we do not sell it.",
    ],
    months=(0.8, 0.7, 0.8, 0.9, 1.1, 1.1, 1.1, 1.0, 0.9, 1.0, 1.5, 1.7),
    gift_months=(11, 12),
    sales=[
        Sale(1, 2, 14, "NEWYEAR20", 20),
        Sale(6, 10, 20, "SUMMER15", 15),
        Sale(11, 20, 30, "AUTUMN20", 20),
    ],
    cities=[
        "Keswick", "Kendal", "Penrith", "Carlisle", "Lancaster", "Leeds", "Manchester",
        "Sheffield", "York", "Newcastle", "Edinburgh", "Glasgow", "Inverness", "Cardiff",
        "Bristol", "London", "Birmingham", "Oxford",
    ],  # fmt: skip
    other_languages=["de", "fr", "zh-CN"],
    team={
        "owner": "Orla Birkett",
        "marketer": "Miles Lowther",
        "reviewer": "Rhona Steele",
        "analyst": "Ada Marsh",
        "support": "Sol Preston",
    },
    earlier=Plan(
        name="The autumn shelves are full",
        goal="launch",
        message="The new things for autumn have arrived.",
        segment="Bought one to three months ago",
        rules=RECENT,
        holdout_percent=20,
        products=[
            "tarn-shell", "lichen-fleece", "scree-hoody", "cairn-light-boot", "tor-trousers",
            "merino-tee-150", "ridge-pack-32", "head-torch-400", "wool-socks-2",
        ],
    ),
    plan=Plan(
        name="Come back before the snow",
        goal="winback",
        message="It has been a while. Here is something for the colder months.",
        segment="Lapsed walkers",
        rules=LAPSED,
        offer=Promise(name="Autumn welcome back", code="FELL15", percent=15),
        products=[
            "lichen-fleece", "ember-down-jacket", "tarn-shell", "cairn-light-boot",
            "merino-tee-150", "wool-socks-2", "daysack-18", "head-torch-400", "watch-cap",
            "steel-flask", "fellside-trail-shoe", "tor-trousers",
        ],
    ),
    draft_name="Gifts for people who walk",
    draft_occasion="Christmas",
)  # fmt: skip

QINGSHAN = Shop(
    slug="qingshan",
    name="青山茶",
    people=2_800,
    language="zh-hans",
    currency="CNY",
    timezone="Asia/Shanghai",
    country="CN",
    postal_address="青山茶业有限公司，浙江省杭州市西湖区龙井路 88 号，310013",
    website="https://qingshan.example",
    colour="#2f5d50",
    tone="warm",
    do_words=["当季", "慢慢喝", "好山好水"],
    dont_words=["最便宜", "养生神器", "治疗", "顶级"],
    samples=["新茶到了。水开了，等你。", "我们每年上山三次，喝过才敢收。"],
    months=(1.4, 0.9, 1.1, 1.3, 1.1, 1.2, 0.9, 0.9, 1.4, 1.1, 1.6, 1.1),
    gift_months=(1, 9),
    sales=[
        Sale(3, 5, 12, "XINCHUN85", 15),
        Sale(6, 10, 20, "NIANZHONG8", 20),
        Sale(11, 5, 14, "SHUANG11", 20),
    ],
    cities=[
        "杭州", "上海", "北京", "广州", "深圳", "成都", "南京", "苏州",
        "武汉", "西安", "厦门", "福州", "长沙", "青岛", "昆明", "宁波",
    ],  # fmt: skip
    other_languages=["en", "ja"],
    team={
        "owner": "林清远",
        "marketer": "苏婉",
        "reviewer": "周谨言",
        "analyst": "何数",
        "support": "叶知秋",
    },
    earlier=Plan(
        name="秋茶上新",
        goal="launch",
        message="今年的秋茶到了。",
        segment="一到三个月前买过的茶友",
        rules=RECENT,
        holdout_percent=20,
        products=[
            "tieguanyin-qing", "dahongpao", "guihua-wulong", "dianhong", "shoumei",
            "puer-xiaotuo", "molihua", "gaiwan", "pinjian-lihe",
        ],
    ),
    plan=Plan(
        name="老朋友，来喝杯热茶",
        goal="winback",
        message="好久不见，天凉了，来喝一杯热茶。",
        segment="许久未来的茶友",
        rules=LAPSED,
        offer=Promise(name="秋日回访", code="QIUCHA", percent=15),
        products=[
            "dahongpao", "tieguanyin-qing", "dianhong", "puer-shu", "puer-xiaotuo", "shoumei",
            "guihua-wulong", "gaiwan", "longjing-yuqian", "pinjian-lihe", "baowenbei",
            "zhengshan-xiaozhong",
        ],
    ),
    draft_name="新春茶礼",
    draft_occasion="春节",
)  # fmt: skip

SHOPS = (TARNFIELD, QINGSHAN)
