"""What the starter model can say in English, as templates of `grammar`.

Lines start in lower case; `compose` puts the capital where a sentence begins. Words of a goal,
a motive or a stage are the same in every tone (no tone × goal cell can lack them); the tone is
carried by lines of its own. No line may promise, count or name a day: those are slots.
Features read as a few words ("5 mm lugs"), benefits as a verb ("keep your grip"), categories and
interests as names of goods ("trail shoes"), so no line lets a verb agree with them.
"""

from inference.starter.corpus.english.ads import (
    AD_CALL,
    AD_CALL_SHORT,
    AD_FEATURE,
    AD_GOAL,
    AD_MOTIVE,
    AD_OFFER,
    AD_PRICE,
    HEADLINE_GOAL,
    HEADLINE_MOTIVE,
    HEADLINE_QUESTION,
)
from inference.starter.corpus.english.arguments import (
    CATEGORY,
    INTEREST,
    LAST,
    LAST_REVIEW,
    MOTIVE,
    OCCASION,
    SECOND,
)
from inference.starter.corpus.english.articles import (
    ARTICLE_ADVICE,
    ARTICLE_CLOSING,
    ARTICLE_NAME,
    ARTICLE_OPENING,
    ARTICLE_TONE,
    TITLE_BENEFIT,
    TITLE_GOAL,
    TITLE_PRODUCT,
    TITLE_PRODUCT_SHORT,
    TITLE_QUESTION,
)
from inference.starter.corpus.english.frame import (
    CALL,
    CALL_GOAL,
    GREETING,
    INVITE,
    JOIN,
    JOIN_NEUTRAL,
    LEAD_IN,
    PAUSE,
    SIGN_OFF,
    TONE_LINE,
)
from inference.starter.corpus.english.openings import (
    BENEFIT,
    OPENING,
    QUESTION,
    STAGE,
)
from inference.starter.corpus.english.pitches import (
    PITCH,
    PITCH_REVIEW,
    PITCH_TONE,
)
from inference.starter.corpus.english.subjects import (
    PREHEADER,
    SUBJECT_BENEFIT,
    SUBJECT_GOAL,
    SUBJECT_OFFER,
    SUBJECT_PRODUCT,
    SUBJECT_PRODUCT_SHORT,
    SUBJECT_QUESTION,
    SUBJECT_SHELL,
)
from inference.starter.corpus.english.terms import (
    OFFER,
    OFFER_TONE,
    PRICE,
)

__all__ = [
    "AD_CALL",
    "AD_CALL_SHORT",
    "AD_FEATURE",
    "AD_GOAL",
    "AD_MOTIVE",
    "AD_OFFER",
    "AD_PRICE",
    "ARTICLE_ADVICE",
    "ARTICLE_CLOSING",
    "ARTICLE_NAME",
    "ARTICLE_OPENING",
    "ARTICLE_TONE",
    "BENEFIT",
    "CALL",
    "CALL_GOAL",
    "CATEGORY",
    "GREETING",
    "HEADLINE_GOAL",
    "HEADLINE_MOTIVE",
    "HEADLINE_QUESTION",
    "INTEREST",
    "INVITE",
    "JOIN",
    "JOIN_NEUTRAL",
    "LAST",
    "LAST_REVIEW",
    "LEAD_IN",
    "MOTIVE",
    "OCCASION",
    "OFFER",
    "OFFER_TONE",
    "OPENING",
    "PAUSE",
    "PITCH",
    "PITCH_REVIEW",
    "PITCH_TONE",
    "PREHEADER",
    "PRICE",
    "QUESTION",
    "SECOND",
    "SIGN_OFF",
    "STAGE",
    "SUBJECT_BENEFIT",
    "SUBJECT_GOAL",
    "SUBJECT_OFFER",
    "SUBJECT_PRODUCT",
    "SUBJECT_PRODUCT_SHORT",
    "SUBJECT_QUESTION",
    "SUBJECT_SHELL",
    "TITLE_BENEFIT",
    "TITLE_GOAL",
    "TITLE_PRODUCT",
    "TITLE_PRODUCT_SHORT",
    "TITLE_QUESTION",
    "TONE_LINE",
]
