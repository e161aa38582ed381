"""Short articles: titles, openings, advice, closings."""

from inference.starter.corpus.grammar import lines
from inference.types import Goal, Motive, Tone

TITLE_GOAL = {
    Goal.WELCOME: lines("""
        {a beginner's guide to|first steps with|getting to know|where to begin with} {[B]|good choices|choosing well}
        {your first days|starting out|the first visit}{| at [B]|: what helps|, made simple}
        {a map|a compass|some orientation} for {newcomers|beginners|new customers}
    """),
    Goal.WINBACK: lines("""
        {worth coming back for|what you may have missed|a second look|looking in again}{| at [B]|: notes from [B]}
        {back again|returning|after a break}: {what is different now|what has changed|where to look first}
        {reasons|good reasons} to {look in again|return|come back}
    """),
    Goal.LAUNCH: lines("""
        {new|just in|fresh} {at|from} [B]: {a first look|what to know|what it is about}
        {behind the newcomer|the making of a newcomer|introducing our newest}{|: a short story|, step by step}
        {what is new|the new arrival}{, and why|: the essentials|, explained}
    """),
    Goal.DISCOUNT: lines("""
        {how to|ways to} {buy well|choose well|shop wisely} {for less|on a budget|without overspending}
        {clever spending|a lighter bill|good value}: {what to look for|how it works|a few rules}
        {less money|a small budget}, {much joy|good choices|no regrets}
    """),
    Goal.CART: lines("""
        {how to|help to|a calm way to} {decide|make up your mind|finish choosing}{| when you are unsure| without regret}
        {between wish and order|the full basket|the open basket}{|: a few thoughts|, and what then}
        {still undecided|not sure yet}? {this may help|read this|a few pointers}
    """),
    Goal.REPLENISHMENT: lines("""
        {never run out again|keeping a good supply|when to restock|the art of the refill}{|: a short guide|, explained}
        {a cupboard|a household|a shelf} that {is never empty|keeps going|lasts}
        {small stocks|supplies|refills}, {well planned|made easy|in good time}
    """),
    Goal.REVIEW: lines("""
        {how to write|what makes|why we ask for} a {good|useful|fair} review
        {your words count|why opinions matter|honest words}{|: on reviews|, and what they do}
        {reviewing|judging|rating} {fairly|with care|what you bought}
    """),
    Goal.LOYALTY: lines("""
        {notes for our regulars|for those who stay|why regulars matter|to our loyal readers}{|, from [B]|, with thanks}
        {a letter|a word|a page} to {our regulars|loyal readers|those who return}
        {what loyalty means|on staying|why we thank you}{| to us| at [B]}
    """),
    Goal.SEASONAL: lines("""
        {ideas for|getting ready for|how to enjoy|a short guide to} [S]
        {the season|the occasion} {ahead|without stress|made lovely}{|: ideas|, a plan}
        {well prepared|early plans} for {the season|the occasion}
    """),
}

TITLE_QUESTION = {
    Goal.WELCOME: lines("""
        {where do newcomers start|where to begin|how does one begin}{| here| at [B]}?
        {what should you|what does one} {know at the start|look at first}?
    """),
    Goal.WINBACK: lines("""
        {what has changed|what did you miss|what is different} {since you left|since last time|in the meantime}?
        {why|when} {come back|look in again}?
    """),
    Goal.LAUNCH: lines("""
        {what is new|what has just arrived|who is the newcomer}{|, and what is it for|, and why now}?
        {does the world need|who needs} {another newcomer|something new}?
    """),
    Goal.DISCOUNT: lines("""
        {how do you|can one} {spend less|pay less} {and enjoy more|without regret|and choose well}?
        {what is|how much is} {a fair price|a good price}?
    """),
    Goal.CART: lines("""
        {to order or to wait|still thinking|buy it or leave it}? {some help|a few thoughts|a calm look}
        {why do|what happens when} {baskets stay full|we hesitate}?
    """),
    Goal.REPLENISHMENT: lines("""
        {when is it time|how do you know it is time} {for a refill|to restock|to top up}?
        {how much|how large a supply} {should one keep|is enough}?
    """),
    Goal.REVIEW: lines("""
        {what makes|who reads|who needs} {a good review|honest reviews}?
        {how do you|how does one} {write|begin} a {fair|useful} review?
    """),
    Goal.LOYALTY: lines("""
        {why do people|what makes people} {stay|come back|remain loyal}?
        {how do we|how does [B]} thank {regulars|loyal customers}?
    """),
    Goal.SEASONAL: lines("""
        {how to|how will you|how do you} {prepare for|enjoy} [S]?
        {what does|what makes} {the season|the occasion} {need|special}?
    """),
}

