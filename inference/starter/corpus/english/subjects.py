"""Subject and preview lines of emails."""

from inference.starter.corpus.grammar import lines
from inference.types import Goal, Motive, Tone

SUBJECT_SHELL = {
    Tone.PLAIN: (
        "§",
        "§",
        "[B]: §",
        "{in short|to the point|please note}: §",
        "{briefly|for you to know|a short note|simply put|worth a read}: §",
    ),
    Tone.WARM: (
        "§",
        "{with warm wishes|with you in mind|thinking of you|a kind note|from us to you}: §",
        "{dear friend|hello, dear friend|a note from the heart}: §",
        "{for you, with care|a warm hello|from our hearts|with a smile|because it is you}: §",
    ),
    Tone.PLAYFUL: (
        "§",
        "{psst|plot twist|knock knock|tiny drum roll|ta-da|hear, hear}: §",
        "{guess what|ready for this|oh, hello}? §",
        "{ahem|whoosh|attention, please|pop quiz|hot news|extra, extra}: §",
    ),
    Tone.FORMAL: (
        "§",
        "[B]: §",
        "{for your attention|a notice from [B]|for your information|a letter from [B]}: §",
        "{a courteous note|with due respect|a formal notice|concerning you|kind notice}: §",
    ),
    Tone.BRISK: (
        "§",
        "{quick one|fast note|short and clear|heads-up|now}: §",
        "{short|fast|straight up|in a word|point one}: §",
    ),
}

