"""What the starter model can say in English, as templates of `grammar`.

Lines start in lower case; `compose` puts the capital where a sentence begins. Words of a goal,
a motive or a stage are the same in every tone (no tone × goal cell can lack them); the tone is
carried by lines of its own. No line may promise, count or name a day: those are slots.
Features read as a few words ("5 mm lugs"), benefits as a verb ("keep your grip"), categories and
interests as names of goods ("trail shoes"), so no line lets a verb agree with them.
"""

from inference.starter.corpus.grammar import lines
from inference.types import Goal, Motive, Stage, Tone

GREETING = {
    Tone.PLAIN: ("hello [N],", "hello,"),
    Tone.WARM: ("dear [N],", "{dear friend|hello there|hello from all of us},"),
    Tone.PLAYFUL: ("{hey|hi there|hi hi|well hello} [N]!", "{hey there|hi there|well, hello}!"),
    Tone.FORMAL: ("dear [N]:", "{dear customer|dear reader}:"),
    Tone.BRISK: ("[N],", "hi,"),
}

SIGN_OFF = {
    Tone.PLAIN: lines("""
        {regards|best regards|kind regards},¶{[B]|The [B] team|Your team at [B]}
    """),
    Tone.WARM: lines("""
        {warmly|with warm wishes|with thanks|take good care|yours, with care},¶{all of us at [B]|your friends at [B]|everyone at [B]}
    """),
    Tone.PLAYFUL: lines("""
        {cheers|see you around|until soon|over and out|ta-ta for now},¶{the [B] bunch|the curious people at [B]|your pals at [B]}
    """),
    Tone.FORMAL: lines("""
        {yours sincerely|sincerely yours|respectfully|yours faithfully},¶{[B]|Customer Service, [B]|The office of [B]}
    """),
    Tone.BRISK: lines("""
        {thanks|talk soon|that is all|bye for now},¶[B]
    """),
}

TONE_LINE = {
    Tone.PLAIN: lines("""
        {here is|this is|below is} {what you need to know|the short summary|all you need}{|, without detours|, in a few lines|, plainly put}.
        {we keep this|this will be|this message is} {short|brief and clear|simple}{|, and to the point|, as always}.
        {the facts|the details|the main points} {are|follow} below{|, so you can judge for yourself|, and nothing else}.
        {in a few words|put simply|to keep it simple}: {here is what it is about|this is what we have for you|this is what you should know}.
        {we have kept|we tried to keep|you will find} {everything|the rest|this message} {short|clear|easy to follow}, {so that you can|to let you} {decide quickly|see at a glance whether it fits|get on with your day}.
    """),
    Tone.WARM: lines("""
        {we hope|here is hoping} {this note finds you well|your days are treating you kindly|life is being good to you}{|, wherever you are|, and that there is time for a pause}.
        {it always makes us happy|it is a pleasure|it means a lot to us} to {write to you|share something with you|have you near}{|, truly|, and we mean it}.
        {take your time|make yourself comfortable|pour yourself something nice}; {we chose this with you in mind|we put some heart into this|we are glad you are here}.
        {thank you|from the heart, thank you} for {being with us|the time you give us|letting us write to you}{|; it is never taken for granted|, it brightens our day}.
        {wherever|however} {this reaches you|your day is going|you are reading this}, {know that|please know that|remember} {you are in our thoughts|we are glad of you|you are always welcome here}{|, {today as ever|and that is the truth}}.
    """),
    Tone.PLAYFUL: lines("""
        {drum roll|spoiler|plot twist|breaking news}: {this one is fun|you are going to grin|it is a good one}{|, hand on heart|, and nobody had to wear a costume}.
        {we tried to keep quiet|we practised our poker face|we meant to play it cool}, {but here we are|and failed happily|and lasted about a minute}.
        {no confetti was harmed|no dancing is required|zero small talk was wasted} {in the making of this note|to read on|on the way here}{|, we checked|, sadly}.
        {put the kettle on|wiggle your toes|raise an eyebrow} and {read on|keep scrolling|stay a moment}{|, the good bit is next|, it gets better}.
        {somewhere|right now|in this very minute}, {a small brass band|our office plant|the coffee machine} {is cheering|is getting excited|demands your attention}, {so read on|and who are we to object|but let us stay calm}{|, {please|pretty please}}.
    """),
    Tone.FORMAL: lines("""
        {we would be pleased|it is our pleasure|we have the pleasure} to {present|bring to your attention|introduce} {the following|what follows|the details below}.
        {please find|kindly find|you will find} {the details|all particulars|the relevant information} {below|in what follows}{|, for your consideration|, at your convenience}.
        {we are grateful|we thank you|we are obliged} for {your attention|your confidence|the time you take}{|, and remain at your service|, which we value highly}.
        {permit us|allow us} to {draw your attention to|inform you of|acquaint you with} {the following|a matter of interest|what may be of use to you}.
        {in the following|below|in this letter}, {we take the liberty|we have the honour|it is our privilege} of {presenting|submitting|describing} {a suggestion|our recommendation|a matter} {for your consideration|which may merit your interest|to your kind attention}.
    """),
    Tone.BRISK: lines("""
        {short version|quick version|straight to it|the gist}: {read on|here goes|it is below}.
        {no detours|no long story|no small talk}. {straight to the point|just the point|here it is}.
        {a minute|half a minute|a moment} {is enough|will do|is all it takes}{. ready?|. go.|.}
        {quick note|quick word|fast one}, {big help|good reason|clear answer}{|, done}.
        {you are busy|time is short|no time to lose}, {so are we|we know|fair enough}: {key points only|just what counts|to the point}{|, {then off you go|nothing else}}.
    """),
}

SUBJECT_SHELL = {
    Tone.PLAIN: ("§", "§", "[B]: §", "{in short|to the point|please note}: §"),
    Tone.WARM: (
        "§",
        "{with warm wishes|with you in mind|thinking of you|a kind note|from us to you}: §",
        "{dear friend|hello, dear friend|a note from the heart}: §",
    ),
    Tone.PLAYFUL: (
        "§",
        "{psst|plot twist|knock knock|tiny drum roll|ta-da|hear, hear}: §",
        "{guess what|ready for this|oh, hello}? §",
    ),
    Tone.FORMAL: (
        "§",
        "[B]: §",
        "{for your attention|a notice from [B]|for your information|a letter from [B]}: §",
    ),
    Tone.BRISK: ("§", "{quick one|fast note|short and clear|heads-up|now}: §"),
}

