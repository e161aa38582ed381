"""Price and offer."""

from inference.starter.corpus.grammar import lines
from inference.types import Tone

PRICE = lines("""
    {the price|its price|what it costs}: [M]{|, {plain and simple|as shown in the shop|no more}}.
    {it is yours for|you pay|it comes to|it is priced at} [M]{|, {plain and simple|all told|as listed in the shop}}.
    {at|for} [M], {it is yours|you can have it|it can be on its way to you|it is a choice you can weigh calmly}.
    {what you pay|what it costs you|the sum to pay} {is|comes to} [M]{|, {and that is all|nothing hidden|as you see it in the shop}}.
    {you can take it home|it finds its way to you|it is ready to order} {for|at} [M]{|, {plain and simple|all told|as listed}}.
    {and the price|as for the price|now the price}: [M]{|, {clear and open|no small print}}.
    {count on|plan on|set aside} [M]{|, {and it is yours|that is the price|all in all}}.
""")

OFFER = {
    "": lines("""
        {your offer|our offer to you|the offer}: [O]{|, {just for the asking|as simple as that|on this order}}.
        {with this order|when you order|right now}, you {get|receive|have} [O]{|, {as simple as that|for this choice|it is that easy}}.
        {there is|we set aside|we have arranged} [O] {for you|on your order|to go with it}{|, {as our way of saying hello|just so you know}}.
        {should you decide|if you decide|once you decide} {to order|to take it}, {there is|you get|we add} [O]{|, {as easy as that|just like that|and that is settled}}.
        {one thing more|also for you|not to forget}: [O]{|, {on this order|with our compliments|simple as that}}.
    """),
    "K": lines("""
        {your offer|our offer to you|the offer}: [O]. {use|enter|type in} {the code|code} [K] {at the checkout|when you order|before you pay}.
        {with|using} code [K], you {get|receive|have} [O]{|, {as simple as that|on this order}}.
        {enter|use|apply} [K] {at the checkout|when you order|before you pay} and {get|receive|enjoy} [O]{|, {as simple as that|right away}}.
        {the code|your code} is [K]: {it brings you|it gives you|with it you get} [O]{|, {as soon as you enter it|at the checkout|just like that}}.
        {quote|put in|type} [K] {at the checkout|when you order}, {and you have|and you get|for} [O]{|, {just like that|as easy as that}}.
    """),
    "E": lines("""
        {until|up to} [E], {you get|you receive|there is|you can have} [O]{|, {as simple as that|on this order}}.
        {your offer|our offer to you|the offer}: [O], {until|valid until|open until} [E]{|, {and then it ends|no longer}}.
        you {get|receive|have} [O] {if you order by|until|on orders up to} [E]{|, {so mark the date|as simple as that}}.
        {there is time|you have time|you can decide} until [E]: {meanwhile|up to then|until then} {you get|there is|you can have} [O]{|, {just like that|and it is that easy}}.
        [O] {is yours|is there for you|awaits you} {until|up to} [E]{|, {on this order|and then no more}}.
    """),
    "KE": lines("""
        {until|up to} [E], {code [K] brings you|the code [K] gives you|you get with code [K]:} [O].
        {your offer|our offer to you|the offer}: [O], {with|using} code [K], {until|valid until|open until} [E].
        {enter|use|apply} {code|the code} [K] {by|until|no later than} [E] and {get|receive|enjoy} [O]{|, {as simple as that|on this order}}.
        {the code|your code} is [K], {good until|open until|valid until} [E]: {it brings you|it gives you|with it you get} [O]{|, {at the checkout|just like that}}.
        [O] {is yours|is there for you|awaits you} {with|for} code [K], {until|up to} [E]{|, {at the checkout|and then no more}}.
    """),
}

OFFER_TONE = {
    Tone.PLAIN: lines("""
        {no small print to decode|that is the whole deal|nothing to decode}.
        {the terms are as stated|it is as written|as stated, nothing hidden}.
    """),
    Tone.WARM: lines("""
        {it is our way of|call it our way of|just our way of} {saying thank you|showing we care|making you smile}.
        {enjoy it with all our heart|it comes with our warm regards|take it as a hug from us}.
    """),
    Tone.PLAYFUL: lines("""
        {yes, really|no, you are not dreaming|go ahead, do a little dance}{|; {we checked|we did}}.
        {pinch yourself|rub your eyes|do a cartwheel}: {it is real|no trick|we mean it}!
    """),
    Tone.FORMAL: lines("""
        {we should be glad if you would|we invite you to|you are welcome to} {make use of it|avail yourself of it|take advantage of it}.
        {kindly consider it at your disposal|it is respectfully extended to you|we hope it finds your favour}.
    """),
    Tone.BRISK: lines("""
        {grab it|take it|use it}. {easy|why wait|done}{.|?}
        {all yours|there you go}. {use it well|next|click}.
    """),
}