SUBJECT_GOAL = {
    Goal.WELCOME: lines("""
        welcome to [B]{|, and hello|, and thank you}
        {good|glad|happy} to have you {here|with us|on board}
        {your first steps|your start|first things first} {with|at} [B]
        thank you for {joining|choosing} [B]
        {a first look|a short tour|an introduction} {to get you started|before you begin|for a good start}
        {so you are here|there you are|now we have met}{, and we are glad|: welcome}
        {let us show you|may we show you} {around|how things work here|where to start}
        {your account|everything} is {ready|set up}: {welcome|come on in|have a look round}
        {where to begin|how to begin|begin here}{|: a hint|, newcomer}
    """),
    Goal.WINBACK: lines("""
        it has been {a while|some time|too long}{|, has it not?|, and we noticed}
        {we kept|we saved|there is still} {a place|a seat|a spot} for you
        {much|plenty} {is new|has changed} since {your last visit|you were last here}
        {ready|care|tempted} to {come back|pick up where you left off|look in again}?
        {the door is|our door is|we are} {still|always} open for you
        {remember us|do you remember us|still know us}?
        {we have changed|things have moved on|we kept busy} {since we last met|while you were away}
        {an invitation|a reason|a hint} to {look in again|come back|return}
        {your old place|your corner} {is waiting|is unchanged|stays yours}
    """),
    Goal.LAUNCH: lines("""
        {new|just in|just arrived|fresh} {at|from} [B]
        {say hello to|meet} {something new|a new arrival|the newcomer}
        {it is here|it has arrived}: {the newest from|something new at|the new arrival at} [B]
        {a first look at|introducing|presenting} {what is new|our new arrival|the newcomer}
        {something new|a new idea|a new face} {for you|on our shelves|in the range}
        {unpacked|unboxed|revealed}: {our new arrival|what is new|the newcomer}
        {the shelf has|our range has} {a new face|a newcomer|grown}
        {curious|already heard}? {our newest is here|the newcomer is here}
        {news from the shelf|a premiere|a first glimpse}{| at [B]|, for you}
    """),
    Goal.DISCOUNT: lines("""
        {a good moment|a good time|good timing} to {buy|choose|order}
        {more for less|your money goes further|kinder to your wallet}{| at [B]| with us}
        {the price|the sum|the maths} {works in your favour|is on your side|adds up for you}
        {a friendlier|a kinder|a lighter} price {for you|at the till|to look at}
        {the numbers|the figures|the arithmetic} {look good|speak for you|please us}
        {spend less|pay less}, {enjoy the same|have the same|miss nothing}
        {now it|today it} {costs less|is easier on the purse|pays off}
        {good news|a relief|a treat} for your {purse|wallet|budget}
    """),
    Goal.CART: lines("""
        {you left|you forgot} {something|a good thing} {behind|in your basket}
        {your basket|your cart} is {still here|waiting|as you left it}
        {still|are you still} {thinking it over|deciding|making up your mind}?
        {your order|your choice} is {almost done|nearly there|a click away}
        {pick up|carry on} where your {basket|cart} {stopped|was left}
        {not finished yet|unfinished business|one step short}? {your basket is|your cart is} here
        {we kept|we saved|we looked after} your {basket|cart|selection}
        {shall we|may we} {keep it|hold your basket|finish this} {for you|together}?
        {your selection|what you picked} {is safe|awaits you|has not moved}
    """),
    Goal.REPLENISHMENT: lines("""
        {running low|nearly used up|almost empty}?
        {time|maybe time} {for a refill|to restock|to top up}
        {before it runs out|before you run out}{|, a reminder|, a small nudge}
        {a refill|your next supply|a top-up} {is due|might be due}
        {keep|never lack} {a spare|enough} {at hand|in the cupboard|within reach}
        {the last drop|the last bit|the end of the pack} {is near|comes sooner than you think}
        {stock up|top up|refill} {before it is empty|in good time|while you think of it}
        {a quick check|a look in the cupboard}: {enough left|is it running out}?
        {your shelf|your cupboard} {may need|could use} {a refill|fresh supply}
    """),
    Goal.REVIEW: lines("""
        {how is it going|how did it turn out|how do you like it}{|, honestly}?
        {your|a word from you: your} {opinion|view|verdict}, please
        {tell us|let us know} {what you think|how it went|how you find it}
        {a few words|a line or so|a short review} from you {would help|go a long way}
        {thumbs up, or down|yes, no, or so-so|what is your verdict}?
        {may we ask|a question}: {are you content|does it please you|how was it}?
        {good, bad, or in between|honestly now|in your own words}: {how was it|tell us}
        {others would like to know|you have tried it|you know best how it is}{: tell us|: say it}
        {rate what you bought|judge us|be our critic}{|, please}
    """),
    Goal.LOYALTY: lines("""
        {a thank-you|thanks|a word of thanks} for {staying with us|your loyalty|coming back}
        {for|reserved for|with thanks to} {our regulars|our loyal customers|those who stay}
        {because|since} you {keep coming back|have stayed with us|are one of our regulars}
        {you are|you count as} {part of the family|one of our circle|one of our regulars|a friend of the house}
        {your loyalty|your trust} {means a lot|is noted|counts here}
        {time to say|we should say|it is time for a} thank you{|, to you}
        {still with us|here again|faithful as ever}: {thank you|we are grateful}
        {to a regular|to a friend of the house|to one who stays}
        {we noticed|we know} how {loyal|faithful} you {are|have been}
    """),
    Goal.SEASONAL: lines("""
        {for|in time for|ready for|ideas for} [S]
        [S] is {near|coming|on its way}{|, so plan ahead|, are you ready?}
        {a little something|a good idea|inspiration|a suggestion} for [S]
        {make|plan} {something of|more of} [S]
        {the occasion|the big day|the season} {is near|comes closer|is almost here}
        {something|an idea|a thought} for {the occasion|the season|the days ahead}
        {well prepared|all set|early thoughts} for {the occasion|the season|[S]}
    """),
}