SUBJECT_GOAL = {
    Goal.WELCOME: lines("""
        welcome to [B]{|, and hello|, and thank you}
        {good|glad|happy} to have you {here|with us|on board}
        {your first steps|your start|first things first} {with|at} [B]
        thank you for {joining|choosing} [B]
        {a first look|a short tour|an introduction} {to get you started|before you begin|for a good start}
    """),
    Goal.WINBACK: lines("""
        it has been {a while|some time|too long}{|, has it not?|, and we noticed}
        {we kept|we saved|there is still} {a place|a seat|a spot} for you
        {much|plenty} {is new|has changed} since {your last visit|you were last here}
        {ready|care|tempted} to {come back|pick up where you left off|look in again}?
        {the door is|our door is|we are} {still|always} open for you
    """),
    Goal.LAUNCH: lines("""
        {new|just in|just arrived|fresh} {at|from} [B]
        {say hello to|meet} {something new|a new arrival|the newcomer}
        {it is here|it has arrived}: {the newest from|something new at|the new arrival at} [B]
        {a first look at|introducing|presenting} {what is new|our new arrival|the newcomer}
        {something new|a new idea|a new face} {for you|on our shelves|in the range}
    """),
    Goal.DISCOUNT: lines("""
        {a good moment|a good time|good timing} to {buy|choose|order}
        {more for less|your money goes further|kinder to your wallet}{| at [B]| with us}
        {the price|the sum|the maths} {works in your favour|is on your side|adds up for you}
        {a friendlier|a kinder|a lighter} price {for you|at the till|to look at}
    """),
    Goal.CART: lines("""
        {you left|you forgot} {something|a good thing} {behind|in your basket}
        {your basket|your cart} is {still here|waiting|as you left it}
        {still|are you still} {thinking it over|deciding|making up your mind}?
        {your order|your choice} is {almost done|nearly there|a click away}
        {pick up|carry on} where your {basket|cart} {stopped|was left}
    """),
    Goal.REPLENISHMENT: lines("""
        {running low|nearly used up|almost empty}?
        {time|maybe time} {for a refill|to restock|to top up}
        {before it runs out|before you run out}{|, a reminder|, a small nudge}
        {a refill|your next supply|a top-up} {is due|might be due}
        {keep|never lack} {a spare|enough} {at hand|in the cupboard|within reach}
    """),
    Goal.REVIEW: lines("""
        {how is it going|how did it turn out|how do you like it}{|, honestly}?
        {your|a word from you: your} {opinion|view|verdict}, please
        {tell us|let us know} {what you think|how it went|how you find it}
        {a few words|a line or so|a short review} from you {would help|go a long way}
        {thumbs up, or down|yes, no, or so-so|what is your verdict}?
    """),
    Goal.LOYALTY: lines("""
        {a thank-you|thanks|a word of thanks} for {staying with us|your loyalty|coming back}
        {for|reserved for|with thanks to} {our regulars|our loyal customers|those who stay}
        {because|since} you {keep coming back|have stayed with us|are one of our regulars}
        {you are|you count as} {part of|one of} {the family|our circle|our regulars}
        {your loyalty|your trust} {means a lot|is noted|counts here}
    """),
    Goal.SEASONAL: lines("""
        {for|in time for|ready for|ideas for} [S]
        [S] is {near|coming|on its way}{|, so plan ahead|, are you ready?}
        {a little something|a good idea|inspiration|a suggestion} for [S]
        {make|plan} {something of|more of} [S]
    """),
}

SUBJECT_OFFER = "{your offer|for you|inside|an offer for you|here is your offer}: [O]{| at [B]}"

SUBJECT_PRODUCT = lines("""
    {meet|consider|discover|take a look at|have you seen} [P]
    [P]{: {picked for you|worth a look|a closer look|our pick for you}|, {chosen for you|up close|in brief|for you}}
    {a closer look at|a word about|our pick for you:|let us talk about|why we like} [P]
""")

PREHEADER = {
    Tone.PLAIN: lines("""
        {what it is|what it does|the main points}, {and why it may suit you|in a few lines|put simply}{.|, from [B].}
        {a short|a plain|a clear} {summary|overview|note} {from [B]|of what matters}{, so you can decide|, no more, no less|}.
        {read|see|find} {the facts|the details|what you need} {here|inside|in this message}{| and decide for yourself|, plainly put}.
        {all you need|the essentials|what to know} {before you decide|in a short read|on a single page}{|, {from [B]|nothing hidden}}.
    """),
    Tone.WARM: lines("""
        {chosen|picked|put together} {with care|with you in mind|with love} {by|from} {all of us|your friends} at [B].
        {a small note|a few kind words|a little idea} {we hope will please you|to brighten your day|for a quiet moment}.
        {because we care|because you matter to us|because it is you}: {something we think you will enjoy|a thought from [B]}.
        {we thought of you|you came to mind|we had you in mind} {when we chose this|this morning|and smiled}{|, {dear friend|from [B]}}.
    """),
    Tone.PLAYFUL: lines("""
        {open me|go on, peek|curious yet}{?|, we dare you.|: it is worth the click.}
        {no puns inside|may contain traces of fun|warning: likely to cause smiling}{, well, maybe a few|, side effects unknown|}.
        {the good bit|the fun part|the juicy bit} is {inside|one tap away|just under this line}{, shoes optional|, no ticket needed|}.
        {our keyboard|the intern|our office cat} {insisted we write|typed this|says hello}{, blame them|, be kind|, treats welcome|}.
    """),
    Tone.FORMAL: lines("""
        {we kindly invite you|you are cordially invited|we have the pleasure of inviting you} to {read the details|learn more|consider the following}.
        {a communication|a letter|correspondence} from [B] {for your consideration|concerning your interests|which may be of interest}.
        {the particulars|full details|further information} {are enclosed|may be found within|follow for your perusal}.
        {we respectfully draw|may we draw|we wish to draw} your attention to {the following|this letter|the details within}{|, {at your convenience|with kind regards}}.
    """),
    Tone.BRISK: lines("""
        {one look|quick read|a glance}. {that is all|worth it|decide fast|then decide}.
        {what|why|how}, {in seconds|in short|at a glance}. {open|tap|go}.
        {skim it|read it|open it}, {like it|check it|weigh it}, {done|order|move on}.
        {read|look|scan}, {choose|decide}, {done|go}{|: {that quick|no fluff|seconds}}.
    """),
}

