"""The product, with its feature and its benefit where they are known."""

from inference.starter.corpus.grammar import lines
from inference.types import Tone

PITCH = {
    "": lines("""
        {here is|this is|meet|may we suggest} [P]{|, {our suggestion|our choice|a fitting choice} for you|, which we {think you will like|picked for you|chose with care}}.
        {our suggestion|our choice|our tip|what we have in mind} {for you|this time|here} is [P]{|, {and we think it fits|for good reasons|as you may have guessed}}.
        [P] {is|could be} {worth a look|a good choice|well worth knowing|one to consider}{|, {we think|if you ask us|to our minds}}.
        {among the things|of all the things} {we could show you|on our shelves|we like}, [P] {came to mind first|seemed right for you|stood out}{|, {and we stand by that|and here it is|for more than one reason}}.
        {have you thought of|how about|what do you say to} [P]? {we think|it seems to us|our feeling is} {it could suit you|it is one for you|you would get on with it}{|, {judging by what we know|as far as we can tell}}.
        {let us get to|now to|which brings us to} [P]{: {that is what this is about|the thing we wanted to show|have a look}|, {our pick|the point of all this}}.
        {some things|a few things} {explain themselves|need no long words}: [P] {is one|is one of them|is among them}.
    """),
    "F": lines("""
        [P] {comes with|brings you|gives you|has} [F]{|, {and it shows|which makes the difference|as you will notice}|: {a detail|something} {worth having|that counts}}.
        {what sets it apart|its strong point|the detail to look for|what we like about it}: [F]. {that is|this is|here is} [P]{|, {in a nutshell|in a few words}}.
        {with|thanks to} [F], [P] {stands out|earns its place|is a good choice|does its job well}{|, {day after day|whenever you need it|and does it gladly}}.
        {take|look at|consider} [P]: {with|it has|you get} [F]{|, {and that is only the start|among other things|for a start}}.
        {people ask about|those who know look for|what people notice first is} [F], and [P] {has just that|comes with it|brings it along}{|, {made with care|without fuss|as it should be}}.
        {there are good reasons for|a good deal speaks for|we like} [P]{|, {we think|as many find}}: {above all|to begin with|to name one}, [F].
        {what is special|what makes the difference}? {we say|in a word}: [F]. {you get that with|that comes with|that is} [P].
        {if one thing|if a single detail} {speaks for|recommends} [P], {it is|then it is} [F]{|, {plainly|no doubt}}.
    """),
    "V": lines("""
        [P] {helps you|lets you|makes it easier to} [V]{|, {whenever you like|day after day|and that is what counts}}.
        {if you want to|when you want to|whenever you would like to} [V], [P] {is made for it|is there|is a good choice|will serve you well}.
        {we chose|we suggest|we recommend|have a look at} [P] {because it helps you|for those who want to|so that you can} [V].
        {to|the easy way to|a good way to} [V]: {that is|this is} {the idea behind|what we had in mind with|the point of} [P].
        {sooner or later|now and again|some days}, {everyone wants to|one would like to|you may wish to} [V], and {that is where|this is when|for that} [P] {comes in|helps|earns its keep}{|, {quietly and well|without fuss}}.
        {imagine the days|think of the days} when you {simply|easily|finally} [V]{|, {just so|without a second thought}}: [P] {makes that easier|was made for it|is there for that}.
        {what is [P] for|why [P]}? {so you can|it is there so that you can|it lets you} [V]{|, {simply that|and gladly}}.
        {on days when you want to|for moments when you want to} [V], {keep|have} [P] {near|at hand}{|, {it helps|you will be glad}}.
    """),
    "FV": lines("""
        {with|thanks to} [F], [P] {helps you|lets you|makes it easier to} [V]{|, {whenever you like|day after day|just like that}}.
        [P] {comes with|brings you|gives you|has} [F], so {you can|that you can|it is easier to} [V]{|, {and that is what counts|whenever you like}}.
        {if you want to|when you want to|whenever you would like to} [V], {consider|think of|look at|try} [P]: {it has|with|you get} [F]{|, {for good measure|and more|which helps}}.
        [P] {is made to help you|was made so you can|is there to help you} [V]. {what makes it work|the reason|its secret|what helps}: [F].
        {sooner or later|now and again|some days}, {everyone wants to|one would like to|you may wish to} [V]; {for that|then}, [P] {has|brings|comes with} [F]{|, {made with care|and it shows}}.
        {there are good reasons for|a good deal speaks for} [P]: {above all|to begin with}, [F], {which helps you|so that you can|and with it you can} [V]{|, {day after day|when it matters}}.
        {what is [P] for|why [P]}? {it has|there is} [F], {and it helps you|so you can} [V]{|, {simply that|and gladly}}.
        {if you have to|if you like to} [V], {it helps to have|you will be glad of} [F], and [P] {has just that|comes with just that}{|, {built in|of course}}.
    """),
}

