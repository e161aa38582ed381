"""Search ads: headlines and what a description is made of."""

from inference.starter.corpus.grammar import lines
from inference.types import Goal, Motive, Tone

HEADLINE_GOAL = {
    Goal.WELCOME: lines("""
        {new here|first visit|just arrived}? {start here|welcome|hello}
        {a good|your|an easy} {first choice|place to start|start with us}
        {nice|good|glad} to {meet you|see you here}
        {hello|welcome}, {newcomer|new friend|explorer}
        {start|begin} {with|at} [B]
        {first time here|so you are new}? {hi|come in|welcome}
        {come in|step inside}, {look around|we are open|make a start}
    """),
    Goal.WINBACK: lines("""
        {come back|look in again|return} {to [B]|and see|for this}
        {been a while|long time no see|missed us}?
        {still here for you|good to see you again|always here for you}
        {welcome back|hello again}{|, old friend|, stranger}
        {see|find out} what you {missed|have missed}
        {we missed you|you were missed}{|, come back|, truly}
        {a reason|time} to {return|come back|look again}
    """),
    Goal.LAUNCH: lines("""
        {new|just in|fresh|now} {at|from} [B]
        {brand new|just arrived|just landed}: {see it|meet it|have a look}
        {meet|see|discover} the {newcomer|new arrival|new one}
        {it is here|it has arrived|the wait is over}
        {the|our} {latest|newest} {arrival|addition|idea}
        {premiere|news|first look}: {it has landed|the newcomer|now here}
        {unboxed|unpacked|revealed}{| at last|: our newest| today}
    """),
    Goal.DISCOUNT: lines("""
        {more|plenty} for {less|your money}
        {a friendlier|a kinder|a lighter} price
        {kind to|easy on|good for} your {wallet|budget}
        {good|smart|happy} {timing|moment} to {buy|order}
        {your money goes further|the price is right|value, well timed}
        {pay less|spend less}, {enjoy more|get the same|smile}
        {a price|the sum} {to smile at|that helps|in your favour}
    """),
    Goal.CART: lines("""
        {still|are you} {thinking it over|undecided|interested}?
        {your basket|your cart} {is waiting|is still here|misses you}
        {finish|complete} {your order|what you began}
        {forgot|left} something{| behind| here}?
        {almost|nearly|so close to} {yours|done|there}
        {finish|end|close} {the order|what you started}
        {it waits|it is waiting} in your {basket|cart}
    """),
    Goal.REPLENISHMENT: lines("""
        {running|getting} low?{| restock| top up}
        {time|ready} {to restock|to top up|for a refill}
        {nearly empty|almost out|last of it}?
        {restock|refill|top up} {today|in time|with ease|at [B]}
        {keep|have} {a spare|enough} {at hand|ready|at home}
        {the pack|the shelf} {is empty|nearly empty}?
        {do not|never} run {out|dry|short}{| again}
    """),
    Goal.REVIEW: lines("""
        {what do you think|how is it|do you like it}?
        {your|an honest} {opinion|view|review}{|, please| counts| helps}
        {rate it|review it|tell us}{|, honestly| in a line| today}
        {share|give us} your {view|verdict|opinion}
        {yes, no, so-so|thumbs up or down}?
        {happy with it|content|satisfied}? {say so|tell us}
        {your word|a line from you} {counts|helps others}
    """),
    Goal.LOYALTY: lines("""
        {for|thanks to} our {regulars|loyal customers|old friends}
        {thank you|thanks} for {staying|coming back|your loyalty}
        {loyal|regular} {customers|guests} {first|come first}
        {you came back|you stayed}{|, thank you|: our thanks}
        {made|chosen|meant} for {regulars|the faithful}
        {you stayed|still here}: {we say thanks|thank you}
        {old friends|our regulars} {get thanks|are dear to us}
    """),
    Goal.SEASONAL: lines("""
        {ready for|for|ideas for|time for} [S]
        [S] is {near|coming|here soon}
        {make|plan} {something of|more of} [S]
        {hello|welcome}, [S]
        {in time for|just right for|chosen for} [S]
        {the season|the occasion} {is near|calls|comes}
        {ideas|gear|plans} for {the occasion|the season}
        {set for|dressed for} {the season|the occasion}?
    """),
}