TITLE_BENEFIT = {
    Motive.NONE: lines("""
        {what a good choice brings|small things that help|a good thing and its uses}{|: notes|, explained}
        {why|how} {good things|the right things} {make life easier|pay off}
    """),
    Motive.PRICE: lines("""
        {value for money|price and use|on good value}{|: how to judge|, weighed up|, made clear}
        {what you get for your money|when the price is right}
    """),
    Motive.QUALITY: lines("""
        {how to tell|signs of|in praise of} {good making|true quality|careful work}
        {the details|patience|the small parts} {that make quality|and good work}
    """),
    Motive.NOVELTY: lines("""
        {the joy of|in praise of|a taste for} {something new|trying things|curiosity}
        {out of|beyond} the {ordinary|usual}{|: a small trip|, for once}
    """),
    Motive.HABIT: lines("""
        {good habits|everyday helpers|small routines}{|: what they need|, well kept|, made easy}
        {an easier day|a lighter morning}, {step by step|thanks to habit}
    """),
    Motive.GIFT: lines("""
        {on giving|the art of giving|presents with meaning}{|: a few ideas|, made easy}
        {how to find|what makes} a {good|thoughtful} present
    """),
}

TITLE_PRODUCT = lines("""
    {a closer look at|getting to know|the story of|notes on|all about} [P]
    [P]{, explained|: a closer look|, up close|: what to know|: a short guide}
    {why|what to know about|in praise of|thoughts on} [P]
    [P]{ in daily life| put to use| at home|: the long look| and what it does}
""")

TITLE_PRODUCT_SHORT = lines("""
    {a closer look at|getting to know|the story of|notes on} {our pick|our suggestion|one good thing}
    {our pick|our suggestion|one to know}{, explained|: a short guide|, up close|: what to know}
""")