SUBJECT_QUESTION = {
    Goal.WELCOME: lines("""
        {new here|first time here|just joined}? {shall we begin|may we show you round|let us meet}
        {may we introduce ourselves|shall we show you around|where shall we begin}?
        {have we met|do we know each other}? {welcome|nice to meet you|now we do}
        {what brings you to us|how did you find us}?
    """),
    Goal.WINBACK: lines("""
        {how have you been|where have you been|is everything well}{|, old friend}?
        {will you|would you} {come back|look in again|drop by again}?
        {do you miss|miss} {us|our shelves}{| too| at all}?
        {have you seen|did you notice} {what has changed|what is different}?
    """),
    Goal.LAUNCH: lines("""
        {have you seen|did you spot|can you guess} {what is new|our newcomer|what just landed}?
        {shall we|may we} {introduce the newcomer|unveil it|show you what is new}?
        {who is new here|what is in the box|what did we unpack}?
        {ready for|in the mood for} {a first look|something new|our newcomer}?
    """),
    Goal.DISCOUNT: lines("""
        {why pay more|why spend more}{|, if you need not}?
        {is this|could this be} {a good time|the moment} {to buy|to order}?
        how does {a kinder price|a smaller bill|paying less} sound{| to you}?
        {what will you do with|where will you put} the {change|difference}?
    """),
    Goal.CART: lines("""
        {did you forget|forgot|have you left} something{| behind| here}?
        {shall we|may we|should we} {keep it|hold it|save your basket} for you?
        {was something wrong|what stopped you|did something come up}?
        {still want|do you still want} {what you picked|your basket|your selection}?
    """),
    Goal.REPLENISHMENT: lines("""
        {is there|do you have} {enough|any} left?
        {how full is|is there still some in} {the cupboard|the pack}?
        {does it need|does your shelf need|time for} {a refill|topping up}?
        {will it last|how long will it last|when will it run out}?
    """),
    Goal.REVIEW: lines("""
        {would you|will you} {recommend it|buy it again|tell us more}?
        {does it please you|are you happy with it|did it deliver}?
        {what would you tell a friend|how many stars|what do you say}?
        {can we ask|may we have} {a favour|your opinion|your verdict}?
    """),
    Goal.LOYALTY: lines("""
        {how can we|how may we|how shall we} thank you?
        {do you know|guess} {what you mean to us|who our favourites are}?
        {what makes|why do} {regulars|loyal customers} {so dear|come back}?
        {who|guess who} {stayed all this time|always comes back}?
    """),
    Goal.SEASONAL: lines("""
        {any plans|what are your plans|are you ready} for [S]?
        {how will you|how do you} {spend|celebrate} [S]?
        {what is missing|what do you need} for {the occasion|the season|[S]}?
        {are you ready|all set|any plans} for {the season|the occasion}?
    """),
}

SUBJECT_BENEFIT = {
    Motive.NONE: lines("""
        {what it does|what it can do|all it does} for you
        {a small thing|one thing|something} {that helps|that makes a difference|to look forward to}
        {good for you|made for your day|worth having}: {see why|here is why|read on}
        {why|here is why} {you may like it|it is worth it|people like it}
    """),
    Motive.PRICE: lines("""
        {good value|fair value|value}, {plain to see|well considered|for those who compare}
        {worth|well worth} {every coin|the money|its price}
        {what you get|a lot} for {your money|the price}
        {the sum|the bill} that {adds up|makes sense}
    """),
    Motive.QUALITY: lines("""
        {made with care|well made|made properly}, {and you can tell|down to the details|as it should be}
        {quality|good work|care} {you can feel|you can see|that lasts}
        {look closer|feel it}: {this is well made|real quality|careful work}
        {no shortcuts|nothing rushed|all in the details}
    """),
    Motive.NOVELTY: lines("""
        {something different|something fresh|a new taste} {for you|to try|for a change}
        {curious|adventurous}? {so are we|try this|then look}
        {a break from|a way out of|goodbye to} the {usual|routine}
        {feed|follow|treat} your curiosity
    """),
    Motive.HABIT: lines("""
        {an easier|a smoother|a lighter} {day|morning|routine}
        {made for|fits into|at home in} your {routine|everyday life|day}
        {small habits|simple routines}, {made easy|well kept|good days}
        {for every day|day after day}: {a good helper|a faithful companion}
    """),
    Motive.GIFT: lines("""
        {a present|something} {they will remember|to make them smile|that says it all}
        {who would you|would you like to} {surprise|make happy}?
        {the joy of giving|giving made easy|a lovely thing to give}
        {for someone|for somebody} {you love|who matters|close to you}
    """),
}

SUBJECT_OFFER = "{your offer|for you|inside|an offer for you|here is your offer}: [O]{| at [B]}"

SUBJECT_PRODUCT = lines("""
    {meet|consider|discover|take a look at|have you seen} [P]
    [P]{: {picked for you|worth a look|a closer look|our pick for you}|, {chosen for you|up close|in brief|for you}}
    {a closer look at|a word about|our pick for you:|let us talk about|why we like} [P]
    {your next|a new} {favourite|companion}? [P]
    {in focus|in the spotlight|up front|on the table}: [P]
    {a cheer for|the case for|getting to know|up close with} [P]
    [P]{ at a glance| and you| on its own merits|: see why|: judge for yourself}
""")

