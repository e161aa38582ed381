"""Sentences with what a careful reader finds in them: the sample of `evaluate words`.

Written and labelled for this project; nobody's review was taken. `+delivery` and `-delivery` are
good and bad opinions of an aspect, `need:` and `intent:` the others; nothing after the bar: a
sentence that should give nothing. Hard ones are meant to be here: negation, comparison, irony,
aspects that are only named.
"""

ENGLISH = """
The parcel arrived two days early, brilliant. | +delivery
My order arrived late and nobody told me why. | -delivery need:faster_delivery
Delivery was next Tuesday, as the email said. |
I am still waiting for the boots I paid for in March. | need:faster_delivery
The courier was friendly and quick. | +delivery
Shipping took forever. | -delivery need:faster_delivery
Great value for what you get. | +price
Far too expensive for a plain mug. | -price need:lower_price
It costs forty euros. |
Honestly overpriced, I saw it cheaper elsewhere. | -price need:lower_price
The price is fair and I am happy with it. | +price
The quality is excellent for a summer dress. | +quality
Poorly made: the seams are crooked. | -quality
The lid is flimsy. | -quality
It feels sturdy and well made. | +quality
The quality is not good. | -quality
They fit perfectly, true to size. | +fit
The jacket runs small, so size up. | -fit need:larger_size
Sleeves are too long on me. | -fit need:smaller_size
I usually wear a size 12. |
The waist was too tight for comfort. | -fit need:larger_size
Sadly the trousers were too big. | -fit need:smaller_size
Beautiful colour, exactly like the picture. | +design
The pattern looks ugly in daylight. | -design
I love the design but the fabric is itchy. | +design -comfort
These are the most comfortable shoes I own. | +comfort
Not comfortable at all after an hour. | -comfort
The wool is soft and cosy. | +comfort
It broke after a week. | -durability need:durable_goods
The handle fell apart in my hands. | -durability need:durable_goods
Still going strong after three years. | +durability
The print faded in the first wash. | -durability
Colours have not faded one bit. | +durability
Customer service was helpful and kind. | +service
Support never replied to my email. | -service
The staff were rude to my mother. | -service
I wrote to customer support on Monday. |
Lovely packaging, wrapped with care. | +packaging
The box was damaged when it came. | -packaging
Delicious, with a fresh flavour. | +taste
It tastes stale. | -taste
Easy to set up and easy to clean. | +ease
The instructions were confusing. | -ease
Assembly took ten minutes. |
I will definitely buy again. | intent:buy_again
I would recommend it to anyone. | intent:recommend
I would not recommend it to anyone. |
I want to return these, they are the wrong colour. | intent:return
How do I get a refund? | intent:return intent:ask need:guidance
Never again, this was the last time I shop here. | intent:leave
I won't order from this shop again. | intent:leave
Do you ship to Norway? | intent:ask
Wish it came in green. | need:more_choice
My size has been sold out for weeks. | need:more_choice
I have nearly run out of the cream. | need:refill
How should I wash this jumper? | need:guidance intent:ask
Better than the one I had before. | intent:compare
Compared to the old model it is lighter. | intent:compare
I am disappointed with this pan. | intent:complain
We went hiking in the rain on Sunday. |
Well, that was money well spent, said nobody. |
No complaints at all. |
"""

CHINESE = """
快递很快，第二天就到了。 | +delivery
物流太慢，等了很久才到。 | -delivery need:faster_delivery
快递是周二送来的。 |
到现在还没收到货。 | need:faster_delivery
发货速度让人失望。 | -delivery intent:complain
性价比高，很满意。 | +price
太贵了，不值这个价。 | -price need:lower_price
价格是三十九元。 |
能不能便宜一点？ | need:lower_price intent:ask
价格实惠，下次还来。 | +price intent:buy_again
质量很好，做工精细。 | +quality
做工粗糙，线头很多。 | -quality
质量不好，后悔买了。 | -quality
用料不错。 | +quality
质量没有问题。 | +quality
尺码偏小，建议买大一号。 | -fit need:larger_size
裤子太大了，腰松。 | -fit need:smaller_size
很合身，喜欢。 | +fit
我平时穿M码。 |
鞋子太紧，脚疼。 | -fit need:larger_size
颜色漂亮，和图片一样。 | +design
款式难看。 | -design
外观好看，就是有点重。 | +design
颜色不喜欢。 | -design
穿着很舒服。 | +comfort
一点也不舒服。 | -comfort
面料柔软，孩子喜欢。 | +comfort
领口扎人。 | -comfort
用了没多久就坏了。 | -durability need:durable_goods
很结实，用了三年。 | +durability
洗一次就掉色。 | -durability
洗了几次都没有掉色。 | +durability
客服很耐心，点赞。 | +service
客服态度恶劣。 | -service
售后一直不回复。 | -service
昨天联系了客服。 |
包装精美，送人很好。 | +packaging
盒子破损了。 | -packaging
味道不错，口感很好。 | +taste
味道一般。 | -taste
好用，操作方便。 | +ease
说明书看不懂。 | -ease need:guidance
安装用了十分钟。 |
用完了还会再买。 | intent:buy_again need:refill
强烈推荐给大家。 | intent:recommend
不推荐给大家。 |
我要退货。 | intent:return
怎么申请退款？ | intent:return intent:ask need:guidance
再也不买了。 | intent:leave
请问有没有蓝色的？ | intent:ask
我要的颜色断货了。 | need:more_choice
洗面奶快用完了，要补货。 | need:refill
这个锅怎么用？ | need:guidance intent:ask
比以前那款好。 | intent:compare
和旧款相比，轻了不少。 | intent:compare
太失望了，差评。 | intent:complain
周末和朋友去爬山。 |
没有什么可投诉的。 |
"""