HEADLINE_QUESTION = {
    Goal.WELCOME: lines("""
        {have we met|new in town|first visit}?
        {shall we begin|may we say hello|where to begin}?
        {looking around|just looking}? {hello|hi there}
    """),
    Goal.WINBACK: lines("""
        {remember us|where were you|how are you}?
        {ready to|care to|want to} {return|come back}?
        {will we|shall we} {meet|see you} again?
    """),
    Goal.LAUNCH: lines("""
        {seen|met|spotted} {the newcomer|our newest}{| yet}?
        {what|guess what} {is new|has landed|is here}?
        {new|newly here}: {curious|interested|fancy a look}?
    """),
    Goal.DISCOUNT: lines("""
        {why|who would} {pay more|spend more}?
        {paying|spending} less? {gladly|yes, please|here}
        {is now|is this} {a good time|the moment}?
    """),
    Goal.CART: lines("""
        {want|need} {your basket|your cart} back?
        {forgot|did you leave} {it|this}{| here| behind}?
        {shall we|may we} {finish|wrap up} the order?
    """),
    Goal.REPLENISHMENT: lines("""
        {enough|any} left{| at home| in stock}?
        {will it last|how full is it|still some}?
        {need|want} {a refill|a top-up|more of it}?
    """),
    Goal.REVIEW: lines("""
        {happy|content|pleased} with it?
        {would you|will you} {buy it again|recommend it}?
        {how many stars|what is your verdict|your honest view}?
    """),
    Goal.LOYALTY: lines("""
        {how to|how do we} thank {regulars|you}?
        {who|guess who} {stayed|comes back}?
        {one of|are you one of} our {regulars|faithful}?
    """),
    Goal.SEASONAL: lines("""
        {plans|ideas|ready} for [S]?
        {the season|the occasion}: {ready|any plans}?
        {what to do|what to plan|what to get} for [S]?
    """),
}

HEADLINE_MOTIVE = {
    Motive.NONE: lines("""
        {a good|a fine|a fitting|a happy} {choice|pick|match|find}
        {worth|deserves} {a look|knowing|your time|a try}
        {picked|chosen|made} {for you|with care|to please}
        {have you|did you} {seen|met|noticed} {this|it}?
        {see|try|consider} {this one|it|something good}
        {simply|quietly} {good|well chosen}
        {here is|meet} {our pick|our tip|a good one}
    """),
    Motive.PRICE: lines("""
        {good|honest|solid|fair} {value|value, well made}
        {sensible|clever|careful} {spending|choice}
        {value|worth} {you can see|that adds up}
        {worth|well worth} {the money|each coin|its price}
        {fair price|honest price}, {good thing|sound choice}
    """),
    Motive.QUALITY: lines("""
        {made|crafted|done} {with care|properly|with patience}
        {quality|care} {you can see|in the details|that shows}
        {good work|real care}{|, up close|, no shortcuts}
        {look closer|touch it}: {real quality|fine work|true care}
        {made to last|built with patience}{|, you see it}
    """),
    Motive.NOVELTY: lines("""
        {something|try something} {different|fresh|unusual}
        {for|feed} {curious minds|your curiosity}
        {curious|in the mood to explore}? {try it|look here}
        {not seen before|never tried}? {now you can|try it}
        {break the routine|out of the ordinary}
    """),
    Motive.HABIT: lines("""
        {fits|joins|suits} {your routine|your day|every day}
        {your|a} {daily|everyday} {companion|choice|helper}
        {easy|simple} {every day|to live with|to keep up}
        {part of|made for} {your day|your mornings|every day}
        {a small habit|everyday ease}, {made easy|well kept}
    """),
    Motive.GIFT: lines("""
        {a|one} {thoughtful|lovely|welcome} present
        {a present|something} {they will love|to unwrap|to give}
        {for|give it to} {someone dear|a good friend|your people}
        {someone will|they will} {smile|be glad|remember it}
        {give|make} {joy|a present}{| with it| today}
    """),
}

AD_GOAL = {
    Goal.WELCOME: lines("""
        {new to [B]|a first visit|just looking around}? {good to see you|this is a good start}.
        {welcome to the shop|hello and welcome|you have found us}{|: begin here|, newcomer}.
        {your first look|a first step|a start} {begins here|is easy here}{| at [B]}.
    """),
    Goal.WINBACK: lines("""
        {it has been a while|it has been some time|good to see you again}{|: look in again}.
        {come back and see|look what changed|we saved your place}{|, old friend| for you}.
        {long time no see|we have missed you}{: much is new|, so look in}.
    """),
    Goal.LAUNCH: lines("""
        {just arrived|new on our shelves|newly here|fresh in the shop}{| and ready}.
        {the newcomer is here|our newest has landed|it is out now}{|: see it|, at last}.
        {first seen here|premiere in the shop|unpacked for you}.
    """),
    Goal.DISCOUNT: lines("""
        {a kinder price|more for your money|your budget will like it|a good time to buy}.
        {pay less, enjoy it|easy on your wallet|your money goes far}{| now| here}.
        {the price is kind|the sum is right|a lighter bill}{| this time| now}.
    """),
    Goal.CART: lines("""
        {still in your basket|waiting in your basket|you left it behind|your order is open}.
        {finish your order|complete your basket|pick up your cart}{| now| with ease}.
        {almost yours|one step to go}{: your basket waits|, it is in the cart}.
    """),
    Goal.REPLENISHMENT: lines("""
        {running low|nearly used up|time for a refill}? {restock|top up} {in time|with ease}.
        {before it runs out|never be without|keep enough at home}{|: restock}.
        {the pack is nearly empty|your supply runs low}{|: refill}?
    """),
    Goal.REVIEW: lines("""
        {tell us how you like it|say what you think|your view helps others}{|, honestly}.
        {how was it|are you content}? {a line is enough|write a review|we read it}.
        {rate it|review it}: {good or bad|your word counts}.
    """),
    Goal.LOYALTY: lines("""
        {for our regulars|with thanks to our regulars|because you came back|for the loyal}.
        {thank you, regulars|you stayed, thank you|faithful friends first}.
        {loyal customers|those who return} {deserve more|come first}.
    """),
    Goal.SEASONAL: lines("""
        {for|in time for|with a view to|just right for} [S].
        {get ready for|looking forward to} [S]{|?}.
        {for the season|for the occasion|for the days ahead}{|: prepare now|, with joy}.
    """),
}