SUBJECT_PRODUCT_SHORT = lines("""
    {have a look at|a closer look at|let us talk about} {our pick|what we chose|our choice} {for you|this time}
    {meet|consider|here is} {our suggestion|our favourite|the one we chose}{| for you| today}
    {this one|our pick}{: {up close|at a glance|judge for yourself}|, {chosen for you|in brief|and why}}
    {in focus|in the spotlight|on the table}: {our pick for you|one good choice|the one to see}
""")
"""Subjects about the product that do without its name, where that is long."""

PREHEADER = {
    Tone.PLAIN: lines("""
        {what it is|what it does|the main points}, {and why it may suit you|in a few lines|put simply}{.|, from [B].}
        {a short|a plain|a clear} {summary|overview|note} {from [B]|of what matters}{, so you can decide|, no more, no less|}.
        {read|see|find} {the facts|the details|what you need} {here|inside|in this message}{| and decide for yourself|, plainly put}.
        {all you need|the essentials|what to know} {before you decide|in a short read|on a single page}{|, {from [B]|nothing hidden}}.
        {what we have|what this is|what you get}: {told in a few lines|described plainly|without decoration}{|, {by|from} [B]}.
        {short lines|clear words|simple facts} {about what matters|to help you choose|instead of big words}{|, {nothing more|as usual}}.
    """),
    Tone.WARM: lines("""
        {chosen|picked|put together} {with care|with you in mind|with love} {by|from} {all of us|your friends} at [B].
        {a small note|a few kind words|a little idea} {we hope will please you|to brighten your day|for a quiet moment}.
        {because we care|because you matter to us|because it is you}: {something we think you will enjoy|a thought from [B]}.
        {we thought of you|you came to mind|we had you in mind} {when we chose this|this morning|and smiled}{|, {dear friend|from [B]}}.
        {a few lines|a small hello|a thought} {from people who like you|from our table to yours|with an open heart}{|, {always|gladly}}.
        {may this|we hope this|let this} {make you smile|find you well|be a nice moment}{|, {dear friend|today}}.
    """),
    Tone.PLAYFUL: lines("""
        {open me|go on, peek|curious yet}{?|, we dare you.|: it is worth the click.}
        {no puns inside|may contain traces of fun|warning: likely to cause smiling}{, well, maybe a few|, side effects unknown|}.
        {the good bit|the fun part|the juicy bit} is {inside|one tap away|just under this line}{, shoes optional|, no ticket needed|}.
        {our keyboard|the intern|our office cat} {insisted we write|typed this|says hello}{, blame them|, be kind|, treats welcome|}.
        {this preview|this little line} {is shy|has big dreams|wants attention}, {so open up|please be kind|poke it}.
        {roses are red|once upon a time|dear diary}, {you know the rest|this mail was opened|and so on}{|, {hee hee|the end}}.
    """),
    Tone.FORMAL: lines("""
        {we kindly invite you|you are cordially invited|we have the pleasure of inviting you} to {read the details|learn more|consider the following}.
        {a communication|a letter|correspondence} from [B] {for your consideration|concerning your interests|which may be of interest}.
        {the particulars|full details|further information} {are enclosed|may be found within|follow for your perusal}.
        {we respectfully draw|may we draw|we wish to draw} your attention to {the following|this letter|the details within}{|, {at your convenience|with kind regards}}.
        {we beg to inform you|we have the honour to inform you|notice is hereby given} {of the matter below|of what follows|as set out within}.
        {for your kind attention|at your earliest convenience|with our compliments}: {the enclosed details|a matter of note|our recommendation}.
    """),
    Tone.BRISK: lines("""
        {one look|quick read|a glance}. {that is all|worth it|decide fast|then decide}.
        {what|why|how}, {in seconds|in short|at a glance}. {open|tap|go}.
        {skim it|read it|open it}, {like it|check it|weigh it}, {done|order|move on}.
        {read|look|scan}, {choose|decide}, {done|go}{|: {that quick|no fluff|seconds}}.
        {seconds|a sip|a blink}. {that is the read|done|and you know}.
        {facts|points|gist} {first|only}. {rest later|no filler|go}.
    """),
}
