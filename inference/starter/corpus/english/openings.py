"""How the body of an email begins, and what it says of the customer's stage."""

from inference.starter.corpus.grammar import lines
from inference.types import Goal, Motive, Stage

OPENING = {
    Goal.WELCOME: lines("""
        {thank you for joining|welcome to|it is good to have you at} [B]{|, and thanks for {your trust|coming by|giving us a try}}.
        {you have just joined|you are now part of|you are new at} [B], {so here is|and here is|so let us begin with} {a first look|a good place to start|something to begin with|a short introduction}.
        {this is|take this as|consider this} {our first hello|a first greeting|our welcome} from [B]{|, with {a good place to begin|something worth knowing|a first suggestion}}.
        {new here|first time here|just arrived}? {then this is|this is|here is} {a good way to begin|where most people start|a good first step} {with|at} [B].
        {now that you|since you|as you} {have joined us|are here|have found us}, {we would like to|let us|it seems right to} {show you around|introduce ourselves|begin with something simple}{|, {starting with|beginning with} {something we like ourselves|a good first choice|what newcomers ask for}}.
        {every good|each new|many a} {acquaintance|friendship|beginning} {starts with|opens with|needs} {a first step|a simple hello|a small introduction}, {and|so} {this is ours|here is ours|we take it gladly}{|, from [B] to you}.
        {a warm handshake|a proper hello|a first hello} {from|in the name of} {everyone|all of us} at [B]{|: {we are glad you found us|this is where it starts}}.
        {joining|finding} [B] {was the first step|was a good start}, {and the next one is simple|and from here it gets easy|so let us take the next one together}{|: {look around|see what is here}}.
    """),
    Goal.WINBACK: lines("""
        it has been {a while|some time|quite a while} since {your last visit|you last looked in|we last saw you|your last order}, {and we thought of you|so we wanted to say hello|so here is a reason to come back|and we would like to see you again}.
        {a lot|a good deal|plenty} {is new|has changed|has happened} {at [B]|here|on our shelves} since {your last visit|you were last here}, {and|but} {your place is still here|the door is still open|you are as welcome as ever}.
        {we have not heard from you|we have not seen you} {for some time|in a while|lately}, and {[B] is not quite the same without you|we would be glad to change that|we have something to show you}.
        {coming back|finding your way back|returning} to [B] is {easy|simple}: {start here|start with this|here is where to begin}{|, and take it from there}.
        {while you were away|in the time since we last met|since we last heard from you}, {we have been busy|the shelves have filled up|we have added to the range}{|, {quietly|step by step}}, and {we would love to show you|you are welcome to look|it would be good to see you again}.
        {if you have a moment|should you feel like it|when it suits you}, {come and see|look in and see|drop by and find out} {what has changed|what is different|how things have moved on} at [B]{|; {you have been missed|the welcome is the same|nothing is expected of you}}.
        {time passes|the weeks fly by|how time flies}, {and your last visit|and the last time we met} {is a while back|was some time ago}{|, {so we write|so here is a hello}}.
        {perhaps|maybe} {life got in the way|you were busy|other things came first}; {either way|all the same}, {you are welcome back at [B]|we kept a place for you|we would like to see you again}.
    """),
    Goal.LAUNCH: lines("""
        {something new|a new arrival|a newcomer} {has just reached|has joined|is now part of} {our shelves|the range|the [B] range}, and {you are among the first to hear|we would like you to see it|here is what it is about}.
        {it is here|it has arrived|the wait is over}: {the newest|the latest} {from|addition to} [B]{|, ready {to be seen|to be tried|for you}}.
        {we have been working on|we have been looking forward to|we have been waiting to show you} {something new|this one}, and {today we can|now we can|at last we can} {show it to you|tell you about it|share it}.
        {let us|we would like to} {introduce|present} {our new arrival|the newcomer|what is new at [B]}{|, {fresh on our shelves|just unpacked}}.
        {fresh from the workshop|straight from the box|after much preparation}, {our new arrival|the newcomer|the latest addition} {is ready|stands on the shelf|awaits you}{|, and {we are rather pleased with it|you may be curious already|it was worth the work}}.
        {there is|we have} {something new|a newcomer|a new arrival} {to discover|to look at|worth your attention}{| at [B]}, {and we wanted to tell you early|and here comes a short introduction|so here is a first impression}{|, {before word gets around|with some pride}}.
        {fresh off the bench|newly made|brand new}: {that is what|this is what} we {want to show you|bring you today|are excited about}.
        {for a while|for months on end|quietly}, {the people at [B]|our people} {have been preparing|have worked on} {a newcomer|something new}, {and here it is|and it is ready|now it steps forward}.
    """),
    Goal.DISCOUNT: lines("""
        {this is|now is} {a good moment|a good time|a sensible moment} to {buy|choose well|treat yourself}{|, because {the price is in your favour|your money goes further here}}.
        {if you have been waiting for|if you were hoping for|if you have been watching for} {a friendlier price|a good moment to buy|the right moment}, {this is it|here it is|it has come}.
        {your budget|your wallet} {will like this|has reason to be pleased|gets a break}: {there is something in it for you|the sum looks better than usual|here is more for your money}.
        {good things|what you like} {need not|do not have to} {strain the budget|cost the earth|break the bank}{|, as [B] would like to show you|, and here is the proof}.
        {some moments|certain weeks|a few days} are {kinder to|lighter on|gentler with} {your budget|your wallet|the household} than others, {and this is such a moment|and now is one of them|so it is worth a look now}{|, {as you will see|if you ask us}}.
        {buying well|choosing wisely|a good purchase} is {a matter of|often about|largely about} {timing|the right moment}, and {this moment|the timing|right now} {looks good|is in your favour|could hardly be better chosen}{| at [B]}.
        {let us talk|a word} about {money|the price}: {this time|right now} {it is on your side|you pay less|it leaves you more}.
        {why pay more|why wait}, {if|when} {the moment is right|a kinder price is at hand}? {look what|see what} {your budget can do|is possible now}.
    """),
    Goal.CART: lines("""
        {you left|there is still} {something|a good choice} in your {basket|cart}{|, and {it is waiting for you|we kept it there|nothing has been lost}}.
        your {basket|cart} at [B] is {just as you left it|still full of promise|still there}{|, so you can {carry on|finish|pick it up} {whenever you like|in a moment}}.
        {were you interrupted|did something come up|not quite sure yet}? {your choice is|your selection is|what you picked is} {still in the basket|still there|waiting where you left it}.
        {only a step|just a click|not much} {is missing|is left} to {complete|finish} {your order|what you began}{|, and {we kept everything ready|everything is where you left it}}.
        {we noticed|it seems|it looks as though} {you were about to order|you had made a choice|something caught your eye}, {and then|but} {something came between|you were called away|the basket was left standing}{|; {it is all still there|we have kept everything}}.
        {before it is forgotten|in case it slipped your mind|just as a reminder}: {what you chose|your selection|the basket you filled} {is still in place|has been kept|can be ordered} {at [B]|with us|as it stands}{|, {whenever you are ready|with a click}}.
        {your choice|the thing you chose|your pick} {is still|rests|sits} in {the basket|your cart} at [B], {patient as ever|just in case|and can stay there a little}.
        {a basket|a cart} {left standing|half full} {makes us wonder|raises a question}: {did you change your mind|was something unclear|may we help you finish}?
    """),
    Goal.REPLENISHMENT: lines("""
        {by now|by our reckoning|if we are not mistaken}, {your supply|what you have at home|your stock} {may be running low|could be nearly used up|might need topping up}.
        {nothing is worse than|few things annoy like|nobody enjoys} {an empty shelf|running out|reaching for an empty pack}, so {here is a reminder|we thought we would mention it|consider this a nudge}.
        {it might be time|perhaps it is time|the time may have come} {for a refill|to restock|to top up}{|, before {you run out|the last of it is gone}}.
        {a good supply|a spare|a refill} at home {saves a trip|gives peace of mind|keeps things going}{|, and [B] {is ready when you are|makes it easy}}.
        {things you use|the things you use} {every day|often|gladly} {run out|come to an end|get used up} {sooner than one thinks|before you notice|at the wrong moment}, {so it pays to|which is why you may want to|and it is wise to} {restock in time|top up early|keep a spare}.
        {have a look|take a glance|a quick check}: {is there enough left|how much is left|will it last}? {if not|otherwise|should it run low}, {a refill is easy|we can help|restocking takes a moment}{| at [B]}.
        {supplies|good things} {do not last for ever|come to an end|shrink quietly}, {and yours|and your pack} {could be at that point|may need a successor|might be nearly through}.
        {it slips the mind|it is easy to forget}: {the refill|restocking|a fresh supply}. {so we thought of it for you|so we remind you|so here is a reminder}.
    """),
    Goal.REVIEW: lines("""
        {we would like to know|we are curious|please tell us} {how you are getting on|how it turned out|what you make of it} {with|when it comes to} [P].
        {your opinion|your view|what you think} {matters to us|counts for a lot|helps others choose}{|: {a few words|a line or so} {will do|would be enough}}.
        {by now you have had|you have had|you will have had} {time|a chance} to {try|get to know|use} [P], {so how is it|so what do you say|and we would like to hear about it}?
        {other people|others} {read|look for|rely on} {honest words|real opinions|reviews}, and {yours would help them|yours is still missing|we would be glad of yours}.
        {a short question|one small request|a favour, if we may}: {how do you find|what do you think of|are you content with} [P]{|, {after these days|now that you know it|in all honesty}}?
        {nobody can say|few can tell us} {better|more plainly} {how [P] does|what [P] is like} than {people who use it|somebody who has it at home}, {so we turn to you|which is why we ask|and that means you}.
        {you use|you own|you know} [P], {and we only sell it|while we know it from the shelf}: {so we ask|so please tell us|that is why your word counts}.
        {we read|someone at [B] reads} {every review|each opinion|all that is written}, {good or bad|line by line}, {and yours is next|so do write|and we learn from it}.
    """),
    Goal.LOYALTY: lines("""
        {you have been|you are|we count you as} {one of our regulars|a loyal customer|part of the circle} at [B], {and we want to say thank you|and that deserves thanks|and it has not gone unnoticed}.
        {people who come back|those who stay with us|our regulars} {are the reason|are why} [B] {exists|keeps going|can do its work}, {so thank you|and you are one of them}.
        {for your loyalty|for staying with us|for all your orders}, {thank you|our thanks|please accept our thanks}{|: {this one is for our regulars|this is meant for you|here is something with you in mind}}.
        {loyalty|your trust|coming back} {deserves|calls for|is worth} {a proper thank-you|more than words|some recognition}{|, and {this is ours|that is why we write}}.
        {not everyone|hardly anybody} {stays with|comes back to|remains true to} {a shop|one brand} {as you do|the way you do|so faithfully}, and {we at [B]|all of us at [B]} {know it|see it|value it}{|; {this note is our thanks|so we want to say it aloud}}.
        {because|since} you {keep choosing us|return time and again|have stayed}, {you come first|we think of you first|you should hear it first}{|: {here is something chosen for you|this is for our regulars|thank you from [B]}}.
        {some customers|a few people} {become friends|become part of the house|shape a shop}, {and you are one|and we mean you|as you have done at [B]}.
        {you could go anywhere|there are many shops}, {yet|and still} {you come back|you stay with [B]|you choose us}: {we do not forget it|thank you for that|that is a compliment}.
    """),
    Goal.SEASONAL: lines("""
        [S] is {near|coming up|on its way}, {and|so} {it is time to get ready|we have an idea for you|here is a thought|we have a suggestion}.
        {with|now that} [S] {almost here|around the corner|in sight}, {many people look for|it helps to have|you may be looking for} {a good idea|some inspiration|the right thing}.
        {for|to prepare for|to make something of} [S], {we looked through our shelves|we at [B] put our heads together|we made a choice} {for you|and found this|on your behalf}.
        {every year|each time}, [S] {asks for|deserves|calls for} {something good|a little planning|a fitting idea}{|, and {here is ours|we have one}}.
        {if [S] is on your mind|as [S] draws closer|with [S] ahead}, {a little help|a good suggestion|some forethought} {may be welcome|goes a long way|is worth having}{|, {and we are glad to give it|so we thought of something|so here is ours}}.
        {there are many ways|everyone has a way} to {enjoy|prepare for|celebrate} [S]; {here is one from us|this is the one we like|we would like to add one}{|, {simple and good|without much ado}}.
        {soon it is|it will soon be|we are heading for} [S], {time for|a reason for} {a little preparation|a good idea|something nice}.
        {what would|what is} [S] without {the right things|a bit of joy|something to look forward to}? {we thought so too|exactly|so here is an idea}.
    """),
}

