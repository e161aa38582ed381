"""Topics with a sentence each, and texts about them: by these a likeness is told from chance.

Written for this project; nothing here comes from a customer or from a data set.
"""

# ruff: noqa: E501 - rows of sentences, which are read more easily so

from collections.abc import Mapping

Examples = Mapping[str, tuple[str, tuple[str, ...]]]

ENGLISH: Examples = {
    "gift": ("Something bought as a present for another person.", (
        "I got this for my sister's birthday.", "Perfect present for my dad.", "We gave it to the neighbours at Christmas.",
        "She unwrapped it and smiled all evening.", "Bought it as a thank-you for a colleague.")),
    "pets": ("Life with a dog, a cat or another animal at home.", (
        "My dog chewed through it in a day.", "The cat sleeps on it every night.", "Our puppy loves the smell.",
        "I use it to carry the rabbit to the vet.", "Fur sticks to the fabric.")),
    "travel": ("Taking the product along on journeys and holidays.", (
        "It fits in the overhead bin of a plane.", "We took it to Portugal this summer.", "Handy for weekend trips.",
        "Survived three weeks of backpacking.", "I pack it every time I fly.")),
    "cooking": ("Preparing meals and baking at home.", (
        "The sauce does not stick to the pan.", "I bake bread in it on Sundays.", "Chopping onions is finally quick.",
        "Great for slow stews.", "My pancakes come out golden.")),
    "garden": ("Growing plants on a balcony or in a garden.", (
        "The tomatoes doubled in size.", "I water the roses with it.", "It kept the slugs off my lettuce.",
        "Ideal for herbs on the window sill.", "Planted the bulbs in an hour.")),
    "office": ("Working at a desk or in meetings.", (
        "I wear it to client meetings.", "My back no longer hurts after eight hours at the desk.", "It looks tidy beside my monitor.",
        "Colleagues asked where I bought it.", "Good for long calls.")),
    "running": ("Running and training for races.", (
        "I ran my first half marathon in them.", "No blisters after twenty kilometres.", "Intervals feel lighter.",
        "They grip well on wet paths.", "My coach recommended them.")),
    "delivery": ("How the parcel was sent and when it arrived.", (
        "It came two days late.", "The courier left it in the rain.", "Tracking never updated.",
        "Arrived the next morning.", "The box was crushed when I opened the door.")),
    "size": ("Whether the size was right for the person.", (
        "It was too tight around the shoulders.", "Order one number up.", "The sleeves are far too long on me.",
        "Fits like a glove.", "The medium swallowed me whole.")),
    "payment": ("Paying, invoices and money back.", (
        "I was charged twice.", "Where do I find the invoice?", "The card was declined at checkout.",
        "My money came back within a week.", "Can I pay by bank transfer?")),
    "children": ("Use by babies and children.", (
        "My son wears it to kindergarten.", "Our toddler can open it alone.", "The baby finally sleeps through.",
        "She does her homework at it.", "My twins fight over it.")),
    "sleep": ("Nights, beds and sleeping better.", (
        "I wake up rested.", "The mattress is too soft for my back.", "It keeps the room dark till nine.",
        "I fall asleep within minutes.", "The pillow lost its shape after a month.")),
}  # fmt: skip

CHINESE: Examples = {
    "gift": ("买来作为礼物送给别人。", (
        "买给妈妈的生日礼物。", "送女朋友她很喜欢。", "过年送长辈很体面。", "作为礼物包装也好看。", "送给老师的教师节礼物。")),
    "pets": ("家里养狗养猫等宠物的生活。", (
        "我家狗狗一天就咬坏了。", "猫咪每晚都睡在上面。", "小狗很爱闻这个味道。", "带猫去医院很方便。", "容易粘猫毛。")),
    "travel": ("出门旅行、度假时携带使用。", (
        "出差旅行放行李箱里刚好。", "暑假带着去了云南旅游。", "坐飞机可以随身带。", "周末短途旅行很实用。", "旅行三周都没坏。")),
    "cooking": ("在家做饭、烘焙。", (
        "炒菜不粘锅。", "周末用它烤面包。", "切菜终于快多了。", "炖汤很好用。", "做饭的时候离不开它。")),
    "garden": ("在阳台或花园里种花种菜。", (
        "阳台上的番茄长得很好。", "用来浇花很方便。", "种的玫瑰开花了。", "种菜不再招虫。", "花盆排水很好。")),
    "office": ("上班办公、开会时使用。", (
        "上班穿很得体。", "在办公桌前坐八小时也不累。", "开会时同事都问在哪买的。", "放在办公室显示器旁边很整齐。", "办公打字很安静。")),
    "running": ("跑步和比赛训练。", (
        "穿着跑完了第一个半程马拉松。", "跑二十公里没有磨脚。", "跑步时很轻。", "雨天跑步也防滑。", "教练推荐跑步穿这双。")),
    "delivery": ("快递物流和到货时间。", (
        "快递晚了两天才到。", "快递员把包裹放在雨里。", "物流信息一直不更新。", "第二天早上就到货了。", "快递箱子都压坏了。")),
    "size": ("尺码大小是否合身。", (
        "肩膀有点紧，尺码偏小。", "建议买大一码。", "袖子太长了，不合身。", "尺码很标准，很合身。", "中码穿着太大。")),
    "payment": ("付款、发票和退款。", (
        "被重复扣款了。", "发票在哪里开？", "付款的时候银行卡一直失败。", "退款一周内到账了。", "可以货到付款吗？")),
    "children": ("给宝宝和孩子使用。", (
        "儿子穿去幼儿园。", "孩子自己就能打开。", "宝宝终于能睡整觉了。", "女儿用它写作业。", "家里两个孩子抢着玩。")),
    "sleep": ("睡觉、床品和睡眠质量。", (
        "睡一觉起来很精神。", "床垫太软，睡觉腰疼。", "遮光很好，能睡到九点。", "躺下几分钟就睡着了。", "枕头睡了一个月就变形了。")),
}  # fmt: skip
