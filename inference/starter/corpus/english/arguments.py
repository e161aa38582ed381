"""Reasons for a product beside the product itself."""

from inference.starter.corpus.grammar import lines
from inference.types import Motive

MOTIVE = {
    Motive.PRICE: lines("""
        {you have an eye for|you know|you recognise} {good value|a fair price|value for money}, {and|so} {this should pass the test|this holds up|you will see it here}.
        {it gives you|you get} {a lot|good value|plenty} for {what you pay|the money|the price}{|, which {counts|matters}}.
        {it is|we find it} {sensible|reasonable|fair} value{| for what it does|, and easy on the budget}.
        {if you weigh|when you compare|for those who compare} {price and use|cost and benefit|what things cost and what they do}, {it comes out well|it holds its ground|the answer is clear}{|, {we think|quite simply|without tricks}}.
        {what it does|what it gives} {is more than|outweighs|is well worth} {what it costs|the price}, {which is rare|and that is the point|so you lose nothing}.
        {you do the sums|you weigh the price|you compare}, {and rightly so|as one should}: {this stands up to it|here the sums add up|this is money well spent}.
    """),
    Motive.QUALITY: lines("""
        {it is made|everything about it is done} {with care|with patience|properly}, {down to the details|and it shows|as you will notice}.
        {if you look closely|look closely and|the closer you look, the more} you {notice|see|appreciate} {the care in it|the attention to detail|how well it is made}.
        {quality|good work|care} {shows|is in the details|speaks for itself}{|, and {you have an eye for it|you will see it here}}.
        {whoever looks for|anyone who values|anyone who cares about} {good work|sound making|fine details} {will be at home here|will recognise it|can take a closer look}{|: {nothing was rushed|it was made with patience|each part has its reason}}.
        {hold it|take it in your hands|turn it over}, {and you feel|and you see|and you notice} {the work in it|that nothing is left to chance|good making}.
        {it was built|it was made} {to stay|for years of use|by people who care}{|, {as you can tell|not for a season}}.
    """),
    Motive.NOVELTY: lines("""
        {if you like|for those who like|since you enjoy} {trying new things|a fresh idea|being early}, {this is worth a try|this is a good reason to be curious|here is something to explore}.
        {it is|it brings|it adds} {something different|a change from the usual|a fresh note}{|, for {the curious|curious minds}}.
        {your curiosity|a curious mind|your love of new things} {will be well fed|has found its match|gets something to do} here.
        {a little change|something unfamiliar|a new habit or so} {never hurt anybody|keeps things lively|is good for the spirit}, {and this is an easy way to start|so why not begin here|and here is your chance}{|, {if you are curious|for the curious}}.
        {you may not have|few have} {seen this before|tried anything like it}, {and that is the fun|so be curious|which is reason enough}.
        {fresh ideas|new paths|small experiments} {keep life bright|suit you|start somewhere}: {this is one|take this one|here is one}.
    """),
    Motive.HABIT: lines("""
        {it fits|it slips|it settles} into {your routine|everyday life|your usual day} {with no fuss|easily|as if it had always been there}.
        {no need to|you need not|there is no need to} {change your habits|rethink anything|relearn a thing}: {it simply fits|it just works for you|it joins right in}.
        {good habits|small routines|the usual things} {deserve|are worth} {something reliable|something you can count on|good company}.
        {day in, day out|on ordinary days|from morning to evening}, {it does its part|it is simply there|it keeps you company} {without asking for much|and asks for nothing|the way good things do}{|, {and that is its charm|which is what counts}}.
        {once it is part of your day|after a few mornings}, {you hardly notice it|it feels natural|you would miss it}{|, {and it stays that way|like an old friend}}.
        {it asks for|it needs} {no new habits|nothing special|no learning}, {just your usual day|only a place in your routine}.
    """),
    Motive.GIFT: lines("""
        {it also makes|it would make|it makes} {a thoughtful|a welcome|a lovely} present for {somebody close|a good friend|someone who matters to you}.
        {if you are looking for|looking for|still in need of} {a present|something to give}{, here is an idea|, this is a safe choice|? consider this one}.
        {whoever|the person who} {unwraps|receives} it {will think of you|will know you chose well|has reason to smile}.
        {should there be|if there is|whenever there is} {a birthday|a visit|somebody to thank} {coming up|in the diary|on your mind}, {it makes a fine present|it is good to give|it will be gladly unwrapped}{|, {with or without a ribbon|and it travels well}}.
        {wrapped up|with a bow|handed over with a smile}, it {says a lot|pleases almost anyone|shows that you care}.
        {presents|good presents} {are hard to find|take some thought}, {but this one is easy|and here is one|so we did the thinking}.
    """),
}