QUESTION = {
    Goal.WELCOME: lines("""
        {what brings you here|how did you find us|what led you to us}? {whatever it was|in any case}, {welcome|it is good to have you}.
        {new to us|a first visit}? {may we|shall we} {show you around|begin with something simple}?
        {do you know|have you seen} what {newcomers|people who are new here} {look at first|like to start with}?
    """),
    Goal.WINBACK: lines("""
        {do you remember|remember} {your last visit|when you were last here}{| at [B]}?
        {where have you been|how have you been|how are things} {since we last met|all this while}?
        {would you|might you} {give us another look|come back for a moment|look in again}{|, {if we ask nicely|just to see}}?
    """),
    Goal.LAUNCH: lines("""
        {have you heard|did you know} {what is new|what just arrived|that we have a newcomer}{| at [B]}?
        {do you like|are you one for} {new arrivals|a first look}?
        {what does|what would} {a newcomer|something new} {have to do|need} to {catch your eye|earn a place with you}?
    """),
    Goal.DISCOUNT: lines("""
        {when is|when would be} {a good time|the right moment} to buy{|, {if not now|do you think}}?
        {would you like|do you care} to {pay less|spend less} {for the same|without giving anything up}?
        {what would you do|what could you do} with {a little more left|some room} in {your budget|your purse}?
    """),
    Goal.CART: lines("""
        {did you forget|have you forgotten|did you leave} something{| in your basket| in your cart}?
        {shall we|may we} {hold|keep} your {basket|cart} {a little longer|for you}?
        {what kept you|what came between}: {a phone call|a doubt|the kettle}, {or did you want to think it over|or something else}?
    """),
    Goal.REPLENISHMENT: lines("""
        {when did you last look|how long since you looked} {at your supply|in the cupboard}?
        {is there|do you have} {enough|some} left{| at home| of it}?
        {how long|how many mornings} {will your supply|will what you have} {last|hold out}?
    """),
    Goal.REVIEW: lines("""
        {how would you|could you} {rate|judge|describe} it{|, {if a friend asked|honestly}}?
        {would you|will you} {buy it again|recommend it|tell others about it}?
        {may we ask for|could we have|would you give us} {your opinion|a review|a word on it}?
    """),
    Goal.LOYALTY: lines("""
        {how do you thank|what do you give} {a regular|somebody who always returns}?
        {do you know|did you know} {how much we value|what it means to us} that you {stay|come back}?
        {what would we be|where would [B] be} without {our regulars|people like you}?
    """),
    Goal.SEASONAL: lines("""
        {what are your plans|any plans|do you have plans} for [S]?
        {are you|will you be} {ready|prepared} {for|in time for} [S]?
        {what makes|what would make} [S] {special|lovely|complete} for you?
    """),
}
"""Questions that open a text, by what the brief wants."""