OPENING = {
    Goal.WELCOME: lines("""
        {thank you for joining|welcome to|it is good to have you at} [B]{|, and thank you for {your trust|coming by|giving us a try}}.
        {you have just joined|you are now part of|you are new at} [B], {so here is|and here is|so let us begin with} {a first look|a good place to start|something to begin with|a short introduction}.
        {this is|take this as|consider this} {our first hello|a first greeting|our welcome} from [B]{|, with {a good place to begin|something worth knowing|a first suggestion}}.
        {new here|first time here|just arrived}? {then this is|this is|here is} {a good way to begin|where most people start|a good first step} {with|at} [B].
        {now that you|since you|as you} {have joined us|are here|have found us}, {we would like to|let us|it seems right to} {show you around|introduce ourselves|begin with something simple}{|, {starting with|beginning with} {something we like ourselves|a good first choice|what newcomers ask for}}.
        {every good|each new|many a} {acquaintance|friendship|beginning} {starts with|begins with|needs} {a first step|a simple hello|a small introduction}, {and|so} {this is ours|here is ours|we take it gladly}{|, from [B] to you}.
    """),
    Goal.WINBACK: lines("""
        it has been {a while|some time|quite a while} since {your last visit|you last looked in|we last saw you|your last order}, {and we thought of you|so we wanted to say hello|so here is a reason to come back|and we would like to see you again}.
        {a lot|a good deal|plenty} {is new|has changed|has happened} {at [B]|here|on our shelves} since {your last visit|you were last here}, {and|but} {your place is still here|the door is still open|you are as welcome as ever}.
        {we have not heard from you|we have not seen you} {for some time|in a while|lately}, and {[B] is not quite the same without you|we would be glad to change that|we have something to show you}.
        {coming back|finding your way back|returning} to [B] is {easy|simple}: {start here|start with this|here is where to begin}{|, and take it from there}.
        {while you were away|in the time since we last met|since we last heard from you}, {we have been busy|the shelves have filled up|we have added to the range}{|, {quietly|step by step}}, and {we would love to show you|you are welcome to look|it would be good to see you again}.
        {if you have a moment|should you feel like it|when it suits you}, {come and see|look in and see|drop by and find out} {what has changed|what is different|how things have moved on} at [B]{|; {you have been missed|the welcome is the same|nothing is expected of you}}.
    """),
    Goal.LAUNCH: lines("""
        {something new|a new arrival|a newcomer} {has just reached|has joined|is now part of} {our shelves|the range|the [B] range}, and {you are among the first to hear|we would like you to see it|here is what it is about}.
        {it is here|it has arrived|the wait is over}: {the newest|the latest} {from|addition to} [B]{|, ready {to be seen|to be tried|for you}}.
        {we have been working on|we have been looking forward to|we have been waiting to show you} {something new|this one}, and {today we can|now we can|at last we can} {show it to you|tell you about it|share it}.
        {let us|we would like to} {introduce|present} {our new arrival|the newcomer|what is new at [B]}{|, {fresh on our shelves|just unpacked}}.
        {fresh from the workshop|straight from the box|after much preparation}, {our new arrival|the newcomer|the latest addition} {is ready|stands on the shelf|awaits you}{|, and {we are rather pleased with it|you may be curious already|it was worth the work}}.
        {there is|we have} {something new|a newcomer|a new arrival} {to discover|to look at|worth your attention}{| at [B]}, {and we wanted to tell you early|and here comes a short introduction|so here is a first impression}{|, {before word gets around|with some pride}}.
    """),
    Goal.DISCOUNT: lines("""
        {this is|now is} {a good moment|a good time|a sensible moment} to {buy|choose well|treat yourself}{|, because {the price is in your favour|your money goes further here}}.
        {if you have been waiting for|if you were hoping for|if you have been watching for} {a friendlier price|a good moment to buy|the right moment}, {this is it|here it is|it has come}.
        {your budget|your wallet} {will like this|has reason to be pleased|gets a break}: {there is something in it for you|the sum looks better than usual|here is more for your money}.
        {good things|what you like} {need not|do not have to} {strain the budget|cost the earth|break the bank}{|, as [B] would like to show you|, and here is the proof}.
        {some moments|certain weeks|a few days} are {kinder to|lighter on|gentler with} {your budget|your wallet|the household} than others, {and this is such a moment|and now is one of them|so it is worth a look now}{|, {as you will see|if you ask us}}.
        {buying well|choosing wisely|a good purchase} is {a matter of|often about|largely about} {timing|the right moment}, and {this moment|the timing|right now} {looks good|is in your favour|could hardly be better chosen}{| at [B]}.
    """),
    Goal.CART: lines("""
        {you left|there is still} {something|a good choice} in your {basket|cart}{|, and {it is waiting for you|we kept it there|nothing has been lost}}.
        your {basket|cart} at [B] is {just as you left it|still full of promise|still there}{|, so you can {carry on|finish|pick it up} {whenever you like|in a moment}}.
        {were you interrupted|did something come up|not quite sure yet}? {your choice is|your selection is|what you picked is} {still in the basket|still there|waiting where you left it}.
        {only a step|just a click|not much} {is missing|is left} to {complete|finish} {your order|what you began}{|, and {we kept everything ready|everything is where you left it}}.
        {we noticed|it seems|it looks as though} {you were about to order|you had made a choice|something caught your eye}, {and then|but} {something came between|you were called away|the basket was left standing}{|; {it is all still there|we have kept everything}}.
        {before it is forgotten|in case it slipped your mind|just as a reminder}: {what you chose|your selection|the basket you filled} {is still in place|has been kept|can be ordered} {at [B]|with us|as it stands}{|, {whenever you are ready|with a click}}.
    """),
    Goal.REPLENISHMENT: lines("""
        {by now|by our reckoning|if we are not mistaken}, {your supply|what you have at home|your stock} {may be running low|could be nearly used up|might need topping up}.
        {nothing is worse than|few things annoy like|nobody enjoys} {an empty shelf|running out|reaching for an empty pack}, so {here is a reminder|we thought we would mention it|consider this a nudge}.
        {it might be time|perhaps it is time|the time may have come} {for a refill|to restock|to top up}{|, before {you run out|the last of it is gone}}.
        {a good supply|a spare|a refill} at home {saves a trip|gives peace of mind|keeps things going}{|, and [B] {is ready when you are|makes it easy}}.
        {things you use|what you use} {every day|often|gladly} {run out|come to an end|get used up} {sooner than one thinks|before you notice|at the wrong moment}, {so it pays to|which is why you may want to|and it is wise to} {restock in time|top up early|keep a spare}.
        {have a look|take a glance|a quick check}: {is there enough left|how much is left|will it last}? {if not|otherwise|should it run low}, {a refill is easy|we can help|restocking takes a moment}{| at [B]}.
    """),
    Goal.REVIEW: lines("""
        {we would like to know|we are curious|please tell us} {how you are getting on|how it turned out|what you make of it} {with|when it comes to} [P].
        {your opinion|your view|what you think} {matters to us|counts for a lot|helps others choose}{|: {a few words|a line or so} {will do|would be enough}}.
        {by now you have had|you have had|you will have had} {time|a chance} to {try|get to know|use} [P], {so how is it|so what do you say|and we would like to hear about it}?
        {other people|others} {read|look for|rely on} {honest words|real opinions|reviews}, and {yours would help them|yours is still missing|we would be glad of yours}.
        {a short question|one small request|a favour, if we may}: {how do you find|what do you think of|are you content with} [P]{|, {after these days|now that you know it|in all honesty}}?
        {nobody knows|few can tell us|who could say} {better|more} {about [P]|how [P] does} than {people who use it|somebody who has it at home}, {so we turn to you|which is why we ask|and that means you}.
    """),
    Goal.LOYALTY: lines("""
        {you have been|you are|we count you as} {one of our regulars|a loyal customer|part of the circle} at [B], {and we want to say thank you|and that deserves thanks|and it has not gone unnoticed}.
        {people who come back|those who stay with us|our regulars} {are the reason|make it possible} that [B] {exists|keeps going|can do its work}, {so thank you|and you are one of them}.
        {for your loyalty|for staying with us|for all your orders}, {thank you|our thanks|please accept our thanks}{|: {this one is for our regulars|this is meant for you|here is something with you in mind}}.
        {loyalty|your trust|coming back} {deserves|calls for|is worth} {a proper thank-you|more than words|some recognition}{|, and {this is ours|that is why we write}}.
        {not everyone|few} {stays with|comes back to|remains true to} {a shop|one brand} {as you do|the way you do|so faithfully}, and {we at [B]|all of us at [B]} {know it|see it|value it}{|; {this note is our thanks|so we want to say it aloud}}.
        {because|since} you {keep choosing us|return time and again|have stayed}, {you come first|we think of you first|you should hear it first}{|: {here is something chosen for you|this is for our regulars|thank you from [B]}}.
    """),
    Goal.SEASONAL: lines("""
        [S] is {near|coming up|on its way}, {and|so} {it is time to get ready|we have an idea for you|here is a thought|we made a suggestion}.
        {with|now that} [S] {almost here|around the corner|in sight}, {many people look for|it helps to have|you may be looking for} {a good idea|some inspiration|the right thing}.
        {for|to prepare for|to make something of} [S], {we looked through our shelves|we at [B] put our heads together|we made a choice} {for you|and found this|on your behalf}.
        {every year|each time}, [S] {asks for|deserves|calls for} {something good|a little planning|a fitting idea}{|, and {here is ours|we have one}}.
        {if [S] is on your mind|as [S] draws closer|with [S] ahead}, {a little help|a good suggestion|some forethought} {may be welcome|goes a long way|is worth having}{|, {and we are glad to give it|so we thought of something|so here is ours}}.
        {there are many ways|everyone has a way} to {enjoy|prepare for|celebrate} [S]; {here is one from us|this is the one we like|we would like to add one}{|, {simple and good|without much ado}}.
    """),
}