INTEREST = lines("""
    {with your|given your|knowing your} {interest in|taste in|feel for} [I], {it should be a good match|you may find it useful|we thought of you|you will see why we chose it}.
    {if you are into|for anyone into|since you care about} [I], {it belongs on the list|it fits right in|it is worth a closer look|it makes good sense}.
    {you have an eye for|you know your way around|you care about} [I], {and|so} {this goes well with it|this was an easy choice|we think you will see the point}.
    {it goes well with|it sits well beside|think of it next to} {your interest in|your taste for} [I]{|, {we think|too}}.
    {people with|those with|anybody with} {a taste for|a liking for|an interest in} [I] {should like it|will see the appeal|may want a look}{|, {and we thought of you|so it made our list|we believe}}.
    {we remembered|it did not escape us|we kept in mind} that you {like|care about|look for} [I], {so it had to be this one|and this goes with it|and chose accordingly}{|, {naturally|gladly}}.
    {you like|you enjoy|you are fond of} [I], {we think|as we know}, {so this should please you|and this goes with it|which led us here}.
    {where there is|where we see} {a love for|an eye for} [I], {this is not far|this has its place|this feels at home}.
""")

CATEGORY = lines("""
    {you will find it|it has its place|it is at home} {in|within} our {selection|range|collection} of [C]{|, {along with others|if you want to compare|where it holds its own}}.
    {when it comes to|in matters of|if you are choosing} [C], {it is a solid choice|it deserves a look|we come back to it often|it is one we stand behind}.
    {looking for|thinking about|shopping for} [C]? {then this is|this is|here you have} {a good place to start|one to know|a fine example}.
    {our range of|our choice of|our selection of} [C] {has grown|is there to explore|was put together with care}{|, and {this is part of it|here is one piece of it}}.
    {of everything|of all there is} in our {selection|range|choice} of [C], {this is one|it is one} {we like to show|we would pick again|people return to}{|, {and not by chance|with good reason}}.
    {if you need|should you want|if you are after} [C], {keep it in mind|put it on your list|have a closer look at it}{|, {before you decide|and compare it calmly}}.
    [C] {we would choose ourselves|worth keeping|we believe in}: {here is one example|this is what we mean|this is the kind}.
    {a word on|speaking of|on the subject of} [C]: {less can be more|it pays to look twice|a good one is worth the search}, {and this is one to keep|and this one passes the test|so start with this one}.
""")

LAST = lines("""
    {you chose|you picked|you went for} [L] {last time|before|on an earlier visit}, {so|and} {this should suit you too|it is a short step from there|we took that as a hint}.
    {we hope|we trust} [L] {serves you well|is treating you well|has been good company|is all you wished for}{|, {to this day|by the way}}.
    {after|following|together with} [L], {this is a natural choice|this makes good sense|this fits the picture|it is only logical}.
    {how is|how do you like|are you pleased with} [L]{|, {by the way|these days}}? {this one is cut from the same cloth|what follows goes well with it|here is something in the same spirit}.
    {your|that} {choice of|decision for} [L] {told us something|gave us an idea|showed good sense}, {and this follows from it|so we looked for something to match|and here is what came of it}{|, {naturally|quite simply}}.
    {since|now that} you {have|know|own} [L], {you know what to look for|this will feel familiar|it makes sense to look at this}{|, {we believe|too}}.
    {remember|do you recall} [L]? {the same hand|the same idea|the same care} {is at work here|can be found here again}.
    [L] {came first|was a start}, {this is what follows|and here is the sequel|and now this}{|, {if you like|step by step}}.
""")

LAST_REVIEW = lines("""
    {you know|you also know|you have tried} [L], {so you can compare|so your view counts double|which makes you a good judge}.
    {and if you like|if you care to|while you are at it}, {tell us about|say a word on|let us hear about} [L] {too|as well}.
""")

SECOND = lines("""
    {it goes well with|it pairs well with|it gets along with|it works nicely with} [Q]{|, {if you want both|should you like a pair|we find}}.
    {to go with it|beside it|as a companion}, {think of|consider|have a look at|we suggest} [Q]{|, {a natural partner|which completes the picture}}.
    [Q] {makes a good partner|is a natural companion|rounds it off|goes well with it}{|, {if you ask us|too|we find}}.
    {if you choose it|if you like it|once you have it}, {look at|consider adding|think of} [Q]{| too| as well}{|, {and for good reason|since they belong together}}.
    {if you want|should you fancy|in case you need} {company for it|something beside it|a second piece}, [Q] {is a good choice|would be our advice|comes to mind}.
    {never alone|hand in hand|side by side}: {it and|this one and} [Q]{|, {a happy pair|made to match}}.
    {put|lay|set} [Q] {beside it|next to it}, {and you have a set|and it is complete|for the full picture}.
""")

OCCASION = lines("""
    {it would be|it is|we find it} {a fine choice|a good idea|fitting} for [S]{|, {too|by the way|we think}}.
    {and with|especially with|now, with} [S] {ahead|in mind|around the corner}, {it comes at the right time|it is good to plan ahead|it makes even more sense}.
    {thinking of|planning for|getting ready for} [S]? {it fits well|this could be it|it is worth considering}.
    {as an idea for|as a plan for|to brighten} [S], {it deserves a thought|it does nicely|we like it}.
""")
