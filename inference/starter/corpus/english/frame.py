"""What stands around the arguments: greeting, tone, invitation, button, joints."""

from inference.starter.corpus.grammar import lines
from inference.types import Goal, Tone

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
        {we|in this message we} {say what we have|name the facts|tell you what matters} {and leave the rest to you|and add nothing|without decoration}{|, as always}.
        {this|what follows} {takes little time to read|can be read quickly|fits on one page}, {and says what you need|and that is intended|so you will be done soon}.
    """),
    Tone.WARM: lines("""
        {we hope|here is hoping} {this note finds you well|your days are treating you kindly|life is being good to you}{|, wherever you are|, and that there is time for a pause}.
        {it always makes us happy|it is a pleasure|it means a lot to us} to {write to you|share something with you|have you near}{|, truly|, and we mean it}.
        {take your time|make yourself comfortable|pour yourself something nice}; {we chose this with you in mind|we put some heart into this|we are glad you are here}.
        {thank you|from the heart, thank you} for {being with us|the time you give us|letting us write to you}{|; it is never taken for granted|, it brightens our day}.
        {wherever|however} {this reaches you|your day is going|you are reading this}, {know that|please know that|remember} {you are in our thoughts|we are glad of you|you are always welcome here}{|, {today as ever|and that is the truth}}.
        {today|this week|just now}, {you came to mind|we caught ourselves thinking of you|our thoughts went to you}, {and we smiled|and so this note came about|which made us glad}{|, {dear friend|really}}.
        {a note like this|writing to you|a moment with you} is {something we look forward to|never a routine for us|a small joy}{|, and {we mean every word|you should know it}}.
    """),
    Tone.PLAYFUL: lines("""
        {drum roll|spoiler|plot twist|breaking news}: {this one is fun|you are going to grin|it is a good one}{|, hand on heart|, and nobody had to wear a costume}.
        {we tried to keep quiet|we practised our poker face|we meant to play it cool}, {but here we are|and failed happily|and lasted about a minute}.
        {no confetti was harmed|no dancing is required|zero small talk was wasted} {in the making of this note|to read on|on the way here}{|, we checked|, sadly}.
        {put the kettle on|wiggle your toes|raise an eyebrow} and {read on|keep scrolling|stay a moment}{|, the good bit is next|, it gets better}.
        {somewhere|right now|in this very minute}, {a small brass band|our office plant|the coffee machine} {is cheering|is getting excited|demands your attention}, {so read on|and who are we to object|but let us stay calm}{|, {please|pretty please}}.
        {hold on to your slippers|ladies, gentlemen and houseplants|attention, attention}: {here it comes|the show begins|this is not a drill}{|, {applause at the end|mind the glitter}}.
        {we asked|we consulted} {a wise owl|the rubber duck|our lucky sock}, {and it said yes|which nodded firmly|and it winked}{|, {so there|case closed}}.
    """),
    Tone.FORMAL: lines("""
        {we would be pleased|it is our pleasure|we have the pleasure} to {present|bring to your attention|introduce} {the following|what follows|the details below}.
        {please find|kindly find|you will find} {the details|all particulars|the relevant information} {below|in what follows}{|, for your consideration|, at your convenience}.
        {we are grateful|we thank you|we are obliged} for {your attention|your confidence|the time you take}{|, and remain at your service|, which we value highly}.
        {permit us|allow us} to {draw your attention to|inform you of|acquaint you with} {the following|a matter of interest|what may be of use to you}.
        {in the following|below|in this letter}, {we take the liberty|we have the honour|it is our privilege} of {presenting|submitting|describing} {a suggestion|our recommendation|a matter} {for your consideration|which may merit your interest|to your kind attention}.
        {with regard to the following|concerning the matter below|as to the contents of this letter}, {we should be glad of your attention|we ask for your kind consideration|we wish to inform you as follows}.
        {it is with pleasure|it is with due respect} that we {address you|write to you|submit the following}{|, {and we thank you in advance|trusting in your interest}}.
    """),
    Tone.BRISK: lines("""
        {short version|quick version|straight to it|the gist}: {read on|here goes|it is below}.
        {no detours|no long story|no small talk}. {straight to the point|just the point|here it is}.
        {a minute|half a minute|a moment} {is enough|will do|is all it takes}{. ready?|. go.|.}
        {quick note|quick word|fast one}, {big help|good reason|clear answer}{|, done}.
        {you are busy|time is short|no time to lose}, {so are we|we know|fair enough}: {key points only|just what counts|to the point}{|, {then off you go|nothing else}}.
        {no preamble|no intro|skipping the small talk}: {here is the thing|the point|what counts}. {ready|set}{.|?}
        {read time|time needed|effort}: {next to none|a blink|a sip of coffee}{|. {worth it|go}}.
    """),
}

INVITE = {
    Tone.PLAIN: lines("""
        {you can see|you will find|have a look at} {all details|everything else|the full description} {online|in the shop|on the product page}.
        {if it suits you|if you are interested|if that sounds right}, {order online|use the button below|you know where to find it}.
        {the button|the link|one click} {below|at the end|under these lines} {leads|takes you} to {the product|all the details|the shop}{|, {nothing else|where you can order}}.
        {to order|to see more|to read on}, {follow the button|use the button|press the button below}{|, {that is all|nothing more}}.
    """),
    Tone.WARM: lines("""
        {come by|stop by|drop in} {whenever you like|when you have a moment|any time}{; we will be here|, it would make our day|, you are always welcome}.
        {do have a look|take a look in your own time|let it tempt you a little}{; we hope you like it|, and tell us what you think}.
        {our door|the shop|our little corner} is {always open|open to you|glad of visitors}, {so come as you are|and the welcome is real|and there is no hurry}{|, {dear friend|truly}}.
        {we keep the kettle warm|we leave the light on}, {so come in|for whenever you come|and wait for you}{|, {friend|really}}.
    """),
    Tone.PLAYFUL: lines("""
        {go on|come on|you know you want to}, {click the button|press the shiny button|follow that button}{|, it is lonely down there|, it does not bite}.
        {the button below|that button down there|the little button} {has been practising|is dying to meet you|gets stage fright without you}.
        {your mouse|your thumb|that finger of yours} {looks bored|could use some exercise|knows what to do}: {give it a button|there is a button below|make it happy}{|, {quick, quick|tiny hooray}}!
        {legend has it|rumour says|science says} {buttons love|the button loves} {being pressed|attention|your finger}{|, {we checked|ask anyone}}.
    """),
    Tone.FORMAL: lines("""
        {should you require|if you wish for|for} {further details|more information|further particulars}, {please visit our shop|kindly consult the product page|we remain at your disposal}.
        {we would be honoured|we should be delighted|it would be our privilege} to {serve you|welcome your order|be of service}.
        {you are kindly invited|may we invite you} to {visit|consult|view} {our shop|the product page|the details} {at your convenience|at a time that suits you|whenever you wish}{|, {and thank you in advance|without any obligation}}.
        {for orders and enquiries|for particulars|should it be of interest}, {our shop is at your service|kindly proceed to our shop|please proceed below}.
    """),
    Tone.BRISK: lines("""
        {have a look|click|tap below}. {decide|choose|pick}. {done|finished|sorted}.
        {like it|convinced|sounds right}? {button below|one click|straight ahead}.
        {tap|click|press} {the button|below}, {see for yourself|check the facts|have your answer}{|, {back to your day|all in a moment}}.
        {button|link}. {click|tap}. {that is it|off you go|see you there}.
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