BENEFIT = {
    Motive.NONE: lines("""
        {good things|the right things} {explain themselves|need few words|prove it in use}.
        {what counts|what matters} is {what you get out of it|what it does for you|how it feels in use}.
        {let us begin with|let us start with} {what is in it for you|what it brings you|the good it does}.
        {small things|one good thing} can {make a day better|change a day|be of great help}.
    """),
    Motive.PRICE: lines("""
        {good value|value for money} is {when price and use agree|what remains after the bill|a quiet pleasure}.
        {those who compare|careful buyers|people who count} {are right to|do well to} {ask what they get|look twice|weigh the price}.
        {a purchase should|whatever you buy should} {be worth it|be put to good use|give something back}.
    """),
    Motive.QUALITY: lines("""
        {well-made things|things made with care} {please longer|grow on you|are a joy to use}.
        {you can tell|one can tell} {good making|true quality|careful work} {by touch|at a second look|from the details}.
        {quality|good work} {begins with|lies in} {what nobody sees|patience|the small parts}.
    """),
    Motive.NOVELTY: lines("""
        {something new|a change|an experiment} {wakes up the day|does us good|is a small adventure}.
        {curiosity|an open mind} {is rewarded|leads to good finds|keeps us young}.
        {people who try new things|those who explore} {see more|find more|have more fun}.
    """),
    Motive.HABIT: lines("""
        {good days|easy mornings} are made of {small habits|simple routines|what we do without thinking}.
        {what we use each day|everyday things} {ought to|should} {be easy|simply work|feel right}.
        {a routine|a habit} {is worth|deserves} {the right helper|a little care|good tools}.
    """),
    Motive.GIFT: lines("""
        {giving|making somebody happy} {is half the joy|feels good|never goes out of style}.
        {a present|a good present} {says what words cannot|shows you listened|stays in mind}.
        {to please someone|to see a friend smile} {takes little|is easier than you think|is worth a thought}.
    """),
}
"""Truths that open a text, by why its readers buy."""