STAGE = {
    Stage.PROSPECT: lines("""
        {you have not ordered from us yet|you have yet to place an order with us}, {so this could be|which makes this} {a good first one|a gentle start|an easy place to begin}.
        {as somebody who is|since you are} {still getting to know us|new to [B]|still looking around}, {you may want|you might like} {an easy start|a simple first choice|something to try first}.
        {before a first order|if you are still deciding|while you get to know us}, {it helps to|it may help to|you might want to} {start small|begin with something proven|pick one good thing}{|, {and this is one|like this one|such as this}}.
    """),
    Stage.FIRST: lines("""
        {your first order is behind you|you have made a start with us|you placed your first order not long ago}, {and this is|so here is} {a natural next step|what could come next|something to follow it}.
        {after|following|building on} your first order, {this seems|we think this is|this could be} {the right next step|a fitting second choice|a good way to go on}.
        {now that|since} {the first parcel has reached you|you know how ordering with us works|your first order went through}, {a second step|the next choice|coming back} {is easy|comes naturally|takes no courage}{|, {and here is an idea|and this would be one}}.
    """),
    Stage.ACTIVE: lines("""
        {you order with us|you shop with us|you visit us} {regularly|from time to time|now and then}, {so we chose|which is why we picked|and so we looked for} {something that fits|a match for your taste|what suits you}.
        {going by|judging from|in view of} {your recent orders|what you ordered lately|your orders so far}, {this should suit you|we think this will fit|this belongs on your list}.
        {you have been|you are} {a frequent guest|a regular visitor|often with us} {lately|these days|of late}, {and from that we gather|which tells us|so we believe} {what you look for|what you might like next|where your taste lies}.
    """),
    Stage.LOYAL: lines("""
        {you know us well|you have known us for long|you know our shelves well by now}, {so you know what to expect|and we try to live up to that|which is why we ask you first}.
        {after all this time|after so many orders|with so much history between us}, {we have a fair idea of|we believe we know|we can guess} {what suits you|your taste|what you like}.
        {you have seen|you have watched|you know} {our range grow|a good deal of our range|our shelves for years}, {and few can judge|so nobody needs to tell you|and so you can tell} {what is good|what belongs at your place|a good thing from an ordinary one}.
    """),
    Stage.LAPSED: lines("""
        {your last order was some time ago|you have not ordered for a while|it is some time since you ordered}, {so here is a fresh start|and there is no better time to look again|so let us catch up}.
        {much in our range|a good part of our range|what we have} {has changed|has moved on|looks different} since {you last ordered|your last order}, {as you will see|and this is a part of it}.
        {since your last order|in the time you ordered nothing|while your account was quiet}, {we have learnt a few things|some things got better|we kept at it}{|, {as you can see here|and we hope it shows}}, so {a new look may be worth it|why not try us again|this could be a way back in}.
    """),
}

MOTIVE = {
    Motive.PRICE: lines("""
        {you have an eye for|you know|you recognise} {good value|a fair price|value for money}, {and|so} {this should pass the test|this holds up|you will see it here}.
        {it gives you|you get} {a lot|good value|plenty} for {what you pay|the money|the price}{|, which {counts|matters}}.
        {it is|we find it} {sensible|reasonable|fair} value{| for what it does|, and easy on the budget}.
        {if you weigh|when you compare|for those who compare} {price and use|cost and benefit|what things cost and what they do}, {it comes out well|it holds its ground|the answer is clear}{|, {we think|quite simply|without tricks}}.
    """),
    Motive.QUALITY: lines("""
        {it is made|everything about it is done} {with care|with patience|properly}, {down to the details|and it shows|as you will notice}.
        {if you look closely|look closely and|the closer you look, the more} you {notice|see|appreciate} {the care in it|the attention to detail|how well it is made}.
        {quality|good work|care} {shows|is in the details|speaks for itself}{|, and {you have an eye for it|you will see it here}}.
        {people who look for|those who value|if you care about} {good work|sound making|fine details} {will be at home here|will recognise it|can take a closer look}{|: {nothing was rushed|it was made with patience|each part has its reason}}.
    """),
    Motive.NOVELTY: lines("""
        {if you like|for those who like|since you enjoy} {trying new things|a fresh idea|being early}, {this is worth a try|this is a good reason to be curious|here is something to explore}.
        {it is|it brings|it adds} {something different|a change from the usual|a fresh note}{|, for {the curious|curious minds}}.
        {your curiosity|a curious mind|your love of new things} {will be well fed|has found its match|gets something to do} here.
        {a little change|something unfamiliar|a new habit or so} {never hurt anybody|keeps things lively|is good for the spirit}, {and this is an easy way to start|so why not begin here|and here is your chance}{|, {if you are curious|for the curious}}.
    """),
    Motive.HABIT: lines("""
        {it fits|it slips|it settles} into {your routine|everyday life|your usual day} {with no fuss|easily|as if it had always been there}.
        {no need to|you need not|there is no need to} {change your habits|rethink anything|relearn a thing}: {it simply fits|it just works for you|it joins right in}.
        {good habits|small routines|the usual things} {deserve|are worth} {something reliable|something you can count on|good company}.
        {day in, day out|on ordinary days|from morning to evening}, {it does its part|it is simply there|it keeps you company} {without asking for much|and asks for nothing|the way good things do}{|, {and that is its charm|which is what counts}}.
    """),
    Motive.GIFT: lines("""
        {it also makes|it would make|it makes} {a thoughtful|a welcome|a lovely} present for {somebody close|a good friend|someone who matters to you}.
        {if you are looking for|looking for|still in need of} {a present|something to give}{, here is an idea|, this is a safe choice|? consider this one}.
        {whoever|the person who} {unwraps|receives} it {will think of you|will know you chose well|has reason to smile}.
        {should there be|if there is|whenever there is} {a birthday|a visit|somebody to thank} {coming up|in the diary|on your mind}, {it makes a fine present|it is good to give|it will be gladly unwrapped}{|, {with or without a ribbon|and it travels well}}.
    """),
}