AD_MOTIVE = {
    Motive.NONE: lines("""
        {worth a look|a fitting choice|one to consider|picked with care}.
        {a good match|a sound choice|simply good|well chosen}{|, we think| for you}.
        {take a closer look|judge for yourself|see what we mean}.
    """),
    Motive.PRICE: lines("""
        {good value|fair value|sensible value|value that adds up}{|, plainly}.
        {worth the money|fairly priced|the sum adds up}{|, you will see}.
        {a lot for the price|money well spent}{|, we find}.
    """),
    Motive.QUALITY: lines("""
        {made with care|care in each detail|well made, up close}{|, you will see}.
        {built with patience|fine work|sound making}{| throughout|, look closely}.
        {quality that shows|made to stay}{|, for years}.
    """),
    Motive.NOVELTY: lines("""
        {something different|a fresh idea|for curious minds}{|, for a change}.
        {break the routine|try a new thing|be curious}{|, why not}.
        {not the usual|never seen before}{: have fun|, so explore}.
    """),
    Motive.HABIT: lines("""
        {fits your routine|easy to live with|at home in your day}{|, no fuss}.
        {made for every day|part of the day|an everyday helper}{|, simply so}.
        {no new habits needed|it joins your day}{|, with ease}.
    """),
    Motive.GIFT: lines("""
        {a thoughtful present|a present to remember|good to give}{|, we think}.
        {they will be glad|joy to give|give it, see them smile}.
        {a present with meaning|lovely to unwrap}{|, truly}.
    """),
}

AD_CALL = {
    Tone.PLAIN: lines("""
        {see|find|view|look at} [P]{| at [B]| in the shop}.
        {more about|details on|all about|facts on} [P]{| here| in the shop| online}.
        {here is|this is} [P]{|: see for yourself|, plainly put}.
    """),
    Tone.WARM: lines("""
        {come and meet|treat yourself to|with love:|find joy in|for you, with care:} [P].
        {we saved it for you:|with a kind hello:|from our hearts:} [P].
        {fall for|warm to|make friends with} [P].
    """),
    Tone.PLAYFUL: lines("""
        {go on, peek at|psst, it is|say hi to|ta-da:|oh look,} [P]{!|, hooray!}
        {warning:|achievement unlocked:|plot twist:} [P]{!|, wow!}
        {gotcha,|boop,|yippee,} [P]{!| it is!}
    """),
    Tone.FORMAL: lines("""
        {we present|we commend to you|kindly consider|please consider|we invite you to view} [P].
        {may we recommend|we respectfully suggest|we have the honour to show} [P].
        {for your consideration:|at your service:} [P].
    """),
    Tone.BRISK: lines("""
        [P]. {look|go|see it|get it} {now|today|fast}.
        {quick look:|fast pick:|short and sweet:} [P].
        {grab|check|spot} [P]. {now|go|done}.
    """),
}

AD_CALL_SHORT = {
    Tone.PLAIN: lines("""
        {see|find|view} {the details|what it is|our pick} {in the shop|online|here}.
    """),
    Tone.WARM: lines("""
        {come and see|treat yourself|find some joy}{|: it is for you|, with care|, dear friend}.
    """),
    Tone.PLAYFUL: lines("""
        {go on, peek|psst, in here|ta-da}{!|, hooray!|, hee hee!}
    """),
    Tone.FORMAL: lines("""
        {kindly consider it|please view the particulars|we commend it to you|we invite you to view it}.
    """),
    Tone.BRISK: lines("""
        {look|go|see it|get it} {now|today|fast}. {done|easy|simple}.
    """),
}
"""Calls of an ad that do without the product's name, where that is long."""

AD_OFFER = "{enjoy|get|your offer:} [O]."

AD_PRICE = "{yours for|priced at|the price:} [M]."

AD_FEATURE = "{it has|look for|featuring} [F]."
