"""How good recommendations and predictions are, on any file of the documented form."""

from profiles.predictions.evaluations import evaluate_clv
from profiles.recommending.evaluations import evaluate_recommend, evaluate_sessions

EVALUATIONS = {
    "clv": evaluate_clv,
    "recommend": evaluate_recommend,
    "sessions": evaluate_sessions,
}