PITCH = {
    "": lines("""
        {here is|this is|meet|may we suggest} [P]{|, {our suggestion|our choice|a fitting choice} for you|, which we {think you will like|picked for you|chose with care}}.
        {our suggestion|our choice|our tip|what we have in mind} {for you|this time|here} is [P]{|, {and we think it fits|for good reasons|as you may have guessed}}.
        [P] {is|could be} {worth a look|a good choice|well worth knowing|one to consider}{|, {we think|if you ask us|to our minds}}.
        {among the things|of all the things} {we could show you|on our shelves|we like}, [P] {came to mind first|seemed right for you|stood out}{|, {and we stand by that|and here it is|for more than one reason}}.
        {have you thought of|how about|what do you say to} [P]? {we think|it seems to us|our feeling is} {it could suit you|it is one for you|you would get on with it}{|, {judging by what we know|and we rarely guess wrong}}.
    """),
    "F": lines("""
        [P] {comes with|brings you|gives you|has} [F]{|, {and it shows|which makes the difference|as you will notice}|: {a detail|something} {worth having|that counts}}.
        {what sets it apart|its strong point|the detail to look for|what we like about it}: [F]. {that is|this is|such is} [P]{|, {in a nutshell|in a few words}}.
        {with|thanks to} [F], [P] {stands out|earns its place|is a good choice|does its job well}{|, {day after day|whenever you need it|and does it gladly}}.
        {take|look at|consider} [P]: {with|it has|you get} [F]{|, {and that is only the start|among other things|for a start}}.
        {people ask about|those who know look for|what people notice first is} [F], and [P] {has just that|comes with it|brings it along}{|, {made with care|without fuss|as it should be}}.
        {there are good reasons for|a good deal speaks for|we like} [P]{|, {we think|as many find}}: {above all|to begin with|to name one}, [F].
    """),
    "V": lines("""
        [P] {helps you|lets you|makes it easier to} [V]{|, {whenever you like|day after day|and that is what counts}}.
        {if you want to|when you want to|whenever you would like to} [V], [P] {is made for it|is there|is a good choice|will serve you well}.
        {we chose|we suggest|we recommend|have a look at} [P] {because it helps you|for those who want to|so that you can} [V].
        {to|the easy way to|a good way to} [V]: {that is|this is} {the idea behind|what we had in mind with|the point of} [P].
        {sooner or later|now and again|some days}, {everyone wants to|one would like to|you may wish to} [V], and {that is where|this is when|for that} [P] {comes in|helps|earns its keep}{|, {quietly and well|without fuss}}.
        {imagine|think of the days} when you {simply|easily|finally} [V]{|, {just so|without a second thought}}: [P] {makes that easier|was made for it|is there for that}.
    """),
    "FV": lines("""
        {with|thanks to} [F], [P] {helps you|lets you|makes it easier to} [V]{|, {whenever you like|day after day|just like that}}.
        [P] {comes with|brings you|gives you|has} [F], so {you can|that you can|it is easier to} [V]{|, {and that is what counts|whenever you like}}.
        {if you want to|when you want to|whenever you would like to} [V], {consider|think of|look at|try} [P]: {it has|with|you get} [F]{|, {for good measure|and more|which helps}}.
        [P] {is made to help you|was made so you can|is there to help you} [V]. {what makes it work|the reason|its secret|what helps}: [F].
        {sooner or later|now and again|some days}, {everyone wants to|one would like to|you may wish to} [V]; {for that|then}, [P] {has|brings|comes with} [F]{|, {made with care|and it shows}}.
        {there are good reasons for|a good deal speaks for} [P]: {above all|to begin with}, [F], {which helps you|so that you can|and with it you can} [V]{|, {day after day|when it matters}}.
    """),
}

PITCH_TONE = {
    Tone.PLAIN: lines("""
        {it is that simple|that is the point of it|that is what it is for|nothing more to it}.
        {a simple|a clear|a practical} {choice|solution|answer}{| for most days| in most cases|, we think}.
    """),
    Tone.WARM: lines("""
        {we have a feeling|our hearts tell us|something tells us} {you will be fond of it|it will feel like yours|it will suit you well}{|, and soon|, before long}.
        {may it bring you|we hope it brings you|let it bring you} {a little joy|some quiet pleasure|many good moments}{|, as it has for us|, day by day}.
    """),
    Tone.PLAYFUL: lines("""
        {we are not saying it has superpowers|it does not do the dishes|no, it cannot walk the dog}, {but we did wonder|but we are working on it|but nobody is flawless}.
        {your shelf|your neighbour|your cat} {may get jealous|will want a word|has opinions about this}{|, we hear|, obviously}.
    """),
    Tone.FORMAL: lines("""
        {we trust|we are confident|we believe} that it will {meet your expectations|merit your approval|prove suitable}{|, as it has for others|, in every respect}.
        {it has been selected|it was chosen} with {due care|great care|your requirements in mind}{|, as you may expect of [B]|, and we commend it to you}.
    """),
    Tone.BRISK: lines("""
        {simple|easy|sorted|solved}. {no fuss|no waiting around|no second thoughts}.
        {it works|it fits|it does the job}. {next|moving on|enough said}.
    """),
}

PITCH_REVIEW = {
    "": lines("""
        {tell us|do tell us|let us know} {what you like about|how you get on with|what you would change about} [P]{|, {good or bad|in your own words|plainly and honestly}}.
        {a few words|a line or so|a sentence} about [P] {is enough|will do|would help us}{|, {good or bad|in your own words|just as it comes}}.
    """),
    "F": lines("""
        {what do you say to|how do you find|are you happy with} [F]? {tell us|let us know|we would like to hear} {how you get on with|what you think of|about} [P]{|, {good or bad|in your own words}}.
        [P] {came with|was to bring you} [F]: {did it live up to that|what do you think|is that how you see it}?
    """),
    "V": lines("""
        {does|did} [P] {help you|make it easier to|let you} [V]{|, {as we hoped|as it should}}? {tell us|let us know|we are keen to hear}{|, {good or bad|in your own words}}.
        [P] {should help you|was made to help you|is meant to let you} [V]: {does it|is that so|has it}?
    """),
    "FV": lines("""
        {with|thanks to} [F], [P] {should help you|is meant to let you|was made to help you} [V]: {does it|is that so|would you agree}?
        {what do you say to|how do you find|are you happy with} [F]? And {does|did} [P] {help you|make it easier to|let you} [V]{|, {as we hoped|as it should}}?
    """),
}

INTEREST = lines("""
    {with your|given your|knowing your} {interest in|taste in|feel for} [I], {it should be a good match|you may find it useful|we thought of you|you will see why we chose it}.
    {if you are into|for anyone into|since you care about} [I], {it belongs on the list|it fits right in|it is worth a closer look|it makes good sense}.
    {you have an eye for|you know your way around|you care about} [I], {and|so} {this goes well with it|this was an easy choice|we think you will see the point}.
    {it goes well with|it sits well beside|think of it next to} {your interest in|your taste for} [I]{|, {we think|too}}.
    {people with|those with|somebody with} {a taste for|a liking for|an interest in} [I] {tend to like it|will see the appeal|usually ask for it}{|, {and we thought of you|so it made our list|in our experience}}.
    {we remembered|it did not escape us|we kept in mind} that you {like|care about|look for} [I], {so it had to be this one|and this goes with it|and chose accordingly}{|, {naturally|gladly}}.
""")

CATEGORY = lines("""
    {you will find it|it has its place|it is at home} {in|among} our {selection|range|collection} of [C]{|, {along with others|if you want to compare|where it holds its own}}.
    {when it comes to|in matters of|if you are choosing} [C], {it is a solid choice|it deserves a look|we come back to it often|it is one we stand behind}.
    {looking for|thinking about|shopping for} [C]? {then this is|this is|here you have} {a good place to start|one to know|a fine example}.
    {our range of|our choice of|our selection of} [C] {has grown|is there to explore|was put together with care}{|, and {this is part of it|here is one piece of it}}.
    {of everything|among the pieces} in our {selection|range|choice} of [C], {this is one|it is one} {we like to show|we would pick again|people return to}{|, {and not by chance|with good reason}}.
    {if|should} {you need|you want|you are after} [C], {keep it in mind|it should be on your list|have a closer look at it}{|, {before you decide|and compare it calmly}}.
""")