PITCH_TONE = {
    Tone.PLAIN: lines("""
        {it is that simple|that is the point of it|that is what it is for|nothing more to it}.
        {a simple|a clear|a practical} {choice|solution|answer}{| for most days| in most cases|, we think}.
        {it does what it should|it is fit for its purpose|it serves its purpose}{|, {no more, no less|day by day}}.
    """),
    Tone.WARM: lines("""
        {we have a feeling|our hearts tell us|something tells us} {you will be fond of it|it will feel like yours|it will suit you well}{|, and soon|, before long}.
        {may it bring you|we hope it brings you|let it bring you} {a little joy|some quiet pleasure|many good moments}{|, as it has for us|, day by day}.
        {treat yourself|do yourself a kindness}{: you have earned it|, from time to time}.
    """),
    Tone.PLAYFUL: lines("""
        {we are not saying it has superpowers|it does not do the dishes|no, it cannot walk the dog}, {but we did wonder|but we are working on it|but nobody is flawless}.
        {your shelf|your neighbour|your cat} {may get jealous|will want a word|has opinions about this}{|, we hear|, obviously}.
        {side effects|known risks} {may include|include} {happy humming|spontaneous dancing|smug looks}.
    """),
    Tone.FORMAL: lines("""
        {we trust|we are confident|we believe} that it will {meet your expectations|merit your approval|prove suitable}{|, as it has for others|, in every respect}.
        {it has been selected|it was chosen} with {due care|great care|your requirements in mind}{|, as you may expect of [B]|, and we commend it to you}.
        {we consider it|we deem it} {worthy of your attention|a judicious choice|fitting for your purposes}.
    """),
    Tone.BRISK: lines("""
        {simple|easy|sorted|solved}. {no fuss|no waiting around|no second thoughts}.
        {it works|it fits|it does the job}. {next|moving on|enough said}.
        {good to go|ready when you are|plug and play}. {done|simple as}.
    """),
}

PITCH_REVIEW = {
    "": lines("""
        {tell us|do tell us|let us know} {what you like about|how you get on with|what you would change about} [P]{|, {good or bad|in your own words|plainly and honestly}}.
        {a few words|a line or so|a sentence} about [P] {is enough|will do|would help us}{|, {good or bad|in your own words|just as it comes}}.
        {the good sides|the strong points} of [P], {the weak ones|and the rest}: {we want to hear both|write them down|all of it helps}.
    """),
    "F": lines("""
        {what do you say to|how do you find|are you happy with} [F]? {tell us|let us know|we would like to hear} {how you get on with|what you think of|about} [P]{|, {good or bad|in your own words}}.
        [P] {came with|was to bring you} [F]: {did it live up to that|what do you think|is that how you see it}?
        {and|now} [F]: {is that what you expected|does that keep its word|would you miss that}? {a line about|a word on} [P] {would help|will do}.
    """),
    "V": lines("""
        {does|did} [P] {help you|make it easier to|let you} [V]{|, {as we hoped|as it should}}? {tell us|let us know|we are keen to hear}{|, {good or bad|in your own words}}.
        [P] {should help you|was made to help you|is meant to let you} [V]: {does it|is that so|did it work}?
        {since you have|now that you have} [P]: {is it easier to|can you} [V]{|, {truly|as you wished}}?
    """),
    "FV": lines("""
        {with|thanks to} [F], [P] {should help you|is meant to let you|was made to help you} [V]: {does it|is that so|would you agree}?
        {what do you say to|how do you find|are you happy with} [F]? And {does|did} [P] {help you|make it easier to|let you} [V]{|, {as we hoped|as it should}}?
        {is it|would you say it is} easier to [V] with [P], {and|and thanks to} [F]? {tell us|we are listening}{|, {plainly|do}}.
    """),
}