ARTICLE_OPENING = {
    Goal.WELCOME: lines("""
        {beginnings are easier|every start is easier|it is simpler to begin} with {a guide|a little help|a place to stand}, {so this page is for|and this is meant for|so we wrote this for} {everyone who is new at [B]|newcomers to [B]|those who have just found [B]}.
        {whoever is new|anyone who is new} {somewhere|to a shop} {has questions|wants a friendly guide|looks for a thread}, {and that is what this page is|and here are answers|so let us walk through it}.
        {a first visit|the first order|getting to know a shop} {can be simple|needs no manual}: {a few hints|some basics|a little help} {from [B]|from us} {and you feel at home|will do|make it easy}.
    """),
    Goal.WINBACK: lines("""
        {sometimes a second look|coming back now and then|looking in again} {pays off|is worth it|shows what changed}, and {much has been added|the shelves have changed|a lot has happened} at [B] {since you were last here|in the meantime|while you were away}.
        {it is a pleasant thing|there is something nice} to {come back|return after a break|see a familiar place again}, {and find it changed|and notice what is new}{|: at [B] {there is plenty|you can do just that}}.
        {between your last visit and today|since we lost touch}, {a few things happened|the range has grown|we learned a lot} {here|at [B]}, {and this page sums it up|and we tell it in short}.
    """),
    Goal.LAUNCH: lines("""
        {when something new arrives|a new arrival deserves|with every newcomer come} {a proper look|questions|a short introduction}, {so here is|and here is|which is why we wrote} {what to know about it|what it is about|our first impression}.
        {new things|fresh arrivals} {arouse curiosity|raise questions|deserve attention}, {and ours|and this newcomer} {is no exception|is ready to be looked at|has a story}.
        {before anyone buys|before you try it}, {a newcomer|something new} {should be explained|should introduce itself}: {that is the purpose of this page|we do so here|here is how}.
    """),
    Goal.DISCOUNT: lines("""
        {spending less|buying wisely|a careful budget} {does not mean|need not mean} {settling for less|doing without|giving up what you like}, {as long as you|if you} {choose the moment|know what you need|look closely}.
        {a good price|paying less} is {no accident|a matter of attention|half the joy}, {if one looks carefully|and anyone can learn it|as regular buyers know}.
        {money saved on one thing|a lighter bill} {is there for another|leaves room for more}: {a reason to choose well|so let us look closely|here is how we see it}.
    """),
    Goal.CART: lines("""
        {some choices|many purchases|good decisions} {take a little time|need a second thought|wait in the basket for a while}, {and that is fine|which is no bad thing|and rightly so}: {here is what may help you decide|a few facts can settle it|here are the points to weigh}.
        {a basket that waits|an order left open} {is a question|is not a problem}: {do I need it|is it the right one|what speaks for it}? {let us see|here is some help}.
        {to sleep on it|to think twice} {is wise|never hurts}, {and then|but afterwards} {one should know what counts|a few facts help|the basket is still there}.
    """),
    Goal.REPLENISHMENT: lines("""
        {things we use often|what we use every week|the everyday things} {have a way of running out|run low at a bad moment|are gone sooner than we think}, {so a little planning helps|and a spare saves trouble|so it pays to restock in time}.
        {it happens in every home|everyone knows it}: {the last of it is gone|the pack is empty}, {and none is left|just when it is needed}. {it can be avoided|here is what helps}.
        {knowing when to refill|a small supply} {saves time|keeps calm}, {and it takes|and needs only} {a glance now and then|a little foresight|one good habit}.
    """),
    Goal.REVIEW: lines("""
        {a good review|an honest word|what customers say} {helps others choose|tells us what to mend|is worth more than an advert}, {and it takes a few lines|and everybody can write one|so we are glad of each}.
        {whoever buys|anyone who chooses} {wants to hear|listens to} {people with experience|those who know}, {so a review|so your judgement} {is a service to others|carries weight}.
        {praise is pleasant|criticism is useful}, {and both|but both} {belong in a review|are welcome at [B]|help us improve}{|, {line by line|as long as they are honest}}.
    """),
    Goal.LOYALTY: lines("""
        {a shop lives on|[B] lives on|what keeps us going is} {people who return|its regulars|those who stay}, {and this page is a thank-you to them|so we wrote this for them|and they deserve to hear it}.
        {customers come and go|many pass by}, {but some stay|yet a few return}, {and we write this for them|and we owe them these lines|and to them go our thanks}.
        {loyalty|faithfulness} {cannot be bought|grows slowly}: {it is given|one earns it}, {and [B] is grateful for it|which is why we say thank you here}.
    """),
    Goal.SEASONAL: lines("""
        {every year|each time} {people ask us|the question comes up|we think about} {how to make more of|what to prepare for|how to get ready for} [S], {and here is our answer|so we wrote down a few thoughts|and good planning is half of it}.
        [S] {comes round|returns|draws near}, {and with it|bringing along} {the wish for something fitting|old questions|pleasant plans}{|: {let us make some|here are ideas}}.
        {a calm start|good planning|an early thought} {makes|can make} [S] {a joy|lighter|something to look forward to}, {so we begin now|and this page helps}.
    """),
}