LAST = lines("""
    {you chose|you picked|you once went for} [L] {last time|before|on an earlier visit}, {so|and} {this should suit you too|it is a short step from there|we took that as a hint}.
    {we hope|we trust} [L] {serves you well|is treating you well|has been good company|is all you hoped for}{|, {to this day|by the way}}.
    {after|following|together with} [L], {this is a natural choice|this makes good sense|this fits the picture|it is only logical}.
    {how is|how do you like|are you pleased with} [L]{|, {by the way|these days}}? {this one is cut from the same cloth|what follows goes well with it|here is something in the same spirit}.
    {your|that} {choice of|decision for} [L] {told us something|gave us an idea|showed good sense}, {and this follows from it|so we looked for something to match|and here is what came of it}{|, {naturally|quite simply}}.
    {since|now that} you {have|know|own} [L], {you know what to look for|this will feel familiar|it makes sense to look at this}{|, {we believe|too}}.
""")

LAST_REVIEW = lines("""
    {you know|you also know|you have tried} [L], {so you can compare|so your view counts double|which makes you a good judge}.
    {and if you like|if you care to|while you are at it}, {tell us about|say a word on|let us hear about} [L] {too|as well}.
""")

SECOND = lines("""
    {it goes well with|it pairs well with|it gets along with|it works nicely with} [Q]{|, {if you want both|should you like a pair|as many have found}}.
    {to go with it|beside it|as a companion}, {think of|consider|have a look at|we suggest} [Q]{|, {a natural partner|which completes the picture}}.
    [Q] {makes a good partner|is a natural companion|rounds it off|goes well with it}{|, {if you ask us|too|we find}}.
    {people who choose it|many who like it|those who take it} {also look at|often add|think of} [Q]{|, {and for good reason|which makes a fine pair|since they belong together}}.
    {if you want|should you fancy|in case you need} {company for it|something beside it|a second piece}, [Q] {is a good choice|would be our advice|comes to mind}.
""")

PRICE = lines("""
    {the price|its price|what it costs}: [M]{|, {plain and simple|as shown in the shop|no more}}.
    {it is yours for|you pay|it comes to|it is priced at} [M]{|, {plain and simple|all told|as listed in the shop}}.
    {at|for} [M], {it is yours|you can have it|it can be on its way to you|it is a choice you can weigh calmly}.
    {what you pay|what it costs you|the sum to pay} {is|comes to} [M]{|, {and that is all|nothing hidden|as you see it in the shop}}.
    {you can take it home|it finds its way to you|it is ready to order} {for|at} [M]{|, {plain and simple|all told|as listed}}.
""")

OFFER = {
    "": lines("""
        {your offer|our offer to you|the offer}: [O]{|, {just for the asking|as simple as that|on this order}}.
        {with this order|when you order|right now}, you {get|receive|have} [O]{|, {as simple as that|for this choice|it is that easy}}.
        {there is|we set aside|we have arranged} [O] {for you|on your order|to go with it}{|, {as our way of saying hello|just so you know}}.
        {should you decide|if you decide|once you decide} {to order|for it}, {there is|you get|we add} [O]{|, {as agreed|just like that|and that is settled}}.
    """),
    "K": lines("""
        {your offer|our offer to you|the offer}: [O]. {use|enter|type in} {the code|code} [K] {at the checkout|when you order|before you pay}.
        {with|using} code [K], you {get|receive|have} [O]{|, {as simple as that|on this order}}.
        {enter|use|apply} [K] {at the checkout|when you order|before you pay} and {get|receive|enjoy} [O]{|, {as simple as that|right away}}.
        {the code|your code} is [K]: {it brings you|it gives you|with it you get} [O]{|, {as soon as you enter it|at the checkout|just like that}}.
    """),
    "E": lines("""
        {until|up to} [E], {you get|you receive|there is|you can have} [O]{|, {as simple as that|on this order}}.
        {your offer|our offer to you|the offer}: [O], {until|valid until|open until} [E]{|, {and then it ends|no longer}}.
        you {get|receive|have} [O] {if you order by|until|on orders up to} [E]{|, {so mark the date|as simple as that}}.
        {there is time|you have time|you can decide} until [E]: {so long|up to then|until then} {you get|there is|you can have} [O]{|, {just like that|and it is that simple}}.
    """),
    "KE": lines("""
        {until|up to} [E], {code [K] brings you|the code [K] gives you|you get with code [K]:} [O].
        {your offer|our offer to you|the offer}: [O], {with|using} code [K], {until|valid until|open until} [E].
        {enter|use|apply} {code|the code} [K] {by|until|no later than} [E] and {get|receive|enjoy} [O]{|, {as simple as that|on this order}}.
        {the code|your code} is [K], {good until|open until|valid until} [E]: {it brings you|it gives you|with it you get} [O]{|, {at the checkout|just like that}}.
    """),
}

OFFER_TONE = {
    Tone.PLAIN: lines("""
        {no small print to decode|that is the whole deal|nothing to decode}.
    """),
    Tone.WARM: lines("""
        {it is our way of|call it our way of|just our way of} {saying thank you|showing we care|making you smile}.
    """),
    Tone.PLAYFUL: lines("""
        {yes, really|no, you are not dreaming|go ahead, do a little dance}{|; {we checked|we did}}.
    """),
    Tone.FORMAL: lines("""
        {we should be glad if you would|we invite you to|you are welcome to} {make use of it|avail yourself of it|take advantage of it}.
    """),
    Tone.BRISK: lines("""
        {grab it|take it|use it}. {easy|why wait|done}{.|?}
    """),
}

OCCASION = lines("""
    {it would be|it is|we find it} {a fine choice|a good idea|fitting} for [S]{|, {too|by the way|we think}}.
    {and with|especially with|now, with} [S] {ahead|in mind|around the corner}, {it comes at the right time|it is good to plan ahead|it makes even more sense}.
    {thinking of|planning for|getting ready for} [S]? {it fits well|this could be it|it is worth considering}.
""")

INVITE = {
    Tone.PLAIN: lines("""
        {you can see|you will find|have a look at} {all details|everything else|the full description} {online|in the shop|on the product page}.
        {if it suits you|if you are interested|if that sounds right}, {order online|use the button below|you know where to find it}.
        {the button|the link|one click} {below|at the end|under these lines} {leads|takes you} to {the product|all the details|the shop}{|, {nothing else|where you can order}}.
    """),
    Tone.WARM: lines("""
        {come by|stop by|drop in} {whenever you like|when you have a moment|any time}{; we will be here|, it would make our day|, you are always welcome}.
        {do have a look|take a look in your own time|let it tempt you a little}{; we hope you like it|, and tell us what you think}.
        {our door|the shop|our little corner} is {always open|open to you|glad of visitors}, {so come as you are|and the welcome is real|and there is no hurry}{|, {dear friend|truly}}.
    """),
    Tone.PLAYFUL: lines("""
        {go on|come on|you know you want to}, {click the button|press the shiny button|follow that button}{|, it is lonely down there|, it does not bite}.
        {the button below|that button down there|the little button} {has been practising|is dying to meet you|gets stage fright without you}.
        {your mouse|your thumb|that finger of yours} {looks bored|could use some exercise|knows what to do}: {give it a button|there is a button below|make it happy}{|, {quick, quick|tiny hooray}}!
    """),
    Tone.FORMAL: lines("""
        {should you require|if you wish for|for} {further details|more information|further particulars}, {please visit our shop|kindly consult the product page|we remain at your disposal}.
        {we would be honoured|we should be delighted|it would be our privilege} to {serve you|welcome your order|be of service}.
        {you are kindly invited|may we invite you} to {visit|consult|view} {our shop|the product page|the details} {at your convenience|at a time that suits you|whenever you wish}{|, {and thank you in advance|without any obligation}}.
    """),
    Tone.BRISK: lines("""
        {have a look|click|tap below}. {decide|choose|pick}. {done|finished|sorted}.
        {like it|convinced|sounds right}? {button below|one click|straight ahead}.
        {tap|click|press} {the button|below}, {see for yourself|check the facts|have your answer}{|, {back to your day|all in a moment}}.
    """),
}