STAGE = {
    Stage.PROSPECT: lines("""
        {you have not ordered from us yet|you have yet to place an order with us}, {so this could be|which makes this} {a good first one|a gentle start|an easy place to begin}.
        {as somebody who is|since you are} {still getting to know us|new to [B]|still looking around}, {you may want|you might like} {an easy start|a simple first choice|something to try first}.
        {before a first order|if you are still deciding|while you get to know us}, {it helps to|it may help to|you might want to} {start small|begin with something proven|pick one good thing}{|, {and this is one|like this one|such as this}}.
        {nothing ordered so far|no order yet}, {and that is fine|no harm done}: {this is|here is} {an easy step to begin with|a calm way to try us out}.
    """),
    Stage.FIRST: lines("""
        {your first order is behind you|you have made a start with us|you placed your first order not long ago}, {and this is|so here is} {a natural next step|what could come next|something to follow it}.
        {after|following|building on} your first order, {this seems|we think this is|this could be} {the right next step|a fitting second choice|a good way to go on}.
        {now that|since} {the first parcel has reached you|you know how ordering with us works|your first order went through}, {a second step|the next choice|coming back} {is easy|comes naturally|takes no courage}{|, {and here is an idea|and this would be one}}.
        {one order in|with one order placed}, {you have seen how we work|you know our ways a little}, {so the next is simpler|and this could be the next|which makes this easy}.
    """),
    Stage.ACTIVE: lines("""
        {you order with us|you shop with us|you visit us} {regularly|from time to time|now and then}, {so we chose|which is why we picked|and so we looked for} {something that fits|a match for your taste|what suits you}.
        {going by|judging from|in view of} {your recent orders|what you ordered lately|your orders so far}, {this should suit you|we think this will fit|this belongs on your list}.
        {you have been|you are} {a frequent guest|a regular visitor|often with us} {lately|these days|of late}, {and from that we gather|which tells us|so we believe} {what you look for|what you might like next|where your taste lies}.
        {your orders|your visits|your choices} {show a taste|show a good eye|follow a line}, {and this follows it|and we took note|so this seems right}.
    """),
    Stage.LOYAL: lines("""
        {you know us well|you have known us for long|you know our shelves well by now}, {so you know what to expect|and we try to live up to that|which is why we ask you first}.
        {after all this time|after so many orders|with so much history between us}, {we have a fair idea of|we believe we know|we can guess} {what suits you|your taste|what you like}.
        {you have seen|you have watched} {our range grow|our shelves change|how we work}, {so you know|so nobody needs to tell you|and so you can tell} {what is good|what suits your place|what is worth having}.
        {between us|after so long}, {few words are needed|explanations are short|a hint is enough}: {you know how we work|you know what we stand for}.
    """),
    Stage.LAPSED: lines("""
        {your last order was some time ago|you have not ordered for a while|it is some time since you ordered}, {so here is a fresh start|and there is no better time to look again|so let us catch up}.
        {much in our range|a good part of our range|what we have} {has changed|has moved on|looks different} since {you last ordered|your last order}, {as you will see|and this is a part of it}.
        {since your last order|since we last packed for you|while your account was quiet}, {we have learnt a few things|some things got better|we kept at it}{|, {as you can see here|and we hope it shows}}, so {a new look may be worth it|why not try us again|this could be a way back in}.
        {no order of yours|no parcel of yours} {has left us|has gone out} {in a while|for some time}, {and we would like to change that|so here is one more try|which is a pity}.
    """),
}