ARTICLE_TONE = {
    Tone.PLAIN: lines("""
        {let us|we will} {stay with the facts|keep to what matters|go through it in order}{|, step by step|, without ornament}.
        {one point after the other|point by point|in plain words}: {that is how we do it|so it stays clear|this is the plan}.
        {no big words|no ornament|nothing flowery}, {only what helps|just the facts|simply what we know}.
    """),
    Tone.WARM: lines("""
        {so settle in|so take a seat|so get comfortable}, {and let us tell you about it|and enjoy the read|we are glad you are reading}{|, dear reader}.
        {make yourself a cup of tea|lean back|stay a while}, {we will tell it as to a friend|and let us share it with you}{|, {gladly|with joy}}.
        {this comes from the heart|we write this fondly|these lines are for you}{|, {dear reader|as among friends}}.
    """),
    Tone.PLAYFUL: lines("""
        {grab a biscuit|mind the step|hold on to your hat}: {this gets interesting|we are about to get nerdy|there will be no exam}{|, hopefully|, we swear}.
        {lights, camera, paragraph|professor hat on|snacks ready}: {off we go|class is in session|curtain up}!
        {we promise nothing but|expect} {mild wisdom|a pun or so|useful silliness}{|, {sorry in advance|you were warned}}.
    """),
    Tone.FORMAL: lines("""
        {the following paragraphs|the remarks below|the present notes} {set out|describe|summarise} {the essential points|what deserves consideration|the matter in brief}.
        {it may be of use|it seems expedient} to {review the salient points|consider the matter in order|proceed by headings}.
        {in what follows|hereafter}, {the reader will find|we venture to give} {an orderly account|a concise exposition|the relevant considerations}.
    """),
    Tone.BRISK: lines("""
        {here is the short of it|the key points|in brief}. {quick read|ready|go}.
        {point by point|quick tour|no detours}. {go|ready|here we go}.
        {short page|fast facts|brief notes}: {start|let us move|on it}.
    """),
}

ARTICLE_NAME = "[N], {this page is for you|this one was written with you in mind|you may find yourself in these lines}."

ARTICLE_ADVICE = lines("""
    {when you choose|before you choose}, {ask yourself|it helps to ask} {what you will use it for|where it will live|who will use it}, {and the rest follows|and much becomes clear|since that decides most of it}.
    {compare|look at} {a few things|several pieces} {side by side|calmly}: {the difference soon shows|what matters soon comes to light|you soon see what suits you}.
    {do not let|never let} {a nice picture|the first impression|haste} {decide alone|do the choosing}{|; {read what it does|the description says more|sleep on it if you like}}.
    {a good rule|our rule|an old rule}: {choose what you will use|buy little and buy well|less, but the right thing}{|, {and enjoy it|we have never regretted it}}.
    {take care of|look after} {the things you own|your things}, {and they stay with you|and they thank you for it|it costs a moment and pays off}.
    {think of|consider} {the days ahead|how your days look|your own ways}: {what fits them|what goes with them} {gets used|is a good choice}, {the rest gathers dust|and the rest can wait}.
    {ask|listen to} {people who have it|somebody who knows}; {experience|a word from them} {tells you more than|beats} {any description|long study}.
    {if in doubt|when unsure}, {begin with|start with} {the simple one|one piece|what you need most}, {and go on from there|more can follow|it is seldom wrong}.
""")
"""General thoughts on choosing, for articles. They promise nothing of a product."""

ARTICLE_CLOSING = {
    Tone.PLAIN: lines("""
        {more|the whole story|the rest} {is|can be found} {on the pages of|in the shop of|at} [B].
        {that is what we know|this is the essence|so much for the facts}; {the shop page has more|see [B] for the rest|[B] has the details}.
    """),
    Tone.WARM: lines("""
        {whenever you are ready|when the moment feels right|any time you like}, [B] is {here for you|glad to help|happy to see you}.
        {thank you for reading|it was lovely to have you here}; {come and see us at [B]|until we meet at [B]|[B] sends its love}.
    """),
    Tone.PLAYFUL: lines("""
        {that is it, class dismissed|the end, roll the credits|and they all shopped happily}: {see you at|wave to us at|find the fun at} [B]!
        {mic drop|curtain, please|and scene}: {encore at|afterparty at|meet us at} [B]!
    """),
    Tone.FORMAL: lines("""
        {for any further question|should questions remain|for additional guidance}, [B] {remains at your disposal|will be pleased to assist|is at your service}.
        {we thank the reader for the interest shown|we trust these remarks were of use}; {enquiries may be addressed to [B]|[B] will gladly advise}.
    """),
    Tone.BRISK: lines("""
        {that is it|done|all clear}. {more at|next stop:|see} [B].
        {facts read|that was quick|short enough}. {go see|on to|continue at} [B].
    """),
}