CALL = {
    Tone.PLAIN: lines("""
        {see|view|open} {the details|the product|the page}
        {go|continue} to the shop
    """),
    Tone.WARM: lines("""
        {come and see|have a little look|find out for yourself}
        {come by and say hello|take a gentle look}
    """),
    Tone.PLAYFUL: lines("""
        {ooh, show me|go on, show me|let me at it}
        {take me there|to the good stuff|curiosity wins}
    """),
    Tone.FORMAL: lines("""
        {view|consult} the {particulars|full details}
        {proceed to|visit} {the online shop|our website}
    """),
    Tone.BRISK: lines("""
        {look|see it|show me} now
        {go|open|get it}
    """),
}

CALL_GOAL = {
    Goal.WELCOME: "{start here|begin here|look around|take the tour}",
    Goal.WINBACK: "{come back in|look in again|see what is new}",
    Goal.LAUNCH: "{meet the newcomer|see the new arrival|be an early visitor}",
    Goal.DISCOUNT: "{see the price|check the price|see what you pay}",
    Goal.CART: "{back to your basket|finish your order|open your basket}",
    Goal.REPLENISHMENT: "{restock now|order a refill|top up}",
    Goal.REVIEW: "{write a review|share your view|tell us}",
    Goal.LOYALTY: "{see what we chose|to the regulars' page|open your page}",
    Goal.SEASONAL: "{get ready|see our ideas|find inspiration}",
}

HEADLINE_GOAL = {
    Goal.WELCOME: lines("""
        {new here|first visit|just arrived}? {start here|welcome|hello}
        {a good|your|an easy} {first choice|place to start|start with us}
        {nice|good|glad} to {meet you|see you here}
        {hello|welcome}, {newcomer|new friend|explorer}
        {start|begin} {with|at} [B]
    """),
    Goal.WINBACK: lines("""
        {come back|look in again|return} {to [B]|and see|for this}
        {been a while|long time no see|missed us}?
        {still|again} {here for you|good to see you}
        {welcome back|hello again}{|, old friend|, stranger}
        {see|find out} what you {missed|have missed}
    """),
    Goal.LAUNCH: lines("""
        {new|just in|fresh|now} {at|from} [B]
        {brand new|just arrived|just landed}: {see it|meet it|have a look}
        {meet|see|discover} the {newcomer|new arrival|new one}
        {it is here|it has arrived|the wait is over}
        {the|our} {latest|newest} {arrival|addition|idea}
    """),
    Goal.DISCOUNT: lines("""
        {more|plenty} for {less|your money}
        {a friendlier|a kinder|a lighter} price
        {kind to|easy on|good for} your {wallet|budget}
        {good|smart|happy} {timing|moment} to {buy|order}
        {your money goes further|the price is right|value, well timed}
    """),
    Goal.CART: lines("""
        {still|are you} {thinking it over|undecided|interested}?
        {your basket|your cart} {is waiting|is still here|misses you}
        {finish|complete} {your order|what you began}
        {forgot|left} something{| behind| here}?
        {almost|nearly|so close to} {yours|done|there}
    """),
    Goal.REPLENISHMENT: lines("""
        {running|getting} low?{| restock| top up}
        {time|ready} {to restock|to top up|for a refill}
        {nearly empty|almost out|last of it}?
        {restock|refill|top up} {today|in time|with ease|at [B]}
        {keep|have} {a spare|enough} {at hand|ready|at home}
    """),
    Goal.REVIEW: lines("""
        {what do you think|how is it|do you like it}?
        {your|an honest} {opinion|view|review}{|, please| counts| helps}
        {rate it|review it|tell us}{|, honestly| in a line| today}
        {share|give us} your {view|verdict|opinion}
        {yes, no, so-so|thumbs up or down}?
    """),
    Goal.LOYALTY: lines("""
        {for|thanks to} our {regulars|loyal customers|old friends}
        {thank you|thanks} for {staying|coming back|your loyalty}
        {loyal|regular} {customers|guests} {first|come first}
        {you came back|you stayed}{|, thank you|: our thanks}
        {made|chosen|meant} for {regulars|the faithful}
    """),
    Goal.SEASONAL: lines("""
        {ready for|for|ideas for|time for} [S]
        [S] is {near|coming|here soon}
        {make|plan} {something of|more of} [S]
        {hello|almost}, [S]
        {in time for|just right for|chosen for} [S]
    """),
}

HEADLINE_MOTIVE = {
    Motive.NONE: lines("""
        {a good|a fine|a fitting|a happy} {choice|pick|match|find}
        {worth|deserves} {a look|knowing|your time|a try}
        {picked|chosen|made} {for you|with care|to please}
        {have you|did you} {seen|met|noticed} {this|it}?
        {see|try|consider} {this one|it|something good}
    """),
    Motive.PRICE: lines("""
        {good|honest|solid|fair} {value|value, well made}
        {sensible|clever|careful} {spending|choice}
        {value|worth} {you can see|that adds up}
    """),
    Motive.QUALITY: lines("""
        {made|crafted|done} {with care|properly|with patience}
        {quality|care} {you can see|in the details|that shows}
        {good work|real care}{|, up close|, no shortcuts}
    """),
    Motive.NOVELTY: lines("""
        {something|try something} {different|fresh|unusual}
        {for|feed} {curious minds|your curiosity}
        {curious|in the mood to explore}? {try it|look here}
    """),
    Motive.HABIT: lines("""
        {fits|joins|suits} {your routine|your day|every day}
        {your|a} {daily|everyday} {companion|choice|helper}
        {easy|simple} {every day|to live with|to keep up}
    """),
    Motive.GIFT: lines("""
        {a|one} {thoughtful|lovely|welcome} present
        {a present|something} {they will love|to unwrap|to give}
        {for|give it to} {someone dear|a good friend|your people}
    """),
}

AD_GOAL = {
    Goal.WELCOME: "{new to [B]|a first visit|just looking around}? {good to see you|this is a good start}.",
    Goal.WINBACK: "{it has been a while|it has been some time|good to see you again}{|: look in again}.",
    Goal.LAUNCH: "{just arrived|new on our shelves|newly here|fresh in the shop}{| and ready}.",
    Goal.DISCOUNT: "{a kinder price|more for your money|your budget will like it|a good time to buy}.",
    Goal.CART: "{still in your basket|waiting in your basket|you left it behind|your order is open}.",
    Goal.REPLENISHMENT: "{running low|nearly used up|time for a refill}? {restock|top up} {in time|with ease}.",
    Goal.REVIEW: "{tell us how you like it|say what you think|your view helps others}{|, honestly}.",
    Goal.LOYALTY: "{for our regulars|with thanks to our regulars|because you came back|for the loyal}.",
    Goal.SEASONAL: "{for|in time for|with a view to|just right for} [S].",
}

AD_MOTIVE = {
    Motive.NONE: "{worth a look|a fitting choice|one to consider|picked with care}.",
    Motive.PRICE: "{good value|fair value|sensible value|value that adds up}{|, plainly}.",
    Motive.QUALITY: "{made with care|care in each detail|well made, up close}{|, you will see}.",
    Motive.NOVELTY: "{something different|a fresh idea|for curious minds}{|, for a change}.",
    Motive.HABIT: "{fits your routine|easy to live with|at home in your day}{|, no fuss}.",
    Motive.GIFT: "{a thoughtful present|a present to remember|good to give}{|, we think}.",
}

AD_CALL = {
    Tone.PLAIN: "{see|find|view|look at} [P]{| at [B]| in the shop}.",
    Tone.WARM: "{come and meet|treat yourself to|with love:|find joy in|for you, with care:} [P].",
    Tone.PLAYFUL: "{go on, peek at|psst, it is|say hi to|ta-da:|oh look,} [P]{!|, hooray!}",
    Tone.FORMAL: "{we present|we commend to you|kindly consider|please consider|we invite you to view} [P].",
    Tone.BRISK: "[P]. {look|go|see it|get it} {now|today|fast}.",
}

AD_OFFER = "{enjoy|get|your offer:} [O]."
AD_PRICE = "{yours for|priced at|the price:} [M]."
AD_FEATURE = "{it has|look for|featuring} [F]."

TITLE_GOAL = {
    Goal.WELCOME: "{a beginner's guide to|first steps with|getting to know|where to begin with} {[B]|good choices|choosing well}",
    Goal.WINBACK: "{worth coming back for|what you may have missed|a second look|looking in again}{| at [B]|: notes from [B]}",
    Goal.LAUNCH: "{new|just in|fresh} {at|from} [B]: {a first look|what to know|what it is about}",
    Goal.DISCOUNT: "{how to|ways to} {buy well|choose well|shop wisely} {for less|on a budget|without overspending}",
    Goal.CART: "{how to|help to|a calm way to} {decide|make up your mind|finish choosing}{| when you are unsure| without regret}",
    Goal.REPLENISHMENT: "{never run out again|keeping a good supply|when to restock|the art of the refill}{|: a short guide|, explained}",
    Goal.REVIEW: "{how to write|what makes|why we ask for} a {good|useful|fair} review",
    Goal.LOYALTY: "{notes for our regulars|for those who stay|why regulars matter|to our loyal readers}{|, from [B]|, with thanks}",
    Goal.SEASONAL: "{ideas for|getting ready for|how to enjoy|a short guide to} [S]",
}

TITLE_PRODUCT = lines("""
    {a closer look at|getting to know|the story of|notes on|all about} [P]
    [P]{, explained|: a closer look|, up close|: what to know|: a short guide}
""")

ARTICLE_OPENING = {
    Goal.WELCOME: lines("""
        {beginnings are easier|every start is easier|it is simpler to begin} with {a guide|a little help|a place to stand}, {so this page is for|and this is meant for|so we wrote this for} {everyone who is new at [B]|newcomers to [B]|those who have just found [B]}.
    """),
    Goal.WINBACK: lines("""
        {sometimes a second look|coming back now and then|looking in again} {pays off|is worth it|shows what changed}, and {much has been added|the shelves have changed|a lot has happened} at [B] {since you were last here|in the meantime|while you were away}.
    """),
    Goal.LAUNCH: lines("""
        {when something new arrives|a new arrival deserves|with every newcomer come} {a proper look|questions|a short introduction}, {so here is|and here is|which is why we wrote} {what to know about it|what it is about|our first impression}.
    """),
    Goal.DISCOUNT: lines("""
        {spending less|buying wisely|a careful budget} {does not mean|need not mean} {settling for less|doing without|giving up what you like}, {as long as you|if you} {choose the moment|know what you need|look closely}.
    """),
    Goal.CART: lines("""
        {some choices|many purchases|good decisions} {take a little time|need a second thought|wait in the basket for a while}, {and that is fine|which is no bad thing|and rightly so}: {here is what may help you decide|a few facts can settle it|here are the points to weigh}.
    """),
    Goal.REPLENISHMENT: lines("""
        {things we use often|what we use every week|the everyday things} {have a way of running out|run low at a bad moment|are gone sooner than we think}, {so a little planning helps|and a spare saves trouble|so it pays to restock in time}.
    """),
    Goal.REVIEW: lines("""
        {a good review|an honest word|what customers say} {helps others choose|tells us what to mend|is worth more than an advert}, {and it takes a few lines|and everybody can write one|so we are glad of each}.
    """),
    Goal.LOYALTY: lines("""
        {a shop lives from|[B] lives from|what keeps us going is} {people who return|its regulars|those who stay}, {and this page is a thank-you to them|so we wrote this for them|and they deserve to hear it}.
    """),
    Goal.SEASONAL: lines("""
        {every year|each time} {people ask us|the question comes up|we think about} {how to make more of|what to prepare for|how to get ready for} [S], {and here is our answer|so we wrote down a few thoughts|and good planning is half of it}.
    """),
}

ARTICLE_TONE = {
    Tone.PLAIN: lines("""
        {let us|we will} {stay with the facts|keep to what matters|go through it in order}{|, step by step|, without ornament}.
    """),
    Tone.WARM: lines("""
        {so settle in|so take a seat|so get comfortable}, {and let us tell you about it|and enjoy the read|we are glad you are reading}{|, dear reader}.
    """),
    Tone.PLAYFUL: lines("""
        {grab a biscuit|mind the step|hold on to your hat}: {this gets interesting|we are about to get nerdy|there will be no exam}{|, hopefully|, we swear}.
    """),
    Tone.FORMAL: lines("""
        {the following paragraphs|the remarks below|the present notes} {set out|describe|summarise} {the essential points|what deserves consideration|the matter in brief}.
    """),
    Tone.BRISK: lines("""
        {here is the short of it|the key points|in brief}. {quick read|ready|go}.
    """),
}

ARTICLE_CLOSING = {
    Tone.PLAIN: "{more|further details|the rest} {is|can be found} {on the pages of|in the shop of|at} [B].",
    Tone.WARM: "{whenever you are ready|when the moment feels right|any time you like}, [B] is {here for you|glad to help|happy to see you}.",
    Tone.PLAYFUL: "{that is it, class dismissed|the end, roll the credits|and they all shopped happily}: {see you at|wave to us at|find the fun at} [B]!",
    Tone.FORMAL: "{for any further question|should questions remain|for additional guidance}, [B] {remains at your disposal|will be pleased to assist|is at your service}.",
    Tone.BRISK: "{that is it|done|all clear}. {more at|next stop:|see} [B].",
}

ARTICLE_NAME = "[N], {this page is for you|this one was written with you in mind|you may find yourself in these lines}."

LEAD_IN = {
    Tone.PLAIN: "{in short|put simply|for the record|to be clear|worth knowing|good to know}: ",
    Tone.WARM: "{a kind thought|between friends|with a smile|a small confession|from the heart}: ",
    Tone.PLAYFUL: "{psst|fun fact|true story|top secret|between us|hold the applause}: ",
    Tone.FORMAL: "{please note|kindly note|may we add|for your information|for completeness}: ",
    Tone.BRISK: "{next|quick fact|fast fact|bottom line|key point|speed round}: ",
}
"""Words that carry the tone into a sentence of another kind."""

JOIN = {
    Tone.PLAIN: ("; ",),
    Tone.WARM: (" – ", "; "),
    Tone.PLAYFUL: (" – ",),
    Tone.FORMAL: ("; ",),
    Tone.BRISK: (" – ", "; "),
}
"""What may stand between two sentences that become one."""

JOIN_NEUTRAL = (", and ",)
"""And between two that carry no tone."""

PAUSE = " "
"""What stands between two sentences."""
